"""Real publications of real input, through a real web server (nginx), into a store that verifies."""
import os
import pathlib
import socket
import subprocess
import time
import unittest
import urllib.request

import lab
from lab.client import Client
from lab.publish_hosts import publish
from lab.registry import NAME, Key, sha256

DATA = lab.DATA / "hosts"
WEEKS = [DATA / f"root-2026-06-{day}.hosts.gz" for day in ("06", "13")]
PATIENCE = lab.HANG

CONFIGURATION = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log {folder}/access.log combined;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{ listen 127.0.0.1:{port}; root {folder}/published; }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class WebServer(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(lab.scratch()))
        self.key = Key(self.folder, "ours")
        (self.folder / "published").mkdir()
        port = self.port = free_port()
        configuration = self.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=self.folder, port=port,
                                                      user="user root;" if os.geteuid() == 0 else ""))
        self.server = subprocess.Popen([lab.find_program("nginx"), "-p", self.folder, "-c", configuration, "-e", self.folder / "error.log"],
                                       stderr=subprocess.DEVNULL)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.terminate)
        self.wait_for(port)
        self.client = Client(self.folder / "client", [f"http://127.0.0.1:{port}"], [self.key.public])

    def wait_for(self, port):
        for _ in range(PATIENCE * 50):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        self.fail("nginx does not listen: " + (self.folder / "error.log").read_text())

    def publish(self, hosts):
        publish(self.folder / "published", NAME, self.key.secret, hosts)

    def updated(self, serial):
        outcome = self.client.sync()
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.assertIn(f": serial {serial}, ", outcome.out)
        verified = subprocess.run([lab.program("GITDNS"), "verify", "--config", self.client.config],
                                  capture_output=True, text=True)
        self.assertEqual(verified.returncode, 0, verified.stderr)

    def test_two_weeks(self):
        self.publish(WEEKS[0])
        self.updated(1)
        self.publish(WEEKS[1])
        self.updated(2)

    def test_link(self):
        """Who owns the folder can have served what the server may read."""
        (self.folder / "other").write_text("of another folder\n")
        (self.folder / "published/link").symlink_to("../other")
        done = urllib.request.urlopen(f"http://127.0.0.1:{self.port}/link", timeout=lab.HANG)
        self.assertEqual(done.read(), b"of another folder\n")

    def test_resumed(self):
        self.publish(WEEKS[0])
        snapshot = (self.folder / "published/1/snapshot.gz").read_bytes()
        half = len(snapshot) // 2
        (self.client.store / f"{sha256(snapshot)}.part").write_bytes(snapshot[:half])
        self.updated(1)
        last = (self.folder / "access.log").read_text().splitlines()[-1]
        self.assertIn(f'/1/snapshot.gz HTTP/1.1" 206 {len(snapshot) - half} ', last)


if __name__ == "__main__":
    if lab.find_program("nginx") is None:
        lab.skip("nginx is not installed")
    if not WEEKS[0].exists():
        lab.skip(f"{DATA} is absent")
    lab.main()
