"""Nameservers for what glibc's stub resolver makes of them: one behaviour an address, a few names that
exist, and NXDOMAIN for all others.

    python3 stub_nameserver.py

Listens on port 53 (UDP and TCP) of each address in ADDRESS and, well-behaved, of LOOPBACK; says `ready`
and serves until its standard input ends. Must run in a network namespace of the tests' own.
"""
import ipaddress
import selectors
import socket
import struct
import sys
import threading

from lab.responder import (AA, FORMERR, NOTIMP, NXDOMAIN, QR, RA, REFUSED, SERVFAIL, TC, A, AAAA, Query, messages,
                           prefixed)

CNAME, OPT, TXT = 5, 41, 16
IN, CH = 1, 3
LINK_LOCAL = "fe80::53"
LOOPBACK = ["127.0.0.1", "::1", LINK_LOCAL]
NAMES = {
    "both.example.org": {A: ["8.8.1.2", "8.8.1.1"], AAAA: ["2001:4860::1"]},
    "four.example.org": {A: ["8.8.2.1"]},
    "six.example.org": {AAAA: ["2001:4860::2", "2001:4860::3"]},
    "many.example.org": {A: [f"8.8.3.{i}" for i in range(1, 41)], AAAA: [f"2001:4860::4:{i:x}" for i in range(1, 31)]},
    "alias.example.org": {CNAME: "four.example.org"},
    "text.example.org": {},
}
CORP = "corp.internal"
ABSENT = ["absent.example.org", "www.absent.example.org"]


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(owner, kind, data, cls=IN, length=None):
    return owner + struct.pack("!HHIH", kind, cls, 60, len(data) if length is None else length) + data


def has_edns(query):
    return struct.unpack_from("!H", query.message, 10)[0] > 0


def sections(query):
    """(code, [(owner's name, type, data)]) that the name has."""
    name, records = query.name, []
    if name not in NAMES:
        return NXDOMAIN, []
    if target := NAMES[name].get(CNAME):
        records.append((name, CNAME, wire(target)))
        name = target
    records += [(name, query.type, ipaddress.ip_address(text).packed) for text in NAMES[name].get(query.type, [])]
    return 0, records


def reply(query, *, code=0, flags=RA, question=None, records=(), counts=None, tail=b""):
    """`records`: octets of each; `counts`: the four numbers of the header, if they lie."""
    head = struct.pack("!HH4H", query.id, QR | flags | (query.flags & 0x0100) | code,
                       *(counts or (1, len(records), 0, 0)))
    return head + (query.question if question is None else question) + b"".join(records) + tail


def shaped(query, shape=record, **more):
    """The right answer, each record by `shape`; over UDP cut as RFC 2181 has it."""
    code, found = sections(query)
    message = reply(query, code=code, records=[shape(wire(owner), kind, data) for owner, kind, data in found], **more)
    if not query.tcp and len(message) > (1200 if has_edns(query) else 512):
        return reply(query, flags=RA | TC)
    return message


good = shaped


def always(code, flags=RA):
    return lambda query: reply(query, code=code, flags=flags)


def if_edns(answer):
    """A server that does not know EDNS, and answers so."""
    return lambda query: answer(query) if has_edns(query) else good(query)


def slow(seconds):
    def behaviour(query):
        return good(query)

    behaviour.delay = seconds
    return behaviour


def truncated(query):
    return good(query) if query.tcp else reply(query, flags=RA | TC)


def truncated_without_tcp(query):
    return truncated(query)


truncated_without_tcp.tcp = False


def silent_over_tcp(query):
    return None if query.tcp else truncated(query)


def tcp_alone(query):
    return good(query) if query.tcp else None


def edns_garbage(query):
    """An OPT whose length leads nowhere."""
    counts = (1, len(sections(query)[1]), 0, 1)
    return shaped(query, counts=counts, tail=b"\0" + struct.pack("!HHIH", OPT, 1232, 0, 999) + b"xyz")


def edns_badvers(query):
    return reply(query, counts=(1, 0, 0, 1), tail=b"\0" + struct.pack("!HHIH", OPT, 1232, 1 << 24, 0))


def upper(query):
    return shaped(query, lambda owner, *rest: record(owner.upper(), *rest), question=query.question[:-4].upper()
                  + query.question[-4:])


def mixed_case(query):
    return shaped(query, lambda owner, *rest: record(owner.title(), *rest))


def first_name(query):
    """Owners as pointers to the question, as servers have them, where they are its name."""
    own = wire(query.name)
    return shaped(query, lambda owner, *rest: record(b"\xc0\x0c" if owner == own else owner, *rest))


def second_pointer(query):
    """To a pointer, that of the first record."""
    at = 12 + len(query.question)
    seen = []

    def shape(owner, *rest):
        seen.append(owner)
        return record(b"\xc0\x0c" if len(seen) == 1 else struct.pack("!H", 0xC000 | at), *rest)

    return shaped(query, shape) if query.name != "alias.example.org" else good(query)


def loop(query):
    at = 12 + len(query.question)
    return shaped(query, lambda owner, *rest: record(struct.pack("!H", 0xC000 | at), *rest))


def other_owner(query):
    return shaped(query, lambda owner, *rest: record(wire("other.example.org"), *rest))


def other_class(query):
    return shaped(query, lambda owner, kind, data: record(owner, kind, data, CH))


def first_of_another_class(query):
    code, found = sections(query)
    records = [record(wire(query.name), query.type, b"\1" * (4 if query.type == A else 16), CH),
               record(wire(query.name), TXT, b"\1x"), *(record(wire(o), k, d) for o, k, d in found[:5])]
    return reply(query, code=code, records=records if found else [])


def question_of_another_class(query):
    return shaped(query, question=query.question[:-2] + struct.pack("!H", CH))


def counted(answers=0, questions=1, more=0):
    def behaviour(query):
        count = len(sections(query)[1])
        return shaped(query, counts=(questions, max(0, count + (answers if count else 0)), 0, more))

    return behaviour


def short_data(query):
    """Addresses that are too short, after one that is not."""
    code, found = sections(query)
    records = [record(wire(owner), kind, data if i == 0 else data[:3])
               for i, (owner, kind, data) in enumerate(found[:5])]
    return reply(query, code=code, records=records)


def cut(query):
    message = good(query)
    return message[:-7] if sections(query)[1] else message


def by_type(kind, behaviour):
    """Over UDP: glibc waits for ever for an answer over TCP that does not come."""
    return lambda query: behaviour(query) if query.type == kind and not query.tcp else good(query)


def knowing(domain, other):
    """Answers for what lies below the domain; for the rest as `other`."""
    def behaviour(query):
        if not query.name.endswith("." + domain):
            return other(query)
        return reply(query, records=[record(b"\xc0\x0c", A, b"\x0a\0\0\1")] if query.type == A else [])

    return behaviour


def liar(query):
    return reply(query, records=[record(b"\xc0\x0c", A, b"\x08\x08\x09\x01")] if query.type == A else [])


class LostFirst:
    """Each question's first datagram is lost."""

    def __init__(self):
        self.seen = set()

    def __call__(self, query):
        key = query.id, query.name, query.type
        if query.tcp or key in self.seen:
            return good(query)
        self.seen.add(key)
        return None


def silent(query):
    return None


BEHAVIOURS = {
    "good": good, "slow-0.5": slow(0.5), "slow-2": slow(2), "slow-4": slow(4), "silent": silent,
    "lost-first": LostFirst(), "truncated": truncated, "truncated-without-tcp": truncated_without_tcp,
    "tcp-alone": tcp_alone,
    "silent-over-tcp": silent_over_tcp, "edns-dropped": if_edns(silent), "edns-formerr": if_edns(always(FORMERR)),
    "edns-badvers": if_edns(edns_badvers), "edns-notimp": if_edns(always(NOTIMP)),
    "edns-garbage": if_edns(edns_garbage), "edns-unasked": edns_garbage,
    "servfail": always(SERVFAIL), "refused": always(REFUSED), "notimp": always(NOTIMP),
    "formerr": always(FORMERR), "empty": always(0), "lame": always(0, 0),
    "authority": lambda query: shaped(query, flags=AA),
    "neither": lambda query: shaped(query, flags=0), "upper": upper, "mixed-case": mixed_case, "pointers": first_name,
    "pointer-to-pointer": second_pointer, "pointer-loop": loop, "other-owner": other_owner, "other-class": other_class,
    "first-of-another-class": first_of_another_class, "question-of-another-class": question_of_another_class,
    "count-too-high": counted(3), "count-too-low": counted(-1), "no-question": counted(questions=0),
    "two-questions": counted(questions=2), "more-that-is-not-there": counted(more=5), "short-data": short_data,
    "cut": cut, "a-servfail": by_type(A, always(SERVFAIL)), "aaaa-servfail": by_type(AAAA, always(SERVFAIL)),
    "a-empty": by_type(A, always(0)), "aaaa-silent": by_type(AAAA, silent),
    "corp-refused": knowing(CORP, always(REFUSED)), "corp-servfail": knowing(CORP, always(SERVFAIL)),
    "corp-silent": knowing(CORP, silent),
    "corp-nodata": knowing(CORP, always(0)),
    "liar": liar,
}
ADDRESS = {name: f"127.0.3.{number}" for number, name in enumerate(BEHAVIOURS, 1)}
CLOSED = "127.0.3.200"


class Nameservers:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        for name, address in ADDRESS.items():
            self.listen(address, BEHAVIOURS[name])
        for address in LOOPBACK:
            self.listen(address, good)

    def listen(self, address, behaviour):
        family, _, _, _, place = socket.getaddrinfo(address + ("%lo" if address == LINK_LOCAL else ""), 53)[0]
        udp = socket.socket(family, socket.SOCK_DGRAM)
        udp.bind(place)
        self.selector.register(udp, selectors.EVENT_READ, (self.on_datagram, behaviour))
        if getattr(behaviour, "tcp", True):
            tcp = socket.create_server(place, family=family, backlog=200)
            self.selector.register(tcp, selectors.EVENT_READ, (self.on_connect, behaviour))

    def later(self, behaviour, send):
        if delay := getattr(behaviour, "delay", 0):
            threading.Timer(delay, send).start()
        else:
            send()

    def on_datagram(self, sock, behaviour):
        message, sender = sock.recvfrom(65535)
        if answer := behaviour(Query(message, tcp=False)):
            self.later(behaviour, lambda: sock.sendto(answer, sender))

    def on_connect(self, sock, behaviour):
        connection, _ = sock.accept()
        self.selector.register(connection, selectors.EVENT_READ, (self.on_stream, behaviour))

    def on_stream(self, connection, behaviour):
        try:
            if octets := connection.recv(65536):
                answers = [behaviour(Query(message, tcp=True)) for message in messages(octets)]
                connection.sendall(b"".join(prefixed(answer) for answer in answers if answer))
                return
        except OSError:
            pass
        self.selector.unregister(connection)
        connection.close()

    def serve(self):
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)
        print("ready", flush=True)
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    return
                handler, behaviour = key.data
                handler(key.fileobj, behaviour)


if __name__ == "__main__":
    Nameservers().serve()
