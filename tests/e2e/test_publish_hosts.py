"""gitdns-publish --hosts: what it makes of hosts files, real ones and wild ones."""
import gzip

import lab
from lab.hosts_file import KINDS, expected
from lab.publish_hosts import Publisher, hosts_of


class Input(Publisher):
    def check(self, hosts, outcome):
        text, skipped = expected(hosts)
        self.assertEqual(self.text(), text)
        line = [line for line in outcome.out.splitlines() if line.startswith("skipped ")]
        kinds = [f"{skipped[kind]} {words}" for kind, words in KINDS.items() if skipped[kind]]
        total = sum(skipped.values())
        self.assertEqual(line, [f"skipped {total} entries: " + ", ".join(kinds)] if total else [])
        self.check_whole(self.head())
        return total

    def real(self, name):
        path = lab.DATA / "hosts" / name
        if not path.exists():
            self.skipTest(f"{path} is not here")
        return path

    def test_root_zone(self):
        path = self.real("root-2026-06-13.hosts.gz")
        self.check(gzip.decompress(path.read_bytes()), self.published(hosts=path))

    def test_union(self):
        path = self.real("real-union.hosts.gz")
        hosts = gzip.decompress(path.read_bytes())
        self.assertEqual(self.check(hosts, self.published(hosts=path)), 22)

    def test_weeks(self):
        """Week after week of real churn passes the guards."""
        paths = sorted((lab.DATA / "hosts").glob("is-a-dev-*.gz"))
        if not paths:
            self.skipTest(f"{lab.DATA} is not here")
        texts = []
        for path in paths:
            outcome = self.published(hosts=path)
            texts.append(set(self.text().decode().splitlines()))
            self.check(gzip.decompress(path.read_bytes()), outcome)
            if len(texts) > 1:
                old, new = ({line.split()[0]: line for line in lines} for lines in texts[-2:])
                changed = sum(old[name] != new[name] for name in old.keys() & new.keys())
                self.assertIn(f": {len(new.keys() - old.keys())} names added, {len(old.keys() - new.keys())} removed, "
                              f"{changed} with other addresses\n", outcome.out)

    def test_blocklist(self):
        path = self.real("sb-full-2026-06-20.hosts.gz")
        outcome = self.refused("no names to publish", hosts=path, status=3)
        self.assertRegex(outcome.out, r"skipped 171\d\d\d entries: .*addresses that are not globally reachable")

    def test_any_script(self):
        hosts = "8.8.8.8 bücher.example.org a.org\n9.9.9.9 BÜCHER.example.org.\n" + "".join(
            f"8.8.4.4 ä{i}.org\n" for i in range(5)) + "8.8.8.8 a\u202e.org\n"
        outcome = self.published(text=hosts.encode())
        self.assertIn(b"xn--bcher-kva.example.org 8.8.8.8 9.9.9.9\n", self.text())
        taken = [line for line in outcome.out.splitlines() if "xn--" in line]
        self.assertEqual(len(taken), 3)
        self.assertTrue(taken[0].endswith(":1: bücher.example.org: taken as xn--bcher-kva.example.org"), taken)
        self.assertIn("took 7 names in UTF-8 as their A-labels\n", outcome.out)
        self.assertIn("skipped 1 entries: 1 malformed\n", outcome.out)

    def test_wild(self):
        hosts = (b"\xef\xbb\xbf# comment\r\n8.8.8.8\tDNS.Google. dns64.dns.google\r\n\r\n  2001:4860:4860::8888 dns.google\n"
                 b"127.0.0.1 localhost\n0.0.0.0 blocked.example.org\n8.8.8.8.8 bad.example.org\n9.9.9.9 \xff.org x.org\n"
                 b"10.0.0.1 intranet\n8.8.4.4 dns.google # second\n8.8.8.8 dns.google\n9.9.9.9 1.2.3\n9.9.9.9 y.org")
        outcome = self.published(text=hosts)
        self.check(hosts[3:], outcome)
        self.assertIn(f"{self.hosts}:5: localhost: ", outcome.out)
        self.assertIn(f"{self.hosts}:7: 8.8.8.8.8: ", outcome.out)
        self.assertNotIn("\xff", outcome.out)
        text = self.text()
        self.assertEqual(self.check(hosts[3:], self.published(text=hosts)), 6)
        self.published("--name", "other", tree=self.folder / "other", hosts="-", stdin=hosts[3:].decode("latin-1"))
        zipped = self.folder / "hosts.gz"
        zipped.write_bytes(gzip.compress(hosts))
        self.published(hosts=zipped)
        self.assertEqual((self.head(), self.text()), (1, text))

    def test_many_addresses(self):
        self.check(hosts_of(1, lambda i: "2001:4860::1").encode() * 3 +
                   "".join(f"8.8.8.{i} n0.example.org\n8.8.8.{i} n1.example.org\n" for i in range(70)).encode(),
                   self.published(text=hosts_of(1, lambda i: "2001:4860::1") * 3 +
                                  "".join(f"8.8.8.{i} n0.example.org\n8.8.8.{i} n1.example.org\n" for i in range(70))))

    def test_private(self):
        self.published("--private", text="10.0.0.1 intranet db.corp.internal\nfd00::1 intranet\n")
        self.assertEqual(self.text(), b"db.corp.internal 10.0.0.1\nintranet 10.0.0.1 fd00::1\n")
        self.check_whole(1)

    def test_damaged(self):
        self.start(hosts_of(50))
        zipped = self.folder / "hosts.gz"
        octets = gzip.compress(hosts_of(60).encode())
        for damaged in (octets[:-1], octets[:-9], octets[:len(octets) // 2], octets[:5], b"", octets + b"\0",
                        octets[:40] + bytes([octets[40] ^ 4]) + octets[41:], hosts_of(60).encode()):
            zipped.write_bytes(damaged)
            self.refused(f"{zipped}: ", "gzip file", hosts=zipped)
        self.refused("No such file", hosts=self.folder / "nowhere")
        self.refused("Is a directory", hosts=self.folder)


if __name__ == "__main__":
    lab.main()
