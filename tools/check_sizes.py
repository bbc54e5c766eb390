#!/usr/bin/env python3
"""Names functions longer than a screen (60 lines) and source files longer than 600 lines.

usage: check_sizes.py ROOT

A parser's or a switch's table may be longer: such a function says so with `/* long: why */` on the line of its
opening brace or above its head.
"""
import pathlib
import re
import sys

MAX_FUNCTION, MAX_FILE = 60, 600


def long_functions(lines):
    head, start = None, None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
            head = next((lines[i] for i in range(number - 2, max(-1, number - 8), -1)
                         if re.match(r"^[A-Za-z_].*\(", lines[i])), "")
            above = "\n".join(lines[max(0, number - 8):number])
            if "/* long:" in above:
                start = None
        elif line == "}" and start is not None:
            if number - start - 1 > MAX_FUNCTION:
                yield start, head.strip(), number - start - 1
            start = None


def main():
    root, wrong = pathlib.Path(sys.argv[1]), []
    for folder in ("stack", "sim", "traces", "cli", "tests", "web"):
        for path in sorted((root / folder).rglob("*.[ch]")):
            lines = path.read_text().splitlines()
            name = path.relative_to(root).as_posix()
            if len(lines) > MAX_FILE:
                wrong.append(f"{name}: {len(lines)} lines")
            wrong += [f"{name}:{at}: {length} lines: {head}" for at, head, length in long_functions(lines)]
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
