#!/bin/sh
# usage: cppcheck.sh ROOT: what cppcheck finds in the program's own layers and the compilers do not; nothing when all is well.
#
# Left out, as what it says of them is not so here: uninitvar (it does not follow lists whose head is filled elsewhere; gcc's
# -Wmaybe-uninitialized and the sanitizers do), and files that it cannot parse for their macros (syntaxError, internalAstError).
root=$1
cd "$root" || exit 2
found=$(cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr -D__linux__ -D__x86_64__ -D_POSIX_C_SOURCE=200809L \
	-I stack/include -I stack -I sim/include -I sim -I . --suppress=missingInclude --suppress=unknownMacro --suppress=uninitvar \
	--suppress=legacyUninitvar --suppress=normalCheckLevelMaxBranches --suppress=syntaxError --suppress=internalAstError --suppress=preprocessorErrorDirective \
	--template='{file}:{line}: {id}: {message}' stack sim traces cli 2>&1)
if [ -n "$found" ]; then
	echo "$found"
	exit 1
fi
