"""A resolver with a made-up world: it knows the names of lists, most of them on both families, some as a
CDN gives them, a few not at all. A company's have addresses of its network. For some of the others it lies: it has
an address of a network beside the right ones.

    python3 made_up_world.py serve ADDRESS LIST...    answers on port 53, until it is ended
    python3 made_up_world.py lie ADDRESS              has one address for every name, as a captive portal
    python3 made_up_world.py check LIST...            asks this machine's NSS for every name that the world
                                                      knows; says how many are found, and ends with 1 if
                                                      fewer than 99 in 100 are, or one is wrong
    python3 made_up_world.py found LIST...            these names, those of them that NSS finds, rightly
    python3 made_up_world.py some COUNT LIST...       so many of these names
"""
import ipaddress
import itertools
import socket
import socketserver
import struct
import sys
import threading
import zlib

A, AAAA = 1, 28
NXDOMAIN, SERVFAIL = 3, 2
ENOUGH = 0.99
COMPANY = ".of-this-company.net"
LIE = "10.66.66.66"
POOL = 8  # addresses that a CDN has for a name in each family, of which an answer has two


def names_of(path):
    """Those of popular.names as domains are asked for."""
    names = []
    with open(path, encoding="ascii") as file:
        for line in file:
            if words := line.split("#")[0].split():
                names += [words[0], "www." + words[0]] if path.endswith("popular.names") else [words[0]]
    return names


class World:
    """What each name of the lists has, by its hash."""

    def __init__(self, paths):
        self.known = {name: zlib.crc32(name.encode()) for path in paths for name in names_of(path)}
        self.turn = itertools.count()

    def is_there(self, name):
        return name in self.known and (name.endswith(COMPANY) or self.known[name] % 100 > 3)

    def fails(self, name):
        return self.known.get(name, 99) % 100 == 0 and not name.endswith(COMPANY)

    def lies(self, name, kind):
        """What it says besides."""
        lies = kind == A and not name.endswith(COMPANY) and (name == "github.com" or self.known[name] % 13 == 0)
        return [LIE] if lies else []

    def pool(self, name, kind):
        """All addresses that the name ever has, as text."""
        number = self.known[name]
        if name.endswith(COMPANY):
            return [str(ipaddress.ip_address("10.1.0.0") + number % 60000)] if kind == A else []
        if kind == AAAA and number % 5 < 2:
            return []
        count = POOL if number % 7 < 3 else 1
        first = number % (1 << 20) * POOL
        base = ipaddress.ip_address("8.0.0.1" if kind == A else "2001:4860::1")
        return [str(base + first + i) for i in range(count)]

    def now(self, name, kind):
        pool = self.pool(name, kind)
        start = next(self.turn)
        return self.lies(name, kind) + [pool[(start + i) % len(pool)] for i in range(min(2, len(pool)))]


def answer(message, records_of):
    """`records_of(name, type)` gives an RCODE and addresses."""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1").lower())
        at += 1 + message[at]
    kind = struct.unpack_from("!H", message, at + 1)[0]
    code, addresses = records_of(".".join(labels), kind)
    records = b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data
                       for data in (ipaddress.ip_address(address).packed for address in addresses))
    return (message[:2] + struct.pack("!5H", 0x8180 | code, 1, len(addresses), 0, 0) + message[12:at + 5] + records)


class Streams(socketserver.ThreadingTCPServer):
    """Questions over TCP, RFC 7766: each connection until the other end closes it."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, address, records_of):
        class Stream(socketserver.StreamRequestHandler):
            def handle(self):
                while len(head := self.rfile.read(2)) == 2:
                    said = answer(self.rfile.read(struct.unpack("!H", head)[0]), records_of)
                    self.wfile.write(struct.pack("!H", len(said)) + said)

        super().__init__((address, 53), Stream)

    def handle_error(self, *_):
        """A connection that was cut."""


def serve(address, records_of):
    threading.Thread(target=Streams(address, records_of).serve_forever, daemon=True).start()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((address, 53))
    while True:
        message, sender = sock.recvfrom(4096)
        sock.sendto(answer(message, records_of), sender)


def of_world(world):
    def records(name, kind):
        if world.fails(name):
            return SERVFAIL, []
        # The root exists.
        if name and not world.is_there(name):
            return NXDOMAIN, []
        return 0, world.now(name, kind) if kind in (A, AAAA) else []
    return records


def lie(_name, kind):
    return 0, ["8.8.9.9"] if kind == A else []


def look_up(world, names):
    """Those that are not found, and those with an address that they never have."""
    lost, wrong = [], []
    for name in names:
        right = {*world.pool(name, A), *world.pool(name, AAAA)}
        try:
            found = {entry[4][0] for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
        except socket.gaierror:
            lost.append(name)
            continue
        if not found <= right:
            wrong.append(name)
    return lost, wrong


def check(world):
    names = some(world)
    lost, wrong = look_up(world, names)
    print(f"{len(names) - len(lost):,} of {len(names):,} names that the resolver knew are found, {len(wrong)} wrong",
          *lost[:5], *wrong[:5])
    return len(lost) > (1 - ENOUGH) * len(names) or wrong != [] or names == []


def some(world, count=None):
    names = [name for name in world.known if world.is_there(name)]
    return names[::max(1, len(names) // count)][:count] if count else names


def found(world):
    names = some(world)
    amiss = {name for kind in look_up(world, names) for name in kind}
    return [name for name in names if name not in amiss]


def main(what, *words):
    if what == "serve":
        serve(words[0], of_world(World(words[1:])))
    elif what == "lie":
        serve(words[0], lie)
    elif what == "check":
        sys.exit(check(World(words)))
    elif what == "found":
        print(*found(World(words)), sep="\n")
    elif what == "some":
        print(*some(World(words[1:]), int(words[0])), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
