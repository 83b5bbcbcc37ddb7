"""Taking a publication back, and changing keys: the publisher and its clients together."""
import gzip
import pathlib
import subprocess
import unittest

import lab
from lab.client import Client, Outcome
from lab.registry import NAME, Key


def hosts(count, address="8.8"):
    return "".join(f"{address}.{i >> 8}.{i & 255} n{i}.example.net\n" for i in range(count))


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.tree = self.folder / "tree"
        self.old = Key(self.folder, "old")
        self.new = Key(self.folder, "new")

    def publish(self, *options, text=None, keys=None):
        command = [lab.program("PUBLISH"), "--to", str(self.tree), "--name", NAME, *options]
        for key in keys or [self.old]:
            command += ["--key", str(key.secret)]
        if text is not None:
            command += ["--hosts", "-"]
        return Outcome(subprocess.run(command, input=text or "", capture_output=True, text=True, timeout=lab.HANG))

    def published(self, *options, **other):
        outcome = self.publish(*options, **other)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return outcome

    def refused(self, cause, *options, **other):
        before = (self.tree / "HEAD").read_text()
        outcome = self.publish(*options, **other)
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertIn(cause, outcome.lines[0])
        self.assertEqual((self.tree / "HEAD").read_text(), before)

    def text(self, serial):
        return gzip.decompress((self.tree / str(serial) / "snapshot.gz").read_bytes()).decode()

    def client(self, *keys, name="client"):
        return Client(self.folder / name, [f"file://{self.tree}/"], [key.public for key in keys])


class Revert(Case):
    def test_revert(self):
        self.published(text=hosts(100))
        client = self.client(self.old)
        self.assertEqual(client.sync().status, 0)
        self.published(text=hosts(110, "9.9"))
        self.assertEqual(client.sync().status, 0)
        outcome = self.published("--revert", "1")
        self.assertIn("published serial 3", outcome.out)
        self.assertIn("10 removed", outcome.out)
        self.assertEqual(self.text(3), self.text(1))
        self.assertIn("serial 3, 100 names", client.sync().out)
        fresh = self.client(self.old, name="fresh")
        fresh.sync()
        self.assertEqual(fresh.octets(), client.octets())

    def test_aliases_and_order_survive(self):
        """The text comes back to the octet, canonical names and the order of addresses too."""
        self.published(text="9.9.9.9 a.example.net\n8.8.8.8 a.example.net\n2a00::9 a.example.net\n2a00::8 a.example.net\n")
        first = self.text(1)
        self.published("--force", text="7.7.7.7 b.example.net\n")
        self.published("--revert", "1")
        self.assertEqual(self.text(3), first)

    def test_after_a_disaster(self):
        """No guard stands in the way back."""
        self.published(text=hosts(2000))
        self.published("--force", text=hosts(5))
        self.published("--revert", "1")
        self.published("--revert", "2")
        self.assertEqual(self.text(4), self.text(2))

    def test_refused(self):
        self.published(text=hosts(10))
        self.refused("serial 7 is not one whose snapshot is kept", "--revert", "7")
        for wrong in ("0", "01", "-1", "x", ""):
            self.assertEqual(self.publish("--revert", wrong).status, 2)
        self.assertEqual(self.publish("--revert", "1", text=hosts(10)).status, 2)
        self.assertIn("unchanged, serial 1 stands", self.published("--revert", "1").out)

    def test_what_came_in_is_forgotten(self):
        """With holding on, addresses of a serial that was taken back do not come back."""
        self.published("--hold", "8", text="8.8.8.8 a.example.net\n8.8.4.4 b.example.net\n")
        self.published("--hold", "8", "--force", text="6.6.6.6 a.example.net\n8.8.4.4 b.example.net\n")
        self.assertIn("6.6.6.6 8.8.8.8", self.text(2))
        self.published("--revert", "1")
        self.published("--hold", "8", "--force", text="9.9.9.9 a.example.net\n8.8.4.4 b.example.net\n")
        self.assertEqual(self.text(4), "a.example.net 9.9.9.9 8.8.8.8\nb.example.net 8.8.4.4\n")


    def test_private(self):
        """What was published with --private comes back with it alone, and no client gets what it refuses."""
        self.published("--hold", "8", "--private", text="8.8.8.8 a.example.net\n10.0.0.7 a.example.net\n"
                                                        "10.0.0.8 b.example.net\n8.8.4.4 b.example.net\n")
        client = self.client(self.old)
        self.assertEqual(client.sync().status, 1)
        text = "8.8.8.8 a.example.net\n8.8.4.4 b.example.net\n"
        self.assertIn("2 addresses that were seen earlier go: not globally reachable",
                      self.published("--hold", "8", text=text).out)
        self.assertEqual(self.text(2), "a.example.net 8.8.8.8\nb.example.net 8.8.4.4\n")
        self.assertEqual(client.sync().status, 0)
        self.refused(f"{self.tree}/1/snapshot.gz: address that is not globally reachable in a public registry; see "
                     "--private", "--revert", "1")
        self.published("--private", text="8.8.8.8 a.example.net\n8.8.8.8 corp.internal\n")
        self.published(text=text)
        self.refused(f"{self.tree}/3/snapshot.gz: special-use name in a public registry; see --private", "--revert", "3")
        self.published("--private", "--revert", "3")
        self.assertEqual(self.text(5), self.text(3))


class Keys(Case):
    """A change of keys: both sign for a while, then the new one alone."""

    def setUp(self):
        super().setUp()
        self.clients = {
            "old": self.client(self.old, name="has old"),
            "new": self.client(self.new, name="has new"),
            "both": self.client(self.old, self.new, name="has both"),
        }

    def statuses(self):
        return {name: client.sync().status for name, client in self.clients.items()}

    def test_change(self):
        self.published(text=hosts(50))
        self.assertEqual(self.statuses(), {"old": 0, "new": 1, "both": 0})
        self.published(text=hosts(51), keys=[self.old, self.new])
        self.assertEqual(self.statuses(), {"old": 0, "new": 0, "both": 0})
        self.published(text=hosts(52), keys=[self.new, self.old])
        self.assertEqual(self.statuses(), {"old": 0, "new": 0, "both": 0})
        self.published(text=hosts(53), keys=[self.new])
        self.assertEqual(self.statuses(), {"old": 1, "new": 0, "both": 0})
        self.assertEqual(self.clients["new"].octets(), self.clients["both"].octets())

    def test_revoked(self):
        """Whose key was taken out of the configuration has no say, not even by a higher serial."""
        self.published(text=hosts(50))
        self.assertEqual(self.statuses()["both"], 0)
        thief = Key(self.folder, "thief")
        self.published(text=hosts(50), keys=[self.old, thief])
        client = self.client(thief, name="robbed")
        self.assertEqual(client.sync().status, 0)
        before = client.octets()
        client.configure([f"file://{self.tree}/"], [self.new.public])
        outcome = client.sync()
        self.assertEqual(outcome.status, 1, outcome)
        self.assertIn("signature does not match", outcome.lines[-1])
        self.assertEqual(client.octets(), before)

    def test_the_publisher_wants_its_own_last_signature(self):
        self.published(text=hosts(50))
        self.refused("signed by none of the keys", text=hosts(51), keys=[self.new])
        self.published("--pubkey", str(self.old.public), text=hosts(51), keys=[self.new])


if __name__ == "__main__":
    lab.main()
