"""What `gitdns doctor` says of the daemon, of the outage that it knows of, and of whose resolv.conf that
is."""

import os
import shutil
import signal

import lab
from lab import daemon
from lab.doctor import ANSWER, GOOD, HIT, NAME, OUTAGE, Healthy, addresses, gitdns, main
from lab.programs import run


class Outage(Healthy):
    def test_daemon(self):
        self.stop()
        mend = self.finds(1, "gitdns-syncd does not run")
        self.assertEqual(mend, ["gitdns-syncd &"])
        os.makedirs("/etc/init.d", exist_ok=True)
        os.chmod(lab.write("/etc/init.d/gitdns-syncd", ""), 0o755)
        mend = self.finds(1, "gitdns-syncd does not run")
        self.assertEqual(mend, ["service gitdns-syncd start"])
        os.unlink("/etc/init.d/gitdns-syncd")
        self.assertIn(10, self.known())
        self.start()
        for word, what in (("off", "no outage"), ("on", "is an outage")):
            run(lab.program("GITDNS"), "outage", word)
            self.mends(1, what)

    def known(self):
        return {way["known_seconds"] for way in gitdns("doctor")[1]["ways"]}

    def test_known_at_once_in_a_good_line_only(self):
        for line in (f"files dns {OUTAGE} gitdns", "files gitdns_outage dns gitdns", "files dns",
                     f"files {OUTAGE} dns myhostname gitdns"):
            lab.set_hosts_line(line)
            self.assertIn(10, self.known(), line)
        lab.set_hosts_line(GOOD)
        self.assertEqual(self.known(), {0})

    def test_another_resolv_conf(self):
        """The module does not take the board's word for it."""
        other = lab.write(f"{lab.WORK}/resolv", lab.resolv_conf("good"))
        wrapper = lab.within({"/etc/resolv.conf": other}, [])
        run(lab.program("GITDNS"), "outage", "on")
        status, found = gitdns("doctor", wrapper=wrapper)
        self.assertEqual((status, found["outage"]["here"]), (1, False))
        self.assertIn("another resolv.conf", found["problems"][-1]["what"])
        self.assertIn(10, {way["known_seconds"] for way in found["ways"]})
        self.finds(1, "is an outage")
        self.assertEqual(addresses(NAME), {HIT})
        self.assertEqual(addresses(NAME, wrapper), ANSWER)
        run(lab.program("GITDNS"), "outage", "auto")
        os.unlink("/etc/resolv.conf")
        self.finds(1, "No such file")

    def test_resolv_conf_is_a_fifo(self):
        """Whoever opened it would wait for a writer."""
        os.unlink("/etc/resolv.conf")
        os.mkfifo("/etc/resolv.conf")
        self.assertEqual(self.finds(1, "/etc/resolv.conf: Invalid argument"),
                         ["write /etc/resolv.conf, see resolv.conf(5)"])

    def elsewhere(self, wrapper=()):
        """Whether doctor finds that the daemon asks by another resolv.conf; so says status."""
        status, found = gitdns("doctor", wrapper=wrapper)
        self.assertEqual(gitdns("status", wrapper=wrapper)[1]["outage"]["here"],
                         found["outage"]["here"])
        whats = [problem["what"] for problem in found["problems"]]
        self.assertEqual(whats, [what for what in whats if "stays closed here" in what])
        self.assertEqual((status, found["outage"]["here"], 10 in
                          {way["known_seconds"] for way in found["ways"]}),
                         (1, False, True) if whats else (0, True, False))
        return whats != []

    def test_another_resolv_conf_while_all_is_well(self):
        """The daemon, which has nothing to do, tells of the file as it is now, and asks nobody."""
        self.stop()
        shutil.rmtree(daemon.FOLDER)  # what the daemon of an earlier test suspected
        self.start()
        queries = lab.tell_responder("queries")
        other = lab.write(f"{lab.WORK}/resolv", lab.resolv_conf("good"))
        wrapper = lab.within({"/etc/resolv.conf": other}, [])
        for _ in range(3):
            self.assertEqual([self.elsewhere(), self.elsewhere(wrapper)], [False, True])
            lab.set_dns("good")
        # A container that has the file bound into it goes on seeing the one that was replaced.
        os.link("/etc/resolv.conf", "/etc/resolv.conf.bound")
        within = lab.within({"/etc/resolv.conf": "/etc/resolv.conf.bound"}, [])
        self.assertFalse(self.elsewhere(within))
        lab.set_dns("good")
        self.assertEqual([self.elsewhere(within), self.elsewhere()], [True, False])
        self.assertEqual(gitdns("doctor")[1]["outage"]["reports"], 0)
        self.assertEqual(lab.tell_responder("queries"), queries)

    def test_a_look_opens_no_gate(self):
        """DNS is asked by the file that the board is about, however often someone has it look."""
        other = lab.write(f"{lab.WORK}/resolv", lab.resolv_conf("good"))
        wrapper = lab.within({"/etc/resolv.conf": other}, [])
        self.assertFalse(self.elsewhere())
        lab.set_dns("closed-port")
        gitdns("status")
        self.assertFalse(gitdns("doctor")[1]["outage"]["everything"])
        addresses(NAME)

        def is_out():
            gitdns("status", wrapper=wrapper)
            return gitdns("status")[1]["outage"]["everything"]
        daemon.wait_for(is_out)
        self.assertEqual(addresses(NAME, wrapper), ANSWER)
        self.assertEqual(gitdns("explain", NAME)[1]["now"]["service"], "gitdns_outage")
        lab.set_dns("good")
        gitdns("status")
        self.assertEqual(addresses(NAME), ANSWER)

    def test_a_daemon_that_is_stuck(self):
        """What it would ask by is not known."""
        lab.pause(self.daemon.process)
        try:
            lab.set_dns("good")
            self.assertTrue(gitdns("status")[1]["outage"]["here"])
            self.assertEqual(self.finds(1, "gitdns-syncd does not answer"),
                             ["end gitdns-syncd (SIGKILL), then gitdns-syncd &"])
        finally:
            os.kill(self.daemon.process.pid, signal.SIGCONT)


if __name__ == "__main__":
    main()
