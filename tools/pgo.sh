#!/bin/sh
# usage: pgo.sh: builds the program in build/pgo by what it does when it works (gcc's profile-guided optimisation): a
# build that counts, a little of everything with it, and the build proper. For grids of worlds that run for hours; it
# takes three minutes. The program is build/pgo/cli/tcpsim, the benchmark build/pgo/tests/bench/bench-world.
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 2
. tools/setup.sh
folder=build/pgo
log=build/pgo.log

# What is optimised is what happens here.
work()
{
	REQUESTS=20000 $folder/tests/bench/bench-world bulk loss flows connect connect10k &&
		$folder/cli/tcpsim replay --summary traces/samples/*.pcap &&
		for profile in bsd44 linux freebsd; do
			$folder/cli/tcpsim run --profile $profile tests/scripts/$profile || return 1
		done
	# replay's and run's "no" is an answer, too
	[ $? -le 1 ]
}

build()
{
	rm -rf $folder
	# shellcheck disable=SC2086
	configure $folder --buildtype=debugoptimized $release_options -Db_pgo=generate &&
		ninja -C $folder tests/bench/bench-world cli/tcpsim && work &&
		meson configure $folder -Db_pgo=use && ninja -C $folder tests/bench/bench-world cli/tcpsim
}

install_packages build check || exit 2
mkdir -p build
complain "building twice; its words go to $log"
if ! build >$log 2>&1; then
	tail -n 20 $log >&2
	complain "it did not work out; all of its words stand in $log"
	exit 1
fi
echo "$folder/cli/tcpsim"
