"""Reports that are lies, and how much they can make the daemon do."""

import contextlib
import os
import signal
import socket
import subprocess
import time

import lab
from lab import daemon, outage, responder
from lab.sniffer import Sniffer


# outage/questions.h; one question, of six queries at most, may be sent later than it was paid for.
A_SECOND, SAVED, LATE = 14, 6, 6


# Closes its socket to which nobody listens, but for the reference that is under way to the daemon.
LINGER = """
import array, os, socket, struct, sys, time
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
client.setblocking(False)
try:
    while True:
        client.send(b"x" * 65536)
except BlockingIOError:
    pass
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 86400))
report = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
report.connect(sys.argv[1])
report.setblocking(False)
rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [client.fileno()]))
report.sendmsg([b"name-1.example.net"], [rights])
os.close(client.detach())
print("sent", flush=True)
time.sleep(100)
"""

# A socket in whose queue lie others of a kind that the kernel takes its time to close.
SLOW = """
import array, os, socket, sys
def send(sock, octets, descriptors):
    sock.sendmsg([octets], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])
queues = []
for _ in range(40):
    queue, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    slow = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for _ in range(100)]
    send(end, b"x", [one.fileno() for one in slow])
    queues.append(queue)
del slow, end
print("made", flush=True)
sys.stdin.readline()
report = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
report.connect(sys.argv[1])
send(report, b"name-1.example.net", [one.fileno() for one in queues])
for one in queues:
    os.close(one.detach())
print("sent", flush=True)
"""


def nobody():
    """In front of a command: as somebody else, where there is anybody."""
    command = [] if os.geteuid() != 0 or not os.access("/proc/self/uid_map", os.R_OK) else \
        ["setpriv", "--reuid=65534", "--clear-groups"]
    if command and subprocess.run([*command, "true"], capture_output=True).returncode != 0:
        command = []  # a user namespace of one user
    return command


def flood(*arguments):
    return subprocess.Popen([*nobody(), lab.program("FLOOD"), *arguments], stdout=subprocess.PIPE,
                            text=True)


class Bounded(outage.WithDaemon):
    def assert_within_budget(self, queries):
        for seconds in (1, 5, 30):
            self.assertLessEqual(queries.most_in(seconds), A_SECOND * seconds + SAVED + LATE)


class Lies(Bounded):
    """Reports of names that DNS answers well."""

    def check_flood(self, count, names):
        flood(str(count // 10), *names).communicate()  # what it needs once is not counted
        memory, start = self.daemon.memory(), time.monotonic()
        with Sniffer() as queries:
            sender = flood(str(count), *names)
            while sender.poll() is None:
                self.assertTrue(outage.nothing_out())
                time.sleep(0.2)
        seconds = time.monotonic() - start
        print(f"{sender.stdout.read().strip()} in {seconds:.1f} s: {len(queries.udp)} queries, at most "
              f"{queries.most_in(1)} in a second, {self.daemon.memory() - memory} KiB more", end=" ", flush=True)
        sender.stdout.close()
        self.assertEqual(sender.returncode, 0)
        self.assert_within_budget(queries)
        self.assertLess(self.daemon.memory() - memory, 1024)
        self.assertTrue(outage.nothing_out())

    def test_unknown_names(self):
        self.check_flood(1_000_000, [f"lie-{i}.example{i % 50}.com" for i in range(1000)])

    def test_ten_million(self):
        """And an outage that comes then is found out."""
        self.check_flood(10_000_000, list(outage.RECORDS))
        self.dns(".", "servfail")
        outage.look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out)

    def test_garbage(self):
        self.check_flood(1_000_000, [])
        self.check_flood(1_000_000, ["", ".", "a..b", "x" * 254, "192.0.2.1", "A.EXAMPLE", "\1on",
                                     "a.b/c", "\x7f"])

    @contextlib.contextmanager
    def stopped(self):
        """So that of what comes in the block the daemon holds the last reference: it takes nothing
        before its holder has closed it."""
        lab.pause(self.daemon.process)
        os.waitid(os.P_PID, self.daemon.process.pid, os.WSTOPPED | os.WNOWAIT)
        yield
        self.daemon.process.send_signal(signal.SIGCONT)

    def test_descriptors_that_linger(self):
        """Of a socket that waits for a day when it is closed."""
        hold = nobody() + [lab.python_of_all(), "-c", LINGER, daemon.REPORT]
        with self.stopped():
            holders = [subprocess.Popen(hold, stdout=subprocess.PIPE, text=True) for _ in range(10)]
            for holder in holders:
                self.addCleanup(holder.stdout.close)
                self.addCleanup(holder.wait)
                self.addCleanup(holder.kill)
            for holder in holders:
                self.assertEqual(holder.stdout.readline(), "sent\n")
        self.everything_out("servfail")
        self.daemon.process.terminate()
        self.assertEqual(self.daemon.process.wait(lab.HANG), 0)

    def test_descriptors_that_close_slowly(self):
        """By the thousand in one: who closes them does nothing else meanwhile."""
        def tasks():
            return len(os.listdir(f"/proc/{self.daemon.process.pid}/task"))

        def closes():
            return tasks() > usual
        self.everything_out("servfail")
        usual = tasks()
        with subprocess.Popen([lab.python_of_all(), "-c", SLOW, daemon.REPORT], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            self.assertEqual(holder.stdout.readline(), "made\n")
            with self.stopped():
                self.assertEqual(holder.communicate("\n", timeout=lab.HANG)[0], "sent\n")
        start = time.monotonic()
        daemon.wait_for(closes)
        while closes():
            self.assertTrue(daemon.everything_is_out())
            time.sleep(0.1)
        print(f"closed in {time.monotonic() - start:.1f} s", end=" ", flush=True)

    def test_nobody_else_forces(self):
        sender = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", lab.python_of_all(), "-c", f"""
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"\\0on", {daemon.REPORT!r})
"""], capture_output=True, text=True)
        if "setpriv" in sender.stderr:
            self.skipTest("a user namespace of one user")
        self.assertEqual(sender.stderr, "")
        time.sleep(0.5)
        self.assertTrue(outage.nothing_out())

    def test_who_passes_on_forces_nothing(self):
        """Root's word is not enough: a program of root's writes what others give it, to where they say."""
        for word in ("\0on", "\0on ", "\0on " + "0" * 32):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others:
                others.connect(daemon.REPORT)
                subprocess.run(["cat"], input=word.encode(), stdout=others.fileno(), check=True)
        time.sleep(0.5)
        self.assertTrue(outage.nothing_out())
        daemon.force("on")
        daemon.wait_for(daemon.everything_is_out)


class Budget(Bounded):
    """However much is reported, no more queries leave, over UDP and TCP together."""

    def check(self, udp, tcp, *modes):
        """For 6 seconds at least, and until so many have been sent."""
        lab.write("/etc/resolv.conf", "".join(f"nameserver {responder.ADDRESS[mode]}\n"
                                              for mode in modes))
        with Sniffer() as queries:
            sender = flood("1000000000", *outage.RECORDS,
                           *(f"lie-{i}.example{i % 50}.com" for i in range(1000)))
            time.sleep(6)
            daemon.wait_for(lambda: len(queries.udp) > udp and len(queries.tcp) >= tcp)
            sender.kill()
            sender.wait()
            sender.stdout.close()
        print(f"{len(queries.udp)} over UDP, {len(queries.tcp)} over TCP, at most "
              f"{queries.most_in(1)} in a second", end=" ", flush=True)
        self.assert_within_budget(queries)
        return queries

    def test_over_udp(self):
        self.assertEqual(self.check(20, 0, "good").tcp, [])

    def test_over_tcp_as_well(self):
        self.check(20, 20, "truncated-good")

    def test_over_tcp_late(self):
        self.check(20, 20, "slow-truncated")

    def test_three_nameservers(self):
        self.check(20, 10, "truncated-good", "slow-truncated", "silent-tcp")


if __name__ == "__main__":
    outage.main()
