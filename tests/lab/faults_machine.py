"""What edits a whole machine, while a system call fails: scenarios of tests/faults."""
import glob
import os
import pathlib
import re
import shutil
import stat
import subprocess

from lab import nsswitch
from lab.client import Client, Outcome
from lab.faults import Scenario
from lab.machine import OUTAGE
from lab.programs import HANG, ROOT, program, run
from lab.publish_hosts import hosts_of, publish
from lab.registry import NAME, Key


class Enable(Scenario):
    """`gitdns enable`, on the lab's machine."""
    name = "enable"
    BEFORE = nsswitch.FILE % "hosts: files dns"
    AFTER = nsswitch.FILE % f"hosts: files {OUTAGE} dns gitdns"
    # dlopen's words hold the error's only sometimes.
    other_words = ("cannot open shared object file", "failed to map segment", "cannot ", "cannot be loaded")

    def __init__(self, _):
        self.reset()
        self.attributes = self.look()

    def reset(self):
        for path in glob.glob(nsswitch.PATH + "?*"):
            os.unlink(path)
        nsswitch.put(self.BEFORE)
        os.chmod(nsswitch.PATH, 0o640)
        try:
            os.setxattr(nsswitch.PATH, "user.gitdns", b"kept")
        except OSError:
            pass  # not on this file system

    def look(self):
        """What is to be kept of the file."""
        status = os.stat(nsswitch.PATH)
        try:
            attribute = os.getxattr(nsswitch.PATH, "user.gitdns")
        except OSError:
            attribute = None
        return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, attribute

    def command(self, strace):
        return [*strace, program("GITDNS"), "enable"]

    def unlike(self, text):
        if nsswitch.read().decode() != text:
            yield f"{nsswitch.PATH} is {nsswitch.read()}"
        if self.look() != self.attributes:
            yield f"its attributes are {self.look()}"

    def complaints(self, outcome):
        said = " ".join(outcome.lines)
        if outcome.status == 0 or "; the line is changed, but may not outlast a crash" in said or outcome.mute:
            yield from self.unlike(self.AFTER)
            if not outcome.mute and f"+hosts: files {OUTAGE} dns gitdns" not in outcome.out:
                yield "does not show the new line"
            if not os.path.exists(nsswitch.SAVED):
                yield "has not saved the old line"
        elif said.endswith("; nothing changed"):
            yield from self.unlike(self.BEFORE)
            if os.path.exists("/etc/gitdns"):
                yield f"there is {glob.glob('/etc/gitdns*/*')}"
        else:
            yield "does not say what became of the line"
        yield from self.again()

    def again(self):
        for command, text in (("enable", self.AFTER), ("disable", self.BEFORE)):
            status, out, error = nsswitch.gitdns(command)
            if status != 0 or error:
                yield f"and {command} after it: exit {status}, {out!r}, {error!r}"
            yield from (f"after {command} {what}" for what in self.unlike(text))
        left = glob.glob(nsswitch.PATH + "?*") + glob.glob("/etc/gitdns")
        if left:
            yield f"there is {left}"


class Upgrade(Scenario):
    """The package gitdns's script of an upgrade from a version whose copy was root's. Needs a machine that may be
    changed: tests/packaging/machine."""
    name = "upgrade"
    follow = True
    # Debian's own: chown(1) passes over a folder of which it is not told, and others say nothing.
    left_alone = ("newfstatat", "fstat", "close")
    environment = {"DEBIAN_HAS_FRONTEND": "1"}  # debconf need not run: it is asked nothing
    other_words = ("",)  # those of Debian's own programs
    STORE = pathlib.Path("/var/lib/gitdns")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        run("cmake", "--install", os.environ["BUILD"], "--prefix", "/usr")
        pathlib.Path(nsswitch.PATH).write_text(Enable.AFTER)
        key, tree, hosts = Key(folder, "ours"), self.folder / "tree", self.folder / "hosts"
        hosts.write_text(hosts_of(100))
        publish(tree, NAME, key.secret, hosts)
        self.client = Client(folder, [tree.as_uri() + "/"], [key.public])
        assert self.client.sync().status == 0
        self.octets = self.client.octets()
        self.configure(key)
        self.reset()
        self.again()  # what the older version has had done

    @staticmethod
    def configure(key):
        """What every user may read; no round is due."""
        folder = pathlib.Path("/etc/gitdns")
        shutil.copy(key.public, folder / "ours.pub")
        (folder / "ours.pub").chmod(0o644)
        (folder / "gitdns.conf").write_text(
            f"[registry]\nname = {NAME}\nurl = file:///nowhere/\nkey = {folder}/ours.pub\n")

    def reset(self):
        shutil.rmtree(self.STORE, ignore_errors=True)
        shutil.copytree(self.client.store, self.STORE, symlinks=True)

    def command(self, strace):
        return [*strace, "sh", str(ROOT / "packaging/debian/gitdns.postinst"), "configure", "0.0.1"]

    def again(self):
        return Outcome(subprocess.run(self.command([]), capture_output=True, text=True, timeout=HANG,
                                      env=os.environ | self.environment))

    @staticmethod
    def unread(outcome):
        """For dash a script that it cannot read ends there."""
        return outcome.failed is not None and re.search(r"\bread\(10, ", outcome.failed) is not None

    def strangers(self):
        """What in the copy is not its user's."""
        return [str(path) for path in (self.STORE, *self.STORE.rglob("*")) if path.owner() != "gitdns"]

    def complaints(self, outcome):
        if outcome.status == 0 and self.strangers() and not self.unread(outcome):
            yield f"{self.strangers()} are not the user gitdns's"
        if pathlib.Path(nsswitch.PATH).read_text() != Enable.AFTER:
            yield "the hosts line is another"
        if (self.STORE / "registry.cdb").read_bytes() != self.octets:
            yield "the copy is another"
        again = self.again()
        if again.status != 0 or again.lines or self.strangers():
            yield f"and the next run: {again}, {self.strangers()}"
