#!/bin/sh
# usage: library.sh BUILD SOURCE: installs the library into a folder of its own, builds docs/examples against it outside the
# tree, and runs the same source on the kernel and in a world, against what docs/examples/*.txt shows. Then the installed
# headers, each by itself, and the names that the library exports. 77: something to build with is missing.
build=$1
source=$2
command -v pkg-config >/dev/null && command -v make >/dev/null && command -v meson >/dev/null || exit 77
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT

fail()
{
	echo "$*" >&2
	exit 1
}

DESTDIR=$place/root meson install -C "$build" --no-rebuild --quiet || fail "the library cannot be installed"
pc=$(find "$place/root" -name tcpsim.pc)
prefix=$(sed -n 's/^prefix=//p' "$pc")
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$place/root
LD_LIBRARY_PATH=$(dirname "$(find "$place/root" -name libtcpsim.so)")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH

cp -r "$source/docs/examples" "$place/examples"
make -s -C "$place/examples" CFLAGS='-O2 -Wall -Wextra -Werror' || fail "the examples do not build"
# One at a time: the kernel's port 7007 is the same for whoever else runs this now.
for example in on_kernel in_world; do
	(cd "$place/examples" && flock "${TMPDIR:-/tmp}/tcpsim-examples.lock" timeout 60 "./$example" | sort) >"$place/$example" || fail "$example fails"
	sort "$source/docs/examples/$example.txt" | cmp - "$place/$example" || {
		cat "$place/$example"
		fail "$example says something else"
	}
done
# Beside the kernel, where one can be had; where not, it says what is missing.
(cd "$place/examples" && timeout 60 ./beside_kernel 2>"$place/refused") >"$place/beside"
case $? in
0) sort "$place/beside" | diff "$source/docs/examples/beside_kernel.txt" - || fail "the example beside the kernel says something else" ;;
2) grep -q '; .*' "$place/refused" || fail "the example beside the kernel does not say what to do" ;;
*) fail "the example beside the kernel fails: $(cat "$place/refused")" ;;
esac
(cd "$place/examples" && timeout 60 ./testkit) | diff "$source/docs/examples/testkit.txt" - || fail "the testkit's example says something else"

include=$place/root$prefix/include
alone()
{
	name=$1
	shift
	echo "#include <tcpsim/$name>" | "$@" -Wall -Wextra -Werror -fsyntax-only -I"$include" - ||
		fail "$name does not stand alone: $*"
}
for header in "$include"/tcpsim/*.h; do
	alone "$(basename "$header")" cc -std=gnu17 -D_GNU_SOURCE -x c
	alone "$(basename "$header")" cc -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -x c
	! command -v c++ >/dev/null || alone "$(basename "$header")" c++ -std=c++17 -x c++
done

# Beside the system's own headers of TCP, which exclude each other, and beside one another, whichever comes first; posix.h is
# <netinet/tcp.h> with its calls renamed, and goes with no header of a host.
beside()
{
	printf '#include <%s>\n' "$@" | cc -std=gnu17 -D_GNU_SOURCE -x c -Wall -Wextra -Werror -fsyntax-only -I"$include" - ||
		fail "these headers do not go together: $*"
}
mine=$(cd "$include" && ls tcpsim/*.h | grep -Ev 'posix|old_names')
for theirs in netinet/tcp.h linux/tcp.h; do
	for header in $mine tcpsim/posix.h; do
		[ "$header $theirs" = "tcpsim/posix.h linux/tcp.h" ] && continue
		beside "$theirs" "$header"
		beside "$header" "$theirs"
	done
done
# shellcheck disable=SC2086
beside netinet/tcp.h $mine tcpsim/posix.h
# What they declare is named tcpsim_ or TCPSIM_, but for the system's numbers of options and the short names that are asked for.
declared=$(for header in $mine; do sed 's://.*::; s:/\*.*\*/::' "$include/$header"; done |
	grep -oE '^(#define|struct|enum|union) [A-Za-z_]\w*|^\s+[A-Z][A-Z0-9_]+( = .*)?,$' |
	grep -vE '(^|\s)(TCPSIM_|tcpsim_)|^#define (TCP_[A-Z0-9_]+|SO_[A-Z_]+|(peer|expect)_[a-z_]+)$')
[ -z "$declared" ] || fail "names that could be anybody's: $declared"

# A test of ten lines, in C and in C++, with the shared library and with the archive.
cat >"$place/ten.c" <<'END'
#include <netinet/tcp.h> /* the names stand beside the system's */
#include <tcpsim/testkit.h>

int main()
{
	struct tcpsim_peer *p = peer_in(TCPSIM_FIN_WAIT_1, &tcpsim_profile_rfc9293);

	peer_sends(p, "F. 1:1(0) ack 2 win 8760");
	expect_sent(p, ". 2:2(0) ack 2");
	expect_path(p, "FIN_WAIT_1 -close/fin-acked-> FIN_WAIT_2 -close/fin-arrived-> TIME_WAIT");
	expect_timer(p, TCPSIM_TIMER_2MSL, 2 * tcpsim_profile_rfc9293.msl);
	peer_free(p);
}
END
# A program of before the names began with tcpsim_.
cat >"$place/old.c" <<'END'
#include <tcpsim/testkit.h>
#include <netinet/tcp.h>

int main()
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, tcpsim_profile_find("linux"));

	expect_state(p, TCPSIM_ESTABLISHED);
	peer_free(p);
	return TCPSIM_RULE_RST_NO_LISTENER == tcpsim_rule_by_name("rst/no-listener") ? 0 : 1;
}
END
flags=$(pkg-config --cflags tcpsim)
libs=$(pkg-config --libs tcpsim)
archive="$(find "$place/root" -name libtcpsim.a) $(PKG_CONFIG_SYSROOT_DIR='' pkg-config --libs glib-2.0) -lm"
# shellcheck disable=SC2086
{
	cc -o "$place/ten" "$place/ten.c" $flags $libs && "$place/ten" || fail "ten lines of C"
	cc -o "$place/old" "$place/old.c" $flags $libs && "$place/old" || fail "a program with the old names"
	cc -o "$place/ten" "$place/ten.c" $flags $archive && "$place/ten" || fail "ten lines of C, with the archive"
	! command -v c++ >/dev/null || { c++ -x c++ -o "$place/ten" "$place/ten.c" $flags $libs && "$place/ten"; } || fail "ten lines of C++"
	# Without a shared library at all, from what pkg-config alone says; where the C library and GLib have archives.
	if echo 'int main(void) { return 0; }' | cc -static -x c -o "$place/static" - -lglib-2.0 -lpcre2-8 2>/dev/null; then
		cc -static -o "$place/ten" "$place/ten.c" $flags $(pkg-config --static --libs tcpsim) && "$place/ten" ||
			fail "ten lines of C, all of it static"
	fi
}
# Asked for is what the library uses, and no more: who builds against it need not have the rest.
[ "$(pkg-config --print-requires tcpsim)$(pkg-config --print-requires-private tcpsim)" = glib-2.0 ] ||
	fail "tcpsim.pc asks for: $(pkg-config --print-requires-private tcpsim)"
readelf -d "$LD_LIBRARY_PATH/libtcpsim.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
	grep -Ev '^(libglib-2\.0|libm|libc|ld-linux.*)\.so' && fail "libtcpsim.so needs the libraries above"
{
	nm -D --defined-only "$LD_LIBRARY_PATH/libtcpsim.so"
	nm -g --defined-only "$(find "$place/root" -name libtcpsim.a)"
} | awk 'NF == 3 {print $3}' | sed 's/@.*//' | grep -Ev '^(tcpsim_|TCPSIM_0)' && fail "names above are exported and should not be"
exit 0
