"""What the end-to-end tests share: keys, registries written by hand, clients, a web server that misbehaves.

The programs under test come in the environment: GITDNS_SYNCD, GITDNS_PUBLISH, GITDNS.
"""
import datetime
import gzip
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

SKIPPED = 77
NAME = "top-sites"
DAY = 86400
HANG = 300  # seconds after which nobody goes on waiting
# Real input, where it is at hand.
DATA = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            skip(f"{program} is not installed")


def program(variable):
    path = os.environ.get(variable)
    if not path:
        skip(f"{variable} does not name the program")
    return path


def main(*variables):
    """Runs this program's tests, or skips them: minisign is needed, and the programs that these name."""
    need("minisign")
    for variable in variables:
        program(variable)
    unittest.main(verbosity=2)


def namespace():
    """Prefix of a command in a mount namespace of its own, or None where that is not allowed."""
    for prefix in (["unshare", "-m"], ["unshare", "-Umr"]):
        if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            return prefix
    return None


def unprivileged():
    """Prefix of a command that permissions bind as they bind anybody, or None where root cannot give that up."""
    if os.geteuid() != 0:
        return []
    capabilities = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"] if shutil.which("setpriv") else None


def read_terminal(descriptor):
    """All that comes from a terminal until its other end is closed; closes this one."""
    octets = b""
    try:
        while part := os.read(descriptor, 65536):
            octets += part
    except OSError:
        pass  # the other end is closed
    os.close(descriptor)
    return octets


def scratch():
    """A folder that goes with the test."""
    return tempfile.TemporaryDirectory(prefix="gitdns-e2e-")


def now():
    return int(datetime.datetime.now(datetime.timezone.utc).timestamp())


def timestamp(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


class Key:
    def __init__(self, folder, name):
        self.public = pathlib.Path(folder, f"{name}.pub")
        self.secret = pathlib.Path(folder, f"{name}.key")
        subprocess.run(["minisign", "-G", "-W", "-f", "-p", self.public, "-s", self.secret],
                       check=True, stdout=subprocess.DEVNULL)
        # minisign drops leading zeros, file names keep them.
        self.id = self.public.read_text().splitlines()[0].split()[-1].zfill(16)

    def sign(self, path, comment, out=None, legacy=False):
        subprocess.run(["minisign", "-S", "-s", self.secret, "-m", path, "-t", comment,
                        "-x", out or f"{path}.minisig"] + (["-l"] if legacy else []),
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def canonical(name):
    """Sort key of the canonical order of DNS names (RFC 4034 section 6.1)."""
    return [label.encode() for label in reversed(name.split("."))]


def make_text(count, generation=0):
    """Registry text of `count` names with addresses that differ between generations."""
    lines = []
    for i in range(count):
        address = f"{11 + generation % 8}.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"
        lines.append((canonical(f"n{i}.example.org"), f"n{i}.example.org {address} 2001:4860::{i & 0xffff:x}"))
    return "".join(line + "\n" for _, line in sorted(lines)).replace("::0\n", "::\n").encode()


class Registry:
    """A published folder, octet by octet under the test's control."""

    def __init__(self, folder, key, name=NAME):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = key
        self.name = name
        self.published = {}

    def publish(self, serial, text, **other):
        """`other` replaces what would be right: name, created, expires, names, size, hash, snapshot, comment,
        key, legacy, deltas, folder, head."""
        snapshot = other.get("snapshot", gzip.compress(text, 6, mtime=0))
        created = other.get("created", now() - 60)
        folder = self.folder / str(other.get("folder", serial))
        folder.mkdir(exist_ok=True)
        name = other.get("name", self.name)
        parents = [earlier for earlier in self.published if earlier < serial]
        parent = f"{max(parents)} {self.published[max(parents)]}" if parents else "none"
        manifest = (
            "gitdns registry 1\n"
            f"name {name}\n"
            f"serial {serial}\n"
            f"parent {other.get('parent', parent)}\n"
            f"created {timestamp(created)}\n"
            f"expires {timestamp(other.get('expires', created + 60 * DAY))}\n"
            f"names {other.get('names', text.count(10))}\n"
            f"text {other.get('text_octets', len(text))} {other.get('text_sha256', sha256(text))}\n"
            f"snapshot {other.get('octets', len(snapshot))} {other.get('sha256', sha256(snapshot))}\n"
            + other.get("deltas", "")).encode()
        manifest = other.get("manifest", manifest)
        (folder / "manifest").write_bytes(manifest)
        (folder / "snapshot.gz").write_bytes(snapshot)
        other.get("key", self.key).sign(folder / "manifest",
                                        other.get("comment", f"gitdns {name} serial {serial}"),
                                        legacy=other.get("legacy", False))
        self.published[serial] = sha256(manifest)
        self.set_head(other.get("head", serial))

    def set_head(self, serial):
        (self.folder / "HEAD").write_text(f"{serial}\n")


class Outcome:
    def __init__(self, process):
        self.status = process.returncode
        self.lines = process.stderr.splitlines()
        self.out = process.stdout

    def __str__(self):
        return f"exit {self.status}, stdout {self.out!r}, stderr {self.lines}"


class Client:
    """A machine's configuration and store."""

    def __init__(self, folder, urls, keys, **settings):
        self.folder = pathlib.Path(folder)
        self.store = self.folder / "store"
        self.store.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "gitdns.conf"
        self.configure(urls, keys, **settings)

    def configure(self, urls, keys, private="no", name=NAME, **settings):
        settings = {"connect-timeout": "30s", "stall-timeout": "30s", "round-timeout": "240s", **settings}
        self.config.write_text(
            f"[registry]\nname = {name}\nprivate = {private}\n"
            + "".join(f"url = {url}\n" for url in urls)
            + "".join(f"key = {key}\n" for key in keys)
            + f"[sync]\ndirectory = {self.store}\n"
            + "".join(f"{setting} = {value}\n" for setting, value in settings.items()))

    def command(self):
        return [program("GITDNS_SYNCD"), "--once", "--config", str(self.config)]

    def sync(self, prefix=(), timeout=HANG):
        return Outcome(subprocess.run([*prefix, *self.command()], capture_output=True, text=True,
                                      timeout=timeout, env=plain_environment()))

    def octets(self):
        path = self.store / "registry.cdb"
        return path.read_bytes() if path.exists() else None

    def names(self, folder=None):
        """What lies in the store's folder but for the lock and the serials that are kept, `serials/N.cdb`."""
        folder = folder or self.store
        files = [str(path.relative_to(folder)) for path in folder.rglob("*") if path != folder / "serials"]
        return sorted(name for name in files if not re.fullmatch(r"lock|serials/\d+\.cdb", name))

    def kept(self):
        return sorted(int(path.stem) for path in self.store.glob("serials/*.cdb"))

    def forget(self):
        """Takes away all stores."""
        (self.store / "registry.cdb").unlink()
        shutil.rmtree(self.store / "serials", ignore_errors=True)


def plain_environment():
    """Without proxies: the tests' servers are on loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder with Range; `server.rules` maps paths to functions that misbehave."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.requests.append((path, self.headers.get("Range"), self.headers.get("User-Agent"),
                                     self.headers.get("Accept-Encoding")))
        rule = self.server.rules.get(path)
        if rule is not None:
            rule(self)
            return
        file = pathlib.Path(self.server.folder, path.lstrip("/"))
        if not file.is_file():
            self.answer(404, b"<html>not found</html>")
            return
        octets = file.read_bytes()
        asked = self.headers.get("Range", "")
        if not asked.startswith("bytes=") or self.server.ignores_range:
            self.answer(200, octets)
            return
        start = int(asked[len("bytes="):].split("-")[0])
        if start >= len(octets):
            self.answer(416, b"")
        else:
            self.answer(206, octets[start:], {"Content-Range": f"bytes {start}-{len(octets) - 1}/{len(octets)}"})

    def answer(self, status, octets, headers=None, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(octets) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(octets)
        if length is not None:
            self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """On a free port, of loopback unless said otherwise, until the `with` ends."""
    daemon_threads = True

    def __init__(self, folder, certificate=None, address="127.0.0.1"):
        super().__init__((address, 0), Handler)
        self.folder = folder
        self.rules = {}
        self.requests = []
        self.ignores_range = False
        self.over = threading.Event()
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://{address}:{self.server_address[1]}/"

    def handle_error(self, *_):
        """Clients that hang up are what the tests are about."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.shutdown()
        self.server_close()


class Served(unittest.TestCase):
    """A registry whose serial 41 is on a web server, and a client that has not fetched it yet."""
    TEXT = make_text(60)

    @classmethod
    def setUpClass(cls):
        cls.keys = cls.enterClassContext(scratch())
        cls.key = Key(cls.keys, "ours")

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch()))
        self.registry = Registry(self.folder / "published", self.key)
        self.server = self.enterContext(Server(self.registry.folder))
        self.registry.publish(41, self.TEXT)
        self.client = Client(self.folder / "client", [self.server.url], [self.key.public])
