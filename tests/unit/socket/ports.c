/*
 * The search for an ephemeral port on a host that has hardly one left: in the profile's order, the
 * same port that asking all of them would give, and none when there is none.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/socket.h>
#include <tcpsim/options.h>

#include "support/pair.h"
#include "time_units.h"

#define FIRST 40000
#define RANGE 300 /* more than a search asks before it keeps what it found out */

static struct pair p;
static int fd_of[RANGE]; /* by port */
static int listener;	 /* of b */

static unsigned port_of(int fd)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	cr_assert_eq(tcpsim_getsockname(p.a, fd, (struct sockaddr *)&in, &len), 0);
	return ntohs(in.sin_port);
}

/* connect() to that port of b: the descriptor, or a negative errno. */
static int try_connect(unsigned port)
{
	int fd = tcpsim_socket(p.a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int error = tcpsim_connect(p.a, fd, at("10.0.0.2", port), sizeof(struct sockaddr_in));

	if (error == 0 || error == -EINPROGRESS)
		return fd;
	tcpsim_close(p.a, fd);
	return error;
}

/* A host whose clients have the whole range, towards one port of b. */
static void fill(const char *profile, const char *order)
{
	p = pair_new(profile, "linux");
	listener = listening(p.b, "10.0.0.2", 80);
	tcpsim_listen(p.b, listener, RANGE + 1);
	tcpsim_host_setting_set(p.a, "port_last", "65535");
	tcpsim_host_setting_set(p.a, "port_first", "40000");
	cr_assert_eq(tcpsim_host_setting_set(p.a, "port_last", "40299"), 0);
	cr_assert_eq(tcpsim_host_setting_set(p.a, "port_order", order), 0);
	for (unsigned i = 0; i < RANGE; i++) {
		int fd = try_connect(80);

		cr_assert_geq(fd, 0, "%u connections: %d", i, fd);
		cr_assert(port_of(fd) >= FIRST && port_of(fd) < FIRST + RANGE);
		cr_assert_eq(fd_of[port_of(fd) - FIRST], 0, "port %u twice", port_of(fd));
		fd_of[port_of(fd) - FIRST] = fd;
	}
}

/* Aborts the connection on that port, which is free then. */
static void leave(unsigned index)
{
	struct linger at_once = {1, 0};

	tcpsim_setsockopt(p.a, fd_of[index], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	tcpsim_close(p.a, fd_of[index]);
	fd_of[index] = 0;
}

static void expect_port(unsigned index)
{
	int fd = try_connect(80);

	cr_assert_geq(fd, 0, "port %u was free: %d", FIRST + index, fd);
	cr_expect_eq(port_of(fd), FIRST + index);
	fd_of[index] = fd;
}

static void expect_what_is_free(const char *profile, const char *order)
{
	fill(profile, order);
	for (int again = 0; again < 3; again++)
		cr_expect_eq(try_connect(80), -EADDRNOTAVAIL);
	for (unsigned i = 0; i < RANGE; i += 7) {
		leave(i);
		expect_port(i);
		cr_expect_eq(try_connect(80), -EADDRNOTAVAIL);
	}
	pair_free(&p);
}

Test(ports, a_random_order_finds_the_only_one)
{
	expect_what_is_free("linux", "random");
}

Test(ports, a_sequential_order_finds_the_only_one)
{
	expect_what_is_free("linux", "sequential");
}

Test(ports, a_host_that_shares_none_finds_the_only_one)
{
	expect_what_is_free("bsd44", "sequential");
}

Test(ports, a_sequential_order_goes_on_from_the_last_one)
{
	fill("linux", "sequential");
	cr_expect_eq(try_connect(80), -EADDRNOTAVAIL);
	leave(250);
	leave(10);
	leave(20);
	expect_port(10); /* the last one given was 299, so it begins again */
	leave(5);
	expect_port(20);
	expect_port(250);
	expect_port(5);
	pair_free(&p);
}

Test(ports, another_peer_is_another_question)
{
	int fd;

	fill("linux", "random");
	cr_expect_eq(try_connect(80), -EADDRNOTAVAIL);
	listening(p.b, "10.0.0.2", 81);
	fd = try_connect(81);
	cr_expect_geq(fd, 0, "a port may serve two peers: %d", fd);
	pair_free(&p);
}

/* What time changes is not kept longer: TIME-WAIT that tw_reuse lets be taken over. */
Test(ports, time_wait_may_be_taken_over_once_it_is_old_enough)
{
	fill("linux", "random");
	tcpsim_host_setting_set(p.a, "tw_reuse", "always");
	pair_run(&p, 100 * NSEC_PER_MSEC);
	for (unsigned i = 0; i < RANGE; i++)
		tcpsim_close(p.a, fd_of[i]);
	pair_run(&p, 100 * NSEC_PER_MSEC);
	for (int fd; (fd = tcpsim_accept4(p.b, listener, NULL, NULL, 0)) >= 0;)
		tcpsim_close(p.b, fd);
	pair_run(&p, 100 * NSEC_PER_MSEC);
	for (int again = 0; again < 3; again++) /* until all is known of every port */
		cr_expect_eq(try_connect(80), -EADDRNOTAVAIL);
	pair_run(&p, 1200 * NSEC_PER_MSEC);
	cr_expect_geq(try_connect(80), 0);
	pair_free(&p);
}

/* SO_REUSEADDR and settings change answers that were kept. */
Test(ports, a_wider_range_is_used_at_once)
{
	fill("linux", "random");
	cr_expect_eq(try_connect(80), -EADDRNOTAVAIL);
	tcpsim_host_setting_set(p.a, "port_last", "40300");
	int fd = try_connect(80);

	cr_assert_geq(fd, 0);
	cr_expect_eq(port_of(fd), FIRST + RANGE);
	pair_free(&p);
}
