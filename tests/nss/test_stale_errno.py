"""An errno from before the call is none of this look-up's: glibc clears it nowhere. Every call gives what
it gives where errno was 0, or what it gives with the same errno and without gitdns in the line.
"""

import errno
import os
import unittest

import lab

KNOWN, UNKNOWN = "known.example.net", "unknown.example.net"
ERRORS = errno.EBUSY, errno.EMSGSIZE
LINES = {  # with gitdns: without
    "files dns gitdns": "files dns",
    f"files {lab.OUTAGE} dns gitdns": "files dns",
    "dns gitdns": "dns",
    "dns [NOTFOUND=return] gitdns": "dns [NOTFOUND=return]",
    "files nosuch dns gitdns": "files nosuch dns",
}
MODES = ["closed-port", "servfail", "formerr", "notimp", "refused", "garbage-body", "nxdomain", "nodata", "good",
         "truncated-close", "out-of-descriptors"]


class StaleErrno(unittest.TestCase):
    def ask(self, mode, error):
        command = [*lab.probe_command(mode, [KNOWN, UNKNOWN], parallel=False)]
        return lab.results(lab.run(command[0], "-e", str(error), *command[1:]))

    def test_each(self):
        compared = 0
        for line, without in LINES.items():
            for mode in MODES:
                lab.set_dns(mode)
                lab.set_hosts_line(line)
                clean, stale = self.ask(mode, 0), {error: self.ask(mode, error) for error in ERRORS}
                lab.set_hosts_line(without)
                for error in ERRORS:
                    bare, seen = self.ask(mode, 0), self.ask(mode, error)
                    for key, result in stale[error].items():
                        compared += 1
                        # Where errno is told to the caller it is the caller's own, with gitdns and without.
                        if bare[key] != seen[key] and not clean[key].startswith("ok"):
                            self.assertEqual(result, seen[key], (line, mode, error, key))
                        else:
                            self.assertEqual(result, clean[key], (line, mode, error, key))
        print(f"{compared} calls", end=" ", flush=True)


if __name__ == "__main__":
    lab.enter()
    lab.start_responder()
    lab.make_store(os.path.dirname(lab.STORE), {KNOWN: "192.0.2.1"})
    unittest.main(verbosity=2)
