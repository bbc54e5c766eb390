#!/usr/bin/env python3
"""Says how much of the code the tests run: lines and branches by folder, and the files that are run least.

usage: coverage.py [--files N] [--missed PATH] [--least PERCENT] [--keep] [TEST...]

Builds build/coverage, runs the tests (or those named) there, and reads gcc's counters with gcov: no package beyond the
compiler. What lies beside the checkout (captures, suites) is not used: these figures are those of a fresh clone.
Assertions are compiled out: the branch of an assertion that fails is none that a test should take.

  --files N        name the N files with most lines never run (20)
  --missed PATH    for each file below PATH, the lines never run and those with a branch never taken; no test is run
  --least PERCENT  exit 1 if a folder runs less of its lines than that
  --keep           add to the counts of the run before instead of starting from zero
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build/coverage"
LAYERS = ("stack", "sim", "traces", "cli")


class Lines:
    """One source file: how often each line ran, and each branch of a line, over all objects that contain it."""

    def __init__(self):
        self.count = collections.Counter()
        self.branches = {}

    def add(self, lines):
        here = collections.Counter()
        for line in lines:
            number = line["line_number"]
            # An inlined function's lines come once a copy: the line ran if any copy did.
            here[number] = max(here[number], line["count"])
            taken = [branch["count"] for branch in line["branches"]]
            old = self.branches.get(number, [])
            size = max(len(old), len(taken))
            pad = [0] * size
            self.branches[number] = [a + b for a, b in zip((old + pad)[:size], (taken + pad)[:size])]
        self.count.update(here)
        for number in here:
            self.count[number] += 0  # Counter.update keeps a zero, and a line never run must be one

    def figures(self):
        taken = [count for counts in self.branches.values() for count in counts]
        return (sum(1 for c in self.count.values() if c), len(self.count), sum(1 for c in taken if c), len(taken))


def run(*words, **more):
    subprocess.run([str(word) for word in words], check=True, **more)


def build():
    if not (BUILD / "build.ninja").exists():
        shutil.rmtree(BUILD, ignore_errors=True)
        run("meson", "setup", BUILD, ROOT, "-Db_coverage=true", "-Doptimization=0", "-Db_ndebug=true",
            stdout=subprocess.DEVNULL)
    run("ninja", "-C", BUILD, "--quiet")


def run_tests(names, keep):
    if not keep:
        for counter in BUILD.rglob("*.gcda"):
            counter.unlink()
    words = ["meson", "test", "-C", BUILD, "--no-rebuild", "--no-suite", "beside", *names]
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        print("coverage: some tests failed; the figures are of what ran", file=sys.stderr)
    return done.returncode


def read_counters():
    """Every object of the four layers, run or not: gcov reads the notes, and the counts where there are any."""
    files = collections.defaultdict(Lines)
    for layer in LAYERS:
        notes = sorted((BUILD / layer).rglob("*.gcno"))
        done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *map(str, notes)],
                              cwd=BUILD, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        for text in done.stdout.splitlines():
            if not text.startswith("{"):
                continue
            for file in json.loads(text)["files"]:
                path = pathlib.Path(os.path.normpath(BUILD / file["file"]))
                if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in LAYERS:
                    files[path.relative_to(ROOT)].add(file["lines"])
    return files


def percent(part, whole):
    return f"{100 * part / whole:6.1f} %" if whole else "       -"


def row(name, figures):
    lines_run, lines, taken, branches = figures
    print(f"{name:40} {lines_run:6} of {lines:6} {percent(lines_run, lines)}   "
          f"{taken:6} of {branches:6} {percent(taken, branches)}")


def report(files, n_files):
    folders = collections.defaultdict(lambda: [0, 0, 0, 0])
    for path, lines in files.items():
        for name in (str(path.parent), "everything"):
            folders[name] = [a + b for a, b in zip(folders[name], lines.figures())]
    print(f"{'':40} {'lines':>16} {'':8}   {'branches':>16}")
    for name in sorted(folders, key=lambda name: (name == "everything", name)):
        row(name, folders[name])
    worst = sorted(files, key=lambda path: files[path].figures()[0] - files[path].figures()[1])[:n_files]
    if worst:
        print("\nMost lines never run")
    for path in worst:
        row(str(path), files[path].figures())
    return folders


def ranges(numbers):
    """[1, 2, 3, 7] as "1-3 7"."""
    parts = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def report_missed(files, below):
    found = False
    for path in sorted(files):
        if str(path) != below and not str(path).startswith(below.rstrip("/") + "/"):
            continue
        found = True
        lines = files[path]
        row(str(path), lines.figures())
        never = {number for number, count in lines.count.items() if not count}
        partly = {number for number, counts in lines.branches.items() if number not in never and 0 in counts}
        if never:
            print("    never run:       ", ranges(never))
        if partly:
            print("    one way only:    ", ranges(partly))
    if not found:
        sys.exit(f"coverage: no file of the build is {below} or below it")


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--missed")
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    if options.help:
        print(__doc__)
        return 0
    build()
    if options.missed is not None:
        report_missed(read_counters(), options.missed)
        return 0
    status = run_tests(options.tests, options.keep)
    for name, (lines_run, lines, _, _) in report(read_counters(), options.files).items():
        if 100 * lines_run < options.least * lines:
            print(f"coverage: {name} runs less than {options.least:g} % of its lines", file=sys.stderr)
            status = 1
    return 1 if status else 0


sys.exit(main())
