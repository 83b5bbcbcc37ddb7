"""A build for 32 bits: every file of the product compiles without a warning, with files and times of
64 bits (base/stamp.c asserts it); both modules link, and do with programs for 32 bits what they do
with others. The kernel runs them, or qemu."""

import os
import subprocess
import sys
import tempfile
import unittest

import lab
from lab import narrow_build

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = {"direct": ["entry"], "steady": ["entry"], "forks": ["entry"], "harm": ["entry"], "stack": [],
            "probe": ["calls"]}
RUN = {
    "hygiene": ["TheFileOfGitdns", "TheFileOfGitdnsOutage", "Running.test_entry_points",
                "Running.test_entry_points_not_after_dns", "Running.test_no_allocation"],
    "hits": [],
    "large_store": [],
    # Not test_cancel: glibc's memcpy for i386 (ssse3) tells an unwinder wrongly where it returns to, so that of any
    # program a thread that is cancelled there, asynchronously, ends with SIGSEGV in libgcc.
    "stress": ["StressOfGitdns.test_forks", "StressOfGitdns.test_threads", "StressOfGitdnsOutage.test_forks",
               "StressOfGitdnsOutage.test_unload"],
}
# An overlay of two file systems, whose inodes' high bits tell them apart.
LARGE_INODE = """
mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir a b c line && mount -t tmpfs tmpfs a && mount -t tmpfs tmpfs c &&
mkdir c/upper c/work && echo 'hosts: gitdns' >a/nsswitch.conf &&
mount -t overlay -o xino=on,lowerdir=a:b,upperdir=c/upper,workdir=c/work overlay line || exit 77
shift
exec "$@" line/nsswitch.conf
"""


@lab.not_sanitized
class Narrow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="gitdns-test-")
        cls.build = narrow_build.Build(cls.folder.name)
        cls.runner = narrow_build.runner()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def need_runner(self):
        if self.runner is None:
            self.skipTest("neither the kernel nor qemu runs programs for 32 bits here")

    def test_all_compiles(self):
        print(f"{self.build.rooms()} files", end=" ", flush=True)

    def test_numbers(self):
        self.need_runner()
        build = self.build
        objects = build.objects("registry_read", "base_read", "hosts_line_grammar")
        for command in build.commands:
            if command["file"].endswith(("registry/manifest.c", "nss_gitdns/position.c", "nss_gitdns/root.c")) and \
                    "/threads" not in command["command"]:
                objects.append(build.compile(command)[0])
            if command["file"].endswith("registry/manifest.c"):
                narrow = dict(command, command=command["command"].replace("manifest.c.o", "narrow.c.o"),
                              file=f"{HERE}/narrow.c")
        program = build.program("narrow", [*sorted(set(objects)), build.compile(narrow)[0]], self.runner)
        with tempfile.TemporaryDirectory() as mounts:
            unshare = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
            done = subprocess.run([*unshare, "sh", "-c", LARGE_INODE, "sh", mounts, program])
        if done.returncode == 77:
            self.skipTest("no overlay can be mounted here")
        self.assertEqual(done.returncode, 0)

    def test_modules(self):
        build, folder = self.build, self.folder.name
        programs = {name: [*build.objects(f"nss_{name}")] for name in PROGRAMS}
        environment = {"NSS_MODULE": build.module("gitdns"), "NSS_OUTAGE_MODULE": build.module("gitdns_outage")}
        self.need_runner()
        for name, objects in programs.items():
            libraries = ["-lcmocka"] if name == "direct" else []
            environment[name.upper()] = build.program(name, objects, self.runner, *libraries)
        for test, names in RUN.items():
            if self.runner:
                # qemu does not clear what MADV_WIPEONFORK names.
                names = [name for name in names if not name.endswith("test_forks")]
            done = subprocess.run([sys.executable, f"{HERE}/test_{test}.py", *names], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=4 * lab.HANG,
                                  env=os.environ | environment, cwd=folder)
            with self.subTest(test=test):
                self.assertIn(done.returncode, (0, 77), done.stdout)


if __name__ == "__main__":
    lab.need("gcc")
    if narrow_build.loader() is None:
        lab.skip("no libraries for 32 bits here: packaging/install-dependencies test")
    unittest.main(verbosity=2)
