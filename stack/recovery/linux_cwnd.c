/*
 * Linux's congestion window in trouble: reduction by what is delivered (RFC 6937) and its undoing
 * (RFC 3522, 4015). Reductions are entered here, and left as the ACKs tell (linux_ack.c).
 */
#include <loss/record.h>
#include <recovery/linux_ack.h>
#include <recovery/linux_cwnd.h>
#include <recovery/prr.h>
#include <tcp/sender.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>

/* The slow start bound of draft-ietf-tcpm-prr-rfc6937bis: one more than delivered, but only while
 * each ACK shows progress without new loss. */
void linux_reduce(struct tcp_tcb *tcb, uint32_t delivered, uint32_t newly_lost, bool una_advanced)
{
	struct tcp_sender *s = &tcb->sender;
	struct cc *cc = &tcb->cc;
	uint32_t in_flight = loss_in_flight(&tcb->loss);
	int64_t send;

	if (delivered == 0 || cc->prior_cwnd == 0)
		return;
	s->prr_delivered += delivered;
	send = prr_may_send(&(struct prr){
		.pipe = in_flight,
		.ssthresh = cc->ssthresh,
		.start = cc->prior_cwnd,
		.delivered = s->prr_delivered,
		.out = s->prr_out,
		.newly = delivered,
		.bonus = una_advanced && !newly_lost,
	});
	/* The fast retransmission itself leaves in any case. */
	if (send < (s->prr_out ? 0 : 1))
		send = s->prr_out ? 0 : 1;
	cc->cwnd = in_flight + (uint32_t)send;
	sender_event(tcb, TCPSIM_RULE_CWND_PRR);
}

void linux_end_reduction(struct tcp_tcb *tcb)
{
	struct cc *cc = &tcb->cc;

	if (sender_cc_controls(tcb))
		return;
	if (cc->ssthresh < CC_SSTHRESH_INFINITE &&
		(tcb->loss.state == LOSS_CWR || tcb->loss.undo)) {
		cc->cwnd = cc->ssthresh;
		tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	}
	sender_signal_cc(tcb, CC_RECOVERED);
	sender_event(tcb, TCPSIM_RULE_CWND_RECOVERED);
}

void linux_begin_undo(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;

	loss->undo = true;
	loss->undo_marker = tcb->snd.una;
	/* Retransmissions already out may bring D-SACKs later; 0 would mean that all
	 * were needless. */
	loss->undo_retrans = (int32_t)loss->retrans + (loss->tlp && loss->tlp_retrans);
	if (!loss->undo_retrans)
		loss->undo_retrans = -1;
}

void linux_undo(struct tcp_tcb *tcb, bool unmark, enum tcpsim_rule rule)
{
	struct tcp_loss *loss = &tcb->loss;
	struct cc *cc = &tcb->cc;

	if (unmark)
		loss_unmark_all(loss);
	if (cc->prior_ssthresh) {
		if (!sender_cc_controls(tcb))
			cc->cwnd = u32_max(cc->cwnd, cc->prior_cwnd);
		if (cc->prior_ssthresh > cc->ssthresh) {
			cc->ssthresh = cc->prior_ssthresh;
			tcb->sender.queue_cwr = false;
		}
		sender_signal_cc(tcb, CC_UNDO);
	}
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	loss->undo = false;
	loss->rack_advanced = true; /* what was lost is judged anew */
	sender_event(tcb, rule);
}

void linux_enter_cwr(struct tcp_tcb *tcb)
{
	tcb->cc.prior_ssthresh = 0;
	if (tcb->loss.state >= LOSS_CWR)
		return;
	tcb->loss.undo = false;
	sender_begin_reduction(tcb, CC_ECN);
	sender_set_state(tcb, LOSS_CWR);
	sender_event(tcb, TCPSIM_RULE_CWND_ECN);
}

/* The clock of the episode (undo, R2) starts with its first retransmission. */
static void clean_retrans_stamp(struct tcp_tcb *tcb)
{
	if (!linux_any_retransmitted(tcb))
		tcb->sender.retrans_stamp_ns = 0;
}

void linux_enter_recovery(struct tcp_tcb *tcb, bool ece)
{
	clean_retrans_stamp(tcb);
	tcb->cc.prior_ssthresh = 0;
	linux_begin_undo(tcb);
	if (!sender_in_reduction(tcb)) {
		if (!ece)
			tcb->cc.prior_ssthresh = sender_current_ssthresh(tcb);
		sender_begin_reduction(tcb, CC_LOSS);
	}
	sender_set_state(tcb, LOSS_RECOVERY);
	sender_signal_cc(tcb, CC_LOSS);
	sender_event(tcb, TCPSIM_RULE_CWND_RECOVERY);
}

/* A segment that the own device has no room for is congestion, at home (tcp_xmit: NET_XMIT_CN). */
bool linux_local_drop(struct tcp_tcb *tcb)
{
	linux_enter_cwr(tcb);
	return true;
}
