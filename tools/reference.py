#!/usr/bin/env python3
"""Makes docs/profiles.md and docs/rules.md from what the program says of itself (--json).

usage: reference.py ROOT [--check]
"""
import json
import pathlib
import subprocess
import sys

COLUMNS = ("bsd44", "freebsd", "linux", "rfc9293")


def lines_of(root, *args):
    done = subprocess.run([root / "tcpsim", *args, "--json"], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def cell(text):
    return str(text).replace("|", "\\|")


def time_text(ns):
    for unit, size in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if ns and ns % size == 0:
            return f"{ns // size} {unit}"
    return str(ns)


def value_text(setting, value):
    if setting["kind"] == "time":
        return time_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(str(v) for v in value) or "-"
    return str(value)


def range_text(setting):
    if setting.get("choices"):
        return ", ".join(setting["choices"])
    if "least" not in setting:
        return "yes, no"
    return " to ".join(value_text(setting, setting[end]) for end in ("least", "most"))


def profiles_page(root):
    profiles = lines_of(root, "profiles")
    by_name = {p["name"]: p for p in profiles}
    out = ["# Profiles", "", "Made by `tools/docs.sh`. A profile is what an operating system's TCP is set to; "
           "`tcpsim profiles NAME` shows one, `tcpsim profiles --diff A B` compares two.", "",
           "| profile | what it is | SYN again after (s) | connect() fails after (s) |", "|---|---|---|---|"]
    for p in profiles:
        again = " ".join(f"{ns / 1e9:g}" for ns in p["syn_again_ns"])
        out.append(f"| `{p['name']}` | {cell(p['summary'])} | {again} | {p['connect_gives_up_ns'] / 1e9:g} |")
    out += ["", "## Settings", "", "| setting | what it is | from | may be | " + " | ".join(COLUMNS) + " |",
            "|---" * (4 + len(COLUMNS)) + "|"]
    for s in lines_of(root, "profiles", "--schema"):
        values = [cell(value_text(s, by_name[c]["settings"][s["name"]])) for c in COLUMNS]
        out.append(f"| `{s['name']}` | {cell(s['help'])} | {cell(s['clause'])} | {cell(range_text(s))} | " + " | ".join(values) + " |")
    return "\n".join(out) + "\n"


def rules_page(root):
    out = ["# Rules", "", "Made by `tools/docs.sh`. Each decision of the machine, and of the reader of captures, carries "
           "one of these names; `tcpsim explain NAME` also tells the files that apply it."]
    group_before = None
    for r in lines_of(root, "explain"):
        group = r["name"].split("/")[0]
        if group != group_before:
            out += ["", f"## {group}", "", "| rule | what it says | clause |", "|---|---|---|"]
            group_before = group
        out.append(f"| `{r['name']}` | {cell(r['sentence'])} | {cell(r['clause'])} |")
    return "\n".join(out) + "\n"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    stale = []
    for name, text in (("profiles.md", profiles_page(root)), ("rules.md", rules_page(root))):
        path = root / "docs" / name
        if path.is_file() and path.read_text() == text:
            continue
        if "--check" in sys.argv:
            stale.append(f"docs/{name} is out of date: run tools/docs.sh")
        else:
            path.write_text(text)
    if stale:
        print("\n".join(stale))
        sys.exit(1)


main()
