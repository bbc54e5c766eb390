/*
 * What may leave now, and what is noted when it has left: the window's room, the next
 * retransmission, pacing.
 */
#include <loss/record.h>
#include <tcp/output.h>
#include <tcp/sender.h>
#include <tcp/sender_burst.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_send.h>
#include <tcp/sender_timer.h>

/* --- pacing --- */

/* The first ten segments leave unpaced: there is no rate to speak of yet. */
static void pace(struct tcp_tcb *tcb, uint32_t len)
{
	struct tcp_sender *s = &tcb->sender;
	uint64_t rate = tcb->cc.pacing_rate;
	int64_t before = s->pace_ns, now = tcb_now(tcb), takes, credit;

	if (!tcb->cc.paced)
		return;
	if (s->pace_ns < now)
		s->pace_ns = now;
	if (!rate || tcb->count.data_segs_out < 10)
		return;
	takes = (int64_t)((uint64_t)len * 1000000000u / rate);
	credit = s->pace_ns - before; /* a late start is caught up with by half */
	s->pace_ns += takes - (credit < takes / 2 ? credit : takes / 2);
}

int64_t sender_pace_deadline(const struct tcp_tcb *tcb)
{
	return tcb->cc.paced ? tcb->sender.pace_ns : 0;
}

/* --- new text --- */

/* BSD: one segment at a time is timed (RFC 1122 §4.2.3.1). */
static void time_segment(struct tcp_tcb *tcb, tcpsim_seq seq)
{
	struct tcp_sender *s = &tcb->sender;

	if (s->timing || !rtt_counts_ticks(tcb_sys(tcb)))
		return;
	s->timing = true;
	s->timed_seq = seq;
	s->timed_tick = (uint32_t)(tcb_now(tcb) / sender_tick(tcb));
}

static unsigned record_flags(unsigned sent_flags, bool last)
{
	return (last && sent_flags & SENT_FIN ? RECORD_FIN : 0) |
	       (sent_flags & SENT_JOINED ? RECORD_JOINED : 0);
}

/* A super-segment is as many records as it becomes segments on the wire. */
static void record(struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t span, unsigned sent_flags)
{
	uint32_t mss = tcb->snd.mss ? tcb->snd.mss : span, text = span - !!(sent_flags & SENT_FIN);

	/* A probe of the path's MTU and what a SYN carried are one segment, however long. */
	while (text > mss && !(sent_flags & (SENT_PROBE | SENT_SYN))) {
		loss_append(&tcb->loss, seq, mss, record_flags(sent_flags, false), tcb_now(tcb));
		sent_flags |= SENT_JOINED;
		seq = tcpsim_seq_add(seq, mss);
		span -= mss;
		text -= mss;
	}
	loss_append(&tcb->loss, seq, span, record_flags(sent_flags, true), tcb_now(tcb));
}

/* The probe left: the RTO counts from now, and SND.NXT tells later whether the probe repaired a
 * loss. */
static void probe_left(struct tcp_tcb *tcb, bool retransmission)
{
	tcb->sender.tlp_wanted = tcb->sender.tlp_resend = false;
	tcb->loss.tlp = true;
	tcb->loss.tlp_retrans = retransmission;
	tcb->loss.tlp_high_seq = tcb->snd.nxt;
	sender_rearm_rto(tcb, false);
}

bool sender_reserve(struct tcp_tcb *tcb, uint32_t len)
{
	if (loss_reserve(&tcb->loss, (tcb->snd.mss ? len / tcb->snd.mss : 0) + 1))
		return true;
	tcp_timer_set(tcb, TCPSIM_TIMER_PACE, tcb_now(tcb) + sender_rto(tcb));
	return false;
}

void sender_sent(struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t len, unsigned sent_flags)
{
	struct tcp_sender *s = &tcb->sender;
	struct tcp_loss *loss = &tcb->loss;
	uint32_t span = len + !!(sent_flags & SENT_FIN), before = loss->packets;
	bool was_probe = s->tlp_wanted;

	if (!span)
		return;
	record(tcb, seq, span, sent_flags);
	time_segment(tcb, seq);
	if (sender_in_reduction(tcb))
		s->prr_out += tcb->cc.bytes ? span : loss->packets - before;
	s->burst = true;
	pace(tcb, len);
	sender_limited_by(tcb, SENDER_BUSY);
	if (before == 0 || tcp_timer_runs(tcb, TCPSIM_TIMER_PROBE))
		sender_rearm_rto(tcb, before != 0);
	if (was_probe) {
		s->burst = false;
		probe_left(tcb, false);
		tcb->loss.tlp_high_seq = tcpsim_seq_max(tcb->snd.nxt, tcpsim_seq_add(seq, span));
	}
}

/* --- retransmissions --- */

void sender_retransmitted(struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t len, unsigned sent_flags)
{
	struct tcp_sender *s = &tcb->sender;
	struct tcp_loss *loss = &tcb->loss;
	uint32_t i = loss_find(loss, seq), head = loss->first;

	s->timing = false; /* Karn: RFC 6298 §3 */
	if (!s->super_left)
		s->super_many = false;
	mtu_probe_uncertain(tcb);
	pace(tcb, len);
	if (!loss_is_record(loss, i))
		return;
	if (s->tlp_resend) {
		loss_resent(loss, i, tcb_now(tcb), false);
		probe_left(tcb, true);
		return;
	}
	loss_resent(loss, i, tcb_now(tcb) - tcb->host->stamp_lag_ns, true);
	s->forced = false;
	if (!s->retrans_stamp_ns)
		s->retrans_stamp_ns = tcb_now(tcb);
	if (loss->undo_retrans < 0)
		loss->undo_retrans = 0;
	loss->undo_retrans++;
	if (sender_in_reduction(tcb))
		s->prr_out += tcb->cc.bytes ? loss_at(loss, i)->len : 1;
	if (i == head && !tcp_timer_runs(tcb, TCPSIM_TIMER_REORDER))
		sender_rearm_rto(tcb, false);
}

/* The first record at or after the hint that is lost and not on its way again. What must leave
 * whatever the counts say (RFC 6298 §5.4, tcp_retransmit_timer) is the earliest one. */
static bool find_lost(struct tcp_loss *loss, bool forced, uint32_t *index)
{
	uint32_t i = loss->hint;

	if (forced && !(loss_at(loss, loss->first)->flags & RECORD_SACKED)) {
		*index = loss->first;
		return true;
	}
	if (loss->retrans >= loss->lost)
		return false;
	if (!loss_is_record(loss, i))
		i = loss->first;
	for (; loss_is_record(loss, i); i++) {
		unsigned flags = loss_at(loss, i)->flags;

		if (flags & RECORD_LOST && !(flags & RECORD_RETRANS)) {
			loss->hint = *index = i;
			return true;
		}
	}
	return false;
}

/* Cuts or joins the record so that it fits an MSS beside the options of now, and the peer's window;
 * false: the window has no room for it. */
static bool fit(struct tcp_tcb *tcb, uint32_t i)
{
	struct tcp_loss *loss = &tcb->loss;
	struct loss_record *r = loss_at(loss, i);
	tcpsim_seq from = tcpsim_seq_max(r->seq, tcb->snd.una);
	int32_t window = tcpsim_seq_diff(tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd), from);
	uint32_t mss = tcp_segment_room(tcb), room;

	if (r->flags & RECORD_SYN)
		return true;
	if (window <= 0) {
		if (!tcpsim_seq_eq(from, tcb->snd.una))
			return false;
		window = (int32_t)mss; /* a shrunk window: the retransmission is its probe */
	}
	room = u32_min(mss, (uint32_t)window) + (from.n - r->seq.n);
	sender_recovery(tcb)->resegment(tcb, i, room);
	return true;
}

static bool range_of(
	struct tcp_tcb *tcb, uint32_t i, enum tcpsim_rule rule, struct sender_range *range)
{
	struct loss_record *r;

	if (!fit(tcb, i))
		return false;
	r = loss_at(&tcb->loss, i);
	range->seq = tcpsim_seq_max(r->seq, tcb->snd.una);
	range->fin = r->flags & RECORD_FIN;
	range->syn = r->flags & RECORD_SYN;
	range->len = record_end(r).n - range->seq.n - range->fin - range->syn;
	range->rule = rule;
	return true;
}

static enum tcpsim_rule why_again(const struct tcp_tcb *tcb, uint32_t i)
{
	if (tcb->loss.state != LOSS_LOSS)
		return TCPSIM_RULE_RETRANSMIT_FAST;
	if (tcb->sender.unlost)
		return TCPSIM_RULE_RETRANSMIT_RESEND;
	return i == tcb->loss.first ? TCPSIM_RULE_RETRANSMIT_TIMEOUT
				    : TCPSIM_RULE_RETRANSMIT_SLOW_START;
}

/* What follows is no part of what record i ends. */
static void ends_super(struct tcp_loss *loss, uint32_t i)
{
	if (loss_is_record(loss, i + 1))
		loss_at(loss, i + 1)->flags &= (uint16_t)~RECORD_JOINED;
}

static void stands_alone(struct tcp_loss *loss, uint32_t i)
{
	loss_at(loss, i)->flags &= (uint16_t)~RECORD_JOINED;
	ends_super(loss, i);
}

/* The probe is the last segment (RFC 8985 §7.3), cut to an MSS. */
static bool next_probe(struct tcp_tcb *tcb, struct sender_range *range)
{
	struct tcp_loss *loss = &tcb->loss;
	uint32_t i;

	tcb->sender.tlp_wanted = false;
	if (!loss->packets)
		return false;
	i = loss_end(loss) - 1;
	if (sender_recovery(tcb)->cut_tail)
		i = sender_recovery(tcb)->cut_tail(tcb, tcp_segment_room(tcb));
	if (!range_of(tcb, i, TCPSIM_RULE_RETRANSMIT_PROBE, range))
		return false;
	tcb->sender.tlp_resend = true;
	stands_alone(loss, i);
	return true;
}

/* How many records from i on go as one super-segment: those that left as one, are all lost, and fit
 * the peer's window. They are cut anew before they are counted, as the MSS may be another one. */
static uint32_t run_length(struct tcp_tcb *tcb, uint32_t i)
{
	struct tcp_loss *loss = &tcb->loss;
	uint32_t mss = tcp_segment_room(tcb), n = 1;
	uint32_t most = u32_min(sender_burst_again(tcb, mss), UINT8_MAX);
	tcpsim_seq edge = tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd);

	if (tcb->snd.urgent && tcb_sys(tcb)->urgent_again_singly)
		most = 1;
	for (; n < most && loss_is_record(loss, i + n); n++) {
		const struct loss_record *r = loss_at(loss, i + n);

		if (!(r->flags & RECORD_JOINED) ||
			(r->flags & (RECORD_LOST | RECORD_RETRANS)) != RECORD_LOST)
			break;
		sender_recovery(tcb)->resegment(tcb, i + n, mss);
		if (tcpsim_seq_gt(record_end(loss_at(loss, i + n)), edge))
			break;
	}
	return n;
}

/* The last of several carries PSH. One that goes without those it had left with is a segment of its
 * own from then on. */
static void count_super(struct tcp_tcb *tcb, uint32_t i, struct sender_range *range)
{
	struct tcp_sender *s = &tcb->sender;
	struct tcp_loss *loss = &tcb->loss;

	if (!s->super_left) {
		s->super_left = (uint8_t)run_length(tcb, i);
		s->super_many = s->super_left > 1;
		s->super_seq = range->seq;
		loss_at(loss, i)->flags &= (uint16_t)~RECORD_JOINED;
	}
	if (--s->super_left)
		return;
	range->push = s->super_many;
	ends_super(loss, i);
}

static void end_super(struct tcp_sender *s)
{
	s->super_left = 0;
	s->super_many = false;
}

bool sender_next_retransmit(struct tcp_tcb *tcb, struct sender_range *range)
{
	struct tcp_sender *s = &tcb->sender;
	struct tcp_loss *loss = &tcb->loss;
	uint32_t i;

	s->tlp_resend = false;
	range->push = false;
	if (!loss->packets)
		return false;
	if (s->tlp_wanted)
		return next_probe(tcb, range);
	/* Linux tcp_xmit_recovery: not whenever something leaves, but when an ACK brought something */
	if (sender_recovery(tcb)->resends_on_progress && !s->resend && !s->forced)
		return false;
	if (s->new_first) /* new text goes, and its ACKs tell (RFC 5682 §3.1 step 2b) */
		return false;
	if (!s->forced && sender_in_flight(tcb) >= tcb->cc.cwnd) {
		end_super(s);
		return false;
	}
	if (!find_lost(loss, s->forced, &i) || !range_of(tcb, i, why_again(tcb, i), range)) {
		end_super(s);
		return false;
	}
	count_super(tcb, i, range);
	return true;
}

void sender_resend_done(struct tcp_tcb *tcb)
{
	tcb->sender.resend = false;
}

bool sender_new_text_failed(struct tcp_tcb *tcb)
{
	struct tcp_sender *s = &tcb->sender;

	if (!s->new_first)
		return false;
	s->new_first = false;
	if (tcpsim_seq_gt(tcb->snd.nxt, tcb->loss.high_seq))
		return false;
	s->frto = false;
	s->resend = true;
	return true;
}

bool sender_wants_to_send(const struct tcp_tcb *tcb)
{
	const struct tcp_sender *s = &tcb->sender;

	return tcb->loss.lost || s->tlp_wanted || s->new_first || s->super_left || s->forced;
}

bool sender_probe_pending(const struct tcp_tcb *tcb)
{
	return tcb->sender.tlp_wanted;
}

uint32_t sender_room(const struct tcp_tcb *tcb)
{
	const struct cc *cc = &tcb->cc;
	const struct recovery_ops *recovery = sender_recovery(tcb);
	uint32_t window = cc->cwnd, used = sender_in_flight(tcb);

	if (recovery->beyond_cwnd)
		window += recovery->beyond_cwnd(tcb);
	if (used >= window)
		return 0;
	if (cc->bytes)
		return window - used;
	return window - used > UINT32_MAX / cc->mss ? UINT32_MAX : (window - used) * cc->mss;
}
