"""`gitdns export --format`: what it writes for other servers, read without any."""
import os
import re
import subprocess

import lab
from lab import exported
from lab.exported import FORMATS, Copy, Exports

LEFT_OUT = len(exported.NOT_IN_POLICY_ZONES)


class Export(Exports):
    def test_every_record(self):
        for format in FORMATS:
            self.assertEqual(exported.read(self.text[format], format), exported.records_of(format))
            self.assertNotIn("canonical.example.org", self.text[format])

    def test_warns(self):
        for format in FORMATS:
            head = exported.split(self.text[format], format)[0]
            self.assertRegex(head.replace("\n", " "), f"^gitdns export --format {format}, of test serial 1  "
                             r"WARNING: this overrides DNS, and is no fallback\..* do not expire")

    def test_left_out(self):
        """What would be a condition of a policy zone, and what is too long for one: told, and no more of it."""
        outcome = self.copy.export("--format", "rpz")
        self.assertEqual(len(outcome.lines), 2)
        self.assertRegex(outcome.lines[0], r"^gitdns: \S+: .*; left out$")
        self.assertEqual(outcome.lines[1], f"gitdns: {LEFT_OUT} names in all are left out")
        for name, cause in ((exported.LONGEST, "longer than 222 octets"), (exported.TRIGGERS[0], "not a name in such a zone")):
            outcome = Copy(self.folder, {name: ["20.0.0.1"]}).export("--format", "rpz")
            self.assertEqual((outcome.status, outcome.lines), (0, [f"gitdns: {name}: {cause}; left out"]))

    def test_hosts(self):
        self.assertEqual(self.copy.export("--hosts").out, self.text["hosts"])

    def test_same_again(self):
        """But for a zone's serial, which is the time."""
        for format in FORMATS:
            again = self.copy.export("--format", format).out
            if format in exported.COMMENTS:
                serials = [int(re.search(r"root\.localhost\. (\d+)", text)[1]) for text in (self.text[format], again)]
                self.assertLessEqual(*serials)
                again = again.replace(str(serials[1]), str(serials[0]))
            self.assertEqual(again, self.text[format])

    def test_what_the_machine_answers(self):
        """By the policy, and while it is not too old; a registry that is named is exported whole."""
        copy = Copy(self.folder, {"never.example.net": ["20.0.0.1"], "good.example.net": ["20.0.0.2"]})
        lab.make_policy(str(copy.store), {"": ""}, "[answer]\nnever = never.example.net\n")
        good, whole = {"good.example.net": ["20.0.0.2"]}, {"good.example.net": ["20.0.0.2"], "never.example.net": ["20.0.0.1"]}
        for format in FORMATS:
            self.assertEqual(exported.read(copy.export("--format", format).out, format), good)
            self.assertEqual(exported.read(copy.export("--format", format, "--registry", "test").out, format), whole)
        self.assertEqual(len(copy.export().out.splitlines()), 2)
        (self.folder / "old").mkdir()
        old = Copy(self.folder / "old", good, seconds=-1)
        outcome = old.export("--format", "unbound")
        self.assertEqual((outcome.status, outcome.out, outcome.lines),
                         (1, "", [f"gitdns: {old.store}/registry.cdb: too old; left out"]))

    def test_octets_that_no_name_has(self):
        """A store whose owner put them there is damaged, in every format, and they are not shown."""
        copy = Copy(self.folder, {"axb.example.net": ["20.0.0.1"]})
        store = copy.store / "registry.cdb"
        good = store.read_bytes()
        self.assertEqual(good.count(b"axb.example.net"), 1)
        for octet in b'\n\r\t\0 "#;$@*()\\,/\'=:\x7f\xff':
            store.unlink()
            store.write_bytes(good.replace(b"axb.example.net", b"a%cb.example.net" % octet))
            for format in FORMATS:
                outcome = copy.export("--format", format)
                self.assertEqual((outcome.status, exported.read(outcome.out, format)), (1, {}), outcome)
                self.assertEqual(outcome.lines, [f"gitdns: {store}: not a store, or a damaged one"])

    def test_usage(self):
        for arguments, says in ((["--format", "zone\n"], "no format zone?; there is unbound, rpz, dnsmasq, hosts or bind"),
                                (["--format", ""], "no format ; there is unbound, rpz, dnsmasq, hosts or bind"),
                                (["--format", "rpz", "--hosts"], "export takes --hosts or --format")):
            outcome = self.copy.export(*arguments)
            self.assertEqual((outcome.status, outcome.out, outcome.lines), (2, "", [f"gitdns: {says}"]))

    def test_nothing_to_write_to(self):
        """At once, and in the middle of many names."""
        large = Copy(self.folder, {f"n{i}.example.net": [f"20.{i >> 8}.{i & 255}.1"] for i in range(5000)})
        for copy in (self.copy, large):
            for format in FORMATS:
                with open("/dev/full", "w") as full:
                    self.ends(copy, format, "No space left on device", full)
                reader, writer = os.pipe()
                os.close(reader)
                self.ends(copy, format, "Broken pipe", writer)
                os.close(writer)
        reader, writer = os.pipe()
        process = subprocess.Popen(large.command("--format", "unbound"), stdout=writer, stderr=subprocess.PIPE, text=True)
        os.close(writer)
        os.read(reader, 10)
        os.close(reader)
        self.assertEqual(process.communicate()[1], "gitdns: standard output: Broken pipe\n")
        self.assertEqual(process.returncode, 1)

    def ends(self, copy, format, cause, stdout):
        outcome = copy.export("--format", format, stdout=stdout)
        self.assertEqual(outcome.status, 1)
        self.assertEqual([line for line in outcome.lines if "left out" not in line], [f"gitdns: standard output: {cause}"])

    @lab.not_sanitized
    def test_memory(self):
        """Names go through: so many would not fit."""
        count = 200_000
        copy = Copy(self.folder, {f"n{i}.example.net": [f"20.{i >> 16}.{i >> 8 & 255}.{i & 255}"] for i in range(count)})
        for format in FORMATS:
            with open(self.folder / "out", "w+") as out:
                outcome = copy.export("--format", format, prefix=["prlimit", "--data=4194304"], stdout=out)
                self.assertEqual((outcome.status, outcome.lines), (0, []))
                out.seek(0)
                self.assertEqual(len(exported.split(out.read(), format)[1].splitlines()) // 100, count // 100)


if __name__ == "__main__":
    lab.main()
