"""Keys, and published registries written octet by octet."""
import datetime
import gzip
import hashlib
import pathlib
import subprocess

from lab.programs import run

NAME = "top-sites"
DAY = 86400


def now():
    return int(datetime.datetime.now(datetime.timezone.utc).timestamp())


def timestamp(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def make_key(public, secret):
    """By minisign, without a password."""
    run("minisign", "-G", "-W", "-f", "-p", public, "-s", secret)


class Key:
    def __init__(self, folder, name):
        self.public = pathlib.Path(folder, f"{name}.pub")
        self.secret = pathlib.Path(folder, f"{name}.key")
        make_key(self.public, self.secret)
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
