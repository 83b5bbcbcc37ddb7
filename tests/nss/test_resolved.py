"""systemd-resolved, at work: what `gitdns enable` makes of the lines that name it reaches gitdns in
every way in which the DNS above it can fail, and answers as before while that works; and gitdns-syncd
behind its stub.
"""

import subprocess
import time
import unittest

import lab
from lab import daemon, outage, resolved, responder, shipped_hosts_lines
from lab.machine import OUTAGE
from lab.nsswitch import PATH, STUB, gitdns, put, read
from lab.resolved import Resolved

NAMES = ["name-1.example.net", "deleted.example.net"]
UNKNOWN = "unknown.example.net"
BEFORE = f"files resolve {shipped_hosts_lines.UNAVAIL} dns"
# Without "truncated" and garbage, which it takes a minute to give up.
FAILING = ["servfail", "refused", "notimp", "closed-port", "offline"]
ANSWERING = ["good", "nxdomain", "nodata"]
SURE_NOT_TO_ANSWER = 15  # seconds; nss-resolve waits for three times as long, and more


def upstream(mode):
    """The address of the nameserver that is as `mode` says."""
    others = {"closed-port": lab.CLOSED_PORT, "offline": responder.ADDRESS["good"]}
    return others.get(mode) or responder.ADDRESS[mode]


def is_answer(result):
    return result.startswith("ok")


class Lines(unittest.TestCase):
    """Those of machines whose resolv.conf names the stub, before and after enable."""

    @classmethod
    def setUpClass(cls):
        cls.lines = {}
        for who, stub, line in shipped_hosts_lines.LINES:
            if not stub:
                continue
            put(f"{line}\n", STUB)
            status, said, why = gitdns("enable")
            assert status == 0, (who, said, why)
            cls.lines[line.split(":")[1].strip()] = read().decode().split(":")[1].strip()
        assert any("resolve" in line for line in cls.lines)
        lab.prepare([*cls.lines, *cls.lines.values()], [])
        lab.write(f"{lab.WORK}/files/stub", STUB)
        print(f"{len(cls.lines)} lines, {len(set(cls.lines.values()))} after enable")

    def probe(self, services, names):
        return lab.probe("stub", names, files=lab.files_of(services, "stub"))

    def test_answers_stay_while_dns_works(self):
        """Addresses, their order, names and aliases. Where there are none, nss-resolve does not tell
        a name without addresses from none, so that the error can be another one."""
        for mode in ANSWERING:
            with Resolved(upstream(mode)):
                results = {line: self.probe(line, [*NAMES, UNKNOWN])
                           for pair in self.lines.items() for line in pair}
            for line, new in self.lines.items():
                for key, before in results[line].items():
                    with self.subTest(mode=mode, line=line, call=key):
                        after = results[new][key]
                        self.assertEqual(is_answer(before), mode == "good")
                        if is_answer(before) or mode == "nxdomain":
                            self.assertEqual(after, before)
                        self.assertEqual(is_answer(after), is_answer(before))

    def test_reached_where_dns_fails(self):
        """And before enable it is not, even with gitdns at the line's end: nss-resolve says that the
        name does not exist."""
        def plain(line):
            return line.replace(f"{OUTAGE} dns gitdns", "dns")

        def of(result, name):
            return {key: result[key] for key in result if key[0] == name}
        never, lines = f"{BEFORE} gitdns", sorted(set(self.lines.values()))
        lab.prepare([never, *map(plain, lines)], [])
        for mode in FAILING:
            if mode == "offline":
                resolved.go_offline()
                self.addCleanup(resolved.go_online)
            with Resolved(upstream(mode)):
                results = {line: self.probe(line, [*NAMES, UNKNOWN])
                           for line in [never, *lines, *map(plain, lines)]}
            self.assertFalse(any(map(is_answer, results[never].values())), mode)
            for line in lines:
                with self.subTest(mode=mode, line=line):
                    for name in NAMES:
                        self.assertEqual(results[line][name, "getaddrinfo unspec"],
                                         f"ok {outage.RECORDS[name]}")
                    self.assertEqual(of(results[line], UNKNOWN), of(results[plain(line)], UNKNOWN))

    def test_silence(self):
        """The longest of all waits, in one table."""
        def ask(key):
            line, _ = key
            files = {PATH: f"{lab.WORK}/files/{line}", "/etc/resolv.conf": f"{lab.WORK}/files/stub"}
            patience = SURE_NOT_TO_ANSWER if line == BEFORE else lab.HANG
            command = ["timeout", str(patience), "getent", "ahostsv4", NAMES[0]]
            start = time.monotonic()
            done = subprocess.run(lab.within(files, command), capture_output=True, text=True)
            return done.stdout.split(" ")[0], time.monotonic() - start
        with Resolved(upstream("silent")):
            lines = [BEFORE, *sorted(set(self.lines.values()))]
            for (line, _), (said, seconds) in lab.in_parallel(ask, [(at, "silent") for at in lines]):
                print(f"  {seconds:5.1f} s  {said or 'nothing':12} {line}")
                self.assertEqual(said, "" if line == BEFORE else outage.RECORDS[NAMES[0]])


class Watched(outage.WithDaemon):
    """gitdns-syncd, whose nameserver is the stub."""

    def setUp(self):
        daemon.configure()
        super().setUp()
        lab.write("/etc/resolv.conf", STUB)
        self.resolved = Resolved(upstream("good"))
        self.addCleanup(lambda: self.resolved.__exit__())

    def restart_resolved(self, mode):
        self.resolved.__exit__()
        self.resolved = Resolved(upstream(mode))

    def test_outage(self):
        for mode in ("servfail", "silent"):
            with self.subTest(mode=mode):
                self.assert_from_dns("name-0.example.net")
                self.everything_out(mode)
                for name in list(outage.RECORDS)[1:20]:
                    self.assert_from_copy(name)
                self.restore(".")
                daemon.wait_for(outage.nothing_out)
                self.assert_from_dns("name-30.example.net")

    def test_another_upstream(self):
        """Another network: resolv.conf stays, and what resolved asks is another server."""
        self.restart_resolved("silent")
        outage.look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out)
        time.sleep(17)  # two questions: the next would be 18 s later
        self.restart_resolved("good")
        seconds = daemon.wait_for(outage.nothing_out, 15)
        print(f"noticed after {seconds:.1f} s", end=" ", flush=True)
        self.assert_from_dns("name-1.example.net")


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", outage.RECORDS)
    resolved.prepare()
    unittest.main(verbosity=2)
