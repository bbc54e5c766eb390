/*
 * What an ACK means to byte-counting systems: duplicate ACKs and fast recovery of 4.3BSD-Reno (RFC
 * 5681), of NewReno (RFC 6582), by SACK (RFC 6675), and with FreeBSD's proportional rate reduction
 * (RFC 6937). After a timeout all that was outstanding goes again from SND.UNA (go-back-N), which
 * here is: all of it is marked lost.
 */
#include <loss/acked.h>
#include <loss/dupack.h>
#include <loss/record.h>
#include <loss/sacked.h>
#include <recovery/prr.h>
#include <tcp/recovery.h>
#include <tcp/sender.h>
#include <tcp/sender_ack.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_timer.h>

#define DUPACK_MAX UINT8_MAX

static bool recovers_by_sack(const struct tcp_tcb *tcb)
{
	return tcb->ok.sack && sender_recovery(tcb)->by_sack;
}

/* RFC 5681 §2: text is outstanding, the segment is bare, and repeats ACK and window. With SACK, one
 * that tells more of a hole counts as well (RFC 6675 §2). */
static bool is_duplicate(const struct tcp_tcb *tcb, const struct loss_ack *ack)
{
	if (!tcb->loss.packets || ack->flags & (ACK_UNA_ADVANCED | ACK_DATA))
		return false;
	if (recovers_by_sack(tcb) && ack->flags & ACK_DATA_SACKED)
		return true;
	return !(ack->flags & ACK_WINDOW);
}

/* --- fast recovery --- */

/* FreeBSD's PRR in whole segments; the slow start bound grants one more than was delivered. */
static void reduce(struct tcp_tcb *tcb, uint32_t delivered)
{
	struct tcp_sender *s = &tcb->sender;
	struct cc *cc = &tcb->cc;
	uint32_t pipe = sender_in_flight(tcb);
	int64_t send;

	s->prr_delivered += delivered;
	send = prr_may_send(&(struct prr){
		.pipe = pipe,
		.ssthresh = cc->ssthresh,
		.start = s->recovery_flight ? s->recovery_flight : 1,
		.delivered = s->prr_delivered,
		.out = s->prr_out,
		.newly = delivered,
		.bonus = cc->mss,
	});
	if (send < 0)
		send = 0;
	send = send / cc->mss * cc->mss;
	cc->cwnd = u32_max(pipe + (uint32_t)send, cc->mss);
	sender_event(tcb, TCPSIM_RULE_CWND_PRR);
}

static uint32_t window_to_recover(const struct tcp_tcb *tcb)
{
	const struct cc *cc = &tcb->cc;

	if (sender_cc_controls(tcb))
		return cc->cwnd;
	if (!recovers_by_sack(tcb)) /* RFC 5681 §3.2 (3): three segments have left the network */
		return cc->ssthresh + tcb->sender.dupacks * cc->mss;
	return sender_recovery(tcb)->proportional ? cc->mss : cc->ssthresh;
}

static void enter_recovery(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;
	struct cc *cc = &tcb->cc;

	tcb->sender.recovery_flight = tcb_flight(tcb);
	sender_begin_reduction(tcb, CC_LOSS);
	if (!recovers_by_sack(tcb) || !loss->lost)
		loss_mark_lost(loss, loss->first);
	tcb->sender.forced = true;
	cc->cwnd = window_to_recover(tcb);
	sender_set_state(tcb, LOSS_RECOVERY);
	tcb->sender.timing = false;
	sender_rearm_rto(tcb, false);
	sender_event(tcb, TCPSIM_RULE_CWND_RECOVERY);
}

/* RFC 6582 §3.2 (3), full acknowledgment: not so much at once that a burst follows. */
static void leave_recovery(struct tcp_tcb *tcb)
{
	struct cc *cc = &tcb->cc;
	uint32_t flight = tcb_flight(tcb);

	if (!sender_cc_controls(tcb)) {
		cc->cwnd = cc->ssthresh;
		if (sender_recovery(tcb)->by_sack && flight < cc->ssthresh)
			cc->cwnd = u32_min(cc->ssthresh, u32_max(flight, cc->mss) + cc->mss);
	}
	tcb->sender.dupacks = 0;
	loss_unmark_all(&tcb->loss);
	sender_set_state(tcb, LOSS_OPEN);
	sender_event(tcb, TCPSIM_RULE_CWND_RECOVERED);
}

/* RFC 6582 §3.2 (3), partial acknowledgment: the next hole goes at once; cwnd is deflated by what
 * left. */
static void partial_ack(struct tcp_tcb *tcb, const struct loss_ack *ack)
{
	struct cc *cc = &tcb->cc;
	uint32_t acked = ack->una.n - ack->una_before.n;

	loss_mark_lost(&tcb->loss, tcb->loss.first);
	tcb->sender.forced = true;
	tcb->sender.dupacks = 0;
	if (sender_cc_controls(tcb))
		return;
	cc->cwnd = cc->cwnd > acked ? cc->cwnd - acked : 0;
	if (acked >= cc->mss || !cc->cwnd)
		cc->cwnd += cc->mss;
	sender_event(tcb, TCPSIM_RULE_CWND_PARTIAL);
}

static void in_recovery(struct tcp_tcb *tcb, const struct loss_ack *ack, uint32_t delivered)
{
	bool advanced = ack->flags & ACK_UNA_ADVANCED;

	/* 4.3BSD-Reno ends with the first new ACK (RFC 5681 §3.2 (6)). */
	if (advanced && (tcpsim_seq_ge(tcb->snd.una, tcb->loss.high_seq) ||
				!sender_recovery(tcb)->by_sack)) {
		leave_recovery(tcb);
		return;
	}
	if (!recovers_by_sack(tcb)) {
		if (advanced) {
			partial_ack(tcb, ack);
		} else if (is_duplicate(tcb, ack) && !sender_cc_controls(tcb)) {
			tcb->cc.cwnd += tcb->cc.mss;
			sender_event(tcb, TCPSIM_RULE_CWND_INFLATE);
		}
		return;
	}
	loss_mark_by_count(&tcb->loss, (uint32_t)tcb_sys(tcb)->dupack_threshold);
	/* A partial ACK shows that what now stands first is missing, if its first copy was not
	 * SACKed over (RFC 6675). */
	if (advanced && tcb->loss.packets && !tcb->loss.lost && tcb->loss.sacked)
		loss_mark_lost(&tcb->loss, tcb->loss.first);
	if (sender_recovery(tcb)->proportional && !sender_cc_controls(tcb))
		reduce(tcb, delivered);
}

/* --- before it --- */

/* RFC 6582 §3.2 (1): not again for what was outstanding when the last recovery or timeout began. */
static bool covers_recover(const struct tcp_tcb *tcb)
{
	return tcb->loss.state != LOSS_LOSS || tcpsim_seq_gt(tcb->snd.una, tcb->loss.high_seq);
}

static bool loss_is_shown(struct tcp_tcb *tcb)
{
	uint32_t threshold = (uint32_t)tcb_sys(tcb)->dupack_threshold;

	if (tcb->sender.dupacks >= threshold)
		return true;
	if (!recovers_by_sack(tcb))
		return false;
	/* RFC 6675 §5: fewer duplicates, but SACK shows as much. */
	return tcb->loss.sacked >= threshold;
}

static void in_open(struct tcp_tcb *tcb, const struct loss_ack *ack)
{
	struct tcp_sender *s = &tcb->sender;

	if (ack->flags & ACK_UNA_ADVANCED) {
		s->dupacks = 0;
		return;
	}
	if (!is_duplicate(tcb, ack) || !covers_recover(tcb))
		return;
	if (!s->dupacks)
		s->dupack_flight = tcb_flight(tcb);
	if (s->dupacks < DUPACK_MAX)
		s->dupacks++;
	if (tcb->loss.state == LOSS_OPEN)
		sender_set_state(tcb, LOSS_DISORDER);
	if (loss_is_shown(tcb)) {
		if (recovers_by_sack(tcb))
			loss_mark_by_count(&tcb->loss, (uint32_t)tcb_sys(tcb)->dupack_threshold);
		enter_recovery(tcb);
	}
}

/* Once a window (RFC 3168 §6.1.2, RFC 9768 §3.3): cwnd falls to ssthresh at once. */
static void marks(struct tcp_tcb *tcb)
{
	if (tcb->loss.state >= LOSS_CWR)
		return;
	sender_begin_reduction(tcb, CC_ECN);
	if (!sender_cc_controls(tcb))
		tcb->cc.cwnd = tcb->cc.ssthresh;
	sender_set_state(tcb, LOSS_CWR);
	sender_event(tcb, TCPSIM_RULE_CWND_ECN);
}

static void leave_state(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;

	if (loss->state == LOSS_DISORDER && !tcb->sender.dupacks && !loss->sacked)
		sender_set_state(tcb, LOSS_OPEN);
	if ((loss->state == LOSS_CWR || loss->state == LOSS_LOSS) &&
		tcpsim_seq_ge(tcb->snd.una, loss->high_seq))
		sender_set_state(tcb, LOSS_OPEN);
}

/* --- the timer --- */

/* Go-back-N: all goes again from SND.UNA. */
static void timed_out(struct tcp_tcb *tcb, bool window_shut)
{
	struct tcp_loss *loss = &tcb->loss;
	struct cc *cc = &tcb->cc;
	struct cc_event event = sender_cc_event(tcb);

	if (!tcb->sender.retransmits) {
		cc->prior_cwnd = cc->cwnd;
		cc->prior_ssthresh = cc->ssthresh;
	}
	cc->ssthresh = cc->ops->ssthresh(cc, CC_TIMEOUT, &event);
	if (cc->ops->signal)
		cc->ops->signal(cc, CC_TIMEOUT, &event);
	loss_begin_anew(loss);
	cc->cwnd = cc->mss;
	cc->cwnd_cnt = 0;
	tcb->sender.dupacks = 0;
	tcb->sender.timing = false;
	tcb->sender.queue_cwr = tcb->ok.ecn;
	loss->high_seq = tcb->snd.nxt;
	sender_set_state(tcb, LOSS_LOSS);
	sender_event(tcb, TCPSIM_RULE_CWND_TIMEOUT);
	if (window_shut) /* from here on it persists: tcp_setpersist */
		tcb->sender.retransmits = 0;
}

/* --- the ACK --- */

static bool has_sack(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	return tcb->ok.sack && seg->options.present & TCPSIM_HAS_SACK && seg->options.n_sack;
}

/* RFC 6298 §5.2, §5.3. */
static void set_timer(struct tcp_tcb *tcb, const struct loss_ack *ack)
{
	if (ack->flags & ACK_ACKED && !tcp_timer_runs(tcb, TCPSIM_TIMER_PERSIST))
		sender_rearm_rto(tcb, false);
}

static void acked(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack,
	struct sender_verdict *verdict)
{
	struct tcp_loss *loss = &tcb->loss;
	uint32_t before = tcb->snd.nxt.n - ack->una_before.n - loss->sacked_bytes, delivered,
		 lost = loss->lost_total, segments = loss->delivered;
	bool grow = loss->state != LOSS_RECOVERY;

	if (tcpsim_seq_lt(seg->ack, ack->una_before) || !loss->packets)
		return;
	if (has_sack(tcb, seg))
		loss_sacked(loss, ack, seg->options.sack, seg->options.n_sack, seg->ack);
	loss_acked(loss, ack);
	delivered = before - (tcb_flight(tcb) - loss->sacked_bytes);
	sender_clock_rtt(tcb, seg, ack, verdict);
	/* Without SACK only what is acknowledged is known to be delivered. */
	loss->delivered += tcb->ok.sack ? ack->sack_delivered : ack->packets_acked;
	sender_sample_cc(tcb, ack, verdict->rtt_ns, ack->packets_acked);
	set_timer(tcb, ack);
	if (ack->flags & ACK_ECE)
		marks(tcb);
	if (loss->state == LOSS_RECOVERY)
		in_recovery(tcb, ack, delivered);
	else
		in_open(tcb, ack);
	leave_state(tcb);
	sender_notify_cc(tcb, ack, verdict->rtt_ns, loss->delivered - segments,
		loss->lost_total - lost,
		grow && loss->state != LOSS_RECOVERY && ack->flags & ACK_DATA_ACKED);
	verdict->retransmit = loss->lost > loss->retrans;
}

/* --- beside it --- */

/* tcp_output: ENOBUFS is tcp_quench; the retransmission timer repairs it. */
static bool local_drop(struct tcp_tcb *tcb)
{
	sender_collapse(tcb);
	return false;
}

/* A record is cut where it does not fit. After a timeout tcp_output sends anew from SND.UNA on, as many
 * bytes as a segment takes now: how they had been cut is forgotten (RFC 9293 §3.8.1). */
static void resegment(struct tcp_tcb *tcb, uint32_t i, uint32_t room)
{
	const struct loss_record *r = loss_at(&tcb->loss, i);

	if (r->len - !!(r->flags & RECORD_FIN) > room)
		loss_split(&tcb->loss, i, room);
	else
		while (tcb->loss.state == LOSS_LOSS && loss_fill(&tcb->loss, i, room))
			;
}

/* FreeBSD asks whether it is cwnd that limits, not the peer's window. */
static bool cwnd_limited(const struct tcp_tcb *tcb)
{
	return tcb->cc.cwnd <= tcb->snd.wnd;
}

/* Two segments beyond cwnd on the first duplicates (RFC 3042). With SACK what the duplicates stand
 * for is off the flight already. */
static uint32_t beyond_cwnd(const struct tcp_tcb *tcb)
{
	if (tcb->ok.sack || !tcb_sys(tcb)->limited_transmit || tcb->loss.state >= LOSS_RECOVERY)
		return 0;
	return tcb->sender.dupacks * tcb->cc.mss;
}

static bool flight_begins(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_eq(tcb->snd.una, tcb->snd.nxt);
}

/* MUST-37: not while the peer does answer. */
static bool shut_window_excuses(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;

	return tcb->last_heard_ns >= loss_at(loss, loss->first)->sent_ns;
}

#define BSD_HOOKS                                                                                  \
	.bytes = true, .ack = acked, .timeout = timed_out, .marks = marks,                         \
	.local_drop = local_drop, .resegment = resegment, .cwnd_limited = cwnd_limited,            \
	.beyond_cwnd = beyond_cwnd, .flight_begins = flight_begins,                                \
	.shut_window_excuses = shut_window_excuses

const struct recovery_ops RECOVERY_OPS_RENO = {BSD_HOOKS};
const struct recovery_ops RECOVERY_OPS_NEWRENO = {BSD_HOOKS, .by_sack = true};
const struct recovery_ops RECOVERY_OPS_FREEBSD = {BSD_HOOKS, .by_sack = true, .proportional = true};
