"""systemd-resolved, the real one, in the lab: its stub at 127.0.0.53 and what nss-resolve talks to."""

import os
import socket
import subprocess
import unittest

import daemon
import lab

UNPACKED = os.environ.get("TEST_PACKAGES", "/nowhere")
UPLINK = "/run/systemd/resolve/resolv.conf"
SOCKET = "/run/systemd/resolve/io.systemd.Resolve"
STUB = "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n"


def _find():
    for folder in ("/usr/lib/systemd", "/lib/systemd", f"{UNPACKED}/usr/lib/systemd",
                   f"{UNPACKED}/lib/systemd"):
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
    subprocess.run(["ip", *command.split()], check=True)


def go_online():
    _ip("link set lab0 up")
    _ip("link set lab1 up")
    _ip("address replace 192.0.2.129/25 dev lab0")


def go_offline():
    """No network but loopback, on which the nameservers of these tests are."""
    _ip("link set lab0 down")


def stub_answers():
    """For `localhost`, which it knows by itself."""
    query = bytes.fromhex("0001 0100 0001 0000 0000 0000 09") + b"localhost" + bytes.fromhex("00 0001 0001")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        try:
            sock.connect(("127.0.0.53", 53))
            sock.send(query)
            return len(sock.recv(512)) > len(query)
        except OSError:
            return False


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
            return os.path.exists(SOCKET) and os.path.exists(UPLINK) and stub_answers()
        daemon.wait_for(is_ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
