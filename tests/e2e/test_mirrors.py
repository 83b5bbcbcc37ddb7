"""Rounds that end well, and on what way: mirrors, resumed transfers, keys, the store in hand."""
import os
import pathlib
import socket
import struct
import subprocess
import unittest

import lab
from lab.registry import DAY, NAME, Key, Registry, make_text, now, sha256
from lab.served import Served
from lab.web_server import Server

GOOD = Served.TEXT


class Case(Served):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = Key(cls.keys, "second")

    def updated(self, serial, url=None, lines=()):
        outcome = self.client.sync()
        self.assertEqual((outcome.status, outcome.lines), (0, list(lines)), outcome)
        self.assertRegex(outcome.out, f"^gitdns-syncd: {NAME}: serial {serial}, [0-9]+ names, from "
                                      f"{url or self.server.url}\n$")
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def up_to_date(self, serial):
        before = self.client.octets()
        outcome = self.client.sync()
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.assertEqual(outcome.out, f"gitdns-syncd: {NAME}: up to date at serial {serial}\n")
        self.assertEqual(self.client.octets(), before)

    def refused(self, *causes):
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 1, outcome)
        self.assertEqual(len(outcome.lines), len(causes), outcome)
        for line, cause in zip(outcome.lines, causes):
            self.assertIn(cause, line)

    def fetched(self, file):
        """The Range of each request for it."""
        return [asked for path, asked, *_ in self.server.requests if path == f"/{file}"]


class Rounds(Case):
    def test_first_and_next(self):
        self.updated(41)
        self.up_to_date(41)
        self.registry.publish(42, make_text(70))
        self.updated(42)
        self.registry.publish(1000, make_text(70), deltas="".join(f"delta {base} 99 {'0' * 64}\n" for base in (999, 998)))
        self.updated(1000)
        self.assertEqual(len(self.fetched("41/snapshot.gz")), 1)

    def test_requests(self):
        self.updated(41)
        self.assertEqual([request[0] for request in self.server.requests],
                         ["/HEAD", "/41/manifest", "/41/manifest.minisig", "/41/snapshot.gz"])
        version = subprocess.run([lab.program("SYNCD"), "--version"], capture_output=True, text=True)
        agent = version.stdout.strip().replace("gitdns-syncd ", "gitdns/")
        for _, asked, user_agent, encoding in self.server.requests:
            self.assertEqual((asked, user_agent, encoding), (None, agent, None))

    def test_file_url(self):
        self.client.configure([f"file://{self.registry.folder}"], [self.key.public])
        self.updated(41, f"file://{self.registry.folder}/")
        (self.registry.folder / "HEAD").unlink()
        self.refused("No such file or directory")

    def test_redirect(self):
        def elsewhere(request):
            request.answer(302, b"moved", {"Location": self.server.url + "41/snapshot.gz"})

        with Server(self.registry.folder) as other:
            other.rules = {"/41/snapshot.gz": elsewhere}
            self.client.configure([other.url], [self.key.public])
            self.updated(41, other.url)

    def test_mode_and_state(self):
        self.updated(41)
        for name in ("registry.cdb", "state"):
            self.assertEqual((self.client.store / name).stat().st_mode & 0o7777, 0o644)
        state = (self.client.store / "state").read_text()
        self.assertRegex(state, r"^gitdns state 2\nlast \d+\ngood \d+\nnext \d+\nfailures 0\nseed \d+\n"
                                r"result serial 41, 60 names, from http.*\n$")

    def test_deadline(self):
        """max-age shortens how long the module answers; a change of it counts in the next round."""
        created = now() - 60
        self.registry.publish(42, GOOD, created=created)
        for age, deadline in (("0", created + 60 * DAY), ("1d", created + DAY), ("90d", created + 60 * DAY)):
            self.client.configure([self.server.url], [self.key.public], **{"max-age": age})
            self.updated(42)
            self.assertIn(b"\x01\0\0\0\x08\0\0\0\x02" + struct.pack(">q", deadline), self.client.octets())
            self.up_to_date(42)

    def test_deadline_by_a_false_date(self):
        """max-age counts from when the registry says that it was made."""
        created = now() + 3000 * DAY
        self.registry.publish(42, GOOD, created=created)
        self.client.configure([self.server.url], [self.key.public], **{"max-age": "1d"})
        self.assertEqual(self.client.sync().status, 0)
        self.assertIn(b"\x01\0\0\0\x08\0\0\0\x02" + struct.pack(">q", created + DAY), self.client.octets())

    def test_private(self):
        self.registry.publish(42, b"printer.local 192.168.1.9 fe80::9\n")
        self.refused("42/snapshot.gz:1: special-use name")
        self.client.configure([self.server.url], [self.key.public], private="yes")
        self.updated(42)

    def test_clock_before_created(self):
        """It is taken, since boards without a clock need names to set it, and said."""
        self.registry.publish(42, GOOD, created=now() + 30 * DAY)
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 0, str(outcome))
        self.assertEqual(len(outcome.lines), 1, str(outcome))
        self.assertIn("by its publisher's clock, and this machine's says", outcome.lines[0])


class InHand(Case):
    def test_damaged_store(self):
        self.updated(41)
        good = self.client.octets()
        store = self.client.store / "registry.cdb"
        for octets in (b"", good[:1000], os.urandom(5000)):
            store.write_bytes(octets)
            self.updated(41, lines=[f"gitdns-syncd: {store}: not a store, or a damaged one; goes on as without it"])
            self.assertEqual(self.client.octets(), good)

    def test_one_bit(self):
        """A bit that flipped on disk is found when the mirror has nothing new."""
        self.updated(41)
        good = self.client.octets()
        store = self.client.store / "registry.cdb"
        flipped = bytearray(good)
        flipped[good.index(b"n7.example.org") + 15] ^= 4
        store.write_bytes(flipped)
        self.updated(41, lines=[f"gitdns-syncd: {store}: not a store, or a damaged one; fetched again"])
        self.assertEqual(self.client.octets(), good)

    def test_leftovers_of_a_killed_round(self):
        """They go in a round that installs a store and in one that does not."""
        for serial in ("41", "up to date"):
            for name in ("registry.cdb.new", "state.new", f"{'0' * 64}.part"):
                (self.client.store / name).write_bytes(b"left over")
            self.assertIn(serial, self.client.sync().out)
            self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def test_other_files_stay(self):
        (self.client.store / "notes.part").write_bytes(b"mine")
        self.client.sync()
        self.assertEqual(self.client.names(), ["notes.part", "registry.cdb", "state"])

    def test_another_registry_in_hand(self):
        """Its serial says nothing about ours."""
        self.updated(41)
        Registry(self.folder / "published", self.key, "other").publish(7, GOOD)
        self.client.configure([self.server.url], [self.key.public], name="other")
        outcome = self.client.sync()
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.client.store}/registry.cdb: is of registry {NAME}; "
                                         "its serial does not count"])
        self.assertEqual((outcome.status, outcome.out[:29]), (0, "gitdns-syncd: other: serial 7"))

    def test_thief(self):
        """A stolen key's serial 999,999,999 ends with the key."""
        self.registry.publish(999999999, make_text(50))
        self.updated(999999999)
        self.registry.publish(42, GOOD, key=self.second, parent="none")
        self.refused("serial 42 is lower than the one in hand")
        self.client.configure([self.server.url], [self.second.public])
        self.updated(42, lines=[f"gitdns-syncd: {self.client.store}/registry.cdb: signed by none of the keys; "
                                "its serial does not count"])

    def test_an_old_state(self):
        """Which passes for as long as it is valid, but not unsaid: by what came before, or by half of its time."""
        for serial, days in (38, 10), (39, 9), (40, 8):
            self.registry.publish(serial, GOOD, created=now() - days * DAY)
            self.client.sync()
        outcome = self.client.sync()
        self.assertEqual(outcome.lines, [
            f"gitdns-syncd: {self.server.url}40/manifest: made 8 days ago, and nothing newer is there: its publisher "
            "has stopped, or its mirrors show an old state"])
        self.assertIn("up to date at serial 40", outcome.out)
        self.registry.publish(41, GOOD, created=now() - 2 * DAY)
        self.client.sync()
        self.assertEqual(self.client.sync().lines, [])

    def test_history_that_differs(self):
        self.updated(41)
        self.registry.publish(42, GOOD, parent=f"41 {'0' * 64}")
        self.updated(42, lines=[f"gitdns-syncd: {self.server.url}42/manifest: continues another serial 41 than the one "
                                "in hand; goes on"])


class Keys(Case):
    def test_folder_of_keys(self):
        folder = self.folder / "keys"
        folder.mkdir()
        for key in (self.key, self.second):
            (folder / key.public.name).write_bytes(key.public.read_bytes())
        self.client.configure([self.server.url], [folder])
        self.updated(41)
        self.registry.publish(42, GOOD, key=self.second)
        self.updated(42)
        (folder / self.second.public.name).unlink()
        self.registry.publish(43, GOOD, key=self.second)
        self.refused("its serial does not count", "signature does not match any of 1 key;")

    def test_change_of_keys(self):
        """The second key's signature counts where the first key is unknown."""
        self.registry.publish(42, GOOD)
        manifest = self.registry.folder / "42/manifest"
        self.second.sign(manifest, f"gitdns {NAME} serial 42", f"{manifest}.{self.second.id}.minisig")
        self.client.configure([self.server.url], [self.second.public])
        self.updated(42)

    def test_mirror_learns_the_keys(self):
        """A signature by none of them has their own asked for."""
        self.registry.publish(42, GOOD, key=self.second)
        self.refused("42/manifest: signature does not match any of 1 key;")
        self.assertEqual(self.fetched(f"42/manifest.{self.key.id}.minisig"), [None])

    def test_second_signature_that_is_wrong(self):
        self.registry.publish(42, GOOD)
        manifest = self.registry.folder / "42/manifest"
        self.second.sign(manifest, f"gitdns {NAME} serial 41", f"{manifest}.{self.second.id}.minisig")
        self.client.configure([self.server.url], [self.second.public])
        self.refused("42/manifest: signature does not match any of 1 key; no registry yet")


class Mirrors(Case):
    def setUp(self):
        super().setUp()
        self.other = Registry(self.folder / "other", self.key)
        self.other.publish(41, GOOD)
        self.mirror = self.enterContext(Server(self.other.folder))
        self.client.configure([self.server.url, self.mirror.url], [self.key.public])

    def test_highest_serial(self):
        self.other.publish(42, make_text(61))
        self.updated(42, self.mirror.url)
        self.up_to_date(42)

    def test_first_of_two(self):
        self.updated(41, self.server.url)

    def test_each_that_fails_has_a_line(self):
        self.registry.publish(43, GOOD, key=self.second)
        self.other.publish(42, GOOD)
        self.updated(42, self.mirror.url, [f"gitdns-syncd: {self.server.url}43/manifest: signature does not match any of "
                                           "1 key; went on to the next mirror"])
        self.mirror.rules["/HEAD"] = lambda request: request.answer(503, b"", {"Retry-After": "7200"})
        self.refused(f"{self.mirror.url}HEAD: HTTP status 503; kept serial 42",
                     f"{self.server.url}43/manifest: signature does not match any of 1 key; kept serial 42")
        state = dict(line.split(" ", 1) for line in (self.client.store / "state").read_text().splitlines())
        self.assertEqual(int(state["next"]), int(state["last"]) + 60)
        self.assertEqual(state["failures"], "1")

    def test_one_that_is_silent(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            self.client.configure([url, self.server.url], [self.key.public], **{"stall-timeout": "4s"})
            outcome = self.client.sync()
        self.assertEqual((outcome.status, len(outcome.lines)), (0, 1), outcome)
        self.assertRegex(outcome.lines[0], f"^gitdns-syncd: {url}HEAD: .*; went on to the next mirror$")

    def test_one_that_trickles(self):
        """It has the newest manifest and is slow enough to use up the round: the other one still gets its turn."""
        def trickle(request):
            request.send_response(200)
            request.end_headers()
            while not request.server.over.wait(0.1):
                request.wfile.write(bytes(256))

        self.registry.publish(42, make_text(40000))
        self.other.publish(42, make_text(40000), created=now() - 60)
        self.server.rules["/42/snapshot.gz"] = trickle
        self.client.configure([self.server.url, self.mirror.url], [self.key.public], **{"round-timeout": "20s"})
        outcome = self.client.sync()
        self.assertEqual((outcome.status, len(outcome.lines)), (0, 1), outcome)
        self.assertRegex(outcome.lines[0], "42/snapshot.gz: .*timed out.*; went on to the next mirror$")


class Resumed(Case):
    def setUp(self):
        super().setUp()
        self.updated(41)
        self.registry.publish(42, make_text(20000, 1))
        self.snapshot = (self.registry.folder / "42/snapshot.gz").read_bytes()
        self.part = self.client.store / f"{sha256(self.snapshot)}.part"
        self.half = len(self.snapshot) // 2

    def break_off(self):
        self.server.rules["/42/snapshot.gz"] = lambda request: request.answer(
            200, self.snapshot[:self.half], length=len(self.snapshot))
        self.refused("42/snapshot.gz: ")
        self.assertEqual(self.part.read_bytes(), self.snapshot[:self.half])
        self.server.rules.clear()
        self.server.requests.clear()

    def test_from_where_it_broke_off(self):
        self.break_off()
        self.updated(42)
        self.assertEqual(self.fetched("42/snapshot.gz"), [f"bytes={self.half}-"])

    def test_from_another_mirror(self):
        self.break_off()
        with Server(self.registry.folder) as other:
            self.client.configure([other.url], [self.key.public])
            self.updated(42, other.url)
            self.assertIn(f"bytes={self.half}-", [asked for _, asked, *_ in other.requests])

    def test_server_without_ranges(self):
        self.break_off()
        self.server.ignores_range = True
        self.updated(42)
        self.assertEqual(self.fetched("42/snapshot.gz"), [f"bytes={self.half}-"])

    def test_wrong_octets_in_hand(self):
        for octets in (bytes(self.half), bytes(len(self.snapshot))):
            self.part.write_bytes(octets)
            self.server.requests.clear()
            self.registry.set_head(42)
            self.updated(42)
            self.assertEqual(self.fetched("42/snapshot.gz")[-1], None)
            self.client.forget()

    def test_more_octets_than_there_are(self):
        self.part.write_bytes(self.snapshot + b"more")
        self.updated(42)
        self.assertEqual(self.fetched("42/snapshot.gz"), [None])

    def test_range_refused(self):
        def whole_only(request):
            if request.headers.get("Range"):
                request.answer(416, b"")
            else:
                request.answer(200, self.snapshot)

        self.break_off()
        self.server.rules["/42/snapshot.gz"] = whole_only
        self.updated(42)

    def test_wrong_twice(self):
        """Once more from the same mirror, and not again."""
        self.break_off()
        (self.registry.folder / "42/snapshot.gz").write_bytes(bytes(len(self.snapshot)))
        self.refused("42/snapshot.gz: SHA-256 differs from the manifest's; kept serial 41")
        self.assertEqual(self.fetched("42/snapshot.gz"), [f"bytes={self.half}-", None])
        self.assertFalse(self.part.exists())

    def test_a_mirror_spoils_what_another_has_sent(self):
        """A slow one that needs several rounds gets nowhere then; in one round it does."""
        def slow(request):
            start = int(request.headers.get("Range", "bytes=0-")[6:-1])
            request.answer(206 if start else 200, self.snapshot[start:start + self.half], length=len(self.snapshot) - start)

        with Server(self.registry.folder) as other:
            other.rules["/42/snapshot.gz"] = slow
            self.server.rules["/42/snapshot.gz"] = lambda request: request.answer(200, b"?", length=len(self.snapshot))
            self.client.configure([self.server.url, other.url], [self.key.public])
            for _ in range(3):
                self.assertEqual(self.client.sync().status, 1)
            del other.rules["/42/snapshot.gz"]
            self.assertEqual(self.client.sync().status, 0)

    def test_another_serial_meanwhile(self):
        self.break_off()
        self.registry.publish(43, make_text(100, 2))
        self.updated(43)


class Command(unittest.TestCase):
    def run_with(self, *arguments):
        return subprocess.run([lab.program("SYNCD"), *arguments], capture_output=True, text=True)

    def test_help_and_version(self):
        self.assertRegex(self.run_with("--help").stdout, "^Usage: gitdns-syncd ")
        self.assertRegex(self.run_with("--version").stdout, r"^gitdns-syncd \d+\.\d+\.\d+\n$")

    def test_usage(self):
        for arguments in (("--twice",), ("--config",), ("once",), ("--once=1",)):
            process = self.run_with(*arguments)
            self.assertEqual((process.returncode, process.stdout), (2, ""))
            self.assertIn("gitdns-syncd --help", process.stderr)

    def test_configuration(self):
        with lab.scratch() as folder:
            config = pathlib.Path(folder, "gitdns.conf")
            process = self.run_with("--once", "--config", str(config))
            self.assertEqual((process.returncode, process.stderr),
                             (2, f"gitdns-syncd: {config}: No such file or directory\n"))
            config.write_text("[registry]\nname = a\nurl = ftp://registry.example.org/\n")
            process = self.run_with("--once", "--config", str(config))
            self.assertEqual((process.returncode, process.stderr),
                             (2, f"gitdns-syncd: {config}:3: not a URL of http, https or file\n"))
            config.write_text("[registry]\nname = a\nurl = https://registry.example.org/\nkey = /nonexistent.pub\n")
            process = self.run_with("--once", "--config", str(config))
            self.assertEqual((process.returncode, process.stderr),
                             (2, f"gitdns-syncd: {config}:4: key /nonexistent.pub: No such file or directory\n"))


if __name__ == "__main__":
    lab.main()
