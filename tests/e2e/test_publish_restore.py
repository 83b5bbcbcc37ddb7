"""A published folder that was lost: its history comes back from a mirror, verified, and clients go on."""
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import unittest

import lab
from lab.client import Client, Outcome
from lab.publish_hosts import contents
from lab.registry import NAME, Key
from lab.web_server import Server

SERIALS = 12
SNAPSHOTS = 8


def hosts(count):
    return "".join(f"8.8.{i >> 8}.{i & 255} n{i}.example.net\n" for i in range(count))


class Restore(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.tree, self.mirror = self.folder / "tree", self.folder / "mirror"
        self.old, self.key = Key(self.folder, "old"), Key(self.folder, "new")
        self.client = Client(self.folder / "client", [f"file://{self.tree}/"], [self.old.public, self.key.public])
        # The key was changed on the way.
        for serial in range(1, SERIALS + 1):
            keys = [self.old] if serial < 4 else [self.old, self.key] if serial < 6 else [self.key]
            self.published(text=hosts(100 + serial), keys=keys)
        self.assertEqual(self.client.sync().status, 0)
        self.tree.rename(self.mirror)
        shutil.rmtree(self.folder / "tree.state", ignore_errors=True)

    def command(self, *options, keys=None):
        keys = [word for key in keys or [self.key] for word in ("--key", str(key.secret))]
        return [lab.program("PUBLISH"), "--to", str(self.tree), "--name", NAME, *keys, "--hosts", "-", *options]

    def publish(self, *options, text=hosts(120), env=None, **other):
        return Outcome(subprocess.run(self.command(*options, **other), input=text, capture_output=True, text=True,
                                      timeout=lab.HANG, env=env))

    def published(self, *options, **other):
        outcome = self.publish(*options, **other)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return outcome

    def from_mirror(self):
        return "--restore", f"file://{self.mirror}"

    def head(self):
        return int((self.tree / "HEAD").read_text())

    def test_lost(self):
        """Without it clients refuse what is published; with it they go on, and so does a revert."""
        self.published()
        self.assertEqual(self.head(), 1)
        self.assertEqual(self.client.sync().status, 1)
        shutil.rmtree(self.tree)
        outcome = self.published(*self.from_mirror())
        self.assertIn(f"restored serials 1 to {SERIALS} from file://{self.mirror}\n", outcome.out)
        self.assertIn(f"since serial {SERIALS}: 8 names added, 0 removed", outcome.out)
        self.assertEqual(self.head(), SERIALS + 1)
        self.assertIn(f"serial {SERIALS + 1}, 120 names", self.client.sync().out)
        got, want = contents(self.tree), contents(self.mirror)
        for serial in range(1, SERIALS + 1):
            for file in "manifest", "manifest.minisig":
                self.assertEqual(got[f"{serial}/{file}"], want[f"{serial}/{file}"])
        self.assertIn(f"5/manifest.{self.key.id}.minisig", got)
        # The new serial is one of those that keep theirs.
        kept = sorted(int(path.parent.name) for path in self.tree.glob("*/snapshot.gz"))
        self.assertEqual(kept, [*range(SERIALS + 2 - SNAPSHOTS, SERIALS + 2)])
        self.assertEqual(len([*self.tree.glob(f"{SERIALS + 1}/delta-*.gz")]), SNAPSHOTS)
        self.assertIn("published serial", self.published(*self.from_mirror(), text=hosts(121)).out)
        command = [word for word in self.command("--revert", "10") if word not in ("--hosts", "-")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=lab.HANG)
        self.assertIn("110 names", self.client.sync().out)

    def test_stands(self):
        """What is unchanged stands, at the serial that it had; a folder that holds something is let be."""
        outcome = self.published(*self.from_mirror(), text=hosts(100 + SERIALS))
        self.assertIn(f"unchanged, serial {SERIALS} stands", outcome.out)
        self.assertIn("up to date", self.client.sync().out)
        shutil.rmtree(self.mirror)
        self.assertNotIn("restored", self.published(*self.from_mirror()).out)

    def test_http(self):
        with Server(self.mirror) as server:
            self.assertIn(f"restored serials 1 to {SERIALS} ", self.published("--restore", server.url).out)
            self.assertEqual(self.client.sync().status, 0)

    def refused(self, cause, *options, **other):
        outcome = self.publish(*(options or self.from_mirror()), **other)
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertIn(cause, outcome.lines[0])
        self.assertTrue(outcome.lines[0].endswith("; nothing published"), outcome)
        self.assertFalse(self.tree.exists(), outcome)

    def test_what_a_mirror_may_not_give(self):
        """Nothing is taken that was not published, and nothing begins anew."""
        newest = self.mirror / str(SERIALS)
        thief = Key(self.folder, "thief")
        kept = self.folder / "kept"
        shutil.copytree(self.mirror, kept)

        def sign(path, key):
            key.sign(path / "manifest", f"gitdns {NAME} serial {SERIALS}")

        def by_a_thief():
            sign(newest, thief)

        def changed():
            text = (newest / "manifest").read_text().replace("names 112", "names 113")
            (newest / "manifest").write_text(text)

        def cut():
            (newest / "snapshot.gz").write_bytes((newest / "snapshot.gz").read_bytes()[:-1])

        def other():
            shutil.copy(self.mirror / "11/snapshot.gz", newest / "snapshot.gz")

        def of_a_delta():
            (newest / "delta-11.gz").unlink()

        def head(text):
            return lambda: (self.mirror / "HEAD").write_text(text)

        cases = [(by_a_thief, "signed by none of the keys; see --pubkey"), (changed, "signature"),
                 (cut, "snapshot.gz: "), (other, "snapshot.gz: "), (of_a_delta, "delta-11.gz: "),
                 (head("x\n"), "its HEAD is not a serial"), (head("13\n"), "13/manifest: "), (head("1" * 99), "HEAD: "),
                 (lambda: (self.mirror / "HEAD").unlink(), "HEAD: ")]
        for number, (spoil, cause) in enumerate(cases):
            with self.subTest(number):
                spoil()
                self.refused(cause)
                shutil.rmtree(self.mirror)
                shutil.copytree(kept, self.mirror)
        self.refused("signed by none of the keys; see --pubkey", keys=[thief])
        self.refused("12/manifest: ", "--restore", f"file://{self.mirror}", "--name", "another")
        for url in "ftp://x/", "/srv/mirror", "file:" + "x" * 300, "":
            self.assertEqual(self.publish("--restore", url).status, 2, url)
        self.published(*self.from_mirror(), "--pubkey", str(self.key.public), keys=[thief])

    def test_what_is_missing_below(self):
        """The history ends where it is not to be had, or is not what was published; a line says so."""
        shutil.rmtree(self.mirror / "9")
        outcome = self.published(*self.from_mirror())
        self.assertIn(f"restored serials 10 to {SERIALS} from ", outcome.out)
        self.assertIn(f"not those before: file://{self.mirror}/9/manifest: ", outcome.out)
        self.assertFalse((self.tree / "9").exists())
        self.assertEqual(self.client.sync().status, 0)

    def test_history_that_was_changed(self):
        manifest = self.mirror / "3/manifest"
        manifest.write_text(manifest.read_text().replace("names 103", "names 104"))
        outcome = self.published(*self.from_mirror())
        self.assertIn(f"restored serials 4 to {SERIALS} from ", outcome.out)
        self.assertIn("3/manifest: SHA-256", outcome.out)
        self.assertFalse((self.tree / "3").exists())
        self.published(text=hosts(122))

    def slow(self, server, seconds):
        """Published, by a clock on which the server takes so long for each file that was published."""
        late = self.folder / "late"

        def serve(handler):
            with open(late, "a") as file:
                file.write("." * seconds)
            handler.answer(200, (self.mirror / handler.path[1:]).read_bytes())

        late.write_text("")
        server.rules = {f"/{path.relative_to(self.mirror)}": serve for path in self.mirror.rglob("*") if path.is_file()}
        return self.publish("--restore", server.url, env=os.environ | {
            "LD_PRELOAD": lab.program("LATE_CLOCK"), "LATE_CLOCK": str(late), "ASAN_OPTIONS": "verify_asan_link_order=0"})

    def test_slow(self):
        """A mirror that takes long for each file does not hold a run for the sum of them."""
        with Server(self.mirror) as server:
            outcome = self.slow(server, 1)
            self.assertIn(f"restored serials 1 to {SERIALS} ", outcome.out)
            shutil.rmtree(self.tree)
            outcome = self.slow(server, 600)
            self.assertEqual(outcome.status, 0, outcome)
            self.assertRegex(outcome.out, rf"restored serials ([5-9]|1[01]) to {SERIALS} ")
            self.assertRegex(outcome.out, "not those before: .*: no time left|timed out")
            self.assertEqual(self.client.sync().status, 0)
            shutil.rmtree(self.tree)
            self.assertIn("nothing published", self.slow(server, 3000).lines[0])
            self.assertFalse((self.tree / "HEAD").exists())

    def stalled(self, server, path, number):
        """The run is ended while the server keeps it waiting for that file."""
        came, go = threading.Event(), threading.Event()

        def stall(handler):
            came.set()
            go.wait(lab.HANG)
            handler.close_connection = True

        server.rules[path] = stall
        process = subprocess.Popen(self.command("--restore", server.url), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, text=True)
        process.stdin.close()
        self.assertTrue(came.wait(lab.HANG))
        process.send_signal(number)
        status = process.wait(lab.HANG)
        go.set()
        del server.rules[path]
        with process.stderr:
            return status, process.stderr.read()

    def test_ended(self):
        """Killed or stopped at any file, another run takes it up; nobody is shown anything by then."""
        with Server(self.mirror) as server:
            for path in "/12/snapshot.gz", "/12/delta-5.gz", "/9/manifest", "/7/snapshot.gz":
                for number in signal.SIGKILL, signal.SIGTERM:
                    with self.subTest(path=path, number=number):
                        status, said = self.stalled(server, path, number)
                        self.assertEqual(status, 1 if number == signal.SIGTERM else -number, said)
                        self.assertFalse((self.tree / "HEAD").exists())
                        outcome = self.published("--restore", server.url)
                        self.assertEqual(self.head(), SERIALS + 1, outcome)
                        self.assertEqual(self.client.sync().status, 0)
                        # What had come of it before is not all of it.
                        self.assertTrue((self.tree / "1/manifest").exists(), outcome)
                        shutil.rmtree(self.tree)
                        shutil.rmtree(self.client.store)
                        self.client.store.mkdir()


if __name__ == "__main__":
    lab.main()
