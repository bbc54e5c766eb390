/*
 * Soak: worlds drawn from a seed, with loss, bursts, reordering, duplicates, corruption, small
 * queues, small buffers and any two systems, in which both ends send and receive at once. Whatever
 * the network does, every byte arrives once and in order both ways, both ends close, nothing stays
 * behind, and every host's invariants hold after each input.
 *
 * TCPSIM_SOAK=5000 runs that many seeds; TCPSIM_SOAK_SEED=17 runs one and tells what it is made of.
 */
#define TCPSIM_POSIX_NO_MACROS
#include <criterion/criterion.h>
#include <glib.h>
#include <tcpsim/host.h>
#include <tcpsim/posix.h>
#include <tcpsim/socket.h>
#include <tcpsim/world.h>

#include "support/random.h"
#include "world/journal.h"
#include "world/world.h"

#define SEEDS	 250
#define PATIENCE (INT64_C(4) * 3600 * 1000000000)

struct end {
	const struct tcpsim_addr *server; /* NULL: it listens */
	uint64_t to_send, to_read;
	uint64_t random;
	bool slow;
	/* how it went */
	const char *what;
	int error;
	uint64_t sent, read;
	bool done;
};

static _Thread_local struct end client, server;

static uint8_t byte_at(uint64_t offset, uint64_t salt)
{
	return (uint8_t)((offset + salt) * 2654435761u >> 13);
}

static bool failed(struct end *e, const char *what)
{
	e->what = what;
	e->error = errno;
	return false;
}

static bool send_some(struct end *e, int fd)
{
	uint8_t buffer[20000];
	uint64_t n = 1 + random_below(&e->random, sizeof(buffer) - 1);

	if (n > e->to_send - e->sent)
		n = e->to_send - e->sent;
	for (uint64_t i = 0; i < n; i++)
		buffer[i] = byte_at(e->sent + i, e->to_send);
	ssize_t done = tcpsim_posix_send(fd, buffer, n, 0);

	if (done < 0)
		return errno == EAGAIN || failed(e, "send");
	e->sent += (uint64_t)done;
	if (e->sent == e->to_send && tcpsim_posix_shutdown(fd, SHUT_WR) < 0)
		return failed(e, "shutdown");
	return true;
}

static bool read_some(struct end *e, int fd, bool *eof)
{
	uint8_t buffer[20000];
	ssize_t n = tcpsim_posix_recv(fd, buffer, 1 + random_below(&e->random, sizeof(buffer)), 0);

	if (n < 0)
		return errno == EAGAIN || failed(e, "recv");
	for (ssize_t i = 0; i < n; i++) {
		if (buffer[i] != byte_at(e->read + (uint64_t)i, e->to_read))
			return failed(e, "a byte that is wrong");
	}
	e->read += (uint64_t)n;
	*eof = n == 0;
	if (e->slow)
		tcpsim_posix_usleep(random_below(&e->random, 30000));
	return true;
}

static void exchange(struct end *e, int fd)
{
	bool eof = false;

	tcpsim_posix_fcntl(fd, F_SETFL, O_NONBLOCK);
	while (!eof || e->sent < e->to_send) {
		struct pollfd p = {.fd = fd};

		if (!eof)
			p.events |= POLLIN;
		if (e->sent < e->to_send)
			p.events |= POLLOUT;
		if (tcpsim_posix_poll(&p, 1, -1) < 0) {
			failed(e, "poll");
			return;
		}
		if ((p.revents & POLLOUT) && e->sent < e->to_send && !send_some(e, fd))
			return;
		if ((p.revents & (POLLIN | POLLERR | POLLHUP)) && !eof && !read_some(e, fd, &eof))
			return;
	}
	if (e->read != e->to_read)
		failed(e, "the end came early");
	else if (tcpsim_posix_close(fd) < 0)
		failed(e, "close");
	else
		e->done = true;
}

static socklen_t fill_sockaddr(struct sockaddr_storage *out, const struct tcpsim_addr *addr)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (tcpsim_addr_is_v4(addr)) {
		in->sin_family = AF_INET;
		in->sin_port = htons(7);
		in->sin_addr.s_addr = htonl(tcpsim_addr_to_v4(addr));
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(7);
	memcpy(&in6->sin6_addr, addr->b, 16);
	return sizeof(*in6);
}

static int open_socket(struct end *e, int family)
{
	int fd = tcpsim_posix_socket(family, SOCK_STREAM, 0), one = 1, size;

	if (fd < 0)
		return fd;
	if (random_below(&e->random, 3) == 0)
		tcpsim_posix_setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof(one));
	if (random_below(&e->random, 3) == 0) {
		size = 4096 + (int)random_below(&e->random, 60000);
		tcpsim_posix_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	if (random_below(&e->random, 3) == 0) {
		size = 4096 + (int)random_below(&e->random, 60000);
		tcpsim_posix_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}
	return fd;
}

static int run_client(int argc, char **argv)
{
	struct sockaddr_storage to;
	socklen_t len = fill_sockaddr(&to, client.server);
	int fd = open_socket(&client, to.ss_family), tries = 0;

	/* Few SYNs are sent in all; that they were all lost is no fault. */
	while (tcpsim_posix_connect(fd, (struct sockaddr *)&to, len) < 0) {
		if (errno != ETIMEDOUT || ++tries == 20) {
			failed(&client, "connect");
			return 1;
		}
		tcpsim_posix_close(fd);
		fd = open_socket(&client, to.ss_family);
	}
	exchange(&client, fd);
	return 0;
}

static int run_server(int argc, char **argv)
{
	struct sockaddr_storage at;
	socklen_t len = fill_sockaddr(&at, client.server);
	int listener = open_socket(&server, at.ss_family);
	int fd;

	if (tcpsim_posix_bind(listener, (struct sockaddr *)&at, len) < 0 ||
		tcpsim_posix_listen(listener, 5) < 0 ||
		(fd = tcpsim_posix_accept(listener, NULL, NULL)) < 0) {
		failed(&server, "bind, listen, accept");
		return 1;
	}
	tcpsim_posix_close(listener);
	exchange(&server, fd);
	return 0;
}

/* --- the world of a seed --- */

static double chance(uint64_t *r, double most)
{
	return random_below(r, 2) ? most * random_below(r, 1000) / 1000 : 0;
}

static char *draw_link(uint64_t *r)
{
	static const char *const QUEUE[] = {"drop-tail", "codel", "red", "drop-tail"};
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "ip = %u", random_below(r, 4) ? 4 : 6);
	if (random_below(r, 4))
		g_string_append_printf(s, "; rate = %u kbit/s", 200 + random_below(r, 20000));
	g_string_append_printf(s, "; delay = %u us; jitter = %u us", random_below(r, 60000),
		random_below(r, 2) ? random_below(r, 20000) : 0);
	g_string_append_printf(s, "; loss = %.4f; duplicate = %.4f; corrupt = %.4f; reorder = %.4f",
		chance(r, 0.06), chance(r, 0.05), chance(r, 0.03), chance(r, 0.1));
	g_string_append_printf(s, "; reorder-delay = %u us", 100 + random_below(r, 40000));
	if (random_below(r, 4) == 0)
		/* It ends with packets, not with time: one that is hard to leave outlasts the few
		 * packets of a connection that backs off, and giving up is no fault then. */
		g_string_append_printf(s, "; burst-loss = 0.01 0.8");
	if (random_below(r, 3) == 0)
		g_string_append_printf(s, "; queue = %s %u kB", QUEUE[random_below(r, 4)],
			5 + random_below(r, 100));
	if (random_below(r, 5) == 0)
		g_string_append(s, "; strip-options = timestamps");
	if (random_below(r, 5) == 0)
		g_string_append(s, "; strip-options = sack wscale");
	g_string_append_printf(
		s, "; mtu = %u", random_below(r, 3) ? 1500 : 1280 + random_below(r, 8000));
	/* A key is set once. */
	char *first = strstr(s->str, "; strip-options");
	char *second = first ? strstr(first + 1, "; strip-options") : NULL;

	if (second)
		memset(second, ' ', strlen("; strip-options = sack wscale"));
	return g_string_free(s, FALSE);
}

static const struct tcp_profile *draw_profile(uint64_t *r)
{
	unsigned n = 0;

	while (tcp_profiles[n])
		n++;
	return tcp_profiles[random_below(r, n)];
}

static bool count_row(void *context, const struct tcpsim_socket_row *row)
{
	++*(unsigned *)context;
	return true;
}

static unsigned left_over(struct tcpsim_world *w)
{
	unsigned n = 0;

	tcpsim_host_each_socket(tcpsim_world_host(w, "client"), count_row, &n);
	tcpsim_host_each_socket(tcpsim_world_host(w, "server"), count_row, &n);
	return n;
}

static void init_end(struct end *e, uint64_t *r)
{
	e->to_send = random_below(r, 5) ? random_below(r, 150000) + 1 : 1 + random_below(r, 3);
	e->random = random_next(r);
	e->slow = random_below(r, 5) == 0;
}

static void write_event(void *context, const struct tcp_event *event)
{
	journal_write(context, event->host ? "server" : "client", event);
}

/* TCPSIM_SOAK_EVENTS=FILE, TCPSIM_SOAK_PCAP=FILE: for looking closer. */
static FILE *open_events(void)
{
	const char *path = g_getenv("TCPSIM_SOAK_EVENTS");

	return path ? fopen(path, "w") : NULL;
}

static struct tcpsim_world *make_world(
	uint64_t seed, bool rest, GString *what, tcp_event_fn on_event, void *context)
{
	uint64_t r =
		seed ^ UINT64_C(0x5851f42d4c957f2d); /* neighbours are to have nothing in common */

	r = random_next(&r);
	struct tcpsim_world *w = tcpsim_world_new(seed);
	const struct tcp_profile *a = draw_profile(&r), *b = draw_profile(&r);
	char *link = draw_link(&r), *error = NULL;
	static _Thread_local struct tcpsim_addr addr;

	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	init_end(&client, &r);
	init_end(&server, &r);
	client.to_read = server.to_send;
	server.to_read = client.to_send;
	tcpsim_world_add_host(w, "client", a);
	tcpsim_world_add_host(w, "server", b);
	cr_assert_eq(tcpsim_world_link(w, "client", "server", link, &error), 0, "%s", error);
	if (g_getenv("TCPSIM_SOAK_PCAP"))
		tcpsim_world_capture(w, "client", g_getenv("TCPSIM_SOAK_PCAP"));
	if (on_event)
		tcpsim_world_on_event(w, on_event, context);
	tcpsim_world_address(w, "server", &addr);
	client.server = &addr;
	tcpsim_world_spawn(w, "server", "server", run_server, 0, NULL, 0);
	tcpsim_world_spawn(w, "client", "client", run_client, 0, NULL, 1000000);
	w->check = true;
	w->rest = rest;
	g_string_printf(what,
		"%s with %s, %s; %" G_GUINT64_FORMAT " bytes there, %" G_GUINT64_FORMAT " back",
		a->name, b->name, link, client.to_send, server.to_send);
	g_free(link);
	return w;
}

/* NULL, or what went wrong. */
static char *soak(uint64_t seed, GString *what, bool tell)
{
	FILE *events = open_events();
	struct tcpsim_world *w =
		make_world(seed, seed % 2, what, events ? write_event : NULL, events);
	char *wrong = NULL;

	if (tell)
		fprintf(stderr, "seed %" G_GUINT64_FORMAT ": %s\n", seed, what->str);
	tcpsim_world_run(w, PATIENCE);
	const struct end *bad = !client.done ? &client : !server.done ? &server : NULL;

	if (bad)
		wrong = g_strdup_printf("%s: %s (%s) after %" G_GUINT64_FORMAT
					" bytes sent, %" G_GUINT64_FORMAT " read",
			bad == &client ? "client" : "server", bad->what ? bad->what : "it hangs",
			bad->error ? strerrorname_np(bad->error) : "no error", bad->sent,
			bad->read);
	else if (left_over(w))
		wrong = g_strdup_printf("%u connections are left", left_over(w));
	tcpsim_world_free(w);
	if (events)
		fclose(events);
	return wrong;
}

static uint64_t mix(uint64_t sum, uint64_t value)
{
	return (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15) >> 7 ^ sum << 57;
}

/* All that an event tells, but for addresses in memory. */
static void sum_event(void *context, const struct tcp_event *event)
{
	uint64_t *sum = context;

	*sum = mix(*sum, (uint64_t)event->time_ns);
	*sum = mix(*sum, (uint64_t)event->kind << 32 | event->connection);
	*sum = mix(*sum, (uint64_t)event->rule << 32 | (uint64_t)event->before << 8 | event->after);
	if (event->segment)
		*sum = mix(*sum, (uint64_t)event->segment->seq.n << 32 | event->segment->ack.n);
}

/* A connection at rest takes less memory; nothing else may tell that it was put away. */
Test(soak, what_rests_wakes_as_it_was)
{
	GString *what = g_string_new(NULL);

	if (g_getenv("TCPSIM_SOAK_SEED"))
		cr_skip_test("one world is looked at, and its capture is not to be written over");
	for (uint64_t seed = 1; seed <= 60; seed++) {
		uint64_t sum[2] = {0, 0};

		for (int rest = 0; rest < 2; rest++) {
			struct tcpsim_world *w =
				make_world(seed, rest, what, sum_event, &sum[rest]);

			tcpsim_world_run(w, PATIENCE);
			tcpsim_world_free(w);
		}
		cr_expect_neq(sum[0], 0);
		cr_expect_eq(sum[0], sum[1], "seed %" G_GUINT64_FORMAT ": %s", seed, what->str);
	}
	g_string_free(what, TRUE);
}

Test(soak, every_byte_once_whatever_the_network_does)
{
	const char *one = g_getenv("TCPSIM_SOAK_SEED"), *many = g_getenv("TCPSIM_SOAK");
	uint64_t first = one ? g_ascii_strtoull(one, NULL, 10) : 1;
	uint64_t n = one ? 1 : many ? g_ascii_strtoull(many, NULL, 10) : SEEDS;
	GString *what = g_string_new(NULL);
	unsigned wrongs = 0;

	for (uint64_t seed = first; seed < first + n; seed++) {
		if (many || one) {
			fprintf(stderr, "%" G_GUINT64_FORMAT "\r", seed);
			fflush(stderr);
		}
		char *wrong = soak(seed, what, one);

		if (wrong) {
			wrongs++;
			fprintf(stderr,
				"seed %" G_GUINT64_FORMAT
				": %s\n  (%s)\n  again: TCPSIM_SOAK_SEED=%" G_GUINT64_FORMAT
				" build/tests/e2e-soak\n",
				seed, wrong, what->str, seed);
		}
		g_free(wrong);
	}
	g_string_free(what, TRUE);
	cr_assert_eq(wrongs, 0, "%u of %" G_GUINT64_FORMAT " worlds went wrong", wrongs, n);
}
