#!/usr/bin/python3
"""Congestion control on tcpsim and on ns-3 over the same grid: data, plots and tables of docs/curves.

usage: tools/curves.py [-h] [--build FOLDER] [--out FOLDER] [--quick] [--redraw] [-j N] [--png FOLDER]

Builds bench-flows and bench-ns3_flows (tests/bench) in build/bench, runs both, writes *.tsv and *.svg into the folder
and the tables into its README.md. Without ns-3 (Debian: libns3-dev) its half is left out; without matplotlib
(python3-matplotlib) the plots are.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True  # a newer file in tools/ would have ./tcpsim look for work
from bench_build import FOLDER, ROOT, build  # noqa: E402

PROGRAMS = {"tcpsim": "bench-flows", "ns-3": "bench-ns3_flows"}
ALGORITHMS = ["reno", "cubic", "vegas", "westwood", "dctcp", "bbr"]
NO_ALGORITHM = 3  # exit status
MSS = 1448

# Goodput over loss: bit/s, ms one way, bytes of queue (one bandwidth-delay product, 64 kB at least), when counting
# begins and ends (shorter where there are more packets a second).
SCENARIOS = [(2e6, 50, 65536, 5, 30), (10e6, 20, 65536, 5, 30), (50e6, 20, 250000, 4, 16), (100e6, 5, 125000, 2, 10)]
LOSSES = [0, 0.0001, 0.001, 0.003, 0.01, 0.03]
# Fairness: that many flows of one kind over 10 Mbit/s and 20 ms, a second after each other.
CROWDS = [2, 4, 8]
# Two flows over 10 Mbit/s and 10 ms: algorithm and extra delay (ms one way) of each.
PAIRS = [("reno", 0, "reno", 30), ("cubic", 0, "cubic", 30), ("westwood", 0, "westwood", 30), ("bbr", 0, "bbr", 30),
         ("reno", 0, "cubic", 0), ("reno", 0, "vegas", 0), ("reno", 0, "westwood", 0), ("cubic", 0, "bbr", 0)]
# Recovery: so many packets lost at LOST_AT from a flow in slow start over 100 Mbit/s, 20 ms, a queue of 500 kB.
BURSTS = [1, 20]
LOST_AT, RECOVERY_SECONDS = 0.15, 6
DRAWN, DRAWN_SECONDS = ["reno", "cubic"], 4


class Runner:
    """Runs words on a program, several at once; what was asked before is known."""

    def __init__(self, paths, jobs):
        self.paths, self.pool = paths, concurrent.futures.ThreadPoolExecutor(jobs)
        self.asked, self.missing = {}, set()

    def one(self, program, words):
        done = subprocess.run([self.paths[program], *words], stdout=subprocess.PIPE, text=True)
        if done.returncode == NO_ALGORITHM:
            names = {w[5:].split(":")[0] for w in words if w.startswith("flow=")}
            if len(names) == 1:
                self.missing.add((program, *names))
            return None
        if done.returncode:
            sys.exit(f"curves: {program} {' '.join(words)}: exit status {done.returncode}")
        flows, samples = [], []
        for line in done.stdout.splitlines():
            cells = line.split("\t")
            if cells[0] == "flow":
                flows.append(float(cells[3]))
            elif cells[0] == "sample":
                samples.append((float(cells[1]), int(cells[2]), int(cells[3]), int(cells[4])))
        return flows, samples

    def ask(self, program, words):
        key = program, tuple(words)
        if key not in self.asked:
            self.asked[key] = self.pool.submit(self.one, program, words)

    def get(self, program, words):
        """([bit/s of each flow], [(seconds, flow, window, received)]) or None: no such algorithm."""
        self.ask(program, words)
        return self.asked[program, tuple(words)].result()


# --- the runs ---

def goodput_words(scenario, loss, algorithm, seed):
    rate, delay, queue, begin, end = scenario
    return [f"rate={rate:.0f}", f"delay={delay}", f"queue={queue}", f"loss={loss}", f"seed={seed}",
            f"from={begin}", f"seconds={end}", f"flow={algorithm}"] + (["red=1"] if algorithm == "dctcp" else [])


def crowd_words(algorithm, n, seed, seconds):
    return ["rate=1e7", "delay=20", "queue=100000", f"seed={seed}", f"seconds={seconds}", f"from={seconds / 3:.0f}"] + \
        [f"flow={algorithm}:{i + seed * 0.01:.2f}" for i in range(n)] + (["red=1"] if algorithm == "dctcp" else [])


def pair_words(pair, seed, seconds):
    return ["rate=1e7", "delay=10", "queue=50000", f"seed={seed}", f"seconds={seconds}", f"from={seconds / 3:.0f}",
            f"flow={pair[0]}:{seed * 0.01:.2f}:{pair[1]}", f"flow={pair[2]}:1:{pair[3]}"]


def recovery_words(algorithm, burst):
    return ["rate=1e8", "delay=20", "queue=500000", f"seconds={RECOVERY_SECONDS}", "sample=0.02",
            f"drop={LOST_AT}:{burst}", f"flow={algorithm}"]


def mean(values):
    return statistics.fmean(values)


def jain(rates):
    return sum(rates) ** 2 / (len(rates) * sum(r * r for r in rates)) if any(rates) else 0


def model(rate, delay_ms, loss):
    """RFC 5348 §3.1 with b = 1, for both count the bytes that an ACK covers; a timeout is a round trip and 200 ms."""
    rtt = 2 * delay_ms / 1e3
    if not loss:
        return rate
    x = MSS * 8 / (rtt * (2 * loss / 3) ** .5 + (rtt + .2) * 3 * (3 * loss / 8) ** .5 * loss * (1 + 32 * loss ** 2))
    return min(x, rate * MSS / 1500)


class Study:
    def __init__(self, runner, seeds, seconds):
        self.runner, self.seeds, self.seconds = runner, range(1, seeds + 1), seconds
        self.programs = list(runner.paths)

    def over_seeds(self, program, words_of, take):
        """(mean, least, most) of what a run gives, or None."""
        runs = [self.runner.get(program, words_of(seed)) for seed in self.seeds]
        if None in runs:
            return None
        values = [take(flows) for flows, _ in runs]
        return mean(values), min(values), max(values)

    def ask_all(self):
        for program in self.programs:
            for algorithm in ALGORITHMS:
                for burst in BURSTS:
                    self.runner.ask(program, recovery_words(algorithm, burst))
                for seed in self.seeds:
                    for n in CROWDS:
                        self.runner.ask(program, crowd_words(algorithm, n, seed, self.seconds))
                    for scenario in reversed(SCENARIOS):
                        for loss in LOSSES:
                            self.runner.ask(program, goodput_words(scenario, loss, algorithm, seed))
            for pair in PAIRS:
                for seed in self.seeds:
                    self.runner.ask(program, pair_words(pair, seed, self.seconds))

    def goodput(self):
        """{(program, algorithm, scenario, loss): (mean, least, most)}"""
        found = {}
        for program in self.programs:
            for algorithm in ALGORITHMS:
                for s in SCENARIOS:
                    for loss in LOSSES:
                        found[program, algorithm, s, loss] = self.over_seeds(
                            program, lambda seed: goodput_words(s, loss, algorithm, seed), sum)
        return {k: v for k, v in found.items() if v}

    def crowds(self):
        found = {(program, algorithm, n): self.over_seeds(
            program, lambda seed: crowd_words(algorithm, n, seed, self.seconds), jain)
            for program in self.programs for algorithm in ALGORITHMS for n in CROWDS}
        return {k: v for k, v in found.items() if v}

    def pairs(self):
        """The part of the second flow."""
        found = {(program, pair): self.over_seeds(
            program, lambda seed: pair_words(pair, seed, self.seconds), lambda f: f[1] / (f[0] + f[1]))
            for program in self.programs for pair in PAIRS}
        return {k: v for k, v in found.items() if v}

    def recovery(self):
        """{(program, algorithm, burst): [(seconds, window, received)]}"""
        found = {}
        for program in self.programs:
            for algorithm in ALGORITHMS:
                for burst in BURSTS:
                    run = self.runner.get(program, recovery_words(algorithm, burst))
                    if run:
                        found[program, algorithm, burst] = [(t, w, r) for t, _, w, r in run[1]]
        return found


# --- what is written ---

def pair_name(pair):
    if pair[0] == pair[2]:
        return f"{pair[0]}, 20 ms and {20 + 2 * pair[3]} ms"
    return f"{pair[0]} and {pair[2]}"


def scenario_name(s):
    return f"{s[0] / 1e6:g} Mbit/s, {2 * s[1]} ms"


def write_tsv(path, head, rows):
    path.write_text("\n".join("\t".join(str(c) for c in row) for row in [head, *rows]) + "\n")


def write_data(out, goodput, crowds, pairs, recovery):
    write_tsv(out / "goodput.tsv", ["program", "algorithm", "rate_bit_s", "one_way_ms", "loss", "mean_bit_s", "least",
                                    "most"],
              [(p, a, f"{s[0]:.0f}", s[1], loss) + tuple(f"{v:.0f}" for v in values)
               for (p, a, s, loss), values in goodput.items()])
    write_tsv(out / "fairness.tsv", ["program", "algorithm", "flows", "jain_mean", "least", "most"],
              [(p, a, n) + tuple(f"{v:.3f}" for v in values) for (p, a, n), values in crowds.items()])
    write_tsv(out / "pairs.tsv", ["program", "flows", "part_of_the_second", "least", "most"],
              [(p, pair_name(pair)) + tuple(f"{v:.3f}" for v in values) for (p, pair), values in pairs.items()])
    write_tsv(out / "recovery.tsv", ["program", "algorithm", "lost", "seconds", "cwnd_bytes", "received_bytes"],
              [(p, a, n, f"{t:.2f}", w, r) for (p, a, n), run in recovery.items() if a in DRAWN for t, w, r in run if t <= DRAWN_SECONDS])


def read_tsv(path):
    return [line.split("\t") for line in path.read_text().splitlines()[1:]]


def read_data(out):
    """What write_data wrote; of the recoveries only those that are drawn."""
    scenarios = {(f"{s[0]:.0f}", str(s[1])): s for s in SCENARIOS}
    names = {pair_name(pair): pair for pair in PAIRS}
    goodput = {(p, a, scenarios[rate, delay], float(loss)): tuple(map(float, v))
               for p, a, rate, delay, loss, *v in read_tsv(out / "goodput.tsv")}
    crowds = {(p, a, int(n)): tuple(map(float, v)) for p, a, n, *v in read_tsv(out / "fairness.tsv")}
    pairs = {(p, names[name]): tuple(map(float, v)) for p, name, *v in read_tsv(out / "pairs.tsv")}
    recovery = {}
    for p, a, n, t, w, r in read_tsv(out / "recovery.tsv"):
        recovery.setdefault((p, a, int(n)), []).append((float(t), int(w), int(r)))
    return goodput, crowds, pairs, recovery


def markdown(head, rows):
    return ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)] + \
        ["| " + " | ".join(row) + " |" for row in rows]


def goodput_table(programs, goodput):
    s = SCENARIOS[1]
    lines = []
    for loss in LOSSES:
        row = ["none" if not loss else f"{loss * 100:g} %"]
        for a in ALGORITHMS:
            cells = [goodput.get((p, a, s, loss)) for p in programs]
            row.append(" / ".join(f"{c[0] / 1e6:.2f}" if c else "-" for c in cells))
        row.append(f"{model(s[0], s[1], loss) / 1e6:.2f}" if loss else "-")
        lines.append(row)
    return markdown(["loss"] + ALGORITHMS + ["RFC 5348"], lines)


def fairness_table(programs, crowds):
    return markdown(["flows"] + ALGORITHMS,
                    [[str(n)] + [" / ".join(f"{crowds[p, a, n][0]:.2f}" if (p, a, n) in crowds else "-"
                                            for p in programs) for a in ALGORITHMS] for n in CROWDS])


def pairs_table(programs, pairs):
    return markdown(["the two flows"] + programs,
                    [[pair_name(pair)] + [f"{pairs[p, pair][0] * 100:.0f} %" if (p, pair) in pairs else "-"
                                          for p in programs] for pair in PAIRS])


def at(run, seconds):
    return next(row for row in run if row[0] >= seconds - 1e-9)


def recovery_table(programs, recovery):
    """How long nothing new came, and how much had come at the end."""
    rows = []
    for a in ALGORITHMS:
        for n in BURSTS:
            row = [f"{a}, {n} lost"]
            for p in programs:
                run = recovery.get((p, a, n))
                if not run:
                    row += ["-", "-", "-"]
                    continue
                longest = since = 0
                for (t0, _, r0), (t1, _, r1) in zip(run, run[1:]):
                    since = since + t1 - t0 if r1 == r0 else 0
                    longest = max(longest, since) if t1 > LOST_AT else longest
                least = min(w for t, w, _ in run if LOST_AT < t < LOST_AT + 1)
                row += [f"{longest * 1e3:.0f} ms", f"{least / MSS:.0f}", f"{run[-1][2] / 1e6:.1f} MB"]
            rows.append(row)
    return markdown([""] + [cell for p in programs for cell in (f"{p}: standstill", "least window", "received")], rows)


def write_page(page, sections):
    text = page.read_text()
    for name, lines in sections.items():
        text, n = re.subn(rf"(<!-- {name} -->\n).*?(<!-- end -->)",
                          lambda m: m[1] + "\n".join(lines) + "\n" + m[2], text, flags=re.S)
        if n != 1:
            sys.exit(f"curves: {page} has no place for '{name}'")
    page.write_text(text)


# --- plots ---

STYLE = {"tcpsim": "-", "ns-3": "--"}
COLOURS = ["#1b6ca8", "#c8553d", "#3a7d44", "#7b4b94", "#b8860b", "#555555"]


def save(figure, out, name, png):
    path = out / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    # A hundredth of a point is enough, and half the size.
    path.write_text(re.sub(r"\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), path.read_text()))
    if png:
        figure.savefig(png / f"{name}.png", dpi=110)


def style_handles(programs, lines):
    return [lines.Line2D([], [], color="black", linestyle=STYLE[p], marker="o" if p == "tcpsim" else "x", markersize=4,
                         label=p) for p in programs]


def plot_goodput(plt, out, png, programs, goodput):
    figure, axes = plt.subplots(2, 3, figsize=(10.5, 6.4), sharex=True, sharey=True)
    place = {loss: loss or 0.00003 for loss in LOSSES}
    for axis, algorithm in zip(axes.flat, ALGORITHMS):
        for colour, s in zip(COLOURS, SCENARIOS):
            for p in programs:
                points = [(place[loss], goodput[p, algorithm, s, loss]) for loss in LOSSES
                          if (p, algorithm, s, loss) in goodput]
                axis.plot([x for x, _ in points], [100 * v[0] / s[0] for _, v in points], STYLE[p], color=colour,
                          marker="o" if p == "tcpsim" else "x", markersize=4, linewidth=1.4)
            if algorithm == "reno":
                xs = [10 ** (-4 + i * .05) for i in range(50)]
                axis.plot(xs, [100 * model(s[0], s[1], x) / s[0] for x in xs], ":", color=colour, linewidth=1.2)
        axis.set(xscale="log", yscale="log", ylim=(0.4, 130), title=algorithm + (" (RED, ECN)" if algorithm == "dctcp"
                                                                               else ""))
        axis.set_xticks([place[loss] for loss in LOSSES], ["0"] + [f"{loss * 100:g} %" for loss in LOSSES[1:]],
                        fontsize=8)
        axis.set_yticks([1, 10, 100], ["1 %", "10 %", "100 %"])
        axis.minorticks_off()
        axis.grid(True, color="#dddddd", linewidth=.6)
    for axis in axes[1]:
        axis.set_xlabel("packets lost")
    for axis in axes[:, 0]:
        axis.set_ylabel("goodput, of the line's rate")
    lines = plt.matplotlib.lines
    handles = [lines.Line2D([], [], color=c, label=scenario_name(s)) for c, s in zip(COLOURS, SCENARIOS)]
    handles += style_handles(programs, lines) + [lines.Line2D([], [], color="black", linestyle=":", label="RFC 5348")]
    figure.legend(handles=handles, loc="lower center", ncol=len(handles), frameon=False, fontsize=8.5)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    save(figure, out, "goodput", png)


def plot_fairness(plt, out, png, programs, crowds, pairs):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.6), layout="constrained")
    for colour, a in zip(COLOURS, ALGORITHMS):
        for p in programs:
            points = [(n, crowds[p, a, n][0]) for n in CROWDS if (p, a, n) in crowds]
            left.plot(*zip(*points), STYLE[p], color=colour, marker="o" if p == "tcpsim" else "x",
                      markersize=4) if points else None
    left.set(xlabel="flows of one kind over 10 Mbit/s, 40 ms", ylabel="Jain's index", ylim=(0, 1.05), xscale="log",
             title="Flows of one kind")
    left.set_xticks(CROWDS, [str(n) for n in CROWDS])
    left.set_xticks([], minor=True)
    left.grid(True, color="#dddddd", linewidth=.6)
    lines = plt.matplotlib.lines
    left.legend(handles=[lines.Line2D([], [], color=c, label=a) for c, a in zip(COLOURS, ALGORITHMS)]
                + style_handles(programs, lines), loc="lower left", ncol=2, fontsize=8.5)
    for k, p in enumerate(programs):
        shown = [(i, pairs[p, pair]) for i, pair in enumerate(PAIRS) if (p, pair) in pairs]
        right.barh([i + (k - .5) * .36 for i, _ in shown], [100 * v[0] for _, v in shown], height=.34,
                   color=["#1b6ca8", "#e0a458"][k], label=p,
                   xerr=[[100 * (v[0] - v[1]) for _, v in shown], [100 * (v[2] - v[0]) for _, v in shown]],
                   error_kw={"elinewidth": .8})
    right.set_yticks(range(len(PAIRS)), [pair_name(pair) for pair in PAIRS])
    right.invert_yaxis()
    right.axvline(50, color="#888888", linewidth=.8)
    right.set(xlim=(0, 100), xlabel="part of the second flow, % (line: range of the seeds)",
              title="Two flows")
    right.legend(loc="upper right", fontsize=8.5)
    save(figure, out, "fairness", png)


def plot_recovery(plt, out, png, programs, recovery):
    figure, axes = plt.subplots(len(BURSTS), len(DRAWN), figsize=(10.5, 6), sharex=True, sharey=True,
                                layout="constrained")
    for row, burst in zip(axes, BURSTS):
        for axis, a in zip(row, DRAWN):
            for colour, p in zip(COLOURS, programs):
                run = [x for x in recovery.get((p, a, burst), []) if x[0] <= DRAWN_SECONDS]
                axis.plot([t for t, _, _ in run], [w / MSS for _, w, _ in run], STYLE[p], color=colour, linewidth=1.4,
                          label=p)
            axis.axvline(LOST_AT, color="#888888", linewidth=.8, linestyle=":")
            axis.set(title=f"{a}, {burst} packet{'s' if burst > 1 else ''} lost at {LOST_AT} s")
            axis.grid(True, color="#dddddd", linewidth=.6)
    for axis in axes[-1]:
        axis.set_xlabel("seconds")
    for axis in axes[:, 0]:
        axis.set_ylabel("congestion window, segments")
    axes[0][0].legend(loc="upper left", fontsize=9)
    save(figure, out, "recovery", png)


def plot_all(out, png, programs, goodput, crowds, pairs, recovery):
    try:
        import matplotlib
    except ImportError:
        print("curves: no plots, for matplotlib is not installed (Debian: python3-matplotlib)", file=sys.stderr)
        return
    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    # Text stays text, and two runs of the same data are the same bytes.
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "tcpsim", "font.size": 9.5, "axes.titlesize": 10})
    plot_goodput(plt, out, png, programs, goodput)
    plot_fairness(plt, out, png, programs, crowds, pairs)
    plot_recovery(plt, out, png, programs, recovery)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=FOLDER, help="the folder it builds in")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/curves")
    parser.add_argument("--png", type=pathlib.Path, help="a folder for the plots as PNG too")
    parser.add_argument("--quick", action="store_true", help="one seed, shorter; no page is written")
    parser.add_argument("--redraw", action="store_true", help="only the plots, from the data that is there")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    if args.redraw:
        data = read_data(args.out)
        return plot_all(args.out, args.png, [p for p in PROGRAMS if any(p in key for key in data[0])], *data)
    runner = Runner(build(PROGRAMS, args.build), args.jobs)
    study = Study(runner, 1 if args.quick else 3, 30 if args.quick else 60)
    args.out.mkdir(parents=True, exist_ok=True)
    study.ask_all()
    goodput, crowds, pairs, recovery = study.goodput(), study.crowds(), study.pairs(), study.recovery()
    write_data(args.out, goodput, crowds, pairs, recovery)
    plot_all(args.out, args.png, study.programs, goodput, crowds, pairs, recovery)
    sections = {"goodput": goodput_table(study.programs, goodput), "fairness": fairness_table(study.programs, crowds),
                "pairs": pairs_table(study.programs, pairs), "recovery": recovery_table(study.programs, recovery)}
    if not args.quick:
        write_page(args.out / "README.md", sections)
    for lines in sections.values():
        print("\n".join(lines) + "\n")
    for program in PROGRAMS:
        if program not in runner.paths:
            print(f"curves: {program} is not installed here: left out")
    for program, algorithms in sorted(runner.missing):
        print(f"curves: {program} has no {algorithms}: left out")


main()
