#!/usr/bin/env python3
"""usage: page.py SOURCE FOLDER OUTPUT: the lab as one file, of what build.py made in FOLDER, the viewer's modules (web/), the
lab's own (web/lab/) and the worlds of docs/worlds. The same input gives the same bytes."""
import base64
import gzip
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bundle  # noqa: E402

# A module stands behind those that it imports.
MODULES = ["data", "words", "dom", "model", "virtual", "table", "ladder", "machine", "panel", "help", "lab/stack", "lab/change",
           "lab/editor", "lab/pane", "lab/main"]
# It may run its own two scripts and compile WebAssembly, and nothing else: no network, no frame, no form.
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '{glue_hash}' '{script_hash}' \
'wasm-unsafe-eval'; style-src '{style_hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="tcpsim">
<title>tcpsim lab</title>
<style>{style}</style>
</head>
<body>
<noscript><p>The lab runs in JavaScript and WebAssembly, which are switched off here. The same as text: tcpsim simulate.</p></noscript>
<div id="app"></div>
<script type="text/plain" id="stack">{stack}</script>
<script type="application/json" id="worlds">{worlds}</script>
<script>{glue}</script>
<script>{script}</script>
</body>
</html>
"""


def main():
    source, folder, output = (pathlib.Path(a) for a in sys.argv[1:4])
    web = source / "web"
    worlds = [(path.stem, path.read_text()) for path in sorted((source / "docs/worlds").glob("*.world"))]
    parts = {
        "style": bundle.slim((web / "style.css").read_text() + (web / "lab/lab.css").read_text()),
        "script": bundle.script_of([web / f"{name}.js" for name in MODULES]),
        "glue": (folder / "lab.js").read_text(),
        "stack": base64.b64encode(gzip.compress((folder / "lab.wasm").read_bytes(), mtime=0)).decode(),
        "worlds": json.dumps(worlds).replace("<", "\\u003c"),
    }
    hashes = {f"{name}_hash": bundle.hash_of(name, parts[name]) for name in ("style", "script", "glue")}
    output.write_text(PAGE.format(**parts, **hashes))


main()
