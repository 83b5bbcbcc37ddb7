"""Several registries on a machine that is against them: the owner of their folder, and a disk that is full."""
import os
import shutil

import lab
from lab.several import Several

OWNER = 65534


class Machine(Several):
    def look(self, folder):
        """Names, contents, owners and modes."""
        found = {}
        for path in (folder, *folder.rglob("*")):
            st = path.lstat()
            found[str(path)] = (st.st_mode, st.st_uid, st.st_gid, path.read_bytes() if path.is_file() else None)
        return found

    def test_links(self):
        """Root follows none that the owner of the folder has put there, to nothing that is written, made or removed."""
        self.configure("corp", "top", self.section("local", unnamed=True))
        self.good_sync()
        victim, kept = self.folder / "victim", self.folder / "kept"
        shutil.copytree(self.place("corp"), victim, symlinks=True)
        shutil.copytree(self.place("corp"), victim / "corp", symlinks=True)
        shutil.copytree(self.place("corp"), victim / "old", symlinks=True)
        (victim / "registry.cdb").unlink()
        shutil.copy(victim / "serials/41.cdb", victim / "registry.cdb")
        for name in ("file", "policy.cdb", "policy.cdb.new", "policy.lock", "42.cdb.new", "pinned"):
            (victim / name).write_text("of somebody else\n")
            (victim / name).chmod(0o600)
        (victim / "new").mkdir()
        before = self.look(victim)
        if os.geteuid() == 0:
            self.folder.chmod(0o711)
            lab.run("chown", "-R", f"{OWNER}:{OWNER}", self.store)
        shutil.copytree(self.store, kept, symlinks=True)
        self.publish("corp", 45)
        tried = 0
        for file in ("registries", "registries/corp", "registries/old", "registries/corp/serials", "registries/corp/lock",
                     "registries/corp/registry.cdb", "registries/corp/registry.cdb.new", "registries/corp/pinned",
                     "registries/corp/serials/45.cdb.new", "registries/top", "registries/local", "registry.cdb", "serials",
                     "policy.cdb", "policy.cdb.new", "policy.lock", "lock"):
            for target in (victim, victim / "file", victim / "corp", victim / "new", victim / "registry.cdb",
                           self.folder / "nowhere", None):
                for sections in (("corp", "local", "top"), (self.section("corp", unnamed=True), "top"),
                                 (self.section("local", unnamed=True),)):
                    shutil.rmtree(self.store)
                    lab.run("cp", "-a", kept, self.store)
                    path = self.store / file
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
                    if target is None:
                        path.hardlink_to(victim / "file")
                    else:
                        path.symlink_to(target)
                    self.configure(*sections)
                    with self.subTest(file=file, target=str(target), sections=sections):
                        outcome = self.sync()
                        self.assertIn(outcome.status, (0, 1), outcome)
                        self.assertEqual(self.look(victim), before)
                        self.assertFalse((self.folder / "nowhere").exists())
                    tried += 1
        print(f"{tried} links")

    def full(self, inodes):
        """A run on a disk that has room for so many more files. What it leaves lies in self.store then."""
        inside, after = self.folder / "inside", self.folder / "after"
        for folder in (inside, after):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.store, inside, symlinks=True)
        used = 1 + sum(1 for _ in inside.rglob("*"))
        script = (f"mount -t tmpfs -o nr_inodes={used + inodes} none {self.store} && cp -a {inside}/. {self.store}/ && "
                  f'{{ "$@"; status=$?; cp -a {self.store} {after}; exit $status; }}')
        outcome = self.sync(prefix=[*lab.mount_namespace(), "sh", "-c", script, "sh"])
        shutil.rmtree(self.store)
        after.rename(self.store)
        return outcome

    def test_full_disk(self):
        """Whatever did not find room: what answered does, and each line says why."""
        if lab.mount_namespace() is None:
            self.skipTest("mount namespaces are not allowed")
        self.configure(self.section("top", unnamed=True))
        self.good_sync()
        top, kept, phases = self.octets(None), self.folder / "kept", set()
        shutil.copytree(self.store, kept, symlinks=True)
        for sections, more in (((self.section("top", unnamed=True), "corp"), ""), (("top", "corp"), ""),
                               ((self.section("top", unnamed=True),), "[answer]\nnever = a.example\n")):
            self.configure(*sections, more=more)
            for inodes in range(0, 40):
                shutil.rmtree(self.store)
                shutil.copytree(kept, self.store, symlinks=True)
                outcome = self.full(inodes)
                with self.subTest(sections=sections, inodes=inodes):
                    self.assertIn(top, self.answering(), outcome)
                    for name in self.names():
                        self.assertNotRegex(name, r"\.(new|part)$")
                    if not outcome.lines:
                        break
                    self.assertLessEqual(len(outcome.lines), 1 + len(sections), outcome)
                    for line in outcome.lines:
                        self.assertRegex(line, f"^gitdns-syncd: {self.store}[^ ]*: (No space left on device|"
                                               "No such file or directory|its serials have not been moved here yet); ")
                    # Of its state alone a round can do without.
                    self.assertEqual(outcome.status, 0 if all("state: " in line for line in outcome.lines) else 1)
                    self.assertIn("No space left on device", outcome.lines[0])
                    phases.add(outcome.lines[0].split(": ")[1].removeprefix(str(self.store)))
            self.assertEqual(outcome.status, 0)
            self.assertGreater(inodes, 1)
        print(f"full at {sorted(phases)}")
        self.assertGreater(len(phases), 3)


if __name__ == "__main__":
    lab.main()
