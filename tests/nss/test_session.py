"""The session that README shows, docs/session.svg: what it shows comes out when it is done again, but for times.

    test_session.py            does it again, and compares
    test_session.py --write    draws the picture anew
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys
import time

import lab
from lab import daemon, responder, terminal_picture

PICTURE = lab.ROOT / "docs" / "session.svg"
TITLE = "A terminal: a registry is published, DNS dies, and names are found all the same"
NAMES = {"github.com": "140.82.121.4", "www.wikipedia.org": "185.15.59.224", "deb.debian.org": "151.101.2.132"}
CONFIG = """[registry known]
url = file:///srv/registry/
key = /srv/known.pub
"""
MASKED = re.compile(r"\d+(\.\d+)? s\b|(now|\d+ \w+ ago)(?=;)|\d{4}-\d\d-\d\dT[\d:]+Z?| {2,}")

shown = []


def note(text):
    shown.extend([("", ""), ("note", f"# {text}")])


def kind_of(line):
    return {"-": "removed", "+": "added"}.get(line[:1], "said")


def run(command, prompt="$", timed=False, but=None):
    """Shows a command and what it says, but for lines that `but` matches; `timed`: and how long it took."""
    shown.append(("prompt", f"{prompt} {command}"))
    start = time.monotonic()
    done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    took = f"{time.monotonic() - start:.1f} s"
    lines = [line for line in done.stdout.splitlines() if not (but and re.search(but, line))]
    if timed:
        lines[0] = lines[0].ljust(terminal_picture.COLUMNS - len(took)) + took
    shown.extend((kind_of(line), line) for line in lines)


def prepare():
    """A machine whose one nameserver is well, with resolv.conf's default options."""
    lab.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/srv")
    os.chdir("/srv")
    lab.run("minisign", "-G", "-W", "-p", "known.pub", "-s", "known.key")
    lab.write("names.hosts", "".join(f"{address:15} {name}\n" for name, address in NAMES.items()))
    os.makedirs("/etc/gitdns")
    lab.write(daemon.CONFIG, CONFIG)
    lab.write("/etc/nsswitch.conf", lab.hosts_line("files dns"))
    lab.start_responder()
    lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['good']}\n")
    folders = {os.path.dirname(lab.program(program)) for program in ("GITDNS", "PUBLISH", "SYNCD")}
    os.environ["PATH"] = ":".join([*sorted(folders), os.environ["PATH"]])


def session():
    run("cat names.hosts")
    run("gitdns-publish --to registry --name known --key known.key --hosts names.hosts")
    run("gitdns enable", prompt="$ sudo", but=r"^(---|\+\+\+|@@|[^-+])")
    with daemon.Daemon():
        def is_here():
            return os.path.exists("/var/lib/gitdns/registries/known/registry.cdb")
        daemon.wait_for(is_here)
        note("DNS dies: its server says nothing any more")
        if lab.tell_responder(".=silent") != "ok":
            sys.exit("DNS does not die")
        run("getent ahosts github.com", timed=True)
        daemon.wait_for(daemon.everything_is_out)
        note("The first look-up has waited for DNS. Now the daemon knows; the others do not.")
        run("gitdns outage")
        for name in list(NAMES)[1:]:
            run(f"getent hosts {name}", timed=True)
        run("gitdns explain deb.debian.org")


def main():
    lab.enter()
    prepare()
    session()
    if sys.argv[1:] == ["--write"]:
        PICTURE.write_text(terminal_picture.draw(TITLE, shown), encoding="utf-8")
        return
    drawn, done = ([MASKED.sub(" ", line) for line in lines] for lines in (
        terminal_picture.read(PICTURE.read_text(encoding="utf-8")), [text for _, text in shown if text]))
    if drawn != done:
        print(*difflib.unified_diff(drawn, done, str(PICTURE), "what comes out", lineterm=""), sep="\n")
        sys.exit(1)


main()
