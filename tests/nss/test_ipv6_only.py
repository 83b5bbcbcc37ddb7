"""A network without IPv4, whose DNS64 fails: the copy's IPv6 addresses serve, and its IPv4 addresses
neither serve nor cost time, unless the machine itself translates them (464XLAT, RFC 6877)."""

import socket
import subprocess
import sys
import unittest

import lab
from lab import daemon, outage

HERE, HOST, NAMESERVER = "3ffe:64::1", "3ffe:64::80", "3ffe:64::53"
CLAT = "192.0.0.1"  # the address of a machine's own translator, RFC 7335
HOST4 = "192.88.98.80"
BOTH, ONLY4, ONLY6 = "both.example.net", "only4.example.net", "only6.example.net"
FIRST = "first.example.net"
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


class Ipv6Only(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.machine = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo ready; exec sleep 3600"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        cls.machine.stdout.readline()
        cls.inside = ["nsenter", "-t", str(cls.machine.pid), "-n"]
        lab.run("ip", "link", "add", "net1", "type", "veth", "peer", "name", "net0", "netns", str(cls.machine.pid))
        for command in (f"address add {NAMESERVER}/64 dev net1 nodad", "link set net1 up"):
            lab.run("ip", *command.split())
        for command in ("link set lo up", "address delete 127.0.0.1/8 dev lo", f"address add {HERE}/64 dev net0 nodad",
                        "link set net0 up", f"-6 route add default via {NAMESERVER}", f"address add {HOST}/128 dev lo nodad"):
            lab.run(*cls.inside, "ip", *command.split())
        cls.silent = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        cls.silent.bind((NAMESERVER, 53))
        listen = ("import socket, sys, time; s = socket.create_server(('::', 0), family=socket.AF_INET6, "
                  "dualstack_ipv6=True); print(s.getsockname()[1], flush=True); time.sleep(3600)")
        cls.server = subprocess.Popen([*cls.inside, sys.executable, "-c", listen], stdout=subprocess.PIPE, text=True)
        cls.port = int(cls.server.stdout.readline())
        lab.set_hosts_line(outage.LINE)
        lab.write("/etc/resolv.conf", f"nameserver {NAMESERVER}\noptions timeout:{outage.TIMEOUT} attempts:1\n")
        cls.daemon = daemon.Daemon(wrapper=cls.inside).__enter__()
        cls.ask(FIRST)
        daemon.wait_for(daemon.everything_is_out)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)
        cls.silent.close()
        for process in (cls.server, cls.machine):
            process.kill()
            process.wait()
            process.stdout.close()

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

    def test_ipv4_serves_by_a_translator(self):
        """One that is on the machine needs no DNS."""
        for command in (f"address add {CLAT}/32 dev net0", f"route add default dev net0 src {CLAT}",
                        f"address add {HOST4}/32 dev lo"):
            lab.run(*self.inside, "ip", *command.split())
        try:
            for name, ends in ((ONLY4, HOST4), (BOTH, HOST)):
                _, configured, end, seconds = self.ask(name)
                self.assertIn(HOST4, configured)
                self.assertEqual(end.removeprefix("connected to ").removeprefix("::ffff:"), ends)
                self.assertLess(seconds, AT_ONCE)
        finally:
            for command in (f"address delete {HOST4}/32 dev lo", f"address delete {CLAT}/32 dev net0"):
                lab.run(*self.inside, "ip", *command.split())


if __name__ == "__main__":
    lab.enter()
    lab.make_store("/var/lib/gitdns", {FIRST: HOST, BOTH: f"{HOST4} {HOST}", ONLY4: HOST4, ONLY6: HOST})
    daemon.configure()
    unittest.main(verbosity=2)
