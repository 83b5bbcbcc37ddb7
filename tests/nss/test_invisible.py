"""What gitdns cannot answer is answered as if gitdns were not in the hosts line.

Each way in which DNS answers or fails x each hosts line with and without gitdns x each kind of
store: every look-up call of glibc must give the same return code, errno, h_errno and answers. Names:
some that the store lacks; and, where the store is no good, some that it would hold.

gitdns-syncd runs meanwhile, and its board says that everything is out: for the machine's resolv.conf,
which is none of those that the look-ups see.
"""

import collections
import os
import random
import subprocess
import sys
import time

import lab
from lab import daemon, responder

# The ways in section 7's table, with every kind of store.
MODES = ["servfail", "refused", "notimp", "silent", "closed-port", "no-route", "empty-resolv-conf",
         "truncated", "garbage-short", "garbage-random", "nxdomain", "nodata", "formerr",
         "out-of-descriptors", "good"]
# Stranger ones, with a good store and without one.
MORE_MODES = [mode for mode in responder.MODES if mode not in MODES and "silent-" not in mode and
              "slow" not in mode]

LINES = {  # with gitdns: without it
    "files dns gitdns": "files dns",
    f"files {lab.OUTAGE} dns gitdns": "files dns",
    "files dns [NOTFOUND=return] gitdns": "files dns [NOTFOUND=return]",
    f"files {lab.OUTAGE} dns [NOTFOUND=return] gitdns": "files dns [NOTFOUND=return]",
    "files dns gitdns myhostname": "files dns myhostname",
    f"files {lab.OUTAGE} dns gitdns myhostname": "files dns myhostname",
    "files dns [NOTFOUND=return] gitdns myhostname": "files dns [NOTFOUND=return] myhostname",
    f"files {lab.OUTAGE} dns [NOTFOUND=return] gitdns myhostname":
        "files dns [NOTFOUND=return] myhostname",
    "files gitdns": "files",
}
# A service that is not installed, which glibc marks in h_errno; with a good store and without one.
MORE_LINES = {
    "files nosuch gitdns dns": "files nosuch dns",
    "files dns gitdns nosuch": "files dns nosuch",
    f"files {lab.OUTAGE} dns gitdns nosuch": "files dns nosuch",
    f"files {lab.OUTAGE} dns": "files dns",
}

# Where gitdns shows all the same, always in the direction of "try again". (mode, without, with).
# AF_INET6 with AI_V4MAPPED: glibc asks each service for AAAA, then for A, so that what A left stands
# when gitdns is asked for AAAA.
V4MAPPED = {
    ("a-servfail-aaaa-nodata", "EAI_NODATA h_errno=TRY_AGAIN", "EAI_AGAIN h_errno=TRY_AGAIN"),
    ("a-servfail-aaaa-nxdomain", "EAI_NONAME h_errno=TRY_AGAIN", "EAI_AGAIN h_errno=TRY_AGAIN"),
    # Only for names that glibc takes from no answer.
    ("a-servfail-aaaa-good", "EAI_NONAME h_errno=TRY_AGAIN", "EAI_AGAIN h_errno=TRY_AGAIN"),
    ("a-nodata-aaaa-good", "EAI_NONAME h_errno=NO_DATA", "EAI_NODATA h_errno=NO_DATA"),
}
# A TCP connection that is cut: dns says "not found" although it set TRY_AGAIN.
TCP_CUT = {
    (mode, without, with_gitdns)
    for mode in ("truncated-close", "truncated-reset")
    for without, with_gitdns in (
        ("EAI_NONAME h_errno=TRY_AGAIN", "EAI_AGAIN h_errno=TRY_AGAIN"),
        ("return=0 h_errno=TRY_AGAIN", "return=EAGAIN h_errno=TRY_AGAIN"))
}

REPEATS = 5
GOOD = ("good", "good-2", "good-4")  # stores that answer: names that they lack are looked up

RECORDS = {
    "both.example.net": "192.0.2.1 192.0.2.2 2001:db8::1",
    "v4.example.net": "192.0.2.3",
    "v6.example.net": "2001:db8::4",
    "alias.example.net": "192.0.2.1 2001:db8::1 cname=both.example.net",
}
PADDING = {f"padding-{number}.example.net": "192.0.2.5" for number in range(100)}
ADDRESSES = ["192.0.2.1", "2001:db8::1", "192.0.2.77", "192.0.2.200"]
UNKNOWN = ["unknown.example.net", "sub.both.example.net", "Unknown.Example.NET."]
ODD = ["", ".", "unknown", "unknown.", "..", "a..example.net", ".example.net", "-.example.net",
       "bad-.example.net", "b_d.example.net", "sp ace.example.net", "\u00fc.example.net",
       "a" * 64 + ".example.net", "a" * 63 + ".example.net", ".".join(["abc"] * 63),
       ".".join(["abc"] * 63) + ".a", ".".join(["abc"] * 64), "a." * 600 + "net", "192.0.2.9",
       "192.0.2.9.", "2001:db8::9", "::ffff:192.0.2.9", "127.1", "0x7f000001", "4294967295",
       "1.2.3.4.5", "fe80::1%lo", "localhost", "labhost", "_gateway", "in-files.example.net"]


def truncate(directory, octets):
    os.truncate(f"{directory}/registry.cdb", octets)


def make_stores():
    """{condition: folder}: every kind of store in a folder of its own."""
    stores = {}

    def new(condition, seconds=3600):
        stores[condition] = f"{lab.WORK}/stores/{condition}"
        lab.make_store(stores[condition], RECORDS | PADDING, seconds)
        return stores[condition]

    def of(condition, octets):
        with open(f"{new(condition)}/registry.cdb", "wb") as file:
            file.write(octets)

    size = os.path.getsize(f"{new('good')}/registry.cdb")
    os.unlink(f"{new('absent')}/registry.cdb")
    new("too-old", -1)
    os.chmod(f"{new('unreadable')}/registry.cdb", 0)
    of("empty", b"")
    for octets in (1, 100, 2047, 2048, size // 2, size - 100, size - 8, size - 1):
        truncate(new(f"truncated-{octets}"), octets)
    of("random-100", random.randbytes(100))
    of("random-5000", random.randbytes(5000))
    of("zeros-5000", bytes(5000))
    of("ones-5000", b"\xff" * 5000)
    os.unlink(f"{new('folder')}/registry.cdb")
    os.mkdir(f"{stores['folder']}/registry.cdb")
    os.unlink(f"{new('fifo')}/registry.cdb")
    os.mkfifo(f"{stores['fifo']}/registry.cdb")
    os.unlink(f"{new('loop')}/registry.cdb")
    os.symlink("registry.cdb", f"{stores['loop']}/registry.cdb")
    for count in (2, 4):
        stores[f"good-{count}"] = new_registries(f"{lab.WORK}/stores/good-{count}", count)
    return stores


def new_registries(folder, count):
    """So many registries, each with its part of the records; the last has all, with rules on top."""
    names = ["", "corp", "local", "top"][-count:]
    records = RECORDS | PADDING
    for place, name in enumerate(names):
        part = {key: records[key] for key in sorted(records)[place::count]}
        lab.make_store(folder, records if place == count - 1 else part, registry=name)
    rules = "[answer]\nnever = never.example.net, *.never.example.net\n"
    return lab.make_policy(folder, {name: "" for name in names}, rules)


class Matrix:
    """All combinations of hosts line, mode and store."""

    def __init__(self, stores, lines, more_lines):
        self.stores, self.lines, self.more_lines = stores, lines, more_lines
        self.without = lines | more_lines
        self.plain = {}

    def combinations(self):
        for line in self.without:
            for mode in MODES + MORE_MODES:
                whole = line in self.lines and mode in MODES
                for condition in self.stores if whole else ("good", "absent", "good-4"):
                    yield line, mode, condition

    def names(self, condition):
        if condition in GOOD:
            return UNKNOWN + ODD
        return UNKNOWN + list(RECORDS)

    def probe(self, services, mode, condition):
        return lab.probe(mode, self.names(condition), ADDRESSES,
                         lab.files_of(services, mode, self.stores[condition]),
                         wrapper=lab.WITHOUT_CAPABILITIES if condition == "unreadable" else ())

    def baseline(self, key):
        """Every name without gitdns; out of descriptors the first look-up decides what is loaded."""
        line, mode, good = key
        condition = "good" if good else "absent"
        self.plain[key] = self.probe(line, mode, condition)

    def compare(self, key):
        """[(name, call, without, with)] where they differ, and the number of calls. A difference counts if
        what is without gitdns is still what it was; if not, the responder was late for one of the two."""
        line, mode, condition = key
        plain = self.without[line], mode, condition in GOOD
        for _ in range(REPEATS):
            without = self.plain[plain]
            with_gitdns = self.probe(line, mode, condition)
            assert without.keys() == with_gitdns.keys()
            found = [(*call, without[call], result) for call, result in with_gitdns.items()
                     if result != without[call]]
            if all(is_exception(plain[0], mode, *which) for _, *which in found):
                break
            self.baseline(plain)
            if self.plain[plain] == without:
                break
            print(f"once more: {line} | {mode} | {condition}", flush=True)
        return found, len(with_gitdns)


def is_exception(plain, mode, call, without, with_gitdns):
    if plain not in ("files dns", "files dns nosuch"):
        return False
    if call.startswith("getaddrinfo inet6") and "v4mapped" in call:
        return (mode, without, with_gitdns) in V4MAPPED | TCP_CUT
    return (mode, without, with_gitdns) in TCP_CUT


def check_known_exception(matrix):
    """A fails and AAAA has no data, AI_V4MAPPED: EAI_AGAIN, where plain glibc says EAI_NODATA."""
    mode, call = "a-servfail-aaaa-nodata", ("unknown.example.net", "getaddrinfo inet6 v4mapped")
    without = matrix.probe("files dns", mode, "good")[call]
    with_gitdns = matrix.probe("files dns gitdns", mode, "good")[call]
    print(f"the known exception: {mode}, {call[1]}: {without}; with gitdns {with_gitdns}")
    return (mode, without, with_gitdns) in V4MAPPED


def print_table(lines, calls, exceptions):
    for number, line in enumerate(lines, 1):
        print(f"  line {number}: {lines[line]}   ->   {line}")
    print("calls compared in each line (of them known exceptions):")
    for mode in MODES + MORE_MODES:
        cells = [f"{calls[line, mode]:6}" + (f" ({exceptions[line, mode]})"
                                             if exceptions[line, mode] else "") for line in lines]
        print(f"  {mode:26}", *(f"{cell:12}" for cell in cells))


def main():
    lab.enter()
    lab.start_responder()
    daemon.configure(private="yes")
    with daemon.Daemon():
        subprocess.run([lab.program("GITDNS"), "outage", "on"], check=True)
        compare_all()


def compare_all():
    random.seed(1)
    started = time.monotonic()
    lines = dict(LINES)
    if not lab.has_module("myhostname"):
        print("libnss_myhostname.so.2 (Debian: libnss-myhostname) is absent: its lines are left out")
        lines = {line: plain for line, plain in LINES.items() if "myhostname" not in line}
    matrix = Matrix(make_stores(), lines, MORE_LINES)
    lines = matrix.without
    lab.prepare([*lines, *lines.values()], MODES + MORE_MODES)
    keys = list(matrix.combinations())
    print(f"stores: {' '.join(matrix.stores)}")
    lab.in_parallel(matrix.baseline,
                    {(lines[line], mode, store in GOOD) for line, mode, store in keys})
    calls, exceptions, differences = collections.Counter(), collections.Counter(), []
    for (line, mode, condition), (found, compared) in lab.in_parallel(matrix.compare, keys):
        calls[line, mode] += compared
        for name, call, without, with_gitdns in found:
            if is_exception(lines[line], mode, call, without, with_gitdns):
                exceptions[line, mode] += 1
            else:
                differences.append((line, mode, condition, name, call, without, with_gitdns))
    print_table(lines, calls, exceptions)
    for difference in differences[:40]:
        print("DIFFERENCE", " | ".join(difference))
    assert daemon.everything_is_out()
    known = check_known_exception(matrix)
    print(f"{len(keys)} combinations, {calls.total()} calls compared, {exceptions.total()} known "
          f"exceptions, {len(differences)} differences, {time.monotonic() - started:.0f} s")
    sys.exit(1 if differences or not known else 0)


main()
