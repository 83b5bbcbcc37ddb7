"""gitdns_outage with gitdns-syncd at work: one look-up notices an outage, the others are instant.

Every look-up is a process of its own. DNS is responder.py's, whose addresses are others than the
store's, so that an answer tells where it comes from.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
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
INSTANT = 0.9  # seconds; a look-up that waits for DNS takes at least one more
FROM_DNS = {"198.51.100.7", "198.51.100.8", "2001:db8:53::7"}
ASKING = 4 * 2 + 2  # seconds that the daemon may take to be sure, two questions of 2 s at a time


def look_up(name, database="ahosts"):
    """(addresses, exit status, seconds) of getent."""
    start = time.monotonic()
    done = subprocess.run(["getent", database, name], capture_output=True, text=True, timeout=120)
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


class Lab(unittest.TestCase):
    """A daemon and a DNS that is well, for each test."""

    told = set()

    def setUp(self):
        for domain in self.told:
            lab.tell_responder(f"{domain}=")
        self.told.clear()
        lab.set_hosts_line(LINE)
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n"
                                      "options timeout:1 attempts:1\n")
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

    def assert_from_copy(self, name):
        addresses, _, seconds = look_up(name)
        self.assertEqual(addresses, {RECORDS[name]})
        self.assertLess(seconds, INSTANT)

    def assert_from_dns(self, name):
        self.assertEqual(look_up(name)[0], FROM_DNS, f"{name}: {self.daemon.said()}")

    def everything_out(self, mode="silent"):
        """One look-up runs into it; the others need not wait."""
        self.dns(".", mode)
        addresses, _, _ = look_up("name-0.example.net")
        self.assertEqual(addresses, {RECORDS["name-0.example.net"]})
        daemon.wait_for(daemon.everything_is_out, ASKING)


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

    def test_closed_port(self):
        lab.set_dns("closed-port")
        look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out, ASKING)
        self.assert_from_copy("name-1.example.net")

    def test_unknown_names_and_families(self):
        """A known name without an address of the family does not wait either; an unknown one does."""
        self.everything_out()
        start = time.monotonic()
        result = lab.probe("good", ["v4.example.net"])
        self.assertEqual(result["v4.example.net", "getaddrinfo inet6"],
                         "EAI_AGAIN h_errno=TRY_AGAIN")
        self.assertLess(time.monotonic() - start, INSTANT)
        addresses, status, seconds = look_up("v4.example.net", "hosts")
        self.assertEqual((addresses, status), ({"192.0.2.202"}, 0))
        self.assertLess(seconds, INSTANT)
        addresses, status, seconds = look_up("unknown.example.net")
        self.assertEqual((addresses, status), (set(), 2))
        self.assertGreaterEqual(seconds, 0.9)

    def names_shown(self):
        done = subprocess.run([lab.program("GITDNS"), "outage"], stdout=subprocess.PIPE, text=True,
                              timeout=10)
        self.assertEqual(done.returncode, 0)
        return done.stdout

    def test_names_are_no_names(self):
        """What the daemon's user can put in their file's place holds nobody up."""
        path = f"{daemon.FOLDER}/names"
        self.dns("example.net", "silent")
        look_up("name-0.example.net")
        daemon.wait_for(settled, ASKING)

        def is_shown():  # written once a second
            return "example.net and all below it, since" in self.names_shown()
        daemon.wait_for(is_shown, 5)
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
        daemon.wait_for(settled, ASKING)
        self.assertFalse(daemon.everything_is_out())
        self.assertEqual(daemon.names_out(), 1)
        for name in list(RECORDS)[:20]:
            self.assert_from_copy(name)
        for name in OTHERS:
            self.assert_from_dns(name)
        self.assertEqual(look_up("unknown.example.com")[0], FROM_DNS)
        self.restore("example.net")
        daemon.wait_for(nothing_out, 15)
        self.assert_from_dns("name-0.example.net")
        self.assertTrue(any("example.net answers again" in line for line in self.daemon.said()))

    def test_dns_comes_back(self):
        self.everything_out()
        self.assert_from_copy("deleted.example.net")
        self.dns("deleted.example.net", "nxdomain")
        self.restore(".")
        before = time.monotonic()
        daemon.wait_for(nothing_out, 61)
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
                                      "options timeout:1 attempts:1\n")
        self.dns("name-2.example.net", "good")
        self.assert_from_dns("name-2.example.net")
        self.restore(".")
        daemon.wait_for(nothing_out, ASKING)
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


class Resolvers(Lab):
    """Those that do not answer for the root, or for a domain, though names in it are well."""

    def only(self, *domains):
        """A network that knows its own names alone."""
        self.dns(".", "refused")
        for domain in domains:
            self.dns(domain, "good")

    def test_root_refused(self):
        """A name that fails is not everything; everything is out, and back, by the names alone."""
        self.only("example.net", "example.com")
        for name in ("unknown.example.edu", "third.example.org") * 2:
            look_up(name)
            time.sleep(1)
            self.assertFalse(daemon.everything_is_out(), self.daemon.said())
        self.assert_from_dns("name-0.example.net")
        for domain in (".", "example.net", "example.com"):
            self.dns(domain, "silent")
        look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out, ASKING)
        self.only("example.net", "example.com")
        daemon.wait_for(lambda: not daemon.everything_is_out(), 15)
        self.assert_from_dns("name-1.example.net")

    def test_domain_refused(self):
        """What works is not covered, and what is out comes back without the domain."""
        self.only("other.net", "example.com", "example.org")
        self.dns("example.net", "silent")
        self.assertEqual(look_up("name-0.example.net")[0], {"192.0.2.1"})
        daemon.wait_for(one_domain_out, ASKING)
        time.sleep(ASKING)
        self.assert_from_copy("name-1.example.net")
        self.assert_from_dns("other.net")
        self.dns("example.net", "good")
        daemon.wait_for(nothing_out, 25)
        self.assert_from_dns("name-0.example.net")

    def test_other_domains_refused(self):
        """A network that knows its own names alone, of which one domain is dead."""
        self.dns(".", "refused")
        for domain in ("other.net", "example.com", "example.org"):
            self.dns(domain, "good")
        self.dns("example.net", "silent")
        self.assertEqual(look_up("name-0.example.net")[0], {"192.0.2.1"})
        daemon.wait_for(one_domain_out, ASKING)
        time.sleep(ASKING)
        self.assert_from_copy("name-1.example.net")
        for _ in range(4):
            self.assert_from_dns("other.net")
            time.sleep(3)
        self.dns("example.net", "good")
        daemon.wait_for(nothing_out, 25)
        self.assert_from_dns("name-0.example.net")

    def look_up_in_vain(self):
        """Names that this network does not know."""
        for name in ("unknown.example.edu.", "other.example.edu.") * 2:
            look_up(name)
            time.sleep(1.5)
            self.assertFalse(daemon.everything_is_out(), self.daemon.said())

    def test_names_on_a_list(self):
        """A resolver that answers for these and refuses all others, also below them."""
        self.only(*(f"@{name}" for name in RECORDS))
        self.look_up_in_vain()
        self.assert_from_dns("name-0.example.net")

    def test_a_network_of_few_names(self):
        """Nearly all of the copy is refused; the network's own domain is the one to search."""
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n"
                                      "search example.com\noptions timeout:1 attempts:1\n")
        self.only("example.com")
        self.look_up_in_vain()
        self.assert_from_dns("other.example.com")

    def test_servers_that_deny_nothing(self):
        """Of a domain that answers for names that it has, and for no other, one name is dead, and the
        domain's own has no servers."""
        self.dns("example.net", "servfail")
        for name in RECORDS:
            if name not in ("name-0.example.net", "example.net"):
                self.dns(f"@{name}", "good")
        self.assertEqual(look_up("name-0.example.net")[0], {"192.0.2.1"})
        daemon.wait_for(one_domain_out, ASKING)
        time.sleep(ASKING)
        self.assertEqual(daemon.names_out(), 1, self.daemon.said())
        self.assert_from_copy("name-0.example.net")
        self.assert_from_dns("name-1.example.net")

    def test_fast_for_some(self):
        """How fast names come from a cache does not tell how long others may take."""
        self.dns(".", "slow")
        self.dns("example.net", "good")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            for i in range(10):
                sock.sendto(f"name-{i}.example.net".encode(), daemon.REPORT)
                time.sleep(0.2)
            for name in ("third.example.org", "other.net", "unknown.example.edu"):
                sock.sendto(name.encode(), daemon.REPORT)
        for _ in range(ASKING):
            time.sleep(1)
            self.assertTrue(nothing_out(), self.daemon.said())

    def test_a_domain_without_an_answer(self):
        """Of a name that fails while those below it are well, they are not out."""
        self.dns("@example.net", "servfail")
        look_up("example.net")
        daemon.wait_for(one_domain_out, ASKING)
        self.assert_from_copy("example.net")
        self.assert_from_dns("name-0.example.net")


class LinkLocal(Lab):
    """A nameserver with a scope, as IPv6 networks announce it, is asked like any other."""

    def setUp(self):
        made = subprocess.run(["sh", "-c", "ip link add lab0 type veth peer name lab1 && "
                               "ip address add 10.53.53.1/24 dev lab0 && "
                               "ip address add fe80::53/64 dev lab0 nodad && "
                               "ip link set lab0 up && ip link set lab1 up"], capture_output=True)
        if made.returncode != 0:
            self.skipTest(made.stderr.decode())
        self.addCleanup(subprocess.run, ["ip", "link", "delete", "lab0"])
        super().setUp()
        self.server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.addCleanup(self.server.close)
        self.server.bind(("fe80::53", 53, 0, socket.if_nametoindex("lab0")))
        lab.write("/etc/resolv.conf", f"nameserver fe80::53%lab0\nnameserver {lab.CLOSED_PORT}\n"
                                      "options timeout:1 attempts:1\n")

    served = 0

    def serve(self, mode):
        while True:
            try:
                message, sender = self.server.recvfrom(512)
            except OSError:
                return
            self.served += 1
            self.server.sendto(mode(responder.Query(message, tcp=False)), sender)

    def test_alive(self):
        """The other one is dead, and a report is a lie: nothing is out."""
        threading.Thread(target=self.serve, args=(responder.good,), daemon=True).start()
        self.assert_from_dns("name-0.example.net")
        before = self.served
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"name-0.example.net", daemon.REPORT)
        time.sleep(3)
        self.assertTrue(nothing_out(), self.daemon.said())
        self.assertGreater(self.served, before, "it was not asked")

    def test_dead(self):
        look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out, ASKING)
        self.assert_from_copy("name-1.example.net")
        threading.Thread(target=self.serve, args=(responder.good,), daemon=True).start()
        daemon.wait_for(nothing_out, 15)
        self.assert_from_dns("name-1.example.net")


class Shortage(Lab):
    """No descriptors are left to the daemon: that says nothing of DNS, and passes."""

    def limit(self, descriptors):
        pid = self.daemon.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (descriptors or hard, hard))

    def report(self, name):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(name.encode(), daemon.REPORT)

    def used(self):
        return max(map(int, os.listdir(f"/proc/{self.daemon.process.pid}/fd"))) + 1

    def test_while_asking(self):
        self.report("name-0.example.net")
        time.sleep(0.5)
        self.limit(self.used())
        for i in range(1, 4):
            self.report(f"name-{i}.example.net")
            time.sleep(1)
            self.assertTrue(nothing_out(), self.daemon.said())
        self.limit(None)
        self.everything_out()

    def test_while_reading(self):
        time.sleep(0.5)
        self.limit(self.used())
        self.report("name-0.example.net")
        time.sleep(1.5)
        self.assertTrue(nothing_out(), self.daemon.said())
        self.limit(None)
        self.everything_out()


class Daemon(Lab):
    """What becomes of the daemon."""

    def test_killed(self):
        """The lease ends; look-ups are slow and right; a new daemon needs no new victim."""
        self.everything_out()
        time.sleep(1.5)  # what is out is written down once a second
        self.daemon.kill()
        self.assert_from_copy("name-1.example.net")
        seconds = daemon.wait_for(lease_is_over, 30)
        print(f"the lease ended after {seconds:.1f} s", end=" ", flush=True)
        addresses, _, seconds = look_up("name-2.example.net")
        self.assertEqual(addresses, {"192.0.2.3"})
        self.assertGreaterEqual(seconds, 0.9)
        with daemon.Daemon():
            daemon.wait_for(daemon.everything_is_out, ASKING)
            time.sleep(1.1)  # until programs have looked at the new board
            self.assert_from_copy("name-3.example.net")

    def test_restarted_while_programs_run(self):
        """A process that is there all the time follows from one board to the next."""
        with lab.Conversation() as probe:
            self.everything_out()
            time.sleep(1.1)
            start = time.monotonic()
            self.assertEqual(probe.ask("name-1.example.net")["getaddrinfo inet"], "ok 192.0.2.2")
            self.assertLess(time.monotonic() - start, INSTANT * 3)
            self.daemon.__exit__(None, None, None)
            self.daemon = daemon.Daemon()
            daemon.wait_for(daemon.everything_is_out, ASKING)
            time.sleep(1.1)
            start = time.monotonic()
            self.assertEqual(probe.ask("name-2.example.net")["getaddrinfo inet"], "ok 192.0.2.3")
            self.assertLess(time.monotonic() - start, INSTANT * 3)

    def test_long_after_boot(self):
        """When milliseconds no longer fit 31 bits."""
        self.daemon.__exit__(None, None, None)
        for days in (25, 35, 51):
            wrapper = ["unshare", "--time", "--monotonic", str(days * 86400)]
            if subprocess.run([*wrapper, "true"], capture_output=True).returncode != 0:
                self.daemon = daemon.Daemon()
                self.skipTest("no time namespaces here")
            with self.subTest(days=days), daemon.Daemon(wrapper):
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                    sock.sendto(b"name-0.example.net", daemon.REPORT)

                def is_read():
                    return daemon.board()[daemon.REPORTS] == 1
                daemon.wait_for(is_read, 3)
        self.daemon = daemon.Daemon()

    def test_forced(self):
        def gitdns(*arguments):
            return subprocess.run([lab.program("GITDNS"), *arguments], capture_output=True,
                                  text=True)
        self.assertEqual(gitdns("outage", "on").returncode, 0)
        self.assert_from_copy("name-1.example.net")
        self.assertIn("forced on", gitdns("status").stdout)
        self.assertEqual(gitdns("outage", "auto").returncode, 0)
        self.assert_from_dns("name-1.example.net")
        self.assertEqual(gitdns("outage", "off").returncode, 0)
        self.dns(".", "servfail")
        look_up("name-0.example.net")
        time.sleep(1)
        self.assertTrue(nothing_out())
        self.assertEqual(gitdns("outage", "auto").returncode, 0)
        self.assertEqual(gitdns("outage", "maybe").returncode, 2)
        self.daemon.__exit__(None, None, None)
        told = gitdns("outage", "on")
        self.assertEqual((told.returncode, told.stdout), (1, ""))
        self.assertIn("/run/gitdns/report: No such file", told.stderr)
        self.daemon = daemon.Daemon()


# Closes its socket to which nobody listens, but for the reference that is under way to the daemon.
LINGER = """
import array, os, socket, struct, sys, time
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
client.setblocking(False)
try:
    while True:
        client.send(b"x" * 65536)
except BlockingIOError:
    pass
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 86400))
report = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
report.connect(sys.argv[1])
report.setblocking(False)
rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [client.fileno()]))
report.setblocking(False)
report.sendmsg([b"name-1.example.net"], [rights])
os.close(client.detach())
print("sent", flush=True)
time.sleep(100)
"""


class Lies(Lab):
    """Reports of names that DNS answers well."""

    @staticmethod
    def nobody():
        """In front of a command: as somebody else, where there is anybody."""
        nobody = [] if os.geteuid() != 0 or not os.access("/proc/self/uid_map", os.R_OK) else \
            ["setpriv", "--reuid=65534", "--clear-groups"]
        if nobody and subprocess.run([*nobody, "true"], capture_output=True).returncode != 0:
            nobody = []  # a user namespace of one user
        return nobody

    def flood(self, *arguments):
        return subprocess.Popen([*self.nobody(), lab.program("FLOOD"), *arguments],
                                stdout=subprocess.PIPE, text=True)

    def check_flood(self, count, names):
        before, memory, start = (int(lab.tell_responder("queries")), self.daemon.memory(),
                                 time.monotonic())
        flood = self.flood(str(count), *names)
        most, last, at = 0, before, start
        while flood.poll() is None:
            self.assertTrue(nothing_out())
            time.sleep(0.2)
            if time.monotonic() - at >= 1:
                queries = int(lab.tell_responder("queries"))
                rate = (queries - last) / (time.monotonic() - at)
                most, last, at = max(most, rate), queries, time.monotonic()
        seconds = time.monotonic() - start
        queries = int(lab.tell_responder("queries")) - before
        print(f"{flood.stdout.read().strip()} in {seconds:.1f} s: {queries} queries, at most {most:.1f} "
              f"in a second, {self.daemon.memory() - memory} KiB more", end=" ", flush=True)
        flood.stdout.close()
        self.assertEqual(flood.returncode, 0)
        self.assertLessEqual(queries, 20 * (seconds + 1))
        self.assertLessEqual(most, 20)
        self.assertLess(self.daemon.memory() - memory, 1024)
        self.assertTrue(nothing_out())

    def test_unknown_names(self):
        self.check_flood(1_000_000, [f"lie-{i}.example{i % 50}.com" for i in range(1000)])

    def test_ten_million(self):
        """And an outage that comes then is found out."""
        self.check_flood(10_000_000, list(RECORDS))
        self.dns(".", "servfail")
        look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out, ASKING)

    def test_garbage(self):
        self.check_flood(1_000_000, [])
        self.check_flood(1_000_000, ["", ".", "a..b", "x" * 254, "192.0.2.1", "A.EXAMPLE", "\1on",
                                     "a.b/c", "\x7f"])

    def test_descriptors_that_linger(self):
        """Of a socket that waits for a day when it is closed, the daemon holds the last reference:
        it takes none before its holder has closed it."""
        self.daemon.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.daemon.process.pid, os.WSTOPPED | os.WNOWAIT)
        hold = self.nobody() + [sys.executable, "-c", LINGER, daemon.REPORT]
        holders = [subprocess.Popen(hold, stdout=subprocess.PIPE, text=True) for _ in range(10)]
        for holder in holders:
            self.addCleanup(holder.stdout.close)
            self.addCleanup(holder.wait)
            self.addCleanup(holder.kill)
        for holder in holders:
            self.assertEqual(holder.stdout.readline(), "sent\n")
        self.daemon.process.send_signal(signal.SIGCONT)
        self.everything_out("servfail")
        start = time.monotonic()
        self.daemon.process.terminate()
        self.assertEqual(self.daemon.process.wait(10), 0)
        self.assertLess(time.monotonic() - start, 5)

    def test_nobody_else_forces(self):
        flood = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "python3", "-c", f"""
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"\\0on", {daemon.REPORT!r})
"""], capture_output=True, text=True)
        if "setpriv" in flood.stderr:
            self.skipTest("a user namespace of one user")
        self.assertEqual(flood.stderr, "")
        time.sleep(0.5)
        self.assertTrue(nothing_out())


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", RECORDS)
    daemon.configure()
    unittest.main(verbosity=2)  # arguments: the classes or tests to run
