"""systemd-resolved stands between programs and DNS: alone, as the stub in resolv.conf, and with libnss-resolve, whose
package puts `resolve [!UNAVAIL=return]` into the hosts line, until `gitdns enable` takes it out again. DNS above it
falls silent and comes back; it is killed, which systemd mends, and stopped; the machine reboots without a network."""

from lab.vm import Failed
from lab.vm_lab import content

SOON = 10  # seconds
LINE = "files gitdns_outage [TRYAGAIN=return] dns gitdns"
BROKEN = "files gitdns_outage [TRYAGAIN=return] resolve [!UNAVAIL=return] dns gitdns"
ENABLED = "gitdns is in the hosts line already; nothing changed"


def hosts_line(machine):
    return " ".join(machine.run("sed -n 's/^hosts://p' /etc/nsswitch.conf").split())


def doctor(machine):
    """Its verdict, and what it finds at fault."""
    status, said = machine.status("gitdns doctor")
    return status, said.split("\n\n", maxsplit=1)[0]


def is_enabled(machine):
    said = machine.run("gitdns enable --dry-run")
    if ENABLED not in said or hosts_line(machine) != LINE:
        raise Failed(f"the hosts line is {hosts_line(machine)}, and enable says {said}")


def outages(vm, machine, names):
    """Figures of each way in which DNS fails here."""
    vm.finds(machine, names)
    vm.network.resolver("silent")
    machine.run("systemctl kill -s USR2 systemd-resolved")  # its cache goes
    first = vm.goes_out(machine, names)
    vm.network.resolver("serve")
    back = vm.comes_back(machine, names)

    pid = machine.run("systemctl show -p MainPID --value systemd-resolved").strip()
    machine.run("systemctl kill -s KILL systemd-resolved")
    vm.finds(machine, names)
    machine.wait_for(f"[ $(systemctl show -p MainPID --value systemd-resolved) -gt 0 ] && ! kill -0 {pid}")
    vm.comes_back(machine, names)

    machine.run("systemctl stop systemd-resolved")
    stopped = vm.goes_out(machine, names)
    machine.run("systemctl start systemd-resolved")
    started = vm.comes_back(machine, names)
    return (f"silent: first look-up {first:.1f} s, over {back:.1f} s after DNS was back; stopped: {stopped:.1f} s, "
            f"over {started:.1f} s")


def repair(machine, before):
    """The line as libnss-resolve leaves it: what doctor says of it, and that enable mends it."""
    if hosts_line(machine) != BROKEN:
        raise Failed(f"libnss-resolve has made the hosts line {hosts_line(machine)}")
    status, said = doctor(machine)
    if status != 2 or "gitdns enable" not in said:
        raise Failed(f"doctor ends with {status}, and says: {said}")
    if f"+hosts:          {LINE}\n" not in machine.run("gitdns enable --dry-run"):
        raise Failed("enable --dry-run does not propose the line")
    machine.run("gitdns enable")
    is_enabled(machine)
    if (after := doctor(machine)) != before:
        raise Failed(f"doctor said {before}, and says {after}")


def run(vm):
    machine = vm.machine()
    names = vm.network.known(4)
    before = doctor(machine)
    vm.add(machine, "resolved", "systemd-resolved")
    machine.wait_for("[ $(readlink -f /etc/resolv.conf) = /run/systemd/resolve/stub-resolv.conf ]")
    is_enabled(machine)
    if (after := doctor(machine)) != before:
        raise Failed(f"doctor said {before}, and behind systemd-resolved says {after}")
    stub = outages(vm, machine, names)

    vm.add(machine, "resolved", "libnss-resolve")
    repair(machine, before)
    enabled = outages(vm, machine, names)

    machine.cable(False)
    boot = machine.reboot()
    vm.finds(machine, names[:1])
    waited = vm.after_boot(machine)
    if waited > SOON:
        raise Failed(f"{waited:.1f} s after multi-user.target")
    vm.finds(machine, names)
    content(machine)
    return (f"stub: {stub}; libnss-resolve, after enable: {enabled}; boot without cable {boot:.0f} s, found "
            f"{waited:+.1f} s")
