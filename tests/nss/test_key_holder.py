"""What whoever holds a registry's key cannot do to others on the same machine by what it holds: hide an outage of all,
or say where another registry's names are."""
import os
import shutil
import unittest

import lab
from lab import daemon, outage

COPY = "/var/lib/gitdns"
# Names that resolvers answer for by themselves (RFC 6303), whatever is out behind them.
LOCAL = {f"host.{i}.{n}.168.192.in-addr.arpa": "192.88.98.66" for i in range(250) for n in range(8)} | {
    f"{i:x}.d.f.ip6.arpa": "192.88.98.67" for i in range(16)}


class Outages(outage.WithDaemon):
    def test_names_that_resolvers_answer_by_themselves(self):
        """Nearly all of the copy is of such names: everything is found to be out all the same."""
        lab.make_store(COPY, outage.RECORDS | LOCAL)
        self.dns(".", "silent")
        self.dns("in-addr.arpa", "nxdomain")
        self.dns("ip6.arpa", "nxdomain")
        outage.look_up("name-0.example.net")
        daemon.wait_for(daemon.everything_is_out)


class Aliases(unittest.TestCase):
    """Of names in another registry's domain. Kerberos and ssh go by a canonical name, and would take the server at
    these addresses for the one of that name."""

    RECORDS = {
        "a.example.net": "192.0.2.66 2001:db8::66 cname=login.corp.example.net",
        "b.example.net": "192.0.2.66 cname=corp.example.net",
        "c.example.net": "192.0.2.66 cname=login.notcorp.example.net",
        "d.example.net": "192.0.2.66 cname=x.own.corp.example.net",
    }
    CORP = {"in.corp.example.net": "192.0.2.1 cname=login.corp.example.net",
            "out.corp.example.net": "192.0.2.2 cname=x.example.org"}

    def setUp(self):
        shutil.rmtree(COPY)
        lab.make_store(COPY, self.CORP, registry="corp")
        lab.make_store(COPY, self.RECORDS, registry="stranger")
        lab.make_store(COPY, self.RECORDS, registry="own")

    def canonical(self, *names):
        """What these are said to be aliases of, by getaddrinfo and by gethostbyname2_r."""
        said = lab.probe("servfail", names, files=lab.files_of("files dns gitdns", "servfail"))
        found = []
        for name in names:
            words = said[name, "getaddrinfo unspec canonname"].split()
            self.assertEqual(words[0], "ok", said)
            by_name = said[name, "gethostbyname2_r inet"].split()
            self.assertEqual(words[1].replace("canonical=", "name="), by_name[1], said)
            found.append(words[1].removeprefix("canonical="))
        return found

    def test_domains(self):
        lab.prepare({"files dns gitdns"}, {"servfail"})
        names = list(self.RECORDS)
        targets = [record.rpartition("=")[2] for record in self.RECORDS.values()]
        for more in ("", "[answer]\nnever = login.corp.example.net, *.corp.example.net\n",
                     "[answer]\nonly = a.example.net, *.example.net\n"):
            with self.subTest(more):
                # In whatever order; `own` speaks for the domain within the other's.
                for order in (("corp", "own"), ("own", "corp"), ("corp", "stranger"), ("stranger", "corp")):
                    lines = {"corp": "private = yes\ndomains = corp.example.net\n", "stranger": "private = yes\n",
                             "own": "private = yes\ndomains = own.corp.example.net\n"}
                    lab.make_policy(COPY, {name: lines[name] for name in order}, more)
                    mine = targets[3] if "own" in order else names[3]
                    self.assertEqual(self.canonical(*names), [names[0], names[1], targets[2], mine])
        # The registry's own are told, wherever they lie, and all where nobody has a domain.
        lab.make_policy(COPY, {"corp": "private = yes\ndomains = corp.example.net\n", "stranger": ""})
        self.assertEqual(self.canonical(*self.CORP), ["login.corp.example.net", "x.example.org"])
        lab.make_policy(COPY, {"stranger": ""})
        self.assertEqual(self.canonical(*names), targets)


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    os.makedirs(COPY, exist_ok=True)
    daemon.configure()
    lab.main()
