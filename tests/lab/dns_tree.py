"""A DNS tree of a test's own: knot is the authority for a made-up root and all below it, unbound the
recursive resolver in front, both Debian's own, in a network namespace with nothing but loopback.

A program calls enter() first. It starts itself again inside, or exits 77 where that is not allowed.
"""
import collections
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from lab import namespaces
from lab.dns_question import SOA, answers
from lab.programs import HANG, find_program, skip, unpacked_environment

AUTHORITY = "127.0.1.1"
SILENT = "127.0.1.2"  # takes questions and says nothing
LAME = "127.0.1.3"  # says REFUSED to everything
RESOLVER = "127.0.0.53"
STARTING = HANG
TOPS = ("com", "net", "org", "arpa", "internal")


def enter():
    """Starts this program again in a network namespace; returns inside, with loopback up."""
    for name in ("knotd", "unbound"):
        if find_program(name) is None:
            skip(f"{name} is not there")
    namespaces.enter()


class Zones:
    """What the tree holds: {top: {name: [(type, data)]}} and delegations."""
    ttl = 1

    def __init__(self, tops=TOPS):
        self.records = {top: collections.defaultdict(list) for top in tops}
        self.delegated = {}
        self.add("ipv4only.arpa", "A", "192.0.0.170")
        self.add("ipv4only.arpa", "A", "192.0.0.171")

    def add(self, name, kind, data):
        self.records[name.rsplit(".", 1)[1]][name].append((kind, data))

    def remove(self, name):
        self.records[name.rsplit(".", 1)[1]].pop(name, None)

    def delegate(self, name, *addresses):
        """To servers that have such a zone, or have not, or are not there."""
        self.delegated[name] = addresses

    def write(self, folder):
        head = "$TTL {2}\n{0} SOA a.nic.{0} x.nic.{0} 1 3600 600 86400 {2}\n{0} NS a.nic.{0}\na.nic.{0} A {1}\n"
        with open(f"{folder}/root.zone", "w") as file:
            file.write(f"$TTL 3600\n. SOA a.root. x.root. 1 3600 600 86400 1\n. NS a.root.\na.root. A {AUTHORITY}\n")
            for top in self.records:
                file.write(f"{top}. NS a.nic.{top}.\na.nic.{top}. A {AUTHORITY}\n")
        for top in self.records:
            with open(f"{folder}/{top}.zone", "w") as file:
                file.write(head.format(top + ".", AUTHORITY, self.ttl))
                for name, records in self.records[top].items():
                    file.writelines(f"{name}. {kind} {data}\n" for kind, data in records)
                for i, (name, addresses) in enumerate(self.delegated.items()):
                    if name.endswith("." + top):
                        file.writelines(f"{name}. NS d{i}-{k}.nic.{top}.\nd{i}-{k}.nic.{top}. A {address}\n"
                                        for k, address in enumerate(addresses))


class Tree:
    """knot with the zones, and a resolver; `with` ends them."""

    def __init__(self, folder, zones):
        self.folder = pathlib.Path(folder)
        self.zones = zones
        self.processes = []
        self.sockets = []

    def __enter__(self):
        try:
            self._start_silent()
            self._start_knot()
            self.resolver(LAME, "access-control: 127.0.0.0/8 refuse", code=5)
            self.resolver(RESOLVER)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
        for sock in self.sockets:
            sock.close()

    def _start_silent(self):
        self.sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.sockets[-1].bind((SILENT, 53))

    def _start(self, command, log, ready):
        path = self.folder / log
        with open(path, "wb") as file:
            process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, env=unpacked_environment())
        self.processes.append(process)
        end = time.monotonic() + STARTING
        while not ready():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{' '.join(map(str, command))}: did not start: {path.read_text()[-2000:]}")
            time.sleep(0.02)
        return process

    def _start_knot(self):
        folder = self.folder / "knot"
        folder.mkdir()
        self.zones.write(folder)
        self.knot = self.authority(folder, {".": "root"} | {top: top for top in self.zones.records}, AUTHORITY)

    def authority(self, folder, zones, *addresses):
        """Starts a knot that serves `zones`, {name: NAME of a file NAME.zone in the folder}."""
        listen = ", ".join(f"{address}@53" for address in addresses)
        (folder / "knot.conf").write_text(
            f"server:\n    rundir: {folder}\n    listen: [{listen}]\n    udp-workers: 1\n    tcp-workers: 1\n"
            f"log:\n  - target: stdout\n    any: info\n"
            f"database:\n    storage: {folder}/db\n"
            f"template:\n  - id: default\n    storage: {folder}\n    journal-content: none\n    zonefile-sync: -1\n"
            "    zonefile-load: whole\n    semantic-checks: off\n"
            "zone:\n" + "".join(f"  - domain: {zone}\n    file: {file}.zone\n" for zone, file in zones.items()))
        return self._start([find_program("knotd"), "-c", folder / "knot.conf"], f"{folder.name}.log",
                           lambda: all(answers(addresses[0], zone, SOA) for zone in zones))

    def reload(self):
        """The zones as they are now."""
        folder = self.folder / "knot"
        self.processes.remove(self.knot)
        self.knot.send_signal(signal.SIGTERM)
        self.knot.wait()
        shutil.rmtree(folder)
        self._start_knot()

    def resolver(self, address, *settings, code=0, control=None):
        """Starts an unbound with more lines for its `server:` part, ready when it answers with that RCODE.
        `control`: a socket for unbound-control."""
        folder = self.folder / f"unbound-{address}"
        folder.mkdir()
        (folder / "hints").write_text(f". 3600 NS a.root.\na.root. 3600 A {AUTHORITY}\n")
        lines = [f"interface: {address}", "access-control: 127.0.0.0/8 allow", 'chroot: ""',
                 'username: ""', f"directory: {folder}", 'pidfile: ""', "use-syslog: no", "root-hints: hints",
                 "do-not-query-localhost: no", "outgoing-range: 2048", "num-queries-per-thread: 2048",
                 "do-ip6: no", "so-rcvbuf: 1m", *settings]
        if not any("module-config" in line for line in settings):
            lines.append('module-config: "iterator"')
        (folder / "unbound.conf").write_text("server:\n" + "".join(f"    {line}\n" for line in lines)
                                             + self._remote_control(control))
        return self._start([find_program("unbound"), "-d", "-p", "-c", folder / "unbound.conf"], f"unbound-{address}.log",
                           lambda: answers(address, "com", SOA, code))

    @staticmethod
    def _remote_control(socket_path):
        if socket_path is None:
            return "remote-control:\n    control-enable: no\n"
        return ("remote-control:\n    control-enable: yes\n    control-use-cert: no\n"
                f"    control-interface: {socket_path}\n")
