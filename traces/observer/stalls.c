/*
 * Silences that held a connection up: longer than a round trip and than 200 ms, ended by this
 * segment. What ends a silence tells who was waited for: a repetition, the window's opening, or
 * text of an end whose peer had acknowledged everything and could do nothing.
 */
#include "traces/observer/inner.h"

#include <glib.h>
#include <string.h>

#define STALL_NS ((int64_t)200000000)

static const char *const CAUSE[FLOW_N_STALLS] = {
	[FLOW_STALL_LOST_SYN] = "lost-syn",
	[FLOW_STALL_TIMEOUT] = "retransmission-timeout",
	[FLOW_STALL_TAIL_LOSS] = "tail-loss",
	[FLOW_STALL_LOSS] = "loss",
	[FLOW_STALL_ZERO_WINDOW] = "zero-window",
	[FLOW_STALL_SERVER] = "server-thinking",
	[FLOW_STALL_CLIENT] = "client-thinking",
};

const char *flow_stall_name(enum flow_stall_cause cause)
{
	return CAUSE[cause];
}

bool observer_is_quiet(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;

	return s->seen & r->seen & FLOW_SENT && seq_ge(s->una, s->nxt) && seq_ge(r->una, r->nxt);
}

static enum flow_stall_cause repetition(const struct passing *p)
{
	if (p->seg->flags & TCP_SYN)
		return p->s->seen & FLOW_SYN_ANSWER ? FLOW_N_STALLS : FLOW_STALL_LOST_SYN;
	switch (p->rule) {
	case TCP_RULE_OBSERVE_AGAIN_TIMEOUT: return FLOW_STALL_TIMEOUT;
	case TCP_RULE_OBSERVE_AGAIN_PROBE: return FLOW_STALL_TAIL_LOSS;
	default: return FLOW_STALL_LOSS;
	}
}

/* FLOW_N_STALLS: what is seen does not tell. */
static enum flow_stall_cause cause(const struct passing *p, bool quiet, bool shut)
{
	bool open = !(p->s->seen & FLOW_ZERO_WINDOW);

	if (p->again)
		return repetition(p);
	if (shut)
		return open ? FLOW_STALL_ZERO_WINDOW : FLOW_N_STALLS;
	if (!quiet || (p->seg->len == 0 && !(p->seg->flags & TCP_FIN)) || p->s->seen & FLOW_PROBING)
		return FLOW_N_STALLS;
	return p->from == flow_client(p->f) ? FLOW_STALL_CLIENT : FLOW_STALL_SERVER;
}

void observer_stall(struct passing *p, int64_t from_ns, bool quiet, bool shut)
{
	struct flow_extra *x;
	enum flow_stall_cause why;
	unsigned at;

	if (p->now_ns - from_ns < STALL_NS || p->now_ns - from_ns <= observer_rtt_ns(p))
		return;
	why = cause(p, quiet, shut);
	if (why == FLOW_N_STALLS)
		return;
	x = flow_extra(p->o->flows, &p->f->side[0]);
	if (x->n_stalls < FLOW_MAX_STALLS) {
		at = x->n_stalls++;
	} else { /* the shortest makes room */
		at = 0;
		for (unsigned i = 1; i < FLOW_MAX_STALLS; i++)
			if (x->stall[i].to_ns - x->stall[i].from_ns <
				x->stall[at].to_ns - x->stall[at].from_ns)
				at = i;
		if (x->stall[at].to_ns - x->stall[at].from_ns >= p->now_ns - from_ns)
			return;
		memmove(&x->stall[at], &x->stall[at + 1],
			(FLOW_MAX_STALLS - 1 - at) * sizeof(x->stall[0]));
		at = FLOW_MAX_STALLS - 1;
	}
	x->stall[at] = (struct flow_stall){.from_ns = from_ns,
		.to_ns = p->now_ns,
		.before = p->f->last_packet,
		.after = p->packet->number,
		.cause = (uint8_t)why,
		.side = (uint8_t)p->from};
}
