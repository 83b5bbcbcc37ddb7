"""A published folder that was lost, and a list of names that is fetched, while a system call fails: a scenario of
tests/faults."""
import gzip
import pathlib
import shutil
import subprocess

from lab.client import Client, Outcome
from lab.faults import Scenario
from lab.limited_nameserver import DOMAIN, Limited
from lab.programs import HANG, plain_environment, program
from lab.registry import NAME, Key
from lab.web_server import Server

RESOLVER = "127.0.3.1"
SERIALS = 3


class Restored(Scenario):
    """The serials 1 to 3 come back from a mirror, and 4 has the names of the new list."""
    name = "restore"
    # libcurl takes a file whose reading fails for one that ends there; minisign has words of its own.
    other_words = ("libcurl failed", "libcurl does not start", "Couldn't connect to server", "Couldn't open file",
                   "minisign: ", "not a gitdns manifest", "size differs", "HEAD is not a serial", "not a minisign signature",
                   "signature does not match", "SHA-256 differs")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.key = Key(folder, "ours")
        self.tree, self.state = self.folder / "tree", self.folder / "tree.state"
        self.mirror, self.prepared = self.folder / "mirror", self.folder / "prepared.state"
        self.dns = Limited(RESOLVER).__enter__()
        self.server = Server(self.folder / "lists").__enter__()
        (self.folder / "lists").mkdir()
        for serial in range(1, SERIALS + 1):
            self.list_of(10 + serial)
            assert self.run().status == 0
        self.tree.rename(self.mirror)
        self.state.rename(self.prepared)
        self.client = Client(self.folder / "client", [self.mirror.as_uri() + "/"], [self.key.public])
        assert self.client.sync().status == 0
        self.client.store.rename(self.folder / "store")
        self.client = Client(self.folder / "client", [self.tree.as_uri() + "/"], [self.key.public])
        self.texts = {SERIALS: self.text(self.mirror)}
        self.list_of(20)
        self.reset()
        assert self.run().status == 0
        self.texts[SERIALS + 1] = self.text(self.tree)

    def list_of(self, count):
        (self.folder / "lists" / "list").write_text("".join(f"n{i:x}.{DOMAIN}\n" for i in range(count)))

    def command(self, strace):
        return [*strace, program("PUBLISH"), "--to", str(self.tree), "--name", NAME, "--key", str(self.key.secret),
                "--names", self.server.url + "list", "--resolver", RESOLVER, "--restore", self.mirror.as_uri() + "/"] \
            if self.mirror.exists() else self.command_before()

    def command_before(self):
        return [program("PUBLISH"), "--to", str(self.tree), "--name", NAME, "--key", str(self.key.secret),
                "--names", self.server.url + "list", "--resolver", RESOLVER]

    def run(self):
        return Outcome(subprocess.run(self.command([]), capture_output=True, text=True, timeout=HANG,
                                      env=plain_environment()))

    def reset(self):
        for folder in (self.tree, self.state):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.prepared, self.state)

    def head(self):
        path = self.tree / "HEAD"
        return int(path.read_text()) if path.exists() else 0

    @staticmethod
    def text(tree):
        head = (tree / "HEAD").read_text().strip()
        return gzip.decompress((tree / head / "snapshot.gz").read_bytes())

    def untaken(self):
        """A client that has serial 3 takes what there is."""
        shutil.rmtree(self.client.store)
        shutil.copytree(self.folder / "store", self.client.store, symlinks=True)
        outcome = self.client.sync()
        if outcome.status != 0 or outcome.lines:
            yield f"a client: {outcome}"

    def complaints(self, outcome):
        head = self.head()
        if head not in (0, SERIALS, SERIALS + 1):
            yield f"HEAD is {head}"
        if head and self.text(self.tree) not in self.texts.values():
            yield f"serial {head} is not whole"
        if outcome.status == 0 and head != SERIALS + 1 and not outcome.lines:
            yield "has published nothing"
        if outcome.status != 0 and outcome.lines and not outcome.mute and not any(
                line.endswith(("; nothing published", "may undo it")) for line in outcome.lines):
            yield "does not say what is published"
        if outcome.status != 0 and head > SERIALS and any(line.endswith("; nothing published") for line in outcome.lines):
            yield "has published"
        if head:
            yield from self.untaken()
        again = self.run()
        if again.status != 0 or any("going on with" not in line for line in again.lines):
            yield f"and the next run: {again}"
        elif self.head() <= SERIALS or self.text(self.tree) != self.texts[SERIALS + 1]:
            yield f"after the next run HEAD is {self.head()}"
        else:
            yield from (f"after the next run {what}" for what in self.untaken())
