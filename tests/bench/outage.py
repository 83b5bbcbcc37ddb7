"""What `gitdns_outage` in the hosts line costs while all is well, and what a hit costs while it is
not: with the real daemon, and a module behind it that answers a constant."""

import os
import re
import shutil
import socket
import subprocess
from contextlib import ExitStack

import lab
from lab import daemon
from lab.bench_asker import Asker
from lab.bench_table import Table, both, more, ratio, say

CALLS = {"getaddrinfo AF_UNSPEC": 0, "getaddrinfo AF_INET": 4, "gethostbyname2_r AF_INET": 2}
SERVICE = lab.OUTAGE
# Each without it, with it, and with a module that does nothing in its place. The second line shows
# more exactly what the first costs.
LINES = {f"{files}… constant": [f"{files}{service}constant"
                                for service in ("", SERVICE + " ", "none [TRYAGAIN=return] ")]
         for files in ("files ", "")}
# Nothing behind it: what is no hit ends the measurement.
HIT = f"files {SERVICE}"
ROUNDS = 61
NAMES = 1000
COUNTED = 20_000
OTHER = "other.example.org"


def _missing(shop):
    """What must be there and is not."""
    return [name for name in ("syncd/gitdns-syncd",) if not shop.program(name)] + [
        name for name in ("minisign",) if not lab.find_program(name)]


def _environment(shop):
    return {"LD_LIBRARY_PATH": f"{shop.build}/tests/bench", "CONSTANT_IPV4": "1"}


def _machines(shop, size):
    lines = [*(line for pair in LINES.values() for line in pair), HIT]
    return {services: shop.machine(services, store=size.path) for services in lines}


def _tell(message):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(message, daemon.REPORT)


def _put_out(name):
    """DNS fails for the name, and the daemon is told."""
    lab.tell_responder(f"{name}=servfail")
    before = daemon.names_out()
    _tell(name.encode())
    daemon.wait_for(lambda: daemon.names_out() > before)


def _turns(shop, size, names, lines):
    """{(hosts line, call): [ns]}: hosts lines take turns, in both orders."""
    machines = _machines(shop, size)
    spent = {(services, call): [] for services in lines for call in CALLS}
    with ExitStack() as stack:
        askers = [(services, stack.enter_context(
            Asker(shop, machines[services], names, _environment(shop), flags=["-c"])))
            for services in lines]
        for turn in range(shop.rounds(ROUNDS)):
            for call, number in CALLS.items():
                for services, asker in askers[::1 if turn % 2 else -1]:
                    spent[services, call].append(asker.measure(number))
    return spent


def _pass_on(shop, size, names, state, table):
    """Rows: what passing on costs in this state of the daemon."""
    say(f"outage: {state}")
    spent = _turns(shop, size, names, [line for pair in LINES.values() for line in pair])
    for line, services in LINES.items():
        for call in CALLS:
            without, ours, none = (spent[service, call] for service in services)
            table.row(state, line, call, both(without), both(ours), ratio(ours, without),
                      more(ours, without), more(none, without))


def _hits(shop, size, names, state, table):
    say(f"outage: {state}")
    without = LINES["files … constant"][0]
    spent = _turns(shop, size, names, [without, HIT])
    for call in CALLS:
        table.row(state, call, both(spent[without, call]), both(spent[HIT, call]),
                  ratio(spent[HIT, call], spent[without, call]))


def measure(shop):
    absent = _missing(shop)
    if absent:
        say(f"outage left out: no {', '.join(absent)}")
        return
    size = shop.sizes[0]
    found = size.shaped(1, 0, NAMES + 1)
    one, names = (shop.write(name, "".join(f"{line}\n" for line in lines))
                  for name, lines in (("one", found[:1]), ("asked", found[1:])))
    well = Table("6. gitdns_outage that passes on (ns a call)",
                 ["state", "hosts line", "call", "without", "with it", "ratio", "more",
                  "any module"], left=3)
    ill = Table("7. gitdns_outage that answers (ns a call)",
                ["state", "call", "constant", "hit", "ratio"], left=2)
    lab.start_responder()
    lab.set_dns("good")
    # The daemon opens no gate for names that the machine's copy lacks.
    lab.make_store(os.path.dirname(lab.STORE), {OTHER: "192.0.2.1", found[0]: "192.0.2.2"})
    daemon.configure(private="yes")
    _pass_on(shop, size, names, "no daemon", well)
    with daemon.Daemon():
        _pass_on(shop, size, names, "all is well", well)
        _put_out(OTHER)
        _pass_on(shop, size, names, "another name is out", well)
        _put_out(found[0])
        _hits(shop, size, one, "its name is out", ill)
        daemon.force("on")
        daemon.wait_for(daemon.everything_is_out)
        _hits(shop, size, names, "everything is out", ill)
    well.note(f"With it: `{SERVICE}` in front of `constant`, which")
    well.note("answers each name at once; any module: how much more one costs that does nothing in")
    well.note("its place. Wanted while all is well: at most 60 ns more. Time of the processor, the")
    well.note("look at three files once a second included.")
    ill.note(f"hit: `{HIT}`, {size} names in the store;")
    ill.note("constant: `files constant`. A name that is out by itself is always the same one.")
    well.show()
    ill.show()


def _instructions(shop, files, names, call):
    """Of one call, callgrind's count."""
    counts = []
    for lookups in (1, 1 + COUNTED):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                   shop.bench("ask"), names]
        done = subprocess.run(lab.within(files, command), input=f"{call} {lookups}\n", check=True,
                              capture_output=True, text=True,
                              env={**os.environ, **_environment(shop)})
        counts.append(int(re.search(r"Collected : (\d+)", done.stderr)[1]))
    return (counts[1] - counts[0]) / COUNTED


def instructions(shop):
    if not shutil.which("valgrind"):
        return
    size = shop.sizes[0]
    names = shop.write("asked", "".join(f"{name}\n" for name in size.shaped(1, 0, NAMES)))
    machines = _machines(shop, size)
    table = Table("6a. Instructions of gitdns_outage that passes on (callgrind)",
                  ["hosts line", "call", "without", "with it", "more", "any module"], left=2)
    line = "… constant"
    for call, number in CALLS.items():
        say(f"outage: instructions: {call}")
        without, with_it, none = (_instructions(shop, machines[services], names, number)
                            for services in LINES[line])
        table.row(line, call, f"{without:.0f}", f"{with_it:.0f}", f"{with_it - without:.0f}",
                  f"{none - without:.0f}")
    table.show()
