"""Mirrors that fail or lie are left alone for a while by the daemon's own rounds, and by no others."""
import json
import pathlib
import re
import signal
import socket
import subprocess
import unittest

import lab
from lab.client import Client
from lab.registry import DAY, Key, Registry, make_text, now
from lab.web_server import Server

PATIENCE = lab.HANG
HOUR = 3600


class Case(unittest.TestCase):
    """A client with three mirrors, a, b, c, that hold the same."""

    @classmethod
    def setUpClass(cls):
        keys = cls.enterClassContext(lab.scratch())
        cls.key = Key(keys, "ours")
        cls.other_key = Key(keys, "other")

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.registries = [Registry(self.folder / name, self.key) for name in "abc"]
        self.servers = [self.enterContext(Server(registry.folder)) for registry in self.registries]
        self.a, self.b, self.c = (server.url for server in self.servers)
        self.created = now() - 60
        self.publish(41)
        self.client = Client(self.folder / "client", [self.a, self.b, self.c], [self.key.public])
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.systemd.bind(str(self.folder / "notify"))
        self.systemd.settimeout(PATIENCE)
        self.addCleanup(self.systemd.close)

    def publish(self, serial):
        for registry in self.registries:
            registry.publish(serial, make_text(60, serial), created=self.created)

    def round(self, *asked, ok=True, hangup=False):
        """A round of the daemon, started anew, and who was asked in it."""
        state = self.client.store / "state"
        if state.exists():
            due = now() + (DAY if hangup else -1)
            state.write_text(re.sub(r"\nnext \d+", f"\nnext {due}", state.read_text()))
        for server in self.servers:
            server.requests.clear()
        command = [word for word in self.client.command() if word != "--once"]
        daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL,
                                  env={**lab.plain_environment(), "NOTIFY_SOCKET": str(self.folder / "notify")})
        try:
            result = self.systemd.recv(4096).decode()
            self.assertEqual(result, "READY=1")
            if hangup:
                daemon.send_signal(signal.SIGHUP)
            while not result.startswith("STATUS=") or "under way" in result:
                result = self.systemd.recv(4096).decode()
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(PATIENCE), 0)
            self.assertEqual(self.systemd.recv(4096), b"STOPPING=1")
        finally:
            daemon.kill()
            daemon.wait()
        self.assertEqual("kept serial" not in result and "no registry" not in result, ok, result)
        self.assertEqual([server.url for server in self.servers if server.requests], list(asked))

    def cooling(self):
        """{url: (failures, cause, seconds from the end of the last round on)}."""
        text = (self.client.store / "state").read_text()
        last = int(re.search(r"^last (\d+)$", text, re.M)[1])
        return {url: (int(failures), cause, int(until) - last) for failures, cause, until, url
                in re.findall(r"^mirror (\d+) (\w+) (\d+) (.+)$", text, re.M)}

    def age(self, seconds):
        """Lets time pass for the mirrors that are left alone."""
        state = self.client.store / "state"
        state.write_text(re.sub(r"^(mirror \d+ \w+) (\d+)", lambda found: f"{found[1]} {int(found[2]) - seconds}",
                                state.read_text(), flags=re.M))

    def status(self, *options):
        command = [lab.program("GITDNS"), "--config", str(self.client.config), *options, "status"]
        return subprocess.run(command, capture_output=True, text=True).stdout


class Rounds(Case):
    def test_doubling(self):
        """1 minute, then 2, and it is not asked in between; a HEAD ends it."""
        self.servers[0].rules["/HEAD"] = lambda request: request.answer(500, b"")
        self.round(self.a, self.b, self.c)
        self.assertEqual(self.cooling(), {self.a: (1, "failed", 60)})
        self.round(self.b, self.c)
        self.assertEqual(self.cooling()[self.a][:2], (1, "failed"))
        self.age(60)
        self.round(self.a, self.b, self.c)
        self.assertEqual(self.cooling(), {self.a: (2, "failed", 120)})
        self.servers[0].rules.clear()
        self.age(120)
        self.round(self.a, self.b, self.c)
        self.assertEqual(self.cooling(), {})

    def test_liar(self):
        """An hour at once, and a good HEAD is no excuse: only what is signed ends it."""
        for serial, lie in enumerate(("key", "registry", "octet"), 42):
            with self.subTest(lie=lie):
                self.publish(serial)
                if lie == "key":
                    self.registries[0].publish(serial, make_text(60), key=self.other_key)
                elif lie == "registry":
                    self.registries[0].publish(serial, make_text(60), name="other")
                else:
                    snapshot = self.registries[0].folder / f"{serial}/snapshot.gz"
                    octets = bytearray(snapshot.read_bytes())
                    octets[100] ^= 1
                    snapshot.write_bytes(octets)
                self.round(self.a, self.b, self.c)
                self.assertEqual(self.cooling(), {self.a: (1, "lied", HOUR)})
                self.round(self.b, self.c)
                self.age(HOUR)
                self.registries[0].set_head(serial - 1)
                self.round(self.a, self.b, self.c)
                self.assertEqual(self.cooling()[self.a][:2], (1, "lied"))
                self.publish(serial)
                self.round(self.a, self.b, self.c)
                self.assertEqual(self.cooling(), {})

    def test_retry_after(self):
        """It is that mirror's alone; the round is put off where all have asked for it."""
        def busy(seconds):
            return lambda request: request.answer(503, b"", {"Retry-After": str(seconds)})

        self.servers[0].rules["/HEAD"] = busy(7200)
        self.round(self.a, self.b, self.c)
        self.assertEqual(self.cooling(), {self.a: (1, "busy", 7200)})
        self.round(self.b, self.c)
        self.servers[1].rules["/HEAD"] = busy(10 ** 9)
        self.servers[2].rules["/HEAD"] = lambda request: request.answer(500, b"")
        self.round(self.b, self.c, ok=False)
        self.assertIn(self.cooling()[self.b], [(1, "busy", DAY), (1, "busy", 6 * 3600)])  # libcurl 8.13 caps it
        self.assertEqual(self.put_off(), 60)
        self.servers[2].rules["/HEAD"] = busy(9000)
        self.age(60)
        self.round(self.c, ok=False)
        self.assertTrue(7200 - 60 - PATIENCE <= self.put_off() <= 7200 - 60)

    def put_off(self):
        state = dict(line.split(" ", 1) for line in (self.client.store / "state").read_text().splitlines())
        return int(state["next"]) - int(state["last"])

    def test_never_none(self):
        """Of mirrors that are all to be left alone, the one that is due first is asked."""
        for server in self.servers:
            server.rules["/HEAD"] = lambda request: request.answer(500, b"")
        self.servers[1].rules["/HEAD"] = lambda request: request.answer(503, b"", {"Retry-After": "61"})
        self.round(self.a, self.b, self.c, ok=False)
        self.round(self.a, ok=False)
        self.round(self.c, ok=False)
        self.servers[1].rules.clear()
        self.round(self.b)
        self.assertEqual(set(self.cooling()), {self.a, self.c})

    def test_by_hand(self):
        """A round that someone asks for asks them all."""
        self.servers[0].rules["/HEAD"] = lambda request: request.answer(500, b"")
        self.round(self.a, self.b, self.c)
        self.round(self.a, self.b, self.c, hangup=True)
        self.assertEqual(self.cooling(), {self.a: (2, "failed", 120)})
        self.servers[0].requests.clear()
        self.assertEqual(self.client.sync().status, 0)
        self.assertEqual(len(self.servers[0].requests), 1)
        self.assertEqual(self.cooling(), {self.a: (3, "failed", 240)})

    def test_behind(self):
        """One that is behind has not failed, whether another one serves the round or none does."""
        self.registries[1].publish(42, make_text(60, 42), created=self.created)
        outcome = self.client.sync()
        self.assertEqual((outcome.status, outcome.lines, self.cooling()), (0, [], {}))
        self.servers[1].rules["/HEAD"] = lambda request: request.answer(404, b"")
        outcome = self.client.sync()
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 3), outcome)
        self.assertEqual(set(self.cooling()), {self.b})

    def test_this_machine(self):
        """A mirror is not to blame for what goes wrong here."""
        self.client.sync()
        self.publish(42)
        (self.client.store / "serials").rename(self.client.store / "elsewhere")
        (self.client.store / "serials").write_bytes(b"")
        self.assertEqual(self.client.sync().status, 1)
        self.assertEqual(self.cooling(), {})

    def test_clock_set_back(self):
        self.servers[0].rules["/HEAD"] = lambda request: request.answer(500, b"")
        self.round(self.a, self.b, self.c)
        self.age(-2 * DAY)
        self.round(self.a, self.b, self.c)

    def test_mirror_taken_out(self):
        """What the configuration does not name any more is forgotten."""
        self.servers[0].rules["/HEAD"] = lambda request: request.answer(500, b"")
        self.round(self.a, self.b, self.c)
        self.client.configure([self.b, self.c], [self.key.public])
        self.round(self.b, self.c)
        self.assertEqual(self.cooling(), {})


class Status(Case):
    def test_lines(self):
        self.client.sync()
        self.assertNotIn("mirror", self.status())
        self.assertEqual(json.loads(self.status("--json"))["cooling_down"], [])
        self.servers[0].rules["/HEAD"] = lambda request: request.answer(503, b"", {"Retry-After": "7200"})
        self.registries[1].publish(42, make_text(60), key=self.other_key)
        self.client.sync()
        self.assertRegex(self.status(), f"\nmirror      {self.a}: busy; not asked until [-0-9T:]+Z, in [^\n]+\n"
                                        f"mirror      {self.b}: lied; not asked until [-0-9T:]+Z, in [^\n]+\n")
        told = json.loads(self.status("--json"))["cooling_down"]
        self.assertEqual([(mirror["url"], mirror["cause"], mirror["failures"]) for mirror in told],
                         [(self.a, "busy", 1), (self.b, "lied", 1)])
        self.age(HOUR)
        self.assertEqual([mirror["url"] for mirror in json.loads(self.status("--json"))["cooling_down"]], [self.a])


if __name__ == "__main__":
    lab.main()
