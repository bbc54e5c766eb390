/*
 * What on_event and on_wake may call (tcpsim/host.h), and pointers that are NULL. Under
 * AddressSanitizer every use of what a callback closed is a finding.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <tcpsim/options.h>
#include <wire/build.h>

#include "support/pair.h"
#include "time_units.h"

static struct tcpsim_pool *pool;
static struct tcpsim_host *host;
static int listener, told, depth, deepest, answer;
static void (*on_wake_does)(int fd);
static void (*on_event_does)(const struct tcpsim_event *event);

static void on_wake(void *context, struct tcpsim_host *whose, int fd)
{
	told++;
	if (++depth > deepest)
		deepest = depth;
	if (on_wake_does)
		on_wake_does(fd);
	depth--;
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	if (on_event_does)
		on_event_does(event);
}

static void begin_with(const char *profile, struct tcpsim_pool *shared)
{
	struct tcpsim_addr own = tcpsim_addr_v4(0x0a000001), any = tcpsim_addr_v4(0);

	host = tcpsim_host_new(&(struct tcpsim_host_config){.profile = tcpsim_profile_find(profile),
		.pool = shared,
		.seed = 1,
		.on_wake = on_wake,
		.on_event = on_event});
	cr_assert_not_null(host);
	cr_assert_eq(tcpsim_host_add_interface(host, "eth0", 1500), 0);
	cr_assert_eq(tcpsim_host_add_address(host, 0, &own, 24), 0);
	tcpsim_host_add_route(host, &any, 0, 0, NULL);
	listener = listening(host, "10.0.0.1", 80);
}

static void begin(void)
{
	pool = tcpsim_pool_new();
	begin_with("linux", pool);
}

static void end(void)
{
	tcpsim_host_free(host);
	cr_expect_eq(tcpsim_pool_outstanding(pool), 0);
	tcpsim_pool_free(pool);
}

TestSuite(callbacks, .init = begin, .fini = end);

static void let_pass(int64_t ns)
{
	tcpsim_host_advance(host, tcpsim_host_now(host) + ns);
}

static int connect_to_itself(void)
{
	int fd = tcpsim_socket(host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	tcpsim_connect(host, fd, at("10.0.0.1", 80), sizeof(struct sockaddr_in));
	return fd;
}

/* --- on_wake --- */

static void close_it(int fd)
{
	if (fd != listener)
		answer = tcpsim_close(host, fd);
}

static void accept_and_abort(int fd)
{
	int child = tcpsim_accept4(host, listener, NULL, NULL, 0);

	if (child >= 0)
		answer = tcpsim_abort(host, child);
}

static void drop_all(int fd)
{
	tcpsim_host_drop(host, TCPSIM_NSTATES, NULL, 0, NULL, 0);
}

static void go_on(int fd)
{
	let_pass(10 * NSEC_PER_MSEC);
}

static void read_and_write(int fd)
{
	int error;

	get(host, fd, 0, &error);
	if (told < 50)
		put(host, fd, "again", MSG_NOSIGNAL);
}

static void use_connection(void)
{
	int a = connect_to_itself(), b;

	for (int i = 0; i < 5; i++)
		let_pass(NSEC_PER_MSEC);
	b = tcpsim_accept4(host, listener, NULL, NULL, SOCK_NONBLOCK);
	if (tcpsim_state(host, a) == TCPSIM_ESTABLISHED)
		put(host, a, "hello", MSG_NOSIGNAL);
	for (int i = 0; i < 100; i++)
		let_pass(100 * NSEC_PER_MSEC);
	tcpsim_close(host, a);
	if (b >= 0)
		tcpsim_close(host, b);
	for (int i = 0; i < 10; i++)
		let_pass(20000 * NSEC_PER_MSEC);
	on_wake_does = NULL;
	tcpsim_host_check(host);
}

Test(callbacks, on_wake_may_do_anything)
{
	void (*const WHAT[])(int fd) = {
		close_it, accept_and_abort, drop_all, go_on, read_and_write};

	for (size_t i = 0; i < sizeof(WHAT) / sizeof(WHAT[0]); i++) {
		told = 0;
		answer = 0;
		on_wake_does = WHAT[i];
		use_connection();
		cr_expect_gt(told, 0);
		cr_expect_eq(answer, 0, "%zu: %d", i, answer);
	}
	cr_expect_eq(deepest, 1, "what becomes ready by a callback is told after it, not within");
}

static int state_when_woken;

static void look(int fd)
{
	if (fd != listener)
		state_when_woken = (int)tcpsim_state(host, fd);
}

/* At the time of the timer, not when a long step of time is over. */
static int64_t told_at;

static void note_time(int fd)
{
	if (fd != listener && !told_at)
		told_at = tcpsim_host_now(host);
}

Test(callbacks, on_wake_sees_what_happened_when_it_happened)
{
	int fd;

	on_wake_does = look;
	fd = connect_to_itself();
	cr_expect_eq(state_when_woken, 0);
	let_pass(NSEC_PER_MSEC);
	cr_expect_eq(state_when_woken, TCPSIM_ESTABLISHED);
	tcpsim_close(host, fd);
	on_wake_does = note_time;
	fd = tcpsim_socket(host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tcpsim_connect(host, fd, at("10.0.0.9", 80), sizeof(struct sockaddr_in));
	let_pass(400000 * NSEC_PER_MSEC); /* nobody answers */
	cr_expect_gt(told_at, 60000 * NSEC_PER_MSEC);
	cr_expect_lt(told_at, 200000 * NSEC_PER_MSEC, "%ld", (long)told_at);
	while (1) {
		struct tcpsim_packet *packet = tcpsim_host_transmit(host);

		if (!packet)
			break;
		tcpsim_packet_free(packet);
	}
}

static void close_the_other(int fd)
{
	for (int other = listener + 1; other < listener + 4; other++)
		tcpsim_close(host, other);
}

Test(callbacks, what_was_closed_meanwhile_is_not_told)
{
	connect_to_itself();
	on_wake_does = close_the_other;
	let_pass(NSEC_PER_MSEC);
	cr_expect_leq(told, 2);
	let_pass(NSEC_PER_MSEC);
}

static void free_it(int fd)
{
	tcpsim_host_free(host);
}

Test(callbacks, a_host_freed_by_on_wake_is_gone_when_the_call_returns)
{
	connect_to_itself();
	on_wake_does = free_it;
	let_pass(1000 * NSEC_PER_MSEC);
	cr_expect_eq(told, 1, "and nobody else is told: %d", told);
	cr_expect_eq(tcpsim_pool_outstanding(pool), 0);
	host = NULL;
}

/* --- on_event --- */

static int refused, heard;

static void try_everything(const struct tcpsim_event *event)
{
	struct tcpsim_addr any = tcpsim_addr_v4(0);
	struct iovec iov = {NULL, 1};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int fd = listener + 1, one = 1;
	socklen_t len = sizeof(one);
	char text[64];

	const int answers[] = {tcpsim_close(host, fd), tcpsim_abort(host, fd),
		tcpsim_accept4(host, listener, NULL, NULL, 0), tcpsim_shutdown(host, fd, SHUT_WR),
		(int)tcpsim_sendmsg(host, fd, &msg, 0), (int)tcpsim_recvmsg(host, fd, &msg, 0),
		tcpsim_socket(host, AF_INET, SOCK_STREAM, 0),
		tcpsim_setsockopt(host, fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)),
		tcpsim_getsockopt(host, fd, IPPROTO_TCP, TCP_NODELAY, &one, &len),
		tcpsim_host_drop(host, TCPSIM_NSTATES, NULL, 0, NULL, 0),
		tcpsim_host_set_mtu(host, 0, 600), tcpsim_host_add_route(host, &any, 0, 0, NULL),
		tcpsim_host_sysctl_get(host, "net.ipv4.tcp_sack", text, sizeof(text)),
		(int)tcpsim_close_lingering(host, fd), tcpsim_epoll_create(host, 0)};

	heard++;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		cr_assert_eq(answers[i], -EBUSY, "call %zu: %d", i, answers[i]);
		refused++;
	}
	cr_expect_null(tcpsim_host_transmit(host));
	tcpsim_host_advance(host, tcpsim_host_now(host) + 1000 * NSEC_PER_MSEC);
	tcpsim_host_receive(host, 0, tcpsim_packet_new(pool));
}

Test(callbacks, on_event_may_call_nothing)
{
	int fd = connect_to_itself();

	on_event_does = try_everything;
	let_pass(NSEC_PER_MSEC);
	on_event_does = NULL;
	cr_expect_gt(heard, 3);
	cr_expect_gt(refused, 0);
	cr_expect_eq(tcpsim_host_now(host), NSEC_PER_MSEC, "time stood still for it");
	cr_expect_eq(tcpsim_state(host, fd), TCPSIM_ESTABLISHED, "and nothing came of it");
}

#ifndef NDEBUG
Test(callbacks, a_call_from_on_event_is_found_by_the_check, .signal = SIGABRT)
{
	connect_to_itself();
	on_event_does = try_everything;
	let_pass(NSEC_PER_MSEC);
	tcpsim_host_check(host);
}
#endif

static void free_host(const struct tcpsim_event *event)
{
	on_event_does = NULL;
	tcpsim_host_free(host);
}

Test(callbacks, a_host_freed_by_on_event_goes_once_the_stack_has_unwound)
{
	connect_to_itself();
	on_event_does = free_host;
	let_pass(NSEC_PER_MSEC);
	cr_expect_eq(tcpsim_pool_outstanding(pool), 0);
	host = NULL;
}

/* --- NULL --- */

Test(callbacks, null_is_an_error_and_no_end)
{
	struct tcpsim_host_config none = {.pool = pool};
	struct msghdr no_iov = {.msg_iovlen = 1};
	uint64_t value;

	errno = 0;
	cr_expect_null(tcpsim_host_new(&none));
	cr_expect_eq(errno, EINVAL);
	cr_expect_null(tcpsim_host_new(NULL));
	cr_expect_eq(tcpsim_socket(NULL, AF_INET, SOCK_STREAM, 0), -EFAULT);
	cr_expect_eq(tcpsim_close(NULL, 3), -EFAULT);
	cr_expect_eq(tcpsim_poll(NULL, 3), POLLNVAL);
	cr_expect_eq(tcpsim_state(NULL, 3), TCPSIM_CLOSED);
	cr_expect_eq(tcpsim_host_now(NULL), 0);
	cr_expect_null(tcpsim_host_profile(NULL));
	cr_expect_null(tcpsim_host_transmit(NULL));
	cr_expect_null(tcpsim_host_transmit_all(NULL));
	tcpsim_host_advance(NULL, 5);
	tcpsim_host_receive(NULL, 0, tcpsim_packet_new(pool));
	tcpsim_host_input(host, 0, 0, NULL, 0);
	tcpsim_host_each_socket(host, NULL, NULL);
	cr_expect_eq(tcpsim_sendmsg(host, listener, NULL, 0), -EFAULT);
	cr_expect_eq(tcpsim_recvmsg(host, listener, NULL, 0), -EFAULT);
	cr_expect_eq(tcpsim_recvmsg(host, listener, &no_iov, 0), -EFAULT);
	cr_expect_eq(
		tcpsim_bind(host, tcpsim_socket(host, AF_INET, SOCK_STREAM, 0), NULL, 16), -EFAULT);
	cr_expect_eq(tcpsim_epoll_wait(host, tcpsim_epoll_create(host, 0), NULL, 1), -EFAULT);
	cr_expect_eq(tcpsim_host_sysctl_set(host, NULL, "1"), -EFAULT);
	cr_expect_eq(tcpsim_host_sysctl_set(host, "net.ipv4.tcp_sack", NULL), -EFAULT);
	cr_expect_eq(tcpsim_host_setting_set(host, NULL, "1"), -EFAULT);
	cr_expect_eq(tcpsim_host_counter(host, NULL, &value), -EFAULT);
	cr_expect_eq(tcpsim_host_add_interface(host, NULL, 1500), -EFAULT);
	cr_expect_eq(tcpsim_host_add_address(host, 0, NULL, 24), -EFAULT);
	cr_expect_eq(tcpsim_host_add_route(host, NULL, 0, 0, NULL), -EFAULT);
}

Test(callbacks, a_host_without_a_pool_has_one)
{
	struct tcpsim_host *other = host;

	begin_with("bsd44", NULL);
	use_connection();
	tcpsim_host_free(host);
	host = other;
}

static bool answers_a_syn_from(int interface)
{
	struct tcpsim_segment syn = {.src = tcpsim_addr_v4(0x0a000009),
		.dst = tcpsim_addr_v4(0x0a000001),
		.src_port = 5000,
		.dst_port = 80,
		.flags = TCPSIM_SYN,
		.ip_version = 4,
		.ttl = 64,
		.header_len = 20};
	uint8_t bytes[TCPSIM_HEADERS_MAX];
	size_t len = wire_build_headers(&syn, 1, true, NULL, bytes);
	struct tcpsim_packet *packet;

	tcpsim_host_input(host, tcpsim_host_now(host), interface, bytes, len);
	let_pass(NSEC_PER_MSEC);
	packet = tcpsim_host_transmit(host);
	tcpsim_packet_free(packet);
	return packet;
}

/* Nobody but the host itself stands behind its loopback, which has the number 65535 inside. */
Test(callbacks, nothing_comes_in_by_an_interface_that_is_not_there)
{
	const int WRONG[] = {-1, -2, 1, 65535, 65536, 99999};

	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
		cr_expect_not(answers_a_syn_from(WRONG[i]), "%d", WRONG[i]);
	cr_expect(answers_a_syn_from(0));
}
