#!/usr/bin/env python3
"""Names files that clang-format would change; `clang-format -i` mends them.

usage: check_format.py ROOT

Version 14 decides where it is installed. Other versions have their own taste in a few places, and are asked for the rest:
where lines break, how deep they stand, where braces go. See docs/decisions/0002-what-check-counts.md.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

EXACT = "14"


def version(command):
    path = shutil.which(command)
    if not path:
        return None
    found = re.search(r"version (\d+)\.", subprocess.run([path, "--version"], stdout=subprocess.PIPE, text=True,
                                                         check=True).stdout)
    return found and found.group(1)


def common(text):
    """What all versions agree on: not macros' bodies, nor the alignment of comments, nor blanks within a line."""
    lines, in_macro = [], False
    for line in text.splitlines():
        starts = re.match(r"\s*#\s*define\b", line)
        if starts or in_macro:
            in_macro = line.endswith("\\")
            continue
        line = re.sub(r"\s*(/\*.*\*/|//.*)$", "", line)
        depth = len(line) - len(line.lstrip("\t"))
        lines.append("\t" * depth + re.sub(r"\s+", "", line))
    return lines


def main():
    root = pathlib.Path(sys.argv[1])
    command = next((c for c in ("clang-format-" + EXACT, "clang-format") if version(c)), None)
    if not command:
        print("check_format: clang-format is not installed")
        return 2
    exact = version(command) == EXACT
    files = sorted(path for layer in ("stack", "sim", "traces", "cli", "tests", "web") for path in (root / layer).rglob("*.[ch]"))

    def formatted(path):
        return subprocess.run([command, path], stdout=subprocess.PIPE, check=True).stdout.decode()

    status = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, text in zip(files, pool.map(formatted, files)):
            now = path.read_text()
            if now != text if exact else common(now) != common(text):
                print(f"clang-format -i {path.relative_to(root)}")
                status = 1
    return status


sys.exit(main())
