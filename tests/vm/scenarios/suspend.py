"""The machine sleeps (ACPI S3), and wakes in another network. An outage that was known when it fell asleep is over as
soon as DNS is there, from the same nameserver or another; where DNS is gone, the copy answers; and so it goes on."""

import time

from lab.vm import Failed
from lab.vm_lab import ABSENT, OUT, content, seconds_of

ASLEEP = 5  # seconds; the daemon calls two a suspend
SOON = 10  # seconds until what was known before it slept is no longer told
OTHER = "10.7.0.3"


def sleep(machine, meanwhile):
    """Until it has woken."""
    machine.begin("systemctl suspend")
    machine.wait_event("SUSPEND")
    meanwhile()
    time.sleep(ASLEEP)
    machine.tell("system_wakeup")
    machine.wait_event("WAKEUP")


def is_over(vm, machine, names):
    """(seconds of the first look-up, seconds until no outage is told) once DNS alone can be asked again."""
    machine.wait_for(f"getent -s dns ahosts {ABSENT}")
    back = seconds_of(machine, f"getent ahosts {ABSENT}")
    ended = vm.comes_back(machine, names)
    if ended > SOON:
        raise Failed(f"the outage ended {ended:.1f} s after DNS was back")
    return back, ended


def other_network(vm, machine, names):
    """Its nameserver is silent when it falls asleep, and stays so; where it wakes is another."""
    vm.network.run(f"ip address replace {OTHER}/24 dev tap0")
    sleep(machine, lambda: vm.network.resolver("serve", OTHER))
    machine.run(f"echo nameserver {OTHER} >/run/new && cat /run/new >/etc/resolv.conf")
    return is_over(vm, machine, names)[1]


def run(vm):
    machine = vm.machine()
    names = vm.network.known(4)
    vm.network.resolver("silent")
    vm.goes_out(machine, names)
    sleep(machine, lambda: vm.network.resolver("serve"))
    back, ended = is_over(vm, machine, names)

    sleep(machine, lambda: machine.cable(False))
    gone = seconds_of(machine, f"getent ahosts {names[0]}")
    vm.finds(machine, names)
    if machine.status(f"getent ahosts {ABSENT}")[0] == 0:
        raise Failed("there is DNS")
    machine.wait_for("gitdns outage | grep 'is out\\|are out'")
    sleep(machine, lambda: (machine.cable(True), vm.network.resolver("silent")))
    silent = seconds_of(machine, f"getent ahosts {names[0]}")
    vm.finds(machine, names)
    machine.wait_for(OUT)
    other = other_network(vm, machine, names)
    content(machine)
    return (f"first look-up: DNS is back {back:.1f} s, no cable {gone:.1f} s, a silent resolver {silent:.1f} s; the outage "
            f"ended {ended:.1f} s after DNS was back, {other:.1f} s after another nameserver")
