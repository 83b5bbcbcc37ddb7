"""dnsdist in front of real resolvers: unbound, which it leaves as it is while that works, and systemd-resolved; and
the configurations of gitdns-dnsdist(7), each as it stands there."""

import os
import pathlib
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import unittest

import lab
from lab import authority, dns_tree, dns_tree_names, dnsdist, network, resolved, responder
from lab.dnsdist import Dnsdist, ask

PAGES = lab.ROOT / "packaging/dnsdist"
COPY = pathlib.Path(lab.STORE).parent
CONFIGURATION = "/etc/dnsdist/dnsdist.conf"
ROUTER, HOUSE = "192.168.1.1", "192.168.1.2"
BRIDGES = ("172.17.0.1", "10.88.0.1")
# A command, and the bridges once it listens at their addresses: the first in the kernel's words.
BEFORE_BRIDGES = ["sh", "-c", f"""
for _ in $(seq 1200); do
    grep -q 010011AC:0035 /proc/net/udp && for address in {' '.join(BRIDGES)}; do ip address add $address/32 dev lo; done && break
    sleep 0.1
done >/dev/null 2>&1 &
exec "$@" """, "sh"]
HELD = {f"v4-{i}.com": f"192.88.98.{i}" for i in range(100)} | {"mail.net": "192.88.99.1", "lame1.com": "192.88.99.2"}


def make_zones():
    """Without a TTL, so that the same answer comes each time."""
    zones = dns_tree.Zones()
    zones.ttl = 0
    names = [*dns_tree_names.kinds(zones)]
    zones.add("mail.net", "A", "8.8.9.9")
    for kind, data in (("MX", "10 mail.net."), ("TXT", '"' + "x" * 200 + '"'), ("SRV", "0 0 25 mail.net.")):
        zones.add("mail.net", kind, data)
    for i in range(30):
        zones.add("long.net", "TXT", f'"{i}{"y" * 200}"')
    failing = ("silent", "lame")
    return zones, ["mail.net", "long.net", *(name for name in names if not name.startswith(failing))]


class WithTree(unittest.TestCase):
    """The authorities, and a recursive resolver that asks them."""

    @classmethod
    def setUpClass(cls):
        zones, cls.names = make_zones()
        cls.tree = cls.enterClassContext(dns_tree.Tree(cls.enterClassContext(lab.scratch()), zones))
        lab.make_store(COPY, HELD)

    def setUp(self):
        self.running = None

    def resolver(self, address):
        unbound = self.tree.resolver(address, "rrset-roundrobin: no", "incoming-num-tcp: 100", f"access-control: {ROUTER}/24 allow")
        self.addCleanup(shutil.rmtree, self.tree.folder / f"unbound-{address}")
        self.addCleanup(unbound.wait)
        self.addCleanup(unbound.kill)
        return unbound

    def addresses(self, name, at):
        answer = ask(at, name, seconds=2)
        return answer and answer.addresses()

    def wait(self, truth):
        return dnsdist.wait_for(self.running, truth)

    def assert_follows(self, unbound, at="127.0.0.1", name="v4-1.com", right=frozenset({"8.0.1.1"})):
        """It answers from the copy while the resolver is silent, and once its port is closed, and from it else."""
        held, told = {HELD[name]}, []
        self.wait(lambda: self.addresses(name, at) == right)
        for kill, expected in ((signal.SIGSTOP, held), (signal.SIGCONT, right), (signal.SIGKILL, held)):
            unbound.send_signal(kill)
            told.append(f"{kill.name} {self.wait(lambda: self.addresses(name, at) == expected):.1f} s")
        print(*told, sep=", ")


class Peace(WithTree):
    def test_no_octet_differs(self):
        unbound = self.resolver("127.0.0.52")
        lines = f"dofile('{dnsdist.LUA}')\ngitdns()\n"
        with Dnsdist(lines, upstream="127.0.0.52") as self.running:
            self.wait(lambda: self.addresses("v4-1.com", "127.0.0.1") == {"8.0.1.1"})
            asked, again, differ = dnsdist.compare(["mail.net", "long.net", *self.names[::13]], "127.0.0.52", "127.0.0.1",
                                                    {*HELD.values()}, 3000)
            print(f"{asked} compared, {again} of them again")
            self.assertGreater(asked, 1500)
            self.assertEqual(differ, [])
            # Of a name whose servers refuse unbound says SERVFAIL.
            answer = ask("127.0.0.1", "lame1.com")
            self.assertEqual((answer.addresses(), answer.extended_errors()), ({HELD["lame1.com"]}, dnsdist.stale()))
            self.assert_follows(unbound)


class Pages(WithTree):
    """Addresses as the page has them, gitdns.lua where the package puts it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shutil.copytree(PAGES, f"{lab.WORK}/share/gitdns/dnsdist")
        lab.run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lab.WORK}/share:/usr/share", "/usr/share")
        network.make_bridge()
        lab.run("ip", "address", "add", f"{ROUTER}/24", "dev", network.BRIDGE)
        os.makedirs("/etc/dnsdist/tls", exist_ok=True)

    def use(self, name, *change):
        text = (PAGES / name).read_text()
        lab.write(CONFIGURATION, text.replace(*change) if change else text)
        done = dnsdist.check(CONFIGURATION)
        self.assertEqual(done.returncode, 0, done)

    def start(self, address, prefix=()):
        self.running = self.enterContext(Dnsdist(address=address, path=CONFIGURATION, prefix=prefix))

    def test_lan(self):
        """In front of the router's resolver, then of an unbound on the machine itself."""
        house = network.Machine("house", 2)
        lab.run(*house.prefix(), "ip", "address", "add", f"{HOUSE}/24", "dev", "eth0")
        lab.run(*house.prefix(), "ip", "link", "set", "lo", "up")
        router = self.resolver(ROUTER)
        self.use("lan.conf")
        self.start(HOUSE, house.prefix())
        self.assert_follows(router, HOUSE)
        self.running.__exit__()

        self.doCleanups()
        self.resolver(ROUTER)
        configuration = lab.write(f"{lab.WORK}/forwarder.conf", f"""server:
    interface: 127.0.0.1@5335
    directory: "{lab.WORK}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    module-config: "iterator"
forward-zone:
    name: "."
    forward-addr: {ROUTER}
remote-control:
    control-enable: no
""")
        unbound = subprocess.Popen([*house.prefix(), lab.find_program("unbound"), "-d", "-c", configuration],
                                   env=lab.unpacked_environment(), stderr=subprocess.DEVNULL)
        self.addCleanup(unbound.wait)
        self.addCleanup(unbound.kill)
        self.use("lan.conf", f"{ROUTER}:53", "127.0.0.1:5335")
        self.start(HOUSE, house.prefix())
        self.assert_follows(unbound, HOUSE)

    def test_containers(self):
        """systemd-resolved is alive while its nameserver is dead."""
        resolved.prepare()
        self.tree.processes[-1].kill()  # its address is resolved's
        with resolved.Resolved(responder.ADDRESS["good"]):
            self.use("containers.conf")
            self.start(BRIDGES[0], BEFORE_BRIDGES)
            for at in BRIDGES:
                self.wait(lambda: self.addresses("v4-1.com", at) == {"198.51.100.7", "198.51.100.8"})
            for mode in ("servfail", "silent"):
                lab.tell_responder(f".={mode}")
                for at in BRIDGES:
                    self.wait(lambda: self.addresses("v4-2.com", at) == {HELD["v4-2.com"]})
            lab.tell_responder(".=")
            self.wait(lambda: self.addresses("v4-3.com", "10.88.0.1") == {"198.51.100.7", "198.51.100.8"})

    def test_phones(self):
        """By TLS and HTTPS, in peace and with the upstream dead."""
        if why := authority.missing():
            self.skipTest(why)
        folder = pathlib.Path("/etc/dnsdist/tls")
        issuer = authority.Authority(folder, "root")
        issuer.issue("server", alternative="DNS:dns.example.net", subject="dns.example.net")
        shutil.copy(folder / "server.pem", folder / "fullchain.pem")
        shutil.copy(folder / "server.key", folder / "privkey.pem")
        self.trusted = ssl.create_default_context(cafile=issuer.certificate)
        router = self.resolver(ROUTER)
        self.use("phones.conf")
        self.start("127.0.0.1")
        right, held = {"8.0.1.1"}, {HELD["v4-1.com"]}
        self.wait(lambda: self.addresses("v4-1.com", "127.0.0.1") == right)
        self.assertEqual(self.by_tls("v4-1.com"), right)
        self.assertEqual(self.by_https("v4-1.com", issuer), right)
        router.kill()
        router.wait()
        self.wait(lambda: self.addresses("v4-1.com", "127.0.0.1") == held)
        self.assertEqual(self.by_tls("v4-1.com"), held)
        self.assertEqual(self.by_https("v4-1.com", issuer), held)

    def by_tls(self, name):
        with socket.create_connection((ROUTER, 853), timeout=lab.HANG) as plain, \
                self.trusted.wrap_socket(plain, server_hostname="dns.example.net") as sock:
            sock.sendall(responder.prefixed(dnsdist.question(name, "A")))
            with sock.makefile("rb") as stream:
                octets = stream.read(2)
                return dnsdist.Answer(stream.read(struct.unpack("!H", octets)[0])).addresses()

    def by_https(self, name, issuer):
        query = f"{lab.WORK}/question"
        lab.write(query, dnsdist.question(name, "A"))
        done = subprocess.run(["curl", "-sS", "--cacert", issuer.certificate, "--resolve", f"dns.example.net:443:{ROUTER}",
                               "-H", "Content-Type: application/dns-message", "--data-binary", f"@{query}",
                               "https://dns.example.net/dns-query"], capture_output=True, timeout=lab.HANG,
                              env=lab.plain_environment())
        self.assertEqual(done.returncode, 0, done)
        return dnsdist.Answer(done.stdout).addresses()


if __name__ == "__main__":
    dnsdist.need()
    for name in ("knotd", "unbound"):
        if lab.find_program(name) is None:
            lab.skip(f"{name} is not there")
    lab.enter()
    lab.start_responder()
    lab.main()
