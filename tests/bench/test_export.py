"""tests/bench/export on a few names."""
import re
import subprocess
import sys
import unittest

import lab
from lab.exported import FORMATS


class Export(unittest.TestCase):
    def test_table(self):
        build = lab.program("PUBLISH").removesuffix("/publish/gitdns-publish")
        done = subprocess.run([sys.executable, lab.ROOT / "tests/bench/export", "--names", "500", build], capture_output=True,
                              text=True, timeout=lab.HANG)
        self.assertEqual(done.returncode, 0, done.stderr)
        for format in ("text", *FORMATS):
            self.assertRegex(done.stdout, re.compile(rf"^ *{format}( +[\d.,]+){{4}}$", re.MULTILINE))


if __name__ == "__main__":
    lab.main()
