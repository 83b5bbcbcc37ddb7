"""gitdns-syncd at work in the lab, and the board that it writes."""

import os
import signal
import socket
import struct
import subprocess
import time

import lab
from lab.registry import make_key

FOLDER = "/run/gitdns"
BOARD = f"{FOLDER}/outage"
REPORT = f"{FOLDER}/report"
CONFIG = "/etc/gitdns/gitdns.conf"
# Words of the board's header (registry/board.h).
EVERYTHING, NAMES, FORCED, SINCE, ENDED, REPORTS = range(12, 18)


current = None  # the Daemon that is at work


def configure(private="no"):
    """A registry that is never to be had: the store is the test's own. One that holds addresses of
    documentation, as 192.0.2.1, has to be private, or the daemon takes it away."""
    os.makedirs("/etc/gitdns", exist_ok=True)
    make_key("/etc/gitdns/key.pub", f"{lab.WORK}/key")
    lab.write(CONFIG, "[registry]\nname = lab\nurl = file:///nowhere/\n"
                      f"key = /etc/gitdns/key.pub\nprivate = {private}\n")


def board():
    """The words of the board's header; zeros where there is none."""
    try:
        with open(BOARD, "rb") as file:
            return struct.unpack("64I", file.read(256))
    except OSError:
        return (0,) * 64


def everything_is_out():
    now = int(time.clock_gettime(time.CLOCK_MONOTONIC))
    return now <= board()[EVERYTHING] <= now + 30


def names_out():
    return board()[NAMES]


def wait_for(truth, seconds=lab.HANG, step=0.02):
    """Seconds until truth() is true; fails if it never is, and at once if the daemon ended by itself."""
    start = time.monotonic()
    at_work = current is not None and current.process.poll() is None
    while not truth():
        ended = at_work and current.process.poll() not in (None, -signal.SIGKILL)
        if ended or time.monotonic() - start > seconds:
            said = current.said() if current else ""
            raise AssertionError(f"not in {time.monotonic() - start:.0f} s: {truth.__name__}; {said}")
        time.sleep(step)
    return time.monotonic() - start


def is_listening():
    """A socket that a killed daemon has left is not."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        return sock.connect_ex(REPORT) == 0


def report(name):
    """As the module does once DNS has failed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(name.encode(), REPORT)


def force(word):
    """As `gitdns outage WORD` does it."""
    with open(f"{FOLDER}/lock") as lock, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(f"\0{word} {lock.read()}".encode(), REPORT)


class Daemon:
    """gitdns-syncd until the end of the block."""

    def __init__(self, wrapper=(), log="syncd.log"):
        global current
        current = self
        self.log_path = f"{lab.WORK}/{log}"
        self.log = open(self.log_path, "w")
        self.process = subprocess.Popen([*wrapper, lab.program("SYNCD")], stderr=self.log,
                                        stdout=self.log)

        def is_ready():
            return is_listening() or self.process.poll() is not None
        wait_for(is_ready)

    def said(self):
        with open(self.log_path) as file:
            return [line.removeprefix("gitdns-syncd: ").strip() for line in file]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def memory(self):
        """KiB that it holds now."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(next(line for line in file if line.startswith("VmRSS")).split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(lab.HANG)
        except subprocess.TimeoutExpired:
            self.kill()
            status = "a signal that it did not heed"
        self.log.close()
        if status not in (0, -signal.SIGKILL):
            raise AssertionError(f"gitdns-syncd ended with {status}: {self.said()}")
