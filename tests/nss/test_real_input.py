"""All of the real input through publisher, daemon and glibc: with DNS dead, getaddrinfo gives for every
name exactly the addresses that the hosts file says, less what the publisher reports as skipped.

The hosts files are read here by code of its own, and the rules of what may not be published
stand here once more.
"""

import collections
import gzip
import ipaddress
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import lab

DATA = os.path.normpath(f"{lab.HERE}/../../../shared/data/hosts")
INPUTS = ["root-2026-06-13.hosts.gz", "real-union.hosts.gz"]

SPECIAL = re.compile(
    r"(^|\.)(localhost|local|invalid|test|onion|alt|example|internal|home\.arpa|ipv4only\.arpa"
    r"|resolver\.arpa)$")
LABEL = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")
REFUSED4 = [ipaddress.ip_network(net) for net in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")]
ALLOWED6 = ipaddress.ip_network("2000::/3")
REFUSED6 = [ipaddress.ip_network(net) for net in (
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


def name_fault(name):
    labels = name.split(".")
    if len(name) > 253 or not all(map(LABEL.match, labels)) or labels[-1].isdigit():
        return "malformed"
    if len(labels) == 1 or SPECIAL.search(name):
        return "special-use names"
    return None


def address_fault(address):
    if address.version == 4:
        refused = any(address in net for net in REFUSED4)
    else:
        refused = address not in ALLOWED6 or any(address in net for net in REFUSED6)
    return "addresses that are not globally reachable" if refused else None


def read_hosts(path):
    """{name: {addresses}}, and a Counter of the entries that may not be published."""
    wanted, skipped = collections.defaultdict(set), collections.Counter()
    with gzip.open(path, "rt") as file:
        for line in file:
            text, *names = line.split("#")[0].split() or [None]
            for name in names:
                name = name.lower().removesuffix(".")
                address = ipaddress.ip_address(text)
                fault = name_fault(name) or address_fault(address)
                if fault:
                    skipped[fault] += 1
                else:
                    wanted[name].add(str(address))
    return wanted, skipped


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: status {done.returncode}")
    return done.stdout


def publish_and_sync(path, name):
    """The registry `name` made of the hosts file, as the machine's store; what the publisher said."""
    said = run(lab.program("PUBLISH"), "--to", f"{lab.WORK}/{name}", "--name", name, "--key",
               f"{lab.WORK}/key", "--hosts", path)
    lab.write(f"{lab.WORK}/{name}.conf",
              f"[registry]\nname = {name}\nurl = file://{lab.WORK}/{name}/\nkey = {lab.WORK}/key.pub\n"
              f"[sync]\ndirectory = {os.path.dirname(lab.STORE)}\n")
    run(lab.program("SYNCD"), "--once", "--config", f"{lab.WORK}/{name}.conf")
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
    subprocess.run(["minisign", "-G", "-W", "-p", f"{lab.WORK}/key.pub", "-s", f"{lab.WORK}/key"],
                   stdout=subprocess.DEVNULL, check=True)
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
