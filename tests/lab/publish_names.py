"""Tests of gitdns-publish --names, which have a DNS tree, a registry and a key of their own."""
import gzip
import pathlib
import subprocess
import unittest

from lab.client import Outcome
from lab.dns_tree import RESOLVER, Tree, Zones
from lab.programs import HANG, plain_environment, program, scratch
from lab.registry import NAME, Key, canonical


def text_of(lines):
    return "".join(line + "\n" for line in sorted(lines, key=lambda line: canonical(line.split()[0])))


class Resolving(unittest.TestCase):
    """Each test has a tree, a folder and a key of its own."""

    def setUp(self):
        self.scratch = scratch()
        self.addCleanup(self.scratch.cleanup)
        self.folder = pathlib.Path(self.scratch.name)
        self.tree = self.folder / "tree"
        self.state = self.folder / "tree.state"
        self.names = self.folder / "names"
        self.key = Key(self.folder, "key")
        self.zones = Zones()
        self.dns = Tree(self.folder, self.zones)
        self.turn = 0

    def start_dns(self):
        self.dns.__enter__()
        self.addCleanup(self.dns.__exit__)

    def command(self, *options, resolver=RESOLVER, tree=None, names=None):
        return [program("PUBLISH"), "--to", str(tree or self.tree), "--name", NAME, "--key",
                str(self.key.secret), "--names", str(names or self.names), "--resolver", resolver, *map(str, options)]

    def publish(self, *options, stdin=b"", prefix=(), **other):
        done = subprocess.run([*prefix, *self.command(*options, **other)], input=stdin, capture_output=True, timeout=HANG,
                              env=plain_environment())
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return Outcome(done)

    def published(self, *options, **other):
        outcome = self.publish(*options, **other)
        self.assertEqual(outcome.status, 0, outcome)
        self.assertFalse((self.state / "journal").exists())
        return outcome

    def text(self, tree=None):
        tree = tree or self.tree
        head = int((tree / "HEAD").read_text())
        return gzip.decompress((tree / str(head) / "snapshot.gz").read_bytes()).decode()

    def fresh_resolver(self, *settings):
        """One that remembers nothing."""
        self.turn += 1
        address = f"127.0.2.{self.turn}"
        self.dns.resolver(address, *settings)
        return address
