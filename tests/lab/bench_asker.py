"""A process that looks names up when told to, on a machine of its own: tests/bench/ask.c."""

import os

from lab.probing import Talk, within

BLOCK_SECONDS = 0.02


class Asker(Talk):
    def __init__(self, shop, files, names, environment, stderr=None, flags=()):
        super().__init__(within(files, [shop.bench("ask"), *flags, names]), stderr=stderr,
                         env={**os.environ, **environment})
        self.block = {}

    def ask(self, family, count):
        """Nanoseconds a call."""
        return float(self.tell(f"{family} {count}").readline() or "nan")

    def measure(self, family):
        """Nanoseconds a call, over a block as long as BLOCK_SECONDS."""
        if family not in self.block:
            self.ask(family, 1)
            spent = self.ask(family, 1)
            self.block[family] = max(1, min(5000, int(BLOCK_SECONDS * 1e9 / spent)))
        return self.ask(family, self.block[family])
