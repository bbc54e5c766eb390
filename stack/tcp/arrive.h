/* SEGMENT ARRIVES, RFC 9293 §3.10.7, for a connection that has a TCB. */
#ifndef TCPSIM_TCP_ARRIVE_H
#define TCPSIM_TCP_ARRIVE_H

#include <tcp/tcb.h>
#include <wire/wire.h>

struct arrival;

/* The whole of §3.10.7.3 and §3.10.7.4, and what is sent because of it. The TCB may be gone
 * afterwards. */
void arrive_segment(
	struct tcp_tcb *tcb, const struct wire_packet *in, struct tcpsim_packet *packet);
/* Text of a SYN that is taken before the handshake is done (Fast Open). */
void arrive_syn_text(
	struct tcp_tcb *tcb, const struct wire_packet *in, struct tcpsim_packet *packet);

/* §3.10.7.3. */
void arrive_syn_sent(struct arrival *a);
/* The connection is ESTABLISHED from now on: everything a finished handshake brings about. */
void arrive_established(
	struct tcp_tcb *tcb, enum tcpsim_rule rule, const struct tcpsim_segment *cause);
/* And the process said during the handshake that it will send no more: its FIN is due (RFC 9293
 * §3.10.4, SYN-RECEIVED). */
void arrive_closed_meanwhile(struct tcp_tcb *tcb, const struct tcpsim_segment *cause);

#endif
