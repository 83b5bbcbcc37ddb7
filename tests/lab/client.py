"""gitdns-syncd --once, with a configuration and a store of its own."""
import pathlib
import re
import shutil
import subprocess

from lab.programs import HANG, plain_environment, program
from lab.registry import NAME


class Outcome:
    def __init__(self, process):
        self.status = process.returncode
        self.lines = process.stderr.splitlines()
        self.out = process.stdout

    def __str__(self):
        return f"exit {self.status}, stdout {self.out!r}, stderr {self.lines}"


class Client:
    """A machine's configuration and store."""

    def __init__(self, folder, urls, keys, **settings):
        self.folder = pathlib.Path(folder)
        self.store = self.folder / "store"
        self.store.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "gitdns.conf"
        self.configure(urls, keys, **settings)

    def configure(self, urls, keys, private="no", name=NAME, **settings):
        settings = {"connect-timeout": "30s", "stall-timeout": "30s", "round-timeout": "240s", **settings}
        self.config.write_text(
            f"[registry]\nname = {name}\nprivate = {private}\n"
            + "".join(f"url = {url}\n" for url in urls)
            + "".join(f"key = {key}\n" for key in keys)
            + f"[sync]\ndirectory = {self.store}\n"
            + "".join(f"{setting} = {value}\n" for setting, value in settings.items()))

    def command(self):
        return [program("SYNCD"), "--once", "--config", str(self.config)]

    def sync(self, prefix=(), timeout=HANG):
        return Outcome(subprocess.run([*prefix, *self.command()], capture_output=True, text=True,
                                      timeout=timeout, env=plain_environment()))

    def octets(self):
        path = self.store / "registry.cdb"
        return path.read_bytes() if path.exists() else None

    def names(self, folder=None):
        """What lies in the store's folder but for locks, the policy and the serials that are kept, `serials/N.cdb`."""
        folder = folder or self.store
        files = [str(path.relative_to(folder)) for path in folder.rglob("*") if path != folder / "serials"]
        return sorted(name for name in files if not re.fullmatch(r"lock|policy\.(cdb|lock)|serials/\d+\.cdb", name))

    def kept(self):
        return sorted(int(path.stem) for path in self.store.glob("serials/*.cdb"))

    def forget(self):
        """Takes away all stores."""
        (self.store / "registry.cdb").unlink()
        shutil.rmtree(self.store / "serials", ignore_errors=True)
