#!/usr/bin/env python3
"""gitdns-publish --hosts --hold: weeks of real history against a model, serial by serial."""
import gzip
import ipaddress
import pathlib
import shutil
import subprocess
import unittest

import lab
from lab.hosts_file import expected
from lab.registry import NAME, Key, canonical

CAP = 8


class Model:
    """What is to be published, from the description of holding alone."""

    def __init__(self, hold):
        self.hold, self.serial, self.text = hold, 0, ""
        self.seen = {}  # {name: {address: serial}}

    def publish(self, octets):
        now = {}
        for line in expected(octets)[0].decode().splitlines():
            name, *addresses = line.split()
            now[name] = set(map(ipaddress.ip_address, addresses))
        seen, lines = {}, []
        for name in sorted(now, key=canonical):
            known = {address: last for address, last in self.seen.get(name, {}).items()
                     if self.serial + 1 - last <= self.hold}
            known.update(dict.fromkeys(now[name], self.serial + 1))
            seen[name] = {}
            for version in (4, 6):
                ranked = sorted((-last, address) for address, last in known.items() if address.version == version)
                seen[name].update({address: -last for last, address in ranked[:CAP]})
            lines.append(" ".join([name, *map(str, seen[name])]))
        text = "".join(line + "\n" for line in lines)
        if text != self.text:
            self.text, self.serial = text, self.serial + 1
        self.seen = {name: {address: min(last, self.serial) for address, last in known.items()}
                     for name, known in seen.items()}
        return text


class HoldHosts(unittest.TestCase):
    def replay(self, weeks, hold):
        model = Model(hold)
        with lab.scratch() as folder:
            key, tree, hosts = Key(folder, "key"), pathlib.Path(folder, "tree"), pathlib.Path(folder, "hosts")
            for week, octets in enumerate(weeks):
                hosts.write_bytes(octets)
                done = subprocess.run([lab.program("PUBLISH"), "--to", f"{tree}/", "--name", NAME, "--key",
                                       key.secret, "--hosts", hosts, "--hold", str(hold), "--force"],
                                      capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                want = model.publish(octets)
                head = int((tree / "HEAD").read_text())
                text = gzip.decompress((tree / str(head) / "snapshot.gz").read_bytes()).decode()
                self.assertEqual(text, want, f"week {week}")
                self.assertEqual(head, model.serial)
                # Beside the tree, not in it.
                self.assertEqual(sorted(path.name for path in tree.iterdir()),
                                 sorted(["HEAD", "index.html", *map(str, range(1, head + 1))]))
                self.assertEqual([path.name for path in pathlib.Path(f"{tree}.state").iterdir()],
                                 ["seen.gz"])
        return model.serial

    def test_rotation(self):
        """Addresses that go round, names that leave and return, weeks without a change."""
        weeks = []
        for week in range(14):
            lines = [f"9.9.9.{1 + (week * 3 + k) % 20} wide.example.org" for k in range(5)]
            lines += [f"2620:fe::{1 + week % 3} turns.example.org", f"8.8.{week // 2}.8 slow.example.org"]
            lines += ["8.8.8.8 comes.example.org"] if week % 4 else []
            weeks.append(("\n".join(lines) + "\n").encode())
            weeks.append(weeks[-1])
        for hold in (1, 3, 8):
            with self.subTest(hold=hold):
                self.assertGreater(self.replay(weeks, hold), 8)

    def test_half_way(self):
        """A run that fails when all is written but HEAD leaves true observations, and nothing else."""
        with lab.scratch() as folder:
            key, tree, hosts = Key(folder, "key"), pathlib.Path(folder, "tree"), pathlib.Path(folder, "hosts")
            for i, status in ((1, 0), (2, 1), (3, 0), (4, 0)):
                hosts.write_text(f"8.8.8.{i} a.example.org\n")
                if status != 0:
                    (tree / "HEAD.new" / "in-the-way").mkdir(parents=True)
                done = subprocess.run([lab.program("PUBLISH"), "--to", tree, "--name", NAME, "--key",
                                       key.secret, "--hosts", hosts, "--hold", "2", "--force"], capture_output=True,
                                      text=True)
                self.assertEqual(done.returncode, status, done.stderr)
                if status != 0:
                    shutil.rmtree(tree / "HEAD.new")
                    self.assertEqual(sorted(path.name for path in tree.iterdir()), ["1", "HEAD", "index.html"])
            texts = [gzip.decompress((tree / serial / "snapshot.gz").read_bytes()).decode() for serial in "123"]
            self.assertEqual(texts, [f"a.example.org {addresses}\n" for addresses in (
                "8.8.8.1", "8.8.8.2 8.8.8.3 8.8.8.1", "8.8.8.4 8.8.8.2 8.8.8.3 8.8.8.1")])

    def test_real_history(self):
        for series in ("root", "is-a-dev"):
            files = sorted((lab.DATA / "hosts").glob(f"{series}-*.hosts.gz"))
            if not files:
                self.skipTest(f"{lab.DATA}/hosts is not there")
            with self.subTest(series=series):
                self.assertGreater(self.replay([gzip.decompress(path.read_bytes()) for path in files], 2), 4)


if __name__ == "__main__":
    lab.main()
