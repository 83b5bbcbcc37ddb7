"""AppArmor enforces. The daemon below its unit: its first copy, mirrors of the network and of any folder, new serials,
a change of configuration, an outage from its beginning to its end; the audit log says nothing of it, but when it is
made to read or write elsewhere. And a program whose profile includes the abstraction nameservice, and no more: it
finds names while DNS works, while it is silent, and once that is known, without a word in the audit log. The same
profile without gitdns's part of the abstraction is denied, and says so."""

import time

import lab
from lab.vm import HANG, Failed
from lab.vm_lab import HOST
from lab.web_server import Server

DAEMON = "gitdns-syncd"
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
SITE = """[registry site]
url = file:///srv/of-this-machine/www/
key = /etc/of-this-machine/site.pub
"""
BY_HAND = "/srv/by-hand.conf"
ELSEWHERE = "/srv/elsewhere"


def mark(machine):
    """What the journal has said up to now is not looked at."""
    machine.run("journalctl -k -n 1 --show-cursor | sed -n 's/^-- cursor: //p' >/run/cursor")


def denied(machine, profile, since="--after-cursor \"$(cat /run/cursor)\""):
    """Lines of the audit log; the journal has what the kernel said before this."""
    machine.run("journalctl --sync")
    # Without -g: with a filter that the cursor's own line does not pass, the first line is left out.
    said = machine.run(f"journalctl -k -o cat {since} | grep 'apparmor=\"DENIED\".*\"{profile}\"' || true")
    return [line for line in said.splitlines() if "apparmor=" in line]


def is_silent(machine, profile, when, *since):
    if said := denied(machine, profile, *since):
        raise Failed(f"{when}: denied: {said[0]}")


def finds_without_word(vm, machine, names, when):
    vm.finds(machine, names, f"{PROGRAM} ahosts")
    is_silent(machine, "confined", when)


def is_confined(machine):
    said = machine.run(f"cat /proc/$(systemctl show -p MainPID --value {DAEMON})/attr/current").strip()
    if said != f"{DAEMON} (enforce)":
        raise Failed(f"the daemon is {said}")


def publish(machine, names):
    """A serial of the registry site; waits until the copy has it."""
    machine.put("/srv/of-this-machine/names.hosts", "".join(f"192.88.98.9 {name}\n" for name in names))
    machine.run("gitdns-publish --to /srv/of-this-machine/www --name site --key /srv/of-this-machine/site.key "
                f"--hosts /srv/of-this-machine/names.hosts && systemctl reload {DAEMON}")
    machine.wait_for(f"getent -s gitdns ahosts {names[-1]}")


def changes_configuration(machine):
    """The registry that the package comes with moves to the network, and one in a folder of this machine is added."""
    machine.put("/etc/gitdns/gitdns.conf.d/site.conf", SITE)
    machine.run("mkdir -p /etc/of-this-machine /srv/of-this-machine && cd /srv/of-this-machine && "
                "minisign -G -W -p /etc/of-this-machine/site.pub -s site.key")
    with Server(lab.ROOT / "packaging/starter/published", address=HOST) as server:
        machine.run(f"sed -i 's|^url = .*|url = {server.url}|' /etc/gitdns/gitdns.conf")
        publish(machine, ["one.of-this-machine.net"])
        publish(machine, ["one.of-this-machine.net", "two.of-this-machine.net"])
        end = time.monotonic() + HANG
        while not any(path.endswith("/manifest") for path, *_ in server.requests):
            if time.monotonic() > end:
                raise Failed("the mirror in the network was never asked")
            time.sleep(0.1)


def is_denied(machine, arguments, path):
    """Within the profile, what goes by hand."""
    status, said = machine.status(f"aa-exec -p {DAEMON} -- {DAEMON} {arguments}")
    if status == 0:
        raise Failed(f"not denied: {arguments}: {said}")
    if not any(f'name="{path}' in line for line in denied(machine, DAEMON)):
        raise Failed(f"{path}: nothing is said of it")


def is_kept_from_the_rest(machine):
    machine.run(f"cp /etc/gitdns/gitdns.conf {BY_HAND} && {DAEMON} --check --config {BY_HAND}")
    is_denied(machine, f"--check --config {BY_HAND}", BY_HAND)
    machine.run(f"mkdir {ELSEWHERE} && "
                f"sed '/^\\[sync\\]/a directory = {ELSEWHERE}' {BY_HAND} >/etc/gitdns/elsewhere.conf")
    is_denied(machine, "--once --config /etc/gitdns/elsewhere.conf", f"{ELSEWHERE}/")


def daemon(vm):
    machine = vm.machine()
    names = vm.network.known(5)
    is_confined(machine)
    is_silent(machine, DAEMON, "from the installation to the first copy", "-b")
    mark(machine)
    changes_configuration(machine)
    is_silent(machine, DAEMON, "new serials and another configuration")

    vm.network.resolver("silent")
    vm.finds(machine, names[:1])
    machine.wait_for("gitdns outage | grep 'everything is out'")
    machine.run(f"systemctl restart {DAEMON}")
    machine.wait_for("gitdns outage | grep 'everything is out'")
    vm.finds(machine, names)
    vm.network.resolver("serve")
    machine.wait_for("gitdns outage | grep 'none known'")
    is_confined(machine)
    is_silent(machine, DAEMON, "an outage")
    is_kept_from_the_rest(machine)
    vm.end()


def program(vm):
    machine = vm.machine()
    names = vm.network.known(5)
    machine.run(f"cp /usr/bin/getent {PROGRAM}")
    machine.put("/etc/apparmor.d/confined", PROFILE)
    machine.run(LOAD)
    mark(machine)
    if "confined (enforce)" not in machine.run("cat /sys/kernel/security/apparmor/profiles"):
        raise Failed("the profile does not enforce")
    finds_without_word(vm, machine, names, "DNS works")

    vm.network.resolver("silent")
    finds_without_word(vm, machine, names[:1], "DNS is silent")
    machine.wait_for("gitdns outage | grep 'everything is out'")
    finds_without_word(vm, machine, names, "the outage is known")

    machine.run(f"mv {PART} /srv/ && {LOAD}")
    mark(machine)
    if machine.status(f"{PROGRAM} ahosts {names[0]}")[0] == 0:
        raise Failed("it finds names without gitdns's part of the abstraction")
    without = denied(machine, "confined")
    if not any("/gitdns/" in line for line in without):
        raise Failed("without gitdns's part of the abstraction nothing is said of it")
    machine.run(f"mv /srv/gitdns {PART} && {LOAD}")
    mark(machine)
    finds_without_word(vm, machine, names, "with gitdns's part again")
    return len(without)


def run(vm):
    daemon(vm)
    without = program(vm)
    return ("denied: 0 to the daemon, but what it was made to do elsewhere; to a program 0 with gitdns's part of the "
            f"abstraction, {without} without")
