#!/usr/bin/env python3
"""The lab's WebAssembly against the native program, under node.

usage: lab.py TCPSIM SOURCE FOLDER

Builds the lab in FOLDER and runs every world of docs/worlds, and some beside them, in both: the event logs must be the same
bytes, and so must complaints. Exit status: 0 they are, 1 they are not, 77 emscripten or node is not installed (skipped)."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

TWO_HOSTS = "[host a]\n[host b]\n[link a b]\ndelay = 10 ms\n"
# What docs/worlds has none of: each kind of program, randomness, systems, faults.
MORE = {
    "echo": TWO_HOSTS + "loss = 3 %\nduplicate = 2 %\nreorder = 2 %\ncorrupt = 1 %\n"
            "[program e]\nhost = b\ndoes = echo\nport = 7\n"
            "[program r]\nhost = a\ndoes = request\nto = b:7\ncount = 20\nsize = 3 kB\nreply = 3 kB\nverify = no\n",
    "herd": TWO_HOSTS + "rate = 5 Mbit/s\nqueue = 20 packets\n[program w]\nhost = b\ndoes = serve\nport = 80\nworkers = 3\nsize = 200\nreply = 20 kB\n"
            "[program h]\nhost = a\ndoes = herd\nto = b:80\nclients = 12\ncount = 4\nsize = 200\nreply = 20 kB\n",
    "calls": TWO_HOSTS + "[program s]\nhost = b\ncalls = socket; bind 0.0.0.0:7; listen 1; accept; read; write 5000; close\n"
             "[program c]\nhost = a\ncalls = after 1 s socket; option nodelay; connect b:7; write 10; write 10; read; close\n",
    "raw": TWO_HOSTS + "[program s]\nhost = b\ndoes = sink\nport = 9\n"
           "[program i]\nhost = a\ndoes = inject\nto = b:9\nsegments = 100 ms S 0 win 1000; 200 ms F 1 ack 9\n"
           "[program f]\nhost = a\ndoes = flood\nto = b:9\nfrom = 192.0.2.0/24\ncount = 40\nevery = 10 ms\n",
    "freebsd": "[host a]\nprofile = freebsd\n[host b]\nprofile = bsd44\n[link a b]\nloss = 5 %\n"
               "[program s]\nhost = b\ndoes = sink\nport = 9\n[program c]\nhost = a\ndoes = source\nto = b:9\nbytes = 300 kB\n",
}
WRONG = {
    "key": "[host a]\n[host b]\n[link a b]\ndelya = 5 ms\n",
    "section": "[hots a]\n",
    "value": "[host a]\n[host b]\n[link a b]\ndelay = soon\n",
    "profile": "[host a]\nprofile = linx\n",
    "file": "[host a]\nprofile = mine.profile\n",
    "errno": TWO_HOSTS + "[program p]\nhost = a\ndoes = connect\nto = c:80\n",
}


def run(arguments):
    return subprocess.run([str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)


def both(tcpsim, lab, source, world, place):
    log = place / "events.json"
    log.unlink(missing_ok=True)
    native = run([tcpsim, "simulate", "--summary", "--events", log, world])
    ours = run(["node", source / "tests/e2e/lab_node.js", lab / "lab.js", lab / "lab.wasm", world, world])
    return native, log.read_bytes() if log.exists() else b"", ours


def compare_events(name, native, log, ours):
    if ours.returncode or ours.stderr:
        return f"{name}: in the lab: {ours.stderr.decode()[:500]}"
    if not log or log == ours.stdout:
        return None if log else f"{name}: no events: {native.stderr.decode()}"
    lines = zip(log.split(b"\n"), ours.stdout.split(b"\n"))
    at, (want, got) = next(((n, pair) for n, pair in enumerate(lines, 1) if pair[0] != pair[1]), (0, (b"", b"")))
    return f"{name}: line {at} differs:\n  native {want.decode()}\n  lab    {got.decode()}"


def compare_complaints(name, native, ours):
    want, got = native.stderr.decode().strip(), ours.stderr.decode().strip()
    if native.returncode == 2 and ours.returncode == 2 and want.endswith(got) and got:
        return None
    return f"{name}: native ({native.returncode}): {want}\n  lab ({ours.returncode}): {got}"


def main():
    tcpsim, source, lab = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    for program, package in (("emcc", "emscripten"), ("node", "nodejs")):
        if not shutil.which(program):
            print(f"{package} is not installed: the lab is not tried")
            return 77
    subprocess.run([sys.executable, source / "web/lab/build.py", source, lab, lab / "lab.html", lab / "deps"], check=True)
    wrong, worlds, events = [], sorted((source / "docs/worlds").glob("*.world")), 0
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        for name, text in MORE.items():
            worlds.append(place / f"{name}.world")
            worlds[-1].write_text(text)
        for world in worlds:
            native, log, ours = both(tcpsim, lab, source, world, place)
            wrong.append(compare_events(world.stem, native, log, ours))
            events += log.count(b"\n")
        for name, text in WRONG.items():
            world = place / f"wrong-{name}.world"
            world.write_text(text)
            native, _, ours = both(tcpsim, lab, source, world, place)
            wrong.append(compare_complaints(world.stem, native, ours))
    wrong = [each for each in wrong if each]
    print("\n".join(wrong))
    print(f"{len(worlds)} worlds, {events} events, {len(WRONG)} complaints: {len(wrong)} differ")
    return 1 if wrong else 0


sys.exit(main())
