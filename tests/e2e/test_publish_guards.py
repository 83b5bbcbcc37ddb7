"""What gitdns-publish takes for a disaster and refuses, until it is forced."""
import shutil

import lab
from lab.publish_hosts import Publisher, hosts_of


class Guards(Publisher):
    def test_zero_names(self):
        path = lab.DATA / "anomalies" / "zero-names.hosts"
        if not path.exists():
            self.skipTest(f"{path} is not here")
        self.start(hosts_of(37))
        self.refused("no names to publish", hosts=path)
        self.refused("no names to publish", options=["--force"], hosts=path)

    def test_names_vanish(self):
        for left in (1, 8, 33):
            shutil.rmtree(self.tree, ignore_errors=True)
            self.start(hosts_of(37))
            self.refused(f"{left} names, fewer than 90 % of the 37 of serial 1", text=hosts_of(left))
            self.assertIn("forced: ", self.published("--force").out)
            self.assertEqual(self.head(), 2)
        self.published(text=hosts_of(100, first=1000))
        self.published(text=hosts_of(90, first=1000))

    def test_one_address(self):
        self.start(hosts_of(37))
        outcome = self.refused("8.8.8.8 stands under 37 of 37 names, and under 0 of 37 in serial 1",
                               text=hosts_of(37, lambda i: "8.8.8.8"))
        self.assertIn("more than 50 points", outcome.lines[0])
        self.published(text=hosts_of(37, lambda i: "8.8.8.8" if i < 18 else f"9.9.9.{i}"))
        self.published("--force", text=hosts_of(37, lambda i: "8.8.8.8"))
        self.assertEqual(self.head(), 3)

    def test_one_address_in_a_large_registry(self):
        self.start(hosts_of(2000))
        share = lambda count: lambda i: "2001:4860::1" if i < count else f"9.9.{i >> 8}.{i & 255}"
        self.refused("2001:4860::1 stands under 201 of 2000 names", "more than 10 points", text=hosts_of(2000, share(201)))
        self.published(text=hosts_of(2000, share(200)))
        self.published(text=hosts_of(2000, share(400)))


if __name__ == "__main__":
    lab.main()
