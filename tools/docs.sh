#!/bin/sh
# usage: docs.sh [--check]: makes the parts of README.md and docs/ that come from the code and the program, or tells
# which are out of date.
root=$(cd "$(dirname "$0")/.." && pwd)
status=0
"$root/tcpsim" --version >/dev/null || exit 2
# The page of a world's keys is the program's own.
keys_page()
{
	echo "# Keys of a world's file"
	echo
	echo "Made by \`tcpsim simulate --keys\`, from the table that the reader uses (\`sim/worldfile/keys.def\`)."
	echo
	"$root/tcpsim" simulate --keys
}

keys()
{
	page=$root/docs/worlds/keys.md
	if [ "$1" != --check ]; then
		keys_page >"$page"
	elif ! keys_page | cmp -s - "$page"; then
		echo "docs/worlds/keys.md is out of date: run tools/docs.sh"
		return 1
	fi
}

keys "$@" || status=1
python3 "$root/tools/rfc_map.py" "$root" "$@" || status=1
python3 "$root/tools/reference.py" "$root" "$@" || status=1
python3 "$root/tools/replay_keys.py" "$root" "$@" || status=1
python3 "$root/tools/check_references.py" "$root" || status=1
python3 "$root/tools/examples.py" "$root" "$@" || status=1
exit $status
