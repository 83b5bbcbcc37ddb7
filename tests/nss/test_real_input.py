"""All of the real input through publisher, daemon and glibc: with DNS dead, getaddrinfo gives for every
name exactly the addresses that the hosts file says, less what the publisher reports as skipped.

The hosts files are read by the tests' own code, in which the rules of what may not be published
stand once more: lab/hosts_file.py.
"""

import collections
import gzip
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import lab
from lab import hosts_file
from lab.publish_hosts import publish
from lab.registry import make_key

DATA = lab.DATA / "hosts"
INPUTS = ["root-2026-06-13.hosts.gz", "real-union.hosts.gz"]


def read_hosts(path):
    """{name: {addresses}}, and a Counter of the entries that may not be published."""
    with gzip.open(path) as file:
        wanted, skipped = hosts_file.entries(file.read())
    return ({name: set(map(str, addresses)) for name, addresses in wanted.items()},
            collections.Counter({hosts_file.KINDS[kind]: count for kind, count in skipped.items()}))


def publish_and_sync(path, name):
    """The registry `name` made of the hosts file, as the machine's store; what the publisher said."""
    said = publish(f"{lab.WORK}/{name}", name, f"{lab.WORK}/key", path)
    lab.write(f"{lab.WORK}/{name}.conf",
              f"[registry]\nname = {name}\nurl = file://{lab.WORK}/{name}/\nkey = {lab.WORK}/key.pub\n"
              f"[sync]\ndirectory = {os.path.dirname(lab.STORE)}\n")
    said += lab.run(lab.program("SYNCD"), "--once", "--config", f"{lab.WORK}/{name}.conf")
    print(said, end="", flush=True)
    return said


def reported(said):
    """The publisher's summary of what it skipped, as a Counter."""
    summary = re.search(r"skipped (\d+) entr(?:y|ies): (.*)", said)
    parts = re.findall(r"(\d+) ([^,]+)", summary[2]) if summary else []
    return collections.Counter({kind.strip(): int(number) for number, kind in parts})


def look_up_all(names):
    """{(name, call): result} by two processes that make the three plain calls for each name."""
    def look_up(half):
        done = subprocess.run([lab.program("PROBE"), "-i", "-g"], input="\n".join(half) + "\n",
                              stdout=subprocess.PIPE, text=True, check=True)
        return lab.results(done.stdout)

    names = list(names)
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(look_up, (names[::2], names[1::2]))
    return first | second


def compare(wanted, results):
    """Prints the first differences; returns their number and that of the calls."""
    differences = calls = 0
    families = {"getaddrinfo unspec": None, "getaddrinfo inet": 4, "getaddrinfo inet6": 6}
    for name, addresses in wanted.items():
        for call, version in families.items():
            want = {address for address in addresses
                    if version is None or (":" in address) == (version == 6)}
            words = results[name, call].split()
            got = words[1:] if words[0] == "ok" else []
            right = set(got) == want and len(got) == len(want)
            if not right or (not want and words[0] != "EAI_AGAIN"):
                differences += 1
                if differences <= 20:
                    print(f"DIFFERENCE {name} {call}: {results[name, call]}; input {sorted(want)}")
            calls += 1
    return differences, calls


def main():
    lab.enter()
    missing = [name for name in INPUTS if not os.path.exists(f"{DATA}/{name}")]
    if missing:
        lab.skip(f"{DATA}: no {', '.join(missing)}")
    lab.set_hosts_line("files dns gitdns")
    lab.set_dns("closed-port")
    make_key(f"{lab.WORK}/key.pub", f"{lab.WORK}/key")
    faults = 0
    for number, name in enumerate(INPUTS):
        if os.path.exists(lab.STORE):
            os.unlink(lab.STORE)
        wanted, skipped = read_hosts(f"{DATA}/{name}")
        said = publish_and_sync(f"{DATA}/{name}", f"registry-{number}")
        if reported(said) != skipped:
            print(f"DIFFERENCE skipped: publisher {dict(reported(said))}; here {dict(skipped)}")
            faults += 1
        started = time.monotonic()
        results = look_up_all(wanted)
        differences, calls = compare(wanted, results)
        faults += differences
        print(f"{name}: {len(wanted)} names, {sum(map(len, wanted.values()))} addresses, "
              f"{skipped.total()} entries skipped; {calls} calls, {differences} differences, "
              f"{time.monotonic() - started:.1f} s", flush=True)
    sys.exit(1 if faults else 0)


main()
