/* The socket calls, statement by statement of the brief (S1, S2, S8 to S15), and what
 * they refuse. */
#include "support/pair.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <tcpsim/options.h>
#include <tcpsim/testkit.h>

static struct pair p;

static void setup(void)
{
	p = pair_new("linux", "freebsd");
}

static void teardown(void)
{
	pair_run(&p, 0);
	pair_free(&p);
}

TestSuite(sockets, .init = setup, .fini = teardown);

static void expect_name(struct tcpsim_host *host, int fd, const char *ip, int port)
{
	struct sockaddr_in6 name, *v6 = &name;
	const struct sockaddr *want = at(ip, (unsigned)port);
	socklen_t len = sizeof(name);

	cr_assert_eq(tcpsim_getsockname(host, fd, (struct sockaddr *)v6, &len), 0);
	if (want->sa_family == AF_INET && port)
		cr_expect_arr_eq(v6, want, 8, "%s:%d", ip, port);
	else if (want->sa_family == AF_INET)
		cr_expect_arr_eq((char *)v6 + 4, (const char *)want + 4, 4, "%s", ip);
	else
		cr_expect_arr_eq((char *)v6 + 8, (const char *)want + 8, 16, "%s", ip);
}

static int port_of(struct tcpsim_host *host, int fd)
{
	struct sockaddr_in6 name;
	socklen_t len = sizeof(name);

	cr_assert_eq(tcpsim_getsockname(host, fd, (struct sockaddr *)&name, &len), 0);
	return ntohs(name.sin6_port); /* the same place in both families */
}

/* UNP Figures 4.2 to 4.4: what is TCP, and how the rest is refused. */
static const struct {
	int family, type, protocol;
	int linux_, bsd;
} COMBINATIONS[] = {
	{AF_INET, SOCK_STREAM, 0, 0, 0},
	{AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, 0},
	{AF_INET6, SOCK_STREAM, IPPROTO_TCP, 0, 0},
	{AF_INET, SOCK_STREAM, IPPROTO_SCTP, -EPROTONOSUPPORT, -EPROTONOSUPPORT},
	{AF_INET, SOCK_STREAM, IPPROTO_UDP, -EPROTONOSUPPORT, -EPROTONOSUPPORT},
	{AF_INET, SOCK_DGRAM, 0, -ESOCKTNOSUPPORT, -EPROTOTYPE},
	{AF_INET, SOCK_DGRAM, IPPROTO_TCP, -EPROTONOSUPPORT, -EPROTONOSUPPORT},
	{AF_INET, SOCK_DGRAM, IPPROTO_UDP, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT},
	{AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT},
	{AF_INET, SOCK_RAW, IPPROTO_ICMP, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT},
	{AF_INET, 0, 0, -EINVAL, -EPROTOTYPE},
	{AF_INET, 15, 0, -EINVAL, -EPROTOTYPE},
	{AF_LOCAL, SOCK_STREAM, 0, -EAFNOSUPPORT, -EAFNOSUPPORT},
	{AF_ROUTE, SOCK_RAW, 0, -EAFNOSUPPORT, -EAFNOSUPPORT},
	{AF_KEY, SOCK_RAW, 2, -EAFNOSUPPORT, -EAFNOSUPPORT},
	{99, SOCK_STREAM, 0, -EAFNOSUPPORT, -EAFNOSUPPORT},
};

Test(sockets, s1_only_valid_combinations_make_a_socket)
{
	for (size_t i = 0; i < sizeof(COMBINATIONS) / sizeof(COMBINATIONS[0]); i++) {
		int f = COMBINATIONS[i].family, t = COMBINATIONS[i].type,
		    proto = COMBINATIONS[i].protocol;
		int on_linux = tcpsim_socket(p.a, f, t, proto),
		    on_bsd = tcpsim_socket(p.b, f, t, proto);

		if (COMBINATIONS[i].linux_ == 0) {
			cr_expect_geq(on_linux, 3);
			cr_expect_geq(on_bsd, 3);
		} else {
			cr_expect_eq(on_linux, COMBINATIONS[i].linux_, "row %zu: %d", i, on_linux);
			cr_expect_eq(on_bsd, COMBINATIONS[i].bsd, "row %zu: %d", i, on_bsd);
		}
	}
}

Test(sockets, s1_descriptors_are_small_and_the_lowest_free)
{
	cr_expect_eq(tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0), 3);
	cr_expect_eq(tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0), 4);
	cr_expect_eq(tcpsim_close(p.a, 3), 0);
	cr_expect_eq(tcpsim_close(p.a, 3), -EBADF);
	cr_expect_eq(tcpsim_socket(p.a, AF_INET6, SOCK_STREAM, 0), 3);
	for (int fd = 5; fd < 1000; fd++)
		cr_assert_eq(tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0), fd);
	tcpsim_close(p.a, 77);
	cr_expect_eq(tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0), 77);
}

Test(sockets, s1_a_fresh_socket_names_no_address)
{
	int fd = tcpsim_socket(p.a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	expect_name(p.a, fd, "0.0.0.0", 0);
	cr_expect_eq(port_of(p.a, fd), 0);
	cr_expect_eq(tcpsim_getpeername(p.a, fd, (struct sockaddr *)&(struct sockaddr_in6){0},
			     &(socklen_t){28}),
		-ENOTCONN);
	cr_expect_eq(tcpsim_fcntl(p.a, fd, F_GETFL, 0), O_RDWR | O_NONBLOCK);
	cr_expect_eq(tcpsim_state(p.a, fd), TCPSIM_CLOSED);
}

Test(sockets, s2_connect_without_bind_gets_source_and_ephemeral_port)
{
	int fd;

	listening(p.b, "10.0.0.2", 80);
	fd = connected(&p, p.a, "10.0.0.2", 80);
	expect_name(p.a, fd, "10.0.0.1", 0);
	cr_expect_geq(port_of(p.a, fd), 32768);
	cr_expect_leq(port_of(p.a, fd), 60999);
}

Test(sockets, s8_bind_takes_ipv4_and_ipv6)
{
	expect_name(p.a, bound(p.a, "10.0.0.3", 8080), "10.0.0.3", 8080);
	expect_name(p.a, bound(p.a, "2001:db8::1", 8080), "2001:db8::1", 8080);
}

Test(sockets, s9_bind_may_name_address_or_port_or_both_or_neither)
{
	int neither = bound(p.a, "0.0.0.0", 0), port = bound(p.a, "0.0.0.0", 9),
	    addr = bound(p.a, "10.0.0.3", 0);

	cr_expect_geq(port_of(p.a, neither), 32768);
	cr_expect_eq(port_of(p.a, port), 9);
	cr_expect_geq(port_of(p.a, addr), 32768);
	expect_name(p.a, neither, "0.0.0.0", 0);
	expect_name(p.a, addr, "10.0.0.3", 0);
}

Test(sockets, s11_an_address_that_is_not_ours_is_refused)
{
	cr_expect_eq(bound(p.a, "10.0.0.2", 80), -EADDRNOTAVAIL);
	cr_expect_eq(bound(p.a, "198.51.100.1", 0), -EADDRNOTAVAIL);
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.ip_nonlocal_bind", "1"), 0);
	cr_expect_geq(bound(p.a, "198.51.100.1", 0), 3);
}

Test(sockets, s12_a_bound_address_is_the_source_of_a_client)
{
	int fd = bound(p.a, "10.0.0.3", 0), server = listening(p.b, "0.0.0.0", 80), conn;
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);

	tcpsim_connect(p.a, fd, at("10.0.0.2", 80), sizeof(struct sockaddr_in));
	pair_run(&p, 100000000);
	conn = tcpsim_accept4(p.b, server, (struct sockaddr *)&peer, &len, 0);
	cr_assert_geq(conn, 3);
	cr_expect_eq(peer.sin_addr.s_addr, htonl(0x0a000003));
	cr_expect_eq(ntohs(peer.sin_port), port_of(p.a, fd));
}

Test(sockets, s12_a_bound_server_takes_only_connections_for_that_address)
{
	int fd = tcpsim_socket(p.b, AF_INET, SOCK_STREAM, 0);

	listening(p.a, "10.0.0.3", 80);
	tcpsim_connect(p.b, fd, at("10.0.0.1", 80), sizeof(struct sockaddr_in));
	pair_run(&p, 100000000);
	cr_expect_eq(option(p.b, fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	connected(&p, p.b, "10.0.0.3", 80);
}

Test(sockets, s14_the_syns_destination_becomes_the_servers_source)
{
	int server = listening(p.a, "0.0.0.0", 80), conn;

	connected(&p, p.b, "10.0.0.3", 80);
	conn = tcpsim_accept4(p.a, server, NULL, NULL, SOCK_NONBLOCK);
	expect_name(p.a, conn, "10.0.0.3", 80);
	expect_name(p.a, server, "0.0.0.0", 80);
	cr_expect_eq(tcpsim_nonblocking(p.a, conn), 1);
}

/* S15: bind() of the second socket when the first one is as told. L: it listens. */
static const struct {
	const char *first, *second;
	bool listens, reuse_first, reuse_second, port_both;
	int linux_, bsd;
} BINDS[] = {
	{"0.0.0.0", "0.0.0.0", false, false, false, false, -EADDRINUSE, -EADDRINUSE},
	{"0.0.0.0", "10.0.0.1", false, false, false, false, -EADDRINUSE, -EADDRINUSE},
	{"10.0.0.1", "0.0.0.0", false, false, false, false, -EADDRINUSE, -EADDRINUSE},
	{"10.0.0.1", "10.0.0.3", false, false, false, false, 0, 0},
	{"10.0.0.1", "10.0.0.1", false, true, true, false, 0, -EADDRINUSE},
	{"0.0.0.0", "0.0.0.0", false, true, true, false, 0, -EADDRINUSE},
	{"0.0.0.0", "0.0.0.0", true, true, true, false, -EADDRINUSE, -EADDRINUSE},
	{"0.0.0.0", "10.0.0.1", false, false, true, false, -EADDRINUSE, 0},
	{"0.0.0.0", "10.0.0.1", true, true, true, false, -EADDRINUSE, 0},
	{"0.0.0.0", "0.0.0.0", true, false, false, true, 0, 0},
	{"0.0.0.0", "10.0.0.1", true, false, false, true, 0, 0},
	{"::", "10.0.0.1", false, false, false, false, -EADDRINUSE,
		0}, /* BSD: IPv6 only by default */
	{"2001:db8::1", "10.0.0.1", false, false, false, false, 0, 0},
	{"::", "2001:db8::1", false, false, false, false, -EADDRINUSE, -EADDRINUSE},
};

static int second_bind(const char *profile, size_t i)
{
	struct pair q = pair_new(profile, "linux");
	const struct sockaddr *first = at(BINDS[i].first, 80), *second = at(BINDS[i].second, 80);
	int a = tcpsim_socket(q.a, first->sa_family, SOCK_STREAM, 0);
	int b = tcpsim_socket(q.a, second->sa_family, SOCK_STREAM, 0), result;

	flag(q.a, a, SOL_SOCKET, SO_REUSEADDR, BINDS[i].reuse_first);
	flag(q.a, b, SOL_SOCKET, SO_REUSEADDR, BINDS[i].reuse_second);
	flag(q.a, a, SOL_SOCKET, SO_REUSEPORT, BINDS[i].port_both);
	flag(q.a, b, SOL_SOCKET, SO_REUSEPORT, BINDS[i].port_both);
	cr_assert_eq(tcpsim_bind(q.a, a, first, sizeof(struct sockaddr_in6)), 0);
	if (BINDS[i].listens)
		cr_assert_eq(tcpsim_listen(q.a, a, 5), 0);
	result = tcpsim_bind(q.a, b, second, sizeof(struct sockaddr_in6));
	pair_free(&q);
	return result;
}

Test(sockets, s15_eaddrinuse_by_the_rules_of_each_system)
{
	for (size_t i = 0; i < sizeof(BINDS) / sizeof(BINDS[0]); i++) {
		int on_linux = second_bind("linux", i), on_bsd = second_bind("freebsd", i);

		cr_expect_eq(on_linux, BINDS[i].linux_, "row %zu, linux: %d", i, on_linux);
		cr_expect_eq(on_bsd, BINDS[i].bsd, "row %zu, freebsd: %d", i, on_bsd);
	}
}

Test(sockets, s15_linux_lets_two_bind_but_only_one_listen)
{
	int a = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0),
	    b = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0);

	flag(p.a, a, SOL_SOCKET, SO_REUSEADDR, 1);
	flag(p.a, b, SOL_SOCKET, SO_REUSEADDR, 1);
	cr_expect_eq(tcpsim_bind(p.a, a, at("0.0.0.0", 80), 16), 0);
	cr_expect_eq(tcpsim_bind(p.a, b, at("0.0.0.0", 80), 16), 0);
	cr_expect_eq(tcpsim_listen(p.a, a, 5), 0);
	cr_expect_eq(tcpsim_listen(p.a, b, 5), -EADDRINUSE);
}

/* The server that closes first is in TIME-WAIT: a new one needs SO_REUSEADDR (UNP §7.5). */
Test(sockets, s15_time_wait_keeps_the_port_without_reuseaddr)
{
	int server = listening(p.a, "0.0.0.0", 80), client, conn, again;

	flag(p.a, server, SOL_SOCKET, SO_REUSEADDR, 1);
	client = connected(&p, p.b, "10.0.0.1", 80);
	conn = tcpsim_accept4(p.a, server, NULL, NULL, 0);
	tcpsim_close(p.a, conn);
	pair_run(&p, 100000000);
	tcpsim_close(p.b, client);
	pair_run(&p, 100000000);
	tcpsim_close(p.a, server);
	cr_expect_eq(bound(p.a, "0.0.0.0", 80), -EADDRINUSE);
	cr_expect_geq(bound(p.a, "10.0.0.3", 80), 3, "another address is free");
	again = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0);
	flag(p.a, again, SOL_SOCKET, SO_REUSEADDR, 1);
	cr_expect_eq(tcpsim_bind(p.a, again, at("10.0.0.1", 80), 16), 0);
}

Test(sockets, reserved_ports_need_privilege)
{
	struct tcpsim_host_config config = {
		.profile = &tcpsim_profile_linux, .pool = p.pool, .seed = 1, .unprivileged = true};
	struct tcpsim_host *host = tcpsim_host_new(&config);

	cr_expect_eq(bound(host, "0.0.0.0", 1023), -EACCES);
	cr_expect_geq(bound(host, "0.0.0.0", 1024), 3);
	tcpsim_host_free(host);
}

Test(sockets, bind_twice_or_with_a_wrong_address_is_refused)
{
	int fd = bound(p.a, "0.0.0.0", 80), v4 = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0);

	cr_expect_eq(tcpsim_bind(p.a, fd, at("0.0.0.0", 81), 16), -EINVAL);
	cr_expect_eq(tcpsim_bind(p.a, v4, at("2001:db8::1", 81), 28), -EAFNOSUPPORT);
	cr_expect_eq(tcpsim_bind(p.a, v4, at("0.0.0.0", 81), 8), -EINVAL);
	cr_expect_eq(tcpsim_bind(p.a, 99, at("0.0.0.0", 81), 16), -EBADF);
}

Test(sockets, ephemeral_ports_end_with_eaddrnotavail)
{
	cr_assert_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.ip_local_port_range", "50000 50002"), 0);
	for (int i = 0; i < 3; i++) {
		int fd = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0);

		cr_expect_eq(tcpsim_connect(p.a, fd, at("10.0.0.2", 80), 16), -EINPROGRESS);
	}
	cr_expect_eq(tcpsim_connect(p.a, tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0),
			     at("10.0.0.2", 80), 16),
		-EADDRNOTAVAIL);
	cr_expect_eq(tcpsim_connect(p.a, tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0),
			     at("10.0.0.2", 81), 16),
		-EINPROGRESS, "another peer: another 4-tuple");
}

Test(sockets, sequential_ports_follow_each_other)
{
	struct pair q = pair_new("bsd44", "linux");

	for (int i = 0; i < 5; i++)
		cr_expect_eq(port_of(q.a, bound(q.a, "0.0.0.0", 0)), 1024 + i);
	pair_free(&q);
}

Test(sockets, connect_says_what_state_the_socket_is_in)
{
	int fd = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0),
	    server = listening(p.b, "0.0.0.0", 80);
	const struct sockaddr *to = at("10.0.0.2", 80);

	cr_expect_eq(tcpsim_connect(p.a, fd, to, 16), -EINPROGRESS);
	cr_expect_eq(tcpsim_connect(p.a, fd, to, 16), -EALREADY);
	pair_run(&p, 100000000);
	cr_expect_eq(tcpsim_connect(p.a, fd, to, 16), 0, "its result, once");
	cr_expect_eq(tcpsim_connect(p.a, fd, to, 16), -EISCONN);
	cr_expect_eq(tcpsim_connect(p.b, server, to, 16), -EOPNOTSUPP, "BSD, on a listener");
	cr_expect_eq(tcpsim_connect(p.a, listening(p.a, "0.0.0.0", 81), to, 16), -EISCONN,
		"Linux, on a listener");
	cr_expect_eq(tcpsim_connect(p.a, tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0),
			     at("203.0.113.1", 1), 16),
		-ENETUNREACH);
}

Test(sockets, a_refused_socket_may_connect_again_on_linux_only)
{
	int a = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0),
	    b = tcpsim_socket(p.b, AF_INET, SOCK_STREAM, 0);

	tcpsim_connect(p.a, a, at("10.0.0.2", 80), 16);
	tcpsim_connect(p.b, b, at("10.0.0.1", 80), 16);
	pair_run(&p, 100000000);
	cr_expect_eq(tcpsim_connect(p.a, a, at("10.0.0.2", 80), 16), -ECONNREFUSED);
	cr_expect_eq(tcpsim_connect(p.b, b, at("10.0.0.1", 80), 16), -ECONNREFUSED);
	cr_expect_eq(tcpsim_connect(p.a, a, at("10.0.0.2", 80), 16), -EINPROGRESS);
	cr_expect_eq(tcpsim_connect(p.b, b, at("10.0.0.1", 80), 16), -EINVAL, "UNP §4.3");
}

Test(sockets, listen_and_accept_refuse_what_they_cannot)
{
	int fd = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0),
	    server = listening(p.b, "0.0.0.0", 80), client;

	cr_expect_eq(tcpsim_accept4(p.a, fd, NULL, NULL, 0), -EINVAL);
	cr_expect_eq(tcpsim_accept4(p.b, server, NULL, NULL, 0), -EAGAIN);
	client = connected(&p, p.a, "10.0.0.2", 80);
	cr_expect_eq(tcpsim_listen(p.a, client, 5), -EINVAL);
	cr_expect_eq(tcpsim_listen(p.a, fd, 5), 0, "without bind: an ephemeral port");
	cr_expect_geq(port_of(p.a, fd), 32768);
}

Test(sockets, calls_on_a_socket_that_is_not_connected)
{
	int a = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0),
	    b = tcpsim_socket(p.b, AF_INET, SOCK_STREAM, 0), error;

	cr_expect_eq(put(p.a, a, "x", 0), -EPIPE, "Linux");
	cr_expect_eq(put(p.b, b, "x", 0), -ENOTCONN, "BSD");
	cr_expect_null(get(p.a, a, 0, &error));
	cr_expect_eq(error, -ENOTCONN);
	cr_expect_eq(tcpsim_shutdown(p.a, a, SHUT_WR), -ENOTCONN);
	cr_expect_eq(tcpsim_shutdown(p.a, a, 7), -EINVAL);
}

Test(sockets, text_goes_through)
{
	int server = listening(p.b, "0.0.0.0", 80), client = connected(&p, p.a, "10.0.0.2", 80),
	    conn, error, n = 0;

	conn = tcpsim_accept4(p.b, server, NULL, NULL, 0);
	cr_expect_eq(put(p.a, client, "hello", 0), 5);
	cr_expect_null(get(p.b, conn, 0, &error));
	cr_expect_eq(error, -EAGAIN);
	pair_run(&p, 100000000);
	cr_expect_eq(tcpsim_ioctl(p.b, conn, FIONREAD, &n), 0);
	cr_expect_eq(n, 5);
	cr_expect_str_eq(get(p.b, conn, MSG_PEEK, &error), "hello");
	cr_expect_str_eq(get(p.b, conn, 0, &error), "hello");
	tcpsim_close(p.a, client);
	pair_run(&p, 100000000);
	cr_expect_str_eq(get(p.b, conn, 0, &error), "", "the end of the stream");
}

/* What waits for more waits, by the option or by the flag of one call; the rest lets both go. */
Test(sockets, a_cork_and_more_to_come_hold_text_back)
{
	static const char *const SYSTEMS[] = {"linux", "rfc9293", "windows"};

	for (size_t i = 0; i < sizeof(SYSTEMS) / sizeof(SYSTEMS[0]); i++) {
		struct pair q = pair_new(SYSTEMS[i], "rfc9293");
		int server = listening(q.b, "0.0.0.0", 80),
		    client = connected(&q, q.a, "10.0.0.2", 80), n, error, conn;

		conn = tcpsim_accept4(q.b, server, NULL, NULL, 0);
		for (int corked = 0; corked < 2; corked++) {
			flag(q.a, client, IPPROTO_TCP, TCP_CORK, corked);
			put(q.a, client, "held", corked ? 0 : MSG_MORE);
			pair_run(&q, 50000000);
			cr_expect_eq(tcpsim_ioctl(q.b, conn, FIONREAD, &n), 0);
			cr_expect_eq(n, 0, "%s, corked %d", SYSTEMS[i], corked);
			put(q.a, client, "gone", 0);
			flag(q.a, client, IPPROTO_TCP, TCP_CORK, 0);
			pair_run(&q, 500000000);
			cr_expect_str_eq(get(q.b, conn, 0, &error), "heldgone");
		}
		pair_free(&q);
	}
}

Test(sockets, a_reset_is_reported_once_then_epipe)
{
	int server = listening(p.b, "0.0.0.0", 80), client = connected(&p, p.a, "10.0.0.2", 80),
	    error;

	tcpsim_abort(p.b, tcpsim_accept4(p.b, server, NULL, NULL, 0));
	pair_run(&p, 100000000);
	cr_expect_null(get(p.a, client, 0, &error));
	cr_expect_eq(error, -ECONNRESET);
	cr_expect_eq(put(p.a, client, "x", 0), -EPIPE);
	cr_expect_str_eq(get(p.a, client, 0, &error), "");
	cr_expect_eq(tcpsim_getpeername(p.a, client, (struct sockaddr *)&(struct sockaddr_in6){0},
			     &(socklen_t){28}),
		-ENOTCONN);
}

Test(sockets, ipv4_reaches_a_dual_stack_listener)
{
	int server = listening(p.a, "::", 80), conn;
	struct sockaddr_in6 peer;
	socklen_t len = sizeof(peer);

	connected(&p, p.b, "10.0.0.1", 80);
	conn = tcpsim_accept4(p.a, server, (struct sockaddr *)&peer, &len, 0);
	cr_assert_geq(conn, 3);
	cr_expect(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
	expect_name(p.a, conn, "::ffff:10.0.0.1", 80);
	connected(&p, p.b, "2001:db8::1", 80);
	cr_expect_geq(tcpsim_accept4(p.a, server, NULL, NULL, 0), 3);
}

Test(sockets, a_host_reaches_itself)
{
	int server = listening(p.a, "127.0.0.1", 80), client = connected(&p, p.a, "127.0.0.1", 80),
	    conn, error;

	conn = tcpsim_accept4(p.a, server, NULL, NULL, 0);
	cr_assert_geq(conn, 3);
	put(p.a, client, "to myself", 0);
	pair_run(&p, 1000000);
	cr_expect_str_eq(get(p.a, conn, 0, &error), "to myself");
}

/* 4.4BSD tcp_usrclosed, accept(): what the queues held may still be had. */
Test(sockets, a_listener_that_is_shut_keeps_what_it_has)
{
	struct tcpsim_peer *first = peer_in(TCPSIM_SYN_RCVD, &tcpsim_profile_bsd44);
	struct tcpsim_peer *late = peer_beside(first, TCPSIM_CLOSED);
	int listener = peer_listener_fd(first);

	cr_expect_eq(tcpsim_shutdown(peer_host(first), listener, SHUT_WR), 0);
	peer_sends(late, "S 0:0(0) win 8760 <mss 1460>");
	expect_sent(late, "R. 0:0(0)! ack 1");
	peer_sends(first, ". 1:1(0) ack 1 win 8760");
	peer_accepts(first);
	expect_state(first, TCPSIM_ESTABLISHED);
	cr_expect_eq(tcpsim_accept4(peer_host(first), listener, NULL, NULL, 0), -ECONNABORTED);
	cr_expect_eq(tcpsim_close(peer_host(first), listener), 0);
	peer_free(late);
	peer_free(first);
}

/* RFC 9293 §3.10.4, Linux inet_shutdown, FreeBSD tcp_usrclosed. */
Test(sockets, shutdown_in_syn_sent_ends_the_attempt_or_waits_for_its_end)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_linux);

	tcpsim_shutdown(peer_host(peer), peer_fd(peer), SHUT_WR);
	peer_sends(peer, "S. 0:0(0) ack 1 win 8760 <mss 1460>");
	expect_sent(peer, "R 1:1(0)");
	expect_error(peer, ECONNRESET);
	peer_free(peer);
	peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_freebsd);
	tcpsim_shutdown(peer_host(peer), peer_fd(peer), SHUT_WR);
	peer_sends(peer, "S. 0:0(0) ack 1 win 8760 <mss 1460>");
	expect_path(peer, "SYN_SENT -> ESTABLISHED -> FIN_WAIT_1");
	peer_free(peer);
}

/* 4.4BSD soreceive, tcp_usrclosed; RFC 9293 §3.10.4: what the process ended is no failure. */
Test(sockets, shutdown_in_syn_sent_leaves_no_error_but_linux_s)
{
	static const struct tcpsim_profile *const QUIET[] = {
		&tcpsim_profile_bsd44, &tcpsim_profile_rfc9293};

	for (size_t i = 0; i < sizeof(QUIET) / sizeof(QUIET[0]); i++) {
		struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, QUIET[i]);
		int fd = peer_fd(peer), error;

		cr_expect_eq(tcpsim_shutdown(peer_host(peer), fd, SHUT_WR), 0);
		expect_state(peer, TCPSIM_CLOSED);
		cr_expect_str_eq(get(peer_host(peer), fd, 0, &error), "", "the end, at once");
		cr_expect_eq(put(peer_host(peer), fd, "x", 0), -EPIPE);
		expect_error(peer, 0);
		peer_free(peer);
	}
}

/* soshutdown: who reads no more before the handshake's end reads the end of file, and connects. */
Test(sockets, shutdown_for_reading_in_syn_sent_lets_the_attempt_go_on)
{
	static const struct tcpsim_profile *const READERS[] = {
		&tcpsim_profile_bsd44, &tcpsim_profile_freebsd, &tcpsim_profile_rfc9293};

	for (size_t i = 0; i < sizeof(READERS) / sizeof(READERS[0]); i++) {
		struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, READERS[i]);
		int error;

		cr_expect_eq(tcpsim_shutdown(peer_host(peer), peer_fd(peer), SHUT_RD), 0);
		cr_expect_str_eq(get(peer_host(peer), peer_fd(peer), 0, &error), "");
		peer_sends(peer, "S. 0:0(0) ack 1 win 8760 <mss 1460>");
		expect_path(peer, "SYN_SENT -> ESTABLISHED");
		peer_free(peer);
	}
}
