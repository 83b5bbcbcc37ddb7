"""gitdns checkout: there and back, what is fetched while a serial is pinned, and what cannot be checked out."""
import fcntl
import os
import re

import lab
from lab.client_history import NAME, History
from lab.registry import DAY, now


class Checkout(History):
    def test_there_and_back(self):
        self.pull(*range(3, 7))
        self.assertRegex(self.good("checkout", 4)[0], r"^serial 4, [0-9,]+ names: pinned until gitdns checkout latest$")
        self.answers(4)
        self.assertEqual(self.gitdns("export").out, self.text[4])
        self.assertEqual([line[:3] + line[-6:] for line in self.good("log") if "pinned" in line], ["* 4pinned"])
        self.good("checkout", 3)
        self.answers(3)
        self.assertRegex(self.good("checkout", "latest")[0], r"^serial 6, [0-9,]+ names: the newest; not pinned$")
        self.answers(6)
        self.assertIsNone(self.pinned())
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def test_closed_descriptors(self):
        """No file takes the place of standard output or error, and what cannot be written there is a failure."""
        self.pull(4, 5)
        for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
            for serial in ("9", "4", "latest"):
                outcome = self.gitdns("checkout", serial, prefix=["sh", "-c", f'exec "$@" {closed}', "sh"])
                self.assertEqual(outcome.status, int(serial == "9" or " >" in f" {closed}"), (closed, serial, outcome))
            self.assertEqual((self.store / "lock").read_text(), "", closed)
            self.answers(5)

    def test_status(self):
        self.pull(4, 5)
        self.assertNotIn("pinned", self.gitdns("status").out)
        self.assertNotIn("pinned", self.gitdns("status", "--json").out)
        self.good("checkout", 4)
        out = self.gitdns("status").out
        self.assertRegex(out, "(?m)^registry    history, serial 4$")
        self.assertRegex(out, "(?m)^pinned      serial 4 until gitdns checkout latest; newest here: 5$")
        out = self.gitdns("status", "--json").out
        for member in ('"newest": 5', '"pinned": 4', '"serial": 4'):
            self.assertIn(member, out)

    def test_status_of_a_round_that_waits(self):
        """As after days of sleep, for a minute, or where no daemon runs."""
        self.pull(4)
        self.assertRegex(self.gitdns("status").out, r"(?m)^next round  .*, in \d+ \w+$")
        state = self.store / "state"
        state.write_text(re.sub(r"(?m)^next \d+", f"next {now() - 3 * DAY}", state.read_text()))
        self.assertRegex(self.gitdns("status").out, "(?m)^next round  .*, 3 days ago; due$")

    def test_fetches_while_pinned(self):
        """Also the newest one can be pinned."""
        self.pull(1, 2)
        self.good("checkout", 2)
        outcome = self.pull(3)
        self.assertRegex(outcome.out, "serial 3, .*; pinned at 2$")
        self.assertRegex(self.pull(3).out, "up to date at serial 3; pinned at 2$")
        self.answers(2)
        self.pull(4, 5, 6)
        self.answers(2)
        self.assertEqual(self.client.kept(), [2, 3, 4, 5, 6])
        self.assertEqual(len(self.good("log")), 5)
        self.good("checkout", "latest")
        self.answers(6)
        self.pull(6)
        self.assertEqual(self.client.kept(), [3, 4, 5, 6])

    def test_rollback_is_refused_while_pinned(self):
        """What counts is the newest that was accepted, not the one that answers."""
        self.pull(4, 5, 6)
        self.good("checkout", 4)
        before = self.look()
        self.head(5)
        outcome = self.gitdns("pull")
        self.assertEqual(outcome.status, 1)
        self.assertIn("serial 5 is lower than the one in hand; kept serial 6", outcome.lines[0])
        after = self.look()
        before.pop(str(self.store / "state")), after.pop(str(self.store / "state"))
        self.assertEqual(after, before)

    def test_keep(self):
        for keep, serials, want in ((1, (1, 2, 3), [3]), (2, (4, 5), [4, 5]), (64, (6,), [4, 5, 6])):
            self.configure(keep=keep)
            self.pull(*serials)
            self.assertEqual(self.client.kept(), want)
        self.configure(keep=1)
        self.good("checkout", 5)
        self.pull(6)
        self.assertEqual(self.client.kept(), [5, 6])
        self.good("checkout", "latest")
        self.pull(6)
        self.assertEqual(self.client.kept(), [6])

    def test_errors(self):
        self.bad("registry.cdb: No such file or directory", "log")
        self.bad("No such file or directory", "diff")
        self.bad("No such file or directory", "export")
        self.bad("no registry yet; nothing changed", "checkout", "latest")
        self.pull(6)
        self.bad("no serial before 6 is kept", "diff")
        self.pull(6)
        self.bad("no.such.name: not in history, serial 6", "lookup", "no.such.name")
        self.bad("?[2Jx??: not a host name", "lookup", "\x1b[2Jx\xff")
        for arguments in (["diff", 5], ["diff", 5, 6], ["diff", 6, 5], ["checkout", 5], ["checkout", 7]):
            self.bad("is not kept; see gitdns log", *arguments)
        for arguments in (["x"], ["6", "x"], ["0"]):
            self.bad(f"{arguments[-1]}: not a serial", "diff", *arguments, status=2)
        for argument in ("x", "06", "0", "-1", "1000000000", "", "Latest"):
            self.bad(f"{argument}: not a serial", "checkout", "--", argument, status=2)
        self.bad("checkout takes SERIAL or latest", "checkout", status=2)
        self.bad("checkout takes SERIAL or latest", "checkout", 6, 6, status=2)
        self.bad("diff takes [A [B]]", "diff", 1, 2, 3, status=2)
        self.bad("log has no --hosts", "log", "--hosts", status=2)
        self.bad("export has no --json", "export", "--json", status=2)

    def test_permission(self):
        prefix = lab.unprivileged()
        if prefix is None:
            self.skipTest("setpriv is not installed")
        self.pull(5, 6)
        self.store.chmod(0o555)
        try:
            self.bad("Permission denied; nothing changed", "checkout", 5, prefix=prefix)
            self.bad("Permission denied; nothing changed", "checkout", "latest", prefix=prefix)
        finally:
            self.store.chmod(0o755)

    def test_a_round_is_under_way(self):
        self.pull(5, 6)
        lock = os.open(self.store / "lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.bad("gitdns-syncd is at work in it; try again when it is done; nothing changed", "checkout", 5)
        os.close(lock)

    def test_not_what_is_damaged_or_revoked(self):
        self.pull(5, 6)
        path = self.store / "serials/5.cdb"
        octets = bytearray(path.read_bytes())
        octets[octets.index(b"is-a.dev" if b"is-a.dev" in octets else b"example.org", 20000) + 12] ^= 1
        path.write_bytes(octets)
        self.bad("not a store, or a damaged one", "checkout", 5)
        path.write_bytes(octets[:3000])
        self.bad("5.cdb: not a store, or a damaged one", "checkout", 5)
        path.write_bytes(self.stores[4])
        self.bad("5.cdb: holds serial 4", "checkout", 5)
        path.write_bytes(self.stores[5])
        self.client.configure([self.published.as_uri() + "/"], [self.second.public], name=NAME)
        self.bad("signed by none of the keys", "checkout", 5)
        self.client.configure([self.published.as_uri() + "/"], [self.key.public], name="other")
        self.bad(f"is of registry {NAME}", "checkout", 5)

    def test_pin_that_cannot_be_kept(self):
        self.pull(4, 5)
        self.good("checkout", 4)
        (self.store / "serials/4.cdb").unlink()
        outcome = self.pull(6)
        self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.store}/pinned: serial 4 is not kept; the newest answers"])
        self.answers(6)
        for text in ("", "x\n", "4", "4\n5\n", "0\n", "9" * 100):
            (self.store / "pinned").write_text(text)
            outcome = self.gitdns("pull")
            self.assertEqual(outcome.lines, [f"gitdns-syncd: {self.store}/pinned: " + (
                "larger than it may be" if len(text) > 20 else "holds no serial") + "; kept serial 6"])
            self.assertEqual(outcome.status, 1)
        self.good("checkout", "latest")
        self.pull(6)


if __name__ == "__main__":
    lab.main()
