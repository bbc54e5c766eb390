/* Why nothing more leaves now. See limit.h. */
#include <tcp/limit.h>

#include <poll.h>
#include <tcp/output.h>
#include <tcp/sender_send.h>
#include <tcp/state.h>
#include <tcp/status.h>

static bool in_recovery(const struct tcp_tcb *tcb)
{
	return tcb->loss.state == LOSS_RECOVERY || tcb->loss.state == LOSS_LOSS ||
	       tcb->sender.retransmits > 0;
}

/* The process has more, and no room for it. (One that only asks for room may find some.) */
static bool waits_for_room(const struct tcp_tcb *tcb)
{
	return tcb->no_space && !(tcp_poll(tcb) & POLLOUT);
}

static enum tcpsim_rule limit_of(const struct tcp_tcb *tcb)
{
	uint32_t unsent = tcb->fin_sent ? 0 : tcb->snd.end.n - tcb->snd.nxt.n;
	uint32_t wanted = unsent < tcb->snd.mss ? unsent : tcb->snd.mss;
	uint32_t usable = output_usable_window(tcb);

	if (in_recovery(tcb))
		return TCPSIM_RULE_LIMIT_RECOVERY;
	if (unsent == 0 && tcpsim_seq_eq(tcb->snd.una, tcb->snd.nxt))
		return TCPSIM_RULE_LIMIT_APPLICATION;
	if (unsent == 0)
		return waits_for_room(tcb) ? TCPSIM_RULE_LIMIT_BUFFER : TCPSIM_RULE_LIMIT_PATH;
	if (usable < wanted && usable <= sender_room(tcb))
		return TCPSIM_RULE_LIMIT_WINDOW;
	/* What cwnd would permit waits for more by Nagle's rule, or to fill a super-segment: for an
	 * acknowledgment, in either case. */
	if (sender_room(tcb) < wanted || unsent > tcb->snd.mss)
		return TCPSIM_RULE_LIMIT_CONGESTION;
	return waits_for_room(tcb) ? TCPSIM_RULE_LIMIT_BUFFER : TCPSIM_RULE_LIMIT_NAGLE;
}

void limit_report(struct tcp_tcb *tcb)
{
	enum tcpsim_rule limit;

	if (!host_listens(tcb->host))
		return;
	if (tcp_may_send_text(tcb))
		limit = limit_of(tcb);
	else if (tcb->limit_reported != TCPSIM_RULE_NONE) /* it has said all */
		limit = TCPSIM_RULE_LIMIT_APPLICATION;
	else
		return;
	if (limit == tcb->limit_reported)
		return;
	tcb->limit_reported = (uint16_t)limit;
	tcp_event_note(tcb, TCPSIM_EVENT_LIMIT, limit, 0);
}
