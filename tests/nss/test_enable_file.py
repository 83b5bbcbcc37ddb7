"""What gitdns enable and disable keep of the file, and what an edit that is hindered or killed leaves."""

import glob
import os
import shutil
import stat
import subprocess
import unittest

import lab
from lab import faults
from lab.machine import OUTAGE
from lab.nsswitch import FILE, PATH, SAVED, gitdns, put, read


class File(unittest.TestCase):
    BEFORE = FILE % "hosts: files dns"
    AFTER = FILE % f"hosts: files {OUTAGE} dns gitdns"

    def setUp(self):
        put(self.BEFORE)

    def test_mode_owner_attributes(self):
        os.chmod(PATH, 0o640)
        try:
            os.chown(PATH, 1, 2)
        except OSError:
            pass  # an unprivileged user's namespace has one user
        kept = {}
        for name in ("trusted.gitdns", "user.gitdns"):
            try:
                os.setxattr(PATH, name, b"kept")
                kept[name] = b"kept"
            except OSError:
                pass
        before = os.stat(PATH)
        for command in ("enable", "disable"):
            self.assertEqual(gitdns(command)[0], 0)
            after = os.stat(PATH)
            self.assertNotEqual(after.st_ino, before.st_ino)
            self.assertEqual((stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid),
                             (0o640, before.st_uid, before.st_gid))
            self.assertEqual({name: os.getxattr(PATH, name) for name in kept}, kept)
        self.assertEqual(read().decode(), self.BEFORE)

    def test_umask(self):
        done = gitdns("enable", wrapper=["sh", "-c", 'umask 077; exec "$@"', "sh"])
        self.assertEqual(done[0], 0)
        self.assertEqual(stat.S_IMODE(os.stat("/etc/gitdns").st_mode), 0o755)
        self.assertEqual(stat.S_IMODE(os.stat(SAVED).st_mode), 0o644)
        self.assertEqual(stat.S_IMODE(os.stat(PATH).st_mode), 0o644)

    def in_tmpfs(self, options, then):
        """gitdns enable in an /etc of its own: (status, what is said, nsswitch.conf)."""
        shell = (f"mount -t tmpfs -o {options} tmpfs {lab.WORK}/mnt; cp -p {PATH} {lab.WORK}/mnt/; "
                 f"{then}; mount --move {lab.WORK}/mnt /etc; \"$@\" || echo status $?; cat {PATH}; "
                 "ls -A /etc")
        os.makedirs(f"{lab.WORK}/mnt", exist_ok=True)
        modules = {os.path.dirname(lab.program(name))
                   for name in ("NSS_MODULE", "NSS_OUTAGE_MODULE")}
        command = ["unshare", "-m", "sh", "-c", shell, "sh", lab.program("GITDNS"), "enable"]
        done = subprocess.run(command, capture_output=True, text=True,
                              env=os.environ | {"LD_LIBRARY_PATH": ":".join(modules)})
        return done.stdout, done.stderr

    def test_full_disk(self):
        """With room for this many pages, from none to enough."""
        changed = set()
        for pages in range(5):
            filler = f"head -c {4096 * (8 - pages - 1)} /dev/zero >{lab.WORK}/mnt/filler"
            said, why = self.in_tmpfs("size=32k", filler)
            if "status 1" in said:
                self.assertIn(self.BEFORE, said)
                self.assertIn("No space left on device", why)
                self.assertNotIn("nsswitch.conf.gitdns", said)
                self.assertNotIn("nsswitch.saved", said)
            else:
                self.assertIn(self.AFTER, said)
            changed.add(self.AFTER in said)
        self.assertEqual(changed, {True, False})

    def test_nothing_to_write(self):
        """A good line asks neither for root nor for a disk that can be written to."""
        put(f"hosts: files {OUTAGE} dns gitdns\n")
        shell = "mount --bind /etc /etc && mount -o remount,bind,ro /etc && exec \"$@\""
        wrappers = [["unshare", "-m", "sh", "-ec", shell, "sh"]]
        user = ["setpriv", "--reuid=65534", "--clear-groups"]
        if subprocess.run([*user, "true"], capture_output=True).returncode == 0:
            wrappers.append(user)
        for wrapper in wrappers:
            status, said, _ = gitdns("enable", wrapper=wrapper)
            self.assertEqual(status, 0)
            self.assertIn("in the hosts line already", said)
        put("hosts: files dns\n")
        for wrapper in wrappers:
            status, _, why = gitdns("enable", wrapper=wrapper)
            self.assertEqual(status, 1)
            self.assertRegex(why, "Read-only file system|only root")
            self.assertEqual(read().decode(), "hosts: files dns\n")

    def test_read_only(self):
        said, why = self.in_tmpfs("size=64k", f"mount -o remount,bind,ro {lab.WORK}/mnt")
        self.assertIn("status 1", said)
        self.assertIn(self.BEFORE, said)
        self.assertIn("Read-only file system", why)

    def strace(self, inject):
        return faults.prefix(f"{lab.WORK}/trace", "all", inject, follow=True)

    def check_strace(self):
        if not lab.strace_works():
            self.skipTest("strace does not work here")

    def test_killed(self):
        """At each call that changes the disk, there and back."""
        self.check_strace()
        calls = ["openat", "flock", "write", "fchown", "fchmod", "fsync", "rename", "renameat",
                 "mkdir", "unlinkat", "unlink", "rmdir"]
        killed = 0
        for command, before, after in (("enable", self.BEFORE, self.AFTER),
                                       ("disable", self.AFTER, self.BEFORE)):
            for call in calls:
                for number in range(1, 99):
                    put(self.BEFORE)
                    if command == "disable":
                        gitdns("enable")
                    status, _, _ = gitdns(command, wrapper=self.strace(
                        f"{call}:signal=KILL:when={number}"))
                    if status == 0:
                        break
                    killed += 1
                    self.assertIn(read().decode(), (before, after), (command, call, number))
                    self.assertEqual(gitdns("enable")[0], 0)
                    self.assertEqual(read().decode(), self.AFTER)
                    self.assertEqual(gitdns("disable")[0], 0)
                    self.assertEqual(read().decode(), self.BEFORE, (command, call, number))
                    self.assertEqual(glob.glob("/etc/nsswitch.conf?*"), [])
                    self.assertFalse(os.path.exists("/etc/gitdns"))
        self.assertGreater(killed, 20)

    def test_failing_calls(self):
        """Each call that matters fails once: what is said is so, and there is a way back."""
        self.check_strace()
        calls = ["openat", "flock", "read", "pread64", "write", "fchown", "fchmod", "fsync",
                 "renameat", "rename", "mkdir", "unlinkat", "unlink"]
        said = set()
        for command, call in ((command, call) for command in ("enable", "disable")
                              for call in calls):
            for number in range(1, 99):
                put(self.BEFORE)
                if command == "disable":
                    gitdns("enable")
                before = read()
                status, _, why = gitdns(command, wrapper=self.strace(
                    f"{call}:error=EIO:when={number}"))
                if not faults.injected(f"{lab.WORK}/trace"):
                    break
                with self.subTest(command=command, call=call, number=number):
                    changed = read() != before
                    if status != 127:  # that of the dynamic linker
                        self.assertEqual(changed, "nothing changed" not in why, why)
                        self.assertTrue(changed if status == 0 else why)
                    said.add((changed, status))
                    self.assertIn(read().decode(), (self.BEFORE, self.AFTER))
                    self.assertEqual([gitdns("enable")[0], gitdns("disable")[0]], [0, 0])
                    self.assertEqual(read().decode(), self.BEFORE)
                    self.assertFalse(os.path.exists("/etc/gitdns"))
        self.assertLessEqual({(True, 0), (True, 1), (False, 1)}, said)

    def test_attributes_cannot_be_kept(self):
        """Then nothing is replaced, and one line says so."""
        self.check_strace()
        try:
            os.setxattr(PATH, "user.gitdns", b"kept")
        except OSError:
            self.skipTest("this file system keeps no attributes for users")
        for call, error, why in (
                ("flistxattr", "EIO", "its attributes cannot be read: Input/output error"),
                ("fgetxattr", "EIO:when=1", "user.gitdns cannot be read: Input/output error"),
                ("fsetxattr", "EPERM", "user.gitdns cannot be kept: Operation not permitted"),
                ("fsetxattr", "EOPNOTSUPP", "user.gitdns cannot be kept: Operation not supported")):
            status, said, error = gitdns("enable", wrapper=self.strace(f"{call}:error={error}"))
            self.assertEqual((status, said), (1, ""))
            self.assertEqual(error, f"gitdns: {PATH}: {why}; nothing changed\n")
            self.assertEqual(read().decode(), self.BEFORE)
            self.assertEqual(glob.glob("/etc/nsswitch.conf?*"), [])
            self.assertFalse(os.path.exists("/etc/gitdns"))
        without = self.strace("flistxattr:error=EOPNOTSUPP")
        self.assertEqual(gitdns("enable", wrapper=without)[0], 0)
        self.assertEqual(read().decode(), self.AFTER)

    def test_folder_is_a_link(self):
        """/etc/gitdns may be kept elsewhere."""
        os.mkdir("/etc/elsewhere")
        os.symlink("elsewhere", "/etc/gitdns")
        self.assertEqual(gitdns("enable")[0], 0)
        self.assertEqual(os.listdir("/etc/elsewhere"), ["nsswitch.saved"])
        self.assertEqual(gitdns("disable")[0], 0)
        self.assertEqual(read().decode(), self.BEFORE)
        self.assertEqual(os.listdir("/etc/elsewhere"), [])
        os.unlink("/etc/gitdns")
        os.rmdir("/etc/elsewhere")

    @staticmethod
    def size(path):
        return os.path.getsize(path) if os.path.exists(path) else 0

    def test_edited_meanwhile(self):
        """Someone else's edit between our reading and our rename stays."""
        self.check_strace()
        theirs = self.BEFORE + "# theirs\n"
        command = [*self.strace("fchmod:delay_enter=500000"), lab.program("GITDNS"), "enable"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            while process.poll() is None and not self.size("/etc/nsswitch.conf.gitdns"):
                pass
            lab.write(PATH, theirs)
            why = process.stderr.read()
        self.assertEqual(process.returncode, 1)
        self.assertIn("try again", why)
        self.assertEqual(read().decode(), theirs)
        self.assertFalse(os.path.exists(SAVED))

    def test_two_at_once(self):
        """One edits, the others are told so or find it done."""
        for _ in range(10):
            put(self.BEFORE)
            command = [lab.program("GITDNS"), "enable"]
            processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                          text=True) for _ in range(6)]
            said = [process.communicate() for process in processes]
            self.assertIn(0, [process.returncode for process in processes], said)
            for process, (_, why) in zip(processes, said):
                self.assertTrue(process.returncode == 0 or "at work" in why, why)
            self.assertEqual(read().decode(), self.AFTER)
            self.assertEqual(gitdns("disable")[0], 0)
            self.assertEqual(read().decode(), self.BEFORE)

    def test_leftover_and_lock(self):
        lab.write("/etc/nsswitch.conf.gitdns", "half a fi")
        self.assertEqual(gitdns("enable")[0], 0)
        self.assertEqual(read().decode(), self.AFTER)
        lab.write("/etc/nsswitch.conf.gitdns", "")
        status, _, why = gitdns("disable", wrapper=["flock", "/etc/nsswitch.conf.gitdns"])
        self.assertEqual(status, 1)
        self.assertIn("another gitdns is at work", why)
        self.assertEqual(read().decode(), self.AFTER)
        os.unlink("/etc/nsswitch.conf.gitdns")
        os.symlink("/etc/passwd", "/etc/nsswitch.conf.gitdns")
        passwd = read("/etc/passwd")
        self.assertEqual(gitdns("disable")[0], 1)
        self.assertEqual(read("/etc/passwd"), passwd)
        os.unlink("/etc/nsswitch.conf.gitdns")

    def test_bound_over(self):
        """A file that is a mount point cannot be replaced."""
        shutil.copy(PATH, f"{lab.WORK}/bound")
        wrapper = [lab.program("WITHIN"), f"{lab.WORK}/bound:{PATH}", "--"]
        status, _, why = gitdns("enable", wrapper=wrapper)
        self.assertEqual(status, 1)
        self.assertIn("nothing changed", why)
        self.assertEqual(read(f"{lab.WORK}/bound").decode(), self.BEFORE)
        self.assertFalse(os.path.exists("/etc/gitdns"))

    def test_damaged_memory(self):
        self.assertEqual(gitdns("enable")[0], 0)
        for saved in (b"", b"\0" * 100, b"x" * 100000, read(SAVED)[:-1], read(SAVED) + b"x\n"):
            with open(SAVED, "wb") as file:
                file.write(saved)
            self.assertEqual(gitdns("disable")[0], 0)
            self.assertEqual(read().decode(), self.BEFORE)
            self.assertFalse(os.path.exists(SAVED))
            self.assertEqual(gitdns("enable")[0], 0)


if __name__ == "__main__":
    lab.enter()
    unittest.main(verbosity=2)
