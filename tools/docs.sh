#!/bin/sh
# usage: docs.sh [--check]: makes the pages of docs/ that come from the code, or tells which are out of date.
root=$(cd "$(dirname "$0")/.." && pwd)
exec python3 "$root/tools/rfc_map.py" "$root" "$@"
