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


def sync(name, registries):
    """Fetches what the configuration `name` has of registries: {heading: name}."""
    text = "".join(f"[{heading}]\n{'' if heading.endswith(own) else f'name = {own}'}\n"
                   f"url = file://{lab.WORK}/{own}/\nkey = {lab.WORK}/key.pub\n"
                   for heading, own in registries.items())
    lab.write(f"{lab.WORK}/{name}.conf",
              text + f"[sync]\ndirectory = {os.path.dirname(lab.STORE)}\n")
    return lab.run(lab.program("SYNCD"), "--once", "--config", f"{lab.WORK}/{name}.conf")


def publish_and_sync(path, name):
    """The registry `name` made of the hosts file, as the machine's store; what the publisher said."""
    said = publish(f"{lab.WORK}/{name}", name, f"{lab.WORK}/key", path)
    said += sync(name, {"registry": name})
    print(said, end="", flush=True)
    return said


def publish_and_sync_several(wanted, count):
    """The same names in so many registries, the last of which has wrong addresses for all names of the
    others, too: nothing of it shows."""
    names = [f"part-{count}-{place}" for place in range(count)]
    for place, name in enumerate(names):
        lines = [f"{address} {host}\n" for host in sorted(wanted)[place::count]
                 for address in sorted(wanted[host])]
        if place == count - 1:
            mine = set(sorted(wanted)[place::count])
            lines += [f"192.88.98.{number % 250 + 1} {host}\n"
                      for number, host in enumerate(sorted(wanted)) if host not in mine]
        path = lab.write(f"{lab.WORK}/{name}.hosts", "".join(lines))
        publish(f"{lab.WORK}/{name}", name, f"{lab.WORK}/key", path)
    print(sync(f"several-{count}", {f"registry {name}": name for name in names}), end="", flush=True)


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


def check(what, wanted):
    """Looks all up; returns the number of differences."""
    started = time.monotonic()
    differences, calls = compare(wanted, look_up_all(wanted))
    print(f"{what}: {len(wanted)} names, {sum(map(len, wanted.values()))} addresses; {calls} calls, "
          f"{differences} differences, {time.monotonic() - started:.1f} s", flush=True)
    return differences


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
        faults += check(f"{name}: {skipped.total()} entries skipped", wanted)
        for count in (2, 4):
            publish_and_sync_several(wanted, count)
            faults += check(f"{name} in {count} registries", wanted)
    sys.exit(1 if faults else 0)


main()
