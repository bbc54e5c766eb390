#!/bin/sh
# Makes linux-*.pcap on the running kernel: as root, unshare -n -m sh make.sh FOLDER
set -e
cd "$(dirname "$0")"
out=$1

# capture NAME INTERFACE ARGUMENTS...: what traffic.py does meanwhile.
capture()
{
	file=$out/linux-$1.pcap
	interface=$2
	shift 2
	tcpdump -q -U --immediate-mode -i "$interface" -w "$file" tcp or icmp 2>/dev/null &
	tcpdump=$!
	sleep 1
	python3 traffic.py "$@"
	sleep 0.5
	kill $tcpdump
	wait $tcpdump || true
}

ip link set lo up mtu 1500
ip addr add 192.0.2.1/32 dev lo
ip addr add 192.0.2.2/32 dev lo
sysctl -qw net.ipv4.tcp_syn_retries=5
for what in request refused abort overflow; do
	capture $what lo $what
done

# A router that has no way to 203.0.113.0/24, and on its link an address that nobody has.
unshare -n sleep 300 &
router=$!
sleep 0.3
ip link add left type veth peer name right netns $router
ip addr add 192.0.2.1/24 dev left
ip link set left up
nsenter -t $router -n sh -c 'ip addr add 192.0.2.254/24 dev right; ip link set right up
	sysctl -qw net.ipv4.ip_forward=1; ip route add unreachable 203.0.113.0/24'
ip route add 203.0.113.0/24 via 192.0.2.254
ip neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev left
capture unreachable left unanswered 203.0.113.5
capture unanswered left unanswered 192.0.2.77
kill $router

# wired NAME WHAT WIRE...: traffic.py WHAT at both ends of a wire.py; the capture is the client's.
wired()
{
	file=$out/linux-$1.pcap
	what=$2
	shift 2
	unshare -n sleep 60 &
	a=$!
	unshare -n sleep 60 &
	b=$!
	sleep 0.5
	python3 wire.py $a $b "$@" >"$out/wire.ready" &
	wire=$!
	while ! grep -q ready "$out/wire.ready"; do sleep 0.1; done
	nsenter -t $a -n tcpdump -q -U -s 96 --immediate-mode -i wire -w "$file" tcp or icmp 2>/dev/null &
	tcpdump=$!
	sleep 1
	moment=$(python3 -c 'import time; print(time.time() + 1.5)')
	nsenter -t $b -n python3 traffic.py "$what" server "$moment" &
	server=$!
	nsenter -t $a -n python3 traffic.py "$what" client "$moment"
	wait $server
	sleep 0.5
	kill $tcpdump $wire $a $b
	wait $tcpdump || true
	rm "$out/wire.ready"
}

wired loss loss delay=10 loss=0.03 seed=4
wired zero-window zero_window delay=5
wired simultaneous-open simultaneous_open delay=100
wired simultaneous-close simultaneous_close delay=50
wired keepalive keepalive delay=5
