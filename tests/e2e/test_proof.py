"""What is said of an address by whoever answers there: each kind of server has its verdict, in time."""
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

import lab
from lab.authority import Authority
from lab.tls_servers import (HELLO_REQUESTS, SSH_BANNER, SSH_IGNORES, Servers, close, context, floods, reset, reset_at_once,
                             says, smtp, tls)

TIMEOUT_MS = 5000
# libcurl's clocks differ by that much.
INEXACT_MS = 50
# What a busy machine adds; whoever hangs does so for much longer.
PATIENCE_MS = 15000
LINE = re.compile(r"(\S+) (\S+) (\d+): ([a-z ]+), ([a-zA-Z -]*), port (\d+), until (\d+), (\d+) ms")
NAME, OTHER, WILD = "www.example.org", "other.example.org", "a.wild.example.org"
# Packets to the first vanish; in the second, nobody answers for an address.
NOWHERE, NOBODY = "10.66.0.1", "10.67.0.1"
OWN = "9.9.9.1"
RSA = ["-newkey", "rsa:2048", "-nodes"]
DAY = 86400


def prove(lines, *options):
    """By (name, address, port): verdict, why, the port that gave it, the certificate's end and milliseconds."""
    done = subprocess.run([lab.program("PROVE"), "-t", str(TIMEOUT_MS), *options], text=True, capture_output=True,
                          input="".join(f"{name} {address} {port}\n" for name, address, port in lines),
                          timeout=lab.HANG)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    told = [LINE.fullmatch(line) for line in done.stdout.splitlines()]
    return {(name, address, int(port)): (verdict, why, int(at), int(until), int(ms))
            for name, address, port, verdict, why, at, until, ms in (line.groups() for line in told)}


class Proof(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for command in ("link add nowhere type veth peer name nowhere1", "link set nowhere arp off up", "link set nowhere1 up",
                        "address add 10.66.0.254/24 dev nowhere",
                        "link add nobody type veth peer name nobody1", "address add 10.67.0.254/24 dev nobody",
                        "link set nobody up", "link set nobody1 up", "address add fd00:1::1 dev lo",
                        f"address add {OWN}/32 dev lo"):
            lab.run("ip", *command.split())
        cls.folder = cls.enterClassContext(lab.scratch())
        root = cls.root = Authority(cls.folder, "root")
        middle = Authority(cls.folder, "middle", root)
        stranger = Authority(cls.folder, "stranger")
        cls.trusted = str(root.certificate)
        good = cls.good = root.issue("good", f"DNS:{NAME}")
        chained = middle.issue("chained", f"DNS:{NAME}")
        bare = chained.read_text()
        whole = chained.with_name("whole.pem")
        whole.write_text(bare + middle.certificate.read_text())
        private = stranger.issue("private", f"DNS:{NAME}")
        rooted = private.with_name("rooted.pem")
        rooted.write_text(private.read_text() + stranger.certificate.read_text())
        alone = Authority(cls.folder, NAME)
        alone.certificate.write_text(alone.key.read_text() + alone.certificate.read_text())
        other = context(root.issue("other", f"DNS:{OTHER}"))
        wild = tls(context(root.issue("wild", "DNS:*.wild.example.org")))
        expired = context(root.issue("expired", f"DNS:{NAME}", days=-1))
        two = context(root.issue("default", f"DNS:{OTHER}"))
        named = context(good)
        two.sni_callback = lambda sock, name, _: setattr(sock, "context", named) if name == NAME else None
        asks = context(good, verify_mode=ssl.CERT_REQUIRED)
        asks.load_verify_locations(root.certificate)
        chosen = context(good)
        chosen.set_alpn_protocols(["dot"])
        servers = cls.enterClassContext(Servers())

        def knows_dot_alone(connection):
            """OpenSSL goes on without a protocol where it has none in common; others do not."""
            hello = connection.recv(65536, socket.MSG_PEEK)
            if b"http/1.1" in hello or b"\x02h2" in hello:
                connection.sendall(b"\x15\x03\x03\x00\x02\x02\x78")  # no_application_protocol
                return close(connection)
            return tls(chosen)(connection)

        p256 = tls(context(good))
        mail = b"220 lab ESMTP\r\n"
        # What it is, name, address, port, way: verdict, why.
        cls.kinds = [
            ("right", NAME, "127.1.0.1", 443, p256, "proven", ""),
            ("IPv6", NAME, "fd00:1::1", 443, p256, "proven", ""),
            ("intermediate", NAME, "127.1.0.2", 443, tls(context(whole)), "proven", ""),
            ("wildcard", WILD, "127.1.0.3", 443, wild, "proven", ""),
            ("RSA", NAME, "127.1.0.4", 443, tls(context(root.issue("rsa", f"DNS:{NAME}", key=RSA))), "proven", ""),
            ("TLS 1.2", NAME, "127.1.0.5", 443, tls(context(good, maximum_version=ssl.TLSVersion.TLSv1_2)), "proven", ""),
            ("asks for a certificate", NAME, "127.1.0.6", 443, tls(asks), "proven", ""),
            ("one of two names", NAME, "127.1.0.7", 443, tls(two), "proven", ""),
            ("DNS over TLS", NAME, "127.1.0.8", 853, knows_dot_alone, "proven", ""),
            ("mail", NAME, "127.1.0.9", 25, smtp(mail, context(good)), "proven", ""),
            ("mail that does not let go", NAME, "127.1.0.10", 587, smtp(mail, context(good), quits=False), "proven", ""),
            ("another's", NAME, "127.2.0.1", 443, tls(other), "open", "certificate for another name"),
            ("below a wildcard's", "a." + WILD, "127.2.0.2", 443, wild, "open", "certificate for another name"),
            ("a name that it does not know", WILD, "127.2.0.3", 443, tls(two), "open", "certificate for another name"),
            ("another's mail", NAME, "127.2.0.4", 25, smtp(mail, other), "open", "certificate for another name"),
            ("expired", NAME, "127.2.0.5", 443, tls(expired), "open", "certificate expired"),
            ("self-signed", NAME, "127.2.0.6", 443, tls(context(alone.certificate)), "open", "self-signed certificate"),
            ("unknown root", NAME, "127.2.0.7", 443, tls(context(rooted)), "open", "self-signed certificate"),
            ("no intermediate", NAME, "127.2.0.8", 443, tls(context(chained)), "open", "certificate of an unknown issuer"),
            ("unknown issuer", NAME, "127.2.0.9", 443, tls(context(private)), "open", "certificate of an unknown issuer"),
            ("HTTP at 443", NAME, "127.2.0.10", 443, says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "open", "no TLS"),
            ("closes", NAME, "127.2.0.11", 443, close, "open", "no TLS"),
            ("other protocols", NAME, "127.2.0.12", 443, knows_dot_alone, "open", "no TLS"),
            ("endless", NAME, "127.2.0.13", 443, says(b"\x16\x03\x03\x40\x00\x02\x00\x00\x76" + bytes(16375), 200), "open", "no TLS"),
            ("mail without TLS", NAME, "127.2.0.14", 25, smtp(mail, starttls=False), "open", "no STARTTLS"),
            ("mail that wants none", NAME, "127.2.0.15", 25, smtp(b"554 go away\r\n"), "open", "no TLS"),
            ("SSH that ends", NAME, "127.2.0.16", 22, says(b"SSH-2.0-lab\r\n"), "open", "no SSH"),
            ("HTTP at 22", NAME, "127.2.0.18", 22, says(b"HTTP/1.1 400 Bad Request\r\n\r\n", 1000), "open", "no SSH"),
            ("HTTP", NAME, "127.2.0.17", 80, close, "open", "a port without proof"),
            ("closed", NAME, "127.3.0.1", 443, None, "refused", ""),
            ("closed mail", NAME, "127.3.0.2", 25, None, "refused", ""),
            ("reset", NAME, "127.3.0.3", 443, reset, "reset", ""),
            ("reset at once", NAME, "127.3.0.4", 443, reset_at_once, "reset", ""),
            ("reset after STARTTLS", NAME, "127.3.0.5", 25, smtp(mail, reset), "reset", ""),
            ("dropped", NAME, NOWHERE, 443, None, "silent", ""),
            ("dropped mail", NAME, NOWHERE, 25, None, "silent", ""),
            ("never accepts", NAME, "127.4.1.1", 443, "full", "silent", ""),
            ("silent", NAME, "127.4.2.1", 443, servers.silence, "silent", ""),
            ("drips", NAME, "127.4.3.1", 443, servers.drip, "silent", ""),
            ("silent SSH", NAME, "127.4.6.1", 22, servers.silence, "silent", ""),
            ("reset SSH", NAME, "127.3.0.6", 22, reset, "reset", ""),
            ("silent mail", NAME, "127.4.4.1", 25, servers.silence, "silent", ""),
            ("silent after STARTTLS", NAME, "127.4.5.1", 25, smtp(mail, servers.silence), "silent", ""),
            ("no route", NAME, "2001:db8::1", 443, None, "no route", ""),
        ]
        for _, _, address, port, way, _, _ in cls.kinds:
            if way == "full":
                servers.never_accepts(address, port)
            elif way is not None and (address, port) not in servers.counts:
                servers.serve(address, port, way)
        cls.servers = servers
        cls.told = prove([kind[1:4] for kind in cls.kinds], "-a", cls.trusted, "-r", "0")

    def test_verdicts(self):
        self.assertGreater(len(self.kinds), 24)
        for what, name, address, port, _, verdict, why in self.kinds:
            with self.subTest(what):
                self.assertEqual(self.told[name, address, port][:3], (verdict, why, 0 if verdict == "no route" else port))

    def test_time(self):
        """Those that are silent are given up in time, and nobody takes longer."""
        for what, name, address, port, _, verdict, _ in self.kinds:
            with self.subTest(what):
                ms = self.told[name, address, port][4]
                self.assertLess(ms, TIMEOUT_MS + PATIENCE_MS)
                if verdict == "silent":
                    self.assertGreaterEqual(ms, TIMEOUT_MS - INEXACT_MS)

    def test_end_of_the_certificate(self):
        for what, name, address, port, _, verdict, _ in self.kinds:
            with self.subTest(what):
                until = self.told[name, address, port][3]
                if verdict == "proven":
                    self.assertAlmostEqual(until - time.time(), 2 * DAY, delta=DAY / 2)
                else:
                    self.assertEqual(until, 0)

    def test_nobody_there(self):
        """What the next router, or this machine in its place, says after three seconds."""
        told = prove([(NAME, NOBODY, 443)], "-t", "20000")
        self.assertEqual(told[NAME, NOBODY, 443][:2], ("unreachable", ""))

    def test_only_public(self):
        """Neither reserved addresses nor this machine's own are tried unless that is asked for."""
        reached = self.servers.counts["127.1.0.1", 443]
        lines = [(NAME, "127.1.0.1", 443), (NAME, "10.66.0.1", 443), (NAME, "fd00:1::1", 443), (NAME, OWN, 443)]
        self.servers.serve(OWN, 443, tls(context(self.good)))
        told = prove(lines, "-a", self.trusted, "-p")
        self.assertEqual({line: told[line][0] for line in lines}, dict.fromkeys(lines, "not tried"))
        self.assertEqual(self.servers.counts["127.1.0.1", 443], reached)
        self.assertEqual(prove(lines[3:], "-a", self.trusted)[lines[3]][0], "proven")

    def test_ports_of_the_kind(self):
        """One after the other, until one is proven; the best counts."""
        address = "127.5.0.1"
        self.servers.serve(address, 25, smtp(b"220 lab\r\n", context(self.good)))
        self.servers.serve(address, 80, close)
        self.servers.serve("127.5.0.4", 443, reset)
        self.servers.serve("127.5.0.4", 80, close)
        told = prove([("www.example.org", address, 0), ("ns.example.org", "127.5.0.2", 0),
                      ("rst.example.org", "127.5.0.4", 0)], "-a", self.trusted)
        # Who resets is left alone.
        self.assertEqual(told["rst.example.org", "127.5.0.4", 0][:3], ("reset", "", 443))
        self.assertEqual(self.servers.counts["127.5.0.4", 80], 0)
        self.assertEqual(told["www.example.org", address, 0][:3], ("open", "a port without proof", 80))
        self.assertEqual(told["ns.example.org", "127.5.0.2", 0][:3], ("refused", "", 443))
        mail = context(self.root.issue("mail", "DNS:mail.example.org"))
        self.servers.serve("127.5.0.3", 25, smtp(b"220 lab\r\n", mail))
        told = prove([("mail.example.org", "127.5.0.3", 0)], "-a", self.trusted)
        self.assertEqual(told["mail.example.org", "127.5.0.3", 0][:3], ("proven", "", 25))

    @unittest.skipIf(lab.find_program("dropbear") is None, "dropbear is not installed")
    def test_ssh(self):
        """A server is proven by a host key that is remembered for the name, in the clear or hashed."""
        folder, address = pathlib.Path(self.enterContext(lab.scratch())), "127.7.0.1"
        environment = lab.unpacked_environment()
        publics = []
        for key in ("key", "another"):
            said = subprocess.run([lab.find_program("dropbearkey"), "-t", "ed25519", "-f", folder / key], check=True,
                                  capture_output=True, text=True, env=environment).stdout
            publics.append(" ".join(next(line for line in said.splitlines() if line.startswith("ssh-")).split()[:2]))
        server = subprocess.Popen([lab.find_program("dropbear"), "-F", "-r", folder / "key", "-p", f"{address}:22", "-P",
                                   folder / "pid"], env=environment, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        known = folder / "known"
        for name, public, hashed, verdict in [
                (NAME, publics[0], False, ("proven", "")), (NAME, publics[0], True, ("proven", "")),
                (NAME, publics[1], False, ("open", "another host key")),
                (OTHER, publics[0], False, ("open", "host key not known"))]:
            known.write_text(f"{name} {public}\n")
            if hashed:
                lab.run("ssh-keygen", "-H", "-f", known)
            told = {(NAME, address, 22): ("refused",)}
            while told[NAME, address, 22][0] == "refused" and server.poll() is None:  # it is about to listen
                told = prove([(NAME, address, 22)], "-k", str(known))
            with self.subTest(name=name, public=public, hashed=hashed):
                self.assertEqual(told[NAME, address, 22][:4], (*verdict, 22, 0))
        self.assertEqual(prove([(NAME, address, 22)], "-k", "/nowhere")[NAME, address, 22][:2], ("open", "host key not known"))

    def test_environment(self):
        """A proxy or authorities of the environment are not asked."""
        done = subprocess.run([lab.program("PROVE"), "-a", self.trusted], text=True, capture_output=True,
                              input=f"{NAME} 127.1.0.1 443\n{NAME} 127.2.0.9 443\n",
                              env={"https_proxy": "http://127.3.0.1:1", "ALL_PROXY": "http://127.3.0.1:1",
                                   "SSL_CERT_FILE": f"{self.folder}/stranger.crt"})
        self.assertIn(f"{NAME} 127.1.0.1 443: proven", done.stdout)
        self.assertIn(f"{NAME} 127.2.0.9 443: open", done.stdout)

    def test_deadline(self):
        done = subprocess.run([lab.program("PROVE"), "-t", "60000", "-d", "3000"], text=True, capture_output=True,
                              input=f"{NAME} 127.3.0.1 443\n{NAME} {NOWHERE} 443\n", timeout=30)
        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
        self.assertIn("timed out", done.stderr)

    def test_no_authorities(self):
        done = subprocess.run([lab.program("PROVE"), "-a", "/nowhere"], text=True, capture_output=True,
                              input=f"{NAME} 127.1.0.1 443\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("No such file", done.stderr)

    def test_floods(self):
        """What a library passes over for as long as it comes keeps neither it nor other proofs."""
        lines = []
        for i, (port, way) in enumerate([(443, floods(HELLO_REQUESTS)), (22, floods(SSH_IGNORES, SSH_BANNER)),
                                         (25, smtp(b"220 lab\r\n", floods(HELLO_REQUESTS)))]):
            self.servers.serve(f"127.8.{i}.1", port, way)
            lines.append((NAME, f"127.8.{i}.1", port))
        told = prove([*lines, (NAME, "127.1.0.1", 443)], "-a", self.trusted, "-t", "60000")
        for line in lines:
            self.assertEqual(told[line][0], "silent", line)
            self.assertLess(told[line][4], 30000, line)
        self.assertEqual(told[NAME, "127.1.0.1", 443][0], "proven")

    def test_too_late(self):
        """What this machine has slept through says nothing of a server."""
        arrived = threading.Event()

        def tells(connection):
            arrived.set()
            self.servers.silence(connection)

        self.servers.serve("127.8.9.1", 443, tells)
        with subprocess.Popen([lab.program("PROVE"), "-t", "2000"], text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as proving:
            proving.stdin.write(f"{NAME} 127.8.9.1 443\n")
            proving.stdin.close()
            arrived.wait(lab.HANG)
            lab.pause(proving)
            time.sleep(4)
            proving.send_signal(signal.SIGCONT)
            self.assertIn(": not tried,", proving.stdout.read())

    def test_polite(self):
        """At one address one a second; in one network two at a time."""
        arrived, under_way, most = [], 0, 0
        lock = threading.Lock()

        def note(connection):
            nonlocal under_way, most
            with lock:
                arrived.append(time.monotonic())
                under_way += 1
                most = max(most, under_way)
            connection.recv(65536)
            time.sleep(0.5)
            with lock:
                under_way -= 1

        for last in range(1, 9):
            self.servers.serve(f"127.6.0.{last}", 443, note)
        prove([(f"n{number}.example.org", "127.6.0.1", 443) for number in range(3)])
        gaps = [later - earlier for earlier, later in zip(arrived, arrived[1:])]
        self.assertGreater(min(gaps), 0.5)
        most = 0
        prove([(NAME, f"127.6.0.{last}", 443) for last in range(1, 9)])
        self.assertLessEqual(most, 2)

    def test_time_left(self):
        """It is said once there is something to go by: at once where the rate alone counts, else after the first time-outs."""
        lines = "".join(f"{NAME} 10.66.0.{last} 443\n" for last in range(1, 21))
        for bounds, foreseen in (["-n", "100", "-r", "100"], True), (["-n", "100", "-r", "0"], False), (["-n", "9", "-r", "10"], False):
            done = subprocess.run([lab.program("PROVE"), "-s", "-t", "1000", *bounds], text=True, capture_output=True, input=lines,
                                  timeout=lab.HANG)
            said = [tuple(map(int, re.match(r"(\d+) of 20, \d+ handshakes, (\d+) ms, left (-?\d+) ms", line).groups()))
                    for line in done.stdout.splitlines()]
            self.assertEqual([left >= 0 for _, _, left in said],
                             [foreseen or (over >= 2 and ms > 1000) for over, ms, _ in said], (bounds, said))
            self.assertEqual((said[0][2] >= 0, said[-1][0], said[-1][2]), (foreseen, 20, 0))


if __name__ == "__main__":
    lab.need("openssl", "ip")
    lab.namespaces.enter("ip", "link", "add", "trial", "type", "veth", "peer", "name", "trial1")
    lab.main()
