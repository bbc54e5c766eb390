/* Two hosts and a wire. See pair.h. */
#include "pair.h"

#include "base/md5.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

struct on_wire {
	struct tcpsim_packet *packet;
	struct tcpsim_host *to;
	int64_t due_ns;
};

static struct tcpsim_host *make_host(struct pair *pair, uint32_t id, const char *profile)
{
	struct tcpsim_host_config config = {.profile = tcpsim_profile_find(profile),
		.pool = pair->pool,
		.id = id,
		.seed = id,
		.md5 = base_md5};
	struct tcpsim_host *host;
	struct tcpsim_addr addr;
	static const char *const ADDRESSES[2][3] = {
		{"10.0.0.1", "10.0.0.3", "2001:db8::1"}, {"10.0.0.2", NULL, "2001:db8::2"}};

	cr_assert_not_null(config.profile, "%s", profile);
	host = tcpsim_host_new(&config);
	tcpsim_host_add_interface(host, "wire", 1500);
	for (int i = 0; i < 3; i++) {
		if (!ADDRESSES[id - 1][i])
			continue;
		tcpsim_addr_parse(ADDRESSES[id - 1][i], &addr);
		tcpsim_host_add_address(host, 0, &addr, i == 2 ? 64 : 24);
	}
	return host;
}

struct pair pair_new(const char *a, const char *b)
{
	struct pair pair = {.pool = tcpsim_pool_new(), .delay_ns = 5000000};

	pair.a = make_host(&pair, 1, a);
	pair.b = make_host(&pair, 2, b);
	return pair;
}

void pair_free(struct pair *pair)
{
	tcpsim_host_free(pair->a);
	tcpsim_host_free(pair->b);
	tcpsim_pool_free(pair->pool);
}

#define WIRE_MAX 4096
static struct on_wire wire[WIRE_MAX];
static int n_wire;

static void collect(struct pair *pair, struct tcpsim_host *from, struct tcpsim_host *to)
{
	struct tcpsim_packet *packet;

	while ((packet = tcpsim_host_transmit(from))) {
		cr_assert_lt(n_wire, WIRE_MAX);
		wire[n_wire++] = (struct on_wire){packet, to, pair->now + pair->delay_ns};
	}
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void pair_run(struct pair *pair, int64_t ns)
{
	int64_t end = pair->now + ns;

	for (;;) {
		int64_t next = end;

		collect(pair, pair->a, pair->b);
		collect(pair, pair->b, pair->a);
		next = min64(next, tcpsim_host_deadline(pair->a));
		next = min64(next, tcpsim_host_deadline(pair->b));
		if (n_wire)
			next = min64(next, wire[0].due_ns);
		if (next > pair->now)
			pair->now = next;
		tcpsim_host_advance(pair->a, pair->now);
		tcpsim_host_advance(pair->b, pair->now);
		if (n_wire && wire[0].due_ns <= pair->now) {
			struct on_wire first = wire[0];

			memmove(wire, wire + 1, (size_t)--n_wire * sizeof(wire[0]));
			first.packet->interface = 0;
			tcpsim_host_receive(first.to, pair->now, first.packet);
		} else if (pair->now >= end) {
			break;
		}
	}
	collect(pair, pair->a, pair->b);
	collect(pair, pair->b, pair->a);
	while (n_wire && ns == 0) /* nothing outlives a test that ends */
		tcpsim_packet_free(wire[--n_wire].packet);
}

const struct sockaddr *at(const char *ip, unsigned port)
{
	static struct sockaddr_in6 ring[8];
	static int next;
	struct sockaddr_in6 *v6 = &ring[next++ % 8];
	struct sockaddr_in *v4 = (struct sockaddr_in *)v6;

	memset(v6, 0, sizeof(*v6));
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return (struct sockaddr *)v6;
	}
	memset(v6, 0, sizeof(*v6));
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	cr_assert_eq(inet_pton(AF_INET, ip, &v4->sin_addr), 1, "%s", ip);
	return (struct sockaddr *)v4;
}

int bound(struct tcpsim_host *host, const char *ip, unsigned port)
{
	const struct sockaddr *sa = at(ip, port);
	int fd = tcpsim_socket(host, sa->sa_family, SOCK_STREAM, 0), error;

	cr_assert_geq(fd, 3);
	error = tcpsim_bind(host, fd, sa, sizeof(struct sockaddr_in6));
	if (error == 0)
		return fd;
	tcpsim_close(host, fd);
	return error;
}

int listening(struct tcpsim_host *host, const char *ip, unsigned port)
{
	int fd = bound(host, ip, port);

	cr_assert_geq(fd, 3, "bind: %d", fd);
	cr_assert_eq(tcpsim_listen(host, fd, 5), 0);
	return fd;
}

int connected(struct pair *pair, struct tcpsim_host *from, const char *ip, unsigned port)
{
	const struct sockaddr *sa = at(ip, port);
	int fd = tcpsim_socket(from, sa->sa_family, SOCK_STREAM, 0);

	cr_assert_eq(tcpsim_connect(from, fd, sa, sizeof(struct sockaddr_in6)), -EINPROGRESS);
	pair_run(pair, 100000000);
	cr_assert_eq(tcpsim_state(from, fd), TCPSIM_ESTABLISHED);
	return fd;
}

int flag(struct tcpsim_host *host, int fd, int level, int name, int value)
{
	return tcpsim_setsockopt(host, fd, level, name, &value, sizeof(value));
}

int option(struct tcpsim_host *host, int fd, int level, int name)
{
	int value = 0, error;
	socklen_t len = sizeof(value);

	error = tcpsim_getsockopt(host, fd, level, name, &value, &len);
	return error ? error : value;
}

ssize_t put(struct tcpsim_host *host, int fd, const char *text, int flags)
{
	struct iovec iov = {(void *)(uintptr_t)text, strlen(text)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	return tcpsim_sendmsg(host, fd, &msg, flags);
}

const char *get(struct tcpsim_host *host, int fd, int flags, int *error)
{
	static char text[4096];
	struct iovec iov = {text, sizeof(text) - 1};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = tcpsim_recvmsg(host, fd, &msg, flags);

	*error = n < 0 ? (int)n : 0;
	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? NULL : text;
}
