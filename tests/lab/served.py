"""Tests of a client and a registry on a web server."""
import pathlib
import unittest

from lab.client import Client
from lab.programs import scratch
from lab.registry import Key, Registry, make_text
from lab.web_server import Server


class Served(unittest.TestCase):
    """A registry whose serial 41 is on a web server, and a client that has not fetched it yet."""
    TEXT = make_text(60)

    @classmethod
    def setUpClass(cls):
        cls.keys = cls.enterClassContext(scratch())
        cls.key = Key(cls.keys, "ours")

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch()))
        self.registry = Registry(self.folder / "published", self.key)
        self.server = self.enterContext(Server(self.registry.folder))
        self.registry.publish(41, self.TEXT)
        self.client = Client(self.folder / "client", [self.server.url], [self.key.public])
