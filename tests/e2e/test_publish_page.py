"""How the page for people comes into a published folder, and goes; what it does there: tests/e2e/test_page.py."""
import base64
import hashlib
import os
import re
import shutil

import lab
from lab.publish_hosts import Publisher, contents, hosts_of
from lab.registry import NAME, Key

OTHERS, LINK = "not made by gitdns-publish", "Too many levels of symbolic links"


class PublishPage(Publisher):
    def setUp(self):
        super().setUp()
        self.page = self.tree / "index.html"

    def settings(self):
        found = re.search(r"<pre id=\"settings\">(.*?)</pre>", self.page.read_text(), re.S)[1]
        return re.sub("<[^>]*>", "", found).splitlines()

    def test_settings(self):
        second = Key(self.folder, "second")
        line = {key: f"key = {key.public.read_text().splitlines()[1]}" for key in (self.key, second)}
        head = [f"[registry {NAME}]", "url = THE ADDRESS OF THIS FOLDER"]
        self.start(hosts_of(3))
        self.assertEqual(self.settings(), [*head, line[self.key]])
        self.published("--key", second.secret)
        self.assertEqual(self.settings(), [*head, line[self.key], line[second]])
        self.published("--private")
        self.assertEqual(self.settings(), [*head, line[self.key], "private = yes"])
        own = self.folder / "own.names"
        own.write_text("")
        lab.run(lab.program("PUBLISH"), "--to", self.tree, "--name", NAME, "--key", self.key.secret, "--revert", "1",
                "--private-names", own)
        self.assertEqual(self.settings(), [*head, line[self.key], "private = some"])

    def test_put_where_it_differs(self):
        self.start(hosts_of(3))
        whole, before = self.page.read_bytes(), self.page.stat()
        self.assertEqual(before.st_mode & 0o7777, 0o644)
        self.published(text=hosts_of(4))
        self.assertEqual(self.page.stat().st_ino, before.st_ino)
        for other in (whole + b"x", whole[:-1], None):
            if other is None:
                self.page.unlink()
            else:
                self.page.write_bytes(other)
            self.assertIn("unchanged", self.published().out)
            self.assertEqual(self.page.read_bytes(), whole)

    def test_of_others(self):
        """What somebody else has put there stays, and a line says so; without a page nothing is said."""
        self.start(hosts_of(3))
        ours = self.page.read_text()
        mark = ours.splitlines(keepends=True)[1]
        link, large = self.folder / "elsewhere.html", "x" * 1000000
        link.write_text(ours)
        for serial, other in enumerate(("", "<html>mine", ours.replace(mark, ""), large, None), 2):
            self.page.unlink()
            if other is None:
                self.page.symlink_to(link)
            else:
                self.page.write_text(other)
            before = contents(self.tree)["index.html"]
            for options in ((), ("--no-page",)):
                outcome = self.publish(*options, text=hosts_of(2 + serial))
                cause = LINK if other is None else OTHERS
                said = f"gitdns-publish: {self.page}: {cause}; left alone, see --no-page"
                self.assertEqual((outcome.status, outcome.lines), (0, [] if options else [said]))
                self.assertEqual(contents(self.tree)["index.html"], before)
            self.assertEqual(self.head(), serial)
        self.assertTrue(self.page.is_symlink())

    def test_no_page(self):
        self.published("--no-page", text=hosts_of(3))
        self.assertFalse(self.page.exists())
        self.published()
        self.assertTrue(self.page.exists())
        self.published("--no-page")
        self.assertFalse(self.page.exists())

    def test_failed(self):
        """A first publication that fails at its last step leaves no page; one that cannot be written ends nothing."""
        (self.tree / "HEAD.new" / "in-the-way").mkdir(parents=True)
        self.refused("HEAD", text=hosts_of(3))
        shutil.rmtree(self.tree / "HEAD.new")
        (self.tree / "index.html.new" / "in-the-way").mkdir(parents=True)
        outcome = self.publish()
        self.assertEqual((outcome.status, outcome.lines),
                         (0, [f"gitdns-publish: {self.tree}/index.html: Is a directory"]))
        self.assertEqual(self.head(), 1)

    def test_policy(self):
        """A browser runs what the policy names by hash, and nothing but that is in the page; nor is anything outside."""
        self.start(hosts_of(3))
        page = self.page.read_bytes().decode("ascii", errors="backslashreplace")
        octets = self.page.read_bytes()
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
        parts = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
        self.assertEqual(set(parts), {"default-src", "base-uri", "form-action", "connect-src", "img-src", "style-src",
                                      "script-src", "worker-src"})
        self.assertEqual([parts[rule] for rule in ("default-src", "base-uri", "form-action", "connect-src")],
                         [["'none'"], ["'none'"], ["'none'"], ["'self'"]])
        for rule, tag in (("style-src", b"style"), ("script-src", b"script")):
            inside = re.findall(b"<" + tag + b">(.*?)</" + tag + b">", octets, re.S)
            hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(part).digest()).decode()}'" for part in inside]
            self.assertEqual(parts[rule], hashes)
        self.assertEqual(page.count("{{"), 0)
        self.assertEqual(re.findall(r"(?:src|href)=\"(?!HEAD\"|data:,\")", page), [])
        self.assertEqual(set(re.findall(r"https?://[^'\"\s]*", page)), {"http://www.w3.org/2000/svg", "http://"})
        unsafe = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|style=\"|\bon[a-z]+=\""
        self.assertEqual(re.findall(unsafe, page), [])


if __name__ == "__main__":
    os.umask(0o022)
    lab.main()
