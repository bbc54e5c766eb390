/* 4.4BSD: one segment may wait for the fast timeout; the second is acknowledged. */
#include <tcp/delack_rule.h>
#include <tcp/window.h>

static void text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool filled)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	int64_t delay = sys->delack_max;

	tcp_window_text_arrived(tcb, text, true);
	tcb->delack.pending |= DELACK_OWED;
	/* RFC 5681 §4.2: what fills a gap, or part of one, is acknowledged at once. */
	if (filled || recvq_has_gap(&tcb->recvq) || !sys->delayed_ack ||
		tcp_timer_runs(tcb, TCPSIM_TIMER_DELACK) || tcb->zero_window_sent ||
		(sys->delack_established_only &&
			tcb->state != TCPSIM_ESTABLISHED)) { /* TCP_REASS */
		tcb->ack_now = true;
		return;
	}
	if (sys->delack_rule == TCPSIM_DELACK_BSD_FAST)
		tcp_timer_set(tcb, TCPSIM_TIMER_DELACK, (tcb_now(tcb) / delay + 1) * delay);
	else
		tcp_timer_set(tcb, TCPSIM_TIMER_DELACK, tcb_now(tcb) + delay);
}

/* RFC 5681 §4.2: a segment out of order is acknowledged at once, for the sender to count. */
static void at_once(struct tcp_tcb *tcb)
{
	tcb->ack_now = true;
}

static void out_of_order(struct tcp_tcb *tcb, const struct delack_text *text)
{
	tcp_window_text_arrived(tcb, text, false);
	tcb->delack.pending |= DELACK_OWED;
	at_once(tcb);
}

const struct delack_rule DELACK_RULE_FIXED = {
	.text_arrived = text_arrived,
	.out_of_order = out_of_order,
	.not_taken = at_once,
	.overlap = at_once, /* RFC 2883 §4: a duplicate is told at once */
	.fin_arrived = at_once,
};
