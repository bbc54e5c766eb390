/* Queue disciplines. See qdisc.h. */
#include "world/qdisc.h"

#include <math.h>
#include <wire/checksum.h>
#include <wire/wire.h>

#define RED_WEIGHT	0.002
#define CODEL_MAX_BYTES 1514 /* RFC 8289 §4.3: less than that waiting is no standing queue */

void qdisc_init(struct qdisc *q, const struct qdisc_config *config, double ns_a_packet)
{
	uint64_t limit =
		config->limit_bytes ? config->limit_bytes : config->limit_packets * UINT64_C(1500);

	*q = (struct qdisc){.config = *config, .since_drop = -1, .ns_a_packet = ns_a_packet};
	q->last = &q->first;
	if (!q->config.red_min_bytes)
		q->config.red_min_bytes = limit / 6;
	if (!q->config.red_max_bytes)
		q->config.red_max_bytes = limit / 2;
	if (q->config.red_probability <= 0)
		q->config.red_probability = 0.1;
	if (!q->config.codel_target_ns)
		q->config.codel_target_ns = 5000000;
	if (!q->config.codel_interval_ns)
		q->config.codel_interval_ns = 100000000;
}

void qdisc_clear(struct qdisc *q)
{
	while (q->first) {
		struct tcpsim_packet *packet = q->first;

		q->first = packet->next;
		tcpsim_packet_free(packet);
	}
	q->last = &q->first;
	q->bytes = 0;
	q->packets = 0;
}

/* Sets CE in a packet of an ECN-capable transport; false: it is none. RFC 3168 §5. */
static bool mark(struct tcpsim_packet *packet)
{
	uint8_t *ip = packet->headers;
	uint8_t ecn;

	if (packet->headers_len < 20)
		return false;
	if (ip[0] >> 4 == 6) {
		ecn = ip[1] >> 4 & 3;
		if (ecn)
			ip[1] |= 0x30;
		return ecn;
	}
	ecn = ip[1] & 3;
	if (ecn) {
		ip[1] |= 3;
		ip[10] = ip[11] = 0;
		uint16_t sum = wire_sum_finish(wire_sum(ip, (size_t)(ip[0] & 15) * 4, 0));

		ip[10] = (uint8_t)(sum >> 8);
		ip[11] = (uint8_t)sum;
	}
	return ecn;
}

/* The average queue of RED, which idle time lets shrink as if small packets had passed. */
static void red_average(struct qdisc *q, int64_t now_ns)
{
	if (q->packets == 0 && q->idle_since_ns >= 0 && q->ns_a_packet > 0)
		q->average *=
			pow(1 - RED_WEIGHT, (double)(now_ns - q->idle_since_ns) / q->ns_a_packet);
	else
		q->average += RED_WEIGHT * ((double)q->bytes - q->average);
}

/* Whether RED wants to strike; "gentle" above max. */
static bool red_strikes(struct qdisc *q, struct rng *rng, int64_t now_ns)
{
	double min = (double)q->config.red_min_bytes, max = (double)q->config.red_max_bytes, p;

	red_average(q, now_ns);
	if (q->average < min) {
		q->since_drop = -1;
		return false;
	}
	p = q->config.red_probability;
	if (q->average < max)
		p *= (q->average - min) / (max - min);
	else
		p += (1 - p) * fmin((q->average - max) / max, 1);
	q->since_drop++;
	/* Drops spread evenly: the probability grows with the packets since the last one. */
	p = q->since_drop * p < 1 ? p / (1 - q->since_drop * p) : 1;
	if (!rng_chance(rng, p))
		return false;
	q->since_drop = 0;
	return true;
}

bool qdisc_admit(struct qdisc *q, struct tcpsim_packet *packet, struct rng *rng, int64_t now_ns)
{
	uint32_t len = (uint32_t)tcpsim_packet_len(packet);

	/* A queue that is empty takes any packet: what is being sent is not what waits. */
	if (q->packets &&
		((q->config.limit_bytes && q->bytes + len > q->config.limit_bytes) ||
			(q->config.limit_packets && q->packets >= q->config.limit_packets)))
		return false;
	if (q->config.kind == QDISC_RED && red_strikes(q, rng, now_ns) &&
		!(q->config.ecn && mark(packet)))
		return false;
	q->bytes += len;
	q->packets++;
	q->idle_since_ns = -1;
	return true;
}

void qdisc_departed(struct qdisc *q, uint32_t len, int64_t now_ns)
{
	q->bytes -= len;
	if (--q->packets == 0)
		q->idle_since_ns = now_ns;
}

void qdisc_put(struct qdisc *q, struct tcpsim_packet *packet, int64_t now_ns)
{
	packet->time_ns = now_ns;
	packet->next = NULL;
	*q->last = packet;
	q->last = &packet->next;
}

static struct tcpsim_packet *pop(struct qdisc *q, int64_t now_ns)
{
	struct tcpsim_packet *packet = q->first;

	if (!packet)
		return NULL;
	q->first = packet->next;
	if (!q->first)
		q->last = &q->first;
	packet->next = NULL;
	qdisc_departed(q, (uint32_t)tcpsim_packet_len(packet), now_ns);
	return packet;
}

/* RFC 8289 §5.3, dodequeue: has this packet waited too long for a whole interval? */
static bool too_long(struct qdisc *q, const struct tcpsim_packet *packet, int64_t now_ns)
{
	if (!packet || now_ns - packet->time_ns < q->config.codel_target_ns ||
		q->bytes <= CODEL_MAX_BYTES) {
		q->first_above_ns = 0;
		return false;
	}
	if (!q->first_above_ns) {
		q->first_above_ns = now_ns + q->config.codel_interval_ns;
		return false;
	}
	return now_ns >= q->first_above_ns;
}

static int64_t control_law(const struct qdisc *q, int64_t from_ns)
{
	return from_ns + (int64_t)((double)q->config.codel_interval_ns / sqrt((double)q->count));
}

/* The packet is to go: it is marked and kept (true), or put on the list of the dropped. */
static bool strike(struct qdisc *q, struct tcpsim_packet *packet, struct tcpsim_packet **dropped)
{
	if (q->config.ecn && mark(packet))
		return true;
	packet->next = *dropped;
	*dropped = packet;
	return false;
}

/* RFC 8289 §5.5: while dropping, one more each time the control law says so. */
static struct tcpsim_packet *drop_on(struct qdisc *q, struct tcpsim_packet *packet, int64_t now_ns,
	struct tcpsim_packet **dropped)
{
	while (q->dropping && now_ns >= q->drop_next_ns) {
		q->count++;
		if (strike(q, packet, dropped)) {
			q->drop_next_ns = control_law(q, q->drop_next_ns);
			break;
		}
		packet = pop(q, now_ns);
		if (!too_long(q, packet, now_ns))
			q->dropping = false;
		else
			q->drop_next_ns = control_law(q, q->drop_next_ns);
	}
	return packet;
}

struct tcpsim_packet *qdisc_take(struct qdisc *q, int64_t now_ns, struct tcpsim_packet **dropped)
{
	struct tcpsim_packet *packet = pop(q, now_ns);
	bool late = too_long(q, packet, now_ns);
	uint32_t delta;

	if (q->dropping) {
		if (!late)
			q->dropping = false;
		return drop_on(q, packet, now_ns, dropped);
	}
	if (!late)
		return packet;
	if (!strike(q, packet, dropped)) {
		packet = pop(q, now_ns);
		too_long(q, packet, now_ns);
	}
	q->dropping = true;
	/* Not long ago it dropped too: it goes on where it was (RFC 8289 §5.4). */
	delta = q->count - q->last_count;
	q->count = delta > 1 && now_ns - q->drop_next_ns < 16 * q->config.codel_interval_ns ? delta
											    : 1;
	q->last_count = q->count;
	q->drop_next_ns = control_law(q, now_ns);
	return packet;
}
