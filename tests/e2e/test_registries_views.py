"""What people see of several registries: each command of one or all of them, which store answers a name, and why
another is passed over."""
import json
import pathlib
import shutil
import subprocess
import unittest

import lab
from lab.client import Outcome
from lab.programs import HANG, plain_environment, program, scratch
from lab.registry import Key, Registry, canonical

TEXTS = {
    "corp": {"both.example.net": "10.0.0.1", "in.corp.example.org": "10.0.0.2", "only-corp.example.net": "10.0.0.3"},
    "local": {"both.example.net": "9.9.9.1", "local.example.net": "9.9.9.2", "top.example.net": "9.9.9.4 2620:fe::fe"},
    "starter": {"both.example.net": "8.8.8.1", "in.corp.example.org": "8.8.8.2", "other.corp.example.org": "8.8.8.3",
                "starter.example.net": "8.8.8.4", "top.example.net": "8.8.8.5"},
}
CHOICES = "corp, local, starter"


def text_of(records):
    return "".join(f"{name} {records[name]}\n" for name in sorted(records, key=canonical)).encode()


class Views(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch()))
        self.key = Key(self.folder, "ours")
        self.published = {}
        for name, records in TEXTS.items():
            self.published[name] = Registry(self.folder / "tree" / name, self.key, name)
            self.published[name].publish(1, text_of(records))
        self.store = self.folder / "store"
        self.store.mkdir()
        self.config = self.folder / "gitdns.conf"
        self.configure()

    def section(self, name, heading=None, more=""):
        return (f"{heading or f'[registry {name}]'}\nurl = {self.published[name].folder.as_uri()}/\n"
                f"key = {self.key.public}\n" + (f"name = {name}\n" if heading else "") + more)

    def configure(self, corp="domains = corp.example.org\n", answer=""):
        """The second one lies in the folder of the copy itself."""
        self.config.write_text(self.section("corp", more="private = yes\n" + corp)
                               + self.section("local", "[registry]") + self.section("starter")
                               + f"[sync]\ndirectory = {self.store}\n" + answer)

    def gitdns(self, *arguments, **options):
        command = [program("GITDNS"), "--config", str(self.config), *arguments]
        return Outcome(subprocess.run(command, stdout=options.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                                      text=True, timeout=HANG, env=plain_environment(), **options))

    def good(self, *arguments):
        outcome = self.gitdns(*arguments)
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        return outcome.out

    def says(self, status, line, *arguments):
        outcome = self.gitdns(*arguments)
        self.assertEqual((outcome.status, outcome.lines, outcome.out), (status, [f"gitdns: {line}"], ""))

    def pull(self):
        outcome = self.gitdns("pull")
        self.assertEqual(outcome.status, 0, outcome)

    def answers(self, name, *lines, status=0):
        outcome = self.gitdns("lookup", name)
        self.assertEqual((outcome.status, outcome.out.splitlines()), (status, list(lines)), outcome)
        outcome = self.gitdns("lookup", "--json", name)
        said = json.loads(outcome.out)
        self.assertEqual((outcome.status, said["format"], len(said["names"])), (status, 1, 1))
        said = said["names"][0]
        self.assertEqual((said["name"], said["answers"]), (name, status == 0))
        self.assertEqual(len(said["copies"]), len(lines))
        for copy, line in zip(said["copies"], lines):
            self.assertIn(copy["record"], line)
            self.assertEqual(copy["verdict"] == "answers", "  serial" not in line or line.startswith("*"), line)

    def test_pull(self):
        self.assertEqual(sorted(line.split(": ")[1] for line in self.good("pull").splitlines()), sorted(TEXTS))
        self.published["corp"].publish(2, text_of({**TEXTS["corp"], "new.corp.example.org": "10.0.0.9"}))
        self.published["starter"].publish(2, text_of({"starter.example.net": "8.8.8.4"}))
        self.assertIn("corp: serial 2", self.good("pull", "--registry", "corp"))
        serials = [one["serial"] for one in json.loads(self.gitdns("status", "--json").out)["registries"]]
        self.assertEqual(serials, [2, 1, 1])

    def test_which(self):
        self.pull()
        for command in (["diff"], ["checkout", "1"]):
            self.says(2, f"{command[0]} needs --registry, one of {CHOICES}", *command)
        for command in ("status", "log", "diff", "verify", "export", "pull"):
            self.says(2, f"no registry nosuch; there is {CHOICES}", command, "--registry", "nosuch")
        self.says(2, f"no registry nosuch; there is {CHOICES}", "checkout", "1", "--registry", "nosuch")
        self.says(64, f"no registry no?such; there is {CHOICES}", "doctor", "--registry", "no\nsuch")
        for command in (["lookup", "x"], ["explain", "x"], ["outage"]):
            self.says(2, f"{command[0]} has no --registry", *command, "--registry", "corp")

    def test_status(self):
        self.pull()
        out = self.good_status()
        self.assertEqual([line for line in out.splitlines() if line.startswith("registry ")],
                         ["registry    corp, serial 1", "registry    local, serial 1", "registry    starter, serial 1"])
        self.assertEqual(out.count("\n\n"), 3)
        found = json.loads(self.gitdns("status", "--json").out)
        self.assertEqual([one["name"] for one in found["registries"]], list(TEXTS))
        self.assertEqual([one["answers"] for one in found["registries"]], [True] * 3)
        self.assertEqual(found["registries"][1]["store"], f"{self.store}/registry.cdb")
        self.assertEqual(found["registries"][2]["store"], f"{self.store}/registries/starter/registry.cdb")
        self.assertNotIn("serial", found)
        found = json.loads(self.gitdns("status", "--json", "--registry", "starter").out)
        self.assertEqual((found["registry"], found["names"], len(found["registries"])), ("starter", 5, 1))
        (self.store / "registries/starter/registry.cdb").unlink()
        self.assertIn("registry    starter, none: ", self.good_status())
        found = json.loads(self.gitdns("status", "--json").out)
        self.assertEqual([one["answers"] for one in found["registries"]], [True, True, False])
        self.assertIn("store_error", found["registries"][2])

    def good_status(self):
        """Nothing of what it says is an error; that the module reads another folder is why it cannot answer."""
        outcome = self.gitdns("status")
        self.assertEqual((outcome.status, outcome.lines), (1, []), outcome)
        return outcome.out

    def test_of_one(self):
        self.pull()
        self.published["local"].publish(2, text_of({**TEXTS["local"], "new.example.net": "9.9.9.3"}))
        self.pull()
        out = self.good("log")
        self.assertEqual([line for line in out.splitlines() if line and line[0] not in " *"], list(TEXTS))
        self.assertEqual(self.good("log", "--registry", "local"), out.split("\n\n")[1].split("\n", 1)[1] + "\n")
        self.assertEqual(self.good("diff", "--registry", "local"), "+new.example.net 9.9.9.3\n")
        self.assertIn("serial 1, 3 names: pinned until gitdns checkout --registry local latest", self.good("checkout", "1", "--registry", "local"))
        self.answers("new.example.net", status=1)
        self.assertFalse((self.store / "registries/corp/pinned").exists())
        self.good("checkout", "latest", "--registry", "local")
        self.answers("new.example.net", "* local  serial 2  new.example.net 9.9.9.3")

    def test_verify(self):
        self.pull()
        out = self.good("verify")
        self.assertEqual(out.count("signature   good: by one of 1 key"), 3)
        self.assertEqual(self.good("verify", "--registry", "local"), out.split("\n\n")[1] + "\n")
        path = self.store / "registries/starter/serials/1.cdb"
        octets = path.read_bytes()
        path.write_bytes(octets.replace(b"other", b"0ther"))
        self.assertEqual(self.gitdns("verify").status, 1)
        self.assertIn("text        BAD", self.gitdns("verify", "--registry", "starter").out)
        self.good("verify", "--registry", "local")
        path.write_bytes((self.store / "serials/1.cdb").read_bytes())
        outcome = self.gitdns("verify", "--registry", "starter")
        self.assertEqual((outcome.status, outcome.lines), (1, []), outcome)
        self.assertIn("registry    local, serial 1\nname        BAD: it should be starter\nsignature   good", outcome.out)

    def test_no_folder(self):
        self.store.rmdir()
        self.says(1, f"{self.store}/registry.cdb: No such file or directory", "lookup", "both.example.net")

    def test_lookup(self):
        self.pull()
        self.answers("both.example.net",
                     "* corp     serial 1  both.example.net 10.0.0.1",
                     "  local    serial 1  both.example.net 9.9.9.1",
                     "  starter  serial 1  both.example.net 8.8.8.1")
        self.answers("starter.example.net", "* starter  serial 1  starter.example.net 8.8.8.4")
        self.answers("other.corp.example.org",
                     "  starter  serial 1  passed over, in a domain of corp: other.corp.example.org 8.8.8.3", status=1)
        self.says(1, "nosuch.example.net: not in corp, serial 1; not in local, serial 1; not in starter, serial 1",
                  "lookup", "nosuch.example.net")

    def test_rules(self):
        self.configure(answer="[answer]\nnever = both.example.net, *.corp.example.org\n")
        self.pull()
        self.answers("both.example.net",
                     "  corp     serial 1  passed over, [answer] never: both.example.net 10.0.0.1",
                     "  local    serial 1  passed over, [answer] never: both.example.net 9.9.9.1",
                     "  starter  serial 1  passed over, [answer] never: both.example.net 8.8.8.1", status=1)
        self.configure(answer="[answer]\nonly = *.example.net\n")
        self.pull()
        self.answers("top.example.net", "* local    serial 1  top.example.net 9.9.9.4 2620:fe::fe",
                     "  starter  serial 1  top.example.net 8.8.8.5")
        self.answers("in.corp.example.org",
                     "  corp     serial 1  passed over, [answer] only names others: in.corp.example.org 10.0.0.2",
                     "  starter  serial 1  passed over, [answer] only names others: in.corp.example.org 8.8.8.2", status=1)

    def expire(self, name):
        """Takes the place of its copy, by hand."""
        folder = self.store / "registries" / name
        shutil.rmtree(folder / "serials")
        (folder / "registry.cdb").unlink()
        subprocess.run([program("MAKE_STORE"), folder, "-60"], input=text_of(TEXTS[name]), check=True)

    def test_expired(self):
        self.pull()
        self.expire("corp")
        self.answers("both.example.net",
                     "  corp     serial 1  passed over, too old: both.example.net 10.0.0.1",
                     "* local    serial 1  both.example.net 9.9.9.1",
                     "  starter  serial 1  both.example.net 8.8.8.1")
        self.answers("in.corp.example.org",
                     "  corp     serial 1  passed over, too old: in.corp.example.org 10.0.0.2",
                     "  starter  serial 1  passed over, in a domain of corp: in.corp.example.org 8.8.8.2", status=1)
        self.answers("only-corp.example.net",
                     "  corp  serial 1  passed over, too old: only-corp.example.net 10.0.0.3", status=1)
        self.exports({**TEXTS["starter"], **TEXTS["local"]}, "in.corp.example.org", "other.corp.example.org",
                     says=[f"gitdns: {self.store}/registries/corp/registry.cdb: too old; left out"])

    def exports(self, records, *but, says=()):
        """In both formats, and as look-ups say."""
        records = {name: record for name, record in records.items() if name not in but}
        outcome = self.gitdns("export")
        self.assertEqual((outcome.status, outcome.lines), (0, list(says)))
        self.assertEqual(outcome.out.encode(), text_of(records))
        hosts = [f"{address} {name}" for name in sorted(records, key=canonical) for address in records[name].split()]
        written = self.gitdns("export", "--hosts").out.splitlines()
        self.assertEqual([line for line in written if line and line[0] != "#"], hosts)
        for name in {name for text in TEXTS.values() for name in text}:
            self.assertEqual(self.gitdns("lookup", name).status == 0, name in records, name)

    def test_export(self):
        self.pull()
        every = {**TEXTS["starter"], **TEXTS["local"], **TEXTS["corp"]}
        self.exports(every, "other.corp.example.org")
        for name, records in TEXTS.items():
            self.assertEqual(self.good("export", "--registry", name).encode(), text_of(records))
        self.configure(answer="[answer]\nnever = both.example.net, *.corp.example.org\n")
        self.pull()
        self.exports(every, "both.example.net", "in.corp.example.org", "other.corp.example.org")
        self.configure(answer="[answer]\nonly = top.example.net, *.corp.example.org\n")
        self.pull()
        self.exports({name: every[name] for name in ("top.example.net", "in.corp.example.org")})
        with open("/dev/full", "w") as full:
            outcome = self.gitdns("export", stdout=full)
        self.assertEqual((outcome.status, outcome.lines), (1, ["gitdns: standard output: No space left on device"]))

    def test_policy_decides_not_the_configuration(self):
        """Until the daemon has taken it over what was there answers."""
        self.pull()
        self.config.write_text(self.section("starter") + f"[sync]\ndirectory = {self.store}\n")
        self.assertEqual(len(self.gitdns("lookup", "both.example.net").out.splitlines()), 3)
        self.pull()
        self.answers("both.example.net", "both.example.net 8.8.8.1")
        (self.store / "policy.cdb").write_bytes(b"damaged" * 1000)
        for command in (["lookup", "both.example.net"],):
            self.says(1, f"{self.store}/policy.cdb: not a store, or a damaged one", *command)
        self.pull()
        self.answers("both.example.net", "both.example.net 8.8.8.1")

    def test_follows_no_link(self):
        """Which the owner of the folder may have put there."""
        self.pull()
        elsewhere = self.folder / "elsewhere"
        (self.store / "registries/starter").rename(elsewhere)
        (self.store / "registries/starter").symlink_to(elsewhere)
        self.assertIn("registry    starter, none: ", self.good_status())
        for command in (["log"], ["verify"], ["export"], ["diff"], ["checkout", "1"]):
            outcome = self.gitdns(*command, "--registry", "starter")
            self.assertEqual((outcome.status, outcome.out), (1, ""), outcome)
        self.assertEqual(self.gitdns("lookup", "starter.example.net").status, 1)


if __name__ == "__main__":
    lab.main()
