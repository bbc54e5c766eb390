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

for header in "$place/root$prefix"/include/tcpsim/*.h; do
	echo "#include <tcpsim/$(basename "$header")>" |
		cc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -x c -I"$place/root$prefix/include" - ||
		fail "$(basename "$header") does not stand alone"
done
nm -D --defined-only "$LD_LIBRARY_PATH/libtcpsim.so" | awk '{print $3}' | sed 's/@.*//' |
	grep -Ev '^(tcpsim_|tcp_profile|tcp_rule_|tcp_state_name|tcp_timer_name|peer_|expect_|TCPSIM_0)' &&
	fail "names above are exported and should not be"
exit 0
