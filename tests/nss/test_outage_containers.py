"""Root in a container that has /run/gitdns of the host: what it can do to it, by the way in which it is root."""

import os
import subprocess

import lab
from lab import daemon, outage

FIRST, COUNT = 100000, 65536  # of the host's user numbers, where a container has its own
# What container runtimes leave root with the host's user numbers.
CAPABILITIES = ("chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod "
                "audit_write setfcap").split()
READS = {"read the board", "report"}
# Tries everything, in a user namespace of its own if told so, and says what has worked; of what it says to the daemon
# the daemon's log tells whether it was believed.
INTRUDER = """
import ctypes, fcntl, os, socket, sys
folder, own = sys.argv[1], sys.argv[2:] == ["own"]
NEWNS, NEWUSER, REMOUNT_BIND, DETACH = 0x20000, 0x10000000, 0x1020, 2
libc = ctypes.CDLL(None, use_errno=True)
if own:
    if libc.unshare(NEWNS | NEWUSER) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    print("unshared", flush=True)
    sys.stdin.readline()
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)

def send(word):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(word, folder + "/report")

def write(flags, octets=b""):
    os.write(os.open(folder + "/outage", flags), octets)

libc.umount2(folder.encode(), DETACH)
libc.mount(None, folder.encode(), None, REMOUNT_BIND, None)
for what, attempt in {
        "read the board": lambda: os.read(os.open(folder + "/outage", os.O_RDONLY), 256),
        "read the names": lambda: os.close(os.open(folder + "/names", os.O_RDONLY)),
        "open the lock": lambda: os.close(os.open(folder + "/lock", os.O_RDONLY)),
        "report": lambda: send(b"name-1.example.net"),
        "say that everything is out": lambda: send(b"\\0on " + open(folder + "/lock", "rb").read()),
        "change the mode": lambda: os.chmod(folder + "/outage", 0o644),
        "change the owner": lambda: os.chown(folder + "/outage", 0, 0),
        "change the folder's mode": lambda: os.chmod(folder, 0o755),
        "set the time": lambda: os.utime(folder + "/outage", (1, 1)),
        "make a file": lambda: os.unlink(os.open(folder + "/file", os.O_CREAT) and folder + "/file"),
        "make a link": lambda: (os.symlink("/etc", folder + "/link"), os.unlink(folder + "/link")),
        "rename the board": lambda: (os.rename(folder + "/outage", folder + "/away"),
                                     os.rename(folder + "/away", folder + "/outage")),
        "write the board": lambda: write(os.O_WRONLY),
        "remove the lock": lambda: os.unlink(folder + "/lock"),
        "remove the board": lambda: os.unlink(folder + "/outage"),
        "remove the socket": lambda: os.unlink(folder + "/report"),
}.items():
    try:
        attempt()
        print(what, flush=True)
    except OSError:
        pass
"""


def user_numbers():
    with open("/proc/self/uid_map") as file:
        return int(file.readline().split()[2])


class Containers(outage.WithDaemon):
    def setUp(self):
        if os.geteuid() != 0 or user_numbers() < FIRST + COUNT:
            self.skipTest("a user namespace of one user")
        super().setUp()
        lab.write(f"{daemon.FOLDER}/names", "")
        os.chmod(f"{daemon.FOLDER}/names", 0o600)
        # Else what is reported would be asked for, and on a busy machine be out: the daemon writes `names` anew.
        self.settle()

    def files(self):
        """All but times: the daemon writes the board."""
        paths = [daemon.FOLDER, *(f"{daemon.FOLDER}/{name}" for name in os.listdir(daemon.FOLDER))]
        return {(path, *os.lstat(path)[:6]) for path in paths}

    def said(self):
        return [line for line in self.daemon.said() if "by an administrator" in line]

    def intrude(self, prefix, *arguments, mode="ro"):
        """What has worked."""
        mounted = f'mount --bind {daemon.FOLDER} {daemon.FOLDER} && mount -o remount,bind,{mode} {daemon.FOLDER} && exec "$@"'
        process = subprocess.Popen(["unshare", "-mn", "sh", "-c", mounted, "sh", *prefix, lab.python_of_all(), "-c", INTRUDER,
                                    daemon.FOLDER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if arguments == ("own",):
            self.assertEqual(process.stdout.readline(), "unshared\n")
            for file in ("uid_map", "gid_map"):
                with open(f"/proc/{process.pid}/{file}", "w") as maps:
                    maps.write(f"0 {FIRST} {COUNT}")
        said, _ = process.communicate("\n", timeout=lab.HANG)
        return set(said.splitlines())

    def settle(self):
        """The host's root says something after it: all that came before has been read."""
        subprocess.run([lab.program("GITDNS"), "outage", "off"], check=True, stdout=subprocess.DEVNULL)

    def assert_as_a_local_user(self, *arguments, prefix=()):
        for mode in ("ro", "rw"):
            with self.subTest(mode):
                before = self.files()
                self.assertEqual(self.intrude(prefix, *arguments, mode=mode), READS)
                self.assertEqual(self.files(), before)
                self.settle()
                self.assertEqual(self.said(), ["outage off, by an administrator"])

    def test_user_numbers_of_its_own(self):
        """Where the folder may be written to, too."""
        self.assert_as_a_local_user("own")

    def test_root_by_a_user_namespace(self):
        """Which any user can make."""
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "unshare", "-Urm"]
        if subprocess.run([*nobody, "true"], capture_output=True).returncode != 0:
            self.skipTest("users may not make namespaces here")
        self.assert_as_a_local_user(prefix=nobody)

    def test_user_numbers_of_the_host(self):
        """It is the host's root: believed, and kept from the files by the mount alone."""
        prefix = ["setpriv", "--inh-caps=-all", "--bounding-set=-all" + "".join(f",+{name}" for name in CAPABILITIES)]
        before = self.files()
        self.assertEqual(self.intrude(prefix), READS | {"read the names", "open the lock", "say that everything is out"})
        self.assertEqual(self.files(), before)
        self.settle()
        self.assertEqual(self.said(), [f"outage {word}, by an administrator" for word in ("off", "on", "off")])
        self.assertGreater(self.intrude(prefix, mode="rw"), READS | {"write the board", "remove the board"})

        def is_made_again():
            return daemon.is_listening() and os.path.exists(daemon.BOARD)
        daemon.wait_for(is_made_again)


if __name__ == "__main__":
    outage.main()
