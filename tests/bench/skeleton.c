/*
 * What a world would cost without TCP: the same event queue, links, headers, checksums, copies and
 * a table of connections, and in place of the machine a counter for each end that says what to send
 * next. No loss is repaired, nothing is judged, and nobody may ask anything. It is what the
 * workloads of bench-world of the same names are held against: between the two lies what TCP, its
 * sockets and the programs cost (`bench-skeleton [WHAT...]`, all of it unless told).
 *
 * - bulk, lengths: one flow over 1 Gbit/s, 10 ms, 1.3 MB in flight
 * - flows: 1000 of them over 10 Gbit/s
 * - connect, connect10k: the ten segments of a connection that asks and is answered
 *
 * $REQUESTS: how many connections, 400000 unless told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wire/build.h>
#include <wire/ip.h>
#include <wire/wire.h>

#include "bench/measure.h"
#include "time_units.h"
#include "world/clock.h"
#include "world/link.h"

#define TABLE_BITS 21
#define TABLE_MASK ((1u << TABLE_BITS) - 1)
#define MSS	   1448u
#define TIMEOUT_NS NSEC_PER_SEC

enum { SERVER, CLIENT };

/* An end of a connection. */
struct end {
	uint32_t ports; /* the client's and the server's: the key; 0: the place is free */
	uint32_t seq, ack;
	uint64_t left;	  /* bytes that a flow is still to send */
	uint32_t unacked; /* segments that came since the last ACK */
	bool closing;	  /* its FIN is out */
	struct clock_event timer;
	struct end *next; /* while it is free */
};

struct side {
	struct tcpsim_addr addr;
	struct link_way *out;
	struct end **table; /* open addressing */
	struct end *free;
	uint16_t ip_id;
};

static struct {
	struct clock *clock;
	struct tcpsim_pool *pool;
	struct side side[2];
	bool distrust, lengths;
	uint32_t window; /* bytes that a flow has in flight; 0: connections that ask */
	uint32_t requests, next_port;
	uint8_t buffer[65536];
} w;

static uint32_t home(uint32_t ports)
{
	return (ports * 0x9e3779b1u) >> (32 - TABLE_BITS);
}

static struct end **place(struct side *side, uint32_t ports)
{
	uint32_t i = home(ports);

	while (side->table[i] && side->table[i]->ports != ports)
		i = (i + 1) & TABLE_MASK;
	return &side->table[i];
}

/* Those behind it that would not be found any more move up. */
static void vacate(struct side *side, struct end **at)
{
	uint32_t gap = (uint32_t)(at - side->table);

	for (uint32_t i = (gap + 1) & TABLE_MASK; side->table[i]; i = (i + 1) & TABLE_MASK) {
		if (((i - home(side->table[i]->ports)) & TABLE_MASK) < ((i - gap) & TABLE_MASK))
			continue;
		side->table[gap] = side->table[i];
		gap = i;
	}
	side->table[gap] = NULL;
}

static void too_late(struct clock_event *event, int64_t now_ns)
{
}

static struct end *end_new(struct side *side, uint32_t ports)
{
	struct end *end = side->free;

	if (end)
		side->free = end->next;
	else
		end = malloc(sizeof(*end));
	memset(end, 0, sizeof(*end));
	end->ports = ports;
	end->timer.fire = too_late;
	*place(side, ports) = end;
	clock_at(w.clock, &end->timer, clock_now(w.clock) + TIMEOUT_NS);
	return end;
}

/* The client's end stays in the table, as TIME-WAIT does; the server's goes. */
static void end_closed(int at, struct end *end)
{
	struct side *side = &w.side[at];

	clock_cancel(w.clock, &end->timer);
	if (at == CLIENT)
		return;
	vacate(side, place(side, end->ports));
	end->next = side->free;
	side->free = end;
}

static void send(int from, struct end *end, unsigned flags, uint32_t len)
{
	struct side *side = &w.side[from];
	uint8_t options[12] = {1, 1, 8, 10};
	struct tcpsim_segment s = {.src = side->addr,
		.dst = w.side[!from].addr,
		.src_port = (uint16_t)(from == CLIENT ? end->ports >> 16 : end->ports),
		.dst_port = (uint16_t)(from == CLIENT ? end->ports : end->ports >> 16),
		.seq = tcpsim_seq_of(end->seq),
		.ack = tcpsim_seq_of(end->ack),
		.flags = (uint16_t)flags,
		.window = 65535,
		.ip_version = 4,
		.ttl = 64,
		.len = len,
		.options = {.raw = options, .raw_len = sizeof(options)}};
	struct tcpsim_packet *packet = tcpsim_packet_new(w.pool);

	if (len && !w.lengths) { /* the copy that a write makes */
		packet->chunk = tcpsim_chunk_new(w.pool, len);
		memcpy(packet->chunk->data, w.buffer, len);
		packet->payload = packet->chunk->data;
	}
	packet->payload_len = len;
	packet->headers_len = (uint16_t)wire_build_headers(
		&s, side->ip_id++, true, packet->payload, packet->headers);
	packet->sums_good = !w.distrust;
	end->seq += tcp_segment_span(&s);
	link_send(side->out, packet);
}

/* --- a flow --- */

static void fill_window(struct end *end, uint32_t acked)
{
	while (end->left && end->seq - acked < w.window) {
		uint32_t len = end->left < MSS ? (uint32_t)end->left : MSS;

		end->left -= len;
		send(CLIENT, end, TCPSIM_ACK, len);
	}
}

static void flow_arrived(int at, struct end *end, const struct tcpsim_segment *s)
{
	if (at == CLIENT) {
		fill_window(end, s->ack.n);
		return;
	}
	if (++end->unacked == 2 || s->len < MSS) {
		end->unacked = 0;
		send(SERVER, end, TCPSIM_ACK, 0);
	}
}

/* --- a connection --- */

static void begin_connection(void)
{
	uint32_t n = w.next_port;

	if (!w.requests)
		return;
	w.requests--;
	w.next_port++;
	send(CLIENT, end_new(&w.side[CLIENT], n << 16 | (80 + (n >> 16))), TCPSIM_SYN, 0);
}

static void request_arrived(int at, struct end *end, const struct tcpsim_segment *s)
{
	if (at == SERVER && s->flags & TCPSIM_SYN) {
		send(SERVER, end, TCPSIM_SYN | TCPSIM_ACK, 0);
	} else if (at == CLIENT && s->flags & TCPSIM_SYN) {
		send(CLIENT, end, TCPSIM_ACK, 0);
		send(CLIENT, end, TCPSIM_ACK | TCPSIM_PSH, 100);
	} else if (at == SERVER && s->len) {
		send(SERVER, end, TCPSIM_ACK, 0);
		send(SERVER, end, TCPSIM_ACK | TCPSIM_PSH, 1000);
	} else if (at == CLIENT && s->len) {
		send(CLIENT, end, TCPSIM_ACK, 0);
		send(CLIENT, end, TCPSIM_ACK | TCPSIM_FIN, 0);
	} else if (at == SERVER && s->flags & TCPSIM_FIN) {
		end->closing = true;
		send(SERVER, end, TCPSIM_ACK | TCPSIM_FIN, 0);
	} else if (at == CLIENT && s->flags & TCPSIM_FIN) {
		send(CLIENT, end, TCPSIM_ACK, 0);
		end_closed(CLIENT, end);
		begin_connection();
	} else if (at == SERVER && end->closing) { /* and acknowledged */
		end_closed(SERVER, end);
	}
}

/* --- both --- */

static void deliver(void *context, struct tcpsim_packet *packet, int64_t now_ns)
{
	int at = (int)(intptr_t)context;
	struct side *side = &w.side[at];
	struct wire_packet in;
	const struct tcpsim_segment *s = &in.segment;
	uint32_t ports;
	struct end *end;

	wire_parse_packet(packet, WIRE_VERIFY, &in);
	ports = at == CLIENT ? (uint32_t)s->dst_port << 16 | s->src_port
			     : (uint32_t)s->src_port << 16 | s->dst_port;
	end = *place(side, ports);
	if (!end)
		end = end_new(side, ports);
	end->ack = tcp_segment_end(s).n;
	if (s->len && s->payload) /* the copy that a read makes */
		memcpy(w.buffer + 32768, s->payload, s->len);
	if (w.window)
		flow_arrived(at, end, s);
	else
		request_arrived(at, end, s);
	tcpsim_packet_free(packet);
}

static void begin(int64_t rate_bps, int64_t delay_ns)
{
	struct link_config config = {.rate_bps = rate_bps, .delay_ns = delay_ns};

	memset(&w, 0, sizeof(w));
	w.clock = clock_new(0);
	w.pool = tcpsim_pool_new();
	for (int i = 0; i < 2; i++) {
		struct link_hooks hooks = {.deliver = deliver, .context = (void *)(intptr_t)!i};

		w.side[i].addr = tcpsim_addr_v4(0x0a000001u + (uint32_t)i);
		w.side[i].table = calloc(1u << TABLE_BITS, sizeof(struct end *));
		w.side[i].out = link_way_new(w.clock, &config, 1, i ? "there" : "back", &hooks);
	}
}

static void finish(const char *name, double n, const char *unit, double began)
{
	report(name, n, unit, cpu_seconds() - began);
	for (int i = 0; i < 2; i++) {
		for (uint32_t j = 0; j < 1u << TABLE_BITS; j++)
			free(w.side[i].table[j]);
		free(w.side[i].table);
		link_way_free(w.side[i].out);
	}
	tcpsim_pool_free(w.pool);
	clock_free(w.clock);
}

static double packets(void)
{
	return (double)(link_counters(w.side[0].out)->packets +
			link_counters(w.side[1].out)->packets);
}

static void bench_flows(
	const char *name, int64_t rate_bps, unsigned flows, uint32_t window, bool lengths)
{
	double began;

	begin(rate_bps, 5000000);
	w.distrust = true;
	w.lengths = lengths;
	w.window = window;
	began = cpu_seconds();
	for (unsigned i = 0; i < flows; i++) {
		struct end *end = end_new(&w.side[CLIENT], (1024 + i) << 16 | 80);

		end->left = 2000000000 / flows;
		fill_window(end, 0);
	}
	while (clock_step(w.clock, INT64_MAX))
		;
	finish(name, packets(), "link packets", began);
}

static void bench_connect(unsigned clients)
{
	const char *told = getenv("REQUESTS");
	uint32_t requests = told ? (uint32_t)strtoul(told, NULL, 10) : 400000;
	char name[64];
	double began;

	begin(10000000000, 50000);
	w.requests = requests;
	began = cpu_seconds();
	for (unsigned i = 0; i < clients; i++)
		begin_connection();
	while (clock_step(w.clock, INT64_MAX))
		;
	snprintf(name, sizeof(name), "connect, %u at once", clients);
	finish(name, requests, "connections", began);
}

static void run_bulk(void)
{
	bench_flows("bulk", 1000000000, 1, 1300000, false);
}

static void run_lengths(void)
{
	bench_flows("bulk, lengths only", 1000000000, 1, 1300000, true);
}

static void run_flows(void)
{
	bench_flows("1000 flows", 10000000000, 1000, 27000, false);
}

static void run_connect(void)
{
	bench_connect(100);
}

static void run_connect10k(void)
{
	bench_connect(10000);
}

static const struct {
	const char *name;
	void (*run)(void);
} WORKLOADS[] = {{"bulk", run_bulk}, {"lengths", run_lengths}, {"flows", run_flows},
	{"connect", run_connect}, {"connect10k", run_connect10k}};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(WORKLOADS) / sizeof(WORKLOADS[0]); i++) {
		bool wanted = argc == 1;

		for (int a = 1; a < argc; a++)
			wanted |= strcmp(argv[a], WORKLOADS[i].name) == 0;
		if (wanted)
			WORKLOADS[i].run();
	}
	return 0;
}
