"""Snapshots that are not what the manifest says, or hold what no registry may."""
import gzip
import os

import lab
from lab.bad_input import GOOD, HTML, BadInput
from lab.registry import make_text


class Payload(BadInput):
    """Snapshots that are not what the manifest says, and manifests that say what no snapshot may be."""

    def test_size(self):
        for change in (-1, 1, 1000):
            octets = len(gzip.compress(GOOD, 6, mtime=0)) + change
            self.registry.publish(42, GOOD, octets=octets)
            self.refused("42/snapshot.gz", "size differs", "larger than", what=str(change))

    def test_hash(self):
        self.registry.publish(42, GOOD, sha256="0" * 64)
        self.refused("42/snapshot.gz", "SHA-256 differs")

    def test_hash_of_the_text(self):
        self.registry.publish(42, GOOD, text_sha256="0" * 64)
        self.refused("42/snapshot.gz", "inflated: SHA-256 differs")

    def test_size_of_the_text(self):
        self.registry.publish(42, GOOD, text_octets=len(GOOD) + 1)
        self.refused("42/snapshot.gz", "inflated: size differs")

    def test_number_of_names(self):
        self.registry.publish(42, GOOD, names=61)
        self.refused("42/snapshot.gz", "inflated: number of names differs")
        # Memory is reckoned by it: with the first name too many it ends.
        self.registry.publish(42, GOOD, names=7)
        self.refused("42/snapshot.gz", "gz:8: number of names differs")

    def test_gzip_bomb(self):
        bomb = gzip.compress(bytes(200 << 20), 9, mtime=0)
        lines = gzip.compress(make_text(100000), 6, mtime=0)
        for snapshot in (bomb, lines):
            self.registry.publish(42, GOOD, snapshot=snapshot)
            before = os.times().children_user
            self.refused("42/snapshot.gz", "inflates to more octets", "line too long")
            self.assertLess(os.times().children_user - before, 5)

    def test_second_member(self):
        whole = gzip.compress(GOOD, 6, mtime=0)
        half = GOOD.index(b"\n", len(GOOD) // 2) + 1
        for snapshot in (whole + whole, gzip.compress(GOOD[:half]) + gzip.compress(GOOD[half:]), whole + b"\n",
                         whole + b"\0" * 512):
            self.registry.publish(42, GOOD, snapshot=snapshot)
            self.refused("42/snapshot.gz", "octets after the end", "size differs")

    def test_no_gzip(self):
        for snapshot in (b"\x1f\x8b", GOOD, HTML):
            self.registry.publish(42, GOOD, snapshot=snapshot)
            self.refused("42/snapshot.gz", "gzip", what=repr(snapshot[:20]))
        self.registry.publish(42, GOOD, snapshot=b"")
        self.refused("42/manifest", "bad value")

    def test_lines(self):
        """Signed, with right hashes: a publisher that went wrong or was taken over."""
        lines = GOOD.splitlines(keepends=True)
        wrong = {
            "names out of order": [lines[:10] + [lines[11], lines[10]] + lines[12:], lines[:11] + lines[10:]],
            "special-use name": [lines + [b"printer.local 8.8.8.8\n"], lines + [b"com 8.8.8.8\n"]],
            "not globally reachable": [lines + [b"z.example.org 192.168.1.1\n"], lines + [b"z.example.org ::1\n"],
                                       lines + [b"z.example.org 0.0.0.0\n"]],
            "not a host name": [lines + [b"\n"], lines + [b"Z.example.org 8.8.8.8\n"], lines + [b"-z.example.org 8.8.8.8\n"]],
            "shortest form": [lines + [b"z.example.org 2001:4860:0:0::1\n"]],
            "not an address": [lines + [b"z.example.org 8.8.8\n"], lines + [b"z.example.org  8.8.8.8\n"],
                               lines + [b"z.example.org 8.8.8.8 \n"]],
            "given twice": [lines + [b"z.example.org 8.8.8.8 8.8.8.8\n"]],
            "not a line": [lines + [b"z.example.org 8.8.8.8 cname=a.example.org 8.8.8.8\n"]],
            "without an address": [lines + [b"z.example.org\n"]],
            "in the middle of a line": [lines + [b"z.example.org 8.8.8.8"]],
            "line too long": [lines + [b"z.example.org" + b" 8.8.8.8" * 4000 + b"\n"]],
        }
        for cause, texts in wrong.items():
            for text in texts:
                self.registry.publish(42, b"".join(text))
                outcome = self.client.sync()
                self.refused("42/snapshot.gz", cause, outcome=outcome, what=cause)
                self.assertRegex(outcome.lines[0], r"/42/snapshot\.gz:\d+: ", cause)


if __name__ == "__main__":
    lab.main()
