"""What a build for 32 bits makes of the sources, with what packaging/install-dependencies unpacked."""

import glob
import json
import os
import pathlib
import shlex
import subprocess

import lab
from lab.programs import ROOT, UNPACKED

SYSROOT = f"{UNPACKED}/i386"
LIBRARIES = f"{SYSROOT}/usr/lib/i386-linux-gnu"
MODULE = ("nss_gitdns_core", "hosts_line_grammar", "copy_read", "registry_read", "base_read")
# Headers of libraries that are here for 64 bits alone; a note on an ABI that GCC 11 mended.
COMPILER = ["gcc", "-m32", f"--sysroot={SYSROOT}", "-isystem", f"{SYSROOT}/usr/include/i386-linux-gnu",
            "-idirafter", "/usr/include", "-idirafter", "/usr/include/x86_64-linux-gnu", "-Werror", "-Wno-psabi"]


def _first(pattern):
    return next(iter(sorted(glob.glob(f"{SYSROOT}/{pattern}", recursive=True))), None)


def loader():
    return _first("**/i386-linux-gnu/ld-linux.so.2")


def runner():
    """What stands in front of a program for 32 bits; None: nothing runs it."""
    emulators = filter(None, map(lab.find_program, ("qemu-i386-static", "qemu-i386")))
    for command in [], *([emulator] for emulator in emulators):
        try:
            if subprocess.run([*command, loader(), "--version"], capture_output=True).returncode == 0:
                return command
        except OSError:
            pass
    return None


class Build:
    """Into a folder, from the build that the tests are of."""

    def __init__(self, folder):
        self.folder = folder
        with open(f"{os.environ['BUILD']}/compile_commands.json") as file:
            self.commands = json.load(file)

    def compile(self, command):
        """Of one entry; returns the object and the folder that CMake keeps it in."""
        words = shlex.split(command["command"])
        start = next(i for i, word in enumerate(words) if word.startswith("-"))
        out = words.index("-o")
        target = words[out + 1]
        flags = [word for word in words[start:out] if not word.startswith("-fsanitize")]
        path = f"{self.folder}/{target.replace('/', '_')}"
        if not os.path.exists(path):
            subprocess.run([*COMPILER, *flags, "-O1", "-c", command["file"], "-o", path], check=True)
        return path, target.split("/CMakeFiles/")[-1].split(".dir/")[0]

    def rooms(self):
        """Compiles each file of the product; returns how many they are."""
        files = {}
        for command in self.commands:
            files.setdefault(pathlib.Path(command["file"]).relative_to(ROOT), command)
        product = [command for path, command in files.items() if path.parts[0] != "tests"]
        for command in product:
            self.compile(command)
        return len(product)

    def objects(self, *targets):
        wanted = [f"/{target}.dir/" for target in targets]
        return [self.compile(command)[0] for command in self.commands
                if any(target in command["command"] for target in wanted)]

    def link(self, name, objects, *flags):
        path = f"{self.folder}/{name}"
        start = os.path.dirname(_first("usr/lib/gcc/i686-linux-gnu/*/libgcc.a"))
        subprocess.run(["gcc", "-m32", f"--sysroot={SYSROOT}", f"-B{start}/", f"-B{LIBRARIES}/", f"-L{LIBRARIES}",
                        f"-L{start}", *objects, *flags, "-o", path], check=True)
        return path

    def module(self, service):
        return self.link(f"libnss_{service}.so.2", self.objects(f"nss_{service}", *MODULE), "-shared",
                         f"-Wl,-soname,libnss_{service}.so.2",
                         f"-Wl,--version-script={os.environ['BUILD']}/nss_gitdns/{service}.map",
                         "-Wl,-z,nodelete,-z,now,-z,relro,-z,defs,--as-needed,--gc-sections",
                         f"{LIBRARIES}/libcdb_pic.a")

    def program(self, name, objects, command, *libraries):
        """With the libraries that were unpacked; runs as `command` says."""
        folders = ":".join({os.path.dirname(loader()), LIBRARIES})
        path = self.link(f"{name}.32", objects, f"-Wl,--dynamic-linker={loader()}",
                         f"-Wl,--disable-new-dtags,-rpath,{folders}", *libraries)
        if command:
            lab.write(f"{self.folder}/{name}", f'#!/bin/sh\nexec {shlex.join(command)} {path} "$@"\n')
            os.chmod(f"{self.folder}/{name}", 0o755)
            return f"{self.folder}/{name}"
        return path
