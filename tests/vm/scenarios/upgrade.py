"""From the release before to this one, and back, in a machine that goes on: once while DNS works, and once while it is
cut, where the copy that the old packages have made answers through the new modules before anything else of the new is
there. A process that has the old modules loaded asks all the while, and finds each time; what somebody has edited and
enabled stays."""

import pathlib
import subprocess
import tarfile

import lab
from lab.vm import Failed
from lab.vm_asker import Asker
from lab.vm_lab import ABSENT, OUT, content

EARLIER = lab.ROOT / "tests/packaging/earlier"
EDITED = "\n# Ours.\n[sync]\ninterval = 3d\n"
DPKG = "DEBIAN_FRONTEND=noninteractive dpkg"
# Lines of what is there before, and is to be there after.
KEPT = """set -e
    cd /etc && find gitdns -type f -exec sha256sum {} + | sort -k 2
    grep ^hosts: nsswitch.conf
    awk -v RS= '/^Name: gitdns/ { gsub("\\n", " "); print }' /var/cache/debconf/config.dat
    for copy in registry.cdb registries/local/registry.cdb; do echo $copy $(readlink /var/lib/gitdns/$copy); done
    systemctl list-unit-files --plain --no-legend --state=enabled 'gitdns*' | awk '{ print $1, $2 }'
    for unit in gitdns-{syncd.service,{local,metrics,drill}.timer}; do echo $unit $(systemctl is-active $unit); done"""


def version_of(package):
    return subprocess.run(["dpkg-deb", "-f", package, "Version"], capture_output=True, check=True,
                          text=True).stdout.strip()


def before(packages):
    """The version of these packages, and the folder beside the disk where those of the release before lie."""
    version = version_of(next(packages.glob("gitdns_*.deb")))
    return version, f"before-{version}"


def prepare_cache(cache, packages):
    version, folder = before(packages)
    said = subprocess.run([EARLIER, "--before", version], capture_output=True, text=True, check=False)
    if said.returncode == 0:
        said = subprocess.run([EARLIER, said.stdout.strip(), cache / folder], capture_output=True, text=True,
                              check=False)
    if said.returncode != 0:
        raise Failed(f"no packages of the release before {version}: {said.stderr.strip()}")


class Upgrade:
    def __init__(self, vm):
        self.vm = vm
        self.version, folder = before(pathlib.Path(vm.packages))
        earlier = sorted((vm.image.parent / folder).glob("*.deb"))
        self.old_version = version_of(earlier[0])
        tar = vm.work / "upgrade.tar"
        with tarfile.open(tar, "w") as file:
            for path in earlier:
                file.add(path, f"earlier/{path.name}")
            for path in sorted(pathlib.Path(vm.packages).glob("*.deb")):
                file.add(path, f"now/{path.name}")
        self.machine, _ = vm.bare(tar)
        self.names = vm.network.known(5)

    def arrives(self):
        """The old release, with its first copy, and somebody who has made it his own."""
        machine = self.machine
        self.vm.arrive(machine, "/srv/packages/earlier")
        text = machine.run("cat /etc/gitdns/gitdns.conf")
        if "\n[sync]\n" not in text:
            raise Failed(f"what to edit is not in\n{text}")
        machine.put("/etc/gitdns/gitdns.conf", text.replace("\n[sync]\n", EDITED))
        machine.run("systemctl reload gitdns-syncd")
        machine.run("systemctl --quiet enable --now gitdns-metrics.timer gitdns-drill.timer")
        content(machine)
        self.asker = Asker(self.vm, machine, self.names)
        if len(self.asker.modules()) < 2:
            raise Failed(f"the process that asks has loaded {self.asker.modules()}")

    def is_whole(self, version, kept, when):
        machine = self.machine
        machine.wait_for("systemctl is-active gitdns-syncd && [ -S /run/gitdns/report ]")
        installed = {*machine.run("dpkg-query -W -f '${db:Status-Abbrev} ${Version}\\n' '*gitdns*'").splitlines()}
        if installed != {f"ii  {version}"}:
            raise Failed(f"{when}: dpkg has {sorted(installed)}")
        if said := machine.run("dpkg --audit"):
            raise Failed(f"{when}: {said}")
        now = machine.run(KEPT)
        if lost := [line for line in kept.splitlines() if line not in now.splitlines()]:
            raise Failed(f"{when}: not as it was: {'; '.join(lost)}\nnow:\n{now}")
        content(machine)
        self.vm.finds(machine, self.names)

    def dpkg(self, command, when):
        said = self.machine.run(f"{DPKG} {command}")
        if "conffile" in said.lower():
            raise Failed(f"{when}: a word about a conffile:\n{said}")

    def changes(self, folder, version, when):
        """All the packages at once, as `dpkg -i` has them; how often the process asked meanwhile."""
        self.asker.check()
        kept = self.machine.run(KEPT)
        self.dpkg(f"-i /srv/packages/{folder}/*.deb", when)
        asked = self.asker.check()
        self.is_whole(version, kept, when)
        return asked

    def changes_without_dns(self):
        """The same in its two steps: between them the modules are the new ones, and nothing else has happened."""
        machine = self.machine
        self.vm.network.resolver("silent")
        self.asker.answers()
        machine.wait_for(OUT)
        self.asker.check()
        kept = machine.run(KEPT)
        self.dpkg("--unpack /srv/packages/now/*.deb", "unpacked")
        if not any("(deleted)" in module for module in self.asker.modules()):
            raise Failed(f"the process that asks has {self.asker.modules()}, and not modules that were replaced")
        if self.machine.run("gitdns --version").split()[-1:] != [self.version]:
            raise Failed("the new packages are not unpacked")
        self.vm.finds(machine, self.names)
        self.dpkg("--configure -a", "configured")
        asked = self.asker.check()
        self.is_whole(self.version, kept, "while DNS is out")
        # Not by DNS.
        if machine.status(f"timeout 60 getent ahosts {ABSENT}")[0] == 0:
            raise Failed("there is DNS")
        return asked


def run(vm):
    upgrade = Upgrade(vm)
    upgrade.arrives()
    there = upgrade.changes("now", upgrade.version, "while DNS works")
    back = upgrade.changes("earlier", upgrade.old_version, "back")
    out = upgrade.changes_without_dns()
    vm.network.resolver("serve")
    upgrade.machine.wait_for("gitdns outage | grep 'none known'")
    upgrade.asker.check()
    return (f"{upgrade.old_version} to {upgrade.version}; a process with the old modules asked {there} times meanwhile, "
            f"{back} on the way back, {out} while DNS was out; not found: 0")
