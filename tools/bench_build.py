"""Builds benchmarks of tests/bench, for tests/bench/beside and tools/curves.py."""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build/bench"


def build(programs, folder=FOLDER):
    """{name: path of its executable} of programs, {name: target}, those that can be built on this machine."""
    folder = folder.resolve()
    if not (folder / "build.ninja").exists():
        # As ./tcpsim is built.
        release = subprocess.run(["sh", "-c", ". ./tools/setup.sh; echo $release_options"], cwd=ROOT, check=True,
                                 stdout=subprocess.PIPE, text=True).stdout.split()
        subprocess.run(["meson", "setup", folder, ROOT, "--buildtype=debugoptimized", *release], check=True,
                       stdout=sys.stderr)
    # The build file may be older than what it is made from.
    subprocess.run(["ninja", "-C", folder, "build.ninja"], check=True, stdout=sys.stderr)
    targets = json.loads(subprocess.run(["meson", "introspect", "--targets", folder], check=True,
                                        stdout=subprocess.PIPE).stdout)
    paths = {t["name"]: pathlib.Path(t["filename"][0]) for t in targets}
    found = {name: paths[target] for name, target in programs.items() if target in paths}
    subprocess.run(["ninja", "-C", folder] + [p.relative_to(folder) for p in found.values()], check=True,
                   stdout=sys.stderr)
    return found
