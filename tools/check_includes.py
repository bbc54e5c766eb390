#!/usr/bin/env python3
"""Holds every #include against the house's plan: stack <- sim <- traces <- cli, and no circle of headers or of folders.

usage: check_includes.py ROOT

A folder may include what stands before it in LAYERS and itself. stack/ may use libc and the kernel's constants (<linux/...>) only. An installed header
(stack/include) includes installed headers only. No header includes one that includes it, and no folder one whose files include its own: whichever of
the two is read first, it can be understood without the other. Prints what is wrong; exit status 1 if anything is.
"""
import collections
import pathlib
import re
import sys

LAYERS = ["stack", "sim", "traces", "cli"]
# Where a layer's quoted and <tcpsim/...> includes are looked for, besides the file's own folder.
SEARCH = {
    "stack": ["stack/include", "stack"],
    "sim": ["stack/include", "stack", "sim/include", "sim", "."],
    "traces": ["stack/include", "stack", "sim/include", "sim", "traces", "."],
    "cli": ["stack/include", "stack", "sim/include", "sim", "traces", "cli", "."],
    "tests": ["stack/include", "stack", "sim/include", "sim", "traces", "tests", "."],
}
LIBC = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings time endian netinet/in netinet/tcp netinet/ip
arpa/inet sys/mman sys/queue sys/socket sys/types sys/uio sys/time sys/param poll sys/poll sys/select sys/epoll
sys/ioctl fcntl unistd net/if byteswap immintrin emmintrin""".split())
# Tables (.def) are read as headers are.
SOURCES = {".c", ".h", ".def"}


def resolve(root, layer, path, name):
    for folder in [path.parent] + [root / s for s in SEARCH[layer]]:
        if (folder / name).is_file():
            return (folder / name).resolve()
    return None


def layer_of(root, path):
    return path.relative_to(root).parts[0]


def check_file(root, path, wrong):
    """What it includes of ours, as (line, file)."""
    layer = layer_of(root, path)
    where = path.relative_to(root)
    targets = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        quoted, name = match.group(1) == '"', match.group(2)
        target = resolve(root, layer, path, name)
        if target is None:
            if quoted and name != "config.h":
                wrong.append(f"{where}:{number}: \"{name}\" is not found from {layer}/")
            elif layer == "stack" and name.removesuffix(".h") not in LIBC and not name.startswith("linux/"):
                wrong.append(f"{where}:{number}: <{name}> is not libc's: stack/ uses nothing else")
            continue
        targets.append((number, target))
        theirs = layer_of(root, target)
        if theirs in LAYERS and layer in LAYERS and LAYERS.index(theirs) > LAYERS.index(layer):
            wrong.append(f"{where}:{number}: {layer}/ may not include {theirs}/")
        if where.parts[:2] == ("stack", "include") and target.relative_to(root).parts[:2] != ("stack", "include"):
            wrong.append(f"{where}:{number}: an installed header may include installed ones only")
    return targets


def circles(graph):
    """Sets of nodes that reach each other, by Tarjan's algorithm."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for target in graph.get(node, ()):
            if target not in order:
                visit(target)
            if target in stack:
                low[node] = min(low[node], low[target])
        if low[node] == order[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in order:
            visit(node)
    return found


def folder_circles(root, includes):
    """Lines that tell of each circle: its folders, and who in it includes whom."""
    edges = collections.defaultdict(dict)
    for path, targets in includes.items():
        for number, target in targets:
            if path.parent != target.parent and layer_of(root, path) in LAYERS:
                edge = f"{path.relative_to(root)}:{number}: includes {target.relative_to(root)}"
                edges[path.parent].setdefault(target.parent, edge)
    for circle in circles(edges):
        yield "folders include each other: " + ", ".join(str(f.relative_to(root)) for f in circle)
        for folder in circle:
            yield from ("  " + edges[folder][target] for target in circle if target in edges[folder])


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    wrong, includes = [], {}
    for layer in SEARCH:
        for path in sorted((root / layer).rglob("*")):
            if path.suffix in SOURCES:
                includes[path.resolve()] = check_file(root, path, wrong)
    headers = {path: [t for _, t in targets if t.suffix != ".c"] for path, targets in includes.items() if path.suffix != ".c"}
    for circle in circles(headers):
        wrong.append("headers include each other: " + ", ".join(str(p.relative_to(root)) for p in circle))
    wrong += folder_circles(root, includes)
    if wrong:
        print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
