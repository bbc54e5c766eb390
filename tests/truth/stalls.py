"""Whether the cause that `tcpsim replay` gives a stall (`stalls[]`) is what the hosts' own events say of it: by the rule
by which the segment left that ended it, whether what it repeats had arrived, and what held its sender up meanwhile."""

TIMER = {"loss/timeout", "loss/slow-start-retransmit"}
AGAIN = TIMER | {"loss/tail-loss-probe", "loss/fast-retransmit", "loss/resend"}
PROGRAM = {"send/text", "send/fin"}


def share(direction, since, until, labels):
    """The part of that time in which a host's direction had one of these labels."""
    rows, total = direction.labels + [(max(until, direction.labels[-1][0]) + 1, None)], 0
    for (start, label), (end, _) in zip(rows, rows[1:]):
        if label in labels:
            total += max(min(end, until) - max(start, since), 0)
    return total / max(until - since, 1)


def is_right(stall, rule, ender, other, answered, way):
    """`ender`, `other`: limits.Direction of the end that ended it and of its peer; `answered`: the server had sent a
    SYN,ACK by the time it began; `way`: from the ender to the capture, ns. None: the events do not tell."""
    cause = stall["cause"]
    if cause == "lost-syn":
        return rule == "timer/retransmit-syn" and not answered
    if cause == "lost-syn-ack":
        return rule in ("timer/retransmit-syn-ack", "listen/syn-again") or rule == "timer/retransmit-syn" and answered
    if cause in ("retransmission-timeout", "timeout-after-idle", "double-retransmission", "black-hole"):
        return rule in TIMER
    if cause == "tail-loss":
        return rule == "loss/tail-loss-probe"
    if cause in ("loss", "needless-retransmission"):
        return rule in AGAIN
    if cause == "delayed-ack":
        return rule == "ack/delayed"
    if cause == "zero-window" and rule == "probe/window":
        return True
    if cause == "zero-window":
        sides = [d for d in (ender, other) if d is not None]  # who had shut it, or who asks
        return any(share(d, stall["from_ns"], stall["to_ns"], {"receiver-window"}) > 0.5 for d in sides) if sides else None
    if ender is None:
        return None
    return rule in PROGRAM and share(ender, stall["from_ns"] - way, stall["to_ns"] - way, {"application", "idle"}) > 0.5
