"""Under nscd, which keeps no h_errno from service to service: hits in each way that DNS fails, none
where it denies with `dns [NOTFOUND=return] gitdns`, no crash.

The probe itself runs with `hosts: files`, so that what it finds came through nscd.
"""

import os
import subprocess
import time
import unittest

import lab

NSCD = lab.find_program("nscd")
# A client waits 5 seconds for nscd, then looks up by itself: as many threads as calls at once.
CONF = """threads 100
max-threads 200
enable-cache hosts yes
positive-time-to-live hosts 1
negative-time-to-live hosts 0
shared hosts no
persistent hosts no
""" + "".join(f"enable-cache {name} no\n" for name in ("passwd", "group", "services", "netgroup"))

RECORDS = {
    "both.example.net": "192.0.2.1 192.0.2.2 2001:db8::1",
    "v4.example.net": "192.0.2.3",
    "alias.example.net": "192.0.2.1 2001:db8::1 cname=both.example.net",
}
FAILING = ["servfail", "refused", "notimp", "silent", "closed-port", "no-route",
           "empty-resolv-conf", "truncated", "garbage-short", "garbage-random"]
DENYING = ["nxdomain", "nodata"]
LINE = "files dns [NOTFOUND=return] gitdns"


class Nscd:
    """A running nscd. It serves from before its socket answers to the end of the `with`."""

    def __init__(self, line, mode):
        lab.set_hosts_line(line)
        lab.set_dns(mode)

    def __enter__(self):
        socket = "/run/nscd/socket"
        if os.path.exists(socket):
            os.unlink(socket)
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", NSCD, "-F", "-f",
                                         "/etc/nscd.conf"])
        until = time.monotonic() + lab.HANG
        while not os.path.exists(socket):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("nscd did not start")
            time.sleep(0.02)
        return self

    def ask(self, names):
        files_only = {"/etc/nsswitch.conf": f"{lab.WORK}/files/files"}
        return lab.probe("nscd", names, files=files_only, parallel=True)

    def __exit__(self, *_):
        alive = self.process.poll() is None
        self.process.terminate()
        status = self.process.wait()
        if not alive or status not in (0, -15):
            raise RuntimeError(f"nscd ended with status {status}")


class UnderNscd(unittest.TestCase):
    def test_hits_while_dns_fails(self):
        for line in (LINE, "files dns gitdns"):
            for mode in FAILING:
                with self.subTest(line=line, mode=mode), Nscd(line, mode) as nscd:
                    got = nscd.ask([*RECORDS, "unknown.example.net"])
                    self.check(got)

    def check(self, got):
        name = "both.example.net"
        want = {
            (name, "getaddrinfo unspec"): "ok 2001:db8::1 192.0.2.1 192.0.2.2",
            (name, "getaddrinfo inet"): "ok 192.0.2.1 192.0.2.2",
            (name, "getaddrinfo inet6"): "ok 2001:db8::1",
            (name, "gethostbyname_r"): f"ok name={name} length=4 192.0.2.1 192.0.2.2",
            (name, "gethostbyname2_r inet6"): f"ok name={name} length=16 2001:db8::1",
            ("v4.example.net", "getaddrinfo unspec"): "ok 192.0.2.3",
            ("alias.example.net", "getaddrinfo unspec canonname"):
                f"ok canonical={name} 2001:db8::1 192.0.2.1",
            ("alias.example.net", "gethostbyname2_r inet"):
                f"ok name={name} alias=alias.example.net length=4 192.0.2.1",
        }
        self.assertEqual({key: got[key] for key in want}, want)
        self.assertNotIn("ok", {result.split()[0] for (asked, _), result in got.items()
                                if asked == "unknown.example.net"})

    def test_none_while_dns_denies(self):
        for mode in DENYING:
            with self.subTest(mode=mode), Nscd(LINE, mode) as nscd:
                got = nscd.ask([*RECORDS, "unknown.example.net"])
                self.assertNotIn("ok", {result.split()[0] for result in got.values()})

    def test_dns_answers(self):
        with Nscd(LINE, "good") as nscd:
            got = nscd.ask(["both.example.net"])
            self.assertEqual(got["both.example.net", "getaddrinfo inet"],
                             "ok 198.51.100.7 198.51.100.8")

    def test_store_and_dns_change_under_it(self):
        """Many look-ups at once while the store is swapped."""
        names = [f"n{number}.example.net" for number in range(6)]
        stores = [lab.make_store(f"{lab.WORK}/stores/{n}", {name: f"192.0.2.{n}" for name in names})
                  for n in range(1, 5)]
        lab.swap_store(stores[0])
        with Nscd(LINE, "servfail") as nscd:
            for store in stores * 2:
                lab.swap_store(store)
                got = nscd.ask(names)
                self.assertEqual({result.split()[0] for (_, call), result in got.items()
                                  if call == "getaddrinfo inet"}, {"ok"})


if __name__ == "__main__":
    if os.environ.get("SANITIZE"):
        lab.skip("nscd cannot load a module built with sanitizers")
    if NSCD is None:
        lab.skip("nscd (Debian package) is absent")
    lab.enter()
    lab.start_responder()
    lab.prepare(["files"], [])
    os.mkdir("/run/nscd")
    lab.write("/etc/nscd.conf", CONF)
    lab.make_store("/var/lib/gitdns", RECORDS)
    unittest.main(verbosity=2)
