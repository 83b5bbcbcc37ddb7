"""The machine is its network's resolver: dnsdist as Debian's unit runs it, with lan.conf of gitdns-dnsdist(7). What asks
it from the other end of the cable has names while the upstream works, while it is silent, where nobody listens there,
and after a reboot without it; one that the copy does not have it has as long as the upstream works."""

import time

import lab
from lab import dnsdist
from lab.vm import HANG, Failed
from lab.vm_lab import ABSENT, HOST, content

MACHINE = "10.7.0.2"
CONFIGURATION = (lab.ROOT / "packaging/dnsdist/lan.conf").read_text().replace("192.168.1.1", HOST)


def found(name):
    """Its addresses; none where there is none, or no answer."""
    answers = [dnsdist.ask(MACHINE, name, kind, seconds=5) for kind in ("A", "AAAA")]
    return sorted({address for answer in answers if answer for address in answer.addresses()})


def finds(vm, names):
    for name in names:
        vm.network.check(name, found(name))


def until_found(name):
    """Seconds, by this machine's clock."""
    since = time.monotonic()
    while not found(name):
        if time.monotonic() - since > HANG:
            raise Failed(f"{name} is never found")
    return time.monotonic() - since


def run(vm):
    machine = vm.machine()
    names = vm.network.known(20)
    machine.put("/etc/dnsdist/dnsdist.conf", CONFIGURATION)
    machine.run("systemctl restart dnsdist")
    until_found(ABSENT)
    finds(vm, names)
    waited = {}
    for upstream in "silent", None:
        vm.network.resolver(upstream)
        waited[upstream] = until_found(names[0])
        finds(vm, names)
        if found(ABSENT):
            raise Failed(f"{ABSENT} is in no copy, and there is no upstream")
        vm.network.resolver("serve")
        until_found(ABSENT)
    vm.network.resolver("silent")
    machine.reboot()
    waited["boot"] = until_found(names[0])
    finds(vm, names)
    content(machine)
    if complaints := machine.run("journalctl -b -u dnsdist -o cat | grep -i 'gitdns.*:.*\\(fail\\|error\\|denied\\)' || true"):
        raise Failed(f"dnsdist says: {complaints}")
    return (f"names of the copy after {waited['silent']:.1f} s of a silent upstream, {waited[None]:.1f} s of a closed "
            f"one, and {waited['boot']:.1f} s after a boot with a silent one, by this machine's clock")
