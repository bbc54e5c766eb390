/* Arguments of system calls in scripts: each form that one may have does what it says, and one that
 * it cannot have is told; calls that sleep, overlap, or end with the script. */
#include "support/script.h"
#include <criterion/criterion.h>

#define LISTEN                                                                                     \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"                  \
	"+0 listen(3, 1) = 0\n"
#define OPEN                                                                                       \
	LISTEN "+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n"                  \
	       "+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n"
#define NEW "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
#define TO(port, addr)                                                                             \
	"{sa_family=AF_INET, sin_port=htons(" port "), sin_addr=inet_addr(\"" addr "\")}, "

static const struct tcpsim_profile *const LINUX = &tcpsim_profile_linux;
static const struct tcpsim_profile *const FREEBSD = &tcpsim_profile_freebsd;

static void passes(const struct tcpsim_profile *profile, const char *head, const char *events)
{
	char *text = g_strconcat(head, events, NULL);

	script_expect_pass(profile, text);
	g_free(text);
}

/* The last line is told so. */
static void told(
	const char *head, const char *events, enum script_verdict verdict, const char *message)
{
	char *text = g_strconcat(head, events, NULL);
	int lines = 0;

	for (const char *at = text; *at != '\0'; at++)
		lines += *at == '\n';
	script_expect_told(LINUX, text, verdict, lines, message);
	g_free(text);
}

static void is_wrong(const char *head, const char *events, const char *message)
{
	told(head, events, SCRIPT_FAULT, message);
}

Test(script_args, where_a_connection_goes)
{
	passes(LINUX, NEW "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
		"+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <...>\n"
		"+0 connect(3, ..., ...) = -1 EALREADY\n+.1 < S. 0:0(0) ack 1 win 9000 <mss 1000>\n"
		"+0 > . 1:1(0) ack 1\n+0 connect(3, ..., ...) = 0\n"
		"+0 connect(3, ..., ...) = -1 EISCONN\n+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], "
		"[4]) = 0\n");
	/* A family alone dissolves what was connected: its RST has the old addresses. */
	passes(LINUX, NEW,
		"0...0.1 connect(3, ..., ...) = 0\n+0 > S 0:0(0) <...>\n"
		"+.1 < S. 0:0(0) ack 1 win 9000 <mss 1000>\n+0 > . 1:1(0) ack 1\n"
		"+0 connect(3, AF_UNSPEC, ...) = 0\n+0 > R. 1:1(0) ack 1\n");
	passes(LINUX, NEW,
		"+0 connect(3, " TO("8080", "255.255.255.255") "...) = -1 ENETUNREACH\n");
	passes(LINUX, NEW, "+0 bind(3, " TO("8080", "192.0.2.9") "16) = -1 EADDRNOTAVAIL\n");
	is_wrong(NEW, "+0 connect(3, ..., 16) = 0\n", "expected ...");
	is_wrong(NEW, "+0 connect(3, nowhere, ...) = 0\n", "unknown symbol nowhere");
	is_wrong(NEW, "+0 connect(3, {sa_family=AF_INET}, 16) = 0\n", "expected ...");
	is_wrong(NEW, "+0 connect(3, {sa_family=AF_INET}, ...) = 0\n",
		"expected a struct with the member sin_port");
	is_wrong(NEW, "+0 bind(3, ..., 16) = 0\n", "expected ...");
	is_wrong(NEW, "+0 accept(3, ..., 16) = 0\n", "expected ...");
	is_wrong("", "0 socket(AF_NOWHERE, SOCK_STREAM, IPPROTO_TCP) = 3\n", "unknown symbol");
}

Test(script_args, text_that_opens_a_connection)
{
	passes(LINUX,
		NEW "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
		    "+0 sendto(3, ..., 10, MSG_FASTOPEN, ..., ...) = -1 EINPROGRESS\n",
		"+0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10,FO,nop,nop>\n"
		"+0 < S. 0:0(0) ack 1 win 9000 <mss 1000,FO 0102030405060708,nop,nop>\n"
		"+0 > . 1:1(0) ack 1\n+0 close(3) = 0\n+0 > F. 1:1(0) ack 1\n"
		"+0 < F. 1:1(0) ack 2 win 9000\n+0 > . 2:2(0) ack 2\n"
		"+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4\n"
		"+0...0.1 sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0}, "
		"MSG_FASTOPEN) = 10\n+0 > S 0:10(10) <...>\n"
		"+.1 < S. 0:0(0) ack 11 win 9000 <mss 1000>\n+0 > . 11:11(0) ack 1\n");
	is_wrong(NEW, "+0 sendto(3, ..., 10, 0, ..., {fd=1}) = 10\n", "expected ...");
	is_wrong(NEW, "+0 sendto(3, ..., 10, 0, \"x\", 16) = 10\n", "expected");
	is_wrong(NEW, "+0 sendto(3, ..., 10, 0, {sa_family=AF_INET6}, 16) = 10\n",
		"expected a struct with the member sin_port");
}

Test(script_args, results_and_descriptors)
{
	passes(LINUX, OPEN,
		"+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = ...\n+0 epoll_create(1) = ...\n"
		"+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
		"+0 accept(3, ..., ...) = -1 EAGAIN\n+0 listen(4, 1) = -1 EINVAL\n"
		"+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n"
		"+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = ...\n");
	is_wrong(OPEN, "+0 close(4) = -1 ENOWHERE\n", "unknown error ENOWHERE");
	is_wrong(OPEN, "+0 close(4) = x\n", "unknown symbol x");
	is_wrong(OPEN, "+0 ioctl(4, SIOCINQ, 0) = 0\n", "expected");
	is_wrong(OPEN, "+0 pipe([5, x]) = 0\n", "unknown symbol x");
	told(OPEN, "+0 close(4) = 1\n", SCRIPT_FAIL, "close() returned 0 instead of 1");
}

Test(script_args, values_of_options)
{
	passes(LINUX, "--ip_version=ipv6\n" NEW,
		"+0 setsockopt(3, SOL_SOCKET, SO_SNDTIMEO, {onoff=1, linger=0}, 8) = -1 EINVAL\n");
	passes(FREEBSD, NEW,
		"+0 setsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"freebsd\", "
		"pcbcnt=0}, 36) = 0\n"
		"+0 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, {enable=1, psk=0}, 20) = 0\n");
	is_wrong(NEW, "+0 setsockopt(3, SOL_TCP, TCP_NODELAY, inet6_addr(\"x\"), 16) = 0\n",
		"expected inet6_addr(\"an IPv6 address\")");
	is_wrong(NEW,
		"+0 setsockopt(3, SOL_TCP, TCP_NODELAY, {function_set_name=7, pcbcnt=0}, 36) = 0\n",
		"expected a name under 32 bytes in quotes");
	is_wrong(NEW, "+0 setsockopt(3, SOL_TCP, TCP_NODELAY, {function_set_name=\"a\"}, 36) = 0\n",
		"expected a struct with the member pcbcnt");
	is_wrong(NEW, "+0 setsockopt(3, SOL_TCP, TCP_NODELAY, [1, 2], 4) = 0\n", "expected");
	is_wrong(NEW, "+0 setsockopt(3, x, TCP_NODELAY, [1], 4) = 0\n", "unknown symbol x");
	is_wrong(NEW, "+0 getsockopt(3, SOL_TCP, TCP_NODELAY, [x], [4]) = 0\n", "unknown symbol x");
	is_wrong(NEW, "+0 getsockopt(3, SOL_TCP, TCP_NODELAY, [0], 4) = 0\n", "expected");
	told(OPEN, "+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"ren\"..., [16]) = 0\n", SCRIPT_FAIL,
		"getsockopt() gave \"cubic\" instead of \"ren\"");
}

Test(script_args, calls_that_sleep)
{
	told(LISTEN, "+0 accept(3, ..., ...) = 4\n", SCRIPT_FAIL, "accept() blocks for ever");
	told(OPEN "+0...1 read(4, ..., 10) = 10\n", "+.5 read(4, ..., 10) = 10\n", SCRIPT_FAIL,
		"another system call still blocks when this one is due");
}

#define KEY(value) "+0 setsockopt(3, SOL_TCP, TCP_MD5SIG, {" value "}, 216) = 0\n"

Test(script_args, the_key_of_a_peer)
{
	passes(LINUX, NEW, KEY("tcpm_addr=inet_addr(\"192.0.2.1\"), tcpm_key=\"secret\""));
	passes(LINUX, "0 socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = 3\n",
		KEY("tcpm_addr=inet6_addr(\"2001:db8::1\"), tcpm_key=\"secret\""));
	passes(LINUX, NEW,
		KEY("tcpm_addr=inet_addr(\"192.0.2.1\"), tcpm_key=\"secret\"")
			KEY("tcpm_addr=inet_addr(\"192.0.2.1\"), tcpm_keylen=0, tcpm_key=\"\""));
	is_wrong(NEW, KEY("tcpm_addr=inet_addr(\"192.0.2.1\")"), "tcpm_key=\"up to 80 bytes\"");
	is_wrong(NEW, KEY("tcpm_addr=\"192.0.2.1\", tcpm_key=\"a\""),
		"expected inet_addr(\"...\") or inet6_addr(\"...\")");
	is_wrong(NEW, KEY("tcpm_addr=inet6_addr(\"192.0.2.1\"), tcpm_key=\"a\""),
		"expected inet_addr(\"...\") or inet6_addr(\"...\")");
	is_wrong(NEW, KEY("tcpm_addr=inet_addr(\"192.0.2.1\"), tcpm_prefixlen=300, tcpm_key=\"a\""),
		"expected a number that its member holds, found 300");
}

#define SAY(list)                                                                                  \
	"+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=0, msg_control=" list  \
	"}, 0) = 0\n"
#define STATS(list) SAY("[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING_OPT_STATS, " list "}]")

Test(script_args, control_data_that_cannot_be)
{
	is_wrong(OPEN, SAY("7"), "expected a list of control messages");
	is_wrong(OPEN, SAY("[{cmsg_type=1, cmsg_data=2}]"), "a struct with the member cmsg_level");
	is_wrong(OPEN, SAY("[{cmsg_level=1, cmsg_type=1, cmsg_data=x}]"), "unknown symbol x");
	is_wrong(OPEN, SAY("[{cmsg_level=1, cmsg_type=1, cmsg_data={ee_errno=1}}]"),
		"a struct with the member ee_origin");
	is_wrong(OPEN, SAY("[{cmsg_level=1, cmsg_type=1, cmsg_data={scm_sec=1}}]"),
		"a struct with the member scm_nsec");
	is_wrong(OPEN, STATS("cmsg_data={TCP_NLA_BUSY=x}"), "unknown symbol x");
	is_wrong(OPEN, STATS("cmsg_data={fd=1}"), "expected attributes NAME=value");
	/* What is well made is compared: here nothing came. */
	told(OPEN "+0 < F. 1:1(0) ack 1 win 9\n+0~+.1 > . 1:1(0) ack 2\n",
		STATS("cmsg_data={TCP_NLA_BUSY=..., TCP_NLA_TTL=64, TCP_NLA_SRTT=1}"), SCRIPT_FAIL,
		"control message 1 did not come");
}
