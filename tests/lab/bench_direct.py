"""The module called directly, by tests/bench/direct.c."""

import re
import subprocess

import lab

# Blocks by turns: enough of them for neither to find what the other has just fetched into a cache,
# and each of so many look-ups that its start does not count.
BLOCKS = 16
BLOCK_LOOKUPS = 2500
LOOKUPS = 6_000_000  # of each kind, for one size


def _command(shop, size, flags, folder, wrapper=()):
    module = lab.program("NSS_MODULE")
    command = [*wrapper, shop.bench("direct"), *flags, module, size.store]
    return lab.within(shop.machine("files gitdns", store=folder or size.path), command)


def _run(shop, size, flags, folder, wrapper=()):
    with open(size.names) as names:
        return subprocess.run(_command(shop, size, flags, folder, wrapper), stdin=names, check=True,
                              capture_output=True, text=True)


def nanoseconds(shop, size, flags, folder=None):
    """(bare, module), round by round; `folder`: of a copy that answers the same, if not the size's."""
    rounds = shop.rounds(min(200, max(5, LOOKUPS // size.count)))
    blocks = max(2, min(BLOCKS, size.count // BLOCK_LOOKUPS))
    done = _run(shop, size, [*flags, "-b", str(blocks), "-r", str(rounds)], folder)
    lines = [line.split() for line in done.stdout.splitlines()]
    return [float(line[1]) for line in lines], [float(line[3]) for line in lines]


def count_instructions(shop, size, flags, only, folder=None):
    """Of one look-up: what two more rounds cost."""
    collected = []
    for rounds in (1, 3):
        callgrind = ["valgrind", "--tool=callgrind",
                     f"--callgrind-out-file={shop.folder}/callgrind"]
        done = _run(shop, size, [*flags, "-b", "1", "-r", str(rounds), "-o", only], folder,
                    callgrind)
        collected.append(int(re.search(r"Collected : (\d+)", done.stderr)[1]))
    # gethostbyname2_r is asked only for names that have an IPv4 address.
    names = sum(1 for record in size.records if record.ipv4 or not flags)
    return (collected[1] - collected[0]) / 2 / names
