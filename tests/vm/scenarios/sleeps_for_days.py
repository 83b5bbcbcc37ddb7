"""The machine sleeps for eight days and wakes without its cable. What came due meanwhile is caught up once, and not at
once: in the first forty seconds nothing is said of the mirror in the network, which cannot be reached, and the day's run
for the machine's own names has not begun, which its timer has within the hour. Then the cable is in: one round of that
mirror, one new serial of the machine's own, and neither comes again."""

import time

import lab
from lab.vm import HANG, Failed
from lab.vm_lab import HOST, content
from lab.web_server import Server

DAYS = 8
FIRST = 40  # seconds; a network may take a minute
HOUR = 3600
SAID = "journalctl --sync; journalctl -q -o cat -u {} --after-cursor \"$(cat /run/cursor)\""
HEAD = "cat /var/lib/gitdns-publish/local/HEAD"


def wait_until(what, words):
    end = time.monotonic() + HANG
    while not what():
        if time.monotonic() > end:
            raise Failed(words)
        time.sleep(0.1)


def moves_to_network(machine, server):
    """The registry that the package comes with."""
    machine.run(f"sed -i 's|^url = .*|url = {server.url}|' /etc/gitdns/gitdns.conf && systemctl reload gitdns-syncd")
    wait_until(lambda: any(path.endswith("/manifest") for path, *_ in server.requests), "the mirror was never asked")
    machine.wait_for("[ /var/lib/gitdns/state -nt /etc/gitdns/gitdns.conf ]")
    server.requests.clear()


def sleeps(machine):
    machine.run("date +%s >/run/slept; journalctl -n 1 --show-cursor | sed -n 's/^-- cursor: //p' >/run/cursor")
    machine.begin("systemctl suspend")
    machine.wait_event("SUSPEND")
    machine.cable(False)
    machine.days_go_by(DAYS)
    machine.tell("system_wakeup")
    machine.wait_event("WAKEUP")
    if int(machine.run("echo $(($(date +%s) - $(cat /run/slept)))")) < (DAYS - 1) * 24 * HOUR:
        raise Failed("it has not slept for days")


def keeps_quiet(machine):
    machine.run(f"sleep {FIRST}")
    if said := machine.run(f"{SAID.format('gitdns-syncd')} | grep -v '^local: ' || true"):
        raise Failed(f"the daemon says {said}")
    if said := machine.run(SAID.format("gitdns-publish@local")):
        raise Failed(f"the day's run says {said}")
    left = int(machine.run("""echo $(($(date +%s -d "$(systemctl show -p NextElapseUSecRealtime --value \
        gitdns-local.timer)") - $(date +%s)))"""))
    if left > HOUR:
        raise Failed(f"the day's run is to begin in {left} seconds")


def catches_up(machine, server):
    serial = int(machine.run(HEAD))
    machine.cable(True)
    wait_until(lambda: server.requests, "the mirror was never asked again")
    machine.wait_for("[ /var/lib/gitdns/state -nt /run/cursor ]")
    # As the timer does, each hour.
    machine.run("systemctl start gitdns-local")
    machine.wait_for(f"gitdns log --registry local | grep -q '^\\* {serial + 1} '")
    machine.wait_for("systemctl is-active gitdns-publish@local | grep inactive")
    machine.run("systemctl start gitdns-local")
    machine.run("[ $(systemctl show -p Result --value gitdns-local) = exec-condition ]")
    asked = [path for path, *_ in server.requests if path.endswith("/HEAD")]
    if len(asked) != 1 or int(machine.run(HEAD)) != serial + 1:
        raise Failed(f"more than once: {asked}, serial {machine.run(HEAD)}")
    return len(server.requests)


def run(vm):
    machine = vm.machine(days=True)
    names = vm.network.known(4)
    with Server(lab.ROOT / "packaging/starter/published", address=HOST) as server:
        moves_to_network(machine, server)
        # So that the day's run has something to publish.
        machine.run("rm /etc/gitdns/names.d/company.names")
        sleeps(machine)
        keeps_quiet(machine)
        vm.finds(machine, names)
        asked = catches_up(machine, server)
    content(machine)
    return (f"{DAYS} days; {FIRST} s without a network: nothing said; then one round of {asked} "
            "requests, and one serial of the machine's own names")
