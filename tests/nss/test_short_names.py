"""`ssh db1` on the bad day: names without a dot, which DNS searches in the domains of resolv.conf,
come from the copy as they came from DNS.

What glibc asks for is the truth: a nameserver here writes it down, and fails.
"""

import os
import shutil
import socket
import subprocess
import threading
import unittest

import lab
from lab import daemon
from lab.doctor import gitdns
from lab.outage import LINE, look_up

FOLDER = os.path.dirname(lab.STORE)
NAMESERVER = "127.0.0.77"
SERVFAIL = 0x8182
HOST = "labhost"
# What stands in resolv.conf behind its nameserver.
FILES = [
    "search corp.example.org\n", "search corp.example.org", "domain corp.example.org\n",
    "search a.example.org b.example.org\n", "search \ta.example.org\t b.example.org \n",
    "search a.example.org\nsearch b.example.org\n", "search a.example.org\ndomain b.example.org\n",
    "domain a.example.org b.example.org\n", "search corp.example.org\nsearch\nsearch \n",
    "#search a.example.org\n;search a.example.org\n search a.example.org\nsearch b.example.org\n",
    "search corp.example.org.\n", "search .corp.example.org\n", "search . corp.example.org\n",
    "search corp.example.org\noptions ndots:0\n", "search corp.example.org\noptions ndots:3\n",
    "options ndots:0 \nsearch corp.example.org\noptions timeout:9 ndots:2\n",
    "search " + " ".join(f"d{i}.example.org" for i in range(9)) + "\n",
    "search corp.example.org\noptions ndots:\n", "searched a.example.org\nsearch b.example.org\n",
    "", "options ndots:0\n",
]


class Nameserver(threading.Thread):
    """Answers SERVFAIL, upon which glibc goes on; `asked` are the names, in order."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((NAMESERVER, 53))
        self.start()

    def run(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
                at += 1 + query[at]
            name = ".".join(labels)
            if name not in self.asked:
                self.asked.append(name)
            self.socket.sendto(query[:2] + SERVFAIL.to_bytes(2, "big") + query[4:6] + bytes(6) +
                               query[12:at + 5], client)


def addresses(name):
    return look_up(name)[0]


def set_search(text):
    lab.write("/etc/resolv.conf", f"nameserver {NAMESERVER}\noptions timeout:5 attempts:1\n{text}")


class AsGlibc(unittest.TestCase):
    """Whatever of the names that glibc asks DNS for is in the copy: the first answers."""

    @classmethod
    def setUpClass(cls):
        cls.nameserver = Nameserver()

    def check(self, text, name):
        set_search(text)
        lab.make_store(FOLDER, {"other.example.org": "192.0.2.1"})
        self.nameserver.asked.clear()
        self.assertEqual(addresses(name), set())
        names = list(dict.fromkeys(self.nameserver.asked))
        self.assertIn(name, names)
        for first in range(len(names)):
            records = {known: f"192.0.2.{i}" for i, known in enumerate(names) if i >= first}
            lab.make_store(FOLDER, records)
            with self.subTest(text=text, names=names[first:]):
                self.assertEqual(addresses(name), {f"192.0.2.{first}"})
                status, found = gitdns("explain", name)
                self.assertEqual((status, found["now"]["service"], found["record"]),
                                 (0, "gitdns", f"{names[first]} 192.0.2.{first}"))

    def test_files(self):
        lab.set_hosts_line("files dns gitdns")
        for text in FILES:
            self.check(text, "db1")

    def test_domain_of_the_host(self):
        lab.set_hosts_line("files dns gitdns")
        socket.sethostname(f"{HOST}.corp.example.org")
        try:
            self.check("", "db1")
            self.check("search a.example.org\n", "db1")
        finally:
            socket.sethostname(HOST)

    def test_names_with_a_dot_are_not_searched(self):
        """glibc tries them as they are first; that the copy does not hold that says nothing."""
        lab.set_hosts_line("files dns gitdns")
        set_search("search corp.example.org\n")
        lab.make_store(FOLDER, {"db1.dc.corp.example.org": "192.0.2.1"})
        self.assertEqual(addresses("db1.dc"), set())
        self.assertEqual(addresses("db1.dc.corp.example.org"), {"192.0.2.1"})


class BadDay(unittest.TestCase):
    """A registry of one host, its domain in resolv.conf, and DNS dead."""

    NAME, ADDRESS = "db1.corp.example.org", "192.0.2.10"

    def setUp(self):
        lab.set_hosts_line(LINE)
        lab.make_store(FOLDER, {self.NAME: self.ADDRESS, "www.example.net": "192.0.2.11"})
        lab.write("/etc/resolv.conf", "search corp.example.org\n" + lab.resolv_conf("closed-port"))

    def test_without_a_daemon(self):
        self.assertEqual(look_up("db1")[0], {self.ADDRESS})
        self.assertEqual(look_up("DB1")[0], {self.ADDRESS})
        self.assertEqual(look_up("db2")[0], set())
        answer = socket.getaddrinfo("db1", None, flags=socket.AI_CANONNAME)
        self.assertEqual(answer[0][3], self.NAME)

    def test_explain_and_ssh(self):
        status, found = gitdns("explain", "db1")
        self.assertEqual((status, found["outage"]["service"], found["record"]),
                         (0, "gitdns", f"{self.NAME} {self.ADDRESS}"))
        if shutil.which("ssh") is None:
            self.skipTest("ssh is not here")
        done = subprocess.run(["ssh", "-v", "-F", "none", "-o", "ConnectTimeout=1", "-o",
                               "BatchMode=yes", "db1"], capture_output=True, text=True)
        self.assertIn(f"Connecting to db1 [{self.ADDRESS}]", done.stderr)

    def test_known_outage(self):
        """Before DNS, and what is reported is what DNS was asked for."""
        daemon.configure(private="yes")
        with daemon.Daemon():
            self.assertEqual(look_up("db1")[0], {self.ADDRESS})
            daemon.wait_for(lambda: daemon.everything_is_out() or daemon.names_out() > 0)
            lab.write(f"{lab.WORK}/line", lab.hosts_line("files gitdns_outage"))
            alone = lab.within({"/etc/nsswitch.conf": f"{lab.WORK}/line"}, ["getent", "ahosts", "db1"])
            said = subprocess.run(alone, capture_output=True, text=True).stdout
            self.assertIn(self.ADDRESS, said)

    def test_report(self):
        os.makedirs(daemon.FOLDER, exist_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.bind(daemon.REPORT)
            sock.settimeout(lab.HANG)
            try:
                for name, want in (("db1", self.NAME), ("db2", "db2.corp.example.org"),
                                   ("www.example.net", "www.example.net")):
                    look_up(name)
                    self.assertEqual(sock.recv(4096).decode(), want)
            finally:
                os.unlink(daemon.REPORT)


if __name__ == "__main__":
    lab.enter()
    lab.loopback_up()
    unittest.main(verbosity=2)
