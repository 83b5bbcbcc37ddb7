"""Look-ups on the machine by tests/nss/probe.c, and what they say."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from lab.machine import SLOW, STORE, WORK, hosts_line, resolv_conf, write
from lab.programs import HANG, program


def probe_command(mode, names, addresses=(), parallel=None):
    """The command line of probe for a mode of resolv_conf()."""
    flags = []
    if mode == "out-of-descriptors":
        flags.append("-x")
    if mode in SLOW if parallel is None else parallel:
        flags.append("-p")
    for address in addresses:
        flags += ["-a", address]
    return [program("PROBE"), *flags, "--", *names]


def prepare(lines, modes):
    """The files that files_of() names."""
    os.makedirs(f"{WORK}/files", exist_ok=True)
    for services in lines:
        write(f"{WORK}/files/{services}", hosts_line(services))
    for mode in modes:
        write(f"{WORK}/files/{mode}", resolv_conf(mode))


def files_of(services, mode, store=os.path.dirname(STORE)):
    """What probe() is to see instead of the machine's own: a hosts line, a mode, a store's folder."""
    return {"/etc/nsswitch.conf": f"{WORK}/files/{services}",
            "/etc/resolv.conf": f"{WORK}/files/{mode}",
            os.path.dirname(STORE): store}


def within(files, command):
    """`command` so that it sees the contents in `files`, {target: path}, in place of the machine's."""
    binds = [f"{path}:{target}" for target, path in files.items()]
    return [program("WITHIN"), *binds, "--", *command]


def results(output):
    """probe's lines as {(name, call): result}."""
    table = {}
    for line in filter(None, output.split("\n")):
        name, call, result = line.split("\t")
        table[name, call] = result
    return table


def probe(mode, names, addresses=(), files=None, parallel=None, wrapper=()):
    """Runs probe once; returns {(name, call): result}."""
    command = [*wrapper, *probe_command(mode, names, addresses, parallel)]
    done = subprocess.run(within(files or {}, command), stdout=subprocess.PIPE, text=True,
                          timeout=HANG)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}")
    return results(done.stdout)


class Talk:
    """With a process that answers what it is told, line by line, until the end of the block."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, **options)

    def tell(self, line):
        """Returns what it answers with."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Conversation(Talk):
    """A probe that goes on running, so that what changes under it can be seen to count."""

    def __init__(self, wrapper=()):
        super().__init__([*wrapper, program("PROBE"), "-i"])

    def ask(self, name):
        """{call: result} for the name."""
        lines = iter(self.tell(name).readline, "\n")
        return {call: result for (_, call), result in results("".join(lines)).items()}


def in_parallel(function, keys):
    """[(key, function(key))] for keys whose second item is a mode: those that wait for a time-out
    some more at once, the others as many as there are processors to use."""
    slow = [key for key in keys if key[1] in SLOW]
    fast = [key for key in keys if key[1] not in SLOW]
    with ThreadPoolExecutor(12) as many, ThreadPoolExecutor(4) as few:
        waiting = many.map(function, slow)
        return [*zip(slow, waiting), *zip(fast, few.map(function, fast))]
