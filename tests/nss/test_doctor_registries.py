"""`gitdns doctor`, `status` and `explain` on a machine with several registries: what is wrong with each, which one
answers, and what programs get."""

import os
import shutil
import subprocess

import lab
from lab.doctor import CONF, FOLDER, HIT, NAME, Healthy, addresses, gitdns, main
from lab.programs import run
from lab.publish_hosts import publish

CORP, IN_CORP, BOTH = "8.8.4.4", "a.corp.example.net", "both.example.net"
HOSTS = {"corp": f"{CORP} {BOTH}\n{CORP} only-corp.example.net\n", "top": f"9.9.9.9 {BOTH}\n9.9.9.9 {IN_CORP}\n"}


def path(name):
    return f"{FOLDER}/registries/{name}/registry.cdb"


class Several(Healthy):
    """corp, the private one, before `test`, which lies in the copy's own folder, and top."""

    @classmethod
    def setUpClass(cls):
        for name, hosts in HOSTS.items():
            os.makedirs(f"{lab.WORK}/{name}", exist_ok=True)
            publish(f"{lab.WORK}/{name}", name, f"{lab.WORK}/key", lab.write(f"{lab.WORK}/{name}.hosts", hosts))

    @staticmethod
    def section(name, more=""):
        return f"[registry {name}]\nurl = file://{lab.WORK}/{name}/\nkey = {lab.WORK}/key.pub\n{more}"

    @classmethod
    def configuration(cls, directory=FOLDER, answer=""):
        return (cls.section("corp", "private = yes\ndomains = corp.example.net\n") + Healthy.configuration(directory)
                + cls.section("top") + answer)

    @staticmethod
    def expire(name, records):
        """Another copy takes its place, by hand."""
        folder = os.path.dirname(path(name))
        shutil.rmtree(f"{folder}/serials")
        os.unlink(path(name))
        lab.make_store(folder, records, -86400)

    def text(self, *arguments, wrapper=()):
        return subprocess.run([*wrapper, lab.program("GITDNS"), *arguments], stdout=subprocess.PIPE, text=True).stdout

    def test_fine(self):
        self.finds(0)
        found = gitdns("doctor")[1]
        self.assertEqual([one["name"] for one in found["registries"]], ["corp", "test", "top"])
        self.assertEqual([one["names"] for one in found["registries"]], [2, 1, 2])
        self.assertNotIn("serial", found)
        self.assertEqual(gitdns("status")[0], 0)
        self.assertRegex(self.text("doctor"), "\ncopy        3 names, most made [^;]*(;.*\n .*)?\n            corp, serial 1, 2 names, made .*\n"
                                              "            test, serial 1, 1 name, .*\n            top, serial 1, 2 names, ")

    def test_one_that_answers_protects(self):
        os.unlink(path("corp"))
        self.assertEqual(gitdns("status")[0], 0)
        self.assertEqual(gitdns("status", "--registry", "corp")[0], 1)
        self.assertIn("answers", self.text("doctor"))
        self.mends(1, "corp: there is no copy: ")
        self.expire("top", {NAME: HIT})
        self.assertEqual(self.finds(1, "top: the copy expired 24 hours ago: the module answers nothing from it"),
                         ["gitdns pull --registry top"])
        os.unlink(path("corp"))
        self.finds(1, "corp: there is no copy", "top: the copy expired")
        said = self.finds(1, "corp: there is no copy", "top: the copy")
        self.assertEqual(said[0], "gitdns pull --registry corp")
        self.assertIn("at and below its domains nothing is answered", gitdns("doctor")[1]["problems"][0]["what"])
        os.unlink(lab.STORE)
        self.finds(2, "corp: there is no copy", "test: there is no copy", "top: the copy expired")
        self.assertEqual(gitdns("status")[0], 1)
        self.assertEqual({way["answers"] for way in gitdns("doctor")[1]["ways"]}, {False})

    def test_rounds_and_pins(self):
        os.rename(f"{lab.WORK}/top/1", f"{lab.WORK}/away")
        subprocess.run([lab.program("GITDNS"), "pull"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.finds(0)
        shutil.rmtree(f"{os.path.dirname(path('top'))}/serials")
        os.unlink(path("top"))
        mends = self.finds(1, "top: there is no copy", "top: the copy was not refreshed, ")
        self.assertEqual(mends, ["gitdns pull --registry top"] * 2)
        os.rename(f"{lab.WORK}/away", f"{lab.WORK}/top/1")
        run(lab.program("GITDNS"), "pull", "--registry", "top")
        self.finds(0)
        os.unlink(f"{FOLDER}/registries/corp/state")
        self.mends(1, "corp: the copy was never refreshed")
        shutil.copytree(f"{lab.WORK}/top", f"{lab.WORK}/top.before")
        publish(f"{lab.WORK}/top", "top", f"{lab.WORK}/key", lab.write(f"{lab.WORK}/hosts.2", HOSTS["top"] + f"{HIT} new.net\n"))
        run(lab.program("GITDNS"), "pull")
        run(lab.program("GITDNS"), "checkout", "1", "--registry", "top")
        self.mends(1, "top: the copy is pinned to serial 1: serial 2 is here")
        shutil.rmtree(f"{lab.WORK}/top")
        os.rename(f"{lab.WORK}/top.before", f"{lab.WORK}/top")

    def test_of_one_registry(self):
        os.unlink(path("corp"))
        got, found = gitdns("doctor", "--registry", "top")
        self.assertEqual((got, found["serial"], len(found["registries"])), (0, 1, 1))
        got, found = gitdns("doctor", "--registry", "corp")
        self.assertEqual((got, found["problems"][0]["mend"]), (1, "gitdns pull --registry corp"))

    def test_policy(self):
        policy = f"{FOLDER}/policy.cdb"
        lab.write(CONF, self.configuration(answer=f"[answer]\nnever = {BOTH}\n"))
        self.mends(1, f"{policy} does not say what {CONF} does")
        lab.write(policy, b"no policy" * 1000)
        self.finds(2, f"{policy}: not a store, or a damaged one: programs that start now have no answers")
        self.assertEqual(gitdns("status")[0], 1)
        self.assertIn("\npolicy      ", self.text("status"))
        self.assertIn("policy.cdb: not a store", self.text("explain", BOTH))
        self.mends(2, f"{policy}: ")
        # What is to be alone goes on answering beside the others until then.
        lab.write(CONF, self.section("top"))
        self.assertEqual(self.finds(1, "does not say"), ["gitdns pull"])
        os.unlink(path("top"))
        self.assertEqual(gitdns("status")[0], 0)

    def test_rules_in_force(self):
        lab.write(CONF, self.configuration(answer="[answer]\nnever = dyn.example.net, *.dyn.example.net\n"
                                                  f"only = *.example.net, {NAME}\n"))
        run(lab.program("GITDNS"), "pull")
        self.finds(0)
        found = gitdns("doctor")[1]
        self.assertEqual(found["never"], ["dyn.example.net", "*.dyn.example.net"])
        self.assertEqual(found["only"], [NAME, "*.example.net"])
        os.chmod(CONF, 0o600)
        user = ["setpriv", "--reuid=65534", "--clear-groups"]
        others = [user] if subprocess.run([*user, "true"], capture_output=True).returncode == 0 else []
        for wrapper in [(), *others]:
            said = self.text("doctor", wrapper=wrapper)
            self.assertIn("\ndomains     corp.example.net: corp alone answers these and what is below them\n", said)
            self.assertIn("\nnever       dyn.example.net, *.dyn.example.net: not answered\n", said)
            self.assertIn(f"\nonly        {NAME}, *.example.net: no other name is answered\n", said)
            self.assertIn("\nregistry    top, serial 1\n", self.text("status", wrapper=wrapper))
        lab.write(CONF, self.configuration(answer="[answer]\nnever = " + ", ".join(
            f"n{i}.net" for i in range(20)) + "\n"))
        run(lab.program("GITDNS"), "pull")
        self.assertIn("n15.net and 12 more: not answered\n", self.text("doctor"))

    def test_dropped_in_alone(self):
        """Without the usual file."""
        os.makedirs(CONF + ".d")
        os.rename(CONF, CONF + ".d/ours.conf")
        self.finds(0)
        run(lab.program("GITDNS"), "verify")
        os.rename(CONF + ".d/ours.conf", CONF + ".d/ours")
        self.finds(1, "there is none, so that the copy is never refreshed")
        lab.write(CONF + ".d/ours.conf", "nonsense\n")
        self.finds(1, f"{CONF}.d/ours.conf:1")

    def test_dropped_in_kept_from_others(self):
        user = ["setpriv", "--reuid=65534", "--clear-groups"]
        if subprocess.run([*user, "true"], capture_output=True).returncode != 0:
            self.skipTest("no other user here")
        os.makedirs(CONF + ".d")
        os.chmod(lab.write(CONF + ".d/key.conf", "[sync]\nkeep = 3\n"), 0o600)
        self.assertEqual(gitdns("status", wrapper=user)[0], 0)

    def test_explain(self):
        """As programs get it."""
        lab.set_hosts_line("files gitdns")
        for name, verdicts in [
                (BOTH, {"corp": "answers", "top": "later"}), (NAME, {"test": "answers"}),
                (IN_CORP, {"top": "domain"}), ("unknown.example.net", {})]:
            with self.subTest(name):
                self.explains(name, verdicts)
        self.assertRegex(self.text("explain", BOTH), f"copy        \\* corp  serial 1  {BOTH} {CORP}\n"
                                                     f"              top   serial 1  {BOTH} 9.9.9.9\n")
        self.assertIn("copy        none holds the name\n", self.text("explain", "unknown.example.net"))
        self.expire("corp", {BOTH: CORP})
        self.explains(BOTH, {"corp": "expired", "top": "answers"})
        self.explains(IN_CORP, {"top": "domain"})
        lab.write(CONF, self.configuration(answer=f"[answer]\nnever = {NAME}\nonly = {BOTH}, {NAME}\n"))
        subprocess.run([lab.program("GITDNS"), "pull"], capture_output=True)
        self.explains(NAME, {"test": "never"})
        self.explains("only-corp.example.net", {"corp": "only"})
        self.explains(BOTH, {"corp": "answers", "top": "later"})

    def explains(self, name, verdicts):
        found = gitdns("explain", name)[1]
        self.assertEqual({one["registry"]: one["verdict"] for one in found["copies"]}, verdicts)
        wins = [one["record"].split()[1] for one in found["copies"] if one["verdict"] == "answers"]
        self.assertEqual(addresses(name), set(wins))
        self.assertEqual(found.get("record", f"{name} -").split()[1:], wins or ["-"])
        self.assertEqual(subprocess.run([lab.program("GITDNS"), "lookup", name], capture_output=True).returncode,
                         0 if wins else 1)


if __name__ == "__main__":
    main()
