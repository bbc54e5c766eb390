/*
 * A RST: why it was sent, as far as its fields and what went before tell, and what its receiver
 * does with it.
 *
 * A RST that answers a segment is known by its form (RFC 9293 §3.5.2): it takes its number from
 * that segment's acknowledgment and carries no ACK, or number 0 and an ACK for what had none. One
 * that a program's abort sends bears the end's own next number, and the systems in use set ACK on
 * it.
 */
#include "traces/observer/inner.h"

#include <glib.h>
#include <stdlib.h>

/* Repetitions without any answer after which an end that sends a RST is taken to have given up. */
#define GIVE_UP_AFTER 3
/* RFC 6298 §2: the first timeout of a SYN,ACK. */
#define HANDSHAKE_OVER_NS INT64_C(1000000000)

static bool acks_the_syn(const struct passing *p)
{
	return p->seg->flags & TCP_ACK && seq_gt(p->seg->ack, p->r->base) &&
	       seq_le(p->seg->ack, seq_max(p->r->nxt, seq_add(p->r->base, 1)));
}

/* The form of an answer to a segment that carried an ACK. */
static bool answers_an_ack(const struct passing *p)
{
	return !(p->seg->flags & TCP_ACK) && p->r->seen & FLOW_TALKED &&
	       seq_eq(p->seg->seq, p->r->ack);
}

static bool ttl_differs(const struct passing *p)
{
	int step = p->seg->ttl - p->s->ttl;

	return p->s->ttl != 0 && (step > 2 || step < -2);
}

/* Its sender has not sent SYN nor SYN,ACK; the other end has sent a SYN. */
static enum tcp_rule cause_before_answer(const struct passing *p)
{
	if (acks_the_syn(p))
		return TCP_RULE_RST_NO_LISTENER;
	/* An ACK came for a port that had not answered the SYN: LISTEN and CLOSED answer so alike.
	 */
	if (answers_an_ack(p))
		return TCP_RULE_RST_NO_CONNECTION;
	return TCP_RULE_RST_FOREIGN;
}

/* Its sender is the server, whose SYN,ACK went out and whose program has not shown itself. */
static enum tcp_rule cause_in_handshake(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;

	if (!(r->seen & FLOW_TALKED))
		return TCP_RULE_RST_INCOMPLETE;
	if (!answers_an_ack(p) || !seq_eq(p->seg->seq, seq_add(s->base, 1)) ||
		seq_gt(s->ack, seq_add(r->base, 1)))
		return TCP_RULE_NONE;
	/* The handshake had been over for long, or its SYN,ACK would have come again: what the RST
	 * answers is the later segment, and the server has forgotten the connection since. */
	if (seq_gt(r->nxt, seq_add(r->base, 1)) && p->now_ns - s->syn_ns > HANDSHAKE_OVER_NS)
		return TCP_RULE_RST_NO_CONNECTION;
	return TCP_RULE_RST_QUEUE_FULL;
}

static enum tcp_rule cause_after_fin(const struct passing *p)
{
	if (p->r->seen & FLOW_TEXT && seq_gt(p->r->nxt, p->s->ack))
		return TCP_RULE_RST_AFTER_CLOSE;
	return answers_an_ack(p) ? TCP_RULE_RST_NO_CONNECTION : TCP_RULE_RST_ABORT;
}

static enum tcp_rule cause_synchronized(const struct passing *p)
{
	const struct flow_side *s = p->s;
	tcp_seq seq = p->seg->seq;

	if (s->unanswered >= GIVE_UP_AFTER)
		return TCP_RULE_RST_GAVE_UP;
	if (seq_lt(seq, s->una) ||
		seq_gt(seq, seq_max(s->nxt, seq_add(s->una, MAX(p->r->window, 1)))))
		return TCP_RULE_RST_FOREIGN;
	/* Its connection would have gone on from its own next number. */
	if (answers_an_ack(p) && s->seen & FLOW_SENT && seq_lt(seq, s->nxt))
		return TCP_RULE_RST_NO_CONNECTION;
	return TCP_RULE_RST_ABORT;
}

static enum tcp_rule cause(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;
	bool opened = (s->seen | r->seen) & (FLOW_SYN | FLOW_SYN_ACK);
	enum tcp_rule rule;

	if (r->seen & FLOW_SYN && !(s->seen & (FLOW_SYN | FLOW_SYN_ACK | FLOW_TALKED)))
		return cause_before_answer(p);
	if (s->seen & FLOW_RST && s->seen & FLOW_RST_STATE)
		return TCP_RULE_RST_REPEATED;
	/* Both aborted at once: its RST was on its way when the peer's came. */
	if (s->state == TCP_CLOSED && s->seen & FLOW_RST_STATE && p->seg->flags & TCP_ACK &&
		seq_eq(p->seg->seq, s->nxt))
		return TCP_RULE_RST_ABORT;
	if (s->state == TCP_CLOSED || (!opened && !(s->seen & FLOW_TALKED)))
		return TCP_RULE_RST_NO_CONNECTION;
	if (s->state == TCP_SYN_SENT)
		return r->seen & FLOW_BASE && r->packets > 0 ? TCP_RULE_RST_UNACCEPTABLE_ACK
							     : TCP_RULE_RST_ABORT;
	if (s->seen & FLOW_SYN_ACK && !(s->seen & FLOW_SERVED)) {
		rule = cause_in_handshake(p);
		if (rule != TCP_RULE_NONE)
			return rule;
	}
	if (s->seen & FLOW_SYN && !(s->seen & FLOW_TALKED) && r->seen & FLOW_SYN_ACK)
		return TCP_RULE_RST_HANDSHAKE_ABORTED;
	return s->seen & FLOW_FIN ? cause_after_fin(p) : cause_synchronized(p);
}

/* What the receiver makes of it, RFC 9293 §3.10.7.3 and §3.10.7.4 second, RFC 5961 §3.2. */
static enum tcp_rule effect(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;
	tcp_seq seq = p->seg->seq;

	if (r->state == TCP_CLOSED || r->state == TCP_LISTEN)
		return TCP_RULE_NONE;
	if (r->state == TCP_SYN_SENT)
		return acks_the_syn(p) ? TCP_RULE_OBSERVE_RST_ACCEPTED
				       : TCP_RULE_OBSERVE_RST_UNACCEPTABLE;
	/* Its RCV.NXT lies between what was acknowledged and what was sent. */
	tcp_seq low = s->una, high = s->seen & FLOW_SENT ? seq_max(s->nxt, s->una) : s->una;
	if (seq_ge(seq, low) && seq_le(seq, high))
		return TCP_RULE_OBSERVE_RST_ACCEPTED;
	if (seq_gt(seq, high) && seq_lt(seq, seq_add(low, MAX(r->window, 1))))
		return TCP_RULE_OBSERVE_RST_NOT_EXACT;
	return TCP_RULE_OBSERVE_RST_UNACCEPTABLE;
}

static void remember(struct passing *p, enum tcp_rule why, enum tcp_rule what)
{
	struct observer *o = p->o;

	if (!o->keep_resets)
		return;
	if (o->n_resets == o->cap_resets) {
		o->cap_resets = o->cap_resets ? o->cap_resets * 2 : 64;
		o->resets = g_renew(struct observed_reset, o->resets, o->cap_resets);
	}
	o->resets[o->n_resets++] = (struct observed_reset){.packet = p->packet->number,
		.time_ns = p->now_ns,
		.place = p->f->place,
		.rule = (uint16_t)why,
		.effect = (uint16_t)what,
		.side = (uint8_t)p->from,
		.sender_state = p->s->state,
		.receiver_state = p->r->state,
		.ttl_differs = ttl_differs(p),
		.queued = p->f->marks & FLOW_COMPLETED && p->from != p->f->client &&
			  !(p->r->seen & FLOW_TEXT),
		.unread = (p->r->seen & FLOW_TEXT) != 0};
}

static void end_by_rst(struct passing *p, unsigned side, enum tcp_rule rule)
{
	struct flow_side *s = &p->f->side[side];

	if (s->state == TCP_CLOSED || s->state == TCP_LISTEN)
		return;
	if (!(s->seen & FLOW_RST_STATE)) {
		s->state_before_rst = s->state;
		s->seen |= FLOW_RST_STATE;
	}
	if (rule == TCP_RULE_OBSERVE_RST_ACCEPTED)
		observer_event(p, side, OBSERVER_GOT_RST);
	else
		observer_enter(p, side, TCP_CLOSED, rule);
}

/* The sender's own end of the connection: gone, unless it is not the one that sent it, or it
 * answers for another. */
static bool ends_sender(enum tcp_rule why)
{
	return why != TCP_RULE_RST_FOREIGN && why != TCP_RULE_RST_UNACCEPTABLE_ACK;
}

void observer_rst(struct passing *p)
{
	struct flow *f = p->f;
	unsigned to = observer_other(p->from);
	enum tcp_rule why = cause(p), what = effect(p);

	remember(p, why, what);
	observer_mark(p, p->from, why);
	if (why == TCP_RULE_RST_NO_LISTENER) {
		if (!(f->marks & FLOW_REFUSED) && f->listener != FLOW_NONE)
			listeners_refused(p->o->listeners, f);
		f->marks |= FLOW_REFUSED;
	} else if (what != TCP_RULE_OBSERVE_RST_UNACCEPTABLE && ends_sender(why)) {
		f->marks |= FLOW_RESET;
	}
	if (why == TCP_RULE_RST_QUEUE_FULL && f->listener != FLOW_NONE)
		listeners_overflow_reset(p->o->listeners, f);
	p->s->seen |= FLOW_RST;
	if (ends_sender(why))
		end_by_rst(p, p->from, why);
	if (what == TCP_RULE_OBSERVE_RST_ACCEPTED)
		end_by_rst(p, to, TCP_RULE_OBSERVE_RST_ACCEPTED);
	else if (what != TCP_RULE_NONE)
		observer_mark(p, to, what);
}

static int by_packet(const void *number, const void *reset)
{
	uint64_t at = ((const struct observed_reset *)reset)->packet,
		 wanted = *(const uint64_t *)number;

	return wanted < at ? -1 : wanted > at;
}

const struct observed_reset *observer_reset_at(const struct observer *o, uint64_t number)
{
	return o->n_resets ? bsearch(&number, o->resets, o->n_resets, sizeof(*o->resets), by_packet)
			   : NULL;
}
