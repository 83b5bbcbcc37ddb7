"""A nameserver that lies, in the test's own process: MODES says how."""

import socket
import struct
import threading
import time

from lab import responder

ADDRESS = "127.0.0.151"
OTHER = "127.0.0.152"
STREAM = 1024  # messages that are sent at once, faster than they are read


def alias(query):
    """Of the name a name that is its alias, and so on."""
    name = b"".join(bytes([len(label)]) + label.encode() for label in query.name.split(".")) + b"\0"
    head = struct.pack("!6H", query.id, responder.QR | responder.RA, 1, 40, 0, 0)
    records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, len(name)) + name
                       for _ in range(40))
    return head + query.question + records


def many(query):
    return query.answer(records=[bytes([198, 51, i // 256, i % 256]) for i in range(4000)])


def wrong_id(query):
    return struct.pack("!H", query.id ^ 1) + responder.good(query)[2:]


def wrong_question(query):
    return responder.good(query).replace(query.question[1:4], b"xyz", 1)


def question(query):
    return query.message


def truncated(query):
    return query.answer(flags=responder.TC)


def drip(connection, query):
    for octet in responder.prefixed(responder.good(query)):
        connection.sendall(bytes([octet]))
        time.sleep(1)


def endless(connection, query):
    """Answers to other questions, until nobody reads them any more."""
    stream = responder.prefixed(wrong_id(query)) * STREAM
    while True:
        connection.sendall(stream)


def announced(connection, _):
    """64 KiB, of which a third comes."""
    connection.sendall(b"\xff\xff" + b"x" * 20000)
    time.sleep(4)


# What is sent over UDP: a function of the query; over TCP: None, or a function that sends.
MODES = {
    "alias": (alias, None),
    "many": (many, None),
    "wrong-id": (wrong_id, None),
    "wrong-question": (wrong_question, None),
    "question": (question, None),
    "nothing": (lambda query: b"", None),
    "drip": (truncated, drip),
    "endless": (truncated, endless),
    "announced": (truncated, announced),
    "from-another": (responder.good, None),
    "every-third": (responder.good, None),
}


class Liar:
    """At work in `mode` until the end of the block."""

    def __init__(self, mode):
        self.mode, self.count, self.ends = mode, 0, False
        self.over_udp, self.over_tcp = MODES[mode]

    def __enter__(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((ADDRESS, 53))
        self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.other.bind((OTHER, 53))
        self.tcp = socket.create_server((ADDRESS, 53))
        for sock in (self.udp, self.tcp):
            sock.settimeout(0.1)
        self.threads = [threading.Thread(target=self.serve, args=(one,))
                        for one in (self.serve_udp, self.serve_tcp)]
        for thread in self.threads:
            thread.start()
        return self

    def serve(self, one):
        while not self.ends:
            try:
                one()
            except TimeoutError:
                pass

    def serve_udp(self):
        message, sender = self.udp.recvfrom(65535)
        self.count += 1
        if self.mode == "every-third" and self.count % 3 != 0:
            return
        sock = self.other if self.mode == "from-another" else self.udp
        sock.sendto(self.over_udp(responder.Query(message, tcp=False)), sender)

    def serve_tcp(self):
        connection, _ = self.tcp.accept()
        threading.Thread(target=self.serve_connection, args=(connection,), daemon=True).start()

    def serve_connection(self, connection):
        with connection:
            try:
                message = next(responder.messages(connection.recv(65535)), None)
                if message and self.over_tcp:
                    self.over_tcp(connection, responder.Query(message, tcp=True))
            except OSError:
                pass

    def __exit__(self, *_):
        self.ends = True
        for thread in self.threads:
            thread.join()
        for sock in (self.udp, self.other, self.tcp):
            sock.close()
