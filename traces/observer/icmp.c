/* An ICMP error and the connection whose segment it quotes. */
#include "traces/observer/icmp.h"
#include "traces/observer/observer.h"

#include <glib.h>
#include <stdlib.h>

/* Type 3 code 4 of ICMP (RFC 1191 §4), type 2 of ICMPv6 (RFC 8201 §4). */
static void note_path_mtu(struct observer *o, const struct wire_packet *wire,
	const struct observed_packet *packet, struct flow_side *s)
{
	bool too_big = wire->segment.ip_version == 6 ? wire->icmp.type == 2
						     : wire->icmp.type == 3 && wire->icmp.code == 4;

	if (!too_big)
		return;
	struct flow_extra *x = flow_extra(o->flows, s);
	/* Each segment that was too long draws one; a smaller path begins anew. */
	if (x->pmtu_ns == 0 || x->pmtu != MIN(wire->icmp.mtu, UINT16_MAX))
		x->pmtu_end = s->una;
	x->pmtu_ns = packet->time_ns;
	x->pmtu_packet = packet->number;
	x->pmtu = (uint16_t)MIN(wire->icmp.mtu, UINT16_MAX);
}

struct flow *observer_icmp(
	struct observer *o, const struct wire_packet *wire, const struct observed_packet *packet)
{
	const struct wire_quote *q = &wire->icmp.quote;
	struct flow_slot slot;
	unsigned from = 0;

	flow_slot_of(&slot, &q->src, q->src_port, &q->dst, q->dst_port);
	struct flow *f = flow_find(o->flows, &slot, &from);

	if (f == NULL) {
		o->stray_icmps++;
		return NULL;
	}
	f->marks |= FLOW_ICMP;
	note_path_mtu(o, wire, packet, &f->side[from]);
	if (o->n_icmps == o->cap_icmps) {
		o->cap_icmps = o->cap_icmps ? o->cap_icmps * 2 : 16;
		o->icmps = g_renew(struct observed_icmp, o->icmps, o->cap_icmps);
	}
	o->icmps[o->n_icmps++] = (struct observed_icmp){.packet = packet->number,
		.time_ns = packet->time_ns,
		.place = f->place,
		.side = (uint8_t)from,
		.family = wire->segment.ip_version,
		.type = wire->icmp.type,
		.code = wire->icmp.code,
		.state = f->side[from].state,
		.mtu = wire->icmp.mtu};
	return f;
}

static int icmp_by_packet(const void *number, const void *icmp)
{
	uint64_t at = ((const struct observed_icmp *)icmp)->packet,
		 wanted = *(const uint64_t *)number;

	return wanted < at ? -1 : wanted > at;
}

const struct observed_icmp *observer_icmp_at(const struct observer *o, uint64_t number)
{
	return o->n_icmps
		       ? bsearch(&number, o->icmps, o->n_icmps, sizeof(*o->icmps), icmp_by_packet)
		       : NULL;
}
