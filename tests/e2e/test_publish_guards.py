"""What gitdns-publish takes for a disaster and refuses, until it is forced."""
import itertools
import shutil

import lab
from lab.publish_hosts import Publisher, hosts_of


START = 5381  # cdb(5)
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def cdb_hash(text, value=START):
    for letter in text:
        value = value * 33 % 2 ** 32 ^ ord(letter)
    return value


def of_one_hash(doublings):
    """2 ** doublings names that cdb's hash does not tell apart: words by pairs that lead from one value to
    the same next one."""
    pairs, value = [], START
    for number in range(doublings):
        seen = {}
        for word in map("".join, itertools.product(LETTERS, repeat=6)):
            reached = cdb_hash(word, value)
            if seen.setdefault(reached, word) != word:
                pairs.append((seen[reached], word))
                value = reached
                break
        if number % 8 == 7:
            pairs.append(("x.",))
            value = cdb_hash("x.", value)
    return ["".join(words) + "x.gitdns-test.net" for words in itertools.product(*pairs)]


class Guards(Publisher):
    def test_names_that_crowd(self):
        """What every client would refuse is not published: names that are chosen to be found slowly."""
        names = of_one_hash(13)
        self.assertEqual(len({cdb_hash(name) for name in names}), 1)
        self.start(hosts_of(37))
        self.refused("names that crowd together in a store's hash tables", options=["--force"],
                     text="".join(f"8.8.8.8 {name}\n" for name in names))
        self.published("--force", text="".join(f"8.8.8.8 {name}\n" for name in names[:1000]))

    def test_zero_names(self):
        path = lab.DATA / "anomalies" / "zero-names.hosts"
        if not path.exists():
            self.skipTest(f"{path} is not here")
        self.start(hosts_of(37))
        self.refused("no names to publish", hosts=path, status=3)
        self.refused("no names to publish", options=["--force"], hosts=path, status=3)

    def test_names_vanish(self):
        for left in (1, 8, 33):
            shutil.rmtree(self.tree, ignore_errors=True)
            self.start(hosts_of(37))
            self.refused(f"{left} names, fewer than 90 % of the 37 of serial 1", text=hosts_of(left), status=3)
            self.assertIn("forced: ", self.published("--force").out)
            self.assertEqual(self.head(), 2)
        self.published(text=hosts_of(100, first=1000))
        self.published(text=hosts_of(90, first=1000))

    def test_one_address(self):
        self.start(hosts_of(37))
        outcome = self.refused("8.8.8.8 stands under 37 of 37 names, and under 0 of 37 in serial 1",
                               text=hosts_of(37, lambda i: "8.8.8.8"), status=3)
        self.assertIn("more than 50 points", outcome.lines[0])
        self.published(text=hosts_of(37, lambda i: "8.8.8.8" if i < 18 else f"9.9.9.{i}"))
        self.published("--force", text=hosts_of(37, lambda i: "8.8.8.8"))
        self.assertEqual(self.head(), 3)

    def test_one_address_in_a_large_registry(self):
        self.start(hosts_of(2000))
        share = lambda count: lambda i: "2001:4860::1" if i < count else f"9.9.{i >> 8}.{i & 255}"
        self.refused("2001:4860::1 stands under 201 of 2000 names", "more than 10 points", text=hosts_of(2000, share(201)),
                     status=3)
        self.published(text=hosts_of(2000, share(200)))
        self.published(text=hosts_of(2000, share(400)))


if __name__ == "__main__":
    lab.main()
