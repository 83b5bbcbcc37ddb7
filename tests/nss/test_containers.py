"""The files of packaging/containers, as they are installed: what is in a container that each of them makes, in an
outage of the host's DNS or of its own. With a root of its own in place of an image; tests/packaging/containers-podman
has real ones."""

import os
import re
import shutil
import subprocess
import sys
import unittest

import lab
from lab import container, daemon, outage, responder
from lab.outage import FROM_DNS, RECORDS

HOST, IMAGE, BIN = f"{lab.WORK}/host", f"{lab.WORK}/image", f"{lab.WORK}/bin"
OF_HOST = ["-v", "/etc/resolv.conf:/etc/resolv.conf:ro"]
OLDEST_GLIBC = (2, 34)
BOOT_ID = "00000000-0000-4000-8000-000000000000\n"
CONTAINER = [sys.executable, container.__file__, "run"]


def folder():
    return subprocess.run(["find", HOST, "-path", "*/gitdns/containers"], capture_output=True, text=True).stdout.strip()


def run(*options):
    """`run podman OPTION...`, as it is installed."""
    return subprocess.run([f"{folder()}/run", "podman", "--rm", *options], capture_output=True, text=True, timeout=lab.HANG,
                          env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"})


def addresses(done):
    return {line.split()[0] for line in done.stdout.splitlines()}


def getent(name, *options):
    return addresses(run(*options, "debian:12", "getent", "ahosts", name))


def installed(name):
    with open(f"{folder()}/{name}") as file:
        return file.read()


def mounts_of_run():
    return [(source, target, mode == "True") for source, target, mode in map(
        str.split, run("debian:12", "mounts").stdout.splitlines())]


def check(*options):
    """(status, lines) of `check` in a container with the mounts."""
    done = subprocess.run([*CONTAINER, *options, "debian:12", "sh", "-s"], input=installed("check"), capture_output=True,
                          text=True, timeout=lab.HANG)
    return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()


class Files(unittest.TestCase):
    def test_each_mounts_the_same(self):
        expected = mounts_of_run()
        self.assertEqual([target for _, target, _ in expected][2:], ["/etc/nsswitch.conf", "/var/lib/gitdns", "/run/gitdns"])
        self.assertTrue(all(read_only for *_, read_only in expected))
        for name in ("compose.yaml", "gitdns.nspawn", "lxc.conf"):
            with self.subTest(name):
                self.assertEqual(container.read_mounts(name, installed(name)), expected)

    def test_what_they_mount_is_installed(self):
        for source, _, _ in mounts_of_run()[:3]:
            self.assertTrue(os.path.exists(container.on_host(source)), source)

    def test_page(self):
        """Its block for Compose is the file's, and the files that it names are there."""
        with open(lab.ROOT / "packaging/man/gitdns-containers.7") as file:
            page = file.read()
        block = re.search(r"services:\n  shop:\n.*?image: [^\n]*\n", page, re.S).group()
        self.assertIn(block.replace("/usr/share", os.path.dirname(os.path.dirname(folder())).removeprefix(HOST)),
                      re.sub(r"^#   ", "", installed("compose.yaml"), flags=re.M))
        for name in set(re.findall(r"\./([A-Za-z]+(?:\.[a-z]+)?)", page)) | {"gitdns.nspawn", "lxc.conf"}:
            installed(name)

    def test_cluster(self):
        """What stands in two places of Kubernetes' files is the same in both."""
        text = installed("kubernetes.yaml")
        address, = set(re.findall(r"clusterIP: (\S+)", text))
        self.assertIn(f"forward . {address} {{", installed("Corefile"))
        port, = set(re.findall(r"(?:targetPort|containerPort|tcpSocket: {port): (\d+)", text))
        self.assertIn(f"setLocal('0.0.0.0:{port}')", text)
        self.assertEqual(len(set(re.findall(r"image: (\S+)", text))), 1)
        self.assertEqual(len(re.findall(r"{name: configuration, mountPath: /etc/gitdns-node, readOnly: true}", text)), 2)
        for file in set(re.findall(r"/etc/gitdns-node/(\S+?)\]", text)):
            self.assertIn(f"  {file}: |", text)

    def test_oldest_glibc(self):
        """Whatever glibc the modules were built with, they go into an image with an older one."""
        for source, target, _ in mounts_of_run()[:2]:
            said = lab.run("objdump", "-T", container.on_host(source))
            needed = {tuple(map(int, version.split("."))) for version in re.findall(r"\(?GLIBC_([\d.]+)\b", said)}
            self.assertLessEqual(max(needed), OLDEST_GLIBC, target)


class Containers(outage.WithDaemon):
    def assert_in_copy(self, name, *options):
        with self.without_dns(name):
            self.assertEqual(getent(name, *options), {RECORDS[name]})

    def assert_late(self, name, *options):
        """From the copy, but DNS is asked first."""
        asked = int(self.asked(name))
        self.assertEqual(getent(name, *options), {RECORDS[name]})
        self.assertGreater(int(self.asked(name)), asked)

    def test_all_is_well(self):
        self.assertEqual(getent("name-1.example.net"), FROM_DNS)
        self.assertEqual(getent("name-1.example.net", *OF_HOST), FROM_DNS)

    def test_outage_of_the_host(self):
        """By a nameserver of its own, not of all that ask another. Who has its resolv.conf knows, and nobody else: not
        who has a copy, and not who has another boot id."""
        lab.write("/etc/resolv.conf", f"nameserver {responder.ADDRESS['silent']}\noptions timeout:1 attempts:1\n")
        self.report_until_out("name-60.example.net")
        self.assert_in_copy("name-2.example.net", *OF_HOST)
        self.assert_in_copy("name-3.example.net", *OF_HOST, "--network", "none")
        self.assert_late("name-4.example.net")
        boot_id = ["-v", f"{lab.write(f'{lab.WORK}/boot_id', BOOT_ID)}:/proc/sys/kernel/random/boot_id:ro"]
        self.assert_late("name-7.example.net", *OF_HOST, *boot_id)
        status, lines = check(*self.mounts(), *OF_HOST, *boot_id)
        self.assertEqual((status, len(lines)), (1, 1), lines)
        self.assertIn("a boot id of its own", lines[0])
        self.assertEqual(getent("name-4.example.net", "--dns", responder.ADDRESS["good"]), FROM_DNS)
        self.assert_from_copy("name-4.example.net")

    def test_resolv_conf_of_its_own_that_fails(self):
        """Answered after DNS has failed, each time; the host hears of it, asks its own DNS, and takes nothing to be out."""
        own = ["--dns", responder.ADDRESS["servfail"]]
        for name in ("name-5.example.net", "name-6.example.net", "name-5.example.net"):
            reports = daemon.board()[daemon.REPORTS]
            self.assert_late(name, *own)

            def is_heard():
                return daemon.board()[daemon.REPORTS] > reports
            daemon.wait_for(is_heard)
            self.assert_from_dns(name)
        self.assertTrue(outage.nothing_out())

    def test_nothing_can_be_written(self):
        for path in ("/var/lib/gitdns/file", "/run/gitdns/file", "/etc/nsswitch.conf"):
            done = run("debian:12", "sh", "-c", f">>{path}")
            self.assertIn("Read-only file system", done.stderr)
            self.assertNotEqual(done.returncode, 0)

    def mounts(self, *without):
        return [option for source, target, _ in mounts_of_run() if not target.endswith(without or "nothing")
                for option in ("-v", f"{source}:{target}:ro")]

    def test_check(self):
        self.assertEqual(check(*self.mounts()), (0, []))
        self.assertEqual(check(*self.mounts(), *OF_HOST), (0, []))
        for lacks, line in {
                "/libnss_gitdns.so.2": "gitdns: libnss_gitdns.so.2 cannot be loaded: ERROR: ld.so: ",
                "/libnss_gitdns_outage.so.2": "gitdns: libnss_gitdns_outage.so.2 cannot be loaded: ERROR: ld.so: ",
                "/nsswitch.conf": "gitdns: /etc/nsswitch.conf: no gitdns in the hosts line",
                "/var/lib/gitdns": "gitdns: /var/lib/gitdns: no copy that can be read",
                "/run/gitdns": "gitdns: /run/gitdns/outage: no board of a gitdns-syncd at work: "}.items():
            with self.subTest(lacks):
                status, lines = check(*self.mounts(lacks))
                self.assertEqual((status, len(lines)), (1, 1), lines)
                self.assertTrue(lines[0].startswith(line), lines)

    def test_check_of_what_has_gone_from_the_host(self):
        """A daemon that was stopped and started has another folder; and resolv.conf is replaced."""
        process = subprocess.Popen(
            [*CONTAINER, *self.mounts(), *OF_HOST, "debian:12", "sh", "-c", "echo in; read line; exec sh -s"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "in\n")
        self.end()
        shutil.rmtree(daemon.FOLDER)
        self.daemon = daemon.Daemon()
        lab.set_dns("good")
        said, _ = process.communicate(f"\n{installed('check')}", timeout=lab.HANG)
        self.assertEqual([line.split(": ")[1] for line in said.splitlines()], ["/run/gitdns/outage", "/etc/resolv.conf"], said)
        self.assertEqual(process.returncode, 1)

    def test_image_without_the_modules(self):
        """The hosts line alone: DNS is as it was."""
        options = self.mounts("libnss_gitdns.so.2", "libnss_gitdns_outage.so.2")
        self.dns("denied.example.net", "nxdomain")
        for name, answer in (("name-8.example.net", FROM_DNS), ("denied.example.net", set())):
            done = subprocess.run([*CONTAINER, *options, "debian:12", "getent", "ahosts", name],
                                  capture_output=True, text=True, timeout=lab.HANG)
            self.assertEqual(addresses(done), answer)


def install():
    os.environ |= {"HOST": HOST, "CONTAINER_ROOT": IMAGE}
    lab.run("env", f"DESTDIR={HOST}", "cmake", "--install", os.environ["BUILD"])
    os.makedirs(BIN)
    lab.write(f"{BIN}/podman", f'#!/bin/sh\nexec "{sys.executable}" "{container.__file__}" "$@"\n')
    os.chmod(f"{BIN}/podman", 0o755)
    container.make_image(IMAGE)


if __name__ == "__main__":
    lab.need("cmake", "objdump", "ldd")
    lab.enter()
    lab.start_responder()
    lab.make_store("/var/lib/gitdns", RECORDS)
    daemon.configure()
    install()
    lab.main()
