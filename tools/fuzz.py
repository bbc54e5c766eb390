#!/usr/bin/env python3
"""Fuzzes what tests/fuzz has, under ASan and UBSan, several targets at a time.

usage: fuzz.py BUILD [--seconds N] [--seed N] [TARGET...]

BUILD is a folder made by `CC=clang meson setup BUILD -Dfuzzers=true`; the targets, and how many executions each gets, stand
in tests/fuzz/meson.build. Each target first runs its corpus (tests/fuzz/corpus/NAME, and what SEEDS names), then so many
inputs made from it with a fixed seed: the same ones each time, but for some of reader, script and world.

  --seconds N   instead, fuzz for N seconds in all, shared among the targets; inputs that reach new code are kept in
                BUILD/fuzzing/kept/NAME and are where the next time begins
  --seed N      another seed than 1

A finding ends its target: the input is in BUILD/fuzzing/findings, and BUILD/tests/fuzz/fuzz-NAME FILE tries it again.
Ends with the executions of all targets.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FUZZ = ROOT / "tests/fuzz"

# More to begin with: what the project has anyway.
SEEDS = {
    "memory": ["tests/fuzz/corpus/host/*"],
    "script": ["tests/scripts/**/*.pkt"],
    "world": ["docs/worlds/*.world"],
    "reader": ["traces/samples/*.pcap"],
}

# Where a file stands behind a byte of choices: each file of these is a beginning, with that byte before it.
CHOSEN = {
    "replay": ["traces/samples/*.pcap"],
}

# Where the words of a language stand, beside those of tests/fuzz/NAME.dict: each string of these files is one.
WORDS = {
    "script": ["sim/script/language/parse*.c", "sim/script/language/lexer.c", "sim/script/run/calls.c", "sim/script/language/icmp.c",
               "sim/script/python/*.c", "sim/script/system/config.c", "sim/script/shell/words.c", "sim/script/language/symbols.def"],
    "world": ["sim/worldfile/*.def", "sim/worldfile/*.c", "sim/world/values.c", "sim/world/select.c",
              "sim/world/router.c", "sim/process/*.c"],
}

# A hang is a finding; on a busy machine a slow input is none.
LONGEST_S = 60


def targets():
    """(name, executions) for each of them."""
    text = (FUZZ / "meson.build").read_text()
    return [(name, int(runs)) for name, runs in re.findall(r"^  '(\w+)': (\d+),", text, re.M)]


def dictionary(name, folder):
    """One file of what stands in tests/fuzz and of the words that the reader itself knows; None if there are neither."""
    lines = []
    own = FUZZ / f"{name}.dict"
    if own.exists():
        lines += own.read_text().splitlines()
    words = set()
    for pattern in WORDS.get(name, []):
        for path in sorted(ROOT.glob(pattern)):
            text = path.read_text()
            words.update(re.findall(r'"([A-Za-z0-9_.,:=<>() -]{2,24})"', text))
            words.update(re.findall(r"^SYMBOL\((\w+)\)", text, re.M))
    lines += [f'"{word}"' for word in sorted(words)]
    if not lines:
        return None
    path = folder / f"{name}.dict"
    path.write_text("\n".join(dict.fromkeys(lines)) + "\n")
    return path


def seeds(name, folder):
    """Sorted, so that the order is the same wherever the folder lies."""
    files = sorted((FUZZ / "corpus" / name).glob("*"))
    for pattern in SEEDS.get(name, []):
        files += sorted(ROOT.glob(pattern))
    for pattern in CHOSEN.get(name, []):
        for choices, path in enumerate(sorted(ROOT.glob(pattern))):
            made = folder / "chosen" / f"{name}-{path.name}"
            made.parent.mkdir(exist_ok=True)
            made.write_bytes(bytes([choices % 256]) + path.read_bytes())
            files.append(made)
    return [str(path) for path in files if path.is_file()]


def fuzz(build, name, bound, seed, kept):
    """Runs one target; (status, executions, its words)."""
    folder = build / "fuzzing"
    findings = folder / "findings"
    corpus = folder / ("kept" if kept else "new") / name
    if not kept:
        shutil.rmtree(corpus, ignore_errors=True)
    for made in (corpus, findings):
        made.mkdir(parents=True, exist_ok=True)
    listed = folder / f"{name}.seeds"
    listed.write_text(",".join(seeds(name, folder)))
    words = [build / "tests/fuzz" / f"fuzz-{name}", bound, f"-seed={seed}", f"-timeout={LONGEST_S}",
             f"-seed_inputs=@{listed}", f"-artifact_prefix={findings}/{name}-", "-print_final_stats=1", corpus]
    # What is compared is learned from: addresses, too, and these are others in every run.
    if not kept:
        words.append("-use_cmp=0")
    words_of = dictionary(name, folder)
    if words_of:
        words.append(f"-dict={words_of}")
    done = subprocess.run([str(word) for word in words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    text = done.stdout.decode(errors="replace")
    (folder / f"{name}.log").write_text(text)
    count = re.search(r"^stat::number_of_executed_units: *(\d+)", text, re.M)
    return done.returncode, int(count.group(1)) if count else 0, text


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("build", nargs="?", type=pathlib.Path)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    if options.help or options.build is None:
        print(__doc__)
        return 0 if options.help else 2
    known = targets()
    wrong = [name for name in options.targets if name not in dict(known)]
    if wrong:
        sys.exit(f"fuzz: no target is named {wrong[0]}; there are: {' '.join(name for name, _ in known)}")
    chosen = [(name, runs) for name, runs in known if not options.targets or name in options.targets]
    jobs = min(os.cpu_count() or 1, len(chosen))
    share = options.seconds and max(1, options.seconds * jobs // len(chosen))
    build = options.build.resolve()
    total = failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = [(name, pool.submit(fuzz, build, name, f"-max_total_time={share}" if share else f"-runs={runs}",
                                      options.seed, bool(share))) for name, runs in chosen]
        for name, future in running:
            status, executions, text = future.result()
            total += executions
            print(f"{'FAILED' if status else 'ok    '}  fuzz-{name}: {executions} executions", flush=True)
            if status:
                failed += 1
                print("\n".join("    " + line for line in text.splitlines()[-60:]))
    print(f"{total} executions over {len(chosen)} targets, {failed} with a finding")
    return 1 if failed else 0


sys.exit(main())
