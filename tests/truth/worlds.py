"""Random worlds for truth.py: hosts of every profile, listeners of small backlogs, slow and closing programs, floods,
reboots, aborts, black holes, loss, reordering, long paths, shut windows, keepalives. The same seed gives the same world."""
import random

PROFILES = ["linux", "linux-6.1", "freebsd", "rfc9293", "bsd44"]


def time_ms(r, low, high):
    """Evenly over orders of magnitude."""
    return "%.3f ms" % (low * (high / low) ** r.random())


def link(r, ends):
    lines = ["[link %s]" % ends, "delay = " + time_ms(r, 0.1, 700 if r.random() < 0.1 else 120)]
    trouble = r.choice(["", "", "", "loss", "loss", "burst", "reorder", "duplicate", "rate", "drop", "down", "jitter"])
    if trouble == "loss":
        lines.append("loss = %.2f %%" % r.uniform(0.3, 6))
    elif trouble == "burst":
        lines.append("burst-loss = %.2f %% %d %%" % (r.uniform(0.2, 2), r.randrange(10, 60)))
    elif trouble == "reorder":
        lines += ["reorder = %.1f %%" % r.uniform(1, 15), "reorder-delay = " + time_ms(r, 0.3, 60)]
    elif trouble == "duplicate":
        lines.append("duplicate = %.1f %%" % r.uniform(1, 10))
    elif trouble == "rate":
        lines += ["rate = %d kbit/s" % r.choice([256, 1000, 10000]), "queue = %d packets" % r.choice([5, 20, 100])]
    elif trouble == "drop":
        what = r.choice(["2nd syn", "1st fin", "2nd fin", "every 7th data", "3rd data", "1st data"])
        lines.append("%s.drop = %s" % (r.choice(["there", "back"]), what))
    elif trouble == "down":
        at = r.uniform(0.05, 4)
        lines.append("down = from %.2f s until %.2f s" % (at, at + r.choice([0.3, 2, 900])))
    elif trouble == "jitter":
        lines.append("jitter = " + time_ms(r, 0.5, 50))
    if r.random() < 0.06:
        lines += ["mtu = 576", "back.mtu = 1500"]
    return lines


def server(r):
    kind = r.choice(["serve", "serve", "serve", "sink", "echo"])
    lines = ["[program server]", "host = server", "does = " + kind, "backlog = %d" % r.choice([0, 1, 2, 5, 128])]
    if r.random() < 0.3:
        lines.append("accept-after = " + time_ms(r, 50, 20000))
    if r.random() < 0.2:
        lines.append("accept-every = " + time_ms(r, 10, 2000))
    if kind == "serve":
        lines += ["workers = %d" % r.choice([1, 1, 4]), "reply = %s" % r.choice(["0", "1000", "40 kB", "200 kB"])]
    if r.random() < 0.12:
        lines.append("linger = 0 ms")
    if r.random() < 0.15:
        lines.append("sockopt = keepalive")
    return lines, kind


def client(r, number, kind):
    does = r.choice({"sink": ["source", "source", "connect"], "echo": ["source", "connect"],
                     "serve": ["request", "request", "herd", "connect"]}[kind])
    lines = ["[program p%d]" % number, "host = client", "does = " + does, "to = server:%d" % r.choice([80] * 9 + [81])]
    if does == "source":
        lines.append("bytes = %s" % r.choice(["3 kB", "40 kB", "300 kB"]))
    if does in ("request", "herd"):
        lines.append("count = %d" % r.choice([1, 2, 5]))
        lines.append("every = " + time_ms(r, 1, 500))
        if r.random() < 0.5:
            lines.append("hold = " + time_ms(r, 100, 9000))
    if does == "herd":
        lines += ["clients = %d" % r.choice([2, 8, 25]), "think = " + time_ms(r, 1, 800)]
    if does == "connect":
        lines.append("hold = " + time_ms(r, 100, 20000))
    if does in ("source", "request") and r.random() < 0.15:
        lines.append("linger = 0 ms")
    options = [o for o in ("keepalive", "user-timeout=%d" % r.choice([800, 3000, 9000])) if r.random() < 0.1]
    if options:
        lines.append("sockopt = " + ", ".join(options))
    lines.append("start = " + time_ms(r, 1, 1500))
    return lines


def world(seed):
    r = random.Random(seed)
    lines = ["[world]", "title = truth %d" % seed, "seed = %d" % (seed + 1), "until = 400 s", "payload = lengths"]
    for name in ("client", "server"):
        lines += ["[host %s]" % name, "profile = " + r.choice(PROFILES)]
        if r.random() < 0.12:
            lines.append("restart = " + time_ms(r, 100, 5000))
        if r.random() < 0.25:
            lines += ["setting.keepalive_idle = %d s" % r.choice([1, 2, 5])]
    if r.random() < 0.1:
        lines.append("sysctl.net.ipv4.tcp_abort_on_overflow = 1" if "profile = linux" in lines[-2:] else "")
    lines += ["[router r]"] + link(r, "client r") + link(r, "r server")
    program, kind = server(r)
    lines += program
    for number in range(r.choice([1, 1, 2, 3])):
        lines += client(r, number, kind)
    if r.random() < 0.06:
        lines += ["[program flood]", "host = client", "does = flood", "to = server:80", "from = 10.9.0.0/16",
                  "count = %d" % r.choice([10, 60]), "every = " + time_ms(r, 1, 200)]
    if r.random() < 0.05:
        lines += ["[program inject]", "host = client", "does = inject", "to = server:%d" % r.choice([80, 81]),
                  "segments = 600ms %s 12345 ack 777 win 100" % r.choice(["R.", "R", ".", "S"])]
    return "\n".join(lines) + "\n"
