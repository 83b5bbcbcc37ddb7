"""What changes in the configuration of several registries counts under a running process within two seconds of the
reload: one that is taken out, put in, moved; names that are never or alone answered."""
import os
import pathlib
import shutil
import signal
import threading
import unittest

import lab
from lab import daemon
from lab.registry import Key, Registry
from lab.running_process import CALL, NAME, SECONDS, Following
from lab.web_server import Server

ADDRESS = {"first": "198.51.101.1", "second": "198.51.101.2"}
MISS = "return=EAGAIN h_errno=TRY_AGAIN"
COPY = pathlib.Path(lab.STORE).parent


def hit(name):
    return f"ok name={NAME} length=4 {ADDRESS[name]}"


class Running(Following):
    @classmethod
    def setUpClass(cls):
        lab.set_hosts_line("files dns gitdns")
        lab.set_dns("servfail")
        os.makedirs("/etc/gitdns", exist_ok=True)
        cls.published = pathlib.Path(lab.WORK, "published")
        cls.key = Key("/etc/gitdns", "key")
        # NAME is in both; another name that is in the first alone.
        for name, address in ADDRESS.items():
            text = f"{NAME} {address}\n" + (f"only.{NAME} {address}\n" if name == "first" else "")
            Registry(cls.published / name, cls.key, name).publish(7, text.encode())

    def setUp(self):
        for path in COPY.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        self.server = self.enterContext(Server(self.published))
        self.configure("first", "second")
        self.daemon = self.enterContext(daemon.Daemon())
        self.wait_for_stores("first", "second")
        self.process = self.enterContext(lab.Conversation())
        self.soon(self.process, hit("first"))

    def wait_for_stores(self, *names):
        def are_there():
            return all((COPY / f"registries/{name}/registry.cdb").exists() for name in names)
        daemon.wait_for(are_there)

    def configure(self, *names, unnamed=None, more=""):
        lab.write(daemon.CONFIG, "".join(
            f"{f'[registry]{chr(10)}name = {name}' if name == unnamed else f'[registry {name}]'}\n"
            f"url = {self.server.url}{name}\nkey = {self.key.public}\n" for name in names) + more)

    def reload(self, *names, **settings):
        self.configure(*names, **settings)
        self.daemon.process.send_signal(signal.SIGHUP)

    def test_taken_out_and_put_in(self):
        self.reload("second")
        self.soon(self.process, hit("second"))
        self.reload("second", "first")
        self.wait_for_stores("first")
        self.stays(self.process, hit("second"))
        self.reload("first")
        self.soon(self.process, hit("first"))
        self.reload("first", "second")
        self.wait_for_stores("second")
        self.reload("second", "first")
        self.soon(self.process, hit("second"))

    def stall(self, name):
        """Until the next round of it begins, and from then on."""
        asked = threading.Event()

        def rule(request):
            asked.set()
            request.server.over.wait(lab.HANG)
        self.server.rules[f"/{name}/HEAD"] = rule
        self.reload("first", "second")
        self.assertTrue(asked.wait(lab.HANG))

    def test_while_a_mirror_stalls(self):
        for name, other in (("first", "second"), ("second", "first")):
            self.stall(name)
            self.reload(other)
            self.soon(self.process, hit(other))
            self.reload(other, more=f"[answer]\nnever = {NAME}\n")
            self.soon(self.process, MISS)
            self.server.rules.clear()
            self.reload("first", "second")
            self.wait_for_stores("first", "second")
            self.soon(self.process, hit("first"))

    def test_while_a_mirror_s_address_is_looked_up(self):
        """Of a resolver that says nothing."""
        lab.set_dns("silent")
        self.addCleanup(lab.set_dns, "servfail")
        self.reload("first", "second", more=f"[registry third]\nurl = http://mirror.example.com/\nkey = {self.key.public}\n")

        def has_begun():
            return (COPY / "registries/third/lock").exists()
        daemon.wait_for(has_begun)
        self.reload("first")

        def is_gone():
            return not (COPY / "registries/second").exists() and not (COPY / "registries/third").exists()
        self.assertLess(daemon.wait_for(is_gone), SECONDS)

    def test_answer(self):
        self.stall("first")
        for more in (f"never = {NAME}", "never = *.example.net", "only = example.net, *.example.org",
                     f"only = {NAME}\nnever = {NAME}"):
            with self.subTest(more=more):
                self.reload("first", "second", more=f"[answer]\n{more}\n")
                self.soon(self.process, MISS)
                self.reload("first", "second", more=f"[answer]\nnever = example.net, *.{NAME}\nonly = *.example.net\n")
                self.soon(self.process, hit("first"))

    def test_moved(self):
        """It goes on answering, although no mirror is at hand."""
        for name in ADDRESS:
            self.server.rules[f"/{name}/HEAD"] = lambda request: request.answer(503, b"")
        for unnamed in ("first", None, "second", "first", None):
            self.reload("first", "second", unnamed=unnamed)
            self.stays(self.process, hit("first"), 2.5)
            with lab.Conversation() as other:
                self.assertEqual(other.ask(NAME)[CALL], hit("first"))

    def test_broken(self):
        self.reload("first", "first", more=f"[answer]\nnever = {NAME}\n")
        self.stays(self.process, hit("first"), 2.5)
        self.assertTrue(any(line.endswith("a second registry first; goes on with the configuration as it was")
                            for line in self.daemon.said()), self.daemon.said())


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.need("minisign")
    unittest.main(verbosity=2)
