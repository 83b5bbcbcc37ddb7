"""An outage behind a resolver that has a cache: what it still knows must not hide that all else is out.

dnsmasq and unbound, from Debian's packages, forward to responder.py. They have been asked for the root's
name servers and for a name before, and an outage has come and gone.
"""

import glob
import os
import subprocess
import time
import unittest

import daemon
import lab
import responder
import test_outage

ADDRESS = "127.0.0.150"
UNPACKED = os.environ.get("TEST_PACKAGES", "/nowhere")


def find(name):
    """(program, environment), installed or unpacked; skips where it is neither."""
    for folder in ("/usr/sbin", "/usr/local/sbin", f"{UNPACKED}/usr/sbin"):
        if os.access(f"{folder}/{name}", os.X_OK):
            libraries = glob.glob(f"{UNPACKED}/usr/lib/*-linux-gnu*") if UNPACKED in folder else []
            return f"{folder}/{name}", os.environ | {"LD_LIBRARY_PATH": ":".join(libraries)}
    raise unittest.SkipTest(f"{name} is absent")


def dnsmasq():
    program, environment = find("dnsmasq")
    return [program, "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
            f"--server={responder.ADDRESS['good']}", f"--listen-address={ADDRESS}",
            "--bind-interfaces", "--user=", "--group=", "--pid-file"], environment


def unbound():
    program, environment = find("unbound")
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
    return [program, "-d", "-c", "/etc/unbound.conf"], environment


class Caches(test_outage.LookUps):
    def start(self, command, environment):
        with open(f"{lab.WORK}/resolver.log", "w") as log:
            resolver = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

        def end():
            resolver.terminate()
            resolver.wait()
        self.addCleanup(end)
        lab.write("/etc/resolv.conf", f"nameserver {ADDRESS}\noptions timeout:1 attempts:1\n")

        def answers():
            return test_outage.look_up("third.example.org")[0] == test_outage.FROM_DNS
        try:
            daemon.wait_for(answers)
        except AssertionError:
            with open(f"{lab.WORK}/resolver.log") as log:
                self.fail(f"it does not answer: {log.read()}")

    def outage(self, name):
        lab.tell_responder(".=silent")
        self.addCleanup(lab.tell_responder, ".=")
        self.assertEqual(test_outage.look_up(name)[0], {test_outage.RECORDS[name]})
        seconds = daemon.wait_for(daemon.everything_is_out)
        print(f"everything is out after {seconds:.1f} s", end=" ", flush=True)
        self.assert_from_copy("name-99.example.net")

    def test_dnsmasq(self):
        """Twice: what it learned when the first one ended must not hide the second."""
        self.start(*dnsmasq())
        with daemon.Daemon():
            self.outage("name-1.example.net")
            lab.tell_responder(".=")
            daemon.wait_for(test_outage.nothing_out)
            time.sleep(1.1)  # a report a second
            self.outage("name-2.example.net")

    def test_unbound(self):
        self.start(*unbound())
        with daemon.Daemon():
            self.outage("name-1.example.net")


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", test_outage.RECORDS)
    daemon.configure()
    lab.set_hosts_line(test_outage.LINE)
    unittest.main(verbosity=2)
