"""Machines of a test's own, each in a network namespace, on one bridge.

A program calls enter() first. It starts itself again in namespaces, or exits 77 where they are not allowed.
"""
import ctypes
import threading

from lab import namespaces
from lab.programs import need, run
from lab.web_server import Server

CLONE_NEWNET = 0x40000000
BRIDGE = "bridge0"
TRIAL = ("mount -t tmpfs tmpfs /run && ip netns add trial && ip link add trial type bridge && "
         "ip link add trial0 type veth peer name eth0 netns trial && nsenter --net=/run/netns/trial true")


def enter():
    """Returns inside."""
    need("ip", "unshare", "nsenter", "mount")
    namespaces.enter("sh", "-c", TRIAL)
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    make_bridge()


def make_bridge():
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "link", "set", BRIDGE, "up")


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

    def inside(self, function):
        """What it returns on this machine: a socket belongs to the namespace of the thread that made it."""
        made = []

        def make():
            libc = ctypes.CDLL(None, use_errno=True)
            with open(self.namespace) as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(function())

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]

    def server(self, folder):
        """A web server on this machine."""
        return self.inside(lambda: Server(folder, address=self.address))
