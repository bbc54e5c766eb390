/*
 * What an ACK brings: what it covers and SACKs is taken off the records, its round trip goes to the
 * timeout, and then the profile's recovery (tcp/recovery.h) decides what it means.
 */
#ifndef TCPSIM_TCP_SENDER_ACK_H
#define TCPSIM_TCP_SENDER_ACK_H

#include <stdbool.h>
#include <stdint.h>

struct loss_ack;
struct sender_verdict;
struct tcp_tcb;
struct tcpsim_segment;

/* The round trip of the handshake that `answer` completes, before sender_established. */
void sender_handshake_rtt(struct tcp_tcb *tcb, const struct tcpsim_segment *answer);
/* An acceptable ACK arrived; seg->ack is between SND.UNA and SND.NXT (or old, with something new in SACK).
 * Called before SND.UNA moves: the sender moves it. `window_changed`: the segment updated the
 * window by the profile's rule (on Linux a newer SEG.SEQ alone does), so it is no duplicate ACK.
 * Classic ECE is taken from the segment. */
void sender_ack(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, bool window_changed,
	struct sender_verdict *verdict);
/* Nothing is outstanding and the ACK says so: nothing is to be taken off, timed or judged, and
 * sender_idle_ack() is all that sender_ack() does. */
bool sender_ack_says_nothing(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
void sender_idle_ack(struct tcp_tcb *tcb);
void sender_clock_rtt(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack,
	struct sender_verdict *verdict);
/* Gives congestion control the ACK's round trip and marks, in whatever state. */
void sender_sample_cc(
	struct tcp_tcb *tcb, const struct loss_ack *ack, int64_t rtt_ns, uint32_t delivered);
/* Tells congestion control of the ACK and its round trip (-1: none); `grow`: it may raise cwnd. */
void sender_notify_cc(struct tcp_tcb *tcb, struct loss_ack *ack, int64_t rtt_ns, uint32_t delivered,
	uint32_t lost, bool grow);

#endif
