"""Signatures, serials and manifests that are not what a client may take."""
import lab
from lab.bad_input import GOOD, BadInput
from lab.registry import DAY, NAME, Key, make_text, now


class Signed(BadInput):
    """What signatures and signed values are there for."""

    def test_another_key(self):
        self.registry.publish(42, GOOD, key=self.stranger)
        self.refused("42/manifest", "signature does not match any of 1 key;")

    def test_another_key_than_two(self):
        third = Key(self.keys, "third")
        self.client.configure([self.server.url], [self.key.public, third.public])
        self.registry.publish(42, GOOD, key=self.stranger)
        self.refused("42/manifest", "signature does not match any of 2 keys;")

    def test_key_that_was_removed(self):
        """A revoked key's store binds no longer, and its next serial is refused."""
        self.registry.publish(42, GOOD)
        self.client.configure([self.server.url], [self.stranger.public])
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 1)
        self.assertEqual(len(outcome.lines), 2, outcome)
        self.assertIn("its serial does not count", outcome.lines[0])
        self.assertIn("signature does not match any of 1 key; kept serial 41", outcome.lines[1])
        self.assertEqual(self.client.octets(), self.before)
        self.client.configure([self.server.url], [self.key.public])

    def test_legacy_signature(self):
        self.registry.publish(42, GOOD, legacy=True)
        self.refused("42/manifest.minisig", "legacy")

    def test_trusted_comment(self):
        for comment in (f"gitdns {NAME} serial 43", f"gitdns {NAME} serial 042", "timestamp:1795453759",
                        f"gitdns {NAME} serial 42 ", f"gitdns other serial 42"):
            self.registry.publish(42, GOOD, comment=comment)
            self.refused("42/manifest.minisig", "signature is for another registry or serial", what=comment)

    def test_another_registry(self):
        self.registry.publish(42, GOOD, name="other")
        self.refused("42/manifest", f"is of registry other, not {NAME}")

    def test_another_registry_under_our_comment(self):
        self.registry.publish(42, GOOD, name="other", comment=f"gitdns {NAME} serial 42")
        self.refused("42/manifest", f"is of registry other, not {NAME}")

    def test_another_serial(self):
        self.registry.publish(42, GOOD, folder=43, head=43)
        self.refused("43/manifest", "is of serial 42")

    def test_lower_serial(self):
        self.registry.publish(40, GOOD)
        self.refused("HEAD", "serial 40 is lower than the one in hand")

    def test_huge_serials(self):
        for serial in (10**18, 10**9, 2**32 + 42, 2**64 + 42):
            self.registry.set_head(serial)
            self.refused("HEAD", "larger than 16 octets", "not a serial", what=str(serial))

    def test_heads_that_are_none(self):
        for head in (b"", b"\n", b"0\n", b"042\n", b"-42\n", b"+42\n", b" 42\n", b"42 \n", b"42\r\n", b"42\n\n",
                     b"0x2a\n", b"42\0\n", b"4\x002\n", b"forty-two\n", b"42\n43\n"):
            self.path("HEAD").write_bytes(head)
            self.refused("HEAD", "not a serial", what=repr(head))

    def test_same_serial_with_another_manifest(self):
        self.registry.publish(41, make_text(60, 1))
        self.refused("41/manifest", "same serial with another manifest")

    def test_expired(self):
        self.registry.publish(42, GOOD, created=now() - 9 * DAY, expires=now() - DAY)
        self.refused("42/manifest", "this machine's clock says 20")

    def test_publishers_clock_was_ahead(self):
        """By ten years, which is said; and the next serial mends it."""
        self.registry.publish(41, GOOD, created=now() + 3650 * DAY, expires=now() + 3710 * DAY)
        self.client.forget()
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 0)
        self.assertIn("by its publisher's clock, and this machine's says", str(outcome))
        self.registry.publish(42, GOOD, created=now(), expires=now() + 8 * DAY)
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 0, str(outcome))
        self.assertNotIn("clock", str(outcome))

    def test_no_manifest_at_all(self):
        for manifest in (b"", b"\n", b"gitdns registry 2\n", b"\0" * 100):
            self.registry.publish(42, GOOD, manifest=manifest)
            self.refused("42/manifest", "not a gitdns manifest", "manifest field", what=repr(manifest))

    def test_no_names(self):
        self.registry.publish(42, b"")
        self.refused("42/manifest", "bad value")

    def test_larger_than_max_size(self):
        self.client.configure([self.server.url], [self.key.public], **{"max-size": "1KiB"})
        self.registry.publish(42, GOOD)
        self.refused("42/manifest", "is larger than max-size = 1024")
        self.client.configure([self.server.url], [self.key.public])

    def test_more_names_than_memory(self):
        """Of which a manifest tells before anything is fetched."""
        for names in (1 << 40, (1 << 63) - 1):
            self.registry.publish(42, GOOD, names=names)
            self.refused("42/manifest", f"{names} names would take more than half of this machine's memory")


if __name__ == "__main__":
    lab.main()
