#!/bin/sh
# usage: programs.sh TCPSIM: everyday programs, unmodified, on either side of `tcpsim exec`, a kernel at the other; every
# byte that goes over is compared. A line each; exit 1 if one failed. One that is not installed is skipped.
tcpsim=$1
folder=$(mktemp -d /tmp/tcpsim-programs-XXXXXX) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
chmod 755 .
failed=0

head -c 100000000 /dev/urandom >big
sum=$(sha256sum <big)
export sum
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
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9000)};
	int s = socket(AF_INET, SOCK_STREAM, 0), d, n;
	char b[1000];

	if (argc > 1) {
		inet_pton(AF_INET, argv[1], &a.sin_addr);
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

# try NAME PROGRAM ARGUMENT...: the arguments of exec; they print "good".
try()
{
	name=$1
	if ! command -v "$2" >/dev/null; then
		echo "skipped $name: $2 is not installed"
		return
	fi
	shift 2
	if timeout 120 "$tcpsim" exec -q "$@" </dev/null >out 2>err && grep -q '^good' out; then
		echo "ok      $name"
	else
		echo "FAILED  $name"
		tail -n 5 out err | sed 's/^/        /'
		failed=1
	fi
}

fetch='curl -gsS http://$at:8080/big | sha256sum | grep -qF "${sum%% *}" && echo good'
for at in 10.0.1.2 '[fd00:0:0:1::2]'; do
	export at
	try "curl from a kernel's nginx at $at" nginx --peer "exec nginx -c $folder/nginx.conf" -- sh -c "$fetch"
	try "wget from a kernel's nginx at $at" wget --peer "exec nginx -c $folder/nginx.conf" -- sh -c \
		'wget -q -O - "http://$at:8080/big" | sha256sum | grep -qF "${sum%% *}" && echo good'
done
for at in 10.0.1.1 '[fd00:0:0:1::1]'; do
	export at
	try "nginx serves a kernel's curl at $at" nginx --client "$fetch" -- nginx -c "$folder/nginx.conf"
done
try "nginx serves 100 connections of wrk" wrk --client \
	'wrk -t2 -c100 -d3 http://program:8080/nginx.conf >w; grep Requests/sec w; grep -q "Socket errors" w || echo good' -- nginx -c "$folder/nginx.conf"
wrk_closes='wrk -t2 -c100 -d3 -H "Connection: close" http://$at:8080/nginx.conf >w; grep Requests/sec w; grep -q "Socket errors" w || echo good'
at=10.0.1.1
try "nginx serves wrk, a connection each" wrk --client "$wrk_closes" -- nginx -c "$folder/nginx.conf"
at=10.0.1.2
try "wrk of a kernel's nginx, a connection each" wrk --peer "exec nginx -c $folder/nginx.conf" -- sh -c "$wrk_closes"
redis='redis-benchmark -h $at -q -n 10000 -t ping,set,get -c 50 >/dev/null && test "$(redis-cli -h $at incr counter)" = 1 && echo good'
at=10.0.1.1
try "redis serves a kernel's benchmark" redis-server --client "$redis" -- redis-server --protected-mode no --save '' --bind '0.0.0.0'
at=10.0.1.2
try "the benchmark of a kernel's redis" redis-server --peer 'exec redis-server --protected-mode no --save "" --bind 0.0.0.0 >/dev/null' -- sh -c "$redis"
if command -v sshd >/dev/null || [ -x /usr/sbin/sshd ]; then
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f user_key
	mkdir -p /run/sshd 2>/dev/null
fi
server="/usr/sbin/sshd -D -e -p 2222 -h $folder/host_key -o AuthorizedKeysFile=$folder/user_key.pub -o StrictModes=no -o UsePAM=no -o PidFile=none"
client="-i $folder/user_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
copy="ssh -p 2222 $client \$USER@\$at echo over ssh && scp -P 2222 $client big \$USER@\$at:$folder/copy && cmp big copy && echo good"
USER=$(id -un)
export USER
at=10.0.1.2
# shellcheck disable=SC2086
try "ssh and scp to a kernel's sshd" /usr/sbin/sshd --peer "exec $server" -- sh -c "$copy"
at=10.0.1.1
# shellcheck disable=SC2086
try "sshd serves a kernel's ssh and scp" /usr/sbin/sshd --client "$copy" -- $server
if command -v git >/dev/null; then
	git init -q repository
	(cd repository && cp ../nginx.conf . && git add . && git -c user.name=x -c user.email=x@x commit -qm x && git update-server-info)
fi
try "git clones over http" git --peer "exec python3 -m http.server 8000" -- \
	sh -c "git clone -q http://peer:8000/repository/.git cloned && cmp nginx.conf cloned/nginx.conf && echo good"
try "iperf3 sends" iperf3 --peer 'exec iperf3 -s -1 >/dev/null' -- sh -c 'iperf3 -c peer -t 2 && echo good'
try "iperf3 receives" iperf3 --peer 'exec iperf3 -s -1 >/dev/null' -- sh -c 'iperf3 -R -c peer -t 2 && echo good'
try "iperf3 serves" iperf3 --client 'iperf3 -c program -t 2 && sleep 1 && iperf3 -R -c program -t 2 && echo good' -- iperf3 -s
musl-gcc -static -o forking forking.c 2>/dev/null
try "a static client" musl-gcc --peer 'exec ./forking' -- sh -c './forking 10.0.1.2 && echo good'
try "a static server that forks" musl-gcc --client './forking 10.0.1.1 && ./forking 10.0.1.1 && echo good' -- ./forking
try "netcat closes its half" nc --peer 'exec nc -l -N -p 9001 >lines' -- \
	sh -c 'seq 100000 | nc -N peer 9001; seq 100000 | cmp - lines && echo good'
head -c 3000000 big >small
try "curl over a line that loses" nginx --world lossy.world --host program --peer "exec nginx -c $folder/nginx.conf" -- \
	sh -c 'curl -sS http://peer:8080/small | cmp - small && echo good'
exit $failed
