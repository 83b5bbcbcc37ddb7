"""gitdns-publish --names against a real DNS tree, name by name: lists, resolvers, guards."""
import collections
import gzip
import os
import random
import re
import subprocess

import lab
from lab import dns_tree
from lab.dns_tree_names import kinds
from lab.publish_names import Resolving, text_of
from lab.registry import canonical


class Resolve(Resolving):
    def test_zones(self):
        """The registry equals the zones, name by name."""
        expect = kinds(self.zones)
        self.start_dns()
        self.names.write_text("".join(name + "\n" for name in expect))
        outcome = self.published()
        said = {line.split()[0]: line for line in self.text().splitlines()}
        wrong = [(name, want, said.get(name)) for name, want in expect.items()
                 if said.get(name) != (want if " " in want else None)]
        self.assertEqual(wrong, [], f"{len(wrong)} differences")
        self.assertEqual(set(said) - set(expect), set())
        lines = sorted(said.values(), key=lambda line: canonical(line.split()[0]))
        self.assertEqual(self.text().splitlines(), lines)
        count = collections.Counter("found" if " " in want else want for want in expect.values())
        numbers = re.search(r"asked for (\d+) names: (\d+) found, (\d+) do not exist, (\d+) have no address, "
                            r"(\d+) failed", outcome.out)
        asked, found, nxdomain, nodata, failed = map(int, numbers.groups())
        self.assertEqual((asked, found, nxdomain), (2000, count["found"], count["nxdomain"]))
        # unbound gives up on a loop with SERVFAIL.
        self.assertEqual((nodata, failed), (count["nodata"], count["failed"] + count["loop"]))
        self.assertIn("skipped 60 entries: 60 addresses that are not globally reachable", outcome.out)

    def test_order(self):
        """Whatever the order of the list, and however many names are under way."""
        expect = {name: want for name, want in kinds(self.zones).items() if want not in ("failed", "loop")}
        self.start_dns()
        names = random.Random(2).sample([*expect], 600)
        texts = set()
        for parallel in (1, 7, 500):
            random.Random(parallel).shuffle(names)
            tree = self.folder / f"tree-{parallel}"
            self.names.write_text("".join(name + "\n" for name in names))
            self.published("--parallel", parallel, tree=tree)
            texts.add(self.text(tree))
        self.assertEqual(texts, {text_of(expect[name] for name in names if " " in expect[name])})

    def test_lists(self):
        """Forms of a list, and --www."""
        for name in ("one.com", "www.one.com", "two.net", "www.three.org"):
            self.zones.add(name, "A", "8.8.8.8")
        self.start_dns()
        plain = b"\xef\xbb\xbfone.com\r\n# comment\n\n  TWO.net.  # two\none.com\nthree.org\n"
        lists = {"plain": plain, "csv": b"1,one.com\n2,two.net\n3,three.org\n3,three.org\n",
                 "gzip": gzip.compress(plain)}
        for kind, octets in lists.items():
            self.names.write_bytes(octets)
            for www, want in (False, ["one.com", "two.net"]), (True, ["one.com", "www.one.com", "two.net",
                                                                         "www.three.org"]):
                with self.subTest(kind=kind, www=www):
                    tree = self.folder / f"{kind}-{www}"
                    self.published(*(["--www"] if www else []), tree=tree)
                    self.assertEqual(self.text(tree), text_of(name + " 8.8.8.8" for name in want))
        self.published(names="-", stdin=plain)
        self.assertEqual(self.text(), text_of(["one.com 8.8.8.8", "two.net 8.8.8.8"]))
        self.names.write_text("one.com\nprinter.local\n-bad-.com\nrank,domain\n10.0.0.1\n")
        outcome = self.published("--force")
        self.assertIn("skipped 3 entries: 1 malformed, 1 special-use names, 1 addresses in a name's place", outcome.out)
        self.names.write_text("# nothing\n")
        outcome = self.publish()
        self.assertEqual(outcome.status, 3)
        self.assertIn("no names to publish", outcome.lines[0])

    def test_terminal(self):
        """A bar on a terminal, which is gone at the end."""
        for i in range(300):
            self.zones.add(f"n{i}.com", "A", "8.8.8.8")
        self.start_dns()
        self.names.write_text("".join(f"n{i}.com\n" for i in range(300)))
        ours, theirs = os.openpty()
        process = subprocess.Popen(self.command("--rate", 200), stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        said = lab.read_terminal(ours)
        self.assertEqual(process.wait(timeout=lab.HANG), 0)
        bars = re.findall(rb"\r\[([#.]{24})\] (\d+) of 300 names, \d+ a second, 0 failed", said)
        self.assertGreater(len(bars), 3)
        full = [bar.count(b"#") for bar, _ in bars]
        self.assertEqual(full, sorted(full))
        self.assertEqual(bars[-1], (b"#" * 24, b"300"))
        self.assertTrue(said.endswith(b"\r\033[K"), said[-100:])

    def test_guard(self):
        """What a guard refused is asked for anew, but with --force taken as it is."""
        for i in range(20):
            self.zones.add(f"n{i}.com", "A", f"8.8.8.{i + 1}")
        self.start_dns()
        self.names.write_text("".join(f"n{i}.com\n" for i in range(20)))
        self.published()
        gone = self.fresh_resolver(*(f'local-zone: "n{i}.com." always_nxdomain' for i in range(10)))
        for _ in range(2):
            outcome = self.publish(resolver=gone)
            self.assertEqual((outcome.status, len(outcome.lines)), (3, 1), outcome)
            self.assertIn("10 names, fewer than 90 % of the 20 of serial 1", outcome.lines[0])
        outcome = self.published("--force", resolver=gone)
        self.assertEqual(outcome.lines, ["gitdns-publish: going on with 20 answers of a run that was stopped"])
        self.assertEqual(self.text().count("\n"), 10)
        self.assertEqual([path.name for path in self.state.iterdir()], ["seen.gz"])

    def test_resolvers_that_lie(self):
        self.zones.add("one.com", "A", "8.8.8.8")
        self.start_dns()
        self.names.write_text("one.com\n")
        redirect = self.fresh_resolver('local-zone: "com." redirect', 'local-data: "com. A 8.8.4.4"')
        every = self.fresh_resolver('local-zone: "." redirect', 'local-data: ". A 8.8.4.4"',
                                    'local-zone: "com." transparent')
        dns64 = self.fresh_resolver('module-config: "dns64 iterator"', "dns64-prefix: 2001:4860:6464::/96")
        closed = "127.0.0.99"
        for resolver, why in ((redirect, "which does not exist: it makes answers up"), (every, "it makes answers up"),
                              (dns64, "DNS64"), (closed, "asked for ")):
            with self.subTest(resolver=resolver, why=why):
                # The good one first: each is asked.
                outcome = self.publish("--resolver", resolver)
                self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
                self.assertIn(f"resolver {resolver}:53: ", outcome.lines[0])
                self.assertIn(why, outcome.lines[0])
                self.assertTrue(outcome.lines[0].endswith("; nothing published"))
                self.assertFalse(self.tree.exists())
                self.assertFalse(self.state.exists())
        self.published()

    def test_ports(self):
        """Resolvers at other ports, by IPv4 and IPv6, and several of them."""
        self.zones.add("one.com", "A", "8.8.8.8")
        self.start_dns()
        self.fresh_resolver("interface: 127.0.2.9@5301", "interface: ::1@5302", "access-control: ::1 allow",
                            "do-ip6: yes")
        self.names.write_text("one.com\n")
        for i, resolvers in enumerate((["127.0.2.9:5301"], ["[::1]:5302"],
                                       ["[::1]:5302", dns_tree.RESOLVER, "127.0.2.9:5301"])):
            tree = self.folder / f"tree-{i}"
            more = [word for resolver in resolvers[1:] for word in ("--resolver", resolver)]
            self.published(*more, resolver=resolvers[0], tree=tree)
            self.assertEqual(self.text(tree), "one.com 8.8.8.8\n")
        outcome = self.publish(resolver="[::1]:5303")
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertIn("resolver [::1]:5303: asked for ", outcome.lines[0])

    def test_usage(self):
        for options in (["--revert", "1"], ["--top", "0"], ["--samples", "2"], ["--samples", "0"], ["--hold", "251"],
                        ["--rate", "x"], ["--parallel", "x"], ["--every", "4"], ["--resolver", "one.com"],
                        ["--resolver", "[::1"], ["--resolver", "127.0.0.1:0"], ["--resolver", "[127.0.0.1]:53"]):
            with self.subTest(options=options):
                self.assertEqual(self.publish(*options).status, 2)


if __name__ == "__main__":
    dns_tree.enter()
    lab.main()
