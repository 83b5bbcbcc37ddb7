"""What a hosts file must give, worked out from the format's description alone."""
import collections
import ipaddress
import re

from lab.registry import canonical

SPECIAL = ("localhost", "local", "invalid", "test", "onion", "alt", "example", "internal", "home.arpa",
           "ipv4only.arpa", "resolver.arpa")
REFUSED = [ipaddress.ip_network(network) for network in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
GLOBAL6 = ipaddress.ip_network("2000::/3")
HOLDS_ADDRESS = re.compile(r":|(?:\d+\.){3}\d")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
KINDS = {"malformed": "malformed", "special": "special-use names",
         "address": "addresses that are not globally reachable", "many": "addresses beyond a name's 64th"}


def kind_of(name, address):
    """Why an entry cannot be published, or None. Written from the format's description alone."""
    labels = name.split(".")
    if len(name) > 253 or not all(map(LABEL.match, labels)) or labels[-1].isdigit():
        return "malformed"
    if len(labels) == 1 or any(name == special or name.endswith("." + special) for special in SPECIAL):
        return "special"
    if address.version == 6 and address not in GLOBAL6:
        return "address"
    return "address" if any(address in network for network in REFUSED) else None


def entries(hosts):
    """{name: {address: None}} that a hosts file must give, and how many entries of what are skipped."""
    records, skipped = collections.defaultdict(dict), collections.Counter()
    for line in re.split(r"\r\n?|\n", hosts.decode("latin-1").replace("\ufeff", "")):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            address = ipaddress.ip_address(words[0])
            if address in GLOBAL6 and "." in words[0]:
                raise ValueError("two lines that were joined")
        except ValueError:
            skipped["malformed"] += 1
            continue
        joined = False  # the names that follow are another address's
        for word in words[1:]:
            name = word.lower().removesuffix(".")
            kind = "malformed" if joined else kind_of(name, address)
            joined = joined or (kind == "malformed" and HOLDS_ADDRESS.search(word) is not None)
            if kind is None and address not in records[name] and len(records[name]) == 64:
                kind = "many"
            if kind is None:
                records[name][address] = None
            else:
                skipped[kind] += 1
    return records, skipped


def expected(hosts):
    """The registry text that a hosts file must give, and how many entries of what are skipped."""
    records, skipped = entries(hosts)
    lines = []
    for name in sorted(records, key=canonical):
        addresses = sorted(records[name], key=lambda address: address.version)
        lines.append(" ".join([name, *map(str, addresses)]) + "\n")
    return "".join(lines).encode(), skipped
