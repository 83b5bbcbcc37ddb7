"""gitdns-publish with hosts files: runs, and tests that have a tree of their own and look at what is left there."""
import gzip
import os
import pathlib
import subprocess
import time
import unittest

from lab.client import Outcome
from lab.programs import HANG, plain_environment, program, run, scratch
from lab.registry import NAME, Key, sha256


def hosts_of(count, address=lambda i: f"8.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}", first=0):
    return "".join(f"{address(i)}\tn{i}.example.org\n" for i in range(first, first + count))


def publish(tree, name, key, hosts, *more):
    """What it says; it has to succeed."""
    return run(program("PUBLISH"), "--to", tree, "--name", name, "--key", key, "--hosts", hosts, *more)


def contents(folder):
    """All that is in a folder, octet for octet."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(pathlib.Path(folder).rglob("*"))}


class Publisher(unittest.TestCase):
    def setUp(self):
        self.scratch = scratch()
        self.folder = pathlib.Path(self.scratch.name)
        self.tree = self.folder / "tree"
        self.hosts = self.folder / "hosts"
        self.key = Key(self.folder, "first")

    def tearDown(self):
        self.scratch.cleanup()

    def command(self, *options, key=None, hosts=None, name=NAME, tree=None):
        return [program("PUBLISH"), "--to", str(tree or self.tree), "--name", name,
                "--key", str((key or self.key).secret), "--hosts", str(hosts or self.hosts), *map(str, options)]

    def publish(self, *options, text=None, prefix=(), stdin="", path=None, **other):
        if text is not None:
            self.hosts.write_bytes(text if isinstance(text, bytes) else text.encode())
        environment = plain_environment() | ({"PATH": path} if path is not None else {})
        return Outcome(subprocess.run([*prefix, *self.command(*options, **other)], input=stdin, capture_output=True,
                                      text=True, timeout=HANG, env=environment))

    def published(self, *options, **other):
        outcome = self.publish(*options, **other)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return outcome

    def refused(self, *causes, outcome=None, options=(), consequence="nothing published", status=1, **other):
        """One line, and the tree as it was."""
        before = contents(self.tree)
        if outcome is None:
            outcome = self.publish(*options, **other)
        self.assertEqual(outcome.status, status, outcome)
        self.assertEqual(len(outcome.lines), 1, outcome)
        self.assertTrue(outcome.lines[0].startswith("gitdns-publish: "), outcome)
        self.assertTrue(outcome.lines[0].endswith("; " + consequence), outcome)
        for cause in causes:
            self.assertIn(cause, outcome.lines[0])
        self.assertEqual(contents(self.tree), before)
        return outcome

    def head(self):
        return int((self.tree / "HEAD").read_text())

    def manifest(self, serial):
        lines = (self.tree / str(serial) / "manifest").read_text().splitlines()
        return {line.split()[0]: line.split()[1:] for line in lines}

    def text(self, serial=None):
        return gzip.decompress((self.tree / str(serial or self.head()) / "snapshot.gz").read_bytes())

    def check_whole(self, serial, key=None, signature="manifest.minisig"):
        """The serial verifies by minisign itself, and its payload by its manifest."""
        folder = self.tree / str(serial)
        manifest = self.manifest(serial)
        said = subprocess.run(["minisign", "-V", "-H", "-Q", "-p", (key or self.key).public, "-m",
                               folder / "manifest", "-x", folder / signature], check=True, capture_output=True,
                              text=True).stdout
        self.assertEqual(said, f"gitdns {NAME} serial {serial}\n")
        snapshot = (folder / "snapshot.gz").read_bytes()
        text = gzip.decompress(snapshot)
        self.assertEqual(manifest["serial"], [str(serial)])
        self.assertEqual(manifest["snapshot"], [str(len(snapshot)), sha256(snapshot)])
        self.assertEqual(manifest["text"], [str(len(text)), sha256(text)])
        self.assertEqual(manifest["names"], [str(text.count(b"\n"))])
        if manifest["parent"] != ["none"]:
            parent, octets = manifest["parent"]
            self.assertEqual(sha256((self.tree / parent / "manifest").read_bytes()), octets)

    def start(self, *serials):
        """A tree with these hosts files published, one after the other."""
        for serial, text in enumerate(serials, 1):
            self.published(text=text)
            self.assertEqual(self.head(), serial)

    def wait_for_lock(self):
        for _ in range(100 * HANG):
            if os.path.exists(self.tree / ".lock"):
                return
            time.sleep(0.01)
        self.fail("nobody took the lock")
