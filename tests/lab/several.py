"""Tests of a machine that keeps several registries: gitdns-syncd, by hand and as a daemon."""
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import unittest

from lab.client import Outcome
from lab.programs import HANG, plain_environment, program, scratch
from lab.registry import Key, Registry, make_text
from lab.web_server import Server

NAMES = ("corp", "local", "top", "starter")


class Several(unittest.TestCase):
    """Four registries on one web server, each with serial 41, and a machine that is to have them."""

    @classmethod
    def setUpClass(cls):
        cls.keys = {name: Key(cls.enterClassContext(scratch()), name) for name in NAMES}

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch()))
        self.store = self.folder / "store"
        self.store.mkdir()
        self.published = self.folder / "published"
        self.server = self.enterContext(Server(self.published))
        self.registries, self.public, self.daemon = {}, {}, None
        for place, name in enumerate(NAMES):
            self.registries[name] = Registry(self.published / name, self.keys[name], name)
            self.public[name] = self.folder / f"{name}.pub"
            self.public[name].write_text(self.keys[name].public.read_text())
            self.publish(name, 41 + place)
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.systemd.bind(str(self.folder / "notify"))
        self.systemd.settimeout(HANG)
        self.addCleanup(self.systemd.close)

    def publish(self, name, serial, count=60, **other):
        self.registries[name].publish(serial, make_text(count, serial), **other)

    # The machine.

    def section(self, name, unnamed=False, url=None, **settings):
        lines = [f"[registry]\nname = {name}" if unnamed else f"[registry {name}]",
                 f"url = {url or self.server.url + name}", f"key = {self.public[name]}",
                 *(f"{key} = {value}" for key, value in settings.items())]
        return "\n".join(lines) + "\n"

    def configure(self, *sections, more=""):
        """Sections, or names of registries."""
        text = "".join(section if "\n" in section else self.section(section) for section in sections)
        (self.folder / "gitdns.conf").write_text(
            f"{text}[sync]\ndirectory = {self.store}\nstall-timeout = 10m\n{more}")

    def command(self, *arguments):
        return [program("SYNCD"), *arguments, "--config", str(self.folder / "gitdns.conf")]

    def sync(self, *arguments, prefix=()):
        return Outcome(subprocess.run([*prefix, *self.command("--once", *arguments)], capture_output=True, text=True,
                                      timeout=HANG, env=plain_environment()))

    def good_sync(self):
        outcome = self.sync()
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return outcome

    def place(self, name):
        """The folder of a registry that has a section of its name; None: the copy's own."""
        return self.store / "registries" / name if name else self.store

    def serial(self, name):
        """The one that answers, or None."""
        path = self.place(name) / "registry.cdb"
        return int(pathlib.Path(os.readlink(path)).stem) if path.exists() else None

    def octets(self, name):
        path = self.place(name) / "registry.cdb"
        return path.read_bytes() if path.exists() else None

    def state(self, name):
        return dict(line.split(" ", 1) for line in (self.place(name) / "state").read_text().splitlines())

    def names(self):
        """All that lies in the folder of the copy, but for its lock."""
        return sorted(str(path.relative_to(self.store)) for path in self.store.rglob("*")
                      if path.name not in ("lock", "policy.lock") and not path.is_dir())

    def whole(self, **serials):
        """What lies there when each of these has one serial; `own`: in the copy's own folder."""
        names = ["policy.cdb"]
        for name, serial in serials.items():
            folder = "" if name == "own" else f"registries/{name}/"
            names += [folder + "registry.cdb", folder + "state", f"{folder}serials/{serial}.cdb"]
        return sorted(names)

    def names_until(self, names):
        """Waits until just these lie there: a round's state is written after it has been told of."""
        end = time.monotonic() + HANG
        while self.names() != names and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(self.names(), names)

    def places(self):
        """Which registries the policy lets answer, in order (copy/policy.h); None: the one in the copy's own folder."""
        path = self.store / "policy.cdb"
        if not path.exists():
            return [None]
        octets = path.read_bytes()[2048 + 8 + 1:]
        names, at = [], 3
        for _ in range(octets[2]):
            length = octets[at] & 0x7f
            names.append(octets[at + 1:at + 1 + length].decode() or None)
            at += 1 + length
        return names

    def answering(self):
        """What a process that starts now has, in order: each store's octets."""
        return [octets for octets in map(self.octets, self.places()) if octets is not None]

    # The daemon.

    def start(self, *prefix, **more):
        environment = plain_environment() | {"NOTIFY_SOCKET": str(self.folder / "notify"), **more}
        self.log = open(self.folder / "log", "w+")
        self.addCleanup(self.log.close)
        self.daemon = subprocess.Popen([*prefix, *self.command()], stderr=self.log, env=environment)
        self.addCleanup(self.end)

    def end(self):
        if self.daemon.poll() is None:
            self.daemon.kill()
        self.daemon.wait()

    def said(self):
        lines = (self.folder / "log").read_text().splitlines()
        return [line.removeprefix("gitdns-syncd: ") for line in lines]

    def status_until(self, *texts):
        """Waits until systemd is told all of them at once."""
        while True:
            message = self.systemd.recv(65536).decode()
            self.assertIsNone(self.daemon.poll(), "it has ended")
            if all(text in message for text in texts):
                return message

    def reload(self):
        self.daemon.send_signal(signal.SIGHUP)

    def stop(self):
        """Ends it and returns what it wrote."""
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(HANG), 0)
        return self.said()

    # Mirrors.

    def stall(self, path):
        """Whoever asks for the path waits until the test ends. Returns an event: somebody does."""
        asked = threading.Event()

        def rule(request):
            asked.set()
            request.server.over.wait(HANG)
        self.server.rules[path] = rule
        return asked
