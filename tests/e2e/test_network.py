"""A publisher, two mirrors and two clients, each in a network namespace of its own, on one bridge.

Whatever one mirror does, both clients end on the newest good serial, with the same octets.
"""
import functools
import pathlib
import re
import shutil
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import lab
from lab import network
from lab.client import Client
from lab.registry import NAME, Key, Registry, make_text

NAMES = 20000
NEWEST = 5
PATIENCE = lab.HANG


class Network(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        publisher, *cls.mirrors = (network.Machine(name, number) for number, name in enumerate(("publisher", "a", "b"), 1))
        cls.machines = [network.Machine(name, number) for number, name in enumerate(("one", "two"), 11)]
        cls.shared = pathlib.Path(cls.enterClassContext(lab.scratch()))
        cls.key = Key(cls.shared, "ours")
        cls.other_key = Key(cls.shared, "other")
        for serial in range(1, NEWEST + 1):
            cls.publish(publisher, serial)

    @classmethod
    def publish(cls, publisher, serial):
        """The publisher's tree as it is at each serial stays in archive/SERIAL."""
        hosts = cls.shared / "hosts"
        with open(hosts, "w") as file:
            for i in range(NAMES):
                week = serial if i % 20 == serial else 0
                file.write(f"{11 + week}.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255} n{i}.example.org\n")
        tree = cls.shared / "tree"
        lab.run(*publisher.prefix(), lab.program("PUBLISH"), "--to", tree, "--name", NAME,
                "--key", cls.key.secret, "--hosts", hosts)
        shutil.copytree(tree, cls.shared / f"archive/{serial}", symlinks=True)

    @classmethod
    @functools.cache
    def reference(cls, serial):
        """A client that has it from the publisher himself."""
        client = Client(cls.shared / f"reference/{serial}", [f"file://{cls.shared}/archive/{serial}/"], [cls.key.public])
        outcome = client.sync()
        if outcome.status != 0:
            raise RuntimeError(str(outcome))
        return client

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.trees = [self.folder / "a", self.folder / "b"]
        self.servers = []
        for machine, tree in zip(self.mirrors, self.trees):
            tree.mkdir()
            self.servers.append(self.enterContext(machine.server(tree)))
            machine.link("up")
        urls = [server.url for server in self.servers]
        settings = {"connect-timeout": "5s", "stall-timeout": "8s"}
        self.clients = [Client(self.folder / machine.name, urls, [self.key.public], **settings) for machine in self.machines]

    def mirror(self, a, b):
        """The mirrors copy the publisher's tree of these serials."""
        for tree, serial in zip(self.trees, (a, b)):
            shutil.rmtree(tree)
            shutil.copytree(self.shared / f"archive/{serial}", tree, symlinks=True)

    def start(self, serial):
        """Both clients hold this serial, and remember nothing of the mirrors."""
        for client in self.clients:
            shutil.rmtree(client.store)
            shutil.copytree(self.reference(serial).store, client.store, symlinks=True)

    def sync(self):
        """A round of both clients at once."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda pair: pair[0].sync(prefix=pair[1].prefix()), zip(self.clients, self.machines)))

    def ends_on(self, serial, *causes):
        """Both clients have it, each with one line for each cause."""
        for client, outcome in zip(self.clients, self.sync()):
            self.assertEqual((outcome.status, len(outcome.lines)), (0, len(causes)), outcome)
            for line, cause in zip(outcome.lines, causes):
                self.assertRegex(line, cause)
            self.assertEqual(client.octets(), self.reference(serial).octets())

    def keeps(self, serial, *causes):
        """Neither could be served."""
        for client, outcome in zip(self.clients, self.sync()):
            self.assertEqual((outcome.status, len(outcome.lines)), (1, len(causes)), outcome)
            for line, cause in zip(outcome.lines, causes):
                self.assertRegex(line, cause)
            self.assertEqual(client.octets(), self.reference(serial).octets())

    def cooling(self, client):
        """{mirror's name: cause}."""
        names = {server.url: machine.name for server, machine in zip(self.servers, self.mirrors)}
        text = (client.store / "state").read_text()
        return {names[url]: cause for cause, url in re.findall(r"^mirror \d+ (\w+) \d+ (.+)$", text, re.M)}

    def both_cool(self, expected):
        self.assertEqual([self.cooling(client) for client in self.clients], [expected] * 2)

    def breaks_off(self, die):
        """Mirror a sends half of the snapshot to both clients and dies: b sends the rest of it."""
        self.mirror(NEWEST, NEWEST)
        file = f"{NEWEST}/snapshot.gz"
        octets = (self.trees[0] / file).read_bytes()
        half = len(octets) // 2

        def has_some(client):
            return any(part.stat().st_size > 0 for part in client.store.glob("*.part"))

        def dead():
            end = time.monotonic() + PATIENCE
            while not all(map(has_some, self.clients)) and time.monotonic() < end:
                time.sleep(0.02)
            die()

        both = threading.Barrier(2, dead, PATIENCE)

        def half_of_it(request):
            request.send_response(200)
            request.send_header("Content-Length", str(len(octets)))
            request.end_headers()
            request.wfile.write(octets[:half])
            both.wait()
            request.close_connection = True

        self.servers[0].rules[f"/{file}"] = half_of_it
        self.ends_on(NEWEST, f"^gitdns-syncd: {self.servers[0].url}{file}: .*; went on to the next mirror$")
        self.both_cool({"a": "failed"})
        resumed = [asked for path, asked, *_ in self.servers[1].requests if path == f"/{file}"]
        self.assertEqual(len(resumed), 2)
        for asked in resumed:
            self.assertTrue(0 < int(asked.removeprefix("bytes=").removesuffix("-")) <= half, asked)

    def test_link_lost_in_mid_download(self):
        self.breaks_off(lambda: self.mirrors[0].link("down"))

    def test_server_ends_in_mid_download(self):
        def die():
            self.servers[0].shutdown()
            self.servers[0].server_close()

        self.breaks_off(die)

    def test_liars(self):
        def other_key():
            shutil.rmtree(self.trees[0])
            Registry(self.trees[0], self.other_key).publish(NEWEST + 1, make_text(60))

        def flipped_octets():
            for name in (f"delta-{NEWEST - 2}.gz", "snapshot.gz"):
                path = self.trees[0] / f"{NEWEST}/{name}"
                octets = bytearray(path.read_bytes())
                octets[len(octets) // 2] ^= 1
                path.unlink()
                path.write_bytes(octets)

        def another_serial():
            (self.trees[0] / "HEAD").write_text("999999999\n")

        for lie, cause, *causes in (
                (other_key, "lied", "signature does not match any of 1 key; went on"),
                (flipped_octets, "lied", f"delta-{NEWEST - 2}.gz: SHA-256 differs.*; takes the snapshot instead$",
                 "snapshot.gz: SHA-256 differs.*; went on"),
                (another_serial, "failed", "999999999/manifest: HTTP status 404; went on")):
            with self.subTest(lie=lie.__name__):
                self.mirror(NEWEST, NEWEST)
                lie()
                self.start(NEWEST - 2)
                self.ends_on(NEWEST, *causes)
                self.both_cool({"a": cause})

    def test_weeks_behind(self):
        """No failure, and no line: not even once the other mirror is gone."""
        self.start(3)
        self.mirror(1, NEWEST)
        self.ends_on(NEWEST)
        self.both_cool({})
        self.mirrors[1].link("down")
        self.keeps(NEWEST, f"^gitdns-syncd: {self.servers[1].url}HEAD: ",
                   f"^gitdns-syncd: {self.servers[0].url}HEAD: serial 1 is lower than the one in hand; kept serial {NEWEST}$")
        self.both_cool({"b": "failed"})

    def test_stalls(self):
        self.start(3)
        self.mirror(NEWEST, NEWEST)
        self.servers[0].rules["/HEAD"] = lambda request: request.server.over.wait(PATIENCE)
        self.ends_on(NEWEST, f"^gitdns-syncd: {self.servers[0].url}HEAD: .*; went on to the next mirror$")
        self.both_cool({"a": "failed"})

    def test_come_back(self):
        """One lies and the other one is gone; then both are as they should be, but for a week between them."""
        self.start(3)
        self.mirror(3, 3)
        Registry(self.trees[0], self.other_key).publish(NEWEST + 1, make_text(60))
        self.mirrors[1].link("down")
        self.keeps(3, f"^gitdns-syncd: {self.servers[1].url}HEAD: ", "signature does not match any of 1 key; kept serial 3$")
        self.both_cool({"a": "lied", "b": "failed"})
        self.mirrors[1].link("up")
        self.mirror(NEWEST, NEWEST - 1)
        self.ends_on(NEWEST)
        self.both_cool({})


if __name__ == "__main__":
    network.enter()
    lab.main()
