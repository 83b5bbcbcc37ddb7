"""One question to a nameserver."""

import socket
import struct

A, SOA = 1, 6


def answers(address, name, kind, code=0):
    """Whether it answers with that RCODE."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"
    query = struct.pack("!6H", 0x4711, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!2H", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.3)
        try:
            sock.connect((address, 53))
            sock.send(query)
            reply = sock.recv(4096)
        except OSError:
            return False
    return reply[:2] == query[:2] and reply[3] & 15 == code
