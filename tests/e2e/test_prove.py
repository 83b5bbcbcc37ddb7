"""gitdns-publish --prove: what is published of addresses that serve a name, and of those that do not."""
import gzip
import pathlib
import re
import signal
import subprocess
import time
import unittest

import lab
from lab import authority, namespaces
from lab.client import Outcome
from lab.registry import NAME, Key
from lab.serving_world import REFUSES, RESETS, RESOLVER, SERVES, SILENT, ServingWorld, let_time_pass

ADDRESSES = [f"11.{i}.0.1" for i in range(12)] + [f"2a0f:0:{i}::1" for i in range(4)]
HOST, WWW, API, BANK = "example.com", "www.example.com", "api.example.com", "bank.example.org"
NAMES = [HOST, WWW, API, BANK]
A, B, C, D, E, F = ADDRESSES[:6]
SIX, SEVEN = ADDRESSES[-2:]
DAY, WEEK = 24, 7 * 24


class Prove(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = cls.enterClassContext(ServingWorld(cls.enterClassContext(lab.scratch()), NAMES, ADDRESSES))

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.tree, self.state, self.names = self.folder / "tree", self.folder / "tree.state", self.folder / "names"
        self.key = Key(self.folder, "key")
        self.world.records.clear()
        self.world.greeted.clear()
        self.world.served.update((address, set()) for address in ADDRESSES)
        self.world.way.update(dict.fromkeys(ADDRESSES, SERVES))

    def serve(self, name, *addresses, dns=None):
        """There and nowhere else; DNS says so, or something else."""
        for address, names in self.world.served.items():
            (names.add if address in addresses else names.discard)(name)
        self.world.records[name] = list(addresses if dns is None else dns)

    def command(self, *options):
        return [lab.program("PUBLISH"), "--to", self.tree, "--name", NAME, "--key", self.key.secret, "--names", self.names,
                "--resolver", RESOLVER, "--force", *map(str, options)]

    def publish(self, *options, names=None, later=0):
        self.world.open_listeners()
        let_time_pass(self.state, later)
        self.names.write_text("".join(name + "\n" for name in names or self.world.records))
        handshakes = self.world.handshakes
        outcome = Outcome(subprocess.run(self.command(*options), capture_output=True, text=True, timeout=lab.HANG,
                                         env=lab.plain_environment()))
        self.handshakes = self.world.handshakes - handshakes
        return outcome

    def published(self, *options, **other):
        """{name: addresses}"""
        self.outcome = self.publish(*options, **other)
        self.assertEqual(self.outcome.status, 0, self.outcome)
        head = self.tree / (self.tree / "HEAD").read_text().strip()
        text = gzip.decompress((head / "snapshot.gz").read_bytes()).decode()
        return {line.split()[0]: line.split()[1:] for line in text.splitlines()}

    def prove(self, **other):
        return self.published("--prove", "--siblings", "0", **other)

    def test_order(self):
        """What serves comes before what DNS says, in each family."""
        self.serve(HOST, C, SEVEN, dns=[A, B, C, SIX, SEVEN])
        self.world.way.update({A: REFUSES, B: SILENT})
        self.assertEqual(self.prove(), {HOST: [C, A, B, SEVEN, SIX]})
        self.assertIn("  proof: 1 names proven, 0 open, 0 without; ", self.outcome.out)

    def test_address_that_dns_gives_no_more(self):
        """It stays for as long as it serves, longer than --hold, and goes when it has failed twice."""
        self.serve(HOST, A)
        self.serve(WWW, F)
        hold = ("--prove", "--siblings", "0", "--hold", "1")
        self.assertEqual(self.published(*hold)[HOST], [A])
        self.serve(HOST, A, B, dns=[B])
        for day in range(4):
            # Something has to change for a serial to pass.
            self.serve(WWW, F, dns=[F, ADDRESSES[6 + day]])
            self.assertEqual(self.published(*hold, later=DAY)[HOST], [B, A], day)
        self.assertIn("1 addresses stand since they are proven", self.outcome.out)
        self.world.way[A] = REFUSES
        self.assertEqual(self.published(*hold, later=WEEK)[HOST], [B, A])
        # Once is not enough; and on the same day it is not tried again.
        self.assertEqual(self.published(*hold)[HOST], [B, A])
        self.assertEqual(self.published(*hold, later=DAY)[HOST], [B])

    def test_certificate_of_others(self):
        """A provider has given the address to somebody else."""
        self.serve(HOST, A)
        self.serve(WWW, F)
        self.prove()
        self.serve(HOST, B, dns=[A])
        self.assertEqual(self.prove(later=WEEK)[HOST], [A])
        self.serve(HOST, B)
        self.assertEqual(self.prove(later=DAY)[HOST], [B])

    def test_once_a_week(self):
        for number, name in enumerate(NAMES):
            self.serve(name, ADDRESSES[number])
        self.prove()
        self.assertEqual(self.handshakes, len(NAMES))
        self.prove()
        self.assertEqual(self.handshakes, 0)
        tried = 0
        for _ in range(7):
            self.prove(later=DAY)
            tried += self.handshakes
        self.assertEqual(tried, len(NAMES))

    def test_cut_off(self):
        """Where nothing that was proven can be, it is not the addresses' fault."""
        self.serve(HOST, A)
        self.serve(WWW, B)
        first = self.prove()
        self.world.way.update(dict.fromkeys(ADDRESSES, REFUSES))
        self.world.records.update({HOST: [C], WWW: [D]})
        for _ in range(3):
            self.assertEqual(self.prove(later=WEEK), {HOST: [A, C], WWW: [B, D]}, first)
            self.assertIn("proof failed for 2 of 2 IPv4 addresses that were proven before: nothing is held",
                          self.outcome.out)

    def test_names_that_never_answer(self):
        """As those of time servers: that they do not says nothing."""
        self.serve(HOST, A)
        self.serve(BANK, B)
        self.world.way[B] = RESETS
        self.prove()
        self.world.records[BANK] = [C]
        self.world.way[C] = SILENT
        for _ in range(3):
            self.assertEqual(self.prove(later=DAY)[BANK], [C, B])
        self.assertIn("proof: 1 names proven, 0 open, 1 without", self.outcome.out)

    def test_address_of_many(self):
        """A few are tried where nobody answers, or somebody resets; all where somebody does."""
        self.serve(HOST, A)
        for way, wait in ((REFUSES, "0 open, 12 without; 5 handshakes"), (RESETS, "0 open, 12 without; 3 handshakes"),
                          (SERVES, "12 open, 0 without; 13 handshakes")):
            self.world.way[B] = way
            self.world.records.update({f"n{i}.example.net": [B] for i in range(12)})
            self.prove()
            self.assertIn(f"proof: 1 names proven, {wait}", self.outcome.out)
            (self.state / "proven.gz").unlink()

    def test_family_that_dns_denies(self):
        """What the name's owner says, proven or not."""
        self.serve(HOST, A, SIX)
        self.assertEqual(self.prove()[HOST], [A, SIX])
        self.serve(HOST, A, SIX, dns=[A])
        self.assertEqual(self.prove(later=DAY)[HOST], [A])

    def test_name_that_dns_denies(self):
        """It may be an outage: what is proven stays for a week, and so much alone."""
        self.serve(HOST, A, SIX, dns=[A, B, SIX])
        self.serve(WWW, C, dns=[D])
        self.serve(API, E)
        self.assertEqual(self.prove(), {HOST: [A, B, SIX], WWW: [D], API: [E]})
        for records in (self.world.records.pop(HOST), []):
            self.world.records.pop(WWW, None)
            self.assertEqual(self.prove(names=NAMES, later=DAY), {HOST: [A, SIX], API: [E]}, records)
            self.world.records[HOST] = []  # it has no address, where before there was no name
        self.assertIn("  1 names stand since they are proven, and DNS denies them", self.outcome.out)
        self.world.way[E] = REFUSES
        del self.world.records[API]
        self.assertEqual(self.prove(names=NAMES, later=DAY), {HOST: [A, SIX], API: [E]})
        self.assertEqual(self.prove(names=NAMES, later=DAY), {HOST: [A, SIX]})
        self.assertEqual(self.prove(names=NAMES, later=3 * DAY), {HOST: [A, SIX]})
        self.world.records[BANK] = [F]
        self.assertEqual(self.prove(names=NAMES, later=DAY), {BANK: [F]})

    def test_name_that_dns_denies_and_gives_again(self):
        self.serve(HOST, A)
        self.serve(WWW, B)
        self.prove()
        for _ in range(5):
            del self.world.records[HOST]
            self.assertEqual(self.prove(names=NAMES, later=5 * DAY)[HOST], [A])
            self.serve(HOST, A)
            self.assertEqual(self.prove(names=NAMES, later=DAY)[HOST], [A])

    def test_siblings(self):
        """A name is tried where others of its domain serve."""
        self.serve(HOST, A, B, C, dns=[A, B, C])
        self.serve(WWW, A, B, D, dns=[D])
        self.serve(BANK, A, dns=[E])
        found = self.published("--prove")
        self.assertEqual(found[WWW][0], D)
        self.assertEqual(sorted(found[WWW]), sorted([A, B, D]))
        self.assertEqual(found[HOST], [A, B, C])
        self.assertEqual(found[BANK], [E])
        # What did not serve is not tried again before a week has passed.
        self.assertEqual(self.published("--prove", later=6)[WWW], found[WWW])
        self.assertEqual(self.handshakes, 0)

    def test_siblings_of_private_names(self):
        """Others do not hear of them."""
        private = self.folder / "private"
        private.write_text(f"{API}\n")
        self.serve(HOST, A)
        self.serve(WWW, A, dns=[B])
        self.serve(API, A, dns=[C])
        self.published("--prove", "--private-names", private, names=[HOST, WWW])
        asked = {name: {address for other, address in self.world.greeted if other == name} for name in (WWW, API)}
        self.assertEqual(asked, {WWW: {A, B}, API: {C}})

    def test_required(self):
        """A resolver that lies for a name."""
        required = self.folder / "required"
        required.write_text(BANK + "\n")
        self.serve(HOST, A)
        self.serve(BANK, B, dns=[C])
        self.assertEqual(self.published("--require", required), {HOST: [A]})
        self.assertIn("1 names are left out, since they are to be proven and are not", self.outcome.out)
        self.serve(BANK, B)
        self.assertEqual(self.published("--require", required, later=DAY), {HOST: [A], BANK: [B]})
        self.world.records[BANK] = [C]
        self.assertEqual(self.published("--require", required, later=DAY), {HOST: [A], BANK: [B]})

    def test_some_names(self):
        chosen = self.folder / "chosen"
        chosen.write_text(f"{WWW}\n")
        self.serve(HOST, B, dns=[A, B])
        self.serve(WWW, B, dns=[A, B])
        self.assertEqual(self.published("--prove-names", chosen, "--siblings", "0"), {HOST: [A, B], WWW: [B, A]})
        self.assertEqual(self.handshakes, 2)

    def test_port(self):
        self.serve(HOST, A)
        found = self.prove(names=[f"{HOST}:8443"])
        self.assertEqual((found, self.handshakes), ({HOST: [A]}, 0))
        self.assertIn("0 names proven, 0 open, 1 without; 1 handshakes", self.outcome.out)

    def test_port_of_a_list_of_others(self):
        """It does not count for a name that somebody here has chosen, or requires."""
        chosen = self.folder / "chosen"
        chosen.write_text(f"{BANK}\n")
        self.serve(BANK, A)
        for option in ("--require", "--prove-names"):
            self.published(option, chosen, names=[f"{BANK}:8443"], later=WEEK)
            self.assertIn("1 names proven, 0 open, 0 without; 1 handshakes", self.outcome.out, option)
        chosen.write_text(f"{BANK}:8443\n")
        (self.state / "proven.gz").unlink()
        self.published("--prove-names", chosen, names=[f"{BANK}:443"])
        self.assertIn("0 names proven, 0 open, 1 without; 1 handshakes", self.outcome.out)

    def test_damaged_memory(self):
        self.serve(HOST, A)
        self.prove()
        path = self.state / "proven.gz"
        good = path.read_bytes()
        text = gzip.decompress(good).decode()
        self.assertRegex(text, rf"\Agitdns proven 1 \d+\n{HOST} {A}/0/\d+/0/0\nend 1\n\Z")
        for bad in (good[:-9], b"", b"x" + good, gzip.compress(re.sub("/0/0$", "/0/x", text, flags=re.M).encode())):
            path.write_bytes(bad)
            outcome = self.publish("--prove")
            self.assertEqual(outcome.status, 1, outcome)
            self.assertIn("tree.state/proven.gz:", outcome.lines[-1])
        path.unlink()
        self.prove()

    def test_private_names(self):
        """Elsewhere 10.1.2.3 is another's: it is not tried, and stays."""
        private = self.folder / "private"
        private.write_text("git.corp.internal\n")
        self.serve(HOST, A)
        self.world.records["git.corp.internal"] = ["10.1.2.3"]
        for _ in range(3):
            found = self.published("--prove", "--private-names", private, names=[HOST], later=DAY)
            self.assertEqual(found["git.corp.internal"], ["10.1.2.3"])
            self.world.records["git.corp.internal"] = []
        self.assertIn("proof: 1 names proven, 0 open, 1 without", self.outcome.out)

    def test_stopped(self):
        """What was proven by then is remembered, and tried no more."""
        self.serve(HOST, A)
        self.serve(WWW, B)
        self.world.way[B] = SILENT
        self.world.open_listeners()
        self.names.write_text(f"{HOST}\n{WWW}\n")
        handshakes = self.world.handshakes
        process = subprocess.Popen(self.command("--prove"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env=lab.plain_environment())
        for _ in range(100 * lab.HANG):
            if self.world.handshakes > handshakes and self.world.held:
                break
            time.sleep(0.01)
        # The handshake is over when its certificate was taken, or soon after.
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        self.assertIn("stopped while addresses were proven", process.communicate(timeout=lab.HANG)[1])
        self.assertEqual(process.returncode, 1)
        self.assertRegex(gzip.decompress((self.state / "proven.gz").read_bytes()).decode(), rf"\n{HOST} {A}/0/")
        self.world.way[B] = SERVES
        self.assertEqual(self.prove(), {HOST: [A], WWW: [B]})
        self.assertEqual(self.handshakes, 1)

    def test_no_authorities(self):
        """Nothing can be proven, and all is published."""
        self.serve(HOST, A)
        lab.run("mount", "-t", "tmpfs", "tmpfs", authority.TRUSTED.parent)
        self.addCleanup(lab.run, "umount", authority.TRUSTED.parent)
        self.assertEqual(self.prove(), {HOST: [A]})
        self.assertIn("  certificates of authorities: No such file or directory; nothing was proven", self.outcome.out)


if __name__ == "__main__":
    if why := authority.missing():
        lab.skip(why)
    namespaces.enter()
    lab.main()
