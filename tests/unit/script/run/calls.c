/* System calls of scripts: messages, vectors, options, polls, pipes and files; and how what does
 * not come, or comes otherwise, is told. */
#include "support/script.h"
#include <criterion/criterion.h>

#define OPEN                                                                                       \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"                  \
	"+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n"                                \
	"+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n"
#define DATA "+0 < P. 1:1001(1000) ack 1 win 65535\n+0 > . 1:1(0) ack 1001\n"

static const struct tcpsim_profile *const LINUX = &tcpsim_profile_linux;

static void passes(const char *events)
{
	char *text = g_strconcat(OPEN, events, NULL);

	script_expect_pass(LINUX, text);
	g_free(text);
}

/* The last of the events is told so. */
static void told(const char *events, enum script_verdict verdict, const char *message)
{
	char *text = g_strconcat(OPEN, events, NULL);
	int lines = 0;

	for (const char *at = text; *at != '\0'; at++)
		lines += *at == '\n';
	script_expect_told(LINUX, text, verdict, lines, message);
	g_free(text);
}

static void fails(const char *events, const char *message)
{
	told(events, SCRIPT_FAIL, message);
}

static void is_wrong(const char *events, const char *message)
{
	told(events, SCRIPT_FAULT, message);
}

Test(script_calls, every_way_to_read_gives_the_stream)
{
	passes(DATA "+0 read(4, ..., 100) = 100\n+0 readv(4, [{..., 60}, {..., 40}], 2) = 100\n"
		    "+0 recv(4, ..., 100, MSG_PEEK) = 100\n+0 recv(4, ..., 100, 0) = 100\n"
		    "+0 recvfrom(4, ..., 100, 0, ..., ...) = 100\n"
		    "+0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 50}, {..., 50}], "
		    "msg_flags=0}, 0) = 100\n+0 recv(4, ..., 100, MSG_TRUNC) = 100\n"
		    "+0 read(4, ..., 1000) = 400\n"
		    "+0 recv(4, ..., 10, MSG_DONTWAIT) = -1 EAGAIN\n");
	passes("+0...0.5 recv(4, ..., 1500, MSG_WAITALL) = 1500\n"
	       "+.1 < P. 1:1001(1000) ack 1 win 65535\n+0 > . 1:1(0) ack 1001\n"
	       "+.4 < P. 1001:1501(500) ack 1 win 65535\n+0 > . 1:1(0) ack 1501\n");
	fails(DATA "+0 read(4, ..., 100) = 99\n", "read() returned 100 instead of 99");
	fails("+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 read(4, ..., 1) = 1\n",
		"read() returned -1 EAGAIN (Resource temporarily unavailable) instead of 1");
	passes(DATA "+0 read(4, NULL, 10) = -1 EFAULT\n");
	is_wrong(DATA "+0 read(4, \"abc\", 3) = 3\n", "expected ... or NULL");
	is_wrong(DATA "+0 read(9, ..., 3) = 3\n", "the script has no open descriptor 9");
	is_wrong(DATA "+0 readv(4, [{..., 1}], 2) = 3\n", "the count is 2, but the list has 1");
	is_wrong(DATA "+0 readv(4, [7], 1) = 3\n", "expected {..., length}");
	is_wrong(DATA "+0 readv(4, ..., 1) = 3\n", "expected a list of {..., length}");
	is_wrong(DATA "+0 recvmsg(4, {msg_flags=0}, 0) = 3\n", "a message header with msg_iov(N)");
	fails("+0 read(4, ..., 1) = 1\n", "read() blocks for ever; write START...END");
}

Test(script_calls, every_way_to_write_is_on_the_wire)
{
	passes("+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n"
	       "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n"
	       "+0 writev(4, [{..., 60}, {..., 40}], 2) = 100\n+0 > P. 101:201(100) ack 1\n"
	       "+0 send(4, \"hello\", 5, 0) = 5\n+0 > P. 201:206(5) ack 1\n"
	       "+0 sendto(4, ..., 95, 0, NULL, 0) = 95\n+0 > P. 206:301(95) ack 1\n"
	       "+0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 50}, {iov_base=..., "
	       "iov_len=50}], msg_flags=0}, 0) = 100\n+0 > P. 301:401(100) ack 1\n"
	       "+0 < . 1:1(0) ack 401 win 65535\n");
	passes("+0 write(4, NULL, 10) = -1 EFAULT\n");
	is_wrong("+0 write(4, 7, 10) = 10\n", "expected ..., a string or NULL");
	is_wrong("+0 write(4, ...) = 10\n", "write() takes 3 arguments here, not 2");
	is_wrong("+0 wrote(4, ..., 10) = 10\n", "unknown system call wrote(); did you mean write");
	is_wrong("+0 sctp_bindx(4) = 0\n", "sctp_bindx() is not run: it is SCTP's");
}

/* Out of a socket into a pipe, out of the pipe and out of a file into the socket:
 * the bytes stay. */
Test(script_calls, pipes_and_files_move_bytes)
{
	passes(DATA "+0 pipe([5, 6]) = 0\n+0 splice(4, NULL, 6, NULL, 600, 0) = 600\n"
		    "+0 read(4, ..., 1000) = 400\n"
		    "+0 splice(5, NULL, 4, NULL, 1000, 0) = 600\n+0 > P. 1:601(600) ack 1001\n"
		    "+0 close(5) = 0\n+0 close(6) = 0\n");
	passes("+0 `echo 'a file' > /f`\n+0 open(\"/f\", O_RDONLY) = 5\n"
	       "+0 sendfile(4, 5, [2], 100) = 5\n+0 > P. 1:6(5) ack 1\n");
	passes("+0 open(\"/none\", O_RDONLY) = -1 ENOENT\n+0 splice(4, NULL, 3, NULL, 1, 0) = -1 "
	       "EINVAL\n+0 sendfile(4, 3, [0], 1) = -1 EBADF\n");
	is_wrong("+0 pipe([5]) = 0\n", "expected two descriptors in brackets");
	is_wrong("+0 open(7, O_RDONLY) = 5\n", "expected a file name in quotes");
}

Test(script_calls, urgent_octets_are_those_that_came)
{
	passes("+0 < P.U 1:11(10) ack 1 win 65535 urg 10\n+0 > . 1:1(0) ack 11\n"
	       "+0 read(4, ..., 100) = 9\n+0 recv(4, ..., 1, MSG_OOB) = 1\n");
	passes("+0 setsockopt(4, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0\n"
	       "+0 < P.U 1:11(10) ack 1 win 65535 urg 5\n+0 > . 1:1(0) ack 11\n"
	       "+0 read(4, ..., 100) = 4\n+0 read(4, ..., 100) = 6\n");
	passes("+0 send(4, ..., 3, MSG_OOB) = 3\n+0 > PU. 1:4(3) ack 1 urg 3\n");
}

Test(script_calls, options_have_values_of_many_kinds)
{
	passes("+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0\n"
	       "+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, [8]) = 0\n"
	       "+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"cubic\", [16]) = 0\n"
	       "+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", 4) = 0\n"
	       "+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"re\"..., [16]) = 0\n"
	       "+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1000], [4]) = 0\n"
	       "+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [...], [4]) = 0\n"
	       "+0 setsockopt(4, SOL_TCP, 999, [1], 4) = -1 ENOPROTOOPT\n"
	       "+0 ioctl(4, SIOCINQ, [0]) = 0\n");
	script_expect_pass(&tcpsim_profile_freebsd,
		OPEN "+0 getsockopt(4, IPPROTO_TCP, TCP_FUNCTION_BLK, "
		     "{function_set_name=\"freebsd\", pcbcnt=0}, [36]) = ...\n");
	fails("+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [999], [4]) = 0\n",
		"getsockopt() gave 1000 instead of 999");
	fails("+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", [16]) = 0\n",
		"getsockopt() gave \"cubic\" instead of \"reno\"");
	fails("+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, [8]) = 0\n",
		"getsockopt() gave another value than expected");
	fails("+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1000], [8]) = 0\n",
		"getsockopt() gave 4 bytes instead of 8");
	fails("+0 ioctl(4, SIOCINQ, [7]) = 0\n", "ioctl() gave 0 instead of 7");
	is_wrong("+0 setsockopt(4, SOL_TCP, TCP_MAXSEGS, [1], 4) = 0\n",
		"unknown symbol TCP_MAXSEGS; did you mean");
	is_wrong("+0 setsockopt(4, SOL_TCP, TCP_MAXSEG, {fd=1}, 4) = 0\n",
		"expected a struct that is the value of a socket option");
	is_wrong("+0 setsockopt(4, SOL_TCP, TCP_MAXSEG, [1], 5000) = 0\n",
		"expected a length from 0 to 4096");
	is_wrong("+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1}, 8) = 0\n",
		"a struct with the member linger");
}

Test(script_calls, readiness_is_compared)
{
	passes(DATA "+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN|POLLOUT}, "
		    "{fd=3, events=POLLIN, revents=0}], 2, 0) = 1\n"
		    "+0 epoll_create(1) = 5\n"
		    "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n"
		    "+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n"
		    "+0 epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLOUT, u32=77}) = 0\n"
		    "+0 epoll_wait(5, {events=EPOLLOUT, u32=77}, 1, 0) = 1\n"
		    "+0 epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN, ptr=7}) = 0\n");
	passes("+0...0.3 poll([{fd=4, events=POLLIN, revents=0}], 1, 300) = 0\n");
	fails(DATA "+0 poll([{fd=4, events=POLLIN, revents=POLLHUP}], 1, 0) = 1\n",
		"poll() gave events IN (0x1) instead of HUP (0x10)");
	fails(DATA "+0 epoll_create(1) = 5\n"
		   "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n"
		   "+0 epoll_wait(5, {events=EPOLLIN, u64=1234}, 1, 0) = 1\n",
		"epoll_wait() gave another descriptor or data than expected");
	is_wrong("+0 poll(..., 1, 0) = 1\n", "expected a list of {fd=, events=, revents=}");
	is_wrong("+0 poll([{fd=4, events=POLLIN}], 2, 0) = 1\n", "the count is 2");
	is_wrong("+0 poll([{events=POLLIN}], 1, 0) = 1\n", "a struct with the member fd");
	is_wrong("+0 epoll_create(1) = 5\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 0, 0) = 1\n",
		"a number of events from 1 to 4096");
	is_wrong(
		"+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN}) = 0\n",
		"a struct with one of fd, u32, u64, ptr");
}

#define STAMPED                                                                                    \
	"+0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_TX_SCHED|"                \
	"SOF_TIMESTAMPING_SOFTWARE|SOF_TIMESTAMPING_OPT_ID|SOF_TIMESTAMPING_OPT_TSONLY], 4) = 0\n" \
	"+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n"
#define STAMP(sec, code, data)                                                                     \
	"+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], "                                \
	"msg_flags=MSG_ERRQUEUE|MSG_TRUNC, "                                                       \
	"msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=" sec \
	", scm_nsec=1}}, {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, "   \
	"ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=0, ee_code=0, ee_info=" code                 \
	", ee_data=" data "}}]}, MSG_ERRQUEUE) = 0\n"

Test(script_calls, control_data_is_compared_member_by_member)
{
	passes(STAMPED STAMP("0", "SCM_TSTAMP_SCHED", "99"));
	fails(STAMPED STAMP("0", "SCM_TSTAMP_ACK", "99"), "ee_info is 1 instead of 2");
	fails(STAMPED STAMP("0", "SCM_TSTAMP_SCHED", "98"), "ee_data is 99 instead of 98");
	fails(STAMPED STAMP("7", "SCM_TSTAMP_SCHED", "99"), "the time in ns is");
	passes("+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0\n" DATA
	       "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 600}], msg_flags=0, "
	       "msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=400}]}, 0) = "
	       "600\n");
	fails("+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0\n" DATA
	      "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 600}], msg_flags=0, "
	      "msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=401}]}, 0) = "
	      "600\n",
		"control message 1 has other data than expected");
	fails(DATA "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 600}], msg_flags=0, "
		   "msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=400}]}, 0) = "
		   "600\n",
		"control message 1 did not come");
	fails(DATA
		"+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 600}], msg_flags=MSG_CTRUNC}, "
		"0) = 600\n",
		"msg_flags are 0x0 instead of 0x8");
	is_wrong(DATA "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 600}], msg_flags=0, "
		      "msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ}]}, 0) = 600\n",
		"a struct with the member cmsg_data");
}

Test(script_calls, icmp_reaches_the_connection_it_quotes)
{
	script_expect_pass(LINUX,
		"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
		"0...0.1 connect(3, ..., ...) = -1 EHOSTUNREACH\n+0 > S 0:0(0) <...>\n"
		"+.1 < icmp unreachable host_unreachable [0:0(0)]\n");
	passes("+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n"
	       "+0 < icmp unreachable frag_needed mtu 600 [1:1001(1000)]\n"
	       "+0 > . 1:561(560) ack 1\n+0 > P. 561:1001(440) ack 1\n");
	is_wrong("+0 < icmp unreachable nobody_knows [1:1(0)]\n", "ICMP unreachable has no code");
	is_wrong("+0 < icmp teapot [1:1(0)]\n", "ICMP has no type 'teapot'; write type_N");
	is_wrong("+0 < udp (100)\n", "UDP packets are read but not run");
	is_wrong("+0 < ipv4 192.0.2.1 > 192.168.0.1: . 1:1(0) ack 1 win 9\n",
		"outer headers (ipv4, ipv6, gre, mpls) are read but not run");
}

Test(script_calls, addresses_and_descriptors)
{
	script_expect_pass(LINUX,
		"0 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3\n"
		"+0 bind(3, {sa_family=AF_INET, sin_port=htons(8080), "
		"sin_addr=inet_addr(\"192.168.0.1\")}, 16) = 0\n+0 listen(3, 1) = 0\n"
		"+0 < S 0:0(0) win 100 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n"
		"+0 < . 1:1(0) ack 1 win 100\n+0 accept4(3, ..., ..., SOCK_NONBLOCK) = 4\n"
		"+0 fcntl(4, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)\n"
		"+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1\n+0 close(4) = 0\n");
	is_wrong("+0 bind(3, {sa_family=AF_INET6, sin_port=htons(1), "
		 "sin_addr=inet_addr(\"192.0.2.1\")}, 16) = 0\n",
		"expected an address of AF_INET");
	is_wrong("+0 bind(3, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr(\"x\")}, "
		 "16) = "
		 "0\n",
		"expected an IPv4 address in quotes");
	is_wrong("+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4\n",
		"descriptor 4 is already open in the script");
}
