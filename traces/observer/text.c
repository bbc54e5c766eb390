/*
 * Payload, FIN and acknowledgment of a segment: what is new, what was sent again and why, what
 * overtook what.
 *
 * The kinds of repetition are told apart by what the sender could know at that moment: duplicate
 * ACKs and SACK blocks (RFC 5681, 6675), the time since it last sent (RFC 6298), which of the
 * outstanding segments it chose (RFC 8985 §7).
 */
#include "traces/observer/text.h"
#include "traces/flow/holes.h"
#include "traces/observer/again.h"
#include "traces/observer/inner.h"
#include "traces/observer/pace.h"
#include "traces/observer/rounds.h"
#include "traces/observer/stalls.h"
#include "traces/observer/state.h"
#include "traces/observer/system.h"

#include <glib.h>

/* Reordering on a path is a matter of milliseconds; a repetition takes a round trip at least. */
#define REORDER_NS ((int64_t)3000000)
/* A keepalive is no part of a conversation. */
#define KEEPALIVE_NS ((int64_t)500000000)
/* No system's persist timer is shorter than this beyond the round trip (Linux: the RTO; BSD: 5 s).
 */
#define PERSIST_NS ((int64_t)200000000)
/* So long behind a FIN a timer may send it again, however far away the peer may be. */
#define FIN_TIMER_NS ((int64_t)500000000)

/* ---- acknowledgments ---- */

/* It acknowledges a SYN or SYN,ACK that went again, and nothing did before. */
static bool answers_syns(const struct passing *p)
{
	return p->r->syn > 1 && tcpsim_seq_eq(p->r->una, p->r->base) &&
	       tcpsim_seq_eq(p->seg->ack, tcpsim_seq_add(p->r->base, 1));
}

/* Its stamp echoes the last one's: Karn's doubt does not apply (RFC 7323 §4). */
static bool echoes_newest(const struct passing *p)
{
	return p->seg->options.present & TCPSIM_HAS_TIMESTAMP &&
	       p->r->ts_newest == p->seg->options.ts_ecr;
}

/* It answers the first one, or one that came later. */
static void bound_answer(struct passing *p)
{
	struct flow_extra *x = flow_extra(p->o->flows, p->r);
	int64_t first_ns = p->r->syn_ns;

	for (uint32_t i = 0; i < x->n_gaps; i++)
		first_ns -= x->gap_ns[i];
	x->answer_us = (uint32_t)CLAMP((p->now_ns - first_ns) / 1000, 1, UINT32_MAX);
}

static void measure(struct passing *p)
{
	struct flow_side *r = p->r;

	if (answers_syns(p) && echoes_newest(p)) {
		r->timed_us = (uint32_t)(r->syn_ns / 1000);
		r->timed = p->seg->ack;
		r->seen |= FLOW_TIMING;
	} else if (answers_syns(p)) {
		bound_answer(p);
	}
	if (!(r->seen & FLOW_TIMING) || tcpsim_seq_lt(p->seg->ack, r->timed))
		return;
	uint32_t sample = (uint32_t)(p->now_ns / 1000) - r->timed_us;
	r->seen &= ~(unsigned)FLOW_TIMING;
	if (sample > 60u * 1000000)
		return;
	rounds_sample(p, observer_other(p->from), sample);
	if (r->rtt_min_us == 0 || sample < r->rtt_min_us)
		r->rtt_min_us = MAX(sample, 1);
	r->rtt_us = MAX(r->rtt_us ? (r->rtt_us * 7 + sample) / 8 : sample, 1);
}

static void fin_taken(struct passing *p, unsigned receiver)
{
	struct flow_side *sender = &p->f->side[!receiver];

	if (sender->seen & FLOW_FIN_TAKEN)
		return;
	sender->seen |= FLOW_FIN_TAKEN;
	observer_event(p, receiver, OBSERVER_GOT_FIN);
}

static void ack_states(struct passing *p)
{
	struct flow_side *r = p->r;
	unsigned to = observer_other(p->from);

	if (r->state == TCPSIM_SYN_RCVD && tcpsim_seq_gt(p->seg->ack, r->base) &&
		!(p->seg->flags & TCPSIM_SYN))
		observer_event(p, to, OBSERVER_SYN_ACKED);
	if (r->seen & FLOW_FIN && tcpsim_seq_ge(p->seg->ack, r->fin_end)) {
		fin_taken(p, p->from);
		if (!(r->seen & FLOW_FIN_ACKED)) {
			r->seen |= FLOW_FIN_ACKED;
			observer_event(p, to, OBSERVER_FIN_ACKED);
		}
	}
}

static bool sacks(const struct tcpsim_options *o)
{
	return o->present & TCPSIM_HAS_SACK && o->n_sack > 0;
}

/* RFC 2883 §4: the first block lies below the acknowledgment, or inside the second. */
static bool is_dsack(const struct tcpsim_segment *seg)
{
	const struct tcpsim_options *o = &seg->options;

	if (!sacks(o))
		return false;
	if (tcpsim_seq_le(o->sack[0].end, seg->ack))
		return true;
	return o->n_sack > 1 && tcpsim_seq_ge(o->sack[0].start, o->sack[1].start) &&
	       tcpsim_seq_le(o->sack[0].end, o->sack[1].end);
}

/* Is anything out that the acknowledgment does not cover? Where the data's direction was not
 * captured, SACK blocks and acknowledgments of what was never seen tell. */
static bool data_is_out(const struct passing *p)
{
	const struct flow_side *r = p->r;

	if (r->seen & FLOW_SENT && tcpsim_seq_gt(r->nxt, r->una))
		return true;
	if (sacks(&p->seg->options) && tcpsim_seq_gt(p->seg->options.sack[0].end, p->seg->ack))
		return true;
	return !(r->seen & FLOW_TEXT) && tcpsim_seq_gt(r->una, tcpsim_seq_add(r->base, 2));
}

static void show_loss(struct passing *p)
{
	struct flow_extra *x = flow_extra(p->o->flows, p->r);

	x->loss_ns = p->now_ns;
	x->loss_packet = p->packet->number;
	if (x->shown_ns == 0 && p->r->dup_run >= 3)
		x->shown_ns = p->now_ns;
}

static void same_ack(struct passing *p)
{
	const struct tcpsim_segment *seg = p->seg;
	struct flow_side *s = p->s, *r = p->r;
	bool first = !(s->seen & (FLOW_TALKED | FLOW_SYN_ACK));

	if (seg->len > 0 || seg->flags & (TCPSIM_SYN | TCPSIM_FIN) || first ||
		!tcpsim_seq_eq(s->ack, seg->ack))
		return;
	if (r->seen & FLOW_PROBING) {
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_PROBE_ANSWERED);
		return;
	}
	/* One that only reports a copy tells of nothing missing. */
	if (is_dsack(seg) && seg->options.n_sack == 1)
		return;
	if (data_is_out(p) && (s->window_raw == seg->window || sacks(&seg->options))) {
		s->dup_acks++;
		if (r->dup_run < UINT8_MAX)
			r->dup_run++;
		show_loss(p);
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_DUP_ACK);
	} else if (s->window_raw != seg->window && s->seen & FLOW_TALKED) {
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_WINDOW_UPDATE);
	}
}

static void new_ack(struct passing *p)
{
	struct flow_side *r = p->r;

	measure(p);
	r->una = p->seg->ack;
	r->seen |= FLOW_UNA;
	r->progress_ns = p->now_ns;
	r->dup_run = 0;
	if (r->seen & FLOW_RECOVERY && tcpsim_seq_ge(r->una, r->recover))
		r->seen &= ~(unsigned)FLOW_RECOVERY;
	if (r->seen & FLOW_SACKED && tcpsim_seq_ge(r->una, r->extra->sacked))
		r->seen &= ~(unsigned)FLOW_SACKED;
	if (r->extra != NULL)
		r->extra->shown_ns = 0;
}

/* Text behind a gap has arrived: whether the acknowledgment advances or not (RFC 6675 §2). */
static void note_sack(struct passing *p)
{
	const struct tcpsim_options *o = &p->seg->options;
	struct flow_side *r = p->r;

	for (unsigned i = 0; sacks(o) && i < o->n_sack; i++) {
		tcpsim_seq end = o->sack[i].end;

		if (!tcpsim_seq_gt(end, r->una) || !tcpsim_seq_gt(o->sack[i].start, p->seg->ack) ||
			(r->seen & FLOW_SENT && tcpsim_seq_gt(end, r->nxt)))
			continue;
		show_loss(p);
		if (!(r->seen & FLOW_SACKED) || tcpsim_seq_gt(end, r->extra->sacked))
			r->extra->sacked = end;
		r->seen |= FLOW_SACKED;
	}
}

void observer_ack(struct passing *p)
{
	const struct tcpsim_segment *seg = p->seg;
	struct flow_side *r = p->r;

	if (r->seen & FLOW_SENT && tcpsim_seq_gt(seg->ack, r->nxt)) {
		/* In SYN-SENT that is an unacceptable ACK; a leap of more than a window's most is
		 * no number of this connection. */
		if (r->state == TCPSIM_SYN_SENT || tcpsim_seq_diff(seg->ack, r->nxt) > 1 << 30)
			return;
		struct flow_hole opened = {.opened_ns = p->now_ns};
		flow_cover(p->o->flows, r, seg->ack, seg->ack, &opened);
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_ACK_UNSEEN);
	}
	ack_states(p);
	if (is_dsack(seg))
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_DSACK);
	if (tcpsim_seq_gt(seg->ack, r->una))
		new_ack(p);
	else if (tcpsim_seq_eq(seg->ack, r->una))
		same_ack(p);
	note_sack(p);
	r->seen &= ~(unsigned)FLOW_PROBING;
}

/* ---- repetitions ---- */

/* What shows it: the loss that was reported, the ICMP error; else what passed before it. */
static uint64_t evidence_of(const struct passing *p, enum tcpsim_rule rule)
{
	const struct flow_extra *x = p->s->extra;

	if (rule == TCPSIM_RULE_OBSERVE_AGAIN_FAST && x != NULL)
		return x->loss_packet;
	if (rule == TCPSIM_RULE_OBSERVE_AGAIN_PATH_MTU && x != NULL)
		return x->pmtu_packet;
	return p->f->last_packet;
}

static void count_kind(struct passing *p, enum tcpsim_rule rule)
{
	static const uint8_t KIND[] = {
		[TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT - TCPSIM_RULE_OBSERVE_AGAIN_SYN] =
			FLOW_AGAIN_TIMEOUT + 1,
		[TCPSIM_RULE_OBSERVE_AGAIN_FAST - TCPSIM_RULE_OBSERVE_AGAIN_SYN] =
			FLOW_AGAIN_FAST + 1,
		[TCPSIM_RULE_OBSERVE_AGAIN_PROBE - TCPSIM_RULE_OBSERVE_AGAIN_SYN] =
			FLOW_AGAIN_PROBE + 1,
		[TCPSIM_RULE_OBSERVE_AGAIN_FIN - TCPSIM_RULE_OBSERVE_AGAIN_SYN] =
			FLOW_AGAIN_FIN + 1,
		[TCPSIM_RULE_OBSERVE_AGAIN_NEEDLESS - TCPSIM_RULE_OBSERVE_AGAIN_SYN] =
			FLOW_AGAIN_NEEDLESS + 1,
		[TCPSIM_RULE_OBSERVE_AGAIN_PATH_MTU - TCPSIM_RULE_OBSERVE_AGAIN_SYN] =
			FLOW_AGAIN_PATH_MTU + 1,
		[TCPSIM_RULE_OBSERVE_AGAIN_FAST_OPEN - TCPSIM_RULE_OBSERVE_AGAIN_SYN] =
			FLOW_AGAIN_FAST_OPEN + 1,
		[TCPSIM_RULE_OBSERVE_AGAIN - TCPSIM_RULE_OBSERVE_AGAIN_SYN] =
			FLOW_AGAIN_UNKNOWN + 1,
	};
	uint16_t *again;

	if ((unsigned)(rule - TCPSIM_RULE_OBSERVE_AGAIN_SYN) >= G_N_ELEMENTS(KIND) ||
		KIND[rule - TCPSIM_RULE_OBSERVE_AGAIN_SYN] == 0)
		return; /* a SYN's */
	again = flow_figures(p->o->flows, p->f)->side[p->from].again;
	again += KIND[rule - TCPSIM_RULE_OBSERVE_AGAIN_SYN] - 1;
	if (*again < UINT16_MAX)
		(*again)++;
}

void observer_repeated(struct passing *p, enum tcpsim_rule rule)
{
	count_kind(p, rule);
	p->s->retransmitted++;
	if (p->s->unanswered < UINT8_MAX)
		p->s->unanswered++;
	p->s->seen &= ~(unsigned)FLOW_TIMING; /* Karn's rule */
	p->again = true;
	p->rule = rule;
	if (!(p->seg->flags & TCPSIM_SYN))
		flow_extra(p->o->flows, p->s)->again_ns = p->now_ns;
	if (rule == TCPSIM_RULE_OBSERVE_AGAIN_PATH_MTU)
		p->s->extra->pmtu_end = tcpsim_seq_max(p->s->extra->pmtu_end, p->end);
	if (p->f->listener != FLOW_NONE && !(p->seg->flags & TCPSIM_SYN) &&
		tcpsim_seq_gt(p->s->una, tcpsim_seq_add(p->s->base, 1)))
		listeners_lost(p->o->listeners, p->f);
	p->evidence = evidence_of(p, rule);
	observer_mark(p, p->from, rule);
}

/*
 * It fills a gap: overtaken on its way here, or lost before the capture and sent again? The
 * sender's own clocks tell: its timestamps and its IPv4 identifications grow. Without them,
 * reordering is quick and unprompted.
 */
static bool was_overtaken(const struct passing *p, const struct flow_hole *hole)
{
	const struct tcpsim_options *o = &p->seg->options;
	int64_t age_ns = p->now_ns - hole->opened_ns;

	if (o->present & TCPSIM_HAS_TIMESTAMP && hole->ts_val != 0 && o->ts_val != hole->ts_val)
		return (int32_t)(o->ts_val - hole->ts_val) < 0;
	if (p->s->seen & FLOW_ID_VARIES && p->ip_id != hole->ip_id && hole->ip_id != 0) {
		int16_t later = (int16_t)(p->ip_id - hole->ip_id);

		if (later > -1000 && later < 1000)
			return later < 0;
	}
	if (age_ns <= REORDER_NS)
		return true;
	return p->s->dup_run < 3 && observer_rtt_ns(p) > 0 && age_ns < observer_rtt_ns(p);
}

/* ---- keepalives and window probes ---- */

/* RFC 9293 §3.8.6.1: before the first unacknowledged number without a byte, or a byte that the shut
 * window has no room for. */
static bool is_window_probe(const struct passing *p)
{
	const struct tcpsim_profile *system = observer_system(p->s);
	const struct flow_side *s = p->s;

	if (p->seg->len == 1 && tcpsim_seq_eq(p->seg->seq, s->una))
		return true;
	/* What left before the acknowledgment of that number was there bears it because it is next;
	 * an ACK that opens the window asks nothing. */
	if (p->now_ns - s->progress_ns <= (int64_t)p->r->rtt_min_us * 1000 ||
		(s->seen & FLOW_ZERO_WINDOW && p->seg->window > 0))
		return false;
	/* Systems ask with a byte or without one. */
	return tcpsim_seq_eq(p->seg->seq, tcpsim_seq_sub(s->una, 1)) &&
	       !(p->seg->len == 0 && system != NULL && system->persist_probe_data);
}

/* RFC 1122 §4.2.3.6: the number before the next, all being acknowledged, by an end that had been
 * silent. Its interval is a second at the least. */
static bool is_keepalive(const struct passing *p)
{
	const struct flow_side *s = p->s;
	/* A window probe's byte is not outstanding. */
	uint32_t probed = p->r->seen & FLOW_ZERO_WINDOW ? 1 : 0;

	return tcpsim_seq_eq(p->seg->seq, tcpsim_seq_sub(s->una, 1)) &&
	       tcpsim_seq_le(s->nxt, tcpsim_seq_add(s->una, probed)) &&
	       s->seen & (FLOW_TALKED | FLOW_SYN_ACK) && p->now_ns - s->last_ns >= KEEPALIVE_NS;
}

/* To a shut window as well a keepalive is what bears no byte, of a system whose probes do. */
static bool asks_with_a_byte(const struct passing *p)
{
	const struct tcpsim_profile *system = observer_system(p->s);

	return system != NULL && system->persist_probe_data && p->seg->len == 0;
}

/*
 * The number before the next one, with no byte or one: RFC 1122 §4.2.3.6. The same segment to a
 * peer whose window is zero is a window probe (§4.2.2.17), whatever tshark calls it.
 */
static bool take_probe(struct passing *p)
{
	const struct tcpsim_segment *seg = p->seg;
	struct flow_side *s = p->s, *r = p->r;
	bool closed = r->seen & FLOW_ZERO_WINDOW;

	if (seg->len > 1 || seg->flags & (TCPSIM_SYN | TCPSIM_FIN) || !(s->seen & FLOW_SENT) ||
		!(seg->flags & TCPSIM_ACK))
		return false;
	/* What says something new is an ACK, whatever its number; and what left before something
	 * else is late. */
	if ((s->seen & (FLOW_TALKED | FLOW_SYN_ACK) && !tcpsim_seq_eq(seg->ack, s->ack)) ||
		observer_is_overtaken(p))
		return false;
	if (closed && is_window_probe(p)) {
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_WINDOW_PROBE);
	} else if ((!closed || asks_with_a_byte(p)) && is_keepalive(p)) {
		s->keepalives++;
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_KEEPALIVE);
	} else {
		return false;
	}
	s->seen |= FLOW_PROBING;
	p->probes = true;
	if (s->unanswered < UINT8_MAX)
		s->unanswered++;
	/* A probe may carry one new byte. */
	if (seg->len == 1 && tcpsim_seq_eq(seg->seq, s->nxt)) {
		struct flow_hole none = {.opened_ns = p->now_ns};
		s->unique_bytes += flow_cover(p->o->flows, s, seg->seq, p->end, &none);
	}
	return true;
}

/* ---- text and FIN ---- */

/* Numbers so far from what the peer expects that they belong to no stream of this connection. */
static bool is_outside(const struct passing *p, tcpsim_seq start)
{
	const struct flow_side *s = p->s, *r = p->r;
	int64_t limit = 1 << 30;

	if (!(s->seen & FLOW_SENT))
		return false;
	if (r->seen & FLOW_TALKED && s->seen & FLOW_BASE)
		limit = MAX(4 * (int64_t)r->window, 1 << 22);
	int64_t ahead = tcpsim_seq_diff(start, tcpsim_seq_max(s->nxt, s->una));
	return ahead > limit || ahead < -limit;
}

/*
 * The window has no room for a segment, and after a silence text goes that is cut to it: the persist
 * timer's override of the rule against silly windows (RFC 9293 §3.8.6.2.1). A program that happens
 * to write as much would not have waited.
 */
static bool is_cut_to_window(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;
	/* Of what length its full segments are, or at least: options take some of what the peer offers. */
	uint32_t full = p->f->pace != NULL ? p->f->pace->side[p->from].big : 0;
	int64_t waited_ns = p->now_ns - MAX(s->sent_ns, s->progress_ns);

	return p->seg->len == r->window &&
	       (p->seg->len < full || p->seg->len + TCPSIM_MAX_OPTIONS_LEN < r->mss) &&
	       r->seen & FLOW_TALKED && tcpsim_seq_eq(p->seg->seq, s->una) &&
	       waited_ns >= ((int64_t)s->rtt_min_us + r->rtt_min_us) * 1000 + PERSIST_NS;
}

static void note_fresh(struct passing *p)
{
	struct flow_side *s = p->s;

	if (is_cut_to_window(p)) {
		flow_extra(p->o->flows, s)->cut_end = p->end;
		s->seen |= FLOW_CUT;
		p->cut = true;
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_WINDOW_PROBE);
	}
	s->sent_ns = p->left_ns;
	p->fresh = true;
	if (p->f->pace != NULL)
		p->f->pace->side[p->from].original = observer_is_original(p);
	if (!(s->seen & (FLOW_TIMING | FLOW_RST_STATE))) {
		s->timed = p->end;
		s->timed_us = (uint32_t)(p->now_ns / 1000);
		s->seen |= FLOW_TIMING;
	}
	if (p->r->seen & FLOW_TALKED && p->r->window > 0 &&
		(uint32_t)tcpsim_seq_diff(s->nxt, s->una) == p->r->window)
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_WINDOW_FULL);
}

static void take_bytes(struct passing *p, tcpsim_seq start)
{
	struct flow_side *s = p->s;
	bool sent = s->seen & FLOW_SENT;
	tcpsim_seq next = sent ? s->nxt : start;
	const struct flow_hole *at =
		sent && tcpsim_seq_lt(start, next) ? flow_hole_at(s, start) : NULL;
	struct flow_hole hole = at ? *at : (struct flow_hole){0};
	struct flow_hole opened = {.opened_ns = p->now_ns,
		.ts_val =
			p->seg->options.present & TCPSIM_HAS_TIMESTAMP ? p->seg->options.ts_val : 0,
		.ip_id = p->ip_id};
	uint32_t fresh = flow_cover(p->o->flows, s, start, p->end, &opened);
	uint32_t old = p->seg->len - fresh;

	s->unique_bytes += fresh;
	p->opens_gap = tcpsim_seq_gt(start, next);
	if (p->opens_gap)
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_GAP);
	if (tcpsim_seq_gt(p->end, next))
		note_fresh(p);
	if (old == 0 ? at == NULL
		     : fresh > 0 && old == 1) /* new, or a probe's byte and what follows */
		return;
	if (old == 0 ? was_overtaken(p, &hole) : fresh == 0 && observer_is_overtaken(p)) {
		s->out_of_order++;
		p->overtaken = true;
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_OUT_OF_ORDER);
		return;
	}
	p->fills_gap = old == 0;
	observer_repeated(p, observer_why_again(p, start));
	s->sent_ns = p->left_ns;
}

/* An ACK that had to go, and bears the FIN again since nobody has acknowledged that (BSD does so):
 * it says something new, or answers what must be answered. */
static bool fin_rides_on_ack(const struct passing *p)
{
	const struct tcpsim_profile *system = observer_system(p->s);

	if (p->seg->len > 0 || !(p->seg->flags & TCPSIM_ACK))
		return false;
	if (!tcpsim_seq_eq(p->seg->ack, p->s->ack))
		return true;
	if (system != NULL && !system->ack_repeats_fin)
		return false;
	return observer_was_asked(p) || (p->s->dup_run == 0 && !observer_timer_can_have_run(p) &&
						p->left_ns - p->s->sent_ns < FIN_TIMER_NS);
}

/* The FIN again. That the first one arrived was presumed; from now on it is only believed when it
 * is acknowledged. */
static void fin_again(struct passing *p)
{
	struct flow_side *s = p->s;

	if (p->overtaken || s->seen & FLOW_RST_STATE || fin_rides_on_ack(p))
		return;
	if (!p->again && observer_is_overtaken(p)) {
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_OUT_OF_ORDER);
		return;
	}
	if (!p->again)
		observer_repeated(p, s->seen & FLOW_FIN_ACKED ? TCPSIM_RULE_OBSERVE_AGAIN_NEEDLESS
							      : TCPSIM_RULE_OBSERVE_AGAIN_FIN);
	s->sent_ns = p->left_ns;
	if (s->seen & FLOW_FIN_ACKED)
		return;
	s->seen |= FLOW_FIN_LOST;
	observer_fin_unheard(p, observer_other(p->from));
}

static void take_fin(struct passing *p)
{
	struct flow_side *s = p->s, *r = p->r;
	tcpsim_seq fin_end = tcpsim_seq_add(p->end, 1);

	if (s->seen & FLOW_FIN && tcpsim_seq_eq(s->fin_end, fin_end)) {
		fin_again(p);
		return;
	}
	s->seen |= FLOW_FIN;
	s->fin_end = fin_end;
	if (!(s->seen & FLOW_SENT) || tcpsim_seq_gt(fin_end, s->nxt)) {
		struct flow_hole opened = {.opened_ns = p->now_ns, .ip_id = p->ip_id};
		flow_cover(p->o->flows, s, p->end, p->end, &opened);
		s->nxt = fin_end;
		s->sent_ns = p->left_ns;
		p->fresh = true;
	}
	/* Does it know of the peer's FIN? If not, they crossed. */
	bool knows = !(p->seg->flags & TCPSIM_ACK) || tcpsim_seq_ge(p->seg->ack, r->fin_end);
	if (r->seen & FLOW_FIN && s->state == TCPSIM_CLOSE_WAIT && !knows)
		observer_enter(p, p->from, TCPSIM_CLOSING, TCPSIM_RULE_OBSERVE_CROSSED_FINS);
	else
		observer_event(p, p->from, OBSERVER_SENT_FIN);
}

static void show_service(struct passing *p)
{
	p->s->seen |= FLOW_SERVED;
	if (p->f->listener != FLOW_NONE && p->from != p->f->client)
		listeners_served(p->o->listeners, p->f, p->packet->number, p->now_ns);
}

void observer_text(struct passing *p)
{
	const struct tcpsim_segment *seg = p->seg;
	struct flow_side *s = p->s;
	tcpsim_seq start = tcpsim_seq_add(seg->seq, !!(seg->flags & TCPSIM_SYN));

	if (take_probe(p))
		return;
	if (seg->len == 0 && !(seg->flags & TCPSIM_FIN)) {
		if (!(s->seen & FLOW_SENT)) {
			s->seen |= FLOW_SENT;
			s->nxt = seg->seq;
		}
		return;
	}
	if (is_outside(p, start)) {
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_OUTSIDE);
		return;
	}
	if (s->seen & FLOW_FIN && seg->len > 0 && tcpsim_seq_gt(p->end, s->fin_end))
		observer_mark(p, p->from, TCPSIM_RULE_OBSERVE_AFTER_FIN);
	if (seg->len > 0) {
		s->seen |= FLOW_TEXT;
		take_bytes(p, start);
	}
	if (seg->flags & TCPSIM_FIN)
		take_fin(p);
	show_service(p);
	if (s->seen & FLOW_FIN && !(s->seen & (FLOW_FIN_TAKEN | FLOW_FIN_LOST)) &&
		tcpsim_seq_ge(flow_contiguous(s, s->una), tcpsim_seq_sub(s->fin_end, 1)))
		fin_taken(p, observer_other(p->from));
}
