"""What the owner of the store's folder can do to root, who reads what lies in it."""
import os
import shutil
import subprocess
import threading
import time
import unittest

import lab
from lab.client_history import History
from lab.registry import sha256

OWNER = 65534
ROUNDS = 40


class Owner(History):
    def setUp(self):
        super().setUp()
        self.pull(5, 6)
        self.head(0)
        if os.geteuid() == 0:
            self.folder.chmod(0o711)
            lab.run("chown", "-R", f"{OWNER}:{OWNER}", self.store)

    def as_owner(self):
        return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups"] if os.geteuid() == 0 else []

    def flip(self, position, *values):
        """Writes the values there in turns until the test ends."""
        command = [*self.as_owner(), lab.program("FLIP"), self.store / "serials/6.cdb", position, *values]
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.assertEqual(process.stdout.readline(), "ready\n")

    def flip_length(self, octets):
        """That of the value which starts so, between what it is and more than anybody has room for."""
        store = self.client.octets()
        position = store.index(octets) - 5
        length = int.from_bytes(store[position:position + 4], "little")
        self.assertGreater(len(store) - position, 60000)
        self.flip(position, length, 60000)

    def survives(self, *arguments):
        """Each way may end well or badly, but by itself. A round fetches what is damaged: then another file is there."""
        flipped, again = self.store / "serials/6.cdb", self.folder / "flipped"
        again.unlink(missing_ok=True)
        again.hardlink_to(flipped)
        for _ in range(ROUNDS):
            flipped.unlink()
            flipped.hardlink_to(again)
            outcome = self.gitdns(*arguments) if arguments else self.client.sync()
            self.assertIn(outcome.status, (0, 1), outcome)

    def test_manifest(self):
        self.flip_length(b"gitdns registry 1\n")
        self.survives()
        self.survives("checkout", "6")
        self.survives("verify")

    def test_writes_nowhere_else(self):
        """By a link in the place of a file or a folder that is written, made or removed there, whether it leads to
        something or not; of a part by a second name of another's file."""
        self.client.forget()
        self.pull(4, 5)
        victim = self.folder / "victim"
        victim.mkdir()
        for name in ("file", "4.cdb", "5.cdb", "6.cdb", "6.cdb.new"):
            (victim / name).write_text("of somebody else\n")
        (victim / "file").chmod(0o600)
        parts = [f"{sha256(path.read_bytes())}.part" for path in (self.trees / "6/6").glob("*.gz")]
        self.head(6)
        store = shutil.copytree(self.store, self.folder / "copy", symlinks=True)
        before = self.all_of(victim)
        for file in ("state", "state.new", "pinned", "pinned.new", "registry.cdb", "registry.cdb.new", "lock", *parts, "serials",
                     "serials/4.cdb", "serials/5.cdb", "serials/6.cdb", "serials/6.cdb.new"):
            for make in (lambda path: path.symlink_to(victim / "file"), lambda path: path.symlink_to(victim),
                         lambda path: path.symlink_to(victim / "new"), lambda path: path.hardlink_to(victim / "file")):
                with self.subTest(file):
                    shutil.rmtree(self.store)
                    shutil.copytree(store, self.store, symlinks=True)
                    path = self.store / file
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path)
                    path.unlink(missing_ok=True)
                    make(path)
                    self.client.sync()
                    self.gitdns("checkout", "4")
                    self.gitdns("checkout", "latest")
                    self.assertEqual(self.all_of(victim), before)

    def all_of(self, folder):
        """Names, content, owners and modes."""
        return {path.name: (path.read_bytes() if path.is_file() else None, *os.lstat(path)[0:2], *os.lstat(path)[4:7])
                for path in (folder, *folder.iterdir())}

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_gives_away_nothing(self):
        """A folder of root's that is put in the place of one that root makes there."""
        if not lab.strace_works():
            self.skipTest("strace does not work here")
        shutil.rmtree(self.store / "serials")
        secret = self.store / "secret"
        secret.mkdir(0o700)
        (secret / "file").write_text("of root")
        before = self.all_of(secret)

        def exchange():
            while not (self.store / "serials").exists():
                time.sleep(0.001)
            (self.store / "serials").rename(self.store / "away")
            secret.rename(self.store / "serials")
        thread = threading.Thread(target=exchange)
        thread.start()
        outcome = self.gitdns("checkout", "6", prefix=["strace", "-qqq", "-o", "/dev/null", "-e",
                                                       "inject=mkdirat:delay_exit=1000000"])
        thread.join(lab.HANG)
        self.assertEqual(outcome.status, 1, outcome)
        self.assertIn("/serials: Directory not empty; nothing changed", outcome.lines[-1])
        (self.store / "serials").rename(secret)
        self.assertEqual(self.all_of(secret), before)

    def test_opens_no_device(self):
        """A FIFO stands for one: whoever waits to write to it learns that it was opened."""
        device = self.folder / "device"
        os.mkfifo(device)
        waits = subprocess.Popen(["sh", "-c", 'exec 3>"$0"', str(device)])
        self.addCleanup(waits.wait)
        self.addCleanup(waits.kill)
        devices = self.folder / "devices"  # as a namespace of the owner's, in /proc/PID/root, can have them
        devices.mkdir()
        for name in ("5.cdb", "6.cdb", "7.cdb"):
            (devices / name).hardlink_to(device)
        for file in ("state", "pinned", "registry.cdb", "serials", "serials/6.cdb", "serials/7.cdb", "lock"):
            target = devices if file == "serials" else device
            with self.subTest(file):
                path, saved = self.store / file, self.folder / "saved"
                if path.is_symlink() or path.exists():
                    path.rename(saved)
                path.symlink_to(target)
                for arguments in ([], ["status"], ["log"], ["verify"], ["checkout", "6"], ["checkout", "latest"]):
                    outcome = self.gitdns(*arguments) if arguments else self.client.sync()
                    self.assertIn(outcome.status, (0, 1), outcome)
                    path.unlink(missing_ok=True)
                    path.symlink_to(target)
                self.assertIsNone(waits.poll(), "it was opened")
                path.unlink()
                if saved.is_symlink() or saved.exists():
                    saved.rename(path)


if __name__ == "__main__":
    lab.main()
