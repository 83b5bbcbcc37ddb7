"""A look-up on a thread with a small stack: what is left of 16 KiB for the caller, walked down to
the guard page. The first look-up of a process is the one in which glibc loads the modules.

A hit is compared with the same hit in /etc/hosts: for a name of both families glibc itself takes
more than a look-up that fails (it asks the kernel for the machine's own addresses), whoever answers.
"""

import os
import unittest

import lab

KNOWN, UNKNOWN, SHORT = "known.example.net", "unknown.example.net", "unknown"
ADDRESSES = "192.0.2.1", "2001:db8::1"
BASE = "files dns"
LINES = {
    BASE: (),
    "files dns myhostname": ("myhostname",),
    "resolve [!UNAVAIL=return] files dns": ("resolve",),
    "files gitdns": (),
    "files dns gitdns": (),
    f"files {lab.OUTAGE} dns gitdns": (),
}
MORE_MAX = 512  # octets of stack


def measure(line, name):
    """Octets at the first look-up, and at a later one."""
    lab.set_hosts_line(line)
    return list(map(int, lab.run(lab.program("STACK"), name).split()))


def measure_base():
    """[a miss, a miss without a dot, a hit], of /etc/hosts, after a DNS that failed."""
    miss, short = measure(BASE, UNKNOWN), measure(BASE, SHORT)
    with open("/etc/hosts") as file:
        hosts = file.read()
    lab.write("/etc/hosts", hosts + "".join(f"{address} {KNOWN}\n" for address in ADDRESSES))
    hit = measure(BASE, KNOWN)
    lab.write("/etc/hosts", hosts)
    return miss + short + [min(octets) for octets in zip(miss, hit)]


@lab.not_sanitized
class Stack(unittest.TestCase):
    def test_first_and_later(self):
        table = {BASE: measure_base()}
        for line, modules in LINES.items():
            if line != BASE and all(map(lab.has_module, modules)):
                table[line] = [octets for name in (UNKNOWN, SHORT, KNOWN) for octets in measure(line, name)]
        print(f"\n{'octets left to the caller':51}{'miss':>5}{'later':>7}{'short':>7}{'later':>7}{'hit':>7}{'later':>7}")
        for line in LINES:
            print(f"{line:49}" + "".join(f"{octets:7}" for octets in table.get(line, ["  not here"])))
        for line in filter(lambda line: "gitdns" in line, LINES):
            for own, base in zip(table[line], table[BASE]):
                self.assertGreaterEqual(own, base - MORE_MAX, line)


if __name__ == "__main__":
    lab.enter()
    lab.set_dns("closed-port")
    lab.make_store(os.path.dirname(lab.STORE), {KNOWN: " ".join(ADDRESSES)})
    unittest.main(verbosity=2)
