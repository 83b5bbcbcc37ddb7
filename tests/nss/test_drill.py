"""`gitdns drill -- COMMAND`: DNS lives, and for the command it is dead.

DNS answers each name with an address of its own; the store has another, at which a server stands. In
each mode and as a user without privileges each program fails where gitdns is not in the hosts line,
and arrives where it is.
"""

import errno
import http.server
import os
import re
import resource
import select
import shutil
import socketserver
import socket
import subprocess
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

import lab
from lab import responder
from lab.drill import MODES, NOBODY, drill, report_lines, start, user

LINE, WITHOUT = f"files {lab.OUTAGE} dns gitdns", "files dns"
NAME, ADDRESS = "server.example.net", "192.0.2.200"
LACKED = "lacked.example.net"
HTTP, SSH = 8080, 2222
WORD, BANNER = "this-is-the-server", "SSH-2.0-lab"
SITE, HOME = f"{lab.WORK}/site", f"{lab.WORK}/home"
APT = "/usr/lib/apt/apt-helper"
URL = f"http://{NAME}:{HTTP}"
PYTHON = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"
NODE = ("require('http').get(process.argv[1], r => r.pipe(process.stdout))"
        ".on('error', e => { console.error(e); process.exit(1); })")
APT_GET = (f'cd $(mktemp -d) && {APT} -qq -o Acquire::http::Proxy=DIRECT -o Acquire::Retries=0 '
           'download-file "$0" word && cat word')
# A command, and what it says when it has arrived.
PROGRAMS = {
    "getent": (["getent", "ahosts", NAME], rf"(?m)^{ADDRESS}\s+STREAM"),
    "curl": (["curl", "-sS", f"{URL}/word"], WORD),
    "python3": (["python3", "-c", PYTHON, f"{URL}/word"], WORD),
    "git": (["git", "ls-remote", f"{URL}/repository"], rf"(?m)^[0-9a-f]{{40}}\trefs/heads/{WORD}"),
    "ssh": (["ssh", "-v", "-F", "none", "-o", "BatchMode=yes", "-p", str(SSH), NAME],
            "remote software version lab"),
    "apt": (["sh", "-c", APT_GET, f"{URL}/word"], WORD),
    "node": (["node", "-e", NODE, f"{URL}/word"], WORD),
}
# Asks the first nameserver itself, by UDP and by TCP, connected and not.
OWN = """import socket, sys
query = bytes.fromhex("123401000001000000000000") + b"".join(
    bytes([len(label)]) + label.encode() for label in sys.argv[2].split(".")) + bytes.fromhex("0000010001")
to = (sys.argv[1], 53)
for kind in ("udp", "sendto", "tcp"):
    sock = socket.socket(socket.AF_INET6 if ":" in to[0] else socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    sock.settimeout(1)
    try:
        if kind == "sendto":
            sock.sendto(query, to)
        else:
            sock.connect(to)
            sock.send(len(query).to_bytes(2, "big") + query if kind == "tcp" else query)
        answer = sock.recv(512)[2 if kind == "tcp" else 0:]
        print(kind, "rcode", answer[3] & 15)
    except OSError as error:
        print(kind, type(error).__name__)
"""
CONNECT = """import socket
for path in ("/run/nscd/socket", "/var/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve"):
    print(socket.socket(socket.AF_UNIX).connect_ex(path))"""


def set_good_dns():
    """Where nothing answers, a second is waited for that."""
    lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\noptions timeout:1 attempts:1\n")


def hang_up(sock):
    try:
        while True:
            sock.accept()[0].close()
    except OSError:
        pass  # the test has ended


class Files(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments):
        super().__init__(*arguments, directory=SITE)

    def log_message(self, *_):
        pass


class Banner(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(f"{BANNER}\r\n".encode())
        self.request.recv(65536)


def serve():
    subprocess.run(["ip", "address", "add", f"{ADDRESS}/32", "dev", "lo"], check=True)
    socketserver.ThreadingTCPServer.daemon_threads = True
    for server in (http.server.ThreadingHTTPServer((ADDRESS, HTTP), Files),
                   socketserver.ThreadingTCPServer((ADDRESS, SSH), Banner)):
        threading.Thread(target=server.serve_forever, daemon=True).start()


def prepare():
    for folder in (SITE, HOME):
        os.mkdir(folder)
    os.chmod(HOME, 0o777)
    lab.write(f"{SITE}/word", f"{WORD}\n")
    lab.write("/etc/services", "http 80/tcp\n")
    if shutil.which("git"):
        def git(*arguments):
            command = ["git", "-c", "user.name=lab", "-c", "user.email=lab@localhost", "--git-dir",
                       f"{SITE}/repository", *arguments]
            return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                                  stdin=subprocess.DEVNULL).stdout.strip()
        git("init", "-q", "--bare")
        commit = git("commit-tree", "-m", "word", git("hash-object", "-t", "tree", "-w", "--stdin"))
        git("update-ref", f"refs/heads/{WORD}", commit)
        git("update-server-info")


def absent(key):
    return not os.path.exists(APT) if key == "apt" else shutil.which(PROGRAMS[key][0][0]) is None


def reach(key, mode, line):
    """Whether the program arrives, and what it said."""
    command, sign = PROGRAMS[key]
    done = drill(command, mode=mode, files={"/etc/nsswitch.conf": f"{lab.WORK}/files/{line}"}, home=HOME)
    return bool(re.search(sign, done.stdout + done.stderr)), done


class Programs(unittest.TestCase):
    """All at once, as the most of it is waiting."""

    @classmethod
    def setUpClass(cls):
        lab.prepare([LINE, WITHOUT], [])
        cases = [(key, mode, line) for key in PROGRAMS if not absent(key) for mode in MODES
                 for line in (LINE, WITHOUT)]
        with ThreadPoolExecutor(12) as pool:
            cls.outcome = dict(zip(cases, pool.map(lambda case: reach(*case), cases)))

    def check(self, key):
        if absent(key):
            self.skipTest(f"{key} is absent")
        for mode in MODES:
            with self.subTest(mode=mode):
                arrived, done = self.outcome[key, mode, LINE]
                self.assertTrue(arrived, done)
                self.assertRegex(done.stderr, rf"{NAME} .* gitdns\n")
                arrived, done = self.outcome[key, mode, WITHOUT]
                self.assertFalse(arrived, done)
                self.assertRegex(done.stderr, rf"{NAME} .* nobody: it is in the copy, but gitdns was not asked\n")


for _key in PROGRAMS:
    setattr(Programs, f"test_{_key}", lambda self, key=_key: self.check(key))


class Report(unittest.TestCase):
    """What was asked, how long each waited, who answered."""

    def setUp(self):
        lab.set_hosts_line(LINE)
        self.asked = int(lab.tell_responder("queries"))

    def tearDown(self):
        """Nothing came to the nameserver that lives."""
        self.assertEqual(int(lab.tell_responder("queries")), self.asked)

    def test_waits(self):
        """As long as the machine's own resolv.conf says."""
        for mode, least, most in (("refused", 0, 0.9), ("servfail", 0, 0.9), ("silent", 0.9, 5)):
            with self.subTest(mode=mode):
                done = drill(["getent", "ahosts", NAME], mode=mode)
                self.assertEqual(done.returncode, 0, done)
                lines = report_lines(done)
                self.assertEqual(list(lines), [(NAME, "getent")])
                waited, who = lines[NAME, "getent"]
                self.assertEqual(who, "gitdns")
                self.assertGreaterEqual(float(waited), least)
                self.assertLess(float(waited), most)

    def test_lacked(self):
        """A name that no copy has, once, and none that was searched for its sake."""
        done = drill(["sh", "-c", f"getent hosts {LACKED}; getent hosts {LACKED}; getent hosts short; getent hosts git.internal; exit 2"],
                     files={"/etc/resolv.conf": lab.write(
                         f"{lab.WORK}/searching", lab.resolv_conf("good") + "search corp.example.net\n")})
        self.assertEqual(done.returncode, 2)
        head, names = done.stderr.split("The copy lacks, for a file in /etc/gitdns/names.d:\n")
        self.assertEqual(names.split(), [LACKED, "short.corp.example.net", "git.internal"])
        self.assertNotIn(f"{LACKED}.corp", head)
        self.assertIn("nobody: the copy lacks it", head)

    def test_resolver_of_its_own(self):
        """Who asks a nameserver himself is told that it is dead, wherever it is, and that gitdns was not asked."""
        said = {"refused": ["ConnectionRefusedError", "TimeoutError", "ConnectionRefusedError"],
                "silent": ["TimeoutError"] * 3, "servfail": ["rcode 2"] * 3}
        cases = [(mode, server) for mode in MODES for server in (responder.ADDRESS["good"], lab.UNROUTABLE, "2001:db8::53")]
        for mode, server in cases:
            with self.subTest(mode=mode, server=server):
                done = drill([lab.python_of_all(), "-c", OWN, server, NAME], mode=mode)
                self.assertEqual([line.split(" ", 1)[1] for line in done.stdout.splitlines()], said[mode])
                self.assertIn("nobody: it is in the copy, but gitdns was not asked\n", done.stderr)

    def test_for_32_bits(self):
        """A program of the machine's other architecture, by each way that it has."""
        narrow = f"{lab.WORK}/narrow_calls"
        if os.uname().machine != "x86_64" or subprocess.run(
                ["gcc", "-m32", "-ffreestanding", "-nostdlib", "-static", "-O1", "-fno-stack-protector", "-fno-pic", "-no-pie",
                 "-o", narrow, lab.ROOT / "tests/nss/narrow_calls.c"], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("nothing is compiled for 32 bits here")
        labels = ".".join(f"{len(label)}.{'.'.join(map(str, label.encode()))}" for label in NAME.split("."))
        done = drill([narrow, responder.ADDRESS["good"], labels], mode="servfail")
        ways = ["sendto", "connect", "socketcall, sendto", "socketcall, connect"]
        self.assertEqual(dict(line.split(": ") for line in done.stdout.splitlines()),
                         {**dict.fromkeys(ways, "rcode 2"), "io_uring_setup": f"errno {errno.ENOSYS}"}, done)
        self.assertEqual(list(report_lines(done)), [(NAME, "narrow_calls")])

    def test_io_uring(self):
        """It is as if it were not there, and programs do without."""
        setup = ("import ctypes; libc = ctypes.CDLL(None, use_errno=True); "
                 "print(libc.syscall(425, 1, ctypes.create_string_buffer(256)), ctypes.get_errno())")
        self.assertEqual(drill([lab.python_of_all(), "-c", setup]).stdout, f"-1 {errno.ENOSYS}\n")

    def test_undumpable(self):
        """A program that lets nobody look into it."""
        script = f"import ctypes, socket; ctypes.CDLL(None).prctl(4, 0); print(socket.gethostbyname('{NAME}'))"
        done = drill([lab.python_of_all(), "-c", script])
        self.assertEqual(done.stdout, f"{ADDRESS}\n", done)
        self.assertEqual([who for _, who in report_lines(done).values()], ["gitdns"])

    def test_other_types(self):
        done = drill(["getent", "hosts", "192.0.2.9"])
        self.assertRegex(done.stderr, r" 9\.2\.0\.192\.in-addr\.arpa .* nobody: not for a host's address\n")
        self.assertNotIn("The copy lacks", done.stderr)

    def test_nothing(self):
        done = drill(["true"])
        self.assertIn("asked for 0 names", done.stderr)

    def test_not_in_the_line(self):
        lab.set_hosts_line(WITHOUT)
        self.assertIn("it is not in the line", drill(["getent", "hosts", NAME]).stderr)


# A socket of a kind that nobody asks DNS by. The connect of it fails; what is left says its protocol.
OTHER_KIND = """import ctypes, socket, struct
sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
to = struct.pack("=H", socket.AF_INET) + struct.pack("!H", 53) + socket.inet_aton("192.0.2.1") + bytes(8)
ctypes.CDLL(None).connect(sock.fileno(), to, len(to))
print(sock.getsockopt(socket.SOL_SOCKET, 38))"""
# A connection whose end would be waited for, as nobody reads what it has sent.
LINGERS = """import socket, struct
server = socket.create_server(("127.0.0.1", 0))
sock = socket.create_connection(server.getsockname())
sock.setblocking(False)
try:
    while sock.send(bytes(65536)):
        pass
except BlockingIOError:
    pass
sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3000))
sock.setblocking(True)
print(sock.connect_ex(("192.0.2.1", 53)))"""
# A thread that has descriptors of its own.
APART = f"""import ctypes, os, socket, threading
libc = ctypes.CDLL(None)
def ask():
    libc.unshare(0x400)
    os.closerange(3, 64)
    print(socket.gethostbyname("{NAME}"))
threading.Thread(target=ask).start()"""


class Sockets(unittest.TestCase):
    """That are replaced, or not."""

    def setUp(self):
        lab.set_hosts_line(LINE)

    def python(self, script, mode="refused"):
        return drill([lab.python_of_all(), "-c", script], mode=mode)

    def test_other_kind(self):
        """None is made that the command could not make itself."""
        self.assertEqual(self.python(OTHER_KIND).stdout, "9\n")

    def test_lingers(self):
        """The drill does not wait for what it takes away."""
        self.assertEqual(self.python(LINGERS).stdout, f"{errno.ECONNREFUSED}\n")

    def test_apart(self):
        if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 9):
            self.skipTest("this kernel does not tell of one thread's descriptors")
        done = self.python(APART, mode="silent")
        self.assertEqual(done.stdout, f"{ADDRESS}\n", done)
        self.assertEqual([float(waited) >= 0.9 for waited, _ in report_lines(done).values()], [True], done)


class Others(unittest.TestCase):
    """Those who would ask DNS for the command, and the daemon, hear nothing of it."""

    def listen(self, path, kind):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        sock = socket.socket(socket.AF_UNIX, kind)
        self.addCleanup(sock.close)
        sock.bind(path)
        self.addCleanup(os.unlink, path)
        os.chmod(path, 0o666)
        if kind == socket.SOCK_STREAM:
            sock.listen()
        return sock

    def assertHeard(self, sock, heard):
        self.assertEqual(bool(select.select([sock], [], [], 0)[0]), heard, sock)

    def test_sockets(self):
        lab.set_hosts_line(LINE)
        nscd = self.listen("/run/nscd/socket", socket.SOCK_STREAM)
        resolved = self.listen("/run/systemd/resolve/io.systemd.Resolve", socket.SOCK_STREAM)
        report = self.listen("/run/gitdns/report", socket.SOCK_DGRAM)
        # Other programs of the test ask it, and would wait for an answer.
        threading.Thread(target=hang_up, args=[nscd], daemon=True).start()
        done = drill(["sh", "-c", f"getent hosts {NAME}; exec '{lab.python_of_all()}' -c '{CONNECT}'"])
        refused = [str(errno.ECONNREFUSED)] * 3
        self.assertEqual(done.stdout.split(), [ADDRESS, NAME, *refused], done)
        self.assertIn("systemd-resolved was asked", done.stderr)
        self.assertHeard(resolved, False)
        self.assertHeard(report, False)
        # Where it is no drill the daemon does.
        lab.set_dns("closed-port")
        self.addCleanup(set_good_dns)
        subprocess.run([*user(), "getent", "hosts", NAME], stdout=subprocess.DEVNULL)
        self.assertHeard(report, True)


    def test_resolve_in_the_line(self):
        """As where systemd-resolved does not run, which is kinder than an outage; it says so."""
        if not lab.has_module("resolve"):
            self.skipTest("libnss-resolve is not here")
        lab.set_hosts_line("files resolve [!UNAVAIL=return] dns gitdns")
        done = drill(["getent", "ahosts", NAME])
        self.assertRegex(done.stdout, rf"^{ADDRESS} ", done)
        self.assertIn("systemd-resolved was asked", done.stderr)


class Usage(unittest.TestCase):
    def test_exit_status(self):
        for command, status in ((["true"], 0), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137),
                                (["/nowhere"], 127), (["/etc/hosts"], 126)):
            with self.subTest(command=command):
                self.assertEqual(drill(command).returncode, status)

    def test_faults(self):
        for arguments in (["--mode", "odd", "--", "true"], ["--mode", "silent"], ["name", "--", "true"]):
            with self.subTest(arguments=arguments):
                done = subprocess.run([lab.program("GITDNS"), "drill", *arguments], capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout), (125, ""))
                self.assertRegex(done.stderr, r"^gitdns: drill: [^\n]+\n$")

    def test_few_descriptors(self):
        """However few there may be open: one line, and it ends."""
        for mode in MODES:
            for few in range(4, 40, 3):
                process = start(["sleep", "0"], mode,
                                preexec_fn=lambda n=few: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))
                self.addCleanup(process.kill)
                _, said = process.communicate(timeout=lab.HANG)
                with self.subTest(mode=mode, descriptors=few):
                    if process.returncode == 0:
                        self.assertIn("asked for 0 names", said)
                    else:
                        self.assertEqual(process.returncode, 125)
                        self.assertRegex(said, r"^gitdns: drill: [^\n]*: Too many open files(; root may be)?\n$")

    def test_in_a_drill(self):
        done = drill([lab.program("GITDNS"), "drill", "--", "true"])
        self.assertEqual(done.returncode, 125)
        self.assertIn("gitdns: drill: this is a drill already", done.stderr)

    def test_not_allowed(self):
        """Where namespaces are refused: one line."""
        none = "for kind in user pid; do echo 0 >/proc/sys/user/max_${kind}_namespaces; done; exec \"$@\""
        done = subprocess.run(["unshare", "-Ur", "sh", "-c", none, "sh", lab.program("GITDNS"), "drill", "--", "true"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 125, done)
        self.assertRegex(done.stderr, r"^gitdns: drill: user namespaces are not allowed here: [^\n]+\n$")

    def test_as_before(self):
        """User, groups' first, folder, environment, standard input; and all processes are its own."""
        script = "id -u; id -g; pwd; echo $WORD; cat; ls -d /proc/[0-9]* | wc -l"
        process = start(["sh", "-c", script], env={**os.environ, "WORD": WORD}, cwd=SITE, stdin=subprocess.PIPE)
        out, _ = process.communicate("typed\n", timeout=lab.HANG)
        uid = NOBODY if user() else 0
        self.assertEqual(out.split()[:5], [str(uid), str(uid), SITE, WORD, "typed"])
        self.assertLess(int(out.split()[5]), 9)


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    set_good_dns()
    lab.make_store("/var/lib/gitdns", {NAME: ADDRESS})
    serve()
    prepare()
    unittest.main(verbosity=2)
