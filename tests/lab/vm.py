"""A Debian machine in qemu: its power, its cable, and commands in it, by the agent of tests/vm. Its cable ends at a tap
device in the namespace of tests/vm/run. Whatever waits, waits for an event; HANG is what ends a machine that
does not move any more."""

import base64
import json
import os
import pathlib
import select
import socket
import subprocess
import time

HANG = 1800
MEMORY = "768M"
# Emulated, a kernel panics once in some hundred boots, before there is a root: then it boots again.
PANIC = "panic=1"
# A processor of 500 million instructions a second by its own clock, however busy this machine is.
CLOCK = ["-icount", "shift=1,sleep=on"]
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class Failed(Exception):
    """What a scenario has found wrong."""


class Lines:
    """A socket of qemu's, a line at a time."""

    def __init__(self, path, process):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(HANG)
        while True:
            try:
                self.sock.connect(os.fspath(path))
                break
            except OSError:
                if process.poll() is not None:
                    raise Failed(f"qemu ended with {process.returncode}") from None
                time.sleep(0.05)
        self.file = self.sock.makefile("rb")

    def read(self):
        try:
            line = self.file.readline()
        except TimeoutError:
            raise Failed(f"nothing was heard of the machine for {HANG} s") from None
        if not line.endswith(b"\n"):
            raise Failed("the machine is gone")
        return line.decode(errors="replace").rstrip("\r\n")

    def write(self, line):
        self.sock.sendall(line.encode() + b"\n")

    def close(self):
        self.file.close()
        self.sock.close()


class Machine:
    """`disk` is a qcow2 of its own; `folder` has the kernel. With `resume`, as it was when it was saved by that
    name; without, it is switched on, and is there after `wait_ready`. `work`: a folder of its own. `kernel`: words for
    its command line. `days`: while it sleeps they can go by, see `days_go_by`."""

    def __init__(self, folder, disk, work, packages, resume=None, tap="tap0", kernel="", days=False):
        self.disk = disk
        self.work = pathlib.Path(work)
        self.number = 0
        self.events = []
        sockets = {name: self.work / name for name in ("agent", "control")}
        for path in sockets.values():
            path.unlink(missing_ok=True)
        command = ["qemu-system-x86_64", "-machine", "pc", "-accel", "tcg", *CLOCK,
                   "-m", MEMORY, "-smp", "1", "-display", "none", "-vga", "none", "-nodefaults", "-no-user-config",
                   "-kernel", folder / "vmlinuz", "-initrd", folder / "initrd.img",
                   "-append", f"root=/dev/vda rw console=ttyS0 net.ifnames=0 loglevel=4 {PANIC} {kernel}",
                   "-drive", f"file={disk},format=qcow2,if=virtio",
                   "-drive", f"file={packages},format=raw,if=virtio,readonly=on",
                   "-netdev", f"tap,id=net,ifname={tap},script=no,downscript=no",
                   "-device", "virtio-net-pci,netdev=net,id=cable", "-device", "virtio-rng-pci",
                   "-device", "virtio-serial-pci",
                   "-chardev", f"socket,id=agent,path={sockets['agent']},server=on,wait=off",
                   "-device", "virtserialport,chardev=agent,name=gitdns",
                   "-chardev", f"file,id=console,path={self.work / 'console'},append=on", "-serial", "chardev:console",
                   "-qmp", f"unix:{sockets['control']},server=on,wait=off"]
        if resume:
            command += ["-loadvm", resume]
        environment = dict(os.environ)
        if days:
            (self.work / "ahead").write_text("+0d")
            environment |= {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": os.fspath(self.work / "ahead"),
                            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with open(self.work / "qemu.log", "ab") as log:
            self.process = subprocess.Popen([os.fspath(word) for word in command], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=environment)
        self.agent = self.control = None
        try:
            self.agent = Lines(sockets["agent"], self.process)
            self.control = Lines(sockets["control"], self.process)
            self.control.read()
            self.tell("qmp_capabilities")
        except BaseException:
            self.kill()
            raise

    def tell(self, command, **arguments):
        """To qemu; what it returns."""
        self.note(f"{command} {arguments}")
        return self.tell_quietly(command, **arguments)

    def tell_quietly(self, command, **arguments):
        self.control.write(json.dumps({"execute": command, "arguments": arguments}))
        while True:
            said = json.loads(self.control.read())
            self.events += [said["event"]] if "event" in said else []
            if "error" in said:
                raise Failed(f"qemu: {command}: {said['error']['desc']}")
            if "return" in said:
                return said["return"]

    def wait_event(self, name):
        """One that has come since the last that was waited for, or comes."""
        while name not in self.events:
            self.events.append(json.loads(self.control.read()).get("event"))
        self.events = []

    def wait_ready(self):
        """After it was switched on, or told to reboot: seconds from the kernel's start to multi-user.target."""
        while True:
            words = self.agent.read().split()
            if words[:1] == ["ready"]:
                self.note(" ".join(words))
                return float(words[2])

    def note(self, words):
        """For who looks at what went wrong."""
        with open(self.work / "commands", "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%H:%M:%S')} {words}\n")

    def begin(self, command):
        """What is not waited for, but by `has_said`."""
        self.note(f"$ {command}")
        self.number += 1
        self.agent.write(f"{self.number} {base64.b64encode(command.encode()).decode()}")

    def status(self, command):
        """(status, output) of a command of bash, which leaves nothing behind that holds its output."""
        self.begin(command)
        while True:
            words = self.agent.read().split(" ")
            if words[0] == str(self.number):
                output = base64.b64decode(words[2]).decode(errors="replace")
                self.note(f"{words[1]} {output}")
                return int(words[1]), output

    def has_said(self):
        """Whether what has begun has ended, or the machine is gone."""
        return bool(select.select([self.agent.sock], [], [], 0)[0])

    def run(self, command):
        """Its output; it must succeed."""
        status, output = self.status(command)
        if status != 0:
            raise Failed(f"status {status} of: {command}\n{output}")
        return output

    def put(self, path, text, mode=0o644):
        coded = base64.b64encode(text.encode()).decode()
        self.run(f"mkdir -p {os.path.dirname(path)} && base64 -d >{path} <<<{coded} && chmod {mode:o} {path}")

    def wait_for(self, command, every=0.5, seconds=HANG):
        """Until it succeeds, in the machine, tried every so many seconds: what it costs is time, too."""
        status, output = self.status(f"SECONDS=0; until {{ {command}\n}} >/tmp/waited 2>&1; do "
                                     f"[ $SECONDS -lt {seconds} ] || {{ cat /tmp/waited; exit 1; }}; sleep {every}; done")
        if status != 0:
            raise Failed(f"never: {command}\n{output}")

    def writes(self):
        """How many it has made to its disk."""
        return self.tell_quietly("query-blockstats")[0]["stats"]["wr_operations"]

    def cable(self, plugged):
        self.tell("set_link", name="cable", up=plugged)

    def days_go_by(self, days):
        """By the machine's battery-backed clock."""
        self.note(f"{days} days go by")
        (self.work / "ahead").write_text(f"+{days}d")

    def reboot(self):
        """By systemd, in good order; waits until it is there again."""
        self.begin("systemctl reboot")
        return self.wait_ready()

    def off(self):
        """By systemd, in good order, until the power is off."""
        self.begin("systemctl poweroff")
        try:
            self.process.wait(HANG)
        except subprocess.TimeoutExpired:
            raise Failed(f"the machine was not off after {HANG} s") from None

    def save(self, name):
        said = self.tell("human-monitor-command", **{"command-line": f"savevm {name}"})
        if said.strip():
            raise Failed(f"savevm: {said.strip()}")

    def kill(self):
        """The power goes."""
        self.process.kill()
        self.process.wait()
        for lines in (self.agent, self.control):
            if lines:
                lines.close()
