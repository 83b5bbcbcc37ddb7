"""gitdns_outage with gitdns-syncd at work: one look-up notices an outage, the others are instant."""

import os
import subprocess
import time

import lab
from lab import daemon, responder
from lab.outage import (FROM_DNS, RECORDS, TIMEOUT, WithDaemon, look_up, main,
                        nothing_out, settled)

OTHERS = ["other.example.com", "third.example.org"]


class Outage(WithDaemon):
    def test_every_way_to_fail(self):
        for mode in ("silent", "servfail", "refused", "notimp", "garbage-short"):
            with self.subTest(mode=mode):
                self.everything_out(mode)
                for name in list(RECORDS)[:10]:
                    self.assert_from_copy(name)
                self.restore(".")
                subprocess.run([lab.program("GITDNS"), "outage", "off"], check=True,
                               stdout=subprocess.DEVNULL)
                subprocess.run([lab.program("GITDNS"), "outage", "auto"], check=True,
                               stdout=subprocess.DEVNULL)
                self.assert_from_dns("name-1.example.net")
                time.sleep(1.1)  # a report a second

    def test_dead_over_tcp(self):
        """UDP says to ask over TCP, where nobody answers: glibc would wait, and so it is an outage."""
        for mode in ("silent-tcp", "truncated-reset"):
            with self.subTest(mode=mode):
                self.dns(".", mode)
                self.report_until_out("name-0.example.net")
                self.assert_from_copy("name-1.example.net")
                self.dns(".", "truncated-good")
                daemon.wait_for(nothing_out)

    def test_closed_port(self):
        lab.set_dns("closed-port")
        look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out)
        self.assert_from_copy("name-1.example.net")

    def test_unknown_names_and_families(self):
        """A known name without an address of the family does not wait either; an unknown one does."""
        self.everything_out()
        with self.without_dns("v4.example.net"):
            result = lab.probe("good", ["v4.example.net"])
        self.assertEqual(result["v4.example.net", "getaddrinfo inet6"],
                         "EAI_AGAIN h_errno=TRY_AGAIN")
        with self.without_dns("v4.example.net"):
            addresses, status, _ = look_up("v4.example.net", "hosts")
        self.assertEqual((addresses, status), ({"192.88.98.202"}, 0))
        addresses, status, seconds = look_up("unknown.example.net")
        self.assertEqual((addresses, status), (set(), 2))
        self.assertGreaterEqual(seconds, 0.9)

    def names_shown(self):
        done = subprocess.run([lab.program("GITDNS"), "outage"], stdout=subprocess.PIPE, text=True,
                              timeout=lab.HANG)
        self.assertEqual(done.returncode, 0)
        return done.stdout

    def test_names_are_no_names(self):
        """What the daemon's user can put in their file's place holds nobody up."""
        path = f"{daemon.FOLDER}/names"
        self.dns("example.net", "silent")
        look_up("name-0.example.net")
        daemon.wait_for(settled)

        def is_shown():  # written once a second
            return "example.net and all below it, since" in self.names_shown()
        daemon.wait_for(is_shown)
        os.unlink(path)
        os.mkfifo(path)
        self.assertNotIn("since 2", self.names_shown().partition("\n")[2])
        os.unlink(path)
        lab.write(f"{lab.WORK}/secret", "1 not.for.you\n")
        os.symlink(f"{lab.WORK}/secret", path)
        self.assertNotIn("not.for.you", self.names_shown())
        os.unlink(path)
        with open(path, "w") as file:
            file.write("1 -\n")
            file.truncate(1 << 40)
        self.assertNotIn("-,", self.names_shown())

    def test_one_domain(self):
        self.dns("example.net", "silent")
        self.assertEqual(look_up("name-0.example.net")[0], {"192.88.98.1"})
        daemon.wait_for(settled)
        self.assertFalse(daemon.everything_is_out())
        self.assertEqual(daemon.names_out(), 1)
        for name in list(RECORDS)[:20]:
            self.assert_from_copy(name)
        for name in OTHERS:
            self.assert_from_dns(name)
        self.assertEqual(look_up("unknown.example.com")[0], FROM_DNS)
        self.restore("example.net")
        daemon.wait_for(nothing_out)
        self.assert_from_dns("name-0.example.net")
        self.assertTrue(any("example.net answers again" in line for line in self.daemon.said()))

    def test_dns_comes_back(self):
        self.everything_out()
        self.assert_from_copy("deleted.example.net")
        self.dns("deleted.example.net", "nxdomain")
        self.restore(".")
        before = time.monotonic()
        daemon.wait_for(nothing_out)
        print(f"closed {time.monotonic() - before:.1f} s after DNS came back", end=" ", flush=True)
        for name in list(RECORDS)[:10] + OTHERS:
            if name != "deleted.example.net":
                self.assert_from_dns(name)
        self.assertEqual(look_up("deleted.example.net")[:2], (set(), 2))
        self.assertIn("DNS answers again", " ".join(self.daemon.said()))
        told = subprocess.run([lab.program("GITDNS"), "status"], capture_output=True, text=True)
        self.assertRegex(told.stdout, r"outage +none known; the last one ended 20.*reported")

    def test_resolv_conf_changes(self):
        """The gate is closed at once for those who have another; DNS is asked again."""
        self.everything_out()
        self.assert_from_copy("name-1.example.net")
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['truncated-good']}\n"
                                      f"options timeout:{TIMEOUT} attempts:1\n")
        self.dns("name-2.example.net", "good")
        self.assert_from_dns("name-2.example.net")
        self.restore(".")
        daemon.wait_for(nothing_out)
        self.assertTrue(any("resolv.conf has changed" in line for line in self.daemon.said()))

    def test_resolv_conf_is_written_again(self):
        """With what it had, as dhclient does at each renewal: the outage stays known, and DNS is asked at once, as
        this may be another network."""
        self.everything_out()
        time.sleep(9)  # a question: the next would be 9 s later
        for _ in range(2):
            with open("/etc/resolv.conf") as file:
                lab.write("/etc/resolv.conf", file.read())
            # It has the daemon look.
            said = subprocess.run([lab.program("GITDNS"), "outage"], check=True, capture_output=True, text=True)
            self.assertIn("everything is out", said.stdout)
            self.assert_from_copy("name-1.example.net")
        self.restore(".")
        seconds = daemon.wait_for(nothing_out, 7)
        print(f"noticed after {seconds:.1f} s", end=" ", flush=True)
        self.assertFalse(any("resolv.conf has changed" in line for line in self.daemon.said()))

    def test_offline(self):
        """Without a route look-ups fail at once: nothing is asked, nothing is opened."""
        lab.set_dns("no-route")
        before = lab.tell_responder("queries")
        for i in range(24):  # several a second
            self.assertEqual(look_up(f"name-{i}.example.net")[0], {f"192.88.98.{i + 1}"})
            time.sleep(0.15)
        self.assertTrue(nothing_out())
        self.assertNotIn("out", " ".join(self.daemon.said()))
        self.assertEqual(lab.tell_responder("queries"), before)

    def test_containers(self):
        """Another network with a DNS of its own, the host's /run and store: DNS answers."""
        self.everything_out()
        self.assert_from_copy("name-1.example.net")
        script = """
import lab, subprocess
from lab import outage, responder
lab.loopback_up()
lab.start_responder()
path = lab.write(lab.WORK + "/container", "nameserver " + responder.ADDRESS["good"] + "\\n")
subprocess.run(["mount", "--bind", path, "/etc/resolv.conf"], check=True)
for name in ("name-1.example.net", "name-2.example.net"):
    print(*sorted(outage.look_up(name)[0]))
"""
        done = subprocess.run(["unshare", "-mn", "python3", "-c", script], capture_output=True,
                              text=True)
        self.assertEqual(done.stdout, f"{' '.join(sorted(FROM_DNS))}\n" * 2, done.stderr)
        self.assertTrue(daemon.everything_is_out())


if __name__ == "__main__":
    main()
