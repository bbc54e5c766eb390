/*
 * The states of both ends, as the segments show them. One table: what happened, in which state,
 * leads where and by which rule. It is the diagram of RFC 9293 §3.3.2 as an onlooker meets it, with
 * the few steps back that an onlooker needs when a presumption (that a segment reached the other
 * end) proves wrong.
 */
#include "traces/observer/state.h"
#include "traces/observer/again.h"
#include "traces/observer/inner.h"

/* So much later than a round trip nothing is under way any more. */
#define OVERTAKING_US 100000

#define TO(state, why)                                                                             \
	{                                                                                          \
		true, TCPSIM_##state, TCPSIM_RULE_##why                                            \
	}

static const struct edge {
	bool there;
	uint8_t to;
	uint16_t rule;
} EDGE[TCPSIM_NSTATES][OBSERVER_N_EVENTS] = {
	[TCPSIM_CLOSED] =
		{
			[OBSERVER_SENT_SYN] = TO(SYN_SENT, OBSERVE_CONNECT),
			[OBSERVER_SENT_SYN_ACK] = TO(LISTEN, OBSERVE_LISTENING),
		},
	[TCPSIM_LISTEN] =
		{
			[OBSERVER_SENT_SYN] = TO(SYN_SENT, OBSERVE_CONNECT),
			[OBSERVER_SENT_SYN_ACK] = TO(SYN_RCVD, OBSERVE_SYN_ANSWERED),
		},
	[TCPSIM_SYN_SENT] =
		{
			[OBSERVER_GOT_SYN] = TO(SYN_RCVD, ARRIVE_SYN_SENT_SYN),
			[OBSERVER_GOT_SYN_ACK] = TO(ESTABLISHED, ARRIVE_SYN_SENT_SYN_ACK),
			[OBSERVER_SENT_SYN_ACK] = TO(SYN_RCVD, OBSERVE_INFERRED),
			[OBSERVER_SENT_FIN] = TO(FIN_WAIT_1, OBSERVE_FIN_SENT),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
	[TCPSIM_SYN_RCVD] =
		{
			[OBSERVER_SYN_ACKED] = TO(ESTABLISHED, OBSERVE_SYN_ACKED),
			[OBSERVER_GOT_SYN_ACK] = TO(ESTABLISHED, OBSERVE_SYN_ACKED),
			[OBSERVER_SENT_FIN] = TO(FIN_WAIT_1, OBSERVE_FIN_SENT),
			[OBSERVER_GOT_FIN] = TO(CLOSE_WAIT, OBSERVE_FIN_RECEIVED),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
	[TCPSIM_ESTABLISHED] =
		{
			[OBSERVER_SENT_SYN] = TO(SYN_SENT, OBSERVE_SYN_AGAIN),
			[OBSERVER_SENT_SYN_ACK] = TO(SYN_RCVD, OBSERVE_SYN_ACK_AGAIN),
			[OBSERVER_SENT_FIN] = TO(FIN_WAIT_1, OBSERVE_FIN_SENT),
			[OBSERVER_GOT_FIN] = TO(CLOSE_WAIT, OBSERVE_FIN_RECEIVED),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
	[TCPSIM_FIN_WAIT_1] =
		{
			[OBSERVER_FIN_ACKED] = TO(FIN_WAIT_2, OBSERVE_FIN_ACKED),
			[OBSERVER_GOT_FIN] = TO(CLOSING, OBSERVE_FIN_RECEIVED),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
	[TCPSIM_FIN_WAIT_2] =
		{
			[OBSERVER_GOT_FIN] = TO(TIME_WAIT, OBSERVE_FIN_RECEIVED),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
	[TCPSIM_CLOSE_WAIT] =
		{
			[OBSERVER_SENT_FIN] = TO(LAST_ACK, OBSERVE_FIN_SENT),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
	[TCPSIM_CLOSING] =
		{
			[OBSERVER_FIN_ACKED] = TO(TIME_WAIT, OBSERVE_FIN_ACKED),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
	[TCPSIM_LAST_ACK] =
		{
			[OBSERVER_FIN_ACKED] = TO(CLOSED, OBSERVE_FIN_ACKED),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
	[TCPSIM_TIME_WAIT] =
		{
			[OBSERVER_SENT_SYN] = TO(SYN_SENT, OBSERVE_REOPENED),
			[OBSERVER_SENT_SYN_ACK] = TO(SYN_RCVD, OBSERVE_REOPENED),
			[OBSERVER_GOT_RST] = TO(CLOSED, OBSERVE_RST_ACCEPTED),
		},
};

void observer_mark(struct passing *p, unsigned side, enum tcpsim_rule rule)
{
	if (p->o->saw == NULL)
		return;
	uint8_t state = p->f->side[side].state;
	struct observation ob = {.flow = p->f,
		.packet = p->packet->number,
		.time_ns = p->now_ns,
		.rule = rule,
		.side = (uint8_t)side,
		.before = state,
		.after = state,
		.probe_fits = p->probe_fits,
		.evidence = p->evidence};
	p->o->saw(p->o->context, &ob);
	p->evidence = 0;
}

void observer_enter(
	struct passing *p, unsigned side, enum tcpsim_state state, enum tcpsim_rule rule)
{
	struct flow *f = p->f;
	struct flow_side *s = &f->side[side];
	uint8_t before = s->state;

	if (before == state)
		return;
	s->state = (uint8_t)state;
	if (before == TCPSIM_SYN_RCVD && state == TCPSIM_ESTABLISHED)
		f->marks |= FLOW_ESTABLISHED;
	if (f->listener != FLOW_NONE && side != f->client)
		listeners_state(p->o->listeners, f, before, s->state, p->packet->number, p->now_ns);
	if (p->o->saw == NULL)
		return;
	struct observation ob = {.flow = f,
		.packet = p->packet->number,
		.time_ns = p->now_ns,
		.rule = rule,
		.side = (uint8_t)side,
		.before = before,
		.after = s->state};
	p->o->saw(p->o->context, &ob);
}

void observer_event(struct passing *p, unsigned side, enum observer_event event)
{
	struct flow_side *s = &p->f->side[side];
	const struct edge *e = &EDGE[s->state][event];

	if (!e->there)
		return;
	/* After a passive open a RST gives the socket back to LISTEN (RFC 9293 §3.10.7.4, second
	 * check). */
	if (event == OBSERVER_GOT_RST && s->state == TCPSIM_SYN_RCVD && !(s->seen & FLOW_SYN)) {
		observer_enter(p, side, TCPSIM_LISTEN, TCPSIM_RULE_OBSERVE_RST_TO_LISTEN);
		return;
	}
	observer_enter(p, side, e->to, e->rule);
	if (event == OBSERVER_SENT_SYN_ACK && s->state == TCPSIM_LISTEN)
		observer_event(p, side, event);
}

void observer_fin_unheard(struct passing *p, unsigned receiver)
{
	struct flow_side *sender = &p->f->side[!receiver];
	enum tcpsim_state before;

	if (!(sender->seen & FLOW_FIN_TAKEN) || sender->seen & FLOW_FIN_ACKED)
		return;
	switch ((enum tcpsim_state)p->f->side[receiver].state) {
	case TCPSIM_CLOSE_WAIT: before = TCPSIM_ESTABLISHED; break;
	case TCPSIM_CLOSING: before = TCPSIM_FIN_WAIT_1; break;
	case TCPSIM_TIME_WAIT: before = TCPSIM_FIN_WAIT_2; break;
	default: return;
	}
	sender->seen &= ~(unsigned)FLOW_FIN_TAKEN;
	observer_enter(p, receiver, before, TCPSIM_RULE_OBSERVE_FIN_UNHEARD);
}

/* Its RSTs were not its own, then. */
static void disown_resets(const struct passing *p)
{
	struct observer *o = p->o;

	for (size_t i = o->n_resets; i > 0 && o->n_resets - i < 256; i--) {
		struct observed_reset *reset = &o->resets[i - 1];

		if (reset->place == p->f->place && reset->side == p->from) {
			reset->rule = TCPSIM_RULE_RST_FOREIGN;
			reset->certainty = OBSERVER_SUSPECTED;
		}
	}
}

/* An end closed by a RST speaks: the RST did not do what it was taken to do. */
static void rise_again(struct passing *p)
{
	for (unsigned side = 0; side < 2; side++) {
		struct flow_side *s = &p->f->side[side];

		if (!(s->seen & FLOW_RST_STATE))
			continue;
		s->seen &= ~FLOW_RST_STATE;
		observer_enter(p, side, s->state_before_rst, TCPSIM_RULE_OBSERVE_RST_DISOWNED);
	}
	p->f->marks &= (uint16_t) ~(FLOW_RESET | FLOW_REFUSED);
	disown_resets(p);
}

/* It left after the RST: not what had been under way when that overtook it. */
static bool is_new(const struct passing *p)
{
	uint32_t since_us = (uint32_t)(p->now_ns / 1000) - p->s->timed_us;

	return tcpsim_seq_ge(p->seg->seq, p->s->recover) && !observer_is_overtaken(p) &&
	       since_us > observer_rtt_ns(p) / 1000 + OVERTAKING_US;
}

/* The answer to a SYN that went again is not in the capture, and may have been there each time. */
static void doubt_lost_syns(const struct flow *f)
{
	const struct flow_stalls *stalls = f->figures != NULL ? f->figures->stalls : NULL;

	for (uint32_t i = 0; stalls != NULL && i < stalls->n; i++)
		if (stalls->at[i].cause == FLOW_STALL_LOST_SYN)
			stalls->at[i].certainty = OBSERVER_SUSPECTED;
}

/* Its SYN,ACK or the one it got is not in the capture. */
static void infer_established(struct passing *p, unsigned side)
{
	struct flow_side *s = &p->f->side[side];

	if (s->state == TCPSIM_CLOSED || s->state == TCPSIM_LISTEN || s->state == TCPSIM_SYN_SENT ||
		s->state == TCPSIM_SYN_RCVD)
		observer_enter(p, side, TCPSIM_ESTABLISHED, TCPSIM_RULE_OBSERVE_INFERRED);
	doubt_lost_syns(p->f);
	p->f->marks |= FLOW_ESTABLISHED;
}

/* Nothing was seen of a server's SYN,ACK; is this segment one that only a connected end sends? */
static bool speaks_as_connected(const struct passing *p)
{
	if (p->seg->len > 0 || p->seg->flags & TCPSIM_FIN)
		return true;
	return (p->r->seen & FLOW_TALKED) != 0;
}

void observer_infer(struct passing *p)
{
	struct flow_side *s = p->s, *r = p->r;

	if (s->seen & FLOW_RST_STATE) {
		/* Its own RST: it would be silent. The peer's RST: it may not have arrived yet. */
		if (s->seen & FLOW_RST && is_new(p))
			rise_again(p);
		else
			observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_AFTER_RST);
		return;
	}
	switch ((enum tcpsim_state)s->state) {
	case TCPSIM_CLOSED:
	case TCPSIM_LISTEN:
		if (s->seen & (FLOW_FIN | FLOW_RST) || p->f->marks & FLOW_REFUSED)
			break;
		if (speaks_as_connected(p)) {
			infer_established(p, p->from);
			infer_established(p, observer_other(p->from));
		}
		break;
	case TCPSIM_SYN_SENT:
		if (!(p->seg->flags & TCPSIM_ACK))
			break;
		infer_established(p, p->from);
		if (r->state == TCPSIM_CLOSED || r->state == TCPSIM_LISTEN)
			infer_established(p, observer_other(p->from));
		break;
	case TCPSIM_SYN_RCVD:
		/* One side of a capture only: it acknowledges more than the SYN it answered. */
		if (!(r->seen & FLOW_TALKED) && p->seg->flags & TCPSIM_ACK && r->seen & FLOW_BASE &&
			tcpsim_seq_gt(p->seg->ack,
				r->seen & FLOW_SENT ? r->nxt : tcpsim_seq_add(r->base, 1)))
			infer_established(p, p->from);
		break;
	default: break;
	}
}
