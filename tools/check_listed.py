#!/usr/bin/env python3
"""Names source files that no meson.build lists: code that nobody builds.

usage: check_listed.py ROOT BUILD

tests/fuzz is built by clang only, when it is asked for, and a peer in tests/bench only where it is installed: these are
looked up in their folder's meson.build.
"""
import json
import pathlib
import sys

root, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
commands = json.loads((build / "compile_commands.json").read_text())
built = {(pathlib.Path(c["directory"]) / c["file"]).resolve() for c in commands}
optional = {root / folder: (root / folder / "meson.build").read_text() for folder in ("tests/fuzz", "tests/bench")}
status = 0
for folder in ("stack", "sim", "traces", "cli", "tests"):
    for path in sorted((root / folder).rglob("*.c")):
        words = optional.get(path.parent, "")
        listed = f"'{path.stem}'" in words or f"'{path.name}'" in words
        if path not in built and not listed:
            print(f"{path.relative_to(root)} stands in no meson.build")
            status = 1
sys.exit(status)
