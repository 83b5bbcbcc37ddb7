"""gitdns-publish --names, stopped, killed, or with a resolver that dies: where the next run goes on."""
import collections
import re
import shutil
import signal
import subprocess
import time

import lab
from lab import dns_tree
from lab.client import Outcome
from lab.publish_names import Resolving, text_of


class Interrupted(Resolving):
    def test_interrupted(self):
        """SIGINT, then kill -9, then to the end: nothing is asked twice but what was under way."""
        count, rate = 1200, 500
        for i in range(count):
            self.zones.add(f"n{i}.com", "A", f"8.0.{i >> 8}.{i & 255}")
        self.start_dns()
        resolver = self.fresh_resolver("log-queries: yes", "verbosity: 0")
        self.names.write_text("".join(f"n{i}.com\n" for i in range(count)))
        options = ("--rate", rate)
        stopped = self.interrupt(signal.SIGINT, options, resolver)
        self.assertEqual((stopped.status, len(stopped.lines)), (1, 1), stopped)
        self.assertIn("started again it goes on from there; nothing published", stopped.lines[0])
        self.assertFalse(self.tree.exists())
        done = int(re.search(r"stopped with (\d+) of 1200 names", stopped.lines[0]).group(1))
        self.assertGreater(done, 100)
        self.assertLess(done, 900)
        killed = self.interrupt(signal.SIGKILL, options, resolver)
        self.assertEqual(killed.status, -signal.SIGKILL)
        self.assertIn(f"going on with {done} answers", killed.lines[0])
        with open(self.state / "journal", "ab") as journal:
            journal.write(b"\0\x20torn")
        outcome = self.published(*options, resolver=resolver)
        again = int(re.search(r"going on with (\d+) answers", outcome.lines[0]).group(1))
        self.assertGreater(again, done)
        self.assertEqual(self.text(), text_of(f"n{i}.com 8.0.{i >> 8}.{i & 255}" for i in range(count)))
        log = (self.folder / f"unbound-{resolver}.log").read_text()
        asked = collections.Counter(re.findall(r"(n\d+\.com)\. (A|AAAA) IN", log))
        self.assertEqual(len(asked), 2 * count)
        # Under way at the two ends, and what the journal's buffer held when it was killed.
        self.assertLess(sum(asked.values()) - 2 * count, 2 * 500 + rate * 2)

    def interrupt(self, number, options, resolver):
        """Starts a run and ends it when it has written some answers down."""
        journal = self.state / "journal"
        enough = (journal.stat().st_size if journal.exists() else 0) + 5000
        process = subprocess.Popen(self.command(*options, resolver=resolver), text=True, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        self.wait_for_journal(enough)
        process.send_signal(number)
        return Outcome(subprocess.CompletedProcess([], process.wait(timeout=lab.HANG), "", self.rest_of(process)))

    def wait_for_journal(self, octets):
        journal = self.state / "journal"
        end = time.monotonic() + lab.HANG
        while time.monotonic() < end and (not journal.exists() or journal.stat().st_size < octets):
            time.sleep(0.02)

    def rest_of(self, process):
        with process.stderr:
            return process.stderr.read()

    def test_other_list(self):
        """A journal of another list or other options is begun anew."""
        for i in range(1500):
            self.zones.add(f"n{i}.com", "A", "8.8.8.8")
        self.start_dns()
        self.names.write_text("".join(f"n{i}.com\n" for i in range(1500)))
        self.interrupt(signal.SIGINT, ("--rate", 300), dns_tree.RESOLVER)
        self.assertTrue((self.state / "journal").exists())
        self.names.write_text("".join(f"n{i}.com\n" for i in range(1499)))
        outcome = self.published()
        self.assertNotIn("going on", "".join(outcome.lines))
        self.assertEqual(self.text().count("\n"), 1499)

    def test_resolver_dies(self):
        """A run ends soon when nobody answers any more, and goes on when somebody does."""
        count = 2500
        for i in range(count):
            self.zones.add(f"n{i}.com", "A", f"8.0.{i >> 8}.{i & 255}")
        self.start_dns()
        resolver = "127.0.2.99"
        process = self.dns.resolver(resolver)
        self.names.write_text("".join(f"n{i}.com\n" for i in range(count)))
        options = ("--parallel", 10, "--rate", 500)
        run = subprocess.Popen(self.command(*options, resolver=resolver), text=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
        self.wait_for_journal(5000)
        process.kill()
        process.wait()
        lines = self.rest_of(run).splitlines()
        self.assertEqual(run.wait(timeout=lab.HANG), 1)
        self.assertRegex(lines[-1], "nothing but no answer for 3. s; started again it goes on from there")
        shutil.rmtree(self.folder / f"unbound-{resolver}")
        self.dns.resolver(resolver)
        outcome = self.published(resolver=resolver)
        self.assertIn("going on with", outcome.lines[0])
        self.assertEqual(self.text(), text_of(f"n{i}.com 8.0.{i >> 8}.{i & 255}" for i in range(count)))


if __name__ == "__main__":
    dns_tree.enter()
    lab.main()
