"""The end of what a store can hold, by programs for which it comes at 48 KiB; and one list in four parts, as docs/scale.md has it."""
import os
import re
import subprocess
from unittest import mock

import lab
from lab import dns_tree
from lab.client import Client
from lab.programs import HANG, ROOT, plain_environment, program
from lab.publish_hosts import Publisher, hosts_of
from lab.publish_names import Resolving
from lab.registry import Key

FULL = "more names than a store can hold (4 GiB)"
FIT, TOO_MANY = 350, 2000  # of names whose records take about 50 octets each; the longest manifest has room, too


def small(variable):
    """Those programs instead of the usual ones."""
    return mock.patch.dict(os.environ, {variable: program(f"SMALL_{variable}")})


class Full(Publisher):
    def client(self):
        return Client(self.folder / "client", [f"file://{self.tree}/"], [self.key.public])

    def test_published(self):
        with small("PUBLISH"):
            self.published(text=hosts_of(FIT))
            self.refused(f"{self.tree}/2/snapshot.gz: {FULL}", text=hosts_of(TOO_MANY))
        self.published(text=hosts_of(TOO_MANY))

    def test_synced_by_snapshot(self):
        client = self.client()
        self.published(text=hosts_of(TOO_MANY))
        with small("SYNCD"):
            outcome = client.sync()
            self.assertEqual((outcome.status, client.octets(), len(outcome.lines)), (1, None, 1), outcome)
            self.assertRegex(outcome.lines[0], rf"/1/snapshot\.gz:\d+: {re.escape(FULL)}; no registry yet$")
            self.assertEqual(client.names(), ["state"])

    def test_synced_by_delta(self):
        """Neither will do; the copy stays as it is."""
        client = self.client()
        self.published(text=hosts_of(900))
        with small("SYNCD"):
            self.assertEqual(client.sync().status, 0)
            before = client.octets()
            self.published(text=hosts_of(1200))
            outcome = client.sync()
            self.assertEqual((outcome.status, client.octets(), len(outcome.lines)), (1, before, 2), outcome)
            self.assertRegex(outcome.lines[0], rf"/2/delta-1\.gz:\d+: {re.escape(FULL)}; takes the snapshot instead$")
            self.assertRegex(outcome.lines[1], rf"/2/snapshot\.gz:\d+: {re.escape(FULL)}; kept serial 1$")
            self.assertEqual(client.names(), ["registry.cdb", "state"])


def recipe():
    """The page's commands: to split, for each part, to merge."""
    page = (ROOT / "docs" / "scale.md").read_text().partition("\n## One list, several machines\n")[2].partition("\n## ")[0]
    return [block.replace("\n    ", "\n").strip() for block in re.findall(r"(?:\n    .*|\n(?=\n    ))+", page)]


class Parts(Resolving):
    COUNT = 120

    def setUp(self):
        super().setUp()
        self.path = self.folder / "bin"
        self.path.mkdir()
        for name, variable in (("gitdns", "GITDNS"), ("gitdns-publish", "PUBLISH"), ("gitdns-syncd", "SYNCD")):
            (self.path / name).symlink_to(program(variable))
        Key(self.folder, "part")
        Key(self.folder, "whole")
        for i in range(self.COUNT):
            for k in range(1 + i % 3):
                self.zones.add(f"n{i}.example.com", "A", f"8.8.{k}.{i}")
            if i % 2:
                self.zones.add(f"n{i}.example.com", "AAAA", f"2606:4700::{i:x}")
        (self.folder / "all.names").write_text("".join(f"n{i}.example.com\n" for i in range(self.COUNT)))
        self.start_dns()

    def start(self, commands, **variables):
        environment = plain_environment() | {"PATH": f"{self.path}:{os.environ['PATH']}"} | variables
        return subprocess.Popen(["bash", "-c", commands], cwd=self.folder, env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def end(self, process):
        said, _ = process.communicate(timeout=HANG)
        return process.returncode, said

    def run_it(self, commands, **variables):
        status, said = self.end(self.start(commands, **variables))
        self.assertEqual(status, 0, said)

    def test_four(self):
        split, part, merge = recipe()
        self.run_it(split)
        parts = [(self.folder / f"part-{i}.names").read_text().split() for i in range(4)]
        self.assertEqual(sorted(sum(parts, [])), sorted((self.folder / "all.names").read_text().split()))
        self.assertTrue(all(len(names) > self.COUNT // 8 for names in parts), parts)
        source = f"file://{self.folder}"
        started = [self.start(part, i=str(i), resolver=dns_tree.RESOLVER) for i in range(4)]
        for process in started:
            status, said = self.end(process)
            self.assertEqual(status, 0, said)
        self.run_it(merge, **{"from": source})
        self.names.write_text((self.folder / "all.names").read_text())
        self.published()
        self.assertEqual(self.text(self.folder / "whole"), self.text())
        # Without one there is no whole.
        (self.folder / "part-2" / "HEAD").unlink()
        status, said = self.end(self.start(merge, **{"from": source}))
        self.assertNotEqual(status, 0, said)
        self.assertEqual((self.folder / "whole" / "HEAD").read_text(), "1\n")


if __name__ == "__main__":
    dns_tree.enter()
    lab.main()
