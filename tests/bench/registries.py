"""Several registries beside each other, and names that are never answered: what a hit costs then."""

import os
import shutil
import subprocess
from contextlib import ExitStack

import lab
from lab import bench_records as records
from lab.bench_asker import Asker
from lab.bench_direct import count_instructions, nanoseconds
from lab.bench_table import Table, both, more, ratio, say

ROUNDS = 41
NAMES = 1000
SECONDS = 24 * 3600
ONE = "one registry"
RULES = 200


def _others(shop, size):
    """The text of a registry with as many names, none of which is one of the size's."""
    path = f"{shop.folder}/others-{size.count}"
    if not os.path.exists(path):
        # With one more domain above all, their order stays.
        records.write_text([records.Record(f"{record.name}.net", record.ipv4, record.ipv6, record.cname)
                            for record in size.records if len(record.name) < 240], path)
    return path


def _copy(shop, size, name, names, place, rules=""):
    """A copy whose registries have these names; that in `place` is the size's."""
    folder = f"{size.path}-{name}"
    os.mkdir(folder)
    for number, registry in enumerate(names):
        with open(size.text if number == place else _others(shop, size)) as text:
            subprocess.run([lab.program("MAKE_STORE"), folder, str(SECONDS), registry], stdin=text,
                           check=True)
    return lab.make_policy(folder, {registry: "" for registry in names}, rules)


def _copies(shop, size):
    """{label: folder}"""
    never = "".join(f"never = *.never-{number}.example.com, never-{number}.example.net\n"
                    for number in range(RULES // 2))
    four = ["a", "b", "c", "d"]
    # A file of its own, as the others have: what bare cdb_find reads is in no cache for either.
    one = f"{size.path}-one"
    os.mkdir(one)
    shutil.copy(size.store, one)
    return {ONE: one,
            f"one, {RULES} names never": _copy(shop, size, "never", ["a"], 0, "[answer]\n" + never),
            "the first of two": _copy(shop, size, "two-first", four[:2], 0),
            "the last of two": _copy(shop, size, "two-last", four[:2], 1),
            "the first of four": _copy(shop, size, "four-first", four, 0),
            "the last of four": _copy(shop, size, "four-last", four, 3)}


def _getaddrinfo(shop, size, copies, services, **files):
    """{label: nanoseconds by turns} with that hosts line."""
    names = shop.write("asked", "".join(f"{name}\n" for name in size.shaped(1, 0, NAMES)))
    spent = {label: [] for label in copies}
    with ExitStack() as stack:
        askers = {label: stack.enter_context(
            Asker(shop, shop.machine(services, store=folder, **files), names, {}))
            for label, folder in copies.items()}
        for _ in range(shop.rounds(ROUNDS)):
            for label, asker in askers.items():
                spent[label].append(asker.measure(0))
    return spent


def measure(shop):
    table = Table("7. A hit with several registries",
                  ["names in each", "the name is in", "direct (ns)", "more than bare", "gitdns alone (us)",
                   "ratio", "files dns gitdns (us)", "ratio"], left=2)
    dead = shop.write("resolv.conf", f"nameserver {lab.CLOSED_PORT}\n")
    for size in shop.sizes:
        say(f"registries: {size} names in each")
        copies = _copies(shop, size)
        alone = _getaddrinfo(shop, size, copies, "gitdns")
        after_dns = _getaddrinfo(shop, size, copies, "files dns gitdns", resolv_conf=dead)
        for label, folder in copies.items():
            bare, module = nanoseconds(shop, size, [], folder)
            table.row(size, label, both(module), more(module, bare),
                      *(cell for spent in (alone, after_dns)
                        for cell in (both([ns / 1000 for ns in spent[label]]),
                                     ratio(spent[label], spent[ONE]))))
        for folder in copies.values():
            shutil.rmtree(folder)
    table.note("The last of k: k - 1 misses and a hit. files dns gitdns: DNS is dead, its port closed.")
    table.note(f"ratio: against {ONE}.")
    table.show()


def instructions(shop):
    if not shutil.which("valgrind"):
        return
    table = Table("7a. Instructions of a hit with several registries (callgrind)",
                  ["the name is in", "module", f"more than {ONE}"], left=1)
    size = shop.sizes[0]
    one = None
    for label, folder in _copies(shop, size).items():
        say(f"instructions: {label}")
        count = count_instructions(shop, size, [], "module", folder)
        one = one or count
        table.row(label, f"{count:.0f}", f"{count - one:+.0f}")
    table.show()
