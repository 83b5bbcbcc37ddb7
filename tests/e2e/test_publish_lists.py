"""gitdns-publish --names: lists as people have them, several, beside a hosts file, and what is no list."""
import gzip
import io
import random
import struct
import zipfile
import zlib

import lab
from lab import dns_tree
from lab.publish_names import Resolving, text_of

PLAIN = "one.com\ntwo.net\nthree.org\n"


class Unseekable(io.RawIOBase):
    """As a pipe: what is written into a ZIP file cannot be mended afterwards."""

    def __init__(self):
        self.octets = b""

    def writable(self):
        return True

    def write(self, octets):
        self.octets += bytes(octets)
        return len(octets)


def packed(*members, method=zipfile.ZIP_DEFLATED, stream=False, huge=False):
    """A ZIP file of these (name, text)."""
    out = Unseekable() if stream else io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with file.open(info, "w", force_zip64=huge) as member:
                member.write(text.encode())
    return out.octets if stream else out.getvalue()


class Lists(Resolving):
    # Of address space, libraries and all.
    little, much = ["prlimit", f"--as={128 << 20}"], ["prlimit", f"--as={640 << 20}"]

    def serve(self, *names):
        for name in names or ("one.com", "two.net", "three.org", "www.one.com", "www.three.org"):
            self.zones.add(name, "A", "8.8.8.8")
        self.start_dns()

    def names_of(self, outcome):
        self.assertEqual(outcome.status, 0, outcome)
        return [line.split()[0] for line in self.text().splitlines()]

    def refused(self, octets, *causes, prefix=(), status=1):
        """One line that names file and cause, nothing published."""
        if octets is not None:
            self.names.write_bytes(octets)
        outcome = self.publish(prefix=prefix)
        self.assertEqual((outcome.status, len(outcome.lines)), (status, 1), outcome)
        for cause in (str(self.names), "; nothing published", *causes):
            self.assertIn(cause, outcome.lines[0])
        self.assertLess(len(outcome.lines[0]), 400)
        self.assertFalse((self.tree / "HEAD").exists())
        return outcome

    def test_forms(self):
        self.serve()
        lists = {
            "Tranco": "1,one.com\r\n2,two.net\r\n3,three.org\r\n",
            "CrUX": "origin,rank\nhttps://one.com,1000\nhttps://two.net,1000\nhttp://three.org,5000\n",
            "Majestic": "GlobalRank,TldRank,Domain,TLD,RefSubNets,RefIPs,IDN_Domain,IDN_TLD\n"
                        "1,1,one.com,com,9,9,one.com,com\n2,1,two.net,net,8,8,two.net,net\n"
                        "3,1,three.org,org,7,7,three.org,org\n",
            "Radar": "domain\none.com\ntwo.net\nthree.org\n",
            "Radar, top 100": 'rank,domain,categories\n1,one.com,"Search Engines, Technology"\n2,two.net,\n3,three.org,\n',
            "DomCop": '"Rank","Domain","Open Page Rank"\n"1","one.com","10.00"\n"2","two.net","9.00"\n"3","three.org","8"\n',
            "URLs": "https://one.com:8443/a?b\nhttp://me@two.net/\nssh://git@three.org/x.git#main\n",
            "a mark": "\ufeff" + PLAIN.replace("\n", "\r\n"),
        }
        kinds = {"text": str.encode, "gzip": lambda text: gzip.compress(text.encode()),
                 "ZIP": lambda text: packed(("top-1m.csv", text)),
                 "stored": lambda text: packed(("top-1m.csv", text), method=zipfile.ZIP_STORED),
                 "piped": lambda text: packed(("top-1m.csv", text), stream=True),
                 "path": lambda text: packed(("../../../etc/cron.d/list", text), huge=True)}
        for form, text in lists.items():
            for kind, pack in kinds.items():
                with self.subTest(form=form, kind=kind):
                    self.names.write_bytes(pack(text))
                    outcome = self.publish()
                    self.assertEqual(self.names_of(outcome), ["one.com", "two.net", "three.org"])
                    self.assertNotIn("skipped", outcome.out)
        self.assertEqual(self.names_of(self.publish(names="-", stdin=packed(("x", PLAIN)))),
                         ["one.com", "two.net", "three.org"])

    def test_rank(self):
        """The first list first, each name once, --top of them all; www. is added after that."""
        self.serve()
        for name, text in ("first", "three.org\none.com\nthree.org\n"), ("second", "one.com\ntwo.net\nnever.com\n-bad-\n"):
            (self.folder / name).write_text(text)
        first, second = self.folder / "first", self.folder / "second"
        for top, want in (1, ["three.org"]), (2, ["one.com", "three.org"]), (3, ["one.com", "two.net", "three.org"]):
            outcome = self.publish("--names", second, "--top", top, "--force", names=first)
            self.assertEqual(self.names_of(outcome), want)
            self.assertIn(f"asked for {top} names", outcome.out)
            self.assertNotIn("skipped", outcome.out)
        outcome = self.publish("--names", "-", "--top", 1, "--www", "--force", names=first, stdin=b"two.net\n")
        self.assertEqual(self.names_of(outcome), ["three.org", "www.three.org"])
        outcome = self.publish("--names", second, names=first)
        self.assertIn(f"{second}:4: -bad-: not a host name; skipped\n", outcome.out)

    def test_hosts(self):
        """Names that are given are not asked for; their addresses are the file's alone, also after they were held."""
        self.serve()
        hosts = self.folder / "hosts"
        hosts.write_text("9.9.9.9 one.com given.com\n9.9.9.10 one.com\n")
        self.names.write_text(PLAIN)
        self.published()
        outcome = self.published("--hosts", hosts)
        self.assertEqual(self.text(), text_of(["given.com 9.9.9.9", "one.com 9.9.9.9 9.9.9.10", "two.net 8.8.8.8",
                                               "three.org 8.8.8.8"]))
        self.assertIn("asked for 2 names", outcome.out)
        self.names.write_text("one.com\n")
        outcome = self.published("--hosts", hosts, "--force")
        self.assertEqual(self.text(), text_of(["given.com 9.9.9.9", "one.com 9.9.9.9 9.9.9.10"]))
        self.assertIn("asked for 0 names", outcome.out)

    def test_skipped(self):
        """Counted by cause; all of them shown on demand, of each file, and nothing that a terminal would obey."""
        self.serve()
        bad = [f"-bad{i}-" for i in range(5)] + ["\x1b[31m.com", "a" * 300 + ".com", "x\0y.com"]
        self.names.write_text(PLAIN + "".join(word + "\n" for word in bad)
                              + "printer.local\nintranet\n192.0.2.1\nhttps://[2001:db8::1]/\nbücher.com\n")
        hosts = self.folder / "hosts"
        hosts.write_text("10.0.0.1 nas.com\n8.8.8.8 x.internal\n")
        counts = ("skipped 14 entries: 8 malformed, 3 special-use names, 1 addresses that are not globally reachable, "
                  "2 addresses in a name's place\n")
        outcome = self.published("--hosts", hosts)
        self.assertIn(counts, outcome.out)
        self.assertEqual(outcome.out.count("; skipped\n"), 3 + 3 + 1 + 2)
        outcome = self.published("--hosts", hosts, "--show-skipped")
        self.assertIn(counts, outcome.out)
        self.assertEqual(outcome.out.count("; skipped\n"), 14)
        for line in (f"{self.names}:8: -bad4-: not a host name", f"{self.names}:9: ?[31m.com: not a host name",
                     f"{self.names}:10: {'a' * 64}...: not a host name", f"{self.names}:11: x?y.com: not a host name",
                     f"{self.names}:12: printer.local: special-use name, which --private takes",
                     f"{self.names}:14: 192.0.2.1: an address, not a name",
                     f"{self.names}:15: 2001:db8::1: an address, not a name",
                     f"{hosts}:1: 10.0.0.1: address that is not globally reachable, which --private takes",
                     f"{hosts}:2: x.internal: special-use name, which --private takes"):
            self.assertIn(line + "; skipped\n", outcome.out)
        self.assertIn(f"{self.names}:16: bücher.com: taken as xn--bcher-kva.com\n", outcome.out)

    def test_no_list(self):
        page = b"\xef\xbb\xbf\r\n  <!DOCTYPE html><html><a href=https://one.com/>Log in</a>\n"
        self.refused(page, "a page of HTML, not a list of names")
        self.refused(gzip.compress(page), "a page of HTML")
        self.refused(b"", "no names to publish", status=3)
        self.refused(b"\0" * 100000, "no names to publish", status=3)
        self.refused(b"a" * 10_000_000 + b"\n", "no names to publish", status=3)

    def test_long_line(self):
        """10 MB without an end, between two names."""
        self.serve()
        self.names.write_bytes(b"one.com\n" + b"a." * 5_000_000 + b"\ntwo.net\n")
        outcome = self.publish()
        self.assertEqual(self.names_of(outcome), ["one.com", "two.net"])
        self.assertIn(f"{self.names}:2: line too long; skipped\n", outcome.out)

    def test_zip_damage(self):
        """Never a shorter list without an error."""
        text = "".join(f"n{i}.com\n" for i in range(40))
        for whole in packed(("list", text)), packed(("list", text), stream=True):
            data = whole.index(b"PK\1\2") - 16 * (b"PK\7\10" in whole)
            # The directory's entry has no more than its CRC and size that matters.
            for cut in range(4, whole.index(b"PK\1\2") + 46, 37):
                self.refused(whole[:cut], "ZIP file")
            turn = random.Random(1)
            for _ in range(8):
                octets = bytearray(whole)
                octets[turn.randrange(34, data)] ^= 1 << turn.randrange(8)
                self.refused(bytes(octets), "ZIP file")

    def test_zip_kinds(self):
        two = packed(("one", PLAIN), ("two", PLAIN))
        self.refused(two, "ZIP file that holds more than one file")
        self.refused(packed(("one", PLAIN), ("two", PLAIN), stream=True), "more than one file")
        self.refused(packed(), "not a ZIP file, or a damaged one")
        self.refused(packed(("x", PLAIN), method=zipfile.ZIP_BZIP2), "neither stored nor deflated")
        encrypted = bytearray(packed(("x", PLAIN)))
        encrypted[6] |= 1
        self.refused(bytes(encrypted), "encrypted")
        self.refused(b"PK\3\4" + b"\xff" * 60000, "ZIP file")
        self.refused(packed(("x", PLAIN)) + b"\0" * 300_000, "damaged")

    def test_bombs(self):
        """1 GiB and more in a megabyte, within little memory."""
        zeros = b"\0" * (1 << 26)
        self.refused(gzip.compress(zeros, 1) * 17, "inflates to more than 1 GiB", prefix=self.little)
        deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
        piece = deflate.compress(zeros) + deflate.flush(zlib.Z_FULL_FLUSH)
        head = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 8, 8, 0, 0, 0, 0, 0, 4, 0) + b"list"
        self.refused(head + piece * 17, "inflates to more than 1 GiB", prefix=self.little)

    def test_ten_million(self):
        """Refused within bounded memory and time, with the way out; --top is that."""
        with open(self.names, "w") as file:
            for million in range(10):
                file.writelines(f"host-{million}-{i}.example-{i % 977}.com\n" for i in range(1_000_000))
        self.refused(None, "more than 5,000,000 names; --top takes the first ones", prefix=self.much)
        self.serve("host-0-0.example-0.com")
        self.assertEqual(self.names_of(self.publish("--top", 1)), ["host-0-0.example-0.com"])


if __name__ == "__main__":
    dns_tree.enter()
    lab.main()
