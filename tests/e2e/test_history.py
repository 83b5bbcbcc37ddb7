"""What a client keeps of a registry's history, and how people look at it and go back: pull, log, diff, checkout,
export."""
import collections
import difflib
import fcntl
import gzip
import os
import pathlib
import pty
import random
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest

import harness
from harness import Client, Key, Outcome, Registry, canonical, make_text

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / "hosts"
NAME = "history"
KILLS = 40
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
                "--inh-caps=-dac_override,-dac_read_search"]


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


def publish(folder, key, hosts, *more):
    subprocess.run([harness.program("GITDNS_PUBLISH"), "--to", folder, "--name", NAME, "--key", key.secret, "--hosts",
                    hosts, *more], check=True, capture_output=True)


def records(text):
    return {line.split()[0]: line for line in text.splitlines()}


def difference(old, new):
    """The lines of `gitdns diff` between two texts."""
    before, after = records(old), records(new)
    lines = []
    for name in sorted(before.keys() | after.keys(), key=canonical):
        if before.get(name) != after.get(name):
            lines += [f"-{before[name]}"] if name in before else []
            lines += [f"+{after[name]}"] if name in after else []
    return lines


def counts(old, new):
    before, after = records(old), records(new)
    changed = sum(before[name] != after[name] for name in before.keys() & after.keys())
    return len(after.keys() - before.keys()), len(before.keys() - after.keys()), changed


class Case(unittest.TestCase):
    """Serials 1 to 6; `published` is a link to how the folder stood at one of them."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(harness.scratch()))
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
            publish(work, cls.key, hosts)
            shutil.copytree(work, cls.trees / str(serial))
            cls.text[serial] = gzip.decompress((work / str(serial) / "snapshot.gz").read_bytes()).decode()
            cls.head(serial)
            client = Client(folder / f"client-{serial}", [cls.published.as_uri() + "/"], [cls.key.public], name=NAME)
            assert client.sync().status == 0
            cls.stores[serial] = client.octets()

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(harness.scratch()))
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
        command = [*prefix, harness.program("GITDNS"), "--config", str(self.client.config), *map(str, arguments)]
        return Outcome(subprocess.run(command, stdout=options.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                                      text=True, timeout=60, env=harness.plain_environment(), **options))

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


class Look(Case):
    def test_pull_is_a_round(self):
        outcome = self.pull(1)
        self.assertRegex(outcome.out, f"^gitdns-syncd: {NAME}: serial 1, [0-9]+ names, from file://")
        self.answers(1)
        self.assertIn("up to date at serial 1", self.pull(1).out)
        self.head(0)
        outcome = self.gitdns("pull")
        self.assertEqual(outcome.status, 1)
        self.assertIn("; kept serial 1", outcome.lines[0])

    def test_log(self):
        self.pull(2)
        self.assertEqual(len(self.good("log")), 1)
        self.pull(*range(3, 7))
        lines = self.good("log")
        self.assertEqual(len(lines), 4)
        for line, serial in zip(lines, (6, 5, 4, 3)):
            created = re.search("created (.*)", (self.published / str(serial) / "manifest").read_text())[1]
            names = format(self.text[serial].count("\n"), ",")
            change = "  +%d -%d ~%d" % counts(self.text[serial - 1], self.text[serial]) if serial > 3 else ""
            self.assertEqual(line, f"{'*' if serial == 6 else ' '} {serial}  {created}  {names} names{change}")

    def test_diff(self):
        self.configure(keep=6)
        self.pull(*range(1, 7))
        for a in self.text:
            for b in self.text:
                lines = self.good("diff", a, b)
                self.assertEqual(lines, difference(self.text[a], self.text[b]))
                independent = difflib.unified_diff(self.text[a].splitlines(), self.text[b].splitlines(), n=0)
                self.assertEqual(sorted(lines), sorted(line for line in list(independent)[2:] if line[0] in "+-"))
        self.assertTrue(self.good("diff"))
        self.assertEqual(self.good("diff"), self.good("diff", 5, 6))
        self.assertEqual(self.good("diff", 2), self.good("diff", 2, 6))
        self.good("checkout", 3)
        self.assertEqual(self.good("diff"), self.good("diff", 2, 3))
        self.assertEqual(self.good("diff", 6), self.good("diff", 6, 3))

    def on_terminal(self, **environment):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([harness.program("GITDNS"), "--config", self.client.config, "diff"], stdout=theirs,
                                   env={**harness.plain_environment(), **environment})
        os.close(theirs)
        output = b""
        try:
            while part := os.read(ours, 65536):
                output += part
        except OSError:
            pass  # the other end is closed
        os.close(ours)
        process.wait()
        return output.decode().replace("\r\n", "\n").splitlines()

    def test_diff_in_colour(self):
        self.pull(5, 6)
        plain = self.good("diff")
        coloured = [f"\033[{31 if line[0] == '-' else 32}m{line}\033[m" for line in plain]
        self.assertEqual(self.on_terminal(NO_COLOR=""), coloured)
        self.assertEqual(self.on_terminal(NO_COLOR="1"), plain)

    def test_export(self):
        self.pull(6)
        self.assertEqual(self.gitdns("export").out, self.text[6])
        hosts = self.folder / "hosts"
        hosts.write_text(self.gitdns("--hosts", "export").out)
        self.assertEqual(hosts.read_text(), self.gitdns("export", "--hosts").out)
        addresses = [(address, line.split()[0]) for line in self.text[6].splitlines()
                     for address in line.split()[1:] if not address.startswith("cname=")]
        self.assertEqual([tuple(line.split()) for line in hosts.read_text().splitlines()], addresses)
        again = self.folder / "again"
        again.mkdir()
        publish(again, self.key, hosts)
        self.assertEqual(gzip.decompress((again / "1/snapshot.gz").read_bytes()).decode(), self.text[6])

    def test_nothing_to_write_to(self):
        self.pull(5, 6)
        for arguments in (["export"], ["export", "--hosts"]):
            with open("/dev/full", "w") as full:
                self.bad("standard output: No space left on device", *arguments, stdout=full)
            reader, writer = os.pipe()
            os.close(reader)
            self.bad("standard output: Broken pipe", *arguments, stdout=writer)
            os.close(writer)
        for arguments in (["log"], ["diff"], ["status"], ["--help"], ["--version"]):
            with open("/dev/full", "w") as full:
                self.bad("standard output: ", *arguments, stdout=full)

    def test_pull_runs_the_same_installation(self):
        """Beside it, in ../sbin, then on the PATH; with the configuration and --once."""
        root = self.folder / "root"
        for folder in ("bin", "sbin", "path"):
            (root / folder).mkdir(parents=True)
            (root / folder / "gitdns-syncd").write_text(f"#!/bin/sh\necho {folder} \"$@\"\nexit 7\n")
            (root / folder / "gitdns-syncd").chmod(0o755)
        shutil.copy(harness.program("GITDNS"), root / "bin/gitdns")
        for folder in ("bin", "sbin", "path"):
            done = subprocess.run([root / "bin/gitdns", "pull", "--config", self.client.config], capture_output=True,
                                  text=True, env={**os.environ, "PATH": f"{root}/path:{os.environ['PATH']}"})
            if folder == "path" and pathlib.Path("/usr/local/sbin/gitdns-syncd").exists():
                break
            self.assertEqual((done.returncode, done.stdout), (7, f"{folder} --once --config {self.client.config}\n"))
            (root / folder / "gitdns-syncd").unlink()


class Checkout(Case):
    def test_there_and_back(self):
        self.pull(*range(3, 7))
        self.assertRegex(self.good("checkout", 4)[0], r"^serial 4, [0-9,]+ names: pinned until gitdns checkout latest$")
        self.answers(4)
        self.assertEqual(self.gitdns("export").out, self.text[4])
        self.assertEqual([line[:3] + line[-6:] for line in self.good("log") if "pinned" in line], ["* 4pinned"])
        self.good("checkout", 3)
        self.answers(3)
        self.assertRegex(self.good("checkout", "latest")[0], r"^serial 6, [0-9,]+ names: the newest; not pinned$")
        self.answers(6)
        self.assertIsNone(self.pinned())
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def test_status(self):
        self.pull(4, 5)
        self.assertNotIn("pinned", self.gitdns("status").out)
        self.assertNotIn("pinned", self.gitdns("status", "--json").out)
        self.good("checkout", 4)
        out = self.gitdns("status").out
        self.assertRegex(out, "(?m)^registry    history, serial 4$")
        self.assertRegex(out, "(?m)^pinned      serial 4 until gitdns checkout latest; newest here: 5$")
        out = self.gitdns("status", "--json").out
        for member in ('"newest": 5', '"pinned": 4', '"serial": 4'):
            self.assertIn(member, out)

    def test_fetches_while_pinned(self):
        """Also the newest one can be pinned."""
        self.pull(1, 2)
        self.good("checkout", 2)
        outcome = self.pull(3)
        self.assertRegex(outcome.out, "serial 3, .*; pinned at 2$")
        self.assertRegex(self.pull(3).out, "up to date at serial 3; pinned at 2$")
        self.answers(2)
        self.pull(4, 5, 6)
        self.answers(2)
        self.assertEqual(self.client.kept(), [2, 3, 4, 5, 6])
        self.assertEqual(len(self.good("log")), 5)
        self.good("checkout", "latest")
        self.answers(6)
        self.pull(6)
        self.assertEqual(self.client.kept(), [3, 4, 5, 6])

    def test_rollback_is_refused_while_pinned(self):
        """What counts is the newest that was accepted, not the one that answers."""
        self.pull(4, 5, 6)
        self.good("checkout", 4)
        before = self.look()
        self.head(5)
        outcome = self.gitdns("pull")
        self.assertEqual(outcome.status, 1)
        self.assertIn("serial 5 is lower than the one in hand; kept serial 6", outcome.lines[0])
        after = self.look()
        before.pop(str(self.store / "state")), after.pop(str(self.store / "state"))
        self.assertEqual(after, before)

    def test_keep(self):
        for keep, serials, want in ((1, (1, 2, 3), [3]), (2, (4, 5), [4, 5]), (64, (6,), [4, 5, 6])):
            self.configure(keep=keep)
            self.pull(*serials)
            self.assertEqual(self.client.kept(), want)
        self.configure(keep=1)
        self.good("checkout", 5)
        self.pull(6)
        self.assertEqual(self.client.kept(), [5, 6])
        self.good("checkout", "latest")
        self.pull(6)
        self.assertEqual(self.client.kept(), [6])

    def test_errors(self):
        self.bad("registry.cdb: No such file or directory", "log")
        self.bad("No such file or directory", "diff")
        self.bad("No such file or directory", "export")
        self.bad("no registry yet; nothing changed", "checkout", "latest")
        self.pull(6)
        self.bad("no serial before 6 is kept", "diff")
        self.pull(6)
        self.bad("no.such.name: not in history, serial 6", "lookup", "no.such.name")
        self.bad("?[2Jx??: not a host name", "lookup", "\x1b[2Jx\xff")
        for arguments in (["diff", 5], ["diff", 5, 6], ["diff", 6, 5], ["checkout", 5], ["checkout", 7]):
            self.bad("is not kept; see gitdns log", *arguments)
        for arguments in (["x"], ["6", "x"], ["0"]):
            self.bad(f"{arguments[-1]}: not a serial", "diff", *arguments, status=2)
        for argument in ("x", "06", "0", "-1", "1000000000", "", "Latest"):
            self.bad(f"{argument}: not a serial", "checkout", "--", argument, status=2)
        self.bad("checkout takes SERIAL or latest", "checkout", status=2)
        self.bad("checkout takes SERIAL or latest", "checkout", 6, 6, status=2)
        self.bad("diff takes [A [B]]", "diff", 1, 2, 3, status=2)
        self.bad("log has no --hosts", "log", "--hosts", status=2)
        self.bad("export has no --json", "export", "--json", status=2)

    def test_permission(self):
        if os.geteuid() == 0 and shutil.which("setpriv") is None:
            self.skipTest("setpriv is not installed")
        self.pull(5, 6)
        self.store.chmod(0o555)
        try:
            prefix = UNPRIVILEGED if os.geteuid() == 0 else []
            self.bad("Permission denied; nothing changed", "checkout", 5, prefix=prefix)
            self.bad("Permission denied; nothing changed", "checkout", "latest", prefix=prefix)
        finally:
            self.store.chmod(0o755)

    def test_a_round_is_under_way(self):
        self.pull(5, 6)
        lock = os.open(self.store / "lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.bad("gitdns-syncd is at work in it; try again when it is done; nothing changed", "checkout", 5)
        os.close(lock)

    def test_not_what_is_damaged_or_revoked(self):
        self.pull(5, 6)
        path = self.store / "serials/5.cdb"
        octets = bytearray(path.read_bytes())
        octets[octets.index(b"is-a.dev" if b"is-a.dev" in octets else b"example.org", 20000) + 12] ^= 1
        path.write_bytes(octets)
        self.bad("not a store, or a damaged one", "checkout", 5)
        path.write_bytes(octets[:3000])
        self.bad("5.cdb: not a store, or a damaged one", "checkout", 5)
        path.write_bytes(self.stores[4])
        self.bad("5.cdb: holds serial 4", "checkout", 5)
        path.write_bytes(self.stores[5])
        self.client.configure([self.published.as_uri() + "/"], [self.second.public], name=NAME)
        self.bad("signed by none of the keys", "checkout", 5)
        self.client.configure([self.published.as_uri() + "/"], [self.key.public], name="other")
        self.bad(f"is of registry {NAME}", "checkout", 5)

    def test_pin_that_cannot_be_kept(self):
        self.pull(4, 5)
        self.good("checkout", 4)
        (self.store / "serials/4.cdb").unlink()
        outcome = self.pull(6)
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.store}/pinned: serial 4 is not kept; the newest answers"])
        self.answers(6)
        for text in ("", "x\n", "4", "4\n5\n", "0\n", "9" * 100):
            (self.store / "pinned").write_text(text)
            outcome = self.gitdns("pull")
            self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.store}/pinned: " + (
                "larger than it may be" if len(text) > 20 else "holds no serial") + "; kept serial 6"])
            self.assertEqual(outcome.status, 1)
        self.good("checkout", "latest")
        self.pull(6)


class Keep(Case):
    """Which store answers, whatever happens."""

    def plain(self, serial):
        """The folder as version 0.1.0 leaves it."""
        shutil.rmtree(self.store, ignore_errors=True)
        self.store.mkdir()
        (self.store / "registry.cdb").write_bytes(self.stores[serial])

    def test_of_an_older_version(self):
        for head in (3, 4):
            self.plain(3)
            self.assertEqual(self.good("log")[0][:3], "* 3")
            self.assertEqual(self.gitdns("export").out, self.text[3])
            self.pull(head)
            self.answers(head)
            self.assertEqual(self.client.kept(), list(range(3, head + 1)))
        self.plain(3)
        self.head(0)
        self.assertEqual(self.gitdns("pull").status, 1)
        self.answers(3)
        self.plain(3)
        self.good("checkout", 3)
        self.answers(3)

    def test_damaged_twin(self):
        """What answers is shown, whatever else lies under its number."""
        self.plain(3)
        (self.store / "serials").mkdir()
        (self.store / "serials" / "3.cdb").write_bytes(b"junk" * 1000)
        self.assertEqual(self.good("log")[0][:3], "* 3")

    def test_back_and_forth_between_versions(self):
        """The older version put a store in the link's place, and the newer one comes again."""
        self.pull(2, 3)
        (self.store / "registry.cdb").unlink()
        (self.store / "registry.cdb").write_bytes(self.stores[4])
        self.pull(5)
        self.answers(5)
        self.assertEqual(self.client.kept(), [2, 3, 4, 5])

    def test_no_moment_without_a_store(self):
        seen, over = collections.Counter(), threading.Event()

        def watch():
            while not over.is_set():
                seen[(self.store / "registry.cdb").read_bytes() if (self.store / "registry.cdb").exists() else None] += 1

        self.plain(1)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for serial in range(1, 7):
                self.pull(serial)
                self.good("checkout", serial)
                self.good("checkout", "latest")
                (self.store / "again").write_bytes(self.stores[serial])
                os.rename(self.store / "again", self.store / "registry.cdb")  # an older version again
        finally:
            over.set()
            watcher.join()
        self.assertGreater(sum(seen.values()), 100)
        self.assertEqual({octets for octets in seen if octets not in self.stores.values()}, set())

    def as_other_user(self):
        """Makes the folder somebody else's; returns what runs a command as that user."""
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("only root can give files away, and setpriv is needed")
        for path in (self.folder, self.folder / "client", self.published.parent):
            path.chmod(0o755)
        os.chown(self.store, 65534, 65534)
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*prefix, *self.client.command()[:1], "--version"], capture_output=True).returncode != 0:
            self.skipTest("another user cannot run the programs")
        return prefix

    def test_without_hard_links(self):
        """The store belongs to somebody else, and the kernel protects that: it goes on without that serial."""
        self.plain(3)
        prefix = self.as_other_user()
        self.head(4)
        outcome = self.client.sync(prefix)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.answers(4)
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def test_after_root(self):
        """What `gitdns pull` and `checkout` by root leave must not keep the daemon's own user out."""
        prefix = self.as_other_user()
        old = os.umask(0o077)
        self.addCleanup(os.umask, old)
        self.pull(4, 5)
        self.good("checkout", 4)
        status = (self.store / "serials").stat()
        self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o777), (65534, 65534, 0o755))
        for file in ("serials/5.cdb", "pinned"):
            self.assertEqual((self.store / file).stat().st_mode & 0o777, 0o644)
        delta = (self.published.parent / "trees/6/6/delta-5.gz").read_bytes()
        (self.store / f"{harness.sha256(delta)}.part").write_bytes(delta[:100])
        self.head(6)
        outcome = self.client.sync(prefix)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.answers(4)
        self.assertEqual(self.client.names(), ["pinned", "registry.cdb", "state"])
        self.good("checkout", "latest")
        self.answers(6)

    def test_what_was_killed_is_ended(self):
        """Each step of an installation and of a checkout."""
        self.pull(3, 4, 5)
        self.head(0)

        def settles(link, pin, want):
            (self.store / "registry.cdb").unlink()
            (self.store / "registry.cdb").symlink_to(f"serials/{link}.cdb")
            (self.store / "pinned").unlink(missing_ok=True)
            if pin:
                (self.store / "pinned").write_text(f"{pin}\n")
            for name in ("registry.cdb.new", "pinned.new", "serials/6.cdb.new", "serials/3.cdb.new"):
                (self.store / name).write_bytes(b"left over")
            self.assertEqual(self.gitdns("pull").status, 1)
            self.answers(want)
            self.assertEqual(self.client.names(), [*(["pinned"] if pin else []), "registry.cdb", "state"])

        settles(4, None, 5)  # serials/5.cdb was in its place, the link was not yet
        settles(5, 4, 4)  # pinned, not yet switched
        settles(4, None, 5)  # unpinned, not yet switched
        settles(9, None, 5)  # leads nowhere

    def test_newest_is_damaged(self):
        """The one before it answers, and is what the next delta is applied to."""
        self.pull(5, 6)
        (self.store / "serials/6.cdb").write_bytes(b"damaged")
        self.head(0)
        outcome = self.gitdns("pull")
        self.assertEqual(outcome.lines[0], f"gitdns-syncd: {self.store}/registry.cdb: not a store, or a damaged one; "
                                           "goes on as without it")
        self.answers(5)
        self.assertEqual(self.client.kept(), [5, 6])
        self.head(6)
        self.gitdns("pull")
        self.answers(6)

    def test_revoked_key(self):
        """A stolen key's serial ends with it: the last one that a key vouches for answers, also without a mirror."""
        stolen = Registry(self.folder / "stolen", self.second, NAME)
        text = make_text(300)
        stolen.publish(999999999, text)
        self.pull(5, 6)
        both = [self.key.public, self.second.public]
        self.client.configure([stolen.folder.as_uri() + "/"], both, name=NAME)
        self.assertEqual(self.gitdns("pull").status, 0)
        self.assertEqual(self.client.kept(), [5, 6, 999999999])
        self.configure()
        self.head(0)
        outcome = self.gitdns("pull")
        self.assertIn("signed by none of the keys; its serial does not count", outcome.lines[0])
        self.answers(6)
        self.head(6)
        self.assertEqual(self.gitdns("pull").status, 0)
        self.assertEqual(self.client.kept(), [5, 6])

    def test_parent_is_checked_against_the_newest(self):
        registry = Registry(self.folder / "by-hand", self.key, NAME)
        self.client.configure([registry.folder.as_uri() + "/"], [self.key.public], name=NAME)

        def publish_and_pull(serial, **other):
            registry.publish(serial, make_text(50, serial), **other)
            outcome = self.gitdns("pull")
            self.assertEqual(outcome.status, 0, outcome)
            return outcome.lines

        self.assertEqual(publish_and_pull(41) + publish_and_pull(42), [])
        self.good("checkout", 41)
        self.assertEqual(publish_and_pull(43), [])
        self.assertEqual(publish_and_pull(44, parent=f"43 {'0' * 64}"), [
            f"gitdns-syncd: {registry.folder.as_uri()}/44/manifest: continues another serial 43 than the one in hand; "
            "goes on"])
        self.assertEqual(publish_and_pull(46, parent=f"45 {'0' * 64}"), [])
        self.assertEqual(os.readlink(self.store / "registry.cdb"), "serials/41.cdb")

    def test_same_serial_again(self):
        """A deadline that changed: a new file, so that who has mapped the old one keeps it whole."""
        self.pull(5, 6)
        with open(self.store / "registry.cdb", "rb") as mapped:
            self.configure(**{"max-age": "1d"})
            self.pull(6)
            self.assertEqual(mapped.read(), self.stores[6])
        self.assertNotEqual(self.client.octets(), self.stores[6])
        self.configure()
        self.pull(6)
        self.answers(6)

    def killed_at_each_step(self, may_answer, *what):
        """Kills `gitdns WHAT` at its first call of each kind that changes the folder, at its second, and so on;
        returns how many there are. `may_answer`: the stores that may answer then."""
        prepared = self.folder / "prepared"
        shutil.rmtree(prepared, ignore_errors=True)
        shutil.copytree(self.store, prepared, symlinks=True)
        newest = int(self.published.readlink().name)
        steps = 0
        for call in ("mkdirat", "linkat", "symlinkat", "unlinkat", "renameat", "lseek", "fsync"):
            for when in range(1, 100):
                shutil.rmtree(self.store)
                shutil.copytree(prepared, self.store, symlinks=True)
                command = ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                           f"inject={call}:signal=KILL:when={when}", harness.program("GITDNS"), "--config",
                           self.client.config, *what]
                process = subprocess.run(command, capture_output=True, text=True, env=harness.plain_environment())
                with self.subTest(what=what, call=call, when=when, stderr=process.stderr):
                    self.assertIn(self.client.octets(), may_answer)
                    if process.returncode == 0:
                        break
                    self.assertEqual(self.gitdns("pull").status, 0)
                    self.answers(self.pinned() or newest)
                    self.assertEqual([name for name in self.client.names() if name != "pinned"],
                                     ["registry.cdb", "state"])
                steps += 1
        return steps

    def test_killed_at_each_step(self):
        if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode:
            self.skipTest("strace is not installed, or not allowed here")
        five, six = self.stores[5], self.stores[6]
        self.plain(5)
        self.head(6)
        steps = [self.killed_at_each_step((five, six), "pull")]
        self.plain(5)
        self.head(5)
        steps.append(self.killed_at_each_step((five,), "pull"))
        self.configure(**{"max-age": "1d"})
        self.pull(6)
        aged = self.client.octets()
        self.configure()
        steps.append(self.killed_at_each_step((aged, six), "pull"))
        self.good("checkout", 5)
        steps.append(self.killed_at_each_step((five, six), "checkout", "latest"))
        self.good("checkout", "latest")
        steps.append(self.killed_at_each_step((five, six), "checkout", "5"))
        print(f"killed at each of {' + '.join(map(str, steps))} steps")
        self.assertGreater(min(steps), 5)

    def fails_at_each_step(self, *what):
        """Lets each call of `gitdns WHAT` that matters fail once; returns how many there are."""
        prepared = self.folder / "prepared"
        shutil.rmtree(prepared, ignore_errors=True)
        shutil.copytree(self.store, prepared, symlinks=True)
        before, steps, trace = self.look(), 0, self.folder / "trace"
        for call in ("openat", "symlinkat", "unlinkat", "renameat", "write", "fchmod", "fsync"):
            for when in range(1, 100):
                shutil.rmtree(self.store)
                shutil.copytree(prepared, self.store, symlinks=True)
                outcome = self.gitdns(*what, prefix=["strace", "-qq", "-o", trace, "-e", f"trace={call}", "-e",
                                                     f"inject={call}:error=EIO:when={when}"])
                if "(INJECTED)" not in trace.read_text():
                    break
                steps += 1
                with self.subTest(what=what, call=call, when=when, lines=outcome.lines):
                    changed = self.look() != before
                    said = " ".join(outcome.lines)
                    if outcome.status == 1 and "standard output" not in said:
                        self.assertRegex(said, "nothing changed$")
                        self.assertFalse(changed)
                    else:  # 2: the configuration could not be read; 127: nor a library
                        self.assertEqual(changed, outcome.status in (0, 1))
                    self.good(*what)
        return steps

    def test_fails_at_each_step(self):
        if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode:
            self.skipTest("strace is not installed, or not allowed here")
        self.pull(5, 6)
        steps = [self.fails_at_each_step("checkout", "5")]
        self.good("checkout", 5)
        steps.append(self.fails_at_each_step("checkout", "latest"))
        self.assertGreater(min(steps), 5)

    def test_kill(self):
        """At random moments of rounds and checkouts a whole store answers; the next round ends with what is wanted."""
        seed = random.SystemRandom().randrange(2**32)
        chance = random.Random(seed)
        self.configure(keep=2)
        self.pull(1)
        takes, fell = 0.05, collections.Counter()
        for _ in range(KILLS):
            newest = max(self.client.kept())
            if newest == 6:
                shutil.rmtree(self.store)
                self.store.mkdir()
                (self.store / "registry.cdb").write_bytes(self.stores[1])
                newest = 1
            self.head(chance.choice((newest, newest + 1)))
            what = chance.choice((["pull"], ["pull"], ["checkout", str(chance.choice(self.client.kept() or [newest]))],
                                  ["checkout", "latest"]))
            process = subprocess.Popen([harness.program("GITDNS"), "--config", self.client.config, *what],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, takes))
            process.send_signal(signal.SIGKILL)
            fell["killed" if process.wait() < 0 else "over"] += 1
            with self.subTest(seed=seed, what=what):
                self.assertIn(self.client.octets(), self.stores.values())
                pin = self.pinned()
                started = time.monotonic()
                self.assertEqual(self.gitdns("pull").lines, [])
                takes = max(time.monotonic() - started, 0.01)
                newest = int(self.published.readlink().name)
                self.assertEqual(self.pinned(), pin)
                self.answers(pin or newest)
                self.assertEqual(self.client.names(), [*(["pinned"] if pin else []), "registry.cdb", "state"])
                kept = self.client.kept()
                self.assertIn(newest, kept)
                self.assertLessEqual(len(set(kept) - {pin}), 2)
                for serial in kept:
                    self.assertEqual((self.store / f"serials/{serial}.cdb").read_bytes(), self.stores[serial])
        print(f"seed {seed}: {dict(fell)}")
        self.assertGreater(fell["killed"], KILLS // 4)


if __name__ == "__main__":
    harness.need("minisign")
    for variable in ("GITDNS_SYNCD", "GITDNS_PUBLISH", "GITDNS"):
        harness.program(variable)
    unittest.main(verbosity=2)
