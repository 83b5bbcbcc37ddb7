"""dnsdist with gitdns.lua answers from the copies what its upstream does not, by the module's own rules."""

import os
import pathlib
import random
import shutil
import struct
import subprocess
import time
import unittest

import lab
from lab import dnsdist, responder
from lab.dnsdist import NXDOMAIN, REFUSED, SERVFAIL, Dnsdist, ask

AT = "127.0.0.1"
COPY = pathlib.Path(lab.STORE).parent
LINES = f"dofile('{dnsdist.LUA}')\ngitdns()\n"
RECORDS = {
    "both.example.net": "192.88.98.1 192.88.98.2 2001:db8:1::1",
    "v4.example.net": "192.88.98.3",
    "v6.example.net": "2001:db8:1::2",
    "alias.example.net": "192.88.98.4 cname=v4.example.net",
    "under_score.example.net": "192.88.98.5",
    "last.example.net": "192.88.98.6",  # in one of the last hash tables
    "many.example.net": " ".join(f"192.88.99.{i}" for i in range(1, 41)),
}
FROM_UPSTREAM = {"198.51.100.7", "198.51.100.8"}


def make_cdb(records):
    """A cdb file, as any maker of such files makes it."""
    octets, tables = bytearray(2048), [[] for _ in range(256)]
    for key, value in records.items():
        tag = 5381
        for octet in key:
            tag = ((tag << 5) + tag ^ octet) & 0xFFFFFFFF
        tables[tag % 256].append((tag, len(octets)))
        octets += struct.pack("<2I", len(key), len(value)) + key + value
    for number, table in enumerate(tables):
        slots = [(0, 0)] * (2 * len(table))
        for tag, position in table:
            at = tag // 256 % len(slots)
            while slots[at] != (0, 0):
                at = (at + 1) % len(slots)
            slots[at] = (tag, position)
        struct.pack_into("<2I", octets, 8 * number, len(octets), len(slots))
        octets += b"".join(struct.pack("<2I", *slot) for slot in slots)
    return bytes(octets)


class WithDnsdist(unittest.TestCase):
    """An upstream that is well until it is told otherwise, and a machine without copies."""

    lines = LINES

    def setUp(self):
        for path in COPY.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.told = set()
        self.addCleanup(self.heal)
        self.prepare()
        self.dnsdist = self.enterContext(Dnsdist(self.lines, upstream=responder.ADDRESS["good"]))
        self.wait(lambda: self.addresses("elsewhere.example.org") == FROM_UPSTREAM)

    def prepare(self):
        lab.make_store(COPY, RECORDS)

    def wait(self, truth):
        return dnsdist.wait_for(self.dnsdist, truth)

    def upstream(self, domain, mode):
        self.told.add(domain)
        self.assertEqual(lab.tell_responder(f"{domain}={mode}"), "ok")

    def heal(self):
        for domain in self.told:
            lab.tell_responder(f"{domain}=")

    def addresses(self, name, kind="A", **how):
        return ask(AT, name, kind, **how).addresses()

    def die(self, mode="silent"):
        """All of upstream, and dnsdist knows."""
        self.upstream(".", mode)

        def is_known():
            answer = ask(AT, "elsewhere.example.org", seconds=1)
            return answer is not None and answer.rcode != 0
        self.wait(is_known)

    def assert_answers(self, name="both.example.net", explained=True):
        """As the record says, over UDP and TCP, with and without EDNS. `explained`: the responder's failures have no
        OPT, and what is made of one has none either."""
        words = RECORDS[name].split(" cname=")[0].split()
        for kind, sign in (("A", "."), ("AAAA", ":")):
            right = {word for word in words if sign in word}
            for how in ({}, {"tcp": True}, {"edns": None}, {"do": True}):
                answer = ask(AT, name, kind, **how)
                self.assertEqual(answer.rcode, 0, (name, kind, how, answer))
                self.assertEqual(answer.addresses(), right, (name, kind, how, answer))
                self.assertEqual(answer.flags & 0xFFE0, 0x8180, (name, kind, how))  # QR, RD, RA; not AA, TC, AD
                self.assertTrue(all(ttl == 60 for _, ttl, _ in answer.sections[0]))
                expected = dnsdist.stale() if explained and how.get("edns", 1) else []
                self.assertEqual(answer.extended_errors(), expected, (name, kind, how))
                self.assertFalse(answer.sections[1])
                self.assertFalse(answer.sections[2] and how.get("edns", 1) is None)
            self.assertNotEqual(ask(AT, name, kind, flags=0).rcode, 0)

    def assert_fails(self, name, rcode=SERVFAIL):
        for kind in ("A", "AAAA"):
            answer = ask(AT, name, kind)
            self.assertEqual((answer.rcode, answer.addresses()), (rcode, set()), (name, kind))


class Outages(WithDnsdist):
    def test_upstream_is_well(self):
        """It decides: NODATA and NXDOMAIN stay, and what it answers is not ours."""
        self.assertEqual(self.addresses("both.example.net"), FROM_UPSTREAM)
        self.assertEqual(ask(AT, "both.example.net").extended_errors(), [])
        self.upstream("@both.example.net", "nxdomain")
        self.assert_fails("both.example.net", NXDOMAIN)
        self.upstream("@v4.example.net", "nodata")
        self.assert_fails("v4.example.net", 0)

    def test_whole_upstream(self):
        for mode in ("silent", "servfail", "refused"):
            self.die(mode)
            for name in ("both.example.net", "v4.example.net", "v6.example.net", "alias.example.net",
                         "under_score.example.net"):
                self.assert_answers(name, explained=mode == "silent")
            self.assertEqual(self.addresses("BOTH.exaMPle.net", "AAAA"), {"2001:db8:1::1"})
            # What the copy lacks fails, and of what it has other types do: no mail goes astray.
            self.assertNotEqual(ask(AT, "unknown.example.net").rcode, 0)
            for kind in ("MX", "TXT", "SRV", "NS", "ANY"):
                self.assertNotEqual(ask(AT, "both.example.net", kind).rcode, 0, kind)
            https = ask(AT, "both.example.net", "HTTPS")
            self.assertEqual((https.rcode, https.sections[:2]), (0, [[], []]))
            self.assertNotEqual(ask(AT, "unknown.example.net", "HTTPS").rcode, 0)
            self.upstream(".", "good")
            self.wait(lambda: self.addresses("both.example.net") == FROM_UPSTREAM)

    def test_one_name(self):
        """The first question is answered, and all others stay upstream's."""
        for mode in ("servfail", "refused", "notimp"):
            self.upstream("@both.example.net", mode)
            self.assert_answers(explained=False)
            self.assertEqual(self.addresses("v4.example.net"), FROM_UPSTREAM)
            https = ask(AT, "both.example.net", "HTTPS")
            self.assertEqual((https.rcode, https.sections[:2]), (0, [[], []]))
            self.assertNotEqual(ask(AT, "both.example.net", "MX").rcode, 0)
        self.upstream("@unknown.example.net", "refused")
        self.assert_fails("unknown.example.net", REFUSED)

    def test_many_addresses(self):
        """An answer fits whoever asks; the first addresses are in it."""
        self.die()
        answer = ask(AT, "many.example.net", edns=None)
        self.assertLessEqual(answer.size, 512)
        self.assertEqual(answer.addresses(), {f"192.88.99.{i}" for i in range(1, 9)})

    def test_odd_names(self):
        """They are nobody's, and nothing in a store is told that is no name's."""
        self.die()
        for name in ("", "\0", "\1", "\2", "a b.example.net", "*.example.net", "?v4.example.net", "a" * 63 + ".example.net"):
            self.assertNotEqual(ask(AT, name).rcode, 0, name)
        self.assert_answers()


class Silence(WithDnsdist):
    lines = LINES.replace("gitdns()", "gitdns{silence=1}")

    def test_one_name(self):
        """Upstream drops the questions for one name: those who ask again are answered."""
        self.assertEqual(self.addresses("both.example.net"), FROM_UPSTREAM)
        time.sleep(2.5)  # what was answered is not waited for
        self.assertEqual(self.addresses("both.example.net"), FROM_UPSTREAM)
        self.upstream("@both.example.net", "silent")
        self.wait(lambda: ask(AT, "both.example.net", seconds=0.5) is not None)
        self.assert_answers_of_copy()
        self.assertEqual(self.addresses("v4.example.net"), FROM_UPSTREAM)
        # The first answer that upstream gives ends it.
        self.upstream("@both.example.net", "good")
        self.wait(lambda: self.addresses("both.example.net") == FROM_UPSTREAM)

    def assert_answers_of_copy(self):
        self.assertEqual(self.addresses("both.example.net"), {"192.88.98.1", "192.88.98.2"})


class Copies(WithDnsdist):
    """Stores that come, go, age and break."""

    def test_expiry(self):
        lab.make_store(COPY, RECORDS, seconds=6)
        end = time.time() + 6
        self.die()
        self.wait(lambda: time.time() > end + 1)
        self.assert_fails("both.example.net")
        lab.make_store(COPY, RECORDS)
        self.wait(lambda: self.addresses("both.example.net") != set())

    def test_another_store(self):
        """As gitdns-syncd puts it there, and as `gitdns checkout` does: a link that changes, to an older file."""
        (COPY / "serials").mkdir()
        for serial, address in ((1, "192.88.98.101"), (2, "192.88.98.102")):
            folder = lab.make_store(f"{lab.WORK}/serial-{serial}", {"both.example.net": address})
            shutil.move(f"{folder}/registry.cdb", COPY / f"serials/{serial}.cdb")
        os.utime(COPY / "serials/1.cdb", (1, 1))
        self.die()
        for serial in (1, 2, 1):
            os.symlink(f"serials/{serial}.cdb", COPY / "registry.new")
            os.rename(COPY / "registry.new", lab.STORE)
            self.wait(lambda: self.addresses("both.example.net") == {f"192.88.98.10{serial}"})

    def test_rubbish(self):
        """What is no store takes nothing away; the next good one is taken."""
        good = pathlib.Path(lab.STORE).read_bytes()
        beyond = struct.unpack_from("<I", good, 8 * 168)[0]  # the hash tables behind the one that has the deadline
        self.die()
        for rubbish in (b"", os.urandom(5000), good[:beyond], good.replace(b"\0\0\0\0", b"\xff" * 4)):
            lab.write(lab.STORE, rubbish)
            time.sleep(1.5)  # it looks once a second
            for name, words in RECORDS.items():
                kind = "AAAA" if ":" in words else "A"
                self.assertLess(set(), self.addresses(name, kind), name)
        os.unlink(lab.STORE)
        time.sleep(1.5)
        self.assert_answers()
        self.assertIn(f"gitdns: {lab.STORE}: damaged", self.dnsdist.said())
        lab.make_store(COPY, {"both.example.net": "192.88.98.9"})
        self.wait(lambda: self.addresses("both.example.net") == {"192.88.98.9"})

    def test_from_nothing(self):
        os.unlink(lab.STORE)
        with Dnsdist(LINES, address="127.0.0.2", upstream=lab.CLOSED_PORT) as other:
            dnsdist.wait_for(other, lambda: ask("127.0.0.2", "both.example.net").rcode == SERVFAIL)
            lab.make_store(COPY, RECORDS)
            dnsdist.wait_for(other, lambda: ask("127.0.0.2", "both.example.net").rcode == 0)
            self.assertEqual(ask("127.0.0.2", "v4.example.net").addresses(), {"192.88.98.3"})


class Formats(WithDnsdist):
    """What says that it has another layout is not read."""

    def test_store(self):
        self.die()
        records = {b"\0": b"gitdns registry 2\n", b"\2": bytes(9), b"both.example.net": b"\1\0\1\1\1\1"}
        lab.write(lab.STORE, make_cdb(records))
        self.wait(lambda: f"gitdns: {lab.STORE}: of a format that is not known here" in self.dnsdist.said())
        self.assert_answers()

    def test_policy(self):
        self.die()
        page = bytes([1, 0, 1, 3]) + b"top"
        lab.make_store(COPY, {"both.example.net": "192.88.99.1"}, registry="top")
        lab.write(lab.POLICY, make_cdb({b"\0": b"\2" + page[1:], b"\2": b"\x7f" + b"\xff" * 7}))
        self.wait(lambda: f"gitdns: {lab.POLICY}: of a format that is not known here" in self.dnsdist.said())
        self.assert_answers()
        lab.write(lab.POLICY, make_cdb({b"\0": page, b"\2": b"\x7f" + b"\xff" * 7}))
        self.wait(lambda: self.addresses("both.example.net") == {"192.88.99.1"})
        for broken in (page[:-1], page[:2] + b"\2" + page[3:], page[:3] + b"\3../", b"\1"):
            lab.write(lab.POLICY, make_cdb({b"\0": broken, b"\2": b"\x7f" + b"\xff" * 7}))
            time.sleep(1.5)  # it looks once a second
            self.assertEqual(self.addresses("both.example.net"), {"192.88.99.1"}, broken)

    def test_policy_that_cannot_be_read(self):
        """Nothing is answered against rules that nobody knows."""
        lab.write(lab.POLICY, b"rubbish")
        with Dnsdist(LINES, address="127.0.0.2", upstream=lab.CLOSED_PORT) as other:
            dnsdist.wait_for(other, lambda: "policy.cdb: damaged" in other.said())
            self.assertEqual(ask("127.0.0.2", "both.example.net").rcode, SERVFAIL)
            os.unlink(lab.POLICY)
            dnsdist.wait_for(other, lambda: ask("127.0.0.2", "both.example.net").rcode == 0)


class Registries(WithDnsdist):
    """Several, with rules: each name is answered as the module answers it."""

    NAMES = [f"{first}{domain}" for domain in ("a.example", "b.a.example", "c.b.a.example", "d.example", "e.test-top.net")
             for first in ("", "x.", "y.x.")]

    def prepare(self):
        self.random = random.Random(os.environ.get("SEED", "1"))
        lab.set_hosts_line("gitdns")

    def some(self, most):
        return ", ".join(self.random.sample(self.NAMES, self.random.randint(1, most)))

    def make(self, registries, seconds, more):
        for path in COPY.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for place, name in enumerate(registries):
            names = [each for each in self.NAMES if self.random.random() < 0.6] or self.NAMES
            if seconds[place] is not None:
                lab.make_store(COPY, {each: f"192.88.{place + 1}.{self.NAMES.index(each)}" for each in names},
                               seconds[place], name)
        lab.make_policy(COPY, registries, more)

    def make_any(self):
        """Up to four, some of them too old or absent; domains, names that are never or alone answered."""
        names = self.random.sample(["corp", "", "top", "x-1.y"], self.random.randint(1, 4))
        domains = self.random.sample(self.NAMES, 12)  # no two registries have the same
        registries = {name: "private = yes\n" + (f"domains = {', '.join(domains[3 * place:][:3])}\n"
                                                 if self.random.random() < 0.6 else "")
                      for place, name in enumerate(names)}
        seconds = [self.random.choice([3600, 3600, 3600, -5, None]) for _ in names]
        more = f"[answer]\nnever = case-{self.random.random()}.example\n"
        for rule in ("never", "only"):
            if self.random.random() < 0.5:
                words = [self.random.choice(("", "*.")) + name for name in self.some(4 if rule == "never" else 12).split(", ")]
                more += "".join(f"{rule} = {word}\n" for word in words)
        self.make(registries, seconds, more)
        return registries, seconds, more

    def by_module(self, name):
        done = subprocess.run(["getent", "ahosts", name], capture_output=True, text=True, timeout=lab.HANG)
        return {line.split()[0] for line in done.stdout.splitlines()}

    def test_as_the_module(self):
        self.die()
        answered = passed = 0
        for _ in range(8):
            case = self.make_any()
            right = {name: self.by_module(name) for name in self.NAMES}

            def is_same():
                self.difference = {name: (self.addresses(name), right[name]) for name in self.NAMES
                                   if self.addresses(name) != right[name]}
                return not self.difference
            try:
                self.wait(is_same)
            except AssertionError:
                self.fail(f"{case}: {self.difference}")
            answered += sum(map(bool, right.values()))
            passed += sum(not addresses for addresses in right.values())
        print(f"{answered} answered, {passed} not; the last: {case}")
        self.assertGreater(min(answered, passed), 10)

    def test_rules(self):
        """Written by hand."""
        self.make({"corp": "private = yes\ndomains = b.a.example\n", "": ""}, [-5, 3600],
                  "[answer]\nnever = x.a.example, *.d.example\n")
        lab.make_store(COPY, {name: "192.88.98.1" for name in self.NAMES})
        self.die()
        kept = {"b.a.example", "x.b.a.example", "y.x.b.a.example", "c.b.a.example", "x.c.b.a.example",
                "y.x.c.b.a.example", "x.a.example", "x.d.example", "y.x.d.example"}
        self.wait(lambda: {name for name in self.NAMES if not self.addresses(name)} == kept)


class Configuration(unittest.TestCase):
    def said(self, lines):
        path = lab.write(f"{lab.WORK}/checked.conf", dnsdist.START.format(address=AT, upstream=AT) + lines)
        return dnsdist.check(path)

    def test_mistakes(self):
        for lines, words in (("gitdns{store='/x'}", "gitdns: store: no such option"),
                             ("gitdns{silence='2'}", "gitdns: silence: not a number")):
            done = self.said(LINES.replace("gitdns()", lines))
            self.assertNotEqual(done.returncode, 0, done)
            self.assertIn(words, done.stdout + done.stderr)

    def test_right(self):
        lab.make_store(COPY, RECORDS)
        for lines in ("gitdns()", "gitdns{directory='/var/lib/gitdns', pool='', silence=2}"):
            done = self.said(LINES.replace("gitdns()", lines))
            self.assertEqual((done.returncode, "gitdns:" in done.stdout + done.stderr), (0, False), done)

    def test_others(self):
        """What an administrator has done once a second goes on."""
        lines = "calls = 0\nfunction maintenance() calls = calls + 1 if calls == 2 then errlog('twice') end end\n" + LINES
        with Dnsdist(lines, upstream=lab.CLOSED_PORT) as running:
            dnsdist.wait_for(running, lambda: "twice" in running.said())
            lab.make_store(COPY, {"both.example.net": "192.88.98.7"})
            dnsdist.wait_for(running, lambda: ask(AT, "both.example.net").addresses() == {"192.88.98.7"})


if __name__ == "__main__":
    dnsdist.need()
    lab.enter()
    lab.start_responder()
    lab.main()
