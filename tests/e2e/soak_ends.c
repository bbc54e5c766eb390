/* The programs of a soaked world. See soak.h. */
#define TCPSIM_POSIX_NO_MACROS
#include <errno.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>
#include <tcpsim/socket.h>
#include <tcpsim/world.h>

#include "base/pattern.h"
#include "base/sockaddr.h"
#include "soak.h"
#include "support/random.h"

#define MOST_TRIES 20

static struct soak_plan *plan;
static struct tcpsim_world *world;

static bool failed(struct soak_end *e, const char *what)
{
	e->what = what;
	e->error = errno;
	return false;
}

/* Sleeps if that byte is where it looks away; once. */
static void look_away(uint64_t now_at, uint64_t at, uint32_t *us)
{
	uint32_t left = *us;

	if (!left || now_at < at)
		return;
	*us = 0;
	tcpsim_posix_usleep(left);
}

static bool send_some(struct soak_end *e, int fd)
{
	uint8_t buffer[20000];
	uint64_t n = 1 + random_below(&e->random, sizeof(buffer) - 1);
	bool urgent = e->urgent && random_below(&e->random, 4) == 0;

	if (n > e->to_send - e->sent)
		n = e->to_send - e->sent;
	pattern_fill(e->stream, e->sent, buffer, n);
	ssize_t done = tcpsim_posix_send(fd, buffer, n, urgent ? MSG_OOB : 0);

	if (done < 0)
		return errno == EAGAIN || failed(e, "send");
	e->sent += (uint64_t)done;
	look_away(e->sent, e->pause_at, &e->pause_us);
	if (e->sent == e->to_send && e->order == SOAK_SHUTS_FIRST &&
		tcpsim_posix_shutdown(fd, SHUT_WR) < 0)
		return failed(e, "shutdown");
	return true;
}

static bool read_some(struct soak_end *e, int fd, bool *eof)
{
	uint8_t buffer[20000];
	ssize_t n = tcpsim_posix_recv(fd, buffer, 1 + random_below(&e->random, sizeof(buffer)), 0);

	if (n < 0)
		return errno == EAGAIN || failed(e, "recv");
	if (pattern_match(e->peer_stream, e->read, buffer, (size_t)n) < (size_t)n)
		return failed(e, "a byte that is wrong");
	e->read += (uint64_t)n;
	*eof = n == 0;
	if (e->read == e->to_read && !*eof && e->shuts_read) {
		/* ENOTCONN: the peer's FIN and the acknowledgment of ours came already. */
		if (tcpsim_posix_shutdown(fd, SHUT_RD) < 0 && errno != ENOTCONN)
			return failed(e, "shutdown(SHUT_RD)");
		*eof = true;
	}
	look_away(e->read, e->stall_at, &e->stall_us);
	if (e->slow)
		tcpsim_posix_usleep(random_below(&e->random, 30000));
	return true;
}

static bool is_over(const struct soak_end *e, bool eof)
{
	return e->sent == e->to_send && (eof || (e->order == SOAK_COUNTS && e->read >= e->to_read));
}

static void exchange(struct soak_end *e, int fd)
{
	bool eof = false;

	tcpsim_posix_fcntl(fd, F_SETFL, O_NONBLOCK);
	while (!is_over(e, eof)) {
		bool sends = e->sent < e->to_send, reads = !eof && !(e->sends_first && sends);
		struct pollfd p = {
			.fd = fd, .events = (short)((reads ? POLLIN : 0) | (sends ? POLLOUT : 0))};

		if (tcpsim_posix_poll(&p, 1, -1) < 0) {
			failed(e, "poll");
			return;
		}
		if ((p.revents & (POLLOUT | POLLERR)) && sends && !send_some(e, fd))
			return;
		if ((p.revents & (POLLIN | POLLERR | POLLHUP)) && reads && !read_some(e, fd, &eof))
			return;
	}
	if (e->read != e->to_read)
		failed(e, e->read < e->to_read ? "the end came early" : "too many bytes");
	else if (e->order == SOAK_SHUTS_LAST && tcpsim_posix_shutdown(fd, SHUT_WR) < 0)
		failed(e, "the last shutdown");
	else if (tcpsim_posix_close(fd) < 0)
		failed(e, "close");
	else
		e->done = true;
}

static uint16_t port_of(const struct sockaddr_storage *at)
{
	return ntohs(at->ss_family == AF_INET ? ((const struct sockaddr_in *)at)->sin_port
					      : ((const struct sockaddr_in6 *)at)->sin6_port);
}

static struct tcpsim_addr addr_of(const struct sockaddr_storage *at)
{
	struct tcpsim_addr addr;

	if (at->ss_family == AF_INET)
		return tcpsim_addr_v4(ntohl(((const struct sockaddr_in *)at)->sin_addr.s_addr));
	memcpy(addr.b, &((const struct sockaddr_in6 *)at)->sin6_addr, 16);
	return addr;
}

static void set(int fd, int level, int name, int value)
{
	/* One that this system does not have changes nothing. */
	tcpsim_posix_setsockopt(fd, level, name, &value, sizeof(value));
}

static int open_socket(struct soak_end *e, int family)
{
	int fd = tcpsim_posix_socket(family, SOCK_STREAM, 0);

	if (fd < 0)
		return fd;
	if (e->nodelay)
		set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (e->rcvbuf)
		set(fd, SOL_SOCKET, SO_RCVBUF, e->rcvbuf);
	if (e->sndbuf)
		set(fd, SOL_SOCKET, SO_SNDBUF, e->sndbuf);
	set(fd, SOL_SOCKET, SO_OOBINLINE, 1);
	if (e->keepalive) {
		set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 5 + (int)random_below(&e->random, 20));
		set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10 + (int)random_below(&e->random, 20));
	}
	return fd;
}

/* Few SYNs are sent in all, and over IPv6, whose header has no checksum, a flipped bit of the
 * address makes a router say that there is no such host: neither is a fault. */
static bool may_try_again(int error)
{
	return error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH;
}

static int run_client(int argc, char **argv)
{
	struct soak_connection *c = &plan->connection[atoi(argv[0])];
	struct soak_end *e = &c->client;
	struct sockaddr_storage to, from;
	socklen_t len = sockaddr_put(&c->to, c->port, &to), from_len = sizeof(from);
	int fd;

	for (int tries = 0;; tries++) {
		fd = open_socket(e, to.ss_family);
		if (!tcpsim_addr_is_any(&c->from)) {
			sockaddr_put(&c->from, 0, &from);
			if (tcpsim_posix_bind(fd, (struct sockaddr *)&from, len) < 0)
				return !failed(e, "bind");
		}
		if (tcpsim_posix_connect(fd, (struct sockaddr *)&to, len) == 0)
			break;
		if (!may_try_again(errno) || tries == MOST_TRIES)
			return !failed(e, "connect");
		tcpsim_posix_close(fd);
		tcpsim_posix_usleep(100000);
	}
	tcpsim_posix_getsockname(fd, (struct sockaddr *)&from, &from_len);
	c->client_port = port_of(&from);
	c->client_addr = addr_of(&from);
	exchange(e, fd);
	return 0;
}

/* Argument 0: which connection; 1: its descriptor. */
static int serve_one(int argc, char **argv)
{
	exchange(&plan->connection[atoi(argv[0])].server, atoi(argv[1]));
	return 0;
}

/* connect() has returned by the time its ACK arrives, so its address and port are known. A port may
 * serve connections to several peers: all of the 4-tuple is compared. */
static int which(int fd, const struct sockaddr_storage *peer)
{
	struct tcpsim_addr from = addr_of(peer), to;
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	tcpsim_posix_getsockname(fd, (struct sockaddr *)&own, &len);
	to = addr_of(&own);
	for (unsigned i = 0; i < plan->n; i++) {
		const struct soak_connection *c = &plan->connection[i];

		if (c->client_port == port_of(peer) && tcpsim_addr_eq(&c->client_addr, &from) &&
			tcpsim_addr_eq(&c->to, &to))
			return (int)i;
	}
	return -1;
}

/* Accepts as many connections as the second argument says, from the first on. */
static int run_server(int argc, char **argv)
{
	int first = atoi(argv[0]), n = atoi(argv[1]);
	struct soak_connection *c = &plan->connection[first];
	const struct tcpsim_addr any4 = tcpsim_addr_v4(0), any6 = {.b = {0}};
	struct sockaddr_storage at;
	socklen_t len = sockaddr_put(&c->to, c->port, &at);
	int listener = open_socket(&c->server, at.ss_family);

	/* Clients come to several of its addresses. */
	if (n > 1)
		len = sockaddr_put(at.ss_family == AF_INET ? &any4 : &any6, c->port, &at);
	if (tcpsim_posix_bind(listener, (struct sockaddr *)&at, len) < 0 ||
		tcpsim_posix_listen(listener, 5) < 0)
		return !failed(&c->server, "bind, listen");
	for (int i = 0; i < n; i++) {
		struct sockaddr_storage peer;
		socklen_t peer_len = sizeof(peer);
		int fd = tcpsim_posix_accept(listener, (struct sockaddr *)&peer, &peer_len);
		int index = fd < 0 ? -1 : n > 1 ? which(fd, &peer) : first;
		char one[16], two[16], *args[] = {one, two};

		if (index < 0)
			return !failed(&c->server, "accept");
		snprintf(one, sizeof(one), "%d", index);
		snprintf(two, sizeof(two), "%d", fd);
		tcpsim_world_spawn(
			world, "server", "serve", serve_one, 2, args, tcpsim_world_now(world));
	}
	tcpsim_posix_close(listener);
	return 0;
}

void soak_spawn(struct tcpsim_world *w, struct soak_plan *p)
{
	char first[16], n[16], *args[] = {first, n};

	plan = p;
	world = w;
	snprintf(n, sizeof(n), "%u", p->one_listener ? p->n : 1);
	for (unsigned i = 0; i < p->n; i++) {
		snprintf(first, sizeof(first), "%u", i);
		if (i == 0 || !p->one_listener)
			tcpsim_world_spawn(w, "server", "server", run_server, 2, args, 0);
		tcpsim_world_spawn(w, "client", "client", run_client, 1, args,
			1000000 + (int64_t)random_below(&p->connection[i].client.random, 1000) *
					  1000000);
	}
}
