"""What people see of the history that a client keeps: pull, log, diff, export."""
import difflib
import gzip
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess

import lab
from lab.client_history import NAME, History
from lab.publish_hosts import publish
from lab.registry import canonical


def records(text):
    return {line.split()[0]: line for line in text.splitlines()}


def difference(old, new):
    """The lines of `gitdns diff` between two texts."""
    before, after = records(old), records(new)
    lines = []
    for name in sorted(before.keys() | after.keys(), key=canonical):
        if before.get(name) != after.get(name):
            lines += [f"-{before[name]}"] if name in before else []
            lines += [f"+{after[name]}"] if name in after else []
    return lines


def counts(old, new):
    before, after = records(old), records(new)
    changed = sum(before[name] != after[name] for name in before.keys() & after.keys())
    return len(after.keys() - before.keys()), len(before.keys() - after.keys()), changed


class Look(History):
    def test_pull_is_a_round(self):
        outcome = self.pull(1)
        self.assertRegex(outcome.out, f"^gitdns-syncd: {NAME}: serial 1, [0-9]+ names, from file://")
        self.answers(1)
        self.assertIn("up to date at serial 1", self.pull(1).out)
        self.head(0)
        outcome = self.gitdns("pull")
        self.assertEqual(outcome.status, 1)
        self.assertIn("; kept serial 1", outcome.lines[0])

    def test_log(self):
        self.pull(2)
        self.assertEqual(len(self.good("log")), 1)
        self.pull(*range(3, 7))
        lines = self.good("log")
        self.assertEqual(len(lines), 4)
        for line, serial in zip(lines, (6, 5, 4, 3)):
            created = re.search("created (.*)", (self.published / str(serial) / "manifest").read_text())[1]
            names = format(self.text[serial].count("\n"), ",")
            change = "  +%d -%d ~%d" % counts(self.text[serial - 1], self.text[serial]) if serial > 3 else ""
            self.assertEqual(line, f"{'*' if serial == 6 else ' '} {serial}  {created}  {names} names{change}")

    def test_diff(self):
        self.configure(keep=6)
        self.pull(*range(1, 7))
        for a in self.text:
            for b in self.text:
                lines = self.good("diff", a, b)
                self.assertEqual(lines, difference(self.text[a], self.text[b]))
                independent = difflib.unified_diff(self.text[a].splitlines(), self.text[b].splitlines(), n=0)
                self.assertEqual(sorted(lines), sorted(line for line in list(independent)[2:] if line[0] in "+-"))
        self.assertTrue(self.good("diff"))
        self.assertEqual(self.good("diff"), self.good("diff", 5, 6))
        self.assertEqual(self.good("diff", 2), self.good("diff", 2, 6))
        self.good("checkout", 3)
        self.assertEqual(self.good("diff"), self.good("diff", 2, 3))
        self.assertEqual(self.good("diff", 6), self.good("diff", 6, 3))

    def test_for_programs(self):
        """The same as people read, of each serial and of each change."""
        self.pull(1, 2, 3)
        self.good("checkout", 2)
        said = json.loads("\n".join(self.good("log", "--json")))
        self.assertEqual((said["format"], [one["name"] for one in said["registries"]]), (1, [NAME]))
        for one, serial in zip(said["registries"][0]["serials"], (3, 2, 1), strict=True):
            change = dict(zip(("added", "removed", "changed"), counts(self.text[serial - 1], self.text[serial]))
                          ) if serial > 1 else {}
            created = re.search("created (.*)", (self.published / str(serial) / "manifest").read_text())[1]
            self.assertEqual(one, {"serial": serial, "created": created, "names": self.text[serial].count("\n"),
                                   "answers": serial == 2, "pinned": serial == 2} | change)
        said = json.loads("\n".join(self.good("diff", "--json", 1, 3)))
        self.assertEqual([said[member] for member in ("format", "registry", "from", "to")], [1, NAME, 1, 3])
        lines = [f"{sign}{change[member]}" for change in said["changes"]
                 for sign, member in (("-", "before"), ("+", "after")) if member in change]
        self.assertEqual(lines, difference(self.text[1], self.text[3]))
        said = json.loads("\n".join(self.good("verify", "--json")))
        self.assertEqual((said["format"], said["good"]), (1, True))
        registry = said["registries"][0]
        self.assertEqual([registry[member] for member in ("name", "store", "registry", "serial")],
                         [NAME, str(self.store / "registry.cdb"), NAME, 2])
        self.assertEqual([(check["check"], check["verdict"]) for check in registry["checks"]],
                         [("signature", "good"), ("text", "good"), ("deadline", "good")])

    def test_programs_see_what_is_bad(self):
        self.pull(1)
        self.client.config.write_text(self.client.config.read_text().replace(
            str(self.key.public), str(self.second.public)))
        outcome = self.gitdns("verify", "--json")
        said = json.loads(outcome.out)
        self.assertEqual((outcome.status, said["good"]), (1, False))
        check = said["registries"][0]["checks"][0]
        self.assertEqual((check["check"], check["verdict"]), ("signature", "bad"))
        self.assertIn("signed", check["text"])
        os.unlink(self.store / "registry.cdb")
        outcome = self.gitdns("verify", "--json")
        self.assertEqual((outcome.status, json.loads(outcome.out)["registries"][0]["checks"]),
                         (1, [{"check": "store", "verdict": "bad", "text": "No such file or directory"}]))

    def on_terminal(self, **environment):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([lab.program("GITDNS"), "--config", self.client.config, "diff"], stdout=theirs,
                                   env={**lab.plain_environment(), **environment})
        os.close(theirs)
        output = lab.read_terminal(ours)
        process.wait()
        return output.decode().replace("\r\n", "\n").splitlines()

    def test_diff_in_colour(self):
        self.pull(5, 6)
        plain = self.good("diff")
        coloured = [f"\033[{31 if line[0] == '-' else 32}m{line}\033[m" for line in plain]
        self.assertEqual(self.on_terminal(NO_COLOR=""), coloured)
        self.assertEqual(self.on_terminal(NO_COLOR="1"), plain)

    def test_export(self):
        self.pull(6)
        self.assertEqual(self.gitdns("export").out, self.text[6])
        hosts = self.folder / "hosts"
        hosts.write_text(self.gitdns("--hosts", "export").out)
        self.assertEqual(hosts.read_text(), self.gitdns("export", "--hosts").out)
        addresses = [(address, line.split()[0]) for line in self.text[6].splitlines()
                     for address in line.split()[1:] if not address.startswith("cname=")]
        self.assertEqual([tuple(line.split()) for line in hosts.read_text().splitlines() if line and line[0] != "#"], addresses)
        again = self.folder / "again"
        again.mkdir()
        publish(again, NAME, self.key.secret, hosts)
        self.assertEqual(gzip.decompress((again / "1/snapshot.gz").read_bytes()).decode(), self.text[6])

    def test_nothing_to_write_to(self):
        self.pull(5, 6)
        for arguments in (["export"], ["export", "--hosts"]):
            with open("/dev/full", "w") as full:
                self.bad("standard output: No space left on device", *arguments, stdout=full)
            reader, writer = os.pipe()
            os.close(reader)
            self.bad("standard output: Broken pipe", *arguments, stdout=writer)
            os.close(writer)
        for arguments in (["log"], ["diff"], ["status"], ["--help"], ["--version"]):
            with open("/dev/full", "w") as full:
                self.bad("standard output: ", *arguments, stdout=full)

    def test_pull_runs_the_same_installation(self):
        """Beside it, in ../sbin, then on the PATH; with the configuration and --once."""
        root = self.folder / "root"
        for folder in ("bin", "sbin", "path"):
            (root / folder).mkdir(parents=True)
            (root / folder / "gitdns-syncd").write_text(f"#!/bin/sh\necho {folder} \"$@\"\nexit 7\n")
            (root / folder / "gitdns-syncd").chmod(0o755)
        shutil.copy(lab.program("GITDNS"), root / "bin/gitdns")
        for folder in ("bin", "sbin", "path"):
            done = subprocess.run([root / "bin/gitdns", "pull", "--config", self.client.config], capture_output=True,
                                  text=True, env={**os.environ, "PATH": f"{root}/path:{os.environ['PATH']}"})
            if folder == "path" and pathlib.Path("/usr/local/sbin/gitdns-syncd").exists():
                break
            self.assertEqual((done.returncode, done.stdout), (7, f"{folder} --once --config {self.client.config}\n"))
            (root / folder / "gitdns-syncd").unlink()


if __name__ == "__main__":
    lab.main()
