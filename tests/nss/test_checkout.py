"""`gitdns pull` and `gitdns checkout` count in a running process within two seconds, and there is no moment in which
nothing answers.
"""

import os
import shutil
import sys
import threading
import unittest

import lab
from lab import publish_hosts
from lab.registry import make_key
from lab.running_process import CALL, NAME, Following

FOLDER = os.path.dirname(lab.STORE)


def hit(serial):
    return f"ok name={NAME} length=4 8.8.8.{serial}"


def gitdns(*arguments):
    lab.run(lab.program("GITDNS"), "--config", f"{lab.WORK}/gitdns.conf", *arguments)


def publish(serial):
    """In serial N the name's address ends in N."""
    hosts = lab.write(f"{lab.WORK}/hosts", f"8.8.8.{serial} {NAME}\n")
    publish_hosts.publish(f"{lab.WORK}/registry", "test", f"{lab.WORK}/key", hosts, "--force")


class Checkout(Following):
    def setUp(self):
        shutil.rmtree(f"{lab.WORK}/registry", ignore_errors=True)
        os.mkdir(f"{lab.WORK}/registry")
        for name in os.listdir(FOLDER):
            path = f"{FOLDER}/{name}"
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        for serial in (1, 2, 3):
            publish(serial)
            gitdns("pull")

    def test_seen_by_a_running_process(self):
        with lab.Conversation() as process:
            self.assertEqual(process.ask(NAME)[CALL], hit(3))
            for serial in (1, 2, 3, 1):
                gitdns("checkout", str(serial))
                self.soon(process, hit(serial))
            publish(4)
            gitdns("pull")
            self.stays(process, hit(1))
            gitdns("checkout", "latest")
            self.soon(process, hit(4))
            publish(5)
            gitdns("pull")
            self.soon(process, hit(5))

    def test_always_answers(self):
        """New processes too, while an older version's store becomes a kept one and others come and go."""
        over, wrong, asked = threading.Event(), [], []

        def ask():
            while not over.is_set():
                with lab.Conversation() as process:
                    got = process.ask(NAME)[CALL]
                asked.append(got)
                if got not in map(hit, range(1, 10)):
                    wrong.append(got)

        asker = threading.Thread(target=ask)
        asker.start()
        try:
            for serial in range(4, 10):
                publish(serial)
                shutil.copy(lab.STORE, lab.STORE + ".older")
                os.rename(lab.STORE + ".older", lab.STORE)
                gitdns("pull")
                gitdns("checkout", str(serial - 1))
                gitdns("checkout", "latest")
        finally:
            over.set()
            asker.join()
        self.assertGreater(len(asked), 10)
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    lab.enter()
    lab.set_hosts_line("files dns gitdns")
    lab.set_dns("closed-port")
    make_key(f"{lab.WORK}/key.pub", f"{lab.WORK}/key")
    lab.write(f"{lab.WORK}/gitdns.conf", f"[registry]\nname = test\nurl = file://{lab.WORK}/registry/\n"
                                         f"key = {lab.WORK}/key.pub\n[sync]\ndirectory = {FOLDER}\n")
    unittest.main(argv=[sys.argv[0], "-v"])
