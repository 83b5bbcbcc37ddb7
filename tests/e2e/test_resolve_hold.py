"""gitdns-publish --names over several serials: what is held, what the samples saw, and a memory that is damaged."""
import gzip
import re
import subprocess
import time

import lab
from lab import dns_tree
from lab.publish_names import Resolving, text_of


class Hold(Resolving):
    """Several serials."""

    def run_serial(self, *options):
        self.dns.reload()
        self.published(*options, resolver=self.fresh_resolver())
        return dict(line.split(" ", 1) for line in self.text().splitlines())

    def set(self, name, *addresses):
        self.zones.remove(name)
        for address in addresses:
            self.zones.add(name, "AAAA" if ":" in address else "A", address)

    def test_hold(self):
        many = [f"9.9.9.{i + 1}" for i in range(16)]
        for name in ("moves.com", "goes.com", "empties.com", "loses.com", "stays.com"):
            self.set(name, "8.8.8.2", "2001:4860::2")
        self.zones.add("fails.com", "CNAME", "stays.com.")
        self.set("wide.com", *many[:8])
        self.start_dns()
        names = ("moves", "goes", "empties", "loses", "stays", "fails", "wide")
        self.names.write_text("".join(f"{name}.com\n" for name in names))
        options = ("--hold", "2", "--force")
        both = "8.8.8.2 2001:4860::2"
        first = self.run_serial(*options)
        self.assertEqual(first["moves.com"], both)
        self.assertEqual(first["fails.com"], both + " cname=stays.com")

        self.set("moves.com", "8.8.8.1")
        self.zones.add("moves.com", "AAAA", "2001:4860::1")
        self.zones.remove("goes.com")
        self.set("empties.com")
        self.zones.add("empties.com", "TXT", "none")
        self.set("loses.com", "8.8.8.2")
        self.zones.remove("fails.com")
        self.zones.delegate("fails.com", dns_tree.LAME)
        self.set("wide.com", *many[12:])
        second = self.run_serial(*options)
        # Newest first; the cap drops the oldest; NXDOMAIN and NODATA count at once.
        self.assertEqual(second, {
            "moves.com": "8.8.8.1 8.8.8.2 2001:4860::1 2001:4860::2", "loses.com": "8.8.8.2", "stays.com": both,
            "fails.com": both + " cname=stays.com", "wide.com": " ".join(many[12:] + many[:4])})

        third = self.run_serial(*options)
        self.assertEqual(third, {**second, "wide.com": second["wide.com"]})
        # Nothing has changed since, so it is still serial 2 that was published: no serial has passed.
        self.assertEqual((self.tree / "HEAD").read_text(), "2\n")
        for serial in (3, 4):
            self.set("stays.com", f"8.8.8.{serial}")
            last = self.run_serial(*options)
            self.assertEqual((self.tree / "HEAD").read_text(), f"{serial}\n")
            held = serial == 3
            self.assertEqual(last["moves.com"], second["moves.com"] if held else "8.8.8.1 2001:4860::1")
            self.assertEqual(last.get("fails.com"), second["fails.com"] if held else None)
            self.assertEqual(last["wide.com"], " ".join(many[12:] + many[:4] * held))
        self.assertEqual(last["stays.com"], "8.8.8.4 8.8.8.3 8.8.8.2")

    def wait_for_sample(self, number, resolver):
        """All of its questions have been asked, and answered a little later."""
        log = self.folder / f"unbound-{resolver}.log"
        asked = re.compile(r" (turns\.com|alias\.net|late\.com)\. (A|AAAA) IN")
        for _ in range(100 * lab.HANG):
            if len(asked.findall(log.read_text())) >= 6 * number:
                break
            time.sleep(0.01)
        time.sleep(0.5)

    def test_samples(self):
        """What any of the samples saw is published."""
        self.set("turns.com", "8.8.8.1")
        self.set("alias.net")
        self.zones.add("alias.net", "CNAME", "turns.com.")
        self.start_dns()
        self.names.write_text("turns.com\nalias.net\nlate.com\n")
        resolver = self.fresh_resolver("log-queries: yes", "verbosity: 0")
        process = subprocess.Popen(self.command("--samples", "3", "--every", "6s", resolver=resolver), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for i in (2, 3):
            self.wait_for_sample(i - 1, resolver)
            self.set("turns.com", f"8.8.8.{i}", f"2001:4860::{i}")
            self.set("late.com", *(["8.8.4.4"] if i == 2 else []))
            self.dns.reload()
        out, err = process.communicate(timeout=lab.HANG)
        self.assertEqual(process.returncode, 0, err)
        self.assertRegex(err, r"\A(gitdns-publish: sample [23] of 3: begins in \d s\n)*\Z")
        addresses = "8.8.8.1 8.8.8.2 8.8.8.3 2001:4860::2 2001:4860::3"
        self.assertEqual(self.text(), text_of([f"turns.com {addresses}", f"alias.net {addresses} cname=turns.com",
                                               "late.com 8.8.4.4"]))

    def test_damaged_memory(self):
        self.set("one.com", "8.8.8.8")
        self.start_dns()
        self.names.write_text("one.com\n")
        self.published()
        path = self.state / "seen.gz"
        good = path.read_bytes()
        text = gzip.decompress(good)
        for bad in (good[:-9], b"", b"x" + good, gzip.compress(text[:-6]), gzip.compress(text + b"x\n"),
                    gzip.compress(text.replace(b"one.com", b"one..com")),
                    gzip.compress(text.replace(b"/0/0", b"/0/256")), gzip.compress(text.replace(b"end 1", b"end 2"))):
            path.write_bytes(bad)
            outcome = self.publish()
            self.assertEqual(outcome.status, 1, outcome)
            self.assertIn("tree.state/seen.gz:", outcome.lines[-1])
        path.unlink()
        self.published()
        self.assertEqual(gzip.decompress(path.read_bytes()), text)
        # Of a folder that is no more.
        path.write_bytes(gzip.compress(text.replace(b"seen 1 1", b"seen 1 99")))
        self.published()
        self.assertEqual(gzip.decompress(path.read_bytes()), text)


if __name__ == "__main__":
    dns_tree.enter()
    lab.main()
