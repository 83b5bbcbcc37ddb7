"""Whatever comes in, the store stays as it was, the exit status is 1, and one line names the file and the cause."""
import contextlib
import fcntl
import gzip
import os
import pathlib
import random
import shutil
import subprocess
import time
import unittest

import harness
from harness import DAY, NAME, Client, Key, Registry, Server, make_text

FILES = ("HEAD", "42/manifest", "42/manifest.minisig", "42/snapshot.gz")
HTML = b"<!DOCTYPE html><html><body>" + b"Please log in to this network. " * 40 + b"</body></html>"
GOOD = make_text(60)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = cls.enterClassContext(harness.scratch())
        cls.key = Key(cls.keys, "ours")
        cls.stranger = Key(cls.keys, "stranger")

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(harness.scratch()))
        self.registry = Registry(self.folder / "published", self.key)
        self.server = self.enterContext(Server(self.registry.folder))
        self.registry.publish(41, GOOD)
        self.client = Client(self.folder / "client", [self.server.url], [self.key.public])
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 0, outcome)
        self.before = self.client.octets()

    def tearDown(self):
        """The next good publication finds its way, and nothing is left behind."""
        self.server.rules.clear()
        self.registry.publish(50, make_text(61), parent="none", created=harness.now() + 10 * DAY)
        outcome = self.client.sync()
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def refused(self, file, *causes, outcome=None, what=""):
        """A sync fails in one line about the file, for one of the causes."""
        outcome = outcome or self.client.sync()
        where = file if file.startswith(("/", "http")) else self.server.url + file
        about = f"{what}: {outcome}"
        self.assertEqual(outcome.status, 1, about)
        self.assertEqual(outcome.out, "", about)
        self.assertEqual(len(outcome.lines), 1, about)
        self.assertTrue(outcome.lines[0].startswith(f"gitdns-syncd: {where}:"), about)
        self.assertTrue(any(cause in outcome.lines[0] for cause in causes), about)
        self.assertTrue(outcome.lines[0].endswith("; kept serial 41"), about)
        self.assertEqual(self.client.octets(), self.before, about)
        self.assertNotIn("new", str(self.client.names()), about)

    def path(self, file):
        return self.registry.folder / file


class Signed(Case):
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
        self.registry.publish(42, GOOD, created=harness.now() - 9 * DAY, expires=harness.now() - DAY)
        self.refused("42/manifest", "expired at 20")

    def test_expired_by_what_is_in_hand(self):
        """A clock that was set back: what is in hand was created later than the new manifest expires."""
        self.registry.publish(41, GOOD, created=harness.now() + 9 * DAY)
        self.client.forget()
        self.assertEqual(self.client.sync().status, 0)
        self.before = self.client.octets()
        self.registry.publish(42, GOOD, created=harness.now(), expires=harness.now() + 8 * DAY)
        self.refused("42/manifest", "expired at 20")

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


class Payload(Case):
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

    def test_gzip_bomb(self):
        bomb = gzip.compress(bytes(200 << 20), 9, mtime=0)
        lines = gzip.compress(make_text(100000), 6, mtime=0)
        for snapshot in (bomb, lines):
            self.registry.publish(42, GOOD, snapshot=snapshot)
            started = time.monotonic()
            self.refused("42/snapshot.gz", "inflates to more octets", "line too long")
            self.assertLess(time.monotonic() - started, 5)

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


class Damage(Case):
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


class Web(Case):
    """Servers that misbehave, at each file."""

    def setUp(self):
        super().setUp()
        self.registry.publish(42, make_text(2000, 1))

    def at_each_file(self, rule, *causes):
        for file in FILES:
            self.server.rules = {f"/{file}": rule}
            self.refused(file, *causes, what=file)
            for part in self.client.store.glob("*.part"):
                part.unlink()

    def test_stalls(self):
        def stall(request):
            request.server.over.wait(20)

        def stall_midway(request):
            request.send_response(200)
            request.send_header("Content-Length", "16")
            request.end_headers()
            request.wfile.write(b"4")
            request.server.over.wait(20)

        self.client.configure([self.server.url], [self.key.public], **{"stall-timeout": "1s"})
        for file, rule in (("HEAD", stall), ("42/manifest", stall_midway), ("42/snapshot.gz", stall_midway)):
            self.server.rules = {f"/{file}": rule}
            started = time.monotonic()
            self.refused(file, "too slow", "timed out", what=file)
            self.assertLess(time.monotonic() - started, 8)

    def test_round_takes_too_long(self):
        def trickle(request):
            request.send_response(200)
            request.send_header("Content-Length", "10000000")
            request.end_headers()
            while not request.server.over.wait(0.1):
                request.wfile.write(bytes(1024))

        self.client.configure([self.server.url], [self.key.public], **{"round-timeout": "2s"})
        self.registry.publish(42, GOOD, octets=10000000)
        self.server.rules = {"/42/snapshot.gz": trickle}
        self.refused("42/snapshot.gz", "timed out")

    def test_nobody_listens(self):
        with Server(self.folder) as server:
            url = server.url
        self.client.configure([url], [self.key.public])
        self.refused(f"{url}HEAD", "connect")
        self.client.configure([self.server.url], [self.key.public])

    def test_closes_early(self):
        def close(request):
            octets = request.server.folder.joinpath(request.path[1:]).read_bytes()
            request.answer(200, octets[:-1], length=len(octets))

        def close_at_once(request):
            request.close_connection = True

        self.at_each_file(close, "closed", "missing")
        self.at_each_file(close_at_once, "Empty reply")

    def test_statuses(self):
        for status in (204, 206, 304, 400, 403, 404, 410, 429, 500, 502, 503):
            body = b"" if status in (204, 304) else HTML
            self.at_each_file(lambda request, status=status, body=body: request.answer(status, body),
                              f"HTTP status {status}", "not a serial", "not a minisign", "does not match",
                              "size differs", "larger than")

    def test_error_statuses_are_named(self):
        for status in (403, 404, 429, 500):
            self.at_each_file(lambda request, status=status: request.answer(status, HTML), f"HTTP status {status};")

    def test_html(self):
        self.at_each_file(lambda request: request.answer(200, HTML), "larger than 16 octets", "signature does not match",
                          "not a minisign signature", "size differs")

    def test_no_end(self):
        """No length is announced, and octets keep coming."""
        def pour(request):
            request.send_response(200)
            request.send_header("Connection", "close")
            request.end_headers()
            for _ in range(100):
                request.wfile.write(bytes(10000))

        self.at_each_file(pour, "larger than")

    def test_redirect_loop(self):
        self.at_each_file(lambda request: request.answer(302, b"", {"Location": request.path}), "redirects")

    def test_redirect_to_a_file(self):
        self.at_each_file(lambda request: request.answer(302, b"", {"Location": "file:///etc/hostname"}),
                          "redirect to a URL that is not http or https is refused")

    def test_redirect_without_a_place(self):
        self.at_each_file(lambda request: request.answer(302, HTML), "HTTP status 302")

    def test_not_http(self):
        def chatter(request):
            request.wfile.write(b"220 mail.example.org ESMTP\r\n" * 10)
            request.close_connection = True

        self.at_each_file(chatter, "HTTP/0.9", "status line")

    def test_redirect_from_https_to_http(self):
        if shutil.which("openssl") is None or harness.namespace() is None:
            self.skipTest("openssl or mount namespaces are missing")
        trusted = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
        if not trusted.exists():
            self.skipTest(f"{trusted} is missing")
        certificate = self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
                        "-keyout", certificate, "-out", self.folder / "only.crt"], check=True, capture_output=True)
        certificate.write_text(certificate.read_text() + (self.folder / "only.crt").read_text())
        trust = [*harness.namespace(), "sh", "-c", f'mount --bind {self.folder}/only.crt {trusted} && exec "$@"', "sh"]
        with Server(self.registry.folder, certificate) as secure:
            self.client.configure([secure.url], [self.key.public])
            self.refused(f"{secure.url}HEAD", "certificate")
            for file in FILES:
                secure.rules = {f"/{file}": lambda request: request.answer(
                    302, b"", {"Location": self.server.url + request.path[1:]})}
                self.refused(secure.url + file, "redirect to a URL that is not https is refused",
                             outcome=self.client.sync(trust))
            secure.rules = {}
            self.assertEqual(self.client.sync(trust).status, 0)
        self.client.configure([self.server.url], [self.key.public])


class Machine(Case):
    """What goes wrong on the client's own side."""

    def setUp(self):
        super().setUp()
        self.registry.publish(42, make_text(20000, 1))

    def test_full_disk(self):
        if harness.namespace() is None:
            self.skipTest("mount namespaces are not allowed")
        store, spare = self.client.store, self.folder / "kept"
        need = (self.path("42/snapshot.gz").stat().st_size + len(self.before)) // 1024
        causes = set()
        # From no room for the download to room for all but the last of the store.
        for room in (len(self.before) // 1024 + 16, need - 20, need + 40, need + 600, need + 1200):
            shutil.rmtree(spare, ignore_errors=True)
            script = (f"mount -t tmpfs -o size={room}k none {store} && cp -r {spare}.in/. {store}/ && "
                      f'{{ "$@"; status=$?; mkdir {spare}; cp -r {store}/. {spare}/; exit $status; }}')
            shutil.rmtree(f"{spare}.in", ignore_errors=True)
            shutil.copytree(store, f"{spare}.in", symlinks=True)
            outcome = self.client.sync([*harness.namespace(), "sh", "-c", script, "sh"])
            self.assertEqual((spare / "registry.cdb").read_bytes(), self.before, outcome)
            new = "serials/42.cdb.new"
            file = new if new in str(outcome) else "[0-9a-f]{64}.part"
            self.assertRegex(outcome.lines[0],
                             f"^gitdns-syncd: {store}/{file}: No space left on device; kept serial 41$")
            self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
            self.assertEqual(self.client.names(spare), ["registry.cdb", "state"])
            causes.add(file)
        self.assertEqual(len(causes), 2, "the disk was full in one phase only")

    def test_read_only_file_system(self):
        if harness.namespace() is None:
            self.skipTest("mount namespaces are not allowed")
        store = self.client.store
        script = f'mount --bind {store} {store} && mount -o remount,bind,ro {store} && exec "$@"'
        self.refused(str(store), "Read-only file system",
                     outcome=self.client.sync([*harness.namespace(), "sh", "-c", script, "sh"]))

    def test_directory_without_write_permission(self):
        drop = []
        if os.geteuid() == 0:
            if shutil.which("setpriv") is None:
                self.skipTest("setpriv is not installed")
            drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
                    "--inh-caps=-dac_override,-dac_read_search"]
        self.client.store.chmod(0o555)
        try:
            self.refused(str(self.client.store), "Permission denied", outcome=self.client.sync(drop))
        finally:
            self.client.store.chmod(0o755)

    def test_another_instance(self):
        with self.locked(self.client.store):
            outcome = self.client.sync()
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.client.store}: another gitdns-syncd is at work in it; "
                                         "nothing changed"])
        self.assertEqual(outcome.status, 1)
        self.assertEqual(self.client.octets(), self.before)

    @contextlib.contextmanager
    def locked(self, folder):
        descriptor = os.open(pathlib.Path(folder, "lock"), os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def test_what_others_may_open_is_no_lock(self):
        """Whoever can read the folder could hold a lock on it for ever."""
        self.assertEqual((self.client.store / "lock").stat().st_mode & 0o777, 0o600)
        self.registry.publish(43, make_text(10, 2))
        descriptor = os.open(self.client.store, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self.assertEqual(self.client.sync().status, 0)
        finally:
            os.close(descriptor)

    def test_lock_is_no_link(self):
        victim = self.folder / "victim"
        victim.write_text("precious")
        lock = self.client.store / "lock"
        lock.unlink()
        lock.symlink_to(victim)
        self.refused(str(self.client.store), "symbolic links")
        self.assertEqual(victim.read_text(), "precious")
        lock.unlink()

    def test_no_directory(self):
        self.client.store.rename(self.folder / "away")
        outcome = self.client.sync()
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.client.store}: No such file or directory; "
                                         "nothing changed"])
        self.assertEqual(outcome.status, 1)
        (self.folder / "away").rename(self.client.store)

    def test_no_registry_yet(self):
        self.client.forget()
        self.registry.publish(42, GOOD, key=self.stranger)
        outcome = self.client.sync()
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.server.url}42/manifest: signature does not match any "
                                         "of 1 key; no registry yet"])
        self.assertEqual(outcome.status, 1)


if __name__ == "__main__":
    harness.need("minisign")
    harness.program("GITDNS_SYNCD")
    unittest.main(verbosity=2)
