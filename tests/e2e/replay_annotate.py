#!/usr/bin/env python3
"""replay_annotate.py TCPSIM ROOT CAPTURE...: what --annotate and --write write is the capture again.

Annotated, every packet has the bytes, lengths and time that it had, and `replay --json` says the same of it. Written by
itself, a connection has the packets, ends and outcome that it had. Where tshark is there, tools/wireshark/tcpsim.lua finds
each state and each mark in the comments that --json --events tells."""
import json, pathlib, shutil, struct, subprocess, sys, tempfile

program, root, captures = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
wrong = []


def expect(truth, *what):
    if not truth:
        wrong.append(" ".join(str(w)[:300] for w in what))


def replay(*args):
    return subprocess.run([program, "replay", *map(str, args)], capture_output=True, text=True)


def lines(*args):
    return [json.loads(line) for line in replay("--json", *args).stdout.splitlines()]


def pcap_packets(path):
    """(time in ns, original length, bytes) of a plain pcap, either unit, this machine's order."""
    data = path.read_bytes()
    unit = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}.get(struct.unpack_from("<I", data)[0])
    at, out = 24, []
    while unit and at < len(data):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", data, at)
        out.append((seconds * 10**9 + fraction * unit, original, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return out if unit else None


def pcapng_packets(path):
    """The same of what --annotate writes, and the comment of each."""
    data, at, out = path.read_bytes(), 0, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            _, high, low, captured, original = struct.unpack_from("<IIIII", data, at + 8)
            body = data[at + 28:at + 28 + captured]
            option, comment = at + 28 + (captured + 3 & ~3), None
            if option < at + length - 4:
                code, size = struct.unpack_from("<HH", data, option)
                comment = data[option + 4:option + 4 + size].decode() if code == 1 else None
            out.append((high << 32 | low, original, body, comment))
        at += length
    return out


def check_annotated(capture, folder):
    out = folder / "annotated.pcapng"
    done = replay("--annotate", out, capture)
    expect(done.returncode == 0, capture, "--annotate:", done.stderr)
    was, now = pcap_packets(capture), pcapng_packets(out)
    if was is not None:
        expect(was == [p[:3] for p in now], capture, "packets differ")
    for line in (before := lines("--events", capture)) + (after := lines("--events", out)):
        line.pop("file", None)
    expect(before == after, capture, "is told otherwise when annotated")
    for line in before:
        if line["type"] == "mark":
            expect("rule: %s: " % line["rule"] in (now[line["packet"] - 1][3] or ""), capture, "lacks the mark", line)
        if line["type"] == "reset":
            expect("reset: %s: " % line["rule"] in now[line["packet"] - 1][3], capture, "lacks the cause", line)
        if line["type"] == "connection":
            expect("verdict: %s: %s" % (line["outcome"], line["verdict"]) in now[line["first_packet"] - 1][3], capture, line)
            for stall in line["stalls"]:
                expect("silence: %s, " % stall["cause"] in now[stall["packet_after"] - 1][3], capture, "lacks", stall)
    return out, before


def check_kept(annotated, folder):
    """Comments of others stay behind ours, which are not there twice."""
    others, again = folder / "others.pcapng", folder / "again.pcapng"
    first = annotated.read_bytes()
    others.write_bytes(first.replace(b"tcpsim: ", b"someone "))
    replay("--annotate", again, others)
    for line, was in zip(pcapng_packets(again), pcapng_packets(annotated)):
        expect(line == was, annotated, "our comment is not the first")
    expect(again.read_bytes().count(b"someone ") == first.count(b"tcpsim: "), annotated, "another's comment is gone")
    replay("--annotate", again, annotated)
    expect(again.read_bytes() == first, annotated, "our comments are there twice")


SAME = ("packets", "start_ns", "end_ns", "ip", "start", "outcome", "handshake", "handshake_rtt_ns", "captured_twice", "retransmissions")


def check_written(capture, folder, before):
    for c in (line for line in before if line["type"] == "connection"):
        for name in ("one.pcap", "one.pcapng"):
            done = replay("--write", folder / name, "-c", c["connection"], capture)
            if "several link types" in done.stderr:
                expect(name == "one.pcap", capture, done.stderr)
                continue
            expect(done.returncode == 0, capture, "--write:", done.stderr)
            again = [line for line in lines(folder / name) if line["type"] == "connection"]
            expect(len(again) == 1, capture, c["connection"], "is written as", len(again))
            for key in SAME if len(again) == 1 else ():
                expect(again[0][key] == c[key], capture, c["connection"], key, again[0][key], "was", c[key])
            for side in ("client", "server") if len(again) == 1 and c["direction_certain"] else ():
                for key in set(c[side]) - {"state"}:
                    expect(again[0][side][key] == c[side][key], capture, c["connection"], side, key)


def check_lua(annotated, before, capture):
    fields = ("frame.number", "tcpsim.connection", "tcpsim.client", "tcpsim.server", "tcpsim.rule", "tcpsim.silence")
    done = subprocess.run(["tshark", "-X", "lua_script:%s" % (root / "tools/wireshark/tcpsim.lua"), "-r", annotated, "-T", "fields"]
                          + [w for f in fields for w in ("-e", f)], capture_output=True, text=True)
    expect(done.returncode == 0 and "Lua" not in done.stderr, capture, done.stderr)
    rows = {int(row[0]): row for row in (text.split("\t") for text in done.stdout.splitlines())}
    for line in before:
        if line["type"] == "mark":
            row = rows[line["packet"]]
            expect(line["rule"] in row[4].split(",") and row[1] == str(line["connection"]), capture, "tshark has", row, "for", line)
        if line["type"] == "transition":
            # A packet may change a state twice: the last one counts.
            last = [l for l in before if l["type"] == "transition" and l["packet"] == line["packet"] and l["side"] == line["side"]][-1]
            expect(rows[line["packet"]][2 if line["side"] == "client" else 3] == last["to"], capture, "tshark has", rows[line["packet"]], "for", last)


def main():
    beside = root.parent / "shared" / "captures"
    paths = [pathlib.Path(c) for c in captures] + sorted(beside.glob("*.pcap*"))[::6] + sorted(beside.glob("zeek_frag*"))
    with tempfile.TemporaryDirectory(prefix="tcpsim-annotate-") as folder:
        for path in paths:
            annotated, before = check_annotated(path, pathlib.Path(folder))
            check_written(path, pathlib.Path(folder), before)
            check_kept(annotated, pathlib.Path(folder))
            if shutil.which("tshark"):
                check_lua(annotated, before, path)
    for w in wrong[:30]:
        print(w)
    print("%d captures, %d wrong%s" % (len(paths), len(wrong), "" if shutil.which("tshark") else "; no tshark here"))
    return 1 if wrong else 0


sys.exit(main())
