"""The product for another architecture: Debian's libraries of it, unpacked by an apt of its own, a build with Debian's
cross compiler, and its programs by qemu-user. Nothing of this machine changes."""
import os
import pathlib
import platform
import re
import shlex
import shutil
import subprocess

from lab.programs import PROGRAMS, ROOT, run

# {Debian's name: (GNU's, the processor's by CMake and qemu, the order of octets)}
ARCHITECTURES = {"arm64": ("aarch64-linux-gnu", "aarch64", "little"), "s390x": ("s390x-linux-gnu", "s390x", "big")}
# Debian's own getent comes with libc-bin.
PACKAGES = ("libc6-dev", "libc-bin", "libcdb-dev", "zlib1g-dev", "libsodium-dev", "libinih-dev", "libidn2-dev",
            "libcurl4-openssl-dev", "libsystemd-dev", "libcmocka-dev")
# Commands of other packages that would look after this machine.
HOOKS = "".join(f"#clear {hook};\n" for hook in ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke",
                                                 "APT::Update::Post-Invoke-Success", "DPkg::Post-Invoke"))
TARGETS = ("unit_tests", "gitdns", "gitdns-syncd", "gitdns-publish", "gitdns-push", "nss_gitdns", "nss_gitdns_outage")


class Foreign:
    """Of one architecture, in a folder that is kept: what is there is not fetched or built again."""

    def __init__(self, architecture, folder):
        self.architecture = architecture
        self.triplet, self.processor, self.order = ARCHITECTURES[architecture]
        self.folder = pathlib.Path(folder).absolute()
        self.sysroot, self.build, self.wrappers = (self.folder / name for name in ("sysroot", "build", "wrappers"))
        self.qemu = f"qemu-{self.processor}-static"

    def lacking(self):
        """Debian's packages that are needed and not installed."""
        needed = {f"{self.triplet}-gcc": f"gcc-{self.triplet}", self.qemu: "qemu-user-static",
                  "apt-get": "apt", "cmake": "cmake", "ninja": "ninja-build", "pkg-config": "pkgconf"}
        return [package for program, package in needed.items() if shutil.which(program) is None]

    def running(self, program, *folders):
        """The command that runs it. Not by qemu's -L, which has programs that open `/` find the libraries' folder there."""
        folders = [*map(str, folders), *(f"{self.sysroot}/{folder}/{self.triplet}" for folder in ("lib", "usr/lib"))]
        loader = next(path for folder in folders for path in sorted(pathlib.Path(folder).glob("ld*.so.*")))
        return [self.qemu, str(loader), "--library-path", ":".join(folders), str(program)]

    def fetch(self):
        if self.sysroot.exists():
            return
        apt, new = self.folder / "apt", self.folder / "sysroot.new"
        shutil.rmtree(new, ignore_errors=True)
        for folder in ("lists/partial", "archives/partial", "log"):
            (apt / folder).mkdir(parents=True, exist_ok=True)
        (apt / "hooks").write_text(HOOKS)
        options = ["-q", "-c", apt / "hooks"]
        for option in (f"APT::Architecture={self.architecture}", f"APT::Architectures={self.architecture}", f"Dir::Cache={apt}",
                       f"Dir::State::lists={apt}/lists", "Dir::State::status=/dev/null", f"Dir::Log={apt}/log",
                       "Debug::NoLocking=1", "APT::Sandbox::User=root"):
            options += ["-o", option]
        run("apt-get", *options, "update")
        run("apt-get", *options, "install", "-y", "--download-only", "--no-install-recommends", *PACKAGES)
        for package in sorted((apt / "archives").glob("*.deb")):
            run("dpkg-deb", "-x", package, new)
        new.rename(self.sysroot)
        shutil.rmtree(apt)

    def make(self):
        """Builds, and makes a script for each program, at its place in a build."""
        toolchain = self.folder / "toolchain.cmake"
        lines = {"CMAKE_SYSTEM_NAME": "Linux", "CMAKE_SYSTEM_PROCESSOR": self.processor, "CMAKE_SYSROOT": self.sysroot,
                 "CMAKE_C_COMPILER": f"{self.triplet}-gcc", "CMAKE_FIND_ROOT_PATH_MODE_PROGRAM": "NEVER",
                 "CMAKE_FIND_ROOT_PATH_MODE_LIBRARY": "ONLY", "CMAKE_FIND_ROOT_PATH_MODE_INCLUDE": "ONLY"}
        toolchain.write_text("".join(f'set({name} "{value}")\n' for name, value in lines.items()))
        folders = (f"{self.sysroot}/usr/lib/{self.triplet}/pkgconfig", f"{self.sysroot}/usr/share/pkgconfig")
        environment = os.environ | {"PKG_CONFIG_SYSROOT_DIR": str(self.sysroot), "PKG_CONFIG_LIBDIR": ":".join(folders)}
        for command in (["cmake", "-S", ROOT, "-B", self.build, "-G", "Ninja", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"],
                        ["ninja", "-C", self.build, *TARGETS]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
            if done.returncode != 0:
                raise RuntimeError(f"{self.architecture}: {done.stdout[-2000:]}")
        for path in PROGRAMS.values():
            if (self.build / path).exists():
                wrapper = self.wrappers / path
                wrapper.parent.mkdir(parents=True, exist_ok=True)
                wrapper.write_text(f"#!/bin/sh\nexec {shlex.join(self.running(self.build / path))} \"$@\"\n")
                wrapper.chmod(0o755)

    def unit_tests(self, build, seconds):
        """(name, what failed, what of it fails by qemu in this machine's build as well) of each; one that takes longer failed."""
        here = [f"qemu-{platform.machine()}-static"]
        for path in sorted((self.build / "tests/unit").glob("test_*")):
            if path.is_file():
                failed = self._failed(self.running(path), seconds)
                yield path.name, failed, failed & self._failed([*here, f"{build}/tests/unit/{path.name}"], seconds) if failed else failed

    def _failed(self, command, seconds):
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, cwd=self.folder)
        except subprocess.TimeoutExpired:
            return {f"took longer than {seconds} s"}
        if done.returncode == 0:
            return set()
        return set(re.findall(r"^\[  FAILED  \] (\w+)$", done.stdout.decode(errors="replace"), re.MULTILINE)) or {f"status {done.returncode}"}

    def getent(self, *arguments):
        """By that architecture's glibc, and the module that was built."""
        command = self.running(self.sysroot / "usr/bin/getent", self.build / "nss_gitdns")
        return subprocess.run([*command, *arguments], stdout=subprocess.PIPE, text=True).stdout
