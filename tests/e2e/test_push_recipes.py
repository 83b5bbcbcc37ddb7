"""The recipes of docs/push.md as they stand there; in which order and with which headers rclone is told; --after."""
import os
import pathlib
import re
import shutil
import subprocess
import textwrap

import lab
from lab import namespaces
from lab.client import Client, Outcome
from lab.pushing import Pushing, files_of, free_port, has, setgroups_allowed
from lab.registry import NAME

PAGE = pathlib.Path(__file__).parents[2] / "docs/push.md"
FOR_EVER = "public, max-age=31536000, immutable"
SHORT = "max-age=300, stale-while-revalidate=86400, stale-if-error=604800"


def recipe(start):
    """The page's indented block that begins with a line of that start."""
    text = PAGE.read_text()
    begin = text.index(f"\n    {start}") + 1
    block = re.match(r"(    .*\n|\n(?=    ))*", text[begin:])[0]
    return textwrap.dedent(block)


class Recipes(Pushing):
    def syncs(self, url):
        folder = self.folder / "client"
        shutil.rmtree(folder, ignore_errors=True)
        outcome = Client(folder, [url], [self.key.public]).sync()
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.assertIn(f": serial {self.serial}, ", outcome.out)

    def headers(self, url, *options):
        """What curl is answered: the status, and the headers by their names."""
        out = lab.run("curl", "--silent", "--show-error", "--noproxy", "*", "--dump-header", "-", "--output", "/dev/null",
                      *options, url)
        first, *lines = out.strip().splitlines()
        return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in
                                       (line.partition(":") for line in lines)}

    def serve_by_nginx(self, folder):
        if lab.find_program("nginx") is None:
            self.skipTest("nginx is not installed")
        port = free_port()
        server = recipe("server {").replace("listen 80;", f"listen 127.0.0.1:{port};")
        self.assertIn("root /srv/www/names;", server)
        self.nginx(server.replace("/srv/www/names", str(folder)), port)
        return f"http://127.0.0.1:{port}/"

    def test_nginx(self):
        if not has("curl"):
            self.skipTest("curl is not installed")
        (self.tree / "index.html").write_text("a page\n" * 1000)
        path = self.folder / "path"
        self.publish(2000)
        self.good(path)
        (path / "index.html.gz").write_bytes(b"made by hand")
        (path / ".hidden").write_text("")
        url = self.serve_by_nginx(path)
        self.syncs(url)
        gzip = ("--header", "Accept-Encoding: gzip")
        for name in ("HEAD", "index.html", ""):
            status, headers = self.headers(url + name)
            self.assertEqual((status, headers.get("cache-control")), (200, SHORT), name)
        for name in ("manifest", "manifest.minisig", "snapshot.gz"):
            status, headers = self.headers(f"{url}2/{name}", *gzip)
            self.assertEqual((status, headers.get("cache-control"), headers.get("accept-ranges")),
                             (200, FOR_EVER, "bytes"), name)
            self.assertNotIn("content-encoding", headers)
            self.assertEqual(int(headers["content-length"]), (path / "2" / name).stat().st_size)
        status, headers = self.headers(f"{url}2/snapshot.gz", "--range", "10-")
        self.assertEqual((status, headers.get("cache-control")), (206, FOR_EVER))
        status, headers = self.headers(f"{url}index.html", *gzip)
        self.assertEqual((status, headers.get("content-encoding")), (200, "gzip"))
        for name in ("2/delta-1.gz", ".hidden", ".push.lock"):
            status, headers = self.headers(url + name)
            self.assertEqual((status, headers.get("cache-control")), (404, None), name)

    def test_pages(self):
        """A bare repository stands for a Git host's, and a checkout that nginx serves for its pages."""
        if not has("git"):
            self.skipTest("git is not installed")
        bare, work, shown = (self.folder / name for name in ("names.git", "pages", "shown"))
        self.environment |= {f"GIT_{who}_{what}": "us@example.net" for who in ("AUTHOR", "COMMITTER")
                             for what in ("NAME", "EMAIL")} | {"GIT_CONFIG_GLOBAL": "/dev/null"}
        lab.run("git", "init", "--quiet", "--bare", "--initial-branch=main", bare)
        place = {"git@git.example.net:us/names.git": bare, "/srv/names-pages": work}
        self.shell(recipe("git clone"), place)
        script = recipe("#!/bin/sh")
        for serial in (1, 2):
            self.shell(script, place, GITDNS_DIR=self.tree, GITDNS_SERIAL=serial)
            shutil.rmtree(shown, ignore_errors=True)
            lab.run("git", "clone", "--quiet", bare, shown)
            self.assertEqual(lab.run("git", "-C", shown, "log", "-1", "--format=%s").strip(), f"Serial {serial}")
            found = {name: octets for name, octets in files_of(shown).items() if not name.startswith(".git/")}
            self.assertEqual(found, files_of(self.tree) | {".nojekyll": b""})
            self.publish()
        self.serial = 2
        self.syncs(self.serve_by_nginx(shown))

    def shell(self, script, place, **environment):
        for name, other in place.items():
            self.assertIn(name.split("/")[-1].split(":")[0], script + "names.git")
            script = script.replace(name, str(other))
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "gitdns-push").unlink(missing_ok=True)
        (folder / "gitdns-push").symlink_to(lab.program("PUSH"))
        done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, timeout=lab.HANG,
                              env=self.environment | {"PATH": f"{folder}:{os.environ['PATH']}"} |
                              {name: str(value) for name, value in environment.items()})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_mirrors_that_fetch(self):
        if not has("rsync") or not setgroups_allowed():
            self.skipTest("no rsync daemon here")
        word, folder = self.daemon()
        self.good(word)
        (folder / ".push.lock").write_text("")
        mirror = self.folder / "mirror"
        for _ in range(2):
            self.shell(recipe("rsync -rt"), {"rsync://mirror.example.net/names": word, "/srv/www/names": mirror})
            self.same(mirror)
            self.publish()
            self.good(word)


class Rclone(Pushing):
    """What a store is told, seen by a program of rclone's name in between."""

    def test_order(self):
        if not has("rclone"):
            self.skipTest("rclone is not installed")
        word, _ = self.webdav()
        for _ in range(8):
            self.publish()
        self.good(word)
        self.publish()
        (self.tree / "index.html").write_text("a page\n")
        folder, log = self.folder / "bin", self.folder / "log"
        folder.mkdir()
        (folder / "rclone").write_text(f'#!/bin/sh\necho "$@" >>{log}\nexec {shutil.which("rclone")} "$@"\n')
        (folder / "rclone").chmod(0o755)
        self.assertIn(" 1 removed", self.good(word, PATH=f"{folder}:{os.environ['PATH']}").out)
        lines = log.read_text().splitlines()
        commands = [line.split()[0] for line in lines]
        self.assertEqual(commands, ["lsf", "cat", "cat", "copy", "check", "copy", "check", "cat", "cat", "rcat", "cat",
                                    "delete"])
        put = [re.search(r"--header-upload=Cache-Control: (.*?) --", line) for line in lines]
        self.assertEqual([match[1] for match in put if match], [FOR_EVER, SHORT, SHORT])


class After(Pushing):
    """gitdns-publish --after."""

    def publish_hosts(self, names, *options):
        hosts = self.folder / "hosts"
        hosts.write_text("".join(f"9.9.9.{i} n{i}.quad9.net\n" for i in range(1, names + 1)))
        return Outcome(subprocess.run([lab.program("PUBLISH"), "--to", self.folder / "own", "--name", NAME, "--key",
                                       self.key.secret, "--hosts", hosts, *options], capture_output=True, text=True,
                                      timeout=lab.HANG, env=self.environment))

    def test_after(self):
        """Once something new is published, and only then; what it returns, and that what is published stays."""
        said = self.folder / "said"
        after = f'echo "$GITDNS_SERIAL $GITDNS_DIR $(cat "$GITDNS_DIR/HEAD") $(LC_ALL=C ls -A "$GITDNS_DIR")" >>{said}'
        own = self.folder / "own"
        for names in (20, 20, 21):
            outcome = self.publish_hosts(names, "--after", after)
            self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.assertEqual(said.read_text(), f"1 {own} 1 1\nHEAD\nindex.html\n2 {own} 2 1\n2\nHEAD\nindex.html\n")
        self.assertEqual(self.publish_hosts(2, "--after", after).status, 3)
        self.assertEqual(said.read_text().count(str(own)), 2)
        for command, cause in (("exit 7", "exit status 7"), ("kill -9 $$", "killed by signal 9")):
            serial = int((own / "HEAD").read_text())
            outcome = self.publish_hosts(22 + serial, "--after", command)
            self.assertEqual((outcome.status, outcome.lines), (4, [f"gitdns-publish: --after: {cause}; published"]))
            self.assertEqual((own / "HEAD").read_text(), f"{serial + 1}\n")

    def test_push(self):
        """As the page has it."""
        command = re.search(r"--after '(.*)'", PAGE.read_text())[1]
        command = command.replace("gitdns-push", lab.program("PUSH"), 1).replace("/srv/mirror", str(self.folder))
        outcome = self.publish_hosts(20, "--after", command.replace(" rclone:store:names-bucket", ""))
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.assertEqual(files_of(self.folder / "names"), files_of(self.folder / "own"))


if __name__ == "__main__":
    lab.need("minisign")
    namespaces.enter()
    lab.main()
