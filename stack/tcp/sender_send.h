/*
 * What may leave now, and what is noted when it has left: the window's room, the next
 * retransmission, pacing.
 */
#ifndef TCPSIM_TCP_SENDER_SEND_H
#define TCPSIM_TCP_SENDER_SEND_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/seq.h>

struct sender_range;
struct tcp_tcb;

/* May `len` bytes of new text leave: is there memory to remember them by? False: it is tried again
 * after an RTO. */
bool sender_reserve(struct tcp_tcb *tcb, uint32_t len);
/* New text (or FIN) [seq, seq+len+fin) left, for which room was reserved. Starts the timer if none
 * runs. */
void sender_sent(struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t len, unsigned sent_flags);
/* A retransmission of that range left. */
void sender_retransmitted(struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t len, unsigned sent_flags);
/* The next range to retransmit that cwnd and pacing permit; false: none now. At most one MSS unless
 * the range is to go as a super-segment. */
bool sender_next_retransmit(struct tcp_tcb *tcb, struct sender_range *range);
/* What was to go again has gone, as far as it may now. */
void sender_resend_done(struct tcp_tcb *tcb);
bool sender_new_text_failed(struct tcp_tcb *tcb);
/* Bytes of new text that congestion control permits now (SND.WND is the caller's to respect). */
uint32_t sender_room(const struct tcp_tcb *tcb);
/* When pacing permits the next segment; at or before now: at once. */
int64_t sender_pace_deadline(const struct tcp_tcb *tcb);
/* The tail loss probe wants new text (true) rather than a retransmission, if there is some. */
bool sender_probe_pending(const struct tcp_tcb *tcb);
/* Something is to be retransmitted or probed, or new text was promised: whatever waits. */
bool sender_wants_to_send(const struct tcp_tcb *tcb);

#endif
