"""SELinux enforces, by Debian's policy. A program in a domain that looks names up, chronyd_t: without gitdns's module
it is answered as if gitdns were not there, and the audit log says why. Once the module is loaded as docs/confined.md
has it, it finds names while DNS works, while it is silent, which it reports by itself, and at once when that is
known; the audit log says nothing of it, though what the policy denies in silence is to be said, too. The daemon, which
that policy does not confine, goes on all the time, and makes its copy anew where that has a type of its own. Once the
module has been taken out again all is as it was."""

import re

from lab.vm import Failed
from lab.vm_lab import COMPANY, content

KERNEL = "security=selinux selinux=1 enforcing=1"
CONFIG = "SELINUX=enforcing\nSELINUXTYPE=default\n"
CONTEXTS = "/etc/selinux/default/contexts/files/file_contexts"
PROGRAM = "/usr/local/bin/confined"
DOMAIN = "chronyd_t"
# What makes a program that one of that domain.
ENTRY = "chronyd_exec_t"
AUDIT = "/var/log/audit/audit.log"
# The copy, the board and the daemon, before and after they have types of their own.
OURS = re.compile(r"gitdns|\.cdb|boot_id|\"(serials|registries|outage|report)\"|:initrc_t:")
# docs/confined.md
LOAD = "semodule -i /usr/share/gitdns/selinux/gitdns.cil && restorecon -R /var/lib/gitdns /run/gitdns"
UNLOAD = "chcon -R -t var_run_t /run/gitdns && semodule -r gitdns && restorecon -R /var/lib/gitdns"
# What is denied in silence, `dontaudit`, is in the audit log as well.
SAY_ALL = "semodule -DB"
# Seconds; DNS is waited for at least five.
AT_ONCE = 4


def enforcing(vm):
    """A machine that has been labelled, and enforces from its start."""
    machine = vm.machine()
    vm.add(machine, "selinux")
    machine.run(f"cp /usr/bin/getent {PROGRAM}")
    machine.put("/etc/selinux/config", CONFIG)
    # From elsewhere, where what lies below /dev and /run is seen, too.
    machine.run(f"mount --bind / /mnt && setfiles -r /mnt {CONTEXTS} /mnt && umount /mnt")
    machine.run(f"chcon system_u:object_r:{ENTRY}:s0 {PROGRAM}")
    machine.begin("systemctl poweroff")
    machine.wait_event("SHUTDOWN")
    machine.kill()
    machine = vm.switch_on(machine.disk, kernel=KERNEL)
    machine.wait_ready()
    if machine.run("cat /sys/fs/selinux/enforce").strip() != "1":
        raise Failed("SELinux does not enforce")
    machine.wait_for("systemctl is-active gitdns-syncd && systemctl is-active auditd && ip route get 10.7.0.1")
    return machine


def denied(machine):
    """Lines of the audit log that name gitdns, and those about that program and what is gitdns's."""
    said = machine.run(f"grep 'avc: *denied' {AUDIT} || true")
    return [line for line in said.splitlines()
            if "gitdns" in line or 'comm="confined"' in line and OURS.search(line)]


def without_module(vm, machine, names):
    vm.finds(machine, names, f"{PROGRAM} ahosts")
    for silent in (False, True):
        vm.network.resolver("silent" if silent else "serve")
        if machine.status(f"{PROGRAM} {'' if silent else '-s gitdns'} ahosts {names[0]}")[0] != 2:
            raise Failed("without the module it is answered by gitdns, or breaks")
    vm.finds(machine, names[:1])
    vm.network.resolver("serve")
    machine.wait_for("gitdns outage | grep none")


def types(machine):
    """Of the board, the socket, and what is in the copy's folder."""
    labels = machine.run("stat -c %C /run/gitdns/{outage,report} /var/lib/gitdns/policy.cdb").split()
    return [label.split(":")[2] for label in labels]


def load(machine):
    machine.run(LOAD)
    # The copy and the board anew, by the daemon and by systemd.
    machine.run("systemctl stop gitdns-syncd && rm -r /run/gitdns /var/lib/gitdns/* && systemctl start gitdns-syncd")
    machine.wait_for(f"gitdns verify && getent -s gitdns ahosts {COMPANY}")
    if (now := types(machine)) != ["gitdns_runtime_t", "gitdns_runtime_t", "gitdns_var_lib_t"]:
        raise Failed(f"the types are {now}")


def with_module(vm, machine, names):
    vm.finds(machine, names, f"{PROGRAM} ahosts")
    vm.finds(machine, names, f"{PROGRAM} -s gitdns ahosts")
    vm.network.resolver("silent")
    vm.finds(machine, names[:1], f"{PROGRAM} ahosts")
    # Nobody else has asked.
    machine.wait_for("gitdns outage | grep 'everything is out'")
    vm.finds(machine, names, f"{PROGRAM} ahosts")
    took = float(machine.run(f"TIMEFORMAT=%R; time {PROGRAM} ahosts {names[0]} >/run/said").split()[-1])
    if took > AT_ONCE:
        raise Failed(f"in a known outage a look-up took {took} s")
    vm.network.resolver("serve")
    machine.wait_for("gitdns outage | grep 'none known'")
    content(machine)


def run(vm):
    machine = enforcing(vm)
    names = vm.network.known(4)
    machine.run(SAY_ALL)
    without_module(vm, machine, names)
    load(machine)
    without = denied(machine)
    if not any(f":{DOMAIN}:" in line for line in without):
        raise Failed(f"without the module nothing is said of it: {without}")
    with_module(vm, machine, names)
    if said := denied(machine)[len(without):]:
        raise Failed(f"denied with the module: {said[0]}")
    machine.run(UNLOAD)
    # Also what it makes anew.
    for again in "true", "systemctl restart gitdns-syncd && gitdns outage":
        machine.run(again)
        if {"unlabeled_t", "gitdns_runtime_t", "gitdns_var_lib_t"} & {*types(machine)}:
            raise Failed(f"without the module the types are {types(machine)}")
        without_module(vm, machine, names)
    daemon = machine.run("cut -d : -f 3 /proc/$(systemctl show -p MainPID --value gitdns-syncd)/attr/current").strip()
    return f"denied to {DOMAIN}: {len(without)} without gitdns's module, 0 with it; the daemon is {daemon}"
