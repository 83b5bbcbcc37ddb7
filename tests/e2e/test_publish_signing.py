"""gitdns-publish and its keys: a change of keys, encrypted ones, and minisign going wrong."""
import os
import shutil
import subprocess
import sys
import types

import lab
from lab.client import Client, Outcome
from lab.publish_hosts import Publisher, contents, hosts_of
from lab.registry import NAME, Key

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()
ELSEWHERE = {
    "CR LF": lambda octets: octets.replace(b"\n", b"\r\n"),
    "byte order mark": lambda octets: MARK + octets,
    "blank lines": lambda octets: octets + b"\n \n\t\n",
    "no end of line": lambda octets: octets.rstrip(),
    "all of it": lambda octets: MARK + octets.replace(b"\n", b"\r\n") + b"\r\n\r\n",
}


class Signing(Publisher):
    def test_key_change(self):
        second = Key(self.folder, "second")
        self.start(hosts_of(30))
        self.published("--key", second.secret)  # unchanged text, but the second key has not signed yet
        self.assertEqual(self.head(), 2)
        self.check_whole(2)
        self.check_whole(2, second, f"manifest.{second.id}.minisig")
        self.assertIn("unchanged", self.published("--key", second.secret).out)
        path = self.tree / "2" / f"manifest.{second.id}.minisig"
        octets = path.read_bytes()
        path.write_bytes(octets.replace(b"trusted comment: gitdns", b"trusted comment: Gitdns"))
        self.refused(str(path), options=["--key", second.secret])
        path.write_bytes(octets)
        self.published(key=second, text=hosts_of(31))
        self.check_whole(3, second)
        self.published(key=second, text=hosts_of(32))

    def test_files_from_elsewhere(self):
        """Key files that went through mail and editors: minisign reads them, and so do publisher and client."""
        whole = self.key.secret.read_bytes(), self.key.public.read_bytes()
        for serial, (name, change) in enumerate(ELSEWHERE.items(), 1):
            with self.subTest(name):
                secret, public = (self.folder / f"{serial}.{kind}" for kind in ("key", "pub"))
                for path, octets in zip((secret, public), whole):
                    path.write_bytes(change(octets))
                outcome = self.publish("--key", secret, "--pubkey", public, text=hosts_of(30 + serial),
                                       key=types.SimpleNamespace(secret=secret))
                self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
                self.check_whole(serial, types.SimpleNamespace(public=public))
                client = Client(self.folder / f"client-{serial}", [f"file://{self.tree}/"], [public])
                outcome = client.sync()
                self.assertEqual(outcome.status, 0, outcome)
        for octets in (whole[1][:-3], whole[1] + b"x\n", whole[1].replace(b"\n", b"\n\n", 1), whole[1] * 2,
                       whole[1].decode().encode("utf-16"), b"\xef\xbb\xbf", b""):
            with self.subTest(octets=octets):
                public.write_bytes(octets)
                self.refused(f"{public}: not a minisign key", text=hosts_of(50), options=["--pubkey", public])

    def test_unknown_key(self):
        stranger = Key(self.folder, "stranger")
        self.start(hosts_of(30))
        self.refused(f"{self.tree}/1/manifest.minisig: signed by none of the keys; see --pubkey", key=stranger,
                     text=hosts_of(31))
        self.published("--pubkey", self.key.public, key=stranger)
        self.check_whole(2, stranger)

    def test_folder_of_keys(self):
        """Its *.key, by their names; nothing else in it."""
        keys = self.folder / "keys"
        keys.mkdir()
        second = Key(self.folder, "second")
        (keys / "none").write_text("none\n")
        (keys / ".hidden.key").write_text("none\n")
        command = [word if word != str(self.key.secret) else str(keys) for word in self.command()]
        self.hosts.write_text(hosts_of(30))

        def run():
            return Outcome(subprocess.run(command, capture_output=True, text=True, timeout=lab.HANG))

        self.refused(f"{keys}: no *.key in this folder", outcome=run())
        self.key.secret.rename(keys / "1.key")
        second.secret.rename(keys / "2.key")
        self.assertEqual(run().status, 0)
        self.check_whole(1)
        self.check_whole(1, second, f"manifest.{second.id}.minisig")
        for number in range(3, 10):
            (keys / f"{number}.key").write_bytes((keys / "1.key").read_bytes())
        self.refused(f"{keys}: more than 8 keys", outcome=run())

    def test_encrypted_key(self):
        self.key.secret.unlink()
        subprocess.run(["minisign", "-G", "-f", "-p", self.key.public, "-s", self.key.secret], check=True,
                       input=b"secret\nsecret\n", capture_output=True)
        elsewhere = self.key.public.rename(self.folder / "elsewhere.pub")
        self.refused(f"{self.key.secret}: encrypted secret key without its public key file; see --pubkey",
                     text=hosts_of(30))
        outcome = self.publish("--pubkey", elsewhere, stdin="secret\n")
        self.assertEqual(outcome.status, 0, outcome)
        elsewhere.rename(self.key.public)
        self.check_whole(1)
        before = contents(self.tree)
        outcome = self.publish(text=hosts_of(31), stdin="wrong\n")
        self.assertEqual(outcome.status, 1)
        self.assertEqual(outcome.lines[-1], "gitdns-publish: minisign: failed with exit status 2; nothing published")
        self.assertEqual(contents(self.tree), before)

    def test_no_key(self):
        self.key.secret.write_text("rubbish\n")
        self.refused(f"{self.key.secret}: not a minisign key", text=hosts_of(30))
        self.key.secret.unlink()
        self.refused(f"{self.key.secret}: No such file", text=hosts_of(30))

    def test_children_ignored(self):
        """By who starts it, as some that start many do."""
        ignoring = [sys.executable, "-c", "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
                    "os.execvp(sys.argv[1], sys.argv[1:])"]
        self.published(text=hosts_of(1), prefix=ignoring)

    def test_no_minisign(self):
        self.start(hosts_of(30))
        empty = self.folder / "bin"
        empty.mkdir()
        self.refused("minisign: program not found", text=hosts_of(31), path=str(empty))

    def test_bad_minisign(self):
        """A program that fails, or signs nothing, something else, or with another key."""
        self.start(hosts_of(30))
        stranger = Key(self.folder, "stranger")
        fake = self.folder / "bin" / "minisign"
        fake.parent.mkdir()
        real = shutil.which("minisign")
        out = 'while [ "$1" != -m ]; do shift; done; manifest=$2; out=$4; '
        comment = f"-t 'gitdns {NAME} serial 2'"
        for script, cause in (
                ("exit 3", "minisign: failed with exit status 3"),
                ("kill -9 $$", "minisign: killed by signal 9"),
                ("exit 0", "its signature cannot be used: not a minisign signature"),
                (f"{out} head -c 20000 /dev/zero >$out", "its signature cannot be used: larger than it may be"),
                (f"{out} echo rubbish >$out", "not a minisign signature"),
                (f"{out} exec {real} -S -s {stranger.secret} -m $manifest -x $out {comment}", "signed by none of the keys"),
                (f"{out} exec {real} -S -s {self.key.secret} -m $manifest -x $out -t x", "another registry or serial"),
                (f"{out} exec {real} -S -l -s {self.key.secret} -m $manifest -x $out {comment}", "legacy")):
            fake.write_text(f"#!/bin/sh\n{script}\n")
            fake.chmod(0o755)
            self.refused(cause, text=hosts_of(31), path=f"{fake.parent}:{os.environ['PATH']}")
        self.published()
        self.check_whole(2)

    def fake_minisign(self, script):
        """A folder for PATH with a minisign that does this first, in the published folder, and then signs as told."""
        fake = self.folder / "bin" / "minisign"
        fake.parent.mkdir(exist_ok=True)
        fake.write_text(f'#!/bin/sh\n(cd {self.tree} && {script}) || exit 9\nexec {shutil.which("minisign")} "$@"\n')
        fake.chmod(0o755)
        return f"{fake.parent}:{os.environ['PATH']}"

    def test_signs_what_it_holds(self):
        """Whatever stands in the new serial's place by then is not signed, and what was to be signed is."""
        self.start(hosts_of(30))
        path = self.fake_minisign("mv 2 mine && mkdir 2 && echo other >2/manifest && ls mine >seen && "
                                  "rm -r 2 && mv mine 2")
        self.published(text=hosts_of(31), path=path)
        self.check_whole(2)
        self.assertNotIn("manifest", (self.tree / "seen").read_text())
        path = self.fake_minisign("mv 3 mine && mkdir 3 && echo other >3/manifest")
        outcome = self.publish(text=hosts_of(32), path=path)
        self.assertEqual(outcome.lines[-1:], [f"gitdns-publish: {self.tree}/3: not the folder that this run made; "
                                              "nothing published"], outcome)
        self.assertEqual([*(self.tree / "3").iterdir()], [self.tree / "3" / "manifest"])
        self.assertEqual(self.head(), 2)

    def test_removes_what_it_made(self):
        """A run that fails leaves what others put into its folder, or in the place of it."""
        self.start(hosts_of(30))
        path = self.fake_minisign("echo mine >2/mine && exit 3")
        self.assertIn("exit status 9", self.publish(text=hosts_of(31), path=path).lines[-1])
        self.assertEqual([*(self.tree / "2").iterdir()], [self.tree / "2" / "mine"])
        victim = self.folder / "victim"
        victim.mkdir()
        (victim / "passwd").write_text("root")
        path = self.fake_minisign(f"mv 3 away && ln -s {victim} 3 && exit 3")
        self.publish(text=hosts_of(31), path=path)
        self.assertEqual((victim / "passwd").read_text(), "root")
        self.assertTrue((self.tree / "3").is_symlink())


if __name__ == "__main__":
    lab.main()
