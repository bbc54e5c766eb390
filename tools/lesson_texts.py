#!/usr/bin/env python3
"""usage: lesson_texts.py ROOT OUTPUT DEPFILE: the lessons of docs/lessons and the worlds of docs/worlds as C, so that the program
has them wherever it runs."""
import pathlib
import sys


def quoted(line):
    out = "".join(c if " " <= c <= "~" and c not in '"\\?' else "".join(f"\\{b:03o}" for b in c.encode()) for c in line)
    return f'\t\t"{out}\\n"'


def table(out, name, paths):
    out.write(f"const struct lesson_text {name}[] = {{\n")
    for path in paths:
        lines = path.read_text().splitlines() or [""]
        out.write(f'\t{{"{path.stem}",\n' + "\n".join(quoted(line) for line in lines) + "},\n")
    out.write("\t{NULL, NULL},\n};\n")


def main():
    root, output, depfile = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    lessons, worlds = sorted((root / "docs/lessons").glob("*.lesson")), sorted((root / "docs/worlds").glob("*.world"))
    with open(output, "w") as out:
        out.write('/* Made by tools/lesson_texts.py. */\n#include "lesson_texts.h"\n\n#include <stddef.h>\n\n')
        table(out, "LESSON_TEXTS", lessons)
        table(out, "LESSON_WORLDS", worlds)
    depends = [root / "docs/lessons", root / "docs/worlds", *lessons, *worlds]
    with open(depfile, "w") as out:
        out.write(f"{output}: " + " ".join(str(path) for path in depends) + "\n")


main()
