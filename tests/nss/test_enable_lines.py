"""What gitdns enable and disable make of files that are not simply shipped: odd lines, lines that
glibc rejects, links, a stub, nscd.
"""

import os
import subprocess
import unittest

import lab
from lab.machine import OUTAGE
from lab.nsswitch import PATH, STUB, gitdns, put, read


class Lines(unittest.TestCase):
    def there_and_back(self, text, want):
        put(text)
        self.assertEqual(gitdns("enable")[0], 0)
        self.assertEqual(read().decode(), want)
        self.assertEqual(gitdns("disable")[0], 0)
        self.assertEqual(read().decode(), text)

    def refused(self, text, why, proposal="hosts: files gitdns_outage"):
        put(text)
        status, _, said = gitdns("enable")
        self.assertEqual(status, 1)
        self.assertIn(why, said)
        self.assertIn(proposal, said)
        self.assertEqual("write" in said, proposal != "", said)
        self.assertEqual(read().decode(), text)
        self.assertEqual(os.listdir("/etc/gitdns") if os.path.exists("/etc/gitdns") else [], [])

    def test_last_line_counts(self):
        self.there_and_back("hosts: files dns\nhosts:files  dns\nHosts: dns\nhosts: dns",
                            f"hosts: files dns\nhosts:files  {OUTAGE} dns gitdns\nHosts: dns\n"
                            "hosts: dns")

    def test_crlf_tabs_comment(self):
        self.there_and_back("\thosts:\tfiles\tdns\t# by hand\r\nx: y\r\n",
                            f"\thosts:\tfiles\t{OUTAGE} dns gitdns\t# by hand\r\nx: y\r\n")

    def test_long_file(self):
        pad = "# " + "x" * 5000 + "\n"
        self.there_and_back(pad * 40 + "hosts: dns\n" + pad * 40,
                            pad * 40 + f"hosts: {OUTAGE} dns gitdns\n" + pad * 40)

    def test_others_odd_lines(self):
        odd = "netgroup:\nfoo: files [x=y]\n%s\ngroup: files [success=merge] x\nrpc: files [x"
        self.there_and_back(odd % "hosts: dns", odd % f"hosts: {OUTAGE} dns gitdns")

    def test_disable_whatever_the_others(self):
        put("hosts: files dns gitdns\nethers: files [NOTFOUND=retrun]\n")
        self.assertEqual(gitdns("disable")[0], 0)
        self.assertEqual(read().decode(), "hosts: files dns\nethers: files [NOTFOUND=retrun]\n")

    def test_refused(self):
        self.refused("hosts: files dns", "end of line")
        self.refused("HOSTS: files dns\n", "no hosts line")
        self.refused("", "no hosts line")
        self.refused("hosts: files" + " " * 1024 + "dns\n", "longer", "")
        self.refused("hosts: files" + " " * 980 + "dns\n", "too long")
        self.refused("hosts: files dns\nx: \0\n", "not a text file", "")
        self.refused("hosts: files dns [NOTFOUND=return\n", "not understood")
        self.refused("#" * (1 << 20) + "\nhosts: files dns\n", "larger than it may be", "")
        self.refused("hosts: dns [x=y]\nhosts: files dns\n", "line 1: glibc does not", "")
        self.refused("hosts: files dns\nethers: files [NOTFOUND=retrun]\n", "line 2: glibc does", "")
        self.refused("hosts: files\n", "line 1: the line does not ask DNS; nothing changed\n",
                     "gitdns: for gitdns to answer always, write: hosts: files gitdns\n")
        self.refused("hosts: dns [x=y]\n", "not understood",
                     "gitdns: or, with the usual services alone, write: hosts: files gitdns_outage")
        self.refused(f"hosts: files{' wins' * 16} dns\n", "shorten it, and try again", "")
        self.refused(f"hosts: {'x' * 32} dns\n", "shorten it, and try again", "")
        self.refused("hosts: files resolve [!UNAVAIL=return] dns\n",
                     "does not name systemd-resolved")

    def test_resolve_said_plainly(self):
        put("hosts: files resolve [!UNAVAIL=return] dns\n", STUB)
        status, said, _ = gitdns("enable")
        self.assertEqual(status, 0)
        for word in ("scope ids", "LLMNR", "mDNS"):
            self.assertIn(word, said)

    def test_stub_is_a_link(self):
        put("hosts: files resolve [!UNAVAIL=return] dns\n")
        os.unlink("/etc/resolv.conf")
        os.symlink("../run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf")
        self.assertEqual(gitdns("enable")[0], 0)
        self.assertEqual(read().decode(), f"hosts: files {OUTAGE} dns gitdns\n")
        os.unlink("/etc/resolv.conf")

    def test_nscd(self):
        put("hosts: files dns\n")
        shell = ("mount -t tmpfs tmpfs /usr/sbin && cp /bin/true /usr/sbin/nscd && "
                 "printf '%s\\n' \"$1\" >/etc/nscd.conf && shift && exec \"$@\"")
        for conf, added in (("enable-cache hosts yes", " [NOTFOUND=return]"),
                            ("enable-cache hosts no", ""), ("# none", "")):
            put("hosts: files dns\n")
            wrapper = ["unshare", "-m", "sh", "-ec", shell, "sh", conf]
            self.assertEqual(gitdns("enable", wrapper=wrapper)[0], 0)
            self.assertEqual(read().decode(), f"hosts: files {OUTAGE} dns{added} gitdns\n")
        os.unlink("/etc/nscd.conf")

    def test_links(self):
        for target, why in (("/etc/authselect/nsswitch.conf", "authselect select"),
                            ("nsswitch.real", "a symbolic link to nsswitch.real")):
            put("hosts: files dns\n")
            os.makedirs("/etc/authselect", exist_ok=True)
            real = os.path.join("/etc", target)
            os.rename(PATH, real)
            os.symlink(target, PATH)
            status, _, said = gitdns("enable")
            self.assertEqual((status, read(real)), (1, b"hosts: files dns\n"))
            self.assertIn(why, said)
            self.assertIn(f"hosts: files {OUTAGE} dns gitdns", said)
            self.assertEqual(gitdns("disable")[0], 0)
            lab.write(real, f"hosts: files {OUTAGE} dns gitdns\n")
            self.assertEqual(gitdns("enable")[0], 0)
            status, _, said = gitdns("disable")
            self.assertEqual(status, 1)
            self.assertIn("hosts: files dns", said)
            lab.write(real, "hosts: gitdns\n")
            self.assertIn("hosts: files dns\n", gitdns("disable")[2])
            lab.write(real, "hosts: files dns dns\n")
            said = gitdns("enable")[2]
            self.assertIn("stands twice", said)
            self.assertIn(why.split()[0], said)
            self.assertIn(f"hosts: files {OUTAGE} dns gitdns\n", said)
            self.assertTrue(os.path.islink(PATH))
            os.unlink(PATH)
        put("# Generated by authselect on Fri Nov 27\nhosts: files dns\n")
        self.assertEqual(gitdns("enable")[0], 1)

    def test_not_a_file(self):
        os.unlink(PATH)
        self.assertEqual([gitdns("enable")[0], gitdns("disable")[0]], [1, 0])
        self.assertIn(f"hosts: files {OUTAGE} dns gitdns", gitdns("enable")[2])
        os.mkfifo(PATH)
        self.assertEqual(gitdns("enable")[0], 1)
        os.unlink(PATH)

    def test_dry_run(self):
        put("x: y\nhosts: files dns\n")
        status, said, _ = gitdns("enable", "--dry-run")
        self.assertEqual(status, 0)
        self.assertEqual(said, "--- /etc/nsswitch.conf\n+++ /etc/nsswitch.conf\n@@ -2 +2 @@\n"
                               f"-hosts: files dns\n+hosts: files {OUTAGE} dns gitdns\n")
        self.assertEqual(read(), b"x: y\nhosts: files dns\n")
        self.assertFalse(os.path.exists("/etc/gitdns"))

    def test_module_is_absent(self):
        put("hosts: files dns\n")
        lab.write(f"{lab.WORK}/no-modules", "")
        wrapper = [lab.program("WITHIN"), f"{lab.WORK}/no-modules:/etc/ld.so.cache", "--"]
        status, _, said = gitdns("enable", wrapper=wrapper)
        self.assertEqual((status, read()), (1, b"hosts: files dns\n"))
        self.assertIn("libnss_gitdns.so.2", said)

    def test_needs_root(self):
        put("hosts: files dns\n")
        wrapper = ["setpriv", "--reuid=65534"]
        if subprocess.run([*wrapper, "true"], capture_output=True).returncode != 0:
            self.skipTest("no other user here")
        status, _, said = gitdns("enable", wrapper=wrapper)
        self.assertEqual(status, 1)
        self.assertIn("root", said)


if __name__ == "__main__":
    lab.enter()
    unittest.main(verbosity=2)
