"""gitdns-publish --private-names: who may have private addresses, what a client takes of it, and what stays while
another network's DNS is asked."""
import subprocess

import lab
from lab import dns_tree
from lab.client import Client, Outcome
from lab.programs import HANG, program
from lab.publish_names import Resolving, text_of
from lab.registry import NAME

POPULAR = "8.8.8.8"
INNER = "10.1.2.3 fd00::7"


class PrivateNames(Resolving):
    def setUp(self):
        super().setUp()
        self.private = self.folder / "private"
        self.names.write_text("popular.com\nlied.com\nblocked.com\n")
        self.private.write_text("git.corp.com\nblocked.corp.com\nnas.home.arpa\nprinter.local\nshort\n")
        # What a resolver that lies says of the others.
        self.set("popular.com", "10.6.6.6", POPULAR)
        self.set("lied.com", "10.6.6.6", "fd00::666")
        self.set("blocked.com", "0.0.0.0", "::")
        self.inside()
        self.start_dns()

    def set(self, name, *addresses):
        self.zones.remove(name)
        for address in addresses:
            self.zones.add(name, "AAAA" if ":" in address else "A", address)

    def inside(self):
        self.set("git.corp.com", *INNER.split())
        self.set("blocked.corp.com", "0.0.0.0", "127.0.0.1", "::1")

    def run_serial(self, *options):
        self.dns.reload()
        resolver = self.fresh_resolver("local-zone: home.arpa. transparent", "local-data: 'nas.home.arpa. A 192.168.7.7'")
        return self.published(*options, resolver=resolver)

    def with_private(self, *options):
        return self.run_serial("--private-names", self.private, *options)

    def addresses(self, name):
        return dict(line.split(" ", 1) for line in self.text().splitlines()).get(name)

    def revert(self, *options):
        return Outcome(subprocess.run([program("PUBLISH"), "--to", self.tree, "--name", NAME, "--key", self.key.secret,
                                       "--revert", "1", *options], capture_output=True, text=True, timeout=HANG))

    def test_who_may_have_them(self):
        outcome = self.with_private("--show-skipped")
        self.assertEqual(self.text(), text_of([f"git.corp.com {INNER}", "nas.home.arpa 192.168.7.7", f"popular.com {POPULAR}"]))
        for name, count in (("popular.com", 1), ("lied.com", 2), ("blocked.com", 2), ("blocked.corp.com", 3)):
            self.assertEqual(outcome.out.count(f"DNS: {name}: address that is not globally reachable"), count, outcome)
        for word in ("printer.local", "short"):
            self.assertIn(f": {word}: special-use name", outcome.out)
        for private, status in (("no", 1), ("yes", 0), ("some", 0)):
            client = Client(self.folder / private, [f"file://{self.tree}/"], [self.key.public], private=private)
            self.assertEqual(client.sync().status, status)

    def test_www(self):
        self.set("www.git.corp.com", "10.1.2.4")
        self.set("www.popular.com", "10.6.6.6")
        self.with_private("--www")
        self.assertEqual(self.addresses("www.git.corp.com"), "10.1.2.4")
        self.assertIsNone(self.addresses("www.popular.com"))

    def test_another_network(self):
        """Where the name does not exist, or has an address for all, what was seen inside stays, behind that."""
        self.with_private("--hold", "3")
        self.set("git.corp.com")
        self.with_private("--hold", "3")
        self.assertEqual(self.addresses("git.corp.com"), INNER)
        self.set("git.corp.com", "8.8.4.4")
        self.with_private("--hold", "3")
        self.assertEqual(self.addresses("git.corp.com"), "8.8.4.4 " + INNER)
        self.inside()
        self.with_private("--hold", "3")
        self.assertEqual(self.addresses("git.corp.com"), "10.1.2.3 8.8.4.4 fd00::7")
        # A popular name goes at once, as ever.
        self.set("popular.com")
        self.with_private("--hold", "3", "--force")
        self.assertIsNone(self.addresses("popular.com"))

    def test_private_no_more(self):
        """What was published with it comes back without it neither held nor reverted."""
        self.with_private()
        both = self.text()
        self.names.write_text(self.names.read_text() + "git.corp.com\n")
        self.set("git.corp.com", "8.8.4.4", "2001:4860::2")
        outcome = self.run_serial("--force")
        self.assertEqual(self.text(), text_of(["git.corp.com 8.8.4.4 2001:4860::2", f"popular.com {POPULAR}"]))
        self.assertIn("2 addresses that were seen earlier go: not globally reachable", outcome.out)
        self.assertRegex(self.revert().lines[-1], "special-use name .*; see --private")
        one = self.folder / "one"
        one.write_text("nas.home.arpa\n")
        self.assertRegex(self.revert("--private-names", one).lines[-1], "address that is not globally .*; see --private")
        self.assertEqual(self.revert("--private-names", self.private).status, 0)
        self.assertEqual(self.text(), both)


if __name__ == "__main__":
    dns_tree.enter()
    lab.main()
