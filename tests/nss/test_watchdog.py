"""systemd is told that gitdns-syncd lives as long as both of its threads do, and no longer."""

import glob
import os
import pathlib
import re
import select
import socket
import time

import lab
from lab import daemon, outage
from lab.held_thread import held, other_thread

NOTIFY = f"{lab.WORK}/notify"
HALF = 0.1  # seconds between two words
SOME = 5  # times that a word would have come, had there been one


class Watchdog(outage.WithDaemon):
    def setUp(self):
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.systemd.bind(NOTIFY)
        self.systemd.settimeout(lab.HANG)
        self.addCleanup(os.unlink, NOTIFY)
        self.addCleanup(self.systemd.close)
        os.environ["NOTIFY_SOCKET"] = NOTIFY
        os.environ["WATCHDOG_USEC"] = str(int(2 * HALF * 1000000))
        super().setUp()
        self.pid = self.daemon.process.pid
        # Before that, its threads are not there.
        self.wait_for_words(1)

    def words(self):
        """How many have come since the last time."""
        count = 0
        while select.select([self.systemd], [], [], 0)[0]:
            count += self.systemd.recv(65536) == b"WATCHDOG=1"
        return count

    def wait_for_words(self, count):
        while count > 0:
            count -= self.systemd.recv(65536) == b"WATCHDOG=1"

    def is_due(self):
        """The timer has gone off, and nobody has looked at it (proc(5), fdinfo)."""
        times = f"it_interval: (0, {int(HALF * 1e9)})"
        infos = [pathlib.Path(path).read_text() for path in glob.glob(f"/proc/{self.pid}/fdinfo/*")]
        return any(times in info and "ticks: 1\n" in info for info in infos)

    def woken(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/status") as file:
            return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", file.read(), re.M)[1])

    def test_both_go_on(self):
        self.wait_for_words(SOME)

    def test_watch_hangs(self):
        with held(other_thread(self.pid)):
            self.words()
            before = self.woken()
            daemon.wait_for(lambda: self.woken() >= before + SOME)
            self.assertEqual(self.words(), 0)
        self.wait_for_words(SOME)

    def test_main_hangs(self):
        with held(self.pid):
            # What it has asked for before may still be said.
            daemon.wait_for(self.is_due)
            self.force("on")
            self.words()
            end = time.monotonic() + SOME * HALF
            while time.monotonic() < end:
                self.force("auto")
                self.force("on")
            self.assertEqual(self.words(), 0)
        self.wait_for_words(SOME)

    def force(self, word):
        """The other thread does it: it is well."""
        daemon.force(word)
        daemon.wait_for(lambda: (daemon.board()[daemon.FORCED] == 0) == (word == "auto"))


if __name__ == "__main__":
    outage.main()
