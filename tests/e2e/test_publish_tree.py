"""The published folder: its layout, what a run builds on and what it does not, its history and deltas."""
import calendar
import gzip
import os
import re
import shutil
import subprocess
import time

import lab
from lab.client import Client
from lab.programs import ROOT
from lab.publish_hosts import Publisher, contents, hosts_of
from lab.registry import NAME, canonical, now, sha256, timestamp


class Tree(Publisher):
    def test_layout(self):
        self.start(hosts_of(30), hosts_of(31))
        self.assertEqual(sorted(contents(self.tree)), [
            "1", "1/manifest", "1/manifest.minisig", "1/snapshot.gz",
            "2", "2/delta-1.gz", "2/manifest", "2/manifest.minisig", "2/snapshot.gz", "HEAD", "index.html"])
        for path in self.tree.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o755 if path.is_dir() else 0o644, path)
        self.assertEqual((self.tree / "HEAD").read_bytes(), b"2\n")
        manifest = self.manifest(2)
        self.assertEqual(list(manifest), ["gitdns", "name", "serial", "parent", "created", "expires", "names", "text",
                                          "snapshot", "delta"])
        self.assertEqual(manifest["parent"][0], "1")
        self.check_whole(2)

    def test_umask(self):
        self.published(text=hosts_of(3), prefix=["sh", "-c", 'umask 077; exec "$@"', "sh"])
        for path in [self.tree, *self.tree.rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o777, 0o755 if path.is_dir() else 0o644, path)

    def test_tampered(self):
        """One bit turned at several places of every file, cut short, grown, or gone: no run builds on it."""
        self.start(hosts_of(30), hosts_of(31), hosts_of(32))
        self.hosts.write_text(hosts_of(33))
        whole = contents(self.tree)
        for name, octets in whole.items():
            if octets is None or name == "index.html":
                continue
            path = self.tree / name
            middle = len(octets) // 2
            damages = [octets[:i] + bytes([octets[i] ^ 1]) + octets[i + 1:]
                       for i in sorted({0, middle // 2, middle, len(octets) - 1})]
            damages += [octets[:-2], octets[:middle], b"", octets + b"\n"]
            if name == "HEAD":
                damages = [b"", b"3", b"0\n", b"03\n", b"4\n", b"-3\n", b"3\n\n", b"3\n4\n", b"9" * 40, b"\0\n"]
            if name.startswith("3/"):
                damages.append(None)
            for damaged in damages:
                if damaged is None:
                    path.unlink()
                else:
                    path.write_bytes(damaged)
                with self.subTest(file=name, damaged=damaged):
                    self.refused(f"{self.tree}/")
                path.write_bytes(octets)
        self.assertEqual(contents(self.tree), whole)
        self.published()
        self.check_whole(4)

    def test_exchanged(self):
        """Whole files of ours in the wrong place."""
        self.start(hosts_of(30), hosts_of(31))
        saved = contents(self.tree)
        self.hosts.write_text(hosts_of(32))
        for name in ("manifest", "manifest.minisig", "snapshot.gz"):
            (self.tree / "2" / name).write_bytes(saved[f"1/{name}"])
            self.refused(f"{self.tree}/2/")
            (self.tree / "2" / name).write_bytes(saved[f"2/{name}"])
        other = self.folder / "other"
        self.published(tree=other)
        shutil.rmtree(self.tree / "1")
        shutil.copytree(other / "1", self.tree / "1")
        self.refused(f"{self.tree}/1/manifest: not the one that later serials are built on")

    def test_head_set_back(self):
        """HEAD carries no authority: an older one, or none, is put right from what is signed."""
        self.start(hosts_of(30), hosts_of(31), hosts_of(32))
        (self.tree / "HEAD").write_text("1\n")
        outcome = self.published()
        self.assertIn(f"{self.tree}/HEAD: did not name serial 3", outcome.out)
        self.assertIn("unchanged, serial 3 stands", outcome.out)
        self.assertEqual(self.head(), 3)
        (self.tree / "HEAD").unlink()
        self.refused("fewer than 90 %", text=hosts_of(8), status=3)
        self.published(text=hosts_of(33))
        self.assertEqual((self.head(), self.manifest(4)["parent"][0]), (4, "3"))

    def test_other_registry(self):
        self.start(hosts_of(30))
        self.refused(f"{self.tree}: holds the registry {NAME}, not other", name="other")

    def test_unfinished_run(self):
        self.start(hosts_of(30))
        (self.tree / "2").mkdir()
        (self.tree / "2" / "snapshot.gz").write_bytes(b"half")
        (self.tree / "7").mkdir()
        (self.tree / "7" / "manifest").write_bytes((self.tree / "1" / "manifest").read_bytes())
        (self.tree / "index.html").write_text("a web server's own")
        (self.tree / "HEAD.new").write_text("9")
        rest = contents(self.tree / "2") | contents(self.tree / "7")
        outcome = self.published("--no-page", text=hosts_of(31))
        self.assertIn(f"{self.tree}/7: left by a run that did not finish; left alone\n", outcome.out)
        self.assertEqual((self.head(), self.manifest(8)["parent"][0]), (8, "1"))
        self.assertEqual(contents(self.tree / "2") | contents(self.tree / "7"), rest)
        self.assertFalse((self.tree / "HEAD.new").exists())
        self.check_whole(8)
        self.assertNotIn("left alone", self.published("--no-page", text=hosts_of(32)).out)

    def test_last_serial(self):
        self.start(hosts_of(30))
        (self.tree / "999999999").mkdir()
        self.refused("no serial above 999999999", text=hosts_of(31))

    def test_clock(self):
        self.start(hosts_of(30))
        created = now() + 3600
        self.set_times(1, created, created + 86400)
        self.refused(f"{self.tree}/1/manifest: created {timestamp(created)}, and this machine's clock says ",
                     "which is earlier: it is slow, or was ahead when that was published; set the clock, or if",
                     text=hosts_of(31))

    def test_clock_is_ahead(self):
        """Ten years, or just too far; not for a new folder, nor with --force, which dates by the clock."""
        self.start(hosts_of(30))
        for days, valid, refused in (3650, 60, True), (121, 60, True), (119, 60, False), (6, 1, False), (8, 1, True):
            with self.subTest(days=days, valid=valid):
                created = now() - days * 86400
                self.set_times(self.head(), created, created + valid * 86400)
                text = hosts_of(31 + self.head())
                if refused:
                    self.refused(f"manifest: created {timestamp(created)}, and this machine's clock says ",
                                 "which is far later", "set the clock, or if it is right now, see --force", text=text)
                    self.refused("which is far later", text=text, options=("--valid", "3650d"))
                    forced = self.published("--force", text=text)
                    self.assertIn("forced: ", forced.out)
                    self.assertIn("which is far later", forced.out)
                else:
                    self.published(text=text)
                at = calendar.timegm(time.strptime(self.manifest(self.head())["created"][0], "%Y-%m-%dT%H:%M:%SZ"))
                self.assertLess(abs(now() - at), lab.HANG)

    def test_any_clock(self):
        """For who has no other client: ten years later, or earlier; and no guard is passed over."""
        self.start(hosts_of(30))
        for serial, years in enumerate((-10, 10), 2):
            created = now() + years * 365 * 86400
            self.set_times(serial - 1, created, created + 60 * 86400)
            self.refused("manifest: created ", text=hosts_of(29 + serial))
            self.refused("fewer than 90 %", text=hosts_of(2), options=("--any-clock",), status=3)
            self.assertIn("forced: ", self.published("--any-clock", text=hosts_of(29 + serial)).out)
        self.assertEqual(self.manifest(3)["created"], [timestamp(created + 1)])

    def test_clock_was_ahead(self):
        """The remedy on the page, as it stands there, in /srv/www/names; a client goes along."""
        prefix = lab.mount_namespace() or self.skipTest("mount namespaces are not allowed")
        page = (ROOT / "packaging/man/gitdns-publish.1").read_text()
        section = page[page.index(".Ss A clock that was ahead"):]
        remedy = re.search(r"\.Bd -literal[^\n]*\n(.*?)\.Ed", section, re.S)[1].replace("\\e\n", "\\\n")
        self.assertIn("--to /srv/www/names --name my-names", remedy)
        self.start(hosts_of(30))
        self.published(text=hosts_of(30), tree=self.folder / "names", name="my-names", key=self.key)
        self.tree = self.folder / "names"
        created = now() + 5 * 365 * 86400
        self.set_times(1, created, created + 60 * 86400, "my-names")
        client = Client(self.folder / "client", [f"file://{self.tree}/"], [self.key.public], name="my-names")
        self.assertEqual(client.sync().status, 0)
        (self.folder / "names.key").write_bytes(self.key.secret.read_bytes())
        for serial, count in ((2, 31), (3, 32)):
            (self.folder / "names.hosts").write_text(hosts_of(count))
            script = ('mount -t tmpfs none /srv && mkdir /srv/www && cp -a names /srv/www && '
                      f'{{ {remedy}}} && cp -a /srv/www/names .')
            path = f"{os.path.dirname(lab.program('PUBLISH'))}:{os.environ['PATH']}"
            done = subprocess.run([*prefix, "sh", "-c", script], cwd=self.folder, capture_output=True, text=True,
                                  env=os.environ | {"PATH": path})
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            self.assertIn(f"forced: /srv/www/names/{serial - 1}/manifest: created ", done.stdout)
            self.assertEqual(self.manifest(serial)["created"], [timestamp(created + serial - 1)])
            self.assertEqual(self.manifest(serial)["expires"], [timestamp(created + serial - 1 + 60 * 86400)])
            outcome = client.sync()
            self.assertEqual(outcome.status, 0, outcome)
            self.assertIn(f"serial {serial}, {count} names", outcome.out)
        self.refused("see --force", text=hosts_of(33), name="my-names")

    def set_times(self, serial, created, expires, name=NAME):
        path = self.tree / str(serial) / "manifest"
        text = re.sub("created .*", f"created {timestamp(created)}", path.read_text())
        path.write_text(re.sub("expires .*", f"expires {timestamp(expires)}", text))
        self.key.sign(path, f"gitdns {name} serial {serial}")

    def test_history(self):
        """Eight snapshots are kept, and with them what changed since the serial before; all deltas at HEAD and the
        serial before it; every manifest and signature."""
        self.start(*(hosts_of(90 + i) for i in range(11)))
        for serial in range(1, 12):
            names = sorted(path.name for path in (self.tree / str(serial)).iterdir())
            deltas = [f"delta-{base}.gz" for base in range(serial - 8 if serial > 9 else serial - 1, serial) if serial > 3]
            self.assertEqual(names, sorted(deltas) + ["manifest", "manifest.minisig"] + ["snapshot.gz"] * (serial > 3),
                             serial)

    def test_deltas(self):
        """Each of them turns its base's text into the new one, octet for octet."""
        self.start(*(hosts_of(90 + i) for i in range(4)), hosts_of(85, lambda i: f"8.0.{i % 9 == 0:d}.{i}", first=3))
        listed = [line.split() for line in (self.tree / "5/manifest").read_text().splitlines()
                  if line.startswith("delta ")]
        self.assertEqual([base for _, base, *_ in listed], ["4", "3", "2", "1"])
        for _, base, octets, digest in listed:
            packed = (self.tree / "5" / f"delta-{base}.gz").read_bytes()
            self.assertEqual((len(packed), sha256(packed)), (int(octets), digest))
            lines = gzip.decompress(packed).decode().splitlines(keepends=True)
            names = [line.strip().lstrip("-").split()[0] for line in lines]
            self.assertEqual(names, sorted(set(names), key=canonical))
            result = {line.split()[0]: line for line in self.text(base).decode().splitlines(keepends=True)}
            for line in lines:
                if line.startswith("-"):
                    del result[line[1:-1]]
                else:
                    self.assertNotEqual(result.get(line.split()[0]), line)
                    result[line.split()[0]] = line
            text = "".join(result[name] for name in sorted(result, key=canonical))
            self.assertEqual(text, self.text(5).decode())

    def test_large_delta(self):
        """One that is larger than half the snapshot is not published."""
        self.start(hosts_of(90))
        self.published("--force", text="".join(f"9.8.{i}.{i * 7 % 256} x{i * i}.example.net\n" for i in range(90)))
        self.assertEqual(sorted(path.name for path in (self.tree / "2").iterdir()),
                         ["manifest", "manifest.minisig", "snapshot.gz"])

    def test_made_folder_goes_again(self):
        self.refused("no names", text="# nothing\n", status=3)
        self.assertFalse(self.tree.exists())
        self.refused("No such file", text=hosts_of(3), tree=self.folder / "no" / "where")

    def test_unchanged(self):
        self.start(hosts_of(30))
        before = contents(self.tree)
        outcome = self.published(text="# other octets, same records\n" + hosts_of(30))
        self.assertIn("unchanged, serial 1 stands", outcome.out)
        self.assertEqual(contents(self.tree), before)
        self.set_times(1, now() - 15 * 86400 + 600, now() + 45 * 86400 + 600)
        before = contents(self.tree)
        self.published()
        self.assertEqual(contents(self.tree), before)
        self.set_times(1, now() - 15 * 86400, now() + 45 * 86400)  # a quarter has passed
        self.published()
        self.assertEqual(self.head(), 2)
        self.check_whole(2)
        self.assertEqual(*((self.tree / serial / "snapshot.gz").stat().st_ino for serial in "12"))

    def test_valid(self):
        self.published("--valid", "2w", text=hosts_of(3))
        span = [time.mktime(time.strptime(self.manifest(1)[field][0], "%Y-%m-%dT%H:%M:%SZ"))
                for field in ("created", "expires")]
        self.assertEqual(span[1] - span[0], 14 * 86400)


if __name__ == "__main__":
    lab.main()
