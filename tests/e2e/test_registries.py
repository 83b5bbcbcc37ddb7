"""Several registries beside each other: each has its folder, serials, state, pin and expiry, and none disturbs the
others."""
import errno
import fcntl
import os
import pathlib
import signal
import subprocess
import time

import lab
from lab import faults
from lab.client import Outcome
from lab.registry import DAY, now
from lab.several import NAMES, Several

SOON = 2.0  # seconds in which a reload counts
FRESH = {"corp": 41, "local": 42, "top": 43, "starter": 44}


class Registries(Several):
    def four(self, **corp):
        """By http and by file, with settings of their own."""
        self.configure(self.section("corp", private="yes", domains="corp.example", **corp), self.section(
            "local", url=(self.published / "local").as_uri(), interval="1h"), "top", self.section("starter", keep="2"))

    def assert_serials(self, **serials):
        self.assertEqual({name: self.serial(name) for name in serials}, serials)

    def test_once(self):
        self.four()
        outcome = self.good_sync()
        self.assertEqual(sorted(outcome.out.splitlines()), sorted(
            f"gitdns-syncd: {name}: serial {FRESH[name]}, 60 names, from "
            + (f"file://{self.published}/local/" if name == "local" else f"{self.server.url}{name}/")
            for name in NAMES))
        self.assertEqual(self.names(), self.whole(**FRESH))
        policy = (self.store / "policy.cdb").read_bytes()
        for serial in range(45, 48):
            for name in NAMES:
                self.publish(name, serial)
            self.good_sync()
        self.assertEqual({name: len(list(self.place(name).glob("serials/*"))) for name in NAMES},
                         {"corp": 4, "local": 4, "top": 4, "starter": 2})
        waits = {name: int(self.state(name)["next"]) - int(self.state(name)["last"]) for name in NAMES}
        self.assertLess(waits["local"], 3600 * 1.2)
        self.assertGreaterEqual(min(waits[name] for name in NAMES if name != "local"), 7 * DAY)
        self.assertEqual((self.store / "policy.cdb").read_bytes(), policy)

    def test_one_by_name(self):
        self.four()
        outcome = self.sync("--registry", "top")
        self.assertEqual((outcome.status, outcome.lines, len(outcome.out.splitlines())), (0, [], 1), outcome)
        self.assert_serials(corp=None, local=None, top=43, starter=None)
        outcome = self.sync("--registry", "nobody")
        self.assertEqual((outcome.status, outcome.lines),
                         (2, [f"gitdns-syncd: {self.folder}/gitdns.conf has no registry nobody"]))

    def test_pin_and_expiry(self):
        """Of one are none of the others'."""
        self.four(**{"max-age": "1d"})
        self.good_sync()
        (self.place("top") / "pinned").write_text("43\n")
        for name in NAMES:
            self.publish(name, 45)
        self.assertEqual(self.sync().status, 0)
        self.assert_serials(corp=45, local=45, top=43, starter=45)
        # STORE_KEY_DEADLINE's record: lengths, key, octets.
        deadlines = {}
        for name in NAMES:
            octets = self.octets(name)
            at = octets.index(b"\x01\0\0\0\x08\0\0\0") + 9
            deadlines[name] = int.from_bytes(octets[at:at + 8], "big")
        self.assertLess(deadlines["corp"], now() + 2 * DAY)
        self.assertGreater(min(deadlines[name] for name in NAMES if name != "corp"), now() + 50 * DAY)

    def test_failures_are_of_one_alone(self):
        """One mirror refuses, one offers what has expired, one registry's key is gone."""
        self.four()
        self.good_sync()
        before = {name: self.octets(name) for name in NAMES}
        for name in NAMES:
            self.publish(name, 45)
        self.server.rules["/corp/HEAD"] = lambda request: request.answer(403, b"")
        self.publish("top", 46, created=now() - 90 * DAY)
        self.public["starter"].unlink()
        outcome = self.sync()
        self.assertEqual(outcome.status, 1)
        self.assertEqual(outcome.out.count("\n"), 1)
        self.assertIn("local: serial 45", outcome.out)
        causes = {"corp/HEAD": "403; kept serial 41", "top/46/manifest: expired": "kept serial 43",
                  "starter.pub: No such file": "nothing changed"}
        self.assertEqual(len(outcome.lines), len(causes), outcome)
        for where, what in causes.items():
            self.assertTrue(any(where in line and what in line for line in outcome.lines), (where, what, outcome))
        self.assert_serials(corp=41, local=45, top=43, starter=44)
        for name in ("corp", "top", "starter"):
            self.assertEqual(self.octets(name), before[name])
        for name in NAMES:
            (self.place(name) / "state").unlink()  # all are due
        self.start()
        self.status_until("starter.pub", "local: up to date", "corp/HEAD", "top/46/manifest")
        self.public["starter"].write_text(self.keys["starter"].public.read_text())
        self.server.rules.clear()
        self.publish("top", 47)
        self.reload()
        self.status_until("corp: serial 45", "local: up to date", "top: serial 47", "starter: serial 45")

    def test_no_key_at_all(self):
        self.four()
        for public in self.public.values():
            public.unlink()
        for arguments in (["--once"], ["--check"], []):
            outcome = Outcome(subprocess.run(
                self.command(*arguments), capture_output=True, text=True, timeout=lab.HANG))
            self.assertEqual((outcome.status, len(outcome.lines)), (2, 1), outcome)
            self.assertIn(".pub: No such file or directory", outcome.lines[0])

    def test_one_stalls(self):
        """For ever: the others are there before, by hand and by the daemon."""
        self.four()
        asked = self.stall("/corp/HEAD")
        self.start()
        self.status_until("corp: a round is under way", "local: serial 42", "top: serial 43", "starter: serial 44")
        self.assertTrue(asked.is_set())
        lines = self.stop()
        self.assertIn(f"{self.server.url}corp/HEAD: stopped; no registry yet", lines)
        for name in NAMES:
            self.publish(name, 45)
        by_hand = subprocess.Popen(self.command("--once"), stdout=subprocess.PIPE, text=True,
                                               stderr=subprocess.PIPE)
        self.addCleanup(by_hand.kill)
        while {self.serial(name) for name in NAMES} != {None, 45}:
            self.assertIsNone(by_hand.poll())
            time.sleep(0.02)
        by_hand.send_signal(signal.SIGTERM)
        out, error = by_hand.communicate(timeout=lab.HANG)
        self.assertEqual((by_hand.returncode, out.count("serial 45"), error), (
            1, 3, f"gitdns-syncd: {self.server.url}corp/HEAD: stopped; no registry yet\n"))

    def test_no_thread(self):
        """Where none is to be had, a mirror that stalls keeps the daemon and --once from no signal."""
        if not lab.strace_works():
            self.skipTest("strace is not installed, or not allowed here")
        strace, *rest = faults.prefix("/dev/null", "?clone,?clone3", "?clone,?clone3:error=EAGAIN", follow=True)
        prefix = [strace, "-D", *rest]  # -D: it is not the one that is told
        self.four()
        asked = self.stall("/corp/HEAD")
        self.start(*prefix)
        self.assertTrue(asked.wait(lab.HANG))
        self.configure("local", "top")
        self.reload()
        self.status_until("local: serial 42", "top: serial 43")
        self.configure(*NAMES)
        asked = self.stall("/corp/HEAD")
        self.reload()
        self.assertTrue(asked.wait(lab.HANG))
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(lab.HANG), 0)
        asked = self.stall("/corp/HEAD")
        self.daemon = subprocess.Popen([*prefix, *self.command("--once")], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.assertTrue(asked.wait(lab.HANG))
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(lab.HANG), 1)

    def test_daemon(self):
        """Each at its own time."""
        self.four()
        self.start()
        self.status_until(*(f"{name}: serial {serial}" for name, serial in FRESH.items()))
        self.assertEqual(len(self.stop()), 4)
        path = self.place("local") / "state"
        path.write_text(path.read_text().replace(f"next {self.state('local')['next']}", f"next {now() + 2}"))
        self.server.requests.clear()
        self.publish("local", 45)
        self.start()
        self.status_until("local: serial 45")
        self.assertEqual(self.stop(), [f"local: serial 45, 60 names, from file://{self.published}/local/"])
        self.assertEqual(self.server.requests, [])

    def test_taken_out_and_put_in_again(self):
        self.four()
        self.start()
        self.status_until(*(f"{name}: serial {serial}" for name, serial in FRESH.items()))
        (self.place("top") / "pinned").write_text("43\n")
        (self.place("top") / ("ab" * 32 + ".part")).write_text("")
        self.configure("corp", "local", "starter")
        self.reload()
        self.status_until("corp: up to date", "local: up to date", "starter: up to date")
        self.names_until(self.whole(corp=41, local=42, starter=44))
        self.assertFalse(self.place("top").exists())
        self.assertNotIn(b"top", (self.store / "policy.cdb").read_bytes())
        self.configure(*NAMES)
        self.reload()
        self.status_until("top: serial 43")
        self.names_until(self.whole(**FRESH))
        self.assertIn(b"top", (self.store / "policy.cdb").read_bytes())

    def test_reload_while_one_stalls(self):
        """Counts at once: what is taken out is gone, and the round is begun anew."""
        self.configure(*NAMES)
        self.good_sync()
        self.publish("corp", 45)
        for path in ("/corp/HEAD", "/corp/45/manifest", "/corp/45/snapshot.gz"):
            with self.subTest(path=path):
                asked = self.stall(path)
                self.start()
                self.status_until("READY=1")
                self.reload()
                self.assertTrue(asked.wait(lab.HANG))
                self.configure("corp", "local", "top")
                self.server.rules.clear()
                start = time.monotonic()
                self.reload()
                while self.place("starter").exists():
                    self.assertLess(time.monotonic() - start, SOON)
                    time.sleep(0.01)
                self.status_until("corp: serial 45")
                self.assertTrue(any("stopped; kept serial 41" in line for line in self.stop()))
                (self.place("corp") / "registry.cdb").unlink()
                (self.place("corp") / "serials/45.cdb").unlink()
                (self.place("corp") / "registry.cdb").symlink_to("serials/41.cdb")
                self.configure(*NAMES)
                self.sync("--registry", "starter")

    def test_published_on_this_machine(self):
        """Others' mirrors are not asked for it."""
        self.four()
        self.good_sync()
        for name in NAMES:
            self.publish(name, 45)
        self.start()
        self.status_until()
        asked = len(self.server.requests)
        self.daemon.send_signal(signal.SIGUSR1)
        self.status_until("local: serial 45")
        self.assertEqual(len(self.server.requests), asked)
        self.assert_serials(corp=41, local=45, top=43, starter=44)

    def test_broken_reload(self):
        self.configure(*NAMES)
        self.start()
        self.status_until(*(f"{name}: serial {serial}" for name, serial in FRESH.items()))
        self.names_until(self.whole(**FRESH))
        count = len(self.said())
        for more, cause in (("[registry top]\n", "gitdns.conf:16: a second registry top"),
                            ("[registry five]\n", "gitdns.conf:16: more than 4 registries"),
                            ("[answer]\nnever = *\n", "gitdns.conf:17: *: not a host name")):
            self.configure(*NAMES, more=more)
            self.reload()
            self.status_until(*(f"{name}: up to date" for name in NAMES))
            lines = self.said()[count:]
            self.assertEqual(lines[0], f"{self.folder}/{cause}; goes on with the configuration as it was")
            self.assertEqual(sorted(lines[1:]), sorted(f"{name}: up to date at serial {FRESH[name]}" for name in NAMES))
            self.names_until(self.whole(**FRESH))
            self.configure(*NAMES, more=more)
            outcome = Outcome(subprocess.run(
                self.command("--check"), capture_output=True, text=True, timeout=lab.HANG))
            self.assertEqual((outcome.status, outcome.lines), (2, [f"gitdns-syncd: {self.folder}/{cause}"]))
            count = len(self.said())

    def test_moves(self):
        """Between [registry] and [registry NAME], with no mirror at hand: serials and pin come along."""
        self.configure(self.section("top", unnamed=True), "corp")
        self.good_sync()
        self.publish("top", 45)
        self.good_sync()
        (self.store / "pinned").write_text("43\n")
        self.good_sync()
        self.server.rules = {f"/{name}/HEAD": lambda request: request.answer(503, b"") for name in NAMES}
        stores = {serial: (self.store / f"serials/{serial}.cdb").read_bytes() for serial in (43, 45)}
        for unnamed in (None, "top", None, "corp", "top", "corp", None):
            self.configure(*(self.section(name, unnamed=name == unnamed) for name in ("corp", "top")))
            outcome = self.sync()
            self.assertEqual(outcome.status, 1)
            with self.subTest(unnamed=unnamed):
                top, corp = (None if name == unnamed else name for name in ("top", "corp"))
                self.assertEqual((self.serial(top), self.serial(corp)), (43, 41))
                self.assertEqual((self.place(top) / "pinned").read_text(), "43\n")
                for serial, octets in stores.items():
                    self.assertEqual((self.place(top) / f"serials/{serial}.cdb").read_bytes(), octets)
                self.assertEqual(len([name for name in self.names() if name.endswith("registry.cdb")]), 2)
                self.assertEqual(len([name for name in self.names() if name.endswith("pinned")]), 1)

    def test_move_that_fails(self):
        """A mirror that has an old serial then is not taken at its word, as if there were none in hand."""
        self.publish("top", 50)
        for unnamed in (True, False):
            with self.subTest(unnamed=unnamed):
                self.registries["top"].set_head(50)
                self.configure(self.section("top", unnamed=unnamed), "corp")
                self.good_sync()
                self.registries["top"].set_head(43)
                self.configure(self.section("top", unnamed=not unnamed), "corp")
                place = None if unnamed else "top"
                moved = "top" if unnamed else None
                (self.store / "registries/top").mkdir(exist_ok=True)
                with open(self.store / "policy.lock") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    outcome = self.sync()
                self.assertEqual(outcome.lines[1:], [
                    f"gitdns-syncd: {self.place(moved)}: its serials have not been moved here yet; nothing changed"])
                self.assertEqual((self.serial(place), self.serial(moved)), (50, None))
                self.assertIn("serial 43 is lower than the one in hand; kept serial 50", self.sync().lines[0])
                self.assertEqual((self.serial(place), self.serial(moved)), (None, 50))

    def test_single(self):
        """One without a name in its heading, and no rules: nothing of all this lies there."""
        self.configure(self.section("top", unnamed=True))
        self.good_sync()
        self.assertEqual(sorted(os.listdir(self.store)), ["lock", "registry.cdb", "serials", "state"])
        self.configure("top")
        self.good_sync()
        self.assertEqual(sorted(os.listdir(self.store)), ["policy.cdb", "policy.lock", "registries"])
        self.configure(self.section("top", unnamed=True))
        self.good_sync()
        self.assertEqual(self.names(), self.whole(own=43))
        self.assertFalse(self.place("top").exists())

    def test_what_root_has_fetched(self):
        """Of another user, who may read it alone: the owner of the folder takes it over all the same."""
        if os.geteuid() != 0 or pathlib.Path("/proc/sys/fs/protected_hardlinks").read_text() != "1\n":
            self.skipTest("needs root, and fs.protected_hardlinks")
        owner = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        self.folder.chmod(0o755)
        lab.run("chown", "65534:65534", self.store)
        self.configure(self.section("top", unnamed=True), "corp")
        self.good_sync()
        octets = self.octets(None)
        self.assertEqual((self.store / "serials/43.cdb").stat().st_uid, 0)
        self.server.rules = {f"/{name}/HEAD": lambda request: request.answer(503, b"") for name in NAMES}
        self.configure("top", "corp")
        large = self.store / "serials/42.cdb"
        large.touch()
        os.truncate(large, 5 << 30)
        self.assertEqual(self.sync(prefix=owner).lines[0], f"gitdns-syncd: {self.store}: Invalid argument; answers as before")
        os.truncate(large, 1 << 20)
        self.assertEqual(self.sync(prefix=owner).status, 1)
        self.assertEqual((self.place("top") / "serials/42.cdb").stat().st_size, 1 << 20)
        self.assertEqual(self.octets("top"), octets)
        self.assertEqual(self.serial(None), None)

    def test_copies_nothing_of_the_owner(self):
        """Who owns the folder could have root fill the disk: by a file with as many names as it can have."""
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.configure("top")
        self.good_sync()
        large, more = self.place("top") / "serials/42.cdb", self.folder / "more"
        large.touch()
        os.truncate(large, 100 << 20)
        more.mkdir()
        try:
            for number in range(70000):
                (more / str(number)).hardlink_to(large)
            self.skipTest("a file has any number of names")
        except OSError as error:
            self.assertEqual(error.errno, errno.EMLINK)
        self.configure(self.section("top", unnamed=True))
        outcome = self.sync()
        self.assertEqual((outcome.status, outcome.lines[0]), (
            1, f"gitdns-syncd: {self.store}: Too many links; answers as before"), outcome)
        self.assertEqual(self.answering(), [self.octets("top")])


if __name__ == "__main__":
    lab.main()
