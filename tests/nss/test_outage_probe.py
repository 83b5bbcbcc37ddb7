"""`[outage] probe`: an outage that nobody has run into is known all the same, and nothing else is."""

import signal
import time

import lab
from lab import daemon, outage

EVERY = 5  # seconds, the least
# Until silence is one: resolv.conf's time-out and a second; the root's begins two seconds after the name's.
SURE = 2 + outage.TIMEOUT + 1
SOME = 3  # probes


class Probe(outage.WithDaemon):
    def set_probe(self, value, private="no"):
        """Has the daemon read it."""
        daemon.configure(private)
        with open(daemon.CONFIG, "a") as file:
            file.write(f"[outage]\nprobe = {value}\n")
        before = self.rounds()
        self.daemon.process.send_signal(signal.SIGHUP)

        def has_read_it():
            return self.rounds() > before
        daemon.wait_for(has_read_it)

    def rounds(self):
        return sum("/nowhere/" in line for line in self.daemon.said())

    def queries(self):
        return int(lab.tell_responder("queries"))

    def asks(self, times):
        """Waits until it has asked so often."""
        before = self.queries()

        def has_asked():
            return self.queries() - before >= times
        daemon.wait_for(has_asked)

    def test_no_victim(self):
        for mode in ("silent", "servfail", "refused"):
            with self.subTest(mode):
                self.set_probe(f"{EVERY}s")
                self.asks(1)
                self.dns(".", mode)
                took = daemon.wait_for(daemon.everything_is_out)
                self.assertEqual(daemon.board()[daemon.REPORTS], 0)
                print(f"{mode}: known after {took:.1f} s", end=" ", flush=True)
                self.assertLess(took, EVERY + SURE + lab.HANG / 10)
                self.assert_from_copy("name-1.example.net")
                self.restore(".")
                daemon.wait_for(outage.nothing_out)

    def test_nothing_is_out(self):
        """It asks for names of the copy, and for nothing that is made up."""
        before = set(lab.tell_responder("names").split())
        self.set_probe(f"{EVERY}s")
        self.asks(SOME)
        self.assertTrue(outage.nothing_out(), self.daemon.said())
        self.assertLessEqual(set(lab.tell_responder("names").split()) - before, set(outage.RECORDS))

    def test_one_name_is_dead(self):
        """Nobody waits for it: it is neither out, nor asked about again and again."""
        lab.make_store("/var/lib/gitdns", {"name-0.example.net": outage.RECORDS["name-0.example.net"]})
        self.addCleanup(lab.make_store, "/var/lib/gitdns", outage.RECORDS)
        self.dns("@name-0.example.net", "servfail")
        self.set_probe(f"{EVERY}s")

        def is_asked():
            return self.asked("name-0.example.net") != "0"
        daemon.wait_for(is_asked)
        self.assertTrue(outage.nothing_out(), self.daemon.said())

    def test_off(self):
        self.set_probe(f"{EVERY}s")
        self.asks(1)
        self.set_probe("0")
        time.sleep(1)  # what was under way
        before = self.queries()
        time.sleep(EVERY + 1)
        self.assertEqual(self.queries(), before)

    def test_private(self):
        """Nobody is told what a private registry holds."""
        self.set_probe(f"{EVERY}s", private="yes")
        time.sleep(1)
        before = self.queries()
        time.sleep(EVERY + 1)
        self.assertEqual(self.queries(), before)


outage.main()
