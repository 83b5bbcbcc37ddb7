"""What goes wrong on the client's own machine: a full disk, a folder it may not write, another at work."""
import contextlib
import fcntl
import os
import pathlib
import shutil

import lab
from lab.bad_input import GOOD, BadInput
from lab.registry import make_text


class Machine(BadInput):
    """What goes wrong on the client's own side."""

    def setUp(self):
        super().setUp()
        self.registry.publish(42, make_text(20000, 1))

    def test_full_disk(self):
        if lab.mount_namespace() is None:
            self.skipTest("mount namespaces are not allowed")
        store, spare = self.client.store, self.folder / "kept"
        need = (self.path("42/snapshot.gz").stat().st_size + len(self.before)) // 1024
        causes = set()
        # From no room for the download to room for all but the last of the store.
        for room in (len(self.before) // 1024 + 16, need - 20, need + 40, need + 600, need + 1200):
            shutil.rmtree(spare, ignore_errors=True)
            script = (f"mount -t tmpfs -o size={room}k none {store} && cp -r {spare}.in/. {store}/ && "
                      f'{{ "$@"; status=$?; mkdir {spare}; cp -r {store}/. {spare}/; exit $status; }}')
            shutil.rmtree(f"{spare}.in", ignore_errors=True)
            shutil.copytree(store, f"{spare}.in", symlinks=True)
            outcome = self.client.sync([*lab.mount_namespace(), "sh", "-c", script, "sh"])
            self.assertEqual((spare / "registry.cdb").read_bytes(), self.before, outcome)
            new = "serials/42.cdb.new"
            file = new if new in str(outcome) else "[0-9a-f]{64}.part"
            self.assertRegex(outcome.lines[0],
                             f"^gitdns-syncd: {store}/{file}: No space left on device; kept serial 41$")
            self.assertEqual((outcome.status, len(outcome.lines)), (1, 1), outcome)
            self.assertEqual(self.client.names(spare), ["registry.cdb", "state"])
            causes.add(file)
        self.assertEqual(len(causes), 2, "the disk was full in one phase only")

    def test_read_only_file_system(self):
        if lab.mount_namespace() is None:
            self.skipTest("mount namespaces are not allowed")
        store = self.client.store
        script = f'mount --bind {store} {store} && mount -o remount,bind,ro {store} && exec "$@"'
        self.refused(str(store), "Read-only file system",
                     outcome=self.client.sync([*lab.mount_namespace(), "sh", "-c", script, "sh"]))

    def test_directory_without_write_permission(self):
        drop = lab.unprivileged()
        if drop is None:
            self.skipTest("setpriv is not installed")
        self.client.store.chmod(0o555)
        try:
            self.refused(str(self.client.store), "Permission denied", outcome=self.client.sync(drop))
        finally:
            self.client.store.chmod(0o755)

    def test_another_instance(self):
        with self.locked(self.client.store):
            outcome = self.client.sync()
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.client.store}: another gitdns-syncd is at work in it; "
                                         "nothing changed"])
        self.assertEqual(outcome.status, 1)
        self.assertEqual(self.client.octets(), self.before)

    @contextlib.contextmanager
    def locked(self, folder):
        descriptor = os.open(pathlib.Path(folder, "lock"), os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def test_what_others_may_open_is_no_lock(self):
        """Whoever can read the folder could hold a lock on it for ever."""
        self.assertEqual((self.client.store / "lock").stat().st_mode & 0o777, 0o600)
        self.registry.publish(43, make_text(10, 2))
        descriptor = os.open(self.client.store, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self.assertEqual(self.client.sync().status, 0)
        finally:
            os.close(descriptor)

    def test_lock_is_no_link(self):
        victim = self.folder / "victim"
        victim.write_text("precious")
        lock = self.client.store / "lock"
        lock.unlink()
        lock.symlink_to(victim)
        self.refused(str(self.client.store), "symbolic links")
        self.assertEqual(victim.read_text(), "precious")
        lock.unlink()

    def test_no_directory(self):
        self.client.store.rename(self.folder / "away")
        outcome = self.client.sync()
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.client.store}: No such file or directory; "
                                         "nothing changed"])
        self.assertEqual(outcome.status, 1)
        (self.folder / "away").rename(self.client.store)

    def test_no_registry_yet(self):
        self.client.forget()
        self.registry.publish(42, GOOD, key=self.stranger)
        outcome = self.client.sync()
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.server.url}42/manifest: signature does not match any "
                                         "of 1 key; no registry yet"])
        self.assertEqual(outcome.status, 1)


if __name__ == "__main__":
    lab.main()
