"""Questions to which the kernel has the answer: one may not be sent, and nothing listens there."""

import subprocess
import time

import lab
from lab import daemon, outage

NAMESERVER = "10.78.0.2"
LOOK_UP_SENDS = 4  # by glibc: for two types, twice
DAEMON_SENDS = 4  # for the name and for everything, and once more where one crosses the other's answer
OTHERS = 20
REFILL = 7  # seconds until the kernel may give as many answers as it ever gives (icmp(7), icmp_ratelimit)


class Kernel(outage.WithDaemon):
    """A nameserver on another machine, which answers that nothing listens, and not often."""

    @classmethod
    def setUpClass(cls):
        cls.machine = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo ready; exec sleep 3600"],
                                       stdout=subprocess.PIPE)
        cls.machine.stdout.readline()
        for command in (f"link add lab1 type veth peer name eth0 netns {cls.machine.pid}",
                        "address add 10.78.0.1/24 dev lab1", "link set lab1 up"):
            lab.run("ip", *command.split())
        for command in (f"address add {NAMESERVER}/24 dev eth0", "link set eth0 up"):
            lab.run("nsenter", "-t", str(cls.machine.pid), "-n", "ip", *command.split())

    @classmethod
    def tearDownClass(cls):
        cls.machine.kill()
        cls.machine.wait()
        cls.machine.stdout.close()

    def setUp(self):
        super().setUp()
        lab.write("/etc/resolv.conf", f"nameserver {NAMESERVER}\n")

    def arrived(self):
        """Datagrams for a port on which nothing listens."""
        text = lab.run("nsenter", "-t", str(self.machine.pid), "-n", "cat", "/proc/net/snmp")
        words, numbers = (line.split() for line in text.splitlines() if line.startswith("Udp:"))
        return int(numbers[words.index("NoPorts")])

    def test_nothing_listens(self):
        """The daemon leaves the few answers that there are to the programs."""
        time.sleep(REFILL)
        before = self.arrived()
        self.assertEqual(outage.look_up("name-0.example.net")[0], {"192.88.98.1"})
        took = daemon.wait_for(daemon.everything_is_out)
        sent = self.arrived() - before
        self.assertLessEqual(sent, LOOK_UP_SENDS + DAEMON_SENDS, self.daemon.said())
        self.assertTrue(any("(unreachable): everything is out" in line for line in self.daemon.said()))
        start = time.monotonic()
        for number in range(1, OTHERS):
            name = f"name-{number}.example.net"
            self.assertEqual(outage.look_up(name)[0], {outage.RECORDS[name]})
        print(f"sure {took:.2f} s after the first look-up, with {sent - LOOK_UP_SENDS} queries; "
              f"{OTHERS - 1} others in {time.monotonic() - start:.2f} s")
        # Each of them would wait 5 s and more.
        self.assertLess(time.monotonic() - start, 5)

    def test_not_permitted(self):
        """Nobody can tell then; it is said once, and once it may ask again the daemon does."""
        def has_said():
            return any("may not ask the nameservers" in line for line in self.daemon.said())
        lab.run("ip", "rule", "add", "to", NAMESERVER, "prohibit")
        try:
            for number in range(4):
                self.assertEqual(outage.look_up(f"name-{number}.example.net")[0],
                                 {outage.RECORDS[f"name-{number}.example.net"]})
            daemon.wait_for(has_said)
            daemon.report("name-5.example.net")
            daemon.wait_for(lambda: daemon.board()[daemon.REPORTS] >= 2)
            self.assertFalse(daemon.everything_is_out(), self.daemon.said())
            self.assertEqual(daemon.names_out(), 0, self.daemon.said())
            self.assertEqual(sum("may not ask" in line for line in self.daemon.said()), 1)
        finally:
            lab.run("ip", "rule", "del", "to", NAMESERVER, "prohibit")
        self.report_until_out("name-6.example.net")


lab.need("ip", "nsenter", "unshare")
outage.main()
