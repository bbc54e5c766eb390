"""What held each direction back, as the hosts' own events have it, against what `tcpsim replay` tells (`limits[]`).

A host tells what keeps it from sending more (`limit` events), what it sent and what was acknowledged. Beyond that the
words mean what docs/replay.md says: recovery is from the silence before a timer's repetition until what was out then is
acknowledged; with nothing outstanding it is `application` while it is this end's turn to speak, else `idle`."""
import collections

WAITS = {"limit/receiver-window": "receiver-window", "limit/congestion": "congestion", "limit/sender-buffer": "sender-buffer",
         "limit/nagle": "path", "limit/recovery": "recovery"}
TIMER = {"loss/timeout", "loss/tail-loss-probe"}


def after(a, b):
    """a behind b, of sequence numbers."""
    return 0 < (a - b) % 2 ** 32 < 2 ** 31


class Direction:
    """One host's end of a connection: labels in the order of time, each from its time on."""

    def __init__(self, client):
        self.labels = []
        self.open, self.limit, self.fin = False, None, False
        self.shut = False  # the peer's window
        self.nxt = self.una = self.repair = None
        self.turn, self.spoke = client, False
        self.sent = self.news = None
        self.empty = 0
        self.last = 0
        self.closed = 2 ** 63

    def label(self):
        if not self.open:
            return "handshake"
        if self.repair is not None:
            return "recovery"
        out = self.nxt is not None and after(self.nxt, self.una)
        if self.limit == "limit/recovery" and not out:  # over: nothing is held up by it, or by something else
            return "receiver-window" if self.shut else "application" if self.turn and not self.fin else "idle"
        if self.limit in WAITS:
            return WAITS[self.limit]
        if out:
            return "path"
        return "application" if self.turn and not self.fin else "idle"

    def note(self, t):
        label = self.label()
        if self.labels and self.labels[-1][0] == t:
            self.labels.pop()
        if not self.labels or self.labels[-1][1] != label:
            self.labels.append((t, label))

    def relabel(self, since, until, old, new):
        """From `since` to `until` it was `new`; `old` None: whatever it was called."""
        kept, current = [], None
        for t, label in self.labels + [(until, None)]:
            if current and t > since:
                start, was = current
                if start < since:
                    kept.append((start, was))
                    start = since
                if start < t:
                    kept.append((start, new if old is None or was in old else was))
            elif current:
                kept.append(current)
            current = (t, label)
        self.labels = kept

    def sends(self, t, seq, length, fin, rule):
        end = (seq + length + fin) % 2 ** 32
        if self.nxt is None:
            self.nxt = self.una = seq
        if not length and not fin:
            return
        if rule in ("probe/window", "probe/keepalive"):
            return
        if after(end, self.nxt):
            if not self.turn and not after(self.nxt, self.una):  # it speaks by itself: it was its turn all the time
                self.relabel(max(self.empty, self.last), t, {"idle"}, "application")
            self.nxt, self.sent, self.turn = end, t, False
            self.fin |= bool(fin)
        elif after(self.nxt, self.una):
            if rule in TIMER and self.repair is None:
                self.relabel(max(self.sent or 0, self.news or 0), t, None, "recovery")
            self.repair = self.nxt
        self.note(t)

    def hears(self, t, ack, length, window):
        self.shut = window == 0
        if self.nxt is not None and ack is not None and after(ack, self.una) and not after(ack, self.nxt):
            self.una, self.news = ack, t
            if ack == self.nxt:
                self.empty = t
            if self.repair is not None and not after(self.repair, ack):
                self.repair = None
        if length:
            if self.turn and self.label() == "application":
                self.relabel(max(self.last, self.empty), t, {"application"}, "idle")  # it has more to say
            self.turn, self.last = True, t
        self.note(t)


def split(segment):
    words = segment.split()
    seq, rest = words[1].split(":")
    length = int(rest.split("(")[1].rstrip(")"))
    ack = int(words[words.index("ack") + 1]) if "ack" in words else None
    window = int(words[words.index("win") + 1]) if "win" in words else None
    return words[0], int(seq), length, ack, window


class Limits:
    def __init__(self):
        self.ends = {}

    def take(self, e):
        who = (e["host"], e["connection"])
        if not e["connection"]:
            return
        if e["kind"] in ("segment-out", "segment-in") and "segment" in e:
            flags, seq, length, ack, window = split(e["segment"])
            if "S" in flags or "R" in flags:
                if who not in self.ends:
                    self.ends[who] = Direction("S" in flags and (e["kind"] == "segment-out") == ("." not in flags))
                    self.ends[who].note(e["time_ns"])
                return
            d = self.ends.get(who)
            if d is None:
                return
            if e["kind"] == "segment-out":
                d.sends(e["time_ns"], seq, length, "F" in flags, e.get("rule"))
            else:
                d.hears(e["time_ns"], ack, length or "F" in flags, window)
        elif e["kind"] == "state" and who not in self.ends and e.get("rule") == "listen/cookie-good":
            self.ends[who] = Direction(False)  # nothing was kept of its SYN
            self.ends[who].note(e["time_ns"])
        elif e["kind"] == "state" and who in self.ends and e["after"] in ("ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1"):
            self.ends[who].open = True
            self.ends[who].note(e["time_ns"])
        elif e["kind"] == "state" and who in self.ends and e["after"] == "CLOSED":
            self.ends[who].closed = e["time_ns"]
        elif e["kind"] == "limit" and who in self.ends:
            self.ends[who].limit = e["rule"]
            self.ends[who].note(e["time_ns"])


def compare(direction, told, until):
    """{(told, true): nanoseconds} of the intervals of one side, as far as both tell."""
    times = collections.Counter()
    until = min(until, direction.closed)
    labels = direction.labels + [(until, None)]
    at = 0
    for interval in told:
        a, b = interval["from_ns"], min(interval["to_ns"], until)
        while at + 1 < len(labels) and labels[at + 1][0] <= a:
            at += 1
        i = at
        while i + 1 < len(labels) and labels[i][0] < b:
            low, high = max(a, labels[i][0]), min(b, labels[i + 1][0])
            if low < high:
                times[(interval["limit"], labels[i][1])] += high - low
            i += 1
    return times
