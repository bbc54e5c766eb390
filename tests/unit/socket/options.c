/* Socket options of both systems: defaults, ranges, sizes and the values getsockopt gives back. */
#include "support/pair.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/time.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>

static struct pair p;
static int on_linux, on_bsd;

static void setup(void)
{
	p = pair_new("linux", "freebsd");
	on_linux = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0);
	on_bsd = tcpsim_socket(p.b, AF_INET, SOCK_STREAM, 0);
}

static void teardown(void)
{
	pair_run(&p, 0);
	pair_free(&p);
}

TestSuite(socket_options, .init = setup, .fini = teardown);

#define NOT_ASKED INT32_MIN /* that system does not have the option, or in another way */

/* What a fresh socket says, and what it says after one setsockopt. Linux's columns are those of
 * 6.18, asked with its own sockets. */
static const struct {
	int level, name;
	int linux_fresh, value, linux_set;
	int bsd_fresh, bsd_set;
} OPTIONS[] = {
	{SOL_SOCKET, SO_TYPE, SOCK_STREAM, 1, -ENOPROTOOPT, SOCK_STREAM, -ENOPROTOOPT},
	{SOL_SOCKET, SO_ERROR, 0, 1, -ENOPROTOOPT, 0, -ENOPROTOOPT},
	{SOL_SOCKET, SO_PROTOCOL, IPPROTO_TCP, 1, -ENOPROTOOPT, IPPROTO_TCP, -ENOPROTOOPT},
	{SOL_SOCKET, SO_REUSEADDR, 0, 5, 1, 0, 4},
	{SOL_SOCKET, SO_KEEPALIVE, 0, 1, 1, 0, 8},
	{SOL_SOCKET, SO_RCVBUF, 131072, 20000, 40000, 65536, 20000},
	{SOL_SOCKET, SO_RCVBUF, 131072, 1, 2304, 65536, 1},
	{SOL_SOCKET, SO_SNDBUF, 16384, 20000, 40000, 32768, 20000},
	{SOL_SOCKET, SO_SNDBUF, 16384, 1, 4608, 32768, 1},
	{SOL_SOCKET, SO_SNDBUF, 16384, 100000000, 8388608, 32768, -ENOBUFS},
	{SOL_SOCKET, SO_DOMAIN, AF_INET, 1, -ENOPROTOOPT, AF_INET, -ENOPROTOOPT},
	{SOL_SOCKET, SO_ACCEPTCONN, 0, 1, -ENOPROTOOPT, 0, -ENOPROTOOPT},
	{SOL_SOCKET, SO_OOBINLINE, 0, 1, 1, 0, 0x100},
	{SOL_SOCKET, SO_REUSEPORT, 0, 1, 1, 0, 0x200},
	{SOL_SOCKET, SO_RCVBUF, 131072, -1, 8388608, 65536, -EINVAL},
	{SOL_SOCKET, SO_SNDBUF, 16384, -1, 8388608, 32768, -EINVAL},
	{SOL_SOCKET, SO_RCVBUF, 131072, 3000000, 6000000, 65536, -ENOBUFS},
	{SOL_SOCKET, SO_RCVBUFFORCE, -ENOPROTOOPT, 9000, -ENOPROTOOPT, -ENOPROTOOPT, -ENOPROTOOPT},
	{SOL_SOCKET, SO_RCVLOWAT, 1, 0, 1, 1, -EINVAL},
	{SOL_SOCKET, SO_RCVLOWAT, 1, 7, 7, 1, 7},
	{SOL_SOCKET, SO_RCVLOWAT, 1, -1, 16777216, 1, -EINVAL},
	{SOL_SOCKET, SO_RCVLOWAT, 1, 100000, 100000, 1, 65536},
	{SOL_SOCKET, SO_ZEROCOPY, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{SOL_SOCKET, SO_PRIORITY, 0, 5, 5, NOT_ASKED, NOT_ASKED},
	{SOL_SOCKET, SO_MARK, 0, 7, 7, NOT_ASKED, NOT_ASKED},
	{SOL_SOCKET, SO_SNDLOWAT, 1, 5, -ENOPROTOOPT, 2048, NOT_ASKED},
	{SOL_SOCKET, SO_TIMESTAMPING, 0, 16, 16, NOT_ASKED, NOT_ASKED},
	{SOL_SOCKET, SO_TIMESTAMPING, 0, 1 << 20, -EINVAL, NOT_ASKED, NOT_ASKED},
	{SOL_SOCKET, SO_TIMESTAMPING, 0, -1, -EINVAL, NOT_ASKED, NOT_ASKED},
	{SOL_SOCKET, SO_ZEROCOPY, 0, 2, -EINVAL, 0, -EINVAL},
	{IPPROTO_TCP, TCP_NODELAY, 0, 1, 1, 0, 4},
	{IPPROTO_TCP, TCP_MAXSEG, 536, 1000, 1000, 536, -EINVAL},
	{IPPROTO_TCP, TCP_MAXSEG, 536, 50, -EINVAL, 536, -EINVAL},
	{IPPROTO_TCP, TCP_KEEPIDLE, 7200, 30, 30, 7200, 30},
	{IPPROTO_TCP, TCP_KEEPIDLE, 7200, 40000, -EINVAL, 7200, 40000},
	{IPPROTO_TCP, TCP_KEEPINTVL, 75, 0, -EINVAL, 75, -EINVAL},
	{IPPROTO_TCP, TCP_KEEPCNT, 9, 3, 3, 8, 3},
	{IPPROTO_TCP, TCP_KEEPINTVL, 75, 30, 30, 75, 30},
	{IPPROTO_TCP, TCP_KEEPINTVL, 75, 32768, -EINVAL, 75, 32768},
	{IPPROTO_TCP, TCP_KEEPCNT, 9, 0, -EINVAL, 8, -EINVAL},
	{IPPROTO_TCP, TCP_KEEPCNT, 9, 128, -EINVAL, 8, 128},
	{IPPROTO_TCP, TCPSIM_TCP_KEEPINIT, -ENOPROTOOPT, 10, -ENOPROTOOPT, 75, 10},
	{IPPROTO_TCP, TCPSIM_TCP_KEEPINIT, -ENOPROTOOPT, 0, -ENOPROTOOPT, 75, -EINVAL},
	{IPPROTO_TCP, TCP_MAXSEG, 536, 0, 536, 536, -EINVAL},
	{IPPROTO_TCP, TCP_MAXSEG, 536, 40000, -EINVAL, 536, -EINVAL},
	{IPPROTO_TCP, TCP_MAXSEG, 536, 500, 500, 536, 500},
	{IPPROTO_TCP, TCP_CORK, 0, 5, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_SYNCNT, 6, 3, 3, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_SYNCNT, 6, 0, -EINVAL, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_LINGER2, 60, 0, 60, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_LINGER2, 60, 10, 10, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, -1, 0, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, 100, 127, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_WINDOW_CLAMP, 0, 5000, 5000, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_WINDOW_CLAMP, 0, 100, 1152, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_QUICKACK, 1, 0, 0, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_QUICKACK, 1, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_USER_TIMEOUT, 0, 5000, 5000, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_FASTOPEN, 0, 5, 5, 0, 1},
	{IPPROTO_TCP, TCP_FASTOPEN, 0, -1, -EINVAL, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 0, 2, -EINVAL, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0, 1000, 1000, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_INQ, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 0, 2, -EINVAL, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_THIN_DUPACK, 0, 1, 0, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCP_THIN_DUPACK, 0, 2, -EINVAL, NOT_ASKED, NOT_ASKED},
	{IPPROTO_TCP, TCPSIM_TCP_REMOTE_UDP_ENCAPS_PORT, -ENOPROTOOPT, 9899, -ENOPROTOOPT, 0,
		-EINVAL},
	{IPPROTO_TCP, TCP_SYNCNT, 6, 128, -EINVAL, 0, -EINVAL},
	{IPPROTO_TCP, TCP_LINGER2, 60, -5, -1, 60, -1},
	{IPPROTO_TCP, TCP_LINGER2, 60, 500, 120, 60, 120},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, 5, 7, 0, 7},
	{IPPROTO_TCP, TCP_USER_TIMEOUT, 0, -1, -EINVAL, 0, -EINVAL},
	{IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0, 2, -EINVAL, 0, -EINVAL},
	{IPPROTO_TCP, TCP_INQ, 0, 2, -EINVAL, 0, -EINVAL},
	{IPPROTO_TCP, 9999, -ENOPROTOOPT, 0, -ENOPROTOOPT, -ENOPROTOOPT, -ENOPROTOOPT},
	{IPPROTO_IP, IP_TTL, 64, 0, -EINVAL, 64, -EINVAL},
	{IPPROTO_IP, IP_TTL, 64, 3, 3, 64, 3},
	{IPPROTO_IP, IP_TTL, 64, -1, 64, 64, 64},
	{IPPROTO_IP, IP_TTL, 64, 256, -EINVAL, 64, -EINVAL},
	{IPPROTO_IP, IP_TOS, 0, 0xff, 0xfc, 0, 0xfc},
	{IPPROTO_IP, IP_TOS, 0, -1, 0xfc, NOT_ASKED, NOT_ASKED},
	{IPPROTO_IP, IP_TOS, 0, 300, 44, NOT_ASKED, NOT_ASKED},
	{IPPROTO_IP, IP_FREEBIND, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_IP, IP_RECVERR, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 0, 1, 1, NOT_ASKED, NOT_ASKED},
	{IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT, 9, -EINVAL, -ENOPROTOOPT, -ENOPROTOOPT},
	{IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT, 3, 3, -ENOPROTOOPT, -ENOPROTOOPT},
	{IPPROTO_IP, IP_MTU, -ENOTCONN, 1, -ENOPROTOOPT, -ENOTCONN, -ENOPROTOOPT},
	{IPPROTO_IPV6, IPV6_V6ONLY, -ENOPROTOOPT, 1, -ENOPROTOOPT, -ENOPROTOOPT, -ENOPROTOOPT},
};

static void expect_option(struct tcpsim_host *host, size_t i, int fresh, int set)
{
	int fd = tcpsim_socket(host, AF_INET, SOCK_STREAM, 0), level = OPTIONS[i].level,
	    name = OPTIONS[i].name;
	int got = option(host, fd, level, name), error;

	if (fresh != NOT_ASKED)
		cr_expect_eq(got, fresh, "row %zu: fresh %d", i, got);
	if (set == NOT_ASKED)
		return;
	error = flag(host, fd, level, name, OPTIONS[i].value);
	got = error ? error : option(host, fd, level, name);
	cr_expect_eq(got, set, "row %zu: set %d", i, got);
}

Test(socket_options, give_defaults_and_take_values)
{
	for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++) {
		expect_option(p.a, i, OPTIONS[i].linux_fresh, OPTIONS[i].linux_set);
		expect_option(p.b, i, OPTIONS[i].bsd_fresh, OPTIONS[i].bsd_set);
	}
}

Test(socket_options, sizes_are_checked)
{
	int value = 1;
	socklen_t len = 2;

	cr_expect_eq(
		tcpsim_setsockopt(p.a, on_linux, SOL_SOCKET, SO_REUSEADDR, &value, 2), -EINVAL);
	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, SOL_SOCKET, SO_REUSEADDR, NULL, 4), -EFAULT);
	cr_expect_eq(tcpsim_setsockopt(p.a, 99, SOL_SOCKET, SO_REUSEADDR, &value, 4), -EBADF);
	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, IPPROTO_IP, IP_TOS, &value, 1), 0,
		"a byte is enough");
	cr_expect_eq(tcpsim_getsockopt(p.a, on_linux, SOL_SOCKET, SO_TYPE, &value, &len), 0);
	cr_expect_eq(len, 2);
	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, IPPROTO_TCP, 99, &value, 3), -EINVAL,
		"the size comes before the name");
	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, IPPROTO_TCP, 99, &value, 4), -ENOPROTOOPT);
	len = (socklen_t)-1;
	cr_expect_eq(tcpsim_getsockopt(p.a, on_linux, SOL_SOCKET, SO_TYPE, &value, &len), -EINVAL);
}

/* Linux do_ip_setsockopt, do_ip_getsockopt: no byte is a zero, and one byte is told in one. */
Test(socket_options, those_of_ip_may_be_bytes)
{
	int value = 0x7f7f;
	socklen_t len = 3;

	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, IPPROTO_IP, IP_TOS, &(int){16}, 4), 0);
	cr_expect_eq(tcpsim_getsockopt(p.a, on_linux, IPPROTO_IP, IP_TOS, &value, &len), 0);
	cr_expect(len == 1 && value == 0x7f10, "%d bytes, %#x", (int)len, (unsigned)value);
	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, IPPROTO_IP, IP_TOS, &value, 0), 0);
	len = sizeof(value);
	cr_expect_eq(tcpsim_getsockopt(p.a, on_linux, IPPROTO_IP, IP_TOS, &value, &len), 0);
	cr_expect(len == 4 && value == 0);
	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, IPPROTO_IP, IP_TTL, &value, 0), -EINVAL);
}

Test(socket_options, linger_and_timeouts_are_structures)
{
	struct linger linger = {1, 5};
	struct timeval tv = {1, 500000};
	socklen_t len = sizeof(linger);

	cr_expect_eq(
		tcpsim_setsockopt(p.a, on_linux, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)),
		0);
	linger = (struct linger){0, 0};
	cr_expect_eq(tcpsim_getsockopt(p.a, on_linux, SOL_SOCKET, SO_LINGER, &linger, &len), 0);
	cr_expect(linger.l_onoff == 1 && linger.l_linger == 5);
	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	cr_expect_eq(tcpsim_receive_timeout(p.a, on_linux), 1500000000);
	tv.tv_usec = 1000000;
	cr_expect_eq(
		tcpsim_setsockopt(p.a, on_linux, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), -EDOM);
}

static int set_bytes(int name, int level, const void *value, socklen_t len)
{
	return tcpsim_setsockopt(p.a, on_linux, level, name, value, len);
}

static socklen_t bytes_of(int name, int level, void *value, socklen_t len)
{
	cr_assert_eq(tcpsim_getsockopt(p.a, on_linux, level, name, value, &len), 0);
	return len;
}

Test(socket_options, structures_that_are_too_short_or_too_much)
{
	struct linger linger = {1, -1};
	struct timeval tv = {-1, 0};

	cr_expect_eq(set_bytes(SO_LINGER, SOL_SOCKET, &linger, 4), -EINVAL);
	cr_expect_eq(set_bytes(SO_RCVTIMEO, SOL_SOCKET, &tv, 8), -EINVAL);
	cr_expect_eq(set_bytes(SO_SNDTIMEO, SOL_SOCKET, &tv, sizeof(tv)), 0);
	bytes_of(SO_SNDTIMEO, SOL_SOCKET, &tv, sizeof(tv));
	cr_expect(tv.tv_sec == 0 && tv.tv_usec == 0, "a time before now is none");
	tv = (struct timeval){3, 250000};
	cr_expect_eq(set_bytes(SO_SNDTIMEO, SOL_SOCKET, &tv, sizeof(tv)), 0);
	cr_expect_eq(set_bytes(SO_RCVTIMEO, SOL_SOCKET, &(struct timeval){7, 1}, sizeof(tv)), 0);
	tv = (struct timeval){0, 0};
	cr_expect_eq(bytes_of(SO_SNDTIMEO, SOL_SOCKET, &tv, sizeof(tv)), sizeof(tv));
	cr_expect(tv.tv_sec == 3 && tv.tv_usec == 250000);
	bytes_of(SO_RCVTIMEO, SOL_SOCKET, &tv, sizeof(tv));
	cr_expect(tv.tv_sec == 7 && tv.tv_usec == 1);
	tv.tv_usec = -1;
	cr_expect_eq(set_bytes(SO_SNDTIMEO, SOL_SOCKET, &tv, sizeof(tv)), -EDOM);
	cr_expect_eq(set_bytes(SO_LINGER, SOL_SOCKET, &linger, sizeof(linger)), 0);
	bytes_of(SO_LINGER, SOL_SOCKET, &linger, sizeof(linger));
	cr_expect_eq(linger.l_linger, UINT16_MAX, "as long as it can be");
	linger = (struct linger){1, 5};
	cr_expect_eq(
		tcpsim_setsockopt(p.b, on_bsd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	socklen_t len = sizeof(linger);
	tcpsim_getsockopt(p.b, on_bsd, SOL_SOCKET, SO_LINGER, &linger, &len);
	cr_expect_eq(linger.l_onoff, 0x80, "BSD tells options by their bits");
}

/* Linux: 4 octets or 8; 2^32 - 1 in 4 is no bound, as it is what is told of one above it. */
Test(socket_options, a_pacing_rate_has_two_widths)
{
	uint64_t rate = 0;
	uint32_t half = 125000;

	bytes_of(SO_MAX_PACING_RATE, SOL_SOCKET, &rate, sizeof(rate));
	cr_expect_eq(rate, UINT64_MAX);
	cr_expect_eq(set_bytes(SO_MAX_PACING_RATE, SOL_SOCKET, &half, 2), -EINVAL);
	cr_expect_eq(set_bytes(SO_MAX_PACING_RATE, SOL_SOCKET, &half, 4), 0);
	cr_expect_eq(bytes_of(SO_MAX_PACING_RATE, SOL_SOCKET, &rate, 8), 8);
	cr_expect_eq(rate, 125000);
	half = UINT32_MAX;
	cr_expect_eq(set_bytes(SO_MAX_PACING_RATE, SOL_SOCKET, &half, 4), 0);
	bytes_of(SO_MAX_PACING_RATE, SOL_SOCKET, &rate, 8);
	cr_expect_eq(rate, UINT64_MAX);
	rate = UINT64_C(0x123456789a);
	cr_expect_eq(set_bytes(SO_MAX_PACING_RATE, SOL_SOCKET, &rate, 8), 0);
	rate = 0;
	bytes_of(SO_MAX_PACING_RATE, SOL_SOCKET, &rate, 8);
	cr_expect_eq(rate, UINT64_C(0x123456789a));
}

Test(socket_options, fast_open_keys_are_one_or_two)
{
	uint8_t keys[32], got[32] = {0};

	for (size_t i = 0; i < sizeof(keys); i++)
		keys[i] = (uint8_t)(i + 1);
	cr_expect_eq(set_bytes(TCP_FASTOPEN_KEY, IPPROTO_TCP, keys, 15), -EINVAL);
	cr_expect_eq(set_bytes(TCP_FASTOPEN_KEY, IPPROTO_TCP, keys, 32), 0);
	cr_expect_eq(bytes_of(TCP_FASTOPEN_KEY, IPPROTO_TCP, got, 32), 32);
	cr_expect_arr_eq(got, keys, 32);
	cr_expect_eq(bytes_of(TCP_FASTOPEN_KEY, IPPROTO_TCP, got, 8), 8);
	cr_expect_eq(set_bytes(TCP_FASTOPEN_KEY, IPPROTO_TCP, keys + 16, 16), 0);
	cr_expect_eq(bytes_of(TCP_FASTOPEN_KEY, IPPROTO_TCP, got, 32), 16);
	cr_expect_arr_eq(got, keys + 16, 16);
}

/* What a privileged process asks for is taken beyond the system's bound; BSD has no such option. */
Test(socket_options, buffers_can_be_forced)
{
	cr_expect_eq(flag(p.a, on_linux, SOL_SOCKET, SO_RCVBUFFORCE, 10000000), 0);
	cr_expect_eq(option(p.a, on_linux, SOL_SOCKET, SO_RCVBUF), 20000000);
	cr_expect_eq(flag(p.a, on_linux, SOL_SOCKET, SO_SNDBUFFORCE, 10000000), 0);
	cr_expect_eq(option(p.a, on_linux, SOL_SOCKET, SO_SNDBUF), 20000000);
	cr_expect_eq(flag(p.a, on_linux, SOL_SOCKET, SO_RCVLOWAT, 20000000), 0);
	cr_expect_eq(option(p.a, on_linux, SOL_SOCKET, SO_RCVLOWAT), 10000000, "half of it");
	cr_expect_eq(flag(p.b, on_bsd, SOL_SOCKET, SO_SNDBUFFORCE, 1), -ENOPROTOOPT);
}

Test(socket_options, a_listener_tells_of_itself)
{
	int linux_fd = listening(p.a, "10.0.0.1", 80), bsd_fd = listening(p.b, "10.0.0.2", 80);

	cr_expect_eq(option(p.a, linux_fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	cr_expect_eq(option(p.b, bsd_fd, SOL_SOCKET, SO_ACCEPTCONN), 2);
	cr_expect_gt(option(p.b, bsd_fd, SOL_SOCKET, TCPSIM_SO_LISTENQLIMIT), 0);
	cr_expect_eq(option(p.b, bsd_fd, SOL_SOCKET, TCPSIM_SO_LISTENQLEN), 0);
	connected(&p, p.a, "10.0.0.2", 80);
	cr_expect_eq(option(p.b, bsd_fd, SOL_SOCKET, TCPSIM_SO_LISTENQLEN), 1);
	cr_expect_eq(flag(p.a, linux_fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), -EINVAL,
		"a listener calls nobody");
	cr_expect_eq(flag(p.a, linux_fd, IPPROTO_TCP, TCP_FASTOPEN, 100000), 0);
	cr_expect_eq(option(p.a, linux_fd, IPPROTO_TCP, TCP_FASTOPEN), 4096);
}

Test(socket_options, freebsd_names_the_tcp_that_serves)
{
	struct tcpsim_function_set set = {"rack", 0};
	socklen_t len = sizeof(set);

	cr_expect_eq(tcpsim_setsockopt(
			     p.b, on_bsd, IPPROTO_TCP, TCPSIM_TCP_FUNCTION_BLK, &set, sizeof(set)),
		-ENOENT);
	cr_expect_eq(tcpsim_setsockopt(p.b, on_bsd, IPPROTO_TCP, TCPSIM_TCP_FUNCTION_BLK, &set, 4),
		-EINVAL);
	cr_expect_eq(
		tcpsim_getsockopt(p.b, on_bsd, IPPROTO_TCP, TCPSIM_TCP_FUNCTION_BLK, &set, &len),
		0);
	cr_expect_str_eq(set.function_set_name, "freebsd");
	cr_expect_eq(tcpsim_setsockopt(
			     p.b, on_bsd, IPPROTO_TCP, TCPSIM_TCP_FUNCTION_BLK, &set, sizeof(set)),
		0);
}

Test(socket_options, of_ip_version_6)
{
	static const int ROWS[][4] = {{IPV6_TCLASS, 0, 0xff, 0xfc}, {IPV6_TCLASS, 0, -1, 0},
		{IPV6_TCLASS, 0, 256, -EINVAL}, {IPV6_UNICAST_HOPS, 64, -1, 64},
		{IPV6_UNICAST_HOPS, 64, 9, 9}, {IPV6_MTU_DISCOVER, 1, 3, 3},
		{IPV6_MTU_DISCOVER, 1, 9, -EINVAL}, {IPV6_FREEBIND, 0, 1, 1},
		{IPV6_RECVERR, 0, 1, 1}, {IPV6_MTU, -ENOTCONN, 1300, -ENOPROTOOPT}};

	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		int fd = tcpsim_socket(p.a, AF_INET6, SOCK_STREAM, 0), error;
		int got = option(p.a, fd, IPPROTO_IPV6, ROWS[i][0]);

		cr_expect_eq(got, ROWS[i][1], "row %zu: fresh %d", i, got);
		error = flag(p.a, fd, IPPROTO_IPV6, ROWS[i][0], ROWS[i][2]);
		got = error ? error : option(p.a, fd, IPPROTO_IPV6, ROWS[i][0]);
		cr_expect_eq(got, ROWS[i][3], "row %zu: set %d", i, got);
	}
	/* RFC 3542 §11.1, which the BSDs have */
	int fd = tcpsim_socket(p.b, AF_INET6, SOCK_STREAM, 0);

	cr_expect_eq(option(p.b, fd, IPPROTO_IPV6, TCPSIM_IPV6_USE_MIN_MTU), -1);
	cr_expect_eq(flag(p.b, fd, IPPROTO_IPV6, TCPSIM_IPV6_USE_MIN_MTU, 2), -EINVAL);
	cr_expect_eq(flag(p.b, fd, IPPROTO_IPV6, TCPSIM_IPV6_USE_MIN_MTU, 1), 0);
	cr_expect_eq(option(p.b, fd, IPPROTO_IPV6, TCPSIM_IPV6_USE_MIN_MTU), 1);
}

Test(socket_options, congestion_control_by_name)
{
	char name[16];
	socklen_t len = sizeof(name);

	cr_expect_eq(tcpsim_setsockopt(p.a, on_linux, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
	cr_expect_eq(tcpsim_getsockopt(p.a, on_linux, IPPROTO_TCP, TCP_CONGESTION, name, &len), 0);
	cr_expect_str_eq(name, "reno");
	cr_expect_eq(
		tcpsim_setsockopt(p.a, on_linux, IPPROTO_TCP, TCP_CONGESTION, "none", 4), -ENOENT);
}

Test(socket_options, v6only_must_come_before_bind)
{
	int fd = tcpsim_socket(p.a, AF_INET6, SOCK_STREAM, 0);

	cr_expect_eq(option(p.a, fd, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	cr_expect_eq(flag(p.a, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
	cr_expect_eq(tcpsim_bind(p.a, fd, at("::", 80), 28), 0);
	cr_expect_eq(flag(p.a, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0), -EINVAL);
	cr_expect_geq(bound(p.a, "0.0.0.0", 80), 3, "the families do not meet");
}

Test(socket_options, tcp_info_is_cut_to_what_is_asked)
{
	struct tcpsim_tcp_info info;
	socklen_t len = 104;

	listening(p.b, "10.0.0.2", 80);
	on_linux = connected(&p, p.a, "10.0.0.2", 80);
	cr_expect_eq(tcpsim_getsockopt(p.a, on_linux, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	cr_expect_eq(len, 104);
	cr_expect_eq(info.tcpi_state, 1, "ESTABLISHED as Linux numbers it");
	cr_expect_eq(info.tcpi_snd_cwnd, 10);
}

/* RFC 4898's counters, on both sides of one exchange. */
Test(socket_options, tcp_info_counts_what_passed)
{
	int server = listening(p.b, "10.0.0.2", 80), conn;
	struct tcpsim_tcp_info a, b;
	socklen_t len = sizeof(a);

	on_linux = connected(&p, p.a, "10.0.0.2", 80);
	conn = tcpsim_accept4(p.b, server, NULL, NULL, 0);
	put(p.a, on_linux, "hello", 0);
	pair_run(&p, 10000000);
	put(p.b, conn, "hi", 0);
	pair_run(&p, 200000000);
	tcpsim_getsockopt(p.a, on_linux, IPPROTO_TCP, TCP_INFO, &a, &len);
	tcpsim_getsockopt(p.b, conn, IPPROTO_TCP, TCP_INFO, &b, &len);
	cr_expect_eq(a.tcpi_bytes_sent, 5);
	cr_expect_eq(a.tcpi_bytes_received, 2);
	cr_expect_eq(b.tcpi_bytes_sent, 2);
	cr_expect_eq(b.tcpi_bytes_received, 5);
	cr_expect_eq(a.tcpi_bytes_retrans, 0);
	cr_expect_eq(a.tcpi_data_segs_out, 1);
	cr_expect_eq(a.tcpi_data_segs_in, 1);
	cr_expect_eq(a.tcpi_segs_out, 4, "SYN, its ACK, the text, the ACK of what came");
	cr_expect_eq(a.tcpi_segs_in, 2, "SYN,ACK and text that acknowledges");
	cr_expect_eq(a.tcpi_total_retrans, 0);
	cr_expect_eq(a.tcpi_notsent_bytes, 0);
}
