"""What monitoring is told: `gitdns status --prometheus`, `gitdns doctor --nagios`, the alerts and the dashboard."""

import json
import os
import re
import subprocess
import unittest

import lab
from lab import daemon
from lab.doctor import CONF, FOLDER, NAME, Healthy, addresses, gitdns, main
from lab.programs import ROOT, find_program, run

MONITORING = f"{ROOT}/packaging/monitoring"
MIRRORS = [f"file://{lab.WORK}/registry/", 'http://127.0.0.1:9/a"b\\c/']
OUTPUT = f"{lab.WORK}/textfile"
LINKS = f"{lab.WORK}/links"


def status(*arguments, **options):
    return subprocess.run([lab.program("GITDNS"), "status", "--prometheus", *arguments], capture_output=True, text=True, **options)


def metrics():
    """{name and labels: value}"""
    done = status()
    assert (done.returncode, done.stderr) == (0, ""), done
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in done.stdout.splitlines() if not line.startswith("#"))}


def seconds(stamp):
    return int(subprocess.check_output(["date", "-d", stamp, "+%s"]))


def promtool(*arguments, **options):
    program = find_program("promtool")
    if program is None:
        raise unittest.SkipTest("promtool is not here: package prometheus")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, **options)
    return done.returncode, done.stdout + done.stderr


class Metrics(Healthy):
    @staticmethod
    def configuration(directory=FOLDER):
        urls = "".join(f"url = {url}\n" for url in MIRRORS)
        return f"[registry]\nname = test\n{urls}key = {lab.WORK}/key.pub\n[sync]\ndirectory = {directory}\n"

    def test_good(self):
        got, said = metrics(), gitdns("status")[1]
        of = '{registry="test"}'
        self.assertEqual(got["gitdns_protected"], 1)
        self.assertEqual(got[f"gitdns_registry_answers{of}"], 1)
        self.assertEqual(got[f"gitdns_registry_serial{of}"], said["serial"])
        self.assertEqual(got[f"gitdns_registry_newest_serial{of}"], said["newest"])
        self.assertEqual(got[f"gitdns_registry_names{of}"], 1)
        for name, member in ("registry_created", "created"), ("registry_expiry", "expires"), (
                "sync_last_round", "last_round"), ("sync_last_success", "last_success"):
            self.assertEqual(got[f"gitdns_{name}_timestamp_seconds{of}"], seconds(said[member]), name)
        self.assertEqual(got[f"gitdns_sync_failures{of}"], 0)
        self.assertEqual(got['gitdns_mirror_up{registry="test",mirror="%s"}' % MIRRORS[0]], 1)
        self.assertEqual(got['gitdns_mirror_up{registry="test",mirror="http://127.0.0.1:9/a\\"b\\\\c/"}'], 0)
        self.assertEqual(got["gitdns_outage_watched"], 1)
        self.assertEqual(got["gitdns_outage_active"], 0)
        version = subprocess.check_output([lab.program("GITDNS"), "--version"], text=True).split()[1]
        self.assertEqual([name for name in got if name.startswith("gitdns_build_info{version=")],
                         [f'gitdns_build_info{{version="{version}"}}'])
        self.assertNotIn("gitdns_outage_start_timestamp_seconds", got)

    def test_promtool(self):
        for word in "auto", "on":
            run(lab.program("GITDNS"), "outage", word)
            self.assertEqual(promtool("check", "metrics", input=status().stdout), (0, ""))
        run(lab.program("GITDNS"), "outage", "auto")

    def test_outage(self):
        run(lab.program("GITDNS"), "outage", "on")
        got = metrics()
        self.assertEqual([got[f"gitdns_outage_{name}"] for name in ("active", "everything", "forced")], [1, 1, 1])
        run(lab.program("GITDNS"), "outage", "auto")
        daemon.wait_for(lambda: metrics()["gitdns_outage_active"] == 0)
        lab.set_dns("closed-port")
        daemon.wait_for(lambda: addresses(NAME) and metrics()["gitdns_outage_active"] == 1)
        since = metrics()["gitdns_outage_start_timestamp_seconds"]
        self.assertAlmostEqual(since, seconds("now"), delta=lab.HANG)
        lab.set_dns("good")
        daemon.wait_for(lambda: metrics()["gitdns_outage_active"] == 0)
        self.assertGreaterEqual(metrics()["gitdns_outage_last_end_timestamp_seconds"], since)

    def test_json(self):
        """One object is all that any command prints, and says its format."""
        outage = gitdns("outage")[1]
        self.assertEqual((outage["format"], outage["outage"]), (1, gitdns("status")[1]["outage"]))
        for command in (["status"], ["doctor"], ["lookup", NAME, "no name"], ["explain", NAME], ["names"], ["log"], ["verify"]):
            self.assertEqual(gitdns(*command)[1]["format"], 1, command)
        bad = gitdns("lookup", 'a"\\\n\u00e9 b')
        self.assertEqual((bad[0], bad[1]["names"][0]["answers"]), (1, False))
        self.assertIn("error", bad[1]["names"][0])

    def test_failures(self):
        """The last good round stays known."""
        good = metrics()['gitdns_sync_last_success_timestamp_seconds{registry="test"}']
        os.rename(f"{lab.WORK}/registry", f"{lab.WORK}/away")
        subprocess.run([lab.program("GITDNS"), "pull"], capture_output=True)
        os.rename(f"{lab.WORK}/away", f"{lab.WORK}/registry")
        got = metrics()
        self.assertEqual(got['gitdns_sync_failures{registry="test"}'], 1)
        self.assertEqual(got['gitdns_sync_last_success_timestamp_seconds{registry="test"}'], good)
        self.assertEqual(got['gitdns_mirror_up{registry="test",mirror="%s"}' % MIRRORS[0]], 0)

    def test_nothing(self):
        """No copy and no daemon: that is told, and no failure."""
        self.stop()
        os.unlink(lab.STORE)
        got = metrics()
        self.assertEqual([got["gitdns_protected"], got["gitdns_outage_watched"],
                          got['gitdns_registry_answers{registry="test"}']], [0, 0, 0])
        self.assertNotIn('gitdns_registry_serial{registry="test"}', got)
        self.assertNotIn("gitdns_outage_active", got)

    def test_output(self):
        """Whole or not at all, and for everybody."""
        os.makedirs(OUTPUT, exist_ok=True)
        path = f"{OUTPUT}/gitdns.prom"
        done = status("--output", path, preexec_fn=lambda: os.umask(0o077))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(os.stat(path).st_mode & 0o7777, 0o644)
        self.assertEqual(os.listdir(OUTPUT), ["gitdns.prom"])
        with open(path) as file:
            self.assertRegex(file.read(), r"(?s)^# HELP gitdns_build_info .*\n$")
        for bad, why in ((f"{OUTPUT}/nowhere/x.prom", "No such file"), (f"{OUTPUT}/", "Is a directory"),
                         ("/proc/x.prom", "")):
            done = status("--output", bad)
            self.assertEqual((done.returncode, done.stdout), (1, ""), done)
            self.assertRegex(done.stderr, f"^gitdns: {re.escape(bad)}: {why}.*\n$")
        done = subprocess.run([lab.program("GITDNS"), "status", "--output", path], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (2, "gitdns: status has --output with --prometheus alone\n"))

    def test_output_by_links(self):
        """Another user, whose folder is on the way, has root write nowhere else; links of root's own are followed."""
        roots, others = f"{LINKS}/roots", f"{LINKS}/others"
        for folder in roots, others, f"{others}/own":
            os.makedirs(folder)
        os.symlink(roots, f"{others}/away")
        os.symlink(others, f"{LINKS}/link")
        os.symlink("own", f"{others}/near")
        os.symlink(f"{others}/away", f"{LINKS}/far")
        if subprocess.run(["chown", "-Rh", "65534:65534", others], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no other user here")
        os.symlink("../others/own", f"{roots}/up")
        for path in f"{others}/away/x.prom", f"{LINKS}/link/away/x.prom", f"{LINKS}/far/x.prom":
            done = status("--output", path)
            self.assertEqual((done.returncode, done.stderr),
                             (1, f"gitdns: {path}: not permitted, or behind a link of another user's\n"))
        self.assertEqual(os.listdir(roots), ["up"])
        for path in f"{others}/near/1", f"{LINKS}/link/2", f"{roots}/up/3", "roots/4", "./5", "6", "../links/7":
            done = status("--output", path, cwd=LINKS)
            self.assertEqual((done.returncode, done.stderr), (0, ""), path)
            self.assertTrue(os.path.exists(os.path.join(LINKS, path)), path)


class Nagios(Healthy):
    def check(self, *arguments):
        done = subprocess.run([lab.program("GITDNS"), "doctor", "--nagios", *arguments], capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()

    def test_good(self):
        code, lines = self.check()
        self.assertEqual((code, len(lines)), (0, 1), lines)
        self.assertRegex(lines[0], r"^GITDNS OK - fine: 1 name is answered when DNS fails \| names=1;;;0 failures=0;;;0 "
                                   r"outage=0;;;0;1 age=\d+s expires_in=\d+s$")

    def test_wrong(self):
        self.stop()
        code, lines = self.check()
        self.assertEqual(code, 1)
        self.assertRegex(lines[0], r"^GITDNS WARNING - degraded: 1 name is .* \| names=1;")
        self.assertRegex(lines[1], r"^gitdns-syncd does not run: .*; mend it: ")
        os.unlink(lab.STORE)
        code, lines = self.check()
        self.assertEqual(code, 2)
        self.assertRegex(lines[0], r"^GITDNS CRITICAL - not protected: no name .* \| names=0;[^|]*$")
        self.assertNotIn(" age=", lines[0])

    def test_bar(self):
        """One alone, in front of the figures, whatever a file is called."""
        os.rename(CONF, f"{CONF}.away")
        lab.write(f"{lab.WORK}/a|b.conf", "[nonsense\n")
        code, lines = self.check("--config", f"{lab.WORK}/a|b.conf")
        self.assertNotEqual(code, 0)
        self.assertEqual("\n".join(lines).count("|"), 1, lines)
        self.assertIn("a/b.conf:1", "\n".join(lines))
        os.rename(f"{CONF}.away", CONF)

    def test_usage(self):
        for arguments in (["x"], ["--nonsense"], ["--registry", "unknown"]):
            self.assertEqual(self.check(*arguments)[0], 3, arguments)


class Rules(unittest.TestCase):
    def test_alerts(self):
        for arguments in (["check", "rules", f"{MONITORING}/gitdns.rules.yml"],
                          ["test", "rules", f"{ROOT}/tests/nss/alerts.yml"]):
            code, said = promtool(*arguments)
            self.assertEqual((code, "FAILED" in said), (0, False), said)

    def test_dashboard(self):
        """Each expression is one, of metrics that there are."""
        with open(f"{MONITORING}/dashboard.json") as file:
            panels = json.load(file)["panels"]
        expressions = [target["expr"].replace("$instance", ".*") for panel in panels for target in panel["targets"]]
        rules = "".join(f"  - record: x\n    labels: {{n: '{n}'}}\n    expr: '{one}'\n" for n, one in enumerate(expressions))
        path = lab.write(f"{lab.WORK}/dashboard.yml", f"groups:\n- name: x\n  rules:\n{rules}")
        code, said = promtool("check", "rules", path)
        self.assertEqual(code, 0, said)
        with open(f"{ROOT}/packaging/man/gitdns.1") as file:
            known = set(re.findall(r"\bgitdns_[a-z_]+", file.read()))
        self.assertGreater(len(expressions), 9)
        self.assertLessEqual(set(re.findall(r"\bgitdns_[a-z_]+", "".join(expressions))), known)


if __name__ == "__main__":
    main()
