"""An outage behind a resolver that has a cache: what it still knows must not hide that all else is out.

dnsmasq and unbound, from Debian's packages, forward to lab/responder.py. They have been asked for the root's
name servers and for a name before, and an outage has come and gone.
"""

import subprocess
import time
import unittest

import lab
from lab import daemon, outage, responder

ADDRESS = "127.0.0.150"


def find(name):
    """The program; skips where there is none."""
    program = lab.find_program(name)
    if program is None:
        raise unittest.SkipTest(f"{name} is absent")
    return program


def dnsmasq():
    return [find("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
            f"--server={responder.ADDRESS['good']}", f"--listen-address={ADDRESS}",
            "--bind-interfaces", "--user=", "--group=", "--pid-file"]


def unbound():
    program = find("unbound")
    lab.write("/etc/unbound.conf", f"""
server:
    interface: {ADDRESS}
    username: ""
    directory: ""
    chroot: ""
    pidfile: ""
    use-syslog: no
    do-not-query-localhost: no
    module-config: "iterator"
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: {responder.ADDRESS['good']}
""")
    return [program, "-d", "-c", "/etc/unbound.conf"]


class Caches(outage.LookUps):
    def start(self, command):
        with open(f"{lab.WORK}/resolver.log", "w") as log:
            resolver = subprocess.Popen(command, env=lab.unpacked_environment(), stdout=log, stderr=log)

        def end():
            resolver.terminate()
            resolver.wait()
        self.addCleanup(end)
        lab.write("/etc/resolv.conf", f"nameserver {ADDRESS}\noptions timeout:1 attempts:1\n")

        def answers():
            return outage.look_up("third.example.org")[0] == outage.FROM_DNS
        try:
            daemon.wait_for(answers)
        except AssertionError:
            with open(f"{lab.WORK}/resolver.log") as log:
                self.fail(f"it does not answer: {log.read()}")

    def outage(self, name):
        lab.tell_responder(".=silent")
        self.addCleanup(lab.tell_responder, ".=")
        self.assertEqual(outage.look_up(name)[0], {outage.RECORDS[name]})
        seconds = daemon.wait_for(daemon.everything_is_out)
        print(f"everything is out after {seconds:.1f} s", end=" ", flush=True)
        self.assert_from_copy("name-99.example.net")

    def test_dnsmasq(self):
        """Twice: what it learned when the first one ended must not hide the second."""
        self.start(dnsmasq())
        with daemon.Daemon():
            self.outage("name-1.example.net")
            lab.tell_responder(".=")
            daemon.wait_for(outage.nothing_out)
            time.sleep(1.1)  # a report a second
            self.outage("name-2.example.net")

    def test_unbound(self):
        self.start(unbound())
        with daemon.Daemon():
            self.outage("name-1.example.net")


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", outage.RECORDS)
    daemon.configure()
    lab.set_hosts_line(outage.LINE)
    unittest.main(verbosity=2)
