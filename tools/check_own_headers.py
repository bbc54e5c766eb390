#!/usr/bin/env python3
"""Names functions that other files call and whose declaration does not stand in the header of their own file.

usage: check_own_headers.py ROOT

A function of FOLDER/NAME.c is declared in FOLDER/NAME.h, or in an installed header (stack/include, sim/include), which is a contract by itself: so who
reads a call knows where it is answered. Where a module is several files (sender.c, sender_ack.c) each of them has its header, too. What is defined
twice under one name, for two systems (sim/live/kernel_programs.c), is declared once, beside one of the two. Exit status 1: there are such functions.
"""
import pathlib
import re
import sys

LAYERS = ("stack", "sim", "traces", "cli")
INSTALLED = ("stack/include", "sim/include")
# A definition stands at the beginning of a line, its name before the first parenthesis; the brace is alone on a line.
DEFINITION = re.compile(r"^(?!static\b|typedef\b|struct \w+ \{|enum\b[^(]*\{)[A-Za-z_][^;{}=#]*?\b(\w+)\([^;{}]*\)\s*\n\{", re.M)
DECLARATION = re.compile(r"^(?!static\b|typedef\b|#)[A-Za-z_][^;{}=#()]*?\b(\w+)\((?:[^;{}])*\)[^;{}]*;", re.M)


def strip(text):
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)


def names(root, suffix, pattern):
    """(function, file) for each match in files of that kind."""
    for layer in LAYERS:
        for path in sorted((root / layer).rglob(f"*{suffix}")):
            for match in pattern.finditer(strip(path.read_text())):
                yield match.group(1), path.relative_to(root)


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    declared, defined = {}, {}
    for name, path in names(root, ".h", DECLARATION):
        declared.setdefault(name, set()).add(path)
    for name, path in names(root, ".c", DEFINITION):
        defined.setdefault(name, []).append(path)
    astray = 0
    for name, paths in sorted(defined.items()):
        where = declared.get(name, set())
        own = where & {path.with_suffix(".h") for path in paths}
        if where and not own and not any(w.as_posix().startswith(INSTALLED) for w in where):
            astray += 1
            print(f"{paths[0]}: {name} is declared in {min(where)}, not in the header of its own file")
    return 1 if astray else 0


sys.exit(main())
