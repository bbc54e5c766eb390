/*
 * What an ACK means by Linux's state machine: Open, Disorder, CWR, Recovery, Loss (tcpi_ca_state),
 * RACK for what is lost, F-RTO and two kinds of undo for what was not. RFC 6675, 6582, 8985, 5682,
 * 3522, 3708.
 */
#include <loss/acked.h>
#include <loss/dupack.h>
#include <loss/rack.h>
#include <loss/record.h>
#include <loss/sacked.h>
#include <recovery/linux_ack.h>
#include <recovery/linux_cwnd.h>
#include <tcp/sender.h>
#include <tcp/sender_ack.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_timer.h>
#include <tcp/state.h>

/* What the ACK asks to be sent beyond new text. */
enum again { AGAIN_NONE, AGAIN_LOST, AGAIN_NEW_FIRST };

struct ack_run {
	struct tcp_tcb *tcb;
	const struct tcpsim_segment *seg;
	struct loss_ack *ack;
	enum again again;
	unsigned dupacks;
};

bool linux_any_retransmitted(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;

	return loss->retrans || (loss->packets && loss_at(loss, loss->first)->flags & RECORD_EVER);
}

static void forget_stamp_if_idle(struct tcp_tcb *tcb)
{
	if (!linux_any_retransmitted(tcb))
		tcb->sender.retrans_stamp_ns = 0;
}

void linux_keep_open(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;
	enum loss_state state = loss->sacked || loss->lost || linux_any_retransmitted(tcb)
					? LOSS_DISORDER
					: LOSS_OPEN;

	if (loss->state == state)
		return;
	sender_set_state(tcb, state);
	loss->high_seq = tcb->snd.nxt;
}

static void try_to_open(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;

	forget_stamp_if_idle(tcb);
	if (p->ack->flags & ACK_ECE)
		linux_enter_cwr(tcb);
	if (tcb->loss.state != LOSS_CWR)
		linux_keep_open(tcb);
}

/* --- evidence that nothing was lost --- */

/* The peer echoes a timestamp from before our first retransmission (RFC 3522): the original
 * arrived. */
static bool original_arrived(const struct ack_run *p)
{
	const struct tcp_tcb *tcb = p->tcb;
	const struct tcpsim_options *o = &p->seg->options;

	if (tcb->sender.retrans_stamp_ns) {
		int64_t ago = (tcb_now(tcb) / tcb_sys(tcb)->ts_tick) -
			      tcb->sender.retrans_stamp_ns / tcb_sys(tcb)->ts_tick;
		uint32_t stamp = tcp_ts_clock(tcb->host, tcb->ts.offset) - (uint32_t)ago;

		return tcb->ok.timestamps && o->present & TCPSIM_HAS_TIMESTAMP && o->ts_ecr &&
		       (int32_t)(o->ts_ecr - stamp) < 0;
	}
	/* Nothing was retransmitted yet, and SND.UNA moved: merely delayed. Without SACK the stamp
	 * is also gone once the recovery point is reached. */
	return tcb->ok.sack || tcpsim_seq_lt(tcb->snd.una, tcb->loss.high_seq);
}

static bool may_undo(const struct ack_run *p)
{
	return p->tcb->loss.undo && (!p->tcb->loss.undo_retrans || original_arrived(p));
}

/* RFC 6582 §4 (without SACK): duplicates of the last window may still come, so the state holds
 * until more than the recovery point is acknowledged. */
static bool holds_without_sack(struct tcp_tcb *tcb)
{
	if (tcb->ok.sack || !tcpsim_seq_eq(tcb->snd.una, tcb->loss.high_seq))
		return false;
	forget_stamp_if_idle(tcb);
	return true;
}

static bool try_undo_recovery(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;

	if (may_undo(p))
		linux_undo(tcb, false,
			tcb->loss.undo_retrans ? TCPSIM_RULE_CWND_UNDO
					       : TCPSIM_RULE_CWND_UNDO_DSACK);
	else if (tcb->loss.reo_wnd_persist)
		tcb->loss.reo_wnd_persist--;
	if (holds_without_sack(tcb))
		return true;
	sender_set_state(tcb, LOSS_OPEN);
	tcb->loss.reneged = false;
	return false;
}

static bool try_undo_dsack(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;

	if (!loss->undo || loss->undo_retrans)
		return false;
	if (loss->reo_wnd_persist < 16)
		loss->reo_wnd_persist++;
	linux_undo(tcb, false, TCPSIM_RULE_CWND_UNDO_DSACK);
	return true;
}

static bool try_undo_loss(struct ack_run *p, bool frto)
{
	struct tcp_tcb *tcb = p->tcb;

	if (!frto && !may_undo(p))
		return false;
	linux_undo(tcb, true, frto ? TCPSIM_RULE_CWND_UNDO_FRTO : TCPSIM_RULE_CWND_UNDO);
	tcb->sender.retransmits = 0;
	if (holds_without_sack(tcb))
		return true;
	if (frto || tcb->ok.sack) {
		sender_set_state(tcb, LOSS_OPEN);
		tcb->loss.reneged = false;
	}
	return true;
}

/* A partial ACK by a segment that was merely late. True: retransmissions are out, wait for what
 * they bring. */
static bool try_undo_partial(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;
	struct tcp_loss *loss = &tcb->loss;

	if (!loss->undo || !original_arrived(p))
		return false;
	loss_learn_reordering(loss, p->ack->una_before, tcb->snd.una, p->ack->mss,
		(uint32_t)tcb_sys(tcb)->reordering_max);
	if (loss->retrans)
		return true;
	forget_stamp_if_idle(tcb);
	linux_undo(tcb, true, TCPSIM_RULE_CWND_UNDO);
	linux_keep_open(tcb);
	return false;
}

/* --- what is lost --- */

/* Without SACK: the head, once the duplicates suffice, and after each partial ACK
 * (RFC 6582 §3.2). */
static void mark_head(struct tcp_tcb *tcb, bool una_advanced)
{
	struct tcp_loss *loss = &tcb->loss;
	bool enough = loss->state < LOSS_RECOVERY && loss->sacked >= loss->reordering;

	if (!enough && !(loss->state == LOSS_RECOVERY && una_advanced))
		return;
	if (loss_at(loss, loss->first)->flags & RECORD_LOST)
		return;
	loss_mark_lost(loss, loss->first);
}

static void identify_loss(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;
	struct tcp_loss *loss = &tcb->loss;
	uint32_t retrans = loss->retrans, wait;

	if (!loss->packets)
		return;
	if (!tcb->ok.sack) {
		mark_head(tcb, p->ack->flags & ACK_UNA_ADVANCED);
		return;
	}
	if (!loss->rack_advanced)
		return;
	loss->rack_advanced = false;
	wait = loss_rack_detect(loss, p->ack->now,
		loss_reorder_window_us(
			loss, tcb_sys(tcb), sender_min_rtt_us(tcb), tcb->rtt.us.srtt8 >> 3));
	if (wait) {
		/* two milliseconds for the timer's coarseness (Linux TCP_TIMEOUT_MIN_US) */
		sender_arm(tcb, TCPSIM_TIMER_REORDER,
			sender_jiffies_up(tcb, wait * NSEC_PER_USEC + 2 * NSEC_PER_MSEC));
		p->ack->flags &= ~(unsigned)ACK_SET_TIMER;
	}
	if (retrans > loss->retrans)
		p->ack->flags |= ACK_LOST_RETRANS;
}

/* --- states --- */

/* RFC 5682 §3.1. True: the timeout was settled, one way or the other. */
static bool forward_recovery(struct ack_run *p, bool recovered)
{
	struct tcp_tcb *tcb = p->tcb;
	struct tcp_loss *loss = &tcb->loss;
	unsigned flags = p->ack->flags;

	if (flags & ACK_ORIG_SACKED && try_undo_loss(p, true)) /* step 3b */
		return true;
	if (tcpsim_seq_gt(tcb->snd.nxt, loss->high_seq)) {
		if (flags & ACK_DATA_SACKED || p->dupacks)
			tcb->sender.frto = false; /* step 3a: the loss was real */
	} else if (flags & ACK_UNA_ADVANCED && !recovered) {
		loss->high_seq = tcb->snd.nxt;
		/* step 2b: two new segments instead of retransmissions */
		if (sender_has_unsent(tcb) &&
			tcpsim_seq_gt(tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd), tcb->snd.nxt)) {
			p->again = AGAIN_NEW_FIRST;
			return true;
		}
		tcb->sender.frto = false;
	}
	return false;
}

static void in_loss(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;
	struct tcp_loss *loss = &tcb->loss;
	bool recovered = tcpsim_seq_ge(tcb->snd.una, loss->high_seq),
	     advanced = p->ack->flags & ACK_UNA_ADVANCED;

	if (advanced && try_undo_loss(p, false))
		return;
	if (tcb->sender.frto && forward_recovery(p, recovered))
		return;
	if (recovered) {
		try_undo_recovery(p);
		return;
	}
	if (!tcb->ok.sack) {
		/* A duplicate now stands for new text that arrived: it clocks out more. */
		if (tcpsim_seq_gt(tcb->snd.nxt, loss->high_seq) && p->dupacks)
			loss_dupacks_add(loss, p->dupacks, tcb_sys(tcb));
		else if (advanced)
			loss->sacked = 0;
	}
	p->again = AGAIN_LOST;
}

static void count_rto_time(struct tcp_tcb *tcb)
{
	struct tcp_sender *s = &tcb->sender;

	if (!s->timeouts)
		return;
	s->total_rto_ms += sender_now_ms(tcb) - s->rto_since_ms;
	s->timeouts = false;
}

/* A state ends when its recovery point is acknowledged. True: the ACK is settled with it. */
static bool leave_state(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;
	struct tcp_loss *loss = &tcb->loss;

	if (loss->state == LOSS_OPEN) {
		tcb->sender.retrans_stamp_ns = 0;
		return false;
	}
	if (tcpsim_seq_lt(tcb->snd.una, loss->high_seq))
		return false;
	if (loss->state == LOSS_CWR) {
		/* CWR reaches the peer with what lies above the point. */
		if (!tcpsim_seq_eq(tcb->snd.una, loss->high_seq)) {
			linux_end_reduction(tcb);
			sender_set_state(tcb, LOSS_OPEN);
		}
	} else if (loss->state == LOSS_RECOVERY) {
		if (!tcb->ok.sack)
			loss->sacked = 0;
		if (try_undo_recovery(p))
			return true;
		linux_end_reduction(tcb);
	}
	return false;
}

/* True: the ACK is settled. */
static bool in_recovery(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;

	if (!(p->ack->flags & ACK_UNA_ADVANCED)) {
		if (!tcb->ok.sack)
			loss_dupacks_add(&tcb->loss, p->dupacks, tcb_sys(tcb));
	} else if (try_undo_partial(p)) {
		return true;
	}
	if (try_undo_dsack(tcb))
		linux_keep_open(tcb);
	identify_loss(p);
	if (tcb->loss.state == LOSS_RECOVERY)
		return false;
	/* Undone, yet loss is evident: a new recovery. */
	if (!tcb->loss.lost) {
		try_to_open(p);
		return true;
	}
	linux_enter_recovery(tcb, p->ack->flags & ACK_ECE);
	return false;
}

static bool in_open_or_disorder(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;
	struct tcp_loss *loss = &tcb->loss;

	if (!tcb->ok.sack) {
		if (p->ack->flags & ACK_UNA_ADVANCED)
			loss->sacked = 0;
		loss_dupacks_add(loss, p->dupacks, tcb_sys(tcb));
	}
	if (loss->state <= LOSS_DISORDER)
		try_undo_dsack(tcb);
	identify_loss(p);
	if (!loss->lost) {
		try_to_open(p);
		return true;
	}
	if (mtu_probe_lost(tcb)) {
		p->again = AGAIN_LOST;
		return true;
	}
	linux_enter_recovery(tcb, p->ack->flags & ACK_ECE);
	return false;
}

/* A SACKed head after SND.UNA moved: give the receiver a moment to repair it, then time out
 * (RFC 2018 §8). */
static bool check_reneging(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;
	int64_t delay = (int64_t)(tcb->rtt.us.srtt8 >> 4) * NSEC_PER_USEC;

	if (!(p->ack->flags & ACK_RENEGED) || !(p->ack->flags & ACK_UNA_ADVANCED))
		return false;
	if (delay < 10 * NSEC_PER_MSEC)
		delay = 10 * NSEC_PER_MSEC;
	sender_arm(tcb, TCPSIM_TIMER_RETRANSMIT, delay);
	p->ack->flags &= ~(unsigned)ACK_SET_TIMER;
	return true;
}

static void alert(struct ack_run *p)
{
	struct tcp_tcb *tcb = p->tcb;
	struct tcp_loss *loss = &tcb->loss;
	bool settled;

	if (!loss->packets && loss->sacked)
		loss->sacked = 0;
	if (p->ack->flags & ACK_ECE)
		tcb->cc.prior_ssthresh = 0;
	if (check_reneging(p) || leave_state(p))
		return;
	switch (loss->state) {
	case LOSS_RECOVERY: settled = in_recovery(p); break;
	case LOSS_LOSS:
		in_loss(p);
		if (loss->state != LOSS_LOSS)
			count_rto_time(tcb);
		identify_loss(p);
		if (loss->state != LOSS_OPEN && !(p->ack->flags & ACK_LOST_RETRANS))
			return;
		settled = in_open_or_disorder(p);
		break;
	default: settled = in_open_or_disorder(p); break;
	}
	if (!settled)
		p->again = AGAIN_LOST;
}

/* --- the tail loss probe's answer, RFC 8985 §7.4 --- */

static void probe_answered(struct tcp_tcb *tcb, const struct loss_ack *ack, tcpsim_seq seg_ack)
{
	struct tcp_loss *loss = &tcb->loss;

	if (tcpsim_seq_lt(seg_ack, loss->tlp_high_seq))
		return;
	if (!loss->tlp_retrans || ack->flags & ACK_DSACK_TLP) {
		loss->tlp = false; /* it was new text, or both arrived */
	} else if (tcpsim_seq_gt(seg_ack, loss->tlp_high_seq)) {
		/* No D-SACK by now: the probe repaired a loss, which counts as one. */
		sender_begin_reduction(tcb, CC_LOSS);
		sender_set_state(tcb, LOSS_CWR);
		linux_end_reduction(tcb);
		linux_keep_open(tcb);
		sender_event(tcb, TCPSIM_RULE_CWND_PROBE_LOSS);
	} else if (!(ack->flags & (ACK_UNA_ADVANCED | ACK_NOT_DUP | ACK_DATA_SACKED))) {
		loss->tlp = false; /* a duplicate: both arrived */
	}
}

/* --- the ACK --- */

static void take_off_acked(struct tcp_tcb *tcb, const struct tcpsim_segment *seg,
	struct loss_ack *ack, tcpsim_seq highest, uint32_t delivered,
	struct sender_verdict *verdict)
{
	struct tcp_loss *loss = &tcb->loss;
	bool clocked;

	loss_acked(loss, ack);
	if (ack->flags & ACK_SYN_ACKED) /* tcp_clean_rtx_queue */
		tcb->sender.retrans_stamp_ns = 0;
	sender_clock_rtt(tcb, seg, ack, verdict);
	clocked = verdict->rtt_ns >= 0;
	if (ack->flags & ACK_ACKED) {
		ack->flags |= ACK_SET_TIMER;
		mtu_probe_acked(tcb);
		if (!tcb->ok.sack) {
			loss_dupacks_remove(loss, ack->packets_acked, tcb_sys(tcb));
			if (ack->flags &
				ACK_RETRANS_ACKED) /* no telling which transmission arrived */
				ack->flags &= ~(unsigned)ACK_ORIG_SACKED;
		} else if (tcpsim_seq_lt(ack->reorder, highest)) {
			loss_learn_reordering(loss, ack->reorder, tcb->snd.una, ack->mss,
				(uint32_t)tcb_sys(tcb)->reordering_max);
		}
	} else if (loss->packets && clocked && ack->first_sacked_ns >= 0 &&
		   ack->first_sacked_ns < loss_at(loss, loss->first)->sent_ns) {
		/* Not when the round trip is of what left after the head: the timer would never
		 * fire. */
		ack->flags |= ACK_SET_TIMER;
	}
	sender_sample_cc(tcb, ack, verdict->rtt_ns, loss->delivered - delivered);
}

static void take_sack(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack)
{
	struct tcp_loss *loss = &tcb->loss;

	loss_sacked(loss, ack, seg->options.sack, seg->options.n_sack, seg->ack);
	loss->delivered += ack->sack_delivered;
	if ((loss->state != LOSS_LOSS || loss->undo) && tcpsim_seq_lt(ack->reorder, ack->nxt)) {
		loss_learn_reordering(loss, ack->reorder, tcb->snd.una, ack->mss,
			(uint32_t)tcb_sys(tcb)->reordering_max);
		ack->reorder = ack->nxt;
	}
}

static bool has_sack(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	return tcb->ok.sack && seg->options.present & TCPSIM_HAS_SACK && seg->options.n_sack;
}

static bool may_grow(const struct tcp_tcb *tcb, unsigned flags)
{
	/* A path that reorders much would otherwise hardly ever grow. */
	if (tcb->loss.reordering > (uint32_t)tcb_sys(tcb)->dupack_threshold)
		return flags & ACK_PROGRESS;
	return flags & ACK_DATA_ACKED;
}

static void move_window(struct ack_run *p, int64_t rtt_ns, uint32_t delivered, uint32_t lost)
{
	struct tcp_tcb *tcb = p->tcb;
	bool reducing = sender_in_reduction(tcb) && !sender_cc_controls(tcb);

	if (reducing)
		linux_reduce(tcb, delivered, lost, p->ack->flags & ACK_UNA_ADVANCED);
	sender_notify_cc(
		tcb, p->ack, rtt_ns, delivered, lost, !reducing && may_grow(tcb, p->ack->flags));
}

static void decide(struct ack_run *p, struct sender_verdict *verdict)
{
	verdict->retransmit = p->again != AGAIN_NONE;
	p->tcb->sender.resend = p->again == AGAIN_LOST;
	verdict->new_first = p->tcb->sender.new_first = p->again == AGAIN_NEW_FIRST;
}

static bool is_dubious(const struct tcp_tcb *tcb, unsigned flags)
{
	return !(flags & ACK_NOT_DUP) || flags & ACK_ALERT || tcb->loss.state != LOSS_OPEN;
}

static bool is_duplicate(unsigned flags)
{
	return !(flags & (ACK_UNA_ADVANCED | ACK_NOT_DUP | ACK_DSACK));
}

/* Older than SND.UNA: only its SACK counts. */
static void old_ack(struct ack_run *p, struct sender_verdict *verdict)
{
	if (!has_sack(p->tcb, p->seg))
		return;
	take_sack(p->tcb, p->seg, p->ack);
	alert(p);
	decide(p, verdict);
}

void linux_ack(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack,
	struct sender_verdict *verdict)
{
	struct tcp_loss *loss = &tcb->loss;
	struct ack_run p = {.tcb = tcb, .seg = seg, .ack = ack};
	uint32_t delivered = loss->delivered, lost = loss->lost_total, packets = loss->packets;
	tcpsim_seq highest;

	if (tcpsim_seq_lt(seg->ack, ack->una_before)) {
		old_ack(&p, verdict);
		return;
	}
	highest = tcb->ok.sack ? loss_highest_sacked(loss, ack->una_before) : ack->una_before;
	if (has_sack(tcb, seg))
		take_sack(tcb, seg, ack);
	if (packets) {
		take_off_acked(tcb, seg, ack, highest, delivered, verdict);
		loss_rack_adapt(loss, ack, tcb_sys(tcb));
	}
	if (loss->tlp)
		probe_answered(tcb, ack, seg->ack);
	if (!packets) {
		if (ack->flags & ACK_DSACK)
			alert(&p);
		return;
	}
	if (is_dubious(tcb, ack->flags)) {
		p.dupacks = is_duplicate(ack->flags);
		alert(&p);
	}
	if (ack->flags & ACK_SET_TIMER && !sender_arm_probe(tcb, true))
		sender_rearm_rto(tcb, tcp_timer_runs(tcb, TCPSIM_TIMER_PROBE) ||
					      tcp_timer_runs(tcb, TCPSIM_TIMER_REORDER));
	move_window(&p, verdict->rtt_ns, loss->delivered - delivered, loss->lost_total - lost);
	decide(&p, verdict);
}
