/*
 * What a link does when packets come faster than it can send them: drop-tail, RED (Floyd and
 * Jacobson 1993), CoDel (RFC 8289).
 *
 * A discipline that decides on arrival (drop-tail, RED) lets the link compute at once when a packet
 * will have left, so it needs no event of its own. One that decides on departure (CoDel) holds the
 * packets and is asked when the line is free.
 */
#ifndef SIM_WORLD_QDISC_H
#define SIM_WORLD_QDISC_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/packet.h>

#include "world/rng.h"

enum qdisc_kind { QDISC_DROP_TAIL, QDISC_RED, QDISC_CODEL };

struct qdisc_config {
	enum qdisc_kind kind;
	uint64_t limit_bytes;	/* 0: none */
	uint32_t limit_packets; /* 0: none */
	bool ecn; /* mark instead of dropping where the packet allows (RFC 3168 §5) */
	uint64_t red_min_bytes, red_max_bytes; /* 0: a sixth and a half of the limit */
	double red_probability;		       /* at red_max */
	int64_t codel_target_ns, codel_interval_ns;
};

struct qdisc {
	struct qdisc_config config;
	uint64_t bytes; /* waiting or being sent */
	uint32_t packets;
	/* RED */
	double average;
	int32_t since_drop;
	int64_t idle_since_ns; /* -1: not idle */
	double ns_a_packet; /* how long the line needs for a typical one: what idle time is worth */
	/* CoDel: packets wait here, time_ns is when they came */
	struct tcpsim_packet *first, **last;
	int64_t first_above_ns, drop_next_ns;
	uint32_t count, last_count;
	bool dropping;
};

void qdisc_init(struct qdisc *q, const struct qdisc_config *config, double ns_a_packet);
/* Frees what waits. */
void qdisc_clear(struct qdisc *q);
/* May the packet join? False: it is to be dropped. Counts it in; may set CE in it. */
bool qdisc_admit(struct qdisc *q, struct tcpsim_packet *packet, struct rng *rng, int64_t now_ns);
/* The packet has left the line (disciplines that decide on arrival). */
void qdisc_departed(struct qdisc *q, uint32_t len, int64_t now_ns);
static inline bool qdisc_holds(const struct qdisc *q)
{
	return q->config.kind == QDISC_CODEL;
}
void qdisc_put(struct qdisc *q, struct tcpsim_packet *packet, int64_t now_ns);
/* The next to send, or NULL; *dropped: a list of those that were dropped on the way, for the
 * caller. */
struct tcpsim_packet *qdisc_take(struct qdisc *q, int64_t now_ns, struct tcpsim_packet **dropped);

#endif
