/* Segments that ask rather than tell: the probe of a shut window (RFC 9293 §3.8.6.1) and the
 * keep-alive (RFC 1122 §4.2.3.6). See output.h. */
#include <tcp/output.h>
#include <tcp/persist.h>
#include <tcp/probes.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_send.h>
#include <tcp/state.h>

/* Linux tcp_write_wakeup: PSH counts as asked for up to the end of the skb that it is from. */
static void note_pushed(struct tcp_tcb *tcb)
{
	const struct tcp_skb *head = skbs_head(&tcb->sendq.skbs);

	if (head && tcpsim_seq_lt(tcb->snd.pushed, head->end))
		tcb->snd.pushed = head->end;
}

void tcp_send_window_probe(struct tcp_tcb *tcb)
{
	uint32_t unsent = tcb->snd.end.n - tcb->snd.nxt.n,
		 open = tcpsim_seq_diff(tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd), tcb->snd.nxt) >
					0
				? tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd).n - tcb->snd.nxt.n
				: 0;
	uint32_t len;

	if (persist_waits(tcb)) { /* the first byte that is out, again: the window begins there */
		len = tcb->snd.una.n != tcb->snd.end.n && tcb_sys(tcb)->persist_probe_data;
		tcp_transmit(tcb, TCPSIM_ACK | (len ? 0 : TCPSIM_FIN), tcb->snd.una, len,
			TCPSIM_RULE_PROBE_WINDOW);
		return;
	}
	if (tcb->fin_sent)
		unsent = 0;
	len = u32_min(
		unsent, open ? u32_min(open, tcb->snd.mss) : tcb_sys(tcb)->persist_probe_data);
	if (!len || (open && !sender_reserve(tcb, len))) {
		/* Below the window: the answer tells the window, nothing is taken (RFC 9293
		 * §3.8.6.1). Linux tcp_write_wakeup says twice that urgent text waits. */
		if (tcb->snd.urgent && tcb_sys(tcb)->probe_repeats_urgent)
			tcp_transmit(tcb, TCPSIM_ACK, tcb->snd.una, 0, TCPSIM_RULE_PROBE_WINDOW);
		tcp_transmit(tcb, TCPSIM_ACK, tcpsim_seq_sub(tcb->snd.una, 1), 0,
			TCPSIM_RULE_PROBE_WINDOW);
		return;
	}
	if (open)
		note_pushed(tcb);
	tcp_transmit(tcb, TCPSIM_ACK | (open ? TCPSIM_PSH : 0), tcb->snd.nxt, len,
		TCPSIM_RULE_PROBE_WINDOW);
	if (!open) {
		/* Beyond the window, so no text that is out: were it, its retransmission would end
		 * a connection whose peer answers (RFC 1122 §4.2.2.17), and ACKs would bear a
		 * sequence number that a peer refuses whose window is shut. */
		tcb->snd.probe_end = tcpsim_seq_add(tcb->snd.nxt, len);
		return;
	}
	sender_sent(tcb, tcb->snd.nxt, len, SENT_PROBE);
	/* Linux tcp_write_wakeup: no run of output, of which cwnd would be judged */
	tcb->sender.burst = tcb->sender.burst && !tcb_sys(tcb)->whole_segments;
	tcb->snd.nxt = tcpsim_seq_add(tcb->snd.nxt, len);
	skbs_probed(&tcb->sendq.skbs, tcb->sendq.pool, tcb->snd.nxt);
}

/* The peer had room for the byte of a window probe: it was sent after all. When is not known, as
 * probes are repeated (Karn). */
void tcp_window_probe_acked(struct tcp_tcb *tcb, tcpsim_seq ack)
{
	bool timing = tcb->sender.timing;

	if (!tcpsim_seq_eq(ack, tcb->snd.probe_end) ||
		!tcpsim_seq_eq(ack, tcpsim_seq_add(tcb->snd.nxt, 1)) ||
		!tcpsim_seq_gt(tcb->snd.end, tcb->snd.nxt) || tcb->fin_sent ||
		!sender_reserve(tcb, 1))
		return;
	sender_sent(tcb, tcb->snd.nxt, 1, SENT_PROBE);
	tcb->sender.timing = timing;
	tcb->snd.nxt = ack;
	skbs_left(&tcb->sendq.skbs, tcb->sendq.pool, ack);
}

void tcp_send_keepalive(struct tcp_tcb *tcb)
{
	tcp_transmit(
		tcb, TCPSIM_ACK, tcpsim_seq_sub(tcb->snd.una, 1), 0, TCPSIM_RULE_PROBE_KEEPALIVE);
}
