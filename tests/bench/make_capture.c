/*
 * Writes a capture that the replay bench reads: many connections at once, each with handshake,
 * request, response and close, a few with trouble. The same bytes from the same numbers.
 *
 *   bench-make_capture FILE [PACKETS]          about 660 bytes a packet; 1600000 make 1 GB and
 *                                              80000 connections
 *   bench-make_capture --short FILE [PACKETS]  connections of eight packets, one question and its
 *                                              answer, that all end well
 *   bench-make_capture --flood FILE [PACKETS]  SYNs to one listener, each from another address,
 *                                              nobody finishing
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/packet.h>

#include "support/random.h"
#include "wire/build.h"
#include "wire/options.h"

enum {
	AT_ONCE = 2000,
	SHORT_AT_ONCE = 200, /* so few that none of them stalls */
	SERVERS = 50,
	MSS = 1448,
	REQUEST = 300,
	SHORT = 20, /* bytes of a short connection's question, and of its answer */
	ETHERNET_HEADER = 14,
	PACKETS = 1600000,
};

/* Where a connection stands; every packet moves it on. */
enum step { SYN, SYN_ACK, ACK, ASK, ANSWER, FIN, FIN_ACK, LAST_ACK };

struct connection {
	struct tcpsim_addr client, server;
	uint16_t port;
	enum step step;
	uint32_t iss, irs; /* the client's and the server's */
	uint32_t answered; /* bytes */
	unsigned segments, sent, acked;
	bool refused, silent;
};

struct maker {
	FILE *out;
	uint64_t seed, time_us, packets;
	uint32_t made;
	uint8_t payload[MSS];
	bool is_short;
	struct connection connections[AT_ONCE];
};

static void put_record(struct maker *m, const uint8_t *frame, size_t len, size_t payload)
{
	uint32_t header[4];

	m->time_us += 1 + random_below(&m->seed, 20);
	header[0] = (uint32_t)(1700000000 + m->time_us / 1000000);
	header[1] = (uint32_t)(m->time_us % 1000000);
	header[2] = header[3] = (uint32_t)(len + payload);
	fwrite(header, sizeof(header), 1, m->out);
	fwrite(frame, len, 1, m->out);
	fwrite(m->payload, payload, 1, m->out);
	m->packets++;
}

/* One segment of c; up: from the client. seq and ack count from the sender's own ISN. */
static void put_segment(struct maker *m, const struct connection *c, bool up, unsigned flags,
	uint32_t seq, uint32_t ack, uint32_t len)
{
	static const uint8_t ethernet[ETHERNET_HEADER] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
	uint8_t frame[ETHERNET_HEADER + TCPSIM_HEADERS_MAX], options[TCPSIM_MAX_OPTIONS_LEN],
		*p = options;
	struct tcpsim_segment s = {.src = up ? c->client : c->server,
		.dst = up ? c->server : c->client,
		.src_port = up ? c->port : 443,
		.dst_port = up ? 443 : c->port,
		.seq = {(up ? c->iss : c->irs) + seq},
		.ack = {(up ? c->irs : c->iss) + ack},
		.flags = (uint16_t)flags,
		.window = 65535,
		.ip_version = 4,
		.ttl = 64,
		.len = len,
		.payload = m->payload};
	uint32_t now_ms = (uint32_t)(m->time_us / 1000);

	if (flags & TCPSIM_SYN) {
		p = opt_put_sack_permitted(opt_put_mss(p, 1460));
		p = opt_put_timestamp(p, now_ms, 0);
		p = opt_put_wscale(opt_put_nop(p), 7);
	} else {
		p = opt_put_timestamp(opt_put_nop(opt_put_nop(p)), now_ms, now_ms);
	}
	if (!(flags & TCPSIM_ACK))
		s.ack.n = 0;
	s.options.raw = options;
	s.options.raw_len = (uint8_t)(p - options);
	memcpy(frame, ethernet, sizeof(ethernet));
	put_record(m, frame,
		ETHERNET_HEADER + wire_build_headers(&s, (uint16_t)m->packets, true, m->payload,
					  frame + ETHERNET_HEADER),
		len);
}

static void begin(struct maker *m, struct connection *c)
{
	uint32_t n = m->made++;

	*c = (struct connection){.client = tcpsim_addr_v4(0x0a000000 + n / 40000 * 4096 + n % 4096),
		.server = tcpsim_addr_v4(0xc0000200 + random_below(&m->seed, SERVERS)),
		.port = (uint16_t)(1024 + n % 60000),
		.iss = (uint32_t)random_next(&m->seed),
		.irs = (uint32_t)random_next(&m->seed),
		.segments = 4 + random_below(&m->seed, 9),
		.refused = random_below(&m->seed, 200) == 0,
		.silent = random_below(&m->seed, 300) == 0};
	if (m->is_short)
		c->refused = c->silent = false;
}

/* The response: a segment, or the acknowledgment of two; one in fifty is sent a second time. */
static void answer(struct maker *m, struct connection *c)
{
	if (c->sent - c->acked == 2 || c->sent == c->segments) {
		c->acked = c->sent;
		put_segment(m, c, true, TCPSIM_ACK, 1 + REQUEST, 1 + c->sent * MSS, 0);
		if (c->sent == c->segments)
			c->step = FIN;
		return;
	}
	put_segment(m, c, false, TCPSIM_ACK | TCPSIM_PSH, 1 + c->sent * MSS, 1 + REQUEST, MSS);
	if (random_below(&m->seed, 50) == 0)
		put_segment(
			m, c, false, TCPSIM_ACK | TCPSIM_PSH, 1 + c->sent * MSS, 1 + REQUEST, MSS);
	c->sent++;
}

/* Question, answer and the way out, which acknowledge one another; false: there is more to come. */
static bool move_short(struct maker *m, struct connection *c)
{
	switch (c->step) {
	case ASK:
		put_segment(m, c, true, TCPSIM_ACK | TCPSIM_PSH, 1, 1, SHORT);
		c->step = ANSWER;
		return false;
	case ANSWER:
		put_segment(m, c, false, TCPSIM_ACK | TCPSIM_PSH, 1, 1 + SHORT, SHORT);
		c->step = FIN;
		return false;
	case FIN:
		put_segment(m, c, true, TCPSIM_FIN | TCPSIM_ACK, 1 + SHORT, 1 + SHORT, 0);
		c->step = FIN_ACK;
		return false;
	case FIN_ACK:
		put_segment(m, c, false, TCPSIM_FIN | TCPSIM_ACK, 1 + SHORT, 2 + SHORT, 0);
		c->step = LAST_ACK;
		return false;
	default: put_segment(m, c, true, TCPSIM_ACK, 2 + SHORT, 2 + SHORT, 0); return true;
	}
}

static void move(struct maker *m, struct connection *c)
{
	uint32_t end = 1 + c->segments * MSS;

	if (m->is_short && c->step > ACK) {
		if (move_short(m, c))
			begin(m, c);
		return;
	}
	switch (c->step) {
	case SYN:
		put_segment(m, c, true, TCPSIM_SYN, 0, 0, 0);
		if (!c->silent || c->sent++ == 2)
			c->step = SYN_ACK;
		return;
	case SYN_ACK:
		if (c->silent)
			break;
		put_segment(m, c, false,
			c->refused ? TCPSIM_RST | TCPSIM_ACK : TCPSIM_SYN | TCPSIM_ACK,
			c->refused ? 0 - c->irs : 0, 1, 0);
		if (c->refused)
			break;
		c->step = ACK;
		return;
	case ACK:
		put_segment(m, c, true, TCPSIM_ACK, 1, 1, 0);
		c->step = ASK;
		return;
	case ASK:
		put_segment(m, c, true, TCPSIM_ACK | TCPSIM_PSH, 1, 1, REQUEST);
		put_segment(m, c, false, TCPSIM_ACK, 1, 1 + REQUEST, 0);
		c->step = ANSWER;
		return;
	case ANSWER: answer(m, c); return;
	case FIN:
		put_segment(m, c, true, TCPSIM_FIN | TCPSIM_ACK, 1 + REQUEST, end, 0);
		c->step = FIN_ACK;
		return;
	case FIN_ACK:
		put_segment(m, c, false, TCPSIM_FIN | TCPSIM_ACK, end, 2 + REQUEST, 0);
		c->step = LAST_ACK;
		return;
	case LAST_ACK: put_segment(m, c, true, TCPSIM_ACK, 2 + REQUEST, end + 1, 0); break;
	}
	begin(m, c);
}

static void make_connections(struct maker *m, uint64_t packets)
{
	uint32_t at_once = m->is_short ? SHORT_AT_ONCE : AT_ONCE;

	for (uint32_t i = 0; i < at_once; i++)
		begin(m, &m->connections[i]);
	while (m->packets < packets)
		move(m, &m->connections[random_below(&m->seed, at_once)]);
}

static void make_flood(struct maker *m, uint64_t packets)
{
	struct connection c = {.server = tcpsim_addr_v4(0xc0000201)};

	while (m->packets < packets) {
		c.client = tcpsim_addr_v4((uint32_t)random_next(&m->seed));
		c.port = (uint16_t)(1024 + random_below(&m->seed, 60000));
		c.iss = (uint32_t)random_next(&m->seed);
		put_segment(m, &c, true, TCPSIM_SYN, 0, 0, 0);
	}
}

int main(int argc, char **argv)
{
	static const uint32_t header[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1};
	bool flood = argc > 1 && strcmp(argv[1], "--flood") == 0;
	bool is_short = argc > 1 && strcmp(argv[1], "--short") == 0;
	struct maker *m = calloc(1, sizeof(*m));
	uint64_t packets;

	argc -= flood || is_short;
	argv += flood || is_short;
	if (argc < 2 || !m) {
		fprintf(stderr, "usage: bench-make_capture [--short|--flood] FILE [PACKETS]\n");
		return 1;
	}
	m->is_short = is_short;
	packets = argc > 2 ? strtoull(argv[2], NULL, 10) : PACKETS;
	m->seed = 1;
	m->out = fopen(argv[1], "wb");
	if (!m->out) {
		perror(argv[1]);
		return 1;
	}
	for (int i = 0; i < MSS; i++)
		m->payload[i] = (uint8_t)random_next(&m->seed);
	fwrite(header, sizeof(header), 1, m->out);
	if (flood)
		make_flood(m, packets);
	else
		make_connections(m, packets);
	printf("%s: %llu packets, %u connections, %.1f MB\n", argv[1],
		(unsigned long long)m->packets, flood ? (unsigned)m->packets : m->made,
		(double)ftell(m->out) / 1e6);
	if (fclose(m->out)) {
		perror(argv[1]);
		return 1;
	}
	free(m);
	return 0;
}
