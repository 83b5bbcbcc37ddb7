"""Programs of every kind reach a server in an outage, before it is known and after.

DNS is silent. A server stands at the address that the store has; each program asks it for a word
that nobody else knows. Four times, the first two with the gate shut: with `files dns` it fails;
with gitdns it waits for DNS and arrives; once the outage is known it arrives at once; and so it
does where /etc/hosts has the name, for what the program takes by itself.

All of these programs ask glibc: node's dns.lookup() and the JVM call getaddrinfo, too. apt asks DNS
itself for an SRV record first (where /etc/services has http) and waits for that, even for a name in
/etc/hosts, unless Acquire::EnableSrvRecords is false: it is here both ways. Programs that ask DNS
alone (dig, node's dns.resolve(), what is linked with musl) are not.
"""

import http.server
import os
import re
import shutil
import socketserver
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, NamedTuple

import lab
from lab import daemon, responder

LINE = f"files {lab.OUTAGE} dns gitdns"
WITHOUT = "files dns"
NAME, VICTIM, ADDRESS = "server.example.net", "victim.example.net", "192.0.2.200"
IN_HOSTS = "in-files.example.net"  # lab/machine.py gives it the same address
HTTP, SSH = 8080, 2222
WORD, BANNER = "this-is-the-server", "SSH-2.0-lab"
TIMEOUT = 3  # seconds that DNS is waited for at least
AT_ONCE = TIMEOUT / 2  # more than with /etc/hosts; a wait for DNS is twice that
PATIENCE = 120  # then a program is ended
TRIES = 5  # of which a busy machine lets one be at once, and a wait for DNS none
SITE, HOME = f"{lab.WORK}/site", f"{lab.WORK}/home"
APT = "/usr/lib/apt/apt-helper"
APT_NEEDS = (APT, "/usr/lib/apt/methods/http")

PYTHON = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"
PERL = "print HTTP::Tiny->new->get($ARGV[0])->{content}"
NODE = ("require('http').get(process.argv[1], r => r.pipe(process.stdout))"
        ".on('error', e => { console.error(e); process.exit(1); })")
JAVA = """public class Probe {
    public static void main(String[] arguments) throws Exception {
        new java.net.URL(arguments[0]).openStream().transferTo(System.out);
    }
}
"""
# Linked statically with this machine's glibc: that loads the services by itself.
STATIC = """#include <netdb.h>
#include <stdio.h>
int main(int count, char **arguments)
{
    struct addrinfo *found;
    char text[NI_MAXHOST];

    if (count != 2 || getaddrinfo(arguments[1], NULL, NULL, &found) != 0)
        return 1;
    getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
    puts(text);
}
"""
BASH = 'exec 3<>"/dev/tcp/$0/$1" && printf "GET /word HTTP/1.0\\r\\n\\r\\n" >&3 && cat <&3'
TCL = """set server [socket [lindex $argv 0] [lindex $argv 1]]
fconfigure $server -translation crlf
puts $server "GET /word HTTP/1.0\\n"
flush $server
puts [read $server]
"""
APT_GET = (f'{APT} -qq -o Acquire::http::Proxy=DIRECT -o Acquire::Retries=0 '
           '-o APT::Sandbox::User=root -o Acquire::EnableSrvRecords="$2" '
           'download-file "$0" "$1" && cat "$1"')


class Program(NamedTuple):
    """command(name) reaches the server; its output then has `sign`. It needs the commands of
    `needs`, and `trial` to succeed. It may ask DNS itself, too, and wait for that."""
    command: Callable
    sign: str = WORD
    needs: tuple = ()
    trial: tuple = ()
    asks_dns: bool = False


class Run(NamedTuple):
    arrived: bool
    seconds: float
    output: str


def url(name, path="word"):
    return f"http://{name}:{HTTP}/{path}"


def apt(srv_records):
    return lambda name: ["sh", "-c", APT_GET, url(name), f"{HOME}/apt-{threading.get_ident()}",
                         srv_records]


PROGRAMS = {
    "getent": Program(lambda name: ["getent", "ahosts", name], rf"(?m)^{ADDRESS}\s+STREAM"),
    "curl": Program(lambda name: ["curl", "-sS", url(name)]),
    "wget": Program(lambda name: ["wget", "-q", "-t", "1", "-O", "-", url(name)]),
    "python3": Program(lambda name: [sys.executable, "-c", PYTHON, url(name)]),
    "perl": Program(lambda name: ["perl", "-MHTTP::Tiny", "-e", PERL, url(name)],
                    trial=("perl", "-MHTTP::Tiny", "-e", "1")),
    "ssh": Program(lambda name: ["ssh", "-v", "-F", "none", "-o", "BatchMode=yes", "-p", str(SSH),
                                 name],
                   rf"(?s)Connecting to \S+ \[{ADDRESS}\].*remote software version lab"),
    "git": Program(lambda name: ["git", "ls-remote", url(name, "repository")],
                   r"(?m)^[0-9a-f]{40}\trefs/heads/" + WORD),
    "apt": Program(apt("false"), needs=APT_NEEDS),
    "apt_with_srv": Program(apt("true"), needs=APT_NEEDS, asks_dns=True),
    "node": Program(lambda name: ["node", "-e", NODE, url(name)]),
    "java": Program(lambda name: ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", HOME,
                                  "Probe", url(name)], needs=("java", "javac")),
    "static": Program(lambda name: [f"{HOME}/static", name], rf"(?m)^{ADDRESS}$", needs=("cc",),
                      trial=("cc", "-static", "-w", "-o", f"{HOME}/static", f"{HOME}/static.c")),
    # More of them, where they are there.
    "bash": Program(lambda name: ["bash", "-c", BASH, name, str(HTTP)]),
    "busybox": Program(lambda name: ["busybox", "wget", "-q", "-O", "-", url(name)],
                       trial=("busybox", "wget", "--help")),
    "nc": Program(lambda name: ["nc", name, str(SSH)], BANNER),
    "openssl": Program(lambda name: ["openssl", "s_client", "-connect", f"{name}:{SSH}"],
                       r"CONNECTED\("),
    "php": Program(lambda name: ["php", "-r", f"readfile('{url(name)}');"]),
    "ping": Program(lambda name: ["ping", "-c", "1", "-n", name], rf"from {ADDRESS}: icmp_seq=1",
                    trial=("ping", "-c", "1", "-n", "127.0.0.1")),
    "psql": Program(lambda name: ["psql", f"host={name} port={SSH} sslmode=disable "
                                          "gssencmode=disable"],
                    rf"\({ADDRESS}\), port {SSH} failed: expected authentication",
                    trial=("psql", "--version")),
    "ruby": Program(lambda name: ["ruby", "-rnet/http", "-e",
                                  f"print Net::HTTP.get(URI('{url(name)}'))"]),
    "tclsh": Program(lambda name: ["tclsh", f"{HOME}/probe.tcl", name, str(HTTP)]),
}


# The server.

class Files(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments):
        super().__init__(*arguments, directory=SITE)

    def log_message(self, *_):
        pass


class Banner(socketserver.BaseRequestHandler):
    """Reads what the peer says first, if anything, so that closing does not reset."""

    def handle(self):
        self.request.sendall(f"{BANNER}\r\n".encode())
        self.request.settimeout(0.2)
        try:
            self.request.recv(65536)
        except OSError:
            pass


def serve():
    subprocess.run(["ip", "address", "add", f"{ADDRESS}/32", "dev", "lo"], check=True)
    socketserver.ThreadingTCPServer.daemon_threads = True
    for server in (http.server.ThreadingHTTPServer((ADDRESS, HTTP), Files),
                   socketserver.ThreadingTCPServer((ADDRESS, SSH), Banner)):
        threading.Thread(target=server.serve_forever, daemon=True).start()


# The programs.

def environment():
    """No proxy, no configuration of this user's."""
    return {"PATH": os.environ["PATH"], "HOME": HOME, "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1"}


def run(command):
    start = time.monotonic()
    done = subprocess.run(["timeout", str(PATIENCE), *command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env=environment())
    return done, time.monotonic() - start


def absent(key):
    """Why a program cannot run here, or None."""
    program = PROGRAMS[key]
    for need in program.needs or [program.command(NAME)[0]]:
        if not shutil.which(need):
            return f"{need} is absent"
    if program.trial and run(program.trial)[0].returncode != 0:
        return f"`{' '.join(program.trial)}' does not work here"
    return None


def reach(key, name, files=None):
    program = PROGRAMS[key]
    done, seconds = run(lab.within(files or {}, program.command(name)))
    return Run(bool(re.search(program.sign, done.stdout)), seconds, done.stdout)


def is_at_once(key, known, hosts):
    """As a name in /etc/hosts is."""
    return (known.seconds - hosts.seconds < AT_ONCE and
            (PROGRAMS[key].asks_dns or known.seconds < TIMEOUT))


def reach_known(key):
    """In a known outage, and by a name in /etc/hosts."""
    for _ in range(TRIES):
        known, hosts = reach(key, NAME), reach(key, IN_HOSTS)
        if not (known.arrived and hosts.arrived) or is_at_once(key, known, hosts):
            break
    return known, hosts


def prepare():
    """What the server gives and what the programs need."""
    for folder in (SITE, HOME):
        os.mkdir(folder)
    lab.write(f"{SITE}/word", f"{WORD}\n")
    lab.write(f"{HOME}/probe.tcl", TCL)
    lab.write(f"{HOME}/static.c", STATIC)
    lab.write("/etc/services", "http 80/tcp\n")
    if not absent("git"):
        def git(*arguments):
            command = ["git", "-c", "user.name=lab", "-c", "user.email=lab@localhost", "--git-dir",
                       f"{SITE}/repository", *arguments]
            return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                                  stdin=subprocess.DEVNULL, env=environment()).stdout.strip()
        git("init", "-q", "--bare")
        commit = git("commit-tree", "-m", "word", git("hash-object", "-t", "tree", "-w", "--stdin"))
        git("update-ref", f"refs/heads/{WORD}", commit)
        git("update-server-info")
    if not absent("java"):
        lab.write(f"{HOME}/Probe.java", JAVA)
        subprocess.run(["javac", "-d", HOME, f"{HOME}/Probe.java"], check=True, env=environment())


def force(word):
    subprocess.run([lab.program("GITDNS"), "outage", word], check=True, stdout=subprocess.DEVNULL)


class Programs(unittest.TestCase):
    """One test a program; they run all at once, as the most of it is waiting."""

    @classmethod
    def setUpClass(cls):
        lab.set_hosts_line(LINE)
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['silent']}\n"
                                      f"options timeout:{TIMEOUT} attempts:1\n")
        lab.prepare([WITHOUT], [])
        cls.absent = {key: absent(key) for key in PROGRAMS}
        keys = [key for key, why in cls.absent.items() if not why]
        without = {"/etc/nsswitch.conf": f"{lab.WORK}/files/{WITHOUT}"}
        with daemon.Daemon(), ThreadPoolExecutor(2 * len(keys)) as pool, \
                ThreadPoolExecutor(2) as two:
            force("off")
            failing = {key: pool.submit(reach, key, NAME, without) for key in keys}
            waiting = {key: pool.submit(reach, key, NAME) for key in keys}
            cls.without = {key: future.result() for key, future in failing.items()}
            cls.before = {key: future.result() for key, future in waiting.items()}
            force("auto")
            run(["getent", "ahosts", VICTIM])
            daemon.wait_for(daemon.everything_is_out)
            pairs = dict(zip(keys, two.map(reach_known, keys)))
            cls.known = {key: known for key, (known, _) in pairs.items()}
            cls.hosts = {key: hosts for key, (_, hosts) in pairs.items()}
        print(f"\n{'seconds':16}{'files dns':>12}{'before':>8}{'known':>8}{'/etc/hosts':>12}")
        for key in keys:
            print("{:16}{:12.2f}{:8.2f}{:8.2f}{:12.2f}".format(
                key, *(table[key].seconds for table in (cls.without, cls.before, cls.known,
                                                        cls.hosts))))

    def check(self, key):
        if self.absent[key]:
            self.skipTest(self.absent[key])
        self.assertFalse(self.without[key].arrived, "without gitdns, too")
        before, known, hosts = self.before[key], self.known[key], self.hosts[key]
        self.assertTrue(before.arrived, before.output)
        self.assertGreaterEqual(before.seconds, TIMEOUT * 0.9, "DNS was not asked first")
        self.assertTrue(known.arrived, known.output)
        self.assertTrue(hosts.arrived, hosts.output)
        self.assertTrue(is_at_once(key, known, hosts), (known, hosts))


for _key in PROGRAMS:
    setattr(Programs, f"test_{_key}", lambda self, key=_key: self.check(key))

if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", {NAME: ADDRESS, VICTIM: "192.0.2.201"})
    daemon.configure(private="yes")
    serve()
    prepare()
    unittest.main(verbosity=2)
