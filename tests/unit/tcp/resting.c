/* Connections put away at rest: what wakes them, and that nobody can tell. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <tcp/resting.h>
#include <tcpsim/host.h>

#include "support/pair.h"
#include "time_units.h"

static struct pair p;
static int listener, client, server;

static void begin(void)
{
	p = pair_new("linux", "linux");
	p.delay_ns = 10 * NSEC_PER_MSEC;
	listener = listening(p.b, "10.0.0.2", 80);
	client = connected(&p, p.a, "10.0.0.2", 80);
	pair_run(&p, 100 * NSEC_PER_MSEC);
	server = tcpsim_accept4(p.b, listener, NULL, NULL, 0);
	cr_assert_gt(server, 0);
	pair_run(&p, 1000 * NSEC_PER_MSEC);
}

static void end(void)
{
	pair_free(&p);
}

TestSuite(resting, .init = begin, .fini = end);

static bool find_fd(void *context, const struct tcpsim_socket_row *row)
{
	struct tcpsim_socket_row *wanted = context;

	if (row->fd != wanted->fd)
		return true;
	*wanted = *row;
	return false;
}

static struct tcpsim_socket_row row_of(struct tcpsim_host *host, int fd)
{
	struct tcpsim_socket_row row = {.fd = fd};

	tcpsim_host_each_socket(host, find_fd, &row);
	return row;
}

static void both_rest(void)
{
	cr_assert_eq(tcpsim_host_rest(p.a), 1);
	cr_assert_eq(tcpsim_host_rest(p.b), 1);
}

Test(resting, is_listed_as_before)
{
	struct tcpsim_socket_row before = row_of(p.a, client), after;

	both_rest();
	after = row_of(p.a, client);
	cr_expect_eq(after.state, TCPSIM_ESTABLISHED);
	cr_expect_eq(after.connection, before.connection);
	cr_expect_eq(after.local_port, before.local_port);
	cr_expect_eq(after.remote_port, 80);
	cr_expect_eq(tcpsim_host_rest(p.a), 0, "being listed does not wake it");
}

Test(resting, a_segment_wakes_it)
{
	int error = 0;

	cr_assert_eq(tcpsim_host_rest(p.b), 1);
	put(p.a, client, "hello", 0);
	pair_run(&p, 50 * NSEC_PER_MSEC);
	cr_expect_str_eq(get(p.b, server, 0, &error), "hello");
}

Test(resting, a_call_wakes_it)
{
	int error = 0;

	both_rest();
	cr_expect_eq(put(p.a, client, "ping", 0), 4);
	pair_run(&p, 50 * NSEC_PER_MSEC);
	cr_expect_eq(tcpsim_poll(p.b, server) & POLLIN, POLLIN);
	cr_expect_str_eq(get(p.b, server, 0, &error), "ping");
	pair_run(&p, 1000 * NSEC_PER_MSEC);
	both_rest();
	cr_expect_eq(put(p.b, server, "pong", 0), 4);
	pair_run(&p, 50 * NSEC_PER_MSEC);
	cr_expect_str_eq(get(p.a, client, 0, &error), "pong");
}

Test(resting, options_stay_what_they_were)
{
	flag(p.a, client, IPPROTO_TCP, TCP_NODELAY, 1);
	flag(p.a, client, SOL_SOCKET, SO_RCVBUF, 20000);
	both_rest();
	cr_expect_eq(option(p.a, client, IPPROTO_TCP, TCP_NODELAY), 1);
	cr_expect_eq(option(p.a, client, SOL_SOCKET, SO_RCVBUF), 40000);
}

Test(resting, closes_with_a_fin)
{
	int error = 0;

	both_rest();
	cr_expect_eq(tcpsim_close(p.a, client), 0);
	pair_run(&p, 50 * NSEC_PER_MSEC);
	cr_expect_eq(row_of(p.b, server).state, TCPSIM_CLOSE_WAIT);
	cr_expect_str_eq(get(p.b, server, 0, &error), "");
	cr_expect_eq(tcpsim_host_rest(p.b), 1, "CLOSE-WAIT may last for ever, too");
	cr_expect_eq(tcpsim_close(p.b, server), 0);
	pair_run(&p, 50 * NSEC_PER_MSEC);
	cr_expect_eq(row_of(p.b, server).state, TCPSIM_CLOSED);
}

Test(resting, is_dropped_from_outside)
{
	both_rest();
	cr_expect_eq(
		tcpsim_host_drop(p.b, TCPSIM_ESTABLISHED, NULL, 80, NULL, 0), 1, "as tcpdrop does");
	pair_run(&p, 50 * NSEC_PER_MSEC);
	cr_expect_eq(put(p.a, client, "x", 0), -ECONNRESET);
}

Test(resting, only_what_waits_for_nothing)
{
	int other = connected(&p, p.a, "10.0.0.2", 80);

	pair_run(&p, 1000 * NSEC_PER_MSEC);
	cr_expect_eq(tcpsim_host_rest(p.b), 1, "what waits for accept() stands in its queue");
	put(p.a, other, "unread", 0);
	cr_expect_eq(tcpsim_host_rest(p.a), 1, "text is outstanding");
	pair_run(&p, 1000 * NSEC_PER_MSEC);
	flag(p.a, other, SOL_SOCKET, SO_KEEPALIVE, 1);
	cr_expect_eq(tcpsim_host_rest(p.a), 0, "its keep-alive timer runs");
}

/* Without being asked, a host with very many puts away those that nobody touched. */
Test(resting, many_rest_by_themselves)
{
	enum { MANY = 2 * RESTING_FROM };

	int other = listening(p.b, "10.0.0.2", 81); /* one has not as many ports as that */

	for (int i = 0; i < MANY; i++) {
		cr_assert_gt(connected(&p, p.a, "10.0.0.2", 80 + i % 2), 0);
		cr_assert_gt(tcpsim_accept4(p.b, i % 2 ? other : listener, NULL, NULL, 0), 0);
	}
	pair_run(&p, 1000 * NSEC_PER_MSEC);
	cr_expect_leq(tcpsim_host_rest(p.a), RESTING_FROM + 1, "the others were put away before");
	cr_expect_leq(tcpsim_host_rest(p.b), RESTING_FROM + 1);
}
