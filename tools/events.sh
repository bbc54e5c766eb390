#!/bin/sh
# usage: events.sh BUILD [SEEDS]: of each world of docs/worlds, and of SEEDS worlds of the soak (300), a line with the sum of all its
# events. What only makes the program faster leaves every line as it was:
#
#   tools/events.sh build/release >before; ...; tools/events.sh build/release | diff before -
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:?usage: events.sh BUILD [SEEDS]}
seeds=${2:-300}
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT

for world in "$root"/docs/worlds/*.world; do
	"$build/cli/tcpsim" simulate --json --events "$place/events" "$world" >/dev/null
	echo "$(basename "$world") $(md5sum <"$place/events")"
done
# By as many processes as there are cores; sorted, as they end in any order.
seq "$seeds" | xargs -P "$(nproc)" -I @ sh -c 'TCPSIM_SOAK_SEED=@ TCPSIM_SOAK_EVENTS="$1/@" "$2/tests/e2e-soak" >/dev/null 2>&1
	printf "soak %05d %s\n" @ "$(md5sum <"$1/@")" && rm -f "$1/@"' sh "$place" "$build" | sort
