"""What `getent hosts NAME` costs as a whole, with and without gitdns in the line."""

import os
import subprocess

import lab
from lab.bench_table import Table, both, more, say

ROUNDS = 15
BLOCK = 20
# lab/machine.py's /etc/hosts
NAMES = {"in /etc/hosts": "localhost", "in /etc/hosts, IPv4 only": "in-files.example.net",
         "unknown": "unknown.example.net"}


def _block(shop, files, name):
    """Microseconds of each run."""
    command = [shop.bench("spawn"), str(BLOCK), "getent", "hosts", name]
    environment = {**os.environ, "LD_LIBRARY_PATH": f"{shop.build}/tests/bench"}
    done = subprocess.run(lab.within(files, command), check=True, stdout=subprocess.PIPE, text=True,
                          env=environment)
    return [float(line.split()[0]) for line in done.stdout.splitlines()]


def _cases(shop):
    """{(what is asked, hosts line, size): (the files of a machine, name)}"""
    largest = shop.sizes[-1]
    with_store = {size: shop.machine("files gitdns", store=size.path) for size in shop.sizes}
    without = shop.machine("files")
    cases = {}
    for what, name in NAMES.items():
        cases[what, "files", ""] = without, name
        cases[what, "files gitdns", largest] = with_store[largest], name
    for size in shop.sizes:
        cases["in the store", "files gitdns", size] = with_store[size], size.shaped(1, 0, 1)[0]
    cases["anything", "files constant", ""] = shop.machine("files constant"), NAMES["unknown"]
    return cases


def measure(shop):
    table = Table("5. getent hosts NAME, the whole process (us)",
                  ["name", "hosts line", "names", "time", "more"], left=2)
    cases = _cases(shop)
    spent = {case: [] for case in cases}
    say("getent")
    for _ in range(shop.rounds(ROUNDS)):
        for case, (files, name) in cases.items():
            spent[case] += _block(shop, files, name)
    for case, times in spent.items():
        base = case[0] if (case[0], "files", "") in cases else "unknown"
        alone = spent[base, "files", ""]
        table.row(*case, both(times), "" if case[1] == "files" else more(times, alone))
    table.note("more: than the same name, or an unknown one, with `files` alone. getent asks for")
    table.note("IPv6 first, then for IPv4; a module is loaded only when it is asked. `constant`")
    table.note("answers at once: that is what loading any module costs.")
    table.show()
