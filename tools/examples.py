#!/usr/bin/env python3
"""Keeps the examples of README.md and docs/ true: every line "$ ./tcpsim ..." or "$ cat ..." in a fenced block is run, and what it
prints is held against the lines that follow it.

usage: examples.py ROOT [--check]

A line "..." stands for any number of lines. Without --check the outputs are written anew, but for those that hold a
"...", which a person has to shorten again.
"""
import pathlib
import re
import subprocess
import sys


def run(root, command):
    done = subprocess.run(["sh", "-c", command], cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120,
                          env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/proc/nonexistent", "LC_ALL": "C.UTF-8"})
    # How long it took is no part of what is promised.
    return [re.sub(r"\bin \d+\.\d\d s$", "in 0.00 s", line.rstrip()) for line in done.stdout.splitlines()]


def fits(said, wanted):
    """Whether the lines printed are those wanted, "..." being any."""
    pattern = "\n".join(".*" if line.strip() == "..." else re.escape(line) for line in wanted)
    pattern = pattern.replace(".*\n", "(?:.*\n)*?").replace("\n.*", "(?:\n.*)*")
    return re.fullmatch(pattern, "\n".join(said)) is not None


def strip_end(lines):
    lines = list(lines)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def blocks(lines):
    """(start, end, command) of each example; start..end are the lines of its output."""
    fenced, begun, found = False, None, []
    for number, line in enumerate(lines + ["```"]):
        if line.startswith("```") or (fenced and line.startswith("$ ")):
            if begun is not None:
                found.append((begun[0], number, begun[1]))
                begun = None
        if line.startswith("```"):
            fenced = not fenced
        elif fenced and re.match(r"\$ (\./tcpsim|cat )", line):
            begun = (number + 1, line[2:])
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    check, wrong = "--check" in sys.argv, []
    for path in [root / "README.md"] + sorted((root / "docs").rglob("*.md")):
        lines = path.read_text().splitlines()
        for start, end, command in reversed(blocks(lines)):
            wanted = strip_end(lines[start:end])
            said = strip_end(run(root, command))
            if fits(said, wanted):
                continue
            if check or "..." in (line.strip() for line in wanted):
                wrong.append(f"{path.relative_to(root)}:{start}: `{command}` prints now:\n" + "\n".join(said[:40]))
            else:
                gap = lines[start + len(wanted):end]
                lines[start:end] = said + gap
        if not check:
            path.write_text("\n".join(lines) + "\n")
    if wrong:
        print("\n".join(wrong))
        sys.exit(1)


main()
