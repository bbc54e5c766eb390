#!/usr/bin/env python3
"""Makes docs/rfc-map.md: where each clause of an RFC is cited in the code and in the tests, and RFC 9293's
requirements (docs/requirements.txt) with the functions and tests that show them.

usage: rfc_map.py ROOT [--check]

--check writes nothing; exit status 1 if the file is not what it would write. A requirement that names a function
or a test that does not exist is an error either way.
"""
import pathlib
import re
import sys

CODE = ("stack", "sim", "traces", "cli")
CITATION = re.compile(r"RFC (\d{3,4})(?:,? (§[0-9A-Z]+(?:\.[0-9]+)*))?((?:, §[0-9A-Z]+(?:\.[0-9]+)*)*)")
FUNCTION = re.compile(r"^(?!typedef|struct \w+ \{|enum|return|else|#)[A-Za-z_][\w\s\*]*?\**(\w+)\([^;]*$")
TEST = re.compile(r"^\s*(?:Test|ParameterizedTest|Theory)\((?:[^()]*, )?(\w+),\s*(\w+)")


def definitions(text):
    """(line number, name) of each function or test, in order."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        test = TEST.match(line)
        if test:
            found.append((number, f"{test.group(1)}/{test.group(2)}"))
            continue
        function = FUNCTION.match(line)
        if function and function.group(1) not in ("if", "for", "while", "switch", "sizeof"):
            found.append((number, function.group(1)))
    return found


def enclosing(found, lines, number):
    """The function a line belongs to: a comment at the left margin speaks of what follows it, others of what they
    stand in. None for the opening comment of a file and for tables."""
    line = lines[number - 1]
    if line.startswith(("\t", "    ")):
        before = [name for at, name in found if at <= number]
        # A closing brace at the margin between the two ends the function.
        if before:
            start = max(at for at, name in found if at <= number)
            if not any(lines[i].startswith("}") for i in range(start, number - 1)):
                return before[-1]
        return None
    if not line.startswith(("/*", " *")):
        return None
    end = number
    while end < len(lines) and "*/" not in lines[end - 1]:
        end += 1
    after = [name for at, name in found if end < at <= end + 3]
    return after[0] if after else None


def citations(root, folders):
    """{(rfc, section): set of "file" or "file:function"}"""
    cited = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".c", ".h", ".def"):
                continue
            text = path.read_text()
            found = definitions(text) if path.suffix != ".def" else []
            lines = text.splitlines()
            name = path.relative_to(root).as_posix()
            for number, line in enumerate(lines, 1):
                for match in CITATION.finditer(line):
                    function = enclosing(found, lines, number)
                    place = f"{name}:{function}" if function else name
                    sections = [match.group(2) or ""] + re.findall(r"§[0-9A-Z.]+", match.group(3))
                    for section in sections:
                        cited.setdefault((int(match.group(1)), section.rstrip(".")), set()).add(place)
    return cited


def section_key(section):
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.findall(r"\d+|[A-Z]+", section)]


def places(names):
    # A file stands only where none of its functions does.
    with_function = {n.split(":")[0] for n in names if ":" in n}
    kept = sorted(n for n in names if ":" in n or n not in with_function)
    return "<br>".join(f"`{n}`" for n in kept) or "-"


def citation_table(root, out):
    code, tests = citations(root, CODE), citations(root, ("tests",))
    out.append("## Clauses cited\n")
    rfc_before = None
    for rfc, section in sorted(set(code) | set(tests), key=lambda k: (k[0], section_key(k[1]))):
        if rfc != rfc_before:
            out.append(f"\n### RFC {rfc}\n\n| clause | code | tests |\n|---|---|---|")
            rfc_before = rfc
        here = code.get((rfc, section), set()), tests.get((rfc, section), set())
        out.append(f"| {section or 'as a whole'} | {places(here[0])} | {places(here[1])} |")


def check_places(root, row_id, field, wrong):
    names = [n.strip() for n in field.split(",") if n.strip()]
    for name in names:
        path, _, symbol = name.partition(":")
        file = root / path
        if not file.is_file():
            wrong.append(f"{row_id}: {path} does not exist")
        elif symbol and not re.search(rf"\b{re.escape(symbol.split('/')[-1])}\b", file.read_text()):
            wrong.append(f"{row_id}: {path} has no {symbol}")
    return names


def requirement_table(root, out, wrong):
    rows = []
    for line in (root / "docs/requirements.txt").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        fields = [f.strip() for f in line.split("|")]
        if len(fields) != 6:
            wrong.append(f"docs/requirements.txt: six fields are wanted: {line}")
            continue
        rows.append(fields)
    shown = [r for r in rows if r[3]]
    tested = [r for r in rows if r[4]]
    out.append("## RFC 9293 Appendix B\n")
    out.append(f"{len(rows)} requirements: {len(shown)} with the code that meets them, {len(tested)} with a test "
               "that names them.\n")
    out.append("| requirement | what is asked | where | tests | note |\n|---|---|---|---|---|")
    for row_id, subject, asked, where, tests, note in rows:
        code = check_places(root, row_id, where, wrong)
        proof = check_places(root, row_id, tests, wrong)
        out.append(f"| {row_id} | {subject}: {asked} | {'<br>'.join(f'`{n}`' for n in code) or '-'} | "
                   f"{'<br>'.join(f'`{n}`' for n in proof) or '-'} | {note} |")
    out.append("")


def main():
    root = pathlib.Path(sys.argv[1])
    out = ["# Where each RFC is\n\nMade by `tools/docs.sh` from the citations in the code and from "
           "`docs/requirements.txt`.\n"]
    wrong = []
    requirement_table(root, out, wrong)
    citation_table(root, out)
    text = "\n".join(out) + "\n"
    target = root / "docs/rfc-map.md"
    if "--check" in sys.argv:
        if not target.is_file() or target.read_text() != text:
            wrong.append("docs/rfc-map.md is out of date: run tools/docs.sh")
    else:
        target.write_text(text)
    if wrong:
        print("\n".join(wrong))
        sys.exit(1)


main()
