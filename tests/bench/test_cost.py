"""tests/bench/cost on a few names: each is asked for once a day, and by the publisher alone."""
import pathlib
import re
import subprocess
import sys
import unittest

import lab

DOMAINS = 30
CHECKS = 20  # questions by which the resolver is tried out, at most


class Cost(unittest.TestCase):
    def test_tables(self):
        folder = pathlib.Path(self.enterContext(lab.scratch()))
        text = "".join(f"{i},site{i}.com\n" for i in range(DOMAINS))
        listed = lab.write(f"{folder}/names", "# a comment\n" + text)
        build = pathlib.Path(lab.program("PUBLISH")).parents[1]
        done = subprocess.run([sys.executable, lab.ROOT / "tests/bench/cost", "--names", listed, "--www", "--rate", "10000",
                               "--days", "2", build], capture_output=True, text=True, timeout=lab.HANG)
        if done.returncode == 77:
            self.skipTest(done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [re.split(r" {2,}", line.strip()) for line in done.stdout.splitlines()]
        rows = {row[0]: row[1:] for row in rows if len(row) > 3}
        for day in (1, 2):
            questions = int(rows[f"day {day}: the names looked up"][0])
            self.assertTrue(4 * DOMAINS <= questions <= 4 * DOMAINS + CHECKS, done.stdout)
            self.assertEqual(int(rows[f"day {day}"][3]), questions)
            self.assertGreaterEqual(int(rows[f"day {day}"][1]), 2 * DOMAINS)
        for free in ("what was published taken in", "an hour, nothing due"):
            self.assertEqual(rows[free][:4], ["0", "0", "0", "0"])
        self.assertEqual(rows["a whole day"][:4], rows["day 1: the names looked up"][:4])


if __name__ == "__main__":
    lab.main()
