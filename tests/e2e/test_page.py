"""The page for people in a published folder, in a real browser; tests/e2e/test_publish_page.py has how it comes there."""
import json
import pathlib
import shutil
import unittest

import lab
from lab.browser import Browser, need_browser
from lab.publish_hosts import hosts_of, publish
from lab.registry import NAME, Key, Registry, canonical
from lab.web_server import Server

GOOD = "^What lies in this folder fits together"
BAD = "^Something is wrong"
ENTER, TAB = "\ue007", "\ue004"
HOSTILE = "<img/src=x/onerror=document.title='owned'>"
# Pages that came by plain http from elsewhere have no SHA-256.
ELSEWHERE = "registry.test"


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(lab.scratch()))
        cls.key = Key(cls.folder, "ours")
        cls.tree = cls.folder / "any" / "where" / "names"
        cls.tree.parent.mkdir(parents=True)
        hosts = cls.folder / "hosts"
        for first, count in ((0, 60), (0, 62), (3, 70)):
            hosts.write_text(hosts_of(count, first=first) +
                             "8.8.8.8 xn--bcher-kva.example.org\n2620:fe::9 _odd.example.org\n")
            publish(cls.tree, NAME, cls.key.secret, hosts)
        cls.server = cls.enterClassContext(Server(cls.folder))
        cls.log = cls.folder / "net.json"
        cls.browser = cls.enterClassContext(Browser(cls.folder / "browser", f"--log-net-log={cls.log}",
                                                    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"))

    def open(self, tree=None, host=None):
        path = (tree or self.tree).relative_to(self.folder)
        url = self.server.url if host is None else self.server.url.replace("127.0.0.1", host)
        self.browser.complaints()
        self.server.requests.clear()
        self.browser.open(f"{url}{path}/index.html")
        return url

    def look_up(self, name, answer):
        self.browser.run("document.getElementById('name').value = ''")
        self.browser.type("#name", name + ENTER)
        return self.browser.await_text("#answer", answer)

    def copied(self):
        """A copy of the folder, to be spoiled."""
        tree = self.folder / "spoiled" / self.id().rsplit(".", 1)[-1]
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(self.tree, tree)
        return tree

    def test_whole(self):
        self.open()
        self.browser.await_text("#state", GOOD)
        self.assertEqual(self.browser.text("h1, #serial, #names"), f"{NAME}\n3\n72")
        self.assertRegex(self.browser.text("#created"), r"^20\d\d-\d\d-\d\d \d\d:\d\d\nUTC, \d+ minutes? ago$")
        self.assertRegex(self.browser.text("#expires"), r"^20\d\d-\d\d-\d\d \d\d:\d\d\nUTC, in 60 days$")
        self.assertEqual(self.browser.text("#faults"), "")
        self.assertEqual(self.browser.complaints(), [])
        settings = self.browser.text("#settings").splitlines()[:3]
        key = self.key.public.read_text().splitlines()[1]
        self.assertEqual(settings, [f"[registry {NAME}]", f"url = {self.server.url}any/where/names/", f"key = {key}"])
        self.assertEqual(self.browser.run("return document.documentElement.scrollWidth <= innerWidth"), True)

    def test_look_up(self):
        self.open()
        self.browser.await_text("#state", GOOD)
        for typed in ("n3.example.org", " N3.Example.ORG. ", "https://n3.example.org:8443/a?b"):
            self.assertIn("8.0.0.3", self.look_up(typed, "n3.example.org is in serial 3"), typed)
        # The first and the last line, those that stand beside others, and those that do not stand there.
        names = sorted([f"n{i}.example.org" for i in range(3, 73)] + ["xn--bcher-kva.example.org", "_odd.example.org"],
                       key=canonical)
        for name in (names[0], names[1], names[35], names[-2], names[-1]):
            self.look_up(name, f"^{name} is in serial 3")
        self.assertIn("2620:fe::9", self.look_up("_odd.example.org", "is in serial 3"))
        self.assertIn("8.8.8.8", self.look_up("bücher.example.org", "^xn--bcher-kva.example.org is in serial 3"))
        for name in ("n2.example.org", "n3.example.or", "example.org", "a.example.org", "z.example.org", "org", "zz"):
            self.assertEqual(self.look_up(name, "serial"), f"{name} is not in serial 3.")
        for word in ("a b", "-", "..", HOSTILE):
            self.assertEqual(self.look_up(word, "host name"), "That is not a host name.")

    def test_changes(self):
        """The plot's figures are those of the table, and those are what was published."""
        self.open()
        self.browser.await_text("#state", GOOD)
        self.browser.run("document.querySelector('details').open = true")
        rows = [row.split("\t") for row in self.browser.text("#table tr").splitlines()]
        self.assertEqual([[row[0], *row[2:]] for row in rows],
                         [["3", "72", "11", "3", "0"], ["2", "64", "2", "0", "0"], ["1", "62", "", "", ""]])
        titles = self.browser.run("return Array.from(document.querySelectorAll('#plot title'), t => t.textContent)")
        self.assertRegex(titles[0], "^serial 1, .*: 62 names, what changed: not known$")
        self.assertRegex(titles[2], "^serial 3, .*: 72 names, \\+11 −3 ~0$")
        heights = self.browser.run("""return ['added', 'removed', 'changed'].map(name => Array.from(
            document.querySelectorAll('#plot rect.' + name), bar => Number(bar.getAttribute('height'))))""")
        self.assertEqual([len(of) for of in heights], [2, 1, 0])
        self.assertAlmostEqual(heights[0][1] / heights[1][0], 11 / 3)
        described = self.browser.run("return document.querySelector('#plot svg').getAttribute('aria-label')")
        self.assertIn("serial 1 to 3. Newest: 72 names, +11 −3 ~0.", described)

    def test_keyboard(self):
        """All that can be done, by keys alone."""
        self.open()
        self.browser.await_text("#state", GOOD)
        self.browser.press(TAB, *"n5.example.org", ENTER)
        self.browser.await_text("#answer", "8.0.0.5")
        self.browser.press(TAB, TAB, ENTER)
        self.browser.await_text("#table", "72")
        self.browser.press(TAB, ENTER)
        self.browser.await_text("#copied", "Copied|Selected")

    def test_copy(self):
        self.open()
        self.browser.devtools("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        self.browser.run("document.getElementById('copy').click()")
        self.browser.await_text("#copied", "Copied")
        self.assertEqual(self.browser.run("return navigator.clipboard.readText()").split("\n")[0], f"[registry {NAME}]")

    def spoil(self, file, spoiled, expected):
        tree = self.copied()
        if spoiled is None:
            (tree / file).unlink()
        else:
            (tree / file).write_bytes(spoiled)
        self.open(tree)
        with self.subTest(file=file, expected=expected):
            self.browser.await_text("#state", BAD)
            self.browser.await_text("#faults", expected)

    def test_half_uploaded(self):
        for file in ("HEAD", "3/manifest", "3/manifest.minisig", "3/snapshot.gz", "3/delta-2.gz"):
            octets = (self.tree / file).read_bytes()
            self.spoil(file, None, f"{file} is not there .* perhaps an upload is under way")
            if file != "HEAD":
                self.spoil(file, octets[:len(octets) // 2], "half uploaded|upload is under way")
                self.spoil(file, b"", "half uploaded|upload is under way")
        self.spoil("HEAD", b"", "HEAD holds no serial")
        self.spoil("HEAD", b"4\n", "4/manifest is not there")

    def test_tampered(self):
        for file in ("3/snapshot.gz", "3/delta-2.gz", "2/manifest", "2/delta-1.gz"):
            octets = (self.tree / file).read_bytes()
            # The fifth octet of a gzip file is that of a time: nothing but a hash minds it.
            for at in (4, len(octets) // 2):
                self.spoil(file, octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:], f"{file} .*tampered")
        self.spoil("3/snapshot.gz", (self.tree / "3/snapshot.gz").read_bytes() + b"x", "tampered")
        self.look_up("n5.example.org", "^No names can be shown.*tampered")
        manifest = (self.tree / "3/manifest").read_bytes()
        self.spoil("3/manifest", manifest.replace(b"names 72\n", b"names 71\n"), "snapshot.gz has not the names")
        self.spoil("3/manifest", manifest.replace(b"serial 3\n", b"serial 4\n"), "3/manifest says that it is serial 4")
        self.spoil("3/manifest", manifest.replace(NAME.encode(), b"another"), "the manifest is of the registry another")
        self.spoil("3/manifest", manifest + b"x\n", "3/manifest is no manifest")
        Key(self.folder, "theirs").sign(self.tree / "3/manifest", "x", out=self.folder / "theirs.minisig")
        self.spoil("3/manifest.minisig", (self.folder / "theirs.minisig").read_bytes(), "is by another key")

    def test_encoded(self):
        """A server that calls the snapshot a text that it has compressed; a browser undoes that."""
        path = f"/{self.tree.relative_to(self.folder)}/3/snapshot.gz"
        octets = (self.tree / "3/snapshot.gz").read_bytes()
        self.server.rules[path] = lambda handler: handler.answer(200, octets, {"Content-Encoding": "gzip"})
        self.addCleanup(self.server.rules.clear)
        self.open()
        self.browser.await_text("#faults", "3/snapshot.gz .* the server sends it with a Content-Encoding")

    def test_expired(self):
        registry = Registry(self.copied(), self.key)
        registry.publish(4, b"a.example.org 8.8.8.8\n", created=1, expires=86401)
        self.open(registry.folder)
        self.browser.await_text("#expires", "ago: machines do not answer from it any more")

    def test_hostile(self):
        """What a registry says is text, whatever it looks like."""
        registry = Registry(self.copied(), self.key)
        registry.publish(4, f"a.example.org 8.8.8.8 {HOSTILE} cname={HOSTILE}\n".encode())
        self.open(registry.folder)
        self.browser.await_text("#state", GOOD)
        self.assertEqual(self.look_up("a.example.org", "serial").count(HOSTILE), 2)
        self.assertEqual(self.browser.run("return [document.images.length, document.title]"),
                         [0, f"{NAME}: a registry of names"])

    def test_bomb(self):
        """A snapshot that becomes larger than its manifest says."""
        registry = Registry(self.copied(), self.key)
        registry.publish(4, b"a.example.org 8.8.8.8\n" * 100000, text_octets=30, names=1)
        self.open(registry.folder)
        self.browser.await_text("#faults", "4/snapshot.gz becomes larger than the manifest says")

    def test_without_hashes(self):
        """By plain http a browser has none: the page says so, and works."""
        self.open(host=ELSEWHERE)
        self.browser.await_text("#state", GOOD)
        self.assertIn("hashes: a browser checks them only where", self.browser.text("#checks"))
        self.look_up("n5.example.org", "8.0.0.5")

    def test_from_disk(self):
        """Where no page may read what lies beside it, the folder can be chosen."""
        self.browser.open(f"file://{self.tree}/index.html")
        self.browser.await_text("#picker", "choose it here")
        self.browser.type("#folder", str(self.tree / "1"))
        self.browser.await_text("#faults", "HEAD is not there")
        self.browser.type("#folder", str(self.tree))
        self.browser.await_text("#state", GOOD)
        self.assertEqual(self.browser.text("#faults"), "")
        self.look_up("n5.example.org", "8.0.0.5")
        self.look_up("n2.example.org", "is not in serial 3")

    def test_without_javascript(self):
        self.browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
        self.addCleanup(self.browser.devtools, "Emulation.setScriptExecutionDisabled", value=False)
        self.open()
        self.assertEqual(self.server.requests[1:], [])
        seen = self.browser.ask("GET", f"/element/{self.browser.element('body')}/text")
        for words in (NAME, "JavaScript, which is off here", "snapshot.gz", "url = THE ADDRESS OF THIS FOLDER",
                      self.key.public.read_text().splitlines()[1], "proves nothing by itself"):
            self.assertIn(words, seen)
        for words in ("Look a name up", "What changed lately", "Copy these lines"):
            self.assertNotIn(words, seen)

    def test_screens(self):
        """Nothing is wider than a telephone's screen; in the dark it is dark."""
        self.addCleanup(self.browser.show, 1400, 900, "light")
        grounds = []
        for width, scheme in ((360, "light"), (360, "dark"), (1400, "light"), (1400, "dark")):
            self.browser.show(width, 800, scheme)
            self.open()
            self.browser.await_text("#state", GOOD)
            self.look_up("n5.example.org", "8.0.0.5")
            self.assertEqual(self.browser.run("return [innerWidth, document.documentElement.scrollWidth]"), [width, width])
            grounds.append(self.browser.run("return getComputedStyle(document.body).backgroundColor"))
        self.assertEqual(grounds[0], grounds[2])
        self.assertEqual(grounds[1], grounds[3])
        self.assertNotEqual(grounds[0], grounds[1])

    def test_large(self):
        """Many names are fetched once somebody asks, and not before."""
        text = b"".join(b"%x.example.org 8.8.8.8\n" % i for i in range(10))
        registry = Registry(self.copied(), self.key)
        registry.publish(4, text, snapshot=b"\0" * (4 * 1024 * 1024 + 1))
        self.open(registry.folder)
        self.browser.await_text("#state", "^What has been read of this folder fits together")
        self.assertIn("is there; what is in it is checked when a name is looked up", self.browser.text("#checks"))
        self.assertIn("fetches all names, 4.2 MB", self.browser.text("#size"))
        self.look_up("a.example.org", "^No names can be shown. 4/snapshot.gz cannot be decompressed")
        self.browser.await_text("#state", BAD)

    def test_zz_requests(self):
        """No request leaves the folder, by what the browser has noted of all tests before."""
        self.open()
        self.browser.await_text("#state", GOOD)
        self.look_up("n5.example.org", "8.0.0.5")
        path = f"/{self.tree.relative_to(self.folder)}/"
        self.assertEqual([asked for asked, *_ in self.server.requests if not asked.startswith(path)], [])
        self.browser.end()
        noted = json.loads(self.log.read_text())
        started = noted["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
        requests = [event["params"] for event in noted["events"]
                    if event["type"] == started and "url" in event.get("params", {})]
        # What the browser asks for on its own account has neither the page's origin nor its partition.
        ours = [request["url"] for request in requests if request["initiator"] != "not an origin" or
                any(host in request.get("network_isolation_key", "") for host in ("127.0.0.1", ELSEWHERE))]
        elsewhere = self.server.url.replace("127.0.0.1", ELSEWHERE)
        folders = tuple(f"{url}{path}/" for url in (self.server.url, elsewhere) for path in ("any/where/names", "spoiled"))
        self.assertEqual([url for url in ours if not url.startswith(folders)], [])
        self.assertGreaterEqual(len(ours), 10)


if __name__ == "__main__":
    need_browser()
    lab.enter()
    lab.main()
