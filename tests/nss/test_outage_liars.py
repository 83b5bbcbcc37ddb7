"""Nameservers that lie, and resolv.conf that is odd: the daemon takes for an outage what glibc does,
is held up by nothing, and ends when it is told to."""

import os
import threading
import time

import lab
from lab import daemon, lying_nameserver, outage, responder


class Liars(outage.WithDaemon):
    """What each of them is to programs, and so to the daemon."""

    def asked(self, name):
        return self.server.count

    def use(self, mode):
        lab.write("/etc/resolv.conf", f"nameserver {lying_nameserver.ADDRESS}\noptions timeout:1 attempts:1\n")
        self.server = lying_nameserver.Liar(mode)
        return self.server

    def check_out(self, *modes):
        for mode in modes:
            with self.subTest(mode=mode), self.use(mode):
                self.report_until_out("name-0.example.net")
                self.assert_from_copy("name-1.example.net")
            # Another DNS ends it.
            lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n")
            daemon.wait_for(outage.nothing_out)

    def test_no_answers(self):
        self.check_out("wrong-id", "wrong-question", "from-another", "nothing")

    def test_lame(self):
        """No names, and no claim to know any: glibc fails at once."""
        with self.use("question"):
            self.assertEqual(outage.look_up("name-0.example.net")[0],
                             {outage.RECORDS["name-0.example.net"]})
        self.check_out("question")

    def test_over_tcp(self):
        self.check_out("drip", "endless", "announced")

    def test_answers(self):
        for mode in ("alias", "many"):
            with self.subTest(mode=mode), self.use(mode) as server:
                daemon.report("name-0.example.net")

                def is_asked():
                    return server.count > 0
                daemon.wait_for(is_asked)
                for _ in range(30):
                    self.assertTrue(outage.nothing_out(), self.daemon.said())
                    time.sleep(0.1)

    def test_every_third(self):
        """Names may be out, and not all of them, and not for long."""
        with self.use("every-third"):
            for i in range(5):
                daemon.report(f"name-{i}.example.net")
                time.sleep(1)
                self.assertFalse(daemon.everything_is_out(), self.daemon.said())
        with self.use("many"):
            daemon.wait_for(outage.nothing_out)


class Odd(outage.WithDaemon):
    """What can lie at /etc/resolv.conf. Each test ends the daemon, too."""

    def replace(self, make):
        os.unlink("/etc/resolv.conf")
        make("/etc/resolv.conf")
        self.addCleanup(lambda: os.rmdir("/etc/resolv.conf")
                        if os.path.isdir("/etc/resolv.conf") else None)

    def reports_are_read(self):
        before = daemon.board()[daemon.REPORTS]
        for i in range(3):
            daemon.report(f"name-{i}.example.net")
            time.sleep(0.5)

        def are_read():
            return daemon.board()[daemon.REPORTS] >= before + 3
        daemon.wait_for(are_read)

    def ends(self):
        self.daemon.process.terminate()
        self.assertEqual(self.daemon.process.wait(lab.HANG), 0)

    def test_fifo(self):
        """To which nobody writes: who opens it would wait."""
        self.replace(os.mkfifo)
        self.reports_are_read()
        self.assertTrue(outage.nothing_out(), self.daemon.said())
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n"
                                      "options timeout:1 attempts:1\n")
        self.everything_out()
        self.replace(os.mkfifo)
        self.reports_are_read()
        self.ends()

    def test_no_file(self):
        for make in (os.mkdir, lambda path: os.symlink("/nowhere", path)):
            with self.subTest():
                self.replace(make)
                self.reports_are_read()
                if os.path.isdir("/etc/resolv.conf"):
                    os.rmdir("/etc/resolv.conf")
                lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n")
                daemon.wait_for(outage.nothing_out)
        self.ends()

    def test_garbage(self):
        good = responder.ADDRESS["good"]
        for text in ("".join(chr(i * i % 255 + 1) for i in range(100000)),
                     "options " + "x" * 100000,
                     f"nameserver {good}\n" * 50,
                     "search " + " ".join(f"d{i}.example" for i in range(3000)) + f"\nnameserver {good}\n",
                     "nameserver fe80::1%lo\nnameserver nonsense\nnameserver 224.0.0.1\n"):
            with self.subTest(text=text[:30]):
                lab.write("/etc/resolv.conf", text)
                self.reports_are_read()
        self.ends()

    def test_options(self):
        """Those of others do not make it more patient, and a comment is none of them."""
        lab.write("/etc/resolv.conf", f"# nameserver 192.0.2.1\n; x\nnameserver {responder.ADDRESS['good']}\n"
                                      "options timeout:30 attempts:5 rotate use-vc edns0 trust-ad ndots:15\n")
        self.dns(".", "servfail")
        daemon.report("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out)
        self.restore(".")
        daemon.wait_for(outage.nothing_out)

    def test_replaced_all_the_time(self):
        """DNS is asked no more than else, and once that ends an outage is noticed."""
        over = threading.Event()

        def write():
            while not over.wait(0.3):
                lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n"
                                              "options timeout:1 attempts:1\n")
        thread = threading.Thread(target=write)
        thread.start()
        self.dns(".", "silent")
        before, start = int(lab.tell_responder("queries")), time.monotonic()
        for i in range(8):
            daemon.report(f"name-{i}.example.net")
            time.sleep(1)
        asked = int(lab.tell_responder("queries")) - before
        over.set()
        thread.join()
        self.assertLessEqual(asked, 20 * (time.monotonic() - start + 1))
        daemon.report("name-9.example.net")
        daemon.wait_for(daemon.everything_is_out)


if __name__ == "__main__":
    outage.main()
