#!/bin/sh
# usage: parallel.sh TCPSIM WORLD: a grid in 8 shards by GNU parallel, as docs/scale.md has it. Shard 5 dies in the middle the first
# time; --resume-failed runs it alone, and it goes on where it was. 77: GNU parallel is not installed.
tcpsim=$(readlink -f "$1")
world=$(readlink -f "$2")
parallel --version 2>/dev/null | grep -q '^GNU parallel' || { echo "GNU parallel is not installed" && exit 77; }
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
export HOME="$place" # where it keeps what it knows of the machine

fail()
{
	echo "$*" >&2
	exit 1
}

set -- simulate --json --jobs 1 --sweep 'there.loss=1 %,2 %' --seeds 40 "$world"
# The reader of shard 5 goes away after two lines, and with it the writer.
cat >shard.sh <<'END'
#!/bin/sh
tcpsim=$1
shard=$2
shift 2
if [ "$shard" = 5 ] && [ ! -e died ]; then
	touch died
	"$tcpsim" "$@" --shard "$shard/8" --db "part-$shard.db" | head -n 2
	exit 1
fi
"$tcpsim" "$@" --shard "$shard/8" --db "part-$shard.db" >"out-$shard"
END
chmod +x shard.sh
once()
{
	parallel --will-cite -j 2 --joblog log "$@" :::: shards
}

seq 8 >shards
# shellcheck disable=SC2016
command=$(printf '%s ' ./shard.sh "$tcpsim" '{}')$(printf "'%s' " "$@")
once "$command" >/dev/null && fail "shard 5 was to fail"
[ "$(grep -c . log)" = 9 ] || fail "parallel did not try all 8"
[ -e out-5 ] && fail "shard 5 ended by itself"
rm out-1
once --resume-failed "$command" || fail "it does not go on"
[ -e out-1 ] && fail "shard 1 was run again"
"$tcpsim" merge -o all.db part-?.db >/dev/null || fail "the parts cannot be merged"
"$tcpsim" "$@" >whole || fail "the whole grid fails"
"$tcpsim" "$@" --db all.db | cmp - whole || fail "the parts say something else than the whole"
