/*
 * The host: birth, time, packets in and out, and what a look from outside may see. See
 * tcpsim/host.h.
 */
#include <assert.h>
#include <errno.h>
#include <host/demux.h>
#include <host/entry.h>
#include <host/host.h>
#include <host/peers.h>
#include <host/ports.h>
#include <host/random.h>
#include <host/routes.h>
#include <host/upcalls.h>
#include <host/wheel.h>
#include <ip/ip.h>
#include <ip/reassembly.h>
#include <netinet/in.h>
#include <socket/descriptors.h>
#include <socket/errors.h>
#include <socket/marks.h>
#include <socket/ports.h>
#include <socket/socket.h>
#include <tcp/input.h>
#include <tcp/invariants.h>
#include <tcp/md5.h>
#include <tcp/resting.h>
#include <tcp/syn_cache.h>
#include <wire/bytes.h>

#define LINE 64 /* of the cache */

static bool make_parts(struct tcpsim_host *host)
{
	host->demux = demux_new();
	host->wheel = wheel_new(host->now);
	host->routing = routing_new();
	host->peers = peers_new();
	host->ports = ports_new();
	host->reassembly = reassembly_new();
	host->descriptors = descriptors_new(host);
	return host->pool && host->demux && host->wheel && host->routing && host->peers &&
	       host->ports && host->reassembly && host->descriptors;
}

static void free_queue(struct tcpsim_packet *packet)
{
	struct tcpsim_packet *next;

	for (; packet; packet = next) {
		next = packet->next;
		tcpsim_packet_free(packet);
	}
}

/* Without a list of them: the end of a host must not fail for want of memory. */
static void forget_connections(struct tcpsim_host *host)
{
	struct conn *conn;
	size_t at = 0;

	while ((conn = demux_next(host->demux, &at)))
		tcp_forget(host, conn);
	assert(demux_count(host->demux) == 0);
}

static void end(struct tcpsim_host *host)
{
	if (host->descriptors)
		descriptors_free(host);
	if (host->demux)
		forget_connections(host);
	free_queue(host->out_first);
	free_queue(host->loop.first);
	if (host->reassembly)
		reassembly_free(host);
	resting_end(host);
	demux_free(host->demux);
	routing_free(host->routing);
	peers_free(host->peers);
	ports_free(host);
	syn_cache_free(host);
	md5_free(host);
	wheel_free(host->wheel);
	if (host->own_pool)
		tcpsim_pool_free(host->pool);
	free(host);
}

static const struct host_upcalls UPCALLS = {
	.end = end,
	.wake = socket_notice,
	.icmp_error = errors_add_icmp,
	.progress = marks_progress,
	.bound_settings = ports_bound_settings,
	.all_reuse = ports_all_reuse,
};

static void take_loop(struct tcpsim_host *host, struct wheel_timer *timer)
{
	struct tcpsim_packet *packet;

	while ((packet = host->loop.first)) {
		host->loop.first = packet->next;
		if (!host->loop.first)
			host->loop.last = &host->loop.first;
		packet->next = NULL;
		ip_input(host, packet);
	}
}

struct tcpsim_host *tcpsim_host_new(const struct tcpsim_host_config *config)
{
	struct tcpsim_host *host;

	if (!config || !config->profile || tcpsim_profile_check(config->profile, NULL, 0) < 0) {
		errno = EINVAL;
		return NULL;
	}
	host = calloc(1, sizeof(*host));
	if (!host)
		return NULL;
	STAILQ_INIT(&host->entry.wakes);
	host->up = &UPCALLS;
	host->config = *config;
	host->config.profile = NULL; /* the copy below is what counts */
	host->sys = *config->profile;
	host->own_pool = !config->pool;
	host->pool = config->pool ? config->pool : tcpsim_pool_new();
	host->now = config->start_ns;
	host->out_last = &host->out_first;
	host->loop.last = &host->loop.first;
	TAILQ_INIT(&host->awake.ring);
	host->loop.timer.fire = take_loop;
	host_random_seed(host, config->seed);
	host->ip_id = (uint16_t)host_random(host);
	if (!make_parts(host)) {
		tcpsim_host_free(host);
		errno = ENOMEM;
		return NULL;
	}
	return host;
}

void tcpsim_host_free(struct tcpsim_host *host)
{
	if (!host)
		return;
	if (host->entry.in_event)
		host->entry.refused++;
	host->config.on_event = NULL;
	host->config.on_wake = NULL;
	host->entry.ends = true;
	if (!host->entry.depth) /* else the outermost call does it, once the stack has unwound */
		end(host);
}

uint32_t tcpsim_host_id(const struct tcpsim_host *host)
{
	return host ? host->config.id : 0;
}

int64_t tcpsim_host_now(const struct tcpsim_host *host)
{
	return host ? host->now : 0;
}

void tcpsim_host_set_device_full(struct tcpsim_host *host, bool full)
{
	HOST_ENTRY(host);
	if (refused)
		return;
	host->device_full = full;
}

const struct tcpsim_profile *tcpsim_host_profile(const struct tcpsim_host *host)
{
	return host ? &host->sys : NULL;
}

/* Somebody is in. */
static inline void advance(struct tcpsim_host *host, int64_t now)
{
	if (host->awake.due)
		resting_sweep(host);
	wheel_run(host, now);
	if (now > host->now && !host->entry.ends)
		host->now = now;
}

void tcpsim_host_advance(struct tcpsim_host *host, int64_t now)
{
	HOST_ENTRY(host);
	if (refused)
		return;
	advance(host, now);
}

int64_t tcpsim_host_deadline(struct tcpsim_host *host)
{
	return host ? wheel_deadline(host->wheel) : INT64_MAX;
}

void tcpsim_host_receive(struct tcpsim_host *host, int64_t now, struct tcpsim_packet *packet)
{
	if (!packet)
		return;
	HOST_ENTRY(host);
	if (refused) {
		tcpsim_packet_free(packet);
		return;
	}
	host->entry.depth++; /* who is woken by a timer is told with what the packet wakes */
	advance(host, now);
	host->entry.depth--;
	/* nobody outside stands behind the loopback */
	if (packet->interface == HOST_LOOPBACK || !interface_is_up(host, packet->interface)) {
		tcpsim_packet_free(packet);
		return;
	}
	ip_input(host, packet);
}

void tcpsim_host_input(
	struct tcpsim_host *host, int64_t now, int interface, const uint8_t *bytes, size_t len)
{
	HOST_ENTRY(host);
	bool comes = !refused && interface >= 0 && interface < HOST_LOOPBACK && bytes && len;
	struct tcpsim_packet *packet =
		comes ? tcpsim_packet_from_bytes(host->pool, bytes, len) : NULL;

	if (refused)
		return;
	if (!packet) { /* without memory it is as if the wire had lost it */
		tcpsim_host_advance(host, now);
		return;
	}
	packet->interface = (uint16_t)interface;
	tcpsim_host_receive(host, now, packet);
}

struct tcpsim_packet *tcpsim_host_transmit(struct tcpsim_host *host)
{
	HOST_LOOK(host);
	struct tcpsim_packet *packet = refused ? NULL : host->out_first;

	if (!packet)
		return NULL;
	host->out_first = packet->next;
	if (!host->out_first)
		host->out_last = &host->out_first;
	packet->next = NULL;
	return packet;
}

struct tcpsim_packet *tcpsim_host_transmit_all(struct tcpsim_host *host)
{
	HOST_LOOK(host);
	struct tcpsim_packet *first = refused ? NULL : host->out_first;

	if (!first)
		return NULL;
	host->out_first = NULL;
	host->out_last = &host->out_first;
	return first;
}

void tcpsim_host_forget_paths(struct tcpsim_host *host)
{
	HOST_ENTRY(host);
	if (refused)
		return;
	peers_forget(host->peers);
	routing_changed(host->routing);
	host->fastopen.disabled_until_ns = 0;
	host->fastopen.disabled_times = 0;
}

/* What every socket is now: taken down first, so that whoever is told of one may change them. */
struct rows {
	struct tcpsim_socket_row *row;
	size_t n, room;
};

static bool take_row(void *context, const struct tcpsim_socket_row *row)
{
	struct rows *rows = context;

	if (rows->n == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 16;
		void *more = realloc(rows->row, room * sizeof(*row));

		if (!more)
			return false;
		rows->row = more;
		rows->room = room;
	}
	rows->row[rows->n++] = *row;
	return true;
}

static void take_rows(struct tcpsim_host *host, struct rows *rows)
{
	struct tcpsim_socket_row row;
	struct conn **all;
	bool more = true;
	size_t n;

	if (!descriptors_each_unconnected(host, take_row, rows))
		return;
	all = demux_all(host->demux, &n);
	for (size_t i = 0; all && i < n && more; i++) {
		row = (struct tcpsim_socket_row){.fd = -1};
		tcp_describe(all[i], &row);
		if (all[i]->kind == CONN_TIME_WAIT) /* its process may not have closed it yet */
			row.fd = descriptors_holder(host, all[i]->id);
		more = take_row(rows, &row);
	}
	free(all);
}

void tcpsim_host_each_socket(struct tcpsim_host *host, tcpsim_row_fn fn, void *context)
{
	HOST_ENTRY(host);
	struct rows rows = {0};

	if (refused || !fn)
		return;
	take_rows(host, &rows);
	for (size_t i = 0; i < rows.n && fn(context, &rows.row[i]); i++)
		;
	free(rows.row);
}

static bool matches(const struct conn *conn, enum tcpsim_state state,
	const struct tcpsim_addr *local, uint16_t local_port, const struct tcpsim_addr *remote,
	uint16_t remote_port)
{
	struct tcpsim_socket_row row = {.fd = -1};

	tcp_describe(conn, &row);
	return (state == TCPSIM_NSTATES || row.state == state) &&
	       (!local || tcpsim_addr_eq(&conn->local, local)) &&
	       (!remote || tcpsim_addr_eq(&conn->remote, remote)) &&
	       (!local_port || conn->local_port == local_port) &&
	       (!remote_port || conn->remote_port == remote_port);
}

int tcpsim_host_drop(struct tcpsim_host *host, enum tcpsim_state state,
	const struct tcpsim_addr *local, uint16_t local_port, const struct tcpsim_addr *remote,
	uint16_t remote_port)
{
	HOST_ENTRY(host);
	struct conn **all;
	int dropped = 0;
	size_t n;

	if (refused)
		return refused;
	all = demux_all(host->demux, &n);
	if (!all && n)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (matches(all[i], state, local, local_port, remote, remote_port))
			dropped += tcp_drop_connection(host, all[i]);
	}
	free(all);
	return dropped;
}

/* Its slot in the table of connections; of a packet that is not plainly TCP over IPv4 nothing is
 * known. */
static void expect_slot(const struct tcpsim_host *host, struct tcpsim_packet *packet)
{
	const uint8_t *p = packet->headers;
	struct tcpsim_addr local, remote;

	packet->flow_hash = 0;
	if (packet->headers_len < 40 || p[0] != 0x45 || p[9] != IPPROTO_TCP)
		return;
	for (uint32_t at = 0; packet->payload && at < packet->payload_len; at += LINE)
		__builtin_prefetch(packet->payload + at);
	remote = tcpsim_addr_v4(get32(p + 12));
	local = tcpsim_addr_v4(get32(p + 16));
	packet->flow_hash =
		demux_prefetch_slot(host, &local, get16(p + 22), &remote, get16(p + 20));
}

void tcpsim_host_prefetch(const struct tcpsim_host *host, struct tcpsim_packet *packet, bool first)
{
	const struct conn *conn;

	if (!host || !packet || !host_prefetches(host))
		return;
	if (first) {
		expect_slot(host, packet);
	} else if (packet->flow_hash) {
		conn = demux_prefetched_conn(host, packet->flow_hash);
		if (conn)
			tcp_prefetch(conn);
	}
}

size_t tcpsim_host_rest(struct tcpsim_host *host)
{
	HOST_ENTRY(host);
	if (refused)
		return 0;
	return resting_sweep_all(host);
}

void tcpsim_host_check(struct tcpsim_host *host)
{
	HOST_ENTRY(host);
	struct conn **all;
	size_t n;

	if (refused)
		return;
	assert(!host->entry.refused); /* on_event called the host that it was told of */
	all = demux_all(host->demux, &n);
	for (size_t i = 0; all && i < n; i++)
		tcp_check(host, all[i]);
	free(all);
}
