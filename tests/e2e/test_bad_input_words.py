"""Mirrors whose words are made for a terminal and a log: whatever they say, one line tells of it, bounded, in printable
ASCII, and about the file that was asked for."""
import pathlib
import re
import socket
import subprocess

import lab
from lab.bad_input import FILES, GOOD, BadInput
from lab.registry import make_text

OCTETS_MAX = 1100  # of a line; base/message.h
# What they would have the log say.
FORGED = b"gitdns-syncd: top-sites: serial 99, 60 names, from the thief"
# A title, a cleared screen, CSI in one octet, a carriage return, a backspace, what splits lines elsewhere (VT, FF, FS,
# NEL, U+2028), what turns text round (U+202E), octets that are no UTF-8, DEL.
CONTROLS = b"\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\x0b\x0c\x1c\x85\xe2\x80\xa8\xe2\x80\xae\xff\xfe\xc0\xaf\x7f%s%n"
EVIL = CONTROLS + FORGED
# As a host's name, which libcurl shows.
HOST = FORGED.replace(b" ", b"-").replace(b":", b"-").replace(b",", b"-") + b".localhost"
LONG = EVIL * (100 * 1024 // len(EVIL))
PERCENT = "".join(f"%{octet:02x}" for octet in b"\r\n" + EVIL).encode()


def answers():
    """(what, the octets of an answer) that is refused, whatever file was asked for."""
    for name, words in (("evil", EVIL), ("long", LONG), ("with a NUL", EVIL + b"\0" + EVIL)):
        for status in (b"200", b"301", b"404", b"429", b"503"):
            yield f"reason, {name}, {status}", b"HTTP/1.1 %s %s\r\nContent-Length: 3\r\n\r\n-1\n" % (status, words)
        yield f"no status, {name}", b"HTTP/1.1 " + words + b"\r\n\r\n"
        yield f"no version, {name}", b"HTTP/" + words + b"\r\n\r\n"
        yield f"no HTTP, {name}", words + b"\n" + words
        for header in (b"Content-Length", b"Transfer-Encoding", b"Content-Encoding", b"Content-Range", b"Retry-After",
                       b"Connection", b"Alt-Svc", b"Strict-Transport-Security", words):
            yield f"{header[:20]}, {name}", b"HTTP/1.1 503 No\r\n%s: %s\r\n\r\n" % (header, words)
            yield f"{header[:20]}, {name}, fine", b"HTTP/1.1 200 OK\r\n%s: %s\r\n\r\n-1\n" % (header, words)
        yield f"a body, {name}", b"HTTP/1.1 200 OK\r\n\r\n" + words + b"\n" + words
        # Names below localhost are not asked for: libcurl knows them.
        for scheme in (b"", b"http://", b"http://127.0.0.1:1/", b"http://u:p@", b"file://", b"javascript:", words + b"://"):
            for rest in (words, HOST + b":1/", HOST + b":1/" + words, PERCENT + b".localhost:1/", words + b".localhost:1/",
                         (b"x" * 60 + b".") * 1600 + HOST + b":1/"):
                yield f"Location, {name}, {scheme}", b"HTTP/1.1 302 No\r\nLocation: %s%s\r\n\r\n" % (scheme, rest)


class Words(BadInput):
    def run_round(self):
        return subprocess.run(self.client.command(), capture_output=True, timeout=lab.HANG, env=lab.plain_environment())

    def assert_printable(self, text, what):
        """Lines of bounded length, none of which is the mirror's."""
        self.assertRegex(text, rb"\A(?:[ -~]{1,%d}\n)*\Z" % OCTETS_MAX, what)
        self.assertNotRegex(text, rb"(?m)^.{0,3}" + re.escape(FORGED[:40]), what)

    def assert_one_line(self, file, what):
        done = self.run_round()
        self.assertEqual((done.returncode, done.stdout), (1, b""), (what, done))
        self.assert_printable(done.stderr, what)
        self.assertEqual(done.stderr.count(b"\n"), 1, (what, done))
        self.assertTrue(done.stderr.startswith(f"gitdns-syncd: {self.server.url}{file}: ".encode()), (what, done))
        self.assertTrue(done.stderr.endswith(b"; kept serial 41\n"), (what, done))
        self.assertEqual(self.client.octets(), self.before)
        return done.stderr

    def say(self, octets):
        def rule(request):
            request.close_connection = True
            request.wfile.write(octets)
        return rule

    def status(self):
        return subprocess.run([lab.program("GITDNS"), "status", "--config", self.client.config], capture_output=True).stdout

    def test_answers(self):
        """Some of the words have to come through, or nothing is tested."""
        through = 0
        for what, octets in answers():
            self.server.rules = {"/HEAD": self.say(octets)}
            through += b"thief" in self.assert_one_line("HEAD", what)
            self.assert_printable(self.status(), what)
        print(f"{through} came through", end=" ", flush=True)
        self.assertGreater(through, 0)

    def test_at_each_file(self):
        self.registry.publish(42, make_text(2000, 1))
        for file in FILES:
            for what, octets in (("reason", b"HTTP/1.1 404 %s\r\n\r\n" % EVIL), ("body", b"HTTP/1.1 200 OK\r\n\r\n" + LONG),
                                 ("Location", b"HTTP/1.1 302 No\r\nLocation: http://%s:1/\r\n\r\n" % HOST)):
                self.server.rules = {f"/{file}": self.say(octets)}
                self.assert_one_line(file, f"{what} of {file}")

    def test_signed(self):
        """What somebody with a key may have signed, and the comment that nobody signs."""
        self.registry.publish(42, b"\x1b[2J" + GOOD)
        self.assert_one_line("42/snapshot.gz:1", "a name")
        for line in (b"name %s\n", b"gitdns registry 1\nname top-sites\nserial %s\n"):
            self.registry.publish(42, GOOD, manifest=line % CONTROLS.replace(b"\r", b""))
            self.assertIn(b"42/manifest:", self.assert_one_line("42/manifest:" + str(line.count(b"\n")), "a manifest"))
        self.registry.publish(42, GOOD, comment="\x1b[2J gitdns top-sites serial 42")
        self.assert_one_line("42/manifest.minisig", "the trusted comment")
        self.registry.publish(42, make_text(61, 1))
        signature = pathlib.Path(f"{self.path('42/manifest')}.minisig")
        lines = signature.read_bytes().split(b"\n")
        signature.write_bytes(b"\n".join([b"untrusted comment: " + EVIL.replace(b"\n", b""), *lines[1:]]))
        done = self.run_round()
        self.assert_printable(done.stdout + done.stderr, done)

    def test_daemon(self):
        """What it writes to the journal, and what systemd shows of it."""
        systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(systemd.close)
        systemd.bind(str(self.folder / "notify"))
        systemd.settimeout(lab.HANG)
        self.client.forget()
        (self.client.store / "state").unlink()
        self.server.rules = {"/HEAD": self.say(b"HTTP/1.1 302 No\r\nLocation: http://%s:1/\r\n\r\n" % HOST)}
        daemon = subprocess.Popen([word for word in self.client.command() if word != "--once"], stderr=subprocess.PIPE,
                                  env={**lab.plain_environment(), "NOTIFY_SOCKET": str(self.folder / "notify")})
        told = [systemd.recv(65536) for _ in range(3)]
        daemon.terminate()
        _, said = daemon.communicate(timeout=lab.HANG)
        self.assertEqual(told[:2], [b"READY=1", b"STATUS=top-sites: a round is under way"])
        self.assertRegex(told[2], rb"\ASTATUS=top-sites: [ -~]{1,1024}thief[ -~]{1,1024}\Z")
        self.assertEqual(said.count(b"\n"), 1, said)
        self.assert_printable(said, said)


if __name__ == "__main__":
    lab.main()
