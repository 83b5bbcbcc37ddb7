"""Nameservers that each behave in one way all the time: late, lossy, choosy, hostile to EDNS.

    python3 behaving_nameserver.py JSON

JSON is {ADDRESS: BEHAVIOUR}; each listens on port 53 of its address (UDP and TCP), says `ready` and
serves until standard input ends; then says, as JSON, from when until when it was too late for a LAG.
A BEHAVIOUR is an object; what is absent is as of a good nameserver:

    delay   seconds until it answers
    loss    how many of a hundred queries over UDP it never gets
    tc      every answer over UDP says TC; over TCP then: "good", "closed" (nobody listens), "silent"
    edns    a query with EDNS: "drop", "formerr", "badvers", "notimp", "garbage" (an OPT that is none)
    names   it answers for names that begin with this alone
    no      how it says no to others, and to `bad-…` always: "servfail", "refused", "nxdomain", "empty",
            "silent"
    dead    it answers nothing
    case    the question comes back in capitals
"""

import asyncio
import json
import random
import socket
import struct
import sys
import time

from lab import responder
from lab.responder import FORMERR, NOTIMP, NXDOMAIN, REFUSED, SERVFAIL, TC

LAG = 0.4  # seconds
NO = {"servfail": SERVFAIL, "refused": REFUSED, "nxdomain": NXDOMAIN, "empty": 0}
GARBAGE_OPT = b"\x00" + struct.pack("!HHIH", 41, 1200, 0, 9) + b"\xff"


class Nameserver:
    def __init__(self, behaviour):
        self.is_so = behaviour.get

    def deny(self, query):
        no = self.is_so("no", "servfail")
        return None if no == "silent" else query.answer(NO[no])

    def answer_name(self, query):
        if query.name.startswith("bad-") or not query.name.startswith(self.is_so("names", "")):
            return self.deny(query)
        if query.name.startswith("gitdns"):
            return query.answer(NXDOMAIN)
        return responder.good(query) if query.type == responder.A else query.answer()

    def answer_edns(self, query):
        edns = self.is_so("edns")
        message = self.answer_name(query)
        if edns == "drop" or message is None:
            return None
        if edns in ("formerr", "notimp"):
            return query.answer(FORMERR if edns == "formerr" else NOTIMP)
        if edns == "badvers":
            return query.answer(records=()) [:11] + b"\x01" + query.question + \
                b"\x00" + struct.pack("!HHIH", 41, 1200, 1 << 24, 0)
        return message[:11] + b"\x01" + message[12:] + GARBAGE_OPT

    def answer(self, query):
        """The message, or None."""
        if self.is_so("dead"):
            return None
        if self.is_so("tc"):
            if not query.tcp:
                return query.answer(flags=TC)
            if self.is_so("tc") == "silent":
                return None
        has_edns = query.message[10:12] != b"\0\0"
        message = self.answer_edns(query) if has_edns and self.is_so("edns") else self.answer_name(query)
        if message is not None and self.is_so("case"):
            end = 12 + len(query.question) - 4
            message = message[:12] + message[12:end].upper() + message[end:]
        return message


class Udp(asyncio.DatagramProtocol):
    def __init__(self, nameserver):
        self.nameserver, self.transport = nameserver, None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if random.randrange(100) < self.nameserver.is_so("loss", 0):
            return
        message = self.nameserver.answer(responder.Query(data, False))
        if message is not None:
            asyncio.get_running_loop().call_later(self.nameserver.is_so("delay", 0),
                                                  self.transport.sendto, message, addr)


def serve_tcp(nameserver):
    async def serve(reader, writer):
        try:
            while True:
                length = struct.unpack("!H", await reader.readexactly(2))[0]
                message = nameserver.answer(responder.Query(await reader.readexactly(length), True))
                await asyncio.sleep(nameserver.is_so("delay", 0))
                if message is not None:
                    writer.write(responder.prefixed(message))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
    return serve


async def note_lags(lags):
    """When a busy machine kept all of them from answering."""
    while True:
        start = time.monotonic()
        await asyncio.sleep(LAG / 2)
        if time.monotonic() - start > LAG:
            lags.append((start, time.monotonic()))


async def main():
    loop = asyncio.get_running_loop()
    for address, behaviour in json.loads(sys.argv[1]).items():
        nameserver = Nameserver(behaviour)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        where = socket.getaddrinfo(address, 53, family, socket.SOCK_DGRAM)[0][4]
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.bind(where)
            await loop.create_datagram_endpoint(lambda n=nameserver: Udp(n), sock=sock.dup())
        if behaviour.get("tc") != "closed":
            await asyncio.start_server(serve_tcp(nameserver), where[0] if ":" not in address else address, 53,
                                       family=family)
    lags = []
    watch = asyncio.create_task(note_lags(lags))
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    watch.cancel()
    print(json.dumps(lags))


if __name__ == "__main__":
    asyncio.run(main())
