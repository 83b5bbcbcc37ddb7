"""Time and memory of gitdns-publish and gitdns-syncd, against sort, gzip and cdb -c of the same records."""

import os
import shutil
import subprocess
import sys

import lab
from lab.bench_table import Table, both, ratio, say
from lab.registry import make_key

# MiB, and octets a name
LIMITS = {"publish": (64, 160), "again": (64, 160), "sync": (64, 16), "delta": (64, 16)}
BASELINE = "gzip -dc | cdb -c"
KINDS = {"publish": "gitdns-publish --hosts", "again": "... with 3 % changed", "sort": "sort", "gzip": "gzip -7",
         "sync": "gitdns-syncd --once", "delta": "... by the delta", "baseline": BASELINE}
CHANGED = 33  # every so many lines
END, BEYOND = 74_000_000, 74_100_000  # of 58 octets each: the second do not fit into 4 GiB


class Run:
    """One run of a program: seconds, processor seconds, MiB."""

    def __init__(self, shop, *command):
        done = subprocess.run([shop.bench("spawn"), "1", *command], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=True)
        took, worked, memory, status = done.stdout.split()
        if status != "0":
            sys.exit(f"{' '.join(command)}: status {status}: {done.stderr}")
        self.seconds, self.work = float(took) / 1e6, float(worked) / 1e6
        self.mib = int(memory) / 1024


def _fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path)
    return path


def _publish(shop, size):
    shutil.rmtree(f"{size.path}/published", ignore_errors=True)
    return Run(shop, shop.program("publish/gitdns-publish"), "--to", f"{size.path}/published",
               "--name", "bench", "--key", f"{shop.folder}/key", "--hosts", size.hosts)


def _publish_again(shop, size):
    """The next serial: some names have another address, so that there is a delta."""
    changed = f"{size.path}/changed.hosts"
    if shop.huge:
        size.write("changed.hosts", size.count, CHANGED)
    elif not os.path.exists(changed):
        with open(size.hosts, encoding="ascii") as lines, open(changed, "w", encoding="ascii") as out:
            for number, line in enumerate(lines):
                address, _, names = line.partition(" ") if " " in line else line.partition("\t")
                out.write(f"9.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255} {names}"
                          if number % CHANGED == 0 and names else line)
    return Run(shop, shop.program("publish/gitdns-publish"), "--to", f"{size.path}/published",
               "--name", "bench", "--key", f"{shop.folder}/key", "--hosts", changed)


def _sync(shop, size):
    _fresh(f"{size.path}/synced")
    return _sync_again(shop, size)


def _sync_again(shop, size):
    store = f"{size.path}/synced"
    config = shop.write("gitdns.conf", f"[registry]\nname = bench\nkey = {shop.folder}/key.pub\n"
                        f"url = file://{size.path}/published/\n[sync]\ndirectory = {store}\n"
                        "max-size = 4GiB\nround-timeout = 1d\n")
    return Run(shop, shop.program("syncd/gitdns-syncd"), "--once", "--config", config)


def _sort(shop, size):
    """By octets, in at most as much memory as publishing may take."""
    mib = sum(part * share for part, share in zip(LIMITS["publish"], (1, size.count / (1 << 20))))
    return Run(shop, "env", "LC_ALL=C", "sort", "--parallel=1", f"--buffer-size={int(mib)}M",
               f"--temporary-directory={size.path}", "-k2", size.hosts)


def _gzip(shop, size):
    return Run(shop, "gzip", "-7", "-c", size.hosts)


def _baseline(shop, size):
    """The records that the sync stored, from a gzipped dump of them."""
    dump = f"{size.path}/dump.gz"
    if not os.path.exists(dump):
        with open(dump, "wb") as out:
            cdb = subprocess.Popen(["cdb", "-d", f"{size.path}/synced/registry.cdb"],
                                   stdout=subprocess.PIPE)
            subprocess.run(["gzip"], stdin=cdb.stdout, stdout=out, check=True)
            cdb.stdout.close()
            cdb.wait()
    return Run(shop, "sh", "-c", f"gzip -dc {dump} | cdb -c {size.path}/baseline.cdb")


def _memory(kind, size, runs):
    most = f"{max(run.mib for run in runs):.1f}"
    if kind not in LIMITS:
        return most, ""
    base, each = LIMITS[kind]
    return most, f"{base + each * size.count / (1 << 20):.1f}"


def _add_rows(table, size, runs):
    wall, work = ({kind: [getattr(run, what) for run in those] for kind, those in runs.items()}
                  for what in ("seconds", "work"))
    for kind, name in KINDS.items():
        if runs[kind]:
            ratios = [ratio(spent[kind], spent["baseline"]) if runs["baseline"] else ""
                      for spent in (wall, work)]
            table.row(size, name, both(wall[kind]), ratios[0], both(work[kind]), ratios[1],
                      *_memory(kind, size, runs[kind]))


def _beyond(shop):
    """What is said of more names than fit. Only the store's end refuses them."""
    size = shop.make(BEYOND)
    done = subprocess.run([shop.program("publish/gitdns-publish"), "--to", f"{size.path}/published", "--name", "bench",
                           "--key", f"{shop.folder}/key", "--hosts", size.hosts],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 1 or "more names than a store can hold" not in done.stderr:
        sys.exit(f"{size} names: status {done.returncode}: {done.stderr}")
    return f"{size} names: {done.stderr.rpartition('/')[2].strip()}"


def missing(shop):
    """What must be there and is not."""
    return [name for name in ("publish/gitdns-publish", "syncd/gitdns-syncd")
            if not shop.program(name)] + [name for name in ("minisign",) if not lab.find_program(name)]


def measure(shop):
    absent = missing(shop)
    if absent:
        say(f"programs left out: no {', '.join(absent)}")
        return
    make_key(f"{shop.folder}/key.pub", f"{shop.folder}/key")
    has_cdb = lab.find_program("cdb") is not None
    table = Table("4. Publishing and syncing (seconds)",
                  ["names", "program", "time", "ratio", "processor", "ratio", "peak MiB",
                   "at most"], left=2)
    for size in shop.sizes:
        runs = {kind: [] for kind in KINDS}
        for turn in range(shop.rounds(3 if size.count >= 1_000_000 else 5)):
            say(f"programs: {size} names, run {turn + 1}")
            runs["publish"].append(_publish(shop, size))
            runs["sort"].append(_sort(shop, size))
            runs["gzip"].append(_gzip(shop, size))
            runs["sync"].append(_sync(shop, size))
            if has_cdb:
                runs["baseline"].append(_baseline(shop, size))
            runs["again"].append(_publish_again(shop, size))
            runs["delta"].append(_sync_again(shop, size))
        _add_rows(table, size, runs)
    if shop.sizes[-1].count == END:
        table.note(_beyond(shop))
    if has_cdb:
        table.note(f"ratio: to `{BASELINE}` of the records that were synced, which neither")
        table.note("checks nor flushes. Wanted of sync: at most 3, by the delta at most 1.2 times as")
        table.note("much. Memory: the largest process.")
    else:
        table.note("tinycdb's cdb: not installed; the comparison is left out.")
    table.show()
