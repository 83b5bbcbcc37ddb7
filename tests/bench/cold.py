"""Look-ups in a store that is not in memory, with and without the kernel's read-ahead."""

import os
import random
import subprocess

from lab.bench_table import Table, both, say

POLICIES = {"default read-ahead": [], "MADV_RANDOM": ["-r"]}
LOOKUPS = 1001
ROUNDS = 9


def _read_ahead(path):
    device = os.stat(path).st_dev
    try:
        with open(f"/sys/class/bdi/{os.major(device)}:{os.minor(device)}/read_ahead_kb") as file:
            return f"{file.read().strip()} KiB"
    except OSError:
        return "unknown"


def _run(shop, size, flags, names):
    """[per cent that stayed in memory, microseconds to open, of the first, of one of the rest]."""
    done = subprocess.run([shop.bench("cold"), *flags, size.store], input=names, check=True,
                          stdout=subprocess.PIPE, text=True)
    return [float(word) for word in done.stdout.split()]


def measure(shop):
    table = Table("3. A store that is not in memory (us)", ["names", "policy", "opening",
                  "first look-up", "one of 1,000", "dropped"], left=2)
    for size in shop.sizes:
        say(f"cold: {size} names")
        runs = {policy: [] for policy in POLICIES}
        for turn in range(shop.rounds(ROUNDS)):
            chosen = random.Random(turn).sample(size.shuffled, min(LOOKUPS, size.count))
            names = "".join(f"{name}\n" for name in chosen)
            for policy, flags in POLICIES.items():
                runs[policy].append(_run(shop, size, flags, names))
        for policy, rounds in runs.items():
            stayed, opened, first, rest = zip(*rounds)
            table.row(size, policy, both(opened), both(first), both(rest),
                      f"{100 - max(stayed):.0f} %")
    table.note(f"Read-ahead of this disk: {_read_ahead(shop.folder)}.")
    table.note("Where less than 100 % were dropped the file system keeps pages: not cold.")
    table.show()
