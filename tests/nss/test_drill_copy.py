"""`gitdns drill` without a command: what it says of the copy is what programs find when DNS dies."""
import json
import os
import pathlib
import pty
import random
import shutil
import socket
import ssl
import subprocess
import unittest

import lab
from lab import authority
from lab.made_up_world import SERVFAIL
from lab.serving_world import REFUSES, RESETS, RESOLVER, SERVES, SILENT, ServingWorld

FOLDER = "/var/lib/gitdns"
KEPT = pathlib.Path(FOLDER, "drill")
GOOD = "files dns gitdns"
PATIENCE = 6  # seconds: longer than the time-out of a proof
MANY = 120
# Questions that fail, and names that are asked for at a time, as survey/survey.c has them.
FAILURES, UNDER_WAY = 20, 50
# Each in a network of its own: two are tried at a time in one.
ADDRESSES = [f"11.{i}.0.1" for i in range(60)] + [f"2a0f:0:{i}::1" for i in range(8)]
KINDS = ["good", "never", "moved", "silent", "refused", "reset", "gone", "more", "second", "six", "six-away"]
NAMES = [f"{kind}.example.org" for kind in KINDS] + [f"n{number}.example.com" for number in range(MANY)]
A, B, C, D = ADDRESSES[:4]
MUTE, SHUT, CROSS = ADDRESSES[4:7]
SIX, AWAY = ADDRESSES[-1], "2606:4700::1"
TRIES = 5  # of which a busy machine lets one see what comes; what it was too late for it holds for untried


def drill(*options, command=()):
    done = subprocess.run([*command, lab.program("GITDNS"), "drill", *options], capture_output=True, text=True,
                          timeout=lab.HANG, env=lab.plain_environment())
    return done.returncode, done.stdout, done.stderr


def found(*options):
    """Exit status, and what it says for programs, with results by name."""
    status, out, error = drill("--json", *options)
    said = json.loads(out)
    said["results"] = {result["name"]: result for result in said["results"]}
    return status, said, error


class World(ServingWorld):
    """It remembers what DNS was asked for, and fails for some."""
    questions, failing = set(), set()

    def look_up(self, name, kind):
        self.questions.add(name)
        return (SERVFAIL, []) if name in self.failing else super().look_up(name, kind)


class Drill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = cls.enterClassContext(World(cls.enterClassContext(lab.scratch()), NAMES, ADDRESSES))
        lab.set_hosts_line(GOOD)

    def setUp(self):
        shutil.rmtree(FOLDER, ignore_errors=True)
        self.world.records.clear()
        self.world.served.update((address, set()) for address in ADDRESSES)
        self.world.way.update(dict.fromkeys(ADDRESSES, SERVES))
        self.world.way.update({MUTE: SILENT, SHUT: REFUSES, CROSS: RESETS})
        self.answering()

    def answering(self, answers=True):
        lab.write("/etc/resolv.conf", f"nameserver {RESOLVER if answers else lab.CLOSED_PORT}\noptions attempts:1\n")

    def serve(self, name, stored, served, dns):
        for address in served:
            self.world.served[address].add(name)
        if dns:
            self.world.records[name] = dns
        self.stored[name] = " ".join(stored)

    def make_kinds(self):
        self.stored = {}
        for kind, stored, served, dns in [
                ("good", [A], [A], [A]), ("never", [A], [], [A]), ("moved", [B], [C], [C]), ("silent", [MUTE], [D], [D]),
                ("refused", [SHUT], [D], [SHUT]), ("reset", [CROSS], [], [CROSS]), ("gone", [C], [C], []),
                ("more", [D], [A, D], [A, D]), ("second", [MUTE, B], [B], [B]), ("six", [SIX], [SIX], [SIX]),
                ("six-away", [AWAY], [], [AWAY])]:
            self.serve(f"{kind}.example.org", stored, served, dns)
        self.world.open_listeners()
        lab.make_store(FOLDER, self.stored)

    def make_many(self):
        """Of many names some have moved, to the address of another or to none, and some servers are dead."""
        self.stored, chance = {}, random.Random(14)
        for number in range(MANY):
            name = f"n{number}.example.com"
            old, new = chance.sample(ADDRESSES[7:60], 2)
            moved = chance.random() < 0.15
            second = chance.random() < 0.4
            self.serve(name, sorted([old, new]) if second else [old], [new] if moved else [old], [new if moved else old])
        for address in chance.sample(ADDRESSES[7:60], 4):
            self.world.way[address] = chance.choice([SILENT, REFUSES, RESETS])
        self.world.open_listeners()
        lab.make_store(FOLDER, self.stored)

    def test_kinds(self):
        self.make_kinds()
        for _ in range(TRIES):
            status, said, error = found()
            if said["untried"] == 1:
                break
        self.assertEqual((status, error), (0, ""))
        fates = {name.split(".")[0]: (result["fate"], result["dns"]) for name, result in said["results"].items()}
        self.assertEqual(fates, {
            "good": ("proven", "same"), "never": ("open", "same"), "moved": ("dead", "disjoint"), "silent": ("silent", "disjoint"),
            "refused": ("dead", "same"), "reset": ("dead", "same"), "gone": ("proven", "denied"),
            "more": ("proven", "overlap"), "second": ("proven", "overlap"), "six": ("proven", "same"),
            "six-away": ("untried", "same")})
        self.assertEqual({key: said[key] for key in ("names", "of", "would_work", "proven", "open", "dead", "silent", "untried")},
                         {"names": 11, "of": 11, "would_work": 6, "proven": 5, "open": 1, "dead": 3, "silent": 1, "untried": 1})
        self.assertAlmostEqual(said["share"], 6 / 10, places=3)
        self.assertEqual((said["least"], said["most"]), (said["share"], said["share"]))
        address = said["results"]["moved.example.org"]["addresses"][0]
        self.assertEqual(address, {"address": B, "verdict": "open", "why": "certificate for another name", "port": 443, "dns": False})

    def test_words(self):
        self.make_kinds()
        lab.write("/etc/ssh/ssh_config", "Host *\n  HostName silent.example.org\nHost good\n  HostName good.example.org\n")
        for _ in range(TRIES):
            status, out, error = drill()
            if "; 1 not to be tried" in out:
                break
        self.assertEqual((status, error), (0, ""))
        self.assertIn("11 names: 6 would work (60.0 %): 5 proven, 1 open; 3 dead; 1 silent; 1 not to be tried from here\n", out)
        self.assertIn("DNS gives now: 6 the same addresses, 2 some the same, 2 others, 1 none\n", out)
        self.assertIn(f"  moved.example.org: dead; DNS: disjoint\n    {B}  open, certificate for another name\n", out)
        self.assertIn(f"* silent.example.org: silent; DNS: disjoint\n    {MUTE}  silent\n", out)
        self.assertNotIn("good.example.org", out)
        self.assertIn("2 that this machine uses: 1 would work\n", out)
        bad = [line for line in out.splitlines() if "; DNS: " in line]
        self.assertEqual(bad[0], "* silent.example.org: silent; DNS: disjoint")
        self.assertEqual([line[0] for line in bad[1:]], [" "] * (len(bad) - 1))

    def test_named(self):
        self.make_kinds()
        status, out, error = drill("GOOD.example.org.")
        self.assertEqual((status, error), (0, ""))
        self.assertTrue(out.startswith("1 name: 1 would work (100.0 %): 1 proven, 0 open; 0 dead; 0 silent\n"), out)
        status, out, error = drill("absent.example.org")
        self.assertEqual((status, out, error), (125, "", "gitdns: drill: absent.example.org: no copy answers it\n"))

    def test_private(self):
        """Neither DNS nor anybody on this network hears of a name that is another network's own, unless that is asked
        for."""
        self.stored = {}
        self.serve("good.example.org", [A], [A], [A])
        lab.make_store(FOLDER, {**self.stored, "inner.example.org": "10.1.2.3"}, registry="public")
        self.serve("moved.example.org", [B], [B], [B])
        lab.make_store(FOLDER, {"moved.example.org": B}, registry="corp")
        lab.make_policy(FOLDER, {"public": "", "corp": "private = yes"})
        self.world.open_listeners()
        self.world.questions.clear()
        handshakes = self.world.handshakes
        _, said, error = found("--all")
        self.assertEqual((list(said["results"]), said["of"], said["left_out"], error), (["good.example.org"], 1, 2, ""))
        self.assertEqual((self.world.questions, self.world.handshakes), ({"good.example.org"}, handshakes + 1))
        self.assertIn("2 private, not tried: --registry NAME does that\n", drill()[1])
        _, said, error = found("--registry", "corp")
        self.assertEqual((said["results"]["moved.example.org"]["fate"], said["left_out"], error), ("proven", 0, ""))

    def test_at_least(self):
        self.make_kinds()
        for share, status in [("50%", 0), ("49.9", 0), ("50.1%", 1), ("0", 0), ("100%", 1)]:
            with self.subTest(share):
                self.assertEqual(drill("--at-least", share, "good.example.org", "moved.example.org")[0], status)
        for share in ("", "x", "101%", "-1", "95%%", "nan", "0x10"):
            with self.subTest(share):
                self.assertEqual(drill("--at-least", share)[0], 125)

    def test_no_copy(self):
        self.assertEqual(drill(), (125, "", "gitdns: drill: there is no copy that answers\n"))
        self.stored = {"good.example.org": A}
        lab.make_store(FOLDER, self.stored, seconds=-10)
        self.assertEqual(drill(), (125, "", "gitdns: drill: there is no copy that answers\n"))

    def test_dns_is_dead(self):
        """Proofs go on, and what DNS would say is unknown."""
        self.make_kinds()
        self.answering(False)
        status, said, error = found()
        self.assertEqual((status, error), (0, ""))
        self.assertEqual((said["dns"]["unknown"], said["proven"]), (11, 5))
        # Whether the address is another's now, or the name was always served like that, nobody can tell.
        self.assertEqual(said["results"]["moved.example.org"]["fate"], "open")
        self.assertIn("DNS does not answer now\n", drill()[1])

    def test_dns_gives_many(self):
        """Of which it is told some: that the stored one is among the others nobody can tell, but that DNS answers."""
        self.stored = {"more.example.org": ADDRESSES[59]}
        self.world.records["more.example.org"] = ADDRESSES[8:60]
        lab.make_store(FOLDER, self.stored)
        self.assertIn("DNS gives now: 1 not known\n", drill()[1])

    def test_dns_fails_for_all(self):
        """Nobody waits for the others: after 20 failures and no answer it is dead. One answer, and it is not."""
        self.stored = {name: ADDRESSES[7 + i % 50] for i, name in enumerate(NAMES[-MANY:])}
        lab.make_store(FOLDER, self.stored)
        names = list(self.stored)
        self.world.records[names[0]] = [self.stored[names[0]]]
        self.addCleanup(setattr, self.world, "failing", set())
        for failing, least, most in [(names, FAILURES // 2, FAILURES // 2 + UNDER_WAY), (names[1:], MANY, MANY)]:
            self.world.failing = set(failing)
            self.world.questions.clear()
            status, said, error = found(*names)
            self.assertEqual((status, error, said["dns"]["unknown"]), (0, "", len(failing)))
            self.assertEqual(said["open"], MANY)
            self.assertTrue(least <= len(self.world.questions) <= most, (least, len(self.world.questions), most))

    def test_kept(self):
        self.make_kinds()
        self.assertEqual(drill()[0], 0)
        self.assertFalse(KEPT.exists())
        self.assertEqual(drill("--keep")[0], 0)
        self.assertIn("of 11\nnames 10\nwork 6\n", KEPT.read_text())
        for command in ("status", "doctor"):
            out = subprocess.run([lab.program("GITDNS"), command], capture_output=True, text=True).stdout
            self.assertRegex(out, r"(?m)^drilled     (now|\d+ seconds? ago): 60\.0 % would work$")
            out = subprocess.run([lab.program("GITDNS"), command, "--json"], capture_output=True, text=True).stdout
            kept = json.loads(out)["drill"]
            self.assertEqual((kept["names"], kept["of"], kept["would_work"]), (10, 11, 6))
        for options in (["--keep", "good.example.org"], ["--all", "good.example.org"]):
            self.assertEqual(drill(*options)[0], 125)

    def test_no_authorities(self):
        self.make_kinds()
        nothing = [*lab.mount_namespace(), "sh", "-c", f'mount --bind /dev/null {authority.TRUSTED} && exec "$@"', "sh"]
        status, out, _ = drill(command=nothing)
        self.assertEqual(status, 0, out)
        self.assertIn("0 would work" if "0 proven" in out else "would work", out)

    def test_progress_on_a_terminal(self):
        self.make_kinds()
        ours, theirs = pty.openpty()
        with subprocess.Popen([lab.program("GITDNS"), "drill"], stdout=subprocess.DEVNULL, stderr=theirs) as process:
            os.close(theirs)
            shown = lab.read_terminal(ours)
            process.wait(lab.HANG)
        self.assertRegex(shown, rb"\r\[[#.]{24}\] \d+ of 12 addresses, \d+ s left\x1b\[K")
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown)

    def connects(self, name):
        """Whether a program that checks certificates would be served at an address that glibc gives."""
        made = ssl.create_default_context(cafile=authority.TRUSTED)
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python 3.13 asks more of authorities than libcurl does
        try:
            addresses = dict.fromkeys(place[4][0] for place in socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM))
        except OSError:
            return False
        for address in addresses:
            try:
                with socket.create_connection((address, 443), PATIENCE) as plain, \
                        made.wrap_socket(plain, server_hostname=name):
                    return True
            except OSError:
                continue
        return False

    def test_outage_is_as_it_said(self):
        """The share that works in an outage, name by name, by glibc and a connection of TLS."""
        self.make_many()
        said = found("--all")[1]
        sample = found()[1]
        self.answering(False)
        # The module is in this process, too; its resolv.conf is read anew.
        works = {name: self.connects(name) for name in self.stored}
        share = sum(works.values()) / len(works)
        print(f"{share:.3f} in an outage, {said['share']:.3f} said of all, {sample['share']:.3f} of a sample", flush=True)
        self.assertLess(abs(said["share"] - share), 0.01)
        self.assertEqual({name for name, result in said["results"].items() if result["fate"] in ("proven", "open")},
                         {name for name in works if works[name]})
        self.assertTrue(0.5 < share < 0.95, share)


if __name__ == "__main__":
    lab.need("openssl", "ip")
    lab.enter()
    lab.main()
