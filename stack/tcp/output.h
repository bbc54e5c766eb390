/*
 * What leaves a connection, when, and why. One function decides (tcp_output), one builds
 * (tcp_transmit); every segment that leaves carries the rule that sent it. RFC 9293 §3.7, §3.8.6;
 * RFC 1122 §4.2.3.4; RFC 896.
 */
#ifndef TCPSIM_TCP_OUTPUT_H
#define TCPSIM_TCP_OUTPUT_H

#include <tcp/tcb.h>

/* Sends whatever may go now: retransmissions, new text, FIN, an ACK that is owed. */
void tcp_output(struct tcp_tcb *tcb);
/* Linux tcp_xmit_recovery: what an ACK lets go again leaves before the text that came with it is
 * looked at. */
void tcp_output_recovery(struct tcp_tcb *tcb);
/* Linux: the piece that is next, whole, and the FIN that is in it fit the peer's window. */
bool output_head_fits(const struct tcp_tcb *tcb);
/* What the send queue counts against the send buffer. send.c */
uint32_t tcp_send_memory(const struct tcp_tcb *tcb);
/* After an ACK and what left for it: grows the buffer and wakes the process that waits for room, as
 * far as that is due. */
void tcp_space_comes(struct tcp_tcb *tcb);
static inline void tcp_check_space(struct tcp_tcb *tcb)
{
	if (tcb->no_space)
		tcp_space_comes(tcb);
}
/* The send buffer follows the window (Linux), unless the process set it. */
void tcp_send_buffer_expand(struct tcp_tcb *tcb);
/* A segment with [seq, seq+len) of the send queue and these flags; ACK and PSH are added here. */
void tcp_transmit(
	struct tcp_tcb *tcb, uint16_t flags, tcpsim_seq seq, uint32_t len, enum tcpsim_rule rule);
/* An empty ACK. */
void tcp_send_ack(struct tcp_tcb *tcb, enum tcpsim_rule rule);
/* Our SYN, or SYN,ACK after a simultaneous open, or either again. */
void tcp_send_syn(struct tcp_tcb *tcb, enum tcpsim_rule rule);
/* RST of a live connection (ABORT, give up). */
void tcp_send_reset(struct tcp_tcb *tcb, enum tcpsim_rule rule);
/* How much text the next segment has room for beside the options that it will bear. */
uint32_t tcp_segment_room(struct tcp_tcb *tcb);
/* A window probe as the profile makes it, or a keep-alive: an old sequence number, or a byte of
 * text. */
void tcp_send_window_probe(struct tcp_tcb *tcb);
/* An ACK of one byte more than was sent: of the last such probe? Then SND.NXT counts it. */
void tcp_window_probe_acked(struct tcp_tcb *tcb, tcpsim_seq ack);
void tcp_send_keepalive(struct tcp_tcb *tcb);
/* Text may leave in this state (a Fast Open server's SYN_RCVD included). */
bool tcp_may_send_text(const struct tcp_tcb *tcb);

/*
 * Any segment of this host: builds the packet, hands it to the network, tells the event. `segment`
 * has addresses, ports, numbers, flags, window, options.raw; payload is `data` in `chunk` (NULL
 * with a length: a fill).
 */
void tcp_emit(struct tcpsim_host *host, struct tcpsim_segment *segment, struct tcpsim_chunk *chunk,
	uint16_t interface, uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule);
/* RST in answer to a segment that belongs nowhere: RFC 9293 §3.5.2. */
void tcp_refuse(struct tcpsim_host *host, const struct tcpsim_segment *in, uint16_t interface,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule);

#endif
