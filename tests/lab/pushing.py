"""A published folder, remotes of each kind, and gitdns-push between them."""
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.request

from lab.client import Outcome
from lab.programs import HANG, find_program, plain_environment, program, scratch
from lab.registry import NAME, Key, Registry, make_text, sha256

KEPT = 8  # serials whose snapshots gitdns-publish keeps
# As if the host of rsync:HOST:PATH were this machine.
HERE = "sh -c 'shift; exec \"$@\"' ssh"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port, process):
    end = time.monotonic() + HANG
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens at {port}")


@contextlib.contextmanager
def serving(command, port, **other):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               **other)
    try:
        listens(port, process)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def files_of(folder):
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fault_of(read):
    """What is wrong for a client that reads a mirror by `read(path)`, or None."""
    head = read("HEAD")
    if head is None:
        return None  # nothing is published yet
    if not head.strip().isdigit():
        return f"HEAD: {head!r}"
    serial = head.decode().strip()
    manifest, signature, snapshot = (read(f"{serial}/{name}") for name in
                                     ("manifest", "manifest.minisig", "snapshot.gz"))
    if None in (manifest, signature, snapshot):
        return f"{serial}: a file is missing"
    if f"snapshot {len(snapshot)} {sha256(snapshot)}\n".encode() not in manifest:
        return f"{serial}: not the snapshot of its manifest"
    return None


def path_reader(folder):
    def read(path):
        with contextlib.suppress(FileNotFoundError):
            return pathlib.Path(folder, path).read_bytes()
    return read


def url_reader(url):
    def read(path):
        try:
            return urllib.request.urlopen(f"{url}/{path}", timeout=HANG).read()
        except http.client.IncompleteRead as error:
            return error.partial
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return None
    return read


class Pushing(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch()))
        self.key = Key(self.folder, "key")
        self.tree = self.folder / "tree"
        self.registry = Registry(self.tree, self.key)
        self.serial = 0
        self.environment = plain_environment() | {"RCLONE_CONFIG": str(self.folder / "rclone.conf"), "RSYNC_RSH": HERE}
        (self.folder / "rclone.conf").touch()
        self.publish()

    def publish(self, names=40):
        """The next serial, as gitdns-publish leaves the folder: with the snapshots of the last ones alone."""
        self.serial += 1
        self.registry.publish(self.serial, make_text(names, self.serial))
        old = self.tree / str(self.serial - KEPT) / "snapshot.gz"
        old.unlink(missing_ok=True)

    def command(self, *words):
        return [program("PUSH"), *map(str, words)]

    def push(self, *words, folder=None, prefix=(), **environment):
        return Outcome(subprocess.run([*prefix, *self.command(*words[:0], *self.options(words), folder or self.tree,
                                                              *self.remotes(words))],
                                      capture_output=True, text=True, timeout=HANG, stdin=subprocess.DEVNULL,
                                      env=self.environment | environment))

    @staticmethod
    def options(words):
        return [word for word in words if str(word).startswith("--")]

    @staticmethod
    def remotes(words):
        return [word for word in words if not str(word).startswith("--")]

    def good(self, *words, **other):
        outcome = self.push(*words, **other)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return outcome

    def bad(self, cause, *words, **other):
        outcome = self.push(*words, **other)
        self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
        self.assertRegex(outcome.lines[0], cause)
        return outcome

    def same(self, folder):
        """The remote has what the local folder has, and nothing else."""
        self.assertEqual(files_of(folder), files_of(self.tree))
        self.assertIsNone(fault_of(path_reader(folder)))

    # Remotes: each returns the word for it, and the folder that it is.

    def path(self, name="path"):
        return self.folder / name, self.folder / name

    def ssh(self, name="ssh"):
        return f"rsync:host:{self.folder / name}", self.folder / name

    def daemon(self):
        """An rsync daemon, which is started by rsync itself instead of a socket."""
        folder = self.folder / "module"
        folder.mkdir()
        port = free_port()
        configuration = self.folder / "rsyncd.conf"
        configuration.write_text(f"use chroot = no\nread only = no\n{'uid = 0' if os.geteuid() == 0 else ''}\n"
                                 f"{'gid = 0' if os.geteuid() == 0 else ''}\n[m]\npath = {folder}\n")
        self.enterContext(serving(["rsync", "--daemon", "--no-detach", f"--port={port}", "--address=127.0.0.1",
                                   f"--config={configuration}", "--log-file=/dev/null"], port))
        return f"rsync://127.0.0.1:{port}/m/names", folder / "names"

    def webdav(self):
        """rclone's own WebDAV server; what was changed behind its back is seen."""
        folder = self.folder / "webdav"
        folder.mkdir()
        port = self.web_port = free_port()
        self.web = self.enterContext(serving(["rclone", "serve", "webdav", "--addr", f"127.0.0.1:{port}",
                                              "--dir-cache-time", "0s", "--poll-interval", "0", folder], port,
                                             env=self.environment))
        return f"rclone::webdav,url='http://127.0.0.1:{port}':names", folder / "names"

    def nginx(self, configuration, port):
        """A server block, served by nginx for the rest of the test."""
        file = self.folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = " ".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in
                             ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        file.write_text(f"daemon off; {user} pid {self.folder}/nginx.pid; events {{ }}\n"
                        f"http {{ access_log off; {temporary}\n{configuration}\n}}\n")
        self.enterContext(serving([find_program("nginx"), "-p", self.folder, "-c", file, "-e", self.folder / "error.log"],
                                  port))


def setgroups_allowed():
    """What an rsync daemon needs of whoever is root."""
    return os.geteuid() != 0 or pathlib.Path("/proc/self/setgroups").read_text().strip() == "allow"


def has(*names):
    return all(shutil.which(name) for name in names)


__all__ = ["HERE", "KEPT", "NAME", "Pushing", "fault_of", "files_of", "free_port", "has", "path_reader", "setgroups_allowed",
           "url_reader"]
