"""The module called directly, against a bare cdb_find."""

import re
import shutil
import subprocess

import lab
from lab.bench_table import Table, both, more, ratio, say

CALLS = {"gethostbyname4_r": [], "gethostbyname2_r AF_INET": ["-2"]}
# Blocks by turns: enough of them for neither to find what the other has just fetched into a cache,
# and each of so many look-ups that its start does not count.
BLOCKS = 16
BLOCK_LOOKUPS = 2500
LOOKUPS = 6_000_000  # of each kind, for one size


def _command(shop, size, flags, wrapper=()):
    module = lab.program("NSS_MODULE")
    command = [*wrapper, shop.bench("direct"), *flags, module, size.store]
    return lab.within(shop.machine("files gitdns", store=size.path), command)


def _run(shop, size, flags, wrapper=()):
    with open(size.names) as names:
        return subprocess.run(_command(shop, size, flags, wrapper), stdin=names, check=True,
                              capture_output=True, text=True)


def _measure(shop, size, flags):
    """(bare, module): nanoseconds, round by round."""
    rounds = shop.rounds(min(200, max(5, LOOKUPS // size.count)))
    blocks = max(2, min(BLOCKS, size.count // BLOCK_LOOKUPS))
    done = _run(shop, size, [*flags, "-b", str(blocks), "-r", str(rounds)])
    lines = [line.split() for line in done.stdout.splitlines()]
    return [float(line[1]) for line in lines], [float(line[3]) for line in lines]


def measure(shop):
    table = Table("1. A hit, called directly (ns a look-up)",
                  ["names", "call", "bare cdb_find", "module", "ratio", "more", "rounds"], left=2)
    for size in shop.sizes:
        for call, flags in CALLS.items():
            say(f"direct: {size} names, {call}")
            bare, module = _measure(shop, size, flags)
            table.row(size, call, both(bare), both(module), ratio(module, bare),
                      more(module, bare), len(bare))
    table.note("Each key follows from the octets of the last answer; the two take turns by blocks.")
    table.note("Wanted: a ratio of at most 3 at 5,000 names, 1.5 at 1,000,000.")
    table.show()


def _instructions(shop, size, flags, only):
    """Of one look-up: what two more rounds cost."""
    collected = []
    for rounds in (1, 3):
        callgrind = ["valgrind", "--tool=callgrind",
                     f"--callgrind-out-file={shop.folder}/callgrind"]
        done = _run(shop, size, [*flags, "-b", "1", "-r", str(rounds), "-o", only], callgrind)
        collected.append(int(re.search(r"Collected : (\d+)", done.stderr)[1]))
    # gethostbyname2_r is asked only for names that have an IPv4 address.
    names = sum(1 for record in size.records if record.ipv4 or not flags)
    return (collected[1] - collected[0]) / 2 / names


def instructions(shop):
    if not shutil.which("valgrind"):
        say("valgrind: not installed; instructions left out")
        return
    table = Table("1a. Instructions of a hit (callgrind)",
                  ["names", "call", "bare cdb_find", "module", "more"], left=2)
    size = shop.sizes[0]
    for call, flags in CALLS.items():
        say(f"instructions: {call}")
        bare, module = (_instructions(shop, size, flags, only) for only in ("bare", "module"))
        table.row(size, call, f"{bare:.0f}", f"{module:.0f}", f"{module - bare:.0f}")
    table.note("The harness's own, about 20, are in both.")
    table.show()
