"""Tests of what a client refuses: the store stays as it was, the exit status is 1, and one line names the file and
the cause."""
from lab.registry import Key, make_text
from lab.served import Served

FILES = ("HEAD", "42/manifest", "42/manifest.minisig", "42/snapshot.gz")
HTML = b"<!DOCTYPE html><html><body>" + b"Please log in to this network. " * 40 + b"</body></html>"
GOOD = Served.TEXT


class BadInput(Served):
    """The client has serial 41, and keeps it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = Key(cls.keys, "stranger")

    def setUp(self):
        super().setUp()
        outcome = self.client.sync()
        self.assertEqual(outcome.status, 0, outcome)
        self.before = self.client.octets()

    def tearDown(self):
        """The next good publication finds its way, and nothing is left behind."""
        self.server.rules.clear()
        self.registry.publish(50, make_text(61), parent="none")
        outcome = self.client.sync()
        self.assertEqual((outcome.status, outcome.lines), (0, []), outcome)
        self.assertEqual(self.client.names(), ["registry.cdb", "state"])

    def refused(self, file, *causes, outcome=None, what=""):
        """A sync fails in one line about the file, for one of the causes."""
        outcome = outcome or self.client.sync()
        where = file if file.startswith(("/", "http")) else self.server.url + file
        about = f"{what}: {outcome}"
        self.assertEqual(outcome.status, 1, about)
        self.assertEqual(outcome.out, "", about)
        self.assertEqual(len(outcome.lines), 1, about)
        self.assertTrue(outcome.lines[0].startswith(f"gitdns-syncd: {where}:"), about)
        self.assertTrue(any(cause in outcome.lines[0] for cause in causes), about)
        self.assertTrue(outcome.lines[0].endswith("; kept serial 41"), about)
        self.assertEqual(self.client.octets(), self.before, about)
        self.assertNotIn("new", str(self.client.names()), about)

    def path(self, file):
        return self.registry.folder / file
