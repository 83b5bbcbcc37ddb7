#!/usr/bin/env python3
"""gitdns-publish --names: against a real DNS tree, name by name; interrupted; several runs with holding."""
import collections
import gzip
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

import dnslab
import harness
from harness import Key, Outcome, canonical, scratch
from zonekinds import kinds

NAME = "top-sites"


def text_of(lines):
    return "".join(line + "\n" for line in sorted(lines, key=lambda line: canonical(line.split()[0])))


class Lab(unittest.TestCase):
    """Each test has a tree, a folder and a key of its own."""

    def setUp(self):
        self.scratch = scratch()
        self.addCleanup(self.scratch.cleanup)
        self.folder = pathlib.Path(self.scratch.name)
        self.tree = self.folder / "tree"
        self.state = self.folder / "tree.state"
        self.names = self.folder / "names"
        self.key = Key(self.folder, "key")
        self.zones = dnslab.Zones()
        self.dns = dnslab.Tree(self.folder, self.zones)
        self.turn = 0

    def start_dns(self):
        self.dns.__enter__()
        self.addCleanup(self.dns.__exit__)

    def command(self, *options, resolver=dnslab.RESOLVER, tree=None, names=None):
        return [harness.program("GITDNS_PUBLISH"), "--to", str(tree or self.tree), "--name", NAME, "--key",
                str(self.key.secret), "--names", str(names or self.names), "--resolver", resolver, *map(str, options)]

    def publish(self, *options, stdin=b"", **other):
        done = subprocess.run(self.command(*options, **other), input=stdin, capture_output=True, timeout=120)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return Outcome(done)

    def published(self, *options, **other):
        outcome = self.publish(*options, **other)
        self.assertEqual(outcome.status, 0, outcome)
        self.assertFalse((self.state / "journal").exists())
        return outcome

    def text(self, tree=None):
        tree = tree or self.tree
        head = int((tree / "HEAD").read_text())
        return gzip.decompress((tree / str(head) / "snapshot.gz").read_bytes()).decode()

    def fresh_resolver(self, *settings):
        """One that remembers nothing."""
        self.turn += 1
        address = f"127.0.2.{self.turn}"
        self.dns.resolver(address, *settings)
        return address


class Resolve(Lab):
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
        self.assertIn("skipped 4 entries: 3 malformed, 1 special-use names", outcome.out)
        self.names.write_text("# nothing\n")
        outcome = self.publish()
        self.assertEqual(outcome.status, 1)
        self.assertIn("no names to publish", outcome.lines[0])

    def test_interrupted(self):
        """SIGINT, then kill -9, then to the end: nothing is asked twice but what was under way."""
        count, rate = 1200, 500
        for i in range(count):
            self.zones.add(f"n{i}.com", "A", f"8.0.{i >> 8}.{i & 255}")
        self.start_dns()
        resolver = self.fresh_resolver("log-queries: yes", "verbosity: 0")
        self.names.write_text("".join(f"n{i}.com\n" for i in range(count)))
        options = ("--rate", rate)
        stopped = self.interrupt(signal.SIGINT, options, resolver)
        self.assertEqual((stopped.status, len(stopped.lines)), (1, 1), stopped)
        self.assertIn("started again it goes on from there; nothing published", stopped.lines[0])
        self.assertFalse(self.tree.exists())
        done = int(re.search(r"stopped with (\d+) of 1200 names", stopped.lines[0]).group(1))
        self.assertGreater(done, 100)
        self.assertLess(done, 900)
        killed = self.interrupt(signal.SIGKILL, options, resolver)
        self.assertEqual(killed.status, -signal.SIGKILL)
        self.assertIn(f"going on with {done} answers", killed.lines[0])
        with open(self.state / "journal", "ab") as journal:
            journal.write(b"\0\x20torn")
        outcome = self.published(*options, resolver=resolver)
        again = int(re.search(r"going on with (\d+) answers", outcome.lines[0]).group(1))
        self.assertGreater(again, done)
        self.assertEqual(self.text(), text_of(f"n{i}.com 8.0.{i >> 8}.{i & 255}" for i in range(count)))
        log = (self.folder / f"unbound-{resolver}.log").read_text()
        asked = collections.Counter(re.findall(r"(n\d+\.com)\. (A|AAAA) IN", log))
        self.assertEqual(len(asked), 2 * count)
        # Under way at the two ends, and what the journal's buffer held when it was killed.
        self.assertLess(sum(asked.values()) - 2 * count, 2 * 500 + rate * 2)

    def interrupt(self, number, options, resolver):
        """Starts a run and ends it when it has written some answers down."""
        journal = self.state / "journal"
        enough = (journal.stat().st_size if journal.exists() else 0) + 5000
        process = subprocess.Popen(self.command(*options, resolver=resolver), text=True, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        self.wait_for_journal(enough)
        process.send_signal(number)
        return Outcome(subprocess.CompletedProcess([], process.wait(timeout=10), "", self.rest_of(process)))

    def wait_for_journal(self, octets):
        journal = self.state / "journal"
        end = time.monotonic() + 20
        while time.monotonic() < end and (not journal.exists() or journal.stat().st_size < octets):
            time.sleep(0.02)

    def rest_of(self, process):
        with process.stderr:
            return process.stderr.read()

    def test_other_list(self):
        """A journal of another list or other options is begun anew."""
        for i in range(400):
            self.zones.add(f"n{i}.com", "A", "8.8.8.8")
        self.start_dns()
        self.names.write_text("".join(f"n{i}.com\n" for i in range(400)))
        self.interrupt(signal.SIGINT, ("--rate", 300), dnslab.RESOLVER)
        self.assertTrue((self.state / "journal").exists())
        self.names.write_text("".join(f"n{i}.com\n" for i in range(399)))
        outcome = self.published()
        self.assertNotIn("going on", "".join(outcome.lines))
        self.assertEqual(self.text().count("\n"), 399)

    def test_resolver_dies(self):
        """A run ends soon when nobody answers any more, and goes on when somebody does."""
        count = 2500
        for i in range(count):
            self.zones.add(f"n{i}.com", "A", f"8.0.{i >> 8}.{i & 255}")
        self.start_dns()
        resolver = "127.0.2.99"
        process = self.dns.resolver(resolver)
        self.names.write_text("".join(f"n{i}.com\n" for i in range(count)))
        options = ("--parallel", 10, "--rate", 3000)
        run = subprocess.Popen(self.command(*options, resolver=resolver), text=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
        self.wait_for_journal(5000)
        process.kill()
        process.wait()
        lines = self.rest_of(run).splitlines()
        self.assertEqual(run.wait(timeout=60), 1)
        self.assertRegex(lines[-1], "no answer to the last 10.. questions; started again it goes on from there")
        shutil.rmtree(self.folder / f"unbound-{resolver}")
        self.dns.resolver(resolver)
        outcome = self.published(resolver=resolver)
        self.assertIn("going on with", outcome.lines[0])
        self.assertEqual(self.text(), text_of(f"n{i}.com 8.0.{i >> 8}.{i & 255}" for i in range(count)))

    def test_terminal(self):
        """A bar on a terminal, which is gone at the end."""
        for i in range(300):
            self.zones.add(f"n{i}.com", "A", "8.8.8.8")
        self.start_dns()
        self.names.write_text("".join(f"n{i}.com\n" for i in range(300)))
        ours, theirs = os.openpty()
        process = subprocess.Popen(self.command("--rate", 400), stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        said = b""
        try:
            while octets := os.read(ours, 4096):
                said += octets
        except OSError:
            pass  # the other end is closed
        os.close(ours)
        self.assertEqual(process.wait(timeout=20), 0)
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
        self.names.write_text("".join(f"n{i}.com\n" for i in range(10)))
        for _ in range(2):
            outcome = self.publish()
            self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
            self.assertIn("fewer than 90 %", outcome.lines[0])
        outcome = self.published("--force")
        self.assertEqual(outcome.lines, ["gitdns-publish: going on with 10 answers of a run that was stopped"])
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
        for resolver, why in ((redirect, "does not exist: it makes answers up"), (every, "it makes answers up"),
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
                                       ["[::1]:5302", dnslab.RESOLVER, "127.0.2.9:5301"])):
            tree = self.folder / f"tree-{i}"
            more = [word for resolver in resolvers[1:] for word in ("--resolver", resolver)]
            self.published(*more, resolver=resolvers[0], tree=tree)
            self.assertEqual(self.text(tree), "one.com 8.8.8.8\n")
        outcome = self.publish(resolver="[::1]:5303")
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertIn("resolver [::1]:5303: asked for ", outcome.lines[0])

    def test_usage(self):
        for options in (["--hosts", "/dev/null"], ["--samples", "2"], ["--samples", "0"], ["--hold", "251"],
                        ["--rate", "0"], ["--parallel", "x"], ["--every", "4"], ["--resolver", "one.com"],
                        ["--resolver", "[::1"], ["--resolver", "127.0.0.1:0"], ["--resolver", "[127.0.0.1]:53"]):
            with self.subTest(options=options):
                self.assertEqual(self.publish(*options).status, 2)


class Hold(Lab):
    """Several serials."""

    def run_serial(self, *options):
        self.dns.reload()
        self.published(*options, resolver=self.fresh_resolver())
        return dict(line.split(" ", 1) for line in self.text().splitlines())

    def set(self, name, *addresses):
        self.zones.remove(name)
        for address in addresses:
            self.zones.add(name, "AAAA" if ":" in address else "A", address)

    def test_hold(self):
        many = [f"9.9.9.{i + 1}" for i in range(16)]
        for name in ("moves.com", "goes.com", "empties.com", "loses.com", "stays.com"):
            self.set(name, "8.8.8.2", "2001:4860::2")
        self.zones.add("fails.com", "CNAME", "stays.com.")
        self.set("wide.com", *many[:8])
        self.start_dns()
        names = ("moves", "goes", "empties", "loses", "stays", "fails", "wide")
        self.names.write_text("".join(f"{name}.com\n" for name in names))
        options = ("--hold", "2", "--force")
        both = "8.8.8.2 2001:4860::2"
        first = self.run_serial(*options)
        self.assertEqual(first["moves.com"], both)
        self.assertEqual(first["fails.com"], both + " cname=stays.com")

        self.set("moves.com", "8.8.8.1")
        self.zones.add("moves.com", "AAAA", "2001:4860::1")
        self.zones.remove("goes.com")
        self.set("empties.com")
        self.zones.add("empties.com", "TXT", "none")
        self.set("loses.com", "8.8.8.2")
        self.zones.remove("fails.com")
        self.zones.delegate("fails.com", dnslab.LAME)
        self.set("wide.com", *many[12:])
        second = self.run_serial(*options)
        # Newest first; the cap drops the oldest; NXDOMAIN and NODATA count at once.
        self.assertEqual(second, {
            "moves.com": "8.8.8.1 8.8.8.2 2001:4860::1 2001:4860::2", "loses.com": "8.8.8.2", "stays.com": both,
            "fails.com": both + " cname=stays.com", "wide.com": " ".join(many[12:] + many[:4])})

        third = self.run_serial(*options)
        self.assertEqual(third, {**second, "wide.com": second["wide.com"]})
        # Nothing has changed since, so it is still serial 2 that was published: no serial has passed.
        self.assertEqual((self.tree / "HEAD").read_text(), "2\n")
        for serial in (3, 4):
            self.set("stays.com", f"8.8.8.{serial}")
            last = self.run_serial(*options)
            self.assertEqual((self.tree / "HEAD").read_text(), f"{serial}\n")
            held = serial == 3
            self.assertEqual(last["moves.com"], second["moves.com"] if held else "8.8.8.1 2001:4860::1")
            self.assertEqual(last.get("fails.com"), second["fails.com"] if held else None)
            self.assertEqual(last["wide.com"], " ".join(many[12:] + many[:4] * held))
        self.assertEqual(last["stays.com"], "8.8.8.4 8.8.8.3 8.8.8.2")

    def test_samples(self):
        """What any of the samples saw is published."""
        self.set("turns.com", "8.8.8.1")
        self.set("alias.net")
        self.zones.add("alias.net", "CNAME", "turns.com.")
        self.start_dns()
        self.names.write_text("turns.com\nalias.net\nlate.com\n")
        every = 3
        process = subprocess.Popen(self.command("--samples", "3", "--every", f"{every}s"), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        began = time.monotonic()
        for i in (2, 3):
            time.sleep(max(0, began + (i - 1.5) * every - time.monotonic()))
            self.set("turns.com", f"8.8.8.{i}", f"2001:4860::{i}")
            self.set("late.com", *(["8.8.4.4"] if i == 2 else []))
            self.dns.reload()
        out, err = process.communicate(timeout=30)
        self.assertEqual((process.returncode, err), (0, ""), out)
        addresses = "8.8.8.1 8.8.8.2 8.8.8.3 2001:4860::2 2001:4860::3"
        self.assertEqual(self.text(), text_of([f"turns.com {addresses}", f"alias.net {addresses} cname=turns.com",
                                               "late.com 8.8.4.4"]))

    def test_damaged_memory(self):
        self.set("one.com", "8.8.8.8")
        self.start_dns()
        self.names.write_text("one.com\n")
        self.published()
        path = self.state / "seen.gz"
        good = path.read_bytes()
        text = gzip.decompress(good)
        for bad in (good[:-9], b"", b"x" + good, gzip.compress(text[:-6]), gzip.compress(text + b"x\n"),
                    gzip.compress(text.replace(b"one.com", b"one..com")),
                    gzip.compress(text.replace(b"/0/0", b"/0/256")), gzip.compress(text.replace(b"end 1", b"end 2"))):
            path.write_bytes(bad)
            outcome = self.publish()
            self.assertEqual(outcome.status, 1, outcome)
            self.assertIn("tree.state/seen.gz:", outcome.lines[-1])
        path.unlink()
        self.published()
        self.assertEqual(gzip.decompress(path.read_bytes()), text)
        # Of a folder that is no more.
        path.write_bytes(gzip.compress(text.replace(b"seen 1 1", b"seen 1 99")))
        self.published()
        self.assertEqual(gzip.decompress(path.read_bytes()), text)


if __name__ == "__main__":
    dnslab.enter()
    harness.need("minisign")
    unittest.main()
