"""`gitdns export --format`: a copy with names of all kinds, and what an export says, read without a server."""
import pathlib
import re
import subprocess
import unittest

from lab.client import Outcome
from lab.machine import make_store
from lab.programs import HANG, plain_environment, program, scratch

FORMATS = ("unbound", "rpz", "dnsmasq", "hosts", "bind")
COMMENTS = {"rpz": ";", "bind": ";"}
LONGEST = ".".join(["l" * 63] * 3 + ["n" * 57, "com"])
MANY = [f"20.1.0.{i}" for i in range(1, 41)] + [f"2600:1::{i:x}" for i in range(1, 25)]
ALIAS = "alias.example.net"
RECORDS = {
    "four.example.net": ["20.0.0.1"],
    "six.example.net": ["2600::1"],
    "both.example.net": ["20.0.0.2", "2600::2"],
    "several.example.net": ["20.0.0.4", "20.0.0.3", "2600::4", "2600::3"],
    "many.example.net": MANY,
    ALIAS: ["20.0.0.5"],
    "below.four.example.net": ["20.0.0.6"],
    "xn--bcher-kva.example.net": ["20.0.0.7", "2600::7"],
    "_service._tcp.example.net": ["20.0.0.8"],
    "under_score.example.net": ["2600::8"],
    "l" * 63 + ".example.net": ["20.0.0.9"],
    # No A-labels, although they look like some.
    "xn--a.example.net": ["20.0.0.10"],
    "aa--b.example.net": ["20.0.0.11"],
    # What would be something else at another place of a line: a type, a class, a time, an address, an option.
    "a": ["20.0.1.1"],
    "in": ["20.0.1.2"],
    "300.in": ["20.0.1.3"],
    "1w.in": ["20.0.1.4"],
    "1.2.3.4a": ["20.0.1.5"],
    "0x7f.1a": ["20.0.1.6"],
    "server": ["20.0.1.7"],
    "include": ["20.0.1.8"],
    "local-data.host-record": ["20.0.1.9"],
    "cname.rpz-passthru.example.net": ["20.0.1.11"],
    LONGEST[-222:]: ["20.0.1.13"],
}
# What a response policy zone has no place for; the first would change answers with an address in 9/8.
TRIGGERS = ("8.0.0.0.9.rpz-ip", "8.0.0.0.127.rpz-client-ip", "example.com.rpz-nsdname", "8.0.0.0.20.rpz-nsip", "rpz-new")
NOT_IN_POLICY_ZONES = {name: ["20.0.2.1"] for name in (*TRIGGERS, LONGEST[-223:], LONGEST)}
EVERY = RECORDS | NOT_IN_POLICY_ZONES


def records_of(format):
    return RECORDS if format == "rpz" else EVERY


class Copy:
    """A machine's folder with one store."""

    def __init__(self, folder, records=None, seconds=3600):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "gitdns.conf"
        self.store = self.folder / "store"
        self.config.write_text(f"[registry]\nname = test\nprivate = yes\nurl = file:///\nkey = /key\n[sync]\ndirectory = {self.store}\n")
        lines = {name: " ".join(addresses) for name, addresses in (records or EVERY).items()}
        if ALIAS in lines:
            lines[ALIAS] += " cname=canonical.example.org"
        make_store(str(self.store), lines, seconds)

    def command(self, *arguments):
        return [program("GITDNS"), "--config", str(self.config), "export", *arguments]

    def export(self, *arguments, prefix=(), stdout=subprocess.PIPE):
        return Outcome(subprocess.run([*prefix, *self.command(*arguments)], stdout=stdout, stderr=subprocess.PIPE, text=True,
                                      timeout=HANG, env=plain_environment()))


class Exports(unittest.TestCase):
    """`text`: of a copy with EVERY record, in each format."""

    @classmethod
    def setUpClass(cls):
        cls.copy = Copy(cls.enterClassContext(scratch()))
        cls.text = {}
        for format in FORMATS:
            outcome = cls.copy.export("--format", format)
            assert outcome.status == 0, outcome
            cls.text[format] = outcome.out

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch()))


def split(text, format):
    """(head without its comment marks, all behind it); every line of the head is a comment."""
    head, _, body = text.partition("\n\n")
    mark = COMMENTS.get(format, "#")
    assert all(line.startswith(mark) for line in head.splitlines()), head
    return "\n".join(line[2:] for line in head.splitlines()), body


def told(text, format):
    """The lines for a server that the head tells, without their margin; a text for each place of a server's configuration."""
    blocks = re.findall(r"(?:^    .*\n?)+", split(text, format)[0], re.MULTILINE)
    return ["".join(line[4:] + "\n" for line in block.splitlines()) for block in blocks]


LINES = {
    "unbound": r'local-data: "(\S+)\. 60 IN (A|AAAA) (\S+)"',
    "rpz": r"(\S+) (A|AAAA) (\S+)",
    "dnsmasq": r"host-record=([^,]+),()([^,]+)",
    "hosts": r"(?P<address>\S+) (?P<name>\S+)",
    "bind": r"(\S+)\. (A|AAAA) (\S+)",
}
STARTS = {
    "unbound": r'server:\nlocal-zone: "\." typetransparent\n',
    "rpz": r"\$TTL 60\n@ SOA localhost\. root\.localhost\. \d+ 3600 600 86400 60\n@ NS localhost\.\n",
}
STARTS["bind"] = STARTS["rpz"] + r"localhost\. A 127\.0\.0\.1\nlocalhost\. AAAA ::1\n"


def read(text, format):
    """{name: [addresses]}, each line understood."""
    body = re.sub(f"^{STARTS.get(format, '')}", "", split(text, format)[1])
    records = {}
    for line in body.splitlines():
        found = re.fullmatch(LINES[format], line)
        assert found, line
        name, address = (found["name"], found["address"]) if format == "hosts" else (found[1], found[3])
        assert format in ("hosts", "dnsmasq") or found[2] == ("AAAA" if ":" in address else "A"), line
        records.setdefault(name, []).append(address)
    return records
