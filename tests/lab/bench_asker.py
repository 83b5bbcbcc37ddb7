"""A process that looks names up when told to, on a machine of its own: tests/bench/ask.c."""

import os
import subprocess

import lab

BLOCK_SECONDS = 0.02


class Asker:
    """Until the end of the block."""

    def __init__(self, shop, files, names, environment, stderr=None, flags=()):
        self.process = subprocess.Popen(
            lab.within(files, [shop.bench("ask"), *flags, names]), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=stderr, text=True, env={**os.environ, **environment})
        self.block = {}

    def ask(self, family, count):
        """Nanoseconds a call."""
        self.process.stdin.write(f"{family} {count}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline() or "nan")

    def measure(self, family):
        """Nanoseconds a call, over a block as long as BLOCK_SECONDS."""
        if family not in self.block:
            self.ask(family, 1)
            spent = self.ask(family, 1)
            self.block[family] = max(1, min(5000, int(BLOCK_SECONDS * 1e9 / spent)))
        return self.ask(family, self.block[family])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
