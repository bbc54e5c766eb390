#!/usr/bin/env python3
"""What `tcpsim exec --pcap` wrote, replayed: does anything stand in it that no two TCPs say to each other?

usage: captured.py TCPSIM CAPTURE

The capture is the program's host's own, so it holds every packet of both sides, in their order. Exit status 1 and a line each:
a segment behind its sender's FIN, an acknowledgment of what was never sent, one beyond the window, a RST that its end does
not stand by, a wrong checksum, a capture that is torn or empty. (A RST that the other end cannot take is none: it is what a
segment that was under way draws from an end that is gone.)
"""
import collections
import json
import subprocess
import sys

VIOLATIONS = {
    "observe/ack-unseen", "observe/after-fin", "observe/outside-window", "observe/rst-disowned", "rst/foreign",
}


def lines_of(tcpsim, capture):
    with subprocess.Popen([tcpsim, "replay", "--json", "--events", capture], stdout=subprocess.PIPE, text=True) as p:
        for line in p.stdout:
            yield json.loads(line)
    if p.returncode:
        raise SystemExit(f"{capture}: replay ended with status {p.returncode}")


def main():
    wrong = collections.Counter()
    first = {}
    connections = 0
    for line in lines_of(*sys.argv[1:3]):
        connections += line["type"] == "connection"
        if line.get("rule") in VIOLATIONS:
            wrong[line["rule"]] += 1
            first.setdefault(line["rule"], line)
        if line["type"] == "capture" and line["wrong_checksums"]:
            wrong["wrong checksums"] = line["wrong_checksums"]
    for what, n in wrong.items():
        print(f"{n} x {what}, first: {json.dumps(first.get(what))}")
    if not connections:
        print("no connection was captured")
    return bool(wrong) or not connections


sys.exit(main())
