"""What gitdns-syncd tells the journal, where that is its standard error: the events, and their fields."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

import lab
from lab import daemon, outage
from lab.journal import Journal, stream_of
from lab.registry import DAY, Key, Registry, make_text, now

LOG = f"{lab.WORK}/syncd.log"
BEGINS, ENDS = "3fd737c5b19e46818f7ad1745bbc7ce9", "49a61eb5914947baacdb43dd8070b2a0"
FAILED, EXPIRES = "9f79c798dee24996a40a8a778b9a4704", "99e824eb4906462fac560954eec70bb3"
FOREVER = {"SYSLOG_IDENTIFIER": "gitdns-syncd", "SYSLOG_FACILITY": "3"}
CATALOG = lab.ROOT / "packaging/systemd/gitdns.catalog"


class Fields(outage.WithDaemon):
    """With a registry that cannot be had."""

    def setUp(self):
        self.journal = Journal()
        self.addCleanup(self.journal.close)
        pathlib.Path(LOG).touch()
        os.environ["JOURNAL_STREAM"] = stream_of(LOG)
        super().setUp()

    def event(self, identifier, **fields):
        """Its own fields: of the next one that has those."""
        wanted = {"MESSAGE_ID": identifier, **fields}.items()
        entry, _ = self.journal.until(lambda entry: wanted <= entry.items())
        self.assertEqual({name: entry.pop(name, None) for name in FOREVER}, FOREVER)
        del entry["MESSAGE_ID"]
        return entry

    def ask_for_rounds(self):
        self.daemon.process.send_signal(signal.SIGHUP)

    def test_round_failed(self):
        self.ask_for_rounds()
        fields = self.event(FAILED)
        text = fields.pop("MESSAGE")
        self.assertRegex(text, r"^file:///nowhere/HEAD: No such file or directory; ")
        self.assertGreaterEqual(int(fields.pop("GITDNS_FAILURES")), 1)
        self.assertEqual(fields, {"PRIORITY": "4", "GITDNS_REGISTRY": "lab", "GITDNS_SERIAL": "1",
                                  "GITDNS_MIRROR": "file:///nowhere/"})
        self.assertEqual(self.daemon.said(), [])

    def test_outage(self):
        self.everything_out()
        fields = self.event(BEGINS)
        cause = fields["GITDNS_CAUSE"]
        self.assertEqual(fields, {
            "MESSAGE": f"DNS does not answer ({cause}): everything is out", "PRIORITY": "4",
            "GITDNS_SCOPE": "everything", "GITDNS_NAME": ".", "GITDNS_CAUSE": cause})
        self.restore(".")
        fields = self.event(ENDS)
        seconds, reports = fields["GITDNS_SECONDS"], fields["GITDNS_REPORTS"]
        self.assertEqual(fields, {
            "MESSAGE": f"DNS answers again, after {seconds} s; {reports} look-ups have been reported", "PRIORITY": "5",
            "GITDNS_SCOPE": "everything", "GITDNS_NAME": ".", "GITDNS_SECONDS": seconds, "GITDNS_REPORTS": reports})
        self.assertEqual(self.daemon.said(), [])

    def test_expires_soon(self):
        """It is said once, whatever rounds there are that day."""
        key = Key(lab.WORK, "short")
        registry = Registry(f"{lab.WORK}/short", key, "short")
        made = now() - 3 * DAY
        registry.publish(7, make_text(60), created=made, expires=now() + DAY // 2)
        config = pathlib.Path(daemon.CONFIG).read_text()
        self.addCleanup(lab.write, daemon.CONFIG, config)
        lab.write(daemon.CONFIG, f"{config}[registry short]\nurl = file://{registry.folder}/\nkey = {key.public}\n")
        self.ask_for_rounds()
        fields = self.event(EXPIRES, GITDNS_REGISTRY="short")
        expires = int(fields.pop("GITDNS_EXPIRES"))
        self.assertLess(abs(expires - now() - DAY // 2), lab.HANG)
        self.assertEqual(fields, {
            "MESSAGE": "short: the copy expires in 12 hours", "PRIORITY": "4", "GITDNS_REGISTRY": "short",
            "GITDNS_SERIAL": "7", "GITDNS_NAMES": "60"})
        for _ in range(2):
            self.ask_for_rounds()
            _, before = self.journal.until(lambda entry: entry["MESSAGE"] == "short: up to date at serial 7")
            self.assertNotIn(EXPIRES, [entry.get("MESSAGE_ID") for entry in before])


class Elsewhere(outage.WithDaemon):
    """Standard error is not what the service manager has handed over: the journal gets nothing."""

    def test_plain_lines(self):
        self.daemon.__exit__(None, None, None)
        journal = Journal()
        self.addCleanup(journal.close)
        for stream in ("", "1:1", None):
            os.environ.pop("JOURNAL_STREAM", None)
            if stream is not None:
                os.environ["JOURNAL_STREAM"] = stream
            with daemon.Daemon() as syncd:
                syncd.process.send_signal(signal.SIGHUP)
                daemon.wait_for(lambda syncd=syncd: any("/nowhere/HEAD: No such file" in line for line in syncd.said()))
            self.assertTrue(journal.is_empty(), stream)


@unittest.skipUnless(shutil.which("journalctl"), "no journalctl here")
class Catalogue(unittest.TestCase):
    """journalctl reads an entry for each event, and knows its fields."""

    def test_each_event(self):
        folder = pathlib.Path(lab.WORK, "root/usr/lib/systemd/catalog")
        folder.mkdir(parents=True)
        shutil.copy(CATALOG, folder)
        command = ["journalctl", f"--root={lab.WORK}/root"]
        subprocess.run([*command, "--update-catalog"], check=True)
        said = subprocess.run([*command, "--dump-catalog"], check=True, capture_output=True, text=True).stdout
        source = (lab.ROOT / "notice/notice.c").read_text()
        self.assertEqual(set(re.findall(r"^-- (\w{32})$", said, re.M)), set(re.findall(r"MESSAGE_ID=(\w{32})", source)))
        sources = "".join((lab.ROOT / file).read_text() for file in ("outage/outage_log.c", "syncd/round_told.c"))
        self.assertLessEqual(set(re.findall(r"@(\w+)@", said)), set(re.findall(r"(GITDNS_\w+)=", sources)))
        self.assertEqual(said.count("\nSubject: "), 4)


if __name__ == "__main__":
    outage.main()
