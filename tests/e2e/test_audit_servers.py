"""`gitdns verify URL` of real web servers, over both families, and of mirrors whose words are made for a terminal; and
what a round says of a server that inflates."""
import pathlib
import socket
import subprocess

import lab
from lab.audited import DELTA, Audited
from lab.nginx import Nginx
from lab.registry import make_text
from lab.web_server import Server

EVIL = b"\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\x0b\x85\xe2\x80\xae\xff\x7f%s%n verdict     good"


class SixServer(Server):
    address_family = socket.AF_INET6


def coded(request):
    """As Apache does by `AddEncoding x-gzip .gz`."""
    request.answer(200, pathlib.Path(request.server.folder, request.path.lstrip("/")).read_bytes(),
                   {"Content-Encoding": "gzip"})


class Servers(Audited):
    def start(self, extra):
        self.url = self.enterContext(Nginx(self.folder / "nginx", self.registry.folder, extra)).url
        self.client.configure([self.url], [self.key.public])

    def test_good(self):
        """Compression of what can be compressed: clients do not ask for it. Both families answer."""
        self.start("gzip on; gzip_min_length 1; gzip_types *; add_header Cache-Control 'max-age=60';")
        verified = self.verify(self.url)
        self.assertEqual((verified.status, verified.findings()), (0, set()), verified)

    def inflating(self):
        """Behind a server that says `Content-Encoding: gzip' of *.gz."""
        self.server.rules = {f"/42/{name}": coded for name in ("snapshot.gz", "delta-41.gz")}
        self.server.rules["/41/snapshot.gz"] = coded
        self.start(f"location / {{ proxy_pass {self.server.url}; gunzip on; }}")

    def test_inflates(self):
        self.inflating()
        verified = self.verify(self.url)
        self.assertEqual((verified.status, verified.findings()),
                         (1, {("error", "inflated"), ("warning", "inflated")}), verified)
        self.assertIn(f"{self.url}42/snapshot.gz: the server inflates it", verified.text())
        self.assertIn(f"{self.url}42/delta-41.gz: the server inflates it", verified.text())

    def test_round_of_what_inflates(self):
        """One line, and nothing that a round could go on from."""
        self.inflating()
        outcome = self.client.sync()
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertIn(f"{self.url}42/snapshot.gz: the server inflates it", outcome.lines[0])
        self.assertEqual(list(self.client.store.glob("*.part")), [])

    def test_round_of_what_inflates_with_a_length(self):
        """However large the text is."""
        for count in (80, 3000):
            self.publish(text=make_text(count), deltas="")
            self.server.rules = {"/42/snapshot.gz": lambda request, count=count: request.answer(200, make_text(count))}
            outcome = self.client.sync()
            self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
            self.assertIn("42/snapshot.gz: the server inflates it", outcome.lines[0])

    def test_round_of_a_delta_that_is_inflated(self):
        self.registry.set_head(41)
        self.assertEqual(self.client.sync().status, 0)
        self.registry.set_head(42)
        self.server.rules = {"/42/delta-41.gz": lambda request: request.answer(200, DELTA)}
        outcome = self.client.sync()
        self.assertEqual((outcome.status, len(outcome.lines)), (0, 1), outcome)
        self.assertIn("42/delta-41.gz: the server inflates it", outcome.lines[0])
        self.assertIn("takes the snapshot instead", outcome.lines[0])


class Families(Audited):
    def both(self, server):
        """The URL of a host with both addresses, at the server's port. libcurl knows localhost's."""
        return f"http://localhost:{server.server_address[1]}/"

    def test_one_does_not_answer(self):
        url = self.both(self.server)
        self.client.configure([url], [self.key.public])
        verified = self.verify(url)
        self.assertEqual((verified.status, verified.findings()), (1, {("error", "family")}), verified)
        self.assertIn("over IPv6", verified.text())
        self.assertEqual(verified.mirrors[0]["serial"], 42)

    def test_the_other_does_not_answer(self):
        server = self.enterContext(SixServer(self.registry.folder, address="::1"))
        url = self.both(server)
        self.client.configure([url], [self.key.public])
        verified = self.verify(url)
        self.assertEqual((verified.status, verified.findings()), (1, {("error", "family")}), verified)
        self.assertIn("over IPv4", verified.text())

    def test_a_host_that_is_an_address(self):
        server = self.enterContext(SixServer(self.registry.folder, address="::1"))
        url = f"http://[::1]:{server.server_address[1]}/"
        self.client.configure([url], [self.key.public])
        self.assertEqual(self.verify(url).findings(), set())

    def test_no_address_at_all(self):
        self.client.configure(["http://nobody.invalid/"], [self.key.public])
        verified = self.verify("http://nobody.invalid/")
        self.assertEqual((verified.status, verified.bad()), (1, {"answer"}), verified)

    def test_a_folder(self):
        url = self.registry.folder.as_uri() + "/"
        self.client.configure([url], [self.key.public])
        verified = self.verify(url)
        self.assertEqual((verified.status, verified.findings()), (0, set()), verified)


class Words(Audited):
    """Whatever a server says, what is printed is printable, and its lines are gitdns's."""

    def test_words(self):
        through = 0
        for what, octets in (
                ("reason", b"HTTP/1.1 404 " + EVIL + b"\r\nContent-Length: 0\r\n\r\n"),
                ("no HTTP", EVIL + b"\n" + EVIL),
                ("Location", b"HTTP/1.1 302 No\r\nLocation: http://thief-verdict-good.localhost:1/" + EVIL + b"\r\n\r\n"),
                ("Content-Encoding", b"HTTP/1.1 200 OK\r\nContent-Encoding: " + EVIL + b"\r\nContent-Length: 3\r\n\r\n42\n"),
                ("coding", b"HTTP/1.1 200 OK\r\nContent-Encoding: thief\r\nContent-Length: 3\r\n\r\n42\n"),
                ("Cache-Control", b"HTTP/1.1 200 OK\r\nCache-Control: max-age=" + EVIL + b"\r\nContent-Length: 3\r\n\r\n42\n"),
                ("long", b"HTTP/1.1 200 OK\r\nX: " + EVIL * 9000 + b"\r\n\r\n")):
            def rule(request, octets=octets):
                request.close_connection = True
                request.wfile.write(octets)
            for path in ("HEAD", "42/manifest", "42/snapshot.gz"):
                self.server.rules = {f"/{path}": rule}
                for form in ((), ("--json",)):
                    done = subprocess.run(self.command(*form, self.server.url), capture_output=True, timeout=lab.HANG)
                    about = (what, path, done)
                    self.assertIn(done.returncode, (0, 1), about)
                    self.assertEqual(done.stderr, b"", about)
                    self.assertRegex(done.stdout, rb"\A(?:[ -~]{1,4000}\n)+\Z", about)
                    self.assertLessEqual(len([line for line in done.stdout.splitlines() if line.startswith(b"verdict")]), 1)
                    through += b"thief" in done.stdout
        self.assertGreater(through, 0)


if __name__ == "__main__":
    if lab.find_program("nginx") is None:
        lab.skip("nginx is not installed")
    lab.enter()
    lab.main()
