"""Debian 12 becomes Debian 13 with gitdns installed, while DNS is silent all the time. Its C library is replaced under
a process that asks for names, which goes on finding them, new ones too, as do programs that are started meanwhile; then
it boots, with the kernel of Debian 13, and names are found within ten seconds. The packages of gitdns stay those of
Debian 12."""

import re
import subprocess
import time

from lab.vm import Failed
from lab.vm_asker import Asker
from lab.vm_lab import OUT, content

SUITES = ["bookworm"]
SOON = 10  # seconds
APT = "APT_CONFIG=/srv/trixie/apt.conf"
# apt-get of a person who answers no questions; the packages lie in /srv/trixie.
UPGRADE = """#!/bin/sh
export APT_CONFIG=/srv/trixie/apt.conf DEBIAN_FRONTEND=noninteractive
apt-get -q -y --no-download -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold dist-upgrade >/srv/becomes.log 2>&1
echo $? >/srv/becomes.status
"""
# A program anew each time. What the loader says while one half of the C library is there ends with 1 or 127, before
# any name was asked for; 2 is getent's word for a name that it has not found.
FRESH = """#!/bin/bash
while read -r name </srv/fresh.name; do
    found=$(getent ahosts "$name" 2>/dev/null)
    echo "$name $? $(awk '{ print $1 }' <<<"$found" | sort -u | tr '\\n' ' ')"
    sleep 0.2
done
"""
OURS = "dpkg-query -W -f '${Package} ${db:Status-Abbrev} ${Version}\\n' '*gitdns*'; grep ^hosts: /etc/nsswitch.conf"


def begin_fresh(machine, name):
    machine.put("/srv/fresh.name", f"{name}\n")
    machine.put("/srv/fresh", FRESH, 0o755)
    machine.run("systemd-run --quiet --unit=fresh --property=StandardOutput=file:/srv/fresh.said /srv/fresh")


def check_fresh(vm, machine):
    """How many programs found the name, and how many could not be started."""
    lines = machine.run("head -n -1 /srv/fresh.said").splitlines()
    not_started = 0
    for name, status, *addresses in map(str.split, lines):
        if status in "1 127".split():
            not_started += 1
        elif status in "0 2".split():
            vm.network.check(name, addresses)
        else:
            raise Failed(f"a program that asks for {name} ended with {status}")
    if len(lines) == not_started:
        raise Failed("no program could be started")
    return len(lines) - not_started, not_started


def becomes_trixie(machine):
    machine.put("/srv/becomes", UPGRADE, 0o755)
    machine.run("systemd-run --quiet --unit=becomes /srv/becomes")
    # Longer than a machine may say nothing.
    while machine.status("[ -e /srv/becomes.status ]")[0] != 0:
        time.sleep(5)
    if machine.run("cat /srv/becomes.status; dpkg --audit") != "0\n":
        raise Failed(f"apt-get dist-upgrade:\n{machine.run('dpkg --audit; tail -n 30 /srv/becomes.log')}")
    if "trixie" not in machine.run("cat /etc/os-release"):
        raise Failed("it is not Debian 13")
    if left := machine.run(f"{APT} apt-get -s -q --no-download dist-upgrade | grep ^Inst || true"):
        raise Failed(f"not upgraded: {left}")


def new_kernel(vm, machine):
    """Of the disk of a machine that is off: a folder with it."""
    raw, folder = vm.work / "raw", vm.work / "kernel"
    folder.mkdir(exist_ok=True)
    subprocess.run(["qemu-img", "convert", "-O", "raw", machine.disk, raw], check=True)
    listed = subprocess.run(["debugfs", "-R", "ls -p /boot", raw], check=True, capture_output=True, text=True).stdout
    versions = re.findall(r"/vmlinuz-([^/]+)/", listed)
    version = max(versions, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])
    for name, path in {"vmlinuz": f"vmlinuz-{version}", "initrd.img": f"initrd.img-{version}"}.items():
        subprocess.run(["debugfs", "-R", f"dump /boot/{path} {folder / name}", raw], check=True, capture_output=True)
    raw.unlink()
    return folder, version


def boots(vm, machine, names):
    """The machine, with the kernel that it has now, and no cable; the kernel's version."""
    machine.off()
    folder, version = new_kernel(vm, machine)
    machine = vm.switch_on(machine.disk, folder=folder)
    machine.cable(False)
    machine.wait_ready()
    vm.finds(machine, names[:1])
    seconds = vm.after_boot(machine)
    vm.finds(machine, names)
    if seconds > SOON:
        raise Failed(f"a name was found {seconds:.1f} s after multi-user.target")
    return machine, version, seconds


def run(vm):
    machine = vm.machine()
    names = vm.network.known(8)
    libc = machine.run("getconf GNU_LIBC_VERSION").split()[-1]
    ours = machine.run(OURS)
    asker = Asker(vm, machine, names[:3])
    vm.network.resolver("silent")
    asker.answers()
    machine.wait_for(OUT)
    asker.check()
    begin_fresh(machine, names[3])

    becomes_trixie(machine)
    asked = asker.check()
    found, not_started = check_fresh(vm, machine)
    asker.ask_for(names[4:])
    asker.check()
    vm.finds(machine, names)
    new_libc = machine.run("getconf GNU_LIBC_VERSION").split()[-1]
    if new_libc == libc or "(deleted)" not in machine.run(
            "grep libc.so.6 /proc/$(systemctl show -p MainPID --value asker)/maps"):
        raise Failed(f"the C library was {libc}, is {new_libc}, and the process that asks has not the old one")

    machine, kernel, seconds = boots(vm, machine, names)
    content(machine)
    if (now := machine.run(OURS)) != ours:
        raise Failed(f"before:\n{ours}\nnow:\n{now}")
    vm.network.resolver("serve")
    machine.cable(True)
    machine.wait_for("getent -s dns ahosts " + names[0])
    machine.wait_for("gitdns outage | grep 'none known'")
    machine.run("gitdns doctor")
    return (f"glibc {libc} to {new_libc}, kernel {kernel}; meanwhile a process asked {asked} times, {found} programs "
            f"once each, not found: 0; {not_started} programs could not be started; first name after the boot "
            f"{seconds:+.1f} s")
