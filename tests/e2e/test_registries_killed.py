"""kill -9 of rounds of four registries, and while a registry moves to another folder: each store is the old one or the
new one, whole, what answered goes on answering, and nothing is left over after the next run."""
import collections
import os
import random
import shutil
import subprocess
import time

import lab
from lab import faults
from lab.registry import now, DAY
from lab.several import NAMES, Several

MOMENTS = 60
CALLS = ("mkdirat", "linkat", "symlinkat", "unlinkat", "renameat", "fsync", "fchmod", "flock", "ftruncate")
KILLED = (-9, 137)


class Killed(Several):
    def check_strace(self):
        if not lab.strace_works():
            self.skipTest("strace is not installed, or not allowed here")

    def keep(self):
        """As it lies there now, for put_back()."""
        shutil.copytree(self.store, self.folder / "kept", symlinks=True)

    def put_back(self):
        shutil.rmtree(self.store)
        shutil.copytree(self.folder / "kept", self.store, symlinks=True)

    def prepare_rounds(self):
        """Each has something new but for three: a mirror that refuses, one that offers what has expired, a key that is
        gone. Returns the stores before and after."""
        self.configure(self.section("corp", private="yes"), "local", self.section("top", unnamed=True), "starter")
        self.good_sync()
        before = {name: self.octets(self.of(name)) for name in NAMES}
        self.keep()
        for name in NAMES:
            self.publish(name, 50, count=2000)
        self.good_sync()
        after = {name: self.octets(self.of(name)) for name in NAMES}
        self.put_back()
        return before, after

    @staticmethod
    def of(name):
        return None if name == "top" else name

    def check_rounds(self, before, after):
        for name in NAMES:
            self.assertIn(self.octets(self.of(name)), (before[name], after[name]), name)
        outcome = self.sync()
        for name in NAMES:
            self.assertEqual(self.octets(self.of(name)), after[name], name)
        kept = [name for name in self.names() if "serials/" not in name]
        self.assertEqual(kept, sorted(["policy.cdb", *(f"{folder}{file}" for file in ("registry.cdb", "state") for folder in
                                                       ("", "registries/corp/", "registries/local/", "registries/starter/"))]))
        for name in self.names():
            self.assertNotRegex(name, r"\.(new|part)$")
        return outcome

    def killed_at_each_step(self, run, check):
        """`run(prefix)` ends it at its first call of each kind, at its second, and so on; in rounds beside each other:
        of each thread. Returns how many steps there are."""
        steps = 0
        for call in CALLS:
            for when in range(1, 60):
                self.put_back()
                status = run(faults.prefix("/dev/null", call, f"{call}:signal=KILL:when={when}", follow=True))
                with self.subTest(call=call, when=when):
                    check()
                if status not in KILLED:
                    break
                steps += 1
        return steps

    def test_rounds_at_each_step(self):
        self.check_strace()
        before, after = self.prepare_rounds()
        steps = self.killed_at_each_step(lambda prefix: self.sync(prefix=prefix).status,
                                         lambda: self.check_rounds(before, after))
        print(f"killed at each of {steps} steps")
        self.assertGreater(steps, 15)

    def test_rounds_at_random_moments(self):
        seed = random.SystemRandom().randrange(2**32)
        chance = random.Random(seed)
        before, after = self.prepare_rounds()
        takes, fell = 0.2, collections.Counter()
        for _ in range(MOMENTS):
            self.put_back()
            process = subprocess.Popen(self.command("--once"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, takes * 1.1))
            process.kill()
            fell["killed" if process.wait() < 0 else "over"] += 1
            with self.subTest(seed=seed):
                start = time.monotonic()
                self.assertEqual(self.check_rounds(before, after).status, 0)
                takes = 0.5 * takes + 0.5 * (time.monotonic() - start)
        print(f"seed {seed}: {dict(fell)}")
        self.assertGreater(fell["killed"], MOMENTS // 4)

    def test_rounds_of_which_some_fail(self):
        """One mirror refuses, one offers what has expired, one key is gone: the fourth is old or new, theirs are old."""
        self.check_strace()
        before, after = self.prepare_rounds()
        self.server.rules["/corp/HEAD"] = lambda request: request.answer(403, b"")
        self.publish("top", 51, created=now() - 90 * DAY)
        self.public["starter"].unlink()
        want = before | {"local": after["local"]}
        steps = self.killed_at_each_step(lambda prefix: -9 if self.sync(prefix=prefix).status in KILLED else 0,
                                         lambda: self.check_rounds(before, want))
        print(f"killed at each of {steps} steps")
        self.assertGreater(steps, 10)

    def moved(self, unnamed, then):
        """From one configuration to another without a mirror at hand. `unnamed`: who has no section of its name first,
        `then`: afterwards. Returns what looks at what a run of it has left."""
        shutil.rmtree(self.folder / "kept", ignore_errors=True)
        shutil.rmtree(self.store)
        self.store.mkdir()
        self.server.rules.clear()
        self.configure(*(self.section(name, unnamed=name == unnamed) for name in ("corp", "top")))
        self.good_sync()
        for name, serial in (("top", 43), ("corp", 41)):
            (self.place(None if name == unnamed else name) / "pinned").write_text(f"{serial}\n")
        self.good_sync()
        stores = {name: self.octets(None if name == unnamed else name) for name in ("corp", "top")}
        self.keep()
        self.server.rules = {f"/{name}/HEAD": lambda request: request.answer(503, b"") for name in NAMES}
        self.configure(*(self.section(name, unnamed=name == then) for name in ("corp", "top")))

        def check():
            # Where two change places in the copy's own folder, one is not there for a moment.
            answering = self.answering()
            gone = set(stores.values()) - set(answering)
            self.assertLessEqual(len(gone), 1 if unnamed and then else 0, self.names())
            self.sync()
            for name, serial in (("top", 43), ("corp", 41)):
                folder = None if name == then else name
                self.assertEqual(self.octets(folder), stores[name], self.names())
                self.assertEqual((self.place(folder) / "pinned").read_text(), f"{serial}\n")
            found = [name for name in self.names() if not name.endswith("state")]
            self.assertEqual(len(found), 1 + 2 * 3, found)
        return check

    def fails_at_each_step(self, check):
        """Lets each call that matters fail once. Returns how many there are."""
        steps, trace = 0, self.folder / "trace"
        for call in ("mkdirat", "linkat", "symlinkat", "renameat"):
            for when in range(1, 60):
                self.put_back()
                self.sync(prefix=faults.prefix(trace, call, f"{call}:error=EIO:when={when}", follow=True))
                if not faults.injected(trace):
                    break
                with self.subTest(call=call, when=when):
                    check()
                steps += 1
        return steps

    def test_moves(self):
        self.check_strace()
        for unnamed, then in (("top", None), (None, "top"), ("top", "corp")):
            check = self.moved(unnamed, then)
            killed = self.killed_at_each_step(lambda prefix: self.sync(prefix=prefix).status, check)
            failed = self.fails_at_each_step(check)
            print(f"killed at each of {killed} steps, failed at each of {failed}")
            self.assertGreater(killed, 15)
            self.assertGreater(failed, 5)

    def test_taken_out(self):
        """Nothing of it is left, whenever that was begun."""
        self.check_strace()
        self.configure(self.section("top", unnamed=True), "corp", "local")
        self.good_sync()
        (self.place("corp") / ("ab" * 32 + ".part")).write_text("")
        self.keep()
        stores = [self.octets(name) for name in (None, "local")]
        self.configure("local")

        def check():
            self.assertIn(stores[1], self.answering())
            self.sync()
            self.assertEqual(self.names(), self.whole(local=42))
            self.assertEqual(os.listdir(self.store / "registries"), ["local"])
        steps = self.killed_at_each_step(lambda prefix: self.sync(prefix=prefix).status, check)
        print(f"killed at each of {steps} steps")
        self.assertGreater(steps, 15)


if __name__ == "__main__":
    lab.main()
