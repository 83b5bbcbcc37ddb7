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
COMPANY = "git.of-this-company.net"
# DNS has it, and the copy does not.
ABSENT = "in-dns-alone.net"
# In place of the popular names, which take six minutes to look up.
POPULAR = [f"popular-{number}.net" for number in range(40)]
INSTALLED = "installed"
LISTS = {"company.names": [COMPANY], "popular.names": POPULAR}


def answers():
    """Whether a question is answered, soon."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        try:
            sock.connect((HOST, 53))
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
        subprocess.run("ip link set lo up; ip tuntap add dev tap0 mode tap; "
                       f"ip address add {HOST}/24 dev tap0; ip link set tap0 up", shell=True, check=True)
        self.lists = [lab.ROOT / "packaging/names/infrastructure.names"]
        for name, names in {**LISTS, "absent.names": [ABSENT]}.items():
            self.lists.append(work / name)
            self.lists[-1].write_text("".join(f"{line}\n" for line in names))
        self.world = World([str(path) for path in self.lists])
        self.process = self.mute = None

    def resolver(self, what):
        """`serve`: it knows the world. `silent`: it takes questions and says nothing. None: nobody is there."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
        if self.mute:
            self.mute.close()
            self.mute = None
        if what == "serve":
            self.process = subprocess.Popen([sys.executable, lab.ROOT / "tests/lab/made_up_world.py", "serve", HOST,
                                             *self.lists])
            while not answers():
                if self.process.poll() is not None:
                    raise Failed("the resolver of the made-up world has ended")
        elif what == "silent":
            self.mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.mute.bind((HOST, 53))

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

    def switch_on(self, disk, resume=None, kernel=""):
        machine = Machine(self.image, disk, self.work, self.tar, resume, kernel)
        self.machines.append(machine)
        return machine

    def machine(self):
        """One that has just got its first copy, of a disk of its own."""
        disk = self.work / "disk.qcow2"
        shutil.copyfile(self.installed, disk)
        return self.switch_on(disk, INSTALLED)

    def end(self):
        """Of a scenario: the power of all goes, and the network is as it was."""
        for machine in self.machines:
            machine.kill()
        self.machines = []
        self.network.resolver("serve")

    def install(self):
        """Makes what the scenarios begin with; what it took."""
        self.installed.unlink(missing_ok=True)
        new = self.work / "new.qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", self.image / "disk", "-F", "raw",
                        new], check=True)
        machine = self.switch_on(new)
        boot = machine.wait_ready()
        for name, names in LISTS.items():
            machine.put(f"/etc/gitdns/names.d/{name}", "".join(f"{line}\n" for line in names))
        machine.run("mkdir -p /srv/packages && tar -xf /dev/vdb -C /srv/packages")
        begun = machine.run("cut -d ' ' -f 1 /proc/uptime")
        machine.run("DEBIAN_FRONTEND=noninteractive dpkg -i /srv/packages/*.deb")
        # The second serial has all names.
        machine.wait_for("gitdns verify --registry local && gitdns log --registry local | grep -q '^\\* 2 '", every=5)
        ended = machine.run("cut -d ' ' -f 1 /proc/uptime")
        self.finds(machine, self.network.known(10))
        machine.run("sync")
        machine.save(INSTALLED)
        machine.kill()
        new.rename(self.installed)
        return (f"boot {boot:.0f} s, dpkg to the first copy of all names {float(ended) - float(begun):.0f} s; "
                f"{self.installed.stat().st_size >> 20} MiB with its memory")

    @staticmethod
    def add(machine, name):
        """Installs the packages that tests/vm/image keeps by that name."""
        machine.run(f"DEBIAN_FRONTEND=noninteractive dpkg -i /srv/{name}/*.deb")

    def finds(self, machine, names, how="getent ahosts"):
        """Each, with right addresses and no others."""
        said = machine.run("".join(f"echo {name} $({how} {name} | awk '{{ print $1 }}' | sort -u)\n" for name in names))
        for line in said.splitlines():
            name, *found = line.split()
            self.network.check(name, found)
        if len(said.splitlines()) != len(names):
            raise Failed(f"{len(said.splitlines())} answers to {len(names)} names:\n{said}")

    @staticmethod
    def after_boot(machine):
        """Seconds from multi-user.target to now, in the machine."""
        return float(machine.run("""
            at=$(systemctl show -p ActiveEnterTimestampMonotonic --value multi-user.target)
            awk -v at="$at" '{ print $1 - at / 1000000 }' /proc/uptime"""))


def content(machine):
    """`gitdns verify` of all that there is."""
    status, said = machine.status("gitdns verify")
    if status != 0:
        raise Failed(f"gitdns verify ended with {status}: {said}")
    return said
