/* Benches and peers: a host, who talks to it, ways to each state. See <tcpsim/testkit.h>. */
#include "testkit/testkit.h"
#include "base/md5.h"
#include "base/sockaddr.h"
#include "testkit/internal.h"
#include "time_units.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/options.h>
#include <tcpsim/testkit.h>

#define PEER_PORT 49152
/* The pattern's first stream that begins with a 0, as did all text when it was zeros alone. */
#define FIRST_STREAM 544

static void abort_test(const char *text)
{
	fprintf(stderr, "%s\n", text);
	abort();
}

static tcpsim_peer_failure_fn on_failure = abort_test;

void tcpsim_peer_on_failure(tcpsim_peer_failure_fn fn)
{
	on_failure = fn ? fn : abort_test;
}

void testkit_fail(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	on_failure(text);
	g_free(text);
}

bool testkit_has(const char *call, const struct tcpsim_peer *peer, const void *argument)
{
	if (!peer)
		testkit_fail("%s: there is no peer (NULL)", call);
	else if (!argument)
		testkit_fail("%s: NULL where a text or a pointer is needed", call);
	return peer && argument;
}

uint64_t testkit_stream(const struct tcpsim_peer *peer, bool of_host)
{
	return FIRST_STREAM + 2 * (uint64_t)peer->number + of_host;
}

/* --- the event stream --- */

static struct timers *timers_of(struct bench *bench, uint32_t connection)
{
	struct timers none;

	for (int i = 0; i < TCPSIM_NTIMERS; i++)
		none.due[i] = INT64_MAX;
	while (bench->timers->len <= connection)
		g_array_append_val(bench->timers, none);
	return &g_array_index(bench->timers, struct timers, connection);
}

int64_t testkit_due(struct tcpsim_peer *peer, enum tcpsim_timer timer)
{
	return timers_of(peer->bench, peer->connection)->due[timer];
}

static bool take_timer(struct bench *bench, const struct tcpsim_event *event)
{
	int64_t due;

	switch (event->kind) {
	case TCPSIM_EVENT_TIMER_SET: due = event->deadline_ns; break;
	case TCPSIM_EVENT_TIMER_FIRED:
	case TCPSIM_EVENT_TIMER_STOPPED: due = INT64_MAX; break;
	default: return false;
	}
	timers_of(bench, event->connection)->due[event->timer] = due;
	return true;
}

/* Whose event it is: its connection's, or of whoever acts. */
static struct tcpsim_peer *peer_of(const struct bench *bench, uint32_t connection)
{
	for (guint i = 0; connection && i < bench->peers->len; i++) {
		struct tcpsim_peer *peer = bench->peers->pdata[i];

		if (peer->connection == connection && connection != bench->listening)
			return peer;
	}
	return bench->acting;
}

static void take_event(void *context, const struct tcpsim_event *event)
{
	struct bench *bench = context;
	struct step step = {event->before, event->after, event->rule};
	struct tcpsim_peer *peer;

	if (take_timer(bench, event))
		return;
	peer = peer_of(bench, event->connection);
	if (!peer)
		return;
	/* What an end may not do now follows from what it did, and is no deed of its own. */
	if (event->rule != TCPSIM_RULE_NONE && event->kind != TCPSIM_EVENT_LIMIT)
		peer->last_rule = event->rule;
	if (event->kind != TCPSIM_EVENT_STATE)
		return;
	if (step.before == TCPSIM_CLOSED && step.after == TCPSIM_LISTEN) {
		bench->listening = event->connection;
		if (!peer->connection)
			peer->connection = event->connection;
	}
	if (step.after != TCPSIM_CLOSED && step.after != TCPSIM_LISTEN &&
		(step.before == TCPSIM_LISTEN || step.before == TCPSIM_CLOSED))
		peer->connection = event->connection;
	g_array_append_val(peer->path, step);
}

/* --- a host and its peers --- */

static struct tcpsim_addr address_of(bool v6, uint32_t v4, uint8_t last)
{
	struct tcpsim_addr addr = tcpsim_addr_v4(v4 + last - 1);

	if (!v6)
		return addr;
	tcpsim_addr_parse(v4 == 0xc0a80001u ? "fd00::" : "2001:db8::", &addr);
	addr.b[15] = last;
	return addr;
}

static struct tcpsim_addr wildcard(bool v6)
{
	static const struct tcpsim_addr any6;

	return v6 ? any6 : tcpsim_addr_v4(0);
}

static struct bench *bench_new(const struct tcpsim_peer_options *options)
{
	struct bench *bench = g_new0(struct bench, 1);
	bool v6 = options->ip_version == 6;
	struct tcpsim_addr any = wildcard(v6);

	bench->peers = g_ptr_array_new();
	bench->timers = g_array_new(FALSE, FALSE, sizeof(struct timers));
	bench->pool = tcpsim_pool_new();
	bench->listener = -1;
	bench->host_addr = address_of(v6, 0xc0a80001u /* 192.168.0.1 */, 1);
	bench->host = tcpsim_host_new(&(struct tcpsim_host_config){.profile = options->profile,
		.pool = bench->pool,
		.seed = 1,
		.start_ns = NSEC_PER_SEC,
		.iss_is_fixed = options->iss_is_fixed,
		.iss = options->iss,
		.md5 = base_md5,
		.on_event = take_event,
		.context = bench});
	tcpsim_host_add_interface(bench->host, "eth0", 1500);
	tcpsim_host_add_address(bench->host, 0, &bench->host_addr, v6 ? 64 : 24);
	tcpsim_host_add_route(bench->host, &any, 0, 0, NULL);
	return bench;
}

static struct tcpsim_peer *peer_new(struct bench *bench, const struct tcpsim_peer_options *options)
{
	struct tcpsim_peer *peer = g_new0(struct tcpsim_peer, 1);

	peer->bench = bench;
	peer->number = bench->made++;
	peer->options = *options;
	if (!peer->options.syn_options)
		peer->options.syn_options =
			options->md5_key ? "<mss 1460, nop, nop, md5 valid>" : "<mss 1460>";
	peer->options.syn_options = g_strdup(peer->options.syn_options);
	peer->options.md5_key = g_strdup(options->md5_key);
	peer->addr = address_of(
		options->ip_version == 6, 0xc0000201u /* 192.0.2.1 */, (uint8_t)(peer->number + 1));
	peer->path = g_array_new(FALSE, FALSE, sizeof(struct step));
	peer->known = g_array_new(FALSE, FALSE, sizeof(struct known));
	peer->text = g_string_new(NULL);
	g_queue_init(&peer->sent);
	peer->fd = -1;
	peer->host_port = PORT;
	peer->peer_port = PEER_PORT;
	g_ptr_array_add(bench->peers, peer);
	bench->acting = peer;
	return peer;
}

static void bench_free(struct bench *bench)
{
	struct tcpsim_packet *packet;

	while ((packet = tcpsim_host_transmit(bench->host)))
		tcpsim_packet_free(packet);
	tcpsim_host_free(bench->host);
	tcpsim_pool_free(bench->pool);
	g_ptr_array_free(bench->peers, TRUE);
	g_array_free(bench->timers, TRUE);
	g_free(bench);
}

void tcpsim_peer_free(struct tcpsim_peer *peer)
{
	struct bench *bench;
	struct tcpsim_packet *packet;

	if (!peer)
		return;
	bench = peer->bench;
	while ((packet = g_queue_pop_head(&peer->sent)))
		tcpsim_packet_free(packet);
	for (guint i = 0; i < peer->known->len; i++)
		g_free(g_array_index(peer->known, struct known, i).bytes);
	g_array_free(peer->known, TRUE);
	g_array_free(peer->path, TRUE);
	g_string_free(peer->text, TRUE);
	g_free((char *)(uintptr_t)peer->options.syn_options);
	g_free((char *)(uintptr_t)peer->options.md5_key);
	g_ptr_array_remove(bench->peers, peer);
	g_free(peer);
	bench->acting = bench->peers->len ? bench->peers->pdata[0] : NULL;
	if (!bench->peers->len)
		bench_free(bench);
}

static int open_socket(const struct tcpsim_peer *peer)
{
	return tcpsim_socket(peer->bench->host, peer->options.ip_version == 6 ? AF_INET6 : AF_INET,
		SOCK_STREAM | SOCK_NONBLOCK, 0);
}

#define SIGNED " <nop, nop, md5 valid>"

static void sends_format(struct tcpsim_peer *peer, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void sends_format(struct tcpsim_peer *peer, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	tcpsim_peer_sends(peer, text);
	g_free(text);
}

/* On the way to a state: with the signature that the connection has from its SYN on. */
static void sends_signed(struct tcpsim_peer *peer, const char *segment)
{
	sends_format(peer, "%s%s", segment, peer->options.md5_key ? SIGNED : "");
}

/* Linux has the key at the socket, FreeBSD at the host; others have none. */
static int give_key(struct tcpsim_peer *peer, int fd)
{
	const char *key = peer->options.md5_key;
	struct bench *bench = peer->bench;
	struct tcpsim_md5sig sig = {.key_len = (uint16_t)strlen(key)};
	int on = 1, error;

	if (strlen(key) > sizeof(sig.key))
		return -EINVAL;
	error = tcpsim_host_md5_add(bench->host, &peer->addr, &bench->host_addr, key, strlen(key));
	if (error == -EOPNOTSUPP) {
		sockaddr_put(&peer->addr, 0, &sig.addr);
		memcpy(sig.key, key, sig.key_len);
		return tcpsim_setsockopt(
			bench->host, fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig));
	}
	if (error == 0)
		error = tcpsim_host_md5_add(
			bench->host, &bench->host_addr, &peer->addr, key, strlen(key));
	return error ? error
		     : tcpsim_setsockopt(bench->host, fd, IPPROTO_TCP, TCP_MD5SIG, &on, sizeof(on));
}

static void set_key(struct tcpsim_peer *peer, int fd)
{
	int error = peer->options.md5_key ? give_key(peer, fd) : 0;

	if (error)
		testkit_fail("md5_key: profile %s: %s; a key has 1 to 80 bytes, and linux and "
			     "freebsd take one",
			peer->options.profile->name, g_strerror(-error));
}

static void go_listen(struct tcpsim_peer *peer)
{
	struct bench *bench = peer->bench;
	struct sockaddr_storage addr;
	struct tcpsim_addr any = wildcard(peer->options.ip_version == 6);
	socklen_t len = sockaddr_put(&any, PORT, &addr);

	if (bench->listener < 0) {
		bench->listener = open_socket(peer);
		tcpsim_bind(bench->host, bench->listener, (struct sockaddr *)&addr, len);
		tcpsim_listen(bench->host, bench->listener, 5);
	}
	set_key(peer, bench->listener);
	peer->connection = bench->listening;
}

static void go_syn_sent(struct tcpsim_peer *peer)
{
	struct sockaddr_storage addr;
	socklen_t len = sockaddr_put(&peer->addr, PORT, &addr);

	peer->peer_port = PORT;
	peer->fd = open_socket(peer);
	set_key(peer, peer->fd);
	tcpsim_connect(peer->bench->host, peer->fd, (struct sockaddr *)&addr, len);
	tcpsim_peer_sent_text(peer); /* learns the host's first number and port */
}

static void go_syn_received(struct tcpsim_peer *peer)
{
	go_listen(peer);
	sends_format(peer, "S 0:0(0) win 32792 %s", peer->options.syn_options);
	tcpsim_peer_sent_text(peer);
}

static void go_established(struct tcpsim_peer *peer)
{
	go_syn_received(peer);
	sends_signed(peer, ". 1:1(0) ack 1 win 32792");
	tcpsim_peer_accepts(peer);
}

static void go_fin_wait_1(struct tcpsim_peer *peer)
{
	go_established(peer);
	tcpsim_shutdown(peer->bench->host, peer->fd, SHUT_WR);
}

static void go_fin_wait_2(struct tcpsim_peer *peer)
{
	go_fin_wait_1(peer);
	sends_signed(peer, ". 1:1(0) ack 2 win 32792");
}

static void go_close_wait(struct tcpsim_peer *peer)
{
	go_established(peer);
	sends_signed(peer, "F. 1:1(0) ack 1 win 32792");
}

static void go_closing(struct tcpsim_peer *peer)
{
	go_fin_wait_1(peer);
	sends_signed(peer, "F. 1:1(0) ack 1 win 32792");
}

static void go_last_ack(struct tcpsim_peer *peer)
{
	go_close_wait(peer);
	tcpsim_shutdown(peer->bench->host, peer->fd, SHUT_WR);
}

static void go_time_wait(struct tcpsim_peer *peer)
{
	go_fin_wait_2(peer);
	sends_signed(peer, "F. 1:1(0) ack 2 win 32792");
}

static void go_closed(struct tcpsim_peer *peer)
{
	peer->fd = open_socket(peer);
}

static void (*const GO[TCPSIM_NSTATES])(struct tcpsim_peer *peer) = {
	[TCPSIM_CLOSED] = go_closed,
	[TCPSIM_LISTEN] = go_listen,
	[TCPSIM_SYN_SENT] = go_syn_sent,
	[TCPSIM_SYN_RCVD] = go_syn_received,
	[TCPSIM_ESTABLISHED] = go_established,
	[TCPSIM_FIN_WAIT_1] = go_fin_wait_1,
	[TCPSIM_FIN_WAIT_2] = go_fin_wait_2,
	[TCPSIM_CLOSE_WAIT] = go_close_wait,
	[TCPSIM_CLOSING] = go_closing,
	[TCPSIM_LAST_ACK] = go_last_ack,
	[TCPSIM_TIME_WAIT] = go_time_wait,
};

static struct tcpsim_peer *bring(struct tcpsim_peer *peer, enum tcpsim_state state)
{
	GO[state](peer);
	tcpsim_peer_forget(peer);
	if (state != TCPSIM_CLOSED)
		tcpsim_expect_state(peer, state);
	return peer;
}

static bool is_possible(
	const char *call, enum tcpsim_state state, const struct tcpsim_peer_options *options)
{
	if ((unsigned)state >= TCPSIM_NSTATES)
		testkit_fail("%s: %d is no state", call, (int)state);
	else if (!options || !options->profile)
		testkit_fail("%s: a profile is needed (NULL)", call);
	else if (options->ip_version && options->ip_version != 4 && options->ip_version != 6)
		testkit_fail(
			"%s: ip_version is 4 or 6 (or 0: 4), not %d", call, options->ip_version);
	else
		return true;
	return false;
}

struct tcpsim_peer *tcpsim_peer_in_with(
	enum tcpsim_state state, const struct tcpsim_peer_options *options)
{
	if (!is_possible("peer_in_with", state, options))
		return NULL;
	return bring(peer_new(bench_new(options), options), state);
}

struct tcpsim_peer *tcpsim_peer_in(enum tcpsim_state state, const struct tcpsim_profile *profile)
{
	return tcpsim_peer_in_with(
		state, &(struct tcpsim_peer_options){.profile = profile, .peer_iss = 1000});
}

struct tcpsim_peer *tcpsim_peer_beside(struct tcpsim_peer *first, enum tcpsim_state state)
{
	struct tcpsim_peer_options options;

	if (!testkit_has("peer_beside", first, first) ||
		!is_possible("peer_beside", state, &first->options))
		return NULL;
	if (first->bench->made == TCPSIM_PEERS_MAX) {
		testkit_fail("peer_beside: a host has at most %d peers", TCPSIM_PEERS_MAX);
		return NULL;
	}
	options = first->options;
	return bring(peer_new(first->bench, &options), state);
}

void tcpsim_peer_accepts(struct tcpsim_peer *peer)
{
	int fd;

	if (!testkit_has("peer_accepts", peer, peer))
		return;
	fd = tcpsim_accept4(peer->bench->host, peer->bench->listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd < 0)
		testkit_fail("peer_accepts: accept: %s", g_strerror(-fd));
	else
		peer->fd = fd;
}

void tcpsim_peer_forget(struct tcpsim_peer *peer)
{
	if (!testkit_has("peer_forget", peer, peer))
		return;
	tcpsim_peer_sent_text(peer);
	g_array_set_size(peer->path, 0);
	peer->last_rule = TCPSIM_RULE_NONE;
}

void tcpsim_peer_waits(struct tcpsim_peer *peer, int64_t ns)
{
	struct tcpsim_host *host;
	int64_t until, due;

	if (!testkit_has("peer_waits", peer, peer))
		return;
	host = peer->bench->host;
	until = tcpsim_host_now(host) + ns;
	peer->bench->acting = peer;
	while ((due = tcpsim_host_deadline(host)) <= until)
		tcpsim_host_advance(host, due);
	tcpsim_host_advance(host, until);
}

struct tcpsim_host *tcpsim_peer_host(struct tcpsim_peer *peer)
{
	if (!testkit_has("peer_host", peer, peer))
		return NULL;
	peer->bench->acting = peer;
	return peer->bench->host;
}

int tcpsim_peer_fd(struct tcpsim_peer *peer)
{
	return testkit_has("peer_fd", peer, peer) ? peer->fd : -1;
}

int tcpsim_peer_listener_fd(struct tcpsim_peer *peer)
{
	return testkit_has("peer_listener_fd", peer, peer) ? peer->bench->listener : -1;
}
