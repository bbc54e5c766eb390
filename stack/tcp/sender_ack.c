/*
 * What an ACK brings: what it covers and SACKs is taken off the records, its round trip goes to the
 * timeout, and then the profile's recovery (tcp/recovery.h) decides what it means.
 */
#include <host/short_path.h>
#include <string.h>
#include <tcp/sender.h>
#include <tcp/sender_ack.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>
#include <tcp/state.h>

/* --- round trips --- */

/* By the echoed timestamp (RFC 7323 §4.3); -1: none that can be used. */
static int64_t timestamp_rtt(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	uint32_t ticks;

	if (!tcb->ok.timestamps || !(seg->options.present & TCPSIM_HAS_TIMESTAMP) ||
		!seg->options.ts_ecr)
		return -1;
	ticks = tcp_ts_clock(tcb->host, tcb->ts.offset) - seg->options.ts_ecr;
	if ((int32_t)ticks < 0)
		return -1;
	return (int64_t)(ticks ? ticks : 1) * tcb_sys(tcb)->ts_tick;
}

/* Karn: of a SYN that was sent twice only a timestamp tells which was answered. */
void sender_handshake_rtt(struct tcp_tcb *tcb, const struct tcpsim_segment *answer)
{
	int64_t left_ns = tcb->simultaneous ? tcb->crossing_syn_ack_ns : tcb->first_syn_ns;
	bool known = !tcb->count.retrans_segs && left_ns;

	if (known)
		sender_rtt_sample(tcb, tcb_now(tcb) - left_ns);
	else if (sender_recovery(tcb)->syn_counts)
		sender_rtt_sample(tcb, timestamp_rtt(tcb, answer));
}

/* One segment, acknowledged alone, while it was alone: the peer may have waited for a second. */
static bool maybe_delayed(const struct tcp_tcb *tcb, const struct loss_ack *ack)
{
	return ack->packets_acked == 1 && ack->fully_acked && !ack->sacked_before &&
	       ack->una.n - ack->una_before.n < ack->mss && ack->sampled &&
	       ack->prior_delivered + 1 == tcb->loss.delivered &&
	       !(ack->flags & (ACK_ALERT | ACK_SYN_ACKED));
}

static void take_rtt(struct tcp_tcb *tcb, struct loss_ack *ack, int64_t rtt, int64_t latest)
{
	uint32_t us = (uint32_t)(latest / NSEC_PER_USEC);

	/* A peer that always delays would in time pass for a longer path. */
	if (!(ack->flags & ACK_MAYBE_DELAYED && us > sender_min_rtt_us(tcb)))
		rtt_min_sample(&tcb->rtt, tcb_sys(tcb), ack->now, us ? us : 1000);
	rtt_sample(&tcb->rtt, tcb_sys(tcb), rtt, tcb->snd.una, tcb->snd.nxt);
	sender_backoff_ends(tcb); /* RFC 6298 §5.7: only a valid sample ends backoff */
	tcb->cc.srtt_us = (uint32_t)(tcb->rtt.srtt_ns / NSEC_PER_USEC);
	tcb->cc.min_rtt_us = sender_min_rtt_us(tcb);
}

/* From the records: the oldest original acknowledged, else SACKed, else the echoed timestamp (Karn:
 * RFC 6298 §3). */
static void clock_by_records(struct tcp_tcb *tcb, const struct tcpsim_segment *seg,
	struct loss_ack *ack, struct sender_verdict *verdict)
{
	int64_t rtt = -1, latest = -1;

	if (ack->first_acked_ns >= 0 && !(ack->flags & ACK_RETRANS_ACKED)) {
		rtt = ack->now - ack->first_acked_ns;
		latest = ack->now - ack->last_acked_ns;
		if (maybe_delayed(tcb, ack))
			ack->flags |= ACK_MAYBE_DELAYED;
	}
	if (ack->first_sacked_ns >= 0) {
		latest = ack->now - ack->last_sacked_ns;
		if (rtt < 0)
			rtt = ack->now - ack->first_sacked_ns;
	}
	if (rtt < 0 && ack->flags & ACK_ACKED)
		rtt = latest = timestamp_rtt(tcb, seg);
	verdict->rtt_ns = latest;
	if (rtt >= 0)
		take_rtt(tcb, ack, rtt, latest);
}

/* BSD: by timestamps where there are some, else by the one segment that is timed, in ticks. */
static void clock_by_ticks(struct tcp_tcb *tcb, const struct tcpsim_segment *seg,
	struct loss_ack *ack, struct sender_verdict *verdict)
{
	struct tcp_sender *s = &tcb->sender;
	int64_t tick = sender_tick(tcb), rtt = -1;

	if (ack->flags & ACK_ACKED)
		rtt = timestamp_rtt(tcb, seg);
	if (s->timing && tcpsim_seq_gt(ack->una, s->timed_seq)) {
		if (rtt < 0)
			rtt = (int64_t)((uint32_t)(ack->now / tick) - s->timed_tick) * tick;
		s->timing = false;
	}
	verdict->rtt_ns = rtt;
	if (rtt >= 0)
		take_rtt(tcb, ack, rtt, rtt);
}

void sender_clock_rtt(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack,
	struct sender_verdict *verdict)
{
	if (rtt_counts_ticks(tcb_sys(tcb)))
		clock_by_ticks(tcb, seg, ack, verdict);
	else
		clock_by_records(tcb, seg, ack, verdict);
}

/* --- delivery rate: draft-cheng-iccrg-delivery-rate-estimation §3.3 --- */

static void rate_sample(
	struct tcp_tcb *tcb, const struct loss_ack *ack, uint32_t delivered, struct cc_ack *out)
{
	struct tcp_loss *loss = &tcb->loss;
	uint32_t now_us = loss_us(ack->now), interval, count;

	out->interval_ns = -1;
	if (loss->app_limited && (int32_t)(loss->delivered - loss->app_limited) > 0)
		loss->app_limited = 0;
	if (delivered)
		loss->delivered_us = now_us;
	if (!ack->sampled || loss->reneged)
		return;
	count = loss->delivered - ack->prior_delivered;
	interval = u32_max(ack->send_interval_us, now_us - ack->prior_delivered_us);
	out->prior_delivered = ack->prior_delivered;
	out->sample_delivered = count;
	out->app_limited = ack->sample_app_limited;
	if (interval < sender_min_rtt_us(tcb)) /* shorter than the path: an artefact */
		return;
	out->interval_ns = (int64_t)interval * NSEC_PER_USEC;
	if (ack->sample_app_limited && (uint64_t)count * loss->rate_interval_us <
					       (uint64_t)loss->rate_delivered * interval)
		return;
	loss->rate_delivered = count;
	loss->rate_interval_us = interval;
	loss->rate_app_limited = ack->sample_app_limited;
}

/* --- congestion control's part --- */

void sender_sample_cc(
	struct tcp_tcb *tcb, const struct loss_ack *ack, int64_t rtt_ns, uint32_t delivered)
{
	struct cc_ack sample;

	if (!tcb->cc.ops->sample)
		return;
	sample = (struct cc_ack){.now = ack->now,
		.rtt_ns = rtt_ns,
		.segments = delivered,
		.delivered_ce = tcb->sender.ce_segments + (ack->flags & ACK_ECE ? delivered : 0),
		.snd_nxt = tcb->snd.nxt.n,
		.snd_una = tcb->snd.una.n,
		.acked_bytes = ack->una.n - ack->una_before.n};
	tcb->sender.ce_segments = 0;
	tcb->cc.ops->sample(&tcb->cc, &sample);
}

static enum tcpsim_rule why_cwnd(const struct cc *cc)
{
	if (cc->ops->rule)
		return cc->ops->rule(cc);
	return cc->cwnd <= cc->ssthresh ? TCPSIM_RULE_CWND_SLOW_START : TCPSIM_RULE_CWND_AVOIDANCE;
}

static void control(struct tcp_tcb *tcb, struct loss_ack *ack, struct cc_ack *c)
{
	struct cc *cc = &tcb->cc;

	c->delayed = ack->flags & ACK_MAYBE_DELAYED;
	c->flow = sender_flow(tcb);
	cc->ops->control(cc, c);
	if (cc->limits_itself)
		sender_mark_app_limited(tcb);
}

/* An ACK that may raise cwnd shows that it is in use, whether it is raised or not (Linux
 * tcp_cong_avoid). */
static void grow_window(struct tcp_tcb *tcb, const struct cc_ack *c)
{
	tcb->cc.ops->ack(&tcb->cc, c);
	sender_cwnd_used(tcb);
}

void sender_notify_cc(struct tcp_tcb *tcb, struct loss_ack *ack, int64_t rtt_ns, uint32_t delivered,
	uint32_t lost, bool grow)
{
	struct cc *cc = &tcb->cc;
	uint32_t before = cc->cwnd;
	struct cc_ack c = {
		.now = ack->now,
		.acked = cc->bytes ? ack->una.n - ack->una_before.n : delivered,
		.acked_bytes = ack->una.n - ack->una_before.n,
		.segments = ack->packets_acked,
		.rtt_ns = rtt_ns,
		.snd_nxt = tcb->snd.nxt.n,
		.snd_una = tcb->snd.una.n,
		.delivered = delivered,
		.prior_in_flight = cc->in_flight,
		.losses = lost,
	};

	rate_sample(tcb, ack, delivered, &c);
	cc->delivered = tcb->loss.delivered;
	cc->cwnd_limited = sender_recovery(tcb)->cwnd_limited(tcb);
	if (cc->ops->control)
		control(tcb, ack, &c);
	else if (grow)
		grow_window(tcb, &c);
	if (cc->paced || cc_in_slow_start(cc) || tcb_sys(tcb)->super_segments)
		sender_update_pacing_rate(tcb);
	if (cc->cwnd != before && host_listens(tcb->host))
		sender_event(tcb, why_cwnd(cc));
}

/* --- the ACK --- */

static void begin(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, bool window_changed,
	struct loss_ack *ack)
{
	memset(ack, 0, sizeof(*ack));
	ack->now = tcb_now(tcb);
	ack->una_before = tcb->snd.una;
	ack->una = tcpsim_seq_max(tcb->snd.una, seg->ack);
	ack->nxt = ack->reorder = tcb->snd.nxt;
	ack->mss = tcb->snd.mss;
	ack->max_wnd = tcb->snd.max_wnd;
	ack->min_rtt_us = sender_min_rtt_us(tcb);
	ack->total_retrans = tcb->count.retrans_segs;
	ack->sack = tcb->ok.sack;
	ack->rack = tcb->ok.sack && sender_recovery(tcb)->rack;
	ack->first_acked_ns = ack->last_acked_ns = ack->first_sacked_ns = ack->last_sacked_ns = -1;
	ack->sacked_before = tcb->loss.sacked;
	if (seg->len || seg->flags & (TCPSIM_SYN | TCPSIM_FIN))
		ack->flags |= ACK_DATA;
	if (window_changed)
		ack->flags |= ACK_WINDOW;
	if (tcpsim_seq_gt(ack->una, ack->una_before))
		ack->flags |= ACK_UNA_ADVANCED;
	/* RFC 3168 §6.1.2; AccECN's count comes through sender_ecn_echo. */
	if (tcb->ok.ecn && !tcb->ok.accecn &&
		(seg->flags & (TCPSIM_ECE | TCPSIM_SYN)) == TCPSIM_ECE)
		ack->flags |= ACK_ECE;
}

bool sender_ack_says_nothing(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	return !tcb->loss.packets && tcpsim_seq_eq(seg->ack, tcb->snd.una) && !tcb->loss.tlp &&
	       !(seg->options.present & TCPSIM_HAS_SACK) && !(seg->flags & TCPSIM_ECE) &&
	       sender_recovery(tcb)->idle_acks_say_nothing && host_takes_short_path(tcb->host);
}

static void end(struct tcp_tcb *tcb)
{
	if (!tcb->loss.packets && tcb->sender.limit != SENDER_IDLE && !sender_has_unsent(tcb))
		sender_not_limited_by(tcb, SENDER_BUSY);
}

void sender_idle_ack(struct tcp_tcb *tcb)
{
	tcb->sender.forced = tcb->sender.ece_now = false;
	tcb->cc.in_flight = sender_in_flight(tcb);
	end(tcb);
}

void sender_ack(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, bool window_changed,
	struct sender_verdict *verdict)
{
	struct tcp_loss *loss = &tcb->loss;
	uint32_t sacked = loss->sacked_bytes;
	struct loss_ack ack;

	verdict->rtt_ns = -1;
	if (sender_ack_says_nothing(tcb, seg)) {
		sender_idle_ack(tcb);
		return;
	}
	tcb->sender.forced = false;
	begin(tcb, seg, window_changed, &ack);
	tcb->sender.ece_now = ack.flags & ACK_ECE;
	if (ack.flags & ACK_UNA_ADVANCED) {
		tcb->snd.una = ack.una;
		tcb->sender.retransmits = 0;
	}
	tcb->cc.in_flight = sender_in_flight(tcb);
	sender_recovery(tcb)->ack(tcb, seg, &ack, verdict);
	end(tcb);
	verdict->fin_acked = ack.flags & ACK_FIN_ACKED;
	verdict->syn_acked = ack.flags & ACK_SYN_ACKED;
	verdict->acked_bytes =
		ack.una.n - ack.una_before.n - verdict->fin_acked - verdict->syn_acked;
	verdict->delivered_bytes = verdict->acked_bytes + loss->sacked_bytes - sacked;
}
