/* See output_again.h. */
#include <tcp/output_again.h>

#include <host/host.h>
#include <tcp/output.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_send.h>

void output_again(struct tcp_tcb *tcb)
{
	struct sender_range range;

	while (sender_next_retransmit(tcb, &range)) {
		if (output_pacing_holds(tcb))
			return;

		bool fin = range.fin;

		if (output_device_refuses(tcb))
			return;
		tcb->count.retrans_segs++;
		tcb->count.bytes_retrans += range.len;
		host_count(tcb->host, COUNTER_RETRANS_SEGS);
		if (range.syn)
			tcp_send_syn(tcb, TCPSIM_RULE_RETRANSMIT_SYN_ACK);
		else
			tcp_transmit(tcb,
				TCPSIM_ACK | (fin ? TCPSIM_FIN : 0) | (range.push ? TCPSIM_PSH : 0),
				range.seq, range.len, range.rule);
		sender_retransmitted(tcb, range.seq, range.len, fin ? SENT_FIN : 0);
	}
	sender_resend_done(tcb);
}

void tcp_output_recovery(struct tcp_tcb *tcb)
{
	if (!tcb_sys(tcb)->push_by_write || tcb->in_output || !tcp_may_send_text(tcb))
		return;
	tcb->in_output = true;
	output_again(tcb);
	tcb->in_output = false;
}
