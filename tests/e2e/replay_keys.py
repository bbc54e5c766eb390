#!/usr/bin/env python3
"""replay_keys.py TCPSIM ROOT CAPTURE...: every line of `replay --json --events --packets` has exactly the keys, in
their order, that docs/replay.schema.json has and docs/replay.md documents, and values of their types; every key that
the page has is met in some line."""
import json, pathlib, re, struct, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "truth"))
import worlds

SEEDS = (1010, 1015)  # random worlds with a RST and a repetition whose kind the packets do not tell
TYPES = {"integer": int, "string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def fits(value, schema, defs):
    """The first thing that does not fit, or None."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].split("/")[-1]]
    if "const" in schema and value != schema["const"]:
        return "%r is not %r" % (value, schema["const"])
    if "enum" in schema and value not in schema["enum"]:
        return "%r is none of %s" % (value, schema["enum"])
    kinds = schema.get("type")
    if kinds:
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if not any(isinstance(value, TYPES[k]) and (k == "boolean" or not isinstance(value, bool)) for k in kinds):
            return "%r is no %s" % (value, " or ".join(kinds))
    if isinstance(value, list) and "items" in schema:
        return next((w for w in (fits(v, schema["items"], defs) for v in value) if w), None)
    if isinstance(value, dict) and "properties" in schema:
        known, needed = list(schema["properties"]), schema.get("required", [])
        strange = [k for k in value if k not in known]
        if strange or [k for k in needed if k not in value]:
            return "keys %s, missing %s" % (strange, [k for k in needed if k not in value])
        if [k for k in known if k in value] != list(value):
            return "keys in another order: %s" % list(value)
        for k, v in value.items():
            wrong = fits(v, schema["properties"][k], defs)
            if wrong:
                return "%s: %s" % (k, wrong)
    return None


def keys_of(value, prefix):
    if isinstance(value, dict):
        for k, v in value.items():
            yield prefix + k
            yield from keys_of(v, prefix + k + ".")
    elif isinstance(value, list):
        for v in value:
            yield from keys_of(v, prefix)


def documented(page):
    """{line: keys} of the tables in the page."""
    tables, current = {}, None
    for line in page.splitlines():
        title = re.match(r"\*\*[`*]?([\w-]+)[`*]?\*\*: ", line)
        key = re.match(r"\| `([\w.]+)` \|", line)
        if title:
            current = tables.setdefault(title[1], set())
        elif key and current is not None:
            current.add(key[1])
    return tables


def captures_of(program, folder, seed):
    path = pathlib.Path(folder) / "w.world"
    path.write_text(worlds.world(seed))
    subprocess.run([program, "simulate", "--json", "--pcap", folder + "/%d" % seed, path], capture_output=True)
    return sorted(pathlib.Path(folder, str(seed)).glob("*.pcapng"))


def flood(folder):
    """Fifty clients, each a SYN."""
    path = pathlib.Path(folder) / "flood.pcap"
    packets = [struct.pack("!BBHHHBBH4s4sHHIIBBHHH", 0x45, 0, 40, 0, 0, 64, 6, 0, bytes((10, 0, 0, i)), bytes((10, 0, 1, 1)),
                           1000, 80, 0, 0, 0x50, 2, 1000, 0, 0) for i in range(50)]
    path.write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
                     + b"".join(struct.pack("<IIII", 1000, i, 40, 40) + p for i, p in enumerate(packets)))
    return path


def main():
    with tempfile.TemporaryDirectory(prefix="tcpsim-keys-") as folder:
        return check(sys.argv[1], pathlib.Path(sys.argv[2]), folder)


def check(program, root, folder):
    schema = json.loads((root / "docs/replay.schema.json").read_text())
    lines = {l["title"]: l for l in schema["oneOf"]}
    tables = documented((root / "docs/replay.md").read_text().split("## Keys of `--json`")[1])
    met, wrong, n = {}, [], 0
    for capture in sys.argv[3:] + [flood(folder)] + [c for seed in SEEDS for c in captures_of(program, folder, seed)]:
        out = subprocess.run([program, "replay", "--json", "--events", "--packets", capture], capture_output=True, text=True)
        for text in out.stdout.splitlines():
            line = json.loads(text)
            n += 1
            said = fits(line, lines[line["type"]], schema["$defs"]) if line["type"] in lines else "no such line documented"
            if said:
                wrong.append("%s: %s line: %s" % (capture, line["type"], said))
            met.setdefault(line["type"], set()).update(keys_of(line, ""))
    for name, keys in tables.items():
        if name in ("side", "retransmissions"):
            seen = {k.split(".", 1)[1] for k in met["connection"] if k.startswith("client." if name == "side" else "retransmissions.")}
        else:
            seen = met.get(name, set())
        wrong += ["docs/replay.md: %s.%s was in no line" % (name, k) for k in sorted(keys - seen)]
    missing = set(lines) - set(tables)
    wrong += ["docs/replay.md has no table of `%s`" % name for name in missing]
    for w in wrong[:20]:
        print(w)
    print("%d lines, %d kinds, %d wrong" % (n, len(met), len(wrong)))
    return 1 if wrong or not n else 0


if __name__ == "__main__":
    sys.exit(main())
