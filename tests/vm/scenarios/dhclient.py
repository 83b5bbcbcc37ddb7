"""dhclient has the address and resolv.conf from a DHCP server. That gives out a nameserver that is silent; renewals
that change nothing leave the outage known; one brings a nameserver that works; then the server is gone, the lease ends,
and the address with it; and the server is back."""

import lab
from lab.vm import Failed
from lab.vm_lab import ABSENT, HOST, OUT, seconds_of

SILENT = "10.7.0.3"
RENEWED = 20  # seconds; the lease is of two minutes
DHCLIENT = """
systemctl disable --now systemd-networkd.socket systemd-networkd
ip address flush dev eth0
systemd-run --quiet --unit=dhclient dhclient -4 -d eth0
"""


class Server:
    """DHCP, of dnsmasq; `nameserver` is what it gives out. Stays until kill(), or the scenario's end."""

    def __init__(self, vm, nameserver):
        program = lab.find_program("dnsmasq")
        if not program:
            raise Failed("dnsmasq is absent: packaging/install-dependencies test")
        self.process = vm.network.begin(
            program, "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--user=", "--group=", "--port=0",
            "--interface=tap0", "--bind-interfaces", "--dhcp-authoritative", "--no-ping",
            f"--dhcp-leasefile={vm.work / 'leases'}", "--dhcp-range=10.7.0.50,10.7.0.60,2m",
            f"--dhcp-option=option:T1,{RENEWED}", f"--dhcp-option=option:router,{HOST}",
            f"--dhcp-option=option:dns-server,{nameserver}", "--log-facility=-")

    def kill(self):
        self.process.kill()
        self.process.wait()


def wait_for_nameserver(machine, address):
    machine.wait_for(f"grep -qx 'nameserver {address}' /etc/resolv.conf")


def renewal(vm, machine, names):
    """One that has resolv.conf written as it was, and ends no outage; how long a look-up takes right after it."""
    machine.run("touch -r /etc/resolv.conf /run/before")
    machine.wait_for("[ /etc/resolv.conf -nt /run/before ]")
    if machine.status(OUT)[0] != 0:
        raise Failed("a renewal that changed nothing has ended the outage")
    took = seconds_of(machine, f"getent ahosts {names[0]}")
    vm.finds(machine, names)
    return took


def run(vm):
    machine = vm.machine()
    names = vm.network.known(4)
    vm.network.run(f"ip address replace {SILENT}/24 dev tap0")
    vm.network.resolver("silent", SILENT)
    vm.add(machine, "dhclient")
    server = Server(vm, SILENT)
    machine.run(DHCLIENT)
    wait_for_nameserver(machine, SILENT)
    silent = vm.goes_out(machine, names)
    same = renewal(vm, machine, names)

    server.kill()
    server = Server(vm, HOST)
    wait_for_nameserver(machine, HOST)
    renewed = vm.comes_back(machine, names)

    server.kill()
    machine.wait_for("! ip -4 -o address show dev eth0 | grep inet")
    gone = seconds_of(machine, f"getent ahosts {names[0]}")
    vm.finds(machine, names)
    if machine.status(f"getent ahosts {ABSENT}")[0] == 0:
        raise Failed("there is DNS")
    Server(vm, HOST)
    machine.wait_for("ip -4 -o address show dev eth0 | grep inet")
    again = vm.comes_back(machine, names)
    return (f"a silent nameserver: first look-up {silent:.1f} s, after a renewal that changed nothing {same:.1f} s; over "
            f"{renewed:.1f} s after one with another; no lease: {gone:.1f} s; over {again:.1f} s after the next lease")
