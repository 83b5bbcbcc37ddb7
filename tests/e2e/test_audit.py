"""`gitdns verify URL` of mirrors that are broken, each in one way: it is named, and none is called fine."""
import gzip
import subprocess

import lab
from lab.audited import DELTA, NEW, OLD, SNAPSHOT, Audited, packed
from lab.bad_input import HTML
from lab.registry import DAY, NAME, Key, make_text, now
from lab.web_server import Server


def answer(*given, **more):
    return lambda request: request.answer(*given, **more)


def silence(request):
    request.server.over.wait(lab.HANG)


def pour(request):
    request.send_response(200)
    request.send_header("Connection", "close")
    request.end_headers()
    for _ in range(100):
        request.wfile.write(bytes(10000))


def hang_up(request):
    request.close_connection = True


def chatter(request):
    request.wfile.write(b"220 mail.example.org ESMTP\r\n" * 10)
    request.close_connection = True


def partly(octets, headers):
    """The snapshot, and `octets` of it if Range is asked for."""
    def rule(request):
        if request.headers.get("Range"):
            request.answer(206, octets, {"Content-Range": f"bytes {request.headers['Range'][6:]}*/*", **headers})
        else:
            request.answer(200, SNAPSHOT, headers)
    return rule


# what, the path, what the server does there, what is found
SERVERS = (
    ("HEAD is a page", "HEAD", answer(200, HTML), "size"),
    ("HEAD is no serial", "HEAD", answer(200, b"042\n"), "head"),
    ("HEAD is kept for a week", "HEAD", answer(200, b"42\n", {"Cache-Control": "public, max-age=604800"}), "cache"),
    ("HEAD has been kept for two days", "HEAD", answer(200, b"42\n", {"Age": "172800"}), "cache"),
    ("HEAD leads to a file", "HEAD", answer(302, b"", {"Location": "file:///etc/hostname"}), "redirect"),
    ("HEAD leads to itself", "HEAD", answer(302, b"", {"Location": "/HEAD"}), "redirect"),
    ("no answer", "HEAD", hang_up, "answer"),
    ("no HTTP", "HEAD", chatter, "answer"),
    ("silence", "42/manifest", silence, "answer"),
    ("no manifest", "42/manifest", answer(404, HTML), "status"),
    ("no end of a manifest", "42/manifest", pour, "size"),
    ("no signature", "42/manifest.minisig", answer(404, HTML), "status"),
    ("a page for a signature", "42/manifest.minisig", answer(200, HTML), "signature"),
    ("no parent's manifest", "41/manifest", answer(503, HTML), "history"),
    ("another parent", "41/manifest", answer(200, b"gitdns registry 1\n"), "history"),
    ("no snapshot", "42/snapshot.gz", answer(404, HTML), "status"),
    ("snapshot cut short", "42/snapshot.gz", answer(200, SNAPSHOT[:-1]), "size"),
    ("snapshot broken off", "42/snapshot.gz", answer(200, SNAPSHOT[:-1], length=len(SNAPSHOT)), "answer"),
    ("snapshot with more behind it", "42/snapshot.gz", answer(200, SNAPSHOT + b"\n"), "size"),
    ("one octet of the snapshot", "42/snapshot.gz", answer(200, SNAPSHOT[:50] + b"?" + SNAPSHOT[51:]), "hash"),
    ("no end of a snapshot", "42/snapshot.gz", pour, "size"),
    ("inflated", "42/snapshot.gz", answer(200, NEW), "inflated"),
    ("delta inflated", "42/delta-41.gz", answer(200, DELTA), "inflated"),
    ("compressed once more", "42/snapshot.gz", answer(200, packed(SNAPSHOT), {"Content-Encoding": "gzip"}), "compressed"),
    ("said to be compressed", "42/snapshot.gz", 
     partly(SNAPSHOT[len(SNAPSHOT) - len(SNAPSHOT) // 2:], {"Content-Encoding": "gzip"}), "compressed"),
    ("transfer coding", "42/snapshot.gz", answer(200, packed(SNAPSHOT), {"Transfer-Encoding": "gzip", "Connection": "close"}),
     "answer"),
    ("Range is another's", "42/snapshot.gz", partly(b"?" * 20, {}), "range"),
    ("no delta", "42/delta-41.gz", answer(404, HTML), "status"),
    ("one octet of the delta", "42/delta-41.gz", answer(200, packed(DELTA)[:-1] + b"?"), "hash"),
)


class Broken(Audited):
    def named(self, finding, what, *words):
        """No other finding is a warning or an error, and the status says so."""
        verified = self.verify(*words)
        about = f"{what}: {verified}"
        self.assertEqual(verified.bad(), {finding}, about)
        self.assertEqual((verified.status, verified.errors, verified.told["good"]), (1, [], False), about)
        return verified

    def test_good(self):
        verified = self.verify()
        self.assertEqual((verified.status, verified.findings(), verified.errors), (0, set(), []), verified)
        mirror = verified.mirrors[0]
        self.assertEqual((verified.told["format"], verified.told["good"]), (1, True))
        self.assertEqual((mirror["registry"], mirror["serial"], mirror["names"]), (NAME, 42, 80))
        self.assertEqual((mirror["signed"], mirror["inflated"]), (True, True))

    def test_polite(self):
        """Each file once, HEAD once a family; Range once; the copy is not looked at, nor written."""
        self.server.requests.clear()
        self.verify()
        asked = sorted((path, bool(range_)) for path, range_, *_ in self.server.requests)
        self.assertEqual(asked, sorted([("/HEAD", False), ("/42/manifest", False), ("/42/manifest.minisig", False),
                                        ("/41/manifest", False), ("/42/snapshot.gz", False), ("/42/snapshot.gz", True),
                                        ("/42/delta-41.gz", False), ("/41/snapshot.gz", False)]))
        self.assertEqual(self.client.names(), [])

    def test_servers(self):
        self.client.configure([self.server.url], [self.key.public], **{"stall-timeout": "2s"})
        for what, path, rule, finding in SERVERS:
            self.server.rules = {f"/{path}": rule}
            self.named(finding, what)

    def test_each_kind_of_delta_and_snapshot_is_told_of_by_its_url(self):
        for path in ("42/snapshot.gz", "42/delta-41.gz"):
            self.server.rules = {f"/{path}": answer(404, HTML)}
            self.assertIn(f"{self.server.url}{path}: HTTP status 404", self.verify().text())

    def test_range_is_ignored(self):
        self.server.ignores_range = True
        self.assertEqual(self.named("range", "ignored").findings(), {("warning", "range")})

    def test_nobody_listens(self):
        with Server(self.folder) as server:
            url = server.url
        self.client.configure([url], [self.key.public])
        self.named("answer", "nobody", url)

    def test_signatures(self):
        stranger = Key(self.keys, "stranger")
        for what, finding, other in (
                ("another key", "signature", {"key": stranger}),
                ("legacy", "signature", {"legacy": True}),
                ("another registry", "other", {"name": "other"}),
                ("another comment", "signature", {"comment": "timestamp:1795453759"}),
                ("no manifest", "manifest", {"manifest": b"gitdns registry 2\n"}),
                ("expired", "expired", {"created": now() - 9 * DAY, "expires": now() - DAY}),
                ("expires soon", "age", {"created": now() - 9 * DAY, "expires": now() + DAY}),
                ("stopped", "age", {"created": now() - 40 * DAY, "expires": now() + 30 * DAY}),
                ("clock", "clock", {"created": now() + 30 * DAY}),
        ):
            self.publish(**other)
            self.named(finding, what)

    def test_another_serial(self):
        self.registry.publish(42, NEW, folder=43, head=43)
        self.named("other", "serial 43")

    def test_larger_than_clients_take(self):
        self.client.configure([self.server.url], [self.key.public], **{"max-size": "1KiB"})
        self.named("large", "max-size")

    def test_texts(self):
        """Signed, with right hashes: a publisher that went wrong."""
        lines = NEW.splitlines(keepends=True)
        for what, other in (
                ("hash", {"text_sha256": "0" * 64}),
                ("size", {"text_octets": len(NEW) + 1}),
                ("names", {"names": 81}),
                ("members", {"snapshot": packed(NEW) + packed(NEW)}),
                ("no gzip", {"snapshot": b"\x1f\x8b and no more, or nothing that is any use to anybody who asks"}),
                ("bomb", {"snapshot": gzip.compress(bytes(50 << 20), 9, mtime=0)}),
                ("order", {"text": b"".join(lines[:10] + [lines[11], lines[10]] + lines[12:])}),
                ("syntax", {"text": NEW + b"-z.example.org 8.8.8.8\n"}),
                ("private", {"text": NEW + b"z.example.org 192.168.1.1\n"}),
        ):
            self.publish(**{**other, "deltas": ""})
            verified = self.named("text", what)
            self.assertEqual(verified.findings(), {("error", "text")}, what)

    def test_deltas_that_lead_elsewhere(self):
        lines = DELTA.splitlines(keepends=True)
        for what, delta in (
                ("nowhere", b""),
                ("short", b"".join(lines[1:])),
                ("another address", DELTA.replace(b" 11.0.0.", b" 11.0.1.")),
                ("takes out what is not there", b"-a.example.org\n" + DELTA),
                ("takes out what is to stay", DELTA + b"-n9.example.org\n"),
                ("order", b"".join(lines[::-1])),
                ("no line", b"?\n"),
        ):
            self.publish(delta=delta)
            self.assertEqual(self.named("delta", what).findings(), {("warning", "delta")}, what)

    def test_base_that_is_gone(self):
        """A mirror need not keep it."""
        (self.registry.folder / "41/snapshot.gz").unlink()
        verified = self.verify()
        self.assertEqual((verified.status, verified.findings()), (0, {("note", "status")}), verified)

    def test_base_that_is_large(self):
        """Nobody has asked for what comes of that."""
        self.registry.publish(41, OLD, octets=10**12)
        self.publish()
        self.server.requests.clear()
        verified = self.verify()
        self.assertEqual((verified.status, verified.findings()), (0, {("note", "delta")}), verified)
        self.assertNotIn("/41/snapshot.gz", [path for path, *_ in self.server.requests])

    def test_large(self):
        """What is in it, and where deltas lead, is looked at if that is asked for alone."""
        text = make_text(400_000)
        self.publish(text=text, text_sha256="0" * 64, deltas="")
        verified = self.verify()
        self.assertEqual((verified.status, verified.findings()), (0, {("note", "text")}), verified)
        self.assertFalse(verified.mirrors[0]["inflated"])
        self.assertEqual(self.named("text", "deep", "--deep").bad(), {"text"})

    def test_private(self):
        text = NEW + b"z.example.org 192.168.1.1\n"
        self.publish(text=text, deltas="")
        self.client.configure([self.server.url], [self.key.public], private="yes")
        self.assertEqual(self.verify().findings(), set())
        self.client.configure(["http://127.0.0.1:1/"], [self.key.public])
        verified = self.verify("--key", str(self.key.public))
        self.assertEqual((verified.status, verified.findings()), (0, {("note", "private")}), verified)


class Keys(Audited):
    def test_key(self):
        """By file, by folder, by itself; of a URL that no configuration has."""
        itself = self.key.public.read_text().splitlines()[1]
        self.client.configure(["http://127.0.0.1:1/"], [self.key.public])
        for key in (str(self.key.public), itself, str(self.key.public.parent)):
            verified = self.verify("--key", key)
            self.assertEqual((verified.status, verified.mirrors[0]["signed"]), (0, True), verified)

    def test_no_key(self):
        self.client.configure(["http://127.0.0.1:1/"], [self.key.public])
        verified = self.verify()
        self.assertEqual((verified.status, verified.findings()), (1, {("warning", "signature")}), verified)
        self.assertFalse(verified.mirrors[0]["signed"])

    def test_registry(self):
        """A URL that the registry of that name does not have yet."""
        self.client.configure(["http://127.0.0.1:1/"], [self.key.public])
        verified = self.verify("--registry", NAME)
        self.assertEqual((verified.status, verified.findings()), (0, set()), verified)

    def test_a_configuration_that_is_wrong(self):
        self.client.config.write_text("nonsense\n")
        self.assertEqual(self.verify("--key", str(self.key.public)).status, 0)
        self.assertEqual(self.verify().status, 2)

    def test_usage(self):
        for words in (("ftp://mirror.example.org/",), ("http://u:p@mirror.example.org/",), ("http://mirror.example.org/?a",),
                      ("http://" + "x" * 300 + "/",), ("--key", "nowhere"), ("--key", "/dev/null"),
                      ("http://\x1b[2J.example.org/",)):
            verified = self.verify(*words)
            self.assertEqual((verified.status, len(verified.errors), verified.told), (2, 1, None), verified)
            self.assertTrue(verified.errors[0].isprintable() and verified.errors[0].startswith("gitdns: "), verified)
        for words in (("--deep",), ("--key", str(self.key.public))):
            done = subprocess.run(self.command(*words), capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done)
            self.assertIn("are for the URL of a mirror", done.stderr)


class Several(Audited):
    def setUp(self):
        super().setUp()
        self.other = self.enterContext(Server(self.registry.folder))
        self.client.configure([self.server.url, self.other.url], [self.key.public])

    def test_same(self):
        verified = self.verify(self.server.url, self.other.url)
        self.assertEqual((verified.status, verified.findings(0), verified.findings(1)), (0, set(), set()), verified)

    def test_behind(self):
        self.other.rules = {"/HEAD": answer(200, b"41\n")}
        for urls, behind in (((self.server.url, self.other.url), 1), ((self.other.url, self.server.url), 0)):
            verified = self.verify(*urls)
            self.assertEqual(verified.status, 1)
            self.assertEqual((verified.findings(behind), verified.findings(1 - behind)),
                             ({("warning", "behind")}, set()), verified)

    def test_another_manifest_of_that_serial(self):
        files = {name: (self.registry.folder / name).read_bytes() for name in ("42/manifest", "42/manifest.minisig")}
        self.publish(created=now() - 30)
        self.other.rules = {f"/{name}": answer(200, octets) for name, octets in files.items()}
        verified = self.verify(self.server.url, self.other.url)
        self.assertEqual((verified.status, verified.findings(1)), (1, {("error", "differs")}), verified)


if __name__ == "__main__":
    lab.main()
