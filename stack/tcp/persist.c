/* What waits for a window that is shut, or was made smaller. See persist.h. */
#include <tcp/persist.h>
#include <tcp/sender_timer.h>
#include <tcp/state.h>
#include <tcp/timers.h>

static tcpsim_seq window_end(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd);
}

bool persist_waits(const struct tcp_tcb *tcb)
{
	return tcb->probing && sender_outstanding(tcb) && !tcb->snd.wnd &&
	       tcb_sys(tcb)->shut_window == TCPSIM_SHUT_WINDOW_PERSISTS;
}

/* FreeBSD tcp_output: there is text beyond what SND.NXT stands before; all of it, after a timeout.
 */
static bool has_more(const struct tcp_tcb *tcb)
{
	return tcb->snd.end.n != tcb->snd.nxt.n - tcb->fin_sent || tcb->loss.state == LOSS_LOSS;
}

bool persist_takes_over(struct tcp_tcb *tcb)
{
	if (tcb->snd.wnd || !sender_outstanding(tcb) ||
		tcb_sys(tcb)->shut_window != TCPSIM_SHUT_WINDOW_PERSISTS)
		return false;
	if (!tcb->probing) {
		if (!has_more(tcb))
			return false;
		sender_pull_back(tcb);
	}
	tcp_persist_start(tcb);
	return true;
}

/* Less than a unit of the scale beyond the window may be its rounding. */
static bool may_be_rounding(const struct tcp_tcb *tcb, tcpsim_seq seq)
{
	int32_t beyond = tcpsim_seq_diff(seq, window_end(tcb));

	return beyond <= 0 || (tcb->ok.window_scaling && beyond < 1 << tcb->rcv.scale);
}

/* Linux tcp_acceptable_seq: a peer that took back some of its window, refuses what stands beyond
 * it, the acknowledgment with it. */
static tcpsim_seq acceptable_seq(const struct tcp_tcb *tcb)
{
	/* Text of a SYN that was refused counts as sent, and may lie beyond any window: what else
	 * went was within the widest, and a peer that took it refuses a number before its end. */
	tcpsim_seq sent =
		tcpsim_seq_min(tcb->snd.nxt, tcpsim_seq_add(tcb->snd.una, tcb->snd.max_wnd));

	if (may_be_rounding(tcb, tcb->snd.nxt))
		return tcb->snd.nxt;
	if (tcpsim_seq_diff(tcb->snd.nxt, window_end(tcb)) == 1 &&
		tcpsim_seq_eq(tcb->snd.nxt, tcb->snd.probe_end))
		return tcb->snd.nxt; /* the peer took the byte of a probe, and said so */
	return may_be_rounding(tcb, sent) ? sent : window_end(tcb);
}

tcpsim_seq persist_rst_seq(const struct tcp_tcb *tcb)
{
	return tcb_sys(tcb)->ack_in_window ? acceptable_seq(tcb) : tcb->snd.nxt;
}

tcpsim_seq persist_ack_seq(const struct tcp_tcb *tcb)
{
	return persist_waits(tcb) ? tcb->snd.una : persist_rst_seq(tcb);
}
