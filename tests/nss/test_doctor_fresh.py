"""What `gitdns doctor` says of how old a copy is, of who publishes it, and of the names that this machine uses."""

import os
import shutil
import subprocess

import lab
from lab import daemon
from lab.doctor import CONF, FOLDER, HIT, NAME, Healthy, addresses, gitdns, main
from lab.programs import run
from lab.registry import DAY, Key, Registry, now

TREE, LOCAL = f"{lab.WORK}/dated", "/var/lib/gitdns-publish/local"
MISSING, MIRROR = "b.example.net", "mirror.example.org"
SOURCES = "/etc/apt/sources.list.d/lab.list"


def text(*arguments):
    return subprocess.run([lab.program("GITDNS"), *arguments], stdout=subprocess.PIPE, text=True).stdout


def pull():
    subprocess.run([lab.program("GITDNS"), "pull"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Fresh(Healthy):
    """With a registry whose serials are as old as the test wants them."""

    name = "test"

    @classmethod
    def setUpClass(cls):
        cls.key = Key(lab.WORK, "dated")

    def setUp(self):
        self.registry = self.begin(TREE, self.name)
        self.publish(1, 0)
        super().setUp()

    def begin(self, tree, name):
        shutil.rmtree(tree, ignore_errors=True)
        return Registry(tree, self.key, name)

    def publish(self, serial, days, registry=None):
        """Made so many days ago, for 60 days; and fetched."""
        (registry or self.registry).publish(serial, f"{NAME} {HIT}\n".encode(), created=now() - days * DAY - 60)

    @classmethod
    def section(cls, heading, tree, more=""):
        return f"[{heading}]\nurl = file://{tree}/\nkey = {cls.key.public}\n{more}"

    @classmethod
    def configuration(cls, directory=FOLDER):
        return cls.section("registry", TREE, f"name = {cls.name}\n[sync]\ndirectory = {directory}\n")


class Rounds(Fresh):
    def aged(self, *ages):
        for serial, days in enumerate(ages, 2):
            self.publish(serial, days)
            run(lab.program("GITDNS"), "pull")

    def test_one_that_failed(self):
        """It is none as long as the copy is good without it."""
        self.aged(29)
        os.rename(TREE, TREE + ".away")
        pull()
        self.finds(0)
        self.assertEqual(gitdns("doctor")[1]["registries"][0]["failures"], 1)
        self.assertRegex(text("doctor"), r"\n +test, serial 2, expires in 31 days; not refreshed 1 time in a row\n")
        os.rename(TREE + ".away", TREE)
        self.publish(3, 31)
        run(lab.program("GITDNS"), "pull")
        os.rename(TREE, TREE + ".away")
        pull()
        self.assertEqual(self.finds(1, "not refreshed, 1 time in a row"), ["gitdns pull"])
        os.rename(TREE + ".away", TREE)

    def test_publisher_that_stopped(self):
        self.aged(5, 4, 3, 2)
        self.finds(0)
        self.publish(6, 13)  # of whoever sets a clock, uneven
        run(lab.program("GITDNS"), "pull")
        self.finds(0)
        shutil.rmtree(f"{FOLDER}/serials")
        os.unlink(lab.STORE)
        self.aged(*[20] * 5, 13, 12, 11, 10)
        mend = self.finds(1, "the publisher has stopped: nothing new for 10 days; before, it was every 24 hours")
        self.assertTrue(mend[0].startswith("on the machine that publishes test: systemctl "), mend)
        self.publish(11, 0)
        run(lab.program("GITDNS"), "pull")
        self.finds(0)

    def test_publisher_of_what_seldom_changes(self):
        """It makes it anew after a quarter of its time."""
        self.aged(29)
        self.finds(0)
        self.publish(3, 31)
        run(lab.program("GITDNS"), "pull")
        self.finds(1, "the publisher has stopped: nothing new for 31 days")

    def test_expired_copy_answers_nothing(self):
        shutil.rmtree(f"{FOLDER}/serials")
        os.unlink(lab.STORE)
        lab.make_store(FOLDER, {NAME: HIT}, -86400)
        self.finds(2, "the copy expired")
        found = gitdns("doctor")[1]
        self.assertEqual(({way["answers"] for way in found["ways"]}, found["answered"]), ({False}, 0))
        said = text("doctor")
        self.assertTrue(said.startswith("not protected: no name is answered when DNS fails\n"), said)
        self.assertIn("\ncopy        none that answers\n", said)
        for command in said, text("status"):
            self.assertNotRegex(command, "answers  |gitdns answers")
        self.assertIn("gitdns is asked when DNS fails, and has nothing to answer from", text("status"))


class Status(Fresh):
    def test_without_a_configuration_that_is_good(self):
        """What there is, and one line of what is wrong."""
        lab.write(CONF, self.configuration() + "nonsense\n")
        done = subprocess.run([lab.program("GITDNS"), "status"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done)
        self.assertTrue(done.stderr.startswith(f"gitdns: {CONF}:7: "), done.stderr)
        for line in "registry    test, serial 1\n", "\noutage      none known", "\nlast round  ", "gitdns answers when DNS":
            self.assertIn(line, done.stdout)
        status, found = gitdns("status")
        self.assertEqual((status, found["answers"], found["serial"]), (2, True, 1))
        self.assertIn(f"{CONF}:7: ", found["configuration_error"])


class Names(Fresh):
    def test_names_that_this_machine_uses(self):
        before = gitdns("doctor")[1]["mentioned"]
        os.makedirs(os.path.dirname(SOURCES), exist_ok=True)
        lab.write(SOURCES, f"deb https://{NAME}/debian stable main\ndeb https://{MISSING}/debian stable main\n")
        found = gitdns("doctor")[1]["mentioned"]
        self.assertEqual((found["names"], found["held"]), (before["names"] + 2, before["held"] + 1))
        self.assertEqual(found["missing"], sorted([*before["missing"], MISSING]))
        self.assertEqual(text("doctor", "--missing").splitlines(), found["missing"])
        said = " ".join(text("doctor").split())
        self.assertRegex(said, rf"copy 1 name, made \d+ seconds ago; {found['held']} of {found['names']} names that this "
                               r"machine uses \(the others: gitdns doctor --missing\)")
        self.assertTrue(said.startswith("fine: 1 name is answered when DNS fails"), said)
        os.unlink(SOURCES)

    def test_mirror_whose_name_no_copy_holds(self):
        lab.write(CONF, self.configuration().replace("key =", f"url = https://{MIRROR}:8443/x/\nurl = http://{NAME}/\n"
                                                              "url = http://192.0.2.1/\nurl = http://[2001:db8::1]/\nkey ="))
        self.assertEqual(gitdns("doctor")[1]["absent_mirrors"], [{"registry": "test", "host": MIRROR}])
        self.assertIn(f"{MIRROR}, a mirror of test, is in no copy", " ".join(text("doctor").split()))
        self.finds(0)

    def test_columns(self):
        """What is longer is to be copied."""
        self.stop()
        os.unlink(lab.STORE)
        said = text("doctor")
        longer = [line for line in said.splitlines() if len(line) > 80]
        self.assertEqual([line for line in longer if line.lstrip() not in
                          [one["mend"] for one in gitdns("doctor")[1]["problems"]]], [])
        self.assertGreater(said.count("\n"), 20)


class Own(Fresh):
    """The starter, and a registry that this machine makes itself."""

    name = "starter"

    def test_first_copy(self):
        self.finds(1, "the starter alone answers")
        self.assertIn("gitdns-publish", gitdns("doctor")[1]["problems"][0]["mend"])
        self.assertTrue(text("doctor").startswith("degraded: 1 name is answered when DNS fails\n"))
        lab.write(CONF, self.section("registry local", LOCAL) + self.configuration())
        own = self.begin(LOCAL, "local")
        pull()
        self.finds(1, "local: first copy is being made; until then the starter alone answers")
        found = gitdns("doctor")[1]["registries"]
        self.assertEqual([(one["name"], one["awaited"]) for one in found], [("local", True), ("starter", False)])
        self.assertRegex(text("doctor"), r"\ncopy        1 name, made [^;]*[;\n](.*\n)+            local, first copy is being made\n")
        self.assertIn("registry    local, none yet: its first copy is being made\n", text("status"))
        self.assertIn("first copy is being made", gitdns("doctor", "--registry", "local")[1]["problems"][0]["what"])
        self.publish(1, 0, own)
        run(lab.program("GITDNS"), "pull")
        self.finds(0)
        self.publish(2, 3, own)
        run(lab.program("GITDNS"), "pull")
        self.finds(0)  # the machine may have slept, and wakes with a round
        self.publish(3, 4, own)
        run(lab.program("GITDNS"), "pull")
        self.assertEqual(self.finds(1, "local: the publisher has stopped: nothing new for 4 days"),
                         ["run gitdns-publish, see gitdns-publish(1)"])

    def test_first_copy_that_does_not_come(self):
        self.begin(LOCAL, "local")
        lab.write(CONF, self.section("registry local", LOCAL) + self.configuration())
        for _ in range(7):
            pull()
        self.finds(1, "local: the first copy is not made: 7 times in a row nothing was there")
        # Nothing else answers.
        shutil.rmtree(f"{FOLDER}/registries", ignore_errors=True)
        lab.write(CONF, self.section("registry local", LOCAL))
        pull()
        self.finds(2, "first copy is being made: until then the module answers nothing")


class InAnOutage(Fresh):
    def test_fine(self):
        self.finds(0)
        lab.set_dns("closed-port")
        gitdns("status")  # has the daemon look at it
        addresses(NAME)
        daemon.wait_for(lambda: gitdns("doctor")[1]["outage"]["everything"])
        self.finds(0)
        self.assertRegex(text("doctor"), r"^fine, in an outage that began [^:]+: 1 name is answered\n")


if __name__ == "__main__":
    main()
