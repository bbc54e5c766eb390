/*
 * What moves the congestion window of every system: reductions as they begin, idleness (RFC 5681
 * §4.1), and the events that go to congestion control and to the recovery.
 */
#include <tcp/sender.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>

uint32_t sender_current_ssthresh(const struct tcp_tcb *tcb)
{
	const struct cc *cc = &tcb->cc;

	if (sender_in_reduction(tcb))
		return cc->ssthresh;
	return u32_max(cc->ssthresh, (cc->cwnd >> 1) + (cc->cwnd >> 2));
}

void sender_signal_cc(struct tcp_tcb *tcb, enum cc_signal why)
{
	struct cc_event event = sender_cc_event(tcb);

	if (tcb->cc.ops && tcb->cc.ops->signal)
		tcb->cc.ops->signal(&tcb->cc, why, &event);
}

void sender_take_ssthresh(struct tcp_tcb *tcb, enum cc_signal why)
{
	struct cc_event event = sender_cc_event(tcb);

	if (tcb->cc.ops)
		tcb->cc.ssthresh = tcb->cc.ops->ssthresh(&tcb->cc, why, &event);
}

void sender_begin_reduction(struct tcp_tcb *tcb, enum cc_signal why)
{
	tcb->loss.high_seq = tcb->snd.nxt;
	tcb->loss.tlp = false;
	tcb->cc.cwnd_cnt = 0;
	tcb->cc.prior_cwnd = tcb->cc.cwnd;
	tcb->sender.prr_delivered = tcb->sender.prr_out = 0;
	sender_take_ssthresh(tcb, why);
	tcb->sender.queue_cwr = tcb->ok.ecn;
}

/* --- a window that is not used --- */

void sender_note_limited(struct tcp_tcb *tcb, bool cwnd_limited)
{
	bool burst = tcb->sender.burst;

	tcb->sender.burst = false;
	if ((burst || cwnd_limited) && sender_recovery(tcb)->run_ended)
		sender_recovery(tcb)->run_ended(tcb, burst, cwnd_limited);
}

void sender_cwnd_used(struct tcp_tcb *tcb)
{
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
}

void sender_probe_left(struct tcp_tcb *tcb)
{
	if (sender_recovery(tcb)->run_ended)
		sender_recovery(tcb)->run_ended(tcb, false, false);
}

/* RFC 5681 §4.1. Linux halves cwnd for each RTO that passed; the BSDs go to the restart window at
 * once. */
static void restart_from_idle(struct tcp_tcb *tcb, int64_t idle)
{
	struct cc *cc = &tcb->cc;
	uint32_t restart = u32_min(sender_initial_window(tcb), cc->cwnd);

	sender_signal_cc(tcb, CC_IDLE_RESTART);
	if (cc->bytes) {
		cc->cwnd = restart;
	} else {
		cc->ssthresh = sender_current_ssthresh(tcb);
		while ((idle -= sender_rto(tcb)) > 0 && cc->cwnd > restart)
			cc->cwnd >>= 1;
		cc->cwnd = u32_max(cc->cwnd, restart);
	}
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	tcb->sender.cwnd_used = 0;
	sender_event(tcb, TCPSIM_RULE_CWND_IDLE);
}

void sender_restart(struct tcp_tcb *tcb)
{
	int64_t idle = tcb->last_sent_ns ? tcb_now(tcb) - tcb->last_sent_ns : 0;

	if (tcb->loss.packets)
		return;
	if (tcb_sys(tcb)->slow_start_after_idle && tcb->last_sent_ns && idle > sender_rto(tcb) &&
		!sender_cc_controls(tcb))
		restart_from_idle(tcb, idle);
}

void sender_text_leaves(struct tcp_tcb *tcb)
{
	if (sender_recovery(tcb)->flight_begins(tcb))
		sender_signal_cc(tcb, CC_SEND_START);
}

bool sender_local_drop(struct tcp_tcb *tcb)
{
	return sender_recovery(tcb)->local_drop(tcb);
}

void sender_collapse(struct tcp_tcb *tcb)
{
	tcb->cc.cwnd = cc_segment(&tcb->cc);
	sender_event(tcb, TCPSIM_RULE_CWND_QUENCH);
}

void sender_ecn_echo(struct tcp_tcb *tcb, uint32_t ce_packets)
{
	if (ce_packets == 0)
		return;
	tcb->sender.ece_now = true;
	tcb->sender.ce_segments += ce_packets;
	if (!tcb->loss.packets && tcb->loss.state >= LOSS_CWR)
		return;
	sender_recovery(tcb)->marks(tcb);
}
