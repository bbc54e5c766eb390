/*
 * What the time of a connection went into, decided sending by sending: see pace.h. The other half,
 * what is measured rather than decided, is in rounds.c.
 */
#include "traces/observer/pace.h"
#include "time_units.h"
#include "traces/observer/inner.h"
#include "traces/observer/pace_inner.h"

#include <glib.h>
#include <string.h>

/* How late text may leave behind what freed it: a busy host. */
#define PROMPT_NS (1 * NSEC_PER_MSEC)
/* Segments so close to each other left in one go. */
#define BURST_NS (1 * NSEC_PER_MSEC)
/* Rounds without growth after which a window that never lost anything is the send buffer: slow
 * start doubles (RFC 5681 §3.1). After a loss it grows by a segment a round, or rests for long
 * (RFC 9438 §4.2). */
#define FLAT_ROUNDS	 3
#define FLAT_ROUNDS_LOST 16
/* 536 less options. */
#define LEAST_SEGMENT 496
/* A buffer that is smaller than this is nobody's; so little in flight is a program's. */
#define LEAST_BUFFER 4096

struct way pace_way_of(struct observer *o, struct flow *f, unsigned side)
{
	return (struct way){o, f, &f->pace->side[side], side};
}

/* From here to that end. */
int64_t pace_one_way_ns(const struct flow *f, unsigned side)
{
	return (int64_t)f->side[!side].rtt_min_us * 500;
}

static int64_t prompt_ns(const struct way *w)
{
	int64_t turn_us = w->f->side[!w->side].rtt_min_us;
	int64_t late_us = (int64_t)w->f->side[!w->side].rtt_us - turn_us;

	/* On a path whose delay varies what follows is known no better than that. */
	return PROMPT_NS + 1000 * (turn_us / 8 + CLAMP(late_us, 0, turn_us / 2));
}

static uint32_t segment_size(const struct way *w)
{
	uint16_t mss = w->f->side[!w->side].mss;

	/* The peer's offer bounds a segment; captures may hold larger ones, of offloading. */
	return mss > 0 ? MIN(w->s->big, mss) : w->s->big;
}

/* More followed, as a rule: what is shorter than others were, or than any path makes a segment
 * (RFC 9293 §3.7.1: 536), is a message or the end of one. */
static bool last_was_full(const struct way *w)
{
	return w->s->last_len >= segment_size(w) && w->s->last_len >= LEAST_SEGMENT;
}

/* ---- dividing the time ---- */

static enum observer_certainty certainty_of(enum flow_limit limit)
{
	switch (limit) {
	case FLOW_LIMIT_HANDSHAKE:
	case FLOW_LIMIT_IDLE: return OBSERVER_SEEN;
	/* Each is told where the other was so, in one of four. */
	case FLOW_LIMIT_CONGESTION:
	case FLOW_LIMIT_BUFFER: return OBSERVER_SUSPECTED;
	default: return OBSERVER_INFERRED;
	}
}

static void keep(struct way *w, int64_t to_ns, enum flow_limit limit)
{
	struct flow_interval stretch = {.from_ns = w->s->accounted_ns,
		.to_ns = to_ns,
		.limit = (uint8_t)limit,
		.certainty = (uint8_t)certainty_of(limit)};

	flow_table_grew(w->o->flows, (ptrdiff_t)figures_keep_limit(w->s->kept, &stretch));
}

void pace_spend(struct way *w, int64_t to_ns, enum flow_limit limit)
{
	float seconds = (float)(to_ns - w->s->accounted_ns) * 1e-9f;

	if (to_ns <= w->s->accounted_ns)
		return;
	w->s->limit_s[limit] += seconds;
	if (limit == FLOW_LIMIT_CONGESTION)
		w->s->flat_s += seconds;
	if (w->s->kept != NULL)
		keep(w, to_ns, limit);
	w->s->accounted_ns = to_ns;
}

bool pace_nothing_out(const struct pace_side *s)
{
	return tcpsim_seq_ge(s->una, s->nxt);
}

/* What the peer's window has left. */
int32_t pace_usable(const struct pace_side *s)
{
	return tcpsim_seq_diff(tcpsim_seq_add(s->una, s->window), s->nxt);
}

/* Without the peer's SYN its scale is not known, and nothing but a shut window is sure. */
static bool window_is_short(const struct way *w)
{
	if (!(w->f->side[!w->side].seen & (FLOW_SYN | FLOW_SYN_ACK)))
		return w->s->window == 0;
	return pace_usable(w->s) < (int32_t)MAX(segment_size(w), 1);
}

/* More text waited: for what? */
enum flow_limit pace_held_by(const struct way *w)
{
	const struct pace_side *s = w->s;

	if (s->wanted)
		return FLOW_LIMIT_WINDOW;
	if (s->flat)
		return FLOW_LIMIT_BUFFER;
	/* A short segment is the last that was there, or the next one waits by Nagle's rule (RFC
	 * 1122 §4.2.3.4). */
	return last_was_full(w) ? FLOW_LIMIT_CONGESTION : FLOW_LIMIT_PATH;
}

/* Nothing was outstanding from empty_ns on, and nothing waited. */
void pace_spend_idle(struct way *w, int64_t to_ns, bool own_text)
{
	struct pace_side *s = w->s;

	pace_spend(w, MIN(s->empty_ns, to_ns), FLOW_LIMIT_PATH);
	if (s->text_since && s->turn_ns < to_ns)
		pace_spend(w, s->turn_ns, FLOW_LIMIT_IDLE);
	pace_spend(w, to_ns,
		!s->fin && (own_text || s->text_since) ? FLOW_LIMIT_APPLICATION : FLOW_LIMIT_IDLE);
}

/* ---- what reaches the sender ---- */

/* The most in flight has not grown for so many rounds: congestion control would have. */
static void note_round(struct way *w)
{
	struct pace_side *s = w->s;

	if (tcpsim_seq_lt(s->una, s->round))
		return;
	s->round = s->nxt;
	if (s->rounds < UINT8_MAX)
		s->rounds++;
	if (s->flat || s->high < LEAST_BUFFER ||
		s->rounds < (s->lost ? FLAT_ROUNDS_LOST : FLAT_ROUNDS))
		return;
	s->flat = true;
	s->limit_s[FLOW_LIMIT_CONGESTION] -= MIN(s->flat_s, s->limit_s[FLOW_LIMIT_CONGESTION]);
	s->limit_s[FLOW_LIMIT_BUFFER] += s->flat_s;
	if (s->kept != NULL)
		figures_rename_limit(s->kept, s->flat_ns, FLOW_LIMIT_CONGESTION, FLOW_LIMIT_BUFFER);
	s->flat_s = 0;
}

void pace_peer_speaks(struct way *w, int64_t at_ns)
{
	struct pace_side *s = w->s;

	/* Its answer may set text going that waited for nothing but the acknowledgment in it. */
	if (last_was_full(w) && s->empty_ns == at_ns)
		;
	else if (pace_nothing_out(s) && !s->wanted && !s->recovering) {
		pace_spend(w, MIN(s->empty_ns, at_ns), FLOW_LIMIT_PATH);
		pace_spend(w, at_ns, FLOW_LIMIT_IDLE);
	}
	s->turn_ns = at_ns;
	s->text_since = true;
}

static void ack_arrives(struct way *w, const struct pace_ack *ack)
{
	struct pace_side *s = w->s;
	int64_t at_ns = MAX(ack->at_ns, s->ack_ns);

	if (s->recovering)
		pace_spend(w, at_ns, FLOW_LIMIT_RECOVERY);
	if (tcpsim_seq_gt(ack->ack, s->una)) {
		bool out = !pace_nothing_out(s);

		s->una = ack->ack;
		s->progress_ns = at_ns;
		if (s->recovering && tcpsim_seq_ge(s->una, s->recover))
			s->recovering = false;
		note_round(w);
		if (out && pace_nothing_out(s)) {
			s->empty_ns = at_ns;
			/* Nothing of it went twice: that long a segment gets through. */
			if (!s->lost)
				s->big_acked = s->big;
		}
	} else if (ack->window > s->window) {
		s->progress_ns = at_ns;
	}
	if (ack->text)
		pace_peer_speaks(w, at_ns);
	s->window = ack->window;
	s->wanted |= window_is_short(w);
	s->ack_ns = at_ns;
}

void pace_first_ack_arrives(struct way *w)
{
	struct pace_ack first = w->s->acks[0];

	w->s->n_acks--;
	memmove(&w->s->acks[0], &w->s->acks[1], w->s->n_acks * sizeof(w->s->acks[0]));
	ack_arrives(w, &first);
}

/* Those that are there by then, and those that this sending proves to have been. */
static void acks_arrive(struct way *w, int64_t until_ns, tcpsim_seq end)
{
	struct pace_side *s = w->s;

	while (s->n_acks > 0 && (s->acks[0].at_ns <= until_ns ||
					tcpsim_seq_gt(end, tcpsim_seq_add(s->una, s->window))))
		pace_first_ack_arrives(w);
}

/* On its way. Of many every other one is enough. */
void pace_ack_leaves(struct way *w, const struct pace_ack *ack, int64_t now_ns)
{
	struct pace_side *s = w->s;

	if (ack->at_ns - now_ns < PROMPT_NS / 10) { /* the sender is here */
		while (s->n_acks > 0)
			pace_first_ack_arrives(w);
		ack_arrives(w, ack);
		return;
	}
	/* What it sent by then has passed. */
	while (s->n_acks > 0 && s->acks[0].at_ns <= 2 * now_ns - ack->at_ns)
		pace_first_ack_arrives(w);
	if (s->n_acks == PACE_ACKS) {
		unsigned n = 0;

		for (unsigned i = 1; i < PACE_ACKS; i += 2) {
			s->acks[i].text |= s->acks[i - 1].text;
			s->acks[n++] = s->acks[i];
		}
		s->n_acks = (uint8_t)n;
	}
	s->acks[s->n_acks++] = *ack;
}

/* ---- what it sends ---- */

static bool waited_for_a_timer(const struct way *w, enum tcpsim_rule why, int64_t at_ns)
{
	if (why == TCPSIM_RULE_OBSERVE_AGAIN_FAST)
		return false;
	return why != TCPSIM_RULE_OBSERVE_AGAIN || at_ns - w->s->ack_ns > prompt_ns(w);
}

static void sends_again(struct way *w, int64_t at_ns, enum tcpsim_rule why)
{
	struct pace_side *s = w->s;

	if (!s->recovering && waited_for_a_timer(w, why, at_ns))
		pace_spend(w, MAX(s->sent_ns, s->progress_ns), pace_held_by(w));
	else if (!s->recovering)
		pace_spend(w, at_ns, pace_held_by(w));
	pace_spend(w, at_ns, FLOW_LIMIT_RECOVERY);
	if (!pace_nothing_out(s)) {
		s->recovering = true;
		s->recover = s->nxt;
	}
	s->lost = true;
	s->flat = false;
	s->high = (uint32_t)MAX(tcpsim_seq_diff(s->nxt, s->una), 0) / 2;
	s->rounds = 0;
	s->flat_ns = at_ns;
	s->flat_s = 0;
	s->sent_ns = at_ns;
}

/* Segments that left in one go may pass at the pace of a slow link: a full one has others behind
 * it. */
static bool goes_on(const struct way *w, int64_t at_ns)
{
	return at_ns - w->s->sent_ns <= BURST_NS || last_was_full(w);
}

/* New text left: what the time before it went into. */
static void explain(struct way *w, int64_t at_ns, uint32_t len, bool at_once)
{
	struct pace_side *s = w->s;
	bool freed = len > 0 && !at_once && at_ns - s->progress_ns <= prompt_ns(w);

	if (s->recovering)
		pace_spend(w, at_ns, FLOW_LIMIT_RECOVERY);
	else if (!s->begun)
		pace_spend_idle(w, at_ns, true);
	else if (!pace_nothing_out(s) && !freed && goes_on(w, at_ns))
		return;
	else if (!pace_nothing_out(s))
		pace_spend(w, at_ns, freed ? pace_held_by(w) : FLOW_LIMIT_PATH);
	else if (freed && (last_was_full(w) || !(s->text_since && s->turn_ns >= s->progress_ns)))
		pace_spend(w, at_ns, pace_held_by(w));
	else if (s->wanted &&
		 (int32_t)len >= pace_usable(s)) /* the override of RFC 9293 §3.8.6.2.1 */
		pace_spend(w, at_ns, FLOW_LIMIT_WINDOW);
	else
		pace_spend_idle(w, at_ns, true);
}

static void note_flight(struct way *w, int64_t at_ns)
{
	struct pace_side *s = w->s;
	uint32_t flight = (uint32_t)MAX(tcpsim_seq_diff(s->nxt, s->una), 0);

	if (flight <= s->high + s->big / 2)
		return;
	s->high = flight;
	s->rounds = 0;
	s->round = s->nxt;
	s->flat = false;
	s->flat_ns = at_ns;
	s->flat_s = 0;
}

/*
 * The sender's own clock says that it left together with the text before it (RFC 7323 §4.1: a tick
 * may be anything from 1 ms to 1 s; one that is coarse says nothing).
 */
static bool same_moment(struct pace_side *s, const struct passing *p)
{
	const struct tcpsim_options *o = &p->seg->options;
	const struct pace_clock *c = &s->clock;
	bool same, fine;

	if (!(o->present & TCPSIM_HAS_TIMESTAMP))
		return false;
	same = s->stamped && s->stamp_last == o->ts_val;
	s->stamped = true;
	s->stamp_last = o->ts_val;
	fine = p->now_ns - c->first_ns > 20 * NSEC_PER_MSEC &&
	       (int64_t)(o->ts_val - c->first) * 4 * NSEC_PER_MSEC > p->now_ns - c->first_ns;
	return same && fine;
}

static void sends_new(
	struct way *w, int64_t at_ns, uint32_t len, tcpsim_seq end, bool fin, bool at_once)
{
	struct pace_side *s = w->s;

	explain(w, at_ns, len, at_once);
	if (pace_nothing_out(s))
		s->idle_s = (float)(at_ns - MAX(s->empty_ns, s->turn_ns)) * 1e-9f;
	s->begun = true;
	s->nxt = end;
	s->sent_ns = at_ns;
	/* What was still on its way to it comes behind. */
	s->text_since = s->turn_ns > at_ns;
	s->fin |= fin;
	if (len > 0) {
		s->last_len = len;
		s->big = MAX(s->big, len);
	}
	s->wanted = window_is_short(w);
	note_flight(w, at_ns);
}

void pace_sends(struct passing *p, struct way *w)
{
	const struct tcpsim_segment *seg = p->seg;
	bool fin = seg->flags & TCPSIM_FIN;
	tcpsim_seq end = tcpsim_seq_add(p->end, fin);
	int64_t at_ns;

	if (seg->len == 0 && !fin && !p->probes)
		return;
	at_ns = MAX(p->now_ns - pace_one_way_ns(p->f, w->side), w->s->sent_ns);
	acks_arrive(w, at_ns, end);
	if (p->probes) {
		if (p->r->seen & FLOW_ZERO_WINDOW) {
			w->s->probed = true;
			pace_spend(w, at_ns, FLOW_LIMIT_WINDOW);
		}
		return;
	}
	if (p->again)
		sends_again(w, at_ns, p->rule);
	if (tcpsim_seq_gt(end, w->s->nxt) && !p->overtaken)
		sends_new(w, at_ns, seg->len, end, fin, same_moment(w->s, p));
}
