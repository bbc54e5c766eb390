/* SEGMENT ARRIVES, RFC 9293 §3.10.7, for a connection that has a TCB. */
#ifndef TCPSIM_TCP_ARRIVE_H
#define TCPSIM_TCP_ARRIVE_H

#include <tcp/tcb.h>

/* The whole of §3.10.7.3 and §3.10.7.4, and what is sent because of it. The TCB may be gone
 * afterwards. */
void arrive_segment(
	struct tcp_tcb *tcb, const struct wire_packet *in, struct tcpsim_packet *packet);
/* Text of a SYN that is taken before the handshake is done (Fast Open). */
void arrive_syn_text(
	struct tcp_tcb *tcb, const struct wire_packet *in, struct tcpsim_packet *packet);

#endif
