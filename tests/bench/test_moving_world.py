"""tests/bench/moving_world on a world of a few names and days."""
import pathlib
import re
import subprocess
import sys
import unittest

import lab

NAMES, DAYS = 20, 3
POLICIES = 4


class Proof(unittest.TestCase):
    def test_tables(self):
        build = pathlib.Path(lab.program("PUBLISH")).parents[1]
        done = subprocess.run([sys.executable, lab.ROOT / "tests/bench/moving_world", "--names", str(NAMES), "--days", str(DAYS),
                               build], capture_output=True, text=True, timeout=lab.HANG)
        if done.returncode == 77:
            self.skipTest(done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [re.split(r" {2,}", line.strip()) for line in done.stdout.splitlines()]
        shares = [line for line in lines if line[0] in ("mean", *map(str, range(1, DAYS + 1)))]
        # The evenings, then the mornings. A server may be too busy once.
        once = 100 / NAMES / DAYS
        self.assertEqual(len(shares), 2 * (DAYS + 1), done.stdout)
        self.assertEqual({len(line) for line in shares}, {POLICIES + 1})
        sample, hold, alone, siblings = (float(cell.split(" / ")[0]) for cell in shares[DAYS][1:])
        self.assertGreaterEqual(min(alone, siblings) + once, max(sample, hold), done.stdout)
        rows = {line[0]: line[1:] for line in lines}
        self.assertEqual(rows["--require"], ["0"])
        self.assertEqual(rows["without"], ["10"])
        self.assertGreaterEqual(int(rows["--prove, no siblings"][0]), NAMES)


if __name__ == "__main__":
    lab.main()
