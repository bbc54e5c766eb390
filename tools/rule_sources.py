#!/usr/bin/env python3
"""Finds the source files that apply each rule and writes them as a C table.

usage: rule_sources.py ROOT OUTPUT DEPFILE

A file applies a rule when it names TCPSIM_RULE_<id>. The table is sorted; the depfile makes ninja run this again
when a source changes.
"""
import pathlib
import re
import sys

FOLDERS = ("stack", "sim", "traces")


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[ch]")):
            yield path


def main():
    root, output, depfile = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    used, depends = {}, []
    for path in sources(root):
        depends.append(path)
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        for rule in set(re.findall(r"\bTCPSIM_RULE_([A-Z0-9_]+)\b", text)):
            used.setdefault(rule, []).append(path.relative_to(root).as_posix())
    rules = []
    for path in sorted((root / "stack/include/tcpsim/rules").glob("*.def")):
        depends.append(path)
        rules += re.findall(r"^\s*TCPSIM_RULE\(\s*([A-Z0-9_]+)\s*,", path.read_text(), flags=re.M)
    with open(output, "w") as out:
        out.write('/* Made by tools/rule_sources.py. */\n#include "rule_sources.h"\n\n')
        out.write("const char *const *const RULE_SOURCES[TCPSIM_NRULES] = {\n")
        for rule in rules:
            names = "".join(f'"{name}", ' for name in sorted(used.get(rule, [])))
            out.write(f"\t[TCPSIM_RULE_{rule}] = (const char *const[]){{{names}NULL}},\n")
        out.write("};\n")
    with open(depfile, "w") as out:
        out.write(f"{output}: " + " ".join(str(path) for path in depends) + "\n")


main()
