"""gitdns-syncd on a machine that has just booted or woken: a round that is due waits until the network may be there. What
takes no network does not wait, nor does a machine without a copy, nor what a person asks for."""
import os
import re
import shutil
import subprocess

import lab
from lab.registry import DAY, now
from lab.several import Several

NETWORK_LATE = 60  # seconds, of syncd/schedule.h
TRIES = 5  # of which a busy machine lets one come in time
REGISTRIES = ("top", "local")  # by http, and a folder of this machine


def uptime():
    with open("/proc/uptime", encoding="ascii") as file:
        return int(float(file.read().split()[0]))


class Suspend(Several):
    def setUp(self):
        super().setUp()
        self.suspended = self.folder / "suspended"
        self.configure("top", self.section("local", url=(self.published / "local").as_uri()))
        self.good_sync()
        self.newest = 44

    def publish_both(self):
        self.newest += 1
        for name in REGISTRIES:
            self.publish(name, self.newest)

    def set_state(self, **fields):
        for name in REGISTRIES:
            state = self.place(name) / "state"
            text = state.read_text()
            for field, value in fields.items():
                text = re.sub(rf"^{field} \d+", f"{field} {value}", text, flags=re.M)
            state.write_text(text)

    def sleeps(self):
        """The daemon starts, and the machine sleeps through the time at which both are due. Their serials are new.
        When it woke, at the soonest."""
        for _ in range(TRIES):
            self.publish_both()
            self.suspended.write_text("")
            due = now() + 5
            self.set_state(next=due)
            self.start(LD_PRELOAD=lab.program("LATE_CLOCK"), LATE_CLOCK=str(self.suspended),
                       ASAN_OPTIONS="verify_asan_link_order=0")
            self.status_until("READY=1")
            woke = now()
            os.truncate(self.suspended, 8 * DAY)
            if now() < due:
                return woke
            self.stop()
        self.skipTest("this machine is too busy")

    def boots(self, seconds):
        """The daemon starts on a machine that has run for so long."""
        offset = str(seconds - uptime())
        prefix = ["unshare", "-UrT", "--monotonic", offset]
        if shutil.which("unshare") is None or subprocess.run([*prefix, "true"], check=False,
                                                             capture_output=True).returncode != 0:
            self.skipTest("no time namespaces here")
        self.start(*prefix)

    def processor_seconds(self):
        with open(f"/proc/{self.daemon.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def comes(self, name):
        self.status_until(f"{name}: serial {self.newest}")

    def test_wakes(self):
        asked = len(self.server.requests)
        woke = self.sleeps()
        self.comes("local")
        self.assertEqual(len(self.server.requests), asked)
        self.comes("top")
        # In whole seconds of another clock.
        self.assertGreaterEqual(now(), woke + NETWORK_LATE - 1)
        # It has not looked at its clock all the time.
        self.assertLess(self.processor_seconds(), 5)
        self.assertEqual(len(self.stop()), 2)

    def test_wakes_again_and_again(self):
        """And is never awake for as long: a minute in all is enough."""
        self.sleeps()
        self.comes("local")
        for days in range(9, 9 + lab.HANG):
            try:
                self.systemd.settimeout(5)
                self.comes("top")
                return
            except TimeoutError:
                os.truncate(self.suspended, days * DAY)
        self.fail("it never comes")

    def test_boots(self):
        asked = len(self.server.requests)
        self.publish_both()
        self.set_state(next=now() - DAY)
        self.boots(NETWORK_LATE - 10)
        self.comes("local")
        self.assertEqual(len(self.server.requests), asked)
        self.comes("top")

    def test_boots_with_a_clock_that_is_behind(self):
        """So that the round is due, and its time is far away."""
        self.publish_both()
        self.set_state(last=now() + DAY, next=now() + 8 * DAY)
        self.boots(NETWORK_LATE - 10)
        self.comes("top")

    def in_time(self, what):
        """Something that ends before a round that waits would begin."""
        for _ in range(TRIES):
            until = what()
            self.comes("top")
            if now() < until:
                return
            self.stop()
        self.fail("never before the minute was over")

    def test_who_asks(self):
        def asks():
            woke = self.sleeps()
            self.comes("local")
            self.reload()
            return woke + NETWORK_LATE - 1
        self.in_time(asks)

    def test_without_a_copy(self):
        def arrives():
            self.publish_both()
            for name in REGISTRIES:
                shutil.rmtree(self.place(name))
            begun = now()
            self.boots(1)
            return begun + NETWORK_LATE - 2
        self.in_time(arrives)


if __name__ == "__main__":
    lab.main()
