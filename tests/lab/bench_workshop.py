"""What tests/bench/run measures with: for each size a folder with the same records as
registry text, as hosts(5), as a list of names in random order, and as a store."""

import os
import random
import subprocess

import lab
from lab import bench_records as records
from lab.bench_table import say

STORE_FOLDER = os.path.dirname(lab.STORE)
SECONDS = 7 * 24 * 3600  # for which a store may be used


class Size:
    """`count` records in the folder `path`."""

    def __init__(self, path, count):
        self.path, self.count = path, count
        os.mkdir(path)
        self.records, self.real = records.make(count)
        self.text, self.hosts, self.names, self.store = (
            f"{path}/{name}" for name in ("text", "hosts", "names", "registry.cdb"))
        records.write_text(self.records, self.text)
        records.write_hosts(self.records, self.hosts)
        self.shuffled = [record.name for record in self.records]
        random.Random(records.SEED).shuffle(self.shuffled)
        records.write_names(self.shuffled, self.names)
        with open(self.text) as text:
            subprocess.run([lab.program("MAKE_STORE"), path, str(SECONDS)], stdin=text, check=True)

    def shaped(self, ipv4, ipv6, count):
        """At most `count` names that have so many addresses and are no aliases, in random order."""
        found = [record.name for record in self.records if not record.cname and
                 len(record.ipv4) == ipv4 and len(record.ipv6) == ipv6]
        return random.Random(records.SEED).sample(found, min(count, len(found)))

    def __str__(self):
        return f"{self.count:,}"


class HugeSize:
    """More than Python holds: a hosts file alone, of names that are all made up."""
    real = 0

    def __init__(self, path, count, many):
        self.path, self.count = path, count
        os.mkdir(path)
        self.many = many
        self.hosts = self.write("hosts", count)

    def write(self, name, *options):
        path = f"{self.path}/{name}"
        with open(path, "wb") as out:
            subprocess.run([self.many, *map(str, options)], stdout=out, check=True)
        return path

    def __str__(self):
        return f"{self.count:,}"


class Workshop:
    """`build` is the build folder; `folder`, on a real file system, is this run's own."""

    def __init__(self, build, folder, sizes, effort, huge=False):
        self.build, self.folder, self.effort, self.huge = build, folder, effort, huge
        self.sizes = []
        for count in sizes:
            say(f"making {count:,} records")
            self.sizes.append(self.make(count))

    def make(self, count):
        path = f"{self.folder}/{count}"
        return HugeSize(path, count, self.bench("many")) if self.huge else Size(path, count)

    def program(self, name):
        """A program or module of the build, or None."""
        path = f"{self.build}/{name}"
        return path if os.access(path, os.X_OK) else None

    def bench(self, name):
        return f"{self.build}/tests/bench/bench_{name}"

    def rounds(self, many):
        """Fewer where a quick run is wanted."""
        return max(1, round(many * self.effort))

    def write(self, name, text):
        return lab.write(f"{self.folder}/{name}", text)

    def machine(self, services, store=None, hosts=None, resolv_conf=None):
        """The files of a machine with that hosts line, as lab.within() takes them."""
        line = self.write(f"nsswitch-{services.replace(' ', '-')}", lab.hosts_line(services))
        files = {"/etc/nsswitch.conf": line, STORE_FOLDER: store, "/etc/hosts": hosts,
                 "/etc/resolv.conf": resolv_conf}
        return {target: path for target, path in files.items() if path}
