/* Commands of scripts on the simulated host: what listings show, what settings do to the wire, and
 * how a slip is told. */
#include "support/script.h"
#include <criterion/criterion.h>

#define OPEN                                                                                       \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"                  \
	"+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n"                                \
	"+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n"
#define OPEN_LINES 7

static const struct tcpsim_profile *const LINUX = &tcpsim_profile_linux;
static const struct tcpsim_profile *const FREEBSD = &tcpsim_profile_freebsd;

/* The command holds on the host with one connection and its listener. */
static void holds(const struct tcpsim_profile *profile, const char *command)
{
	char *text = g_strdup_printf(OPEN "+0 `%s`\n", command);

	script_expect_pass(profile, text);
	g_free(text);
}

static void told(const struct tcpsim_profile *profile, const char *command, const char *message)
{
	char *text = g_strdup_printf(OPEN "+0 `%s`\n", command);

	script_expect_told(profile, text, SCRIPT_FAIL, OPEN_LINES + 1, message);
	g_free(text);
}

Test(script_commands, listings_show_connections_and_listeners)
{
	holds(FREEBSD, "sockstat -4s | grep ESTABLISHED | grep -c 192.0.2.1: | grep 1");
	holds(FREEBSD,
		"sockstat -4s -P tcp | grep LISTEN | grep packetdril | grep -c '*:*' | grep 1");
	holds(FREEBSD, "sockstat -l | grep -c tcp4 | grep 1");
	holds(FREEBSD, "! sockstat -6 | grep tcp");
	holds(FREEBSD, "! sockstat -p 4242 | grep tcp");
	holds(FREEBSD, "sockstat -4 -p 8080 | grep -c tcp4 | grep 2");
	holds(FREEBSD, "! sockstat -4 | grep ESTABLISHED");
	holds(FREEBSD, "netstat -a -p tcp -n | grep ESTABLISHED | grep -c 192.0.2.1. | grep 1");
	holds(FREEBSD, "netstat -l | grep -c LISTEN | grep 1");
	holds(FREEBSD, "! netstat -a6 | grep tcp");
	holds(LINUX, "ss -t | grep ESTAB | grep -c '192.168.0.1:8080 ' | grep 1");
	holds(LINUX, "ss -lt | grep LISTEN | grep -c '192.168.0.1:8080 ' | grep 1");
	holds(LINUX, "ss -a | wc -l | grep 3");
	holds(LINUX, "ss | wc -l | grep 2");
}

Test(script_commands, proc_net_tcp_is_the_kernels)
{
	holds(LINUX, "grep -c '0100A8C0:1F90 ' /proc/net/tcp | grep 2");
	holds(LINUX, "grep '0100A8C0:1F90 010200C0:[0-9A-F]* 01 00000000:00000000' /proc/net/tcp");
	holds(LINUX, "grep ':1F90 00000000:0000 0A ' /proc/net/tcp");
	holds(LINUX, "cat /proc/net/tcp6 | wc -l | grep 1");
	script_expect_pass(LINUX,
		"--ip_version=ipv6\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
		"+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
		"+0 `grep ':1F90 00000000000000000000000000000000:0000 0A ' "
		"/proc/net/tcp6 && ss -6la | grep LISTEN && ! ss -4la | grep LISTEN`\n");
}

/* Unread and unacknowledged bytes stand in the listings. */
Test(script_commands, listings_show_queues)
{
	script_expect_pass(LINUX, OPEN "+0 < P. 1:301(300) ack 1 win 1000\n+0 > . 1:1(0) ack 301\n"
				       "+0 write(4, ..., 70) = 70\n+0 > P. 1:71(70) ack 301\n"
				       "+0 `ss | grep 'ESTAB *300 *70 '`\n");
	script_expect_pass(FREEBSD, OPEN "+0 write(4, ..., 70) = 70\n+0 > P. 1:71(70) ack 1\n"
					 "+0 `netstat -n | grep 'tcp4 *0 *70 '`\n");
}

Test(script_commands, a_connection_can_be_dropped)
{
	script_expect_pass(FREEBSD, OPEN "+0 `tcpdrop -s ESTABLISHED`\n+0 > R. 1:1(0) ack 1\n");
	script_expect_pass(FREEBSD, OPEN "+0 `tcpdrop -a`\n+0 > R. 1:1(0) ack 1\n");
	script_expect_pass(FREEBSD,
		OPEN "+0 `tcpdrop 192.168.0.1 8080 192.0.2.1 40001`\n+0 > R. 1:1(0) ack 1\n");
	holds(FREEBSD, "tcpdrop -s SYN_RECEIVED && sockstat -s | grep ESTABLISHED");
	told(FREEBSD, "tcpdrop 192.168.0.1 8080 192.0.2.1 1", "tcpdrop: no such connection");
	told(FREEBSD, "tcpdrop -s OPEN", "tcpdrop: there is no state OPEN");
	told(FREEBSD, "tcpdrop", "tcpdrop: -s STATE, -a, or two addresses with their ports");
}

/* The route's figures are those of the next connection. */
Test(script_commands, routes_have_figures)
{
	script_expect_pass(LINUX,
		"0 `ip route replace 192.0.2.1 dev tun0 advmss 900 initcwnd 1 rto_min 300ms`\n" OPEN
		"+0 write(4, ..., 2000) = 2000\n+0 > . 1:1001(1000) ack 1\n");
	script_expect_pass(LINUX,
		"0 `ip route change 192.0.2.1 dev tun0 via 192.168.0.2 src 192.168.0.1 mtu "
		"lock 576`\n" OPEN "+0 write(4, ..., 600) = 600\n+0 > . 1:537(536) ack "
		"1\n+0 > P. 537:601(64) ack 1\n");
	script_expect_pass(LINUX,
		"0 `ip route del 192.0.2.1; ip route append 192.0.2.1/32 dev tun0 proto static "
		"metric 1 table main advmss 900 "
		"initrwnd 20 ssthresh 5 rtt 200ms rttvar 50 quickack 1 congctl lock reno "
		"features ecn`\n"
		"+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"
		"+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n"
		"+0 > S. 0:0(0) ack 1 win 18000 <mss 900>\n");
	script_expect_pass(LINUX,
		"0 `ip route show; ip route list; ip -4 route; ip route flush cache; "
		"ip link show; ip -s tcp_metrics flush all`\n");
	told(LINUX, "ip route add 1.2.3 dev tun0", "ip route: '1.2.3' is no network");
	told(LINUX, "ip route add 1.2.3.0/x dev tun0", "ip route: '1.2.3.0/x' is no network");
	told(LINUX, "ip route add 1.2.3.0/33 dev tun0", "ip route: '1.2.3.0/33' is no network");
	told(LINUX, "ip route add", "ip route: '' is no network");
	told(LINUX, "ip route add default mtu x", "ip route: mtu takes a number, not 'x'");
	told(LINUX, "ip route add default initcwnd", "ip route: initcwnd takes a number, not ''");
	told(LINUX, "ip route add default quickack on", "quickack takes a number, not 'on'");
	told(LINUX, "ip route add default rto_min lock 2s",
		"ip route: rto_min takes a time such as 200ms or 1s, not 'lock'");
	told(LINUX, "ip route add default rtt 50us", "rtt takes a time such as 200ms or 1s, not");
	told(LINUX, "ip route add default rttvar -1s", "rttvar takes a time such as 200ms or 1s");
	told(LINUX, "ip route add default bandwidth 1", "the word bandwidth is not known here");
	told(LINUX, "ip route get 1.2.3.4",
		"ip route: get is not known here; there are add, change, replace, append");
	told(LINUX, "ip rule", "ip: rule is not known here; there are route, link and tcp_metrics");
	told(LINUX, "ip -4", "ip: what about it?");
}

/* As ip(8) 6.1 on Linux 6.18: statuses and words. */
Test(script_commands, a_route_that_is_there_or_is_not_is_told)
{
	/* what stands there before: the way to the peer, to the device's own net, to everywhere */
	told(LINUX, "ip route add 192.0.2.1 dev tun0", "RTNETLINK answers: File exists");
	told(LINUX, "ip route add 192.168.0.0/16 dev tun0", "RTNETLINK answers: File exists");
	told(LINUX, "ip route add default dev tun0", "RTNETLINK answers: File exists");
	holds(LINUX, "ip route add default dev tun0 metric 100");
	told(LINUX, "ip route change 198.51.100.0/24 dev tun0 mtu 900",
		"RTNETLINK answers: No such file or directory");
	told(LINUX, "ip route change 192.0.2.1 metric 7", "No such file or directory");
	told(LINUX, "ip -6 route change 2001:db8:7::/48 dev tun0",
		"Error: Can not replace route - no match found.");
	told(LINUX, "ip route del 198.51.100.0/24", "RTNETLINK answers: No such process");
	holds(LINUX, "ip route del 192.0.2.1 && ip route replace 192.0.2.1 dev tun0 && "
		     "ip route change 192.0.2.1 dev tun0 && ip route append 10.0.0.0/8 && "
		     "ip route replace 10.0.0.0/8 mtu 1000 && ip route del 10.0.0.0/8");
	told(LINUX, "ip route del 192.0.2.1 && ip route del 192.0.2.1", "No such process");
	/* without a metric the first of them goes, whatever its metric */
	told(LINUX,
		"ip route add default metric 9 && ip route del default && ip route del default && "
		"ip route del default",
		"No such process");
	holds(LINUX, "ip route del 198.51.100.0/24 2>/dev/null; [ $? = 2 ]");
	holds(LINUX, "ip -6 route add default dev tun0 && ip -6 route del default metric 1024");
	told(LINUX, "ip route append 192.0.2.1", "a second one to that network is not known here");
	told(LINUX, "ip route del 192.0.2.1 mtu 900",
		"figures (mtu, initcwnd ...) are not compared");
}

/* What the SYN,ACK offers after these commands. */
static void offers(const char *commands, const char *mss)
{
	char *text = g_strdup_printf(
		"0 `%s`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"
		"+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n"
		"+0 > S. 0:0(0) ack 1 <mss %s>\n",
		commands, mss);

	script_expect_pass(LINUX, text);
	g_free(text);
}

/* Of two routes to one network the one of the lower metric decides. */
Test(script_commands, a_lower_metric_decides)
{
	offers("ip route add 192.0.2.1 metric 5 advmss 900; ip route change 192.0.2.1 advmss 800",
		"800");
	offers("ip route add 192.0.2.1 metric 5 advmss 900; ip route del 192.0.2.1", "900");
	offers("ip route add 192.0.2.0/24 advmss 900; ip route change 192.0.2.1 advmss 800", "800");
}

/* The least timeout without tail loss probes: the round trip of 0 and the route's bound, a part of
 * a millisecond counted as one. */
static void times_out(const char *time, const char *after)
{
	char *text = g_strdup_printf(
		"`sysctl -q net.ipv4.tcp_early_retrans=0; ip route replace 192.0.2.1 "
		"dev tun0 rto_min %s`\n" OPEN "+0 write(4, ..., 10) = 10\n+0 > P. "
		"1:11(10) ack 1\n+%s > P. 1:11(10) ack 1\n",
		time, after);

	script_expect_pass(LINUX, text);
	g_free(text);
}

Test(script_commands, a_routes_timeout_has_ips_units)
{
	times_out("2s", "2");
	times_out("2sec", "2");
	times_out("1.5secs", "1.5");
	times_out("900", "0.9");
	times_out("900ms", "0.9");
	times_out("50.2msec", "0.051");
	times_out("50msecs", "0.05");
	/* Before the socket's own. */
	script_expect_pass(LINUX,
		"`sysctl -q net.ipv4.tcp_early_retrans=0; ip route change 192.0.2.1 dev tun0 "
		"rto_min "
		"1s`\n" OPEN "+0 setsockopt(4, SOL_TCP, TCP_RTO_MIN_US, [50000], 4) = 0\n"
		"+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+1 > P. 1:11(10) ack 1\n");
}

Test(script_commands, the_device_has_an_mtu_and_goes_down)
{
	script_expect_pass(LINUX,
		"0 `ip link set dev tun0 mtu 576`\n"
		"+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"
		"+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n"
		"+0 > S. 0:0(0) ack 1 <mss 536>\n");
	script_expect_pass(LINUX, OPEN "+0 `ip link set tun0 down`\n+0 write(4, ..., 10) = 10\n"
				       "+1 `ip link set tun0 up`\n+0~+30 > P. 1:11(10) ack 1\n");
	told(LINUX, "ip link set tun0 mtu 10", "ip link: an MTU lies between 68 and 65535");
	told(LINUX, "ip link set tun7 up", "ip link: the word tun7 is not known here");
}

static const struct tcpsim_profile *const BSDS[] = {
	&tcpsim_profile_bsd44, &tcpsim_profile_freebsd, &tcpsim_profile_rfc9293};

Test(script_commands, queues_and_offload_of_the_device)
{
	/* A queue without room: nothing leaves, until there is room again. */
	script_expect_pass(LINUX, OPEN "+0 `tc qdisc replace dev tun0 root pfifo limit 0`\n"
				       "+0 write(4, ..., 10) = 10\n"
				       "+.05 `tc qdisc delete dev tun0 root`\n"
				       "+0~+1 > P. 1:11(10) ack 1\n");
	/* The BSDs count it as out and lost: their timer backs off, and they have patience. */
	for (size_t i = 0; i < G_N_ELEMENTS(BSDS); i++)
		script_expect_pass(BSDS[i],
			OPEN "+0 `tc qdisc replace dev tun0 root pfifo limit 0`\n"
			     "+0 write(4, ..., 10) = 10\n"
			     "+20 `tc qdisc delete dev tun0 root`\n"
			     "+1~+40 > P. 1:11(10) ack 1\n");
	holds(LINUX, "tc qdisc add dev tun0 root fq && sysctl -n net.core.default_qdisc | grep fq");
	told(LINUX, "tc qdisc add dev tun0 root red", "tc: the queue red is not known here");
	told(LINUX, "tc filter add", "tc: only qdisc is known here");
	holds(LINUX, "ethtool -K tun0 tso off gso off gro on lro off");
	told(LINUX, "ethtool -K tun0 rx off", "ethtool: the feature rx is not known here");
	told(LINUX, "ethtool -i tun0", "ethtool: only -K DEVICE FEATURE on|off is known here");
}

Test(script_commands, counters_count_since_they_were_last_looked_at)
{
	holds(LINUX, "nstat -a | grep '^TcpPassiveOpens *1 '");
	holds(LINUX, "nstat | grep '^TcpPassiveOpens *1 ' && ! nstat | grep TcpPassiveOpens");
	holds(LINUX, "nstat -s >/dev/null; nstat TcpPassive* | grep -c '^Tcp' | grep 1");
	holds(LINUX, "nstat -n; nstat -z TcpPassiveOpens | grep '^TcpPassiveOpens *0 '");
	holds(LINUX, "nstat -az | grep -c Tcp | grep '[0-9][0-9]'");
	told(LINUX, "nstat -j", "nstat: the option -j is not known here");
	told(FREEBSD, "sockstat -z", "sockstat: the option -z is not known here");
}

Test(script_commands, settings_are_read_and_written)
{
	holds(LINUX, "sysctl -w net.ipv4.tcp_sack=0 | grep 'net.ipv4.tcp_sack = 0'");
	holds(LINUX, "sysctl -q net.ipv4.tcp_sack=0 | wc -l | grep 0");
	holds(LINUX, "sysctl net.ipv4.tcp_sack | grep 'net.ipv4.tcp_sack = 1'");
	told(LINUX, "sysctl -N net.ipv4.tcp_sack", "sysctl: the option -N is not known here");
	holds(LINUX, "sysctl -a | grep -c 'net.ipv4.tcp_' | grep '[0-9][0-9]'");
	holds(LINUX, "sysctl -e no.such.setting=1");
	holds(LINUX, "set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0; sysctl -n net.ipv4.tcp_sack | "
		     "grep 0");
	holds(LINUX,
		"echo 0 > /proc/sys/net/ipv4/tcp_sack; cat /proc/sys/net/ipv4/tcp_sack | grep 0");
	holds(FREEBSD,
		"sysctl net.inet.tcp.sack.enable=0 | grep 'net.inet.tcp.sack.enable: 1 -> 0'");
	holds(FREEBSD, "sysctl -n net.inet.tcp.rfc1323 | grep 1");
	told(LINUX, "sysctl net.ipv4.tcp_sck",
		"sysctl: unknown setting net.ipv4.tcp_sck; did you mean");
	told(LINUX, "sysctl net.ipv4.tcp_sack=x", "sysctl: net.ipv4.tcp_sack: 'x' is not 0 or 1");
	told(LINUX, "sysctl net.ipv4.tcp_syn_retries=0",
		"sysctl: net.ipv4.tcp_syn_retries: '0' is not from 1 to 127");
	told(LINUX, "set_sysctls.py net.ipv4.tcp_sack", "exited with status");
	told(LINUX, "cat /proc/sys/net/ipv4/tcp_sck", "unknown setting");
}

Test(script_commands, modules_are_there_or_not)
{
	holds(FREEBSD, "kldstat -n tcpmd5 && kldload cc_cubic");
	told(FREEBSD, "kldload ipfw", "kldload: there is no module ipfw");
	told(FREEBSD, "kldstat", "kldstat: there is no module");
}

#define KEY "add 192.168.0.1 192.0.2.1 tcp 0x1000 -A tcp-md5 "

Test(script_commands, keys_are_for_two_addresses)
{
	holds(FREEBSD, "echo '" KEY "\"secret\" ; # one way\nflush ;\n" KEY
		       "0x736563726574;' | setkey -c");
	holds(FREEBSD, "echo '" KEY "\"secret\";' | setkey -c && setkey -F && echo '" KEY
		       "\"secret\";' > /keys && setkey -f /keys");
	holds(FREEBSD,
		"echo '" KEY "\"a key; of # words\"; delete 192.168.0.1 192.0.2.1 tcp 0x1000; "
		"" KEY "\"secret\";' | setkey -c");
	told(FREEBSD, "echo '" KEY "\"secret\";" KEY "\"secret\";' | setkey -c",
		"setkey: add: there is a key for these addresses; delete it first");
	told(FREEBSD, "echo 'delete 192.168.0.1 192.0.2.1 tcp 0x1000;' | setkey -c",
		"setkey: delete: there is no key for these addresses");
	told(FREEBSD, "echo '" KEY "\"secret\"' | setkey -c",
		"setkey: 'add' has no ';' at its end");
	told(FREEBSD, "echo '" KEY "secret;' | setkey -c",
		"setkey: a key is written in quotes, or as 0x and hexadecimal digits, not "
		"'secret'");
	told(FREEBSD, "echo '" KEY "0x123;' | setkey -c", "setkey: a key is written in quotes");
	told(FREEBSD, "echo '" KEY "0x12xy;' | setkey -c", "setkey: a key is written in quotes");
	told(FREEBSD, "echo '" KEY "\"\";' | setkey -c", "setkey: a key has 1 to 80 bytes");
	told(FREEBSD, "echo 'add 192.168.0.1 here tcp 1 -A tcp-md5 \"a\";' | setkey -c",
		"setkey: add takes two addresses, not 'here'");
	told(FREEBSD, "echo 'add 192.168.0.1 192.0.2.1 esp 1 -E null;' | setkey -c",
		"setkey: what is known here is: add FROM TO tcp SPI -A tcp-md5 \"KEY\" ;");
	told(FREEBSD, "echo 'spdflush;' | setkey -c",
		"setkey: 'spdflush' is not known here: add, delete, flush");
	told(FREEBSD, "setkey -D", "setkey: -c, -f FILE or -F");
	told(FREEBSD, "setkey -f /none", "no such file");
	told(LINUX, "echo '" KEY "\"secret\";' | setkey -c",
		"setkey: this system has no keys for two addresses");
}

Test(script_commands, text_is_cut_counted_and_searched)
{
	holds(LINUX, "echo -n a | wc | grep '^0 1 1$'");
	holds(LINUX, "echo 'a b\nc' | wc | grep '^2 3 6$'");
	holds(LINUX, "echo '1\n2\n3' | head -n 2 | tail -1 | grep '^2$'");
	holds(LINUX, "echo '1\n2\n3' | head -1 | grep -v 2 | grep 1");
	holds(LINUX,
		"echo 'abc' > /f; echo 'abd' > /g; grep -h ab /f /g; grep -c ab /f /g | grep /g:1");
	holds(LINUX, "echo 'A.b' | grep -i 'a\\.B'; echo 'a+b' | grep -F 'a+b'; echo aab | grep -E "
		     "'a+b'");
	holds(LINUX, "echo 'foo bar' | grep -w foo; ! echo 'foobar' | grep -w foo");
	holds(LINUX, "echo 'aab' | grep -o 'a\\{2\\}' | grep '^aa$'; echo x | grep -e x -q");
	holds(LINUX,
		"test 1 -ne 2 && test 1 -lt 2 && test 2 -le 2 && test 2 -ge 2 && ! test 1 -gt 2");
	holds(LINUX,
		"test a = a && test a != b && [ -n a ] && [ -z '' ] && ! [ '' ] && test ! a = b");
	holds(LINUX, "echo x > /f && test -s /f && rm /f && ! test -e /f && rm -f /f");
	holds(LINUX,
		"cat < /dev/null; cat /none 2>/dev/null || true; cat /none 2>&1 | grep 'no such'");
	holds(LINUX, "echo a >/f; echo b >>/f; cat /none >/g 2>&1; echo c &>/h; wc -l /f | grep 2");
	told(LINUX, "rm /none", "rm: /none: no such file on the simulated host");
	told(LINUX, "test 1 -xx 2", "test: the operator -xx is not known here");
	told(LINUX, "test -q /f", "test: the condition -q is not known here");
	told(LINUX, "test 1 2 3 4", "test: two values and an operator are needed");
	told(LINUX, "[ 1 = 1", "[: the ']' is missing");
	told(LINUX, "grep -y a /f", "grep: the option -y is not known here");
	told(LINUX, "grep", "grep: a pattern is needed");
	told(LINUX, "echo a | grep -E '('", "is no pattern");
	told(LINUX, "dd if=/f of=/g", "dd: only if=/dev/zero of=FILE is known here");
	told(LINUX, "wc /none", "/none: no such file on the simulated host");
	told(LINUX, "gerp a", "gerp is not a command of the simulated host; did you mean");
}

Test(script_commands, the_shells_words_and_what_is_wrong_with_them)
{
	holds(LINUX, "X='a b'; test \"${X}c\" = 'a bc' && test \"\\$X\" = '$X' && test $((2*3+1)) "
		     "-eq 7");
	holds(LINUX, "(echo a; echo b) | wc -l | grep 2");
	holds(LINUX, "if false; then echo a; elif true; then true; else false; fi");
	holds(LINUX, "# nothing\ntrue # behind\\\n; true");
	holds(LINUX, "false; test $? -eq 1");
	told(LINUX, "echo 'a", "a quote is not closed");
	told(LINUX, "echo \"a", "a double quote is not closed");
	told(LINUX, "echo ${X:-1}", "${NAME} alone is known, not its longer forms");
	told(LINUX, "echo $((1+", "$(( has no ))");
	told(LINUX, "echo $((a b))", "an expression in $(( )) that is no number");
	told(LINUX, "echo $(true", "$( has no )");
	told(LINUX, "echo a >", "a redirection without a file name");
	told(LINUX, "if true; echo a; fi", "'then' is missing");
	told(LINUX, "(true", "a ')' is missing");
	told(LINUX, "true)", "a ')' without its '('");
	told(LINUX, "true | | true", "a command is missing");
	told(LINUX, "true ;; true", "';;' stands where no command ends");
}
