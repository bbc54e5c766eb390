#!/bin/sh
# usage: archive.sh CC OUT ARCHIVE...: one archive of them all that exports the names of tcpsim.map's kind and no other
# (tcpsim_*), so that a program may call its own functions what it likes. Link-time code, if any, becomes machine code.
set -eu
cc=$1
out=$2
shift 2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# gcc's own flag; clang's objects are no link-time code in any build that is installed.
machine=
if echo | $cc -flinker-output=nolto-rel -E - >/dev/null 2>&1; then
	machine=-flinker-output=nolto-rel
fi
# shellcheck disable=SC2086 # CC may be "ccache cc"
$cc -nostdlib -r $machine -o "$place/tcpsim.o" -Wl,--whole-archive "$@" -Wl,--no-whole-archive
objcopy --wildcard --keep-global-symbol='tcpsim_*' "$place/tcpsim.o"
rm -f "$out"
ar rcs "$out" "$place/tcpsim.o"
