"""tests/bench/replay on a history so small that its figures are found by hand."""
import pathlib
import re
import subprocess
import sys
import unittest

import lab

DAYS = 15
STAYS, MOVES, TURNS = "stays.example.org", "moves.example.org", "turns.example.org"


def write_history(folder, days=range(DAYS)):
    """A file a day: one name stays, one moves after a week, one turns every day."""
    for day in days:
        lines = f"8.8.0.1 {STAYS}\n8.8.1.{1 if day < 7 else 2} {MOVES}\n8.8.2.{1 + day % 2} {TURNS}\n"
        pathlib.Path(folder, f"made-2026-03-{day + 1:02}.hosts").write_text(lines)


def replay(folder, *options):
    command = [sys.executable, lab.ROOT / "tests/bench/replay", "--build",
               pathlib.Path(lab.program("PUBLISH")).parents[1], *options, folder]
    return subprocess.run(command, capture_output=True, text=True, timeout=lab.HANG)


def rows_of(said):
    """{(table, every, samples, hold): the other cells}"""
    rows, table = {}, 0
    for line in said.splitlines():
        cells = re.split(r" {2,}", line.strip())
        table += cells[0] == "series"
        if cells[0] == "made":
            rows[table, *cells[1:4]] = cells[4:]
    return rows


def percent(part, whole):
    return f"{100 * part / whole:.2f} %"


class Policies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(lab.scratch())
        write_history(folder)
        done = replay(folder, "--every=7d", "--every=1d", "--samples=1", "--samples=3", "--hold=0", "--hold=8")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.said, cls.rows = done.stdout, rows_of(done.stdout)

    def test_a_week(self):
        """Serials of days 0, 7 and 14; outages before days 1 to 14. TURNS is right on days 2, 4, 6, 9, 11
        and 13, MOVES on all but day 7."""
        right = percent(14 + 6 + 13, 42)
        self.assertEqual(self.rows[1, "7d", "1", "0"], ["14", "3", right, right, "1.00"])

    def test_a_day(self):
        """TURNS is held from day 2 on, what was seen last being first and always wrong. Held are its two
        addresses on 14 days, and MOVES' on the 8 from day 7 on."""
        self.assertEqual(self.rows[1, "1d", "1", "8"], ["14", "3", percent(14 + 13 + 13, 42), percent(14 + 0 + 13, 42),
                                                        f"{(45 + 14 + 8) / 45:.2f}"])

    def test_later(self):
        """A week after each serial, of days 0 to 7, TURNS has turned an odd number of times, and MOVES has
        moved since those of days 0 to 6."""
        self.assertEqual(self.rows[2, "1d", "1", "0"][:3], [percent(8 + 0 + 1, 24), percent(2, 3), "-"])

    def test_samples(self):
        """Serials of days 0 to 2 and 7 to 9, each with both of TURNS' addresses."""
        self.assertEqual(self.rows[1, "7d", "3", "0"][:2], ["12", "3"])
        self.assertEqual(self.rows[1, "7d", "3", "0"][4], f"{(4 + 4) / 6:.2f}")

    def test_files_too_rare(self):
        """It says so instead of calling something a policy that it is not."""
        self.assertIn("made: its files lie 1 days apart, too far to tell of every 1d (samples: 3).", self.said)
        self.assertEqual(len(self.rows), 2 * 6)


class Histories(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(lab.scratch())

    def test_a_file_that_is_refused(self):
        """The copy stays as it is, and the day says nothing of what was true. The copy of day 3 is right on
        day 5 for TURNS alone among its days, and MOVES' on all but day 7."""
        write_history(self.folder)
        pathlib.Path(self.folder, "made-2026-03-05.hosts").write_text("# nothing\n")
        done = replay(self.folder, "--every=1d", "--hold=0")
        self.assertIn("made: 1 file(s) refused", done.stdout)
        self.assertEqual(rows_of(done.stdout)[1, "1d", "1", "0"][:3], ["14", "3", percent(13 + 1 + 12, 39)])

    def test_usual_policies(self):
        """And a series without any names does not keep others from being replayed."""
        write_history(self.folder, (0, 7))
        for day in (1, 8):
            pathlib.Path(self.folder, f"empty-2026-03-0{day}.hosts").write_text("# nothing\n")
        done = replay(self.folder)
        self.assertEqual({key[1:] for key in rows_of(done.stdout)}, {("7d", "1", "0"), ("7d", "1", "8")}, done)
        self.assertIn("empty: gitdns-publish: ", done.stdout)
        self.assertIn("too far to tell of every 7d (samples: 3), 1d (samples: 1), 6h (samples: 1).", done.stdout)

    def test_wrong_time(self):
        for text in ("0d", "1", "d", "1m", "-1d"):
            done = replay(self.folder, f"--every={text}")
            self.assertEqual(done.returncode, 2, text)
            self.assertIn("not a time such as 6h", done.stderr)

    def test_damaged(self):
        """One line says which file it is."""
        write_history(self.folder, (0, 7))
        for name, octets in (("made-2026-13-01.hosts", b""), ("made-2026-03-09.hosts.gz", b"\x1f\x8b\x08\0")):
            path = pathlib.Path(self.folder, name)
            path.write_bytes(octets)
            done = replay(self.folder)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
            self.assertTrue(done.stderr.startswith(f"{path}: "), done.stderr)
            path.unlink()

    def test_no_series(self):
        self.assertEqual(replay(self.folder).returncode, 77)


if __name__ == "__main__":
    lab.main()
