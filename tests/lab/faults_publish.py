"""A publication in which a system call fails, the publisher's or minisign's: scenarios of tests/faults."""
import gzip
import os
import pathlib
import shlex
import shutil
import subprocess

from lab.client import Client, Outcome
from lab.faults import Scenario
from lab.programs import HANG, plain_environment, program
from lab.publish_hosts import contents, hosts_of
from lab.registry import NAME, Key, sha256

NAMES = 1000


class Publication(Scenario):
    """Serial 2 over serial 1, with addresses that are held."""
    name = "publish"
    before, after = 1, 2

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.key = Key(folder, "ours")
        self.tree, self.hosts = self.folder / "tree", self.folder / "hosts"
        self.state = self.folder / "tree.state"
        self.prepared = self.folder / "prepared"
        self.hosts.write_text(hosts_of(NAMES))
        self.publish()
        shutil.copytree(self.tree, self.prepared / "tree")
        shutil.copytree(self.state, self.prepared / "tree.state")
        client = Client(self.folder / "client", [self.tree.as_uri() + "/"], [self.key.public])
        assert client.sync().status == 0
        client.store.rename(self.prepared / "store")
        client.store.mkdir()
        # The last ones get another address, and keep the one that they had.
        self.hosts.write_text(hosts_of(NAMES - 20) + hosts_of(20, lambda i: f"9.9.9.{i & 255}", first=NAMES - 20))
        self.texts, self.seen = {1: self.text(1)}, {1: self.remembered()}
        self.publish()
        self.texts[2], self.seen[2] = self.text(2), self.remembered()
        assert b" 8.0.3.231" in self.texts[2] and b" 9.9.9.231" in self.texts[2]

    def command(self, strace):
        return [*strace, program("PUBLISH"), "--to", str(self.tree), "--name", NAME, "--key", str(self.key.secret),
                "--hosts", str(self.hosts), "--hold", "3"]

    def publish(self):
        outcome = Outcome(subprocess.run(self.command([]), capture_output=True, text=True, timeout=HANG,
                                         env=plain_environment()))
        assert outcome.status == 0, str(outcome)

    def text(self, serial):
        return gzip.decompress((self.tree / str(serial) / "snapshot.gz").read_bytes())

    def remembered(self):
        return gzip.decompress((self.state / "seen.gz").read_bytes())

    def head(self):
        return int((self.tree / "HEAD").read_text())

    def reset(self):
        for folder in (self.tree, self.state):
            shutil.rmtree(folder)
            shutil.copytree(self.prepared / folder.name, folder)
        self.looked = contents(self.tree)

    def unlike(self, expected):
        """Complains unless HEAD names a serial with this one's text, by its manifest, that a client takes."""
        head = self.head()
        lines = dict(line.split(" ", 1) for line in (self.tree / str(head) / "manifest").read_text().splitlines()
                     if not line.startswith("delta "))
        text = self.text(head)
        if text != self.texts[expected]:
            yield f"serial {head} does not hold the text of serial {expected}"
        if lines["serial"] != str(head) or lines["text"] != f"{len(text)} {sha256(text)}":
            yield f"the manifest of serial {head} is not its own"
        yield from self.untaken(head)

    def untaken(self, head):
        """A client that has serial 1 takes it."""
        client = Client(self.folder / "client", [self.tree.as_uri() + "/"], [self.key.public])
        shutil.rmtree(client.store)
        shutil.copytree(self.prepared / "store", client.store, symlinks=True)
        outcome = client.sync()
        if outcome.status != 0 or outcome.lines or f"serial {head}" not in outcome.out:
            yield f"a client: {outcome}"

    def complaints(self, outcome):
        left = contents(self.tree)
        if any("/.lock: " in line for line in outcome.lines):
            left.pop(".lock", None)  # it may be somebody else's by now
        changed = left != self.looked
        moved = self.head() != 1
        if outcome.status == 0:
            if not outcome.mute and f"{NAME}: published serial 2 in " not in outcome.out:
                yield "does not say that it has published"
            if not moved:
                yield "has published nothing"
            if self.remembered() != self.seen[2]:
                yield "has not noted what was seen"
        elif any(line.endswith("; published, but a power failure may undo it") for line in outcome.lines):
            if not moved:
                yield "has published nothing"
        elif any(line.endswith("; nothing published") for line in outcome.lines):
            if moved:
                yield "has published"
            elif changed:
                yield f"left something: {sorted(set(left) ^ set(self.looked))}"
        else:
            yield "does not say what is published"
        if self.remembered() not in self.seen.values():
            yield "what was seen is neither the old nor the new"
        if changed:
            yield from self.unlike(2 if moved else 1)
        yield from self.again(moved)

    def again(self, moved):
        done = Outcome(subprocess.run(self.command([]), capture_output=True, text=True, timeout=HANG,
                                      env=plain_environment()))
        if done.status != 0 or done.lines or ("unchanged, serial" in done.out) != moved:
            yield f"and the next run: {done}"
            return
        yield from (f"after the next run {what}" for what in self.unlike(2))
        names = sorted(str(path) for path in contents(self.tree))
        rest = [name for name in names if name not in (
            "HEAD", "index.html", *(f"{serial}{file}" for serial in ("1", self.head()) for file in (
                "", "/manifest", "/manifest.minisig", "/snapshot.gz", "/delta-1.gz")))]
        if rest:
            yield f"after the next run there is {rest}"
        if sorted(os.listdir(self.state)) != ["seen.gz"]:
            yield f"after the next run there is {sorted(os.listdir(self.state))}"


class Signing(Publication):
    """The child is what fails."""
    name = "sign"
    # What a child that failed was in want of it has said before, in words of its own.
    other_words = ("minisign: failed with exit status", "minisign: killed by signal",
                   "minisign: its signature cannot be used", "its signature cannot be used")

    def command(self, strace):
        command = super().command([])
        if not strace:
            return command
        fake = self.folder / "bin" / "minisign"
        fake.parent.mkdir(exist_ok=True)
        fake.write_text(f'#!/bin/sh\nexec {shlex.join(strace)} {shutil.which("minisign")} "$@"\n')
        fake.chmod(0o755)
        return ["env", f"PATH={fake.parent}:{os.environ['PATH']}", *command]
