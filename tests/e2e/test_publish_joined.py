"""Hosts files and lists whose lines were joined, in each way that happens to files: whatever is published was
meant, and what is not is told."""
import gzip
import random
import re

import lab
from lab.publish_hosts import Publisher

FILES = 40
ENTRIES = 60
# What may stand between the last name of a line and the address of the next.
BETWEEN = ["\n"] * 12 + ["\r\n"] * 4 + ["\r", "\r\r", "\n\r", " \r", "", "", " ", "\t", "  ", " \t ", ",", ";", ", ", "\v", "\f",
                        "\0", "\\n", ".", "./", "|", "\u00a0", "\r \n", "\ufeff", "\n\ufeff"]


def addresses(rng):
    return rng.choice([f"{rng.choice([8, 9, 23, 45])}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 256)}",
                       f"2001:4860:{rng.randrange(1, 65536):x}::{rng.randrange(1, 65536):x}",
                       f"2a00:1450:4001:800:1:2:3:{rng.randrange(1, 65536):x}"])


def names(rng, number):
    forms = ["n{}.example.org", "N{}.Example.ORG", "n{}.example.org.", "{}.n.example.org", "n{}-9.example.org", "n{}.x9"]
    return [rng.choice(forms).format(number * 4 + i) for i in range(rng.choice([1, 1, 1, 2, 3]))]


def make(rng):
    """A hosts file, and the (name, address) that each of its lines was written for."""
    text, meant = "", set()
    for number in range(ENTRIES):
        address, line_names = addresses(rng), names(rng, number)
        meant |= {(name.lower().rstrip("."), address) for name in line_names}
        comment = rng.choice(["", "", "", "", " # why", "#"])
        between = rng.choice(BETWEEN)
        if comment and not re.match("[\r\n]", between):
            comment = ""
        text += rng.choice(["", "", " ", "\t"]) + address + rng.choice([" ", "\t", "   "]) + " ".join(line_names)
        text += comment + between
    return text, meant


class Joined(Publisher):
    def pairs(self):
        return {(name, address) for name, *words in map(str.split, self.text().decode().splitlines())
                for address in words}

    def test_hosts(self):
        for seed in range(FILES):
            rng = random.Random(seed)
            text, meant = make(rng)
            with self.subTest(seed=seed):
                outcome = self.published("--force", text=text)
                wrong = self.pairs() - meant
                self.assertEqual(wrong, set(), [line for line in text.splitlines() if any(n in line for n, _ in wrong)])
                # Not for the price of all that is whole.
                self.assertGreater(len(self.pairs()), ENTRIES // 4)
                told = int((re.search(r"skipped (\d+) entries", outcome.out) or [0, 0])[1])
                lost = {name for name, _ in meant} - {name for name, _ in self.pairs()}
                self.assertEqual(bool(told), bool(lost), outcome)

    def test_two_files(self):
        """The last line of the first lacks its end."""
        for last, first in (("8.8.8.8 one.example.org", "9.9.9.9 two.example.org"),
                            ("8.8.8.8 one.example.org", "2a00::9 two.example.org"),
                            ("2a00::8 one.example.org", "9.9.9.9 two.example.org"), ("2a00::8", "9.9.9.9 two.example.org"),
                            ("8.8.8.8", "9.9.9.9 two.example.org"), ("2a00::", "9.9.9.9 two.example.org")):
            with self.subTest(last=last, first=first):
                outcome = self.published("--force", text=f"8.8.4.4 zero.example.org\n{last}{first}\n")
                self.assertNotIn("two.example.org", self.text().decode())
                self.assertIn("skipped ", outcome.out)

    def test_carriage_returns(self):
        """The lines of an old Macintosh; more of them than a line may be long."""
        count = 20000
        self.published(text="".join(f"8.8.{i >> 8}.{i & 255} n{i}.example.org\r" for i in range(count)))
        self.assertEqual(self.text().count(b"\n"), count)
        with gzip.open(self.hosts, "wt", newline="") as file:
            file.write("".join(f"8.8.{i >> 8}.{i & 255} n{i}.example.org\r\n" for i in range(count)))
        self.assertIn("unchanged", self.published().out)


if __name__ == "__main__":
    lab.main()
