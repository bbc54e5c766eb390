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

/* What a fresh socket says, and what it says after one setsockopt. */
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
	{SOL_SOCKET, SO_RCVLOWAT, 1, 0, 1, 1, 1},
	{SOL_SOCKET, SO_ZEROCOPY, 0, 2, -EINVAL, 0, -EINVAL},
	{IPPROTO_TCP, TCP_NODELAY, 0, 1, 1, 0, 4},
	{IPPROTO_TCP, TCP_MAXSEG, 536, 1000, 1000, 536, -EINVAL},
	{IPPROTO_TCP, TCP_MAXSEG, 536, 50, -EINVAL, 536, -EINVAL},
	{IPPROTO_TCP, TCP_KEEPIDLE, 7200, 30, 30, 7200, 30},
	{IPPROTO_TCP, TCP_KEEPIDLE, 7200, 40000, -EINVAL, 7200, 40000},
	{IPPROTO_TCP, TCP_KEEPINTVL, 75, 0, -EINVAL, 75, -EINVAL},
	{IPPROTO_TCP, TCP_KEEPCNT, 9, 3, 3, 8, 3},
	{IPPROTO_TCP, TCPSIM_TCP_KEEPINIT, -ENOPROTOOPT, 10, -ENOPROTOOPT, 75, 10},
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
	{IPPROTO_IP, IP_TOS, 0, 0xff, 0xfc, 0, 0xfc},
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

	cr_expect_eq(got, fresh, "row %zu: fresh %d", i, got);
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
	len = (socklen_t)-1;
	cr_expect_eq(tcpsim_getsockopt(p.a, on_linux, SOL_SOCKET, SO_TYPE, &value, &len), -EINVAL);
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
