"""gitdns-publish day by day: a resolver that restarts, names taken out of a list, how much a resolver is asked."""
import gzip
import os
import pathlib
import subprocess
import time
import unittest

import lab
from lab import responder
from lab.client import Client, Outcome
from lab.limited_nameserver import DOMAIN, Limited, address_of
from lab.registry import NAME, Key

RESOLVER = "127.0.4.1"
# On the loopback, but no interface has the first: as one that is elsewhere.
ELSEWHERE, OWN = "192.0.2.53", "192.0.2.54"
POLITE = 50
WEEK = 604800


def listed(*numbers):
    return [f"n{i:x}.{DOMAIN}" for i in numbers]


class Service(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.tree = self.folder / "tree"
        self.key = Key(self.folder, "key")

    def command(self, names, *options, resolver=RESOLVER):
        (self.folder / "names").write_text("".join(name + "\n" for name in names))
        resolver = ["--resolver", resolver] if resolver else []
        return [lab.program("PUBLISH"), "--to", self.tree, "--name", NAME, "--key", self.key.secret, "--names",
                self.folder / "names", *resolver, *map(str, options)]

    def publish(self, names, *options, **other):
        return Outcome(subprocess.run(self.command(names, *options, **other), capture_output=True, text=True,
                                      timeout=lab.HANG))

    def check(self, names, outcome):
        """So many names are published; those of the stub nameserver."""
        self.assertEqual(outcome.status, 0, outcome)
        head = (self.tree / "HEAD").read_text().strip()
        text = gzip.decompress((self.tree / head / "snapshot.gz").read_bytes()).decode()
        self.assertEqual(sorted(text.splitlines()), sorted(f"{name} {address_of(name)}" for name in names), outcome)

    def test_a_resolver_that_restarts(self):
        """It is waited for, if it is there again soon."""
        names = listed(1, 2)
        process = subprocess.Popen(self.command(names), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not (self.folder / "tree.state").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(1)
        self.assertIsNone(process.poll())
        with Limited(RESOLVER):
            out, err = process.communicate(timeout=lab.HANG)
        process.stdout, process.stderr = out, err
        self.assertEqual(process.returncode, 0, err)
        began = time.monotonic()
        outcome = self.publish(names)
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertIn("no answer; nothing published", outcome.lines[0])
        self.assertLess(time.monotonic() - began, 20)

    def test_names_taken_out(self):
        """What the list itself has no more is not lost; what cannot be found any more is."""
        with Limited(RESOLVER):
            self.check(listed(*range(6)), self.publish(listed(*range(6))))
            self.check(listed(*range(4)), self.publish(listed(*range(4))))
            outcome = self.publish([*listed(0, 1), *(f"n{i}.absent.example.org" for i in range(3))])
            # Names that were never published are nobody's loss, whatever their number.
            self.check(listed(0, 1), outcome)
            self.check(listed(*range(20)), self.publish(listed(*range(20))))
        with Limited(RESOLVER) as server:
            answer = server.answer
            server.answer = lambda query: (query.answer(responder.NXDOMAIN) if "1" in query.name.split(".")[0]
                                           else answer(query))
            outcome = self.publish(listed(*range(20)), "--hold", 0)
            self.assertEqual(outcome.status, 3, outcome)
            self.assertIn("15 names, fewer than 90 % of the 20 of serial 4; if that is meant, see --force; "
                          "nothing published", outcome.lines[0])

    def test_a_hosts_file_that_was_cut_off(self):
        """It says nothing of what is meant: --force has to."""
        hosts = self.folder / "hosts"
        command = [lab.program("PUBLISH"), "--to", self.tree, "--name", NAME, "--key", self.key.secret, "--hosts", hosts]
        for count, status in (6, 0), (4, 3):
            hosts.write_text("".join(f"8.8.8.{i} n{i}.example.org\n" for i in range(count)))
            outcome = Outcome(subprocess.run(command, capture_output=True, text=True, timeout=lab.HANG))
            self.assertEqual(outcome.status, status, outcome)
        self.assertIn("4 names, fewer than 90 % of the 6 of serial 1; if that is meant, see --force", outcome.lines[0])

    def test_names_that_fail_are_asked_again_alone(self):
        names = [*listed(*range(40)), *(f"dead{i}.{DOMAIN}" for i in range(8))]
        with Limited(RESOLVER) as server:
            outcome = self.publish(names)
            self.assertEqual(outcome.status, 1, outcome)
            self.assertIn("8 of 48 names, more than one in 10; see --force", outcome.lines[0])
            server.asked, fine = 0, []
            ask = server.answer
            server.answer = lambda query: fine.append(query.name) or ask(query)
            self.assertEqual(self.publish(names).status, 1)
            self.assertEqual(len({name for name in fine if name.startswith("n") and name.endswith(DOMAIN)}), 1, fine)

    def test_rate(self):
        """A resolver that is elsewhere is asked 50 questions a second; one of this machine as it can."""
        names = listed(*range(1, 101))
        took = {}
        for label, resolver, options in (("elsewhere", ELSEWHERE, []), ("own", OWN, []), ("loopback", RESOLVER, []),
                                         ("as fast as answers come", ELSEWHERE, ["--rate", 0])):
            with self.subTest(label), Limited(resolver):
                began = time.monotonic()
                self.check(names, self.publish(names, *options, resolver=resolver))
                took[label] = time.monotonic() - began
        least = 2 * len(names) / POLITE - 0.5
        self.assertGreater(took.pop("elsewhere"), least)
        for label, seconds in took.items():
            self.assertLess(seconds, least, label)

    def test_without_resolv_conf(self):
        """127.0.0.1 is asked, as glibc does."""
        os.rename("/etc/resolv.conf", "/etc/away")
        self.addCleanup(os.rename, "/etc/away", "/etc/resolv.conf")
        with Limited("127.0.0.1"):
            self.check(listed(1, 2), self.publish(listed(1, 2), resolver=None))

    def test_validity(self):
        """Another --valid is a change, and clients come by half of what is left of it; once an hour at most."""
        names = listed(1, 2)
        client = Client(self.folder / "client", [f"file://{self.tree}/"], [self.key.public], interval="7d")
        with Limited(RESOLVER):
            for serial, options, seconds in ((1, [], WEEK), (2, ["--valid", "4h"], 7200), (3, ["--valid", "1h"], 3600),
                                             (4, ["--valid", "30d"], WEEK)):
                self.assertIn(f"published serial {serial}", self.publish(names, *options).out)
                self.assertIn("unchanged", self.publish(names, *options).out)
                self.assertEqual(client.sync().status, 0)
                state = dict(line.split(" ", 1) for line in (client.store / "state").read_text().splitlines()
                             if " " in line)
                wait = int(state["next"]) - int(state["last"])
                self.assertTrue(0.9 * seconds - 1 <= wait <= 1.1 * seconds, (wait, seconds))


if __name__ == "__main__":
    lab.enter()
    lab.need("ip")
    lab.run("ip", "address", "add", f"{OWN}/32", "dev", "lo")
    lab.run("ip", "route", "add", "local", ELSEWHERE, "dev", "lo")
    lab.main()
