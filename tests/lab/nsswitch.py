"""The machine's /etc/nsswitch.conf, and the command that edits it."""

import shutil
import subprocess

import lab

PATH, SAVED = "/etc/nsswitch.conf", "/etc/gitdns/nsswitch.saved"
STUB = "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n"
PLAIN = f"nameserver {lab.CLOSED_PORT}\n"
FILE = """# A comment: hosts: files dns

passwd:         files
group:          files [SUCCESS=merge] systemd
%s
networks:       files
#hosts: files gitdns dns
services:       db files # dns
"""


def read(path=PATH):
    with open(path, "rb") as file:
        return file.read()


def put(text, resolv=PLAIN):
    """A new nsswitch.conf, and nothing known of an earlier enable."""
    shutil.rmtree("/etc/gitdns", ignore_errors=True)
    lab.write(PATH, text)
    lab.write("/etc/resolv.conf", resolv)


def gitdns(*arguments, wrapper=()):
    """(exit status, standard output, standard error)"""
    done = subprocess.run([*wrapper, lab.program("GITDNS"), *arguments], capture_output=True,
                          text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr
