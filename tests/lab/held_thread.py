"""One thread of another process that stands still (ptrace(2)), while the others go on.

    held_thread.py PID    that besides the first, for as long as they live
"""
import contextlib
import ctypes
import os
import sys
import time

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000  # waitpid(2): of threads, too

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, thread):
    if _libc.ptrace(request, thread, None, None) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace({request:#x})")


@contextlib.contextmanager
def held(thread):
    """It has stopped when the block begins, and goes on after it."""
    _ptrace(SEIZE, thread)
    _ptrace(INTERRUPT, thread)
    os.waitpid(thread, WALL)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            _ptrace(DETACH, thread)


def other_thread(pid):
    """The one besides the first, once it is the only one."""
    while len(threads := set(map(int, os.listdir(f"/proc/{pid}/task"))) - {pid}) != 1:
        time.sleep(0.02)
    return threads.pop()


if __name__ == "__main__":
    # Until somebody kills its process.
    other = other_thread(int(sys.argv[1]))
    with held(other):
        os.waitpid(other, WALL)
