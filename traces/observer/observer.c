/* A segment's way through the observer: its connection, the SYN's options, then RST, ACK and text
 * in turn. */
#include "traces/observer/observer.h"
#include "traces/flow/holes.h"
#include "traces/observer/again.h"
#include "traces/observer/clock.h"
#include "traces/observer/inner.h"
#include "traces/observer/pace.h"
#include "traces/observer/pace_life.h"
#include "traces/observer/rst.h"
#include "traces/observer/stalls.h"
#include "traces/observer/state.h"
#include "traces/observer/system.h"
#include "traces/observer/text.h"
#include "traces/observer/twice.h"

#include <glib.h>
#include <string.h>

/* Added to the time in which an end answers: a busy host. */
#define CROSSED_NS ((int64_t)10000000)
/* No timer sends a SYN,ACK again so soon (RFC 6298 §2: a second): the network made the copy. */
#define COPY_NS ((int64_t)500000000)

void observer_init(struct observer *o, struct flow_table *flows, struct listeners *listeners)
{
	memset(o, 0, sizeof(*o));
	o->flows = flows;
	o->listeners = listeners;
}

void observer_clear(struct observer *o)
{
	for (size_t i = 0; i < o->n_resets; i++)
		g_free(o->resets[i].text);
	pace_clear(o);
	g_free(o->resets);
	g_free(o->icmps);
	memset(o, 0, sizeof(*o));
}

static bool is_plain_syn(const struct tcpsim_segment *seg)
{
	return (seg->flags & (TCPSIM_SYN | TCPSIM_ACK)) == TCPSIM_SYN;
}

static bool is_syn_ack(const struct tcpsim_segment *seg)
{
	return (seg->flags & (TCPSIM_SYN | TCPSIM_ACK)) == (TCPSIM_SYN | TCPSIM_ACK);
}

/* ---- which connection ---- */

/*
 * A SYN whose number is not the ISN known of its sender begins a new connection: a new incarnation
 * has a new ISN (RFC 9293 §3.4.3). tshark splits at the same place, so numbers agree;
 * docs/replay.md tells of the two rare cases where that is not the truth.
 */
static bool begins_anew(const struct flow *f, unsigned from, const struct tcpsim_segment *seg)
{
	const struct flow_side *s = &f->side[from];

	return is_plain_syn(seg) && s->seen & FLOW_BASE && !tcpsim_seq_eq(seg->seq, s->base);
}

/* The old connection's server answers the SYN by one of its own: the client stays in SYN-SENT
 * (split handshake). */
static bool is_split(const struct flow *old, unsigned from)
{
	const struct flow_side *opener = &old->side[!from], *other = &old->side[from];

	return opener->state == TCPSIM_SYN_SENT && opener->seen & FLOW_SYN &&
	       !(other->seen & (FLOW_SYN | FLOW_SYN_ACK)) && !(old->marks & FLOW_REFUSED);
}

static struct flow *flow_begin(
	struct passing *p, const struct flow_slot *slot, const struct flow *old, unsigned from)
{
	struct flow *f = flow_new(p->o->flows, slot);
	const struct tcpsim_segment *seg = p->seg;

	f->ip_version = seg->ip_version;
	f->file = (uint16_t)p->packet->file;
	f->first_packet = p->packet->number;
	f->start_ns = p->now_ns;
	f->end_ns = p->now_ns;
	if (!(seg->flags & TCPSIM_RST) && seg->flags & TCPSIM_SYN)
		f->marks |= is_plain_syn(seg) ? FLOW_START_SYN : FLOW_START_SYN_ACK;
	p->f = f;
	p->from = 0;
	p->s = &f->side[0];
	p->r = &f->side[1];
	if (old != NULL && is_split(old, from)) {
		f->marks |= FLOW_SPLIT;
		p->r->state = TCPSIM_SYN_SENT;
		observer_mark(p, 0, TCPSIM_RULE_OBSERVE_SPLIT_HANDSHAKE);
	} else if (old != NULL) {
		observer_mark(p, 0, TCPSIM_RULE_OBSERVE_REUSED);
	}
	observer_guess_client(p->o, f);
	if (!(seg->flags & (TCPSIM_SYN | TCPSIM_RST))) {
		observer_enter(p, 0, TCPSIM_ESTABLISHED, TCPSIM_RULE_OBSERVE_MIDSTREAM);
		observer_enter(p, 1, TCPSIM_ESTABLISHED, TCPSIM_RULE_OBSERVE_MIDSTREAM);
	}
	return f;
}

/* ---- counting, which a packet held twice takes part in ---- */

static void count(struct passing *p)
{
	const struct tcpsim_segment *seg = p->seg;
	struct flow_side *s = p->s;

	s->packets++;
	s->bytes += seg->len;
	s->rst += !!(seg->flags & TCPSIM_RST);
	s->fin += !!(seg->flags & TCPSIM_FIN);
	s->syn += (seg->flags & (TCPSIM_SYN | TCPSIM_RST)) == TCPSIM_SYN;
	p->f->end_ns = MAX(p->f->end_ns, p->now_ns);
}

static void take_isn(struct flow_side *s, tcpsim_seq isn)
{
	s->base = isn;
	s->una = isn;
	s->seen &= ~(unsigned)(FLOW_SENT | FLOW_FIN | FLOW_FIN_TAKEN | FLOW_FIN_ACKED |
			       FLOW_RECOVERY | FLOW_TIMING | FLOW_SACKED | FLOW_FIN_LOST);
}

/* Two SYN,ACKs with different ISNs: the client's acknowledgment says which one it took. */
static void settle_isn(const struct tcpsim_segment *seg, struct flow_side *r)
{
	if (!(seg->flags & TCPSIM_ACK) || seg->flags & (TCPSIM_SYN | TCPSIM_RST))
		return;
	r->seen &= ~(unsigned)FLOW_TWO_ISNS;
	if (!tcpsim_seq_eq(seg->ack, tcpsim_seq_add(r->recover, 1)) ||
		tcpsim_seq_eq(seg->ack, tcpsim_seq_add(r->base, 1)))
		return;
	take_isn(r, r->recover);
	r->nxt = seg->ack;
	r->seen |= FLOW_SENT;
}

/*
 * A second responder behind one address, or an old one: its SYN,ACK bears another number than the
 * one that the client has acknowledged, and no SYN has asked again since.
 */
static bool is_other_answer(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;

	return is_syn_ack(p->seg) && s->seen & FLOW_SYN_ACK && s->seen & FLOW_SYN_ACKED &&
	       !tcpsim_seq_eq(s->base, p->seg->seq) && r->syn_ns <= s->syn_ns;
}

/* What was deduced from the first segment of a capture that began in the middle lay too high: that
 * segment had overtaken this one. */
static void lower_base(struct passing *p)
{
	struct flow_side *s = p->s;
	int32_t below = tcpsim_seq_diff(tcpsim_seq_add(s->base, 1), p->seg->seq);
	struct flow_hole opened = {.start = p->seg->seq,
		.end = tcpsim_seq_add(s->base, 1),
		.opened_ns = s->sent_ns,
		.ts_val = s->ts_newest,
		.ip_id = p->ip_id_before};

	if (below <= 0 || below > 1 << 22 || p->seg->len == 0 || !(s->seen & FLOW_SENT))
		return;
	s->base = tcpsim_seq_sub(p->seg->seq, 1);
	if (!(s->seen & FLOW_UNA))
		s->una = p->seg->seq;
	flow_open_hole(p->o->flows, s, &opened);
}

/* The first numbers known of each end. A SYN,ACK with a new ISN begins anew what was
 * there before. */
static void learn_bases(struct passing *p)
{
	const struct tcpsim_segment *seg = p->seg;
	struct flow_side *s = p->s, *r = p->r;

	if (is_syn_ack(seg) && s->seen & FLOW_BASE && !tcpsim_seq_eq(s->base, seg->seq)) {
		if (s->seen & FLOW_SYN_ACK && !(r->seen & FLOW_TALKED)) {
			s->recover = s->base;
			s->seen |= FLOW_TWO_ISNS;
		}
		take_isn(s, seg->seq);
	}
	if (r->seen & FLOW_TWO_ISNS)
		settle_isn(seg, r);
	if (!(s->seen & FLOW_BASE)) {
		s->base = seg->flags & TCPSIM_SYN ? seg->seq : tcpsim_seq_sub(seg->seq, 1);
		s->una = seg->seq;
		s->seen |= FLOW_BASE;
	} else if (!(s->seen & (FLOW_SYN | FLOW_SYN_ACK)) &&
		   !(seg->flags & (TCPSIM_SYN | TCPSIM_RST))) {
		lower_base(p);
	}
	if (!(seg->flags & TCPSIM_ACK))
		return;
	if (!(r->seen & FLOW_BASE)) {
		r->base = tcpsim_seq_sub(seg->ack, 1);
		r->una = seg->ack;
		r->seen |= FLOW_BASE | FLOW_UNA;
	} else if (!(r->seen & FLOW_UNA) && !(seg->flags & TCPSIM_RST)) {
		/* Until one is seen una is a guess, and may lie too high. */
		if (!(r->seen & (FLOW_SYN | FLOW_SYN_ACK)) && tcpsim_seq_lt(seg->ack, r->una) &&
			tcpsim_seq_diff(r->una, seg->ack) < 1 << 22)
			r->una = seg->ack;
		r->seen |= FLOW_UNA;
	}
}

/* ---- SYN ---- */

static void learn_options(struct passing *p)
{
	const struct tcpsim_options *o = &p->seg->options;
	struct flow_side *s = p->s;

	/* A SYN that is sent again may offer less (FreeBSD drops options, a box on the way clamps
	 * the MSS): the first one counts. */
	if (s->seen & (FLOW_MSS | FLOW_WSCALE | FLOW_SACK | FLOW_TIMESTAMPS))
		return;
	if (o->present & TCPSIM_HAS_MSS) {
		s->mss = o->mss;
		s->seen |= FLOW_MSS;
	}
	if (o->present & TCPSIM_HAS_WSCALE) {
		s->wscale = o->wscale;
		s->seen |= FLOW_WSCALE;
	}
	if (o->present & TCPSIM_HAS_SACK_PERMITTED)
		s->seen |= FLOW_SACK;
	if (o->present & TCPSIM_HAS_TIMESTAMP)
		s->seen |= FLOW_TIMESTAMPS;
	observer_learn_system(p);
}

static void learn_opener(struct passing *p, unsigned client)
{
	struct flow *f = p->f;

	if (f->marks & FLOW_CLIENT_KNOWN)
		return;
	f->marks |= FLOW_CLIENT_KNOWN;
	f->client = (uint8_t)client;
	if (listeners_syn(p->o->listeners, f, !client) && f->side[!client].state == TCPSIM_CLOSED)
		observer_enter(p, !client, TCPSIM_LISTEN, TCPSIM_RULE_OBSERVE_LISTENING);
}

static void remember_gap(struct passing *p)
{
	struct flow_extra *x = flow_extra(p->o->flows, p->s);

	/* A run of a timer: nobody said a word in between. */
	if (p->r->last_ns > p->s->syn_ns)
		p->s->seen |= FLOW_SYN_ANSWER;
	if (x->n_gaps < FLOW_MAX_GAPS)
		x->gap_ns[x->n_gaps++] = p->now_ns - p->s->syn_ns;
}

/* The handshake counts as seen when each of its three segments acknowledges the one before,
 * exactly. */
static void note_handshake_syn(struct passing *p)
{
	struct flow_side *s = p->s, *r = p->r;

	if (is_plain_syn(p->seg)) {
		s->seen |= FLOW_SYN;
		if (!(r->seen & FLOW_SYN_ACK) && !(s->seen & FLOW_SYN_ACK))
			s->seen |= FLOW_SYN_BARE_FIRST;
		/* The capture may hold the answer before the SYN. */
		if (r->seen & FLOW_SYN_ACK && !(r->seen & FLOW_TALKED) &&
			tcpsim_seq_eq(r->ack, tcpsim_seq_add(p->seg->seq, 1)))
			s->seen |= FLOW_SYN_ANSWERED;
		return;
	}
	s->seen |= FLOW_SYN_ACK;
	if (r->seen & FLOW_SYN && tcpsim_seq_eq(p->seg->ack, tcpsim_seq_add(r->base, 1)))
		r->seen |= FLOW_SYN_ANSWERED;
}

/* The client's ACK had been there when this SYN,ACK left. One that passes sooner has crossed it, or
 * answers a SYN that was sent again. */
static bool is_after_ack(const struct passing *p)
{
	/* How soon this end answers: where the SYN went twice (Karn) its first one is a bound. */
	int64_t turn_ns = p->r->rtt_min_us > 0 ? (int64_t)p->r->rtt_min_us * 1000
					       : p->s->syn_ns - p->f->start_ns;

	return p->r->seen & FLOW_TALKED && p->s->progress_ns != 0 &&
	       p->now_ns - p->s->progress_ns > turn_ns + turn_ns / 4 + CROSSED_NS;
}

static void syn_again(struct passing *p, bool plain)
{
	struct flow *f = p->f;
	bool after_ack = !plain && is_after_ack(p);

	p->again = true;
	remember_gap(p);
	observer_repeated(
		p, plain ? TCPSIM_RULE_OBSERVE_AGAIN_SYN : TCPSIM_RULE_OBSERVE_AGAIN_SYN_ACK);
	if (f->listener == FLOW_NONE)
		return;
	if (plain && p->from == f->client && !(p->r->seen & FLOW_SYN_ACK))
		listeners_syn_again(p->o->listeners, f);
	if (!plain && p->from != f->client)
		listeners_syn_ack(p->o->listeners, f, true, after_ack);
}

/* Nobody has answered the SYN,ACKs that passed here: one that arrives is answered at once. */
static bool is_unheard(const struct passing *p)
{
	return p->again && !(p->r->seen & FLOW_TALKED) && p->now_ns - p->s->syn_ns > COPY_NS;
}

static void syn_states(struct passing *p, bool plain)
{
	unsigned from = p->from, to = observer_other(from);

	if (plain) {
		bool crossed = p->r->state == TCPSIM_SYN_SENT && p->r->seen & FLOW_SYN &&
			       p->s->state != TCPSIM_SYN_SENT;

		/* After it has spoken a SYN of its own is only late; so is a first one behind its
		 * answer. */
		if (p->s->state != TCPSIM_ESTABLISHED || (p->again && !(p->s->seen & FLOW_TALKED)))
			observer_event(p, from, OBSERVER_SENT_SYN);
		if (crossed)
			observer_mark(p, from, TCPSIM_RULE_OBSERVE_SIMULTANEOUS_OPEN);
		observer_event(p, to, OBSERVER_GOT_SYN);
		/* The peer's SYN is still on its way to it. */
		if (crossed)
			observer_event(p, from, OBSERVER_GOT_SYN);
		return;
	}
	/* A server that has spoken is past SYN-RECEIVED: the copy is only late. A first SYN,ACK in
	 * ESTABLISHED is that of a simultaneous open. */
	if (p->s->state != TCPSIM_ESTABLISHED ||
		(p->again && !(p->s->seen & FLOW_TALKED) && is_after_ack(p)))
		observer_event(p, from, OBSERVER_SENT_SYN_ACK);
	if (p->r->state == TCPSIM_CLOSED && !(p->r->seen & (FLOW_SYN | FLOW_FIN | FLOW_RST)))
		observer_enter(p, to, TCPSIM_SYN_SENT, TCPSIM_RULE_OBSERVE_INFERRED);
	if (is_unheard(p)) {
		if (p->r->state == TCPSIM_ESTABLISHED)
			observer_enter(p, to, TCPSIM_SYN_SENT, TCPSIM_RULE_OBSERVE_SYN_ACK_UNHEARD);
		return;
	}
	if (tcpsim_seq_eq(p->seg->ack, tcpsim_seq_add(p->r->base, 1)) ||
		(p->r->seen & FLOW_SENT &&
			tcpsim_seq_in(tcpsim_seq_sub(p->seg->ack, 1), p->r->base, p->r->nxt)))
		observer_event(p, to, OBSERVER_GOT_SYN_ACK);
}

static void take_syn(struct passing *p)
{
	bool plain = is_plain_syn(p->seg);
	struct flow *f = p->f;
	struct flow_side *s = p->s;
	bool repeated = s->seen & (plain ? FLOW_SYN : FLOW_SYN_ACK) && s->seen & FLOW_SENT &&
			tcpsim_seq_lt(p->seg->seq, s->nxt);

	/* What a RST ended before is over: this begins anew. */
	if ((s->seen | p->r->seen) & FLOW_RST_STATE) {
		s->seen &= ~(unsigned)FLOW_RST_STATE;
		p->r->seen &= ~(unsigned)FLOW_RST_STATE;
		f->marks &= (uint16_t) ~(FLOW_RESET | FLOW_REFUSED);
	}
	if (plain)
		learn_opener(p, p->from);
	else
		learn_opener(p, observer_other(p->from));
	if (repeated)
		syn_again(p, plain);
	else if (!plain && f->listener != FLOW_NONE && p->from != f->client)
		listeners_syn_ack(p->o->listeners, f, false, false);
	note_handshake_syn(p);
	syn_states(p, plain);
	s->syn_ns = p->now_ns;
	if (!(s->seen & FLOW_SENT) || tcpsim_seq_lt(s->nxt, tcpsim_seq_add(p->seg->seq, 1))) {
		s->nxt = tcpsim_seq_add(p->seg->seq, 1);
		s->seen |= FLOW_SENT;
		s->sent_ns = p->now_ns;
		if (!(s->seen & FLOW_TIMING)) {
			s->timed = s->nxt;
			s->timed_us = (uint32_t)(p->now_ns / 1000);
			s->seen |= FLOW_TIMING;
		}
	} else {
		s->seen &= ~(unsigned)FLOW_TIMING; /* Karn */
	}
	if (p->seg->len > 0) {
		s->seen |= FLOW_SYN_TEXT;
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_SYN_DATA);
	}
}

/* ---- the handshake's third segment ---- */

static void note_handshake_ack(struct passing *p)
{
	struct flow *f = p->f;
	struct flow_side *s = p->s, *r = p->r;

	if (!(p->seg->flags & TCPSIM_ACK))
		return;
	if (r->seen & (FLOW_SYN | FLOW_SYN_ACK) && tcpsim_seq_gt(p->seg->ack, r->base))
		r->seen |= FLOW_SYN_ACKED;
	if (s->seen & FLOW_SYN_ANSWERED && r->seen & FLOW_SYN_ACK &&
		!(p->seg->flags & TCPSIM_SYN) &&
		tcpsim_seq_eq(p->seg->ack, tcpsim_seq_add(r->base, 1)))
		f->marks |= FLOW_HANDSHAKE;
	if (s->seen & r->seen & FLOW_SYN_BARE_FIRST && s->seen & r->seen & FLOW_SYN_ACKED)
		f->marks |= FLOW_SIMULTANEOUS;
}

static void window_note(struct passing *p)
{
	struct flow_side *s = p->s;
	bool syn = p->seg->flags & TCPSIM_SYN;
	unsigned shift = s->seen & p->r->seen & FLOW_WSCALE && !syn ? MIN(s->wscale, 14) : 0;

	s->window_raw = p->seg->window;
	s->window = (uint32_t)p->seg->window << shift;
	if (s->window > 0 || syn) {
		s->seen &= ~(unsigned)FLOW_ZERO_WINDOW;
		return;
	}
	s->seen |= FLOW_ZERO_WINDOW;
	if (p->seg->flags & TCPSIM_FIN)
		return;
	s->zero_windows++;
	observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_ZERO_WINDOW);
}

static void note_ack(struct passing *p)
{
	struct flow_side *s = p->s;

	if (!(p->seg->flags & TCPSIM_ACK) || tcpsim_seq_eq(s->ack, p->seg->ack))
		return;
	s->ack = p->seg->ack;
}

/* Everything but RSTs and second copies. */
static void take(struct passing *p)
{
	const struct tcpsim_segment *seg = p->seg;
	bool syn = seg->flags & TCPSIM_SYN;

	if (syn)
		take_syn(p);
	else
		observer_infer(p);
	note_handshake_ack(p);
	if (seg->flags & TCPSIM_ACK)
		observer_ack(p);
	window_note(p);
	if (seg->len > 0 || seg->flags & TCPSIM_FIN || !syn)
		observer_text(p);
	if (!syn)
		p->s->seen |= FLOW_TALKED;
	note_ack(p);
	p->s->ttl = seg->ttl;
	p->r->unanswered = 0;
}

/* Nothing was seen of a server but an ACK that is none of the SYN's: an old connection's. */
static bool is_challenge(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;

	return (p->seg->flags & (TCPSIM_SYN | TCPSIM_RST | TCPSIM_FIN | TCPSIM_ACK)) ==
		       TCPSIM_ACK &&
	       p->seg->len == 0 && r->seen & FLOW_SYN && !(r->seen & FLOW_TALKED) &&
	       !(s->seen & (FLOW_TALKED | FLOW_SYN | FLOW_SYN_ACK | FLOW_RST)) &&
	       (s->state == TCPSIM_CLOSED || s->state == TCPSIM_LISTEN);
}

static void pass(struct passing *p)
{
	int64_t from_ns = MAX(p->s->last_ns, p->r->last_ns);
	p->silent_ns = p->f->last_packet > 0 ? p->now_ns - from_ns : 0;
	bool quiet = observer_is_quiet(p), shut = p->s->seen & FLOW_ZERO_WINDOW;

	observer_clock(p);
	if (is_other_answer(p)) {
		p->s->seen |= FLOW_OTHER_ANSWER;
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_OTHER_ANSWER);
	} else if (is_challenge(p)) {
		learn_bases(p);
		note_ack(p);
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_ACK_OF_SYN);
	} else {
		learn_bases(p);
		if (p->seg->flags & TCPSIM_SYN)
			learn_options(p);
		if (p->seg->flags & TCPSIM_RST)
			observer_rst(p);
		else
			take(p);
	}
	if (p->seg->options.present & TCPSIM_HAS_TIMESTAMP &&
		(p->s->ts_newest == 0 || (int32_t)(p->seg->options.ts_val - p->s->ts_newest) > 0))
		p->s->ts_newest = p->seg->options.ts_val;
	if (p->f->last_packet > 0)
		observer_stall(p, from_ns, quiet, shut);
	observer_pace(p);
	p->s->last_ns = p->now_ns;
	p->f->last_packet = p->packet->number;
	p->f->last = (uint8_t)p->from;
}

void observer_prepare(struct observer *o, const struct wire_packet *wire,
	const struct observed_packet *packet, struct observed_segment *out)
{
	const struct tcpsim_segment *seg = &wire->segment;
	const uint8_t *ip = wire->body == NULL ? NULL : wire->body - wire->ip_header_len;

	flow_slot_of(&out->slot, &seg->src, seg->src_port, &seg->dst, seg->dst_port);
	flow_prefetch_place(o->flows, &out->slot);
	out->segment = *seg;
	out->segment.payload = NULL;
	out->packet = *packet;
	if (seg->options.raw_len > 0)
		memcpy(out->raw, seg->options.raw, MIN(seg->options.raw_len, sizeof(out->raw)));
	out->segment.options.raw = NULL;
	out->n_text = 0;
	if (seg->flags & TCPSIM_RST && seg->len > 0 && seg->payload != NULL) {
		out->n_text = (uint8_t)MIN(seg->len, sizeof(out->text));
		memcpy(out->text, seg->payload, out->n_text);
	}
	/* The IPv4 identification tells copies of a packet from repetitions. */
	out->ip_id = seg->ip_version == 4 && ip != NULL ? (uint16_t)(ip[4] << 8 | ip[5]) : 0;
	out->signature = observer_signature(out, wire->body, wire->body_len);
}

struct flow *observer_take(struct observer *o, const struct observed_segment *seen)
{
	const struct tcpsim_segment *seg = &seen->segment;
	unsigned from = 0;
	struct flow *f = flow_find(o->flows, &seen->slot, &from);
	struct passing p;

	passing_begin(&p, o, seen);
	if (f == NULL || begins_anew(f, from, seg)) {
		f = flow_begin(&p, &seen->slot, f, from);
	} else {
		p.f = f;
		p.from = from;
		p.s = &f->side[from];
		p.r = &f->side[!from];
	}

	o->sample_us = 0;
	bool twice = observer_seen_twice(&p, seen->signature);
	count(&p);
	observer_note_asking(&p);
	if (twice) {
		if (f->pace != NULL)
			flow_figures(o->flows, f)->captured_twice++;
		observer_mark(&p, p.from, TCPSIM_RULE_OBSERVE_CAPTURED_TWICE);
		return f;
	}
	pass(&p);
	return f;
}

void observer_forget(struct observer *o, flow_ended_fn gone, void *context)
{
	size_t resets = 0, icmps = 0;
	struct flow space;

	for (size_t i = 0; i < o->n_resets; i++)
		if (!gone(context, flow_look(o->flows, o->resets[i].place, &space)))
			o->resets[resets++] = o->resets[i];
		else
			g_free(o->resets[i].text);
	for (size_t i = 0; i < o->n_icmps; i++)
		if (!gone(context, flow_look(o->flows, o->icmps[i].place, &space)))
			o->icmps[icmps++] = o->icmps[i];
	o->n_resets = resets;
	o->n_icmps = icmps;
}

size_t observer_bytes(const struct observer *o)
{
	return o->cap_resets * sizeof(*o->resets) + o->cap_icmps * sizeof(*o->icmps);
}
