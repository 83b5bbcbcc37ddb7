"""gitdns-syncd as a daemon: when it runs rounds, what signals do, what it tells systemd."""
import fcntl
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import time

import lab
from lab import faults
from lab.registry import Registry, make_text, now
from lab.served import Served

PATIENCE = lab.HANG
TRIES = 5  # of which a busy machine lets one come in time
UMASK = "95" if platform.machine() == "x86_64" else "166"  # the system call


class Daemon(Served):
    def setUp(self):
        super().setUp()
        self.daemon = None
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.systemd.bind(str(self.folder / "notify"))
        self.systemd.settimeout(PATIENCE)
        self.addCleanup(self.systemd.close)

    def start(self, *prefix, **more):
        command = [*prefix, *(word for word in self.client.command() if word != "--once")]
        environment = {**lab.plain_environment(), "NOTIFY_SOCKET": str(self.folder / "notify"), **more}
        self.daemon = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment)
        self.addCleanup(self.end)

    def end(self):
        if self.daemon.poll() is None:
            self.daemon.kill()
        self.daemon.wait()
        self.daemon.stderr.close()

    def notified(self):
        return self.systemd.recv(4096).decode()

    def notified_until(self, text):
        for _ in range(10):
            message = self.notified()
            if text in message:
                return
        self.fail(f"systemd was not told {text!r}")

    def stop(self, number=signal.SIGTERM):
        """Ends it and returns what it wrote."""
        self.daemon.send_signal(number)
        self.assertEqual(self.daemon.wait(PATIENCE), 0)
        return self.daemon.stderr.read().decode().splitlines()

    def state(self):
        return dict(line.split(" ", 1) for line in (self.client.store / "state").read_text().splitlines())

    def test_first_round(self):
        self.start()
        self.assertEqual(self.notified(), "READY=1")
        self.assertEqual(self.notified(), "STATUS=top-sites: a round is under way")
        self.assertEqual(self.notified(), f"STATUS=top-sites: serial 41, 60 names, from {self.server.url}")
        self.assertEqual(self.stop(), [f"gitdns-syncd: top-sites: serial 41, 60 names, from {self.server.url}"])
        self.assertEqual(self.notified(), "STOPPING=1")

    def test_interval(self):
        """Seven days and up to a tenth, the same again after the next round."""
        self.start()
        self.notified_until("serial 41")
        first = self.state()
        self.daemon.send_signal(signal.SIGHUP)
        self.notified_until("up to date")
        self.stop()
        delays = [int(state["next"]) - int(state["last"]) for state in (first, self.state())]
        self.assertEqual(delays[0], delays[1])
        self.assertTrue(604800 <= delays[0] <= 604800 + 60480, delays)

    def test_waits_after_a_restart(self):
        self.client.sync()
        asked = len(self.server.requests)
        self.start()
        self.assertEqual(self.notified(), "READY=1")
        time.sleep(0.3)
        self.stop()
        self.assertEqual(len(self.server.requests), asked)

    def test_due_at_start(self):
        """Also where the clock has been set back, and with a state file that says nothing."""
        self.client.sync()
        today = now()
        for last, after in ((today - 700000, today - 1), (today + 3600, today + 600000),
                            (today - 10, today + 9 * 604800)):
            text = re.sub(r"last \d+\ngood (\d+)\nnext \d+", rf"last {last}\ngood \1\nnext {after}", (self.client.store / "state").read_text())
            (self.client.store / "state").write_text(text)
            self.start()
            self.notified_until("up to date")
            self.stop()
        (self.client.store / "state").write_bytes(os.urandom(300))
        self.start()
        self.notified_until("up to date")
        self.stop()

    def test_failures_in_a_row(self):
        """1 minute, doubling, across restarts."""
        self.registry.set_head("none")
        for failures in range(1, 5):
            if failures > 1:
                text = re.sub(r"next \d+", f"next {now() - 1}", (self.client.store / "state").read_text())
                (self.client.store / "state").write_text(text)
            self.start()
            self.notified_until("not a serial")
            lines = self.stop()
            self.assertEqual(lines, [f"gitdns-syncd: {self.server.url}HEAD: not a serial; no registry yet"])
            state = self.state()
            self.assertEqual(int(state["failures"]), failures)
            self.assertEqual(int(state["next"]) - int(state["last"]), 60 << (failures - 1))

    def test_sighup(self):
        self.start()
        self.notified_until("serial 41")
        self.registry.publish(42, make_text(61))
        self.daemon.send_signal(signal.SIGHUP)
        self.notified_until("serial 42")
        self.client.config.write_text("[registry]\nname = Nobody\n")
        self.daemon.send_signal(signal.SIGHUP)
        self.notified_until("up to date")
        lines = self.stop()
        self.assertEqual(len(lines), 4, lines)
        self.assertEqual(lines[2], f"gitdns-syncd: {self.client.config}:2: not a registry's name (1 to 64 of "
                                   "a-z 0-9 . -); goes on with the configuration as it was")

    def test_sighup_while_it_starts(self):
        """Held up between its configuration and its first round."""
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        self.client.sync()
        self.start("strace", "-D", "-qq", "-o", "/dev/null", "-e", "trace=umask", "-e",
                   "inject=umask:delay_enter=2000000")
        call = pathlib.Path(f"/proc/{self.daemon.pid}/syscall")
        for _ in range(100 * PATIENCE):
            if call.read_text().split()[0] == UMASK:
                break
            time.sleep(0.01)
        self.daemon.send_signal(signal.SIGHUP)
        self.notified_until("up to date")
        self.stop()

    def test_new_configuration(self):
        self.start()
        self.notified_until("serial 41")
        Registry(self.registry.folder, self.key, "other").publish(7, make_text(20))
        self.client.configure([self.server.url], [self.key.public], name="other")
        self.daemon.send_signal(signal.SIGHUP)
        self.notified_until("other: serial 7")
        self.stop()

    def test_sigterm_in_a_transfer(self):
        self.client.sync()
        before = self.client.octets(), self.state()
        self.registry.publish(42, make_text(60))
        for file in ("HEAD", "42/manifest", "42/snapshot.gz"):
            self.server.rules = {f"/{file}": lambda request: request.server.over.wait(PATIENCE)}
            self.server.requests.clear()
            self.start()
            self.notified_until("READY=1")
            self.daemon.send_signal(signal.SIGHUP)
            self.wait_for_request(f"/{file}")
            lines = self.stop(signal.SIGINT)
            self.assertEqual(lines, [f"gitdns-syncd: {self.server.url}{file}: stopped; kept serial 41"])
            self.assertEqual((self.client.octets(), self.state()), before)
            self.notified_until("STOPPING=1")

    def test_reload_is_told(self):
        """Also of a configuration that is not taken: else systemd would wait for ever."""
        self.start()
        self.notified_until("serial 41")
        for text in (self.client.config.read_text(), "[registry]\nname = Nobody\n"):
            self.client.config.write_text(text)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            self.daemon.send_signal(signal.SIGHUP)
            reloading = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", self.notified())
            self.assertTrue(before <= int(reloading[1]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
            self.assertEqual(self.notified(), "READY=1")
            self.notified_until("up to date")
        self.stop()

    def test_watchdog(self):
        """Without a watch for outages the main thread is all that there is."""
        self.start(WATCHDOG_USEC="200000")
        for _ in range(3):
            self.notified_until("WATCHDOG=1")
        self.stop()

    def test_watchdog_without_threads(self):
        """A round takes as long as it may: systemd is to wait that long, and no longer once it is over."""
        if not lab.strace_works():
            self.skipTest("strace is not installed, or not allowed here")
        strace, *rest = faults.prefix("/dev/null", "?clone,?clone3", "?clone,?clone3:error=EAGAIN", follow=True)
        self.start(strace, "-D", *rest, WATCHDOG_USEC="600000000")
        self.assertEqual(self.notified(), "READY=1")
        self.assertEqual(self.notified(), f"WATCHDOG=1\nWATCHDOG_USEC={(600 + 240) * 1000000}")
        self.assertEqual(self.notified(), "WATCHDOG=1\nWATCHDOG_USEC=600000000")
        self.notified_until("serial 41")
        self.stop()

    def wait_for_request(self, path):
        for _ in range(PATIENCE * 100):
            if any(request[0] == path for request in self.server.requests):
                return
            time.sleep(0.01)
        self.fail(f"{path} was not asked for")

    def test_sigterm_while_a_store_is_made(self):
        self.client.sync()
        before = self.client.octets()
        shutil.copytree(self.client.store, self.folder / "before", symlinks=True)
        self.registry.publish(42, make_text(200000, 1))
        for _ in range(TRIES):
            lines = self.stop_while_a_store_is_made()
            if self.client.octets() == before:
                break
            shutil.rmtree(self.client.store)
            shutil.copytree(self.folder / "before", self.client.store, symlinks=True)
        self.assertEqual(lines, [f"gitdns-syncd: {self.server.url}42/snapshot.gz: stopped; kept serial 41"])
        self.assertEqual(self.client.octets(), before)
        self.assertEqual(self.client.sync().status, 0)
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def stop_while_a_store_is_made(self):
        self.start()
        self.notified_until("READY=1")
        self.daemon.send_signal(signal.SIGHUP)
        for _ in range(PATIENCE * 1000):
            if (self.client.store / "serials/42.cdb.new").exists():
                break
            time.sleep(0.001)
        return self.stop()

    def test_sleeps(self):
        """Nothing wakes it but its timer and signals, once it has come to rest."""
        self.start()
        self.notified_until("serial 41")
        for _ in range(20):
            switches = self.switches()
            time.sleep(1.5)
            if self.switches() == switches:
                break
        self.assertEqual(self.switches(), switches)
        self.stop()

    def switches(self):
        return pathlib.Path(f"/proc/{self.daemon.pid}/status").read_text().split("ctxt_switches:")[1:]

    def test_wakes_at_its_time(self):
        self.client.sync()
        due = now() + 3
        text = re.sub(r"next \d+", f"next {due}", (self.client.store / "state").read_text())
        (self.client.store / "state").write_text(text)
        self.start()
        self.assertEqual(self.notified(), "READY=1")
        self.notified_until("up to date")
        self.assertGreaterEqual(now(), due)
        self.stop()

    def test_once_beside_it(self):
        """A round by hand between two of the daemon's counts for it too."""
        self.client.sync()
        due = now() + 6
        text = re.sub(r"next \d+", f"next {due}", (self.client.store / "state").read_text())
        (self.client.store / "state").write_text(text)
        self.start()
        self.assertEqual(self.notified(), "READY=1")
        lab.pause(self.daemon)
        self.assertEqual(self.client.sync().status, 0)
        asked = len(self.server.requests)
        self.daemon.send_signal(signal.SIGCONT)
        time.sleep(max(0, due - now()) + 1)
        self.stop()
        self.assertEqual(len(self.server.requests), asked)

    def test_state_that_cannot_be_written(self):
        """It waits for its next round, although the file says that one is due."""
        self.client.sync()
        text = re.sub(r"next \d+", f"next {now() - 1}", (self.client.store / "state").read_text())
        (self.client.store / "state").write_text(text)
        other = os.open(self.client.store / "lock", os.O_RDWR)
        fcntl.flock(other, fcntl.LOCK_EX)
        self.addCleanup(os.close, other)
        self.start()
        self.notified_until("another gitdns-syncd")
        time.sleep(0.5)
        self.assertEqual(len(self.stop()), 1)

    def test_clock_that_is_set(self):
        """timerfd_settime(2), NOTES: the call that follows says ECANCELED, and the timer is set anew."""
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        self.client.sync()
        text = re.sub(r"next \d+", f"next {now() + 3}", (self.client.store / "state").read_text())
        (self.client.store / "state").write_text(text)
        self.start("strace", "-D", "-qq", "-o", "/dev/null", "-e", "trace=timerfd_settime",
                   "-e", "inject=timerfd_settime:error=ECANCELED:when=1")
        self.notified_until("up to date")
        self.stop()

    def test_no_directory(self):
        self.client.store.rmdir()
        self.start()
        self.notified_until("No such file or directory")
        time.sleep(0.5)
        self.assertEqual(len(self.stop()), 1)

    def test_no_configuration(self):
        self.client.config.write_text("")
        self.start()
        self.assertEqual(self.daemon.wait(PATIENCE), 2)


if __name__ == "__main__":
    lab.main()
