"""tests/bench/audit on a few names."""
import re
import subprocess
import sys
import unittest

import lab


class Audit(unittest.TestCase):
    def test_table(self):
        build = lab.program("PUBLISH").removesuffix("/publish/gitdns-publish")
        done = subprocess.run([sys.executable, lab.ROOT / "tests/bench/audit", "--names", "500", "--rounds", "2", build],
                              capture_output=True, text=True, timeout=lab.HANG)
        self.assertEqual(done.returncode, 0, done.stderr)
        for row in ("curl, sha256sum", "gitdns verify URL", "gitdns verify --deep URL"):
            self.assertRegex(done.stdout, re.compile(rf"^ *{row} .*\d", re.MULTILINE))


if __name__ == "__main__":
    if lab.find_program("nginx") is None:
        lab.skip("nginx is not installed")
    lab.main()
