"""What is left of a run of gitdns-publish that is killed, stopped, or finds the disk full."""
import fcntl
import random
import signal
import subprocess
import termios
import time

import lab
from lab.publish_hosts import Publisher, contents, hosts_of

MANY = 500  # moments, after which it is no chance


class Interrupted(Publisher):
    def setUp(self):
        super().setUp()
        self.texts = [hosts_of(4000), hosts_of(4001)]
        self.random = random.Random(5)

    def run_length(self):
        lengths = []
        for text in (self.texts[1], self.texts[0]) * 2:
            start = time.monotonic()
            self.published(text=text)
            lengths.append(time.monotonic() - start)
        return min(lengths)

    def interrupt(self, number, after):
        process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(after)
        process.send_signal(number)
        _, errors = process.communicate(timeout=lab.HANG)
        return process.returncode, errors

    def test_kill(self):
        """At 50 moments or more: HEAD always names a whole serial, and the next run succeeds."""
        self.start(self.texts[0])
        length = self.run_length()
        killed = i = 0
        while i < 50 or killed <= 10 and i < MANY:
            i += 1
            self.hosts.write_text(self.texts[i % 2])
            status, _ = self.interrupt(signal.SIGKILL, self.random.uniform(0, length * 1.2))
            killed += status == -signal.SIGKILL
            self.check_whole(self.head())
            self.published(text=self.texts[(i + i // 7) % 2])
            self.check_whole(self.head())
        self.assertGreater(killed, 10)

    def test_terminate(self):
        """SIGTERM or SIGINT at 30 moments or more: a new serial, or nothing of it."""
        self.start(self.texts[0])
        length = self.run_length()
        stopped = i = 0
        while i < 30 or stopped == 0 and i < MANY:
            i += 1
            self.hosts.write_text(self.texts[i % 2])
            before = contents(self.tree)
            status, errors = self.interrupt(self.random.choice([signal.SIGTERM, signal.SIGINT]),
                                            self.random.uniform(0.2 * length, length))
            if status == 0:
                self.check_whole(self.head())
                continue
            self.assertEqual(contents(self.tree), before)
            self.assertIn(status, (1, -signal.SIGTERM, -signal.SIGINT))
            if status == 1:
                self.assertRegex(errors, r"\Agitdns-publish: .*stopped; nothing published\n\Z")
                stopped += 1
        self.assertGreater(stopped, 0)

    def wait_until_read(self, pipe):
        for _ in range(100 * lab.HANG):
            if fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)) == bytes(4):
                return
            time.sleep(0.01)
        self.fail("nobody reads")

    def test_stop_while_reading(self):
        self.start(self.texts[0])
        before = contents(self.tree)
        process = subprocess.Popen(self.command(hosts="-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdin.write("8.8.8.8 dns.google\n")
        process.stdin.flush()
        self.wait_for_lock()
        self.wait_until_read(process.stdin)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=lab.HANG), 1)
        self.assertEqual(process.stderr.read(), "gitdns-publish: -: stopped; nothing published\n")
        process.communicate()
        self.assertEqual(contents(self.tree), before)

    def namespace(self):
        return lab.mount_namespace() or self.skipTest("mount namespaces are not allowed")

    def test_full_disk(self):
        """A second serial runs out of blocks or inodes at each point on its way."""
        prefix = self.namespace()
        self.texts = [hosts_of(4000, lambda i: f"8.{i % 251}.{i * 7 % 253}.{i * 13 % 255}"), ""]
        self.published("--no-page", text=self.texts[0])
        size = (self.tree / "1" / "snapshot.gz").stat().st_size
        saved = self.folder / "saved"
        self.tree.rename(saved)
        self.tree.mkdir()
        script = ('mount -t tmpfs -o size=$1,nr_inodes=$2 none "$3" && cp -a "$4/." "$3" && cp "$5" /dev/null && shift 5 && '
                  '{ "$@"; status=$?; diff -r "$SAVED" "$TREE" >&2 && exit $status || exit 9; }')
        failed = 0
        for pages, inodes in ((12, 99), (size * 2 // 4096 + 4, 99), (size * 2 // 4096 + 5, 99), (99, 7), (99, 8), (99, 9),
                              (99, 10)):
            with self.subTest(pages=pages, inodes=inodes):
                pages = max(pages, size // 4096 + 5)
                outcome = self.publish("--no-page", text=self.texts[0] + hosts_of(1, first=5000), prefix=[
                    *prefix, "env", f"SAVED={saved}", f"TREE={self.tree}", "sh", "-c", script, "sh", str(pages * 4096),
                    str(inodes), str(self.tree), str(saved), str(self.hosts)])
                lines = [line for line in outcome.lines if line.startswith("gitdns-publish: ")]
                if outcome.status == 9:  # published: the tree differs
                    self.assertEqual(lines, [], outcome)
                    continue
                self.assertEqual((outcome.status, len(lines)), (1, 1), outcome)
                failed += 1
        self.assertGreater(failed, 3)


if __name__ == "__main__":
    lab.main()
