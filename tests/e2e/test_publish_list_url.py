"""gitdns-publish --names URL: fetched when it has changed, kept, and the last good one where nothing good comes."""
import gzip
import io
import re
import socket
import subprocess
import threading
import zipfile

import lab
from lab import dns_tree
from lab.publish_names import Resolving
from lab.web_server import Server

NAMES = [f"n{i}.com" for i in range(20)]


def lines(names):
    return "".join(name + "\n" for name in names).encode()


class Fetched(Resolving):
    def setUp(self):
        super().setUp()
        for i, name in enumerate(NAMES):
            self.zones.add(name, "A", f"8.8.8.{i + 1}")
        self.start_dns()
        self.server = Server(self.folder)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.url = self.server.url + "list"
        self.octets, self.etag, self.asked = lines(NAMES), '"1"', []
        self.server.rules["/list"] = self.answer

    def answer(self, request):
        """As a server that knows ETags."""
        self.asked.append(request.headers.get("If-None-Match"))
        if self.etag is not None and self.asked[-1] == self.etag:
            request.send_response(304)
            request.end_headers()
        else:
            request.answer(200, self.octets, {"ETag": self.etag} if self.etag else {})

    def run_with(self, *options, lists=None, **other):
        return self.publish(*options, names=lists or self.url, **other)

    def names_of(self, outcome, warnings=()):
        self.assertEqual((outcome.status, len(outcome.lines)), (0, len(warnings)), outcome)
        for line, cause in zip(outcome.lines, warnings):
            self.assertRegex(line, rf"^gitdns-publish: {re.escape(self.url)}: .*; the list of "
                                   r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ is taken$")
            self.assertIn(cause, line)
        return [line.split()[0] for line in self.text().splitlines()]

    def kept(self):
        return sorted(path.name for path in self.state.glob("list.*"))

    def refused(self, cause, *options, **other):
        outcome = self.run_with(*options, **other)
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertRegex(outcome.lines[0], rf"^gitdns-publish: .*{re.escape(cause)}.*; nothing published$")

    def test_changed(self):
        """Fetched again when it has changed alone."""
        self.assertEqual(self.names_of(self.run_with()), sorted(NAMES))
        self.assertEqual(self.names_of(self.run_with()), sorted(NAMES))
        self.octets, self.etag = gzip.compress(lines(NAMES[:-1])), 'W/"2"'
        self.assertEqual(self.names_of(self.run_with()), sorted(NAMES[:-1]))
        self.octets, self.etag = lines(NAMES), None
        self.assertEqual(self.names_of(self.run_with()), sorted(NAMES))
        self.assertEqual(self.names_of(self.run_with("--top", 3, "--force")), sorted(NAMES[:3]))
        self.assertEqual(self.asked, [None, '"1"', '"1"', 'W/"2"', None])
        self.assertEqual(len(self.kept()), 1)

    def test_bad_etags(self):
        """What is no ETag is not kept, nor sent."""
        for etag in '"' + "a" * 300 + '"', '"a b"', '"ä"':
            self.etag = etag
            self.assertEqual(self.names_of(self.run_with()), sorted(NAMES))
        self.assertEqual(self.asked, [None] * 3)

    def test_kept(self):
        """Whatever comes in its place, the last good one is taken and one line says why."""
        self.names_of(self.run_with())
        self.etag = None
        page = b"<html><head><title>Log in</title></head></html>"
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("list.csv", lines(NAMES))
        cases = {
            "HTML": (page, "a page of HTML, not a list of names"),
            "a text": (b"Please log in to use this network.\nThank you - very much!\n", "not a list of names"),
            "empty": (b"", "a list without names"),
            "NUL": (b"\0" * 1000 + b"\n", "not a list of names"),
            "shrunk": (lines(NAMES[:9]), "9 names, fewer than half of the 20 that it had; --force takes it"),
            "cut": (gzip.compress(lines(NAMES))[:-9], "gzip file ends too early"),
            "cut ZIP": (whole.getvalue()[:-60], "ZIP file ends too early"),
            "long": (b"a" * 10_000_000 + b"\n", "not a list of names"),
            "endless": (gzip.compress(b"n0.com\n" * 5_000_001), "more than 5,000,000 names; --top takes the first ones"),
        }
        for case, (octets, cause) in cases.items():
            with self.subTest(case):
                self.octets = octets
                self.assertEqual(self.names_of(self.run_with(), [cause]), sorted(NAMES))
                self.assertEqual(len(self.kept()), 2, self.kept())
        for status in 403, 404, 500, 503:
            self.server.rules["/list"] = lambda request, status=status: request.answer(status, page)
            self.assertEqual(self.names_of(self.run_with(), [f"HTTP status {status}"]), sorted(NAMES))
        self.server.rules["/list"] = lambda request: request.answer(200, lines(NAMES), length=10000)
        self.names_of(self.run_with(), ["transfer closed"])
        self.server.rules["/list"] = lambda request: request.answer(302, page, {"Location": "ftp://127.0.0.1/list"})
        self.names_of(self.run_with(), ["redirect to a URL that is not https is refused"])
        # By http from this machine alone: not to where it leads, either.
        self.server.rules["/list"] = lambda request: request.answer(302, page, {"Location": self.server.url + "other"})
        self.server.rules["/other"] = lambda request: request.answer(200, lines(NAMES[:15]))
        self.names_of(self.run_with(), ["redirect to a URL that is not https is refused"])
        self.server.rules["/list"] = self.answer
        self.octets = lines(NAMES[:9])
        self.assertEqual(self.names_of(self.run_with("--force")), sorted(NAMES[:9]))

    def test_none_kept(self):
        """The first time there is none."""
        self.server.rules["/list"] = lambda request: request.answer(200, b"<html>", {"ETag": '"1"'})
        self.refused("list: a page of HTML")
        self.server.rules.clear()
        self.refused("list: HTTP status 404")
        self.refused("file:///nowhere/list: No such file", lists="file:///nowhere/list")
        self.refused("file:///dev/zero: not a regular file", lists="file:///dev/zero")
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.refused("connect", lists=f"http://127.0.0.1:{port}/list")
        self.assertFalse(self.state.exists())

    def test_endless(self):
        """Chunk after chunk: 256 MiB, and no more."""
        self.names_of(self.run_with())
        chunk = b"40000\r\n" + b"n0.com\n" * (0x40000 // 7) + b"\n" * (0x40000 % 7) + b"\r\n"

        def endless(request):
            request.send_response(200)
            request.send_header("Transfer-Encoding", "chunked")
            request.end_headers()
            while not self.server.over.is_set():
                request.wfile.write(chunk)

        self.server.rules["/list"] = endless
        self.assertEqual(self.names_of(self.run_with(), ["larger than 268435456 octets"]), sorted(NAMES))

    def test_silence(self):
        """A server that has stopped in the middle; and a signal meanwhile."""
        self.names_of(self.run_with())
        began = threading.Event()

        def silent(request):
            request.send_response(200)
            request.send_header("Content-Length", "1000")
            request.end_headers()
            request.wfile.write(b"n0.com\n")
            began.set()
            self.server.over.wait(lab.HANG)

        self.server.rules["/list"] = silent
        with subprocess.Popen(self.command(names=self.url), stderr=subprocess.PIPE, text=True) as process:
            self.assertTrue(began.wait(lab.HANG))
            process.terminate()
            said = process.communicate(timeout=lab.HANG)[1]
        self.assertEqual((process.returncode, said), (1, f"gitdns-publish: {self.url}: stopped; nothing published\n"))
        self.assertEqual(self.names_of(self.run_with(), ["too slow"]), sorted(NAMES))

    def test_damaged(self):
        """What is kept is damaged, or of somebody else."""
        self.names_of(self.run_with())
        kept = next(path for path in self.state.iterdir() if re.fullmatch(r"list\.[0-9a-f]{32}", path.name))
        kept.write_bytes(b"\x1f\x8bdamaged")
        self.assertEqual(self.names_of(self.run_with()), sorted(NAMES))
        self.assertEqual(self.asked, [None, None])
        self.assertEqual(kept.read_bytes(), lines(NAMES))
        kept.chmod(0o666)
        self.refused("others than the caller and root own it or may write it")

    def test_several(self):
        """Each has its own; one that is asked for no more goes; a file's URL is kept as well."""
        self.names.write_bytes(lines(NAMES[5:10]))
        file = self.names.as_uri()
        self.octets = lines(NAMES[:5])
        self.assertEqual(self.names_of(self.run_with("--names", file)), sorted(NAMES[:10]))
        self.assertEqual(len(self.kept()), 3)
        self.names.unlink()
        outcome = self.run_with("--names", file)
        self.assertEqual((outcome.status, len(outcome.lines)), (0, 1), outcome)
        self.assertIn(f"{file}: No such file or directory; the list of ", outcome.lines[0])
        self.assertEqual(self.names_of(self.run_with("--force")), sorted(NAMES[:5]))
        self.assertEqual(len(self.kept()), 2)
        self.names.write_bytes(lines(NAMES[:5]))
        self.published()
        self.assertEqual(self.kept(), [])

    def test_refused_urls(self):
        outcome = self.run_with(lists="http://lists.example.org/top.csv")
        self.assertEqual((outcome.status, len(outcome.lines)), (2, 1), outcome)
        self.assertIn("by http anybody on the way could change it", outcome.lines[0])


if __name__ == "__main__":
    dns_tree.enter()
    lab.main()
