"""Faults of the kernel: a program runs once for each system call that it makes, and in each run one of them fails.

strace lets them fail: prefix() and injected() are for any test. What ld.so asks for before the program's own code
runs is left alone.
"""
import collections
import errno
import os
import re
import signal
import subprocess

from lab.client import Outcome
from lab.programs import plain_environment

TIMEOUT = 60  # seconds, after which a run hangs

_CHANGES = ["ENOSPC", "EIO"]
_MEMORY = ["ENOMEM"]
_TABLES = ["EMFILE", "ENFILE"]
# What each may fail with that the kernel can really say.
ERRORS = (
    dict.fromkeys(("openat",), ["EIO", "EMFILE", "EINTR"])
    | dict.fromkeys(("read", "pread64"), ["EIO", "EINTR"])
    | dict.fromkeys(("write", "pwrite64", "writev", "fsync", "fdatasync", "syncfs", "ftruncate", "fallocate"),
                    [*_CHANGES, "EINTR"])
    | dict.fromkeys(("rename", "renameat", "renameat2", "mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat",
                     "fsetxattr"), _CHANGES)
    | dict.fromkeys(("unlink", "unlinkat", "rmdir", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat",
                     "stat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink",
                     "readlinkat", "getdents64", "lseek", "close", "flistxattr", "fgetxattr", "fcntl"), ["EIO"])
    | dict.fromkeys(("flock",), ["EINTR", "ENOLCK"])
    | dict.fromkeys(("mmap", "mremap", "mprotect", "brk", "getcwd"), _MEMORY)
    | dict.fromkeys(("clone", "clone3", "fork", "vfork"), ["ENOMEM", "EAGAIN"])
    | dict.fromkeys(("execve",), ["EIO", "ENOMEM"])
    | dict.fromkeys(("wait4", "waitid"), ["EINTR"])
    | dict.fromkeys(("pipe", "pipe2", "socketpair", "socket", "dup", "dup2", "signalfd4", "eventfd2", "timerfd_create",
                     "inotify_init1"), _TABLES)
    | dict.fromkeys(("memfd_create",), ["EMFILE", "ENFILE", "ENOMEM"])
    | dict.fromkeys(("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait"), ["EINTR", "ENOMEM"])
    | dict.fromkeys(("connect", "sendto", "sendmsg", "recvfrom", "recvmsg"), ["EINTR", "ENOBUFS"])
    | dict.fromkeys(("bind", "getsockname", "getpeername", "getsockopt", "setsockopt"), ["ENOBUFS"])
)
# A thread that tells another, by eventfd(2): the kernel has nothing to fail for.
EVENT = re.compile(r'write\(\d+, "\\1(\\0){7}", 8\)')
EVERY_CALL = ",".join(f"?{call}" for call in ERRORS)  # ?: not every architecture has it


def prefix(trace, calls, inject=None, follow=False):
    """Of a command: strace writes these calls to the file `trace` and injects into them."""
    return ["strace", "-qqq", *(["-f"] if follow else []), "-o", str(trace), "-e", "signal=none", "-e",
            f"trace={calls}", *(["-e", f"inject={inject}"] if inject else [])]


def injected(trace):
    """The first call that failed so, as strace writes it, or None."""
    with open(trace, encoding="utf-8", errors="replace") as file:
        return next((line for line in file if "(INJECTED)" in line), None)


class Fault(collections.namedtuple("Fault", "call error when")):
    def inject(self):
        # The C library takes brk's error for an address.
        how = "retval=0" if self.call == "brk" else f"error={self.error}"
        return f"{self.call}:{how}:when={self.when}"

    def words(self):
        """Of its cause. Of a thread that gets no memory for its stack pthread_create(3) says EAGAIN."""
        return tuple(os.strerror(getattr(errno, error)) for error in {
            self.error, "EAGAIN" if self.error == "ENOMEM" else self.error})

    def __str__(self):
        return f"{self.call} {self.when}: {self.error}"


class Scenario:
    """Something that a program is asked to do. `name`; `follow`: its children are to fail, too, each by its own count;
    `threads`: they are threads, whose first calls have the numbers of ld.so's; `left_alone`: calls that are not to fail."""
    follow = threads = False
    left_alone = ()
    environment = {}

    def reset(self):
        """Puts everything as it was before."""

    def command(self, strace):
        """`strace`: the prefix of what is to fail."""

    def complaints(self, outcome):
        """Yields what is wrong after it, in words, and with the next run, which this is to do. outcome.mute: what
        failed was to write to standard output, and so nothing is said there."""

    # Other words than the error's own that say it.
    other_words = ()


def run(scenario, strace):
    """Its Outcome; the status is None if it had to be ended."""
    process = subprocess.Popen(scenario.command(strace), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
                               env=plain_environment() | scenario.environment)
    hung = False
    try:
        process.stdout, process.stderr = map(_Said, process.communicate(timeout=TIMEOUT))
    except subprocess.TimeoutExpired:
        hung = True
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout, process.stderr = map(_Said, process.communicate())
    outcome = Outcome(process)
    if hung:
        outcome.status = None
    return outcome


class _Said(str):
    """What a pipe said, where a pipe was."""


def _calls(trace):
    """Of each process: its calls in order, each (name, the whole line)."""
    calls = collections.defaultdict(list)
    with open(trace, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = re.match(r"(?:(\d+) +)?(\w+)\(", line)
            if found:
                calls[found[1]].append((found[2], line))
    return calls.values()


def _after_start(calls):
    """How many of them are ld.so's: up to where it lets go of its cache."""
    opened = False
    for i, (call, line) in enumerate(calls):
        opened = opened or (call == "openat" and "ld.so.cache" in line)
        if opened and call == "munmap":
            return i + 1
    return 0


def plan(scenario, trace):
    """All faults of a run, in the order of its calls; the run itself must be good."""
    scenario.reset()
    outcome = run(scenario, prefix(trace, EVERY_CALL + ",munmap", follow=scenario.follow))
    assert outcome.status == 0, (scenario.name, str(outcome))
    found, left, first = {}, set(), collections.Counter()
    for calls in _calls(trace):
        start = _after_start(calls)
        count = collections.Counter()
        if scenario.threads:
            first |= collections.Counter(call for call, _ in calls[:start])
        for i, (call, line) in enumerate(calls):
            count[call] += 1
            if EVENT.search(line):
                left.add((call, count[call]))
            if i < start or count[call] <= first[call] or call not in ERRORS or call in scenario.left_alone:
                continue
            for error in ERRORS[call] + (["ENOSPC"] if call == "openat" and "O_CREAT" in line else []):
                found[Fault(call, error, count[call])] = None
    outcome.mute, outcome.failed = False, None
    wrong = list(scenario.complaints(outcome))
    assert not wrong, (scenario.name, str(outcome), wrong)
    return [fault for fault in found if (fault.call, fault.when) not in left]


def _common(scenario, fault, outcome):
    """What is wrong with any program."""
    if outcome.status is None:
        yield f"hangs: not over after {TIMEOUT} s"
    elif outcome.status < 0:
        yield f"ended by signal {-outcome.status}"
    elif outcome.status > 0 and not any(re.search(r"[^ :]+: ", line) for line in outcome.lines):
        yield "does not say what failed where"
    elif outcome.status > 0 and not any(words in "\n".join(outcome.lines)
                                        for words in (*fault.words(), *scenario.other_words)):
        yield "says another cause"
    elif (outcome.status == 0 and not outcome.lines and
          not any(words in outcome.out for words in fault.words()) and
          fault.call in ("fsync", "fdatasync", "syncfs") and fault.error != "EINTR"):
        yield "is content although the disk did not say that it has it"


def try_fault(scenario, fault, trace):
    """(Outcome, what is wrong), or None if the run did not come to that call."""
    scenario.reset()
    outcome = run(scenario, prefix(trace, fault.call, fault.inject(), scenario.follow))
    outcome.failed = injected(trace)
    if outcome.failed is None:
        return None
    outcome.mute = re.search(r"\bwrite\(1,", outcome.failed) is not None
    return outcome, [*_common(scenario, fault, outcome), *scenario.complaints(outcome)]
