"""NetworkManager has the network and resolv.conf, and an OpenVPN tunnel whose nameserver alone is asked while it is up.
Its server is killed, and all DNS with it; the tunnel goes down, and the network's own nameserver counts at once,
whatever was out before; the tunnel comes up again; and NetworkManager ends, with no nameserver at all."""

import subprocess

import lab
from lab.vm import Failed
from lab.vm_lab import HOST

INNER = "10.8.0.1"
# The tunnel's nameserver alone has it; nobody's copy has.
INSIDE = "inside.of-this-company.net"
# With a static key: certificates would have to be older than the machine's clock, which is that of when it was saved.
CIPHER = "AES-256-CBC"
CLIENT = f"""dev tun
proto udp
remote {HOST} 1194
cipher {CIPHER}
ifconfig 10.8.0.2 {INNER}
secret /etc/openvpn/vpn.key
"""
LAN = f"""
nmcli connection add type ethernet con-name lan ifname eth0 ipv4.method manual ipv4.addresses 10.7.0.2/24 \\
    ipv4.gateway {HOST} ipv4.dns {HOST} ipv6.method disabled
nmcli connection up lan
"""
VPN = f"""
nmcli connection import type openvpn file /etc/openvpn/vpn.ovpn
nmcli connection modify vpn ipv4.dns {INNER} ipv4.dns-priority -50 ipv4.never-default yes ipv6.method disabled
"""


class Server:
    """This end of the tunnel."""

    def __init__(self, vm):
        self.network = vm.network
        self.program = lab.find_program("openvpn")
        if not self.program:
            raise Failed("openvpn is absent: packaging/install-dependencies test")
        self.key = vm.work / "vpn.key"
        self.names = vm.work / "vpn.names"
        self.names.write_text(f"{INSIDE}\n")
        subprocess.run([self.program, "--genkey", "secret", self.key], env=lab.unpacked_environment(), check=True)
        vm.network.run(f"ip tuntap add dev vpn0 mode tun && ip address add {INNER} peer 10.8.0.2 dev vpn0 && "
                       "ip link set vpn0 up")

    def start(self):
        self.process = self.network.begin(self.program, "--dev", "vpn0", "--dev-type", "tun", "--proto", "udp4",
                                          "--port", "1194", "--cipher", CIPHER, "--secret", self.key)
        self.network.resolver("serve", INNER, [self.names])

    def kill(self):
        self.process.kill()
        self.process.wait()


def nameservers(machine):
    return machine.run("sed -n 's/^nameserver //p' /etc/resolv.conf").split()


def asks(machine, address, inside):
    """Whom resolv.conf names now, and whether there is a name of the tunnel's."""
    if nameservers(machine) != [address]:
        raise Failed(f"resolv.conf names {nameservers(machine)}, not {address}")
    status, said = machine.status(f"getent ahosts {INSIDE}")
    if (status == 0) != inside:
        raise Failed(f"{INSIDE} by {address}: {status} {said}")


def up(vm, machine, names):
    machine.run("nmcli connection up vpn")
    asks(machine, INNER, True)
    vm.finds(machine, names)
    machine.run("gitdns outage | grep 'none known'")


def run(vm):
    machine = vm.machine()
    names = vm.network.known(4)
    server = Server(vm)
    machine.put("/etc/NetworkManager/conf.d/lab.conf", "[main]\nno-auto-default=*\n")
    vm.add(machine, "networkmanager")
    machine.put("/etc/openvpn/vpn.key", server.key.read_text(), 0o600)
    machine.put("/etc/openvpn/vpn.ovpn", CLIENT)
    machine.run("systemctl disable --now systemd-networkd.socket systemd-networkd")
    machine.run(LAN + VPN)
    asks(machine, HOST, False)
    vm.finds(machine, names)

    server.start()
    up(vm, machine, names)
    server.kill()
    silent = vm.goes_out(machine, names)
    machine.run("nmcli connection down vpn")
    down = vm.comes_back(machine, names)
    asks(machine, HOST, False)
    server.start()
    up(vm, machine, names)

    # Without a nameserver 127.0.0.1 is asked, which dnsdist has as Debian configures it.
    machine.run("nmcli connection down vpn && systemctl stop NetworkManager dnsdist && : >/etc/resolv.conf")
    none = vm.goes_out(machine, names)
    machine.run("systemctl start NetworkManager")
    started = vm.comes_back(machine, names)
    asks(machine, HOST, False)
    return (f"the tunnel's DNS is silent: first look-up {silent:.1f} s; tunnel down: over {down:.1f} s after that; "
            f"no nameserver: first look-up {none:.1f} s, over {started:.1f} s after NetworkManager was back")
