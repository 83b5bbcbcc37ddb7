"""Addresses at which names are served with certificates, and a resolver that says where: both change from day to
day. In namespaces of a program's own, as threads of that program.

What is trusted there is the world's own authority. Its addresses are public ones, and none of this machine's
interfaces has them.
"""
import gzip
import pathlib
import re
import selectors
import socket
import ssl
import threading

from lab import made_up_world
from lab.authority import TRUSTED, Authority
from lab.made_up_world import NXDOMAIN
from lab.programs import run
from lab.tls_servers import context, reset_at_once

RESOLVER = "127.0.0.53"
NETWORKS = [("-4", "11.0.0.0/8"), ("-6", "2a0f::/32")]
PORT = 443
IP_FREEBIND = 15  # of linux/in.h: no interface has the address
SERVES, SILENT, REFUSES, RESETS = "serves", "is silent", "refuses", "resets"


def listen(address):
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    listener.bind((address, PORT))
    listener.listen(512)
    return listener


class ServingWorld:
    """`served`: the names that each address serves; with names that it does not, it shows another's certificate.
    `records`: what DNS says of a name."""

    def __init__(self, folder, names, addresses):
        self.folder = pathlib.Path(folder)
        self.served = {address: set() for address in addresses}
        self.way = dict.fromkeys(addresses, SERVES)
        self.records, self.aliases = {}, {}
        self.contexts = {}
        self.handshakes = 0
        self.greeted = set()  # (name, address) of each handshake
        self.over = threading.Event()
        self.listeners, self.held = {}, []
        self.selector = selectors.DefaultSelector()
        self.lock = threading.Lock()
        self.make_certificates([*names, "nobody.example.org"])

    def make_certificates(self, names):
        authority, key = Authority(self.folder, "authority"), self.folder / "servers.key"
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", key)
        for name in names:
            path = self.folder / f"{name}.pem"
            run("openssl", "req", "-x509", "-CA", authority.certificate, "-CAkey", authority.key, "-key", key, "-days", "2",
                "-subj", "/CN=a server", "-addext", f"subjectAltName=DNS:{name}", "-out", path)
            path.write_text(key.read_text() + path.read_text())
            self.contexts[name] = context(path)
        run("mount", "--bind", authority.certificate, TRUSTED)

    def __enter__(self):
        for family, network in NETWORKS:
            run("ip", family, "route", "add", "local", network, "dev", "lo")
        self.open_listeners()
        threading.Thread(target=self.accept_all, daemon=True).start()
        threading.Thread(target=self.answer_all, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()

    def open_listeners(self):
        """As the ways of the day are."""
        with self.lock:
            for connection in self.held:
                connection.close()
            self.held.clear()
            for address, way in self.way.items():
                if way == REFUSES and address in self.listeners:
                    self.selector.unregister(self.listeners[address])
                    self.listeners.pop(address).close()
                elif way != REFUSES and address not in self.listeners:
                    self.listeners[address] = listen(address)
                    self.selector.register(self.listeners[address], selectors.EVENT_READ, address)

    def accept_all(self):
        while not self.over.is_set():
            for key, _ in self.selector.select(0.1):
                with self.lock:
                    try:
                        connection = key.fileobj.accept()[0]
                    except (OSError, ValueError):
                        continue  # closed meanwhile
                    if self.way[key.data] == SILENT:
                        self.held.append(connection)
                        continue
                threading.Thread(target=self.serve, args=(connection, key.data), daemon=True).start()

    def serve(self, connection, address):
        if self.way[address] == RESETS:
            reset_at_once(connection)
            connection.close()
            return
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.folder / "nobody.example.org.pem")

        def choose(secure, name, _context):
            self.greeted.add((name, address))
            if name in self.served[address]:
                secure.context = self.contexts[name]

        made.sni_callback = choose
        connection.settimeout(30)
        self.handshakes += 1
        try:
            with connection, made.wrap_socket(connection, server_side=True) as secure:
                while secure.recv(4096):
                    pass
        except OSError:
            pass  # clients that do not like the certificate hang up

    def answer_all(self):
        made_up_world.serve(RESOLVER, self.look_up)

    def look_up(self, name, kind):
        if name not in self.records:
            return NXDOMAIN, []
        if kind not in (made_up_world.A, made_up_world.AAAA):
            return 0, []
        return 0, [address for address in self.records[name] if (":" in address) == (kind == made_up_world.AAAA)]

    def is_right(self, name, address):
        return self.way.get(address) == SERVES and name in self.served[address]


def let_time_pass(state, hours):
    """What the publisher remembers of proofs becomes so much older."""
    path = state / "proven.gz"
    if hours == 0 or not path.exists():
        return
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_bytes(gzip.compress(re.sub(r"(?<=gitdns proven 1 )\d+", lambda hour: str(int(hour[0]) - hours), text,
                                          count=1).encode()))
