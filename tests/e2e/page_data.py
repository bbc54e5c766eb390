#!/usr/bin/env python3
"""What a page holds, read without a browser: the same packets as replay --json --packets, the same items as simulate --json,
and a policy that names the hashes of what is in it.

usage: page_data.py TCPSIM SOURCE
"""
import base64
import hashlib
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

import page_captures

TCPSIM, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
WORLDS = "handshake half-close three-rsts connect-no-answer simultaneous-open unreachable backlog entry-dies time-wait".split()
KINDS = ["segment", "icmp", "twin", "call", None, "timer-set", "timer-fired", "timer-stopped", "state", "queue-change", "cwnd", "error", "reboot", None]
FATES = ["under-way", "arrived", "lost", None]
wrong = []


def expect(good, *words):
    if not good:
        wrong.append(" ".join(str(word) for word in words))


def run(*arguments):
    done = subprocess.run([TCPSIM, *map(str, arguments)], capture_output=True, text=True, cwd=SOURCE)
    expect(done.returncode == 0, arguments, "gives", done.returncode, done.stderr)
    return done.stdout


def column(data, at, rows):
    value, out = 0, []
    for _ in range(rows):
        raw = shift = 0
        while True:
            byte = data[at]
            at += 1
            raw |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        value += (raw >> 1) ^ -(raw & 1)
        out.append(value)
    return out, at


def views(page):
    """Each head with its tables in the place of their descriptions."""
    packed = re.search(r'<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>', page).group(1)
    data, at, found = zlib.decompress(base64.b64decode(packed)), 0, []
    while at < len(data):
        head_len, columns_len = struct.unpack_from("<II", data, at)
        at += 8
        head = json.loads(data[at:at + head_len])
        at += head_len
        end = at + columns_len
        for name in ("items", "notes", "samples"):
            table = {}
            for each in head[name]["columns"]:
                table[each], at = column(data, at, head[name]["rows"])
            head[name] = table
        expect(at == end, "columns end at", at, "not at", end)
        found.append(head)
    return found


def check_policy(page, name):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    script, style = page.rsplit("<script>", 1)[1].rsplit("</script>", 1)[0], page.split("<style>", 1)[1].split("</style>", 1)[0]
    for kind, text in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        expect(f"{kind}-src 'sha256-{digest}'" in policy, name, kind, "is not what the policy names")
    expect(policy.startswith("default-src 'none'"), name, policy)
    expect(not re.search(r"""\s(on\w+|src|href|style)=["']""", page.replace(script, "").replace(style, "")), name, "has attributes that fetch or run")


def make(arguments, folder):
    path = pathlib.Path(folder) / "page.html"
    run(*arguments, "--html", path)
    page = path.read_text()
    check_policy(page, arguments)
    return page


def check_capture(path, folder):
    view, = views(make(["replay", path], folder))
    lines = [json.loads(line) for line in run("replay", "--json", "--packets", path).splitlines()]
    connections = {c["connection"]: c for c in lines if c["type"] == "connection"}
    packets = {p["packet"]: p for p in lines if p["type"] == "packet"}
    items, seen = view["items"], 0
    for summary in view["connections"]:
        there = connections[summary["number"]]
        expect(summary["verdict"] == there["verdict"] and summary["outcome"] == there["outcome"], path, summary)
        for i in range(summary["first"], summary["first"] + summary["items"]):
            if items["kind"][i] != 0:
                continue
            p, seen = packets[items["packet"][i]], seen + 1
            has = {"connection": summary["number"], "time_rel_ns": items["time"][i], "side": ("client", "server")[items["end"][i]],
                   "seq": items["seq"][i], "length": items["len"][i], "window": items["c"][i], "in_flight": items["a"][i],
                   "rtt_ns": items["b"][i] * 1000 or None}
            # Who the client is may be learnt later than the packet passed.
            for key, value in has.items():
                expect(p[key] == value or (key == "side" and not there["direction_certain"]), f"{path}, packet {p['packet']}, {key}:", value, "not", p[key])
    expect(seen == len(packets), path, seen, "packets, not", len(packets))


def check_world(name, folder):
    world = f"docs/worlds/{name}.world"
    view = views(make(["simulate", world], folder))[0]
    lines = [json.loads(line) for line in run("simulate", "--json", world).splitlines()]
    truths = {t["connection"]: t for t in lines if t["type"] == "truth"}
    items = view["items"]
    for summary in view["connections"]:
        number, rows = summary["number"], range(summary["first"], summary["first"] + summary["items"])
        expect(summary["verdict"] == truths[number]["verdict"] and summary["outcome"] == truths[number]["outcome"], name, summary)
        has = [(KINDS[items["kind"][i]], items["time"][i], FATES[items["fate"][i]] if items["kind"][i] < 2 else None)
               for i in rows if KINDS[items["kind"][i]] not in (None, "reboot")]
        told = [(i["kind"], i["time_ns"], i.get("fate") if i["kind"] in ("segment", "icmp") else None)
                for i in lines if i["type"] == "item" and i.get("connection") == number]
        expect(sorted(map(str, has)) == sorted(map(str, told)), name, f"c{number}:", len(has), "items, not", len(told))
    if name == "handshake":
        samples = view["samples"]
        expect(samples["cwnd"] and max(samples["srtt"]) > 0 and samples["rcv_nxt"][0] == -1, name, "samples:", samples)


def check_small(folder):
    """A capture with no packet, and one in which nothing is TCP, are pages too."""
    empty = pathlib.Path(folder) / "empty.pcap"
    with page_captures.Capture(empty):
        pass
    expect(views(make(["replay", empty], folder))[0]["connections"] == [], "an empty capture")


def check_chosen(folder):
    """-c N keeps that connection's packets alone."""
    path = pathlib.Path(folder) / "few.pcap"
    page_captures.many_short(path, 30)
    view, = views(make(["replay", "-c", "8", path], folder))
    with_rows = [c["number"] for c in view["connections"] if c["items"]]
    expect(with_rows == [8], "connections with rows:", with_rows)


def main():
    with tempfile.TemporaryDirectory(prefix="tcpsim-page-") as folder:
        for path in sorted((SOURCE / "traces/samples").glob("*.pcap")):
            check_capture(path.relative_to(SOURCE), folder)
        for name in WORLDS:
            check_world(name, folder)
        check_small(folder)
        check_chosen(folder)
    print("\n".join(wrong) or "pages hold what they should")
    return 1 if wrong else 0


sys.exit(main())
