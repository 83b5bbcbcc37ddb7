"""Hosts lines as they are found, and odd ones: gitdns must read them as glibc does.

Each nsswitch.conf must give the same results as the plain line that it means to glibc, for a name that
the store holds and one that it lacks, while DNS answers, fails, and denies.
"""

import os
import subprocess
import sys
import unittest

import lab

RECORDS = {"both.example.net": "192.0.2.1 2001:db8::1"}
NAMES = ["both.example.net", "unknown.example.net"]
MODES = ["good", "servfail", "nxdomain"]

AFTER_DNS = "files dns gitdns"
FREE = "files gitdns dns"
NOT_ASKED = "files dns"  # glibc never comes to gitdns, or cannot tell that it may answer

MEANS = {
    "hosts:files dns gitdns\n": AFTER_DNS,
    "hosts:files gitdns dns\n": FREE,
    "hosts:\tfiles\t\tdns\tgitdns\t\n": AFTER_DNS,
    "  hosts: files gitdns dns\n": FREE,
    "hosts :files gitdns dns\n": FREE,
    "hosts:\vfiles\fgitdns dns\r\n": FREE,
    "hosts: files dns gitdns\r\n": AFTER_DNS,
    # Comments have a line of their own; within a line their words are services.
    "hosts: files dns gitdns # gitdns\n": "files dns gitdns nosuch gitdns",
    "hosts: files gitdns dns # dns gitdns\n": "files gitdns dns nosuch dns gitdns",
    "#hosts: gitdns\nhosts: files dns gitdns\n#hosts: gitdns dns\n": AFTER_DNS,
    "networks: dns\nhosts: files gitdns dns\nhostsx: dns gitdns\nxhosts: dns gitdns\n": FREE,
    # Of two lines the last counts.
    "hosts: files gitdns dns\nhosts: files dns gitdns\n": AFTER_DNS,
    "hosts: files dns gitdns\nhosts: files gitdns dns\n": FREE,
    "hosts: files dns gitdns\nHosts: files gitdns dns\n": AFTER_DNS,
    "Hosts: files gitdns dns\n": NOT_ASKED,
    # A last line without its end is none.
    "hosts: files gitdns dns": NOT_ASKED,
    "hosts: files dns gitdns\nhosts: files gitdns dns": AFTER_DNS,
    "hosts: files gitdns dns\nhosts: files dns gitdns": FREE,
    "": NOT_ASKED,
    # Actions.
    "hosts: files dns [notfound=return] gitdns\n": "files dns [NOTFOUND=return] gitdns",
    "hosts: files dns[ NotFound = Return ]gitdns\n": "files dns [NOTFOUND=return] gitdns",
    "hosts: files dns [!UNAVAIL=return] gitdns\n": "files dns [!UNAVAIL=return] gitdns",
    "hosts: files dns [NOTFOUND=continue UNAVAIL=continue] gitdns\n": AFTER_DNS,
    "hosts: files [NOTFOUND=continue] gitdns [NOTFOUND=continue !SUCCESS=continue] dns\n": FREE,
    "hosts: files nosuch [NOTFOUND=return] dns gitdns\n": "files nosuch dns gitdns",
    "hosts: files nosuch [UNAVAIL=continue] gitdns dns\n": "files nosuch gitdns dns",
    # Long ones.
    "hosts: files dns gitdns " + "x" * 10240 + "\n": "files dns gitdns nosuch",
    "#" * 10240 + "\nhosts: files gitdns dns\n": FREE,
    "\n" * 10240 + "hosts: files gitdns dns\n": FREE,
    "hosts: " + "files " * 1700 + "dns gitdns\n": AFTER_DNS,
    "hosts: files" + " " * 10240 + "dns gitdns\n": AFTER_DNS,
    # Not understood, though glibc does: after DNS, to be on the safe side.
    "hosts: " + "files " * 1700 + "gitdns dns\n": NOT_ASKED,
    "hosts: files gitdns dns " + "x" * 10240 + "\n": "files dns nosuch",
    "hosts: files gitdns dns" + " " * 10240 + "\n": NOT_ASKED,
    # Twice: asked before DNS, but the last place counts.
    "hosts: files gitdns dns gitdns\n": AFTER_DNS,
    "hosts: files dns gitdns gitdns\n": AFTER_DNS,
    "hosts: files gitdns gitdns dns\n": FREE,
}
# glibc takes nothing from the file, or finds no service: as without gitdns.
BROKEN = ["hosts: files dns gitdns [NOTFOUND=return\n", "hosts: files gitdns [FOO=return] dns\n",
          "hosts: files gitdns dns\nhosts:\n", "hosts: [NOTFOUND=return] files gitdns\n",
          "hosts: files gitdns dns\nhosts: files dns [NOTFOUND=] gitdns\n"]

# A thread that once has no descriptor left: what that look-up has left must not spoil the later ones.
FORGETFUL = """
import os, resource, socket

def look_up():
    try:
        return socket.getaddrinfo("unknown.example.net", None, socket.AF_INET6)[0][4][0]
    except OSError as error:
        return error

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
print(look_up())
taken = []
try:
    while True:
        taken.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    look_up()
for descriptor in taken:
    os.close(descriptor)
print(look_up(), look_up())
"""


class HostsLine(unittest.TestCase):
    def results(self, text):
        results = []
        for mode in MODES:
            lab.write("/etc/nsswitch.conf", text)
            lab.set_dns(mode)
            results.append(lab.probe(mode, NAMES))
        return results

    def test_means(self):
        plain = {line: self.results(lab.hosts_line(line)) for line in set(MEANS.values())}
        for text, line in MEANS.items():
            with self.subTest(text=text[:80], octets=len(text), means=line):
                self.assertEqual(self.results(text), plain[line])

    def test_plain_lines_differ(self):
        """Else the test above could not fail."""
        plain = [self.results(lab.hosts_line(line)) for line in (AFTER_DNS, FREE, NOT_ASKED)]
        for number, results in enumerate(plain):
            self.assertNotIn(results, plain[:number])

    @lab.not_sanitized  # some make glibc itself read what it has freed
    def test_broken(self):
        for text in BROKEN:
            with self.subTest(text=text):
                self.assertEqual(self.results(text), self.results(text.replace("gitdns", "")))

    def test_missing_service(self):
        """glibc marks one that it does not find by NETDB_INTERNAL, which says nothing of DNS."""
        lab.set_hosts_line("files dns nosuch gitdns")
        lab.set_dns("nxdomain")
        got = lab.probe("nxdomain", NAMES)
        self.assertFalse([call for call, result in got.items() if result.startswith("ok")])

    def test_once_out_of_descriptors(self):
        lab.set_dns("good")
        for services in ("gitdns dns", "gitdns files dns", "files gitdns dns", AFTER_DNS,
                         "gitdns_outage [TRYAGAIN=return] dns gitdns"):
            with self.subTest(services=services):
                lab.set_hosts_line(services)
                said = subprocess.run([sys.executable, "-c", FORGETFUL], check=True, text=True,
                                      stdout=subprocess.PIPE).stdout.split()
                self.assertEqual(said, ["2001:db8:53::7"] * 3)

    def test_unreadable(self):
        """A file that may not be read: glibc knows its default only, and gitdns harms nobody."""
        lab.write("/etc/nsswitch.conf", lab.hosts_line(FREE))
        lab.set_dns("nxdomain")
        os.chmod("/etc/nsswitch.conf", 0)
        got = lab.probe("nxdomain", NAMES, wrapper=lab.WITHOUT_CAPABILITIES)
        self.assertTrue(all("EAI_NONAME" in result or "HOST_NOT_FOUND" in result
                            for result in got.values()))


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", RECORDS)
    unittest.main(verbosity=2)
