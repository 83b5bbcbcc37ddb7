"""The power goes, by SIGKILL of qemu, at fifty moments of three changes: a new serial that the daemon fetches, `gitdns
enable`, and an upgrade of all packages. The machine is switched on again with nobody at the other end of its cable: it
boots, has the hosts line as it was before or is after, finds names if it has gitdns, and `gitdns verify` is content.
The change, made again, leaves what it leaves where no power goes. The moments are spread over what is written to the
disk meanwhile."""

import concurrent.futures
import os
import queue
import shutil
import subprocess

from lab.vm import Failed
from lab.vm_lab import ABSENT, INSTALLED, content

# Each ends when all of it is done.
CHANGES = {
    "sync": {"moments": 20,
             "before": f"""systemctl stop gitdns-syncd && echo {ABSENT} >/etc/gitdns/names.d/absent.names &&
                 /usr/share/gitdns/local-registry prepare && systemctl start gitdns-publish@local""",
             "change": """systemctl start gitdns-syncd && systemctl reload gitdns-syncd && timeout 300 sh -c '
                 until gitdns log --registry local | grep "^. 3 "; do sleep 0.2; done'"""},
    "enable": {"moments": 10, "before": "gitdns disable", "change": "gitdns enable"},
    "upgrade": {"moments": 20, "before": "true",
                "change": "DEBIAN_FRONTEND=noninteractive dpkg -i /srv/packages/later/*.deb"},
}
PREPARED = "prepared"
HOSTS_LINE = "grep ^hosts: /etc/nsswitch.conf"
# Its answers are what the scenario compares: which files there are, whose, and which packages.
LEFT = """find /etc /usr /var/lib/gitdns -xdev -printf '%p %y %m %u:%g %l\\n' | grep -v '^/etc/machine-id' | sort
          dpkg-query -W -f '${Package} ${Version} ${Status}\\n' '*gitdns*'; """ + HOSTS_LINE


class Place:
    """Where one machine after the other runs beside those of other places."""

    def __init__(self, vm, number):
        self.vm = vm
        self.work = vm.work / f"place-{number}"
        self.work.mkdir()
        self.tap = f"cut{number}"
        subprocess.run(f"ip tuntap add dev {self.tap} mode tap; ip link set {self.tap} up", shell=True, check=True)

    def switch_on(self, disk, resume=None):
        return self.vm.switch_on(disk, resume, self.work, tap=self.tap)

    def copy(self, disk):
        """Of a machine's disk and memory, for the next one here."""
        return shutil.copyfile(disk, self.work / "disk.qcow2")


def prepare(place, name, before):
    """The disk of a machine that is about to make the change, with its memory."""
    machine = place.vm.machine()
    machine.run(f"sync; {before} && sync")
    machine.tell("human-monitor-command", **{"command-line": f"delvm {INSTALLED}"})
    machine.save(PREPARED)
    machine.kill()
    return shutil.move(machine.disk, place.vm.work / f"{name}.qcow2")


def whole(place, disk, change):
    """(writes of the whole change, hosts lines before and after, what is left) without a cut."""
    machine = place.switch_on(place.copy(disk), PREPARED)
    lines = {machine.run(HOSTS_LINE)}
    since = machine.writes()
    machine.run(f"{change} && sync")
    made = machine.writes() - since
    lines.add(machine.run(HOSTS_LINE))
    left = machine.run(LEFT)
    machine.kill()
    return made, lines, left


def cut(place, disk, change, writes):
    """The disk of a machine whose power went after so many writes."""
    copied = place.copy(disk)
    machine = place.switch_on(copied, PREPARED)
    since = machine.writes()
    machine.begin(f"{change} && sync")
    while machine.writes() - since < writes and not machine.has_said():
        pass
    machine.kill()
    return copied


def check(place, disk, change, lines, left):
    vm = place.vm
    machine = place.switch_on(disk)
    machine.wait_ready()
    line = machine.run(HOSTS_LINE)
    if line not in lines:
        raise Failed(f"the hosts line is {line!r}")
    if failed := machine.run("systemctl list-units --failed --plain --no-legend 'gitdns*'"):
        raise Failed(f"failed units: {failed}")
    content(machine)
    if "gitdns" in line:
        vm.finds(machine, vm.network.known(4))
    machine.run(f"{change} && sync")
    content(machine)
    vm.finds(machine, vm.network.known(4))
    differ = sorted({*machine.run(LEFT).splitlines()} ^ {*left.splitlines()})
    if differ:
        raise Failed(f"not left as without a cut: {differ[:4]}")
    machine.kill()
    return "gitdns" in line


def attempt(places, disk, change, writes, lines, left):
    """(whether the hosts line had gitdns, None) or (None, what went wrong)"""
    place = places.get()
    try:
        return check(place, cut(place, disk, change, writes), change, lines, left), None
    except Failed as failed:
        for kept in ("console", "commands"):
            shutil.copyfile(place.work / kept, place.vm.work / kept)
        return None, f"cut after {writes} writes: {failed}"
    finally:
        places.put(place)


def cuts(vm, places, name, before, change, moments):
    """What is to be told of one change; raises the first of what went wrong."""
    place = places.get()
    disk = prepare(place, name, before)
    made, lines, left = whole(place, disk, change)
    places.put(place)
    with concurrent.futures.ThreadPoolExecutor(places.qsize()) as pool:
        ended = list(pool.map(lambda moment: attempt(places, disk, change, 1 + made * moment // moments, lines, left),
                              range(moments)))
    disk.unlink()
    wrong = [words for _, words in ended if words]
    if wrong:
        raise Failed(f"{name}, of {made} writes: {len(wrong)} of {moments} fail: {wrong[0]}")
    return f"{name} {moments} times in {made} writes, {sum(found for found, _ in ended)} with gitdns in the hosts line"


def run(vm):
    places = queue.Queue()
    for number in range(os.cpu_count()):
        places.put(Place(vm, number))
    return "; ".join(cuts(vm, places, name, **change) for name, change in CHANGES.items())
