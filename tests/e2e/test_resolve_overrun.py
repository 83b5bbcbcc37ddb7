"""gitdns-publish --names with a resolver that is overrun: all names are published, or none."""
import gzip
import pathlib
import re
import subprocess
import time
import unittest

import lab
from lab import responder
from lab.client import Outcome
from lab.dns_question import A, answers
from lab.limited_nameserver import DOMAIN, Limited, address_of
from lab.programs import find_program
from lab.registry import NAME, Key

RESOLVER, UPSTREAM = "127.0.4.1", "127.0.4.2"


def listed(count, dead=0):
    return [f"n{i:x}.{DOMAIN}" for i in range(count - dead)] + [f"dead{i}.{DOMAIN}" for i in range(dead)]


class Overrun(unittest.TestCase):
    def setUp(self):
        self.scratch = lab.scratch()
        self.addCleanup(self.scratch.cleanup)
        self.folder = pathlib.Path(self.scratch.name)
        self.tree = self.folder / "tree"
        self.key = Key(self.folder, "key")

    def publish(self, names, *options):
        (self.folder / "names").write_text("".join(name + "\n" for name in names))
        command = [lab.program("PUBLISH"), "--to", self.tree, "--name", NAME, "--key", self.key.secret, "--names",
                   self.folder / "names", "--resolver", RESOLVER, *map(str, options)]
        return Outcome(subprocess.run(command, capture_output=True, text=True, timeout=lab.HANG))

    def text(self):
        return gzip.decompress((self.tree / (self.tree / "HEAD").read_text().strip() / "snapshot.gz").read_bytes()).decode()

    def check_all(self, names, outcome):
        self.assertEqual(outcome.status, 0, outcome)
        self.assertEqual(sorted(self.text().splitlines()), sorted(f"{name} {address_of(name)}" for name in names), outcome)

    def test_many_at_once(self):
        """150 questions under way, the rest refused, as dnsmasq has it."""
        names = listed(1500)
        for beyond in responder.REFUSED, responder.SERVFAIL:
            with self.subTest(beyond=beyond), Limited(RESOLVER, at_once=150, latency=0.05, beyond=beyond) as server:
                self.check_all(names, self.publish(names))
                self.assertGreater(server.refused, 0)
                self.assertGreater(server.most, 100)
                # A crowd is not let in by asking again and again; a busy machine serves fewer of it.
                self.assertLess(server.asked, 3 * 2 * len(names))
            self.tree.rename(self.folder / f"tree-{beyond}")
            (self.folder / "tree.state/seen.gz").unlink()

    def test_many_a_minute(self):
        """So many at once, then so many a second and no more."""
        names = listed(600)
        with Limited(RESOLVER, burst=400, rate=40) as server:
            self.check_all(names, self.publish(names))
            self.assertGreater(server.refused, 0)
            self.assertLess(server.asked, 3 * 2 * len(names))

    def test_silence_beyond(self):
        names = listed(500)
        with Limited(RESOLVER, at_once=100, latency=0.05, beyond=None):
            self.check_all(names, self.publish(names))

    def test_few_fail(self):
        """Too few for a suspicion, so that the pace stays: they are asked again for as long as that helps."""
        names = listed(1000)
        with Limited(RESOLVER, each=4, beyond=responder.SERVFAIL) as server:
            self.check_all(names, self.publish(names))
            self.assertLess(server.asked, 3 * 2 * len(names))

    def test_dead_names(self):
        """Names whose own servers fail say nothing of the resolver: no pauses for them, and they count."""
        names = listed(3000, dead=300)
        with Limited(RESOLVER) as server:
            began = time.monotonic()
            self.check_all(names[:2700], self.publish(names))
            # Each name, those that fail twice, by glibc twice each time, and few control questions.
            self.assertLess(server.asked, 2 * (2700 + 300 * 2 * 2) + 200)
            self.assertLess(time.monotonic() - began, 60)

    def test_guard(self):
        """More than a tenth fails: nothing is published, in a first run neither; --force does."""
        names = listed(100, dead=11) + ["absent.example.org"] * 50
        with Limited(RESOLVER):
            outcome = self.publish(names)
            self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
            self.assertIn("no answer that says anything for 11 of 100 names, more than one in 10; see --force; nothing published",
                          outcome.lines[0])
            self.assertFalse(self.tree.exists())
            outcome = self.publish(names, "--force")
            self.assertRegex(outcome.out, "forced: .*11 of 100 names")
            self.check_all(names[:89], outcome)
            self.check_all(listed(90), self.publish(listed(100, dead=10)))

    def test_refuses_all(self):
        """Who says no to everything is asked for a while, and is given up."""
        with Limited(RESOLVER, burst=100):
            outcome = self.publish(listed(300))
        self.assertEqual(outcome.status, 1, outcome)
        self.assertRegex(outcome.lines[-1], "nothing but REFUSED for 1[23]. s; started again it goes on from there")

    @unittest.skipIf(find_program("dnsmasq") is None, "dnsmasq is not there")
    def test_dnsmasq(self):
        names = listed(1500)
        command = [find_program("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                   f"--server={UPSTREAM}", f"--listen-address={RESOLVER}", "--bind-interfaces", "--user=root", "--group=root",
                   f"--pid-file={self.folder}/pid", "--cache-size=0", "--dns-forward-max=150"]
        with Limited(UPSTREAM, latency=0.1), subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                end = time.monotonic() + lab.HANG
                while not answers(RESOLVER, names[0], A) and process.poll() is None and time.monotonic() < end:
                    time.sleep(0.05)
                outcome = self.publish(names)
            finally:
                process.kill()
        self.check_all(names, outcome)
        self.assertIn(f"asked for {len(names)} names: {len(names)} found", re.sub(" +", " ", outcome.out))


if __name__ == "__main__":
    lab.namespaces.enter()
    lab.main()
