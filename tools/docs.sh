#!/bin/sh
# usage: docs.sh [--check]: makes the parts of README.md and docs/ that come from the code and the program, or tells
# which are out of date.
root=$(cd "$(dirname "$0")/.." && pwd)
status=0
"$root/tcpsim" --version >/dev/null || exit 2
python3 "$root/tools/rfc_map.py" "$root" "$@" || status=1
python3 "$root/tools/reference.py" "$root" "$@" || status=1
python3 "$root/tools/check_references.py" "$root" || status=1
python3 "$root/tools/examples.py" "$root" "$@" || status=1
exit $status
