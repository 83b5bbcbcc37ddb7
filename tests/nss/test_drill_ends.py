"""However `gitdns drill -- COMMAND` ends, nothing stays behind: no process, no mount, no file."""

import os
import random
import re
import signal
import time
import unittest

import lab
from lab import daemon, responder
from lab.drill import MODES, command_line, start

ROUNDS = 60
GRACE = 5  # seconds, as rehearsal.c has it
MARK = "gitdns-drill-mark"


def processes():
    """Those of a drill."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                if MARK.encode() in file.read():
                    found.append(int(entry))
        except OSError:
            pass  # it has ended, or is a zombie
    return found


def files():
    found = []
    for top in ("/run", "/etc", "/var", "/tmp"):
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if top != "/tmp" or re.search("drill|gitdns", name)]
            found += [f"{folder}/{name}" for name in names if top != "/tmp" or "drill" in folder + name]
    return sorted(found)


def state():
    with open("/proc/self/mounts") as mounts:
        return mounts.read(), files()


class Ends(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command_line(["true"])  # its copy of the program stays
        cls.before = state()

    def tearDown(self):
        daemon.wait_for(lambda: processes() == [])
        self.assertEqual(state(), self.before)

    def start(self, script, mode="refused", before=":", **options):
        """Once the command has said a word."""
        process = start(["sh", "-c", f"{before}; echo ready; {script}"], mode, env={**os.environ, "MARK": MARK},
                        start_new_session=True, **options)
        self.assertEqual(process.stdout.readline(), "ready\n")
        self.assertTrue(processes() != [] or process.poll() is not None)
        return process

    def finish(self, process):
        process.communicate(timeout=lab.HANG)
        return process.returncode

    def test_by_itself(self):
        for mode in MODES:
            self.assertEqual(self.finish(self.start("getent hosts server.example.net; exit 3", mode)), 3)

    def test_forks_away(self):
        """It is not waited for what the command has left, even if that holds its output open."""
        process = self.start("setsid sh -c 'trap \"\" TERM HUP INT; sleep 1000' & exit 5")
        self.assertEqual(self.finish(process), 5)

    def test_forks_away_twice(self):
        process = self.start("(setsid sleep 1000 >/dev/null 2>&1 & ) ; exit 0")
        self.assertEqual(self.finish(process), 0)

    def test_passed_on(self):
        for sent in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            process = self.start("while :; do sleep 0.05; done", before=f"trap 'exit 9' {sent.value}")
            process.send_signal(sent)
            self.assertEqual(self.finish(process), 9, sent)

    def test_dies_of_it(self):
        process = self.start("exec sleep 1000")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process), 128 + signal.SIGTERM)

    def test_ignores(self):
        """A command that does not heed SIGTERM is ended all the same, after a while."""
        process = self.start("while :; do sleep 0.05; done", before="trap '' TERM")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process), 128 + signal.SIGKILL)
        self.assertGreaterEqual(time.monotonic() - began, GRACE - 0.1)

    def test_ignored(self):
        """Under nohup(1) what has hung up ends nothing, after a while neither."""
        process = self.start(f"sleep {GRACE + 2}; exit 3",
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        self.assertEqual(self.finish(process), 3)

    def test_killed(self):
        process = self.start("trap '' TERM HUP; setsid sleep 1000 & wait")
        process.kill()
        self.assertEqual(self.finish(process), -signal.SIGKILL)

    def test_waits_for_dns(self):
        process = self.start("exec getent hosts server.example.net", "silent")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process), 128 + signal.SIGTERM)

    def test_any_moment(self):
        """A terminal's ^C goes to the whole group; kill(1) to one."""
        chance = random.Random(14)
        for _ in range(ROUNDS):
            mode = chance.choice(MODES)
            process = start(["sh", "-c", "sleep 1000 & getent hosts server.example.net; wait"], mode,
                            env={**os.environ, "MARK": MARK}, start_new_session=True)
            time.sleep(chance.uniform(0, 0.12))  # whenever that is
            sent = chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
            try:
                if chance.random() < 0.5:
                    os.killpg(process.pid, sent)
                else:
                    process.send_signal(sent)
                time.sleep(chance.uniform(0, 0.02))
            finally:
                process.kill()
            process.communicate(timeout=lab.HANG)
            daemon.wait_for(lambda: processes() == [])


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\noptions timeout:5 attempts:1\n")
    lab.set_hosts_line("files dns gitdns")
    lab.make_store("/var/lib/gitdns", {"server.example.net": "192.0.2.200"})
    unittest.main(verbosity=2)
