"""Mirrors that would keep the daemon for ever, or have it hold more and more."""
import os
import pathlib
import subprocess
import threading
import unittest

import lab
from lab.client import Client
from lab.programs import program
from lab.registry import Key, Registry, make_text
from lab.web_server import Server

PATIENCE = lab.HANG
# Our words, and those of libcurl's versions, which have bounds of their own.
TOO_MUCH = ("headers of more than", "redirect with a page of more than", "Too many response headers", "larger than allowed", "Out of memory")
BUFFERS = 64 << 20  # octets that a server may get rid of, in buffers of the kernel
FILES = ("HEAD", "41/manifest", "41/manifest.minisig", "41/snapshot.gz")


class Mirrors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.key = Key(cls.enterClassContext(lab.scratch()), "ours")

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.registry = Registry(self.folder / "published", self.key)
        self.server = self.enterContext(Server(self.registry.folder))
        self.registry.publish(41, make_text(60))
        self.client = Client(self.folder / "client", [self.server.url], [self.key.public])

    def refused(self, *causes, file="HEAD", url=None):
        outcome = self.client.sync(timeout=PATIENCE)
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertTrue(outcome.lines[0].startswith(f"gitdns-syncd: {url or self.server.url}{file}: "), outcome)
        self.assertTrue(any(cause in outcome.lines[0] for cause in causes), outcome)

    def pour(self, start, piece):
        """HEAD is answered by the piece again and again, until the client has had enough."""
        poured = 0

        def rule(request):
            nonlocal poured
            request.close_connection = True
            request.wfile.write(start)
            while not request.server.over.is_set():
                request.wfile.write(piece)
                poured += len(piece)

        self.server.rules = {"/HEAD": rule}
        self.refused(*TOO_MUCH)
        self.assertLess(poured, BUFFERS)

    def test_headers_without_an_end(self):
        self.pour(b"HTTP/1.1 200 OK\r\n", b"X-Header: of no use\r\n" * 1000)

    def test_a_header_without_an_end(self):
        self.pour(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x" * 10000)

    def test_interim_answers_without_an_end(self):
        self.pour(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)

    def test_trailers_without_an_end(self):
        self.pour(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n41\n\r\n0\r\n",
                  b"X-Trailer: of no use\r\n" * 1000)

    def test_redirect_whose_page_has_no_end(self):
        """libcurl leaves it out, and goes on only once it is over."""
        self.pour(b"HTTP/1.1 302 Found\r\nLocation: /HEAD\r\nTransfer-Encoding: chunked\r\n\r\n",
                  b"10000\r\n" + bytes(0x10000) + b"\r\n")

    def test_headers_that_drip(self):
        def drip(request):
            request.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not request.server.over.wait(0.2):
                request.wfile.write(b"X: x\r\n")

        self.client.configure([self.server.url], [self.key.public], **{"stall-timeout": "2s"})
        self.server.rules = {"/HEAD": drip}
        self.refused("too slow")

    def test_redirects_that_drip(self):
        """All of them together have the time of one."""
        def drip(request):
            if not request.server.over.wait(1):
                request.answer(302, b"", {"Location": request.path + "x"})

        self.client.configure([self.server.url], [self.key.public], **{"round-timeout": "6s"})
        self.server.rules = {"/HEAD" + "x" * i: drip for i in range(10)}
        self.refused("timed out", "no time left")

    def test_checkout_waits_for_a_slow_one(self):
        """It says for what; whoever cannot wait ends the round."""
        def trickle(request):
            request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            asked.set()
            while not request.server.over.wait(0.1):
                request.wfile.write(b"?" * 1024)

        checkout = [program("GITDNS"), "checkout", "--config", str(self.client.config), "41"]
        asked = threading.Event()
        self.assertEqual(self.client.sync().status, 0)
        self.registry.publish(42, make_text(60), octets=1 << 30)
        self.server.rules = {"/42/snapshot.gz": trickle}
        with subprocess.Popen(self.client.command(), stderr=subprocess.PIPE) as slow:
            self.assertTrue(asked.wait(PATIENCE))
            refused = subprocess.run(checkout, capture_output=True, text=True)
            self.assertEqual(refused.returncode, 1, refused)
            self.assertIn("gitdns-syncd is at work in it; try again when it is done", refused.stderr)
            pull = self.client.sync()
            self.assertIn("another gitdns-syncd is at work in it; nothing changed", pull.lines[0])
            slow.terminate()
            self.assertIn(b"stopped; kept serial 41", slow.communicate(timeout=PATIENCE)[1])
        self.assertEqual(subprocess.run(checkout, capture_output=True).returncode, 0)

    def test_files_that_are_none(self):
        """Of a folder of this machine, which others may write. None is opened: who waits to write to a FIFO would know."""
        url = f"file://{self.registry.folder}/"
        device = self.registry.folder / "device"
        os.mkfifo(device)
        waits = subprocess.Popen(["sh", "-c", 'exec 3>"$0"', str(device)])
        self.addCleanup(waits.wait)
        self.addCleanup(waits.kill)
        self.client.configure([url], [self.key.public])
        for file in FILES:
            path = self.registry.folder / file
            octets = path.read_bytes()
            for make in (os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to(device)):
                path.unlink()
                make(path)
                self.refused("not a regular file", file=file, url=url)
                (path.rmdir if path.is_dir() else path.unlink)()
                path.write_bytes(octets)
        self.assertIsNone(waits.poll(), "it was opened")
        self.assertEqual(self.client.sync().status, 0)

    def test_files_of_the_kernel(self):
        """Some wait until it has something to say: root's round hung in /proc/kmsg."""
        url = f"file://{self.registry.folder}/"
        self.client.configure([url], [self.key.public])
        for file in FILES:
            path = self.registry.folder / file
            octets = path.read_bytes()
            path.unlink()
            path.symlink_to("/proc/version")
            self.refused("No data available", file=file, url=url)
            path.unlink()
            path.write_bytes(octets)


if __name__ == "__main__":
    lab.main()
