"""Stores that 32 bits are too narrow for: of more than 2 GiB, which a process for 32 bits does without,
and at an inode beyond 2^32, which it does not mind. A process for 64 bits answers from both."""

import os
import shutil
import struct
import subprocess
import time
import unittest

import lab

FOLDER = os.path.dirname(lab.STORE)
NAME, ADDRESS = "known.example.net", "192.0.2.1"
TABLES_AT = 0x90000000  # 2.25 GiB, of which next to nothing is on disk
HEADER = 2048


def hash_of(key):
    value = 5381
    for octet in key:
        value = ((value << 5) + value ^ octet) & 0xffffffff
    return value


def make_large_store(path):
    """A store as any other (cdb(5)), but for a hole before its hash tables."""
    deadline = struct.pack(">Q", int(time.time()) + 3600)
    value = bytes([1, 0]) + bytes(map(int, ADDRESS.split(".")))
    slots, at = {}, HEADER
    with open(path, "wb") as file:
        file.seek(HEADER)
        for key, data in (b"\x02", deadline), (NAME.encode(), value):
            slots.setdefault(hash_of(key) % 256, []).append((hash_of(key), at))
            at += file.write(struct.pack("<II", len(key), len(data)) + key + data)
        file.seek(TABLES_AT)
        header = b""
        for table in range(256):
            entries = slots.get(table, [])
            rows = [(0, 0)] * (2 * len(entries))
            for value, position in entries:
                row = (value >> 8) % len(rows)
                while rows[row] != (0, 0):
                    row = (row + 1) % len(rows)
                rows[row] = value, position
            header += struct.pack("<II", file.tell(), len(rows))
            file.write(b"".join(struct.pack("<II", *row) for row in rows))
        file.seek(0)
        file.write(header)


def is_narrow():
    with open(lab.program("NSS_MODULE"), "rb") as file:
        return file.read(5)[4] == 1


class LargeStore(unittest.TestCase):
    def setUp(self):
        lab.set_hosts_line("files dns gitdns")
        lab.set_dns("closed-port")

    def answer(self):
        return lab.probe("closed-port", [NAME], [])[NAME, "getaddrinfo inet"]

    def test_more_than_2_gib(self):
        lab.make_store(FOLDER, {NAME: "192.0.2.2"})
        with lab.Conversation() as program:
            self.assertEqual(program.ask(NAME)["getaddrinfo inet"], "ok 192.0.2.2")
            make_large_store(lab.STORE + ".new")
            os.rename(lab.STORE + ".new", lab.STORE)
            if is_narrow():
                self.assertRegex(self.answer(), "EAI_AGAIN")
            else:
                self.assertEqual(self.answer(), f"ok {ADDRESS}")
            time.sleep(2.1)
            # What is mapped stays where another cannot be.
            self.assertEqual(program.ask(NAME)["getaddrinfo inet"],
                             "ok 192.0.2.2" if is_narrow() else f"ok {ADDRESS}")
            lab.make_store(f"{lab.WORK}/small", {NAME: "192.0.2.3"})
            lab.swap_store(f"{lab.WORK}/small")
            time.sleep(2.1)
            self.assertEqual(program.ask(NAME)["getaddrinfo inet"], "ok 192.0.2.3")

    def test_large_inode(self):
        """An overlay of two file systems, whose inodes' high bits tell them apart."""
        top = f"{lab.WORK}/overlay"
        for folder in "a", "b", "c":
            os.makedirs(f"{top}/{folder}", exist_ok=True)
        for folder in "a", "c":
            lab.run("mount", "-t", "tmpfs", "tmpfs", f"{top}/{folder}")
        os.mkdir(f"{top}/c/upper")
        os.mkdir(f"{top}/c/work")
        lab.make_store(f"{lab.WORK}/made", {NAME: ADDRESS})
        shutil.copy(f"{lab.WORK}/made/registry.cdb", f"{top}/a/registry.cdb")
        mounted = subprocess.run(["mount", "-t", "overlay", "-o", f"xino=on,lowerdir={top}/a:{top}/b,upperdir={top}/c/upper,"
                                  f"workdir={top}/c/work", "overlay", FOLDER], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no overlay can be mounted here")
        try:
            self.assertGreater(os.stat(lab.STORE).st_ino, 2 ** 32)
            self.assertEqual(self.answer(), f"ok {ADDRESS}")
        finally:
            lab.run("umount", FOLDER)


if __name__ == "__main__":
    lab.enter()
    unittest.main(verbosity=2)
