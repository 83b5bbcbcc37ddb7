"""Resolvers that are odd, and yet well: what does not answer there is no outage."""

import socket
import subprocess
import threading
import time

import lab
from lab import daemon, outage, responder


class Resolvers(outage.WithDaemon):
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
            outage.look_up(name)
            time.sleep(1)
            self.assertFalse(daemon.everything_is_out(), self.daemon.said())
        self.assert_from_dns("name-0.example.net")
        for domain in (".", "example.net", "example.com"):
            self.dns(domain, "silent")
        outage.look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out)
        self.only("example.net", "example.com")
        daemon.wait_for(lambda: not daemon.everything_is_out())
        self.assert_from_dns("name-1.example.net")

    def test_domain_refused(self):
        """What works is not covered, and what is out comes back without the domain."""
        self.only("other.net", "example.com", "example.org")
        self.dns("example.net", "silent")
        self.assertEqual(outage.look_up("name-0.example.net")[0], {"192.88.98.1"})
        daemon.wait_for(outage.one_domain_out)
        time.sleep(outage.ASKING)
        self.assert_from_copy("name-1.example.net")
        self.assert_from_dns("other.net")
        self.dns("example.net", "good")
        daemon.wait_for(outage.nothing_out)
        self.assert_from_dns("name-0.example.net")

    def test_other_domains_refused(self):
        """A network that knows its own names alone, of which one domain is dead."""
        self.dns(".", "refused")
        for domain in ("other.net", "example.com", "example.org"):
            self.dns(domain, "good")
        self.dns("example.net", "silent")
        self.assertEqual(outage.look_up("name-0.example.net")[0], {"192.88.98.1"})
        daemon.wait_for(outage.one_domain_out)
        time.sleep(outage.ASKING)
        self.assert_from_copy("name-1.example.net")
        for _ in range(4):
            self.assert_from_dns("other.net")
            time.sleep(3)
        self.dns("example.net", "good")
        daemon.wait_for(outage.nothing_out)
        self.assert_from_dns("name-0.example.net")

    def look_up_in_vain(self):
        """Names that this network does not know."""
        for name in ("unknown.example.edu.", "other.example.edu.") * 2:
            outage.look_up(name)
            time.sleep(1.5)
            self.assertFalse(daemon.everything_is_out(), self.daemon.said())

    def test_names_on_a_list(self):
        """A resolver that answers for these and refuses all others, also below them."""
        self.only(*(f"@{name}" for name in outage.RECORDS))
        self.look_up_in_vain()
        self.assert_from_dns("name-0.example.net")

    def test_a_network_of_few_names(self):
        """Nearly all of the copy is refused; the network's own domain is the one to search."""
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n"
                                      "search example.com\noptions timeout:2 attempts:1\n")
        self.only("example.com")
        self.look_up_in_vain()
        self.assert_from_dns("other.example.com")

    def test_servers_that_deny_nothing(self):
        """Of a domain that answers for names that it has, and for no other, one name is dead, and the
        domain's own has no servers."""
        self.dns("example.net", "servfail")
        for name in outage.RECORDS:
            if name not in ("name-0.example.net", "example.net"):
                self.dns(f"@{name}", "good")
        self.assertEqual(outage.look_up("name-0.example.net")[0], {"192.88.98.1"})
        daemon.wait_for(outage.one_domain_out)
        time.sleep(outage.ASKING)
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
        for _ in range(outage.ASKING):
            time.sleep(1)
            self.assertTrue(outage.nothing_out(), self.daemon.said())

    def test_a_domain_without_an_answer(self):
        """Of a name that fails while those below it are well, they are not out."""
        self.dns("@example.net", "servfail")
        outage.look_up("example.net")
        daemon.wait_for(outage.one_domain_out)
        self.assert_from_copy("example.net")
        self.assert_from_dns("name-0.example.net")


class LinkLocal(outage.WithDaemon):
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
                                      "options timeout:2 attempts:1\n")

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
        daemon.wait_for(lambda: self.served > before)
        time.sleep(3)
        self.assertTrue(outage.nothing_out(), self.daemon.said())

    def test_dead(self):
        outage.look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out)
        self.assert_from_copy("name-1.example.net")
        threading.Thread(target=self.serve, args=(responder.good,), daemon=True).start()
        daemon.wait_for(outage.nothing_out)
        self.assert_from_dns("name-1.example.net")


if __name__ == "__main__":
    outage.main()
