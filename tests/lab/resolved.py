"""systemd-resolved, the real one, on the machine: its stub at 127.0.0.53 and what nss-resolve talks to."""

import os
import subprocess
import unittest

import lab
from lab import daemon
from lab.dns_question import A, answers

UPLINK = "/run/systemd/resolve/resolv.conf"
SOCKET = "/run/systemd/resolve/io.systemd.Resolve"
STUB = "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n"


def _find():
    for folder in ("/usr/lib/systemd", "/lib/systemd", f"{lab.UNPACKED}/usr/lib/systemd",
                   f"{lab.UNPACKED}/lib/systemd"):
        if os.access(f"{folder}/systemd-resolved", os.X_OK):
            return f"{folder}/systemd-resolved"
    raise unittest.SkipTest("systemd-resolved is absent")


def prepare():
    """What it needs: a user of its own to become, and a network: it asks nobody over loopback alone."""
    for path, line in (("/etc/passwd", "systemd-resolve:x:0:0::/:/bin/false"),
                       ("/etc/group", "systemd-resolve:x:0:")):
        with open(path) as file:
            lab.write(path, f"{line}\n{file.read()}")
    _ip("link add lab0 type veth peer name lab1")
    go_online()


def _ip(command):
    lab.run("ip", *command.split())


def go_online():
    _ip("link set lab0 up")
    _ip("link set lab1 up")
    _ip("address replace 192.0.2.129/25 dev lab0")


def go_offline():
    """No network but loopback, on which the nameservers of these tests are."""
    _ip("link set lab0 down")


class Resolved:
    """At work until the end of the block, with one nameserver above it."""

    def __init__(self, upstream):
        for folder in ("/etc/systemd", "/run/systemd/resolve"):
            os.makedirs(folder, exist_ok=True)
        lab.write("/etc/systemd/resolved.conf",
                  f"[Resolve]\nDNS={upstream}\nFallbackDNS=\nLLMNR=no\nMulticastDNS=no\n")
        for path in (SOCKET, UPLINK):  # of the one before
            if os.path.exists(path):
                os.unlink(path)
        self.log = open(f"{lab.WORK}/resolved.log", "w")
        self.process = subprocess.Popen([_find()], stdout=self.log, stderr=self.log,
                                        env=os.environ | {"SYSTEMD_LOG_TARGET": "console"})

        def is_ready():
            return os.path.exists(SOCKET) and os.path.exists(UPLINK) and \
                answers("127.0.0.53", "localhost", A)  # which it knows by itself
        daemon.wait_for(is_ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
