"""The machine sleeps (ACPI S3), and wakes in another network. An outage that was known when it fell asleep ends where DNS
is there; where DNS is gone, the copy answers; and so it goes on."""

import time

from lab.vm import Failed
from lab.vm_lab import ABSENT, content, seconds_of

ASLEEP = 5  # seconds; the daemon calls two a suspend


def sleep(machine, meanwhile):
    """Until it has woken."""
    machine.begin("systemctl suspend")
    machine.wait_event("SUSPEND")
    meanwhile()
    time.sleep(ASLEEP)
    machine.tell("system_wakeup")
    machine.wait_event("WAKEUP")


def run(vm):
    machine = vm.machine()
    names = vm.network.known(4)
    vm.network.resolver("silent")
    vm.goes_out(machine, names)
    sleep(machine, lambda: vm.network.resolver("serve"))
    # As soon as DNS alone can be asked again.
    machine.wait_for(f"getent -s dns ahosts {ABSENT}")
    back = seconds_of(machine, f"getent ahosts {ABSENT}")
    ended = vm.comes_back(machine, names)

    sleep(machine, lambda: machine.cable(False))
    gone = seconds_of(machine, f"getent ahosts {names[0]}")
    vm.finds(machine, names)
    if machine.status(f"getent ahosts {ABSENT}")[0] == 0:
        raise Failed("there is DNS")
    machine.wait_for("gitdns outage | grep 'is out\\|are out'")
    sleep(machine, lambda: (machine.cable(True), vm.network.resolver("silent")))
    silent = seconds_of(machine, f"getent ahosts {names[0]}")
    vm.finds(machine, names)
    content(machine)
    return (f"first look-up: DNS is back {back:.1f} s, no cable {gone:.1f} s, a silent resolver {silent:.1f} s; "
            f"the outage ended {ended:.1f} s after DNS was back")
