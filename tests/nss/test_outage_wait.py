"""How long an outage keeps programs waiting, with gitdns_outage in the hosts line and without it.

    test_outage_wait.py NAMESERVERS

200 look-ups of 100 names, each a process of its own, with resolv.conf's default options and so many
nameservers, all silent. The first one runs into the outage; once gitdns-syncd is sure of it, the
others follow one after the other. Without gitdns_outage all are started at once, as one after the
other they would take an hour, and what each took is added up.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import lab
from lab import daemon, responder

NAMES = 100
LOOK_UPS = 200
WITNESSES_MAX = NAMES // 2
KINDS = {False: "slow", True: "fast"}  # of names: those of the one line are not asked for with the other
RECORDS = {f"{kind}-{i}.example.net": f"192.88.98.{i + 1}" for kind in KINDS.values() for i in range(NAMES)}
SILENT = ["silent", "silent-2", "silent-3"]
LINES = {False: "files dns gitdns", True: f"files {lab.OUTAGE} dns gitdns"}


def name_of(kind, number):
    return f"{KINDS[kind]}-{number % NAMES}.example.net"


def look_up(name, files=None):
    """Seconds, and whether the answer was right."""
    start = time.monotonic()
    done = subprocess.run(lab.within(files or {}, ["getent", "hosts", name]), capture_output=True,
                          text=True)
    right = done.stdout.split() == [RECORDS[name], name]
    return time.monotonic() - start, right


def without():
    """All at once, seeing neither the line nor the daemon of the others."""
    os.makedirs(f"{lab.WORK}/nothing")
    lab.prepare([LINES[False]], [])
    files = {"/etc/nsswitch.conf": f"{lab.WORK}/files/{LINES[False]}",
             daemon.FOLDER: f"{lab.WORK}/nothing"}
    with ThreadPoolExecutor(LOOK_UPS) as pool:
        return list(pool.map(lambda number: look_up(name_of(False, number), files), range(LOOK_UPS)))


def with_it():
    """(look-ups, seconds in all, seconds until the daemon was sure)"""
    start = time.monotonic()
    first = look_up(name_of(True, 0))
    sure = daemon.wait_for(daemon.everything_is_out)
    others = [look_up(name_of(True, number)) for number in range(1, LOOK_UPS)]
    return [first, *others], time.monotonic() - start, sure


def report_to_gate():
    """Seconds in which look-ups of other names still run into it."""
    with daemon.Daemon():
        daemon.report(name_of(True, NAMES - 1))
        took = daemon.wait_for(daemon.everything_is_out)
    os.unlink(f"{daemon.FOLDER}/names")
    return took


def main():
    lab.enter()
    count = int(sys.argv[1])
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", RECORDS)
    daemon.configure()
    lab.set_hosts_line(LINES[True])
    lab.write("/etc/resolv.conf", "".join(f"nameserver {responder.ADDRESS[mode]}\n"
                                          for mode in SILENT[:count]))
    opened = report_to_gate()
    with daemon.Daemon() as syncd, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(without)
        fast, total, sure = with_it()
        slow = slow.result()
        said = syncd.said()
    wrong = sum(not right for _, right in [*slow, *fast])
    rows = {"first look-up": (slow[0][0], fast[0][0]),
            "from a report to the gate": (None, opened),
            "sure after that look-up": (None, sure),
            "the others, each (median)": [sorted(seconds for seconds, _ in table[1:])[LOOK_UPS // 2]
                                          for table in (slow, fast)],
            "the slowest of them": [max(seconds for seconds, _ in table[1:])
                                    for table in (slow, fast)],
            "all, one after the other": (sum(seconds for seconds, _ in slow), total)}
    print(f"{LOOK_UPS} look-ups of {NAMES} names, {count} silent nameserver(s), default options; "
          f"{wrong} wrong\n{'seconds':28}{LINES[False]:>20}{'with gitdns_outage':>20}")
    for label, cells in rows.items():
        print(f"{label:28}" + "".join(f"{'' if cell is None else f'{cell:.4f}':>20}"
                                      for cell in cells))
    print("gitdns-syncd:", *said, sep="\n  ")
    # By the daemon alone: the one that brought it about, and witnesses.
    asked = [name for name in RECORDS if name.startswith(KINDS[True]) and
             lab.tell_responder(f"queries {name}") != "0"]
    print(f"in all {total:.1f} s; asked for: {' '.join(asked)}")
    sys.exit(0 if wrong == 0 and len(asked) <= WITNESSES_MAX else 1)


main()
