"""gitdns-publish and its keys: a change of keys, encrypted ones, and minisign going wrong."""
import os
import shutil
import subprocess

import lab
from lab.publish_hosts import Publisher, contents, hosts_of
from lab.registry import NAME, Key


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

    def test_unknown_key(self):
        stranger = Key(self.folder, "stranger")
        self.start(hosts_of(30))
        self.refused(f"{self.tree}/1/manifest.minisig: signed by none of the keys; see --pubkey", key=stranger,
                     text=hosts_of(31))
        self.published("--pubkey", self.key.public, key=stranger)
        self.check_whole(2, stranger)

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
        out = 'while [ "$1" != -x ]; do shift; done; out=$2; manifest=${out%.minisig}; '
        comment = f"-t 'gitdns {NAME} serial 2'"
        for script, cause in (
                ("exit 3", "minisign: failed with exit status 3"),
                ("kill -9 $$", "minisign: killed by signal 9"),
                ("exit 0", "its signature cannot be used: No such file"),
                (f"{out} echo rubbish >$out", "not a minisign signature"),
                (f"{out} exec {real} -S -s {stranger.secret} -m $manifest -x $out {comment}", "signed by none of the keys"),
                (f"{out} exec {real} -S -s {self.key.secret} -m $manifest -x $out -t x", "another registry or serial"),
                (f"{out} exec {real} -S -l -s {self.key.secret} -m $manifest -x $out {comment}", "legacy")):
            fake.write_text(f"#!/bin/sh\n{script}\n")
            fake.chmod(0o755)
            self.refused(cause, text=hosts_of(31), path=f"{fake.parent}:{os.environ['PATH']}")
        self.published()
        self.check_whole(2)


if __name__ == "__main__":
    lab.main()
