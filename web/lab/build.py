#!/usr/bin/env python3
"""usage: build.py SOURCE FOLDER [PAGE DEPFILE]: the stack, sim/world and what they need as WebAssembly, by emscripten.

Writes FOLDER/lab.js and FOLDER/lab.wasm, and with page.py the PAGE that has them. Objects are kept in FOLDER/objects and made
again when a file that they were made of has changed. DEPFILE gets the names of all files that went in, for ninja."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCES = [
    "stack/**/*.c", "sim/base/*.c", "sim/process/*.c", "sim/world/*.c", "sim/worldfile/*.c", "sim/timeline/*.c",
    "sim/script/language/icmp.c", "sim/script/language/symbols.c", "traces/page/page.c", "traces/page/view.c",
    "traces/page/world.c",
    "traces/report/timeline_entries.c", "traces/report/timeline_ladder.c", "traces/report/timeline_summary.c",
    "traces/report/timeline_words.c", "traces/observer/certainty.c",
    "web/lab/*.c", "web/lab/glib/*.c",
]
# What needs a machine: its stack switch (web/lab/context_fiber.c has another), files, terminals; checksums of GLib's; threads.
LEFT_OUT = {"sim/process/context.c", "sim/base/beneath.c", "sim/base/terminal.c", "sim/base/md5.c", "sim/worldfile/digest.c",
            "sim/world/threads.c"}
# The machine's own headers that emscripten has none of: Linux's interface, and the BSDs' lists.
BORROWED = ["linux", "asm-generic", "asm", "sys/queue.h"]
COMPILE = [
    "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Werror=implicit-function-declaration", "-Werror=incompatible-function-pointer-types", "-Wno-unused-parameter",
    # time_t has 32 bits: what no time can be, is no time here either.
    "-Wno-tautological-constant-out-of-range-compare",
]
# Programs wait by leaving their stack (Asyncify). Which functions can be on it follows from who calls whom; these call by a
# pointer what may wait. So that they stay functions, clang inlines nothing of sim/process; one that is called in a single
# place wasm-opt inlines all the same, and then its caller stands for it. The world gives programs their turn by
# such a pointer, too (struct world_programs): here are those who do that, or whom they were inlined in.
BY_POINTER = [["run"], ["run_row", "program_calls"], ["run_job"], ["accept_loop"], ["dynCall_vi"],
              ["world_run_ready", "world_begin", "lab_begin"], ["world_step", "lab_go"]]
LINK = [
    "-O2", "-sASSERTIONS=1", "-sASYNCIFY=1", "-sASYNCIFY_IGNORE_INDIRECT=1", "-sMODULARIZE=1", "-sEXPORT_NAME=createLab",
    "-sENVIRONMENT=web,node", "-sFILESYSTEM=0", "-sALLOW_MEMORY_GROWTH=1", "-sDYNAMIC_EXECUTION=0", "-sMALLOC=emmalloc",
    "-sEXPORTED_RUNTIME_METHODS=ccall,UTF8ToString", "-sEXPORTED_FUNCTIONS=_malloc,_free",
    "-sASYNCIFY_ADD=[" + ",".join(f'"{name}"' for names in BY_POINTER for name in names) + "]",
]


def emcc(arguments, **options):
    environment = dict(os.environ)
    # Debian keeps emscripten's JavaScript where only Debian's own node looks.
    environment.setdefault("NODE_PATH", "/usr/share/nodejs")
    return subprocess.run(["emcc", *arguments], env=environment, capture_output=True, text=True, **options)


def borrow(folder):
    """Links to the borrowed headers, so that no other of the machine's is found."""
    ways = subprocess.run(["cc", "-E", "-v", "-x", "c", "/dev/null"], capture_output=True, text=True).stderr
    places = [pathlib.Path(line.strip()) for line in ways.splitlines() if line.startswith(" /")]
    for name in BORROWED:
        found = next((place / name for place in places if (place / name).exists()), None)
        if not found:
            sys.exit(f"build.py: <{name}> is nowhere; it is in Debian's linux-libc-dev and libc6-dev")
        link = folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(found.resolve())


def sources(root):
    found = {path for pattern in SOURCES for path in root.glob(pattern)}
    return sorted(path for path in found if str(path.relative_to(root)) not in LEFT_OUT)


def made_of(depfile):
    text = depfile.read_text().replace("\\\n", " ").split(":", 1)[1] if depfile.exists() else ""
    return [pathlib.Path(name) for name in text.split()]


def is_fresh(out, depfile):
    parts = made_of(depfile)
    if not out.exists() or not parts:
        return False
    time = out.stat().st_mtime
    return all(part.exists() and part.stat().st_mtime <= time for part in parts)


def compile_one(root, folder, path):
    out = folder / "objects" / (str(path.relative_to(root)).replace("/", "_") + ".o")
    depfile = out.with_suffix(".d")
    if is_fresh(out, depfile):
        return out, ""
    include = [root / "web/lab/include", root / "web/lab/glib", root / "stack/include", root / "stack", root / "sim/include",
               root / "sim", root, root / "traces"]
    flags = COMPILE + [f"-I{place}" for place in include] + ["-idirafter", str(folder / "include")]
    if path.parent == root / "sim/process":
        flags.append("-fno-inline")
    made = emcc([*flags, "-MD", "-MF", str(depfile), "-c", str(path), "-o", str(out)])
    if made.returncode:
        sys.exit(f"build.py: {path.relative_to(root)}:\n{made.stderr}")
    return out, made.stderr


def objects(folder):
    """The folder of objects, emptied when they would be made otherwise now."""
    place, how = folder / "objects", folder / "objects/how"
    place.mkdir(parents=True, exist_ok=True)
    version = emcc(["--version"]).stdout.split("\n")[0]
    if not how.exists() or how.read_text() != f"{version} {COMPILE}":
        for old in place.iterdir():
            old.unlink()
        how.write_text(f"{version} {COMPILE}")


def main():
    root, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    if not shutil.which("emcc"):
        sys.exit("build.py: emscripten is not installed (Debian: apt-get install emscripten)")
    objects(folder)
    borrow(folder / "include")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = list(pool.map(lambda path: compile_one(root, folder, path), sources(root)))
    for _, words in done:
        sys.stderr.write(words)
    made = emcc([*LINK, *(str(out) for out, _ in done), "-o", str(folder / "lab.js")])
    # Where all of them are missing there is a function that waits and cannot.
    missing = set(re.findall(r"non-existing function name: (\w+)", made.stderr))
    if made.returncode or any(missing.issuperset(names) for names in BY_POINTER):
        sys.exit(f"build.py: the lab does not link:\n{made.stderr}")
    if len(sys.argv) > 3:
        write_page(root, folder, {str(part) for out, _ in done for part in made_of(out.with_suffix(".d"))})


def write_page(root, folder, parts):
    page, depfile = sys.argv[3:5]
    subprocess.run([sys.executable, root / "web/lab/page.py", root, folder, page], check=True)
    for pattern in ("web/*", "web/lab/*", "docs/worlds/*.world"):
        parts.update(str(path) for path in root.glob(pattern) if path.is_file())
    pathlib.Path(depfile).write_text(f"{page}: {' '.join(sorted(parts))}\n")


main()
