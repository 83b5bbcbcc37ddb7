"""One question to a nameserver."""

import ipaddress
import socket
import struct

A, SOA, PTR, MX, AAAA = 1, 6, 12, 15, 28


def _query(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"
    return struct.pack("!6H", 0x4711, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!2H", kind, 1)


def answers(address, name, kind, code=0):
    """Whether it answers with that RCODE."""
    query = _query(name, kind)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.3)
        try:
            sock.connect((address, 53))
            sock.send(query)
            reply = sock.recv(4096)
        except OSError:
            return False
    return reply[:2] == query[:2] and reply[3] & 15 == code


def _receive(sock, octets):
    got = b""
    while len(got) < octets:
        part = sock.recv(octets - len(got))
        if not part:
            raise OSError("the nameserver has closed the connection")
        got += part
    return got


def _past_name(reply, at):
    while 0 < reply[at] < 0xc0:
        at += 1 + reply[at]
    return at + (1 if reply[at] == 0 else 2)


def ask(address, name, kind, seconds=5):
    """(RCODE, the answers of that type: addresses as text, others in octets), over TCP; None: no answer."""
    query = _query(name, kind)
    try:
        with socket.create_connection((address, 53), timeout=seconds) as sock:
            sock.sendall(struct.pack("!H", len(query)) + query)
            reply = _receive(sock, struct.unpack("!H", _receive(sock, 2))[0])
    except OSError:
        return None
    at, found = _past_name(reply, 12) + 4, []
    for _ in range(struct.unpack_from("!H", reply, 6)[0]):
        at = _past_name(reply, at)
        got, _, _, octets = struct.unpack_from("!HHIH", reply, at)
        data, at = reply[at + 10:at + 10 + octets], at + 10 + octets
        if got == kind:
            found.append(str(ipaddress.ip_address(data)) if kind in (A, AAAA) else data)
    return reply[3] & 15, found
