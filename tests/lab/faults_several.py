"""A machine of several registries on which a system call fails: a scenario of tests/faults."""
import os
import pathlib
import re
import shutil
import subprocess

from lab.client import Outcome
from lab.faults import Scenario
from lab.faults_copy import Delta
from lab.programs import HANG, plain_environment, program
from lab.registry import Key, Registry, make_text

NAMES = 500


class Several(Scenario):
    """One gets a section of its name and a newer serial, one is new, one is taken out, and names are never answered."""
    name = "several"
    follow = threads = True  # one of each registry
    # A close that fails is not made by strace: a lock stays held.
    other_words = (*Delta.other_words, "cannot wait for signals", "another gitdns-syncd is at work in it")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.store, self.prepared = self.folder / "store", self.folder / "prepared"
        self.config = self.folder / "gitdns.conf"
        self.keys = {name: Key(folder, name) for name in ("moved", "new", "out")}
        self.registries = {name: Registry(self.folder / "published" / name, key, name) for name, key in self.keys.items()}
        self.publish(1)
        self.store.mkdir()
        self.good_sync(self.section("moved", unnamed=True), self.section("out"))
        self.old = self.answering()
        shutil.copytree(self.store, self.prepared, symlinks=True)
        self.publish(2)
        self.good_sync(self.section("moved"), self.section("new"), more="[answer]\nnever = *.never.example.org\n")
        self.now, self.names = self.answering(), set(self.look()) - {"registries/moved/serials/1.cdb"}
        assert [len(self.old), len(self.now)] == [2, 2] and self.old[0] != self.now[0]

    def publish(self, serial):
        for place, registry in enumerate(self.registries.values()):
            registry.publish(serial, make_text(NAMES, 3 * serial + place))

    def section(self, name, unnamed=False):
        return (f"[registry]\nname = {name}\n" if unnamed else f"[registry {name}]\n") + \
            f"url = {(self.folder / 'published' / name).as_uri()}/\nkey = {self.keys[name].public}\n"

    def good_sync(self, *sections, more=""):
        self.config.write_text("".join(sections) + f"{more}[sync]\ndirectory = {self.store}\n")
        outcome = self.sync()
        assert outcome.status == 0 and not outcome.lines, str(outcome)

    def command(self, strace):
        return [*strace, program("SYNCD"), "--once", "--config", str(self.config)]

    def sync(self):
        return Outcome(subprocess.run(self.command([]), capture_output=True, text=True, timeout=HANG,
                                      env=plain_environment()))

    def reset(self):
        shutil.rmtree(self.store)
        shutil.copytree(self.prepared, self.store, symlinks=True)

    def look(self):
        return sorted(str(path.relative_to(self.store)) for path in self.store.rglob("*") if not path.name.endswith("lock"))

    def answering(self):
        """The stores that the policy lets answer, in order (copy/policy.h)."""
        policy, folders, at = self.store / "policy.cdb", [""], 3
        if policy.exists():
            page, folders = policy.read_bytes()[2048 + 8 + 1:], []
            for _ in range(page[2]):
                length = page[at] & 0x7f
                folders.append(f"registries/{page[at + 1:at + 1 + length].decode()}/" if length else "")
                at += 1 + length
        stores = (self.store / f"{folder}registry.cdb" for folder in folders)
        return [store.read_bytes() for store in stores if store.exists()]

    def complaints(self, outcome):
        answering = self.answering()
        if not answering or answering[0] not in (self.old[0], self.now[0]):
            yield "the registry that was there does not answer"
        if outcome.status == 2 and answering != self.old:
            yield "something changed"
        if any(store not in self.old + self.now for store in answering):
            yield "a store is not whole"
        if outcome.status == 0 and not outcome.lines and answering != self.now:
            yield "is content although not all has been done"
        if outcome.status == 1 and not any(
                re.search(r"answers as before|; (nothing changed|no registry yet)|; (kept serial|serial) \d+", line)
                for line in outcome.lines) and not any(words in "\n".join(outcome.lines) for words in self.other_words):
            yield "does not say what became of the copies"
        again = self.sync()
        if again.status != 0 or again.lines:
            yield f"and the next run: {again}"
        # An older serial that could not be let go of goes with the next that comes.
        left = set(self.look()) - {"registries/moved/serials/1.cdb"}
        if self.answering() != self.now or left != self.names:
            yield f"after the next run there is {sorted(left ^ self.names)}"
        for name in ("moved", "new"):
            done = subprocess.run([program("GITDNS"), "--config", str(self.config), "verify", "--registry", name],
                                  capture_output=True, text=True, timeout=HANG, env=plain_environment())
            if done.returncode != 0:
                yield f"gitdns verify: {Outcome(done)}"
