"""What a running process says of a name, while what it is asked from changes under it."""
import time
import unittest

NAME = "a.example.net"
CALL = "gethostbyname_r"
SECONDS = 2.0


class Following(unittest.TestCase):
    def soon(self, process, want):
        """The result becomes `want` in time, and stays it."""
        start = asked = time.monotonic()
        while (got := process.ask(NAME)[CALL]) != want:
            if asked - start > SECONDS:
                self.fail(f"after {SECONDS} s still {got}, not {want}")
            time.sleep(0.05)
            asked = time.monotonic()
        self.stays(process, want, 0.2)

    def stays(self, process, want, seconds=1.3):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.assertEqual(process.ask(NAME)[CALL], want)
            time.sleep(0.05)
