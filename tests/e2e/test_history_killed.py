"""gitdns pull and checkout, killed at each of their steps and at random moments; checkout also where a step fails."""
import collections
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import lab
from lab import faults
from lab.client_history import History

KILLS = 40


class Killed(History):
    def check_strace(self):
        if not lab.strace_works():
            self.skipTest("strace is not installed, or not allowed here")

    def killed_at_each_step(self, may_answer, *what):
        """Kills `gitdns WHAT` at its first call of each kind that changes the folder, at its second, and so on;
        returns how many there are. `may_answer`: the stores that may answer then."""
        prepared = self.folder / "prepared"
        shutil.rmtree(prepared, ignore_errors=True)
        shutil.copytree(self.store, prepared, symlinks=True)
        newest = int(self.published.readlink().name)
        steps = 0
        for call in ("mkdirat", "linkat", "symlinkat", "unlinkat", "renameat", "lseek", "fsync"):
            for when in range(1, 100):
                shutil.rmtree(self.store)
                shutil.copytree(prepared, self.store, symlinks=True)
                command = [*faults.prefix("/dev/null", call, f"{call}:signal=KILL:when={when}"),
                           lab.program("GITDNS"), "--config", self.client.config, *what]
                process = subprocess.run(command, capture_output=True, text=True, env=lab.plain_environment())
                with self.subTest(what=what, call=call, when=when, stderr=process.stderr):
                    self.assertIn(self.client.octets(), may_answer)
                    if process.returncode == 0:
                        break
                    self.assertEqual(self.gitdns("pull").status, 0)
                    self.answers(self.pinned() or newest)
                    self.assertEqual([name for name in self.client.names() if name != "pinned"],
                                     ["registry.cdb", "state"])
                steps += 1
        return steps

    def test_killed_at_each_step(self):
        self.check_strace()
        five, six = self.stores[5], self.stores[6]
        self.plain(5)
        self.head(6)
        steps = [self.killed_at_each_step((five, six), "pull")]
        self.plain(5)
        self.head(5)
        steps.append(self.killed_at_each_step((five,), "pull"))
        self.configure(**{"max-age": "1d"})
        self.pull(6)
        aged = self.client.octets()
        self.configure()
        steps.append(self.killed_at_each_step((aged, six), "pull"))
        self.good("checkout", 5)
        steps.append(self.killed_at_each_step((five, six), "checkout", "latest"))
        self.good("checkout", "latest")
        steps.append(self.killed_at_each_step((five, six), "checkout", "5"))
        print(f"killed at each of {' + '.join(map(str, steps))} steps")
        self.assertGreater(min(steps), 5)

    def fails_at_each_step(self, *what):
        """Lets each call of `gitdns WHAT` that matters fail once; returns how many there are."""
        prepared = self.folder / "prepared"
        shutil.rmtree(prepared, ignore_errors=True)
        shutil.copytree(self.store, prepared, symlinks=True)
        before, steps, trace = self.look(), 0, self.folder / "trace"
        for call in ("openat", "symlinkat", "unlinkat", "renameat", "write", "fchmod", "fsync"):
            for when in range(1, 100):
                shutil.rmtree(self.store)
                shutil.copytree(prepared, self.store, symlinks=True)
                outcome = self.gitdns(*what, prefix=faults.prefix(trace, call, f"{call}:error=EIO:when={when}"))
                if not faults.injected(trace):
                    break
                steps += 1
                with self.subTest(what=what, call=call, when=when, lines=outcome.lines):
                    changed = self.look() != before
                    said = " ".join(outcome.lines)
                    if outcome.status == 1 and "standard output" not in said:
                        self.assertRegex(said, "nothing changed$")
                        self.assertFalse(changed)
                    else:  # 2: the configuration could not be read; 127: nor a library
                        self.assertEqual(changed, outcome.status in (0, 1))
                    self.good(*what)
        return steps

    def test_fails_at_each_step(self):
        self.check_strace()
        self.pull(5, 6)
        steps = [self.fails_at_each_step("checkout", "5")]
        self.good("checkout", 5)
        steps.append(self.fails_at_each_step("checkout", "latest"))
        self.assertGreater(min(steps), 5)

    def test_kill(self):
        """At random moments of rounds and checkouts a whole store answers; the next round ends with what is wanted."""
        seed = random.SystemRandom().randrange(2**32)
        chance = random.Random(seed)
        self.configure(keep=2)
        self.pull(1)
        takes, fell = 0.05, collections.Counter()
        for _ in range(KILLS):
            newest = max(self.client.kept())
            if newest == 6:
                shutil.rmtree(self.store)
                self.store.mkdir()
                (self.store / "registry.cdb").write_bytes(self.stores[1])
                newest = 1
            self.head(chance.choice((newest, newest + 1)))
            what = chance.choice((["pull"], ["pull"], ["checkout", str(chance.choice(self.client.kept() or [newest]))],
                                  ["checkout", "latest"]))
            process = subprocess.Popen([lab.program("GITDNS"), "--config", self.client.config, *what],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, takes))
            process.send_signal(signal.SIGKILL)
            fell["killed" if process.wait() < 0 else "over"] += 1
            with self.subTest(seed=seed, what=what):
                self.assertIn(self.client.octets(), self.stores.values())
                pin = self.pinned()
                started = time.monotonic()
                self.assertEqual(self.gitdns("pull").lines, [])
                takes = max(time.monotonic() - started, 0.01)
                newest = int(self.published.readlink().name)
                self.assertEqual(self.pinned(), pin)
                self.answers(pin or newest)
                self.assertEqual(self.client.names(), [*(["pinned"] if pin else []), "registry.cdb", "state"])
                kept = self.client.kept()
                self.assertIn(newest, kept)
                self.assertLessEqual(len(set(kept) - {pin}), 2)
                for serial in kept:
                    self.assertEqual((self.store / f"serials/{serial}.cdb").read_bytes(), self.stores[serial])
        print(f"seed {seed}: {dict(fell)}")
        self.assertGreater(fell["killed"], KILLS // 4)

    def test_fsync_fails(self):
        """Each of a round's, once: what it says answers is what answers."""
        self.check_strace()
        prepared = self.folder / "before"
        self.pull(5)
        self.head(6)
        shutil.copytree(self.store, prepared, symlinks=True)
        trace, said = self.folder / "trace", set()
        for when in range(1, 20):
            shutil.rmtree(self.store)
            shutil.copytree(prepared, self.store, symlinks=True)
            outcome = self.client.sync(faults.prefix(trace, "fsync", f"fsync:error=EIO:when={when}"))
            if not faults.injected(trace):
                break
            serial = int(pathlib.Path(os.readlink(self.store / "registry.cdb")).stem)
            with self.subTest(when=when, lines=outcome.lines):
                if outcome.status == 0:
                    self.assertEqual(serial, 6)
                else:
                    self.assertRegex(outcome.lines[-1], f"Input/output error; (kept serial|serial) {serial}( answers)?$")
                    said.add(serial)
        self.assertEqual(said, {5, 6})


if __name__ == "__main__":
    lab.main()
