#!/usr/bin/env python3
"""Holds every #include against the house's plan: stack <- sim <- traces <- cli, and no cycle between headers.

usage: check_includes.py ROOT

A folder may include what stands before it in LAYERS and itself. stack/ may use libc and the kernel's constants (<linux/...>) only. An installed header
(stack/include) includes installed headers only. Prints what is wrong; exit status 1 if anything is.
"""
import pathlib
import re
import sys

LAYERS = ["stack", "sim", "traces", "cli"]
# Where a layer's quoted and <tcpsim/...> includes are looked for, besides the file's own folder.
SEARCH = {
    "stack": ["stack/include", "stack"],
    "sim": ["stack/include", "stack", "sim", "."],
    "traces": ["stack/include", "stack", "sim", "traces", "."],
    "cli": ["stack/include", "stack", "sim", "traces", "cli", "."],
    "tests": ["stack/include", "stack", "sim", "traces", "tests", "."],
}
LIBC = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings time endian netinet/in netinet/tcp netinet/ip
arpa/inet sys/mman sys/queue sys/socket sys/types sys/uio sys/time sys/param poll sys/poll sys/select sys/epoll
sys/ioctl fcntl unistd net/if byteswap immintrin emmintrin""".split())


def resolve(root, layer, path, name):
    for folder in [path.parent] + [root / s for s in SEARCH[layer]]:
        if (folder / name).is_file():
            return (folder / name).resolve()
    return None


def layer_of(root, path):
    return path.relative_to(root).parts[0]


def check_file(root, path, wrong):
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
        targets.append(target)
        theirs = layer_of(root, target)
        if theirs in LAYERS and layer in LAYERS and LAYERS.index(theirs) > LAYERS.index(layer):
            wrong.append(f"{where}:{number}: {layer}/ may not include {theirs}/")
        if where.parts[:2] == ("stack", "include") and target.relative_to(root).parts[:2] != ("stack", "include") \
                and target.suffix == ".h":
            wrong.append(f"{where}:{number}: an installed header may include installed ones only")
    return targets


def find_cycle(graph):
    done, trail = set(), []

    def visit(node):
        if node in trail:
            return trail[trail.index(node):] + [node]
        if node in done:
            return None
        trail.append(node)
        for target in graph.get(node, []):
            cycle = visit(target)
            if cycle:
                return cycle
        trail.pop()
        done.add(node)
        return None

    for node in sorted(graph):
        cycle = visit(node)
        if cycle:
            return cycle
    return None


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    wrong, graph = [], {}
    for layer in SEARCH:
        for path in sorted((root / layer).rglob("*.[ch]")):
            targets = check_file(root, path, wrong)
            if path.suffix == ".h":
                graph[path.resolve()] = [t for t in targets if t.suffix == ".h"]
    cycle = find_cycle(graph)
    if cycle:
        wrong.append("headers include each other: " + " -> ".join(str(p.relative_to(root)) for p in cycle))
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
