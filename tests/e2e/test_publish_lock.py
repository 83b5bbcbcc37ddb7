"""Two runs of gitdns-publish in one folder, and what is no lock."""
import fcntl
import os
import subprocess

import lab
from lab.publish_hosts import Publisher, contents, hosts_of


class Lock(Publisher):
    def setUp(self):
        super().setUp()
        self.texts = [hosts_of(4000), hosts_of(4001)]

    def test_nobody_else_locks(self):
        """Others may read the folder, and so lock it, but not what a run locks."""
        self.start(self.texts[0])
        descriptor = os.open(self.tree, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self.published(text=self.texts[1])
        self.assertEqual(self.head(), 2)

    def test_a_lock_left_behind(self):
        self.start(self.texts[0])
        (self.tree / ".lock").write_text("")
        self.published(text=self.texts[1])
        self.assertEqual(self.head(), 2)
        self.assertNotIn(".lock", contents(self.tree))

    def test_two_at_once(self):
        self.start(self.texts[0])
        process = subprocess.Popen(self.command(hosts="-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.wait_for_lock()
        self.refused(f"{self.tree}: another gitdns-publish is at work in it", text=self.texts[1])
        process.communicate(self.texts[1], timeout=lab.HANG)
        self.assertEqual((process.returncode, self.head()), (0, 2))
        self.check_whole(2)


if __name__ == "__main__":
    lab.main()
