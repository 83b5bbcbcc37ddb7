"""dnsdist, the real one, with packaging/dnsdist/gitdns.lua; and questions to it, octet by octet.

DNSDIST_ROOT, if set, is a folder into which another Debian's dnsdist was unpacked, with its libraries.
"""

import ipaddress
import os
import pathlib
import re
import socket
import struct
import subprocess
import time

import lab
from lab.responder import prefixed

LUA = lab.ROOT / "packaging/dnsdist/gitdns.lua"
TYPES = {"A": 1, "NS": 2, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "HTTPS": 65, "ANY": 255}
SERVFAIL, NXDOMAIN, REFUSED = 2, 3, 5
RD, CD, DO = 0x0100, 0x0010, 0x8000
# Every configuration of these tests begins so. A busy machine's upstream is in time.
START = """
setSecurityPollSuffix('')
setLocal('{address}:53')
setUDPTimeout(10)
setServFailWhenNoServer(true)
newServer({{address='{upstream}:53', checkName='.', checkType='NS', mustResolve=true, checkInterval=1,
           checkTimeout=2000, maxCheckFailures=1, rise=1, sockets=8}})
"""


def need():
    if os.environ.get("DNSDIST_ROOT") is None and lab.find_program("dnsdist") is None:
        lab.skip("dnsdist is not there")


def command():
    """A command line, and its environment."""
    root = os.environ.get("DNSDIST_ROOT")
    if root is None:
        return [lab.find_program("dnsdist")], lab.unpacked_environment()
    libraries = next(pathlib.Path(root).glob("usr/lib/*-linux-gnu"))
    loader = next(libraries.glob("ld-linux*"))
    return [loader, "--library-path", libraries, f"{root}/usr/bin/dnsdist"], os.environ


def stale():
    """The extended errors of an answer from the copy: none before dnsdist 1.9."""
    words, environment = command()
    said = subprocess.run([*words, "--version"], env=environment, capture_output=True, text=True, check=True).stdout
    version = tuple(map(int, re.match(r"dnsdist ([0-9]+)\.([0-9]+)\.", said).groups()))
    return [(3, "gitdns")] if version >= (1, 9) else []


def check(path):
    """What dnsdist --check-config says of a configuration."""
    words, environment = command()
    return subprocess.run([*words, "--check-config", "-C", path], env=environment, capture_output=True, text=True,
                          timeout=lab.HANG)


class Dnsdist:
    """At work until the end of the block: the configuration in the file `path`, or START with `lines`. `prefix`: of
    its command line."""

    def __init__(self, lines="", address="127.0.0.1", upstream="127.0.0.53", path=None, prefix=()):
        self.address, self.upstream, self.lines, self.prefix = address, upstream, lines, prefix
        self.path = path or f"{lab.WORK}/dnsdist-{address}.conf"
        self.log_path = f"{lab.WORK}/dnsdist-{address}.log"
        self.given = path is not None

    def __enter__(self):
        if not self.given:
            lab.write(self.path, START.format(address=self.address, upstream=self.upstream) + self.lines)
        words, environment = command()
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen([*self.prefix, *words, "--supervised", "--disable-syslog", "-C", self.path], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL, env=environment)
        try:
            wait_for(self, lambda: ask(self.address, "ready.invalid", seconds=1) is not None)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def said(self):
        return pathlib.Path(self.log_path).read_text()

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(dnsdist, truth, seconds=lab.HANG):
    """Seconds until truth() is true; fails at once if dnsdist ended."""
    start = time.monotonic()
    while not truth():
        if dnsdist.process.poll() is not None or time.monotonic() - start > seconds:
            raise AssertionError(f"not in {time.monotonic() - start:.0f} s: {dnsdist.said()}")
        time.sleep(0.05)
    return time.monotonic() - start


# Questions.

def wire(name):
    return b"".join(bytes([len(label)]) + label.encode("latin-1") for label in name.split(".") if label) + b"\0"


def question(name, kind, flags=RD, edns=1232, do=False, identity=0x4711):
    """`edns`: the size that it offers, None: it has no OPT."""
    opt = b"" if edns is None else struct.pack("!BHHIH", 0, 41, edns, DO if do else 0, 0)
    return struct.pack("!6H", identity, flags, 1, 0, 0, 1 if opt else 0) + wire(name) + struct.pack("!2H", TYPES[kind], 1) + opt


def send(address, message, tcp=False, seconds=lab.HANG):
    """The answer's octets, None if none comes."""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as sock:
        sock.settimeout(seconds)
        try:
            sock.connect((address, 53))
            if not tcp:
                sock.send(message)
                return sock.recv(65535)
            sock.sendall(prefixed(message))
            with sock.makefile("rb") as stream:
                head = stream.read(2)
                return stream.read(struct.unpack("!H", head)[0]) if len(head) == 2 else None
        except OSError:
            return None


class Answer:
    """Of a message: rcode, header flags, the question, and (type, TTL, data) of each record of each section."""

    def __init__(self, octets):
        self.octets, self.size = octets, len(octets)
        self.identity, self.flags, *counts = struct.unpack_from("!6H", octets)
        self.rcode, at = self.flags & 15, 12
        for _ in range(counts[0]):
            at = self._past_name(at) + 4
        self.sections = []
        for count in counts[1:]:
            self.sections.append([])
            for _ in range(count):
                at = self._past_name(at)
                kind, _, ttl, size = struct.unpack_from("!HHIH", octets, at)
                self.sections[-1].append((kind, ttl, octets[at + 10:at + 10 + size]))
                at += 10 + size
        if at != len(octets):
            raise AssertionError(f"{len(octets) - at} octets too many: {octets.hex()}")

    def _past_name(self, at):
        while self.octets[at]:
            if self.octets[at] >= 0xC0:
                return at + 2
            at += 1 + self.octets[at]
        return at + 1

    def addresses(self):
        return {str(ipaddress.ip_address(data)) for kind, _, data in self.sections[0] if kind in (1, 28)}

    def extended_errors(self):
        """(code, text) of each, RFC 8914."""
        found = []
        for kind, _, data in self.sections[2]:
            at = 0
            while kind == 41 and at < len(data):
                option, size = struct.unpack_from("!2H", data, at)
                if option == 15:
                    found.append((struct.unpack_from("!H", data, at + 4)[0], data[at + 6:at + 4 + size].decode()))
                at += 4 + size
        return found

    def __repr__(self):
        return f"rcode {self.rcode}, flags {self.flags:#x}, {self.sections}"


def ask(address, name, kind="A", tcp=False, seconds=lab.HANG, **how):
    octets = send(address, question(name, kind, **how), tcp, seconds)
    return Answer(octets) if octets is not None else None


# What a name is asked for: all types, and how much else of it.
WAYS = [(kind, {}, False) for kind in TYPES]
MORE_WAYS = [*WAYS, *((kind, {"edns": None}, False) for kind in TYPES), *((kind, {"do": True}, False) for kind in TYPES),
             *((kind, {"flags": 0}, False) for kind in TYPES), *((kind, {"flags": RD | CD}, False) for kind in TYPES),
             *((kind, {}, True) for kind in TYPES)]


def compare(names, upstream, front, copied, most=None):
    """Asks upstream, then the front; (how many questions, how many of them again, those whose answers differ in an
    octet, with them). Of every tenth name MORE_WAYS. A resolver's own answers change now and then, as those for ANY with
    what it has cached: what the front said has to be what upstream said before or says after. Where it is neither, all
    are asked up to twice more, after a pause; but not where it has an address that no upstream has, `copied`."""
    asked, again, differ = 0, 0, []
    for number, name in enumerate(names):
        for kind, how, tcp in MORE_WAYS if number % 10 == 0 else WAYS:
            if asked == most:
                return asked, again, differ
            message = question(name, kind, identity=asked & 0xFFFF, **how)
            asked += 1
            for pause in (0, 0.5, 1):
                time.sleep(pause)
                again += pause > 0
                right, seen = send(upstream, message, tcp), send(front, message, tcp)
                same = seen is not None and (seen == right or seen == send(upstream, message, tcp))
                if same or seen is None or Answer(seen).addresses() & copied:
                    break
            if not same:
                differ.append((name, kind, how, tcp, right and Answer(right), seen and Answer(seen)))
    return asked, again, differ
