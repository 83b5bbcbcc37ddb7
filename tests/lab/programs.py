"""The programs that a test runs: those of the build, those of this machine, and the test itself.

BUILD names the folder of the build (build, if it is not set); each of PROGRAMS may be given by its
own variable instead. TEST_PACKAGES, if set, is a folder into which optional Debian packages were
unpacked.
"""

import contextlib
import glob
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Real input, where it is at hand.
DATA = ROOT.parent / "shared" / "data"
UNPACKED = os.environ.get("TEST_PACKAGES", "/nowhere")
PROGRAMS = {
    "NSS_MODULE": "nss_gitdns/libnss_gitdns.so.2",
    "NSS_OUTAGE_MODULE": "nss_gitdns/libnss_gitdns_outage.so.2",
    "GITDNS": "cli/gitdns",
    "PUBLISH": "publish/gitdns-publish",
    "PUSH": "push/gitdns-push",
    "SYNCD": "syncd/gitdns-syncd",
    "FLIP": "tests/e2e/e2e_flip",
    "LATE_CLOCK": "tests/e2e/libe2e_late_clock.so",
    "PROVE": "tests/e2e/e2e_prove",
    "SMALL_PUBLISH": "tests/e2e/e2e_small_publish",
    "SMALL_SYNCD": "tests/e2e/e2e_small_syncd",
} | {name.upper(): f"tests/nss/nss_{name}" for name in (
    "within", "probe", "make_store", "make_policy", "direct", "steady", "forks", "harm", "flood", "stack")}
HANG = 300  # seconds after which nobody goes on waiting
WITHOUT_CAPABILITIES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]

not_sanitized = unittest.skipIf(os.environ.get("SANITIZE"), "not with sanitizers")


def use_build(folder):
    """From now on the programs are those of this build. The tests' own C programs read them, too."""
    os.environ["BUILD"] = str(folder)
    for variable, path in PROGRAMS.items():
        os.environ[variable] = f"{folder}/{path}"


def program(variable):
    path = os.environ[variable]
    if not os.access(path, os.X_OK):
        sys.exit(f"{sys.argv[0]}: {variable}={path}: no such program")
    return path


def _find_build():
    given = {variable: os.environ[variable] for variable in PROGRAMS if variable in os.environ}
    use_build(os.path.abspath(os.environ.get("BUILD", ROOT / "build")))
    os.environ.update(given)


_find_build()


# Of this machine.

def find_program(name):
    """Installed, or unpacked; None where it is neither."""
    folders = [os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin",
               *glob.glob(f"{UNPACKED}/usr/*bin")]
    return shutil.which(name, path=":".join(folders))


def unpacked_environment():
    """For unpacked programs: their libraries."""
    folders = [*glob.glob(f"{UNPACKED}/usr/lib/*-linux-gnu*"), *glob.glob(f"{UNPACKED}/lib/*-linux-gnu*"),
               os.environ.get("LD_LIBRARY_PATH", "")]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, folders))}


def plain_environment():
    """Without proxies: the tests' servers are on loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def pause(process):
    """Until SIGCONT. When kill(2) has returned, threads may still go on for a moment; when this has, none does."""
    states = {"running"}
    end = time.monotonic() + HANG
    process.send_signal(signal.SIGSTOP)
    while states != {"T"}:
        assert time.monotonic() < end and process.poll() is None, states
        states = set()
        for path in glob.glob(f"/proc/{process.pid}/task/*/stat"):
            with contextlib.suppress(OSError), open(path) as file:
                states.add(file.read().rpartition(")")[2].split()[0])


def strace_works():
    return shutil.which("strace") is not None and subprocess.run(
        ["strace", "-qq", "true"], capture_output=True).returncode == 0


def unprivileged():
    """Prefix of a command that permissions bind as they bind anybody, or None where root cannot give that up."""
    if os.geteuid() != 0:
        return []
    capabilities = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"] if shutil.which("setpriv") else None


def python_of_all():
    """A Python that other users can run: this one may lie in root's home folder."""
    # Capabilities last until the first program is there: the second is the one that tells.
    tries = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c",
             '"$0" -c "import ctypes, socket, subprocess"']
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        if os.geteuid() != 0 or subprocess.run([*tries, python], capture_output=True).returncode == 0:
            return python
    raise unittest.SkipTest("no Python here that other users can run")


# Running.

def skip(why):
    print(f"skipped: {why}", flush=True)
    sys.exit(77)


def need(*programs):
    for name in programs:
        if shutil.which(name) is None:
            skip(f"{name} is not installed")


def main():
    """Runs this program's tests, or those that its arguments name."""
    need("minisign")
    unittest.main("__main__", verbosity=2)


def run(*command):
    """What a command says, all of it; it has to succeed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def read_terminal(descriptor):
    """All that comes from a terminal until its other end is closed; closes this one."""
    octets = b""
    try:
        while part := os.read(descriptor, 65536):
            octets += part
    except OSError:
        pass  # the other end is closed
    os.close(descriptor)
    return octets


def scratch():
    """A folder that goes with the test."""
    return tempfile.TemporaryDirectory(prefix="gitdns-test-")
