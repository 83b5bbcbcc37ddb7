"""gitdns-syncd on a machine that has slept: what came due meanwhile waits until the network may be back, which takes
no network does not wait, nor does what a person asks for."""
import os
import re
import threading

import lab
from lab.registry import DAY, now
from lab.several import Several

NETWORK_LATE = 60  # seconds, of syncd/schedule.h
TRIES = 5  # of which a busy machine lets one come in time


class Suspend(Several):
    def setUp(self):
        super().setUp()
        self.suspended = self.folder / "suspended"
        self.configure("top", self.section("local", url=(self.published / "local").as_uri()))
        self.good_sync()

    def sleeps(self):
        """The daemon starts, and the machine sleeps through the time at which both are due. Their serials are new.
        When it woke, at the soonest."""
        for name in ("top", "local"):
            self.publish(name, 50)
        for _ in range(TRIES):
            self.suspended.write_text("")
            due = now() + 10
            for name in ("top", "local"):
                state = self.place(name) / "state"
                state.write_text(re.sub(r"next \d+", f"next {due}", state.read_text()))
            self.start(LD_PRELOAD=lab.program("LATE_CLOCK"), LATE_CLOCK=str(self.suspended),
                       ASAN_OPTIONS="verify_asan_link_order=0")
            self.status_until("READY=1")
            woke = now()
            os.truncate(self.suspended, 8 * DAY)
            if now() < due:
                return woke
            self.stop()
        self.skipTest("this machine is too busy")

    def test_network_may_be_late(self):
        asked = len(self.server.requests)
        woke = self.sleeps()
        self.status_until("local: serial 50")
        self.assertEqual(len(self.server.requests), asked)
        self.status_until("top: serial 50")
        # In whole seconds of another clock.
        self.assertGreaterEqual(now(), woke + NETWORK_LATE - 1)
        self.assertEqual(len(self.stop()), 2)

    def test_who_asks(self):
        """Of a machine that sleeps again and again, and never is awake for as long."""
        over = threading.Event()

        def again():
            for days in range(9, 9 + lab.HANG):
                if over.wait(1):
                    return
                os.truncate(self.suspended, days * DAY)
        self.sleeps()
        thread = threading.Thread(target=again)
        self.addCleanup(thread.join)
        self.addCleanup(over.set)
        thread.start()
        self.status_until("local: serial 50")
        self.reload()
        self.status_until("top: serial 50")


if __name__ == "__main__":
    lab.main()
