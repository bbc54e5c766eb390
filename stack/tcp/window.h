/*
 * The receive window: how much may be offered, when a growth of it is worth a segment, and how the
 * buffer behind it grows. RFC 9293 §3.8.6, RFC 1122 §4.2.3.3 (silly window), RFC 7323 §2.
 */
#ifndef TCPSIM_TCP_WINDOW_H
#define TCPSIM_TCP_WINDOW_H

#include <tcp/tcb.h>

/* What a handshake starts with. */
struct tcp_first_window {
	uint32_t window; /* bytes offered at first */
	uint32_t clamp;	 /* most that can ever be, with that scale */
	uint8_t scale;
};
/* For a buffer of that size and our MSS; `scaling`: the option may be used. initrwnd: segments by
 * route, or 0. */
struct tcp_first_window tcp_window_first(const struct tcp_profile *sys,
	const struct tcp_settings *settings, uint32_t adv_mss, bool scaling, uint32_t initrwnd);
void tcp_window_start(struct tcp_tcb *tcb, const struct tcp_first_window *first);

/* RCV.WND: what the peer may still send, as it was last told. */
uint32_t tcp_window_open(const struct tcp_tcb *tcb);
/* RCV.WND for the acceptance of segments: BSD takes what its buffer has room for, told or not. */
uint32_t tcp_window_acceptable(const struct tcp_tcb *tcb);
/* What an ACK sent now would offer, bytes. */
uint32_t tcp_window_next(const struct tcp_tcb *tcb);
/* The window field of a segment that leaves now; remembers what was told. */
uint16_t tcp_window_tell(struct tcp_tcb *tcb, bool syn);
/* The memory that a received packet of `len` bytes, headers included, occupies. */
uint32_t tcp_window_packet_memory(uint32_t len);
/* The peer's segments changed their size: how much of a buffer carries payload is learned anew
 * from a packet with `len` bytes of text (Linux tcp_measure_rcv_mss). */
void tcp_window_measured(struct tcp_tcb *tcb, uint32_t len, uint32_t memory);
/* In-order or out-of-order text of `len` was kept. */
void tcp_window_text_arrived(struct tcp_tcb *tcb, uint32_t len);
/* The process read `len` bytes: autotuning; true when the news of it is worth an ACK. */
bool tcp_window_text_read(struct tcp_tcb *tcb, uint32_t len);
/* The handshake is done: buffers take their final size. */
void tcp_window_established(struct tcp_tcb *tcb);

#endif
