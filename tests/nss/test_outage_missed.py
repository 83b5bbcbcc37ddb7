"""Names that look-ups of an outage asked for in vain: `gitdns names --missed`."""
import json
import os
import signal
import subprocess

import lab
from lab import daemon, outage

MISSED = "/var/lib/gitdns/missed"


def names(*arguments, prefix=()):
    return subprocess.run([*prefix, lab.program("GITDNS"), "names", "--missed", *arguments], capture_output=True, text=True)


def no_file():
    return not os.path.exists(MISSED)


class Missed(outage.WithDaemon):
    def setUp(self):
        if os.path.exists(MISSED):
            os.unlink(MISSED)
        daemon.configure()
        super().setUp()

    def ask_in_vain(self, name):
        before = daemon.board()[daemon.REPORTS]

        def is_reported():
            return daemon.board()[daemon.REPORTS] > before
        self.assertEqual(outage.look_up(name)[0], set())
        daemon.wait_for(is_reported)

    def restart(self):
        self.daemon.__exit__(None, None, None)
        self.daemon = daemon.Daemon()

    def missed(self):
        done = names()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_kept(self):
        """Those before it was known, and those after; not those of the copy; over a restart."""
        self.assertEqual(self.missed(), [])
        self.dns(".", "silent")
        self.ask_in_vain("first.missing.net")
        daemon.wait_for(daemon.everything_is_out)
        self.ask_in_vain("second.missing.net")
        self.assertEqual(outage.look_up("name-1.example.net")[0], {outage.RECORDS["name-1.example.net"]})
        self.restart()
        self.assertEqual(self.missed(), ["first.missing.net", "second.missing.net"])
        self.assertEqual(os.stat(MISSED).st_mode & 0o7777, 0o600)
        self.restart()
        self.assertEqual(self.missed(), ["first.missing.net", "second.missing.net"])
        self.assertEqual([name["name"] for name in json.loads(names("--json").stdout)["names"]],
                         ["first.missing.net", "second.missing.net"])

    def test_not_without_an_outage(self):
        """One name that fails while others are well is none of an outage."""
        self.dns("missing.net", "servfail")
        self.ask_in_vain("alone.missing.net")
        self.restart()
        self.assertEqual(self.missed(), [])

    def test_forced(self):
        daemon.force("on")
        daemon.wait_for(daemon.everything_is_out)
        self.dns("missing.net", "servfail")
        self.ask_in_vain("forced.missing.net")
        self.restart()
        self.assertEqual(self.missed(), ["forced.missing.net"])

    def test_switched_off(self):
        """At once, and the file goes; on again, too."""
        self.everything_out()
        self.ask_in_vain("first.missing.net")
        self.restart()
        self.assertEqual(self.missed(), ["first.missing.net"])
        with open(daemon.CONFIG, "a") as file:
            file.write("[outage]\nmissed = no\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for(no_file)
        self.ask_in_vain("second.missing.net")
        self.restart()
        self.assertTrue(no_file())
        self.assertEqual(self.missed(), [])

    def test_others(self):
        prefix = lab.programs.unprivileged()
        if prefix is None:
            self.skipTest("root is not to be given up")
        with open(MISSED, "w") as file:
            file.write("a.example.org\n")
        os.chmod(MISSED, 0o600)
        os.chown(MISSED, 65534, 65534)
        done = names(prefix=prefix)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, f"gitdns: {MISSED}: Permission denied\n")

    def test_hostile(self):
        """Whoever is user gitdns writes what they like."""
        with open(MISSED, "wb") as file:
            file.write(b"b.example.org\na.example.org\n\x1b[2J.example.org\n\0\nx y\nb.example.org\n")
        self.assertEqual(self.missed(), ["a.example.org", "b.example.org"])
        os.unlink(MISSED)
        os.mkfifo(MISSED)
        self.assertEqual(names().returncode, 1)
        os.unlink(MISSED)
        os.symlink("/etc/passwd", MISSED)
        self.assertEqual(names().returncode, 1)
        os.unlink(MISSED)

    def test_usage(self):
        for options in (["--why"], ["--home"], ["--root", "/"]):
            self.assertEqual(names(*options).returncode, 2)


if __name__ == "__main__":
    outage.main()
