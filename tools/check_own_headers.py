#!/usr/bin/env python3
"""Counts functions that other files call and whose declaration does not stand in the header of their own file.

usage: check_own_headers.py ROOT [--list]

A function of FOLDER/NAME.c is declared in FOLDER/NAME.h, or in an installed header (stack/include, sim/include), which is a contract by itself: so who
reads a call knows where it is answered. Where a module is several files (sender.c, sender_ack.c) each of them has its header, too. There may be
MOST that do not; a change may lower that number and not raise it. --list names them. Exit status 1: there are more.
"""
import pathlib
import re
import sys

MOST = 608
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
    declared = {}
    for name, path in names(root, ".h", DECLARATION):
        declared.setdefault(name, set()).add(path)
    functions, astray = 0, []
    for name, path in names(root, ".c", DEFINITION):
        where = declared.get(name, set())
        functions += bool(where)
        if where and path.with_suffix(".h") not in where and not any(w.as_posix().startswith(INSTALLED) for w in where):
            astray.append((path, name, min(where)))
    if "--list" in sys.argv:
        print("\n".join(f"{path}: {name} is declared in {where}" for path, name, where in astray))
    if len(astray) > MOST:
        print(f"{len(astray)} of {functions} functions are not declared in the header of their own file; there may be {MOST}")
    elif len(astray) < MOST:
        print(f"{len(astray)} functions are not declared in the header of their own file: let MOST in tools/check_own_headers.py say so")
    return len(astray) > MOST


sys.exit(main())
