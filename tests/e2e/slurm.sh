#!/bin/sh
# usage: slurm.sh TCPSIM WORLD: a grid as an array of 8 tasks on a Slurm of its own on this machine (munged, slurmctld, slurmd, from a
# folder that is removed afterwards). One task is stopped in the middle of its part, killed and requeued; then no run is lost, none
# is there twice, and all are the same bytes as those of the whole grid in one process. 77: no Slurm here, or not root.
tcpsim=$(readlink -f "$1")
world=$(readlink -f "$2")
[ "$(id -u)" = 0 ] || { echo "needs root, to be a cluster" && exit 77; }
for program in munged slurmctld slurmd sbatch scontrol squeue python3; do
	PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "$program is not installed (Debian: slurm-wlm)" && exit 77; }
done
PATH=$PATH:/usr/sbin
place=$(mktemp -d) || exit 1
cd "$place" || exit 1

# Daemons are ended by their pid files, whatever happened.
stop()
{
	for daemon in slurmd slurmctld munged; do
		[ -s "$place/$daemon.pid" ] && kill "$(cat "$place/$daemon.pid")" 2>/dev/null
	done
	sleep 1
	rm -rf "$place"
}
trap stop EXIT
trap 'exit 1' INT TERM

fail()
{
	echo "$*" >&2
	tail -n 5 "$place"/*.log "$place"/task.* >&2
	exit 1
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for()
{
	left=$(($1 * 5))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.2
	done
}

# --- the cluster ---

ports=$(python3 -c 'import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(x.getsockname()[1] for x in s))')
host=$(hostname -s)
mkdir spool state
head -c 128 /dev/urandom >munge.key
chmod 400 munge.key
cat >slurm.conf <<END
ClusterName=tcpsim
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$place/munge.socket
SlurmctldPort=${ports% *}
SlurmdPort=${ports#* }
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdLogFile=$place/slurmd.log
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobRequeue=1
KillWait=2
ReturnToService=2
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=2
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
SLURM_CONF=$place/slurm.conf
export SLURM_CONF
munged --force --socket="$place/munge.socket" --key-file="$place/munge.key" --pid-file="$place/munged.pid" \
	--log-file="$place/munged.log" --seed-file="$place/munge.seed" || fail "munged does not start"
slurmctld -i || fail "slurmctld does not start"
slurmd || fail "slurmd does not start"
wait_for 60 sh -c 'sinfo -h -t idle -o %n | grep -q .' || fail "the node does not come up"

# --- the grid ---

set -- simulate --json --jobs 1 --sweep 'there.loss=0.5 %,1 %,2 %' --seeds 1600 "$world"
# The task that is to be killed stands still as soon as a part of its runs is in its file.
cat >task.sh <<'END'
#!/bin/sh
tcpsim=$1
shift
db=part-$SLURM_ARRAY_TASK_ID.db
if [ "$SLURM_ARRAY_TASK_ID" != 5 ]; then
	exec "$tcpsim" "$@" --db "$db"
fi
runs()
{
	"$tcpsim" table --json --by command "$db" 2>/dev/null | sed 's/.*"runs":\([0-9]*\).*/\1/'
}
if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then
	runs >had
	exec "$tcpsim" "$@" --db "$db"
fi
"$tcpsim" "$@" --db "$db" &
while kill -0 $! && [ -z "$(runs)" ]; do
	sleep 0.02
done
kill -STOP $!
touch stopped
wait
END
chmod +x task.sh
job=$(sbatch --parsable --requeue --open-mode=append --array=1-8 --output="$place/task.%a" --chdir="$place" task.sh "$tcpsim" "$@") ||
	fail "the array is not taken"
wait_for 300 test -e stopped || fail "task 5 does not get to a part of its runs"
# In the middle: the process is there, and will write no more.
scontrol requeue "${job}_5" || fail "task 5 is not requeued"
# Slurm lets a requeued task wait for two minutes, unless told otherwise.
wait_for 60 sh -c "squeue -h -j ${job}_5 -t PD | grep -q ." || fail "task 5 does not come back"
scontrol update "JobId=${job}_5" StartTime=now
wait_for 600 sh -c "[ -z \"\$(squeue -h -j $job 2>/dev/null)\" ]" || fail "the array does not end"

# --- nothing lost, nothing twice, the same bytes ---

all=4800
had=$(cat had 2>/dev/null)
if [ -z "$had" ] || [ "$had" -lt 1 ] || [ "$had" -ge $((all / 8)) ]; then
	fail "task 5 was to go on in the middle of $((all / 8)) runs, and had '$had'"
fi
"$tcpsim" merge -o all.db part-?.db >merged || fail "the parts cannot be merged"
[ "$(grep -c "^part-.*: 600 runs, 600 of them new" merged)" = 8 ] || fail "not 8 parts of 600 runs: $(cat merged)"
"$tcpsim" "$@" >whole || fail "the whole grid fails"
"$tcpsim" "$@" --db all.db | cmp - whole || fail "the parts say something else than the whole"
echo "an array of 8, task 5 killed after $had of its 600 runs and requeued: $all runs, the same bytes"
"$tcpsim" table --of retransmitted,timeouts all.db
