"""Hosts that treat the module roughly, while the store under it is replaced several times a second:
threads, forks, dlclose, cancelled threads, longjmp out of a signal handler, chroot, no descriptors.
Both services: gitdns after a DNS that fails; gitdns_outage while everything is out, and while the
board is replaced as often as the store.
"""

import os
import struct
import subprocess
import threading
import time
import unittest

import lab
from lab import daemon

VERSIONS = 200
SECONDS_A_VERSION = 0.15
SECONDS_A_LATE_VERSION = 1  # of the second half, which a busy machine may need


def make_versions():
    """Stores in which version.example.net has an address that counts up."""
    for number in range(1, VERSIONS + 1):
        lab.make_store(f"{lab.WORK}/versions/{number}",
                       {"version.example.net": f"192.0.2.{number}"})


class Swapper(threading.Thread):
    """Puts the next version in place several times a second, from the first on; `also` is called
    each time."""

    def __init__(self, also):
        super().__init__()
        self.stopped = threading.Event()
        self.swaps = 0
        self.also = also

    def swap(self):
        self.swaps += 1
        lab.swap_store(f"{lab.WORK}/versions/{self.swaps}")
        self.also()

    def run(self):
        seconds = SECONDS_A_VERSION
        while not self.stopped.wait(seconds) and self.swaps < VERSIONS:
            self.swap()
            if self.swaps > VERSIONS / 2:
                seconds = SECONDS_A_LATE_VERSION

    def __enter__(self):
        self.swap()
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.join()


class Stress:
    """Of one service."""
    environment = {}
    calls = ()  # of a look at the files

    def swap_more(self):
        """Beside the store."""

    def run_while_swapping(self, *command):
        with Swapper(self.swap_more) as swapper:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, timeout=lab.HANG, env=os.environ | self.environment)
        print(f"{done.stdout.strip()} ({swapper.swaps} swaps)", end=" ", flush=True)
        self.assertEqual(done.returncode, 0)
        self.assertLess(swapper.swaps, VERSIONS)

    def test_forks(self):
        self.run_while_swapping(lab.program("FORKS"))

    def test_unload(self):
        self.run_while_swapping(lab.program("HARM"), "unload")

    @lab.not_sanitized  # AddressSanitizer's own end of a thread does not stand it
    def test_cancel(self):
        self.run_while_swapping(lab.program("HARM"), "cancel")

    def test_alarms(self):
        self.run_while_swapping(lab.program("HARM"), "alarms")

    @lab.not_sanitized  # it makes more calls, and does not stand to be left
    def test_left_at_each_call(self):
        """By longjmp, at each kind of system call that a look at the files makes."""
        if not lab.strace_works():
            self.skipTest("strace does not work here")
        with Swapper(self.swap_more):
            hosts = {call: subprocess.Popen(
                ["env", "--ignore-signal=ALRM", "strace", "-qqq", "-o", "/dev/null", "-e",
                 f"inject={call}:signal=SIGALRM", lab.program("HARM"), "signals"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                env=os.environ | self.environment) for call in self.calls}
            said = {call: host.communicate(timeout=lab.HANG)[0] for call, host in hosts.items()}
        print(said, end=" ", flush=True)
        self.assertEqual([call for call, host in hosts.items() if host.returncode != 0], [])

    @lab.not_sanitized  # its own opens of files are trapped, too
    def test_sandbox(self):
        self.run_while_swapping(lab.program("HARM"), "sandbox")


class StressOfGitdns(Stress, unittest.TestCase):
    calls = "%%stat", "openat", "read", "close", "mmap", "mprotect", "munmap", "socket", "sendto"

    def test_threads(self):
        self.run_while_swapping(lab.program("HARM"), "threads")

    def test_descriptors(self):
        self.run_while_swapping(lab.program("HARM"), "descriptors")

    def test_chroot(self):
        self.run_while_swapping(lab.program("HARM"), "chroot")

    def test_chroot_of_somebody_else(self):
        """Who has made it must not have the process answer from, or end by, files of theirs."""
        root = f"{lab.WORK}/root"
        os.makedirs(f"{root}/etc", exist_ok=True)
        lab.write(f"{root}/etc/nsswitch.conf", lab.hosts_line("files gitdns"))
        lab.make_store(f"{root}{os.path.dirname(lab.STORE)}", {"version.example.net": "192.0.2.250"})
        self.run_while_swapping(lab.program("HARM"), "chroot", root)

    @lab.not_sanitized
    def test_locked(self):
        lab.make_store(f"{lab.WORK}/large", {f"name-{i}.example.net": "192.0.2.1"
                                            for i in range(50000)} | {"version.example.net": "192.0.2.1"})
        lab.swap_store(f"{lab.WORK}/large")
        print(subprocess.run([lab.program("HARM"), "locked"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip(), end=" ", flush=True)

    def swap_more(self):
        os.utime("/etc/nsswitch.conf")


class StressOfGitdnsOutage(Stress, unittest.TestCase):
    """In a chroot without a resolv.conf its gate is shut, as it should be."""
    calls = "%%stat", "openat", "read", "close", "mmap", "mremap", "munmap"
    environment = {"NSS_SERVICE": "gitdns_outage", "NSS_MODULE": lab.program("NSS_OUTAGE_MODULE")}

    @classmethod
    def setUpClass(cls):
        daemon.configure(private="yes")
        with daemon.Daemon():
            daemon.force("on")
            daemon.wait_for(daemon.everything_is_out)
            with open(daemon.BOARD, "rb") as file:
                cls.board = bytearray(file.read())

    def swap_more(self):
        """By a board with a lease of its own: a daemon at work would put its own back."""
        lease = int(time.clock_gettime(time.CLOCK_MONOTONIC)) + 20
        struct.pack_into("I", self.board, 4 * daemon.EVERYTHING, lease)
        with open(daemon.BOARD + ".swap", "wb") as file:
            file.write(self.board)
        os.rename(daemon.BOARD + ".swap", daemon.BOARD)


if __name__ == "__main__":
    lab.enter()
    lab.set_hosts_line("files dns gitdns")
    make_versions()
    unittest.main(verbosity=2)
