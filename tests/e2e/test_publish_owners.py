"""gitdns-publish where another user, the web server's, owns the published folder, or one above or beside it."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import lab
from lab.programs import strace_works
from lab.publish_hosts import Publisher, contents, hosts_of

WEB = 65533
AS_WEB = ["setpriv", f"--reuid={WEB}", f"--regid={WEB}", "--clear-groups"]
TRIES = 5

# Puts a folder of its own in the place of TREE once serial 2 has its snapshot.
EXCHANGE = """
import os, sys, time
tree, end = sys.argv[1], time.monotonic() + 60
print(flush=True)
while not os.path.exists(tree + "/2/snapshot.gz") and os.path.exists(tree + ".lives") and time.monotonic() < end:
    pass
try:
    os.rename(tree, tree + ".theirs")
    os.rename(tree + ".mine", tree)
except OSError:
    pass
"""
# Puts a link to the victim in the place of TREE/2.
LINK = """
import os, sys, time
tree, victim, end = sys.argv[1], sys.argv[2], time.monotonic() + 60
print(flush=True)
while os.path.exists(tree + ".lives") and time.monotonic() < end:
    try:
        os.rename(tree + "/2", tree + "/away")
        os.symlink(victim, tree + "/2")
        break
    except OSError:
        pass
"""
# Gives TREE's folder another name again and again, so that it has its own half of the time.
UGLY = "x; touch owned; \x1b[2J\ngitdns-publish: published"
RENAME = """
import ctypes, os, sys, time
tree, ugly, lives, end = *sys.argv[1:], time.monotonic() + 60
rename, exchange = ctypes.CDLL(None).renameat2, 2
one, other = os.fsencode(os.path.dirname(tree)), os.fsencode(ugly)
print(flush=True)
while os.path.exists(lives) and time.monotonic() < end:
    for _ in range(100):
        rename(-100, one, -100, other, exchange)
"""


@unittest.skipIf(os.geteuid() != 0 or shutil.which("setpriv") is None,
                 "only root can give folders away, and setpriv is needed")
class Owners(Publisher):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.www = self.folder / "www"
        self.www.mkdir()
        self.tree = self.www / "tree"
        self.state = self.www / "tree.state"
        self.lives = self.www / "tree.lives"

    def give(self, *paths):
        for path in paths:
            os.chown(path, WEB, WEB, follow_symlinks=False)

    def attack(self, program, *arguments):
        """Another user's program, at work until `lives` goes."""
        self.lives.write_text("")
        attacker = subprocess.Popen([*AS_WEB, lab.python_of_all(), "-c", program, str(self.tree), *map(str, arguments)],
                                    stdout=subprocess.PIPE)
        self.addCleanup(attacker.wait)
        self.addCleanup(self.lives.unlink, missing_ok=True)
        self.assertEqual(attacker.stdout.readline(), b"\n")
        attacker.stdout.close()
        return attacker

    def in_sticky(self):
        """A folder of the other user's in one like /tmp, and the tree that is to be in it."""
        self.www.chmod(0o1777)
        theirs = self.www / "x"
        theirs.mkdir()
        self.give(theirs)
        self.tree, self.lives = theirs / "tree", self.www / "lives"
        return theirs

    def end_attack(self, attacker):
        self.lives.unlink()
        attacker.wait(timeout=lab.HANG)

    def mend(self, outcome):
        """Does what the one line says, after the last `: `."""
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        found = re.search(r": (ch[a-z]+ .*); nothing published$", outcome.lines[0])
        self.assertTrue(found, outcome)
        subprocess.run(["sh", "-c", found[1]], cwd=self.folder, check=True)
        return outcome.lines[0]

    def test_refused_and_mended(self):
        link = self.folder / "link"
        link.symlink_to(self.www)
        tree = self.tree
        self.start(hosts_of(30))
        for break_it, words, to in (
                (lambda: self.give(tree), f"{tree}: belongs to user {WEB}", tree),
                (lambda: self.give(self.www), f"{self.www}: belongs to user {WEB}", tree),
                (lambda: self.give(link), f"{link}: belongs to user {WEB}", link / "tree"),
                (lambda: tree.chmod(0o775), f"{tree}: others may write there (mode 0775)", tree),
                (lambda: tree.chmod(0o1777), f"{tree}: others may write there (mode 1777)", tree),
                (lambda: self.www.chmod(0o757), f"{self.www}: others may write there (mode 0757)", link / "tree")):
            with self.subTest(words):
                break_it()
                before = contents(self.www)
                line = self.mend(self.publish(text=hosts_of(31), tree=to))
                self.assertIn(words, line)
                self.assertEqual(contents(self.www), before)
                self.assertIn("unchanged", self.published(text=hosts_of(30), tree=to).out)

    @lab.not_sanitized  # the leak sanitizer does not work under strace
    @unittest.skipUnless(strace_works(), "strace is needed")
    def test_renamed(self):
        """What is said has the name that was asked for, whatever its owner calls the folder meanwhile."""
        theirs = self.in_sticky()
        ugly = self.www / UGLY
        ugly.mkdir()
        self.give(ugly)
        self.hosts.write_text(hosts_of(1))
        attacker = self.attack(RENAME, ugly, self.lives)
        slow = ["strace", "-D", "-qq", "-o", "/dev/null", "-e", "trace=fstat,newfstatat", "-e",
                "inject=fstat,newfstatat:delay_enter=2000"]
        said = {"\n".join(self.publish(prefix=slow).lines) for _ in range(5 * TRIES)}
        self.end_attack(attacker)
        self.assertEqual(said, {f"gitdns-publish: {theirs}: belongs to user {WEB}, who can change what gets signed; "
                                f"publish as that user, or: chown -h root {theirs}; nothing published"})

    def test_command_of_other_names(self):
        """The folder that one works in has the name that its owner gave it."""
        self.www.chmod(0o1777)
        inside = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh"]
        plain = self.www / "x; touch owned"
        for name in (plain, self.www / UGLY):
            name.mkdir()
            self.give(name)
        self.mend(self.publish(tree="tree", prefix=[*inside, plain], text=hosts_of(1)))
        self.assertEqual(plain.stat().st_uid, 0)
        outcome = self.publish(tree="tree", prefix=[*inside, self.www / UGLY])
        self.assertEqual((len(outcome.lines), outcome.lines[0].isprintable()), (1, True), outcome)
        self.assertFalse((self.folder / "owned").exists())

    def test_command_follows_no_link(self):
        theirs = self.in_sticky()
        victim = self.folder / "victim"
        victim.mkdir()
        os.chown(victim, 1, 1)
        outcome = self.publish(text=hosts_of(1))
        theirs.rmdir()
        theirs.symlink_to(victim)
        self.mend(outcome)
        self.assertEqual(victim.stat().st_uid, 1)

    def test_fine(self):
        """A sticky folder, links of root, ways that are not straight, and another user in a folder of its own."""
        self.www.chmod(0o1777)
        self.start(hosts_of(30))
        link = self.folder / "link"
        link.symlink_to("www/../www/./tree")
        for tree in (link, f"{self.www}//tree/", f"{self.www}/../www/tree/.", os.path.relpath(self.tree)):
            self.assertIn("unchanged", self.published("--hold", 1, tree=tree).out)
        self.assertTrue((self.state / "seen.gz").exists())
        inside = ["sh", "-c", f'cd {self.tree} && exec "$@"', "sh"]
        self.published("--hold", 1, tree=".", prefix=inside, text=hosts_of(31))
        own = self.folder / "own"
        own.mkdir()
        self.give(own, self.key.secret)
        self.published("--hold", 1, tree=own / "tree", prefix=AS_WEB)
        self.published("--hold", 1, tree=own / "tree", prefix=AS_WEB, text=hosts_of(32))

    def exchange(self):
        """Whether the other user got something of its own signed."""
        shutil.rmtree(self.www)
        self.www.mkdir()
        self.start(hosts_of(4000))
        mine = self.www / "tree.mine"
        (mine / "2").mkdir(parents=True)
        (mine / "2" / "manifest").write_text("www.bank.example is at the attacker's\n")
        self.give(self.www, mine, mine / "2")
        attacker = self.attack(EXCHANGE)
        self.publish(text=hosts_of(4001))
        self.end_attack(attacker)
        for folder in (self.tree, mine):
            manifest = folder / "2" / "manifest"
            if manifest.exists() and manifest.read_text().startswith("www.bank") and subprocess.run(
                    ["minisign", "-V", "-q", "-p", self.key.public, "-m", manifest], capture_output=True).returncode == 0:
                return True
        return False

    def test_signs_nothing_of_others(self):
        self.assertEqual([self.exchange() for _ in range(TRIES)], [False] * TRIES)

    def unlink(self):
        """Whether a run that fails removed what it had not made; between the making of the serial's folder and its
        opening there is a while."""
        shutil.rmtree(self.www)
        self.www.mkdir()
        self.start(hosts_of(30))
        victim = self.folder / "victim"
        victim.mkdir(exist_ok=True)
        for name in ("passwd", "shadow"):
            (victim / name).write_text("root\n")
        fake = self.folder / "bin" / "minisign"
        fake.parent.mkdir(exist_ok=True)
        fake.write_text("#!/bin/sh\nexit 3\n")
        fake.chmod(0o755)
        self.give(self.www, self.tree)
        attacker = self.attack(LINK, victim)
        slow = ["strace", "-D", "-qq", "-o", "/dev/null", "-e", "trace=mkdirat", "-e", "inject=mkdirat:delay_exit=200000"]
        self.publish(text=hosts_of(31), prefix=slow, path=f"{fake.parent}:{os.environ['PATH']}")
        self.end_attack(attacker)
        return sorted(os.listdir(victim)) != ["passwd", "shadow"]

    @unittest.skipUnless(strace_works(), "strace is needed")
    def test_removes_nothing_of_others(self):
        self.assertEqual([self.unlink() for _ in range(TRIES)], [False] * TRIES)

    def put_seen(self):
        """What was never seen, in the memory of what was."""
        self.state.mkdir(exist_ok=True)
        (self.state / "seen.gz").write_bytes(gzip.compress(b"gitdns seen 1 1\nn1.example.org 6.6.6.6/0/0\nend 1\n"))
        (self.state / "seen.gz").chmod(0o644)

    def test_state_of_others(self):
        self.start(hosts_of(30))
        self.put_seen()
        seen = self.state / "seen.gz"
        moved = self.folder / "moved.gz"
        for break_it, cause in (
                (lambda: self.give(self.state), f"{self.state}: belongs to user {WEB}"),
                (lambda: self.state.chmod(0o777), f"{self.state}: others may write there (mode 0777)"),
                (lambda: self.give(seen), f"{seen}: others than the caller and root own it or may write it"),
                (lambda: seen.chmod(0o666), f"{seen}: others than the caller and root own it or may write it"),
                (lambda: (seen.rename(moved), seen.symlink_to(moved)), f"{seen}: Too many levels of symbolic links")):
            with self.subTest(cause):
                shutil.rmtree(self.state)
                self.put_seen()
                self.state.chmod(0o755)
                break_it()
                self.refused(cause, options=["--hold", 8], text=hosts_of(31))
        shutil.rmtree(self.state)
        self.www.chmod(0o1777)
        self.state.symlink_to(self.folder)
        self.give(self.state)
        self.refused(f"{self.state}: belongs to user {WEB}", options=["--hold", 8], text=hosts_of(31))

    def test_state_is_not_shown(self):
        """It has what is not published: names of the list that do not exist, answers of runs that were refused."""
        self.www.chmod(0o755)
        for mode in (None, 0o755):
            if mode is not None:
                self.state.chmod(mode)
            self.published("--hold", 1, text=hosts_of(30))
            self.assertEqual(self.state.stat().st_mode & 0o777, 0o700)
            for file in (self.state, self.state / "seen.gz"):
                self.assertNotEqual(subprocess.run([*AS_WEB, "ls", "-l", file], capture_output=True).returncode, 0, file)

    def revert(self, evil):
        """Reverts to serial 1, whose snapshot holds `evil` between what its hash is taken of and what is read next."""
        snapshot = self.tree / "1" / "snapshot.gz"
        good, turns, is_evil, was_at_end = snapshot.read_bytes(), 0, False, False
        slow = ["strace", "-D", "-qq", "-o", "/dev/null", "-e", "trace=lseek", "-e", "inject=lseek:delay_enter=300000"]
        command = [lab.program("PUBLISH"), "--to", self.tree, "--name", lab.registry.NAME, "--key", self.key.secret,
                   "--revert", "1"]
        with open(snapshot, "r+b", buffering=0) as held, subprocess.Popen(
                [*slow, *map(str, command)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as publisher:
            while publisher.poll() is None:
                at_end = self.files_at_end(publisher.pid)
                turns += snapshot in at_end and not was_at_end
                was_at_end = snapshot in at_end
                if turns == 2 and not is_evil or is_evil and self.tree / "2" / "snapshot.gz" in at_end:
                    is_evil = not is_evil
                    os.pwrite(held.fileno(), evil if is_evil else good, 0)
                    held.truncate(len(evil if is_evil else good))
                    turns += 1
            return turns, publisher.stderr.read()

    @staticmethod
    def files_at_end(process):
        found = []
        for fd in pathlib.Path(f"/proc/{process}/fd").iterdir():
            try:
                file, info = pathlib.Path(os.readlink(fd)), (fd.parent.parent / "fdinfo" / fd.name).read_text()
                if file.name == "snapshot.gz" and int(info.split()[1]) == file.stat().st_size:
                    found.append(file)
            except (OSError, ValueError):
                pass
        return found

    @lab.not_sanitized  # the leak sanitizer does not work under strace
    @unittest.skipUnless(strace_works(), "strace is needed")
    def test_held_open_by_others(self):
        """Who owned a file before root took it over may still have it open, and write to it."""
        self.start(hosts_of(30), hosts_of(31))
        text = gzip.decompress((self.tree / "1" / "snapshot.gz").read_bytes())
        evil = gzip.compress(text.replace(b"8.0.0.7\n", b"9.9.9.9\n"))
        turns, said = self.revert(evil)
        self.assertGreaterEqual(turns, 3, "it was not written to in time")
        # Which of the two that are made of it is read at the wrong moment hangs on who is faster.
        self.assertRegex(said, r"/(1/snapshot|3/delta-1)\.gz: SHA-256 differs from the manifest's; nothing published")
        self.assertEqual(self.head(), 2)

    def test_left_by_others(self):
        """Root takes over a folder, as it is told to, in which somebody else has put links in the place of what is read,
        written, made and removed there, or folders of theirs: it signs none of that, and follows no link."""
        self.start(*(hosts_of(30 + serial) for serial in range(9)))  # so that the tenth has snapshots removed
        victim = shutil.copytree(self.tree, self.folder / "victim")
        good = self.folder / "good"
        self.www.rename(good)
        before = contents(victim)
        for name in ("HEAD", "HEAD.new", ".lock", "1", "2", "9", "10", "9/snapshot.gz", "9/manifest", "9/manifest.minisig"):
            for make in (lambda path: path.symlink_to(victim), lambda path: path.symlink_to(victim / name),
                         lambda path: path.mkdir(), lambda path: path.write_text("of theirs\n")):
                with self.subTest(name):
                    shutil.rmtree(self.www, ignore_errors=True)
                    shutil.copytree(good, self.www)
                    path = self.tree / name
                    if path.is_dir():
                        shutil.rmtree(path)
                    path.unlink(missing_ok=True)
                    make(path)
                    for file in (self.tree, *self.tree.rglob("*")):
                        self.give(file)
                    self.mend(self.publish(text=hosts_of(50)))
                    outcome = self.publish(text=hosts_of(50))
                    self.assertIn(outcome.status, (0, 1), outcome)
                    self.assertEqual(contents(victim), before)
                    for serial in (9, 10):
                        self.assert_not_theirs(self.tree / str(serial))

    def assert_not_theirs(self, folder):
        """What is signed there was signed with what root has seen."""
        manifest = folder / "manifest"
        if not folder.is_symlink() and manifest.exists() and subprocess.run(
                ["minisign", "-V", "-q", "-p", self.key.public, "-m", manifest], capture_output=True).returncode == 0:
            self.assertTrue(manifest.read_text().startswith("gitdns registry 1\n"), folder)


if __name__ == "__main__":
    lab.main()
