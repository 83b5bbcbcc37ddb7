"""Who may read and write what a round leaves, whatever umask it was started with: all may read what answers, and its
owner alone may write it; nobody else may take the lock, or look at what is not checked yet."""
import os
import shutil
import stat
import subprocess

import lab
from lab.registry import make_text
from lab.served import Served

UMASKS = ("000", "022", "077", "777")
# What another user tries in the folder; says what has worked.
ATTEMPTS = """
cd "$1" || exit
try() { "$@" >/dev/null 2>&1 && echo "$1"; }
read_it() { cat registry.cdb state; }
write_it() { : >>serials/41.cdb; }
open_lock() { : <lock; }
try read_it
try write_it
try open_lock
try touch new
try rm -f state
try mv registry.cdb other
try ln -sf /etc/passwd registry.cdb
try chmod a+w serials/41.cdb
"""


class Modes(Served):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.client.folder.chmod(0o755)
        self.client.store.chmod(0o755)

    def under(self, umask):
        return ["sh", "-c", f'umask {umask} && exec "$@"', "sh"]

    def modes(self):
        """Of all but links, whose mode nobody looks at."""
        store = self.client.store
        return {str(path.relative_to(store)): stat.S_IMODE(path.lstat().st_mode) for path in store.rglob("*")
                if not path.is_symlink()}

    def test_rounds(self):
        """What the second round replaces, and what gitdns does by hand."""
        for umask in UMASKS:
            with self.subTest(umask):
                shutil.rmtree(self.client.store)
                self.client.store.mkdir(mode=0o755)
                for serial in (41, 42):
                    self.registry.publish(serial, make_text(60, serial))
                    outcome = self.client.sync(self.under(umask))
                    self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
                lab.run(*self.under(umask), lab.program("GITDNS"), "checkout", "--config", self.client.config, "41")
                self.assertEqual(self.modes(), {"lock": 0o600, "state": 0o644, "pinned": 0o644, "serials": 0o755,
                                                "serials/41.cdb": 0o644, "serials/42.cdb": 0o644})

    def test_what_is_not_checked_yet(self):
        """Half a snapshot, for as long as the server waits with the rest."""
        def half(request):
            octets = (self.registry.folder / "41/snapshot.gz").read_bytes()
            request.send_response(200)
            request.send_header("Content-Length", str(len(octets)))
            request.end_headers()
            request.wfile.write(octets[:100])
            request.close_connection = True

        self.server.rules = {"/41/snapshot.gz": half}
        self.assertEqual(self.client.sync(self.under("000")).status, 1)
        modes = self.modes()
        part, = (name for name in modes if name.endswith(".part"))
        self.assertEqual(modes, {"lock": 0o600, "state": 0o644, "serials": 0o755, part: 0o600})

    def test_another_user(self):
        """Reads the copy, and changes nothing."""
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("only root can be another user")
        self.assertEqual(self.client.sync(self.under("077")).status, 0)
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", ATTEMPTS, "sh",
                               self.client.store], capture_output=True, text=True)
        self.assertEqual(done.stdout.split(), ["read_it"], done)

    def test_reader_that_lets_nothing_go(self):
        """Whoever has a store open keeps its space, and nothing else."""
        self.client.configure([self.server.url], [self.key.public], keep=1)
        self.assertEqual(self.client.sync().status, 0)
        path = self.client.store / "serials/41.cdb"
        with open(path, "rb") as kept:
            before = kept.read()
            for serial in (42, 43):
                self.registry.publish(serial, make_text(60, serial))
                self.assertEqual(self.client.sync().status, 0)
            self.assertFalse(path.exists())
            self.assertEqual(os.fstat(kept.fileno()).st_nlink, 0)
            kept.seek(0)
            self.assertEqual(kept.read(), before)

    def test_root_that_may_not_write(self):
        """As in a container with the host's user numbers, where the folder is mounted read-only: it can take the lock, by
        which rounds wait, and say so; what answers stays."""
        if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("only root can mount")
        self.assertEqual(self.client.sync().status, 0)
        store, before = self.client.store, self.client.octets()
        holder = subprocess.Popen(["unshare", "-m", "bash", "-c", 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&'
                                   'cd "$1" && ! : >>lock && exec 3<lock && flock -x 3 && echo locked && read line', "bash", store],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(holder.communicate)
        self.assertEqual(holder.stdout.readline(), "locked\n")
        self.registry.publish(42, make_text(60, 42))
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 1)
        self.assertIn("another gitdns-syncd is at work in it", outcome.lines[-1])
        self.assertEqual(self.client.octets(), before)
        holder.communicate("over\n")
        self.assertEqual(self.client.sync().status, 0)
        self.assertNotEqual(self.client.octets(), before)


if __name__ == "__main__":
    lab.main()
