"""Tests of the serials that a client keeps: a registry of six, a client of it, and the command to look."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from lab.client import Client, Outcome
from lab.programs import DATA, HANG, plain_environment, program, scratch
from lab.publish_hosts import publish
from lab.registry import Key

NAME = "history"


def hosts_files(folder):
    """Six weeks of real names, or as many that are made up."""
    real = sorted(DATA.glob("is-a-dev-*.hosts.gz"))
    if len(real) >= 6:
        return real[:6]
    files = []
    for week in range(6):
        lines = [f"8.8.{week if i % 31 == week else 0}.{i % 250} n{i}.example.org\n" for i in range(2000 + 50 * week)
                 if i % 97 != week]
        files.append(folder / f"{week}.hosts")
        files[-1].write_text("".join(lines))
    return files


class History(unittest.TestCase):
    """Serials 1 to 6; `published` is a link to how the folder stood at one of them."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(scratch()))
        cls.key = Key(folder, "ours")
        cls.second = Key(folder, "second")
        cls.trees, cls.published = folder / "trees", folder / "published"
        cls.text, cls.stores = {}, {}
        tree = cls.trees / "0"
        tree.mkdir(parents=True)
        (tree / "HEAD").write_text("none\n")
        work = folder / "work"
        work.mkdir()
        for serial, hosts in enumerate(hosts_files(folder), 1):
            publish(work, NAME, cls.key.secret, hosts)
            shutil.copytree(work, cls.trees / str(serial))
            cls.text[serial] = gzip.decompress((work / str(serial) / "snapshot.gz").read_bytes()).decode()
            cls.head(serial)
            client = Client(folder / f"client-{serial}", [cls.published.as_uri() + "/"], [cls.key.public], name=NAME)
            assert client.sync().status == 0
            cls.stores[serial] = client.octets()

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch()))
        self.client = Client(self.folder / "client", [self.published.as_uri() + "/"], [self.key.public], name=NAME)
        self.store = self.client.store

    def configure(self, **settings):
        self.client.configure([self.published.as_uri() + "/"], [self.key.public], name=NAME, **settings)

    @classmethod
    def head(cls, serial):
        """0: a mirror with nothing on it."""
        cls.published.unlink(missing_ok=True)
        cls.published.symlink_to(cls.trees / str(serial))

    def gitdns(self, *arguments, prefix=(), **options):
        command = [*prefix, program("GITDNS"), "--config", str(self.client.config), *map(str, arguments)]
        return Outcome(subprocess.run(command, stdout=options.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                                      text=True, timeout=HANG, env=plain_environment(), **options))

    def good(self, *arguments):
        outcome = self.gitdns(*arguments)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return outcome.out.splitlines()

    def bad(self, cause, *arguments, status=1, **options):
        """It fails in one line, and nothing has changed."""
        before = self.look()
        outcome = self.gitdns(*arguments, **options)
        self.assertEqual((outcome.status, len(outcome.lines)), (status, 1), outcome)
        self.assertRegex(outcome.lines[0], f"^gitdns: .*{re.escape(cause)}")
        self.assertEqual(self.look(), before)

    def look(self):
        """All that lies in the folder but for the lock."""
        return {str(path): os.readlink(path) if path.is_symlink() else path.read_bytes()
                for path in self.store.rglob("*") if not path.is_dir() and path.name != "lock"}

    def pull(self, *serials):
        for serial in serials:
            self.head(serial)
            outcome = self.gitdns("pull")
            self.assertEqual(outcome.status, 0, outcome)
        return outcome

    def answers(self, serial):
        self.assertEqual(os.readlink(self.store / "registry.cdb"), f"serials/{serial}.cdb")
        self.assertEqual(self.client.octets(), self.stores[serial])

    def pinned(self):
        path = self.store / "pinned"
        return int(path.read_text()) if path.exists() else None

    def plain(self, serial):
        """The folder as version 0.1.0 leaves it."""
        shutil.rmtree(self.store, ignore_errors=True)
        self.store.mkdir()
        (self.store / "registry.cdb").write_bytes(self.stores[serial])
