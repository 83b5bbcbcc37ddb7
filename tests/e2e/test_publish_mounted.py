"""gitdns-publish where another user has mounted a file system that says what they like of who owns what: by FUSE, over a
folder of theirs, with allow_other."""
import ctypes
import os
import struct
import threading
import unittest

import lab
from lab import namespaces
from lab.publish_hosts import Publisher, contents, hosts_of

WEB = 65533
INIT, LOOKUP, FORGET, GETATTR, READLINK, STATFS = 26, 1, 2, 3, 5, 17
ENOENT, ENOSYS = 2, 38
ROOT, LINK = 1, 2
LIBC = ctypes.CDLL(None, use_errno=True)


class Served:
    """A folder that holds `tree`, a link; all is root's, it says. With `silent` it says nothing."""

    def __init__(self, folder, target, silent=False, user=WEB):
        self.target, self.silent, self.folder = os.fsencode(target), silent, os.fsencode(folder)
        self.device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.device},rootmode=40000,user_id={user},group_id={user},allow_other"
        if LIBC.mount(b"user_id=0", self.folder, b"fuse", 0, options.encode()) < 0:
            os.close(self.device)
            raise OSError(ctypes.get_errno(), "mount")
        threading.Thread(target=self.serve, daemon=True).start()

    def attributes(self, node):
        mode, size = (0o120777, len(self.target)) if node == LINK else (0o40755, 0)
        return struct.pack("<6Q10I", node, size, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def answer(self, kind, node, body):
        if kind == INIT:
            return 0, struct.pack("<4I2H2I", 7, 31, 65536, 0, 0, 0, 65536, 1) + bytes(32)
        if kind == GETATTR:
            return 0, bytes(16) + self.attributes(node)
        if kind == LOOKUP and body == b"tree\0":
            return 0, struct.pack("<4Q2I", LINK, 0, 0, 0, 0, 0) + self.attributes(LINK)
        if kind == READLINK:
            return 0, self.target
        if kind == STATFS:
            return 0, bytes(80)
        return (-ENOENT if kind == LOOKUP else -ENOSYS), b""

    def serve(self):
        while True:
            try:
                message = os.read(self.device, 1 << 17)
            except OSError:
                return
            size, kind, turn, node = struct.unpack_from("<IIQQ", message)
            if kind == FORGET or (self.silent and kind != INIT):
                continue
            error, octets = self.answer(kind, node, message[40:size])
            os.write(self.device, struct.pack("<IiQ", 16 + len(octets), error, turn) + octets)

    def end(self):
        LIBC.umount2(self.folder, 2)
        os.close(self.device)


@unittest.skipIf(os.geteuid() != 0, "only root can give folders away")
class Mounted(Publisher):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.www = self.folder / "www"
        self.theirs = self.www / "x"
        self.theirs.mkdir(parents=True)
        os.chown(self.theirs, WEB, WEB)
        self.victim = self.folder / "victim"
        self.victim.mkdir()
        (self.victim / "of-root").write_text("root\n")

    def tearDown(self):
        self.doCleanups()
        super().tearDown()

    def serve(self, **how):
        try:
            served = Served(self.theirs, self.victim, **how)
        except OSError as error:
            self.skipTest(f"no FUSE here: {error}")
        self.addCleanup(served.end)

    def test_refused(self):
        for mode in 0o755, 0o1777:
            for silent in False, True:
                with self.subTest(mode=mode, silent=silent):
                    self.www.chmod(mode)
                    self.serve(silent=silent)
                    before = contents(self.victim)
                    outcome = self.publish(tree=self.theirs / "tree", text=hosts_of(3))
                    self.assertEqual((outcome.status, outcome.lines), (1, [
                        f"gitdns-publish: {self.theirs}: a file system that user {WEB} has mounted, who can change what "
                        "gets signed; publish elsewhere; nothing published"]))
                    self.assertEqual(contents(self.victim), before)
                    self.doCleanups()

    def test_of_root(self):
        """As sshfs, say, by root."""
        self.serve(user=0)
        self.published(tree=self.theirs / "tree", text=hosts_of(3))
        self.assertTrue((self.victim / "HEAD").exists())


if __name__ == "__main__":
    namespaces.enter()
    lab.main()
