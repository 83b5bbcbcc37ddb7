"""Week after week of real input: what a client fetches, and that one which was off for weeks ends with the same
store."""
import gzip
import lzma
import pathlib
import subprocess
import unittest

import lab
from lab.client import Client
from lab.publish_hosts import publish
from lab.registry import Key
from lab.web_server import Server

DATA = lab.DATA / "hosts"
# A delta may be so much larger than `diff | xz -9` of the two texts.
FACTOR, OCTETS = 1.3, 512
DELTAS = 8


class Weeks(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.key = Key(self.folder, "ours")
        self.registry = self.folder / "published"
        self.registry.mkdir()
        self.server = self.enterContext(Server(self.registry))

    def weeks(self, name, count):
        files = sorted(DATA.glob(f"{name}-*.hosts.gz"))
        if len(files) < count:
            self.skipTest(f"{DATA}: {len(files)} of {count} weeks of {name}-*")
        return files

    def publish(self, name, hosts, *more):
        publish(self.registry, name, self.key.secret, hosts, *more)
        return int((self.registry / "HEAD").read_text())

    def client(self, label, name, private="no"):
        return Client(self.folder / label, [self.server.url], [self.key.public], private=private, name=name)

    def sync(self, client):
        """Returns the files that it took."""
        self.server.requests.clear()
        outcome = client.sync()
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return [path.lstrip("/") for path, *_ in self.server.requests]

    def size(self, file):
        return (self.registry / file).stat().st_size

    def text(self, serial):
        path = self.folder / f"{serial}.text"
        if not path.exists():
            path.write_bytes(gzip.decompress((self.registry / str(serial) / "snapshot.gz").read_bytes()))
        return path

    def compressed_diff(self, old, new):
        """The octets of `diff | xz -9`."""
        done = subprocess.run(["diff", self.text(old), self.text(new)], stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        return len(lzma.compress(done.stdout, preset=9))

    def churn(self, name, count, private="no"):
        lab.need("diff")
        client = self.client("steady", name, private)
        row = "{:>10} {:>7} {:>8} {:>10} {:>10} {:>10} {:>10}".format
        print(f"\n{name}: octets\n{row('week', 'serial', 'fetched', 'delta', 'diff | xz', 'allowed', 'snapshot')}")
        before = 0
        for file in self.weeks(name, count):
            week = file.name[len(name) + 1:-len(".hosts.gz")]
            serial = self.publish(name, file, *(["--private"] if private == "yes" else []))
            took = self.sync(client)
            fetched, snapshot = sum(map(self.size, took)), self.size(f"{serial}/snapshot.gz")
            delta = f"{serial}/delta-{before}.gz"
            self.text(serial)
            if before == 0 or serial == before:
                print(row(week, serial, fetched, "-", "-", "-", snapshot))
            else:
                other = self.compressed_diff(before, serial)
                allowed = int(FACTOR * other + OCTETS)
                print(row(week, serial, fetched, self.size(delta), other, allowed, snapshot))
                self.assertIn(delta, took)
                self.assertNotIn(f"{serial}/snapshot.gz", took)
                self.assertLessEqual(self.size(delta), allowed)
            before = serial

    def test_root(self):
        self.churn("root", 10)

    def test_is_a_dev(self):
        self.churn("is-a-dev", 6)

    def test_sb_full(self):
        self.churn("sb-full", 2, private="yes")

    def test_clients_that_were_off(self):
        """Each week has a name of its own as well: where nothing changed there would be no serial."""
        weeks = self.weeks("root", 10)[:10]
        clients = {away: self.client(f"off-{away}", "root") for away in (0, 3, 7, 9)}
        took = {}
        for number, file in enumerate(weeks, 1):
            hosts = self.folder / "hosts"
            hosts.write_bytes(gzip.decompress(file.read_bytes()) + b"8.8.8.8 week-%d.gitdns.example.org\n" % number)
            self.assertEqual(self.publish("root", hosts), number)
            for away, client in clients.items():
                if number <= len(weeks) - away or number == len(weeks):
                    took[away] = self.sync(client)
        last = len(weeks)
        for away, client in clients.items():
            with self.subTest(f"off for {away} weeks"):
                by_delta = f"{last}/delta-{last - max(away, 1)}.gz"
                self.assertIn(by_delta if away <= DELTAS else f"{last}/snapshot.gz", took[away])
                self.assertEqual(len(took[away]), 4)
                self.assertEqual(client.octets(), clients[0].octets())
                self.assertEqual(client.kept()[-1], last)


if __name__ == "__main__":
    if not DATA.exists():
        lab.skip(f"{DATA} is not there")
    lab.main()
