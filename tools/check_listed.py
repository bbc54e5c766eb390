#!/usr/bin/env python3
"""Names source files that no meson.build lists: code that nobody builds.

usage: check_listed.py ROOT BUILD

tests/fuzz is built by clang only, when it is asked for, and looked up in its own meson.build.
"""
import json
import pathlib
import sys

root, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
commands = json.loads((build / "compile_commands.json").read_text())
built = {(pathlib.Path(c["directory"]) / c["file"]).resolve() for c in commands}
fuzzers = (root / "tests/fuzz/meson.build").read_text()
status = 0
for folder in ("stack", "sim", "traces", "cli", "tests"):
    for path in sorted((root / folder).rglob("*.c")):
        fuzzer = path.parent == root / "tests/fuzz" and f"'{path.stem}'" in fuzzers
        if path not in built and not fuzzer:
            print(f"{path.relative_to(root)} stands in no meson.build")
            status = 1
sys.exit(status)
