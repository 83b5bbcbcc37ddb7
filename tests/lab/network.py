"""Machines of a test's own, each in a network namespace, on one bridge.

A program calls enter() first. It starts itself again in namespaces, or exits 77 where they are not allowed.
"""
import ctypes
import os
import subprocess
import sys
import threading

import harness

CLONE_NEWNET = 0x40000000
BRIDGE = "bridge0"
TRIAL = ("mount -t tmpfs tmpfs /run && ip netns add trial && ip link add trial type bridge && "
         "ip link add trial0 type veth peer name eth0 netns trial && nsenter --net=/run/netns/trial true")


def enter():
    """Returns inside."""
    harness.need("ip", "unshare", "nsenter", "mount")
    if os.environ.get("GITDNS_NETLAB") == "inside":
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "link", "set", BRIDGE, "up")
        return
    for flags in (["-nm", "-Urnm"] if os.geteuid() == 0 else ["-Urnm"]):
        if subprocess.run(["unshare", flags, "sh", "-c", TRIAL], capture_output=True).returncode == 0:
            os.environ["GITDNS_NETLAB"] = "inside"
            os.execvp("unshare", ["unshare", flags, sys.executable, *sys.argv])
    harness.skip("network namespaces with a bridge are not allowed here")


def run(*command):
    subprocess.run(command, check=True)


class Machine:
    """A name, an address on the bridge, and a link that can be lost."""

    def __init__(self, name, number):
        self.name = name
        self.address = f"10.77.0.{number}"
        self.namespace = f"/run/netns/{name}"
        run("ip", "netns", "add", name)
        run("ip", "link", "add", "name", name, "master", BRIDGE, "type", "veth", "peer", "name", "eth0", "netns", name)
        self.link("up")
        run(*self.prefix(), "ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        run(*self.prefix(), "ip", "link", "set", "eth0", "up")

    def prefix(self):
        """What makes a command run on this machine."""
        return ["nsenter", f"--net={self.namespace}"]

    def link(self, state):
        run("ip", "link", "set", "dev", self.name, state)

    def server(self, folder):
        """A harness.Server on this machine: a socket belongs to the namespace of the thread that made it."""
        made = []

        def make():
            libc = ctypes.CDLL(None, use_errno=True)
            with open(self.namespace) as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(harness.Server(folder, address=self.address))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]
