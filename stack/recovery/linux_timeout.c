/*
 * Linux's timers in recovery: the retransmission timeout (tcp_enter_loss), the reordering timer
 * (RFC 8985 §6.3), and what makes a timeout no sign of a dead peer.
 */
#include <loss/rack.h>
#include <loss/record.h>
#include <recovery/linux_cwnd.h>
#include <recovery/linux_timeout.h>
#include <tcp/mtu_probe.h>
#include <tcp/sender.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_timer.h>

/* --- the retransmission timer --- */

/*
 * All that was outstanding is lost, but what left so lately, after the head, that RACK would still
 * wait for it. The head is all that left as one with it; one that was SACKed means that the
 * receiver threw SACKed text away (RFC 2018 §8).
 */
static void mark_all_lost(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;
	bool reneged, head = true;

	if (!loss->packets)
		return;
	reneged = loss_at(loss, loss->first)->flags & RECORD_SACKED;
	if (reneged) {
		loss->sacked = loss->sacked_bytes = 0;
		loss->reneged = true;
	} else if (!tcb->ok.sack) {
		loss->sacked = 0;
	}
	for (uint32_t i = loss->first; i != loss_end(loss); i++) {
		struct loss_record *r = loss_at(loss, i);

		head = head && (i == loss->first || r->flags & RECORD_JOINED);
		if (reneged)
			r->flags &= (uint16_t)~RECORD_SACKED;
		else if (!head && loss_rack_remaining_us(loss, r, tcb_now(tcb), 0) > 0)
			continue;
		loss_mark_lost(loss, i);
	}
	loss->hint = loss->judged = loss->first;
}

static bool reduces_again(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;

	return loss->state <= LOSS_DISORDER || tcpsim_seq_le(loss->high_seq, tcb->snd.una) ||
	       (loss->state == LOSS_LOSS && !tcb->sender.retransmits);
}

void linux_timeout(struct tcp_tcb *tcb, bool window_shut)
{
	struct tcp_loss *loss = &tcb->loss;
	struct cc *cc = &tcb->cc;
	uint32_t threshold = (uint32_t)tcb_sys(tcb)->dupack_threshold;
	bool new_recovery = loss->state < LOSS_RECOVERY;

	(void)window_shut; /* the count of timeouts is left alone: it ends with an answer */
	mark_all_lost(tcb);
	if (reduces_again(tcb)) { /* once a window */
		cc->prior_ssthresh = sender_current_ssthresh(tcb);
		cc->prior_cwnd = cc->cwnd;
		sender_take_ssthresh(tcb, CC_TIMEOUT);
		linux_begin_undo(tcb);
	}
	cc->cwnd = loss_in_flight(loss) + 1;
	cc->cwnd_cnt = 0;
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	/* A timeout in spite of many duplicates: the threshold was learned too high. */
	if (loss->state <= LOSS_DISORDER && loss->sacked >= threshold)
		loss->reordering = u32_min(loss->reordering, threshold);
	sender_set_state(tcb, LOSS_LOSS);
	sender_signal_cc(tcb, CC_TIMEOUT);
	loss->high_seq = tcb->snd.nxt;
	loss->tlp = false;
	tcb->sender.queue_cwr = tcb->ok.ecn;
	/* RFC 5682 §3.1 step 1: not in the midst of another recovery. */
	/* Nor where a probe of the MTU may be what was lost (Linux tcp_enter_loss). */
	tcb->sender.frto = tcb_sys(tcb)->frto && (new_recovery || tcb->sender.retransmits) &&
			   !tcb->mtu_probe.size;
	tcb->sender.new_first = false;
	sender_event(tcb, TCPSIM_RULE_CWND_TIMEOUT);
}

/* A peer that shrank its window to nothing: what it does not answer are probes
 * (tcp_retransmit_timer). */
bool linux_shut_window_excuses(const struct tcp_tcb *tcb)
{
	(void)tcb;
	return true;
}

/* tcp_ld_RTO_revert: one backoff less, and the timer is set by what remains of it. */
void linux_route_failed(struct tcp_tcb *tcb)
{
	int64_t left;

	if (!tcb->sender.retransmits || !tcb->persist_shift || !tcb->loss.packets)
		return;
	tcb->rtt.backoff = --tcb->persist_shift;
	left = sender_rto_from_head(tcb);
	sender_arm(tcb, TCPSIM_TIMER_RETRANSMIT, left > 0 ? left : 0);
}

/* --- the reordering timer --- */

bool linux_reorder_timeout(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;
	uint32_t in_flight = loss_in_flight(loss), lost = loss->lost_total;
	uint32_t srtt_us = tcb->rtt.us.srtt8 >> 3;

	loss_rack_detect(loss, tcb_now(tcb),
		loss_reorder_window_us(loss, tcb_sys(tcb), sender_min_rtt_us(tcb), srtt_us));
	if (in_flight == loss_in_flight(loss))
		return false;
	if (loss->state != LOSS_RECOVERY) {
		linux_enter_recovery(tcb, false);
		if (!sender_cc_controls(tcb))
			linux_reduce(tcb, 1, loss->lost_total - lost, false);
	}
	return true;
}
