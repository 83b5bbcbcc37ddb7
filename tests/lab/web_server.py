"""A web server that does as it is told."""
import http.server
import pathlib
import socketserver
import ssl
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder with Range; `server.rules` maps paths to functions that misbehave."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.requests.append((path, self.headers.get("Range"), self.headers.get("User-Agent"),
                                     self.headers.get("Accept-Encoding")))
        rule = self.server.rules.get(path)
        if rule is not None:
            rule(self)
            return
        file = pathlib.Path(self.server.folder, path.lstrip("/"))
        if not file.is_file():
            self.answer(404, b"<html>not found</html>")
            return
        octets = file.read_bytes()
        asked = self.headers.get("Range", "")
        if not asked.startswith("bytes=") or self.server.ignores_range:
            self.answer(200, octets)
            return
        start = int(asked[len("bytes="):].split("-")[0])
        if start >= len(octets):
            self.answer(416, b"")
        else:
            self.answer(206, octets[start:], {"Content-Range": f"bytes {start}-{len(octets) - 1}/{len(octets)}"})

    def answer(self, status, octets, headers=None, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(octets) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(octets)
        if length is not None:
            self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """On a free port, of loopback unless said otherwise, until the `with` ends."""
    daemon_threads = True

    def __init__(self, folder, certificate=None, address="127.0.0.1"):
        super().__init__((address, 0), Handler)
        self.folder = folder
        self.rules = {}
        self.requests = []
        self.ignores_range = False
        self.over = threading.Event()
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://{address}:{self.server_address[1]}/"

    def handle_error(self, *_):
        """Clients that hang up are what the tests are about."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.shutdown()
        self.server_close()
