"""Names of all kinds for a DNS tree, and what a registry must say of each: written from the format's
description alone."""
import ipaddress
import random

from lab.dns_tree import LAME, SILENT

CAP = 8
SLOW_NAMES = 3  # whose server takes questions and says nothing: each costs its time-outs


def kinds(zones, scale=1):
    """Adds 2,000 names of all kinds, or a multiple of that; returns {name: what a registry must say, or
    why it has none}."""
    made = Kinds(zones)
    for add in (made.with_addresses, made.aliases, made.without_addresses, made.half_public, made.failing):
        add(scale)
    for i in range(2000 * scale - len(made.expect)):
        made.expect[f"nothing{i}.com"] = "nxdomain"
    return made.expect


def public(i, n):
    return [f"8.{i >> 8 & 255}.{i & 255}.{k + 1}" for k in range(n)]


def public6(i, n):
    return [f"2001:4860:{i + 1:x}::{k + 1:x}" for k in range(n)]


class Kinds:
    def __init__(self, zones):
        self.zones = zones
        self.rng = random.Random(1)
        self.expect = {}

    def add(self, name, ipv4, ipv6):
        # Not in the order in which they are to be published.
        for address in self.rng.sample(ipv4, len(ipv4)):
            self.zones.add(name, "A", address)
        for address in self.rng.sample(ipv6, len(ipv6)):
            self.zones.add(name, "AAAA", address)
        self.expect[name] = line(name, ipv4, ipv6)

    def add_chain(self, *chain):
        for this, other in zip(chain, chain[1:]):
            self.zones.add(this, "CNAME", other + ".")
        self.expect[chain[0]] = alias(chain[0], self.expect[chain[-1]], chain[-1])

    def with_addresses(self, scale):
        for i in range(700 * scale):
            self.add(f"v4-{i}.com", public(i, 1), [])
        for i in range(400 * scale):
            self.add(f"dual-{i}.com", public(i, 1 + i % 4), public6(i, 1 + i % 3))
        for i in range(100 * scale):
            self.add(f"v6_{i}.net", [], public6(i, 1 + i % 12))
        for i in range(50 * scale):  # beyond 1,232 octets: truncated over UDP
            self.add(f"big{i}.org", public(i, 90), public6(i, 60 if i % 2 else 0))

    def aliases(self, scale):
        for i in range(200 * scale):
            self.add_chain(f"alias{i}.net", f"dual-{i}.com")
        for i in range(50 * scale):  # across zones, seven links
            links = [f"link{i}-{k}.{('com', 'net', 'org')[k % 3]}" for k in range(6)]
            self.add_chain(f"chain{i}.org", *links, f"dual-{i}.com")
        for i in range(20 * scale):  # the end must not be named in a public registry
            self.zones.add(f"hidden{i}.internal", "A", public(i, 1)[0])
            self.zones.add(f"inside{i}.com", "CNAME", f"hidden{i}.internal.")
            self.expect[f"inside{i}.com"] = line(f"inside{i}.com", public(i, 1), [])

    def without_addresses(self, scale):
        for i in range(100 * scale):
            self.zones.add(f"text{i}.org", "TXT", "none")
            self.expect[f"text{i}.org"] = "nodata"
        for i in range(20 * scale):
            self.zones.add(f"empty{i}.org", "CNAME", f"text{i}.org.")
            self.expect[f"empty{i}.org"] = "nodata"
        for i in range(20 * scale):
            self.zones.add(f"gone{i}.org", "CNAME", f"no-such-{i}.net.")
            self.expect[f"gone{i}.org"] = "nxdomain"
        for i in range(20 * scale):  # a loop
            self.zones.add(f"round{i}.net", "CNAME", f"round{i + 1 if (i + 1) % 20 else i - 19}.net.")
            self.expect[f"round{i}.net"] = "loop"

    def half_public(self, scale):
        """Only addresses that must not be published, or one of them."""
        for i in range(30 * scale):
            self.zones.add(f"private{i}.com", "A", f"10.0.{i >> 8}.{i & 255}")
            self.expect[f"private{i}.com"] = "nodata"
            self.zones.add(f"half{i}.com", "A", f"192.168.{i >> 8}.{i & 255}")
            self.add(f"half{i}.com", public(i, 1), [])

    def failing(self, scale):
        for i in range(10 * scale):  # delegated to a server that knows nothing of it
            self.zones.delegate(f"lame{i}.com", LAME)
            self.expect[f"lame{i}.com"] = "failed"
        for i in range(SLOW_NAMES):
            self.zones.delegate(f"silent{i}.com", SILENT)
            self.expect[f"silent{i}.com"] = "failed"


def line(name, ipv4, ipv6, cname=None):
    chosen = [str(address) for family in (ipv4, ipv6)
              for address in sorted(map(ipaddress.ip_address, family))[:CAP]]
    return " ".join([name, *chosen]) + (f" cname={cname}" if cname else "")


def alias(name, of, cname):
    return " ".join([name, *of.split()[1:]]) + f" cname={cname}"
