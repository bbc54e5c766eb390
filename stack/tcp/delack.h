/* When an ACK may wait: RFC 1122 §4.2.3.2, RFC 5681 §4.2, and Linux's quick ACKs. */
#ifndef TCPSIM_TCP_DELACK_H
#define TCPSIM_TCP_DELACK_H

#include <tcp/tcb.h>

enum {
	DELACK_OWED = 1,   /* something arrived that is not acknowledged yet */
	DELACK_PUSHED = 2, /* and carried PSH */
	DELACK_GAP = 4,	   /* arrived out of order, or filled a gap: at once */
	DELACK_WAITING = 8,
};

/* What a packet brought. */
struct delack_text {
	uint32_t len;
	uint32_t segment_size; /* of a packet that a device merged from several; else 0 */
	uint32_t memory;       /* that the packet occupies; 0: not known */
};

/* Text was taken, in order (`gap`: a gap stands or was filled by it). Measures, then
 * decides: sets tcb->ack_now or starts the timer. */
void delack_text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool push, bool gap);
/* It came out of order, and is about to be kept. */
void delack_out_of_order(struct tcp_tcb *tcb, const struct delack_text *text);
/* A segment left that carries the current ACK. */
void delack_ack_sent(struct tcp_tcb *tcb);
/* Text left: an answer to what came just now makes the connection interactive. */
void delack_text_sent(struct tcp_tcb *tcb);
/* The process read: an ACK that waited for that is due (RFC 9293 §3.8.6.3). */
void delack_read(struct tcp_tcb *tcb, uint32_t len, bool window_worth_telling);
void delack_timer(struct tcp_tcb *tcb);
/* Acknowledge the next segments at once (Linux: at the start, after a loss, after a long pause). */
void delack_quick(struct tcp_tcb *tcb, unsigned most);
/* The peer's SYN came: first figures. */
void delack_start(struct tcp_tcb *tcb);
/* The handshake's third segment waits for the text that the process is about to write. */
void delack_handshake(struct tcp_tcb *tcb);

#endif
