"""A DNS tree that knows the names of lists: each domain is delegated to servers of its own, has addresses made
up for it, and `www.` as large sites have it: the same addresses, a CDN's, or its own."""
import collections
import random

from lab import bench_records
from lab.dns_tree import Tree, Zones

SERVERS = ("127.0.1.4", "127.0.1.5")  # of all domains
CDNS = [f"cdn-{i}.net" for i in range(40)]
TTL = 300


def names_in(path, www):
    """Those of a list with one name a line, `rank,name`, comments; with www. before each, too, if wanted."""
    words = (line.partition("#")[0].split(",")[-1].strip().lower() for line in path.read_text().splitlines())
    return [name for word in words if "." in word for name in ([word, f"www.{word}"] if www else [word])]


def domain_of(name):
    return ".".join(name.split(".")[-2:])


class World(Zones):
    ttl = 86400  # of delegations

    def __init__(self, names):
        super().__init__(sorted({"com", "net", "arpa", *(name.rsplit(".", 1)[1] for name in names)}))
        self.rng = random.Random(bench_records.SEED)
        self.inside = collections.defaultdict(dict)  # {domain: {name: [line of a zone file]}}
        for name in names:
            self.put(name)
        for domain in self.inside:
            self.delegate(domain, *SERVERS)

    def put(self, name):
        record, domain = bench_records.record(self.rng, name), domain_of(name)
        record.cname = None
        if name.startswith("www."):
            record.cname = self.rng.choice((None, domain if domain in self.inside[domain] else None,
                                            f"edge-{self.rng.randrange(4000)}.{self.rng.choice(CDNS)}"))
        lines = [f"{name}. A {address}" for address in record.ipv4]
        lines += [f"{name}. AAAA {address}" for address in record.ipv6]
        if record.cname and domain_of(record.cname) != domain:
            self.inside[domain_of(record.cname)].setdefault(
                record.cname, [line.replace(name, record.cname, 1) for line in lines])
        self.inside[domain][name] = [f"{name}. CNAME {record.cname}."] if record.cname else lines


class WorldTree(Tree):
    """knot twice: for what is above the domains, and for them."""

    def _start_knot(self):
        super()._start_knot()
        folder = self.folder / "domains"
        folder.mkdir()
        zones = {domain: f"zone{i}" for i, domain in enumerate(self.zones.inside)}
        for domain, file in zones.items():
            lines = [f"$TTL {TTL}", f"{domain}. SOA a.nic.{domain}. x.nic.{domain}. 1 3600 600 86400 {TTL}",
                     f"{domain}. NS a.nic.{domain}.", f"a.nic.{domain}. A {SERVERS[0]}"]
            lines += [line for found in self.zones.inside[domain].values() for line in found]
            (folder / f"{file}.zone").write_text("\n".join(lines) + "\n")
        self.authority(folder, zones, *SERVERS)
