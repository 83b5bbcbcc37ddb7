"""Names that were really deleted, of real registries (../shared/data): none is answered from the copy, though all of
them are listed in `[answer] denied` and somebody serves TLS at every address."""
import contextlib
import gzip
import os
import pathlib
import unittest

import lab
from lab import authority, daemon, network, outage
from lab.registry import DAY, Key, Registry, now
from lab.tls_servers import Servers, context, tls

WEEKS = {"root": [f"root-2026-{day}" for day in ("04-11", "04-18", "04-25", "05-02", "05-09", "05-16", "05-23", "05-30",
                                                 "06-06", "06-13")],
         "is-a-dev": [f"is-a-dev-2026-{day}" for day in ("06-06", "06-13", "06-20", "06-27", "07-04", "07-11")]}
NAMES_MAX = 150  # that are deleted, of each
OTHERS = 20
ADDRESSES_MAX = 4


def hosts(week):
    """{name: addresses}"""
    found = {}
    for line in gzip.decompress(pathlib.Path(lab.DATA, "hosts", f"{week}.hosts.gz").read_bytes()).decode().splitlines():
        fields = line.split("#")[0].split()
        for name in fields[1:]:
            found.setdefault(name.lower(), []).append(fields[0])
    return found


def record(addresses):
    four = [address for address in addresses if ":" not in address][:ADDRESSES_MAX]
    return " ".join(four) if four else None


def deletions(weeks):
    """({name: addresses}, those that are in a week and not in the last one)."""
    last, before = hosts(weeks[-1]), {}
    for week in weeks[:-1]:
        before.update(hosts(week))
    gone = [name for name in before if name not in last and record(before[name])][:NAMES_MAX]
    others = [name for name in before if name in last and record(before[name])][:OTHERS]
    return {name: record(before[name]) for name in gone + others}, gone


class Deleted(outage.WithDaemon):
    def setUp(self):
        pass  # for each registry

    def begin(self, kind):
        records, gone = deletions(WEEKS[kind])
        key = Key(self.folder, kind)
        registry = Registry(f"{self.folder}/{kind}", key, kind)
        listed = "".join(f"denied = {name}\n" for name in records)
        os.makedirs("/etc/gitdns", exist_ok=True)
        lab.write(daemon.CONFIG, f"[registry {kind}]\nurl = file://{registry.folder}/\nkey = {key.public}\n"
                                 f"[answer]\n{listed}")
        for serial in (1, 2, 3):
            registry.publish(serial, lab.registry_text(records).encode(), created=now() - (3 - serial) * 7 * DAY - 60)
            lab.run(lab.program("GITDNS"), "pull")
        super().setUp()
        return gone

    def wait_until_asked(self, names, times):
        def all_are_asked():
            return all(int(self.asked(name)) >= times for name in names)
        daemon.wait_for(all_are_asked, step=0.5)

    def check(self, kind):
        gone = self.begin(kind)
        self.assertTrue(gone)
        self.wait_until_asked(gone, 2)
        for name in gone:
            self.dns(f"@{name}", "nxdomain")
        before = self.servers.counts["0.0.0.0", 443]

        def all_are_told():
            """Of each it says that DNS's no counts. A report may be lost."""
            told = " ".join(self.daemon.said())
            untold = [name for name in gone if f"{name}: DNS denies it, and that counts: none" not in told]
            for name in untold:
                self.assertEqual(outage.look_up(name)[0], set())
            return not untold
        daemon.wait_for(all_are_told, step=1)
        self.assertGreaterEqual(self.servers.counts["0.0.0.0", 443] - before, len(gone))
        self.assertEqual(daemon.names_out(), 0, self.daemon.said())
        for name in gone:
            self.assertEqual(outage.look_up(name)[0], set())
        print(f"{kind}: {len(gone)} deleted names, 0 answered", end=" ", flush=True)

    def test_root(self):
        self.check("root")

    def test_is_a_dev(self):
        self.check("is-a-dev")


def main():
    lab.enter()
    missing = authority.missing()
    if missing:
        lab.skip(missing)
    if not os.path.isdir(f"{lab.DATA}/hosts"):
        lab.skip("../shared/data is not there")
    lab.start_responder()
    with contextlib.ExitStack() as stack:
        Deleted.folder = stack.enter_context(lab.scratch())
        Deleted.servers = stack.enter_context(Servers())
        root = authority.Authority(Deleted.folder, "authority")
        lab.write(str(authority.TRUSTED), root.certificate.read_text())
        network.make_bridge()
        lab.run("ip", "address", "add", "10.77.0.254/24", "dev", network.BRIDGE)
        far = network.Machine("far", 1)
        lab.run("ip", "route", "add", "default", "via", far.address)
        # Every address is its own.
        lab.run(*far.prefix(), "ip", "link", "set", "lo", "up")
        lab.run(*far.prefix(), "ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo")
        issued = root.issue("other", "DNS:other.example.com")
        far.inside(lambda: Deleted.servers.serve("0.0.0.0", 443, tls(context(issued))))
        unittest.main("__main__", verbosity=2)


main()
