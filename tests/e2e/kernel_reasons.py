#!/usr/bin/env python3
"""kernel_reasons.py TCPSIM ROOT: what `replay` tells of traces/samples/reasons/ is what the kernel told when they were
made (tools/kernel_reasons.py): its reason for each RST, in order, and whether its listener dropped SYNs. Every reason
that traces/observer/why.c can tell stands in some sample."""
import collections, json, pathlib, re, subprocess, sys


def replay(program, capture):
    out = subprocess.run([program, "replay", "--json", capture], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def ends(lines):
    return {l["connection"]: {s: "%s:%d" % (l[s]["address"], l[s]["port"]) for s in ("client", "server")}
            for l in lines if l["type"] == "connection"}


def main():
    program, root = sys.argv[1], pathlib.Path(sys.argv[2])
    folder, wrong, seen = root / "traces/samples/reasons", [], set()
    resets, drops = collections.defaultdict(list), collections.Counter()
    for row in (folder / "reasons.tsv").read_text().splitlines():
        name, kind, sender, _, word = row.split("\t")
        if kind == "reset":
            resets[name].append((sender, word))
        else:
            drops[name] += int(word)
    for capture in sorted(folder.glob("*.pcap")):
        lines, name = replay(program, capture), capture.stem
        of = ends(lines)
        told = [(of[l["connection"]][l["side"]], l["kernel_reason"]) for l in lines if l["type"] == "reset"]
        if told != resets[name]:
            wrong.append("%s: told %s, the kernel %s" % (name, told, resets[name]))
        suspected = any(l["suggests"] for l in lines if l["type"] == "listener")
        if suspected != (drops[name] > 0):
            wrong.append("%s: the listener dropped %d, suspected: %s" % (name, drops[name], suspected))
        seen |= {reason for _, reason in told}
    can_tell = set(re.findall(r"\{TCPSIM_RULE_RST_\w+, \w+, \"(\w+)\"\}", (root / "traces/observer/why.c").read_text()))
    wrong += ["%s is in no sample" % r for r in sorted(can_tell - seen)]
    for w in wrong:
        print(w)
    print("%d captures, %d reasons, %d wrong" % (len(resets), len(can_tell), len(wrong)))
    return 1 if wrong or not can_tell else 0


if __name__ == "__main__":
    sys.exit(main())
