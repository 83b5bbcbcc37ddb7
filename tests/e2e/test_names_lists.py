"""The lists of names that are installed, through gitdns-publish: each name is taken, asked for and published."""
import pathlib

import lab
from lab import dns_tree
from lab.publish_names import Resolving, text_of

LISTS = pathlib.Path(__file__).resolve().parents[2] / "packaging/names"


def names_of(path):
    return [line for line in path.read_text().split("\n") if line and not line.startswith("#")]


class Lists(Resolving):
    def resolver_of(self, records):
        """One that has these and no other name."""
        self.addCleanup(self.dns.__exit__)
        address = "127.0.2.1"
        self.dns.resolver(address, 'local-zone: "." static',
                          *(f'local-data: "{name}. A {data}"' for name, data in records.items()))
        return address

    def assert_published(self, path, *options, also=()):
        names = [*names_of(path), *also]
        records = {name: f"8.{i >> 16}.{i >> 8 & 255}.{i & 255}" for i, name in enumerate(names)}
        outcome = self.published(*options, names=path, resolver=self.resolver_of(records))
        self.assertNotIn("skipped", outcome.out)
        self.assertIn(f"{len(names):,} found".replace(",", ""), outcome.out.replace(",", ""))
        self.assertEqual(self.text(), text_of(f"{name} {data}" for name, data in records.items()))

    def test_infrastructure(self):
        self.assert_published(LISTS / "infrastructure.names")

    def test_popular(self):
        path = LISTS / "popular.names"
        names = set(names_of(path))
        www = {"www." + name for name in names if not name.startswith("www.")} - names
        self.assert_published(path, "--www", also=sorted(www))


if __name__ == "__main__":
    dns_tree.enter()
    lab.main()
