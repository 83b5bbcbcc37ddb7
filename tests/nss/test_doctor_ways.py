"""`gitdns doctor` against what glibc does: who is reached in each way in which DNS can fail, how long
it takes, and which lines of nsswitch.conf make glibc reject the file."""

import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import lab
from lab import responder
from lab.doctor import FOLDER, GOOD, HIT, LINES, NAME, addresses, gitdns, main

LATE = 3  # seconds that a machine may be late
TRIES = 5  # of which a busy machine lets one be in time
# Lines above the hosts line, for which glibc rejects the whole file or does not.
OTHER_LINES = ["ethers: files [NOTFOUND=retrun]", "passwd: files [SUCCESS", "hosts: files [x=y]",
               "netgroup:", "shadow: [NOTFOUND=retrun] files", "foo: files [x=y]", "# rpc: a [x=y]",
               "group: files [SUCCESS=merge] systemd", "group_compat: files [x]", "rpc:: a [x]",
               "services a [x]", "publickey: [", "HOSTS: a [x=y]", ":passwd: a [x]", "passwd",
               "\tgshadow : a [ !unavail = continue  TRYAGAIN=return ]b", "passwd:a[x", "subid: a [x]",
               "passwd: a [! notfound=return]", "passwd: a [!!notfound=return]", "passwd: a []",
               "aliases: a [notfound=return unavail=merge]b [tryagain]", "protocols: # [x=y]",
               "passwd: a [notfound=return] [x=y]", "networks: a [notfound=return]]",
               f"passwd: {'a' * 99} [x]", f"passwd: {'a' * 99}", f"passwd: {' a' * 99}",
               f"initgroups: {' a' * 99} [x=y]", "passwd: a\0 [x]", "passwd\0: a [x]",
               "passwd: a [notfound=return,unavail=return]", "netmasks: a [x]"]
# A way's word, where it is not the mode of lab/responder.py or lab/machine.py.
MODES = {"garbage": "garbage-random"}
SILENT = responder.ADDRESS["silent"]
SEARCH = "search example.com example.org\n"
# resolv.conf, the host's own name, seconds until getaddrinfo gives up.
WAITS = [
    (f"nameserver {SILENT}\n", "labhost", 10),
    (f"{SEARCH}nameserver {SILENT}\n", "labhost", 20),
    (f"nameserver {SILENT}\n" * 3, "labhost", 28),
    (f"nameserver {SILENT}\n" * 2, "labhost", 20),
    (f"nameserver {SILENT}\noptions timeout:1\n", "labhost.example.net", 4),
    (f"nameserver {SILENT}\noptions timeout:1 attempts:1 ndots:3\n{SEARCH}", "labhost", 2),
    (f"nameserver {SILENT}\noptions timeout:1 attempts:3 rotate\n" * 2, "labhost", 6),
    (f"nameserver {SILENT}\noptions timeout:2 attempts:1\nsearch .\n" * 3, "labhost", 10),
]
UNDER_NAME = ("import os, socket, sys; socket.sethostname(sys.argv[1]); "
              "os.execvp(sys.argv[2], sys.argv[2:])")
LOOK_UP = ("import socket, sys, time; start = time.monotonic()\n"
           "try: socket.getaddrinfo(sys.argv[1], None)\nexcept socket.gaierror: pass\n"
           "print(time.monotonic() - start)")


class Ways(unittest.TestCase):
    def test_reached_as_it_says(self):
        """Each way on each line."""
        says = {}
        for line in LINES:
            lab.set_hosts_line(line)
            for way in gitdns("doctor")[1]["ways"]:
                says[line, MODES.get(way["way"], way["way"])] = way["answers"]
        self.assertEqual(len(says), len(LINES) * 12)
        lab.prepare(LINES, {mode for _, mode in says})

        def is_hit(key):
            return addresses(NAME, lab.within(lab.files_of(*key), [])) == {HIT}

        got = dict(lab.in_parallel(is_hit, list(says)))
        self.assertEqual(got, says)
        self.assertEqual(set(got.values()), {True, False})

    def test_waits_as_it_says(self):
        """How long glibc waits, measured; a wait that begins late is not the resolver's."""
        lab.set_hosts_line("files dns")

        def measure(number):
            resolv, host, _ = WAITS[number]
            files = {"/etc/resolv.conf": lab.write(f"{lab.WORK}/resolv-{number}", resolv)}
            wrapper = ["unshare", "-u", sys.executable, "-c", UNDER_NAME, host,
                       *lab.within(files, [])]
            says = gitdns("doctor", wrapper=wrapper)[1]["ways"][0]["first_seconds"]
            for _ in range(TRIES):
                took = float(subprocess.run([*wrapper, sys.executable, "-c", LOOK_UP, NAME], check=True,
                                            stdout=subprocess.PIPE, text=True).stdout)
                if took < says + LATE:
                    break
            return says, took

        with ThreadPoolExecutor(len(WAITS)) as pool:
            measured = list(pool.map(measure, range(len(WAITS))))
            for (resolv, host, want), (says, took) in zip(WAITS, measured):
                with self.subTest(resolv=resolv, host=host):
                    self.assertEqual(says, want)
                    self.assertTrue(want - 0.3 < took < want + LATE, took)

    def test_at_once_is_at_once(self):
        def seconds(_):
            start = time.monotonic()
            addresses(NAME)
            return time.monotonic() - start

        lab.set_hosts_line("files dns")
        for way in gitdns("doctor")[1]["ways"]:
            if way["first_seconds"] == 0:
                lab.set_dns(MODES.get(way["way"], way["way"]))
                self.assertLess(min(map(seconds, range(TRIES))), LATE, way)


class OtherLines(unittest.TestCase):
    def test_rejected_as_glibc_does(self):
        def agree(number):
            text = f"{OTHER_LINES[number]}\n{lab.hosts_line('files dns gitdns')}ethers: files [x=y]"
            files = {"/etc/nsswitch.conf": lab.write(f"{lab.WORK}/nsswitch-{number}", text)}
            wrapper = lab.within(files, [])
            status, found = gitdns("doctor", wrapper=wrapper)
            rejects = addresses("in-files.example.net", wrapper) == set()
            what = [problem["what"] for problem in found["problems"] if "line 1 of" in problem["what"]]
            mend = [problem["mend"].startswith("correct line 1") for problem in found["problems"]]
            self.assertEqual((found["reach"] == "rejected", len(what), any(mend)),
                             (rejects, rejects, rejects), OTHER_LINES[number])
            if rejects:
                self.assertEqual(status, 2)
            return rejects

        lab.make_store(FOLDER, {NAME: HIT})
        with ThreadPoolExecutor(4) as pool:
            self.assertEqual(set(pool.map(agree, range(len(OTHER_LINES)))), {True, False})

    def test_nobody_says_that_it_answers(self):
        lab.make_store(FOLDER, {NAME: HIT})
        lab.write("/etc/nsswitch.conf", lab.hosts_line(GOOD) + "ethers: files [NOTFOUND=retrun]\n")
        status, found = gitdns("status")
        self.assertEqual((status, found["answers"], found["reach"]), (1, False, "rejected"))
        for command in (["status"], ["doctor"], ["explain", NAME]):
            done = subprocess.run([lab.program("GITDNS"), *command], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("line 6 of /etc/nsswitch.conf", done.stdout)


if __name__ == "__main__":
    main()
