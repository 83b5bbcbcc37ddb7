"""Whether gitdns-syncd's verdict is glibc's: pairs of a resolv.conf and the nameservers in it, all at
once, each with a daemon of its own.

    test_outage_verdict.py [SECONDS [PAIR]...]

Of each pair, one process looks names up as programs do, and another by `files dns` alone: that is the
truth. A gate may be open only for a name whose last look-up there failed, and not for long after one
that did not; where all fail it has to open.
"""

import bisect
import collections
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import lab
from lab import behaving_nameserver, daemon

SECONDS = 60
GOOD = [f"good-{i}.example.net" for i in range(30)]
BAD = [f"bad-{i}.example.{'org' if i % 2 else 'net'}" for i in range(6)]
RECORDS = {name: f"192.88.98.{i + 1}" for i, name in enumerate(
    GOOD + BAD + [f"other-{i}.example.com" for i in range(30)])}
SAMPLE = 0.1  # seconds between two looks at a gate
STALE = 1.5  # what the list of names may lag behind
CLOSING = 62 + 6  # gitdns-syncd(8): asked about again each minute, and for as long as a question takes
PAUSE = 0.5  # between two look-ups
FOLDERS = f"{lab.WORK}/pairs"
LINES = {"programs": f"files {lab.OUTAGE} dns gitdns", "truth": "files dns"}

Pair = collections.namedtuple("Pair", "resolv_conf servers dead", defaults=[False])
QUICK = "options timeout:1 attempts:2\n"


def pair(options="", *servers, head="", dead=False):
    """`{}` in the resolv.conf stands for an address each."""
    return Pair(head + "".join("nameserver {}\n" for _ in servers) + options, servers, dead)


def pairs():
    good, dead, closed = {}, {"dead": True}, None
    table = {
        "good": pair("", good), "zero": Pair("nameserver 0.0.0.0\n", ()), "zero6": Pair("nameserver ::\n", ()),
        "no nameserver": Pair("# none\n", ()), "scope": Pair("nameserver ::1%lo\n", ()),
        "crlf": Pair("options timeout:2\r\nnameserver {}\n", (good,)),
        "one of three": pair(QUICK, good, dead, dead), "two of three": pair(QUICK, dead, good, good),
        "last of three": pair("options timeout:2 attempts:2\n", dead, dead, good),
        "closed first": pair("", closed, good), "rotate": pair("options rotate timeout:1\n", dead, good),
        "single-request": pair("options single-request\n", good), "use-vc": pair("options use-vc\n", good),
        "no-aaaa": pair("options no-aaaa\n", good), "ndots": pair("options ndots:3\n", good, head="search lab.test\n"),
        "attempts": pair("options attempts:1 timeout:3\n", {"delay": 2.5}),
        "case": pair("", {"case": True}),
        "dead": pair(QUICK, dead, dead=True), "closed": pair(QUICK, closed, dead=True),
        "all servfail": pair(QUICK, {"names": "!", "no": "servfail"}, dead=True),
        "tcp dead": pair(QUICK, {"tc": "closed"}, dead=True),
        "three dead": pair(QUICK, dead, dead, dead, dead=True),
        "refused first": pair("", {"names": "!", "no": "refused"}, good),
        "servfail first": pair("", {"names": "!", "no": "servfail"}, good),
        "lame first": pair("", {"names": "!", "no": "empty"}, good),
        "nxdomain only": pair("", {"names": "!", "no": "nxdomain"}),
        "stale, dead": pair(QUICK, {"names": "good-", "no": "servfail"}, dead),
    }
    table |= {f"slow by {delay}": pair("", {"delay": delay}) for delay in (0.5, 1.5, 2.5, 3.5, 4.5, 6, 9)}
    table |= {f"slow by {delay}, silent": pair("", {"delay": delay, "no": "silent"}) for delay in (2.5, 4.5)}
    table |= {f"lossy by {loss}": pair("", {"loss": loss}) for loss in (10, 30, 60)}
    table |= {f"lossy by {loss}, quick": pair("options timeout:2 attempts:3\n", {"loss": loss}) for loss in (20, 40)}
    table |= {f"TC, TCP {tc}": pair("", {"tc": tc}) for tc in ("good",)}
    table |= {f"EDNS {edns}": pair("options edns0\n", {"edns": edns}, dead=edns in ("drop", "notimp"))
              for edns in ("drop", "formerr", "badvers", "notimp", "garbage")}
    table |= {f"list, {no}": pair(QUICK, {"names": "good-", "no": no})
              for no in ("servfail", "refused", "nxdomain", "silent", "empty")}
    return table


class Running:
    """A pair at work."""

    def __init__(self, name, number, spec):
        self.name, self.spec, self.folder = name, spec, f"{FOLDERS}/{number}"
        self.addresses = [f"127.1.{number}.{i + 1}" for i in range(len(spec.servers))]
        self.samples = []  # (time, everything, what else is out)
        for folder in ("run", "var"):
            os.makedirs(f"{self.folder}/{folder}")
        shutil.copy(lab.STORE, f"{self.folder}/var/registry.cdb")
        lab.write(f"{self.folder}/resolv.conf", spec.resolv_conf.format(*self.addresses))
        for who, line in LINES.items():
            lab.write(f"{self.folder}/{who}", lab.hosts_line(line))
        self.log = open(f"{self.folder}/log", "w+")
        self.looking = [self.start(who, [sys.executable, sys.argv[0], "--look-up"], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE) for who in LINES]

    def start(self, who, command, **streams):
        files = {f"{self.folder}/{who}": "/etc/nsswitch.conf", f"{self.folder}/resolv.conf": "/etc/resolv.conf",
                 f"{self.folder}/run": daemon.FOLDER, f"{self.folder}/var": "/var/lib/gitdns"}
        return subprocess.Popen(lab.within({target: path for path, target in files.items()}, command), **streams)

    def watch(self):
        """Once its look-ups can begin, for they do at once."""
        for process in self.looking:
            process.stdout.readline()
        self.syncd = self.start("programs", [lab.program("SYNCD")], stdout=self.log, stderr=self.log)
        while not os.path.exists(f"{self.folder}/run/report"):
            time.sleep(SAMPLE)

    def look_up(self, seconds):
        for process in self.looking:
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()

    def sample(self, now):
        """Returns what the gates are now."""
        try:
            with open(f"{self.folder}/run/outage", "rb") as file:
                word = int.from_bytes(file.read(64)[daemon.EVERYTHING * 4:][:4], sys.byteorder)
            with open(f"{self.folder}/run/names") as file:
                names = tuple(line.split()[1] for line in file if len(line.split()) > 1)
        except OSError:
            word, names = 0, ()
        state = (now <= word <= now + 30, names)
        if not self.samples or self.samples[-1][1:] != state:
            self.samples.append((now, *state))

    def end(self):
        self.programs, self.truth = (json.loads(process.communicate(timeout=lab.HANG)[0])
                                     for process in self.looking)
        self.syncd.terminate()
        self.syncd.wait(lab.HANG)
        self.log.seek(0)
        self.said = [line.strip() for line in self.log]

    def is_open(self, name, when):
        _, everything, names = self.samples[max(bisect.bisect([s[0] for s in self.samples], when) - 1, 0)]
        return everything or any(name == one or (one[0] == "." and f".{name}".endswith(one)) for one in names)

    def was_open(self, name, start, end):
        """All the time, as far as samples tell."""
        return all(self.is_open(name, start + i * SAMPLE)
                                           for i in range(int((end - start) / SAMPLE) + 1))

    def faults(self, lags):
        """Look-ups that DNS answered although a gate was open, which it had no reason to be."""
        found, last = [], {}
        for name, start, end, addresses in self.truth:
            failed, good_since = last.get(name, (False, start))
            good = bool(addresses)
            lagged = any(lag[0] < end + STALE and start - CLOSING < lag[1] for lag in lags)
            if good and not lagged and self.was_open(name, start + STALE, end + STALE) and \
                    (not failed or start - good_since > CLOSING):
                found.append((name, round(start, 1)))
            last[name] = (not good, good_since if good and not failed else end)
        return found


def look_up(name):
    start = time.monotonic()
    try:
        addresses = sorted({found[4][0] for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
    except OSError:
        addresses = []
    return name, start, time.monotonic(), addresses


def look_up_all():
    """The two kinds beside each other, over and over, once standard input says for how many seconds."""
    print(flush=True)
    end, found = time.monotonic() + float(sys.stdin.readline()), []

    def go_on(names):
        while time.monotonic() < end:
            for name in names:
                if time.monotonic() < end:
                    found.append(look_up(name))
                    time.sleep(PAUSE)
    threads = [threading.Thread(target=go_on, args=(names,)) for names in (GOOD[:15], GOOD[15:], BAD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(sorted(found, key=lambda one: one[1])))


def run_pairs(table, seconds):
    running = [Running(name, number, spec) for number, (name, spec) in enumerate(table.items(), 1)]
    behaviours = {"127.0.0.1": {}, "::1": {}}
    for one in running:
        behaviours |= {address: behaviour for address, behaviour in zip(one.addresses, one.spec.servers)
                       if behaviour is not None}
    with subprocess.Popen([sys.executable, behaving_nameserver.__file__, json.dumps(behaviours)], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as nameservers:
        nameservers.stdout.readline()
        for one in running:
            one.watch()
        for one in running:
            one.look_up(seconds)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for one in running:
                one.sample(time.clock_gettime(time.CLOCK_MONOTONIC))
            time.sleep(SAMPLE)
        for one in running:
            one.end()
        lags = json.loads(nameservers.communicate()[0])
    return running, lags


def main():
    if sys.argv[1:2] == ["--look-up"]:
        look_up_all()
        return
    lab.enter()
    lab.make_store("/var/lib/gitdns", RECORDS)
    daemon.configure()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    os.makedirs(daemon.FOLDER, exist_ok=True)
    table = {name: spec for name, spec in pairs().items() if not sys.argv[2:] or name in sys.argv[2:]}
    wrong = 0
    running, lags = run_pairs(table, seconds)
    print(f"{len(table)} pairs, {seconds:.0f} s each; the nameservers were late {len(lags)} times\n{'pair':24}{'look-ups':>9}{'answered':>9}{'from copy':>10}"
          f"{'open':>6}{'false':>6}")
    for one in running:
        copy = sum(any(address.startswith("192.88.98.") for address in addresses)
                   for _, _, _, addresses in one.programs)
        faults = one.faults(lags)
        everything = any(sample[1] for sample in one.samples)
        print(f"{one.name:24}{len(one.truth):9}{sum(bool(found[3]) for found in one.truth):9}{copy:10}"
              f"{'all' if everything else max((len(s[2]) for s in one.samples), default=0):>6}{len(faults):6}")
        if faults or (one.spec.dead and not everything):
            wrong += 1
            print("  ", faults[:5], *one.said, sep="\n    ")
    sys.exit(wrong != 0)


main()
