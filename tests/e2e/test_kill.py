"""kill -9 at random moments of a sync: the store is the old one or the new one, whole, and the next round succeeds
with no leftovers."""
import collections
import pathlib
import random
import shutil
import subprocess
import sys
import time

import lab
from lab.client import Client
from lab.registry import Key, Registry, make_text
from lab.web_server import Server

MOMENTS = 200
NAMES = 20000
CHUNKS = 8


def trickle(request):
    """The snapshot in pieces, so that moments fall between them; with Range."""
    octets = pathlib.Path(request.server.folder, request.path[1:]).read_bytes()
    start = int(request.headers.get("Range", "bytes=0-")[len("bytes="):].split("-")[0])
    request.send_response(206 if start else 200)
    request.send_header("Content-Length", str(len(octets) - start))
    request.end_headers()
    step = len(octets) // CHUNKS + 1
    for at in range(start, len(octets), step):
        request.wfile.write(octets[at:at + step])
        time.sleep(0.003)


def put_back(store, octets):
    shutil.rmtree(store)
    store.mkdir()
    (store / "registry.cdb").write_bytes(octets)


def phase(client, old):
    """Where the kill fell, by what lies about."""
    names = client.names()
    if "state.new" in names:
        return "state"
    if client.octets() != old:
        return "installed, state known" if "state" in names else "installed, state unknown"
    if "serials/42.cdb.new" in names:
        return "making the store"
    return "download" if any(name.endswith(".part") for name in names) else "before the download"


def missed(phases):
    return [name for name in ("before the download", "download", "making the store", "installed, state known")
            if not phases[name]]


def kill_once(client, delay, old, new):
    process = subprocess.Popen(client.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=lab.plain_environment())
    time.sleep(delay)
    process.kill()
    process.wait()
    found = client.octets()
    assert found in (old, new), f"killed after {delay:.4f} s: neither the old store nor the new one"
    where = phase(client, old)
    started = time.monotonic()
    outcome = client.sync()
    takes = time.monotonic() - started
    assert outcome.status == 0 and not outcome.lines, f"killed {where}: next round: {outcome}"
    assert client.octets() == new, f"killed {where}: the next round did not make the new store"
    assert client.names() == ["registry.cdb", "state"], f"killed {where}: left over: {client.names()}"
    return where, takes


def main():
    lab.need("minisign")
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    with lab.scratch() as folder:
        key = Key(folder, "ours")
        registry = Registry(f"{folder}/published", key)
        with Server(registry.folder) as server:
            client = Client(f"{folder}/client", [server.url], [key.public])
            registry.publish(41, make_text(NAMES))
            assert client.sync().status == 0
            old = client.octets()
            registry.publish(42, make_text(NAMES, 1))
            server.rules["/42/snapshot.gz"] = trickle
            started = time.monotonic()
            assert client.sync().status == 0
            takes = time.monotonic() - started
            new = client.octets()
            phases = collections.Counter()
            while phases.total() < MOMENTS or missed(phases) and phases.total() < 10 * MOMENTS:
                put_back(client.store, old)
                where, again = kill_once(client, chance.uniform(0, takes * 1.2), old, new)
                phases[where] += 1
                # A whole sync once more: the machine may be busier than it was.
                takes = again if where == "before the download" else takes
    print(f"a sync takes {takes:.3f} s; seed {seed}; killed: {dict(phases)}")
    assert not missed(phases), f"no moment fell into: {missed(phases)}"
    print(f"{phases.total()} moments: the store was always whole")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        print(f"FAILED: {error}")
        sys.exit(1)
