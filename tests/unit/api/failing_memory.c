/*
 * Memory fails under a host, as SQLite tests it: the first allocation, then only the second, and so
 * on to the last of an exchange; and every third, every second, all of them. The host goes on:
 * calls say ENOMEM or ENOBUFS, packets are dropped, no byte is wrong, nothing is left behind, and
 * when there is memory again the same hosts do the whole exchange as if nothing had been.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/options.h>
#include <tcpsim/socket.h>

#include "base/pattern.h"
#include "support/allocations.h"
#include "support/pair.h"
#include "time_units.h"

#define TEXT 66000 /* the last segment, with the FIN, is of two chunks */
#define WIRE 512

struct end {
	struct tcpsim_host *host;
	int fd, epoll;
	uint64_t stream_out, stream_in, sent, received;
	bool failed; /* a call said so: this connection is not expected to go on */
	bool shut, at_end;
};

struct bench {
	struct tcpsim_pool *pool;
	struct end a, b;
	int listener;
	int64_t now;
	unsigned crossed; /* packets, of which some are lost */
};

static const char *where; /* which run this is, for the failures' text */
static uint64_t where_n;

#define must(truth, ...)                                                                           \
	do {                                                                                       \
		allocations_fail(0, false);                                                        \
		cr_assert(truth, __VA_ARGS__);                                                     \
	} while (0)
#define check(truth, text)                                                                         \
	do {                                                                                       \
		if (!(truth))                                                                      \
			must(false, "%s, allocation %llu: %s", where, (unsigned long long)where_n, \
				text);                                                             \
	} while (0)

static bool short_of_memory(ssize_t result)
{
	return result == -ENOMEM || result == -ENOBUFS;
}

static struct tcpsim_host *make_host(struct bench *b, const char *profile, uint32_t id)
{
	struct tcpsim_host *host = tcpsim_host_new(&(struct tcpsim_host_config){
		.profile = tcpsim_profile_find(profile), .pool = b->pool, .id = id, .seed = id});
	struct tcpsim_addr addr;

	if (!host)
		return NULL;
	tcpsim_addr_parse(id == 1 ? "10.0.0.1" : "10.0.0.2", &addr);
	if (tcpsim_host_add_interface(host, "wire", 1500) ||
		tcpsim_host_add_address(host, 0, &addr, 24) < 0) {
		tcpsim_host_free(host);
		return NULL;
	}
	return host;
}

static bool bench_begin(struct bench *b, const char *profile)
{
	*b = (struct bench){.pool = tcpsim_pool_new()};
	if (!b->pool)
		return false;
	b->a.host = make_host(b, profile, 1);
	b->b.host = make_host(b, profile, 2);
	if (!b->a.host || !b->b.host)
		return false;
	tcpsim_host_sysctl_set(b->a.host, "net.ipv4.tcp_fastopen", "3");
	tcpsim_host_sysctl_set(b->b.host, "net.ipv4.tcp_fastopen", "3");
	return true;
}

static void bench_end(struct bench *b)
{
	tcpsim_host_free(b->a.host);
	tcpsim_host_free(b->b.host);
	check(!b->pool || tcpsim_pool_outstanding(b->pool) == 0, "packets were left behind");
	tcpsim_pool_free(b->pool);
}

/* Every 11th packet is lost; the rest cross as bytes, so that the receiving host copies them. */
static void cross(struct bench *b, struct tcpsim_host *from, struct tcpsim_host *to)
{
	static uint8_t bytes[70000];
	struct tcpsim_packet *packet;

	while ((packet = tcpsim_host_transmit(from))) {
		size_t len = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));

		tcpsim_packet_free(packet);
		if (++b->crossed % 11 == 0)
			continue;
		if (b->crossed % 50 == 0)
			tcpsim_host_rest(to); /* in the midst of things */
		tcpsim_host_input(to, b->now, 0, bytes, len);
		tcpsim_host_check(to);
	}
}

static void put_text(struct end *e)
{
	static uint8_t text[4000];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = 1;

	while (n > 0 && e->sent < TEXT) {
		if (iov.iov_len > TEXT - e->sent)
			iov.iov_len = TEXT - e->sent;
		pattern_fill(e->stream_out, e->sent, text, iov.iov_len);
		n = tcpsim_sendmsg(e->host, e->fd, &msg, MSG_NOSIGNAL);
		if (n > 0)
			e->sent += (uint64_t)n;
		else if (n != -EAGAIN && !short_of_memory(n))
			e->failed = true;
	}
	if (e->sent == TEXT && !e->shut)
		e->shut = !tcpsim_shutdown(e->host, e->fd, SHUT_WR);
}

static void get_text(struct end *e)
{
	static uint8_t text[4000];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	while ((n = tcpsim_recvmsg(e->host, e->fd, &msg, 0)) > 0) {
		check(pattern_match(e->stream_in, e->received, text, (size_t)n) == (size_t)n,
			"a byte is wrong");
		e->received += (uint64_t)n;
	}
	if (n == 0) {
		check(e->received == TEXT, "the end came before the last byte");
		e->at_end = true;
	} else if (n != -EAGAIN && !short_of_memory(n)) {
		e->failed = true;
	}
	iov.iov_len = sizeof(text);
	tcpsim_recvmsg(e->host, e->fd, &msg, MSG_ERRQUEUE); /* time stamps */
}

static void drive(struct bench *b)
{
	struct end *const ends[] = {&b->a, &b->b};
	struct epoll_event events[4];

	if (b->b.fd < 0)
		b->b.fd = tcpsim_accept4(b->b.host, b->listener, NULL, NULL, SOCK_NONBLOCK);
	for (int i = 0; i < 2; i++) {
		struct end *e = ends[i];

		if (e->fd < 0 || e->failed || tcpsim_state(e->host, e->fd) == TCPSIM_SYN_SENT)
			continue;
		if (e->epoll >= 0)
			tcpsim_epoll_wait(e->host, e->epoll, events, 4);
		put_text(e);
		get_text(e);
	}
}

/* Until both have all, or `seconds` are over. */
static bool run(struct bench *b, int64_t seconds)
{
	int64_t end = b->now + seconds * NSEC_PER_SEC;

	while (b->now < end && !(b->a.at_end && b->b.at_end)) {
		int64_t a = tcpsim_host_deadline(b->a.host), c = tcpsim_host_deadline(b->b.host);

		drive(b);
		unsigned before = b->crossed;

		cross(b, b->a.host, b->b.host);
		cross(b, b->b.host, b->a.host);
		if (b->crossed != before) {
			b->now += NSEC_PER_SEC / 100;
		} else {
			a = a < c ? a : c;
			b->now = a > b->now && a < end ? a : b->now + NSEC_PER_SEC / 10;
		}
		tcpsim_host_advance(b->a.host, b->now);
		tcpsim_host_advance(b->b.host, b->now);
	}
	return b->a.at_end && b->b.at_end;
}

/* Where there is such a thing: text on the SYN, time stamps of what was sent. */
static void set_options(struct bench *b)
{
	int queue = 5, yes = 1,
	    stamps =
		    SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE;

	tcpsim_setsockopt(b->b.host, b->listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue));
	tcpsim_setsockopt(b->a.host, b->a.fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof(yes));
	tcpsim_setsockopt(b->a.host, b->a.fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof(stamps));
}

static void watch(struct end *e)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};

	e->epoll = tcpsim_epoll_create(e->host, 0);
	if (e->epoll >= 0)
		tcpsim_epoll_ctl(e->host, e->epoll, EPOLL_CTL_ADD, e->fd, &event);
}

/* A whole connection: opened, watched, text both ways, closed. True if all of it came. */
static bool exchange(struct bench *b, unsigned port, int64_t seconds)
{
	bool all = false;
	int error;

	b->a = (struct end){.host = b->a.host,
		.fd = -1,
		.epoll = -1,
		.stream_out = port,
		.stream_in = port + 1000000};
	b->b = (struct end){.host = b->b.host,
		.fd = -1,
		.epoll = -1,
		.stream_out = port + 1000000,
		.stream_in = port};
	b->listener = tcpsim_socket(b->b.host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	b->a.fd = tcpsim_socket(b->a.host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	check(b->a.fd >= 0 || short_of_memory(b->a.fd), "socket() says something else");
	if (b->a.fd >= 0 && b->listener >= 0 &&
		!tcpsim_bind(b->b.host, b->listener, at("10.0.0.2", port), 16) &&
		!tcpsim_listen(b->b.host, b->listener, 5)) {
		set_options(b);
		watch(&b->a);
		error = tcpsim_connect(b->a.host, b->a.fd, at("10.0.0.2", port), 16);
		check(error == 0 || error == -EINPROGRESS || short_of_memory(error),
			"connect() says something else");
		all = run(b, seconds);
	}
	tcpsim_close(b->a.host, b->a.fd);
	tcpsim_close(b->a.host, b->a.epoll);
	tcpsim_close(b->b.host, b->b.fd);
	tcpsim_close(b->b.host, b->listener);
	for (int i = 0; i < 20; i++) {
		cross(b, b->a.host, b->b.host);
		cross(b, b->b.host, b->a.host);
	}
	tcpsim_host_rest(b->a.host);
	tcpsim_host_rest(b->b.host);
	return all;
}

/* What comes unasked: an echo request, a datagram in two fragments, the last one first. */
static void strangers(struct bench *b)
{
	static const uint8_t PING[] = {0x45, 0, 0, 32, 0, 1, 0, 0, 64, 1, 0x66, 0xda, 10, 0, 0, 1,
		10, 0, 0, 2, 8, 0, 0xf5, 0xfd, 1, 1, 1, 1, 0, 0, 0, 0};
	static const uint8_t LATTER[] = {0x45, 0, 0, 28, 0, 7, 0, 1, 64, 1, 0x66, 0xd7, 10, 0, 0, 1,
		10, 0, 0, 2, 1, 1, 1, 1, 0, 0, 0, 0};
	static const uint8_t FORMER[] = {0x45, 0, 0, 28, 0, 7, 0x20, 0, 64, 1, 0x46, 0xd8, 10, 0, 0,
		1, 10, 0, 0, 2, 8, 0, 0xf5, 0xfd, 1, 1, 1, 1};

	tcpsim_host_input(b->b.host, b->now, 0, PING, sizeof(PING));
	tcpsim_host_input(b->b.host, b->now, 0, LATTER, sizeof(LATTER));
	tcpsim_host_input(b->b.host, b->now, 0, FORMER, sizeof(FORMER));
}

/* Fails as told, then not; false when nothing failed because there were fewer allocations. */
static bool try_failures(const char *profile, uint64_t nth, bool every)
{
	struct bench b;
	bool happened;

	where = profile;
	where_n = nth;
	allocations_fail(nth, every);
	if (bench_begin(&b, profile)) {
		strangers(&b);
		exchange(&b, 80, 30);
		happened = allocations_failed();
		allocations_fail(0, false);
		check(exchange(&b, 81, 300), "afterwards the same hosts do not work any more");
	} else {
		happened = true;
	}
	allocations_fail(0, false);
	bench_end(&b);
	return happened;
}

static void try_profile(const char *profile)
{
	uint64_t n = 1;

	while (try_failures(profile, n, false))
		n++;
	cr_expect_gt(n, 40, "%s: only %llu allocations", profile, (unsigned long long)n);
	for (n = 1; n < 20; n++)
		try_failures(profile, n, true);
}

/* Connections of every kind are there when their hosts end: asked for, open, without a
 * process, waiting, at rest. */
static void end_amid_connections(const char *profile)
{
	struct iovec iov = {(char[]){"left unread"}, 11};
	struct msghdr text = {.msg_iov = &iov, .msg_iovlen = 1};
	struct bench b;

	where = profile;
	where_n = 1;
	check(bench_begin(&b, profile) && exchange(&b, 80, 300), "no connection to begin with");
	b.listener = tcpsim_socket(b.b.host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tcpsim_bind(b.b.host, b.listener, at("10.0.0.2", 81), 16);
	tcpsim_listen(b.b.host, b.listener, 50);
	for (int i = 0; i < 60; i++) {
		int fd = tcpsim_socket(b.a.host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		tcpsim_connect(b.a.host, fd, at("10.0.0.2", 81), 16);
		cross(&b, b.a.host, b.b.host);
		if (i < 50)
			cross(&b, b.b.host, b.a.host);
		tcpsim_sendmsg(b.a.host, fd, &text, MSG_NOSIGNAL);
		if (i % 3)
			tcpsim_close(b.a.host, fd);
		if (i % 2)
			cross(&b, b.a.host, b.b.host);
		if (i == 30) {
			tcpsim_host_rest(b.a.host);
			tcpsim_host_rest(b.b.host);
		}
	}
	allocations_fail(1, true);
	tcpsim_host_free(b.a.host);
	tcpsim_host_free(b.b.host);
	b.a.host = b.b.host = NULL;
	bench_end(&b);
	allocations_fail(0, false);
}

Test(failing_memory, a_host_ends_without_asking_for_memory)
{
	static const char *const PROFILES[] = {"linux", "freebsd", "bsd44", "rfc9293"};

	for (size_t i = 0; i < sizeof(PROFILES) / sizeof(*PROFILES); i++)
		end_amid_connections(PROFILES[i]);
}

Test(failing_memory, linux_goes_on)
{
	try_profile("linux");
}

Test(failing_memory, freebsd_goes_on)
{
	try_profile("freebsd");
}

Test(failing_memory, bsd44_goes_on)
{
	try_profile("bsd44");
}

Test(failing_memory, rfc9293_goes_on)
{
	try_profile("rfc9293");
}
