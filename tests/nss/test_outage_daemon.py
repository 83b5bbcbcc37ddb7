"""What becomes of the watch for outages when the daemon is killed, started again, or short of something."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import time

import lab
from lab import daemon, outage


class Shortage(outage.WithDaemon):
    """No descriptors are left to the daemon: that says nothing of DNS, and passes."""

    def limit(self, descriptors):
        pid = self.daemon.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (descriptors or hard, hard))

    def used(self):
        return max(map(int, os.listdir(f"/proc/{self.daemon.process.pid}/fd"))) + 1

    def test_while_asking(self):
        daemon.report("name-0.example.net")
        daemon.wait_for(lambda: self.asked("name-0.example.net") != "0")
        self.limit(self.used())
        for i in range(1, 4):
            daemon.report(f"name-{i}.example.net")
            time.sleep(1)
            self.assertTrue(outage.nothing_out(), self.daemon.said())
        self.limit(None)
        self.everything_out()

    def test_while_reading(self):
        time.sleep(0.5)
        self.limit(self.used())
        daemon.report("name-0.example.net")
        time.sleep(1.5)
        self.assertTrue(outage.nothing_out(), self.daemon.said())
        self.limit(None)
        self.everything_out()

    def test_while_made_again(self):
        self.limit(self.used())
        os.unlink(daemon.REPORT)

        def is_told():
            return any("Too many open files; " in line for line in self.daemon.said())
        daemon.wait_for(is_told)
        self.limit(None)
        daemon.wait_for(daemon.is_listening)
        self.everything_out()


class Daemon(outage.WithDaemon):
    """What becomes of the daemon."""

    def test_killed(self):
        """The lease ends; look-ups are slow and right; a new daemon needs no new victim."""
        self.everything_out()

        def is_written_down():  # once a second
            with contextlib.suppress(FileNotFoundError), open(f"{daemon.FOLDER}/names") as file:
                return " .\n" in file.read()
            return False
        daemon.wait_for(is_written_down)
        self.daemon.kill()
        self.assert_from_copy("name-1.example.net")
        seconds = daemon.wait_for(outage.lease_is_over)
        print(f"the lease ended after {seconds:.1f} s", end=" ", flush=True)
        time.sleep(0.1)  # the module's clock is a coarse one
        addresses, _, seconds = outage.look_up("name-2.example.net")
        self.assertEqual(addresses, {"192.88.98.3"})
        self.assertGreaterEqual(seconds, 0.9)
        with daemon.Daemon():
            daemon.wait_for(daemon.everything_is_out)
            self.assert_from_copy("name-3.example.net")

    def test_restarted_while_programs_run(self):
        """A process that is there all the time follows from one board to the next."""
        with lab.Conversation() as probe:
            self.everything_out()
            self.is_followed(probe, "name-1.example.net")
            self.daemon.__exit__(None, None, None)
            self.daemon = daemon.Daemon()
            daemon.wait_for(daemon.everything_is_out)
            self.is_followed(probe, "name-2.example.net")

    def is_followed(self, probe, name):
        """The board is looked at once a second."""
        def is_at_once():
            before = self.asked(name)
            self.assertEqual(probe.ask(name)["getaddrinfo inet"], f"ok {outage.RECORDS[name]}")
            return self.asked(name) == before
        daemon.wait_for(is_at_once)

    def test_long_after_boot(self):
        """When milliseconds no longer fit 31 bits."""
        self.daemon.__exit__(None, None, None)
        for days in (25, 35, 51):
            wrapper = ["unshare", "--time", "--monotonic", str(days * 86400)]
            if subprocess.run([*wrapper, "true"], capture_output=True).returncode != 0:
                self.daemon = daemon.Daemon()
                self.skipTest("no time namespaces here")
            with self.subTest(days=days), daemon.Daemon(wrapper):
                daemon.report("name-0.example.net")

                def is_read():
                    return daemon.board()[daemon.REPORTS] == 1
                daemon.wait_for(is_read)
        self.daemon = daemon.Daemon()

    def test_forced(self):
        def gitdns(*arguments):
            return subprocess.run([lab.program("GITDNS"), *arguments], capture_output=True,
                                  text=True)
        self.assertEqual(gitdns("outage", "on").returncode, 0)
        self.assert_from_copy("name-1.example.net")
        self.assertIn("forced on", gitdns("status").stdout)
        self.assertEqual(gitdns("outage", "auto").returncode, 0)
        self.assert_from_dns("name-1.example.net")
        self.assertEqual(gitdns("outage", "off").returncode, 0)
        self.dns(".", "servfail")
        outage.look_up("name-0.example.net")
        time.sleep(1)
        self.assertTrue(outage.nothing_out())
        self.assertEqual(gitdns("outage", "auto").returncode, 0)
        self.assertEqual(gitdns("outage", "maybe").returncode, 2)
        self.daemon.__exit__(None, None, None)
        told = gitdns("outage", "on")
        self.assertEqual((told.returncode, told.stdout), (1, ""))
        self.assertIn("/run/gitdns/report: No such file", told.stderr)
        self.daemon = daemon.Daemon()


class Folder(outage.WithDaemon):
    """What lies in /run/gitdns is taken away from a daemon that runs."""

    def lines(self, text):
        return [line for line in self.daemon.said() if text in line]

    @contextlib.contextmanager
    def paused(self):
        """It would be quicker with some of it than the test with all."""
        def is_stopped():
            with open(f"/proc/{self.daemon.process.pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "T"
        lab.pause(self.daemon.process)
        daemon.wait_for(is_stopped)
        try:
            yield
        finally:
            self.daemon.process.send_signal(signal.SIGCONT)

    def made_again(self):
        return daemon.is_listening() and os.path.exists(daemon.BOARD)

    def everything_is_found_out(self):
        """And programs find it on the board."""
        self.everything_out()
        self.assert_from_copy("name-1.example.net")

    def test_files_removed(self):
        """In an outage, which goes on on the new board."""
        self.everything_out()
        since = daemon.board()[daemon.SINCE]
        with self.paused():
            for file in ("outage", "report", "lock"):
                os.unlink(f"{daemon.FOLDER}/{file}")
        daemon.wait_for(self.made_again)
        daemon.wait_for(daemon.everything_is_out)
        self.assertEqual(daemon.board()[daemon.SINCE], since)
        self.assert_from_copy("name-2.example.net")

        def is_told():
            return self.lines("made again")
        daemon.wait_for(is_told)
        self.assertEqual(len(is_told()), 1)
        self.restore(".")
        daemon.wait_for(outage.nothing_out)
        self.assert_from_dns("name-2.example.net")

    def test_one_file(self):
        """While nothing else wakes the daemon."""
        for file in ("outage", "report"):
            with self.subTest(file=file):
                os.rename(f"{daemon.FOLDER}/{file}", f"{lab.WORK}/{file}")
                daemon.wait_for(self.made_again)
        self.everything_is_found_out()

    def test_mounted_over(self):
        """Of which nobody tells: it is seen by and by while anything is out."""
        self.everything_out()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", daemon.FOLDER], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", daemon.FOLDER], stderr=subprocess.DEVNULL)
        daemon.wait_for(self.made_again)
        daemon.wait_for(daemon.everything_is_out)
        subprocess.run(["umount", "-l", daemon.FOLDER], check=True)

        def is_followed():
            return len(self.lines("made again")) == 2
        daemon.wait_for(is_followed)
        self.assert_from_copy("name-2.example.net")

    def test_no_room(self):
        """For a board; look-ups are well, and it is made once there is some."""
        self.everything_out()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", daemon.FOLDER], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", daemon.FOLDER], stderr=subprocess.DEVNULL)

        def is_told():
            return self.lines("/run/gitdns/outage: No space left on device; ")
        daemon.wait_for(is_told)
        self.assertFalse(os.path.exists(daemon.BOARD))
        subprocess.run(["mount", "-o", "remount,size=1m", daemon.FOLDER], check=True)
        daemon.wait_for(self.made_again)
        daemon.wait_for(daemon.everything_is_out)
        self.assert_from_copy("name-2.example.net")

    def test_a_board_of_others(self):
        lab.write(daemon.BOARD, "x" * 100)

        def is_a_board():
            return os.path.getsize(daemon.BOARD) > 100
        daemon.wait_for(is_a_board)
        self.everything_is_found_out()

    def test_folder_removed(self):
        with self.paused():
            shutil.rmtree(daemon.FOLDER)
        daemon.wait_for(self.made_again)
        self.everything_is_found_out()

    def test_folder_moved(self):
        self.addCleanup(shutil.rmtree, f"{lab.WORK}/elsewhere")
        with self.paused():
            os.rename(daemon.FOLDER, f"{lab.WORK}/elsewhere")
            os.mkdir(daemon.FOLDER)
        daemon.wait_for(self.made_again)
        self.everything_is_found_out()

    def test_not_allowed(self):
        """Once it may be, it is made again, and look-ups are well all the time."""
        self.addCleanup(shutil.rmtree, f"{lab.WORK}/elsewhere")
        with self.paused():
            os.rename(daemon.FOLDER, f"{lab.WORK}/elsewhere")
            lab.write(daemon.FOLDER, "")

        def is_told():
            return self.lines("/run/gitdns: Not a directory; ")
        daemon.wait_for(is_told)
        self.assert_from_dns("name-0.example.net")
        time.sleep(12)
        self.assertEqual(len(self.lines("Not a directory")), 1)
        os.unlink(daemon.FOLDER)
        daemon.wait_for(self.made_again)
        self.everything_is_found_out()

    def test_begins_later(self):
        """Once the daemon that has the lock ends, the one that came second takes over."""
        with daemon.Daemon(log="second.log") as second:
            def cannot():
                return any("does not watch for outages, and tries again" in line for line in second.said())

            def watches():
                return "watches for outages now" in second.said()
            daemon.wait_for(cannot)
            self.daemon.__exit__()
            daemon.wait_for(watches)
            daemon.wait_for(daemon.is_listening)
            self.everything_out()
            self.assertEqual(sum("does not watch" in line for line in second.said()), 1)

    def test_another_daemon(self):
        """Whoever has the lock is left alone, and followed."""
        with contextlib.ExitStack() as second:
            with self.paused():
                shutil.rmtree(daemon.FOLDER)
                second.enter_context(daemon.Daemon(log="second.log"))
            daemon.current = self.daemon

            def is_told():
                return self.lines("another gitdns-syncd watches for outages; ")
            daemon.wait_for(is_told)
            self.everything_is_found_out()
        self.restore(".")
        daemon.wait_for(self.made_again)
        self.everything_is_found_out()


if __name__ == "__main__":
    outage.main()
