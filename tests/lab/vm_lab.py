"""What the scenarios of tests/vm share: machines that have the packages installed and their first copy, and a
resolver with a made-up world on the other end of their cable."""

import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import time

import lab
from lab.made_up_world import World
from lab.vm import Failed, Machine

HOST = "10.7.0.1"
# A machine that was saved knows it.
HOST_MAC = "52:54:00:0a:07:01"
COMPANY = "git.of-this-company.net"
# DNS has it, and the copy does not.
ABSENT = "in-dns-alone.net"
# In place of the popular names, which take six minutes to look up.
POPULAR = [f"popular-{number}.net" for number in range(40)]
INSTALLED = "installed"
OUT = "gitdns outage | grep -q 'everything is out'"
LISTS = {"company.names": [COMPANY], "popular.names": POPULAR}


def answers(address):
    """Whether a question is answered there, soon."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        try:
            sock.connect((address, 53))
            sock.send(struct.pack("!6H", 1, 0x100, 1, 0, 0, 0) + b"\0" + struct.pack("!2H", 2, 1))
            return sock.recv(512) != b""
        except TimeoutError:
            return False
        except ConnectionRefusedError:
            time.sleep(0.05)
            return False


class Network:
    """This end of the cable, and who answers there."""

    def __init__(self, work):
        self.run("ip link set lo up && ip tuntap add dev tap0 mode tap && "
                 f"ip link set tap0 address {HOST_MAC} && ip address add {HOST}/24 dev tap0 && ip link set tap0 up")
        self.lists = [lab.ROOT / "packaging/names/infrastructure.names"]
        for name, names in {**LISTS, "absent.names": [ABSENT]}.items():
            self.lists.append(work / name)
            self.lists[-1].write_text("".join(f"{line}\n" for line in names))
        self.world = World([str(path) for path in self.lists])
        self.resolvers = {}
        self.programs = []
        self.log = open(work / "programs", "ab")

    def resolver(self, what, address=HOST, lists=()):
        """`serve`: it knows the world, and names of these lists. `silent`: it takes questions and says nothing. None:
        nobody is there."""
        if address in self.resolvers:
            self.resolvers.pop(address)()
        if what == "serve":
            process = self.begin(sys.executable, lab.ROOT / "tests/lab/made_up_world.py", "serve", address, *self.lists,
                                 *lists)
            self.resolvers[address] = lambda: (process.kill(), process.wait())
            while not answers(address):
                if process.poll() is not None:
                    raise Failed("the resolver of the made-up world has ended")
        elif what == "silent":
            mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.resolvers[address] = mute.close
            mute.bind((address, 53))

    @staticmethod
    def run(command):
        """On this end of the cable."""
        subprocess.run(command, shell=True, check=True)

    def begin(self, *command):
        """A program, until its scenario ends. `command`: its words; an unpacked one has its libraries."""
        self.programs.append(subprocess.Popen(command, env=lab.unpacked_environment(), stdin=subprocess.DEVNULL,
                                              stdout=self.log, stderr=self.log))
        return self.programs[-1]

    def end(self):
        """All as in the beginning, but for the resolver."""
        for end in self.resolvers.values():
            end()
        for process in self.programs:
            process.kill()
            process.wait()
        self.resolvers.clear()
        self.programs.clear()

    def known(self, count):
        """So many of the names that the resolver knows and does not lie for, the company's first."""
        names = [name for name in self.world.known
                 if name != ABSENT and self.world.is_there(name) and not self.world.lies(name, 1)]
        return [COMPANY, *names[::len(names) // (count - 1)][:count - 1]]

    def check(self, name, addresses):
        right = {*self.world.pool(name, 1), *self.world.pool(name, 28)}
        if not addresses:
            raise Failed(f"{name} is not found")
        if not set(addresses) <= right:
            raise Failed(f"{name} has {addresses}, and never had but {sorted(right)}")


def later(package, work):
    """The same package with a later version, for an upgrade."""
    tree, made = work / "later", work / "later.deb"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN/control"
    text = control.read_text()
    version = re.search(r"^Version: (.*)$", text, re.M)[1]
    control.write_text(text.replace(f"Version: {version}\n", f"Version: {version}+later\n")
                       .replace(f"(= {version})", f"(= {version}+later)"))
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, made], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return made


class VmLab:
    """`image`: the folder that tests/vm/image made. `packages`: where the packages lie."""

    def __init__(self, image, packages, work):
        self.image = image
        self.packages = packages
        self.work = work
        self.machines = []
        self.tar = work / "packages.tar"
        with tarfile.open(self.tar, "w") as tar:
            for path in sorted(pathlib.Path(packages).glob("*.deb")):
                tar.add(path, path.name)
                tar.add(later(path, work), f"later/{path.name}")
        self.network = Network(work)
        self.network.resolver("serve")
        self.installed = image / "installed.qcow2"

    def switch_on(self, disk, resume=None, work=None, folder=None, tar=None, **more):
        """`work`: a folder of its own, for one that runs beside others; `folder`: where the kernel lies, if not beside
        the disk of all; `tar`: what is in the second disk."""
        machine = Machine(folder or self.image, disk, work or self.work, tar or self.tar, resume, **more)
        self.machines.append(machine)
        return machine

    def machine(self, **more):
        """One that has just got its first copy, of a disk of its own."""
        disk = self.work / "disk.qcow2"
        shutil.copyfile(self.installed, disk)
        return self.switch_on(disk, INSTALLED, **more)

    def end(self):
        """Of a scenario: the power of all goes, and the network is as it was."""
        for machine in self.machines:
            machine.kill()
        self.machines = []
        self.network.end()
        self.network.resolver("serve")

    def install(self):
        """Makes what the scenarios begin with; what it took."""
        self.installed.unlink(missing_ok=True)
        machine, boot = self.bare()
        machine.put("/srv/listing", (lab.ROOT / "tests/vm/listing").read_text(), 0o755)
        machine.run("/srv/listing >/srv/before")
        seconds = self.arrive(machine)
        machine.run("sync")
        machine.save(INSTALLED)
        machine.kill()
        machine.disk.rename(self.installed)
        return (f"boot {boot:.0f} s, dpkg to the first copy of all names {seconds:.0f} s; "
                f"{self.installed.stat().st_size >> 20} MiB with its memory")

    def bare(self, tar=None):
        """A machine that has just booted for the first time, with packages in /srv/packages, and how long that took."""
        disk = self.work / "new.qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", self.image / "disk", "-F", "raw",
                        disk], check=True)
        machine = self.switch_on(disk, tar=tar)
        boot = machine.wait_ready()
        machine.run("mkdir -p /srv/packages && tar -xf /dev/vdb -C /srv/packages")
        return machine, boot

    def arrive(self, machine, folder="/srv/packages"):
        """Installs the packages that lie there; seconds to the first copy of all names."""
        for name, names in LISTS.items():
            machine.put(f"/etc/gitdns/names.d/{name}", "".join(f"{line}\n" for line in names))
        begun = machine.run("cut -d ' ' -f 1 /proc/uptime")
        machine.run(f"DEBIAN_FRONTEND=noninteractive dpkg -i {folder}/*.deb")
        # The second serial has all names.
        machine.wait_for("gitdns verify --registry local && gitdns log --registry local | grep -q '^\\* 2 '", every=5)
        ended = machine.run("cut -d ' ' -f 1 /proc/uptime")
        self.finds(machine, self.network.known(10))
        return float(ended) - float(begun)

    @staticmethod
    def add(machine, name, which=""):
        """Installs the packages that tests/vm/image keeps by that name, or those of them whose names begin so."""
        machine.run(f"DEBIAN_FRONTEND=noninteractive dpkg -i /srv/{name}/{which}*.deb")

    def finds(self, machine, names, how="getent ahosts"):
        """Each, with right addresses and no others."""
        said = machine.run("".join(f"echo {name} $({how} {name} | awk '{{ print $1 }}' | sort -u)\n" for name in names))
        for line in said.splitlines():
            name, *found = line.split()
            self.network.check(name, found)
        if len(said.splitlines()) != len(names):
            raise Failed(f"{len(said.splitlines())} answers to {len(names)} names:\n{said}")

    def goes_out(self, machine, names):
        """DNS has just failed: the copy answers, and the outage becomes known. Seconds of the first look-up."""
        first = seconds_of(machine, f"getent ahosts {names[0]}")
        # Of a look-up right after resolv.conf has changed nothing is kept: another DNS is not to learn private names.
        machine.wait_for(f"getent ahosts {names[0]} && {OUT}")
        self.finds(machine, names)
        if machine.status(f"getent ahosts {ABSENT}")[0] == 0:
            raise Failed("there is DNS")
        return first

    def comes_back(self, machine, names):
        """DNS has just been put right: seconds until it answers and no outage is known any more."""
        over = f"getent -s dns ahosts {ABSENT} && gitdns outage | grep \"none known\""
        seconds = seconds_of(machine, f"timeout 120 sh -c 'until {over}; do sleep 0.5; done'")
        self.finds(machine, [*names, ABSENT])
        return seconds

    @staticmethod
    def after_boot(machine):
        """Seconds from multi-user.target to now, in the machine."""
        return float(machine.run("""
            at=$(systemctl show -p ActiveEnterTimestampMonotonic --value multi-user.target)
            awk -v at="$at" '{ print $1 - at / 1000000 }' /proc/uptime"""))


def seconds_of(machine, command):
    """How long it takes in the machine; it must succeed."""
    return float(machine.run(f"TIMEFORMAT=%R; time {{ {command} >/run/said; }}").split()[-1])


def reached(machine, unit):
    """Seconds from the kernel's start until that unit was active."""
    return int(machine.run(f"systemctl show -p ActiveEnterTimestampMonotonic --value {unit}")) / 1e6


def content(machine):
    """`gitdns verify` of all that there is."""
    status, said = machine.status("gitdns verify")
    if status != 0:
        raise Failed(f"gitdns verify ended with {status}: {said}")
    return said
