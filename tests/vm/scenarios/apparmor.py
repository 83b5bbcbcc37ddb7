"""AppArmor enforces: a program whose profile includes the abstraction nameservice, and no more, finds names while DNS
works, while it is silent, and once that is known; the audit log says nothing of it. The same profile without gitdns's
part of the abstraction is denied, and says so."""

from lab.vm import Failed

PROGRAM = "/usr/local/bin/confined"
PART = "/etc/apparmor.d/abstractions/nameservice.d/gitdns"
PROFILE = """include <tunables/global>
profile confined /usr/local/bin/confined {
  include <abstractions/base>
  include <abstractions/nameservice>
  /usr/local/bin/confined mr,
}
"""
LOAD = "apparmor_parser --replace --skip-cache /etc/apparmor.d/confined"
# Without -g: with a filter that the cursor's own line does not pass, the first line is left out.
DENIED = "journalctl -k -o cat --after-cursor \"$(cat /run/cursor)\" | grep 'apparmor=\"DENIED\".*profile=\"confined\"' || true"


def load(machine):
    machine.run(LOAD)
    machine.run("journalctl -k -n 1 --show-cursor | sed -n 's/^-- cursor: //p' >/run/cursor")


def denied(machine):
    """Lines of the audit log; the journal has what the kernel said before this."""
    machine.run("journalctl --sync")
    return [line for line in machine.run(DENIED).splitlines() if "apparmor=" in line]


def finds_without_word(vm, machine, names, when):
    vm.finds(machine, names, f"{PROGRAM} ahosts")
    if said := denied(machine):
        raise Failed(f"{when}: denied: {said[0]}")


def run(vm):
    machine = vm.machine()
    names = vm.network.known(5)
    machine.run(f"cp /usr/bin/getent {PROGRAM}")
    machine.put("/etc/apparmor.d/confined", PROFILE)
    load(machine)
    if "confined (enforce)" not in machine.run("cat /sys/kernel/security/apparmor/profiles"):
        raise Failed("the profile does not enforce")
    finds_without_word(vm, machine, names, "DNS works")

    vm.network.resolver("silent")
    finds_without_word(vm, machine, names[:1], "DNS is silent")
    machine.wait_for("gitdns outage | grep 'everything is out'")
    finds_without_word(vm, machine, names, "the outage is known")

    machine.run(f"mv {PART} /srv/")
    load(machine)
    if machine.status(f"{PROGRAM} ahosts {names[0]}")[0] == 0:
        raise Failed("it finds names without gitdns's part of the abstraction")
    without = denied(machine)
    if not any("/gitdns/" in line for line in without):
        raise Failed("without gitdns's part of the abstraction nothing is said of it")
    machine.run(f"mv /srv/gitdns {PART}")
    load(machine)
    finds_without_word(vm, machine, names, "with gitdns's part again")
    return f"denied: 0 with gitdns's part of the abstraction, {len(without)} without"
