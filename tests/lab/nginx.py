"""nginx on a port of loopback, of both families, until the `with` ends."""
import os
import pathlib
import socket
import subprocess
import time

from lab.programs import HANG, find_program

CONFIGURATION = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{
        listen unix:{folder}/ready;
        listen 127.0.0.1:{port};
        listen [::1]:{port};
        root {root};
        {extra}
    }}
}}
"""


class Nginx:
    """`extra`: what stands in its server block."""

    def __init__(self, folder, root, extra=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://localhost:{port}/"
        (self.folder / "conf").write_text(CONFIGURATION.format(
            folder=self.folder, port=port, root=root, extra=extra, user="user root;" if os.geteuid() == 0 else ""))

    def __enter__(self):
        self.process = subprocess.Popen([find_program("nginx"), "-p", self.folder, "-c", self.folder / "conf",
                                         "-e", self.folder / "error.log"], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + HANG
        with socket.socket(socket.AF_UNIX) as probe:
            while probe.connect_ex(str(self.folder / "ready")) != 0:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise TimeoutError("nginx does not listen: " + (self.folder / "error.log").read_text())
                time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
