"""What somebody who has become the user gitdns can do to programs that look names up, as SECURITY.md owns, and where it
ends."""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

import lab
from lab import daemon, outage

NAME = "name-1.example.net"
OTHER = "192.88.98.250"
# Looks the name up at each line of its input.
ASKER = f"""
import socket, sys
for line in sys.stdin:
    try:
        print(socket.gethostbyname({NAME!r}), flush=True)
    except OSError:
        print("none", flush=True)
"""


class Owner(outage.WithDaemon):
    def asker(self):
        process = subprocess.Popen([sys.executable, "-c", ASKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        return process

    def ask(self, process):
        """The address, or the signal by which it has died."""
        process.stdin.write("\n")
        process.stdin.flush()
        return process.stdout.readline().strip() or signal.Signals(-process.wait(lab.HANG))

    def keep_store(self):
        """The test's own comes back."""
        self.addCleanup(lab.make_store, "/var/lib/gitdns", outage.RECORDS)

    def test_store_without_a_signature(self):
        """Answers; gitdns verify says what it is."""
        self.keep_store()
        lab.set_dns("closed-port")
        lab.swap_store(lab.make_store(f"{lab.WORK}/false", {NAME: OTHER}))
        self.assertEqual(outage.look_up(NAME)[0], {OTHER})
        verified = subprocess.run([lab.program("GITDNS"), "verify"], capture_output=True, text=True)
        self.assertEqual(verified.returncode, 1)
        self.assertIn("BAD: not a minisign signature", verified.stdout)

    def test_false_board(self):
        """The copy answers although DNS works; of names that it does not hold, nothing changes, nor of those in files."""
        self.everything_out()  # the board says of which resolv.conf it tells
        lab.pause(self.daemon.process)
        self.addCleanup(self.daemon.process.send_signal, signal.SIGCONT)
        self.restore(".")
        self.write_lease(0)
        self.assert_from_dns(NAME)
        self.write_lease(int(time.clock_gettime(time.CLOCK_MONOTONIC)) + 20)
        self.assert_from_copy(NAME)
        self.assert_from_dns("unknown.example.com")
        self.assertEqual(outage.look_up("in-files.example.net")[0], {"192.0.2.200"})

    def test_reports_to_another_socket(self):
        """By a link in its place: a name in normal form, or root's word to the daemon, and nothing else."""
        elsewhere = f"{lab.WORK}/elsewhere"
        lab.pause(self.daemon.process)
        self.addCleanup(self.daemon.process.send_signal, signal.SIGKILL)
        lab.set_dns("closed-port")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(elsewhere)
            os.unlink(daemon.REPORT)
            os.symlink(elsewhere, daemon.REPORT)
            outage.look_up(NAME.upper())
            self.assertEqual(other.recv(512), NAME.encode())
            told = subprocess.run([lab.program("GITDNS"), "outage", "on"], capture_output=True, text=True)
            self.assertEqual(told.returncode, 1)
            self.assertRegex(other.recv(512), rb"^\0on [0-9a-f]{32}$")

    def test_false_list(self):
        """Neither words for a terminal nor times that there are not."""
        lab.pause(self.daemon.process)
        self.addCleanup(self.daemon.process.send_signal, signal.SIGKILL)
        with open(f"{daemon.FOLDER}/names", "wb") as file:
            file.write(b"-9223372036854775808 past.example\n5 a\x1b[31mb.example\n99999999999999999999 future.example\n"
                       b"6 .\x1b[7m\n7 " + b"a" * 300 + b"\n8 .known.example www.known.example\n")
        self.write_word(daemon.NAMES, 2**32 - 1)
        shown = subprocess.run([lab.program("GITDNS"), "outage"], capture_output=True, text=True).stdout
        self.assertTrue(shown.replace("\n", "").isprintable(), shown)
        self.assertEqual(re.findall(r"[^ ]*\.example", shown), ["future.example", "known.example"])

    def write_lease(self, until):
        self.write_word(daemon.EVERYTHING, until)

    def write_word(self, word, value):
        with open(daemon.BOARD, "r+b") as board:
            board.seek(4 * word)
            board.write(struct.pack("I", value))

    @lab.not_sanitized
    def test_store_is_cut_off(self):
        """Who has it mapped dies; whoever comes then goes on without it."""
        self.keep_store()
        self.daemon.kill()  # it has the store mapped, too
        lab.set_dns("closed-port")
        process = self.asker()
        self.assertEqual(self.ask(process), outage.RECORDS[NAME])
        os.truncate(lab.STORE, 0)
        self.assertEqual(self.ask(process), signal.SIGBUS)
        self.assertEqual(self.ask(self.asker()), "none")

    @lab.not_sanitized
    def test_board_is_cut_off(self):
        self.everything_out()
        lab.pause(self.daemon.process)
        self.addCleanup(self.daemon.process.send_signal, signal.SIGKILL)
        process = self.asker()
        self.assertEqual(self.ask(process), outage.RECORDS[NAME])
        os.truncate(daemon.BOARD, 0)
        self.assertEqual(self.ask(process), signal.SIGBUS)
        self.assertEqual(self.ask(self.asker()), outage.RECORDS[NAME])


if __name__ == "__main__":
    outage.main()
