"""journald as services see it: the socket for its own protocol (systemd.io, JOURNAL_NATIVE_PROTOCOL)."""
import os
import select
import socket

from lab.programs import HANG

PATH = "/run/systemd/journal/socket"


class Journal:
    """Takes what is sent; /run is the test's own."""

    def __init__(self):
        os.makedirs(os.path.dirname(PATH), exist_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(PATH)
        self.socket.settimeout(HANG)

    def close(self):
        self.socket.close()
        os.unlink(PATH)

    def entry(self):
        """{field: value} of the next one. One that has to be told by its length is a mistake here."""
        text = self.socket.recv(1 << 20).decode("ascii")
        assert text.endswith("\n") and "\n\n" not in text, text
        fields = [line.split("=", 1) for line in text.splitlines()]
        assert all(len(field) == 2 for field in fields), text
        assert len(dict(fields)) == len(fields), text
        return dict(fields)

    def until(self, wanted):
        """(the first for which that is true, those before it)."""
        before = []
        while not wanted(entry := self.entry()):
            before.append(entry)
        return entry, before

    def is_empty(self):
        return not select.select([self.socket], [], [], 0)[0]


def stream_of(path):
    """$JOURNAL_STREAM where standard error is that file."""
    status = os.stat(path)
    return f"{status.st_dev}:{status.st_ino}"
