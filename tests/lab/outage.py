"""Tests with gitdns-syncd at work and a DNS that fails as they say.

Every look-up is a process of its own. DNS is responder.py's, whose addresses are others than the
store's, so that an answer tells where it comes from.
"""

import contextlib
import itertools
import os
import subprocess
import time
import unittest

import lab
from lab import daemon, responder

LINE = f"files {lab.OUTAGE} dns gitdns"
RECORDS = {f"name-{i}.example.net": f"192.88.98.{i + 1}" for i in range(100)} | {
    "deleted.example.net": "192.88.98.201",
    "v4.example.net": "192.88.98.202",
    "other.example.com": "192.88.98.203",
    "third.example.org": "192.88.98.204",
    "other.net": "192.88.98.205",
    "example.net": "192.88.98.206",
}
TIMEOUT = 2  # seconds that glibc waits for DNS; a busy machine's responder is faster
INSTANT = 0.9  # seconds; less than that is without DNS
FROM_DNS = {"198.51.100.7", "198.51.100.8", "2001:db8:53::7"}
ASKING = 4 * 2 + 2  # seconds that the daemon may take to be sure, two questions of 2 s at a time
# Of names that have answered within the last seconds the daemon believes no report.
VICTIMS = itertools.cycle(f"name-{i}.example.net" for i in range(50, 100))


def look_up(name, database="ahosts"):
    """(addresses, exit status, seconds) of getent."""
    start = time.monotonic()
    done = subprocess.run(["getent", database, name], capture_output=True, text=True,
                          timeout=lab.HANG)
    addresses = {line.split()[0] for line in done.stdout.splitlines()}
    return addresses, done.returncode, time.monotonic() - start


def one_domain_out():
    return daemon.names_out() > 0


def lease_is_over():
    return not daemon.everything_is_out()


def nothing_out():
    return not daemon.everything_is_out() and daemon.names_out() == 0


def settled():
    """Neither suspected nor told: the log has what is out."""
    return any("is out" in line for line in daemon.current.said())


class LookUps(unittest.TestCase):
    """Whether they come from the copy or from DNS."""

    def asked(self, name):
        """How often the nameserver was asked for it."""
        return lab.tell_responder(f"queries {name}")

    @contextlib.contextmanager
    def without_dns(self, name):
        """A look-up of the name in the block is at once, or a busy machine alone was what it waited for."""
        before, start = self.asked(name), time.monotonic()
        yield
        if time.monotonic() - start >= INSTANT:
            self.assertEqual(self.asked(name), before, f"{name} was asked for")

    def assert_from_copy(self, name):
        with self.without_dns(name):
            self.assertEqual(look_up(name)[0], {RECORDS[name]})

    def assert_from_dns(self, name):
        self.assertEqual(look_up(name)[0], FROM_DNS, f"{name}: {daemon.current.said()}")


class WithDaemon(LookUps):
    """A daemon and a DNS that is well, for each test."""

    told = set()

    def setUp(self):
        for domain in self.told:
            lab.tell_responder(f"{domain}=")
        self.told.clear()
        lab.set_hosts_line(LINE)
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n"
                                      f"options timeout:{TIMEOUT} attempts:1\n")
        self.daemon = daemon.Daemon()
        self.addCleanup(self.end)

    def end(self):
        self.daemon.__exit__(None, None, None)
        if os.path.exists(f"{daemon.FOLDER}/names"):
            os.unlink(f"{daemon.FOLDER}/names")

    def dns(self, domain, mode):
        self.told.add(domain)
        self.assertEqual(lab.tell_responder(f"{domain}={mode}"), "ok")

    def restore(self, domain):
        self.assertEqual(lab.tell_responder(f"{domain}="), "ok")

    def report_until_out(self, name):
        """What has just answered is not suspected for a while."""
        def everything_is_out():
            daemon.report(name)
            return daemon.everything_is_out()
        daemon.wait_for(everything_is_out, step=0.5)

    def everything_out(self, mode="silent"):
        """One look-up runs into it; the others need not wait."""
        self.dns(".", mode)
        victim = next(VICTIMS)
        self.assertEqual(look_up(victim)[0], {RECORDS[victim]})
        daemon.wait_for(daemon.everything_is_out)


def main():
    """Runs the classes or tests that the arguments name, of the program that this is."""
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", RECORDS)
    daemon.configure()
    unittest.main("__main__", verbosity=2)
