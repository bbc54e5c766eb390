/*
 * Silences that held a connection up: longer than 200 ms and a round trip, or than a round trip and
 * a half and 30 ms. What ends a silence tells who was waited for: a repetition, the window's
 * opening, an acknowledgment that came late and set more text going, or text of an end whose peer
 * had said all and could do nothing.
 */
#include "traces/observer/stalls.h"
#include "traces/flow/flow.h"
#include "traces/observer/again.h"
#include "traces/observer/inner.h"
#include "traces/observer/pace.h"

#include <glib.h>

#define STALL_NS ((int64_t)200000000)
/* Shorter ones: no system delays an ACK for less (Linux: 40 ms). */
#define SHORT_STALL_NS ((int64_t)30000000)
/* Boxes on the way forget a connection that is silent; that takes longer. */
#define IDLE_S 10.0f
/* Text that long after what freed it was somebody's decision. */
#define PROMPT_NS ((int64_t)2000000)
/* Who answers sooner is the host where the capture was taken. */
#define HERE_US 100

bool observer_is_quiet(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;

	return s->seen & r->seen & FLOW_SENT && tcpsim_seq_ge(s->una, s->nxt) &&
	       tcpsim_seq_ge(r->una, r->nxt);
}

static struct pace_side *pace_of(const struct passing *p, unsigned side)
{
	return p->f->pace != NULL ? &p->f->pace->side[side] : NULL;
}

static bool is_long(const struct passing *p, int64_t ns)
{
	int64_t rtt_ns = observer_rtt_ns(p);

	return (ns >= STALL_NS && ns > rtt_ns) ||
	       (rtt_ns > 0 && ns > rtt_ns + rtt_ns / 2 + SHORT_STALL_NS);
}

static void add(struct passing *p, const struct flow_stall *stall)
{
	uint32_t most = p->o->keep_limits ? FIGURES_MANY : FIGURES_FEW_STALLS;

	flow_table_grew(p->o->flows,
		(ptrdiff_t)figures_add_stall(flow_figures(p->o->flows, p->f), stall, most));
}

/* ---- what ends it is a repetition ---- */

static enum flow_stall_cause lost_syn(const struct passing *p)
{
	/* What came between its SYNs may have asked for it. */
	if (p->s->seen & FLOW_SYN_ANSWER)
		return FLOW_N_STALLS;
	return p->seg->flags & TCPSIM_ACK || p->r->seen & FLOW_SYN_ACK ? FLOW_STALL_LOST_SYN_ACK
								       : FLOW_STALL_LOST_SYN;
}

/* Again and again, and nothing of that length ever got through, while shorter ones do (RFC 2923
 * §2.1). */
static bool is_black_hole(const struct passing *p, const struct pace_side *s)
{
	return p->s->unanswered >= 2 && s != NULL && p->seg->len > 536 &&
	       p->seg->len > s->big_acked;
}

static enum flow_stall_cause repetition(const struct passing *p)
{
	const struct pace_side *s = pace_of(p, p->from);

	if (p->seg->flags & TCPSIM_SYN)
		return lost_syn(p);
	if (p->rule == TCPSIM_RULE_OBSERVE_AGAIN_NEEDLESS)
		return FLOW_STALL_NEEDLESS;
	if (p->rule == TCPSIM_RULE_OBSERVE_AGAIN_PROBE)
		return FLOW_STALL_TAIL_LOSS;
	if (is_black_hole(p, s))
		return FLOW_STALL_BLACK_HOLE;
	if (p->s->unanswered >= 2)
		return FLOW_STALL_TWICE_LOST;
	if (p->rule == TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT)
		return s != NULL && s->idle_s >= IDLE_S ? FLOW_STALL_AFTER_IDLE
							: FLOW_STALL_TIMEOUT;
	return FLOW_STALL_LOSS;
}

/* ---- or something new ---- */

/* Its program: this end had nothing outstanding, and owed its peer no more than an answer. */
static bool is_thinking(const struct passing *p, bool quiet)
{
	return p->fresh && !p->opens_gap && !p->probes && !p->overtaken &&
	       (quiet || (tcpsim_seq_ge(p->seg->seq, p->s->una) &&
				 tcpsim_seq_eq(p->seg->seq, p->s->una) &&
				 tcpsim_seq_ge(p->r->una, p->r->nxt)));
}

static enum flow_stall_cause cause(const struct passing *p, bool quiet)
{
	if (p->again)
		return repetition(p);
	if (p->cut)
		return FLOW_STALL_ZERO_WINDOW;
	if (!is_thinking(p, quiet))
		return FLOW_N_STALLS;
	return p->from == flow_client(p->f) ? FLOW_STALL_CLIENT : FLOW_STALL_SERVER;
}

bool observer_is_sent_here(const struct passing *p)
{
	return p->r->rtt_min_us > 0 && p->r->rtt_min_us < HERE_US;
}

/* Its identification shows that none lies between its sender's last packet and this one; behind a
 * repetition that says nothing of what went before. */
static bool is_next(const struct passing *p)
{
	const struct flow_side *s = p->s;

	return s->seen & FLOW_ID_VARIES && p->ip_id_before != 0 &&
	       p->ip_id == (uint16_t)(p->ip_id_before + 1) &&
	       (s->extra == NULL || s->extra->again_ns != s->last_ns);
}

bool observer_is_original(const struct passing *p)
{
	return observer_is_sent_here(p) || is_next(p) || !is_long(p, p->silent_ns);
}

/*
 * Text that ends a silence may be a repetition whose original was lost before it came here, or have
 * been under way for longer than others were: a long silence is no path's.
 */
static bool is_surely_thinking(const struct passing *p, int64_t silent_ns)
{
	if (observer_is_sent_here(p))
		return true;
	return is_next(p) && observer_answer_ns(p->r) > 0 &&
	       silent_ns >= 2 * MAX(observer_rtt_ns(p),
					observer_answer_ns(p->s) + observer_answer_ns(p->r)) +
				    STALL_NS;
}

static enum observer_certainty certainty(
	enum flow_stall_cause why, const struct passing *p, int64_t silent_ns)
{
	switch (why) {
	case FLOW_STALL_BLACK_HOLE:
	case FLOW_STALL_AFTER_IDLE: return OBSERVER_SUSPECTED;
	case FLOW_STALL_SERVER:
	case FLOW_STALL_CLIENT:
		return is_surely_thinking(p, silent_ns) ? OBSERVER_INFERRED : OBSERVER_SUSPECTED;
	case FLOW_STALL_ZERO_WINDOW: /* text cut to it, unless that had gone before */
		return observer_is_sent_here(p) || is_next(p) ? OBSERVER_INFERRED
							      : OBSERVER_SUSPECTED;
	case FLOW_STALL_LOSS:
		return p->rule == TCPSIM_RULE_OBSERVE_AGAIN ? OBSERVER_SUSPECTED
							    : OBSERVER_INFERRED;
	default: return OBSERVER_INFERRED;
	}
}

/* ---- those that are known when text follows ---- */

/* The ACK of a short segment came late: a delayed ACK, if that sets text going which had waited by
 * Nagle's rule (RFC 1122 §4.2.3.2, §4.2.3.4). */
static void note_late_ack(struct passing *p, int64_t from_ns)
{
	struct pace_side *r = pace_of(p, observer_other(p->from));
	int64_t turn_ns = (int64_t)p->r->rtt_min_us * 1000;

	if (r == NULL || p->seg->len > 0 || p->seg->flags & TCPSIM_FIN ||
		p->r->progress_ns != p->now_ns || p->now_ns - from_ns < turn_ns + SHORT_STALL_NS ||
		r->last_len == 0 || r->last_len >= r->big || tcpsim_seq_gt(p->r->nxt, p->r->una))
		return;
	r->waits = true;
	r->freed = (struct flow_stall){.from_ns = from_ns,
		.to_ns = p->now_ns,
		.before = p->f->last_packet,
		.after = p->packet->number,
		.cause = FLOW_STALL_DELAYED_ACK,
		.side = (uint8_t)p->from,
		.certainty = OBSERVER_INFERRED};
}

/* The window that this end had shut is open. */
static void note_opening(struct passing *p)
{
	struct pace_side *s = pace_of(p, p->from), *r = pace_of(p, observer_other(p->from));
	struct flow_stall stall;

	if (s == NULL || !s->shut || p->s->seen & FLOW_ZERO_WINDOW)
		return;
	stall = (struct flow_stall){.from_ns = s->shut_ns,
		.to_ns = p->now_ns,
		.before = s->shut_packet,
		.after = p->packet->number,
		.cause = FLOW_STALL_ZERO_WINDOW,
		.side = (uint8_t)p->from,
		.certainty = r->recovering ? OBSERVER_SUSPECTED : OBSERVER_SEEN};
	if (!is_long(p, p->now_ns - s->shut_ns))
		return;
	if (r->probed) {
		add(p, &stall);
		return;
	}
	r->freed = stall;
	r->waits = true;
}

/* Text follows what freed it. */
static void confirm(struct passing *p)
{
	struct pace_side *s = pace_of(p, p->from);

	if (s == NULL || !s->waits || p->seg->len == 0)
		return;
	/* This end is as far away as it takes to answer. */
	if (p->now_ns - s->freed.to_ns <= (int64_t)p->r->rtt_min_us * 1000 * 5 / 4 + PROMPT_NS)
		add(p, &s->freed);
	s->waits = false;
}

void observer_stall(struct passing *p, int64_t from_ns, bool quiet, bool shut)
{
	enum flow_stall_cause why;
	struct flow_stall stall;

	confirm(p);
	if (shut)
		note_opening(p);
	if (p->now_ns - from_ns < SHORT_STALL_NS)
		return;
	note_late_ack(p, from_ns);
	if (shut || p->r->seen & FLOW_ZERO_WINDOW || !is_long(p, p->now_ns - from_ns))
		return;
	why = cause(p, quiet);
	if (why == FLOW_N_STALLS)
		return;
	stall = (struct flow_stall){.from_ns = from_ns,
		.to_ns = p->now_ns,
		.before = p->f->last_packet,
		.after = p->packet->number,
		.cause = (uint8_t)why,
		.certainty = (uint8_t)certainty(why, p, p->now_ns - from_ns),
		/* whose window it is that text was cut to */
		.side = (uint8_t)(why == FLOW_STALL_ZERO_WINDOW ? observer_other(p->from)
								: p->from)};
	add(p, &stall);
}
