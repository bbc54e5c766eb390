/*
 * Why a segment was sent again. Each kind has one function that says whether what the sender could
 * know at that moment leaves it as the cause: duplicate ACKs and SACK blocks that had just come
 * (RFC 5681, 6675), an ICMP error (RFC 1191), the time since it last sent or heard (RFC 6298),
 * which of the outstanding segments it chose (RFC 8985 §7), its own stamps. Where two are left the
 * kind is not told: observe/retransmission.
 */
#include "traces/observer/again.h"
#include "traces/observer/inner.h"
#include "traces/observer/pace.h"
#include "traces/observer/system.h"

#include <glib.h>
#include <stdlib.h>

/* No host's retransmission timer is shorter than this beyond the round trip (Linux and FreeBSD
 * 200 ms); where one is a second at the least, it may be no longer than a round trip that is. */
#define RTO_MARGIN_NS	((int64_t)175000000)
#define LEAST_RTO_NS	((int64_t)500000000)
#define LEAST_MARGIN_NS ((int64_t)30000000)
/* How late an answer may be beyond the quickest one seen: a busy host, a delayed ACK's. */
#define TURN_SLACK_NS ((int64_t)10000000)
/* Segments so close to each other left in one go. */
#define BURST_NS ((int64_t)2000000)
/* IPv4 and TCP without options. */
#define LEAST_HEADERS 40
/* So long behind a timeout what fills a gap may still be of before. */
#define AFTER_TIMEOUT_NS ((int64_t)3000000000)

int64_t observer_rtt_ns(const struct passing *p)
{
	return ((int64_t)p->s->rtt_us + p->r->rtt_us) * 1000;
}

int64_t observer_answer_ns(const struct flow_side *s)
{
	if (s->rtt_min_us == 0 && s->extra != NULL)
		return (int64_t)s->extra->answer_us * 1000;
	return (int64_t)s->rtt_min_us * 1000;
}

/* The least that a retransmission timer of that system waits: its own bound, and what it measures
 * is no less than the quickest round trip (RFC 6298 §2). */
static int64_t least_rto_ns(const struct passing *p)
{
	const struct tcpsim_profile *system = observer_system(p->s);
	int64_t rtt_ns = observer_answer_ns(p->s) + observer_answer_ns(p->r);

	if (system != NULL)
		return rtt_ns + (system->rto_min + system->rto_slop) * 7 / 8;
	return MAX(rtt_ns + LEAST_MARGIN_NS, MIN(rtt_ns + RTO_MARGIN_NS, LEAST_RTO_NS));
}

bool observer_timer_can_have_run(const struct passing *p)
{
	return p->left_ns - p->s->sent_ns >= least_rto_ns(p);
}

/* What passed the capture at `event_ns` was answered by this segment: it reached the sender and the
 * sender's answer came back here as soon as answers of that end do. */
bool observer_answers(const struct passing *p, int64_t event_ns)
{
	int64_t turn_ns = observer_answer_ns(p->r);
	/* RACK waits a quarter of a round trip for what may only be late (RFC 8985 §6.2). */
	int64_t reorder_ns = observer_rtt_ns(p) / 4;

	if (event_ns == 0)
		return false;
	if (turn_ns == 0) /* nothing of the kind was seen: a round trip at most */
		turn_ns = observer_rtt_ns(p);
	return p->left_ns - event_ns <= turn_ns + turn_ns / 4 + reorder_ns + TURN_SLACK_NS;
}

/* Text, SYN, FIN, and what lies below what was sent already: probes, and what is unacceptable (RFC
 * 9293 §3.10.7.4 first). */
void observer_note_asking(struct passing *p)
{
	if (tcp_segment_span(p->seg) > 0 ||
		(p->s->seen & FLOW_SENT && tcpsim_seq_lt(p->seg->seq, p->s->nxt)))
		p->s->asked_us = (uint32_t)(p->now_ns / 1000);
}

bool observer_was_asked(const struct passing *p)
{
	uint32_t ago_us = (uint32_t)(p->now_ns / 1000) - p->r->asked_us;

	return p->r->asked_us != 0 && observer_answers(p, p->now_ns - (int64_t)ago_us * 1000);
}

/* ---- the kinds ---- */

bool observer_is_overtaken(const struct passing *p)
{
	const struct flow_side *s = p->s;
	int16_t later = (int16_t)(p->ip_id - p->ip_id_before);

	/* An older stamp than this end has sent already: it left before, RFC 7323 §3.2. */
	if (p->seg->options.present & TCPSIM_HAS_TIMESTAMP && s->ts_newest != 0 &&
		p->seg->options.ts_val != s->ts_newest)
		return (int32_t)(p->seg->options.ts_val - s->ts_newest) < 0;
	return s->seen & FLOW_ID_VARIES && p->ip_id != 0 && p->ip_id_before != 0 && later < 0 &&
	       later > -1000;
}

static bool is_needless(const struct passing *p)
{
	return p->s->seen & FLOW_BASE && tcpsim_seq_le(p->end, p->s->una);
}

/* RFC 1191 §6.5, RFC 8899: an ICMP error told of a smaller path MTU, and what was too long for it
 * goes again at once. */
static bool is_path_mtu(const struct passing *p, tcpsim_seq start)
{
	const struct flow_extra *x = p->s->extra;

	if (x == NULL || x->pmtu_ns <= p->s->progress_ns || !observer_answers(p, x->pmtu_ns) ||
		tcpsim_seq_lt(start, x->pmtu_end))
		return false;
	/* One that is still too long left before the error was there. */
	return x->pmtu == 0 || p->seg->len + LEAST_HEADERS <= x->pmtu;
}

/* RFC 7413 §4.1.3: the SYN,ACK has not taken the SYN's text, which goes again at once. */
static bool is_fast_open(const struct passing *p, tcpsim_seq start)
{
	const struct flow_side *s = p->s;

	return s->seen & FLOW_SYN_TEXT && tcpsim_seq_eq(start, tcpsim_seq_add(s->base, 1)) &&
	       tcpsim_seq_eq(s->una, start) && observer_answers(p, s->progress_ns);
}

/* Enough stood against it so long ago that it would have gone then (RFC 5681 §3.2), and the timer
 * can have run since: it begins anew with each acknowledgment of something new (RFC 6298 §5.3). */
static bool is_overdue(const struct passing *p, tcpsim_seq start)
{
	const struct flow_side *s = p->s;

	return s->extra != NULL && s->extra->shown_ns != 0 && tcpsim_seq_le(start, s->una) &&
	       !observer_answers(p, s->extra->shown_ns) &&
	       p->left_ns - s->progress_ns >= least_rto_ns(p);
}

static bool loss_is_shown(const struct flow_side *s)
{
	return s->dup_run >= 1 ||
	       (s->seen & FLOW_SACKED && tcpsim_seq_gt(s->extra->sacked, s->una));
}

/* RFC 5681 §3.2, RFC 6675 §5, RFC 8985: loss was shown just before. */
static bool is_fast(const struct passing *p, tcpsim_seq start)
{
	const struct flow_side *s = p->s;
	const struct flow_extra *x = s->extra;

	/* Its original never came here. It may have been out when a timer ran not long ago, and go
	 * again under slow start; or be of a silence whose end alone was seen. */
	if (x == NULL)
		return false;
	if (p->fills_gap && (s->dup_run < 3 || (x->timeout_ns != 0 && p->now_ns - x->timeout_ns <
									      AFTER_TIMEOUT_NS)))
		return false;

	if (!observer_answers(p, x->loss_ns) || x->loss_ns < s->progress_ns || is_overdue(p, start))
		return false;
	/* The duplicates may be of a needless repetition, behind which a timeout's slow start goes
	 * on. */
	if (s->dup_run < 3 && x->timeout_ns > s->progress_ns && observer_answers(p, x->timeout_ns))
		return false;
	return s->dup_run >= 3 || (s->seen & FLOW_SACKED && tcpsim_seq_gt(x->sacked, s->una)) ||
	       (s->dup_run >= 1 && p->r->rtt_us > 0 && !observer_timer_can_have_run(p));
}

/* A probe needs SACK (RFC 8985 §3), goes once a flight (§7.2), and is its last segment (§7.3). */
static bool can_be_probe(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;
	const struct tcpsim_profile *system = observer_system(s);
	bool refused =
		(s->seen | r->seen) & (FLOW_SYN | FLOW_SYN_ACK) && !(s->seen & r->seen & FLOW_SACK);

	if (refused || (system != NULL && system->early_retrans < TCPSIM_EARLY_RETRANS_TLP))
		return false;
	/* What the persist timer has sent is watched by the retransmission timer. */
	if (s->seen & FLOW_CUT && tcpsim_seq_lt(s->una, s->extra->cut_end))
		return false;
	return (s->extra == NULL || s->extra->again_ns <= s->progress_ns) &&
	       tcpsim_seq_eq(tcpsim_seq_add(p->end, (p->seg->flags & TCPSIM_FIN) != 0), s->nxt);
}

/* A system that probes does so before its timer runs (RFC 8985 §7.2: no later than that), unless a
 * loss was shown. */
static bool must_be_probe(const struct passing *p)
{
	const struct flow_side *s = p->s;

	return observer_system(s) != NULL && can_be_probe(p) && !loss_is_shown(s) &&
	       !(s->seen & FLOW_RECOVERY) && p->r->packets > 0 && p->f->pace != NULL &&
	       p->f->pace->side[p->from].original;
}

/* What the sender's timer had waited: since it last sent text or heard of progress. */
static int64_t waited_ns(const struct passing *p)
{
	return p->left_ns - MAX(p->s->sent_ns, p->s->progress_ns);
}

static bool rtt_is_known(const struct passing *p)
{
	return p->s->rtt_us > 0 && p->r->rtt_us > 0;
}

/* Two round trips, and what a delayed ACK may take (RFC 8985 §7.2: WCDelAckT, 200 ms where one
 * segment is out). Nothing holds a probe up longer. */
static int64_t probe_ns(const struct passing *p)
{
	/* Of a SYN that went twice the sender has no sample, and waits as for the first one (RFC
	 * 6298 §2.1). */
	if (p->s->syn > 1 && tcpsim_seq_le(p->s->una, tcpsim_seq_add(p->s->base, 1)))
		return 1000 * (int64_t)1000000;
	return 2 * observer_rtt_ns(p) + 200 * (int64_t)1000000;
}

static bool too_late_for_a_probe(const struct passing *p)
{
	return rtt_is_known(p) && waited_ns(p) > probe_ns(p) * 5 / 4 + observer_rtt_ns(p);
}

static bool near(int64_t a, int64_t b)
{
	return llabs(a - b) <= b / 25 + 4 * (int64_t)1000000;
}

/* With only one segment out a probe and a timeout look alike but for the time they take, and that
 * tells only where the sender is near and no timeout that systems use would be as long (RFC 6298 §2
 * after one sample: three round trips; a round trip and 200 or 230 ms at the least). */
static bool has_the_time_of_a_probe(const struct passing *p)
{
	int64_t rtt_ns = observer_rtt_ns(p), ms = 1000000;

	return rtt_is_known(p) && p->r->rtt_min_us < 1000 && near(waited_ns(p), probe_ns(p)) &&
	       !near(waited_ns(p), 3 * rtt_ns) && !near(waited_ns(p), rtt_ns + 200 * ms) &&
	       !near(waited_ns(p), rtt_ns + 230 * ms) && !near(waited_ns(p), 1000 * ms);
}

static bool is_probe(const struct passing *p, tcpsim_seq start)
{
	if (must_be_probe(p))
		return waited_ns(p) >= observer_rtt_ns(p) * 3 / 2 && !too_late_for_a_probe(p);
	/* With the first one outstanding skipped no timeout is left (RFC 6298 §5.4). That the
	 * others are outstanding is only known of one whose peer's acknowledgments are here. */
	if (!can_be_probe(p))
		return false;
	if (!tcpsim_seq_lt(p->s->una, start))
		return has_the_time_of_a_probe(p);
	return p->s->seen & FLOW_UNA && p->r->packets > 0;
}

static bool is_timeout(const struct passing *p, tcpsim_seq start)
{
	const struct flow_side *s = p->s;

	if (!observer_timer_can_have_run(p))
		return false;
	/* Of a system that probes the probe itself may have been lost on its way here. */
	if (can_be_probe(p) && (must_be_probe(p) || !too_late_for_a_probe(p)))
		return false;
	/* What has shown a loss just before may be what it answers: a timer waits for silence. RACK
	 * may wait for what a SACK block has shown, as long as a round trip (RFC 8985 §6.2). */
	if (loss_is_shown(s) &&
		(p->left_ns - s->progress_ns < least_rto_ns(p) || observer_answer_ns(p->r) == 0 ||
			observer_answers(p, s->extra->loss_ns)))
		return false;
	return s->unanswered > 0 || tcpsim_seq_le(start, s->una);
}

/* ---- one of them ---- */

static enum tcpsim_rule begin(struct passing *p, enum tcpsim_rule rule)
{
	struct flow_side *s = p->s;

	s->recover = s->nxt;
	s->recovery = (uint16_t)rule;
	if (rule == TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT)
		flow_extra(p->o->flows, s)->timeout_ns = p->now_ns;
	s->seen |= FLOW_RECOVERY;
	return rule;
}

/* What goes again up to the recovery point goes for the same reason, unless a timer ran since. */
static bool goes_on(const struct passing *p, tcpsim_seq start)
{
	const struct flow_side *s = p->s;

	if (!(s->seen & FLOW_RECOVERY) || !tcpsim_seq_lt(start, s->recover))
		return false;
	/* What has gone in pieces that fit was not too long again; what is missing there may have
	 * been lost on its way here. */
	if (s->recovery == TCPSIM_RULE_OBSERVE_AGAIN_PATH_MTU &&
		tcpsim_seq_lt(start, s->extra->pmtu_end) && loss_is_shown(s))
		return false;
	/* What began in doubt stays so until loss is shown anew and beyond one. */
	if (s->recovery == TCPSIM_RULE_OBSERVE_AGAIN && s->dup_run >= 3 && !p->fills_gap &&
		s->extra->loss_ns > s->extra->again_ns)
		return false;
	/* Slow start sends on when something was acknowledged. */
	if (s->recovery == TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT &&
		!observer_answers(p, s->progress_ns) && p->left_ns - s->sent_ns > BURST_NS)
		return false;
	return !(observer_timer_can_have_run(p) && tcpsim_seq_le(start, s->una) &&
		 !observer_answers(p, s->progress_ns));
}

/* Behind a timeout or an ICMP error loss may be shown anew; and the first one may go again because
 * its repetition was lost. */
static bool other_fits(const struct passing *p, tcpsim_seq start)
{
	const struct flow_side *s = p->s;

	switch (s->recovery) {
	case TCPSIM_RULE_OBSERVE_AGAIN_FAST: return is_overdue(p, start);
	case TCPSIM_RULE_OBSERVE_AGAIN: return false;
	default:
		return loss_is_shown(s) && s->extra->loss_ns > s->progress_ns &&
		       observer_answers(p, s->extra->loss_ns);
	}
}

/* A repetition of what had arrived may be the timer's, too, whose slow start goes on behind it. */
static enum tcpsim_rule needless(struct passing *p, tcpsim_seq start)
{
	if (is_timeout(p, start))
		begin(p, TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT);
	return TCPSIM_RULE_OBSERVE_AGAIN_NEEDLESS;
}

/* Two causes fit. What follows is the slow start of a timeout, if this is one. */
static enum tcpsim_rule in_doubt(struct passing *p)
{
	if (p->s->recovery != TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT)
		p->s->recovery = TCPSIM_RULE_OBSERVE_AGAIN;
	return TCPSIM_RULE_OBSERVE_AGAIN;
}

enum tcpsim_rule observer_why_again(struct passing *p, tcpsim_seq start)
{
	bool within = p->s->seen & FLOW_RECOVERY && tcpsim_seq_lt(start, p->s->recover);

	if (is_needless(p))
		return needless(p, start);
	if (is_path_mtu(p, start))
		return begin(p, TCPSIM_RULE_OBSERVE_AGAIN_PATH_MTU);
	if (goes_on(p, start))
		return other_fits(p, start) ? in_doubt(p) : (enum tcpsim_rule)p->s->recovery;
	if (is_fast_open(p, start))
		return TCPSIM_RULE_OBSERVE_AGAIN_FAST_OPEN;
	if (is_fast(p, start) && !(within && p->s->recovery == TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT))
		return begin(p, TCPSIM_RULE_OBSERVE_AGAIN_FAST);
	if (is_probe(p, start))
		return TCPSIM_RULE_OBSERVE_AGAIN_PROBE;
	if (is_timeout(p, start))
		return begin(p, TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT);
	p->probe_fits = can_be_probe(p);
	return begin(p, TCPSIM_RULE_OBSERVE_AGAIN);
}
