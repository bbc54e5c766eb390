/*
 * The receive window: how much may be offered, when a growth of it is worth a segment, and how the
 * buffer behind it grows. RFC 9293 §3.8.6, RFC 1122 §4.2.3.3 (silly window), RFC 7323 §2. What is
 * the same everywhere is in window.c; the profile's window_rule chooses the rest (window_bsd.c,
 * window_linux.c) by a table of functions.
 */
#ifndef TCPSIM_TCP_WINDOW_H
#define TCPSIM_TCP_WINDOW_H

#include <tcp/delack.h>
#include <tcp/tcb.h>

/* What a handshake starts with. */
struct tcp_first_window {
	uint32_t window; /* bytes offered at first */
	uint32_t clamp;	 /* most that can ever be, with that scale */
	uint8_t scale;
};
/* For a buffer of that size and our MSS; `scaling`: the option may be used. initrwnd: segments by
 * route, or 0. */
struct tcp_first_window tcp_window_first(const struct tcpsim_profile *sys,
	const struct tcp_settings *settings, uint32_t adv_mss, bool scaling, uint32_t initrwnd);
/* Of our MSS, what counts for a window: less what the options of each segment take, on Linux. */
uint32_t tcp_window_segment(const struct tcpsim_profile *sys, uint32_t adv_mss, bool timestamps);
void tcp_window_start(struct tcp_tcb *tcb, const struct tcp_first_window *first);

/* RCV.WND: what the peer may still send, as it was last told. */
static inline uint32_t tcp_window_open(const struct tcp_tcb *tcb)
{
	int32_t open = tcpsim_seq_diff(tcpsim_seq_add(tcb->rcv.wup, tcb->rcv.wnd), tcb->rcv.nxt);

	return open > 0 ? (uint32_t)open : 0;
}
/* RCV.WND for the acceptance of segments: BSD takes what its buffer has room for, told or not. */
uint32_t tcp_window_acceptable(const struct tcp_tcb *tcb);
/* What the buffer has to offer now, whatever was told, and what an ACK sent now would
 * tell; bytes. */
uint32_t tcp_window_offer(struct tcp_tcb *tcb);
uint32_t tcp_window_next(struct tcp_tcb *tcb);
/* The window field of a segment that leaves now; remembers what was told. */
uint16_t tcp_window_advertise(struct tcp_tcb *tcb, bool syn);
/* The buffer has memory for that text; it may grow for it, or be tidied up. False: it is dropped,
 * and nothing more is offered. */
bool tcp_window_has_memory(struct tcp_tcb *tcb, const struct delack_text *text);
/* Text came and its size is new: how much of a buffer carries payload is learned anew. */
void tcp_window_measured(struct tcp_tcb *tcb, const struct delack_text *text);
/* In-order or out-of-order text was kept. */
void tcp_window_text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool in_order);
/* The echo of one of our timestamps came: a round trip as the receiver sees it. */
void tcp_window_echo_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
/* The process was given the text of a packet: autotuning. */
void tcp_window_text_read(struct tcp_tcb *tcb);
/* It has read: is the growth of the window worth an ACK? */
bool tcp_window_worth_advertising(struct tcp_tcb *tcb);
/* TCP_WINDOW_CLAMP was set. */
void tcp_window_clamped(struct tcp_tcb *tcb);
/* The handshake is done: buffers take their final size. */
void tcp_window_established(struct tcp_tcb *tcb);

/* The scale by which a window of `space` fits the field (RFC 7323 §2.3). */
uint8_t window_scale_for(uint64_t space);

#endif
