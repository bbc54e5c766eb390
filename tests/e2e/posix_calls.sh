#!/bin/sh
# usage: posix_calls.sh SOURCE: every name that <tcpsim/posix.h> refuses does not compile, each with its own sentence, in C and
# C++, under each compiler that is here; every name that it provides is the world's and no more the machine's; docs/posix.md
# has all of them, and no other.
source=$1
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
flags="-I$source/sim/include -I$source/stack/include"
bad=0

complain()
{
	echo "$*" >&2
	bad=1
}

# Names that the header defines for the prefix, with () behind those that are macros with arguments.
names()
{
	sed -n "s/^#define \([A-Za-z_0-9]*\)\((\([^)]*\))\)\{0,1\}[ \t].*tcpsim_$1.*/\1\2/p" "$2" | sed 's/(.*)/()/'
}

names no_ "$source/sim/include/tcpsim/posix_refused.h" >"$place/refused"
names posix_ "$source/sim/include/tcpsim/posix.h" | sed 's/()//' >"$place/provided"
[ "$(wc -l <"$place/refused")" -gt 150 ] && [ "$(wc -l <"$place/provided")" -gt 90 ] || complain "the names cannot be read from the headers"

# A line a name: what is refused is refused wherever it stands, its address too.
refused_program()
{
	echo '#include <tcpsim/posix.h>'
	echo 'int main(void) {'
	while read -r name; do
		case $name in
		clone) [ "$1" = c++ ] || echo '(void)&clone;' ;; # a member's name in C++
		flock'()') echo '(void)flock(0, 0);' ;;
		sigaltstack'()') echo '(void)sigaltstack(0, 0);' ;;
		*'()') echo "(void)$name;" ;;
		*) echo "(void)&$name;" ;;
		esac
	done <"$place/refused"
	echo 'return 0; }'
}

check_refused()
{
	language=$1
	shift
	refused_program "$language" >"$place/refused.$language"
	"$@" -O2 -x "$language" -fsyntax-only $flags "$place/refused.$language" 2>"$place/errors" && complain "compiles: $*"
	while read -r name; do
		name=${name%'()'}
		[ "$language $name" = "c++ clone" ] && continue
		grep -q " error: .*unavailable: $name: .* .* .* " "$place/errors" ||
			complain "$*: $name is not refused with a sentence"
	done <"$place/refused"
}

for compiler in gcc clang; do
	command -v $compiler >/dev/null || continue
	limit=-fmax-errors=0
	[ $compiler = clang ] && limit=-ferror-limit=0
	check_refused c $compiler $limit -std=gnu17
	check_refused c $compiler $limit -std=c11 -D_POSIX_C_SOURCE=200809L
	echo 'int main() {}' | $compiler -x c++ -fsyntax-only - 2>/dev/null && check_refused c++ $compiler $limit -std=c++17
done

# What is provided: no name of the machine's is left in what was compiled.
{
	printf '%s\n' '#include <err.h>' '#include <error.h>' '#include <tcpsim/posix.h>' 'void *all[500];' 'void fill(void);' 'void fill(void) { int i = 0;'
	while read -r name; do
		case $name in
		time) echo 'all[i++] = (void *)(long)time(0);' ;;
		clock) echo 'all[i++] = (void *)(long)clock();' ;;
		wait) echo 'all[i++] = (void *)(long)wait(0);' ;;
		signal) echo 'all[i++] = (void *)(long)signal(1, 0);' ;;
		sigaction) echo 'all[i++] = (void *)(long)sigaction(1, 0, 0);' ;;
		err | errx) echo "if (i > 400) $name(1, \"%d\", 1);" ;;
		error) echo 'error(1, 2, "%d", 1);' ;;
		verr | verrx) ;;
		*) echo "all[i++] = (void *)$name;" ;;
		esac
	done <"$place/provided"
	echo '}'
} >"$place/provided.c"
for compiler in gcc clang; do
	command -v $compiler >/dev/null || continue
	$compiler -O2 -D_FORTIFY_SOURCE=2 -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror $flags -c -o "$place/provided.o" "$place/provided.c" ||
		complain "$compiler: what is provided does not compile"
	nm -u "$place/provided.o" | grep -v ' tcpsim_posix_' | grep -v '_GLOBAL_OFFSET_TABLE_' && complain "$compiler: the names above are the machine's"
done

# For a kernel host nothing is renamed and nothing refused, and the function has a name of its own.
printf '%s\n' '#include <tcpsim/posix.h>' 'int TCPSIM_PROGRAM(f)(int argc, char **argv);' 'int TCPSIM_PROGRAM(f)(int argc, char **argv) {' \
	'struct tcp_info info; socklen_t len = sizeof(info); int fds[2], fd = socket(argc, 0, 0); if (pipe(fds) || fork() == 0) exit(close(fd));' \
	'return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) + **argv; }' >"$place/f.c"
for compiler in gcc clang; do
	command -v $compiler >/dev/null || continue
	$compiler -O2 -DTCPSIM_ON_KERNEL -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror $flags -c -o "$place/f.o" "$place/f.c" ||
		complain "$compiler: a program for a kernel host does not compile"
	nm "$place/f.o" | grep -q ' T f_on_kernel$' && ! nm "$place/f.o" | grep tcpsim_ || complain "$compiler: a program for a kernel host has the world's names"
done

# The page.
page=$source/docs/posix.md
for name in $(sed 's/()//' "$place/refused" "$place/provided"); do
	grep -q "\`$name\`" "$page" || complain "docs/posix.md says nothing of $name"
done
# And the other way round: what the page says is refused, or provided, is.
told()
{
	sed -n "/^## $1/,/^## /p" "$page" | grep '^|' | cut -d'|' -f3 | grep -o '`[a-zA-Z_0-9]*`' | tr -d '`' | sort -u >"$place/told"
	sed 's/()//' "$2" | sort -u | comm -13 - "$place/told" >"$place/untrue"
	[ ! -s "$place/untrue" ] || complain "docs/posix.md, $1: not in the header:" $(cat "$place/untrue")
	[ -s "$place/told" ] || complain "docs/posix.md, $1: no names"
}

told 'What does not compile' "$place/refused"
told 'What is provided' "$place/provided"
exit $bad
