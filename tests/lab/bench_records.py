"""Names with addresses to measure with: real names where they are there, made-up global addresses.

One IPv4 address for most names, several for some, IPv6 for a third, an alias for one in seven.
"""

import gzip
import random
import socket

from lab.programs import DATA

REAL_NAMES = DATA / "names/real-1m.txt.gz"
SPECIAL = ("localhost", "local", "invalid", "test", "onion", "alt", "example", "internal", "arpa")
SEED = 1


class Record:
    """A name, its IPv4 and its IPv6 addresses in text form, and its canonical name or None."""

    __slots__ = ("name", "ipv4", "ipv6", "cname")

    def __init__(self, name, ipv4, ipv6, cname):
        self.name, self.ipv4, self.ipv6, self.cname = name, ipv4, ipv6, cname


def _real_names(count):
    with gzip.open(REAL_NAMES, "rt") as file:
        names = (line.rstrip("\n") for line in file)
        usable = (name for name in names if "." in name and not name.rsplit(".", 1)[1] in SPECIAL)
        return [name for name, _ in zip(usable, range(count))]


def names(count):
    """(`count` names, how many of them are real)."""
    found = _real_names(count) if REAL_NAMES.exists() else []
    made_up = (f"host{i % 977}.site-{i // 977:x}.{('com', 'net', 'org')[i % 3]}"
               for i in range(count - len(found)))
    return [*found, *made_up], len(found)


def _ipv4(rng, count):
    """Neighbours in 20.0.0.0 to 89.255.255.255, where all is globally reachable."""
    first = rng.randrange(20 << 24, 90 << 24) & ~15
    return [socket.inet_ntoa((first + i).to_bytes(4, "big")) for i in range(count)]


def _ipv6(rng, count):
    first = 0x2600 << 112 | rng.getrandbits(108) & ~15
    return [socket.inet_ntop(socket.AF_INET6, (first + i).to_bytes(16, "big"))
            for i in range(count)]


def record(rng, name):
    """A name's, made up."""
    many = rng.choices((1, 2, 4, 8), (70, 18, 9, 3))[0]
    six = rng.choices((0, 1, 2, 4), (66, 18, 12, 4))[0]
    four = 0 if six > 0 and rng.random() < 0.02 else many
    cname = f"edge-{rng.randrange(4000)}.cdn-{rng.randrange(40)}.net" \
        if rng.random() < 1 / 7 else None
    return Record(name, _ipv4(rng, four), _ipv6(rng, six), cname)


def make(count):
    """(records in the order of the registry text, how many of their names are real)."""
    found, real = names(count)
    rng = random.Random(SEED)
    made = [record(rng, name) for name in found]
    made.sort(key=lambda record: record.name.split(".")[::-1])
    return made, real


def write_text(records, path):
    """The registry text, which tests/nss/make_store.c makes a store of."""
    with open(path, "w") as file:
        for record in records:
            cname = [f"cname={record.cname}"] if record.cname else []
            file.write(" ".join([record.name, *record.ipv4, *record.ipv6, *cname]) + "\n")


def write_hosts(records, path):
    """The same as hosts(5), without the aliases' canonical names."""
    with open(path, "w") as file:
        for record in records:
            for address in record.ipv4 + record.ipv6:
                file.write(f"{address} {record.name}\n")


def write_names(chosen, path):
    with open(path, "w") as file:
        file.writelines(name + "\n" for name in chosen)
