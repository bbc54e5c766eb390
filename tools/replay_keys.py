#!/usr/bin/env python3
"""replay_keys.py ROOT [--check]: the tables of keys in docs/replay.md, made from docs/replay.schema.json."""
import json, pathlib, sys

BEGIN, END = "<!-- keys: made by tools/docs.sh from replay.schema.json -->\n", "<!-- end of keys -->\n"


def type_of(d):
    if "$ref" in d:
        return "object"
    if "const" in d:
        return "string"
    if "type" not in d:
        return "boolean or string"
    t = d["type"]
    return " or ".join(t) if isinstance(t, list) else t


def row(name, d):
    text = d.get("description", "")
    if "const" in d:
        text = "`%s`" % d["const"]
    if "$ref" in d:
        text = "as in *%s* below" % d["$ref"].split("/")[-1]
    if "enum" in d and name not in ("handshake",):
        text += (": " if text else "") + ", ".join("`%s`" % e for e in d["enum"])
    return "| `%s` | %s | %s | %s |\n" % (name, type_of(d), d.get("x-unit", ""), text.replace("|", "\\|"))


def inner(name, d):
    """Rows of an object or an array of objects inside a line."""
    items = d.get("items", {}) if d.get("type") == "array" else d
    return "".join(row("%s.%s" % (name, k), v) for k, v in items.get("properties", {}).items())


def table(title, text, properties):
    out = "\n**%s**: %s.\n\n| key | type | unit | what, and when |\n|---|---|---|---|\n" % (title, text)
    for name, d in properties.items():
        out += row(name, d) + inner(name, d)
    return out


def section(schema):
    out = BEGIN
    for line in schema["oneOf"]:
        out += table("`%s`" % line["title"], line["description"], line["properties"])
    out += table("*side*", "`client` and `server` of a connection", schema["$defs"]["side"]["properties"])
    out += table("*retransmissions*", schema["$defs"]["retransmissions"]["description"],
                 schema["$defs"]["retransmissions"]["properties"])
    return out + "\n" + END


def main():
    root = pathlib.Path(sys.argv[1])
    page = root / "docs/replay.md"
    text = page.read_text()
    before, rest = text.split(BEGIN)
    new = before + section(json.loads((root / "docs/replay.schema.json").read_text())) + rest.split(END)[1]
    if new == text:
        return 0
    if "--check" in sys.argv:
        print("docs/replay.md: the tables of keys are out of date: run tools/docs.sh")
        return 1
    page.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
