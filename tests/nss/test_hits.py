"""What gitdns answers, through every look-up call of glibc: in each way that DNS fails after `dns`,
never while DNS works, always before it or alone. Every field of the answers is checked.
"""

import unittest

import lab

RECORDS = {
    "both.example.net": "192.0.2.9 192.0.2.1 192.0.2.2 2001:db8::9 2001:db8::1",
    "v4.example.net": "192.0.2.3",
    "v6.example.net": "2001:db8::4",
    "alias.example.net": "192.0.2.1 2001:db8::1 cname=both.example.net",
    "xn--bcher-kva.example.net": "192.0.2.4",
    "_service.under_score.example.net": "192.0.2.5",
    "a" * 63 + ".example.net": "192.0.2.6",
    ".".join(["abc"] * 63) + ".b": "192.0.2.7",
    "single": "192.0.2.8",
    "8.example.net": "192.0.2.10",
    "many.example.net": " ".join([f"192.0.2.{n}" for n in range(100, 132)] +
                                 [f"2001:db8::{n:x}" for n in range(256, 288)]),
}
SPELLINGS = {  # as a program asks: the record's name
    "both.example.net.": "both.example.net",
    "BOTH.Example.NET": "both.example.net",
    "ALIAS.EXAMPLE.NET.": "alias.example.net",
}
ASKED = {name: name for name in RECORDS} | SPELLINGS

FAILING = ["servfail", "refused", "notimp", "silent", "closed-port", "no-route",
           "empty-resolv-conf", "truncated", "garbage-short", "garbage-random"]
FAILING_AT_TCP = ["truncated-close", "truncated-reset"]  # dns says "not found" then
WORKING = ["nxdomain", "nodata", "formerr", "good", "truncated-good", "garbage-body"]
MIXED = ["a-nodata-aaaa-servfail", "a-good-aaaa-servfail"]
AFTER_DNS = {  # with gitdns: without
    "files dns gitdns": "files dns",
    "files dns [NOTFOUND=return] gitdns": "files dns [NOTFOUND=return]",
    "files dns gitdns myhostname": "files dns myhostname",
}
FREE = {
    "files gitdns": "files",
    "files gitdns dns": "files dns",
    "gitdns files dns": "files dns",
    "gitdns": "files",
}


def parse(record):
    fields = record.split()
    canonical = [field[6:] for field in fields if field.startswith("cname=")]
    v6 = [field for field in fields if ":" in field]
    v4 = [field for field in fields if field not in v6 and "=" not in field]
    return v4, v6, canonical[0] if canonical else None


def expected(name, call):
    """What probe prints of a hit, or None if the record has no such address."""
    v4, v6, canonical = parse(RECORDS[name])
    if call.startswith("gethostbyname"):
        addresses = v6 if call.endswith("inet6") else v4
        alias = f" alias={name}" if canonical else ""
        length = 16 if call.endswith("inet6") else 4
        text = f"ok name={canonical or name}{alias} length={length} {' '.join(addresses)}"
        return text if addresses else None
    words = call.split()
    mapped = [f"::ffff:{address}" for address in v4]
    if "inet" in words:
        addresses = v4
    elif "inet6" not in words:
        addresses = v6 + v4
    elif "all" in words:
        addresses = v6 + mapped
    else:
        addresses = v6 or (mapped if "v4mapped" in words else [])
    canon = f"canonical={canonical or name} " if "canonname" in words else ""
    return f"ok {canon}{' '.join(addresses)}" if addresses else None


def comparable(result):
    """getaddrinfo sorts by RFC 6724; within a family of our addresses that keeps the order, but
    not where the number of common leading bits decides: compare those as a set."""
    words = result.split()
    addresses = [word for word in words[1:] if "=" not in word]
    return words[0], [word for word in words[1:] if "=" in word], sorted(addresses)


class Hits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Every line in every mode, probed once."""
        lines = {**AFTER_DNS, **FREE}
        if not lab.has_module("myhostname"):
            lines = {line: plain for line, plain in lines.items() if "myhostname" not in line}
        keys = [(line, mode) for line in {*lines, *lines.values()}
                for mode in FAILING + FAILING_AT_TCP + WORKING + MIXED]
        lab.prepare({line for line, _ in keys}, {mode for _, mode in keys})
        cls.lines = lines
        cls.results = dict(lab.in_parallel(
            lambda key: lab.probe(key[1], list(ASKED), files=lab.files_of(*key)), keys))

    def check_all(self, line, mode):
        """Every hit that the store has; what it lacks as without gitdns."""
        plain = self.results[self.lines[line], mode]
        for (asked, call), result in self.results[line, mode].items():
            want = expected(ASKED[asked], call)
            with self.subTest(line=line, mode=mode, asked=asked, call=call):
                if want is not None:
                    self.check(call, result, want)
                elif mode not in FAILING_AT_TCP:  # test_invisible's exception
                    self.assertEqual(result, plain[asked, call])

    def check(self, call, result, want):
        if call.startswith("gethostbyname"):
            self.assertEqual(result, want)
        else:
            self.assertEqual(comparable(result), comparable(want))

    def test_after_dns_that_fails(self):
        for line in AFTER_DNS.keys() & self.lines.keys():
            for mode in FAILING + ([] if "[" in line else FAILING_AT_TCP):
                self.check_all(line, mode)

    def test_none_after_dns_that_works(self):
        for line in AFTER_DNS.keys() & self.lines.keys():
            for mode in WORKING:
                with self.subTest(line=line, mode=mode):
                    self.assertEqual(self.results[line, mode], self.results[self.lines[line], mode])

    def test_before_dns_or_alone(self):
        for line in FREE:
            for mode in FAILING + FAILING_AT_TCP + WORKING:
                self.check_all(line, mode)

    def test_out_of_descriptors(self):
        """Of getaddrinfo for one family glibc itself ends the search when dns says so."""
        lab.set_dns("out-of-descriptors")
        for line in ("files dns gitdns", "files dns [NOTFOUND=return] gitdns", "files gitdns"):
            lab.set_hosts_line(line)
            for (asked, call), result in lab.probe("out-of-descriptors", list(ASKED)).items():
                want = expected(ASKED[asked], call)
                asks_us = call in ("getaddrinfo inet", "getaddrinfo inet v4mapped")
                if want is None or not (asks_us or call.split()[1:2] not in (["inet"], ["inet6"])):
                    continue
                with self.subTest(line=line, asked=asked, call=call):
                    self.check(call, result, want)

    def test_one_family_fails(self):
        """Only what DNS did not answer comes from the store."""
        got = self.results["files dns gitdns", "a-nodata-aaaa-servfail"]
        name = "both.example.net"
        self.assertEqual(got[name, "gethostbyname2_r inet"], "return=0 h_errno=NO_DATA")
        self.assertEqual(got[name, "gethostbyname2_r inet6"],
                         expected(name, "gethostbyname2_r inet6"))
        got = self.results["files dns gitdns", "a-good-aaaa-servfail"]
        self.assertEqual(got[name, "gethostbyname2_r inet"],
                         f"ok name={name} length=4 198.51.100.7 198.51.100.8")

    def test_files_come_first(self):
        for line in ("files gitdns dns", "files dns gitdns"):
            lab.set_hosts_line(line)
            lab.set_dns("servfail")
            got = lab.probe("servfail", ["in-files.example.net"])
            self.assertEqual(got["in-files.example.net", "getaddrinfo inet"], "ok 192.0.2.200")

    def test_reverse_look_ups_stay_as_they_are(self):
        for line, plain in {**AFTER_DNS, **FREE}.items():
            if line.startswith("gitdns"):
                continue
            results = []
            for services in (line, plain):
                lab.set_hosts_line(services)
                lab.set_dns("servfail")
                results.append(lab.probe("servfail", [], ["192.0.2.1", "2001:db8::1"]))
            self.assertEqual(*results)


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", RECORDS)
    unittest.main(verbosity=2)
