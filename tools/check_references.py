#!/usr/bin/env python3
"""Holds the names that the pages of docs/ give against the code.

usage: check_references.py ROOT

In README.md and docs/*.md each `folder/file` in back-quotes must exist. (NAME stands for any.) In docs/life-of-a-segment.md each other
back-quoted word that looks like an identifier must stand in the code too.
"""
import pathlib
import re
import sys

CODE = ("stack", "sim", "traces", "cli", "tools", "tests")
# Words in back-quotes that are not names of ours.
FOREIGN = {"send", "iovec", "ninja"}


def all_words(root):
    words = set()
    for folder in CODE:
        for path in (root / folder).rglob("*"):
            if path.suffix in (".c", ".h", ".def"):
                words |= set(re.findall(r"\w+", path.read_text()))
    return words


def main():
    root, wrong = pathlib.Path(sys.argv[1]), []
    words = all_words(root)
    for page in [root / "README.md"] + sorted((root / "docs").rglob("*.md")):
        name = page.relative_to(root)
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
        for token in re.findall(r"`([^`\n]+)`", text):
            if "NAME" not in token and re.fullmatch(r"(%s|docs)/[\w./-]*\w+\.\w+" % "|".join(CODE), token) and \
                    not (root / token).exists():
                wrong.append(f"{name}: {token} does not exist")
            if page.name != "life-of-a-segment.md":
                continue
            match = re.fullmatch(r"(?:struct )?([a-z]\w*_\w+|[A-Z]\w*_\w+)(?:\[\])?", token)
            if match and match.group(1) not in words | FOREIGN:
                wrong.append(f"{name}: {match.group(1)} is not in the code")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
