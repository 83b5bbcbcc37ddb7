"""Rounds of gitdns-syncd and `gitdns checkout` in which a system call fails: scenarios of tests/faults."""
import os
import pathlib
import re
import shutil
import subprocess

from lab.client import Client, Outcome
from lab.faults import Scenario
from lab.programs import HANG, plain_environment, program
from lab.publish_hosts import hosts_of, publish
from lab.registry import NAME, Key
from lab.web_server import Server

NAMES = 2000


class Copy(Scenario):
    """A registry of the serials 1 and 2, and a client whose folder stands as `prepare` leaves it."""
    before = 2  # the serial that answers before, and the one that is to afterwards
    after = 2
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.key = Key(folder, "ours")
        self.trees, self.published = self.folder / "trees", self.folder / "published"
        self._publish()
        self.url = self.published.as_uri() + "/"
        self.start()
        self.stores = {}
        for serial in (1, 2):
            self.head(serial)
            client = Client(self.folder / f"client-{serial}", [self.url], [self.key.public])
            outcome = client.sync()
            assert outcome.status == 0, str(outcome)
            self.stores[serial] = client.octets()
        self.client = Client(self.folder / "client", [self.url], [self.key.public])
        self.store, self.prepared = self.client.store, self.folder / "prepared"
        self.prepare()
        shutil.copytree(self.store, self.prepared, symlinks=True)
        self.looked = self.look()

    def _publish(self):
        work, hosts = self.folder / "work", self.folder / "hosts"
        work.mkdir()
        for serial in (1, 2):
            hosts.write_text(hosts_of(NAMES, lambda i: f"8.{serial if i % 50 == 0 else 0}.{i >> 8}.{i & 255}"))
            publish(work, NAME, self.key.secret, hosts)
            shutil.copytree(work, self.trees / str(serial))

    def start(self):
        """Once, before anything is fetched."""

    def prepare(self):
        """What is to have happened before."""

    def head(self, serial):
        self.published.unlink(missing_ok=True)
        self.published.symlink_to(self.trees / str(serial))

    def pull(self, *serials):
        for serial in serials:
            self.head(serial)
            outcome = self.client.sync()
            assert outcome.status == 0, str(outcome)

    def reset(self):
        shutil.rmtree(self.store)
        shutil.copytree(self.prepared, self.store, symlinks=True)

    def look(self):
        """All that a round is about."""
        return {str(path): os.readlink(path) if path.is_symlink() else path.read_bytes()
                for path in self.store.rglob("*") if not path.is_dir() and path.name not in ("lock", "state")}

    def gitdns(self, *arguments):
        command = [program("GITDNS"), "--config", str(self.client.config), *arguments]
        return Outcome(subprocess.run(command, capture_output=True, text=True, timeout=HANG, env=plain_environment()))

    def answering(self):
        """The serial that answers, and 0 if none does; None: something that is not whole."""
        octets = self.client.octets()
        if octets is None:
            return 0
        return next((serial for serial, whole in self.stores.items() if octets == whole), None)

    def verifies(self):
        if self.answering() != 0:
            outcome = self.gitdns("verify")
            if outcome.status != 0:
                yield f"gitdns verify: {outcome}"

    def unlike(self, serial):
        """Complains unless this serial answers."""
        if self.answering() != serial:
            yield f"{self.answering()} answers, not {serial}"

    def whole(self):
        if self.answering() not in (self.before, self.after):
            yield "neither the old store nor the new one answers"
        yield from self.verifies()

    def complaints(self, outcome):
        yield from self.whole()
        yield from self.words(outcome)
        again = self.again()
        if again.status != 0 or again.lines:
            yield f"and the next run: {again}"
        yield from (f"after the next run {what}" for what in (*self.unlike(self.after), *self.leftovers()))

    def words(self, outcome):
        """Yields what is not as it is said to be."""

    def again(self):
        """The next run."""

    def leftovers(self):
        if self.client.names() != self.names:
            yield f"there is {self.client.names()}"


class Round(Copy):
    names = ["registry.cdb", "state"]
    said = f"serial 2, {NAMES} names, from "
    early = ("libsodium or libcurl does not start", "cannot wait for signals")
    other_words = ("libcurl failed", "Couldn't connect to server", "Couldn't open file", early[0])

    def command(self, strace):
        return [*strace, *self.client.command()]

    def again(self):
        return self.client.sync()

    def words(self, outcome):
        if outcome.status == 0:
            if not outcome.mute and f"gitdns-syncd: {NAME}: {self.said}" not in outcome.out:
                yield "does not say that it has the new serial"
            yield from self.unlike(self.after)
            return
        said = outcome.lines[-1] if outcome.lines else ""
        answers = re.search(r"; (kept serial|serial) (\d+)( answers)?$", said)
        if answers:
            yield from self.unlike(int(answers[2]))
        elif said.endswith("; no registry yet"):
            yield from self.unlike(0)
        elif outcome.status == 2 or said.endswith("; nothing changed") or any(words in said for words in self.early):
            yield from self.unlike(self.before)
        else:
            yield "does not say what became of the copy"


class Snapshot(Round):
    """From a web server, into an empty folder."""
    name, before, after = "snapshot", 0, 2

    def start(self):
        self.server = Server(self.published).__enter__()
        self.url = self.server.url

    def prepare(self):
        self.head(2)


class Delta(Round):
    """From a folder."""
    name, before, after = "delta", 1, 2
    # libcurl takes a file whose reading fails for one that ends there.
    other_words = (*Round.other_words, "HEAD: not a serial", "manifest: signature does not match",
                   "manifest.minisig: not a minisign signature")

    def prepare(self):
        self.pull(1)
        self.head(2)


class Pinned(Round):
    """Another one answers than the newest."""
    name, before, after = "pinned", 1, 1
    names = ["pinned", "registry.cdb", "state"]
    other_words = Delta.other_words

    def prepare(self):
        self.pull(1)
        assert self.gitdns("checkout", "1").status == 0
        self.head(2)

    def complaints(self, outcome):
        yield from super().complaints(outcome)
        if self.client.kept() != [1, 2]:
            yield f"after the next run there is {self.client.kept()}"


class Checkout(Copy):
    name, before, after = "checkout", 2, 1
    names = ["pinned", "registry.cdb", "state"]

    def prepare(self):
        self.pull(1, 2)

    def command(self, strace):
        return [*strace, program("GITDNS"), "--config", str(self.client.config), "checkout", "1"]

    def again(self):
        return self.gitdns("checkout", "1")

    def pinned(self):
        path = self.store / "pinned"
        return path.read_text() if path.exists() else ""

    def words(self, outcome):
        said = " ".join(outcome.lines)
        if outcome.status == 0 and f"serial 1, {NAMES:,} names: pinned until" not in outcome.out:
            yield "does not say that it has the other serial"
        if outcome.status == 0 or "standard output: " in said:
            yield from self.unlike(1)
            if self.pinned() != "1\n":
                yield "has not pinned it"
        elif said.endswith("; nothing changed") or outcome.status == 2:
            if self.look() != self.looked:
                yield "something changed"
        elif "done in part" not in said:
            yield "does not say what became of the copy"
