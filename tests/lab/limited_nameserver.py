"""A nameserver that stands so much and no more, in the test's own process. It has an address for each name
below listed.example.org, but for those that begin with `dead`, for which it fails, and NXDOMAIN for all others."""
import heapq
import itertools
import socket
import threading
import time

from lab import responder

DOMAIN = "listed.example.org"


def address_of(name):
    number = int(name.split(".")[0][1:], 16) if name.startswith("n") else 0
    return f"8.{number >> 16}.{number >> 8 & 255}.{number & 255}"


class Limited:
    """At work until the end of the block. `at_once`: questions under way; `latency`: seconds that each is;
    `burst`: questions that may come at once, and `rate`, how many more each second; `each`: one in so many
    is beyond, whatever the load. What is beyond gets `beyond`: an RCODE, or None for silence."""

    def __init__(self, address, at_once=None, latency=0.0, burst=None, rate=0.0, each=None, beyond=responder.REFUSED):
        self.address, self.at_once, self.latency, self.each = address, at_once, latency, each
        self.burst, self.rate, self.beyond = burst, rate, beyond
        self.tokens, self.since = burst, time.monotonic()
        self.due, self.order = [], itertools.count()
        self.ends = False
        self.asked = self.refused = self.most = 0

    def __enter__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind((self.address, 53))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        self.thread.join()
        self.sock.close()

    def has_token(self):
        if self.burst is None:
            return True
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.since) * self.rate)
        self.since = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def is_beyond(self):
        return (not self.has_token() or (self.at_once is not None and len(self.due) >= self.at_once) or
                (self.each is not None and self.asked % self.each == 0))

    def take(self):
        message, sender = self.sock.recvfrom(4096)
        query = responder.Query(message, tcp=False)
        self.asked += 1
        if self.is_beyond():
            self.refused += 1
            if self.beyond is not None:
                self.sock.sendto(query.answer(self.beyond), sender)
            return
        heapq.heappush(self.due, (time.monotonic() + self.latency, next(self.order), query, sender))
        self.most = max(self.most, len(self.due))

    def answer(self, query):
        if not query.name.endswith("." + DOMAIN):
            return query.answer(responder.NXDOMAIN)
        if query.name.startswith("dead"):
            return query.answer(responder.SERVFAIL)
        return query.answer(records=[socket.inet_aton(address_of(query.name))] if query.type == responder.A else [])

    def serve(self):
        while not self.ends:
            wait = min(0.1, self.due[0][0] - time.monotonic()) if self.due else 0.1
            self.sock.settimeout(max(wait, 0.0001))
            try:
                self.take()
            except TimeoutError:
                pass
            while self.due and self.due[0][0] <= time.monotonic():
                _, _, query, sender = heapq.heappop(self.due)
                self.sock.sendto(self.answer(query), sender)
