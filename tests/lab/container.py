"""Containers without a runtime: a root of its own with glibc, a shell, cat and getent, and what a file of
packaging/containers says is mounted there.

As a program it stands in for podman, and does of `podman run` what is needed: CONTAINER_ROOT is the image, HOST the
folder that this machine's own files are installed in, but for /etc, /var and /run, which are the lab's.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys

PROGRAMS = ["/bin/sh", "/bin/cat", "/usr/bin/getent"]
# The folders become mount points in there; cat keeps what was copied.
START = """set -e
root=$1 resolv_conf=$2 mounts=$3
shift 3
mount -t tmpfs -o mode=755 tmpfs "$root.up"
cp -a "$root/." "$root.up/"
root=$root.up
cat "$resolv_conf" >"$root/etc/resolv.conf"
mount --rbind /proc "$root/proc"
touch "$root/dev/null"
mount --bind /dev/null "$root/dev/null"
while read -r source target mode; do
    if [ -d "$source" ]; then
        mkdir -p "$root$target"
    else
        mkdir -p "$root${target%/*}"
        [ -e "$root$target" ] || touch "$root$target"
    fi
    mount --bind "$source" "$root$target"
    mount -o "remount,bind,$mode" "$root$target"
done <"$mounts"
exec chroot "$root" "$@"
"""


def libraries(path):
    """That a program is linked to, and the dynamic linker."""
    said = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(", said)


def make_image(root):
    """One that has no gitdns, and DNS in its hosts line."""
    for folder in ("dev", "etc", "proc", "run", "usr/bin", "var"):
        os.makedirs(f"{root}/{folder}")
    os.makedirs(f"{root}.up")
    for folder in ("bin", "lib", "lib64"):
        os.makedirs(f"{root}/usr/{folder}", exist_ok=True)
        os.symlink(f"usr/{folder}", f"{root}/{folder}")
    for path in PROGRAMS + [path for program in PROGRAMS for path in libraries(program)]:
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        shutil.copy(path, root + path)
    with open(f"{root}/etc/nsswitch.conf", "w") as file:
        file.write("hosts: files dns\n")
    return root


def read_mounts(name, text):
    """[(source, target, whether it is read-only)] of a file of packaging/containers but `run`."""
    if name == "compose.yaml":
        found = re.findall(r"- type: bind\n +source: (\S+)\n +target: (\S+)\n +read_only: (true)?", text)
    elif name == "gitdns.nspawn":
        found = [(*paths.split(":"), "ro") for paths in re.findall(r"^BindReadOnly=(\S+)$", text, re.M)]
    else:
        found = [(source, f"/{target}", "ro" if ",ro," in options else "") for source, target, options in re.findall(
            r"^lxc\.mount\.entry = (/\S+) (\S+) none (\S+) 0 0$", text, re.M)]
    return [(source, target, bool(mode)) for source, target, mode in found]


def on_host(path):
    return path if re.match(r"/(etc|var|run)/", path) else os.environ["HOST"] + path


def start(mounts, command, resolv_conf="/etc/resolv.conf", network="host"):
    """Never returns. Without a mount at its place it has a copy of resolv.conf, as runtimes make one."""
    path = f"{os.environ['CONTAINER_ROOT']}.mounts"
    with open(path, "w") as file:
        file.writelines(f"{on_host(source)} {target} {'ro' if read_only else 'rw'}\n" for source, target, read_only in mounts)
    own = [] if network == "host" else ["-n"]
    os.execvp("unshare", ["unshare", "-m", *own, "sh", "-c", START, "sh", os.environ["CONTAINER_ROOT"], resolv_conf, path, *command])


def parse_mount(text):
    """--mount type=bind,readonly=true,src=SOURCE,dst=TARGET"""
    fields = dict(field.split("=") for field in text.split(","))
    if fields.keys() != {"type", "readonly", "src", "dst"} or fields["type"] != "bind":
        sys.exit(f"podman: --mount {text}")
    return fields["src"], fields["dst"], fields["readonly"] == "true"


def parse_volume(text):
    """--volume SOURCE:TARGET:ro"""
    source, target, *mode = text.split(":")
    return source, target, mode == ["ro"]


def main():
    parser = argparse.ArgumentParser(prog="podman", allow_abbrev=False)
    parser.add_argument("run", choices=["run"])
    parser.add_argument("--mount", dest="mounts", action="append", type=parse_mount, default=[])
    parser.add_argument("-v", dest="mounts", action="append", type=parse_volume)
    parser.add_argument("--dns")
    parser.add_argument("--network", default="host", choices=["host", "none"])
    parser.add_argument("--rm", action="store_true")
    parser.add_argument("image")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.command == ["mounts"]:
        for mount in options.mounts:
            print(*mount)
        return
    resolv_conf = "/etc/resolv.conf"
    if options.dns:
        resolv_conf = f"{os.environ['CONTAINER_ROOT']}.resolv.conf"
        with open(resolv_conf, "w") as file:
            file.write(f"nameserver {options.dns}\n")
    start(options.mounts, options.command, resolv_conf, options.network)


if __name__ == "__main__":
    main()
