"""gitdns-push onto each kind of remote: what is there then, what is refused, what is mended."""
import fcntl
import os
import pathlib
import select
import signal
import subprocess
import time

import lab
from lab import namespaces
from lab.client import Outcome
from lab.pushing import KEPT, Pushing, files_of, has, setgroups_allowed
from lab.registry import Key, Registry, make_text


class Push(Pushing):
    def remote(self):
        """Each kind of remote tries this again."""
        return self.path()

    def test_serials(self):
        """Each serial comes; what the local folder dropped goes, and nothing else does."""
        word, folder = self.remote()
        self.assertIn(f"{word}: top-sites serial 1, new, 3 files put", self.good(word).out)
        self.same(folder)
        self.assertIn("serial 1, as before, 0 files put", self.good(word).out)
        others = ["3/keep", "notes", "77/manifest.old", ".nojekyll"]
        for _ in range(KEPT + 1):
            self.publish()
        (self.tree / "index.html").write_text("serial 1\n")
        self.assertIn("new", self.good(word).out)
        self.assertIn("1/manifest", files_of(folder))
        self.same(folder)
        for other in others:
            (folder / other).parent.mkdir(exist_ok=True)
            (folder / other).write_text("another's")
        self.publish()
        (self.tree / "index.html").write_text("serial 2\n")
        for old in ("manifest", "manifest.minisig", "snapshot.gz"):
            (self.tree / "5" / old).unlink()
        (self.tree / "5").rmdir()
        self.assertRegex(self.good(word).out, "new, 4 files put, .* [34] removed")
        self.assertEqual({name: octets for name, octets in files_of(folder).items() if name not in others},
                         files_of(self.tree))
        self.assertEqual({octets for name, octets in files_of(folder).items() if name in others}, {b"another's"})
        self.assertFalse((folder / "5").exists())

    def test_mended(self):
        """What is damaged, cut off or missing on the remote comes again."""
        word, folder = self.remote()
        self.publish()
        self.good(word)
        damaged = bytearray((folder / "2/snapshot.gz").read_bytes())
        damaged[30] ^= 1
        (folder / "2/snapshot.gz").write_bytes(damaged)
        (folder / "1/manifest").unlink()
        (folder / "1/snapshot.gz").write_bytes(b"cut off")
        self.good(word)
        self.same(folder)
        for head in (b"", b"nonsense\n", b"9" * 100):
            (folder / "HEAD").write_bytes(head)
            self.assertIn("new", self.good(word).out)
            self.same(folder)

    def test_refused(self):
        """A remote that is newer, or another's, stays as it is; --force takes it."""
        word, folder = self.remote()
        for _ in range(2):
            self.publish()
        self.good(word)
        (self.tree / "HEAD").write_text("2\n")
        before = files_of(folder)
        self.bad(f"{word}: its HEAD is 3, and that of {self.tree} 2; see --force", word)
        other = Registry(self.folder / "other", Key(self.folder, "another"))
        for serial in range(1, 4):
            other.publish(serial, make_text(40, serial), created=12345 * serial)
        self.bad("its serial 3 is not the one in .*/other: another publisher's; see --force", word,
                 folder=other.folder)
        third = Registry(self.folder / "third", other.key, "of-others")
        third.publish(9, make_text(9))
        self.bad("it has the registry top-sites, not of-others; see --force", word, folder=third.folder)
        self.assertEqual(files_of(folder), before)
        self.good(word, "--force", folder=other.folder)
        self.assertEqual(files_of(folder), files_of(other.folder))


class Ssh(Push):
    def setUp(self):
        if not has("rsync"):
            self.skipTest("rsync is not installed")
        super().setUp()

    def remote(self):
        return self.ssh()


class Daemon(Ssh):
    def remote(self):
        if not setgroups_allowed():
            self.skipTest("rsync's daemon may not set its groups here")
        return self.daemon()


class WebDav(Push):
    def setUp(self):
        if not has("rclone"):
            self.skipTest("rclone is not installed")
        super().setUp()

    def remote(self):
        return self.webdav()


class Local(Pushing):
    """What the local folder has to be."""

    def refused(self, cause):
        outcome = self.bad(cause, self.folder / "path")
        self.assertTrue(outcome.lines[0].endswith("; nothing pushed"), outcome)
        self.assertFalse((self.folder / "path").exists())

    def test_not_whole(self):
        snapshot = self.tree / "1/snapshot.gz"
        octets = snapshot.read_bytes()
        snapshot.write_bytes(octets[:-1])
        self.refused("/tree/1/snapshot.gz: .*size")
        snapshot.write_bytes(octets[:-1] + b"x")
        self.refused("/tree/1/snapshot.gz: .*SHA-256")
        snapshot.unlink()
        self.refused("/tree/1/snapshot.gz: No such file")
        snapshot.write_bytes(octets)
        (self.tree / "1/manifest.minisig").rename(self.folder / "away")
        self.refused("/tree/1/manifest.minisig: No such file")
        (self.folder / "away").rename(self.tree / "1/manifest.minisig")
        self.registry.set_head(2)
        self.refused("/tree/2/manifest: No such file")
        self.registry.set_head("two")
        self.refused("/tree/HEAD: not a serial")
        (self.tree / "HEAD").unlink()
        self.refused("/tree/HEAD: No such file")
        self.assertFalse((self.tree / ".push.lock").exists())

    def test_rests(self):
        """Of what killed runs left, and of all that is no registry's, nothing is pushed."""
        kept = files_of(self.tree)
        for name in ("2/snapshot.gz", "7/snapshot.gz", "7/manifest", "HEAD.new", "notes", "1/notes", ".lock",
                     "1/manifest.new", "01/manifest"):
            (self.tree / name).parent.mkdir(exist_ok=True)
            (self.tree / name).write_text("a rest")
        (self.tree / "HEAD.0123456789ABCDEF.minisig").write_text("beside HEAD")
        (self.tree / "delta").symlink_to("/etc/passwd")
        (self.tree / "1/delta-9.gz").symlink_to("/etc/passwd")
        self.good(self.folder / "path")
        self.assertEqual(files_of(self.folder / "path"), kept | {"HEAD.0123456789ABCDEF.minisig": b"beside HEAD"})

    def test_lock(self):
        with open(self.tree / ".push.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refused(f"{self.tree}: another gitdns-push is at work in it")
        (self.folder / "path").mkdir()
        with open(self.folder / "path/.push.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            outcome = self.push(self.folder / "path", self.folder / "second")
        self.assertEqual((outcome.status, len(outcome.lines), len(outcome.out.splitlines())), (1, 1, 1), outcome)
        self.assertIn("path: another gitdns-push is at work in it", outcome.lines[0])
        self.same(self.folder / "second")
        self.good(self.folder / "path")
        self.same(self.folder / "path")

    def test_links(self):
        """A folder that is a link to another's is not written to."""
        away = self.folder / "away"
        for folder in (away, self.folder / "path"):
            folder.mkdir()
        (self.folder / "path/1").symlink_to(away)
        self.bad("path: 1/manifest: (Not a directory|Too many levels of symbolic links)", self.folder / "path")
        self.assertEqual(files_of(away), {})

    def test_itself(self):
        self.bad("it is the folder that is to be pushed", self.tree)
        self.assertEqual(self.push(self.folder / "path").status, 0)

    def test_usage(self):
        wrong = [[], [self.tree], [self.tree, "mirror"], [self.tree, "s3:bucket"], [self.tree, "rclone:here"],
                 [self.tree, "rsync:-oProxyCommand=x:y"], [self.tree, "rsync:host"], [self.tree, "rsync:host::module"],
                 [self.tree, "rsync:a/b:c"], [self.tree, "rsync://host"], [self.tree, ""], [self.tree, "./a", "./a"],
                 ["--frobnicate", self.tree, "./a"]]
        wrong += [["--within", within, self.tree, "./a"] for within in ("", "0", "5", "-1s", "8d", "1y")]
        for words in wrong:
            outcome = Outcome(subprocess.run(self.command(*words), capture_output=True, text=True, cwd=self.folder))
            self.assertEqual((outcome.status, len(outcome.lines), outcome.out), (2, 1, ""), (words, outcome))
        for option, start in (("--help", "Usage: gitdns-push "), ("--version", "gitdns-push ")):
            done = subprocess.run(self.command(option), capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.startswith(start))


class Others(Pushing):
    """One remote that fails, hangs or is not there keeps no other."""

    def test_fails(self):
        self.environment["PATH"] = "/nowhere"
        (self.folder / "file").write_text("")
        words = [self.folder / "file/below", "rclone:x:names", "rsync:host:names"]
        outcome = self.push(*words, self.folder / "path")
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 3), outcome)
        for cause in ("below: mkdir: Not a directory", "rclone:x:names: rclone: program not found; install rclone",
                      "rsync:host:names: rsync: program not found; install rsync"):
            self.assertTrue(any(cause in line for line in outcome.lines), outcome)
        self.same(self.folder / "path")

    def hanging(self):
        """rclone that says nothing, and the descriptor by which it is seen to live."""
        programs = self.folder / "programs"
        programs.mkdir()
        fifo = self.folder / "lives"
        os.mkfifo(fifo)
        (programs / "rclone").write_text(f"#!/bin/sh\nexec >{fifo}\nexec sleep {2 * lab.HANG}\n")
        (programs / "rclone").chmod(0o755)
        self.environment["PATH"] = f"{programs}:{os.environ['PATH']}"
        return os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)

    def test_hangs(self):
        lives = self.hanging()
        self.addCleanup(os.close, lives)
        outcome = self.push("--within=1s", "rclone:x:names", self.folder / "path")
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertIn("rclone:x:names: not done after 1 s; see --within", outcome.lines[0])
        self.same(self.folder / "path")
        self.ends(lives)

    def ends(self, lives):
        """Nobody has the other end any more."""
        waiting = select.poll()
        waiting.register(lives, 0)  # and so POLLHUP alone
        self.assertEqual([events for _, events in waiting.poll(lab.HANG * 1000)], [select.POLLHUP])

    def test_stopped(self):
        """What it runs ends with it, whether it is asked to end or killed."""
        lives = self.hanging()
        self.addCleanup(os.close, lives)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            process = subprocess.Popen(self.command(self.tree, "rclone:x:names"), stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, env=self.environment)
            # Its process's name is sleep once it hangs.
            end = time.monotonic() + lab.HANG
            while "sleep" not in self.below(process.pid):
                self.assertLess(time.monotonic(), end)
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            process.send_signal(number)
            out, err = process.communicate(timeout=lab.HANG)
            if number != signal.SIGKILL:
                self.assertEqual((process.returncode, out, err), (1, "", "gitdns-push: rclone:x:names: stopped\n"))
            self.ends(lives)

    def below(self, pid):
        """The names of all processes below it."""
        names = []
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            try:
                names += [pathlib.Path(f"/proc/{child}/comm").read_text().strip(), *self.below(child)]
            except OSError:
                continue
        return names

    def test_terminal(self):
        """A bar while it goes on, and a line a remote."""
        ours, theirs = os.openpty()
        process = subprocess.Popen(self.command(self.tree, self.folder / "path"), stdout=subprocess.PIPE, stderr=theirs,
                                   text=True)
        os.close(theirs)
        drawn = lab.read_terminal(ours).decode()
        self.assertEqual(process.communicate()[0].count("\n"), 1)
        self.assertEqual(process.returncode, 0)
        self.assertRegex(drawn, r"\[[#.]{24}\] [0-9.]+ of [0-9.]+ MB, 1 of 1 remotes under way")
        self.assertTrue(drawn.endswith("\r\x1b[K"))


if __name__ == "__main__":
    lab.need("minisign")
    namespaces.enter()
    lab.main()
