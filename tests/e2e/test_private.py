"""`private = no`, said where a private registry has come before: at once, as for a fresh client."""
import gzip
import os
import subprocess

import lab
from lab.client import Client
from lab.registry import sha256
from lab.served import Served

PRIVATE = b"db.corp.internal 8.8.8.8\na.example.org 10.0.0.1\nb.example.org 8.8.4.4\n"
MORE = PRIVATE + b"c.example.org 9.9.9.9\n"
PUBLIC = b"a.example.org 8.8.8.8\nb.example.org 8.8.4.4\n"


class Private(Served):
    TEXT = PRIVATE

    def setUp(self):
        super().setUp()
        self.say("yes")
        self.assertEqual(self.client.sync().status, 0)
        self.store = self.client.store / "registry.cdb"

    def say(self, private, **settings):
        self.client.configure([self.server.url], [self.key.public], private=private, **settings)

    def publish(self, serial, text, lines):
        delta = gzip.compress(lines, 9, mtime=0)
        self.registry.publish(serial, text, deltas=f"delta {serial - 1} {len(delta)} {sha256(delta)}\n",
                              snapshot=gzip.compress(text, 0, mtime=0))
        (self.registry.folder / str(serial) / f"delta-{serial - 1}.gz").write_bytes(delta)

    def refuses(self, file, cause="special-use name in a public registry"):
        fresh = Client(self.folder / "fresh", [self.server.url], [self.key.public])
        self.assertIn(f"{file}:1: {cause}", str(fresh.sync()))
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 1, outcome)
        self.assertRegex(outcome.lines[-1], f"{file}:1: {cause}; no serial answers$")
        self.assertFalse(os.path.lexists(self.store))

    def test_nothing_new(self):
        self.say("no")
        self.refuses("41/snapshot.gz")
        self.refuses("41/snapshot.gz")
        self.say("yes")
        self.assertEqual(self.client.sync().status, 0)
        self.assertEqual(self.client.octets().count(b"db.corp.internal"), 1)

    def test_no_mirror(self):
        self.say("no")
        self.registry.folder.joinpath("HEAD").unlink()
        outcome = self.client.sync()
        self.assertIn(f"gitdns-syncd: {self.store}: special-use name in a public registry; "
                      "private = no, and it answers no more", outcome.lines)
        self.assertFalse(os.path.lexists(self.store))

    def test_delta_keeps_them(self):
        self.publish(42, MORE, b"c.example.org 9.9.9.9\n")
        self.say("no")
        self.refuses("42/snapshot.gz")

    def test_delta_takes_them_out(self):
        self.publish(42, PUBLIC, b"-db.corp.internal\na.example.org 8.8.8.8\n")
        self.say("no")
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 0, outcome)
        self.assertNotIn(b"db.corp.internal", self.client.octets())

    def test_checkout(self):
        """Neither pinned nor checked out."""
        def checkout(serial):
            command = [lab.program("GITDNS"), "--config", str(self.client.config), "checkout", serial]
            return subprocess.run(command, capture_output=True, text=True)

        self.assertEqual(checkout("41").returncode, 0)
        self.registry.publish(42, PUBLIC)
        self.say("no")
        self.assertEqual(self.client.sync().status, 0)
        self.assertNotIn(b"db.corp.internal", self.client.octets())
        done = checkout("41")
        self.assertEqual(done.returncode, 1)
        self.assertIn("special-use name in a public registry; nothing changed", done.stderr)
        self.assertNotIn(b"db.corp.internal", self.client.octets())


if __name__ == "__main__":
    lab.main()
