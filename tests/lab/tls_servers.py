"""Servers that prove who they are, and those that do not, each with a way of its own. A way is a function that is
given the socket of a connection."""
import socket
import ssl
import struct
import threading

HELLO_OCTETS = 65536
# What TLS and SSH pass over, as often as it comes: HelloRequest (RFC 5246 section 7.4.1.1), a record each, and
# SSH_MSG_IGNORE (RFC 4253 section 11.2).
HELLO_REQUESTS = b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 30000
SSH_BANNER = b"SSH-2.0-lab\r\n"
SSH_IGNORES = b"\x00\x00\x00\x0c\x06\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" * 30000
LINGER_NONE = struct.pack("ii", 1, 0)


class Servers:
    """Until the `with` ends. In namespaces of a test's own, where any address and port is free."""

    def __init__(self):
        self.over = threading.Event()
        self.open = []
        self.counts = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        for one in self.open:
            one.close()

    def listen(self, address, port, backlog=128):
        listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(backlog)
        self.open.append(listener)
        return listener

    def serve(self, address, port, way):
        listener = self.listen(address, port)
        self.counts[address, port] = 0

        def accept():
            while not self.over.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                self.counts[address, port] += 1
                threading.Thread(target=self.answer, args=(connection, way), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def answer(self, connection, way):
        with connection:
            try:
                way(connection)
            except OSError:
                pass  # clients that hang up are what the tests are about

    def never_accepts(self, address, port):
        """The queue is full: more are dropped."""
        self.listen(address, port, backlog=0)
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((address, port))
            self.open.append(filler)

    # Ways.

    def silence(self, connection):
        self.over.wait()

    def drip(self, connection):
        """A handshake's first octets, one a second."""
        for octet in b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(100):
            connection.sendall(bytes([octet]))
            if self.over.wait(1):
                return


def context(certificate, **options):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    for option, value in options.items():
        setattr(made, option, value)
    return made


def tls(made):
    """Serves by the context until the client has enough."""
    def way(connection):
        with made.wrap_socket(connection, server_side=True) as secure:
            while secure.recv(4096):
                pass
    return way


def close(connection):
    """Once the client has said something."""
    connection.recv(HELLO_OCTETS)


def reset(connection):
    connection.recv(HELLO_OCTETS)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)


def reset_at_once(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)


def says(octets, again=0):
    """Whatever the client says; `again`: so often more."""
    def way(connection):
        connection.recv(HELLO_OCTETS)
        for _ in range(again + 1):
            connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    return way


def floods(octets, banner=b""):
    """As fast as the line is, until the client hangs up."""
    def way(connection):
        connection.sendall(banner)
        connection.recv(HELLO_OCTETS)
        while True:
            connection.sendall(octets)
    return way


def smtp(greeting, secure=None, *, starttls=True, quits=True):
    """A mail server; `secure`: what it does after STARTTLS, by a context or as a way."""
    def session(connection):
        reading = connection.makefile("rb")
        while line := reading.readline(1000):
            command = line.upper().split()[0]
            if command == b"EHLO":
                connection.sendall(b"250-lab\r\n250-STARTTLS\r\n250 8BITMIME\r\n" if starttls else b"250 lab\r\n")
            elif command == b"STARTTLS" and starttls:
                connection.sendall(b"220 go on\r\n")
                if callable(secure):
                    return secure(connection)
                with secure.wrap_socket(connection, server_side=True) as inner:
                    return session(inner)
            elif command == b"QUIT":
                if not quits:
                    threading.Event().wait(30)
                return connection.sendall(b"221 bye\r\n")
            else:
                connection.sendall(b"502 no\r\n")
        return None

    def way(connection):
        connection.sendall(greeting)
        return session(connection)
    return way
