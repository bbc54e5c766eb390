#!/bin/sh
# usage: analyze.sh ROOT: what gcc -fanalyzer finds in the program's own layers; nothing when all is well.
#
# It follows each function's ways, calls within a file included: memory and files that are used after they were given up or
# given up twice, allocations that nobody checks. Without optimisation, where its ways are those of the source. Left out, as what it says of them is not so here: malloc-leak and fd-leak (what is stored in a
# structure that a caller owns counts as lost; LeakSanitizer knows better), use-of-uninitialized-value (it takes a word for unset
# when its bit-fields are set one by one; -Wmaybe-uninitialized and the sanitizers do better), null-dereference
# and null-argument (it does not know what a check in another function, or before the search of a table, has settled), and
# infinite-loop (g_error() ends in one on purpose).
root=$(cd "$1" && pwd)
cd "$root" || exit 2
. tools/setup.sh
CC=gcc
CFLAGS='-fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-fd-leak -Wno-analyzer-use-of-uninitialized-value'
CFLAGS="$CFLAGS -Wno-analyzer-null-dereference -Wno-analyzer-null-argument -Wno-analyzer-infinite-loop"
export CC CFLAGS
configure build/analyze -Dwerror=true -Dtests=false -Doptimization=0 && ninja -C build/analyze cli/tcpsim
