#!/usr/bin/env python3
"""gitdns-publish: what it makes of hosts files, what it refuses, and what is left when it is killed."""
import collections
import fcntl
import gzip
import ipaddress
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

import harness
from harness import Key, Outcome, canonical, now, plain_environment, scratch, sha256, timestamp

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
NAME = "top-sites"
SPECIAL = ("localhost", "local", "invalid", "test", "onion", "alt", "example", "internal", "home.arpa",
           "ipv4only.arpa", "resolver.arpa")
REFUSED = [ipaddress.ip_network(network) for network in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
GLOBAL6 = ipaddress.ip_network("2000::/3")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
KINDS = {"malformed": "malformed", "special": "special-use names",
         "address": "addresses that are not globally reachable", "many": "addresses beyond a name's 64th"}


def kind_of(name, address):
    """Why an entry cannot be published, or None. Written from the format's description alone."""
    labels = name.split(".")
    if len(name) > 253 or not all(map(LABEL.match, labels)) or labels[-1].isdigit():
        return "malformed"
    if len(labels) == 1 or any(name == special or name.endswith("." + special) for special in SPECIAL):
        return "special"
    if address.version == 6 and address not in GLOBAL6:
        return "address"
    return "address" if any(address in network for network in REFUSED) else None


def expected(hosts):
    """The registry text that a hosts file must give, and how many entries of what are skipped."""
    records, skipped = collections.defaultdict(dict), collections.Counter()
    for line in hosts.decode("latin-1").replace("\ufeff", "").split("\n"):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            address = ipaddress.ip_address(words[0])
        except ValueError:
            skipped["malformed"] += 1
            continue
        for name in words[1:]:
            name = name.lower().removesuffix(".")
            kind = kind_of(name, address)
            if kind is None and address not in records[name] and len(records[name]) == 64:
                kind = "many"
            if kind is None:
                records[name][address] = None
            else:
                skipped[kind] += 1
    lines = []
    for name in sorted((name for name in records if records[name]), key=canonical):
        addresses = sorted(records[name], key=lambda address: address.version)
        lines.append(" ".join([name, *map(str, addresses)]) + "\n")
    return "".join(lines).encode(), skipped


def hosts_of(count, address=lambda i: f"8.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}", first=0):
    return "".join(f"{address(i)}\tn{i}.example.org\n" for i in range(first, first + count))


def contents(folder):
    """All that is in a folder, octet for octet."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(pathlib.Path(folder).rglob("*"))}


class Publisher(unittest.TestCase):
    def setUp(self):
        self.scratch = scratch()
        self.folder = pathlib.Path(self.scratch.name)
        self.tree = self.folder / "tree"
        self.hosts = self.folder / "hosts"
        self.key = Key(self.folder, "first")

    def tearDown(self):
        self.scratch.cleanup()

    def command(self, *options, key=None, hosts=None, name=NAME, tree=None):
        return [harness.program("GITDNS_PUBLISH"), "--to", str(tree or self.tree), "--name", name,
                "--key", str((key or self.key).secret), "--hosts", str(hosts or self.hosts), *map(str, options)]

    def publish(self, *options, text=None, prefix=(), stdin="", path=None, **other):
        if text is not None:
            self.hosts.write_bytes(text if isinstance(text, bytes) else text.encode())
        environment = plain_environment() | ({"PATH": path} if path is not None else {})
        return Outcome(subprocess.run([*prefix, *self.command(*options, **other)], input=stdin, capture_output=True,
                                      text=True, timeout=120, env=environment))

    def published(self, *options, **other):
        outcome = self.publish(*options, **other)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return outcome

    def refused(self, *causes, outcome=None, options=(), consequence="nothing published", **other):
        """Exit 1, one line, and the tree as it was."""
        before = contents(self.tree)
        if outcome is None:
            outcome = self.publish(*options, **other)
        self.assertEqual(outcome.status, 1, outcome)
        self.assertEqual(len(outcome.lines), 1, outcome)
        self.assertTrue(outcome.lines[0].startswith("gitdns-publish: "), outcome)
        self.assertTrue(outcome.lines[0].endswith("; " + consequence), outcome)
        for cause in causes:
            self.assertIn(cause, outcome.lines[0])
        self.assertEqual(contents(self.tree), before)
        return outcome

    def head(self):
        return int((self.tree / "HEAD").read_text())

    def manifest(self, serial):
        lines = (self.tree / str(serial) / "manifest").read_text().splitlines()
        return {line.split()[0]: line.split()[1:] for line in lines}

    def text(self, serial=None):
        return gzip.decompress((self.tree / str(serial or self.head()) / "snapshot.gz").read_bytes())

    def check_whole(self, serial, key=None, signature="manifest.minisig"):
        """The serial verifies by minisign itself, and its payload by its manifest."""
        folder = self.tree / str(serial)
        manifest = self.manifest(serial)
        said = subprocess.run(["minisign", "-V", "-H", "-Q", "-p", (key or self.key).public, "-m",
                               folder / "manifest", "-x", folder / signature], check=True, capture_output=True,
                              text=True).stdout
        self.assertEqual(said, f"gitdns {NAME} serial {serial}\n")
        snapshot = (folder / "snapshot.gz").read_bytes()
        text = gzip.decompress(snapshot)
        self.assertEqual(manifest["serial"], [str(serial)])
        self.assertEqual(manifest["snapshot"], [str(len(snapshot)), sha256(snapshot)])
        self.assertEqual(manifest["text"], [str(len(text)), sha256(text)])
        self.assertEqual(manifest["names"], [str(text.count(b"\n"))])
        if manifest["parent"] != ["none"]:
            parent, octets = manifest["parent"]
            self.assertEqual(sha256((self.tree / parent / "manifest").read_bytes()), octets)

    def start(self, *serials):
        """A tree with these hosts files published, one after the other."""
        for serial, text in enumerate(serials, 1):
            self.published(text=text)
            self.assertEqual(self.head(), serial)


class Input(Publisher):
    def check(self, hosts, outcome):
        text, skipped = expected(hosts)
        self.assertEqual(self.text(), text)
        line = [line for line in outcome.out.splitlines() if line.startswith("skipped ")]
        kinds = [f"{skipped[kind]} {words}" for kind, words in KINDS.items() if skipped[kind]]
        total = sum(skipped.values())
        self.assertEqual(line, [f"skipped {total} entries: " + ", ".join(kinds)] if total else [])
        self.check_whole(self.head())
        return total

    def real(self, name):
        path = DATA / "hosts" / name
        if not path.exists():
            self.skipTest(f"{path} is not here")
        return path

    def test_root_zone(self):
        path = self.real("root-2026-06-13.hosts.gz")
        self.check(gzip.decompress(path.read_bytes()), self.published(hosts=path))

    def test_union(self):
        path = self.real("real-union.hosts.gz")
        hosts = gzip.decompress(path.read_bytes())
        self.assertEqual(self.check(hosts, self.published(hosts=path)), 22)

    def test_weeks(self):
        """Week after week of real churn passes the guards."""
        paths = sorted((DATA / "hosts").glob("is-a-dev-*.gz"))
        if not paths:
            self.skipTest(f"{DATA} is not here")
        texts = []
        for path in paths:
            outcome = self.published(hosts=path)
            texts.append(set(self.text().decode().splitlines()))
            self.check(gzip.decompress(path.read_bytes()), outcome)
            if len(texts) > 1:
                old, new = ({line.split()[0]: line for line in lines} for lines in texts[-2:])
                changed = sum(old[name] != new[name] for name in old.keys() & new.keys())
                self.assertIn(f": {len(new.keys() - old.keys())} names added, {len(old.keys() - new.keys())} removed, "
                              f"{changed} with other addresses\n", outcome.out)

    def test_blocklist(self):
        path = self.real("sb-full-2026-06-20.hosts.gz")
        outcome = self.refused("no names to publish", hosts=path)
        self.assertRegex(outcome.out, r"skipped 171\d\d\d entries: .*addresses that are not globally reachable")

    def test_wild(self):
        hosts = (b"\xef\xbb\xbf# comment\r\n8.8.8.8\tDNS.Google. dns64.dns.google\r\n\r\n  2001:4860:4860::8888 dns.google\n"
                 b"127.0.0.1 localhost\n0.0.0.0 blocked.example.org\n8.8.8.8.8 bad.example.org\n9.9.9.9 \xff.org x.org\n"
                 b"10.0.0.1 intranet\n8.8.4.4 dns.google # second\n8.8.8.8 dns.google\n9.9.9.9 1.2.3\n9.9.9.9 y.org")
        outcome = self.published(text=hosts)
        self.check(hosts[3:], outcome)
        self.assertIn(f"{self.hosts}:5: localhost: ", outcome.out)
        self.assertIn(f"{self.hosts}:7: 8.8.8.8.8: ", outcome.out)
        self.assertNotIn("\xff", outcome.out)
        text = self.text()
        self.assertEqual(self.check(hosts[3:], self.published(text=hosts)), 6)
        self.published("--name", "other", tree=self.folder / "other", hosts="-", stdin=hosts[3:].decode("latin-1"))
        zipped = self.folder / "hosts.gz"
        zipped.write_bytes(gzip.compress(hosts))
        self.published(hosts=zipped)
        self.assertEqual((self.head(), self.text()), (1, text))

    def test_many_addresses(self):
        self.check(hosts_of(1, lambda i: "2001:4860::1").encode() * 3 +
                   "".join(f"8.8.8.{i} n0.example.org\n8.8.8.{i} n1.example.org\n" for i in range(70)).encode(),
                   self.published(text=hosts_of(1, lambda i: "2001:4860::1") * 3 +
                                  "".join(f"8.8.8.{i} n0.example.org\n8.8.8.{i} n1.example.org\n" for i in range(70))))

    def test_private(self):
        self.published("--private", text="10.0.0.1 intranet db.corp.internal\nfd00::1 intranet\n")
        self.assertEqual(self.text(), b"db.corp.internal 10.0.0.1\nintranet 10.0.0.1 fd00::1\n")
        self.check_whole(1)

    def test_damaged(self):
        self.start(hosts_of(50))
        zipped = self.folder / "hosts.gz"
        octets = gzip.compress(hosts_of(60).encode())
        for damaged in (octets[:-1], octets[:-9], octets[:len(octets) // 2], octets[:5], b"", octets + b"\0",
                        octets[:40] + bytes([octets[40] ^ 4]) + octets[41:], hosts_of(60).encode()):
            zipped.write_bytes(damaged)
            self.refused(f"{zipped}: ", "gzip file", hosts=zipped)
        self.refused("No such file", hosts=self.folder / "nowhere")
        self.refused("Is a directory", hosts=self.folder)


class Guards(Publisher):
    def test_zero_names(self):
        path = DATA / "anomalies" / "zero-names.hosts"
        if not path.exists():
            self.skipTest(f"{path} is not here")
        self.start(hosts_of(37))
        self.refused("no names to publish", hosts=path)
        self.refused("no names to publish", options=["--force"], hosts=path)

    def test_names_vanish(self):
        for left in (1, 8, 33):
            shutil.rmtree(self.tree, ignore_errors=True)
            self.start(hosts_of(37))
            self.refused(f"{left} names, fewer than 90 % of the 37 of serial 1", text=hosts_of(left))
            self.assertIn("forced: ", self.published("--force").out)
            self.assertEqual(self.head(), 2)
        self.published(text=hosts_of(100, first=1000))
        self.published(text=hosts_of(90, first=1000))

    def test_one_address(self):
        self.start(hosts_of(37))
        outcome = self.refused("8.8.8.8 stands under 37 of 37 names, and under 0 of 37 in serial 1",
                               text=hosts_of(37, lambda i: "8.8.8.8"))
        self.assertIn("more than 50 points", outcome.lines[0])
        self.published(text=hosts_of(37, lambda i: "8.8.8.8" if i < 18 else f"9.9.9.{i}"))
        self.published("--force", text=hosts_of(37, lambda i: "8.8.8.8"))
        self.assertEqual(self.head(), 3)

    def test_one_address_in_a_large_registry(self):
        self.start(hosts_of(2000))
        share = lambda count: lambda i: "2001:4860::1" if i < count else f"9.9.{i >> 8}.{i & 255}"
        self.refused("2001:4860::1 stands under 201 of 2000 names", "more than 10 points", text=hosts_of(2000, share(201)))
        self.published(text=hosts_of(2000, share(200)))
        self.published(text=hosts_of(2000, share(400)))


class Tree(Publisher):
    def test_layout(self):
        self.start(hosts_of(30), hosts_of(31))
        self.assertEqual(sorted(contents(self.tree)), [
            "1", "1/manifest", "1/manifest.minisig", "1/snapshot.gz",
            "2", "2/delta-1.gz", "2/manifest", "2/manifest.minisig", "2/snapshot.gz", "HEAD"])
        for path in self.tree.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o755 if path.is_dir() else 0o644, path)
        self.assertEqual((self.tree / "HEAD").read_bytes(), b"2\n")
        manifest = self.manifest(2)
        self.assertEqual(list(manifest), ["gitdns", "name", "serial", "parent", "created", "expires", "names", "text",
                                          "snapshot", "delta"])
        self.assertEqual(manifest["parent"][0], "1")
        self.check_whole(2)

    def test_umask(self):
        self.published(text=hosts_of(3), prefix=["sh", "-c", 'umask 077; exec "$@"', "sh"])
        for path in [self.tree, *self.tree.rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o777, 0o755 if path.is_dir() else 0o644, path)

    def test_tampered(self):
        """One bit turned at several places of every file, cut short, grown, or gone: no run builds on it."""
        self.start(hosts_of(30), hosts_of(31), hosts_of(32))
        self.hosts.write_text(hosts_of(33))
        whole = contents(self.tree)
        for name, octets in whole.items():
            if octets is None:
                continue
            path = self.tree / name
            middle = len(octets) // 2
            damages = [octets[:i] + bytes([octets[i] ^ 1]) + octets[i + 1:]
                       for i in sorted({0, middle // 2, middle, len(octets) - 1})]
            damages += [octets[:-2], octets[:middle], b"", octets + b"\n"]
            if name == "HEAD":
                damages = [b"", b"3", b"0\n", b"03\n", b"4\n", b"-3\n", b"3\n\n", b"3\n4\n", b"9" * 40, b"\0\n"]
            if name.startswith("3/"):
                damages.append(None)
            for damaged in damages:
                if damaged is None:
                    path.unlink()
                else:
                    path.write_bytes(damaged)
                with self.subTest(file=name, damaged=damaged):
                    self.refused(f"{self.tree}/")
                path.write_bytes(octets)
        self.assertEqual(contents(self.tree), whole)
        self.published()
        self.check_whole(4)

    def test_exchanged(self):
        """Whole files of ours in the wrong place."""
        self.start(hosts_of(30), hosts_of(31))
        saved = contents(self.tree)
        self.hosts.write_text(hosts_of(32))
        for name in ("manifest", "manifest.minisig", "snapshot.gz"):
            (self.tree / "2" / name).write_bytes(saved[f"1/{name}"])
            self.refused(f"{self.tree}/2/")
            (self.tree / "2" / name).write_bytes(saved[f"2/{name}"])
        other = self.folder / "other"
        self.published(tree=other)
        shutil.rmtree(self.tree / "1")
        shutil.copytree(other / "1", self.tree / "1")
        self.refused(f"{self.tree}/1/manifest: not the one that later serials are built on")

    def test_head_set_back(self):
        """HEAD carries no authority: an older one, or none, is put right from what is signed."""
        self.start(hosts_of(30), hosts_of(31), hosts_of(32))
        (self.tree / "HEAD").write_text("1\n")
        outcome = self.published()
        self.assertIn(f"{self.tree}/HEAD: did not name serial 3", outcome.out)
        self.assertIn("unchanged, serial 3 stands", outcome.out)
        self.assertEqual(self.head(), 3)
        (self.tree / "HEAD").unlink()
        self.refused("fewer than 90 %", text=hosts_of(8))
        self.published(text=hosts_of(33))
        self.assertEqual((self.head(), self.manifest(4)["parent"][0]), (4, "3"))

    def test_other_registry(self):
        self.start(hosts_of(30))
        self.refused(f"{self.tree}: holds the registry {NAME}, not other", name="other")

    def test_unfinished_run(self):
        self.start(hosts_of(30))
        (self.tree / "2").mkdir()
        (self.tree / "2" / "snapshot.gz").write_bytes(b"half")
        (self.tree / "7").mkdir()
        (self.tree / "7" / "manifest").write_bytes((self.tree / "1" / "manifest").read_bytes())
        (self.tree / "index.html").write_text("a web server's own")
        (self.tree / "HEAD.new").write_text("9")
        rest = contents(self.tree / "2") | contents(self.tree / "7")
        outcome = self.published(text=hosts_of(31))
        self.assertIn(f"{self.tree}/7: left by a run that did not finish; left alone\n", outcome.out)
        self.assertEqual((self.head(), self.manifest(8)["parent"][0]), (8, "1"))
        self.assertEqual(contents(self.tree / "2") | contents(self.tree / "7"), rest)
        self.assertFalse((self.tree / "HEAD.new").exists())
        self.check_whole(8)
        self.assertNotIn("left alone", self.published(text=hosts_of(32)).out)

    def test_last_serial(self):
        self.start(hosts_of(30))
        (self.tree / "999999999").mkdir()
        self.refused("no serial above 999999999", text=hosts_of(31))

    def test_clock(self):
        self.start(hosts_of(30))
        created = now() + 3600
        self.set_times(1, created, created + 86400)
        self.refused(f"{self.tree}/1/manifest: created {timestamp(created)}, and this machine's clock says ",
                     text=hosts_of(31))

    def set_times(self, serial, created, expires):
        path = self.tree / str(serial) / "manifest"
        text = re.sub("created .*", f"created {timestamp(created)}", path.read_text())
        path.write_text(re.sub("expires .*", f"expires {timestamp(expires)}", text))
        self.key.sign(path, f"gitdns {NAME} serial {serial}")

    def test_history(self):
        """Eight snapshots are kept, deltas at HEAD and the serial before it, every manifest and signature."""
        self.start(*(hosts_of(90 + i) for i in range(11)))
        for serial in range(1, 12):
            names = sorted(path.name for path in (self.tree / str(serial)).iterdir())
            deltas = [f"delta-{base}.gz" for base in range(serial - 8, serial)] if serial > 9 else []
            self.assertEqual(names, sorted(deltas) + ["manifest", "manifest.minisig"] + ["snapshot.gz"] * (serial > 3),
                             serial)

    def text(self, serial):
        return gzip.decompress((self.tree / str(serial) / "snapshot.gz").read_bytes()).decode()

    def test_deltas(self):
        """Each of them turns its base's text into the new one, octet for octet."""
        self.start(*(hosts_of(90 + i) for i in range(4)), hosts_of(85, lambda i: f"8.0.{i % 9 == 0:d}.{i}", first=3))
        listed = [line.split() for line in (self.tree / "5/manifest").read_text().splitlines()
                  if line.startswith("delta ")]
        self.assertEqual([base for _, base, *_ in listed], ["4", "3", "2", "1"])
        for _, base, octets, digest in listed:
            packed = (self.tree / "5" / f"delta-{base}.gz").read_bytes()
            self.assertEqual((len(packed), harness.sha256(packed)), (int(octets), digest))
            lines = gzip.decompress(packed).decode().splitlines(keepends=True)
            names = [line.strip().lstrip("-").split()[0] for line in lines]
            self.assertEqual(names, sorted(set(names), key=harness.canonical))
            result = {line.split()[0]: line for line in self.text(base).splitlines(keepends=True)}
            for line in lines:
                if line.startswith("-"):
                    del result[line[1:-1]]
                else:
                    self.assertNotEqual(result.get(line.split()[0]), line)
                    result[line.split()[0]] = line
            text = "".join(result[name] for name in sorted(result, key=harness.canonical))
            self.assertEqual(text, self.text(5))

    def test_large_delta(self):
        """One that is larger than half the snapshot is not published."""
        self.start(hosts_of(90))
        self.published("--force", text="".join(f"9.8.{i}.{i * 7 % 256} x{i * i}.example.net\n" for i in range(90)))
        self.assertEqual(sorted(path.name for path in (self.tree / "2").iterdir()),
                         ["manifest", "manifest.minisig", "snapshot.gz"])

    def test_made_folder_goes_again(self):
        self.refused("no names", text="# nothing\n")
        self.assertFalse(self.tree.exists())
        self.refused("No such file", text=hosts_of(3), tree=self.folder / "no" / "where")

    def test_unchanged(self):
        self.start(hosts_of(30))
        before = contents(self.tree)
        outcome = self.published(text="# other octets, same records\n" + hosts_of(30))
        self.assertIn("unchanged, serial 1 stands", outcome.out)
        self.assertEqual(contents(self.tree), before)
        self.set_times(1, now() - 15 * 86400 + 600, now() + 45 * 86400 + 600)
        before = contents(self.tree)
        self.published()
        self.assertEqual(contents(self.tree), before)
        self.set_times(1, now() - 15 * 86400, now() + 45 * 86400)  # a quarter has passed
        self.published()
        self.assertEqual(self.head(), 2)
        self.check_whole(2)
        self.assertEqual(*((self.tree / serial / "snapshot.gz").stat().st_ino for serial in "12"))

    def test_valid(self):
        self.published("--valid", "2w", text=hosts_of(3))
        span = [time.mktime(time.strptime(self.manifest(1)[field][0], "%Y-%m-%dT%H:%M:%SZ"))
                for field in ("created", "expires")]
        self.assertEqual(span[1] - span[0], 14 * 86400)


class Signing(Publisher):
    def test_key_change(self):
        second = Key(self.folder, "second")
        self.start(hosts_of(30))
        self.published("--key", second.secret)  # unchanged text, but the second key has not signed yet
        self.assertEqual(self.head(), 2)
        self.check_whole(2)
        self.check_whole(2, second, f"manifest.{second.id}.minisig")
        self.assertIn("unchanged", self.published("--key", second.secret).out)
        path = self.tree / "2" / f"manifest.{second.id}.minisig"
        octets = path.read_bytes()
        path.write_bytes(octets.replace(b"trusted comment: gitdns", b"trusted comment: Gitdns"))
        self.refused(str(path), options=["--key", second.secret])
        path.write_bytes(octets)
        self.published(key=second, text=hosts_of(31))
        self.check_whole(3, second)
        self.published(key=second, text=hosts_of(32))

    def test_unknown_key(self):
        stranger = Key(self.folder, "stranger")
        self.start(hosts_of(30))
        self.refused(f"{self.tree}/1/manifest.minisig: signed by none of the keys; see --pubkey", key=stranger,
                     text=hosts_of(31))
        self.published("--pubkey", self.key.public, key=stranger)
        self.check_whole(2, stranger)

    def test_encrypted_key(self):
        self.key.secret.unlink()
        subprocess.run(["minisign", "-G", "-f", "-p", self.key.public, "-s", self.key.secret], check=True,
                       input=b"secret\nsecret\n", capture_output=True)
        elsewhere = self.key.public.rename(self.folder / "elsewhere.pub")
        self.refused(f"{self.key.secret}: encrypted secret key without its public key file; see --pubkey",
                     text=hosts_of(30))
        outcome = self.publish("--pubkey", elsewhere, stdin="secret\n")
        self.assertEqual(outcome.status, 0, outcome)
        elsewhere.rename(self.key.public)
        self.check_whole(1)
        before = contents(self.tree)
        outcome = self.publish(text=hosts_of(31), stdin="wrong\n")
        self.assertEqual(outcome.status, 1)
        self.assertEqual(outcome.lines[-1], "gitdns-publish: minisign: failed with exit status 2; nothing published")
        self.assertEqual(contents(self.tree), before)

    def test_no_key(self):
        self.key.secret.write_text("rubbish\n")
        self.refused(f"{self.key.secret}: not a minisign key", text=hosts_of(30))
        self.key.secret.unlink()
        self.refused(f"{self.key.secret}: No such file", text=hosts_of(30))

    def test_no_minisign(self):
        self.start(hosts_of(30))
        empty = self.folder / "bin"
        empty.mkdir()
        self.refused("minisign: program not found", text=hosts_of(31), path=str(empty))

    def test_bad_minisign(self):
        """A program that fails, or signs nothing, something else, or with another key."""
        self.start(hosts_of(30))
        stranger = Key(self.folder, "stranger")
        fake = self.folder / "bin" / "minisign"
        fake.parent.mkdir()
        real = shutil.which("minisign")
        out = 'while [ "$1" != -x ]; do shift; done; out=$2; manifest=${out%.minisig}; '
        comment = f"-t 'gitdns {NAME} serial 2'"
        for script, cause in (
                ("exit 3", "minisign: failed with exit status 3"),
                ("kill -9 $$", "minisign: killed by signal 9"),
                ("exit 0", "its signature cannot be used: No such file"),
                (f"{out} echo rubbish >$out", "not a minisign signature"),
                (f"{out} exec {real} -S -s {stranger.secret} -m $manifest -x $out {comment}", "signed by none of the keys"),
                (f"{out} exec {real} -S -s {self.key.secret} -m $manifest -x $out -t x", "another registry or serial"),
                (f"{out} exec {real} -S -l -s {self.key.secret} -m $manifest -x $out {comment}", "legacy")):
            fake.write_text(f"#!/bin/sh\n{script}\n")
            fake.chmod(0o755)
            self.refused(cause, text=hosts_of(31), path=f"{fake.parent}:{os.environ['PATH']}")
        self.published()
        self.check_whole(2)


class Interrupted(Publisher):
    def setUp(self):
        super().setUp()
        self.texts = [hosts_of(4000), hosts_of(4001)]
        self.random = random.Random(5)

    def run_length(self):
        lengths = []
        for text in (self.texts[1], self.texts[0]) * 2:
            start = time.monotonic()
            self.published(text=text)
            lengths.append(time.monotonic() - start)
        return min(lengths)

    def interrupt(self, number, after):
        process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(after)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors

    def test_kill(self):
        """At 50 moments: HEAD always names a whole serial, and the next run succeeds."""
        self.start(self.texts[0])
        length = self.run_length()
        killed = 0
        for i in range(50):
            self.hosts.write_text(self.texts[i % 2])
            status, _ = self.interrupt(signal.SIGKILL, self.random.uniform(0, length * 1.2))
            killed += status == -signal.SIGKILL
            self.check_whole(self.head())
            self.published(text=self.texts[(i + i // 7) % 2])
            self.check_whole(self.head())
        self.assertGreater(killed, 10)

    def test_terminate(self):
        """SIGTERM or SIGINT at 30 moments: a new serial, or nothing of it."""
        self.start(self.texts[0])
        length = self.run_length()
        stopped = 0
        for i in range(30):
            self.hosts.write_text(self.texts[i % 2])
            before = contents(self.tree)
            status, errors = self.interrupt(self.random.choice([signal.SIGTERM, signal.SIGINT]),
                                            self.random.uniform(0.2 * length, length))
            if status == 0:
                self.check_whole(self.head())
                continue
            self.assertEqual(contents(self.tree), before)
            self.assertIn(status, (1, -signal.SIGTERM, -signal.SIGINT))
            if status == 1:
                self.assertRegex(errors, r"\Agitdns-publish: .*stopped; nothing published\n\Z")
                stopped += 1
        self.assertGreater(stopped, 0)

    def test_stop_while_reading(self):
        self.start(self.texts[0])
        before = contents(self.tree)
        process = subprocess.Popen(self.command(hosts="-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdin.write("8.8.8.8 dns.google\n")
        process.stdin.flush()
        self.wait_for_lock()
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), 1)
        self.assertEqual(process.stderr.read(), "gitdns-publish: -: stopped; nothing published\n")
        process.communicate()
        self.assertEqual(contents(self.tree), before)

    def wait_for_lock(self):
        for _ in range(2000):
            if os.path.exists(self.tree / ".lock"):
                return
            time.sleep(0.01)
        self.fail("nobody took the lock")

    def test_nobody_else_locks(self):
        """Others may read the folder, and so lock it, but not what a run locks."""
        self.start(self.texts[0])
        descriptor = os.open(self.tree, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self.published(text=self.texts[1])
        self.assertEqual(self.head(), 2)

    def test_a_lock_left_behind(self):
        self.start(self.texts[0])
        (self.tree / ".lock").write_text("")
        self.published(text=self.texts[1])
        self.assertEqual(self.head(), 2)
        self.assertNotIn(".lock", contents(self.tree))

    def test_two_at_once(self):
        self.start(self.texts[0])
        process = subprocess.Popen(self.command(hosts="-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.wait_for_lock()
        self.refused(f"{self.tree}: another gitdns-publish is at work in it", text=self.texts[1])
        process.communicate(self.texts[1], timeout=20)
        self.assertEqual((process.returncode, self.head()), (0, 2))
        self.check_whole(2)

    def namespace(self):
        return harness.namespace() or self.skipTest("mount namespaces are not allowed")

    def test_full_disk(self):
        """A second serial runs out of blocks or inodes at each point on its way."""
        prefix = self.namespace()
        self.texts = [hosts_of(4000, lambda i: f"8.{i % 251}.{i * 7 % 253}.{i * 13 % 255}"), ""]
        self.published(text=self.texts[0])
        size = (self.tree / "1" / "snapshot.gz").stat().st_size
        saved = self.folder / "saved"
        self.tree.rename(saved)
        self.tree.mkdir()
        script = ('mount -t tmpfs -o size=$1,nr_inodes=$2 none "$3" && cp -a "$4/." "$3" && cp "$5" /dev/null && shift 5 && '
                  '{ "$@"; status=$?; diff -r "$SAVED" "$TREE" >&2 && exit $status || exit 9; }')
        failed = 0
        for pages, inodes in ((12, 99), (size * 2 // 4096 + 4, 99), (size * 2 // 4096 + 5, 99), (99, 7), (99, 8), (99, 9),
                              (99, 10)):
            with self.subTest(pages=pages, inodes=inodes):
                pages = max(pages, size // 4096 + 5)
                outcome = self.publish(text=self.texts[0] + hosts_of(1, first=5000), prefix=[
                    *prefix, "env", f"SAVED={saved}", f"TREE={self.tree}", "sh", "-c", script, "sh", str(pages * 4096),
                    str(inodes), str(self.tree), str(saved), str(self.hosts)])
                lines = [line for line in outcome.lines if line.startswith("gitdns-publish: ")]
                if outcome.status == 9:  # published: the tree differs
                    self.assertEqual(lines, [], outcome)
                    continue
                self.assertEqual((outcome.status, len(lines)), (1, 1), outcome)
                failed += 1
        self.assertGreater(failed, 3)


class Usage(Publisher):
    def test_usage(self):
        program = harness.program("GITDNS_PUBLISH")
        whole = {"--to": self.tree, "--name": NAME, "--key": self.key.secret, "--hosts": self.hosts}
        self.hosts.write_text(hosts_of(3))
        wrong = [{option: value for option, value in whole.items() if option != missing} for missing in whole]
        wrong += [whole | {"--name": name} for name in ("", "Top", "a/b", "..", "a" * 65, "a b")]
        wrong += [whole | {"--valid": valid} for valid in ("", "0d", "-1d", "60", "d", "1y", "9999999999999d", "1d ", "522w")]
        wrong += [whole | {"--frobnicate": ""}]
        for options in wrong:
            words = [str(word) for pair in options.items() for word in pair]
            outcome = Outcome(subprocess.run([program, *words], capture_output=True, text=True, timeout=20))
            self.assertEqual((outcome.status, len(outcome.lines), outcome.out), (2, 1, ""), (words, outcome))
        self.assertFalse(self.tree.exists())
        self.assertEqual(self.publish("extra").status, 2)

    def test_help(self):
        program = harness.program("GITDNS_PUBLISH")
        for option, start in (("--help", "Usage: gitdns-publish --to "), ("--version", "gitdns-publish ")):
            process = subprocess.run([program, option], capture_output=True, text=True, timeout=20)
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            self.assertTrue(process.stdout.startswith(start))


if __name__ == "__main__":
    harness.need("minisign")
    harness.program("GITDNS_PUBLISH")
    unittest.main(verbosity=2)
