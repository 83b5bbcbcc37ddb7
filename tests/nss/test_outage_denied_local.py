"""The wrong no, on a machine that has the registry `local` alone: what it looks up for itself once a day, proves and
publishes, it answers on the day that DNS denies it; and no more once that has lasted."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import time
import unittest

import lab
from lab import authority, daemon, outage
from lab.made_up_world import A, AAAA
from lab.programs import plain_environment
from lab.registry import DAY, Key, now, timestamp
from lab.serving_world import RESOLVER, ServingWorld, let_time_pass

LISTED, MENTIONED, GONE, UNPROVEN, UNLISTED = (f"{name}.example.net" for name in
                                               ("listed", "mentioned", "gone", "unproven", "unlisted"))
CHANGES = "changes.example.org"
ADDRESS = {name: f"11.0.0.{i + 1}" for i, name in enumerate((LISTED, MENTIONED, GONE, UNPROVEN, UNLISTED))}
# What `denied` lists is looked up since it does.
LISTS = [CHANGES, GONE, UNPROVEN, UNLISTED]
DAYS = 9  # before the one that DNS denies names on
WEEK = 7
ANSWERED_IN = 10  # seconds, from the first look-up that is denied
ENDED_IN = 60
DENIED, WRONG = (LISTED, MENTIONED, GONE, UNPROVEN), (LISTED, MENTIONED)


class Machine:
    """What it publishes, as packaging/local-registry has it done, and takes in."""

    def __init__(self, folder, world):
        self.folder, self.world = pathlib.Path(folder), world
        self.tree, self.key = self.folder / "local", Key(folder, "key")
        self.age = DAYS  # in days, of the serial that is published next
        os.makedirs("/etc/gitdns", exist_ok=True)
        os.makedirs("/etc/apt", exist_ok=True)
        lab.write("/etc/apt/sources.list", f"deb https://{MENTIONED}/debian bookworm main\n")
        lab.write(daemon.CONFIG, f"[registry local]\nurl = file://{self.tree}/\nkey = {self.key.public}\n"
                                 "private = some\ninterval = 1d\n"
                                 f"[answer]\ndenied = {LISTED}, {GONE}, {UNPROVEN}, *.{MENTIONED}, {MENTIONED}\n")

    def program(self, name, *arguments):
        done = subprocess.run([lab.program(name), *map(str, arguments)], capture_output=True, text=True,
                              timeout=lab.HANG, env=plain_environment())
        assert done.returncode == 0, done
        return done.stdout

    def publish(self):
        """A day's turn."""
        machine, lists = self.folder / "machine", self.folder / "names"
        machine.write_text(self.program("GITDNS", "names"))
        lists.write_text("".join(name + "\n" for name in LISTS))
        self.world.records[CHANGES] = [f"11.1.0.{100 - self.age}"]
        let_time_pass(self.folder / "local.state", 24)
        self.said = self.program("PUBLISH", "--to", self.tree, "--name", "local", "--key", self.key.secret, "--names", lists,
                                 "--private-names", machine, "--rate", 50, "--any-clock", "--prove-names", machine,
                                 "--force")
        if self.age > 0:
            self.make_older()
        self.program("GITDNS", "pull")
        self.age -= 1

    def make_older(self):
        """The serial, signed again: what stands for a week takes one."""
        serial = (self.tree / "HEAD").read_text().strip()
        manifest = self.tree / serial / "manifest"
        created = timestamp(now() - self.age * DAY)
        manifest.write_text(re.sub(r"(?m)^created .*$", f"created {created}", manifest.read_text()))
        self.key.sign(manifest, f"gitdns local serial {serial}")

    def published(self):
        serial = (self.tree / "HEAD").read_text().strip()
        text = gzip.decompress((self.tree / serial / "snapshot.gz").read_bytes()).decode()
        return {line.split()[0]: line.split()[1:] for line in text.splitlines()}


class AskedWorld(ServingWorld):
    """It knows what was asked for."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.questions = set()

    def look_up(self, name, kind):
        self.questions.add((name, kind))
        return super().look_up(name, kind)


class Denied(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = cls.enterClassContext(AskedWorld(cls.enterClassContext(lab.scratch()), list(ADDRESS),
                                                     list(ADDRESS.values())))

    def setUp(self):
        shutil.rmtree(os.path.dirname(lab.STORE))
        os.mkdir(os.path.dirname(lab.STORE))
        for name, address in ADDRESS.items():
            self.world.records[name] = [address]
            self.world.served[address] = set() if name == UNPROVEN else {name}
        lab.set_hosts_line(outage.LINE)
        lab.write("/etc/resolv.conf", f"nameserver {RESOLVER}\noptions timeout:{outage.TIMEOUT} attempts:1\n")
        self.machine = Machine(self.enterContext(lab.scratch()), self.world)
        for _ in range(DAYS):
            self.machine.publish()
        self.assertEqual(self.machine.published().keys(), {*LISTS, LISTED, MENTIONED})
        self.world.questions.clear()
        self.daemon = self.enterContext(daemon.Daemon())

        def all_are_asked():
            return {(name, kind) for name in DENIED for kind in (A, AAAA)} <= self.world.questions
        daemon.wait_for(all_are_asked)

    def answers(self, name):
        return outage.look_up(name)[0]

    def wait_until(self, name, addresses):
        def is_so():
            return self.answers(name) == addresses
        return daemon.wait_for(is_so, step=0.5)

    def deny(self):
        for name in ADDRESS:
            del self.world.records[name]
        self.world.records[LISTED] = []
        self.world.served[ADDRESS[GONE]].clear()

    def are_answered(self):
        for name in ADDRESS:
            self.assertEqual(self.answers(name), {ADDRESS[name]} if name in WRONG else set(), self.daemon.said())

    def test_days_of_it(self):
        self.deny()
        for name in WRONG:
            took = self.wait_until(name, {ADDRESS[name]})
            print(f"{name} is answered after {took:.1f} s", end="; ", flush=True)
            self.assertLess(took, ANSWERED_IN, self.daemon.said())
        self.are_answered()
        # On the same day it looks its names up.
        self.machine.publish()
        stay = {name: [ADDRESS[name]] for name in WRONG}
        self.assertIn("  2 names stand since they are proven, and DNS denies them", self.machine.said)
        published = self.machine.published()
        del published[CHANGES]
        self.assertEqual(published, {GONE: [ADDRESS[GONE]], **stay})
        end = time.monotonic() + ANSWERED_IN
        while time.monotonic() < end:
            self.are_answered()
        # DNS's return.
        self.world.records.update(stay)

        def is_over():
            return daemon.names_out() == 0
        took = daemon.wait_for(is_over)
        print(f"it is over {took:.1f} s after DNS's return", end=" ", flush=True)
        self.assertLess(took, ENDED_IN, self.daemon.said())

    def test_deletions(self):
        """What its owner has deleted, served or not, is not kept for long."""
        self.deny()
        for day in range(WEEK + 1):
            self.machine.publish()
            kept = set(WRONG if day < WEEK else ()) | ({GONE} if day < 1 else set())
            self.assertEqual(self.machine.published().keys(), {CHANGES, *kept}, day)
        for name in ADDRESS:
            self.wait_until(name, set())


def main():
    lab.enter()
    if why := authority.missing():
        lab.skip(why)
    unittest.main("__main__", verbosity=2)


main()
