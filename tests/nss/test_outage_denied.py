"""The wrong no: `[answer] denied`. Names that DNS denies although their servers run, as on 20 October 2025; and
names that it rightly denies.

The servers are on a machine of their own, as none of this machine's own addresses is proven.
"""
import contextlib
import os
import subprocess
import time

import lab
from lab import authority, daemon, network, outage
from lab.registry import DAY, Key, Registry, now
from lab.tls_servers import Servers, context, tls

FOLDER = os.path.dirname(lab.STORE)
RECORDS = {
    "listed.example.net": "192.88.98.1",
    "second.example.net": "192.88.98.2 2001:4860::2",
    "unproven.example.net": "192.88.98.3",  # a certificate for another name
    "filtered.example.net": "192.88.98.4",  # DNS has never answered it
    "young.example.net": "192.88.98.5",  # in two serials
    "v4.example.net": "192.88.98.6",  # DNS denies its IPv6 alone
    "example.net": "192.88.98.7",  # the list has what lies below
    "unlisted.example.org": "192.88.98.8",
}
DENIED_BY = {"listed.example.net": "nodata", "second.example.net": "nxdomain"}
V4 = {"198.51.100.7", "198.51.100.8"}  # what DNS says of the one family
NEVER = [name for name in RECORDS if name not in DENIED_BY and not name.startswith("v4.")]
ANSWERED_IN = 10  # seconds, from the first look-up that is denied
ENDED_IN = 60  # seconds


def serve(servers, root, folder):
    """The servers' machine, reached by a route."""
    network.make_bridge()
    lab.run("ip", "address", "add", "10.77.0.254/24", "dev", network.BRIDGE)
    far = network.Machine("far", 1)
    lab.run("ip", "route", "add", "192.88.98.0/24", "via", far.address)
    for name, addresses in RECORDS.items():
        address = addresses.split()[0]
        lab.run(*far.prefix(), "ip", "address", "add", f"{address}/32", "dev", "lo")
        issued = root.issue(name, f"DNS:{'other.example.com' if name.startswith('unproven') else name}")
        far.inside(lambda a=address, i=issued: servers.serve(a, 443, tls(context(i))))


def configure(registry, key, more):
    os.makedirs("/etc/gitdns", exist_ok=True)
    lab.write(daemon.CONFIG, f"[registry]\nname = {registry.name}\nurl = file://{registry.folder}/\n"
                             f"key = {key.public}\n{more}")


def pull(registry, *texts):
    """Serials of the last two weeks."""
    for number, text in enumerate(texts):
        registry.publish(number + 1, text, created=now() - DAY - (len(texts) - 1 - number) * 4 * DAY)
        lab.run(lab.program("GITDNS"), "pull")


class Denied(outage.WithDaemon):
    def setUp(self):
        for name in RECORDS:
            self.addCleanup(self.restore, f"@{name}")
        for name in self.told:
            self.restore(name)
        self.told.clear()
        # Before the daemon begins.
        lab.tell_responder("@filtered.example.net=nxdomain")
        lab.tell_responder("@v4.example.net=a-good-aaaa-nodata")
        names = [name for name in RECORDS if name.endswith(".example.net")]
        before = {name: int(self.asked(name)) for name in names}
        super().setUp()

        def all_are_asked():
            """For both families; what came in answer came before this is told."""
            return all(int(self.asked(name)) >= before[name] + 2 for name in names)
        daemon.wait_for(all_are_asked)

    def deny(self):
        for name in [*DENIED_BY, *NEVER]:
            self.dns(f"@{name}", DENIED_BY.get(name, "nodata"))

    def answers(self, name, database="ahosts"):
        return outage.look_up(name, database)[0]

    def wait_until(self, name, addresses):
        def is_so():
            return self.answers(name) == addresses
        return daemon.wait_for(is_so, step=0.5)

    def denied_ones_stay_so(self):
        for name in NEVER:
            self.assertEqual(self.answers(name), set(), name)
        self.assertEqual(self.answers("v4.example.net"), V4)
        self.assertEqual(self.answers("v4.example.net", "ahostsv6"), {f"::ffff:{address}" for address in V4})

    def test_day_of_it(self):
        self.assertEqual(daemon.names_out(), 0)
        self.deny()
        for name, addresses in DENIED_BY.items():
            took = self.wait_until(name, set(RECORDS[name].split()))
            print(f"{name} is answered after {took:.1f} s", end="; ", flush=True)
            self.assertLess(took, ANSWERED_IN, self.daemon.said())
        end = time.monotonic() + ANSWERED_IN
        while time.monotonic() < end:
            self.denied_ones_stay_so()
        self.assertEqual(daemon.names_out(), len(DENIED_BY), self.daemon.said())
        self.assertIn("2 names that DNS denies are answered, being proven to be served", self.status())
        self.assertIn("none known; ", self.status())
        self.restore_all()

    def status(self):
        return subprocess.run([lab.program("GITDNS"), "status"], capture_output=True, text=True).stdout

    def restore_all(self):
        start = time.monotonic()
        for name in RECORDS:
            self.restore(f"@{name}")

        def is_over():
            return daemon.names_out() == 0
        daemon.wait_for(is_over)
        took = time.monotonic() - start
        print(f"it is over {took:.1f} s after DNS's return", end=" ", flush=True)
        self.assertLess(took, ENDED_IN, self.daemon.said())
        self.assert_from_dns("listed.example.net")

    def test_another_network(self):
        """Its DNS has not answered the name so far."""
        self.deny()
        self.wait_until("listed.example.net", {"192.88.98.1"})
        with open("/etc/resolv.conf") as file:
            lab.write("/etc/resolv.conf", file.read() + "# another\n")
        self.wait_until("listed.example.net", set())
        end = time.monotonic() + ANSWERED_IN
        while time.monotonic() < end:
            self.assertEqual(self.answers("listed.example.net"), set())

    def test_server_is_gone(self):
        self.deny()
        self.wait_until("listed.example.net", {"192.88.98.1"})
        lab.run("ip", "route", "add", "unreachable", "192.88.98.1/32")
        self.addCleanup(lab.run, "ip", "route", "del", "192.88.98.1/32")
        took = self.wait_until("listed.example.net", set())
        print(f"it is over {took:.1f} s after its server", end=" ", flush=True)
        self.assertLess(took, ENDED_IN, self.daemon.said())

    def test_by_hand(self):
        """`gitdns outage off` keeps it shut, too."""
        self.deny()
        self.wait_until("listed.example.net", {"192.88.98.1"})
        daemon.force("off")
        self.wait_until("listed.example.net", set())
        daemon.force("auto")
        self.wait_until("listed.example.net", {"192.88.98.1"})


def main():
    lab.enter()
    missing = authority.missing()
    if missing:
        lab.skip(missing)
    lab.start_responder()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(lab.scratch())
        root, key = authority.Authority(folder, "root"), Key(folder, "key")
        lab.write(str(authority.TRUSTED), root.certificate.read_text())
        serve(stack.enter_context(Servers()), root, folder)
        registry = Registry(f"{folder}/published", key, "lab")
        configure(registry, key, "[answer]\ndenied = *.example.net\n")
        whole = lab.registry_text(RECORDS).encode()
        old = lab.registry_text({name: addresses for name, addresses in RECORDS.items()
                                 if not name.startswith("young")}).encode()
        pull(registry, old, old, whole, whole)
        outage.unittest.main("__main__", verbosity=2)


main()
