"""What a resolver that fails on purpose learns of a private registry: the names that this machine has
asked it for, and no other."""

import os
import signal
import time

import lab
from lab import daemon, outage, responder

# Names and addresses that a public registry may not hold; and some that it may.
SPECIAL = {f"secret-{i}.corp.internal": f"10.0.0.{i + 1}" for i in range(200)}
USUAL = {f"secret-{i}.corp.example.net": f"192.88.98.{i + 1}" for i in range(200)}
INNER = {f"inner-{i}.corp.example.net": f"{'192.88.98.9 ' if i % 2 else ''}10.0.0.{i + 1}" for i in range(200)}
LONG = 18  # seconds, in which everything that is out is asked about three times and more


class Private(outage.WithDaemon):
    def set_private(self, word):
        self.end()
        daemon.configure(word)
        self.daemon = daemon.Daemon()
        self.daemon.process.send_signal(signal.SIGHUP)

        def has_had_its_round():
            return any("/nowhere/" in line for line in self.daemon.said())
        daemon.wait_for(has_had_its_round)

    def learnt(self):
        """The names of the copy that were asked for, and those below which one was made up."""
        asked = set(lab.tell_responder("names").split())
        return {name for name in SPECIAL | USUAL | INNER
                if any(one == name or one.endswith(f".{name}") for one in asked)}

    def check_modes(self):
        """What is reported is for root and the daemon, and nobody else holds its locks or writes the board."""
        modes = {name: os.stat(f"{daemon.FOLDER}/{name}").st_mode & 0o777 for name in ("names", "lock", "outage")}
        self.assertEqual(modes, {"names": 0o600, "lock": 0o600, "outage": 0o644})

    def check(self, records, wanted):
        lab.make_store("/var/lib/gitdns", records)
        before = self.learnt()
        self.dns(".", "servfail")
        for name in wanted:
            self.assertEqual(outage.look_up(name)[0], {records[name]})
        daemon.wait_for(daemon.everything_is_out)
        time.sleep(LONG)
        self.assertTrue(daemon.everything_is_out())
        self.check_modes()
        learnt = self.learnt() - before
        # What came from the copy at once, as everything was out already, need not have been asked for.
        self.assertTrue(learnt & set(wanted), learnt)
        return learnt

    def test_special_names(self):
        """Whatever the setting says: they may have come since the last round."""
        self.set_private("no")
        wanted = ["secret-7.corp.internal"]
        self.assertLessEqual(self.check(SPECIAL, wanted), set(wanted))

    def test_private(self):
        self.set_private("yes")
        wanted = ["secret-8.corp.example.net", "secret-9.corp.example.net"]
        self.assertLessEqual(self.check(USUAL, wanted), set(wanted))

    def test_some(self):
        """A registry of both: names with a private address are as those of a private one, and the others serve to
        find out what is out."""
        self.set_private("some")
        wanted = ["inner-4.corp.example.net"]
        learnt = self.check(INNER | USUAL, wanted)
        self.assertLessEqual(learnt & INNER.keys(), set(wanted))
        self.assertTrue(learnt & USUAL.keys())

    def asked_for(self, names):
        """How often the nameservers were asked for each of them, and what below it."""
        below = {one for one in lab.tell_responder("names").split() if one.endswith(tuple(f".{name}" for name in names))}
        return {name: lab.tell_responder(f"queries {name}") for name in names}, below

    def test_another_network(self):
        """Whose resolver nobody here has asked for what the one before was asked for."""
        self.set_private("yes")
        wanted = ["secret-12.corp.example.net", "secret-13.corp.example.net"]
        self.check(USUAL, wanted)
        stamp = daemon.board()[6:8]
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['servfail']}\noptions timeout:1 attempts:1\n")

        def is_noticed():
            return daemon.board()[6:8] != stamp
        daemon.wait_for(is_noticed)
        told = self.asked_for(wanted)
        time.sleep(LONG)
        self.assertEqual(self.asked_for(wanted), told)
        self.assertEqual(outage.look_up("secret-14.corp.example.net")[0], {USUAL["secret-14.corp.example.net"]})
        daemon.wait_for(daemon.everything_is_out)
        self.assertEqual(self.asked_for(wanted), told)

    def test_public(self):
        """As SECURITY.md says of them."""
        self.set_private("no")
        wanted = ["secret-10.corp.example.net"]
        self.assertTrue(self.check(USUAL, wanted) - set(wanted))

    def test_back(self):
        self.set_private("yes")
        self.check(USUAL, ["secret-11.corp.example.net"])
        self.restore(".")
        daemon.wait_for(outage.nothing_out)


outage.main()
