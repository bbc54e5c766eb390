/*
 * When an ACK may wait: RFC 1122 §4.2.3.2, RFC 5681 §4.2. The profile's delack_rule chooses between
 * a fixed wait (delack_fixed.c: the BSDs, RFC 9293) and Linux's quick ACKs (delack_linux.c).
 */
#ifndef TCPSIM_TCP_DELACK_H
#define TCPSIM_TCP_DELACK_H

#include <tcp/tcb.h>
#include <tcp/truesize.h>

enum {
	DELACK_OWED = 1,   /* something arrived that is not acknowledged yet */
	DELACK_PUSHED = 2, /* a small segment, or one with PSH */
	DELACK_PUSHED_TWICE = 4,
	DELACK_NO_MEMORY = 8, /* text found no memory: the window is told as zero */
};

/* What a packet brought. */
struct delack_text {
	tcpsim_seq seq;
	uint32_t len;
	uint32_t segment_size; /* of a packet that a device merged from several; else 0 */
	uint16_t flags;	       /* TCPSIM_FIN, TCPSIM_PSH ... */
	uint8_t header_len;    /* of TCP, options included */
	struct packet_memory memory;
};

/* Text was taken, in order; `filled`: that closed the last gap. */
void delack_text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool filled);
/* It came out of order, and is about to be kept. */
void delack_out_of_order(struct tcp_tcb *tcb, const struct delack_text *text);
/* Nothing of a segment was taken: it came before, or there is no room for it. */
void delack_not_taken(struct tcp_tcb *tcb);
/* Its head came before, the rest was taken. */
void delack_overlap(struct tcp_tcb *tcb);
/* The peer's FIN was taken; the state is the one it led to. */
void delack_fin_arrived(struct tcp_tcb *tcb);
/* All of the segment at hand was looked at, and what may be sent was sent: does an ACK follow? */
void delack_settle(struct tcp_tcb *tcb);
/* A segment left that carries the current ACK. */
void delack_ack_sent(struct tcp_tcb *tcb);
/* Text left: an answer to what came just now makes the connection interactive. */
void delack_text_sent(struct tcp_tcb *tcb);
/* The process read `len` bytes (0: it asked in vain): is an ACK due? */
void delack_read(struct tcp_tcb *tcb, uint32_t len);
void delack_timer(struct tcp_tcb *tcb);

#endif
