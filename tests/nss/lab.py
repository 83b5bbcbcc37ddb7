"""A machine of the tests' own, in mount, network and UTS namespaces: private /etc, /run, /var and
loopback, the module known to the dynamic linker, and a DNS responder.

A test calls enter() first. It starts itself again inside, or exits 77 where that is not allowed.
The programs come from the environment: NSS_MODULE (libnss_gitdns.so.2), WITHIN, PROBE, MAKE_STORE;
TEST_PACKAGES, if set, is a folder into which optional Debian packages were unpacked.
"""

import fcntl
import glob
import os
import shutil
import socket
import struct
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

import responder

WORK = "/run/lab"
STORE = "/var/lib/gitdns/registry.cdb"
HERE = os.path.dirname(os.path.abspath(__file__))
CLOSED_PORT = "127.0.0.99"
UNROUTABLE = "192.0.2.53"
HANG = 300  # seconds after which nobody goes on waiting
SLOW = ["silent", "garbage-random", "a-good-aaaa-silent"]  # modes that cost their time-out
WITHOUT_CAPABILITIES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]

_responder = None


# Entering.

def program(variable):
    """The program that the environment names."""
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        sys.exit(f"{sys.argv[0]}: {variable}={path}: no such program")
    return path


def strace_works():
    return shutil.which("strace") is not None and subprocess.run(
        ["strace", "-qq", "true"], capture_output=True).returncode == 0


not_sanitized = unittest.skipIf(os.environ.get("SANITIZE"), "not with sanitizers")


def skip(why):
    print(f"skipped: {why}", flush=True)
    sys.exit(77)


def enter():
    """Starts this program again in namespaces; returns inside, with the lab set up."""
    if os.environ.get("GITDNS_LAB") == "inside":
        _set_up()
        return
    trial = ["mount", "-t", "tmpfs", "tmpfs", "/run"]
    choices = ["-mnu", "-Umnur"] if os.geteuid() == 0 else ["-Umnur"]
    for flags in choices:
        if subprocess.run(["unshare", flags, *trial], capture_output=True).returncode == 0:
            os.environ["GITDNS_LAB"] = "inside"
            os.execvp("unshare", ["unshare", flags, sys.executable, *sys.argv])
    skip("mount and network namespaces are not allowed here")


def _run(*command):
    subprocess.run(command, check=True)


def _set_up():
    _run("mount", "-t", "tmpfs", "tmpfs", "/run")
    os.mkdir(WORK)
    # Without its owners and unreadable files: an unprivileged user's namespace cannot have them.
    subprocess.run(["cp", "-r", "-P", "--preserve=mode", "/etc", WORK], stderr=subprocess.DEVNULL)
    _run("mount", "--bind", f"{WORK}/etc", "/etc")
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var")
    for folder in ("cache", "log", "tmp"):
        os.mkdir(f"/var/{folder}")
    os.symlink("/run", "/var/run")
    os.makedirs(os.path.dirname(STORE))
    socket.sethostname("labhost")
    _loopback_up()
    write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n192.0.2.200 in-files.example.net\n")
    write("/etc/host.conf", "multi on\n")
    set_hosts_line("files dns")
    set_dns("closed-port")
    packages = os.environ.get("TEST_PACKAGES", "/nowhere")
    folders = {os.path.dirname(os.path.realpath(program("NSS_MODULE"))), *map(os.path.dirname, (
        path for lib in ("lib", "usr/lib") for path in glob.glob(f"{packages}/{lib}/*/*.so*")))}
    write(f"{WORK}/ld.so.conf", "\n".join([*folders, "include /etc/ld.so.conf\n"]))
    _run("ldconfig", "-X", "-f", f"{WORK}/ld.so.conf", "-C", "/etc/ld.so.cache")


def _loopback_up():
    siocgifflags, siocsifflags, iff_up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack_from("16xH", fcntl.ioctl(sock, siocgifflags, request))[0]
        fcntl.ioctl(sock, siocsifflags, struct.pack("16sH14x", b"lo", flags | iff_up))


def has_module(service):
    """Whether the dynamic linker finds an NSS module."""
    cache = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    return f"libnss_{service}.so.2 " in cache


# The machine's files.

def write(path, text):
    """Replaces a file in one step, so that who reads it sees the old or the new one. Returns path."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)
    return path


def hosts_line(services):
    return f"passwd: files\ngroup: files\nhosts: {services}\nservices: files\nprotocols: files\n"


def set_hosts_line(services):
    write("/etc/nsswitch.conf", hosts_line(services))


def resolv_conf(mode):
    """The resolv.conf that makes DNS fail or answer as `mode` says."""
    if mode == "empty-resolv-conf":
        return ""
    if mode in ("closed-port", "out-of-descriptors"):
        return f"nameserver {CLOSED_PORT}\noptions attempts:1\n"
    if mode == "no-route":
        return f"nameserver {UNROUTABLE}\n"
    # The least where nothing answers; else so much that a busy machine's responder is in time.
    timeout = 5 if mode == "a-good-aaaa-silent" else 1 if mode in SLOW else 10
    return f"nameserver {responder.ADDRESS[mode]}\noptions timeout:{timeout} attempts:1\n"


def set_dns(mode):
    write("/etc/resolv.conf", resolv_conf(mode))


def start_responder():
    """Serves every mode of responder.py until this program ends."""
    global _responder
    _responder = subprocess.Popen([sys.executable, f"{HERE}/responder.py"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
    if _responder.stdout.readline() != "ready\n":
        sys.exit("responder.py did not start")


def tell_responder(line):
    """A line of responder.py's own language; returns its answer."""
    _responder.stdin.write(line + "\n")
    _responder.stdin.flush()
    return _responder.stdout.readline().strip()


# Stores.

def registry_text(records):
    """The registry text of {name: "address… [cname=…]"}, in canonical order."""
    names = sorted(records, key=lambda name: [label.encode() for label in name.split(".")[::-1]])
    return "".join(f"{name} {records[name]}\n" for name in names)


def make_store(directory, records, seconds=3600):
    """Makes directory/registry.cdb; returns the directory."""
    os.makedirs(directory, exist_ok=True)
    subprocess.run([program("MAKE_STORE"), directory, str(seconds)], input=registry_text(records),
                   text=True, check=True)
    return directory


def swap_store(directory):
    """Puts a copy of another folder's store in place of the machine's, as the daemon does."""
    shutil.copy(f"{directory}/registry.cdb", STORE + ".new")
    os.rename(STORE + ".new", STORE)


# Probing.

def probe_command(mode, names, addresses=(), parallel=None):
    """The command line of probe for a mode of resolv_conf()."""
    flags = []
    if mode == "out-of-descriptors":
        flags.append("-x")
    if mode in SLOW if parallel is None else parallel:
        flags.append("-p")
    for address in addresses:
        flags += ["-a", address]
    return [program("PROBE"), *flags, "--", *names]


def prepare(lines, modes):
    """The files that files_of() names."""
    os.makedirs(f"{WORK}/files", exist_ok=True)
    for services in lines:
        write(f"{WORK}/files/{services}", hosts_line(services))
    for mode in modes:
        write(f"{WORK}/files/{mode}", resolv_conf(mode))


def files_of(services, mode, store=os.path.dirname(STORE)):
    """What probe() is to see instead of the machine's own: a hosts line, a mode, a store's folder."""
    return {"/etc/nsswitch.conf": f"{WORK}/files/{services}",
            "/etc/resolv.conf": f"{WORK}/files/{mode}",
            os.path.dirname(STORE): store}


def within(files, command):
    """`command` so that it sees the contents in `files`, {target: path}, in place of the machine's."""
    binds = [f"{path}:{target}" for target, path in files.items()]
    return [program("WITHIN"), *binds, "--", *command]


def results(output):
    """probe's lines as {(name, call): result}."""
    table = {}
    for line in filter(None, output.split("\n")):
        name, call, result = line.split("\t")
        table[name, call] = result
    return table


def probe(mode, names, addresses=(), files=None, parallel=None, wrapper=()):
    """Runs probe once; returns {(name, call): result}."""
    command = [*wrapper, *probe_command(mode, names, addresses, parallel)]
    done = subprocess.run(within(files or {}, command), stdout=subprocess.PIPE, text=True,
                          timeout=HANG)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}")
    return results(done.stdout)


class Conversation:
    """A probe that goes on running, so that what changes under it can be seen to count."""

    def __init__(self, wrapper=()):
        self.process = subprocess.Popen([*wrapper, program("PROBE"), "-i"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, name):
        """{call: result} for the name."""
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        lines = iter(self.process.stdout.readline, "\n")
        return {call: result for (_, call), result in results("".join(lines)).items()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def in_parallel(function, keys):
    """[(key, function(key))] for keys whose second item is a mode: those that wait for a time-out
    some more at once, the others as many as there are processors to use."""
    slow = [key for key in keys if key[1] in SLOW]
    fast = [key for key in keys if key[1] not in SLOW]
    with ThreadPoolExecutor(12) as many, ThreadPoolExecutor(4) as few:
        waiting = many.map(function, slow)
        return [*zip(slow, waiting), *zip(fast, few.map(function, fast))]
