"""A network without IPv4, with a translator (NAT64, RFC 6146) and a DNS64 that fails: the copy's IPv6 addresses serve,
and its IPv4 addresses neither serve nor cost time, unless the machine itself translates them (464XLAT, RFC 6877)."""

import ipaddress
import os
import signal
import socket
import subprocess
import sys
import unittest

import lab
from lab import daemon, dnsdist, outage

HERE, HOST, NAMESERVER = "3ffe:64::1", "3ffe:64::80", "3ffe:64::53"
PREFIX = "3ffe:64:64::"  # /96, of the network's translator
POOL, TRANSLATOR = "198.18.64.0/24", "198.18.64.1"  # what IPv4 sees of the network
CLAT, CLAT6 = "192.0.0.1", "3ffe:64::c1a7"  # of the machine's own translator, RFC 7335
HOST4 = "192.88.98.80"
HOST4_TRANSLATED = str(ipaddress.ip_address(int(ipaddress.ip_address(PREFIX)) + int(ipaddress.ip_address(HOST4))))
BOTH, ONLY4, ONLY6 = "both.example.net", "only4.example.net", "only6.example.net"
FIRST = "first.example.net"
UNBOUND = f"""server:
    interface: {NAMESERVER}
    access-control: ::/0 allow
    directory: "{lab.WORK}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    module-config: "dns64 iterator"
    dns64-prefix: {PREFIX}/96
auth-zone:
    name: "."
    zonefile: "{lab.WORK}/zone"
    for-downstream: no
    fallback-enabled: no
remote-control:
    control-enable: no
"""
ZONE = f""". 0 SOA . . 1 3600 3600 3600 0
. 0 NS ns.
ns. 0 AAAA {NAMESERVER}
{FIRST}. 0 AAAA {HOST}
{BOTH}. 0 A {HOST4}
{BOTH}. 0 AAAA {HOST}
{ONLY4}. 0 A {HOST4}
{ONLY6}. 0 AAAA {HOST}
"""
# Of the network, and of the machine.
NAT64 = f"""tun-device nat64
ipv4-addr {TRANSLATOR}
prefix {PREFIX}/96
dynamic-pool {POOL}
data-dir {lab.WORK}
"""
CLAT_CONFIGURATION = f"""tun-device clat
ipv4-addr 192.0.0.2
prefix {PREFIX}/96
map {CLAT} {CLAT6}
data-dir {lab.WORK}
"""
LISTEN = ("import socket, sys, time; s = socket.create_server((sys.argv[1], int(sys.argv[2])), family=int(sys.argv[3])); "
          "print(s.getsockname()[1], flush=True); time.sleep(3600)")
AT_ONCE = 0.9  # seconds; without DNS and without a host that is silent
# Says what getaddrinfo() has, as getent and curl ask, and how a connection ends.
PROGRAM = f"""
import errno, socket, sys, time
socket.setdefaulttimeout({lab.HANG})
start = time.monotonic()
for flags in (0, socket.AI_ADDRCONFIG):
    try:
        found = socket.getaddrinfo(sys.argv[1], {{port}}, type=socket.SOCK_STREAM, flags=flags)
        print(*[one[4][0] for one in found])
    except socket.gaierror as error:
        print("none")
try:
    print("connected to", socket.create_connection((sys.argv[1], {{port}})).getpeername()[0])
except OSError as error:
    print(errno.errorcode.get(error.errno, error.errno))
print(time.monotonic() - start)
"""


class Tayga:
    """A translator at work, until kill(); `inside`: the words before its commands."""

    def __init__(self, device, configuration, inside=()):
        command = [*inside, lab.find_program("tayga"), "--config", lab.write(f"{lab.WORK}/{device}.conf", configuration)]
        lab.run(*command, "--mktun")
        lab.run(*inside, "ip", "link", "set", device, "up")
        lab.run(*inside, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; echo 1 >/proc/sys/net/ipv4/ip_forward")
        self.process = subprocess.Popen([*command, "-d"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            daemon.wait_for(lambda: "LOWER_UP" in lab.run(*inside, "ip", "link", "show", device))
        except BaseException:
            self.kill()
            raise

    def kill(self):
        self.process.kill()
        self.process.wait()


class Ipv6Only(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.machine = cls.begin("unshare", "-n", "sh", "-c", "echo ready; exec sleep 3600")
        cls.machine.stdout.readline()
        cls.inside = ["nsenter", "-t", str(cls.machine.pid), "-n"]
        lab.run("ip", "link", "add", "net1", "type", "veth", "peer", "name", "net0", "netns", str(cls.machine.pid))
        for command in (f"address add {NAMESERVER}/64 dev net1 nodad", "link set net1 up", f"address add {HOST4}/32 dev lo"):
            lab.run("ip", *command.split())
        for command in ("link set lo up", "address delete 127.0.0.1/8 dev lo", f"address add {HERE}/64 dev net0 nodad",
                        "link set net0 up", f"-6 route add default via {NAMESERVER}", f"address add {HOST}/128 dev lo nodad"):
            lab.run(*cls.inside, "ip", *command.split())
        lab.write(f"{lab.WORK}/zone", ZONE)
        cls.unbound = cls.begin(lab.find_program("unbound"), "-d", "-c", lab.write(f"{lab.WORK}/unbound.conf", UNBOUND))
        cls.server = cls.listen(cls.inside, HOST, 0, "AF_INET6")
        cls.port = int(cls.server.stdout.readline())
        cls.server4 = cls.listen([], HOST4, cls.port, "AF_INET")
        cls.server4.stdout.readline()
        cls.translator = None
        lab.set_hosts_line(outage.LINE)
        lab.write("/etc/resolv.conf", f"nameserver {NAMESERVER}\noptions timeout:{outage.TIMEOUT} attempts:1\n")
        daemon.wait_for(lambda: dnsdist.ask(NAMESERVER, ONLY6, "AAAA", seconds=1) is not None)
        cls.enterClassContext(daemon.Daemon(wrapper=cls.inside))
        cls.dns_fails()

    @classmethod
    def begin(cls, *command):
        """A program, until the tests end."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   env=lab.unpacked_environment())
        for cleanup in process.stdout.close, process.wait, process.kill:
            cls.addClassCleanup(cleanup)
        return process

    @classmethod
    def listen(cls, inside, address, port, family):
        number = str(int(getattr(socket, family)))
        return cls.begin(*inside, sys.executable, "-c", LISTEN, address, str(port), number)

    @classmethod
    def dns_fails(cls):
        """It is silent, and that is known."""
        cls.unbound.send_signal(signal.SIGSTOP)
        daemon.wait_for(lambda: cls.ask(FIRST) and daemon.everything_is_out())

    @classmethod
    def translate(cls):
        """The network's translator is at work."""
        if lab.find_program("tayga") is None or not os.access("/dev/net/tun", os.W_OK):
            raise unittest.SkipTest("tayga or /dev/net/tun is not there")
        if cls.translator is None:
            cls.translator = Tayga("nat64", NAT64)
            cls.addClassCleanup(cls.translator.kill)
            for route in (f"{POOL} dev nat64", f"{PREFIX}/96 dev nat64", f"{CLAT6}/128 via {HERE}"):
                lab.run("ip", "route", "add", *route.split())

    @classmethod
    def ask(cls, name):
        """(all addresses, those that AI_ADDRCONFIG leaves, how a connection ends, seconds)"""
        said = lab.run(*cls.inside, sys.executable, "-c", PROGRAM.replace("{port}", str(cls.port)), name).splitlines()
        return said[0], said[1], said[2], float(said[3])

    def test_ipv6_serves(self):
        for name in (ONLY6, BOTH):
            found, configured, end, seconds = self.ask(name)
            self.assertEqual(found.split()[0], HOST)
            self.assertEqual(configured, HOST)
            self.assertEqual(end, f"connected to {HOST}")
            self.assertLess(seconds, AT_ONCE)

    def test_ipv4_fails_at_once(self):
        found, configured, end, seconds = self.ask(ONLY4)
        self.assertEqual((found, configured, end), (HOST4, "none", "ENETUNREACH"))
        self.assertLess(seconds, AT_ONCE)

    def test_dns64(self):
        """The network's own way, while its DNS works."""
        self.translate()
        self.unbound.send_signal(signal.SIGCONT)
        try:
            daemon.wait_for(lambda: not daemon.everything_is_out())
            found, _, end, _ = self.ask(ONLY4)
            self.assertIn(HOST4_TRANSLATED, found)
            self.assertEqual(end, f"connected to {HOST4_TRANSLATED}")
        finally:
            self.dns_fails()

    def test_ipv4_serves_by_a_translator(self):
        """One that is on the machine needs no DNS: from there to the network's, and on to a host that has IPv4 alone."""
        self.translate()
        clat = Tayga("clat", CLAT_CONFIGURATION, self.inside)
        try:
            for command in (f"address add {CLAT}/32 dev clat", "route add default dev clat", f"-6 route add {CLAT6}/128 dev clat"):
                lab.run(*self.inside, "ip", *command.split())
            for name, ends in ((ONLY4, HOST4), (BOTH, HOST)):
                _, configured, end, seconds = self.ask(name)
                self.assertIn(HOST4, configured)
                self.assertEqual(end, f"connected to {ends}")
                self.assertLess(seconds, AT_ONCE)
        finally:
            clat.kill()
            lab.run(*self.inside, "ip", "link", "delete", "clat")


if __name__ == "__main__":
    if lab.find_program("unbound") is None:
        lab.skip("unbound is not there")
    lab.enter()
    lab.make_store("/var/lib/gitdns", {FIRST: HOST, BOTH: f"{HOST4} {HOST}", ONLY4: HOST4, ONLY6: HOST})
    daemon.configure()
    unittest.main(verbosity=2)
