"""/run/gitdns in other people's hands: who owns it, who may touch what lies in it, and a kernel that
tells nobody."""

import os
import shutil
import subprocess
import time
import unittest

import lab
from lab import daemon, outage

ELSEWHERE = f"{lab.WORK}/elsewhere"
TRACE = f"{lab.WORK}/trace"
NO_INOTIFY = ["unshare", "-Ur", "sh", "-c",
              'echo 0 >/proc/sys/user/max_inotify_instances && exec "$0"']
DELAY = 2_000_000  # microseconds

traced = unittest.skipUnless(lab.strace_works(), "strace does not work here")


def delayed(calls):
    """A wrapper in which the daemon waits before it makes these calls."""
    return ["strace", "-D", "-f", "-qq", "-o", TRACE, "-e", f"trace={calls}",
            "-e", f"inject={calls}:delay_enter={DELAY}"]


class RunFolder(outage.WithDaemon):
    def start(self, wrapper=()):
        self.daemon.__exit__(None, None, None)
        if os.path.exists(TRACE):
            os.unlink(TRACE)
        self.daemon = daemon.Daemon(wrapper)

    def lines(self, text):
        return [line for line in self.daemon.said() if text in line]

    def made_again(self):
        """Found later, or while it was made: as far as the daemon had come."""
        return bool(self.lines("made again") or self.lines("tries again")) and daemon.is_listening()

    def is_found_out(self):
        self.everything_out()
        self.assert_from_copy("name-1.example.net")

    def test_modes(self):
        """All may read the board and report; what is looked up here is for root alone."""
        want = {"outage": 0o644, "report": 0o666, "lock": 0o600, "names": 0o600}

        def modes():
            return {name: os.stat(f"{daemon.FOLDER}/{name}").st_mode & 0o7777 for name in os.listdir(daemon.FOLDER)}

        def names_are_written():
            return "names" in modes()
        for umask in ("000", "777"):
            with self.subTest(umask):
                self.end()
                shutil.rmtree(daemon.FOLDER)
                self.start(["sh", "-c", f'umask {umask} && exec "$@"', "sh"])
                self.everything_out()
                daemon.wait_for(names_are_written)
                self.assertEqual(os.stat(daemon.FOLDER).st_mode & 0o7777, 0o755)
                self.assertEqual(modes(), want)
                self.restore(".")
                daemon.wait_for(outage.nothing_out)

    def test_lock_of_before(self):
        """What root's word counts with is for root alone, and alone in the file, whatever lay there."""
        self.end()
        lock = lab.write(f"{daemon.FOLDER}/lock", "a" * 100)
        os.chmod(lock, 0o644)
        self.start()
        status = os.stat(lock)
        self.assertEqual((status.st_mode & 0o777, status.st_size), (0o600, 32))
        lab.run(lab.program("GITDNS"), "outage", "on")

    def test_lock_with_another_name(self):
        """Its owner cannot have a daemon that is root's write to another's file, by a second name for it."""
        victim = lab.write(f"{daemon.FOLDER}/victim", "of root")
        self.addCleanup(os.unlink, victim)
        os.chmod(victim, 0o644)
        os.link(victim, f"{daemon.FOLDER}/second")
        os.rename(f"{daemon.FOLDER}/second", f"{daemon.FOLDER}/lock")

        def is_told():
            return self.lines("/run/gitdns")
        daemon.wait_for(is_told)
        self.assertTrue(self.lines("lock: Too many links"), self.daemon.said())
        with open(victim) as file:
            self.assertEqual((file.read(), os.stat(victim).st_mode & 0o777), ("of root", 0o644))

    @lab.not_sanitized
    @traced
    def test_link_in_place_of_the_socket(self):
        """Its owner cannot have a daemon that is root's open another file to all."""
        victim = lab.write(f"{lab.WORK}/victim", "secret")
        os.chmod(victim, 0o600)
        self.start(delayed("chmod,fchmodat,?fchmodat2"))
        os.symlink(victim, f"{ELSEWHERE}.link")
        os.rename(f"{ELSEWHERE}.link", daemon.REPORT)

        def is_done():
            with open(TRACE) as file:
                return any(" = " in line for line in file)
        daemon.wait_for(is_done)
        self.assertEqual(os.stat(victim).st_mode & 0o777, 0o600)

    @lab.not_sanitized
    @traced
    def test_taken_away_while_it_is_made(self):
        """Before the kernel is asked to tell of it, or before the daemon has looked at it itself."""
        for how, before in (("removed", "inotify_init1"), ("replaced", "inotify_init1"),
                            ("replaced", "chmod,fchmodat,?fchmodat2")):
            with self.subTest(how=how, before=before):
                self.start(delayed(before))
                if how == "removed":
                    os.unlink(daemon.REPORT)
                else:
                    os.rename(lab.write(ELSEWHERE, ""), daemon.REPORT)
                daemon.wait_for(self.made_again)

    def test_no_inotify(self):
        """What is removed is found by a look now and then."""
        if subprocess.run([*NO_INOTIFY, "true"], capture_output=True).returncode != 0:
            self.skipTest("no user namespaces here")
        self.start(NO_INOTIFY)
        for file in ("report", "lock"):
            with self.subTest(file=file):
                count = len(self.lines("made again"))
                os.unlink(f"{daemon.FOLDER}/{file}")

                def is_made_again():
                    return len(self.lines("made again")) > count
                daemon.wait_for(is_made_again)
        self.is_found_out()

    def switches(self):
        """How often its threads have waited."""
        count = 0
        tasks = f"/proc/{self.daemon.process.pid}/task"
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/status") as file:
                count += sum(int(line.split()[1]) for line in file
                             if line.startswith("voluntary_ctxt_switches"))
        return count

    def test_touched(self):
        """Which whoever may send a report may do, at any speed."""
        before, start = self.switches(), time.monotonic()
        for _ in range(2000):
            os.utime(daemon.REPORT)
            time.sleep(0.001)
        seconds = time.monotonic() - start
        self.assertLess(self.switches() - before, 50 + 25 * seconds)
        self.assertEqual(self.lines("made again"), [])

    def test_folder_is_a_link(self):
        """Nothing was replaced."""
        self.daemon.__exit__(None, None, None)
        shutil.rmtree(daemon.FOLDER)
        os.mkdir(ELSEWHERE)
        os.symlink(ELSEWHERE, daemon.FOLDER)
        self.addCleanup(shutil.rmtree, ELSEWHERE)
        self.addCleanup(os.unlink, daemon.FOLDER)
        self.daemon = daemon.Daemon()
        self.is_found_out()
        time.sleep(2)
        self.assertEqual(self.lines("made again"), [])


if __name__ == "__main__":
    outage.main()
