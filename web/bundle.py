#!/usr/bin/env python3
"""usage: bundle.py OUTPUT STYLE MODULE...: the viewer as C.

The modules become one script in the order given, each a function that returns what it exports; a module may import only
from those that stand before it. What a reader of the source needs and a browser does not (indentation, lines of comment)
goes; so a string may not span lines."""
import base64
import hashlib
import pathlib
import re
import sys

IMPORT = re.compile(r"import \{([^}]*)\} from '\.{1,2}/(\w+)\.js';")
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.M)


def fail(path, what):
    sys.exit(f"{path}: {what}")


def slim(text):
    lines, in_comment = [], False
    for line in text.splitlines():
        line = line.strip()
        if in_comment:
            in_comment = not line.endswith("*/")
        elif line.startswith("/*"):
            in_comment = not line.endswith("*/")
        elif line and not line.startswith("//"):
            lines.append(line)
    return "\n".join(lines) + "\n"


def module(path, exported):
    text = path.read_text()
    for names, source in IMPORT.findall(text):
        if source not in exported:
            fail(path, f"imports from {source}.js, which does not stand before it in web/meson.build")
        for name in filter(None, (n.strip() for n in names.split(","))):
            if name not in exported[source]:
                fail(path, f"{source}.js exports no {name}")
    for number, line in enumerate(text.splitlines(), 1):
        if line.count("`") % 2:
            fail(f"{path}:{number}", "a template may not span lines")
    exported[path.stem] = EXPORT.findall(text)
    text = IMPORT.sub(r"const {\1} = module_\2;", text)
    if re.search(r"^import\b", text, re.M):
        fail(path, "an import of another form than: import { a, b } from './module.js';")
    text = slim(re.sub(r"^export ", "", text, flags=re.M))
    return f"const module_{path.stem} = (() => {{\n{text}return {{ {', '.join(exported[path.stem])} }};\n}})();\n"


def hash_of(name, text):
    """By which the page's policy knows it."""
    data = text.encode()
    if b"</script" in data.lower() or b"</style" in data.lower() or b"<!--" in data:
        sys.exit(f"bundle.py: the {name} would end its own element")
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def part(name, text):
    data, digest = text.encode(), hash_of(name, text)
    out = [f"static const unsigned char {name}_TEXT[] = {{"]
    for at in range(0, len(data), 40):
        out.append("\t" + ",".join(str(b) for b in data[at:at + 40]) + ",")
    out.append("\t0,\n};")
    out.append(f'const struct page_part PAGE_{name} = {{{name}_TEXT, sizeof({name}_TEXT) - 1, "{digest}"}};\n')
    return "\n".join(out)


def script_of(modules):
    exported = {}
    return "(() => {\n'use strict';\n" + "".join(module(p, exported) for p in modules) + "})();\n"


def main():
    output, style, modules = sys.argv[1], pathlib.Path(sys.argv[2]), [pathlib.Path(a) for a in sys.argv[3:]]
    script = script_of(modules)
    with open(output, "w") as out:
        out.write('/* Made by web/bundle.py. */\n#include "traces/page/parts.h"\n\n')
        out.write(part("SCRIPT", script) + "\n" + part("STYLE", slim(style.read_text())))


if __name__ == "__main__":
    main()
