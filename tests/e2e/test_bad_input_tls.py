"""Mirrors whose certificate is not what it should be, and what they redirect to: they are refused before anything of
theirs is read, and the others go on."""
import subprocess
import threading
import unittest

import lab
from lab.authority import LOOPBACK, Authority, missing
from lab.bad_input import FILES, BadInput
from lab.registry import make_text
from lab.tls_servers import HELLO_REQUESTS, Servers, floods
from lab.web_server import Server


@unittest.skipIf(missing() is not None, missing())
class Tls(BadInput):
    """The machine trusts one authority."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority(cls.keys, "known")
        cls.good = cls.authority.issue("good")

    def setUp(self):
        super().setUp()
        self.registry.publish(42, make_text(61, 1))

    def tearDown(self):
        self.client.configure([self.server.url], [self.key.public])
        super().tearDown()

    def sync(self):
        return self.client.sync(self.authority.trust())

    def serve(self, certificate):
        return self.enterContext(Server(self.registry.folder, certificate))

    def assert_refused(self, server, cause):
        """Alone, and next to a good mirror, whichever is asked first; it is asked for nothing."""
        self.client.configure([server.url], [self.key.public])
        self.refused(f"{server.url}HEAD", cause, outcome=self.sync())
        secure = self.serve(self.good)
        for urls in ([server.url, secure.url], [secure.url, server.url]):
            self.client.configure(urls, [self.key.public])
            outcome = self.sync()
            self.assertEqual((outcome.status, len(outcome.lines)), (0, 1), outcome)
            self.assertTrue(outcome.lines[0].startswith(f"gitdns-syncd: {server.url}HEAD: "), outcome)
            self.assertIn(cause, outcome.lines[0])
            self.assertTrue(outcome.lines[0].endswith("; went on to the next mirror"), outcome)
            self.assertIn("at serial 42" if urls[0] == secure.url else f"serial 42, 61 names, from {secure.url}",
                          outcome.out)
        self.assertEqual(server.requests, [])

    def test_self_signed(self):
        alone = Authority(self.folder, "127.0.0.1")
        alone.certificate.write_text(alone.key.read_text() + alone.certificate.read_text())
        self.assert_refused(self.serve(alone.certificate), "self-signed certificate")

    def test_unknown_authority(self):
        self.assert_refused(self.serve(Authority(self.folder, "stranger").issue("unknown")), "unable to get local issuer")

    def test_authority_of_the_same_name(self):
        self.assert_refused(self.serve(Authority(self.folder, "known").issue("unknown")), "SSL certificate problem")

    def test_another_name(self):
        self.assert_refused(self.serve(self.authority.issue("other", "DNS:other.example.org,IP:127.0.0.2")),
                            "no alternative certificate subject name matches")

    def test_expired(self):
        self.assert_refused(self.serve(self.authority.issue("expired", days=-1)), "certificate has expired")

    def test_no_tls(self):
        plain = self.enterContext(Server(self.registry.folder))
        plain.url = plain.url.replace("http:", "https:")
        self.assert_refused(plain, "SSL")

    def test_subject_for_a_terminal(self):
        """Of a certificate that is trusted: libcurl tells of its name, if it is not the mirror's."""
        forged = "x\x1b[2J\x07\n\r\x9bgitdns-syncd: top-sites: serial 99"
        server = self.serve(self.authority.issue("words", None, forged))
        self.client.configure([server.url], [self.key.public])
        done = subprocess.run([*self.authority.trust(), *self.client.command()], capture_output=True, timeout=lab.HANG,
                              env=lab.plain_environment())
        self.assertRegex(done.stderr, rb"\Agitdns-syncd: %sHEAD: [ -~]{1,300}gitdns-syncd: top-sites: serial 99[ -~]{1,100}\n\Z"
                         % server.url.encode(), done)
        self.assertEqual((done.returncode, done.stdout, self.client.octets()), (1, b"", self.before))

    def test_floods(self):
        """Who sends without a pause what TLS passes over, as anybody on the way may, keeps neither a round nor who would
        stop it."""
        servers = self.enterContext(Servers())
        port = servers.listen("127.0.0.1", 0).getsockname()[1]
        servers.open.pop().close()
        arrived = threading.Event()

        def flood(connection):
            arrived.set()
            floods(HELLO_REQUESTS)(connection)

        servers.serve("127.0.0.1", port, flood)
        url = f"https://127.0.0.1:{port}/"
        self.client.configure([url], [self.key.public], **{"round-timeout": "4s"})
        self.refused(f"{url}HEAD", "timed out", outcome=self.sync())
        self.client.configure([url], [self.key.public])
        arrived.clear()
        with subprocess.Popen(self.client.command(), stderr=subprocess.PIPE, text=True,
                              env=lab.plain_environment()) as round_:
            self.addCleanup(round_.kill)
            arrived.wait(lab.HANG)
            round_.terminate()
            self.assertNotEqual(round_.wait(lab.HANG), 0)
            self.assertIn("stopped", round_.stderr.read())

    def test_redirect_to_http(self):
        secure = self.serve(self.good)
        self.client.configure([secure.url], [self.key.public])
        for file in FILES:
            secure.rules = {f"/{file}": lambda request: request.answer(
                302, b"", {"Location": self.server.url + request.path[1:]})}
            asked = len(self.server.requests)
            self.refused(secure.url + file, "redirect to a URL that is not https is refused", outcome=self.sync())
            self.assertEqual(len(self.server.requests), asked)
        secure.rules = {}
        self.assertEqual(self.sync().status, 0)

    def test_redirects(self):
        """Five, and no more."""
        secure = self.serve(self.good)
        self.client.configure([secure.url], [self.key.public])

        def go_on(request):
            request.answer(302, b"", {"Location": f"{secure.url}{len(secure.requests)}"})

        def end(request):
            request.answer(200, b"42\n")

        for count in (6, 5):
            secure.requests.clear()
            secure.rules = {"/HEAD": go_on, **{f"/{i}": go_on for i in range(1, count)}, f"/{count}": end}
            if count == 6:
                self.refused(f"{secure.url}HEAD", "Maximum (5) redirects followed", outcome=self.sync())
        self.assertEqual(self.sync().status, 0)

    def test_redirect_to_a_false_certificate(self):
        """Of another machine, which has to prove itself, too; where it does, it is followed."""
        other = self.serve(self.authority.issue("elsewhere", "DNS:other.example.org"))
        secure = self.serve(self.good)
        target = other.url
        secure.rules = {"/HEAD": lambda request: request.answer(302, b"", {"Location": target + "HEAD"})}
        self.client.configure([secure.url], [self.key.public])
        self.refused(f"{secure.url}HEAD", "no alternative certificate subject name matches", outcome=self.sync())
        target = self.serve(self.authority.issue("proven", LOOPBACK)).url
        self.assertEqual(self.sync().status, 0)


if __name__ == "__main__":
    lab.main()
