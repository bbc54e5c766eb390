#!/usr/bin/env python3
"""truth.py TCPSIM [--worlds N] [--seed S] [--folder FOLDER] [--errors N] [--check]

Runs worlds (random ones, or those of a folder), captures them at client, server and in the middle, and holds what
`tcpsim replay` says of each capture against what the hosts themselves say they did (`simulate --events`). Prints
precision and recall of each kind of verdict as Markdown. What is only suspected is counted apart.
  --errors N: also the first N wrong verdicts of each kind; --check: exit 1 if a kind falls below its floor."""
import argparse, collections, json, os, pathlib, re, shutil, struct, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import limits, stalls, worlds

# A verdict on a segment sent again, and the rules of the host that it is right for.
AGAIN = {
    "fast-retransmission": {"loss/fast-retransmit"},
    "timeout-retransmission": {"loss/timeout", "loss/slow-start-retransmit"},
    "tail-loss-probe": {"loss/tail-loss-probe"},
    "path-mtu-retransmission": {"loss/resend"},
    "fast-open-retransmission": {"loss/resend"},
    "retransmitted-syn": {"timer/retransmit-syn", "send/syn"},
    "retransmitted-syn-ack": {"timer/retransmit-syn-ack", "listen/syn-again", "send/syn-ack", "listen/cookie-sent"},
    "retransmitted-fin": {"loss/timeout", "loss/tail-loss-probe", "loss/fast-retransmit", "loss/slow-start-retransmit",
                          "loss/resend", "send/fin"},
    "needless-retransmission": {"loss/timeout", "loss/tail-loss-probe", "loss/fast-retransmit", "loss/resend",
                                "loss/slow-start-retransmit"},
    "keepalive": {"probe/keepalive"},
    "window-probe": {"probe/window"},
}
# What a host calls so is of that kind and no other.
TRUE_KIND = {
    "loss/fast-retransmit": "fast-retransmission",
    "loss/timeout": "timeout-retransmission",
    "loss/slow-start-retransmit": "timeout-retransmission",
    "loss/tail-loss-probe": "tail-loss-probe",
    "loss/resend": "path-mtu-retransmission",
}
RST = {
    "no-listener": {"rst/no-listener", "rst/no-connection"},
    "no-connection": {"rst/no-connection", "rst/no-listener", "arrive/listen-ack"},
    "abort": {"rst/abort", "rst/close-unread", "rst/linger-zero", "rst/listener-closed"},
    "after-close": {"rst/data-after-close"},
    "gave-up": {"rst/give-up", "timer/give-up", "timer/keepalive-give-up"},
    "queue-full": {"rst/backlog"},
    "unacceptable-ack": {"rst/unacceptable-ack", "arrive/listen-ack", "arrive/syn-sent-bad-ack"},
    "handshake-aborted": {"rst/no-connection", "rst/abort", "rst/linger-zero", "rst/close-unread"},
    "incomplete": {"listen/entry-expired", "listen/entry-evicted", "rst/listener-closed", "listen/closed"},
    "repeated": {"rst/no-connection", "rst/no-listener", "rst/abort", "rst/data-after-close",
                 "arrive/listen-ack", "rst/unacceptable-ack"},
    "foreign": {None},
}
DROPS = {"listen/syn-dropped", "listen/syn-queue-full", "listen/accept-queue-full", "listen/reserved"}
IGNORED = {"listen/ack-no-room", "listen/ack-deferred", "listen/accept-queue-full"}
# What ends a connection without a word on the wire: nobody who looks on can know.
SILENT = {"connect/give-up", "connect/icmp-hard", "timer/give-up", "timer/keepalive-give-up", "timer/fin-wait-2",
          "timer/orphan-before-shut-window", "listen/entry-expired", "listen/entry-evicted", "listen/entry-reset"}
# --check: least share of what is told as seen or inferred that has to be so, in each kind told often enough to tell.
FLOOR, ENOUGH = 0.985, 100
# And least share of all connections' time whose limit has to be told right.
LIMITS_FLOOR = 0.95
SEGMENT = re.compile(r"^(\S+) (\d+):\d+\((\d+)\)(?: ack (\d+))?(?: win (\d+))?(?:.*TS val (\d+))?")


def key_of_event(e):
    m = SEGMENT.match(e["segment"])
    flags = frozenset(m[1]) - {"-"}
    return (e["from"], e["to"], flags, int(m[2]), int(m[3]), int(m[4] or 0), int(m[5] or 0), int(m[6] or 0))


def key_of_packet(ip):
    """The same of a raw IP packet's bytes, or None if it is no TCP."""
    if ip[0] >> 4 != 4 or ip[9] != 6 or struct.unpack(">H", ip[6:8])[0] & 0x3fff:  # or a fragment
        return None
    tcp = ip[(ip[0] & 15) * 4:struct.unpack(">H", ip[2:4])[0]]
    source, dest, seq, ack, off, flags, window = struct.unpack(">HHIIBBH", tcp[:16])
    options, stamp = tcp[20:(off >> 4) * 4], 0
    while options and options[0]:
        if options[0] == 8 and len(options) >= 10:
            stamp = struct.unpack(">I", options[2:6])[0]
        options = options[1:] if options[0] == 1 else options[max(options[1], 2):] if len(options) > 1 else b""
    letters = frozenset(l for bit, l in zip((1, 2, 4, 8, 16, 32, 64, 128), "FSRP.UEW") if flags & bit)
    end = lambda at, port: "%d.%d.%d.%d:%d" % (*ip[at:at + 4], port)
    return (end(12, source), end(16, dest), letters, seq, len(tcp) - (off >> 4) * 4, ack if flags & 16 else 0, window,
            stamp)


def packets(path):
    """(number, time, key) of each packet of a world's capture."""
    data, at, number = path.read_bytes(), 0, 0
    while at + 12 <= len(data):
        kind, size = struct.unpack("<II", data[at:at + 8])
        if kind == 6:
            number += 1
            high, low, captured = struct.unpack("<III", data[at + 12:at + 24])
            yield number, high << 32 | low, key_of_packet(data[at + 28:at + 28 + captured])
        at += size


class World:
    """What the hosts say: rules by segment sent, last states, drops."""

    def __init__(self, events):
        self.sent, self.states, self.ends = collections.defaultdict(list), collections.defaultdict(list), {}
        self.dropped, self.ignored = 0, 0
        self.closing, last, listeners = {}, {}, set()
        self.limits = limits.Limits()
        for line in events:
            e = json.loads(line)
            self.limits.take(e)
            who = (e["host"], e["connection"])
            if e["kind"] == "segment-out" and "segment" in e:
                self.sent[key_of_event(e)].append((e["time_ns"], e["host"], e.get("rule")))
                if e["connection"] and who not in listeners:  # those answer for what is over, too
                    self.ends[(e["from"], e["to"])] = who
                if "F" in e["segment"].split()[0]:
                    if self.closing.pop(who, None):
                        self.states[who].append((e["time_ns"], last[who]))
            elif e["kind"] == "state":
                last[who] = e["after"]
                if e["after"] == "LISTEN":
                    listeners.add(who)
                if e["after"] in ("FIN_WAIT_1", "LAST_ACK"):
                    self.closing[who] = True  # it is seen when the FIN leaves
                else:
                    self.states[who].append((e["time_ns"], None if e.get("rule") in SILENT else e["after"]))
            self.dropped += e.get("rule") in DROPS and e["kind"] == "drop"
            self.ignored += e.get("rule") in IGNORED

    def state_at(self, who, time_ns):
        """A capture knows nothing of what comes behind its last packet has arrived."""
        return ([s for t, s in self.states[who] if t <= time_ns + 1_500_000_000] or ["CLOSED"])[-1]

    def rules(self, node, time_ns, key):
        """Why that segment was sent: the rules of the hosts' events that it may be."""
        sent = [s for s in self.sent.get(key, []) if s[0] <= time_ns]
        exact = [s for s in sent if s[1] == node and s[0] == time_ns]
        return {s[2] for s in exact or sent} or {None}


class Score:
    def __init__(self):
        self.told, self.right, self.true, self.found = (collections.Counter() for _ in range(4))
        self.errors = collections.defaultdict(list)
        self.times = collections.Counter()  # (told, true): nanoseconds
        self.shares = collections.Counter()  # the same, each direction of a connection counting as 1

    def verdict(self, kind, good, what):
        self.told[kind] += 1
        self.right[kind] += good
        if not good:
            self.errors[kind].append(what)

    def truth(self, kind, found, what=""):
        self.true[kind] += 1
        self.found[kind] += found
        if not found:
            self.errors[kind + " (missed)"].append(what)

    def add(self, other):
        for mine, its in zip((self.told, self.right, self.true, self.found),
                             (other.told, other.right, other.true, other.found)):
            mine.update(its)
        self.times.update(other.times)
        self.shares.update(other.shares)
        for kind, errors in other.errors.items():
            self.errors[kind] += errors


def seen_before(seen, key):
    """Whether the text of that segment, or a part, had passed: then it can be known as a repetition."""
    side, start, end = key[:2], key[3], key[3] + key[4] + len(key[2] & {"S", "F"})
    if end == start:
        return False
    before = any(a < end and start < b for a, b in seen[side])
    seen[side].append((start, end))
    return before


def score_capture(world, node, lines, capture, score, name):
    marks, resets = collections.defaultdict(set), {}
    for line in lines:
        if line["type"] == "mark" and line["rule"].startswith("observe/"):
            marks[line["packet"]].add(line["rule"][8:])
        elif line["type"] == "reset":
            resets[line["packet"]] = line
    seen, left_by = collections.defaultdict(list), {}
    for number, time_ns, key in packets(capture):
        if key is None:
            continue
        rules, what = world.rules(node, time_ns, key), "%s %s packet %d" % (name, node, number)
        told = marks[number]
        left_by[number] = (time_ns, key, rules)
        before = seen_before(seen, key)
        if len(rules) > 1 or "captured-twice" in told:
            continue
        rule = next(iter(rules))
        for kind in told & AGAIN.keys():
            score.verdict(kind, rule in AGAIN[kind], "%s: %s" % (what, rule))
        text = key[4] > 0
        if rule in TRUE_KIND and text and before and "needless-retransmission" not in told:
            kind = TRUE_KIND[rule]
            score.truth(kind, kind in told, "%s: %s" % (what, sorted(told)))
        for kind in ("keepalive", "window-probe"):
            if rule in AGAIN[kind]:
                score.truth(kind, kind in told, "%s: %s" % (what, sorted(told)))
        if "R" in key[2]:
            score_reset(score, resets.get(number), rule, what)
    return left_by


def score_reset(score, reset, rule, what):
    cause = reset["cause"] if reset else "none"
    suspected = reset is not None and reset["certainty"] == "suspected"
    if cause in RST:
        score.verdict("rst " + cause + (" (suspected)" if suspected else ""), rule in RST[cause], "%s: %s" % (what, rule))
    elif cause == "unknown":  # two causes that look alike here: no miss, if it is one of them
        either = any(rule in RST[c] for c in reset["causes"])
        score.verdict("rst, one of two causes (suspected)", either, "%s: %s, not %s" % (what, rule, reset["causes"]))
        if either:
            return
    for kind in ("no-connection", "no-listener", "abort", "after-close", "gave-up", "unacceptable-ack"):
        if "rst/" + kind == rule or rule in RST[kind] and kind in ("abort", "after-close", "gave-up"):
            score.truth("rst " + kind, cause in RST and rule in RST[cause], "%s: %s" % (what, cause))


def score_states(world, lines, score, name, node, restarts):
    last = {}
    for line in lines:
        if line["type"] == "connection":
            ends = ["%s:%d" % (line[s]["address"], line[s]["port"]) for s in ("client", "server")]
            last[tuple(ends)] = line
    for (client, server), line in last.items():
        for side, ends in (("client", (client, server)), ("server", (server, client))):
            who = world.ends.get(ends)
            if who is None or who not in world.states or restarts:
                continue
            told, true = line[side]["state"], world.state_at(who, line["end_ns"])
            # Neither is an entry of which no SYN,ACK passed here.
            if true is None or true == "SYN_RCVD" and line[side]["syn"] == 0:
                continue
            gone = {"CLOSED", "TIME_WAIT", "LISTEN"}
            kind = "state " + told
            score.verdict(kind, told == true or {told, true} <= gone, "%s %s connection %d %s: %s" % (
                name, node, line["connection"], side, true))
            score.truth("state " + true, told == true or {told, true} <= gone)


def score_limits(world, lines, score, name, node):
    connections = [l for l in lines if l["type"] == "connection"]
    ends = collections.Counter((l["client"]["address"], l["client"]["port"], l["server"]["port"]) for l in connections)
    for line in connections:
        if ends[(line["client"]["address"], line["client"]["port"], line["server"]["port"])] > 1:
            continue
        pair = ["%s:%d" % (line[s]["address"], line[s]["port"]) for s in ("client", "server")]
        for side, key in (("client", tuple(pair)), ("server", tuple(pair[::-1]))):
            who = world.ends.get(key)
            if who not in world.limits.ends:
                continue
            told = [l for l in line["limits"] if l["side"] == side]
            times = limits.compare(world.limits.ends[who], told, line["end_ns"])
            wrong = [(t, k) for k, t in times.items() if k[0] != k[1]]
            score.times.update(times)
            score.shares.update({k: t / sum(times.values()) for k, t in times.items()})
            if wrong and max(wrong)[0] > 0.05 * sum(times.values()):
                t, (said, true) = max(wrong)
                score.errors["limits %s, true %s" % (said, true)].append("%s %s connection %d %s: %.3f of %.3f s" % (
                    name, node, line["connection"], side, t / 1e9, sum(times.values()) / 1e9))


def score_stalls(world, lines, left_by, score, name, node):
    answered = {}  # when the first SYN,ACK left, by its ends
    for time_ns, key, rules in left_by.values():
        if key[2] >= {"S", "."}:
            answered.setdefault(key[:2], min(s[0] for s in world.sent.get(key, [(time_ns,)])))
    for line in lines:
        if line["type"] != "connection":
            continue
        ends = {s: "%s:%d" % (line[s]["address"], line[s]["port"]) for s in ("client", "server")}
        for stall in line["stalls"]:
            passed, key, rules = left_by.get(stall["packet_after"], (0, None, ()))
            if len(rules) != 1 or None in rules:
                continue
            other = "server" if stall["side"] == "client" else "client"
            of = [world.limits.ends.get(world.ends.get((ends[a], ends[b]))) for a, b in
                  ((stall["side"], other), (other, stall["side"]))]
            by = answered.get((ends["server"], ends["client"]), 2 ** 63)
            way = passed - max((s[0] for s in world.sent.get(key, []) if s[0] <= passed), default=passed)
            good = stalls.is_right(stall, next(iter(rules)), *of, by <= stall["from_ns"], way)
            if good is not None:
                suspected = " (suspected)" if stall["certainty"] == "suspected" else ""
                score.verdict("stall " + stall["cause"] + suspected, good, "%s %s packet %d: %s" % (
                    name, node, stall["packet_after"], next(iter(rules))))


def score_listeners(world, lines, score, name, node):
    for line in lines:
        if line["type"] != "listener":
            continue
        if line["syn_dropped_suspected"]:
            score.verdict("SYN dropped by the listener (suspected)", world.dropped > 0, "%s %s" % (name, node))
        if line["suggests"] and "SYN,ACK" in line["suggests"]:
            score.verdict("full accept queue by SYN,ACKs (suspected)", world.ignored > 0, "%s %s" % (name, node))


def run_world(program, name, text):
    score, folder = Score(), pathlib.Path(tempfile.mkdtemp(prefix="tcpsim-truth-"))
    try:
        path = folder / "w.world"
        path.write_text(text)
        run = subprocess.run([program, "simulate", "--json", "--pcap", folder, "--events", folder / "events", path],
                             capture_output=True, text=True)
        if run.returncode == 2:
            score.errors["worlds that do not run"].append("%s: %s" % (name, run.stderr.strip()))
            return score
        world = World((folder / "events").read_text().splitlines())
        for capture in sorted(folder.glob("*.pcapng")):
            out = subprocess.run([program, "replay", "--json", "--events", capture], capture_output=True, text=True)
            if out.returncode:
                score.errors["captures that cannot be read"].append("%s: %s" % (name, out.stderr.strip()))
            lines = [json.loads(l) for l in out.stdout.splitlines()]
            left_by = score_capture(world, capture.stem, lines, capture, score, name)
            score_states(world, lines, score, name, capture.stem, "restart =" in text)
            if "restart =" not in text:
                score_stalls(world, lines, left_by, score, name, capture.stem)
                score_limits(world, lines, score, name, capture.stem)
            score_listeners(world, lines, score, name, capture.stem)
    finally:
        shutil.rmtree(folder)
    return score


def percent(part, whole):
    return "%.1f" % (100 * part / whole) if whole else "-"


def print_limits(times, shares):
    told, true, right = collections.Counter(), collections.Counter(), collections.Counter()
    for (said, is_so), t in times.items():
        told[said] += t
        true[is_so] += t
        right[said] += t if said == is_so else 0
    print("\n| what the time went into | told, s | right, % | was so, s | of these told, % |\n|---|---|---|---|---|")
    for kind in sorted(told | true):
        print("| %s | %.0f | %s | %.0f | %s |" % (kind, told[kind] / 1e9, percent(right[kind], told[kind]), true[kind] / 1e9,
                                               percent(right[kind], true[kind])))
    print("| all | %.0f | %s | | |" % (sum(told.values()) / 1e9, percent(sum(right.values()), sum(told.values()))))
    print("| each direction as one | %.0f | %s | | |" % (
        sum(shares.values()), percent(sum(s for k, s in shares.items() if k[0] == k[1]), sum(shares.values()))))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("--worlds", type=int, default=200)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--folder")
    p.add_argument("--errors", type=int, default=0)
    p.add_argument("--check", action="store_true")
    o = p.parse_args()
    if o.folder:
        todo = [(w.stem, w.read_text()) for w in sorted(pathlib.Path(o.folder).glob("*.world"))]
    else:
        todo = [("seed %d" % s, worlds.world(s)) for s in range(o.seed, o.seed + o.worlds)]
    total = Score()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for score in pool.map(lambda w: run_world(o.program, *w), todo):
            total.add(score)
    print("| verdict | told | of these right, % | was so | of these told, % |\n|---|---|---|---|---|")
    for kind in sorted(total.told | total.true):
        print("| %s | %d | %s | %d | %s |" % (kind, total.told[kind], percent(total.right[kind], total.told[kind]),
                                             total.true[kind], percent(total.found[kind], total.true[kind])))
    print_limits(total.times, total.shares)
    if o.errors:
        for what, counter, unit in (("seconds", total.times, 1e9), ("directions", total.shares, 1)):
            for (said, true), t in counter.most_common():
                if said != true:
                    print("%s told %s, true %s: %.1f" % (what, said, true, t / unit))
    for kind, errors in sorted(total.errors.items()):
        for e in errors[:o.errors]:
            print("%s: %s" % (kind, e))
    low = [k for k in total.told if "(suspected)" not in k and total.told[k] >= ENOUGH and
           total.right[k] < FLOOR * total.told[k]]
    right = sum(t for k, t in total.times.items() if k[0] == k[1])
    if total.times and right < LIMITS_FLOOR * sum(total.times.values()):
        low.append("what the time went into")
    broken = [k for k in total.errors if k.startswith(("worlds that", "captures that"))]
    for kind in low + broken:
        print("below what must hold: " + kind)
    return 1 if o.check and (low or broken or not total.told) else 0


if __name__ == "__main__":
    sys.exit(main())
