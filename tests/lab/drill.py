"""`gitdns drill` on the lab's machine, as a user without privileges where there may be one."""

import os
import re
import shutil
import subprocess

from lab.machine import WORK
from lab.probing import within
from lab.programs import HANG, program

NOBODY = 65534
MODES = ("refused", "silent", "servfail")


def user():
    """Prefix of a command that another user runs; none where no other is mapped."""
    with open("/proc/self/uid_map") as uids:
        alone = uids.read().split()[2] == "1"
    return [] if alone else ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def command_line(command, mode="refused", files=None):
    """Another user may not come to where the build is."""
    gitdns = f"{WORK}/gitdns"
    if not os.path.exists(gitdns):
        shutil.copy(program("GITDNS"), gitdns)
    return within(files or {}, [*user(), gitdns, "drill", "--mode", mode, "--", *command])


def start(command, mode="refused", files=None, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command_line(command, mode, files), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, errors="replace", **options)


def drill(command, mode="refused", files=None, home="/"):
    """Runs it to its end; no proxy, no configuration of this user's."""
    environment = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1"}
    process = start(command, mode, files, env=environment)
    out, err = process.communicate(timeout=HANG)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def report_lines(done):
    """{(name, program): (seconds, who)} of the report."""
    lines = re.findall(r"^ *(?:> )?([0-9.]+ s|-)  (\S+) +(\S+) +(.*)$", done.stderr, re.M)
    return {(name, by): (waited.removesuffix(" s"), who) for waited, name, by, who in lines}
