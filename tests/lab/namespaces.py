"""Mount, network and UTS namespaces of a test's own."""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

from lab.programs import skip

INSIDE = "GITDNS_LAB"


def enter(*trial):
    """Starts this program again in namespaces, and returns inside, with loopback up. Exits 77 where
    they are not allowed, or the command `trial` is not in them."""
    if INSIDE in os.environ:
        loopback_up()
        return
    for flags in (["-mnu", "-Umnur"] if os.geteuid() == 0 else ["-Umnur"]):
        command = ["unshare", flags, *(trial or ["true"])]
        if subprocess.run(command, capture_output=True).returncode == 0:
            os.environ[INSIDE] = "yes"
            os.execvp("unshare", ["unshare", flags, sys.executable, *sys.argv])
    skip("the namespaces that this needs are not allowed here")


def loopback_up():
    siocgifflags, siocsifflags, iff_up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack_from("16xH", fcntl.ioctl(sock, siocgifflags, request))[0]
        fcntl.ioctl(sock, siocsifflags, struct.pack("16sH14x", b"lo", flags | iff_up))


def mount_namespace():
    """Prefix of a command in a mount namespace of its own, or None where that is not allowed."""
    for prefix in (["unshare", "-m"], ["unshare", "-Umr"]):
        if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            return prefix
    return None
