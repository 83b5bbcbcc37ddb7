"""`gitdns export --format`, checked by each server's own checker and loaded by the server as the head of the export
says. Debian's own servers, in namespaces with nothing but loopback; behind them knot with the rest of DNS, which dies.
"""
import os
import re
import subprocess

import lab
from lab import exported, namespaces
from lab.dns_question import A, AAAA, MX, ask
from lab.dns_tree import AUTHORITY, Tree, Zones
from lab.exported import Exports, records_of
from lab.programs import find_program, unpacked_environment

ADDRESS = "127.0.0.1"  # named listens at none that no interface has
NXDOMAIN = 3
NAME, ONLY_DNS = "four.example.net", "only-dns.example.org"
FROM_DNS = {A: "9.9.9.9", AAAA: "2001:4860::9"}
DNS = f"""$TTL 0
. SOA a.root. x.root. 1 3600 600 86400 0
. NS a.root.
a.root. A {AUTHORITY}
{NAME}. A {FROM_DNS[A]}
{NAME}. AAAA {FROM_DNS[AAAA]}
{NAME}. MX 1 mail.{NAME}.
{ONLY_DNS}. A {FROM_DNS[A]}
"""
NAMED = f"""
options {{
    directory "%s"; pid-file none; session-keyfile none;
    listen-on {{ {ADDRESS}; }}; listen-on-v6 {{ none; }};
    dnssec-validation no; recursion yes; empty-zones-enable no;
    forwarders {{ {AUTHORITY}; }}; forward only; max-cache-ttl 0; max-ncache-ttl 0; servfail-ttl 0;
    %s
}};
controls {{ }};
"""
UNBOUND = f"""
server:
    interface: {ADDRESS}
    username: ""
    chroot: ""
    directory: "%s"
    pidfile: ""
    use-syslog: no
    do-not-query-localhost: no
    cache-max-ttl: 0
    cache-max-negative-ttl: 0
    module-config: "iterator"
forward-zone:
    name: "."
    forward-addr: {AUTHORITY}
    forward-no-cache: yes
remote-control:
    control-enable: no
"""


class Servers(Exports):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.folder, Zones())
        self.addCleanup(self.tree.__exit__)

    def find(self, name):
        program = find_program(name)
        if program is None:
            self.skipTest(f"{name} is absent")
        return program

    def check(self, name, *arguments):
        """The checker is content, and warns of nothing."""
        done = subprocess.run([self.find(name), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=unpacked_environment())
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotRegex(done.stdout.replace("no errors", ""), "(?i)warning|error|bad")

    def told(self, format, place):
        """What the export says of how it is loaded, and the file that it has to be."""
        text = exported.told(self.text[format], format)[place]
        path = re.search(r"/\S*/gitdns\.\w+", text)
        if path is None:
            return text
        file = self.folder / os.path.basename(path[0])
        file.write_text(self.text[format])
        return text.replace(path[0], str(file))

    def start_dns(self):
        self.find("knotd")
        folder = self.folder / "dns"
        folder.mkdir()
        (folder / "root.zone").write_text(DNS)
        return self.tree.authority(folder, {".": "root"}, AUTHORITY)

    def start(self, *command):
        """A server, ready when it answers from what was exported."""
        self.tree._start(command, "server.log", lambda: ask(ADDRESS, NAME, A) == (0, records_of("hosts")[NAME]))

    def answers_by_the_copy(self, format, lacking=()):
        """All names; (RCODE, answers) of addresses of a kind that a name has none of is one of `lacking`."""
        for name, addresses in records_of(format).items():
            for kind in (A, AAAA):
                expected = sorted(address for address in addresses if (":" in address) == (kind == AAAA))
                if expected or lacking:
                    code, found = ask(ADDRESS, name, kind) or (None, [])
                    found = sorted(found, key=expected.index) if set(found) == set(expected) else found
                    self.assertIn((code, found), [(0, expected)] if expected else lacking, name)

    def overrides_dns(self, format, lacking, mail, others=(0, [FROM_DNS[A]])):
        """`lacking`: what is said of an IPv6 address that the copy has not."""
        self.answers_by_the_copy(format)
        self.assertEqual(ask(ADDRESS, NAME, AAAA), lacking)
        self.assertEqual(len(ask(ADDRESS, NAME, MX)[1]), mail)
        self.assertEqual(ask(ADDRESS, ONLY_DNS, A), others)

    def end_dns(self, process):
        process.kill()
        process.wait()

    THROUGH, NODATA = (0, [FROM_DNS[AAAA]]), (0, [])

    def test_unbound(self):
        dns, config = self.start_dns(), self.folder / "unbound.conf"
        config.write_text(UNBOUND % self.folder + self.told("unbound", 0))
        self.check("unbound-checkconf", config)
        self.start(self.find("unbound"), "-d", "-c", config)
        self.overrides_dns("unbound", self.THROUGH, mail=1)
        self.end_dns(dns)
        self.answers_by_the_copy("unbound")

    def test_rpz_in_unbound(self):
        dns, config = self.start_dns(), self.folder / "unbound.conf"
        config.write_text(UNBOUND % self.folder + self.told("rpz", 2))
        self.check("unbound-checkconf", config)
        self.start(self.find("unbound"), "-d", "-c", config)
        self.overrides_dns("rpz", self.NODATA, mail=0)
        self.end_dns(dns)
        self.answers_by_the_copy("rpz", [self.NODATA])

    def named(self, format, options, zone):
        config = self.folder / "named.conf"
        config.write_text(NAMED % (self.folder, options) + zone)
        self.check("named-checkconf", "-z", config)
        self.start(self.find("named"), "-g", "-c", config)

    def test_rpz_in_named(self):
        self.find("named")
        dns = self.start_dns()
        zone = self.told("rpz", 1)
        self.check("named-checkzone", "-k", "ignore", "gitdns.rpz", self.folder / "gitdns.rpz")
        self.named("rpz", self.told("rpz", 0), zone)
        self.overrides_dns("rpz", self.NODATA, mail=0)
        self.end_dns(dns)
        self.answers_by_the_copy("rpz", [self.NODATA])

    def test_bind_in_named(self):
        self.find("named")
        zone = self.told("bind", 0)
        self.check("named-checkzone", "-k", "ignore", ".", self.folder / "gitdns.zone")
        self.named("bind", "", zone)
        self.overrides_dns("bind", self.NODATA, mail=0, others=(NXDOMAIN, []))

    def test_bind_in_knot(self):
        config = self.folder / "knot.conf"
        (self.folder / "db").mkdir()
        config.write_text(f"server:\n    rundir: {self.folder}\n    listen: {ADDRESS}@53\nlog:\n  - target: stderr\n    any: info\n"
                          f"database:\n    storage: {self.folder}/db\n" + self.told("bind", 1))
        self.check("knotc", "-c", config, "conf-check")
        self.check("knotc", "-c", config, "zone-check")
        self.start(self.find("knotd"), "-c", config)
        self.overrides_dns("bind", self.NODATA, mail=0, others=(NXDOMAIN, []))

    def dnsmasq(self, format, config, *options):
        dns = self.start_dns()
        path = self.folder / "dnsmasq.conf"
        path.write_text(config)
        self.check("dnsmasq", "--test", "-C", path, *options)
        self.start(self.find("dnsmasq"), "-k", "--user=", "--group=", "--pid-file", "--no-resolv", "--no-hosts", "--cache-size=0",
                   f"--server={AUTHORITY}", f"--listen-address={ADDRESS}", "--bind-interfaces", "-C", path, *options)
        self.overrides_dns(format, self.THROUGH, mail=1)
        self.end_dns(dns)
        self.answers_by_the_copy(format)

    def test_dnsmasq(self):
        self.dnsmasq("dnsmasq", self.told("dnsmasq", 0))

    def test_hosts_in_dnsmasq(self):
        file = self.folder / "hosts"
        file.write_text(self.text["hosts"])
        self.dnsmasq("hosts", "", f"--addn-hosts={file}")

    def test_hosts_in_glibc(self):
        file = self.folder / "hosts"
        file.write_text(self.text["hosts"])
        lab.run("mount", "--bind", file, "/etc/hosts")
        self.addCleanup(lab.run, "umount", "/etc/hosts")
        for name, addresses in records_of("hosts").items():
            said = lab.run("getent", "-s", "hosts:files", "ahosts", name)
            self.assertEqual({line.split()[0] for line in said.splitlines()}, set(addresses), name)


if __name__ == "__main__":
    namespaces.enter()
    lab.main()
