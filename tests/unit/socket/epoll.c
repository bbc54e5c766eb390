/* poll and epoll: what is ready, and when a watch tells so. */
#include "support/pair.h"

#include <criterion/criterion.h>
#include <errno.h>

static struct pair p;
static int server, client, conn, ep;

static void setup(void)
{
	p = pair_new("linux", "linux");
	server = listening(p.b, "0.0.0.0", 80);
	client = connected(&p, p.a, "10.0.0.2", 80);
	conn = tcpsim_accept4(p.b, server, NULL, NULL, 0);
	ep = tcpsim_epoll_create(p.b, 0);
}

static void teardown(void)
{
	pair_run(&p, 0);
	pair_free(&p);
}

TestSuite(readiness, .init = setup, .fini = teardown);

static int watch(int op, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return tcpsim_epoll_ctl(p.b, ep, op, fd, &event);
}

/* What epoll_wait says of the one descriptor that is ready; 0: none. */
static uint32_t waited(void)
{
	struct epoll_event events[4];
	int n = tcpsim_epoll_wait(p.b, ep, events, 4);

	cr_assert_leq(n, 1);
	return n == 1 ? events[0].events : 0;
}

static void arrives(const char *text)
{
	put(p.a, client, text, 0);
	pair_run(&p, 100000000);
}

Test(readiness, poll_of_a_fresh_socket_a_listener_and_a_connection)
{
	int fresh = tcpsim_socket(p.b, AF_INET, SOCK_STREAM, 0);

	cr_expect_eq(tcpsim_poll(p.b, fresh), POLLOUT | POLLWRNORM | POLLHUP);
	cr_expect_eq(tcpsim_poll(p.b, 99), POLLNVAL);
	cr_expect_eq(tcpsim_poll(p.b, server), 0);
	cr_expect_eq(tcpsim_poll(p.b, conn), POLLOUT | POLLWRNORM);
	connected(&p, p.a, "10.0.0.2", 80);
	cr_expect_eq(tcpsim_poll(p.b, server), POLLIN | POLLRDNORM);
	arrives("x");
	cr_expect_eq(tcpsim_poll(p.b, conn), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
}

Test(readiness, poll_of_a_closed_peer)
{
	tcpsim_close(p.a, client);
	pair_run(&p, 100000000);
	cr_expect_eq(
		tcpsim_poll(p.b, conn), POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLWRNORM);
}

Test(readiness, level_triggered_tells_until_it_is_read)
{
	int error;

	cr_assert_eq(watch(EPOLL_CTL_ADD, conn, EPOLLIN), 0);
	cr_expect_eq(waited(), 0);
	arrives("x");
	cr_expect_eq(waited(), EPOLLIN);
	cr_expect_eq(waited(), EPOLLIN);
	get(p.b, conn, 0, &error);
	cr_expect_eq(waited(), 0);
}

Test(readiness, edge_triggered_tells_once_for_each_arrival)
{
	cr_assert_eq(watch(EPOLL_CTL_ADD, conn, EPOLLIN | EPOLLET), 0);
	arrives("x");
	cr_expect_eq(waited(), EPOLLIN);
	cr_expect_eq(waited(), 0);
	arrives("y");
	cr_expect_eq(waited(), EPOLLIN);
	cr_expect_eq(waited(), 0);
}

Test(readiness, oneshot_is_silent_until_armed_again)
{
	cr_assert_eq(watch(EPOLL_CTL_ADD, conn, EPOLLIN | EPOLLONESHOT), 0);
	arrives("x");
	cr_expect_eq(waited(), EPOLLIN);
	arrives("y");
	cr_expect_eq(waited(), 0);
	cr_expect_eq(watch(EPOLL_CTL_MOD, conn, EPOLLIN | EPOLLONESHOT), 0);
	cr_expect_eq(waited(), EPOLLIN);
}

Test(readiness, one_of_two_exclusive_watches_is_told)
{
	int second = tcpsim_epoll_create(p.b, 0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE}, out;

	cr_assert_eq(watch(EPOLL_CTL_ADD, conn, EPOLLIN | EPOLLEXCLUSIVE), 0);
	cr_assert_eq(tcpsim_epoll_ctl(p.b, second, EPOLL_CTL_ADD, conn, &event), 0);
	arrives("x");
	cr_expect_eq(waited(), EPOLLIN);
	cr_expect_eq(tcpsim_epoll_wait(p.b, second, &out, 1), 0);
	cr_expect_eq(watch(EPOLL_CTL_MOD, conn, EPOLLIN), -EINVAL);
}

Test(readiness, an_epoll_descriptor_is_readable_itself)
{
	watch(EPOLL_CTL_ADD, conn, EPOLLIN);
	cr_expect_eq(tcpsim_poll(p.b, ep), 0);
	arrives("x");
	cr_expect_eq(tcpsim_poll(p.b, ep), POLLIN | POLLRDNORM);
}

Test(readiness, epoll_refuses_what_makes_no_sense)
{
	struct epoll_event event;

	cr_expect_eq(watch(EPOLL_CTL_MOD, conn, EPOLLIN), -ENOENT);
	cr_expect_eq(watch(EPOLL_CTL_ADD, conn, EPOLLIN), 0);
	cr_expect_eq(watch(EPOLL_CTL_ADD, conn, EPOLLIN), -EEXIST);
	cr_expect_eq(watch(EPOLL_CTL_ADD, 99, EPOLLIN), -EBADF);
	cr_expect_eq(watch(7, conn, EPOLLIN), -EINVAL);
	cr_expect_eq(tcpsim_epoll_wait(p.b, ep, &event, 0), -EINVAL);
	cr_expect_eq(tcpsim_epoll_wait(p.b, conn, &event, 1), -EINVAL);
	cr_expect_eq(watch(EPOLL_CTL_DEL, conn, 0), 0);
	cr_expect_eq(watch(EPOLL_CTL_DEL, conn, 0), -ENOENT);
}

Test(readiness, a_closed_descriptor_leaves_its_watches)
{
	watch(EPOLL_CTL_ADD, conn, EPOLLIN);
	arrives("x");
	tcpsim_close(p.b, conn);
	cr_expect_eq(waited(), 0);
	tcpsim_close(p.b, ep);
	cr_expect_eq(tcpsim_poll(p.b, ep), POLLNVAL);
}
