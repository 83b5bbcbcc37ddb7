"""`gitdns verify URL` of a registry on a web server, with two serials and a delta between them."""
import gzip
import json
import subprocess

import lab
from lab.registry import make_text, sha256
from lab.served import Served

OLD = make_text(60)
NEW = make_text(80)
DELTA = "".join(sorted(set(NEW.decode().splitlines(keepends=True)) - set(OLD.decode().splitlines(keepends=True)),
                       key=lambda line: NEW.decode().index(line))).encode()


def packed(octets):
    return gzip.compress(octets, 6, mtime=0)


SNAPSHOT = packed(NEW)


class Verified:
    def __init__(self, process):
        self.status = process.returncode
        self.errors = process.stderr.splitlines()
        self.told = json.loads(process.stdout) if process.stdout else None
        self.mirrors = self.told["mirrors"] if self.told else []

    def findings(self, mirror=0):
        """{(level, finding)}"""
        return {(finding["level"], finding["finding"]) for finding in self.mirrors[mirror]["findings"]}

    def bad(self, mirror=0):
        return {finding for level, finding in self.findings(mirror) if level != "note"}

    def text(self):
        return "\n".join(finding["text"] for mirror in self.mirrors for finding in mirror["findings"])

    def __str__(self):
        return f"exit {self.status}, {self.errors}, {json.dumps(self.told, indent=1)}"


class Audited(Served):
    TEXT = OLD

    def setUp(self):
        super().setUp()
        self.publish()

    def publish(self, text=NEW, delta=DELTA, **other):
        """Serial 42, with a delta from 41."""
        octets = packed(delta)
        listed = f"delta 41 {len(octets)} {sha256(octets)}\n"
        self.registry.publish(42, text, **{"deltas": listed, **other})
        (self.registry.folder / "42/delta-41.gz").write_bytes(octets)

    def command(self, *words):
        return [lab.program("GITDNS"), "verify", "--config", str(self.client.config), *words]

    def verify(self, *words):
        """Of the mirror, or of what is given."""
        urls = [] if any("://" in word for word in words) else [self.server.url]
        return Verified(subprocess.run(self.command("--json", *words, *urls), capture_output=True, text=True,
                                       timeout=lab.HANG, env=lab.plain_environment()))
