# Shared by ./tcpsim and ./check: what the machine needs, and a build folder in a given shape.
# POSIX sh, sourced; `root` is the checkout. All talk goes to standard error.

# How the program that people run is built. Optimisation across files is worth a quarter of the time that a segment takes:
# its way leads through many short functions of many files.
release_options="-Db_ndebug=true -Doptimization=3 -Db_lto=true"

complain()
{
	echo "tcpsim: $*" >&2
}

# Packages of packages.txt for the given levels that are not installed.
missing_packages()
{
	for level; do
		sed -n "s/^$level //p" "$root/packages.txt"
	done | while read -r package; do
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
	done | tr '\n' ' '
}

# install_packages LEVEL...: installs what is missing, or says what to type.
install_packages()
{
	if ! command -v dpkg-query >/dev/null 2>&1; then
		return 0 # not Debian: the configuration will name what it lacks
	fi
	missing=$(missing_packages "$@")
	if [ -z "$missing" ]; then
		return 0
	fi
	as_root=
	if [ "$(id -u)" != 0 ]; then
		if ! sudo -n true 2>/dev/null; then
			complain "packages are missing and this user may not install them; type: sudo apt-get install $missing"
			return 1
		fi
		as_root='sudo -n'
	fi
	complain "installing $missing"
	log=$(mktemp)
	apt_get="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600"
	# The lists of a fresh machine are empty or old: they are fetched only when the packages are not found.
	# shellcheck disable=SC2086
	if $apt_get install --no-install-recommends $missing >"$log" 2>&1 </dev/null || {
		$apt_get update && $apt_get install --no-install-recommends $missing
	} >>"$log" 2>&1 </dev/null; then
		rm -f "$log"
		return 0
	fi
	cat "$log" >&2
	rm -f "$log"
	complain "the packages could not be installed; the package manager's words stand above; type: apt-get install $missing"
	return 1
}

# configure FOLDER OPTIONS...: a meson folder with just these options; made again when they change or the checkout moved.
configure()
{
	folder=$1
	shift
	shape="$root $CC $CFLAGS $*"
	if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/shape" 2>/dev/null)" = "$shape" ]; then
		return 0
	fi
	rm -rf "$folder"
	meson setup "$folder" "$root" "$@" && echo "$shape" >"$folder/shape"
}
