"""Which store answers, whatever the folder held: another version's, a damaged one, another user's, a revoked key's."""
import collections
import os
import shutil
import subprocess
import threading

import lab
from lab.client_history import NAME, History
from lab.registry import Registry, make_text, sha256


class Keep(History):
    """Which store answers, whatever happens."""

    def test_of_an_older_version(self):
        for head in (3, 4):
            self.plain(3)
            self.assertEqual(self.good("log")[0][:3], "* 3")
            self.assertEqual(self.gitdns("export").out, self.text[3])
            self.pull(head)
            self.answers(head)
            self.assertEqual(self.client.kept(), list(range(3, head + 1)))
        self.plain(3)
        self.head(0)
        self.assertEqual(self.gitdns("pull").status, 1)
        self.answers(3)
        self.plain(3)
        self.good("checkout", 3)
        self.answers(3)

    def test_damaged_twin(self):
        """What answers is shown, whatever else lies under its number."""
        self.plain(3)
        (self.store / "serials").mkdir()
        (self.store / "serials" / "3.cdb").write_bytes(b"junk" * 1000)
        self.assertEqual(self.good("log")[0][:3], "* 3")

    def test_back_and_forth_between_versions(self):
        """The older version put a store in the link's place, and the newer one comes again."""
        self.pull(2, 3)
        (self.store / "registry.cdb").unlink()
        (self.store / "registry.cdb").write_bytes(self.stores[4])
        self.pull(5)
        self.answers(5)
        self.assertEqual(self.client.kept(), [2, 3, 4, 5])

    def test_no_moment_without_a_store(self):
        seen, over = collections.Counter(), threading.Event()

        def watch():
            while not over.is_set():
                seen[(self.store / "registry.cdb").read_bytes() if (self.store / "registry.cdb").exists() else None] += 1

        self.plain(1)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for serial in range(1, 7):
                self.pull(serial)
                self.good("checkout", serial)
                self.good("checkout", "latest")
                (self.store / "again").write_bytes(self.stores[serial])
                os.rename(self.store / "again", self.store / "registry.cdb")  # an older version again
        finally:
            over.set()
            watcher.join()
        self.assertGreater(sum(seen.values()), 100)
        self.assertEqual({octets for octets in seen if octets not in self.stores.values()}, set())

    def as_other_user(self):
        """Makes the folder somebody else's; returns what runs a command as that user."""
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("only root can give files away, and setpriv is needed")
        for path in (self.folder, self.folder / "client", self.published.parent):
            path.chmod(0o755)
        os.chown(self.store, 65534, 65534)
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*prefix, *self.client.command()[:1], "--version"], capture_output=True).returncode != 0:
            self.skipTest("another user cannot run the programs")
        return prefix

    def test_without_hard_links(self):
        """The store belongs to somebody else, and the kernel protects that: it goes on without that serial."""
        self.plain(3)
        prefix = self.as_other_user()
        self.head(4)
        outcome = self.client.sync(prefix)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.answers(4)
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def test_after_root(self):
        """What `gitdns pull` and `checkout` by root leave must not keep the daemon's own user out."""
        prefix = self.as_other_user()
        old = os.umask(0o077)
        self.addCleanup(os.umask, old)
        self.pull(4, 5)
        self.good("checkout", 4)
        status = (self.store / "serials").stat()
        self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o777), (65534, 65534, 0o755))
        for file in ("serials/5.cdb", "pinned"):
            self.assertEqual((self.store / file).stat().st_mode & 0o777, 0o644)
        delta = (self.published.parent / "trees/6/6/delta-5.gz").read_bytes()
        (self.store / f"{sha256(delta)}.part").write_bytes(delta[:100])
        self.head(6)
        outcome = self.client.sync(prefix)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.answers(4)
        self.assertEqual(self.client.names(), ["pinned", "registry.cdb", "state"])
        self.good("checkout", "latest")
        self.answers(6)

    def test_what_was_killed_is_ended(self):
        """Each step of an installation and of a checkout."""
        self.pull(3, 4, 5)
        self.head(0)

        def settles(link, pin, want):
            (self.store / "registry.cdb").unlink()
            (self.store / "registry.cdb").symlink_to(f"serials/{link}.cdb")
            (self.store / "pinned").unlink(missing_ok=True)
            if pin:
                (self.store / "pinned").write_text(f"{pin}\n")
            for name in ("registry.cdb.new", "pinned.new", "serials/6.cdb.new", "serials/3.cdb.new"):
                (self.store / name).write_bytes(b"left over")
            self.assertEqual(self.gitdns("pull").status, 1)
            self.answers(want)
            self.assertEqual(self.client.names(), [*(["pinned"] if pin else []), "registry.cdb", "state"])

        settles(4, None, 5)  # serials/5.cdb was in its place, the link was not yet
        settles(5, 4, 4)  # pinned, not yet switched
        settles(4, None, 5)  # unpinned, not yet switched
        settles(9, None, 5)  # leads nowhere

    def test_newest_is_damaged(self):
        """The one before it answers, and is what the next delta is applied to."""
        self.pull(5, 6)
        (self.store / "serials/6.cdb").write_bytes(b"damaged")
        self.head(0)
        outcome = self.gitdns("pull")
        self.assertEqual(outcome.lines[0], f"gitdns-syncd: {self.store}/registry.cdb: not a store, or a damaged one; "
                                           "goes on as without it")
        self.answers(5)
        self.assertEqual(self.client.kept(), [5, 6])
        self.head(6)
        self.gitdns("pull")
        self.answers(6)

    def test_revoked_key(self):
        """A stolen key's serial ends with it: the last one that a key vouches for answers, also without a mirror."""
        stolen = Registry(self.folder / "stolen", self.second, NAME)
        text = make_text(300)
        stolen.publish(999999999, text)
        self.pull(5, 6)
        both = [self.key.public, self.second.public]
        self.client.configure([stolen.folder.as_uri() + "/"], both, name=NAME)
        self.assertEqual(self.gitdns("pull").status, 0)
        self.assertEqual(self.client.kept(), [5, 6, 999999999])
        self.configure()
        self.head(0)
        outcome = self.gitdns("pull")
        self.assertIn("signed by none of the keys; its serial does not count", outcome.lines[0])
        self.answers(6)
        self.head(6)
        self.assertEqual(self.gitdns("pull").status, 0)
        self.assertEqual(self.client.kept(), [5, 6])

    def test_parent_is_checked_against_the_newest(self):
        registry = Registry(self.folder / "by-hand", self.key, NAME)
        self.client.configure([registry.folder.as_uri() + "/"], [self.key.public], name=NAME)

        def publish_and_pull(serial, **other):
            registry.publish(serial, make_text(50, serial), **other)
            outcome = self.gitdns("pull")
            self.assertEqual(outcome.status, 0, outcome)
            return outcome.lines

        self.assertEqual(publish_and_pull(41) + publish_and_pull(42), [])
        self.good("checkout", 41)
        self.assertEqual(publish_and_pull(43), [])
        self.assertEqual(publish_and_pull(44, parent=f"43 {'0' * 64}"), [
            f"gitdns-syncd: {registry.folder.as_uri()}/44/manifest: continues another serial 43 than the one in hand; "
            "goes on"])
        self.assertEqual(publish_and_pull(46, parent=f"45 {'0' * 64}"), [])
        self.assertEqual(os.readlink(self.store / "registry.cdb"), "serials/41.cdb")

    def test_same_serial_again(self):
        """A deadline that changed: a new file, so that who has mapped the old one keeps it whole."""
        self.pull(5, 6)
        with open(self.store / "registry.cdb", "rb") as mapped:
            self.configure(**{"max-age": "1d"})
            self.pull(6)
            self.assertEqual(mapped.read(), self.stores[6])
        self.assertNotEqual(self.client.octets(), self.stores[6])
        self.configure()
        self.pull(6)
        self.answers(6)


if __name__ == "__main__":
    lab.main()
