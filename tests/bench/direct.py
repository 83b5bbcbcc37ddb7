"""The module called directly, against a bare cdb_find."""

import shutil

from lab.bench_direct import count_instructions, nanoseconds
from lab.bench_table import Table, both, more, ratio, say

CALLS = {"gethostbyname4_r": [], "gethostbyname2_r AF_INET": ["-2"]}


def measure(shop):
    table = Table("1. A hit, called directly (ns a look-up)",
                  ["names", "call", "bare cdb_find", "module", "ratio", "more", "rounds"], left=2)
    for size in shop.sizes:
        for call, flags in CALLS.items():
            say(f"direct: {size} names, {call}")
            bare, module = nanoseconds(shop, size, flags)
            table.row(size, call, both(bare), both(module), ratio(module, bare),
                      more(module, bare), len(bare))
    table.note("Each key follows from the octets of the last answer; the two take turns by blocks.")
    table.note("Wanted: a ratio of at most 3 at 5,000 names, 1.5 at 1,000,000.")
    table.show()


def instructions(shop):
    if not shutil.which("valgrind"):
        say("valgrind: not installed; instructions left out")
        return
    table = Table("1a. Instructions of a hit (callgrind)",
                  ["names", "call", "bare cdb_find", "module", "more"], left=2)
    size = shop.sizes[0]
    for call, flags in CALLS.items():
        say(f"instructions: {call}")
        bare, module = (count_instructions(shop, size, flags, only) for only in ("bare", "module"))
        table.row(size, call, f"{bare:.0f}", f"{module:.0f}", f"{module - bare:.0f}")
    table.note("The harness's own, about 20, are in both.")
    table.show()
