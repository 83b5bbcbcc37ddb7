"""The packages leave, as etckeeper and whoever looks closely would see it: contents of /etc, what lies in /etc, /usr, /var,
/run and /boot, accounts, systemd's units, debconf, alternatives, the loader's libraries, before there were packages and
after. Removed while DNS is out, they leave configuration and copies, and come back as they were, without network; purged,
they leave what is named here. A process that has their modules loaded goes on."""

import re

from lab.vm import Failed
from lab.vm_asker import Asker
from lab.vm_lab import OUT, content

PACKAGES = "gitdns gitdns-dnsdist gitdns-publish libnss-gitdns"
OURS = "(gitdns|gitdns-dnsdist|gitdns-publish|libnss-gitdns(:amd64)?)"

# Lines of tests/vm/listing that differ, by a regular expression each, and why. What comes and goes in any machine that runs
# is nothing of gitdns's.
RUNNING = {
    r"file /run/(systemd|udev|log|user|dbus)(/.*)?": "of what runs",
    r"file /var/tmp/systemd-private-.*": "of what runs",
    r"unit .*\.(device|mount|scope|slice|swap|socket|timer) .*": "of what runs",
    r"unit (systemd-|ldconfig|apt-|dpkg-|e2scrub|fstrim|logrotate|user|modprobe|kmod|getty).*": "of what runs",
    r"unit [^ ]* (loaded|not-found) inactive": "what another unit names",
    r"unit(-file)? asker\.service .*": "of this scenario",
    r"file /var/log/(apt|journal|dpkg\.log|alternatives\.log)(/.*| .*)": "a log",
    r"file /var/lib/dpkg/(.*-old|lock(-frontend)?|triggers/.*) .*": "of dpkg",
    r"file /var/backups/.*": "of dpkg, once a day",
    r"file /var/lib/apt/(lists(/.*)?|extended_states) .*": "of apt",
    r"file /var/cache/(debconf/.*-old|apt/.*|ldconfig(/.*)?) .*": "of debconf, apt and ldconfig",
    r"file /var/lib/systemd/(timers|random-seed|catalog|deb-systemd-helper-)[^ ]* .*": "of systemd",
}
USERS = {
    # So that their numbers do not become another's, who would have what is theirs on another disk or in a backup.
    r"(passwd|group|shadow|gshadow) gitdns(-publish)?:.*": "system users, which packages of Debian leave",
    r"content /etc/(passwd|group|shadow|gshadow)-? .*": "the same, and what lies there line by line",
    r"file /etc/(passwd|group|shadow|gshadow)- .*": "the same",
}
OWN = {
    r"(file|content) /etc/gitdns/names\.d/(company|popular)\.names .*": "somebody's own lists",
    r"file /etc/gitdns(/names\.d)? .*": "the folders in which they lie",
}
# It is there: what has its name, and what tells of all packages.
WITH = {
    r".*gitdns.*": "of its name",
    r"file /etc/apparmor\.d/abstractions/nameservice\.d .*": "the folder of the abstraction's part",
    r"content /etc/nsswitch\.conf .*": "the hosts line",
    r"content /etc/ld\.so\.cache .*": "its modules",
}
# As of all of Debian's packages with a profile, and with a unit that is a template.
UNTIL_BOOT = {
    r"unit system-gitdns\\x2dpublish\.slice loaded active": "systemd keeps a template's slice, which is empty",
    r"apparmor gitdns-syncd .*": "the kernel has it until it boots",
    r"file /etc/apparmor\.d/(disable|local) .*": "of the package apparmor: dh_apparmor takes them away where they are empty",
}
REMOVED = {
    r"(file|content) /etc/gitdns(/.*)? .*": "configuration, keys, lists, and that it was enabled",
    r"(file|content) /etc/init\.d/gitdns-syncd .*": "a conffile",
    r"file /etc/rc[0-6S]\.d/[SK][0-9]{2}gitdns-syncd .*": "links to it",
    r"(file|content) /etc/apparmor\.d/(local/)?usr\.sbin\.gitdns-syncd .*": "a conffile, and what somebody adds to it",
    r"file /var/cache/apparmor/.*/usr\.sbin\.gitdns-syncd .*": "the same, compiled",
    r"(file|content) /etc/apparmor\.d/abstractions/nameservice\.d(/gitdns)? .*": "a conffile",
    r"file /var/lib/gitdns(-local|-publish)?(/.*)? .*": "copies, and what was published",
    rf"file /var/lib/dpkg/info/{OURS}\..* .*": "what dpkg needs for a purge",
    rf"package {OURS}:(amd64|all) rc .*": "the same",
    r"(debconf|template) .*gitdns(-publish)?/.*": "answers",
    r"file /(var/lib/systemd/deb-systemd-helper-enabled|etc/systemd/system)/.*gitdns.*":
        "what was enabled, until a purge, as of all of Debian's packages",
    r"unit gitdns-[a-z@]*\.(service|timer) not-found inactive": "the same, as systemd sees it",
    r"file /var/lib/systemd/timers/stamp-gitdns-(drill|publish@own)\.timer .*": "when it was last due",
}
# Another process of the same service.
AGAIN = {
    r"file /(run/systemd|var/tmp/systemd-private)[-/].*gitdns-.*": "another process of the same service",
    r"file /var/lib/systemd/deb-systemd-helper-enabled/.*gitdns.*": "what is enabled is known to dpkg's scripts now",
}


def matches(line, patterns):
    return any(re.fullmatch(pattern, line) for pattern in patterns)


def different(machine, before):
    """Lines of now that `before` has not (+), or the other way around (-), but for what comes and goes by itself."""
    machine.run("/srv/listing >/srv/now")
    said = machine.run(f"export LC_ALL=C; comm -23 {before} /srv/now | sed 's/^/-/'; "
                       f"comm -13 {before} /srv/now | sed 's/^/+/'")
    return [line for line in said.splitlines() if "gitdns" in line or not matches(line[1:], RUNNING)]


def holds(machine, before, allowed, when):
    """Nothing is different from that listing but what is allowed; how much that is."""
    lines = different(machine, before)
    strange = [line for line in lines if not matches(line[1:], allowed)]
    if strange:
        raise Failed(f"{when}: {len(strange)} differ, of them:\n" + "\n".join(strange[:40]))
    return len(lines)


def apt(machine, what):
    return machine.run(f"DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 {what} {PACKAGES}")


def leaves_and_comes_back(vm, machine, asker, names):
    """While DNS is out."""
    vm.network.resolver("silent")
    asker.answers()
    machine.wait_for(OUT)
    asker.check()
    machine.run("/srv/listing >/srv/with")
    apt(machine, "remove")
    left = holds(machine, "/srv/before", {**USERS, **OWN, **UNTIL_BOOT, **REMOVED}, "removed")
    asker.answers()
    machine.run("DEBIAN_FRONTEND=noninteractive dpkg -i /srv/packages/*.deb")
    machine.wait_for("systemctl is-active gitdns-syncd && [ -S /run/gitdns/report ]")
    vm.finds(machine, names)
    machine.wait_for(OUT)
    content(machine)
    holds(machine, "/srv/with", AGAIN, "installed again")
    asker.answers()
    asker.check()
    return left


def run(vm):
    machine = vm.machine()
    names = vm.network.known(2)
    asker = Asker(vm, machine, names)
    machine.run("systemctl --quiet enable --now gitdns-drill.timer gitdns-publish@own.timer")
    holds(machine, "/srv/before", {**USERS, **WITH}, "installed")
    left = leaves_and_comes_back(vm, machine, asker, names)
    vm.network.resolver("serve")
    machine.wait_for("gitdns outage | grep 'none known'")
    asker.check()
    machine.run("systemctl --quiet enable --now gitdns-metrics.timer")
    apt(machine, "purge")
    purged = holds(machine, "/srv/before", {**USERS, **OWN, **UNTIL_BOOT}, "purged")
    asked = asker.check()
    return f"lines that differ, all of them named: removed {left}, purged {purged}; a process went on, {asked} times"
