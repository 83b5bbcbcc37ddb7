"""gitdns_outage with gitdns-syncd at work: one look-up notices an outage, the others are instant.

Every look-up is a process of its own. DNS is responder.py's, whose addresses are others than the
store's, so that an answer tells where it comes from.
"""

import contextlib
import itertools
import os
import subprocess
import time
import unittest

import daemon
import lab
import responder

LINE = "files gitdns_outage [TRYAGAIN=return] dns gitdns"
OTHERS = ["other.example.com", "third.example.org"]
RECORDS = {f"name-{i}.example.net": f"192.0.2.{i + 1}" for i in range(100)} | {
    "deleted.example.net": "192.0.2.201",
    "v4.example.net": "192.0.2.202",
    "other.example.com": "192.0.2.203",
    "third.example.org": "192.0.2.204",
    "other.net": "192.0.2.205",
    "example.net": "192.0.2.206",
}
TIMEOUT = 2  # seconds that glibc waits for DNS; a busy machine's responder is faster
INSTANT = 0.9  # seconds; less than that is without DNS
FROM_DNS = {"198.51.100.7", "198.51.100.8", "2001:db8:53::7"}
ASKING = 4 * 2 + 2  # seconds that the daemon may take to be sure, two questions of 2 s at a time
# Of names that have answered within the last seconds the daemon believes no report.
VICTIMS = itertools.cycle(f"name-{i}.example.net" for i in range(50, 100))


def look_up(name, database="ahosts"):
    """(addresses, exit status, seconds) of getent."""
    start = time.monotonic()
    done = subprocess.run(["getent", database, name], capture_output=True, text=True,
                          timeout=lab.HANG)
    addresses = {line.split()[0] for line in done.stdout.splitlines()}
    return addresses, done.returncode, time.monotonic() - start


def one_domain_out():
    return daemon.names_out() > 0


def lease_is_over():
    return not daemon.everything_is_out()


def nothing_out():
    return not daemon.everything_is_out() and daemon.names_out() == 0


def settled():
    """Neither suspected nor told: the log has what is out."""
    return any("is out" in line for line in daemon.current.said())


class LookUps(unittest.TestCase):
    """Whether they come from the copy or from DNS."""

    def asked(self, name):
        """How often the nameserver was asked for it."""
        return lab.tell_responder(f"queries {name}")

    @contextlib.contextmanager
    def without_dns(self, name):
        """A look-up of the name in the block is at once, or a busy machine alone was what it waited for."""
        before, start = self.asked(name), time.monotonic()
        yield
        if time.monotonic() - start >= INSTANT:
            self.assertEqual(self.asked(name), before, f"{name} was asked for")

    def assert_from_copy(self, name):
        with self.without_dns(name):
            self.assertEqual(look_up(name)[0], {RECORDS[name]})

    def assert_from_dns(self, name):
        self.assertEqual(look_up(name)[0], FROM_DNS, f"{name}: {daemon.current.said()}")


class Lab(LookUps):
    """A daemon and a DNS that is well, for each test."""

    told = set()

    def setUp(self):
        for domain in self.told:
            lab.tell_responder(f"{domain}=")
        self.told.clear()
        lab.set_hosts_line(LINE)
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n"
                                      f"options timeout:{TIMEOUT} attempts:1\n")
        self.daemon = daemon.Daemon()
        self.addCleanup(self.end)

    def end(self):
        self.daemon.__exit__(None, None, None)
        if os.path.exists(f"{daemon.FOLDER}/names"):
            os.unlink(f"{daemon.FOLDER}/names")

    def dns(self, domain, mode):
        self.told.add(domain)
        self.assertEqual(lab.tell_responder(f"{domain}={mode}"), "ok")

    def restore(self, domain):
        self.assertEqual(lab.tell_responder(f"{domain}="), "ok")

    def report_until_out(self, name):
        """What has just answered is not suspected for a while."""
        def everything_is_out():
            daemon.report(name)
            return daemon.everything_is_out()
        daemon.wait_for(everything_is_out, step=0.5)

    def everything_out(self, mode="silent"):
        """One look-up runs into it; the others need not wait."""
        self.dns(".", mode)
        victim = next(VICTIMS)
        self.assertEqual(look_up(victim)[0], {RECORDS[victim]})
        daemon.wait_for(daemon.everything_is_out)


class Outage(Lab):
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
        self.assertEqual((addresses, status), ({"192.0.2.202"}, 0))
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
        self.assertEqual(look_up("name-0.example.net")[0], {"192.0.2.1"})
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

    def test_offline(self):
        """Without a route look-ups fail at once: nothing is asked, nothing is opened."""
        lab.set_dns("no-route")
        before = lab.tell_responder("queries")
        for i in range(24):  # several a second
            self.assertEqual(look_up(f"name-{i}.example.net")[0], {f"192.0.2.{i + 1}"})
            time.sleep(0.15)
        self.assertTrue(nothing_out())
        self.assertNotIn("out", " ".join(self.daemon.said()))
        self.assertEqual(lab.tell_responder("queries"), before)

    def test_containers(self):
        """Another network with a DNS of its own, the host's /run and store: DNS answers."""
        self.everything_out()
        self.assert_from_copy("name-1.example.net")
        script = f"""
import sys; sys.path.insert(0, {lab.HERE!r})
import lab, responder, subprocess, test_outage
lab._loopback_up()
lab.start_responder()
path = lab.write(lab.WORK + "/container", "nameserver " + responder.ADDRESS["good"] + "\\n")
subprocess.run(["mount", "--bind", path, "/etc/resolv.conf"], check=True)
for name in ("name-1.example.net", "name-2.example.net"):
    print(*sorted(test_outage.look_up(name)[0]))
"""
        done = subprocess.run(["unshare", "-mn", "python3", "-c", script], capture_output=True,
                              text=True)
        self.assertEqual(done.stdout, f"{' '.join(sorted(FROM_DNS))}\n" * 2, done.stderr)
        self.assertTrue(daemon.everything_is_out())


def main():
    """Runs the classes or tests that the arguments name, of the program that this is."""
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", RECORDS)
    daemon.configure()
    unittest.main("__main__", verbosity=2)


if __name__ == "__main__":
    main()
