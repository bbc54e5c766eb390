/*
 * What leaves a connection, when, and why. One function decides (tcp_output), one builds
 * (tcp_transmit); every segment that leaves carries the rule that sent it. RFC 9293 §3.7, §3.8.6;
 * RFC 1122 §4.2.3.4; RFC 896.
 */
#ifndef TCPSIM_TCP_OUTPUT_H
#define TCPSIM_TCP_OUTPUT_H

#include <tcp/send.h>
#include <tcp/tcb.h>

struct tcp_train;

/* Sends whatever may go now: retransmissions, new text, FIN, an ACK that is owed. */
void tcp_output(struct tcp_tcb *tcb);
/* After a timer of the sender: what it asks to be sent again, or as a probe. Linux sends nothing else
 * then (tcp_retransmit_timer), others go on with new text. */
void tcp_output_timer(struct tcp_tcb *tcb);
/* Who waits for room in the send buffer is told, if that is due. */
static inline void tcp_check_space(struct tcp_tcb *tcb)
{
	if (tcb->no_space)
		tcp_space_comes(tcb);
}
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
/* Text may leave in this state (a Fast Open server's SYN_RCVD included). */
bool tcp_may_send_text(const struct tcp_tcb *tcb);

/* Bytes of the peer's window that are not used. */
uint32_t output_usable_window(const struct tcp_tcb *tcb);
/* The device is full: nothing is given to it. */
bool output_device_refuses(struct tcp_tcb *tcb);
/* Pacing says not now, and the timer runs. */
bool output_pacing_holds(struct tcp_tcb *tcb);
/* One new segment at SND.NXT, of the train that leaves (plain.h). False: the device or memory did not
 * take it. */
bool output_send_text(
	struct tcp_tcb *tcb, struct tcp_train *train, uint32_t len, uint32_t mss, unsigned place);

/* PSH, by the profile's habit. */
bool output_is_push(const struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t len);
/* What is noted of a segment with `len` bytes of text before it leaves; everything that one brings
 * about which carries our ACK. */
void output_note_text(struct tcp_tcb *tcb, uint32_t len);
void output_note_ack(struct tcp_tcb *tcb, bool has_sack);

#endif
