"""Web servers that stall, break off, redirect or say what is no file of a registry."""
import gzip
import time

import lab
from lab.bad_input import FILES, GOOD, HTML, BadInput
from lab.registry import make_text
from lab.web_server import Server


class Web(BadInput):
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
            request.server.over.wait(lab.HANG)

        def stall_midway(request):
            request.send_response(200)
            request.send_header("Content-Length", "16")
            request.end_headers()
            request.wfile.write(b"4")
            request.server.over.wait(lab.HANG)

        self.client.configure([self.server.url], [self.key.public], **{"stall-timeout": "3s"})
        for file, rule in (("HEAD", stall), ("42/manifest", stall_midway), ("42/snapshot.gz", stall_midway)):
            self.server.rules = {f"/{file}": rule}
            started = time.monotonic()
            self.refused(file, "too slow", "timed out", what=file)
            self.assertLess(time.monotonic() - started, 60)

    def test_round_takes_too_long(self):
        def trickle(request):
            request.send_response(200)
            request.send_header("Content-Length", "10000000")
            request.end_headers()
            while not request.server.over.wait(0.1):
                request.wfile.write(bytes(1024))

        self.client.configure([self.server.url], [self.key.public], **{"round-timeout": "6s"})
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

    def test_transfer_codings(self):
        """One that was not asked for is not undone, although the right file would come of it: of several upon each other
        that takes as long as the server likes."""
        for coding in ("gzip", "gzip, gzip, gzip", "gzip, chunked", "\tDeflate "):
            def code(request, coding=coding):
                octets = gzip.compress(self.path(request.path[1:]).read_bytes())
                request.answer(200, octets, {"Transfer-Encoding": coding, "Connection": "close"})

            self.at_each_file(code, "a transfer coding that was not asked for")

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


if __name__ == "__main__":
    lab.main()
