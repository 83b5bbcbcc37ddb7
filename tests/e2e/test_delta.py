"""Deltas as the daemon takes them: the same store as from a snapshot, or the snapshot after all."""
import gzip
import pathlib
import random
import shutil
import subprocess
import time

import lab
from lab.client import Client
from lab.registry import Key, canonical, make_text, sha256
from lab.served import Served

OLD = make_text(300)


def records(text):
    return {line.split()[0]: line for line in text.decode().splitlines(keepends=True)}


def changed(text, generation):
    """Some names gone, some new, some with another address."""
    lines = records(text)
    for i, name in enumerate(sorted(lines)):
        if i % 17 == generation:
            del lines[name]
        elif i % 13 == generation:
            lines[name] = f"{name} 93.184.216.{generation}\n"
    for i in range(5):
        lines[f"g{generation}.n{i}.example.net"] = f"g{generation}.n{i}.example.net 8.8.{generation}.{i}\n"
    return "".join(lines[name] for name in sorted(lines, key=canonical)).encode()


def difference(old, new):
    """The delta's lines between two texts."""
    before, after = records(old), records(new)
    lines = {name: f"-{name}\n" for name in before.keys() - after.keys()}
    lines.update((name, line) for name, line in after.items() if before.get(name) != line)
    return [lines[name] for name in sorted(lines, key=canonical)]


NEW = changed(OLD, 1)
GOOD = difference(OLD, NEW)


def packed(lines):
    return gzip.compress("".join(lines).encode(), 9, mtime=0)


class Deltas(Served):
    TEXT = OLD

    def new_client(self, name):
        return Client(self.folder / name, [self.server.url], [self.key.public])

    def publish(self, serial, text, deltas):
        """`deltas`: base -> the file's octets; None: listed but not there."""
        listed = "".join(f"delta {base} {len(octets or b'?')} {sha256(octets or b'?')}\n"
                         for base, octets in sorted(deltas.items(), reverse=True))
        self.registry.publish(serial, text, deltas=listed)
        for base, octets in deltas.items():
            if octets is not None:
                (self.registry.folder / str(serial) / f"delta-{base}.gz").write_bytes(octets)

    def sync(self, *lines):
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 0, outcome)
        self.assertEqual(len(outcome.lines), len(lines), outcome)
        for line, part in zip(outcome.lines, lines):
            self.assertIn(part, line)
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def took_snapshot(self, serial):
        return any(path == f"/{serial}/snapshot.gz" for path, *_ in self.server.requests)

    def same_as_new_client(self):
        fresh = self.new_client("fresh")
        self.assertEqual(fresh.sync().status, 0)
        self.assertEqual(self.client.octets(), fresh.octets())

    def test_good(self):
        self.sync()
        self.publish(42, NEW, {41: packed(GOOD)})
        self.sync()
        self.assertFalse(self.took_snapshot(42))
        self.same_as_new_client()

    def test_one_after_the_other_and_one_over_several(self):
        self.sync()
        late = self.new_client("late")
        self.assertEqual(late.sync().status, 0)
        texts = {41: OLD}
        for serial in range(42, 47):
            texts[serial] = changed(texts[serial - 1], serial - 40)
            self.publish(serial, texts[serial],
                         {base: packed(difference(texts[base], texts[serial])) for base in range(41, serial)})
            self.sync()
            self.assertFalse(self.took_snapshot(serial))
        self.assertEqual(late.sync().status, 0)
        self.assertFalse(self.took_snapshot(46))
        self.assertEqual(late.octets(), self.client.octets())
        self.same_as_new_client()

    def test_nothing_changed(self):
        self.sync()
        self.publish(42, OLD, {41: packed([])})
        self.sync()
        self.assertFalse(self.took_snapshot(42))
        self.same_as_new_client()

    def test_bad(self):
        other = changed(OLD, 2)
        good = packed(GOOD)
        cases = {
            "of another base": (packed(difference(other, NEW)), ""),
            "of another result": (packed(difference(OLD, other)), "differs from the manifest's"),
            "takes out what is not there": (packed(["-a.example.net\n"]), "takes out a name that is not there"),
            "out of order": (packed([GOOD[1], GOOD[0], *GOOD[2:]]), ":2: names out of order"),
            "a name twice": (packed([GOOD[0], GOOD[0]]), ":2: names out of order"),
            "special-use name": (packed(["a.local 8.8.8.8\n"]), ":1: special-use name"),
            "private address": (packed(["a.example.net 10.0.0.1\n"]), ":1: address that is not globally reachable"),
            "no line of a delta": (packed(["+a.example.net 8.8.8.8\n"]), ":1: not a host name"),
            "ends in a line": (packed(GOOD)[:0] + gzip.compress(b"-n1", mtime=0), "ends in the middle of a line"),
            "garbage behind": (good + b"x", "octets after the end"),
            "second member": (good + good, "octets after the end"),
            "cut": (good[:-9], "ends too early"),
            "not gzip": (b"<html>hello</html>", "not a gzip file"),
            "bomb": (gzip.compress(b"\n" * 1_000_000, 9, mtime=0), ""),
            "long line": (gzip.compress(b"x" * 6000, 9, mtime=0), "line too long"),
            "not there": (None, "404"),
        }
        for serial, (name, (octets, cause)) in enumerate(cases.items(), 42):
            with self.subTest(name):
                self.client = self.new_client(f"client-{serial}")
                self.registry.set_head(41)
                self.sync()
                self.publish(serial, NEW, {41: octets})
                self.sync(cause)
                self.assertTrue(self.took_snapshot(serial))
                outcome = self.client.sync()
                self.assertIn("up to date", outcome.out)

    def test_the_message_names_file_line_and_what_comes_next(self):
        self.sync()
        self.publish(42, NEW, {41: packed(["-a.example.net\n"])})
        outcome = self.client.sync()
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.server.url}42/delta-41.gz:1: takes out a name that "
                                         "is not there; takes the snapshot instead"])

    def test_hash_of_the_file(self):
        self.sync()
        self.publish(42, NEW, {41: packed(GOOD)})
        path = self.registry.folder / "42" / "delta-41.gz"
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
        self.sync("SHA-256 differs")
        self.same_as_new_client()

    def test_damaged_base(self):
        """An address in the store changed: a delta on top of it cannot give the text."""
        self.sync()
        store = self.client.store / "registry.cdb"
        octets = bytearray(store.read_bytes())
        at = octets.index(b"n7.example.org") + len(b"n7.example.org") + 3
        octets[at] ^= 1
        store.write_bytes(octets)
        self.publish(42, NEW, {41: packed(GOOD)})
        self.sync("SHA-256 differs")
        self.same_as_new_client()

    def test_no_delta_across_keys(self):
        """What is in hand does not count once its key is revoked: the whole is taken."""
        self.sync()
        second = Key(self.folder, "second")
        self.registry.key = second
        self.client.configure([self.server.url], [second.public])
        self.publish(42, NEW, {41: packed(GOOD)})
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 0, outcome)
        self.assertTrue(self.took_snapshot(42))

    def large(self):
        """A registry whose next serial takes a while to build; what the old and the new store are."""
        old = make_text(20000, 3)
        new = changed(old, 1)
        self.registry.publish(50, old)
        self.sync()
        before = self.client.octets()
        self.publish(51, new, {50: packed(difference(old, new))})
        fresh = self.new_client("other")
        self.assertEqual(fresh.sync().status, 0)
        return before, fresh.octets()

    def test_kill(self):
        """kill -9 at random moments: the old store or the new one, whole, and the next round succeeds."""
        old, new = self.large()
        saved = self.folder / "saved"
        shutil.copytree(self.client.store, saved, symlinks=True)
        found = []
        for _ in range(30):
            shutil.rmtree(self.client.store)
            shutil.copytree(saved, self.client.store, symlinks=True)
            process = subprocess.Popen(self.client.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=lab.plain_environment())
            time.sleep(random.uniform(0, 0.12))
            process.kill()
            process.wait()
            found.append(self.client.octets())
            self.assertIn(found[-1], (old, new))
            self.sync()
            self.assertEqual(self.client.octets(), new)
        print(f"killed 30 times: {found.count(old)} times the old store, {found.count(new)} times the new one")

    def test_full_disk(self):
        """The snapshot would not fit either: it is not asked for, and the old store stays."""
        if lab.mount_namespace() is None:
            self.skipTest("mount namespaces are not allowed")
        old, _ = self.large()
        store, inside, after = (str(self.folder / name) for name in ("client/store", "inside", "after"))
        shutil.copytree(store, inside, symlinks=True)
        self.server.requests.clear()
        script = (f"mount -t tmpfs -o size={len(old) // 1024 + 300}k none {store} && cp -a {inside}/. {store}/ && "
                  f'{{ "$@"; status=$?; mkdir {after}; cp -a {store}/. {after}/; exit $status; }}')
        outcome = self.client.sync([*lab.mount_namespace(), "sh", "-c", script, "sh"])
        self.assertEqual(outcome.status, 1, outcome)
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {store}/serials/51.cdb.new: No space left on device; "
                                         "kept serial 50"])
        self.assertFalse(self.took_snapshot(51))
        self.assertEqual(pathlib.Path(after, "registry.cdb").read_bytes(), old)
        self.assertEqual(self.client.names(pathlib.Path(after)), ["registry.cdb", "state"])


if __name__ == "__main__":
    lab.main()
