"""A DNS responder with one mode an address: every way to answer and to fail, all at once.

    python3 responder.py [DOMAIN=MODE]...

Listens on port 53 (UDP and TCP) of each address in ADDRESS; says `ready` and serves until its
standard input ends. A DOMAIN given takes its mode on every address, and so do the names below it;
`.` is all names; `@NAME` is that name alone, `@` the root alone. Must run in a network namespace of the tests' own.

Lines of standard input, each answered by one line: `DOMAIN=MODE`, or `DOMAIN=` to take that back;
`queries`, answered by how many came so far; `queries NAME`, by how many of them for that name;
`names`, by all that were asked for.
"""

import collections
import random
import selectors
import socket
import struct
import sys
import threading

A, PTR, AAAA = 1, 12, 28
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
QR, AA, TC, RA = 0x8000, 0x0400, 0x0200, 0x0080

GOOD = {
    A: [socket.inet_aton("198.51.100.7"), socket.inet_aton("198.51.100.8")],
    AAAA: [socket.inet_pton(socket.AF_INET6, "2001:db8:53::7")],
    PTR: [b"\x04host\x07example\x03net\x00"],
}
CLOSE, RESET = object(), object()  # instead of an answer over TCP


class Query:
    """A question as it came: `message` whole, `name` in lower case, `type`."""

    def __init__(self, message, tcp):
        self.message, self.tcp = message, tcp
        self.id, self.flags = struct.unpack_from("!HH", message)
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1 : at + 1 + message[at]].decode("latin-1").lower())
            at += 1 + message[at]
        self.name = ".".join(labels)
        self.type = struct.unpack_from("!H", message, at + 1)[0]
        self.question = message[12 : at + 5]

    def answer(self, rcode=NOERROR, records=(), flags=0, count=None):
        """The message; `count` to claim another number of records than there are."""
        flags |= QR | RA | (self.flags & 0x0100) | rcode
        head = struct.pack("!6H", self.id, flags, 1, len(records) if count is None else count, 0, 0)
        body = b"".join(
            struct.pack("!HHHIH", 0xC00C, self.type, 1, 60, len(data)) + data for data in records
        )
        return head + self.question + body


def rcode(code):
    return lambda query: query.answer(code)


def good(query):
    return query.answer(records=GOOD.get(query.type, ()), flags=AA)


def slow(query):
    return good(query)


slow.delay = 0.6  # seconds, over UDP


def truncated(over_tcp):
    """TC over UDP; `over_tcp`, a function or None (nobody listens), is what TCP gives."""

    def mode(query):
        return over_tcp(query) if query.tcp else query.answer(flags=TC)

    mode.tcp = over_tcp is not None
    return mode


def slow_truncated(query):
    """Says only after a while that TCP is to be used."""
    return truncated(good)(query)


slow_truncated.delay = 1


def by_type(**modes):
    """A mode for each of A and AAAA; NODATA for all else."""
    types = {"a": A, "aaaa": AAAA}
    table = {types[name]: MODES[mode] for name, mode in modes.items()}
    return lambda query: table.get(query.type, MODES["nodata"])(query)


def garbage_body(query):
    """A header and question that fit, then records that no one can parse."""
    return query.answer(count=3) + b"\xff\x3f" * 16


MODES = {
    "good": good,
    "nxdomain": rcode(NXDOMAIN),
    "nodata": rcode(NOERROR),
    "servfail": rcode(SERVFAIL),
    "refused": rcode(REFUSED),
    "notimp": rcode(NOTIMP),
    "formerr": rcode(FORMERR),
    "silent": lambda query: None,
    "silent-2": lambda query: None,
    "silent-3": lambda query: None,
    "truncated": truncated(None),
    "truncated-close": truncated(lambda query: CLOSE),
    "truncated-reset": truncated(lambda query: RESET),
    "truncated-cut": truncated(lambda query: good(query)[:-20]),
    "truncated-good": truncated(good),
    "silent-tcp": truncated(lambda query: None),
    "slow-truncated": slow_truncated,
    "garbage-short": lambda query: query.message[:5],
    "garbage-random": lambda query: random.randbytes(60),
    "garbage-body": garbage_body,
    "slow": slow,
}
MODES |= {
    "a-servfail-aaaa-nodata": by_type(a="servfail", aaaa="nodata"),
    "a-nodata-aaaa-servfail": by_type(a="nodata", aaaa="servfail"),
    "a-good-aaaa-servfail": by_type(a="good", aaaa="servfail"),
    "a-servfail-aaaa-good": by_type(a="servfail", aaaa="good"),
    "a-good-aaaa-nodata": by_type(a="good", aaaa="nodata"),
    "a-nodata-aaaa-good": by_type(a="nodata", aaaa="good"),
    "a-nxdomain-aaaa-servfail": by_type(a="nxdomain", aaaa="servfail"),
    "a-servfail-aaaa-nxdomain": by_type(a="servfail", aaaa="nxdomain"),
    "a-good-aaaa-silent": by_type(a="good", aaaa="silent"),
}
ADDRESS = {mode: f"127.0.0.{number}" for number, mode in enumerate(MODES, 11)}


def messages(octets):
    """The messages of a TCP stream. glibc sends A and AAAA in one piece, so small that it comes whole."""
    while len(octets) > 2:
        end = 2 + struct.unpack_from("!H", octets)[0]
        yield octets[2:end]
        octets = octets[end:]


def prefixed(message):
    return struct.pack("!H", len(message)) + message


class Responder:
    def __init__(self, domains):
        self.domains = domains
        self.queries = 0
        self.asked = collections.Counter()  # by name
        self.selector = selectors.DefaultSelector()
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)
        for mode, address in ADDRESS.items():
            self.listen(address, mode)

    def listen(self, address, mode):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        udp.bind((address, 53))
        self.selector.register(udp, selectors.EVENT_READ, (self.on_datagram, mode))
        if getattr(MODES[mode], "tcp", True):
            tcp = socket.create_server((address, 53), backlog=1000)
            self.selector.register(tcp, selectors.EVENT_READ, (self.on_connect, mode))

    def mode_of(self, name, default):
        if f"@{name}" in self.domains:
            return self.domains[f"@{name}"]
        labels = name.split(".")
        above = [".".join(labels[start:]) for start in range(len(labels))] + ["."]
        return next((self.domains[domain] for domain in above if domain in self.domains), default)

    def answer(self, message, mode, tcp):
        """The answer to a message: octets, CLOSE, or None for silence."""
        self.queries += 1
        try:
            query = Query(message, tcp)
        except (IndexError, struct.error):
            return None
        self.asked[query.name] += 1
        return MODES[self.mode_of(query.name, mode)](query)

    def on_datagram(self, sock, mode):
        message, sender = sock.recvfrom(65535)
        if answer := self.answer(message, mode, tcp=False):
            delay = getattr(MODES[self.mode_of(Query(message, False).name, mode)], "delay", 0)
            if delay:
                threading.Timer(delay, sock.sendto, [answer, sender]).start()
            else:
                sock.sendto(answer, sender)

    def on_connect(self, sock, mode):
        connection, _ = sock.accept()
        self.selector.register(connection, selectors.EVENT_READ, (self.on_stream, mode))

    def on_stream(self, connection, mode):
        try:
            octets = connection.recv(65536)
            answers = [self.answer(message, mode, tcp=True) for message in messages(octets)]
            if octets and CLOSE not in answers and RESET not in answers:
                connection.sendall(b"".join(prefixed(answer) for answer in answers if answer))
                return
            if RESET in answers:
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except OSError:
            pass
        self.selector.unregister(connection)
        connection.close()

    def obey(self, line):
        domain, changes, mode = line.partition("=")
        if not changes:
            _, _, name = domain.partition(" ")
            if line == "names":
                print(*self.asked, flush=True)
            else:
                print(self.asked[name] if name else self.queries, flush=True)
            return
        if mode:
            self.domains[domain] = mode
        else:
            self.domains.pop(domain, None)
        print("ok", flush=True)

    def serve(self):
        print("ready", flush=True)
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.obey(line.strip())
                    continue
                handler, mode = key.data
                handler(key.fileobj, mode)


if __name__ == "__main__":
    Responder(dict(argument.split("=") for argument in sys.argv[1:])).serve()
