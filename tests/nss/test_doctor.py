"""Each state of the machine that `gitdns doctor` finds wrong, with the command that mends it."""

import json
import os
import shutil
import subprocess

import lab
from lab import daemon
from lab.doctor import CONF, FOLDER, HIT, NAME, OUTAGE, Healthy, gitdns, main
from lab.machine import LOADER_32
from lab.programs import run

ELF_32, ELF_64 = b"\x7fELF\x01", b"\x7fELF\x02"


class Health(Healthy):
    def test_fine(self):
        self.finds(0)
        ways = gitdns("doctor")[1]["ways"]
        self.assertEqual({way["known_seconds"] for way in ways}, {0})
        self.assertIn(10, {way["first_seconds"] for way in ways})
        text = subprocess.run([lab.program("GITDNS"), "doctor"], stdout=subprocess.PIPE, text=True)
        self.assertEqual(text.returncode, 0)
        self.assertTrue(text.stdout.startswith("fine: 1 name is answered when DNS fails\n\n"), text.stdout)
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

    def test_network(self):
        """dnsdist with gitdns.lua answers others, or does not run; of one without there is nothing to say."""
        os.makedirs("/etc/dnsdist", exist_ok=True)
        self.addCleanup(shutil.rmtree, "/etc/dnsdist")
        path = "/etc/dnsdist/dnsdist.conf"
        alone = ["unshare", "--pid", "--fork", "--mount-proc"]  # other tests' dnsdist is not seen

        def doctor(*command):
            words = f"{lab.program('GITDNS')} doctor --json; {lab.program('GITDNS')} doctor"
            done = subprocess.run([*alone, "sh", "-c", f"{' '.join(command)} {words}"], capture_output=True, text=True)
            found, end = json.JSONDecoder().raw_decode(done.stdout)
            return done.returncode, found.get("dnsdist"), " ".join(done.stdout[end:].split())

        for text in ("setLocal('127.0.0.1:53')\n", "-- dofile('/usr/share/gitdns/dnsdist/gitdns.lua')\n"):
            lab.write(path, text)
            status, found, said = doctor()
            self.assertEqual((status, found, "dnsdist" in said), (0, None, False))
        lab.write(path, "dofile('/usr/share/gitdns/dnsdist/gitdns.lua') -- a comment\ngitdns()\n")
        status, found, said = doctor()
        self.assertEqual((status, found), (1, {"configuration": path, "runs": False}))
        self.assertIn(f"degraded: dnsdist, which {path} has answer a network from the copy, does not run", said)
        shutil.copy(shutil.which("sleep"), f"{lab.WORK}/dnsdist")
        status, found, said = doctor(f"{lab.WORK}/dnsdist 60 >/dev/null &")
        self.assertEqual((status, found), (0, {"configuration": path, "runs": True}))
        self.assertIn(f"network dnsdist ({path}) answers A and AAAA of 1 name to whoever asks it", said)

    def test_modules(self):
        lab.write(f"{lab.WORK}/none", "")
        wrapper = lab.within({"/etc/ld.so.cache": f"{lab.WORK}/none"}, [])
        got, found = gitdns("doctor", wrapper=wrapper)
        self.assertEqual(got, 2)
        self.assertIn("libnss_gitdns.so.2", found["problems"][0]["what"])
        status, found = gitdns("status", wrapper=wrapper)
        self.assertEqual((status, found["answers"]), (1, False))
        self.assertIn("libnss_gitdns.so.2", found["module_error"])

    def test_modules_for_32_bits(self):
        if not os.path.exists(LOADER_32):
            self.skipTest("no program for 32 bits runs here")
        folder = next(filter(os.path.isdir, ("/usr/lib/i386-linux-gnu", "/usr/lib32")), None)
        os.makedirs(f"{lab.WORK}/lib32", exist_ok=True)
        # It is a link, to a file in that folder on some machines.
        for loader in "loader", f"lib32/{os.path.basename(os.path.realpath(LOADER_32))}":
            lab.write(f"{lab.WORK}/{loader}", ELF_32)
        files = {folder: f"{lab.WORK}/lib32", LOADER_32: f"{lab.WORK}/loader"}
        for module, status in (ELF_64, 1), (ELF_32, 0):
            lab.write(f"{lab.WORK}/lib32/libnss_gitdns.so.2", module)
            got, found = gitdns("doctor", wrapper=lab.within(files, []))
            self.assertEqual(got, status, found)
        lab.write(f"{lab.WORK}/lib32/libnss_gitdns.so.2", b"")
        found = gitdns("doctor", wrapper=lab.within(files, []))[1]
        self.assertIn("programs for 32 bits", found["problems"][0]["what"])

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
        lab.make_store(FOLDER, {NAME: HIT}, -86400 * 2 - 3600)
        self.finds(2, "expired 2 days ago")
        # It was made a day before it expires.
        lab.make_store(FOLDER, {NAME: HIT}, 3600 * 5 + 900)
        self.finds(1, "expires in 5 hours")

    @staticmethod
    def publish(names, valid):
        """The serial; None if it was too late to take it."""
        hosts = "".join(f"{HIT} {number}.example.net\n" for number in range(names))
        run(lab.program("PUBLISH"), "--to", f"{lab.WORK}/registry", "--name", "test", "--key",
            f"{lab.WORK}/key", "--valid", valid, "--force", "--hosts",
            lab.write(f"{lab.WORK}/hosts", hosts))
        pull = subprocess.run([lab.program("GITDNS"), "pull"], stderr=subprocess.DEVNULL)
        return gitdns("doctor")[1]["serial"] if pull.returncode == 0 else None

    def test_pinned(self):
        serial, newest = self.publish(2, "30d"), self.publish(3, "30d")
        self.assertNotIn("pinned", gitdns("doctor")[1])
        run(lab.program("GITDNS"), "checkout", str(serial))
        self.assertEqual(gitdns("doctor")[1]["pinned"], serial)
        said = subprocess.run([lab.program("GITDNS"), "doctor"], stdout=subprocess.PIPE,
                              text=True).stdout
        self.assertIn(f"serial {serial}, pinned (newest here: {newest}), ", said)
        self.mends(1, f"pinned to serial {serial}: serial {newest} is")
        run(lab.program("GITDNS"), "checkout", str(newest))
        self.finds(0)

    def test_pinned_and_expired(self):
        old = self.publish(2, "1s") or self.publish(2, "10s") or self.publish(2, "100s")
        self.publish(3, "30d")
        run(lab.program("GITDNS"), "checkout", str(old))
        daemon.wait_for(lambda: gitdns("doctor")[1]["expires_in"] < 0)
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
        os.unlink(f"{FOLDER}/state")
        self.mends(1, "never refreshed")

    def test_usage(self):
        for arguments in (["doctor", "--nonsense"], ["doctor", "x"], ["doctor", "--hosts"]):
            done = subprocess.run([lab.program("GITDNS"), *arguments], stderr=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 64)


if __name__ == "__main__":
    main()
