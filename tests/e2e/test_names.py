"""gitdns names: ten machines' configuration, in tests/e2e/configurations, each with the hosts that a person finds there."""
import json
import os
import pathlib
import subprocess
import unittest

import lab
from lab.programs import HANG, ROOT, program, scratch, unprivileged

CONFIGURATIONS = sorted((ROOT / "tests" / "e2e" / "configurations").iterdir())
SHARE = 0.95  # of the hosts that a person finds


def read_configuration(path):
    """The files, `==> PATH` before each, and the hosts."""
    files = {}
    for part in path.read_text().split("==> ")[1:]:
        name, text = part.split("\n", 1)
        files[name] = text
    return files, set(files.pop("hosts").split())


def plant(root, files):
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def gitdns(*arguments, prefix=()):
    return subprocess.run([*prefix, program("GITDNS"), "names", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=HANG)


class Names(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch()))

    def names(self, *arguments, root=None):
        done = gitdns("--root", root or self.folder, *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout.splitlines()

    def test_machines(self):
        found_of_all = hosts_of_all = 0
        for path in CONFIGURATIONS:
            files, hosts = read_configuration(path)
            root = self.folder / path.name
            plant(root, files)
            names = self.names("--home", root=root)
            self.assertEqual(names, sorted(set(names)))
            found = set(names)
            print(f"{path.name:16} {len(found & hosts):3} of {len(hosts):3} hosts; not found:"
                  f" {' '.join(sorted(hosts - found)) or 'none'}", flush=True)
            self.assertEqual(found - hosts, set(), f"{path.name}: no hosts")
            found_of_all += len(found & hosts)
            hosts_of_all += len(hosts)
        print(f"all {found_of_all} of {hosts_of_all}: {found_of_all / hosts_of_all:.1%}", flush=True)
        self.assertEqual(len(CONFIGURATIONS), 10)
        self.assertGreaterEqual(found_of_all / hosts_of_all, SHARE)

    def test_why(self):
        plant(self.folder, {"/etc/apt/sources.list": "# x\ndeb http://a.example.org x\n\ndeb http://b.example.org x\n",
                            "/etc/npmrc": "registry=https://b.example.org/\n"})
        self.assertEqual(self.names(), ["a.example.org", "b.example.org"])
        self.assertEqual(self.names("--why"), ["a.example.org /etc/apt/sources.list:2", "b.example.org /etc/apt/sources.list:4",
                                               "b.example.org /etc/npmrc:1"])
        self.assertEqual(json.loads("\n".join(self.names("--json"))), {"format": 1, "names": [
            {"name": "a.example.org", "places": ["/etc/apt/sources.list:2"]},
            {"name": "b.example.org", "places": ["/etc/apt/sources.list:4", "/etc/npmrc:1"]}]})

    def test_companions(self):
        """What a program asks because of what it was told, with the place where that stands."""
        plant(self.folder, {"/etc/pip.conf": "[global]\nindex-url = https://pypi.org/simple\n",
                            "/etc/containers/registries.conf": 'unqualified-search-registries = ["docker.io"]\n',
                            "/etc/cargo/config.toml": "# https://crates.io\n"})
        self.assertEqual(self.names("--why"), [
            f"{name} /etc/{place}" for name, place in (
                ("auth.docker.io", "containers/registries.conf:1, with docker.io"),
                ("docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com",
                 "containers/registries.conf:1, with docker.io"),
                ("docker.io", "containers/registries.conf:1"),
                ("files.pythonhosted.org", "pip.conf:2, with pypi.org"),
                ("production.cloudflare.docker.com", "containers/registries.conf:1, with docker.io"),
                ("production.cloudfront.docker.com", "containers/registries.conf:1, with docker.io"),
                ("pypi.org", "pip.conf:2"),
                ("registry-1.docker.io", "containers/registries.conf:1, with docker.io"))])

    def test_of_a_network(self):
        """Names that its DNS has for itself; short ones are searched there."""
        plant(self.folder, {"/etc/resolv.conf": "search home.arpa corp.internal local\n",
                            "/etc/fstab": "nas:/srv /srv nfs defaults 0 0\n//files.lan/x /x cifs defaults 0 0\n",
                            "/etc/wireguard/wg0.conf": "[Peer]\nEndpoint = vpn.corp.internal:51820\n",
                            "/etc/apt/sources.list": "deb http://debian.local/debian x main\n"})
        self.assertEqual(self.names(), ["files.lan", "nas.corp.internal", "nas.home.arpa", "vpn.corp.internal"])

    def test_none(self):
        self.assertEqual(self.names(), [])
        self.assertEqual(json.loads("\n".join(self.names("--json"))), {"format": 1, "names": []})

    def test_lines(self):
        """Those of sections that are off, comments and other elements count."""
        plant(self.folder, {
            "/etc/maven/settings.xml": "<settings>\n<!-- a\nb -->\n<url>\nhttps://m.example.org</url>\n<x\ny>\n"
                                       "<host>n.example.org</host></settings>\n",
            "/etc/docker/daemon.json": '{"a":\n"b",\n"registry-mirrors": [\n"https://d.example.org"\n,"https://e.example.org"\n]\n}',
            "/etc/yum.repos.d/x.repo": "[a]\nenabled=0\nbaseurl=https://f.example.org\n[b]\nbaseurl=https://g.example.org\n"})
        self.assertEqual(self.names("--why"), [
            "d.example.org /etc/docker/daemon.json:4", "e.example.org /etc/docker/daemon.json:5",
            "g.example.org /etc/yum.repos.d/x.repo:5", "m.example.org /etc/maven/settings.xml:4",
            "n.example.org /etc/maven/settings.xml:8"])

    def test_homes(self):
        plant(self.folder, {
            "/etc/passwd": "u:x:1:1::/home/u:/bin/sh\nv:x:2:2::/var/lib/v:/bin/sh\nbad\n:::::\nr:x:3:3::/:/bin/sh\n",
            "/home/u/.npmrc": "registry=https://u.example.org/", "/home/of-nobody/.npmrc": "registry=https://o.example.org/",
            "/var/lib/v/.npmrc": "registry=https://v.example.org/", "/.npmrc": "registry=https://r.example.org/"})
        self.assertEqual(self.names(), [])
        self.assertEqual(self.names("--home"), ["o.example.org", "u.example.org", "v.example.org"])

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_homes_of_others(self):
        """By a link of theirs nobody has root read what is not theirs."""
        plant(self.folder, {"/etc/secret": "registry=https://secret.example.org/", "/home/u/x": ""})
        home = self.folder / "home" / "u"
        (home / ".npmrc").symlink_to("/etc/secret")
        os.chown(home, 65534, 65534)
        done = gitdns("--root", self.folder, "--home")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("/home/u/.npmrc: Operation not permitted", done.stderr)

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_many_of_others(self):
        """Who may write a site's configuration mentions no such share of the names that a machine looks up by itself as
        gitdns-publish refuses a list for."""
        def urls(word):
            return "".join(f"[remote]\nurl = https://{word}{i:03}.example.org/\n" for i in range(200))
        plant(self.folder, {"/srv/a/.git/config": urls("a"), "/srv/b/.git/config": urls("b"), "/srv/r/.git/config": urls("r"),
                            "/etc/npmrc": "registry=https://npm.example.org/\n", "/home/u/.git/config": urls("u"), "/home/u/x": ""})
        for path, owner in (("srv/a/.git/config", 65533), ("srv/b/.git/config", 65534), ("home/u", 65533),
                            ("home/u/.git/config", 65533)):
            os.chown(self.folder / path, owner, owner)
        done = gitdns("--root", self.folder)
        names = done.stdout.split()
        self.assertEqual(sum(name[0] == "r" for name in names), 200)
        others = sum(name[0] in "ab" for name in names)
        self.assertGreater(others, 0)
        self.assertIn("npm.example.org", names)
        self.assertEqual(done.stderr.count("the rest of it is left out"), 2, done.stderr)
        lines = (ROOT / "packaging/names/infrastructure.names").read_text().splitlines()
        public = sum(line[:1] not in ("", "#") for line in lines)
        self.assertLess(10 * others, public)
        # Whoever asks for what is in homes asks for all of it.
        names = gitdns("--root", self.folder, "--home").stdout.split()
        self.assertEqual(sum(name[0] == "u" for name in names), 200)

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_links_of_others(self):
        """They lead to what is theirs, or nowhere; root's lead anywhere in the tree."""
        secret = '[remote]\nurl = https://secret.example.org/\n'
        plant(self.folder, {"/root/secret": secret, "/home/bob/secret": secret, "/srv/a/x": "",
                            "/srv/b/own": "[remote]\nurl = https://own.example.org/\n",
                            "/etc/conf": "[remote]\nurl = https://conf.example.org/\n"})
        for path, owner in (("home/bob/secret", 65533), ("srv/a", 65534), ("srv/b/own", 65534)):
            os.chown(self.folder / path, owner, owner)

        def link(path, target, owner):
            path = self.folder / path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)
            os.lchown(path, owner, owner)
            return path
        link("srv/c/.git/config", "/etc/conf", 0)
        link("srv/d/.git/config", "/srv/b/own", 65534)
        link("srv/e", "/srv/d", 0)
        self.assertEqual(self.names(), ["conf.example.org", "own.example.org"])
        for target, owner in (("/root/secret", 65534), ("../../../root/secret", 65534), ("/home/bob/secret", 65534),
                              ("/etc/conf", 65534)):
            path = link("srv/a/.git/config", target, owner)
            done = gitdns("--root", self.folder, "--why")
            self.assertNotIn("secret", done.stdout)
            self.assertIn("/srv/a/.git/config: Operation not permitted", done.stderr)
            path.unlink()
        # By a folder, and by one that leads to another's.
        link("root/r/config", "/root/secret", 0)
        (self.folder / "srv/a/.git").rmdir()
        link("srv/a/.git", "/root/r", 65534)
        link("srv/f/.git/config", "/srv/d/.git/config", 65533)
        self.assertEqual(gitdns("--root", self.folder).stdout.split(), ["conf.example.org", "own.example.org"])

    def test_opens_no_device(self):
        """A FIFO stands for one: whoever waits to write to it learns that it was opened."""
        plant(self.folder, {"/etc/cron.d/a": "* * * * * root curl https://a.example.org\n"})
        device = self.folder / "device"
        os.mkfifo(device)
        waits = subprocess.Popen(["sh", "-c", 'exec 3>"$0"', str(device)])
        self.addCleanup(waits.wait)
        self.addCleanup(waits.kill)
        (self.folder / "var/lib/x").mkdir(parents=True)
        for path in ("etc/npmrc", "etc/cron.d/b", "var/lib/x/.git", "etc/resolv.conf", "etc/passwd", "home"):
            (self.folder / path).symlink_to("/device")
        done = gitdns("--root", self.folder, "--home")
        self.assertEqual((done.returncode, done.stdout), (0, "a.example.org\n"))
        self.assertIn("/etc/npmrc: Invalid argument", done.stderr)
        self.assertIsNone(waits.poll(), "it was opened")

    def test_unreadable(self):
        """What is not for the caller is left out."""
        prefix = unprivileged()
        if prefix is None:
            self.skipTest("root is not to be given up")
        plant(self.folder, {"/etc/npmrc": "registry=https://a.example.org/", "/etc/pip.conf": "index-url=https://b.example.org/"})
        (self.folder / "etc/npmrc").chmod(0)
        done = gitdns("--root", self.folder, prefix=prefix)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "b.example.org\n", ""))
        done = gitdns("--root", self.folder, "--why", prefix=prefix)
        self.assertIn("/etc/npmrc: Permission denied", done.stderr)

    def test_words(self):
        """What a file's name has in it does not get to a terminal."""
        plant(self.folder, {"/etc/cron.d/\x1b[2Jx\ny": "* * * * * root curl https://a.example.org\n"})
        self.assertEqual(self.names("--why"), ["a.example.org /etc/cron.d/?[2Jx?y:1"])

    def test_root_that_is_not_there(self):
        done = gitdns("--root", self.folder / "x")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, f"gitdns: {self.folder}/x: No such file or directory\n")

    def test_this_machine(self):
        """Nothing is written, and no socket opened; of this system whatever there is."""
        done = gitdns()
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in done.stdout.splitlines():
            self.assertRegex(name, r"\A[a-z0-9_.-]+\.[a-z0-9-]+\Z")


if __name__ == "__main__":
    lab.main()
