/*
 * Super-segments: how many segments Linux hands its device as one, and when it rather waits
 * for more.
 */
#ifndef TCPSIM_TCP_SENDER_BURST_H
#define TCPSIM_TCP_SENDER_BURST_H

#include <stdint.h>
#include <tcp/sender.h>

struct tcp_tcb;

/* How many segments may go to the device as one now, by cwnd and the profile; 1 where it
 * makes none. */
uint32_t sender_burst(const struct tcp_tcb *tcb, uint32_t mss);
/* The same for what goes again, which waits for nothing and spares no part of the window (Linux
 * tcp_xmit_retransmit_queue). */
uint32_t sender_burst_again(const struct tcp_tcb *tcb, uint32_t mss);
struct sender_piece {
	uint32_t len;
	bool last;  /* nothing stands behind it */
	bool ended; /* nothing will join it: by a FIN, or as a record ends there (MSG_EOR) */
};
/* Is more to be gained by waiting for the next ACK? `window` of the peer's is unused. */
enum sender_wait sender_defers(
	const struct tcp_tcb *tcb, const struct sender_piece *piece, uint32_t window);

#endif
