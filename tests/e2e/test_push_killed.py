"""gitdns-push, killed at each call that writes, and every 50 ms; whoever syncs meanwhile, and after, finds a whole registry."""
import fcntl
import shutil
import signal
import subprocess
import sys
import threading
import time

import lab
from lab import faults, namespaces
from lab.client import Client
from lab.pushing import Pushing, fault_of, has, path_reader, url_reader

CALLS = ("mkdirat", "openat", "write", "utimensat", "fsync", "renameat", "unlinkat")
FAILING = ("mkdirat", "openat", "read", "write", "fsync", "renameat", "unlinkat", "getdents64", "flock")
KILL = "signal=KILL"
STEP, STEPS = 0.05, 40
PAUSE = 0.005  # from one look to the next


class Reader(threading.Thread):
    """A client that looks at a mirror again and again while pushes go on."""

    def __init__(self, read):
        super().__init__(daemon=True)
        self.read = read
        self.looks = 0
        self.faults = []
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            # Between two files another serial may have come: what HEAD named stays for as long as eight are kept.
            try:
                fault = fault_of(self.read)
            except Exception as error:  # noqa: BLE001 whatever it is, the test has to tell
                fault = repr(error)
            self.looks += 1
            if fault:
                self.faults.append(fault)
            time.sleep(PAUSE)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


class Killed(Pushing):
    def setUp(self):
        super().setUp()
        self.clients = 0

    def syncs(self, url, serial):
        """A client that has nothing takes the mirror's serial."""
        self.clients += 1
        folder = self.folder / f"client-{self.clients}"
        outcome = Client(folder, [url], [self.key.public]).sync()
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        found = int(outcome.out.split(": serial ")[1].split(",")[0])
        self.assertIn(found, serial if isinstance(serial, tuple) else (serial,))
        shutil.rmtree(folder)
        return found

    def unlocked(self):
        """What the killed one has started is dead, too."""
        for folder in (self.tree, self.folder / "path"):
            with open(folder / ".push.lock", "a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / ".push.lock").unlink()

    def each_call(self, what, calls):
        """Of a push of serial 11 into a folder that has 10, each call of these does that once, in each process. Returns
        how often, and which serials were there then, whole."""
        if not lab.strace_works():
            self.skipTest("strace is not installed, or not allowed here")
        path = self.folder / "path"
        for _ in range(9):
            self.publish()
        prepared, trace = self.folder / "prepared", self.folder / "trace"
        self.good(path)
        self.publish()
        (self.tree / "index.html").write_text("a page\n")
        shutil.move(path, prepared)
        times, serials = 0, set()
        for call in calls:
            for when in range(1, 200):
                shutil.rmtree(path, ignore_errors=True)
                shutil.copytree(prepared, path)
                done = subprocess.run([*faults.prefix(trace, call, f"{call}:{what}:when={when}", follow=True),
                                       *self.command(self.tree, path)], capture_output=True, text=True,
                                      env=self.environment)
                with self.subTest(call=call, when=when, stderr=done.stderr):
                    if done.returncode == 0 and (what == KILL or not faults.injected(trace)):
                        break
                    times += 1
                    self.assertIsNone(fault_of(path_reader(path)))
                    serials.add(self.syncs(f"file://{path}/", (10, 11)))
                    if what == KILL:
                        self.unlocked()
                    elif done.returncode in (0, 1) and call != "write":  # the line's own, too
                        self.assertEqual(done.stderr.count("\n"), done.returncode)
                    if done.returncode == 0:
                        self.assertEqual((path / "HEAD").read_text(), "11\n")
                    self.good(path)
                    self.same(path)
        print(f"{what}: {times} times; serials that were there: {sorted(serials)}", file=sys.stderr)
        return times, serials

    def test_killed_at_each_call(self):
        times, serials = self.each_call(KILL, CALLS)
        self.assertGreater(times, 30)
        self.assertEqual(serials, {10, 11})

    def test_fails_at_each_call(self):
        """What could not be done is said, in a line."""
        times, serials = self.each_call("error=EIO", FAILING)
        self.assertGreater(times, 30)
        self.assertEqual(serials, {10, 11})

    def test_every_50_ms(self):
        """Of pushes to two remotes, of which one is across a network."""
        if not has("rclone"):
            self.skipTest("rclone is not installed")
        web, web_folder = self.webdav()
        path = self.folder / "path"
        url = f"http://127.0.0.1:{self.web_port}/names"
        self.good(path, web)
        kills, after = 0, STEP
        with Reader(path_reader(path)) as near, Reader(url_reader(url)) as far:
            while True:
                self.publish(400)
                process = subprocess.Popen(self.command(self.tree, path, web), stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, env=self.environment)
                try:
                    process.communicate(timeout=after)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    kills += 1
                if process.returncode == 0:
                    break
                self.assertEqual(process.returncode, -signal.SIGKILL)
                self.unlocked()
                self.syncs(f"file://{path}/", tuple(range(1, self.serial + 1)))
                self.syncs(f"{url}/", tuple(range(1, self.serial + 1)))
                # On a busy machine all takes longer, and so it would never come to the end.
                after += STEP if kills < STEPS else after / 3
        print(f"killed {kills} times, and then over in {after:.2f} s; {near.looks} and {far.looks} looks",
              file=sys.stderr)
        self.assertEqual(near.faults, [])
        # This server empties a file before it fills it: such a HEAD names no folder, and clients stay with what they have.
        self.assertEqual([fault for fault in far.faults if fault != "HEAD: b''"], [])
        self.assertGreater(kills, 5)
        self.good(path, web)
        self.same(path)
        self.same(web_folder)
        self.assertEqual(self.syncs(f"{url}/", self.serial), self.serial)


if __name__ == "__main__":
    lab.need("minisign")
    namespaces.enter()
    lab.main()
