"""The machine reboots while there is no DNS: once without its cable, and once with a resolver that says nothing. Names
are found within ten seconds of multi-user.target (and of what glibc waits for the silent one) by whatever asks: units
before and after nss-lookup.target, one that is hardened, one with a dynamic user, one with a root of its own, and a
login shell."""

from lab.vm import Failed
from lab.vm_lab import content, reached

SOON = 10  # seconds
SILENCE = 10  # what glibc waits for one silent nameserver, the first time: 5 s, twice

ASK = """#!/bin/bash
# ask UNIT NAME...: what a unit finds, and how long after the kernel's start it has it.
unit=$1
shift
for name; do
    echo "$name $(getent ahosts "$name" | awk '{ print $1 }' | sort -u | tr '\\n' ' ')"
done
read -r up _ </proc/uptime
echo "up $up"
echo end
"""
UNIT = """[Unit]
{unit}
[Service]
Type=oneshot
StandardOutput=file:/run/{name}.said
ExecStart=/usr/local/bin/ask {name} {names}
{service}
[Install]
WantedBy=multi-user.target
"""
# What a unit may be given; nss-gitdns(8) and docs/confined.md say that the modules work in it.
HARDENED = """NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateNetwork=yes
PrivateUsers=yes
PrivateDevices=yes
PrivateTmp=yes
PrivateMounts=yes
PrivateIPC=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service"""
# The line of docs/confined.md; that unit comes before there is /run/gitdns.
ROOT = """RootDirectory=/srv/root
MountAPIVFS=yes
BindReadOnlyPaths=/usr /etc /var/lib/gitdns -/run/gitdns"""
UNITS = {
    "before": ("Before=nss-lookup.target\nWants=nss-lookup.target", ""),
    "after": ("After=nss-lookup.target", ""),
    "hardened": ("", HARDENED),
    "dynamic": ("", "DynamicUser=yes"),
    "root": ("Before=gitdns-syncd.service", ROOT),
}


def prepare(machine, names):
    machine.put("/usr/local/bin/ask", ASK, 0o755)
    for name, (unit, service) in UNITS.items():
        machine.put(f"/etc/systemd/system/{name}.service",
                    UNIT.format(name=name, unit=unit, service=service, names=" ".join(names)))
    # A root of Debian's layout; what lies in it is bound.
    machine.run("mkdir -p /srv/root/{usr,etc,var/lib/gitdns,run/gitdns,proc,sys,dev,tmp} && "
                "ln -sfn usr/bin /srv/root/bin && ln -sfn usr/lib /srv/root/lib && ln -sfn usr/lib64 /srv/root/lib64")
    machine.run("useradd -m -s /bin/bash person")
    machine.run(f"systemctl daemon-reload && systemctl enable --quiet {' '.join(UNITS)}")


def said_by(vm, machine, unit, names):
    """Seconds from multi-user.target until the unit had all names: less than none for one that ran before it."""
    machine.wait_for(f"grep -qx end /run/{unit}.said")
    lines = machine.run(f"cat /run/{unit}.said").splitlines()
    found = {line.split()[0]: line.split()[1:] for line in lines}
    for name in names:
        vm.network.check(name, found[name])
    return float(found["up"][0]) - reached(machine, "multi-user.target")


def reboots(vm, machine, names, soon):
    boot = machine.reboot()
    login = "runuser -l person -c 'getent ahosts \"$0\"' --"
    vm.finds(machine, names[:1], login)
    waited = {"login": vm.after_boot(machine)}
    vm.finds(machine, names, login)
    for unit in UNITS:
        waited[unit] = said_by(vm, machine, unit, names)
    content(machine)
    # What a program of the boot reports has somebody to go to, whoever else waits for the network.
    daemon = reached(machine, "gitdns-syncd") - reached(machine, "basic.target")
    if not 0 <= daemon <= SOON:
        raise Failed(f"the daemon ran {daemon:.1f} s after basic.target")
    # A machine with DNS would have shown nothing.
    if machine.status(f"getent -s dns ahosts {names[0]}")[0] == 0:
        raise Failed("there is DNS")
    late = [unit for unit, seconds in waited.items() if seconds > soon]
    figures = " ".join(f"{unit} {seconds:+.1f}" for unit, seconds in waited.items())
    if late:
        raise Failed(f"more than {soon} s after multi-user.target: {figures}")
    return f"boot {boot:.0f} s, the daemon {daemon:.1f} s after basic.target, and {figures}"


def run(vm):
    machine = vm.machine()
    names = vm.network.known(4)
    prepare(machine, names)
    machine.cable(False)
    without = reboots(vm, machine, names, SOON)
    machine.cable(True)
    vm.network.resolver("silent")
    silent = reboots(vm, machine, names, SILENCE + SOON)
    return f"no cable: {without}; silent resolver: {silent}"
