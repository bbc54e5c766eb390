#!/bin/sh
# usage: check_headers.sh ROOT: every header compiles by itself, with no more include paths than its folder is given.
# stack/ gets no library's path: what needs GLib does not compile there.
root=$1
status=0
stack="-I$root/stack/include -I$root/stack"
sim="$stack -I$root -I$root/sim -I$root/sim/include $(pkg-config --cflags glib-2.0 json-glib-1.0)"
traces="$sim -I$root/traces $(pkg-config --cflags libpcap zlib libzstd)"
cli="$traces -I$root/cli"
tests="$traces -I$root/tests"

compile()
{
	# shellcheck disable=SC2086
	printf '#include "%s"\n#include "%s"\n' "$2" "$2" |
		gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -Werror -fsyntax-only -x c $1 -
}

for folder in stack sim traces cli tests; do
	eval flags=\$$folder
	# Headers that are tables, included many times with a macro, end in .def and are not meant.
	for header in $(find "$root/$folder" -name '*.h' | sort); do
		compile "$flags" "$header" || {
			echo "$header does not compile by itself"
			status=1
		}
	done
done
exit $status
