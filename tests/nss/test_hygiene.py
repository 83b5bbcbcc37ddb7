"""What the module is made of and what it does in its host: symbols, libraries, system calls, memory,
and its entry points called directly with every buffer length.
"""

import os
import re
import shutil
import subprocess
import time
import unittest

import lab

LONG = ".".join(["a" * 63, "a" * 63, "a" * 63, "a" * 61])
RECORDS = {
    "both.example.net": "192.0.2.9 192.0.2.1 2001:db8::9 2001:db8::1",
    "v4.example.net": "192.0.2.3",
    "v6.example.net": "2001:db8::4",
    "alias.example.net": "192.0.2.1 2001:db8::1 cname=both.example.net",
    "many.example.net": " ".join([f"192.0.2.{n}" for n in range(32)] +
                                 [f"2001:db8::{n:x}" for n in range(256, 288)]),
    LONG: " ".join([f"192.0.2.{n}" for n in range(8)] +
                   [f"2001:db8::{n:x}" for n in range(256, 264)] + [f"cname=b{LONG[1:]}"]),
}
# All that the module may ask of its host: nothing that allocates, logs, locks, writes, ends the
# process or reads the environment. __stack_chk_fail and *_chk are the compiler's hardening.
IMPORTS = {
    "memchr", "memcpy", "memcmp", "memmove", "memset", "memrchr", "mempcpy", "strchr", "strcmp",
    "strlen", "strnlen", "strncasecmp", "strcpy", "stpcpy", "strcat", "strchrnul", "rawmemchr", "clock_gettime", "time", "mmap", "mmap64", "munmap",
    "mremap", "mprotect", "madvise", "stat", "stat64", "fstat", "fstat64", "__fxstat64", "syscall", "pthread_sigmask",
    "__stat64_time64", "__fstat64_time64", "__time64", "__clock_gettime64",  # on 32 bits
    "__res_state", "sigfillset", "sigdelset", "__errno_location", "__stack_chk_fail", "__memcpy_chk", "__mempcpy_chk", "__memset_chk",
}
WEAK = {"__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable",
        "_ITM_registerTMCloneTable"}


class TheFile:
    """Of one service."""
    service = variable = None

    def symbols(self, which):
        lines = lab.run("nm", "-D", which, os.environ[self.variable]).splitlines()
        return {line.split()[-1].split("@")[0] for line in lines}

    def test_exports_the_four_entry_points_alone(self):
        self.assertEqual(self.symbols("--defined-only"), {
            f"_nss_{self.service}_gethostbyname{n}_r" for n in ("", 2, 3, 4)})

    @lab.not_sanitized
    def test_imports(self):
        self.assertLessEqual(self.symbols("--undefined-only"), IMPORTS | WEAK)

    @lab.not_sanitized
    def test_needs_libc_alone(self):
        dynamic = lab.run("readelf", "-dW", os.environ[self.variable])
        self.assertEqual(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic), ["libc.so.6"])
        self.assertEqual(re.findall(r"\(SONAME\).*\[(.*)\]", dynamic), [f"libnss_{self.service}.so.2"])
        self.assertIn("NODELETE", dynamic)
        self.assertIn("NOW", dynamic)
        self.assertNotIn("TEXTREL", dynamic)
        self.assertNotRegex(dynamic, r"RPATH|RUNPATH")

    def test_no_writable_code(self):
        segments = lab.run("readelf", "-lW", os.environ[self.variable])
        self.assertIn("GNU_RELRO", segments)
        self.assertRegex(segments, r"GNU_STACK.* RW ")
        self.assertNotIn("RWE", segments)


class TheFileOfGitdns(TheFile, unittest.TestCase):
    service, variable = "gitdns", "NSS_MODULE"


class TheFileOfGitdnsOutage(TheFile, unittest.TestCase):
    service, variable = "gitdns_outage", "NSS_OUTAGE_MODULE"


class Running(unittest.TestCase):
    def setUp(self):
        lab.set_hosts_line("files dns gitdns")
        lab.set_dns("closed-port")

    def test_entry_points(self):
        """Behind a service that may not be installed: directly behind dns EBUSY says nothing."""
        lab.set_hosts_line("files dns nosuch gitdns")
        print(lab.run(lab.program("DIRECT"), "after-dns"))

    def test_entry_points_not_after_dns(self):
        lab.set_hosts_line("files gitdns")
        lab.run(lab.program("DIRECT"), "free")

    stores = [lab.STORE]

    def system_calls(self, *arguments, **environment):
        """Those of 2.5 seconds of look-ups, on a machine that is not busy."""
        if shutil.which("strace") is None:
            self.skipTest("strace is absent")
        trace, start = f"{lab.WORK}/trace", time.monotonic()
        done = subprocess.run(["strace", "-f", "-o", trace, lab.program("STEADY"), "2.5",
                               *arguments], capture_output=True, text=True,
                              env=os.environ | environment)
        if "PTRACE" in done.stderr or "ptrace" in done.stderr:
            self.skipTest(f"ptrace is not allowed: {done.stderr.strip()}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.looks = time.monotonic() - start + 2  # at most, one a second
        print(done.stdout)
        self.assertGreaterEqual(int(done.stdout.split()[0]), 100000)
        with open(trace) as file:
            return file.read().split("getppid")[1].splitlines()[1:-1]

    def check_stats(self, calls, paths):
        stats = [call for call in calls if re.search(rf"stat\w*\(.*\"({'|'.join(paths)})\"", call)]
        self.assertTrue(len(paths) <= len(stats) <= len(paths) * self.looks, stats)
        return [call for call in calls if call not in stats]

    def check_stats_and_reports(self, calls):
        others = self.check_stats(calls, ["/etc/nsswitch.conf", lab.POLICY, *self.stores])
        others = [re.sub(r"^\d+ +(\w+).*", r"\1", call) for call in others]
        reports = others.count("socket")
        self.assertTrue(1 <= reports <= self.looks, others)
        self.assertEqual(others, reports * ["rt_sigprocmask", "socket", "sendto", "close",
                                            "rt_sigprocmask"])

    @lab.not_sanitized
    def test_no_system_call_but_the_stats(self):
        """And, as DNS has failed in each look-up, a report a second."""
        self.check_stats_and_reports(self.system_calls())

    @lab.not_sanitized
    def test_no_system_call_but_the_stats_of_four_registries(self):
        names = ["", "corp", "local", "top"]
        for name in names[1:]:
            lab.make_store("/var/lib/gitdns", RECORDS, registry=name)
            self.addCleanup(shutil.rmtree, f"/var/lib/gitdns/registries/{name}")
        lab.make_policy("/var/lib/gitdns", {name: "" for name in names})
        self.addCleanup(os.unlink, lab.POLICY)
        self.stores = [lab.STORE] + [f"/var/lib/gitdns/registries/{name}/registry.cdb"
                                     for name in names[1:]]
        self.check_stats_and_reports(self.system_calls())

    @lab.not_sanitized
    def test_text_that_is_no_name_does_not_stand_in_for_a_report(self):
        self.check_stats_and_reports(self.system_calls("unfit"))

    @lab.not_sanitized
    def test_no_system_call_but_the_stats_while_all_is_well(self):
        calls = self.system_calls("pass", NSS_MODULE=os.environ["NSS_OUTAGE_MODULE"],
                                  NSS_SERVICE="gitdns_outage")
        self.assertEqual(self.check_stats(calls, ["/run/gitdns/outage", "/etc/resolv.conf",
                                                  lab.POLICY, *self.stores]), [])

    @lab.not_sanitized
    def test_no_allocation(self):
        said = lab.run(lab.program("STEADY"), "0")
        self.assertRegex(said, r"^100000 look-ups, 0 allocations\n$")

    @lab.not_sanitized
    def test_valgrind(self):
        if shutil.which("valgrind") is None:
            self.skipTest("valgrind is absent")
        valgrind = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full",
                    "--errors-for-leak-kinds=definite,indirect,possible"]
        names = [*RECORDS, "unknown.example.net", "", ".", "Both.Example.NET.", "a" * 300]
        got = lab.probe("closed-port", names, ["192.0.2.1"], wrapper=valgrind)
        self.assertEqual(got["v4.example.net", "getaddrinfo inet"], "ok 192.0.2.3")
        lab.set_hosts_line("files dns nosuch gitdns")
        lab.run(*valgrind, lab.program("DIRECT"), "after-dns")


if __name__ == "__main__":
    lab.enter()
    lab.make_store("/var/lib/gitdns", RECORDS)
    unittest.main(verbosity=2)
