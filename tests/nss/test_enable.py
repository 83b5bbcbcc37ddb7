"""`gitdns enable` on the lines of lab/shipped_hosts_lines.py, each run through glibc: gitdns is reached in every
way in which DNS can fail, never where DNS denies; nothing else changes; and disable gives back the
very bytes, whatever other packages' scripts do to the line before and after.
"""

import ctypes
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import unittest

import lab
from lab import daemon, responder, shipped_hosts_lines
from lab.machine import OUTAGE
from lab.nsswitch import FILE, PATH, PLAIN, STUB, gitdns, put, read

RECORDS = {"both.example.net": "192.0.2.1 2001:db8::1", "v4.example.net": "192.0.2.3"}
HITS, UNKNOWN = list(RECORDS), "unknown.example.net"
FAILING = ["servfail", "refused", "notimp", "silent", "closed-port", "no-route",
           "empty-resolv-conf", "truncated", "garbage-short", "garbage-random"]
ANSWERING = ["good", "nxdomain", "nodata"]
GOOD = {"getaddrinfo unspec": "ok 2001:db8:53::7 198.51.100.7 198.51.100.8"}


def loads(service):
    try:
        ctypes.CDLL(f"libnss_{service}.so.2")
    except OSError:
        return False
    return True


class Shipped(unittest.TestCase):
    """Every line before and after, in every mode."""

    @classmethod
    def setUpClass(cls):
        cls.lines = {}  # the services before: those after
        for who, stub, line in shipped_hosts_lines.LINES:
            before = FILE % line
            put(before, STUB if stub else PLAIN)
            status, shown, why = gitdns("enable")
            assert status == 0, (who, line, shown, why)
            after = read().decode()
            assert gitdns("enable")[0] == 0 and read().decode() == after, (who, "enabled twice")
            new = after[len(before[:before.index(line)]):].split("\n")[0]
            assert after == before.replace(line + "\n", new + "\n"), (who, "other lines")
            assert gitdns("disable")[0] == 0 and read().decode() == before, (who, "disabled")
            assert not os.path.exists("/etc/gitdns"), (who, "left behind")
            cls.lines[line.split(":")[1].strip()] = new.split(":")[1].strip()
        services = {word for line in cls.lines for word in line.split() if word[0] != "["}
        absent = sorted(s for s in services - {"files", "dns"} if not loads(s))
        print(f"{len(shipped_hosts_lines.LINES)} lines; not installed here, so that glibc passes them over: "
              f"{' '.join(absent) or 'none'}")
        lab.prepare([*cls.lines, *cls.lines.values()], FAILING + ANSWERING)
        keys = [(services, mode) for line in cls.lines.items() for services in line
                for mode in FAILING + ANSWERING]
        cls.results = dict(lab.in_parallel(cls.probe, sorted(set(keys))))

    @staticmethod
    def probe(key):
        services, mode = key
        return lab.probe(mode, [*HITS, UNKNOWN], files=lab.files_of(services, mode))

    def each(self, modes):
        """[(what, results before, results after)]"""
        return [((before, mode), self.results[before, mode], self.results[after, mode])
                for before, after in self.lines.items() for mode in modes]

    def test_rule(self):
        for before, after in self.lines.items():
            with self.subTest(line=before):
                self.assertEqual(after.count(f"{OUTAGE} dns gitdns"), 1)
                self.assertNotIn("resolve", after)

    def test_reached_when_dns_fails(self):
        for what, before, after in self.each(FAILING):
            for name, call, want in [
                    ("both.example.net", "getaddrinfo unspec", "ok 2001:db8::1 192.0.2.1"),
                    ("both.example.net", "getaddrinfo inet6", "ok 2001:db8::1"),
                    ("v4.example.net", "getaddrinfo unspec", "ok 192.0.2.3"),
                    ("v4.example.net", "gethostbyname_r",
                     "ok name=v4.example.net length=4 192.0.2.3")]:
                self.assertEqual(after[name, call], want, what)
                self.assertNotIn("ok", before[name, call], what)

    def test_at_once_in_a_known_outage(self):
        """gitdns_outage is reached in each line, and DNS is not asked."""
        daemon.configure(private="yes")
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['silent']}\n")
        with daemon.Daemon():
            self.assertEqual(gitdns("outage", "on")[0], 0)
            for before, after in self.lines.items():
                start = time.monotonic()
                files = {PATH: f"{lab.WORK}/files/{after}"}
                done = subprocess.run(lab.within(files, ["getent", "ahosts", *HITS]), text=True,
                                      stdout=subprocess.PIPE)
                self.assertLess(time.monotonic() - start, 2, before)
                self.assertEqual({line.split()[0] for line in done.stdout.splitlines()},
                                 {"192.0.2.1", "2001:db8::1", "192.0.2.3"}, before)
        shutil.rmtree("/etc/gitdns")

    def test_unknown_names_fail_as_before(self):
        for what, before, after in self.each(FAILING):
            self.assertEqual({key: after[key] for key in after if key[0] == UNKNOWN},
                             {key: before[key] for key in before if key[0] == UNKNOWN}, what)

    def test_nothing_changes_while_dns_works(self):
        for what, before, after in self.each(ANSWERING):
            self.assertEqual(after, before, what)

    def test_dns_does_answer(self):
        """Else the test above could not fail."""
        for what, before, _ in self.each(["good"]):
            for call, want in GOOD.items():
                self.assertEqual(before["both.example.net", call], want, what)
        for what, before, _ in self.each(["nxdomain"]):
            # EBUSY: the line's last service is not installed, and glibc says so.
            self.assertRegex(before["both.example.net", "getaddrinfo unspec"],
                             "EAI_NONAME|EAI_SYSTEM errno=EBUSY", what)


class Proposals(unittest.TestCase):
    """Odd lines: what enable writes, or proposes to write by hand, is left alone by it afterwards,
    and reached in an outage. tests/unit/test_cli_proposals.c has many more of them."""

    SERVICES = ["dns", "dns", "files", "resolve", "mymachines", "myhostname", "mdns4_minimal",
                "mdns", "wins", "nis", "db", "nosuch", "gitdns", "gitdns_outage", "#"]
    ACTIONS = ["", "", " [NOTFOUND=return]", " [!UNAVAIL=return]", " [SUCCESS=continue]",
               " [SUCCESS=merge]", " [UNAVAIL=return TRYAGAIN=return]",
               " [NOTFOUND=return] [x", " [NOTFOUND=retrun]"]
    # Some that are not left to chance.
    LINES = ["files [NOTFOUND=return] mdns [NOTFOUND=return] dns", "files dns # files dns",
             "dns [!UNAVAIL=return] wins [SUCCESS=merge]", "files [NOTFOUND=return]", "gitdns",
             "files [NOTFOUND=return] files [!UNAVAIL=return] dns [UNAVAIL=return] myhostname",
             "nosuch [UNAVAIL=return] dns", "dns [x=y]"]
    MODES = ["closed-port", "servfail", "nxdomain", "good"]
    NSCD = ["unshare", "-m", "sh", "-ec",
            "mount -t tmpfs tmpfs /usr/sbin && cp /bin/true /usr/sbin/nscd && "
            f"mount --bind {lab.WORK}/nscd.conf /etc/nscd.conf && exec \"$@\"", "sh"]

    @classmethod
    def lines(cls):
        chance = random.Random(1)
        odd = [" ".join(chance.choice(cls.SERVICES) + chance.choice(cls.ACTIONS)
                        for _ in range(chance.randint(1, 5))) for _ in range(100)]
        return [(line, resolv, wrapper) for number, line in enumerate(cls.LINES + odd)
                for resolv in [(PLAIN, STUB)[number % 2]]
                for wrapper in ([(), cls.NSCD] if number < len(cls.LINES) else [()])]

    @classmethod
    def setUpClass(cls):
        lab.write(f"{lab.WORK}/nscd.conf", "enable-cache hosts yes\n")
        lab.write("/etc/nscd.conf", "")
        cls.good = {}  # what enable wrote or proposed, and for what
        cls.refused = 0
        for line, resolv, wrapper in cls.lines():
            put(f"hosts: {line}\n", resolv)
            status, _, why = gitdns("enable", wrapper=wrapper)
            if status != 0:
                cls.refused += 1
                proposal = re.findall(r"^gitdns: [^`\n]*write[^:\n]*: (hosts: .*)$", why, re.M)
                assert len(proposal) == 1, (line, why)
                put(f"{proposal[0]}\n", resolv)
            written = read()
            status, said, why = gitdns("enable", wrapper=wrapper)
            assert (status, read()) == (0, written) and "already" in said, (line, said, why)
            found = json.loads(gitdns("doctor", "--json", wrapper=wrapper)[1])
            assert found["reach"] in ("outage", "always"), (line, found)
            cls.good[written.decode().removeprefix("hosts:").strip()] = line
        os.unlink("/etc/nscd.conf")
        lab.prepare(cls.good, cls.MODES)
        keys = [(services, mode) for services in cls.good for mode in cls.MODES]
        cls.results = dict(lab.in_parallel(Shipped.probe, keys))

    def test_some_are_refused(self):
        self.assertGreater(self.refused, 30)
        self.assertGreater(len(self.good), 40)

    def test_answers_in_an_outage_and_not_else(self):
        hit = "ok 2001:db8::1 192.0.2.1"
        for (services, mode), result in self.results.items():
            words = services.split()
            asked = "dns" in words and words.index("dns") < words.index("gitdns")
            want = hit if mode in ("closed-port", "servfail") or not asked else \
                GOOD["getaddrinfo unspec"] if mode == "good" else "EAI_NONAME|EAI_SYSTEM"
            self.assertRegex(result["both.example.net", "getaddrinfo unspec"], f"^({want})",
                             (mode, services, self.good[services]))


class FilesBehindDns(unittest.TestCase):
    """hosts: dns files"""

    NAME, COPY, FILES = "both.example.net", {"192.0.2.1", "2001:db8::1"}, {"192.0.2.77"}

    def setUp(self):
        with open("/etc/hosts") as file:
            self.hosts = file.read()
        lab.write("/etc/hosts", f"{self.hosts}192.0.2.77 {self.NAME} only.example.net\n")

    def tearDown(self):
        lab.write("/etc/hosts", self.hosts)
        shutil.rmtree("/etc/gitdns", ignore_errors=True)

    @staticmethod
    def ask(mode, name):
        lab.set_dns(mode)
        done = subprocess.run(["getent", "ahosts", name], stdout=subprocess.PIPE, text=True)
        return {line.split()[0] for line in done.stdout.splitlines()}

    def explained(self, name=NAME):
        """Which service answers now, and in an outage."""
        found = json.loads(gitdns("explain", "--json", name)[1])
        return [found[when] and (found[when]["service"], set(found[when]["addresses"]))
                for when in ("now", "outage")]

    def test_said_and_so(self):
        put("hosts: dns files\n")
        self.assertEqual(self.ask("closed-port", self.NAME), self.FILES)
        self.assertEqual(self.explained(), [("files", self.FILES)] * 2)
        status, said, _ = gitdns("enable")
        self.assertEqual((status, read().decode()), (0, f"hosts: {OUTAGE} dns gitdns files\n"))
        note, = [line for line in said.splitlines() if "/etc/hosts" in line]
        self.assertIn("in an outage the copy answers before /etc/hosts does.", note)
        instead = note.split("write: ")[1]
        self.assertIn("the copy answers before /etc/hosts", gitdns("doctor")[1])
        self.assertEqual(self.ask("closed-port", self.NAME), self.COPY)
        self.assertEqual(self.explained(), [("gitdns", self.COPY)] * 2)
        self.assertEqual(self.ask("nxdomain", self.NAME), self.FILES)
        self.assertEqual(self.explained(), [("files", self.FILES), ("gitdns", self.COPY)])
        self.assertEqual(self.ask("closed-port", "only.example.net"), self.FILES)
        self.known_outage("gitdns_outage", self.COPY)
        put(f"{instead}\n")
        self.assertIn("already", gitdns("enable")[1])
        self.assertNotIn("/etc/hosts", gitdns("doctor")[1])
        for mode in ("closed-port", "nxdomain", "good"):
            self.assertEqual(self.ask(mode, self.NAME), self.FILES, mode)
        self.assertEqual(self.explained(), [("files", self.FILES)] * 2)
        self.known_outage("files", self.FILES)

    def known_outage(self, service, addresses):
        daemon.configure(private="yes")
        lab.set_dns("closed-port")
        with daemon.Daemon():
            self.assertEqual(gitdns("outage", "on")[0], 0)
            self.assertEqual(self.explained(), [(service, addresses)] * 2)
            self.assertEqual(self.ask("closed-port", self.NAME), addresses)

    def test_not_said_of_others(self):
        for line in ("files dns", "dns", "files dns files", "dns wins"):
            put(f"hosts: {line}\n")
            self.assertNotIn("/etc/hosts", gitdns("enable")[1], line)
            self.assertNotIn("before /etc/hosts", gitdns("doctor")[1], line)

    def test_said_of_what_is_to_be_written_by_hand(self):
        put("hosts: dns files\n")
        os.rename(PATH, f"{PATH}.real")
        os.symlink(f"{PATH}.real", PATH)
        self.assertIn("answers before /etc/hosts", gitdns("enable")[2])
        os.unlink(PATH)


class Others(unittest.TestCase):
    """The maintainer scripts of other packages edit the line as well."""

    def script(self, package, name, *arguments):
        path = f"{lab.UNPACKED}/control/{package}/{name}"
        if not os.path.exists(path):
            self.skipTest(f"{package}'s scripts (Debian) are not unpacked")
        environment = os.environ | {"DPKG_MAINTSCRIPT_PACKAGE": package, "DPKG_ROOT": "",
                                    "DPKG_MAINTSCRIPT_PACKAGE_INSTCOUNT": "0"}
        subprocess.run(["sh", path, *arguments], check=True, env=environment,
                       stdout=subprocess.DEVNULL)

    def install(self, package):
        self.script(package, "preinst", "install")
        self.script(package, "postinst", "configure")

    def hosts(self):
        return read().decode().split("hosts:", 1)[1].split("\n")[0].split()

    def test_before_and_after_ours(self):
        packages = ["libnss-myhostname", "libnss-mdns", "libnss-mymachines"]
        for ours in range(4):
            put("hosts:          files dns\n")
            plain = []
            for number, package in enumerate([*packages, None]):
                if number == ours:
                    self.assertEqual(gitdns("enable")[0], 0)
                if package is not None:
                    self.install(package)
            self.assertEqual(self.hosts().count("gitdns"), 1)
            plain = [word for word in self.hosts()
                     if word not in ("gitdns", "gitdns_outage", "[TRYAGAIN=return]")]
            self.assertEqual(gitdns("disable")[0], 0)
            self.assertEqual(self.hosts(), plain)
            self.assertEqual(plain[0], "files")
            self.assertEqual(plain[-1], "dns")

    def test_others_go_first(self):
        put("hosts:          files dns\n")
        self.install("libnss-mdns")
        self.assertEqual(gitdns("enable")[0], 0)
        self.script("libnss-mdns", "postrm", "remove")
        self.assertEqual(self.hosts(), f"files {OUTAGE} dns gitdns".split())
        self.assertEqual(gitdns("disable")[0], 0)
        self.assertEqual(read().decode(), "hosts:          files dns\n")

    def test_resolve_comes_later(self):
        put("hosts:          files dns\n", STUB)
        self.assertEqual(gitdns("enable")[0], 0)
        self.install("libnss-resolve")
        self.assertIn("resolve", self.hosts())
        self.assertEqual(gitdns("enable")[0], 0)
        self.assertEqual(self.hosts(), f"files {OUTAGE} dns gitdns".split())
        self.assertEqual(gitdns("disable")[0], 0)
        self.assertEqual(self.hosts(), "files resolve [!UNAVAIL=return] dns".split())


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", RECORDS)
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])
