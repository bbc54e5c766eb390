#!/bin/sh
# usage: programs.sh TCPSIM [WORD]: everyday programs, unmodified, under `tcpsim exec`, a kernel's at the other side: over IPv4
# and IPv6, the model once the client and once the server, and over a line that loses. What goes over is compared, and each
# run's capture replayed (captured.py). A line a run; exit 1 if one failed. A program that is not installed is skipped. With a
# WORD only the runs that have it in their line.
tcpsim=$(readlink -f "$1")
word=$2
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d /tmp/tcpsim-programs-XXXXXX) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
chmod 755 .
failed=0

# --- what they serve and run ---

head -c 100000000 /dev/urandom >big
head -c 2000000 big >small
cat >nginx.conf <<END
daemon off;
worker_processes 2;
pid $folder/nginx.pid;
error_log $folder/nginx.log;
events { worker_connections 512; }
http {
	access_log off;
	sendfile on;
	client_body_temp_path $folder/body;
	proxy_temp_path $folder/proxy;
	fastcgi_temp_path $folder/fastcgi;
	uwsgi_temp_path $folder/uwsgi;
	scgi_temp_path $folder/scgi;
	server { listen 8080; listen [::]:8080; root $folder; }
}
END
cat >lossy.world <<END
[host program]
[host peer]
system = kernel
[link program peer]
ip = both
delay = 20 ms
loss = 1 %
END
cat >forking.c <<'END'
/* A server that forks, or with an address a client that closes its half first. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int talk(int s)
{
	char b[100];
	int n, t = 0;

	if (write(s, "hello", 5) != 5 || shutdown(s, SHUT_WR) != 0)
		return 1;
	while ((n = read(s, b + t, sizeof(b) - t)) > 0)
		t += n;
	return !(t == 5 && memcmp(b, "hello", 5) == 0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(9000)};
	int s = socket(AF_INET6, SOCK_STREAM, 0), d, n;
	char b[1000];

	if (argc > 1) { /* an IPv4 address is a mapped one: ::ffff:192.0.2.1 */
		inet_pton(AF_INET6, argv[1], &a.sin6_addr);
		return connect(s, (struct sockaddr *)&a, sizeof(a)) != 0 || talk(s);
	}
	bind(s, (struct sockaddr *)&a, sizeof(a));
	listen(s, 5);
	while ((d = accept(s, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			while ((n = read(d, b, sizeof(b))) > 0)
				n = write(d, b, n);
			_exit(0);
		}
		close(d);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 1;
}
END

musl-gcc -static -o forking forking.c 2>/dev/null
command -v go >/dev/null && HOME=$folder CGO_ENABLED=0 go build -o static "$here/static.go"
if [ -x /usr/sbin/sshd ]; then
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f user_key
	mkdir -p /run/sshd 2>/dev/null
fi
if command -v git >/dev/null; then
	git init -q repository
	(cd repository && cp ../small . && git add . && git -c user.name=x -c user.email=x@x commit -qm x && git update-server-info)
fi
# A server of PostgreSQL refuses to be root, and only root may run it as somebody else.
postgres=$(find /usr/lib/postgresql -name postgres -path '*/bin/*' 2>/dev/null | sort | tail -n 1)
database()
{
	as="setpriv --reuid=postgres --regid=postgres --clear-groups"
	mkdir database && chown postgres database &&
		(cd database && $as "${postgres%postgres}initdb" -A trust -U postgres --no-sync -D . >../initdb.log 2>&1 &&
			printf 'host all all 0.0.0.0/0 trust\nhost all all ::/0 trust\n' >>pg_hba.conf)
}
no_postgres=
if [ -z "$postgres" ]; then
	no_postgres="postgresql is not installed"
elif [ "$(id -u)" != 0 ]; then
	no_postgres="only root can run it as another user"
else
	database || no_postgres="initdb: $(tail -n 1 initdb.log)"
fi

# --- how they are run ---

# try NAME NEEDS ARGUMENT...: the arguments of exec; the last line that they print is "good".
try()
{
	name=$1
	case $name in
	*"$word"*) ;;
	*) return ;;
	esac
	if ! command -v "$2" >/dev/null; then
		echo "skipped $name: $2 is not here"
		return
	fi
	shift 2
	# shellcheck disable=SC2086
	if timeout 120 "$tcpsim" exec -q $line --pcap run.pcapng "$@" </dev/null >out 2>err && grep -q '^good' out &&
		"$here/captured.py" "$tcpsim" run.pcapng >>out 2>>err; then
		echo "ok      $name"
	else
		echo "FAILED  $name"
		tail -n 5 out err | sed 's/^/        /'
		failed=1
	fi
}

# to HOST: its address of that family, as programs take it, as an URL has it, and as a socket of IPv6 does.
to()
{
	case $family.$1 in
	ipv4.program) at=10.0.1.1 ;;
	ipv4.peer) at=10.0.1.2 ;;
	ipv6.program) at=fd00:0:0:1::1 ;;
	ipv6.peer) at=fd00:0:0:1::2 ;;
	esac
	url=$at
	any=0.0.0.0
	mapped=::ffff:$at
	if [ "$family" = ipv6 ]; then
		url="[$at]"
		any=::
		mapped=$at
	fi
	export at url mapped any
}

# client NAME NEEDS SERVER CLIENT: two commands, the client's on the model. server: the server's. both: first so, then so.
client()
{
	to peer
	try "$1, $family$over, the model is the client" "$2" --peer "exec $3" -- sh -c "$4"
}

server()
{
	to program
	try "$1, $family$over, the model is the server" "$2" --client "$4" -- sh -c "exec $3"
}

both()
{
	client "$@"
	server "$@"
}

# --- the runs ---

nginx="nginx -c $folder/nginx.conf"
python_http='python3 -m http.server --bind :: 8000 2>/dev/null'
redis_server="redis-server --protected-mode no --save '' --bind 0.0.0.0 :: >/dev/null"
sshd="/usr/sbin/sshd -D -e -p 2222 -h $folder/host_key -o AuthorizedKeysFile=$folder/user_key.pub -o StrictModes=no -o UsePAM=no -o PidFile=none"
ssh_options="-i $folder/user_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
postgres_server="$as $postgres -D $folder/database -c listen_addresses=* -c port=5433 -c unix_socket_directories= -c fsync=off -c log_destination=stderr"
psql='psql -qtA -h $at -p 5433 -U postgres'
pgbench='pgbench -h $at -p 5433 -U postgres'
USER=$(id -un)
export USER

# What FILE is fetched by is told its address, and what comes is the file.
web()
{
	both curl nginx "$nginx" "curl -gsS http://\$url:8080/$file | cmp - $file && echo good"
	both wget wget "$nginx" "wget -q -O - http://\$url:8080/$file | cmp - $file && echo good"
}

talk()
{
	both redis redis-server "$redis_server" "redis-benchmark -h \$at -q -n $requests -t ping,set,get -c 50 >/dev/null &&
		test \$(redis-cli -h \$at -x set file <small) = OK &&
		redis-cli -h \$at get file | head -c 2000000 | cmp - small && echo good"
	both ssh /usr/sbin/sshd "$sshd" "ssh -p 2222 $ssh_options \$USER@\$at cat $folder/$file | cmp - $file &&
		scp -q -P 2222 $ssh_options $file \$USER@\$url:$folder/copy && cmp $file copy && echo good"
	both git git "$python_http" "rm -rf cloned; git clone -q http://\$url:8000/repository/.git cloned && cmp small cloned/small && echo good"
	both 'a static program that forks' musl-gcc ./forking "./forking \$mapped && ./forking \$mapped && echo good"
	both 'a static program of Go' go "./static serve :8081 $file" \
		"./static fetch http://\$url:8081/ | cut -c -64 >sum && sha256sum $file | grep -qF -f sum && echo good"
	# Who hears the end of the other's half first is over first: the file tells when all of it is there.
	both netcat nc "sh -c 'nc -l -N \$any 9001 >lines.new; mv lines.new lines; sleep 5'" \
		'seq 100000 | nc -N $at 9001; for i in $(seq 50); do [ -f lines ] && break; sleep 0.1; done
		seq 100000 | cmp - lines && rm lines && echo good'
	if [ -n "$no_postgres" ]; then
		echo "skipped PostgreSQL, $family$over: $no_postgres"
		return
	fi
	# Each transaction writes one sum to three tables and to the history. A server that was killed repairs itself first.
	both PostgreSQL pgbench "$postgres_server" "for i in \$(seq 50); do pg_isready -q -h \$at -p 5433 && break; sleep 0.2; done
		$pgbench -q -i postgres 2>/dev/null && $pgbench -n -c 10 -t $transactions postgres >/dev/null &&
		$psql -c 'select case when (select sum(abalance) from pgbench_accounts) = (select sum(delta) from pgbench_history)
		and (select count(*) from pgbench_history) = 10 * $transactions then \$\$good\$\$ end'"
}

load()
{
	both 'wrk, 100 connections' wrk "$nginx" \
		'wrk -t2 -c100 -d3 http://$url:8080/nginx.conf >w; grep Requests/sec w; grep -q "Socket errors" w || echo good'
	both 'wrk, a connection each' wrk "$nginx" \
		'wrk -t2 -c100 -d3 -H "Connection: close" http://$url:8080/nginx.conf >w; grep Requests/sec w; grep -q "Socket errors" w || echo good'
	both iperf3 iperf3 'iperf3 -s >/dev/null' 'iperf3 -c $at -t 2 && iperf3 -R -c $at -t 2 && echo good'
}

for family in ipv4 ipv6; do
	line=
	over=
	file=big
	requests=10000
	transactions=100
	web
	both 'python3 and curl' curl "$python_http" "curl -gsS http://\$url:8000/$file | cmp - $file && echo good"
	talk
	load
	line='--world lossy.world --host program'
	over=', 1 % lost'
	file=small
	requests=500
	transactions=10
	web
	talk
done
exit $failed
