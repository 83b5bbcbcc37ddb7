"""Tests of `gitdns doctor` and `gitdns explain`: a registry of one name, what the command says, and
what programs get."""

import json
import os
import shutil
import subprocess
import sys
import unittest

import lab
from lab import daemon
from lab.machine import OUTAGE
from lab.programs import run
from lab.publish_hosts import publish
from lab.registry import make_key

NAME, HIT, ANSWER = "a.example.net", "8.8.8.1", {"198.51.100.7", "198.51.100.8", "2001:db8:53::7"}
GOOD = f"files {OUTAGE} dns gitdns"
FOLDER = os.path.dirname(lab.STORE)
CONF = "/etc/gitdns/gitdns.conf"
LINES = [GOOD, f"files {OUTAGE} dns [NOTFOUND=return] gitdns", "files dns", "files gitdns dns",
         "files gitdns", "files dns myhostname gitdns", f"files dns {OUTAGE} gitdns",
         "files dns gitdns_outage gitdns", "files dns [UNAVAIL=return] gitdns",
         "files [NOTFOUND=return] dns gitdns",
         f"files mdns4_minimal [NOTFOUND=return] {OUTAGE} dns gitdns myhostname"]


def gitdns(*arguments, wrapper=()):
    """(exit status, what it says in JSON)"""
    done = subprocess.run([*wrapper, lab.program("GITDNS"), "--json", *arguments], text=True,
                          stdout=subprocess.PIPE, timeout=120)
    return done.returncode, json.loads(done.stdout)


def addresses(name, wrapper=()):
    """What a program that starts now gets."""
    code = "import socket, sys; print(*{i[4][0] for i in socket.getaddrinfo(sys.argv[1], None)})"
    done = subprocess.run([*wrapper, sys.executable, "-c", code, name], capture_output=True,
                          text=True)
    return set(done.stdout.split())


class Healthy(unittest.TestCase):
    """With a registry, a daemon and a round that was good."""

    def setUp(self):
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.rmtree("/etc/gitdns", ignore_errors=True)
        os.makedirs(FOLDER)
        os.makedirs("/etc/gitdns")
        lab.write(CONF, self.configuration())
        lab.set_hosts_line(GOOD)
        lab.set_dns("good")
        self.daemon = None
        run(lab.program("GITDNS"), "pull")
        self.start()

    def tearDown(self):
        self.stop()

    @staticmethod
    def configuration(directory=FOLDER):
        return (f"[registry]\nname = test\nurl = file://{lab.WORK}/registry/\n"
                f"key = {lab.WORK}/key.pub\n[sync]\ndirectory = {directory}\n")

    def start(self):
        self.daemon = daemon.Daemon()
        daemon.wait_for(lambda: gitdns("doctor")[1]["outage"]["watched"])

    def stop(self):
        if self.daemon is not None:
            self.daemon.__exit__(None, None, None)
        self.daemon = None

    def finds(self, status, *what):
        got, found = gitdns("doctor")
        self.assertEqual(got, status, found)
        self.assertEqual(found["health"], ["fine", "degraded", "not protected"][status])
        said = [problem["what"] for problem in found["problems"]]
        self.assertEqual(len(said), len(what), said)
        for one, words in zip(said, what):
            self.assertIn(words, one)
        return [problem["mend"] for problem in found["problems"]]

    def mends(self, status, *what):
        """Finds it, runs each command that it names, and finds it no more."""
        for command in self.finds(status, *what):
            self.assertEqual(command.split()[0], "gitdns")
            run(lab.program("GITDNS"), *command.split()[1:])
        self.finds(0)


def main():
    """Runs the classes or tests that the arguments name, of the program that this is."""
    lab.enter()
    lab.start_responder()
    lab.make_store(FOLDER, {NAME: HIT})
    make_key(f"{lab.WORK}/key.pub", f"{lab.WORK}/key")
    os.mkdir(f"{lab.WORK}/registry")
    publish(f"{lab.WORK}/registry", "test", f"{lab.WORK}/key",
            lab.write(f"{lab.WORK}/hosts", f"{HIT} {NAME}\n"))
    unittest.main("__main__", argv=[sys.argv[0], "-v", *sys.argv[1:]])
