"""`gitdns explain` against what programs get, now and when DNS dies."""

import os
import shutil
import subprocess
import time
import unittest

import lab
from lab import daemon, responder
from lab.doctor import ANSWER, FOLDER, GOOD, HIT, LINES, NAME, Healthy, addresses, gitdns, main
from lab.programs import run


class Explain(unittest.TestCase):
    def setUp(self):
        shutil.rmtree(FOLDER, ignore_errors=True)
        lab.make_store(FOLDER, {NAME: HIT})

    def explain(self, line, mode, name):
        """(exit status, who answers now, who in an outage, all)"""
        lab.set_hosts_line(line)
        lab.set_dns(mode)
        status, found = gitdns("explain", name)
        now, outage = found["now"], found["outage"]
        if now is not None:
            self.assertEqual(set(now["addresses"]), addresses(name))
        else:
            self.assertEqual(addresses(name), set())
        return status, now and now["service"], outage and outage["service"], found

    def test_who(self):
        for line, mode, name, want in [
                (GOOD, "good", NAME, (0, "dns", "gitdns")),
                (GOOD, "good", "unknown.example.net", (0, "dns", None)),
                (GOOD, "good", "in-files.example.net", (0, "files", "files")),
                (GOOD, "nxdomain", NAME, (1, None, "gitdns")),
                (GOOD, "servfail", NAME, (0, "gitdns", "gitdns")),
                (GOOD, "servfail", "unknown.example.net", (1, None, None)),
                (GOOD, "silent", NAME, (0, "gitdns", "gitdns")),
                ("files gitdns dns", "good", NAME, (0, "gitdns", "gitdns")),
                ("files dns", "good", NAME, (0, "dns", None)),
                ("files dns [UNAVAIL=return] gitdns", "good", NAME, (0, "dns", None)),
                ("files dns [NOTFOUND=return] gitdns", "good", NAME, (0, "dns", "gitdns")),
                ("files resolve [!UNAVAIL=return] dns gitdns", "good", NAME, (0, "dns", None)),
                ("files nosuch dns gitdns", "good", NAME, (0, "dns", "gitdns"))]:
            with self.subTest(line=line, mode=mode, name=name):
                self.assertEqual(self.explain(line, mode, name)[:3], want)

    def test_outage_is_an_outage(self):
        """What it says of one is what comes when DNS dies."""
        for line in LINES:
            for name in (NAME, "unknown.example.net", "in-files.example.net"):
                with self.subTest(line=line, name=name):
                    says = self.explain(line, "good", name)[3]["outage"]
                    lab.set_dns("closed-port")
                    self.assertEqual(set(says["addresses"]) if says else set(), addresses(name))

    def test_what_it_tells(self):
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n")
        lab.set_hosts_line(GOOD)
        found = gitdns("explain", NAME)[1]
        self.assertEqual(found["record"], f"{NAME} {HIT}")
        self.assertEqual(found["outage_seconds"], 10)
        self.assertEqual([s["asked"] for s in found["services"]], [True, True, True, False])
        self.assertEqual(set(found["now"]["addresses"]), ANSWER)
        said = self.said(NAME)
        self.assertIn(f"gitdns         {HIT}\n", said)
        self.assertIn("after 10.0 s of silence; at once where", said)
        lab.write("/etc/resolv.conf", f"nameserver {lab.CLOSED_PORT}\noptions use-vc\n")
        self.assertIn("after minutes of silence; at once where", self.said(NAME))

    def test_resolv_conf_is_a_fifo(self):
        """It holds up the look-ups alone, which are given up."""
        lab.set_hosts_line(GOOD)
        os.unlink("/etc/resolv.conf")
        os.mkfifo("/etc/resolv.conf")
        status, found = gitdns("explain", NAME)
        self.assertEqual((status, found["now"], found["outage"]), (1, None, None))
        self.assertIn("no answer in time", [s.get("error") for s in found["services"]])

    @staticmethod
    def said(name):
        return subprocess.run([lab.program("GITDNS"), "explain", name], stdout=subprocess.PIPE,
                              text=True).stdout

    def test_name_in_any_script(self):
        """Asked for as getent does, whatever the locale, and what it was turned into is shown."""
        ascii_name, typed = "xn--bcher-kva.example.net", "bücher.example.net"
        lab.make_store(FOLDER, {ascii_name: HIT})
        lab.set_hosts_line(GOOD)
        lab.set_dns("servfail")
        for locale in "C.UTF-8", "C":
            for given in typed, "BÜCHER.example.net.", "bu\u0308cher.example.net":
                with self.subTest(locale=locale, given=given):
                    wrapper = ["env", f"LC_ALL={locale}"]
                    status, found = gitdns("explain", given, wrapper=wrapper)
                    self.assertEqual((status, found["name"], found["now"]["addresses"]),
                                     (0, ascii_name, [HIT]))
                    self.assertEqual(lab.run(*wrapper, lab.program("GITDNS"), "lookup", given),
                                     f"{ascii_name} {HIT}\n")
        self.assertIn(HIT, lab.run("env", "LC_ALL=C.UTF-8", "getent", "ahosts", typed))
        self.assertTrue(self.said(typed).startswith(f"asked as    {ascii_name}\n"))
        self.assertNotIn("asked as", self.said(NAME))

    def test_name_that_is_none(self):
        for name, why in ((b"b\xfccher.example.net", "neither ASCII nor UTF-8"),
                          ("a\u202e.net".encode(), "not a host name in any script")):
            for command in "explain", "lookup":
                done = subprocess.run([lab.program("GITDNS"), command, name], capture_output=True)
                self.assertEqual((done.returncode, done.stdout), (1, b""))
                self.assertRegex(done.stderr.decode("ascii"), f"^gitdns: .*: {why}[^\n]*\n$")

    def test_refused(self):
        for arguments, status in ((["explain", "192.0.2.1"], 1), (["explain"], 2),
                                  (["explain", "a", "b"], 2)):
            done = subprocess.run([lab.program("GITDNS"), *arguments], stderr=subprocess.DEVNULL)
            self.assertEqual(done.returncode, status)
        self.assertEqual(gitdns("explain", "")[0], 1)


class InAnOutage(Healthy):
    def test_explain_in_an_outage(self):
        run(lab.program("GITDNS"), "outage", "on")
        status, found = gitdns("explain", NAME)
        self.assertEqual((status, found["now"]["service"], found["now"]["addresses"]),
                         (0, "gitdns_outage", [HIT]))

    def test_explain_reports_no_outage(self):
        """Its own dead DNS is nobody's concern; an outage that is one is."""
        before = gitdns("doctor")[1]["outage"]["reports"]
        self.assertEqual(gitdns("explain", NAME)[1]["outage"]["service"], "gitdns")
        time.sleep(0.3)  # in which none must come
        self.assertEqual(gitdns("doctor")[1]["outage"]["reports"], before)
        lab.set_dns("closed-port")
        gitdns("explain", NAME)
        daemon.wait_for(lambda: gitdns("doctor")[1]["outage"]["reports"] > before)


if __name__ == "__main__":
    main()
