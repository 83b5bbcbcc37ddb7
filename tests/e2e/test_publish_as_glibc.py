"""gitdns-publish --names against getaddrinfo, with the same resolv.conf on the same machine: what the one
resolves the other publishes, with the same addresses."""
import gzip
import ipaddress
import os
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

import lab
from lab import stub_nameserver
from lab.registry import NAME, Key
from lab.stub_nameserver import ABSENT, ADDRESS, BEHAVIOURS, CLOSED, CORP, LINK_LOCAL, NAMES

ASKED = [*NAMES, *ABSENT]
AT_ONCE = 20  # they wait more than they work
# On a busy machine either may run into a time-out that the other does not.
ATTEMPTS = 3
CAP = 8  # addresses of a family
NOTHING = ("no names to publish", "no answer from any nameserver")
TCP_SILENT = "silent-over-tcp"  # for which getaddrinfo waits for ever
SILENT = "silent"  # its time-outs are the machine's: short ones


def conf(*servers, options="", end="\n"):
    """A resolv.conf with these behaviours or addresses."""
    lines = [f"nameserver {ADDRESS.get(server, server)}" for server in servers]
    return "".join(line + end for line in [*lines, *([f"options {options}"] if options else [])])


def alone():
    """Each behaviour by itself, with glibc's own options and those of a hurry."""
    for name in BEHAVIOURS:
        if name not in (TCP_SILENT, "liar"):
            yield name, conf(name)
    for name in ("slow-2", SILENT, "lost-first", "truncated", "aaaa-silent", "question-of-another-class"):
        yield f"{name}, in a hurry", conf(name, options="timeout:1 attempts:1")


def with_options():
    for name in BEHAVIOURS:
        if name.startswith(("edns", "truncated", "good", "upper", "cut", "servfail")):
            yield f"{name}, edns0", conf(name, options="edns0 timeout:2")
    for name in ("good", "truncated-without-tcp", "tcp-alone", "edns-formerr", "formerr"):
        yield f"{name}, use-vc", conf(name, options="use-vc timeout:2")
    for option in ("rotate", "single-request", "single-request-reopen", "no-aaaa", "ndots:3", "trust-ad", "no-reload",
                   "attempts:4", "timeout:30"):
        yield f"good, {option}", conf("good", options=option)


def several():
    """The first ones do not help."""
    for name in (SILENT, "servfail", "refused", "notimp", "formerr", "lame", "empty", "truncated-without-tcp",
                 "edns-dropped", "question-of-another-class", "no-question", "cut", "a-servfail", "aaaa-servfail", "slow-4"):
        yield f"{name}, then good", conf(name, "good", options="timeout:4")
        yield f"good, then {name}", conf("good", name)
    yield "closed, then good", conf(CLOSED, "good")
    yield "two dead, then good", conf(SILENT, CLOSED, "good", options="timeout:2")
    yield "dead, good, dead", conf(CLOSED, "good", SILENT, options="rotate timeout:2")
    yield "servfail, refused, good", conf("servfail", "refused", "good")
    yield "dead, edns-dropped, good, edns0", conf(SILENT, "edns-dropped", "good", options="edns0 timeout:2")
    yield "three dead", conf(CLOSED, SILENT, CLOSED, options="timeout:1")
    yield "a fourth that is not asked", conf(CLOSED, CLOSED, CLOSED, "good", options="timeout:1")


def written_otherwise():
    yield "0.0.0.0", conf("0.0.0.0")
    yield "::", conf("::")
    yield "::1", conf("::1")
    yield "scope", conf(f"{LINK_LOCAL}%lo")
    yield "scope, after a dead one", conf(SILENT, f"{LINK_LOCAL}%lo", options="timeout:1")
    yield "no nameserver", "search example.org\n"
    yield "CRLF", conf("good", options="timeout:2 edns0", end="\r\n")
    yield "no end of line", conf("good").rstrip()


class AsGlibc(unittest.TestCase):
    def setUp(self):
        self.scratch = lab.scratch()
        self.addCleanup(self.scratch.cleanup)
        self.key = Key(self.scratch.name, "key")
        self.names = lab.write(f"{self.scratch.name}/names", "".join(name + "\n" for name in ASKED))

    def files(self, resolv_conf, number=""):
        return {"/etc/resolv.conf": lab.write(f"{self.scratch.name}/resolv.conf{number}", resolv_conf)}

    def resolved(self, files):
        """{name: addresses} of getaddrinfo for each family; for both at once it may not have others."""
        command = [lab.program("PROBE"), "-p", "-g", "--", *ASKED]
        said = lab.results(subprocess.run(lab.within(files, command), stdout=subprocess.PIPE, text=True, check=True,
                                          timeout=lab.HANG).stdout)
        addresses = {key: set(map(ipaddress.ip_address, result.split()[1:])) if result.startswith("ok") else set()
                     for key, result in said.items()}
        return {name: addresses[name, "getaddrinfo inet"] | addresses[name, "getaddrinfo inet6"] for name in ASKED}

    def publish(self, files, tree, *options, names=None):
        command = [lab.program("PUBLISH"), "--to", tree, "--name", NAME, "--key", self.key.secret, "--names",
                   names or self.names, "--force", *options]
        return subprocess.run(lab.within(files, command), capture_output=True, text=True, timeout=lab.HANG)

    def published(self, files, tree, *options, **other):
        """{name: addresses} in the registry, and what was said."""
        done = self.publish(files, tree, *options, **other)
        if done.returncode != 0:
            self.assertTrue(any(cause in done.stderr for cause in NOTHING), done.stderr)
            return {}, done
        with gzip.open(f"{tree}/1/snapshot.gz", "rt") as text:
            return {name: [ipaddress.ip_address(word) for word in words if "=" not in word]
                    for name, *words in map(str.split, text)}, done

    def compare(self, number, text):
        """What is different between the two, and what the publisher said."""
        files = self.files(text, number)
        for attempt in range(ATTEMPTS):
            want = {name: capped for name, found in self.resolved(files).items() if (capped := cap(found))}
            got, done = self.published(files, f"{self.scratch.name}/tree-{number}-{attempt}")
            different = {name: (want.get(name), got.get(name)) for name in ASKED if want.get(name) != got.get(name)}
            if not different:
                break
        return different, done, want

    def table(self, cases):
        cases = [*cases]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = [*pool.map(lambda case: self.compare(*case), enumerate(text for _, text in cases))]
        for (label, _), (different, done, want) in zip(cases, outcomes):
            with self.subTest(label):
                self.assertEqual(different, {}, done)
        return {label: (done, want) for (label, _), (_, done, want) in zip(cases, outcomes)}

    def test_alone(self):
        outcomes = self.table(alone())
        # What the table would not be worth much without.
        for name in ("good", "slow-2", "slow-4", "lost-first", "truncated", "edns-dropped", "upper", "pointers",
                     "authority"):
            self.assertEqual(len(outcomes[name][1]), len(NAMES) - 1, name)
        for name in (SILENT, "servfail", "truncated-without-tcp"):
            self.assertEqual(outcomes[name][1], {}, name)

    def test_options(self):
        self.table(with_options())

    def test_several(self):
        outcomes = self.table(several())
        for label, dead in (("closed, then good", [CLOSED]), ("silent, then good", [ADDRESS[SILENT]]),
                            ("two dead, then good", [ADDRESS[SILENT], CLOSED]), ("servfail, refused, good", [])):
            done, _ = outcomes[label]
            self.assertEqual([line for line in done.stdout.splitlines() if line.startswith("resolver ")],
                             [f"resolver {address}:53: does not answer; left out" for address in dead])

    def test_written_otherwise(self):
        self.table(written_otherwise())

    def test_corp(self):
        """A resolver that knows its own domain alone is no liar; one that has an address for anything is."""
        names = lab.write(f"{self.scratch.name}/corp", f"db1.{CORP}\nwww.{CORP}\n")
        want = {f"{host}.{CORP}": [ipaddress.ip_address("10.0.0.1")] for host in ("db1", "www")}
        for name in "corp-refused", "corp-servfail", "corp-silent", "corp-nodata":
            with self.subTest(name):
                files = self.files(conf(name, options="timeout:2"))
                published, done = self.published(files, f"{self.scratch.name}/{name}", "--private", names=names)
                self.assertEqual(published, want, done)
        for servers in ("liar",), ("good", "liar"), (SILENT, "liar"):
            with self.subTest(servers):
                done = self.publish(self.files(conf(*servers, options="timeout:1")), f"{self.scratch.name}/tree")
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"resolver {ADDRESS['liar']}:53: has an address for ", done.stderr)

    def test_silent_over_tcp(self):
        """Where getaddrinfo does not come back, the publisher does."""
        files = self.files(conf(TCP_SILENT, options="timeout:1 attempts:1"))
        published, done = self.published(files, f"{self.scratch.name}/tree")
        self.assertEqual(published, {}, done)


def cap(addresses):
    """As a registry has them: IPv4 first, the lowest of each family."""
    return [address for version in (4, 6) for address in sorted(a for a in addresses if a.version == version)[:CAP]]


def start_nameservers():
    lab.run("ip", "address", "add", f"{LINK_LOCAL}/64", "dev", "lo")
    process = subprocess.Popen([sys.executable, stub_nameserver.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=os.environ | {"PYTHONPATH": os.path.dirname(os.path.dirname(stub_nameserver.__file__))})
    if process.stdout.readline() != b"ready\n":
        sys.exit("stub_nameserver.py did not start")
    return process


if __name__ == "__main__":
    lab.enter()
    lab.need("ip")
    with start_nameservers() as nameservers:
        lab.main()
