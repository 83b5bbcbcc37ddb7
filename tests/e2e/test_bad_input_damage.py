"""Octets that changed, were lost or were added on the way."""
import random

import lab
from lab.bad_input import FILES, BadInput
from lab.registry import make_text


class Damage(BadInput):
    """Octets that changed on the way, in each file."""

    def setUp(self):
        super().setUp()
        self.registry.publish(42, make_text(60, 1))
        self.random = random.Random(42)

    CAUSES = ("signature does not match", "not a serial", "lower than", "larger than 16 octets", "HTTP status 404",
              "not a minisign signature", "another registry or serial", "SHA-256 differs", "size differs", "legacy",
              "larger than")

    def refused_in(self, *files, what):
        outcome = self.client.sync()
        file = next((file for file in files if outcome.lines and f"{self.server.url}{file}:" in outcome.lines[0]), "?")
        self.refused(file, *self.CAUSES, outcome=outcome, what=what)

    def test_one_bit(self):
        for file in FILES:
            octets = self.path(file).read_bytes()
            # The untrusted comment is nobody's business: no flip in it matters.
            first = octets.index(b"\n") if file.endswith("minisig") else 0
            bits = range(first * 8, len(octets) * 8)
            for bit in bits if len(bits) < 100 else self.random.sample(bits, 80):
                flipped = bytearray(octets)
                flipped[bit // 8] ^= 1 << bit % 8
                self.path(file).write_bytes(flipped)
                with self.subTest(file=file, bit=bit):
                    if file == "HEAD":
                        serial = bytes(flipped).decode("latin-1").rstrip("\n")
                        self.refused_in("HEAD", f"{serial}/manifest", what=repr(flipped))
                    else:
                        self.refused_in(file, "42/manifest", what=f"{file} bit {bit}")
            self.path(file).write_bytes(octets)

    def test_truncated(self):
        for file in FILES:
            octets = self.path(file).read_bytes()
            # HEAD and the signature may lack their last line feed.
            lengths = range(len(octets) - (not file.endswith(("manifest", "gz"))))
            for length in lengths if len(lengths) < 40 else self.random.sample(lengths, 40):
                self.path(file).write_bytes(octets[:length])
                with self.subTest(file=file, length=length):
                    self.refused_in(file, "42/manifest", what=f"{file} at {length}")
            self.path(file).write_bytes(octets)

    def test_longer(self):
        for file, more in (("HEAD", b"4" * 1000), ("42/manifest", b"#" * 20000), ("42/manifest.minisig", b"#" * 12000),
                           ("42/snapshot.gz", b"#" * 100000)):
            octets = self.path(file).read_bytes()
            self.path(file).write_bytes(octets + more)
            self.refused(file, "larger than", what=file)
            self.path(file).write_bytes(octets)


if __name__ == "__main__":
    lab.main()
