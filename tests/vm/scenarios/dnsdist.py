"""The machine is its network's resolver: dnsdist as Debian's unit runs it, with lan.conf of gitdns-dnsdist(7). What asks
it from the other end of the cable has names while the upstream works, while it is silent, where nobody listens there,
and after a reboot without it, while another link gets no address; one that the copy does not have it has as long as the
upstream works. And with phones.conf: by TLS, with a key that dnsdist's own user may read and no other, and after a
renewal by the new certificate."""

import socket
import ssl
import struct
import time

import lab
from lab import authority, dnsdist
from lab.responder import prefixed
from lab.vm import HANG, Failed
from lab.vm_lab import ABSENT, HOST, content, reached

MACHINE = "10.7.0.2"
SOON = 10  # seconds
# A link that waits for an address, before the file of all links; and the page's unit, which does not wait for it.
LINK = {"/etc/systemd/network/10-uplink.netdev": "[NetDev]\nName=uplink\nKind=dummy\n",
        "/etc/systemd/network/10-uplink.network": "[Match]\nName=uplink\n[Network]\nDHCP=yes\n"}
UNIT = "sed /network-online/d /lib/systemd/system/dnsdist.service >/etc/systemd/system/dnsdist.service"
PHONES = "dns.example.net"
# Of Debian's dnsdist.
USER = "_dnsdist"


def configure(machine, page):
    text = (lab.ROOT / "packaging/dnsdist" / page).read_text()
    machine.put("/etc/dnsdist/dnsdist.conf", text.replace("192.168.1.1", HOST))


def found(name):
    """Its addresses; none where there is none, or no answer."""
    answers = [dnsdist.ask(MACHINE, name, kind, seconds=5) for kind in ("A", "AAAA")]
    return sorted({address for answer in answers if answer for address in answer.addresses()})


def finds(vm, names):
    for name in names:
        vm.network.check(name, found(name))


def until_found(name):
    """Seconds, by this machine's clock."""
    since = time.monotonic()
    while not found(name):
        if time.monotonic() - since > HANG:
            raise Failed(f"{name} is never found")
    return time.monotonic() - since


def reboots(machine):
    """Seconds from basic.target until dnsdist was there."""
    for path, text in LINK.items():
        machine.put(path, text)
    machine.run(UNIT)
    machine.reboot()
    seconds = reached(machine, "dnsdist") - reached(machine, "basic.target")
    if not 0 <= seconds <= SOON:
        raise Failed(f"dnsdist ran {seconds:.1f} s after basic.target")
    return seconds


def certify(machine, issuer):
    """A certificate, as an ACME client puts it there; its number."""
    for source, name in ((issuer.issue("server", f"DNS:{PHONES}", PHONES), "fullchain.pem"),
                         (issuer.folder / "server.key", "privkey.pem")):
        machine.put(f"/etc/dnsdist/tls/{name}", source.read_text(), 0o640)
    machine.run(f"chown root:{USER} /etc/dnsdist/tls/*")
    return lab.run("openssl", "x509", "-noout", "-serial", "-in", issuer.folder / "server.pem").split("=")[1].strip()


def by_tls(issuer, name):
    """(the number of the certificate, the name's IPv4 addresses)"""
    trusted = ssl.create_default_context(cafile=issuer.certificate)
    with socket.create_connection((MACHINE, 853), timeout=HANG) as plain, \
            trusted.wrap_socket(plain, server_hostname=PHONES) as sock:
        sock.sendall(prefixed(dnsdist.question(name, "A")))
        with sock.makefile("rb") as stream:
            answer = dnsdist.Answer(stream.read(struct.unpack("!H", stream.read(2))[0]))
        return sock.getpeercert()["serialNumber"], sorted(answer.addresses())


def until_by_tls(issuer, name, number):
    since = time.monotonic()
    while time.monotonic() - since < HANG:
        try:
            told, addresses = by_tls(issuer, name)
        except (OSError, struct.error):
            addresses = []
        if addresses:
            if told != number:
                raise Failed(f"the certificate is {told}, not {number}")
            return addresses
        time.sleep(0.2)
    raise Failed(f"{name} is never found by TLS")


def serves_phones(vm, machine, names):
    """In peace, and with a new certificate while the upstream is silent."""
    issuer = authority.Authority(vm.work, "root")
    configure(machine, "phones.conf")
    number = certify(machine, issuer)
    machine.run("systemctl reload-or-restart dnsdist")
    vm.network.check(names[0], until_by_tls(issuer, names[0], number))
    until_by_tls(issuer, ABSENT, number)
    vm.network.resolver("silent")
    renewed = certify(machine, issuer)
    machine.run("systemctl reload-or-restart dnsdist")
    for name in names[:3]:
        vm.network.check(name, until_by_tls(issuer, name, renewed))
    vm.network.resolver("serve")
    until_by_tls(issuer, ABSENT, renewed)


def run(vm):
    machine = vm.machine()
    names = vm.network.known(20)
    configure(machine, "lan.conf")
    machine.run("systemctl restart dnsdist")
    until_found(ABSENT)
    finds(vm, names)
    waited = {}
    for upstream in "silent", None:
        vm.network.resolver(upstream)
        waited[upstream] = until_found(names[0])
        finds(vm, names)
        if found(ABSENT):
            raise Failed(f"{ABSENT} is in no copy, and there is no upstream")
        vm.network.resolver("serve")
        until_found(ABSENT)
    vm.network.resolver("silent")
    started = reboots(machine)
    waited["boot"] = until_found(names[0])
    finds(vm, names)
    vm.network.resolver("serve")
    until_found(ABSENT)
    serves_phones(vm, machine, names)
    content(machine)
    if complaints := machine.run("journalctl -b -u dnsdist -o cat | grep -i 'gitdns.*:.*\\(fail\\|error\\|denied\\)' || true"):
        raise Failed(f"dnsdist says: {complaints}")
    return (f"names of the copy after {waited['silent']:.1f} s of a silent upstream, {waited[None]:.1f} s of a closed "
            f"one, and {waited['boot']:.1f} s after a boot with a silent one, by this machine's clock; there "
            f"{started:.1f} s after basic.target")
