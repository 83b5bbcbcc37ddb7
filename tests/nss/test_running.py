"""What changes under a running process counts within two seconds: the hosts line, resolv.conf, and
the store, whatever happens to it.
"""

import os
import shutil
import time
import unittest

import lab
from lab.running_process import CALL, NAME, Following


def hit(address):
    return f"ok name={NAME} length=4 {address}"


MISS = "return=EAGAIN h_errno=TRY_AGAIN"
DENIED = "return=0 h_errno=HOST_NOT_FOUND"


class Running(Following):
    def setUp(self):
        lab.set_hosts_line("files dns gitdns")
        lab.set_dns("servfail")
        if os.path.lexists(lab.STORE):
            os.unlink(lab.STORE)
        self.stores = f"{lab.WORK}/stores"
        shutil.rmtree(self.stores, ignore_errors=True)

    def store(self, address, seconds=3600):
        """A store in a folder of its own in which NAME has the address."""
        return lab.make_store(f"{self.stores}/{address}", {NAME: address}, seconds)

    def test_hosts_line(self):
        lab.swap_store(self.store("192.0.2.1"))
        lab.set_hosts_line("files dns")
        with lab.Conversation() as process:
            self.assertEqual(process.ask(NAME)[CALL], MISS)
            lab.set_hosts_line("files dns gitdns")
            self.soon(process, hit("192.0.2.1"))
            lab.set_dns("nxdomain")
            self.soon(process, DENIED)
            lab.set_hosts_line("files gitdns dns")
            self.soon(process, hit("192.0.2.1"))
            with open("/etc/nsswitch.conf", "w") as file:  # in place, as an editor might
                file.write(lab.hosts_line("files dns gitdns"))
            self.soon(process, DENIED)
            lab.set_hosts_line("gitdns")
            self.soon(process, hit("192.0.2.1"))
            os.unlink("/etc/nsswitch.conf")
            self.soon(process, DENIED)
            lab.set_hosts_line("files gitdns")
            self.soon(process, hit("192.0.2.1"))

    def test_store(self):
        with lab.Conversation() as process:
            self.assertEqual(process.ask(NAME)[CALL], MISS)
            lab.swap_store(self.store("192.0.2.1"))  # the first one
            self.soon(process, hit("192.0.2.1"))
            for number in range(2, 6):
                lab.swap_store(self.store(f"192.0.2.{number}"))
                self.soon(process, hit(f"192.0.2.{number}"))

    def test_what_is_no_store_leaves_the_one_in_use(self):
        lab.swap_store(self.store("192.0.2.1"))
        with lab.Conversation() as process:
            self.assertEqual(process.ask(NAME)[CALL], hit("192.0.2.1"))
            for octets in (b"", b"x" * 5000, bytes(5000)):
                lab.write(lab.STORE, octets.decode())
                self.stays(process, hit("192.0.2.1"))
            os.unlink(lab.STORE)
            self.stays(process, hit("192.0.2.1"))
            lab.swap_store(self.store("192.0.2.2"))
            self.soon(process, hit("192.0.2.2"))

    def test_store_that_becomes_too_old(self):
        seconds, before = 4, time.time()
        lab.swap_store(self.store("192.0.2.1", seconds=seconds))
        over = time.time() + seconds
        with lab.Conversation() as process:
            while process.ask(NAME)[CALL] == hit("192.0.2.1") and time.time() < over:
                time.sleep(0.05)
            self.assertGreater(time.time(), before + seconds - 1, "the deadline has whole seconds")
            self.soon(process, MISS)
            lab.swap_store(self.store("192.0.2.2"))
            self.soon(process, hit("192.0.2.2"))
            lab.swap_store(self.store("192.0.2.3", seconds=-1))
            self.soon(process, MISS)


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    unittest.main(verbosity=2)
