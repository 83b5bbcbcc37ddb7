"""getaddrinfo through gitdns, a module that answers a constant, /etc/hosts and dnsmasq."""

import subprocess
import time
from contextlib import ExitStack

import lab
from lab.bench_asker import Asker
from lab.bench_table import Table, both, median, ratio, say

SHAPES = {"one IPv4": (1, 0), "two IPv4, two IPv6": (2, 2)}
FAMILIES = {"AF_UNSPEC": 0, "AF_INET": 4}
ROUNDS = 15
NAMES = 1000
DNSMASQ_ADDRESS = "127.0.0.53"
CONSTANT = "constant module"
STARTING = 300  # seconds: dnsmasq reads a million names


def start_dnsmasq(size):
    """(dnsmasq's process, None), or (None, why there is none)."""
    program = lab.find_program("dnsmasq")
    if not program:
        return None, "not installed"
    options = ["--conf-file=/dev/null", "--keep-in-foreground", "--user=root", "--group=root",
               f"--pid-file={lab.WORK}/dnsmasq.pid", f"--listen-address={DNSMASQ_ADDRESS}",
               "--bind-interfaces", "--no-resolv", "--no-hosts", "--local=/#/",
               f"--addn-hosts={size.hosts}"]
    process = subprocess.Popen([program, *options], stderr=subprocess.DEVNULL)
    return process, None


def _wait_for(process, asker):
    """Whether the first answer came."""
    end = time.monotonic() + STARTING
    while process.poll() is None and time.monotonic() < end:
        if asker():
            return True
        time.sleep(0.1)
    return False


def _answers(shop, files, names):
    """Whether one look-up succeeds on that machine."""
    with Asker(shop, files, names, {}, stderr=subprocess.DEVNULL) as asker:
        return asker.ask(0, 1) > 0


def _machines(shop, size, dnsmasq):
    """{label: the files of a machine} in the order of the table."""
    plain = shop.machine("gitdns", store=size.path)
    machines = {"gitdns": plain, CONSTANT: shop.machine("constant"),
                "files gitdns": shop.machine("files gitdns", store=size.path),
                "files, all names in /etc/hosts": shop.machine("files", hosts=size.hosts)}
    if dnsmasq:
        conf = shop.write("resolv.conf", f"nameserver {DNSMASQ_ADDRESS}\n")
        machines["dns, all names in dnsmasq"] = shop.machine("dns", resolv_conf=conf)
    return machines


def _measure_shape(shop, size, machines, shape, table):
    ipv4, ipv6 = SHAPES[shape]
    names = shop.write("asked", "".join(f"{name}\n" for name in size.shaped(ipv4, ipv6, NAMES)))
    environment = {"LD_LIBRARY_PATH": f"{shop.build}/tests/bench", "CONSTANT_IPV4": str(ipv4),
                   "CONSTANT_IPV6": str(ipv6)}
    spent = {(label, family): [] for label in machines for family in FAMILIES}
    with ExitStack() as stack:
        askers = {label: stack.enter_context(Asker(shop, files, names, environment))
                  for label, files in machines.items()}
        for turn in range(shop.rounds(ROUNDS)):
            for label, asker in askers.items():
                for family, number in FAMILIES.items():
                    # A quarter of a second a look-up in a large /etc/hosts: three of them tell.
                    if turn < 3 or median(spent[label, family]) < 1e7:
                        spent[label, family].append(asker.measure(number))
    for label in machines:
        cells = []
        for family in FAMILIES:
            us = [ns / 1000 for ns in spent[label, family]]
            against = [ns / 1000 for ns in spent[CONSTANT, family]]
            cells += [both(us), ratio(us, against)]
        table.row(size, shape, label, *cells)


def measure(shop):
    table = Table("2. getaddrinfo (us a call)",
                  ["names", "answer", "hosts line", "AF_UNSPEC", "ratio", "AF_INET", "ratio"],
                  left=3)
    for size in shop.sizes:
        say(f"getaddrinfo: {size} names")
        process, why = start_dnsmasq(size)
        machines = _machines(shop, size, process)
        try:
            if process:
                names = shop.write("first", size.shaped(1, 0, 1)[0] + "\n")
                files = machines["dns, all names in dnsmasq"]
                if not _wait_for(process, lambda: _answers(shop, files, names)):
                    why = "did not start here"
                    del machines["dns, all names in dnsmasq"]
            for shape in SHAPES:
                _measure_shape(shop, size, machines, shape, table)
        finally:
            if process:
                process.kill()
                process.wait()
        if why:
            table.note(f"dnsmasq with {size} names: {why}; left out.")
    table.note("ratio: to a module that answers as many addresses at once, alone in the line.")
    table.show()
