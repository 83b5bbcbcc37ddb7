"""`gitdns drill --machine TIME`: DNS lives, and for the whole machine it is dead, until that is over.

DNS answers each name with an address of its own; the store has another for one of them.
"""

import json
import os
import signal
import subprocess
import time
import unittest

import lab
from lab import daemon, responder

LINE = f"files {lab.OUTAGE} dns gitdns"
NAME, ADDRESS = "held.example.net", "192.0.2.200"
LACKED, BY_DNS = "lacked.example.net", "198.51.100.7"
AGAIN = "Temporary failure in name resolution"
LEASE = 5  # seconds, as outage/forced.h has it
# Says of each line of its input what a look-up of that name gives.
RUNNING = """import socket, sys
for name in sys.stdin:
    try:
        print(socket.getaddrinfo(name.strip(), None, socket.AF_INET)[0][4][0], flush=True)
    except OSError as error:
        print(error.args[1], flush=True)
"""


def gitdns(*arguments):
    return subprocess.run([lab.program("GITDNS"), *arguments], capture_output=True, text=True)


def look_up(name):
    """An address, or why there is none; each in a process of its own."""
    done = subprocess.run([lab.python_of_all(), "-c", RUNNING], input=name, capture_output=True, text=True)
    return done.stdout.strip()


def is_drill():
    return daemon.board()[daemon.FORCED] == 3


class Machine(unittest.TestCase):
    def setUp(self):
        lab.set_hosts_line(LINE)
        self.daemon = self.enterContext(daemon.Daemon())

    def begin(self, duration):
        done = gitdns("drill", "--machine", duration)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def assertDrill(self):
        self.assertEqual((look_up(NAME), look_up(LACKED)), (ADDRESS, AGAIN))

    def assertNone(self):
        self.assertEqual(look_up(LACKED), BY_DNS)
        self.assertIn(look_up(NAME), (BY_DNS, "198.51.100.8"))

    def test_ended(self):
        asked = int(lab.tell_responder(f"queries {LACKED}"))
        self.assertRegex(self.begin("10m"), r"^outage +a drill: .* until \d{4}-\d\d-\d\dT\S+Z, in 1?\d+ \w+;")
        self.assertDrill()
        # Not even the nameservers hear of it, and after both leases it still goes on.
        self.assertEqual(int(lab.tell_responder(f"queries {LACKED}")), asked)
        time.sleep(LEASE + 1)
        self.assertDrill()
        status = gitdns("status").stdout
        self.assertIn("a drill: what the copy lacks is not asked of DNS", status)
        outage = json.loads(gitdns("status", "--json").stdout)["outage"]
        self.assertEqual(outage["forced"], "drill")
        self.assertRegex(outage["drill_ends"], r"^\d{4}-")
        self.assertIn("gitdns drill --end", gitdns("doctor").stdout)
        done = gitdns("drill", "--end")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNone()
        self.assertIn("the drill has ended", self.daemon.said())
        done = gitdns("drill", "--end")
        self.assertEqual((done.returncode, done.stderr), (1, "gitdns: drill: there is none\n"))

    def test_time_is_over(self):
        began = time.monotonic()
        self.begin("3s")
        self.assertDrill()
        daemon.wait_for(lambda: not is_drill())
        self.assertGreaterEqual(time.monotonic() - began, 3)
        self.assertNone()
        self.assertIn("the drill has ended: its time is over", self.daemon.said())

    def test_longer(self):
        """A second one takes the place of the first."""
        self.begin("2s")
        self.begin("1h")
        time.sleep(3.5)
        self.assertDrill()

    def test_running_process(self):
        """Follows within two seconds, begin and end."""
        process = subprocess.Popen([lab.python_of_all(), "-c", RUNNING], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)

        def says():
            process.stdin.write(f"{LACKED}\n")
            process.stdin.flush()
            return process.stdout.readline().strip()
        self.assertEqual(says(), BY_DNS)
        self.begin("10m")
        daemon.wait_for(lambda: says() == AGAIN)
        gitdns("drill", "--end")
        self.assertEqual(says(), BY_DNS)

    def test_daemon_stops(self):
        self.begin("10m")
        self.assertDrill()
        self.daemon.process.send_signal(signal.SIGTERM)
        self.daemon.process.wait(lab.HANG)
        self.assertNone()

    def test_daemon_is_killed(self):
        self.begin("10m")
        self.assertDrill()
        began = time.monotonic()
        self.daemon.kill()
        daemon.wait_for(lambda: look_up(LACKED) == BY_DNS, step=0.2)
        self.assertLess(time.monotonic() - began, LEASE + 5)

    def test_next_daemon(self):
        self.begin("10m")
        self.daemon.kill()
        with daemon.Daemon(log="next.log"):
            self.assertNone()

    def test_others_end_it(self):
        for word in ("auto", "off", "on"):
            self.begin("10m")
            self.assertEqual(gitdns("outage", word).returncode, 0)
            self.assertEqual(look_up(LACKED), BY_DNS, word)
            gitdns("outage", "auto")

    def test_not_asked_for(self):
        """Names that services behind DNS may know are asked for as ever."""
        self.begin("10m")
        self.assertEqual(look_up("single"), BY_DNS)
        self.assertEqual(look_up("localhost"), "127.0.0.1")
        self.assertEqual(look_up("in-files.example.net"), "192.0.2.200")

    def test_missed(self):
        """What was asked for in vain is kept for the lists, also where the end is read with it."""
        self.begin("10m")
        name = "wanted.example.org"
        lab.pause(self.daemon.process)
        self.addCleanup(self.daemon.process.send_signal, signal.SIGCONT)
        self.assertEqual(look_up(name), AGAIN)
        gitdns("drill", "--end")
        self.daemon.process.send_signal(signal.SIGCONT)
        daemon.wait_for(lambda: not is_drill())
        self.daemon.process.send_signal(signal.SIGTERM)
        self.daemon.process.wait(lab.HANG)
        self.assertIn(name, gitdns("names", "--missed").stdout.split())

    def test_refused(self):
        for arguments, status, why in (
                (["--machine", "0s"], 125, "takes a time"), (["--machine", "25h"], 125, "takes a time"),
                (["--machine", "soon"], 125, "takes a time"), (["--machine", "10"], 125, "takes a time"),
                (["--machine", "10m", "--end"], 125, "stand alone"),
                (["--machine", "10m", "--", "true"], 125, "stand alone")):
            with self.subTest(arguments=arguments):
                done = gitdns("drill", *arguments)
                self.assertEqual(done.returncode, status, done)
                self.assertRegex(done.stderr, rf"^gitdns: drill: [^\n]*{why}[^\n]*\n$")
        for line in ("files dns gitdns", "files gitdns_outage dns gitdns", "files dns gitdns_outage [TRYAGAIN=return]",
                     "files resolve [!UNAVAIL=return] gitdns_outage [TRYAGAIN=return] dns gitdns"):
            with self.subTest(line=line):
                lab.set_hosts_line(line)
                done = gitdns("drill", "--machine", "10m")
                self.assertEqual(done.returncode, 1, done)
                self.assertRegex(done.stderr, r"^gitdns: drill: the hosts line does not have gitdns_outage")
        lab.set_hosts_line(LINE)
        gitdns("outage", "on")
        done = gitdns("drill", "--machine", "10m")
        self.assertEqual((done.returncode, is_drill()), (1, False), done)
        self.assertIn("gitdns outage auto", done.stderr)
        gitdns("outage", "auto")

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_not_root(self):
        with open("/proc/self/uid_map") as uids:
            if uids.read().split()[2] == "1":
                self.skipTest("there is no other user here")
        for arguments in (["--machine", "10m"], ["--end"]):
            command = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", lab.program("GITDNS"), "drill"]
            if arguments == ["--end"]:
                self.begin("10m")
            done = subprocess.run([*command, *arguments], capture_output=True, text=True)
            self.assertEqual((done.returncode, is_drill()), (1, arguments == ["--end"]), done)
            self.assertIn("only root may decide that", done.stderr)


class NoDaemon(unittest.TestCase):
    def test_refused(self):
        lab.set_hosts_line(LINE)
        for arguments in (["--machine", "10m"], ["--end"]):
            done = gitdns("drill", *arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn("does gitdns-syncd run?", done.stderr)


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\noptions timeout:2 attempts:1\n")
    daemon.configure(private="yes")
    lab.make_store("/var/lib/gitdns", {NAME: ADDRESS})
    unittest.main(verbosity=2)
