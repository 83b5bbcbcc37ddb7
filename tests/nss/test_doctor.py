"""`gitdns doctor` and `gitdns explain` against what glibc does: who is reached, and how long it
takes; and each state of the machine that doctor finds wrong, with the command that mends it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import daemon
import lab
import responder

LATE = 3  # seconds that a busy machine may be late
NAME, HIT, ANSWER = "a.example.net", "8.8.8.1", {"198.51.100.7", "198.51.100.8", "2001:db8:53::7"}
OUTAGE = "gitdns_outage [TRYAGAIN=return]"
GOOD = f"files {OUTAGE} dns gitdns"
FOLDER = os.path.dirname(lab.STORE)
CONF = "/etc/gitdns/gitdns.conf"
LINES = [GOOD, f"files {OUTAGE} dns [NOTFOUND=return] gitdns", "files dns", "files gitdns dns",
         "files gitdns", "files dns myhostname gitdns", f"files dns {OUTAGE} gitdns",
         "files dns gitdns_outage gitdns", "files dns [UNAVAIL=return] gitdns",
         "files [NOTFOUND=return] dns gitdns",
         f"files mdns4_minimal [NOTFOUND=return] {OUTAGE} dns gitdns myhostname"]
# Lines above the hosts line, for which glibc rejects the whole file or does not.
OTHER_LINES = ["ethers: files [NOTFOUND=retrun]", "passwd: files [SUCCESS", "hosts: files [x=y]",
               "netgroup:", "shadow: [NOTFOUND=retrun] files", "foo: files [x=y]", "# rpc: a [x=y]",
               "group: files [SUCCESS=merge] systemd", "group_compat: files [x]", "rpc:: a [x]",
               "services a [x]", "publickey: [", "HOSTS: a [x=y]", ":passwd: a [x]", "passwd",
               "\tgshadow : a [ !unavail = continue  TRYAGAIN=return ]b", "passwd:a[x", "subid: a [x]",
               "passwd: a [! notfound=return]", "passwd: a [!!notfound=return]", "passwd: a []",
               "aliases: a [notfound=return unavail=merge]b [tryagain]", "protocols: # [x=y]",
               "passwd: a [notfound=return] [x=y]", "networks: a [notfound=return]]",
               f"passwd: {'a' * 99} [x]", f"passwd: {'a' * 99}", f"passwd: {' a' * 99}",
               f"initgroups: {' a' * 99} [x=y]", "passwd: a\0 [x]", "passwd\0: a [x]",
               "passwd: a [notfound=return,unavail=return]", "netmasks: a [x]"]
# A way's word, where it is not the mode of responder.py or lab.py.
MODES = {"garbage": "garbage-random"}
SILENT = responder.ADDRESS["silent"]
SEARCH = "search example.com example.org\n"
# resolv.conf, the host's own name, seconds until getaddrinfo gives up.
WAITS = [
    (f"nameserver {SILENT}\n", "labhost", 10),
    (f"{SEARCH}nameserver {SILENT}\n", "labhost", 20),
    (f"nameserver {SILENT}\n" * 3, "labhost", 28),
    (f"nameserver {SILENT}\n" * 2, "labhost", 20),
    (f"nameserver {SILENT}\noptions timeout:1\n", "labhost.example.net", 4),
    (f"nameserver {SILENT}\noptions timeout:1 attempts:1 ndots:3\n{SEARCH}", "labhost", 2),
    (f"nameserver {SILENT}\noptions timeout:1 attempts:3 rotate\n" * 2, "labhost", 6),
    (f"nameserver {SILENT}\noptions timeout:2 attempts:1\nsearch .\n" * 3, "labhost", 10),
]
UNDER_NAME = ("import os, socket, sys; socket.sethostname(sys.argv[1]); "
              "os.execvp(sys.argv[2], sys.argv[2:])")
LOOK_UP = ("import socket, sys, time; start = time.monotonic()\n"
           "try: socket.getaddrinfo(sys.argv[1], None)\nexcept socket.gaierror: pass\n"
           "print(time.monotonic() - start)")


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{command}: status {done.returncode}\n{done.stdout}")


def gitdns(*arguments, wrapper=()):
    """(exit status, what it says in JSON)"""
    done = subprocess.run([*wrapper, lab.program("GITDNS"), "--json", *arguments], text=True,
                          stdout=subprocess.PIPE, timeout=120)
    return done.returncode, json.loads(done.stdout)


def addresses(name, wrapper=()):
    """What a program that starts now gets."""
    code = "import socket, sys; print(*{i[4][0] for i in socket.getaddrinfo(sys.argv[1], None)})"
    done = subprocess.run([*wrapper, sys.executable, "-c", code, name], capture_output=True,
                          text=True)
    return set(done.stdout.split())


class Ways(unittest.TestCase):
    def test_reached_as_it_says(self):
        """Each way on each line."""
        says = {}
        for line in LINES:
            lab.set_hosts_line(line)
            for way in gitdns("doctor")[1]["ways"]:
                says[line, MODES.get(way["way"], way["way"])] = way["answers"]
        self.assertEqual(len(says), len(LINES) * 12)
        lab.prepare(LINES, {mode for _, mode in says})

        def is_hit(key):
            return addresses(NAME, lab.within(lab.files_of(*key), [])) == {HIT}

        got = dict(lab.in_parallel(is_hit, list(says)))
        self.assertEqual(got, says)
        self.assertEqual(set(got.values()), {True, False})

    def test_waits_as_it_says(self):
        """How long glibc waits, measured; a wait that begins late is not the resolver's."""
        lab.set_hosts_line("files dns")

        def measure(number):
            resolv, host, _ = WAITS[number]
            files = {"/etc/resolv.conf": lab.write(f"{lab.WORK}/resolv-{number}", resolv)}
            wrapper = ["unshare", "-u", sys.executable, "-c", UNDER_NAME, host,
                       *lab.within(files, [])]
            says = gitdns("doctor", wrapper=wrapper)[1]["ways"][0]
            took = subprocess.run([*wrapper, sys.executable, "-c", LOOK_UP, NAME], check=True,
                                  stdout=subprocess.PIPE, text=True).stdout
            return says["first_seconds"], float(took)

        with ThreadPoolExecutor(len(WAITS)) as pool:
            measured = list(pool.map(measure, range(len(WAITS))))
            for (resolv, host, want), (says, took) in zip(WAITS, measured):
                with self.subTest(resolv=resolv, host=host):
                    self.assertEqual(says, want)
                    self.assertTrue(want - 0.3 < took < want + LATE, took)

    def test_at_once_is_at_once(self):
        lab.set_hosts_line("files dns")
        for way in gitdns("doctor")[1]["ways"]:
            if way["first_seconds"] == 0:
                lab.set_dns(MODES.get(way["way"], way["way"]))
                start = time.monotonic()
                addresses(NAME)
                self.assertLess(time.monotonic() - start, LATE, way)


class OtherLines(unittest.TestCase):
    def test_rejected_as_glibc_does(self):
        def agree(number):
            text = f"{OTHER_LINES[number]}\n{lab.hosts_line('files dns gitdns')}ethers: files [x=y]"
            files = {"/etc/nsswitch.conf": lab.write(f"{lab.WORK}/nsswitch-{number}", text)}
            wrapper = lab.within(files, [])
            status, found = gitdns("doctor", wrapper=wrapper)
            rejects = addresses("in-files.example.net", wrapper) == set()
            what = [problem["what"] for problem in found["problems"] if "line 1 of" in problem["what"]]
            mend = [problem["mend"].startswith("correct line 1") for problem in found["problems"]]
            self.assertEqual((found["reach"] == "rejected", len(what), any(mend)),
                             (rejects, rejects, rejects), OTHER_LINES[number])
            if rejects:
                self.assertEqual(status, 2)
            return rejects

        lab.make_store(FOLDER, {NAME: HIT})
        with ThreadPoolExecutor(4) as pool:
            self.assertEqual(set(pool.map(agree, range(len(OTHER_LINES)))), {True, False})

    def test_nobody_says_that_it_answers(self):
        lab.make_store(FOLDER, {NAME: HIT})
        lab.write("/etc/nsswitch.conf", lab.hosts_line(GOOD) + "ethers: files [NOTFOUND=retrun]\n")
        status, found = gitdns("status")
        self.assertEqual((status, found["answers"], found["reach"]), (1, False, "rejected"))
        for command in (["status"], ["doctor"], ["explain", NAME]):
            done = subprocess.run([lab.program("GITDNS"), *command], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("line 6 of /etc/nsswitch.conf", done.stdout)


class Health(unittest.TestCase):
    """With a registry, a daemon and a round that was good."""

    def setUp(self):
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.rmtree("/etc/gitdns", ignore_errors=True)
        os.makedirs(FOLDER)
        os.makedirs("/etc/gitdns")
        lab.write(CONF, self.configuration())
        lab.set_hosts_line(GOOD)
        lab.set_dns("good")
        self.daemon = None
        run(lab.program("GITDNS"), "pull")
        self.start()

    def tearDown(self):
        self.stop()

    @staticmethod
    def configuration(directory=FOLDER):
        return (f"[registry]\nname = test\nurl = file://{lab.WORK}/registry/\n"
                f"key = {lab.WORK}/key.pub\n[sync]\ndirectory = {directory}\n")

    def start(self):
        self.daemon = daemon.Daemon()
        daemon.wait_for(lambda: gitdns("doctor")[1]["outage"]["watched"], 5)

    def stop(self):
        if self.daemon is not None:
            self.daemon.__exit__(None, None, None)
        self.daemon = None

    def finds(self, status, *what):
        got, found = gitdns("doctor")
        self.assertEqual(got, status, found)
        self.assertEqual(found["health"], ["fine", "degraded", "not protected"][status])
        said = [problem["what"] for problem in found["problems"]]
        self.assertEqual(len(said), len(what), said)
        for one, words in zip(said, what):
            self.assertIn(words, one)
        return [problem["mend"] for problem in found["problems"]]

    def mends(self, status, *what):
        """Finds it, runs each command that it names, and finds it no more."""
        for command in self.finds(status, *what):
            self.assertEqual(command.split()[0], "gitdns")
            run(lab.program("GITDNS"), *command.split()[1:])
        self.finds(0)

    def test_fine(self):
        self.finds(0)
        ways = gitdns("doctor")[1]["ways"]
        self.assertEqual({way["known_seconds"] for way in ways}, {0})
        self.assertIn(10, {way["first_seconds"] for way in ways})
        text = subprocess.run([lab.program("GITDNS"), "doctor"], stdout=subprocess.PIPE, text=True)
        self.assertEqual(text.returncode, 0)
        self.assertIn("\nfine\n", text.stdout)
        self.assertRegex(text.stdout, r"\ndoes not answer +answers +10\.0 s +at once\n")
        self.assertRegex(text.stdout, r"\nsays FORMERR \(an answer to glibc\) +keeps out +- +-\n")
        lab.set_hosts_line("files dns [UNAVAIL=return] gitdns")
        text = subprocess.run([lab.program("GITDNS"), "doctor"], stdout=subprocess.PIPE, text=True)
        self.assertRegex(text.stdout, r"\ndoes not answer +is not reached +- +-\n")

    def test_hosts_line(self):
        for line, status, what in [
                ("files dns", 2, "not in the line"),
                ("files dns gitdns", 1, "gitdns_outage [TRYAGAIN=return] does not stand"),
                ("files gitdns_outage dns gitdns", 1, "gitdns_outage [TRYAGAIN=return] does not"),
                (f"files dns {OUTAGE} gitdns", 2, "gitdns_outage stands between"),
                (f"files {OUTAGE} dns myhostname gitdns", 2, "myhostname stands between")]:
            lab.set_hosts_line(line)
            self.mends(status, what)
        for line, who in [
                (f"files {OUTAGE} dns gitdns [SUCCESS=continue] myhostname", "gitdns"),
                (f"files {OUTAGE} dns [SUCCESS=continue] gitdns", "dns"),
                (f"files [SUCCESS=merge] {OUTAGE} dns gitdns", "files"),
                ("files gitdns [SUCCESS=continue] dns", "gitdns"),
                ("files gitdns_outage [TRYAGAIN=return SUCCESS=continue] dns gitdns",
                 "gitdns_outage")]:
            lab.set_hosts_line(line)
            self.finds(2, f"answers do not count: {who} goes on")
            self.assertEqual(gitdns("status")[0], 1)
        lab.set_hosts_line(f"files {OUTAGE} dns gitdns dns [SUCCESS=continue]")
        self.finds(0)
        lab.set_hosts_line("files [NOTFOUND=return] dns gitdns")
        self.finds(2, "files and its actions")
        lab.write("/etc/nsswitch.conf", "passwd: files\n")
        self.assertEqual(self.finds(2, "no hosts line"), ["gitdns enable"])

    def test_resolve(self):
        lab.write("/etc/resolv.conf", "nameserver 127.0.0.53\n")
        lab.set_hosts_line(f"files {OUTAGE} resolve [!UNAVAIL=return] dns gitdns")
        self.mends(2, "resolve and its actions")

    def test_modules(self):
        lab.write(f"{lab.WORK}/none", "")
        wrapper = lab.within({"/etc/ld.so.cache": f"{lab.WORK}/none"}, [])
        got, found = gitdns("doctor", wrapper=wrapper)
        self.assertEqual(got, 2)
        self.assertIn("libnss_gitdns.so.2", found["problems"][0]["what"])
        status, found = gitdns("status", wrapper=wrapper)
        self.assertEqual((status, found["answers"]), (1, False))
        self.assertIn("libnss_gitdns.so.2", found["module_error"])

    def test_status_is_of_the_store_that_the_module_reads(self):
        status, found = gitdns("status")
        self.assertEqual((status, found["answers"], "module_error" in found), (0, True, False))
        shutil.rmtree("/var/lib/elsewhere", ignore_errors=True)
        shutil.copytree(FOLDER, "/var/lib/elsewhere", symlinks=True)
        lab.write(CONF, self.configuration("/var/lib/elsewhere"))
        status, found = gitdns("status")
        self.assertEqual((status, found["answers"]), (1, False))

    def test_store(self):
        os.unlink(lab.STORE)
        self.assertEqual(self.finds(2, "no copy"), ["gitdns pull"])
        with open("/dev/full", "w") as full:
            done = subprocess.run([lab.program("GITDNS"), "doctor"], stdout=full,
                                  stderr=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 2)
        lab.write(lab.STORE, "no store at all" * 1000)
        self.finds(2, "no copy")
        os.unlink(lab.STORE)
        lab.make_store(FOLDER, {NAME: HIT}, -5)
        self.finds(2, "expired 5 seconds ago")
        lab.make_store(FOLDER, {NAME: HIT}, 86400 * 2)
        self.finds(1, "expires in 2 days")

    @staticmethod
    def publish(names, valid):
        """The serial."""
        hosts = "".join(f"{HIT} {number}.example.net\n" for number in range(names))
        run(lab.program("PUBLISH"), "--to", f"{lab.WORK}/registry", "--name", "test", "--key",
            f"{lab.WORK}/key", "--valid", valid, "--force", "--hosts",
            lab.write(f"{lab.WORK}/hosts", hosts))
        run(lab.program("GITDNS"), "pull")
        return gitdns("doctor")[1]["serial"]

    def test_pinned(self):
        good, soon = self.publish(2, "30d"), self.publish(3, "2d")
        newest = self.publish(4, "30d")
        self.assertNotIn("pinned", gitdns("doctor")[1])
        for serial, what in [(good, f"pinned to serial {good}: serial {newest} is"),
                             (soon, ", and is pinned")]:
            run(lab.program("GITDNS"), "checkout", str(serial))
            self.assertEqual(gitdns("doctor")[1]["pinned"], serial)
            said = subprocess.run([lab.program("GITDNS"), "doctor"], stdout=subprocess.PIPE,
                                  text=True).stdout
            self.assertIn(f"serial {serial}, pinned (newest here: {newest}), ", said)
            self.mends(1, what)
        run(lab.program("GITDNS"), "checkout", str(newest))
        self.finds(0)

    def test_pinned_and_expired(self):
        old = self.publish(2, "1s")
        self.publish(3, "30d")
        run(lab.program("GITDNS"), "checkout", str(old))
        daemon.wait_for(lambda: gitdns("doctor")[1]["expires_in"] < 0, 5)
        self.mends(2, "and is pinned: the module answers nothing")

    def test_open_to_every_user(self):
        """Each thing on the way, by the command that mends it, and whoever made it."""
        real = os.path.realpath(lab.STORE)
        cases = [("/var", 0o700, "/var is not"), (FOLDER, 0o750, f"{FOLDER} is not"),
                 (os.path.dirname(real), 0o700, "serials is not"), (real, 0o600, f"{real} is"),
                 ("/etc/nsswitch.conf", 0o600, "/etc/nsswitch.conf is not"),
                 ("/etc/resolv.conf", 0o640, "/etc/resolv.conf is not"),
                 ("/run/gitdns", 0o700, "/run/gitdns is not"),
                 (daemon.BOARD, 0o600, f"{daemon.BOARD} is not")]
        users = [(0, 0)]
        if os.stat("/").st_uid == 0 and shutil.which("runuser"):
            users += [(65534, 65534), (65534, 0)]
        else:
            print("not root: whose the files are is not tried")
        for folders, files in users:
            os.chown(FOLDER, folders, -1)
            os.chown(os.path.dirname(real), folders, -1)
            os.chown(real, files, -1)
            for path, mode, what in cases:
                with self.subTest(path=path, folders=folders, files=files):
                    before = os.stat(path).st_mode
                    os.chmod(path, mode)
                    mend = self.finds(1, what)[0]
                    if os.stat("/").st_uid == 0:
                        subprocess.run(mend, shell=True, check=True)
                        self.finds(0)
                    os.chmod(path, before)

    def test_nothing_is_opened_by_a_link(self):
        """Who owns the folder of the stores can put a link there: root's command must not follow."""
        if os.stat("/").st_uid != 0:
            self.skipTest("not root")
        secret = lab.write("/etc/secret", "")
        os.chmod(secret, 0o600)
        os.unlink(lab.STORE)
        os.symlink(secret, lab.STORE)
        os.chown(FOLDER, 65534, -1)
        found = gitdns("doctor")[1]["problems"]
        mend = next(one["mend"] for one in found if secret in one["what"])
        subprocess.run(mend, shell=True, stderr=subprocess.DEVNULL)
        self.assertEqual((os.stat(secret).st_mode & 0o777, os.stat(secret).st_uid), (0o600, 0))
        os.unlink(lab.STORE)
        os.symlink("/etc/a;b", lab.STORE)
        os.chmod(lab.write("/etc/a;b", ""), 0o600)
        found = gitdns("doctor")[1]["problems"]
        self.assertNotIn(";", "".join(one["mend"] for one in found))

    def test_configuration(self):
        lab.write(CONF, self.configuration() + "nonsense\n")
        self.finds(1, CONF)
        shutil.rmtree(FOLDER)
        mends = self.finds(2, CONF, "there is no copy")
        self.assertEqual(mends[1], f"install -d -o gitdns -g gitdns {FOLDER}")
        os.mkdir(FOLDER)
        self.assertEqual(self.finds(2, CONF, "there is no copy")[1], "gitdns pull")
        lab.write(CONF, self.configuration())
        run(lab.program("GITDNS"), "pull")
        os.unlink(CONF)
        self.finds(1, "never refreshed")
        os.makedirs("/var/lib/elsewhere", exist_ok=True)
        lab.write(CONF, self.configuration("/var/lib/elsewhere"))
        self.finds(2, "the module reads")

    def test_configuration_kept_from_others(self):
        user = ["setpriv", "--reuid=65534", "--clear-groups"]
        if subprocess.run([*user, "true"], capture_output=True).returncode != 0:
            self.skipTest("no other user here")
        os.chmod(CONF, 0o600)
        run(lab.program("GITDNS"), "outage")

        def said(*arguments):
            done = subprocess.run([*user, lab.program("GITDNS"), *arguments], text=True,
                                  capture_output=True)
            return done.returncode, done.stderr

        for command in (["status"], ["lookup", NAME], ["log"], ["export"], ["explain", NAME],
                        ["outage"], ["diff", "1", "1"], ["doctor"]):
            self.assertEqual(said(*command), (0, ""), command)
        for command in (["verify"], ["pull"], ["checkout", "1"], ["status", "--config", CONF + "x"]):
            lab.write(CONF + "x", "")
            os.chmod(CONF + "x", 0o600)
            status, why = said(*command)
            self.assertEqual(status, 2, command)
            self.assertIn("Permission denied", why)
        lab.write(CONF, "nonsense")
        self.assertEqual(said("status")[0], 2)

    def test_rounds(self):
        os.rename(f"{lab.WORK}/registry", f"{lab.WORK}/away")
        subprocess.run([lab.program("GITDNS"), "pull"], stderr=subprocess.DEVNULL)
        os.rename(f"{lab.WORK}/away", f"{lab.WORK}/registry")
        self.mends(1, "not refreshed, 1 time in a row")

    def test_daemon(self):
        self.stop()
        mend = self.finds(1, "gitdns-syncd does not run")
        self.assertEqual(mend, ["gitdns-syncd &"])
        os.makedirs("/etc/init.d", exist_ok=True)
        os.chmod(lab.write("/etc/init.d/gitdns-syncd", ""), 0o755)
        mend = self.finds(1, "gitdns-syncd does not run")
        self.assertEqual(mend, ["service gitdns-syncd start"])
        os.unlink("/etc/init.d/gitdns-syncd")
        self.assertIn(10, self.known())
        self.start()
        for word, what in (("off", "no outage"), ("on", "is an outage")):
            run(lab.program("GITDNS"), "outage", word)
            self.mends(1, what)

    def known(self):
        return {way["known_seconds"] for way in gitdns("doctor")[1]["ways"]}

    def test_known_at_once_in_a_good_line_only(self):
        for line in (f"files dns {OUTAGE} gitdns", "files gitdns_outage dns gitdns", "files dns",
                     f"files {OUTAGE} dns myhostname gitdns"):
            lab.set_hosts_line(line)
            self.assertIn(10, self.known(), line)
        lab.set_hosts_line(GOOD)
        self.assertEqual(self.known(), {0})

    def test_another_resolv_conf(self):
        """The module does not take the board's word for it."""
        other = lab.write(f"{lab.WORK}/resolv", lab.resolv_conf("good"))
        wrapper = lab.within({"/etc/resolv.conf": other}, [])
        run(lab.program("GITDNS"), "outage", "on")
        status, found = gitdns("doctor", wrapper=wrapper)
        self.assertEqual((status, found["outage"]["here"]), (1, False))
        self.assertIn("another resolv.conf", found["problems"][-1]["what"])
        self.assertIn(10, {way["known_seconds"] for way in found["ways"]})
        self.finds(1, "is an outage")
        self.assertEqual(addresses(NAME), {HIT})
        self.assertEqual(addresses(NAME, wrapper), ANSWER)
        run(lab.program("GITDNS"), "outage", "auto")
        os.unlink("/etc/resolv.conf")
        self.finds(1, "No such file")

    def elsewhere(self, wrapper=()):
        """Whether doctor finds that the daemon asks by another resolv.conf; so says status."""
        status, found = gitdns("doctor", wrapper=wrapper)
        self.assertEqual(gitdns("status", wrapper=wrapper)[1]["outage"]["here"],
                         found["outage"]["here"])
        whats = [problem["what"] for problem in found["problems"]]
        self.assertEqual(whats, [what for what in whats if "stays closed here" in what])
        self.assertEqual((status, found["outage"]["here"], 10 in
                          {way["known_seconds"] for way in found["ways"]}),
                         (1, False, True) if whats else (0, True, False))
        return whats != []

    def test_another_resolv_conf_while_all_is_well(self):
        """The daemon, which has nothing to do, tells of the file as it is now, and asks nobody."""
        self.stop()
        shutil.rmtree(daemon.FOLDER)  # what the daemon of an earlier test suspected
        self.start()
        queries = lab.tell_responder("queries")
        other = lab.write(f"{lab.WORK}/resolv", lab.resolv_conf("good"))
        wrapper = lab.within({"/etc/resolv.conf": other}, [])
        for _ in range(3):
            self.assertEqual([self.elsewhere(), self.elsewhere(wrapper)], [False, True])
            lab.set_dns("good")
        # A container that has the file bound into it goes on seeing the one that was replaced.
        os.link("/etc/resolv.conf", "/etc/resolv.conf.bound")
        within = lab.within({"/etc/resolv.conf": "/etc/resolv.conf.bound"}, [])
        self.assertFalse(self.elsewhere(within))
        lab.set_dns("good")
        self.assertEqual([self.elsewhere(within), self.elsewhere()], [True, False])
        self.assertEqual(gitdns("doctor")[1]["outage"]["reports"], 0)
        self.assertEqual(lab.tell_responder("queries"), queries)

    def test_a_look_opens_no_gate(self):
        """DNS is asked by the file that the board is about, however often someone has it look."""
        other = lab.write(f"{lab.WORK}/resolv", lab.resolv_conf("good"))
        wrapper = lab.within({"/etc/resolv.conf": other}, [])
        self.assertFalse(self.elsewhere())
        lab.set_dns("closed-port")
        gitdns("status")
        self.assertFalse(gitdns("doctor")[1]["outage"]["everything"])
        addresses(NAME)

        def is_out():
            gitdns("status", wrapper=wrapper)
            return gitdns("status")[1]["outage"]["everything"]
        daemon.wait_for(is_out, 30)
        self.assertEqual(addresses(NAME, wrapper), ANSWER)
        self.assertEqual(gitdns("explain", NAME)[1]["now"]["service"], "gitdns_outage")
        lab.set_dns("good")
        gitdns("status")
        self.assertEqual(addresses(NAME), ANSWER)

    def test_a_daemon_that_is_stuck(self):
        """What it would ask by is not known."""
        os.kill(self.daemon.process.pid, signal.SIGSTOP)
        try:
            lab.set_dns("good")
            self.assertTrue(gitdns("status")[1]["outage"]["here"])
        finally:
            os.kill(self.daemon.process.pid, signal.SIGCONT)

    def test_usage(self):
        for arguments in (["doctor", "--nonsense"], ["doctor", "x"], ["doctor", "--hosts"]):
            done = subprocess.run([lab.program("GITDNS"), *arguments], stderr=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 64)

    def test_explain_in_an_outage(self):
        run(lab.program("GITDNS"), "outage", "on")
        status, found = gitdns("explain", NAME)
        self.assertEqual((status, found["now"]["service"], found["now"]["addresses"]),
                         (0, "gitdns_outage", [HIT]))


    def test_explain_reports_no_outage(self):
        """Its own dead DNS is nobody's concern; an outage that is one is."""
        before = gitdns("doctor")[1]["outage"]["reports"]
        self.assertEqual(gitdns("explain", NAME)[1]["outage"]["service"], "gitdns")
        time.sleep(0.3)
        self.assertEqual(gitdns("doctor")[1]["outage"]["reports"], before)
        lab.set_dns("closed-port")
        gitdns("explain", NAME)
        daemon.wait_for(lambda: gitdns("doctor")[1]["outage"]["reports"] > before, 5)


class Explain(unittest.TestCase):
    def setUp(self):
        shutil.rmtree(FOLDER, ignore_errors=True)
        lab.make_store(FOLDER, {NAME: HIT})

    def explain(self, line, mode, name):
        """(exit status, who answers now, who in an outage, all)"""
        lab.set_hosts_line(line)
        lab.set_dns(mode)
        status, found = gitdns("explain", name)
        now, outage = found["now"], found["outage"]
        if now is not None:
            self.assertEqual(set(now["addresses"]), addresses(name))
        else:
            self.assertEqual(addresses(name), set())
        return status, now and now["service"], outage and outage["service"], found

    def test_who(self):
        for line, mode, name, want in [
                (GOOD, "good", NAME, (0, "dns", "gitdns")),
                (GOOD, "good", "unknown.example.net", (0, "dns", None)),
                (GOOD, "good", "in-files.example.net", (0, "files", "files")),
                (GOOD, "nxdomain", NAME, (1, None, "gitdns")),
                (GOOD, "servfail", NAME, (0, "gitdns", "gitdns")),
                (GOOD, "servfail", "unknown.example.net", (1, None, None)),
                (GOOD, "silent", NAME, (0, "gitdns", "gitdns")),
                ("files gitdns dns", "good", NAME, (0, "gitdns", "gitdns")),
                ("files dns", "good", NAME, (0, "dns", None)),
                ("files dns [UNAVAIL=return] gitdns", "good", NAME, (0, "dns", None)),
                ("files dns [NOTFOUND=return] gitdns", "good", NAME, (0, "dns", "gitdns")),
                ("files resolve [!UNAVAIL=return] dns gitdns", "good", NAME, (0, "dns", None)),
                ("files nosuch dns gitdns", "good", NAME, (0, "dns", "gitdns"))]:
            with self.subTest(line=line, mode=mode, name=name):
                self.assertEqual(self.explain(line, mode, name)[:3], want)

    def test_outage_is_an_outage(self):
        """What it says of one is what comes when DNS dies."""
        for line in LINES:
            for name in (NAME, "unknown.example.net", "in-files.example.net"):
                with self.subTest(line=line, name=name):
                    says = self.explain(line, "good", name)[3]["outage"]
                    lab.set_dns("closed-port")
                    self.assertEqual(set(says["addresses"]) if says else set(), addresses(name))

    def test_what_it_tells(self):
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n")
        lab.set_hosts_line(GOOD)
        found = gitdns("explain", NAME)[1]
        self.assertEqual(found["record"], f"{NAME} {HIT}")
        self.assertEqual(found["outage_seconds"], 10)
        self.assertEqual([s["asked"] for s in found["services"]], [True, True, True, False])
        self.assertEqual(set(found["now"]["addresses"]), ANSWER)
        said = self.said(NAME)
        self.assertIn(f"gitdns         {HIT}\n", said)
        self.assertIn("after 10.0 s of silence; at once where", said)
        lab.write("/etc/resolv.conf", f"nameserver {lab.CLOSED_PORT}\noptions use-vc\n")
        self.assertIn("after minutes of silence; at once where", self.said(NAME))

    @staticmethod
    def said(name):
        return subprocess.run([lab.program("GITDNS"), "explain", name], stdout=subprocess.PIPE,
                              text=True).stdout

    def test_refused(self):
        for arguments, status in ((["explain", "192.0.2.1"], 1), (["explain"], 2),
                                  (["explain", "a", "b"], 2)):
            done = subprocess.run([lab.program("GITDNS"), *arguments], stderr=subprocess.DEVNULL)
            self.assertEqual(done.returncode, status)
        self.assertEqual(gitdns("explain", "")[0], 1)


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store(FOLDER, {NAME: HIT})
    run("minisign", "-G", "-W", "-p", f"{lab.WORK}/key.pub", "-s", f"{lab.WORK}/key")
    os.mkdir(f"{lab.WORK}/registry")
    run(lab.program("PUBLISH"), "--to", f"{lab.WORK}/registry", "--name", "test", "--key",
        f"{lab.WORK}/key", "--hosts", lab.write(f"{lab.WORK}/hosts", f"{HIT} {NAME}\n"))
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])
