"""A machine of the tests' own: private /etc, /run, /var and loopback, the module known to the
dynamic linker, and a DNS responder.

A test calls enter() first. It starts itself again inside, or exits 77 where that is not allowed.
"""

import glob
import os
import shutil
import socket
import subprocess
import sys

from lab import namespaces, responder
from lab.programs import UNPACKED, program, run
from lab.registry import canonical

WORK = "/run/lab"
STORE = "/var/lib/gitdns/registry.cdb"
POLICY = "/var/lib/gitdns/policy.cdb"
OUTAGE = "gitdns_outage [TRYAGAIN=return]"
CLOSED_PORT = "127.0.0.99"
LOADER_32 = "/lib/ld-linux.so.2"
UNROUTABLE = "192.0.2.53"
SLOW = ["silent", "garbage-random", "a-good-aaaa-silent"]  # modes that cost their time-out

_responder = None


def enter():
    """Starts this program again in namespaces; returns inside, with the machine set up."""
    namespaces.enter("mount", "-t", "tmpfs", "tmpfs", "/run")
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    os.mkdir(WORK)
    # Without its owners and unreadable files: an unprivileged user's namespace cannot have them.
    subprocess.run(["cp", "-r", "-P", "--preserve=mode", "/etc", WORK], stderr=subprocess.DEVNULL)
    run("mount", "--bind", f"{WORK}/etc", "/etc")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var")
    for folder in ("cache", "log", "tmp"):
        os.mkdir(f"/var/{folder}")
    os.symlink("/run", "/var/run")
    os.makedirs(os.path.dirname(STORE))
    socket.sethostname("labhost")
    # Programs for 32 bits, for which there is no module, are none of the lab's.
    if os.path.exists(LOADER_32):
        run("mount", "--bind", "/dev/null", LOADER_32)
    write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n192.0.2.200 in-files.example.net\n")
    write("/etc/host.conf", "multi on\n")
    set_hosts_line("files dns")
    set_dns("closed-port")
    folders = {os.path.dirname(os.path.realpath(program("NSS_MODULE"))), *map(os.path.dirname, (
        path for lib in ("lib", "usr/lib") for path in glob.glob(f"{UNPACKED}/{lib}/*/*.so*")))}
    write(f"{WORK}/ld.so.conf", "\n".join([*folders, "include /etc/ld.so.conf\n"]))
    run("ldconfig", "-X", "-f", f"{WORK}/ld.so.conf", "-C", "/etc/ld.so.cache")


def has_module(service):
    """Whether the dynamic linker finds an NSS module."""
    return f"libnss_{service}.so.2 " in run("ldconfig", "-p")


# The machine's files.

def write(path, text):
    """Replaces a file in one step, so that who reads it sees the old or the new one. Returns path."""
    with open(path + ".new", "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
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
    _responder = subprocess.Popen([sys.executable, responder.__file__], stdin=subprocess.PIPE,
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
    return "".join(f"{name} {records[name]}\n" for name in sorted(records, key=canonical))


def make_store(directory, records, seconds=3600, registry=None):
    """Makes directory/registry.cdb, or that of a registry in its folder; returns the directory."""
    os.makedirs(directory, exist_ok=True)
    subprocess.run([program("MAKE_STORE"), directory, str(seconds), *([registry] if registry else [])],
                   input=registry_text(records), text=True, check=True)
    return directory


def make_policy(directory, registries, more=""):
    """Makes directory/policy.cdb: of registries by name, in that order (empty: the directory's own), each
    with the lines that are its value; `more`: other sections."""
    text = "".join(f"[registry {name}]\n" + (f"url = file:///\nkey = /key\n{lines}\n")
                   if name else f"[registry]\nname = own\nurl = file:///\nkey = /key\n{lines}\n"
                   for name, lines in registries.items())
    path = write(f"{directory}.conf", text + more)
    subprocess.run([program("MAKE_POLICY"), directory, path], check=True)
    return directory


def swap_store(directory):
    """Puts a copy of another folder's store in place of the machine's, as the daemon does."""
    shutil.copy(f"{directory}/registry.cdb", STORE + ".new")
    os.rename(STORE + ".new", STORE)
