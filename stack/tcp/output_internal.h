/* What the files of output share: output.c decides and builds, output_pieces.c decides as Linux
 * does. */
#ifndef TCPSIM_TCP_OUTPUT_INTERNAL_H
#define TCPSIM_TCP_OUTPUT_INTERNAL_H

#include <tcp/output.h>

enum {
	PIECE_GOES_ON = 1, /* not the first segment of a super-segment */
	PIECE_ENDS = 2,	   /* the last of several */
	PIECE_FIN = 4,	   /* the FIN goes with it */
};

/* Bytes of the peer's window that are not used. */
uint32_t output_usable_window(const struct tcp_tcb *tcb);
/* Pacing says not now, and the timer runs. */
bool output_pacing_holds(struct tcp_tcb *tcb);
/* One new segment at SND.NXT. False: the device or memory did not take it. */
bool output_send_text(struct tcp_tcb *tcb, uint32_t len, uint32_t mss, unsigned piece);

/* Linux tcp_write_xmit: whole pieces while window and cwnd permit. `probe`: a tail loss probe, one
 * piece whatever cwnd says. True: something left. */
bool output_pieces(struct tcp_tcb *tcb, uint32_t mss, bool probe);
/* The tail loss probe may be new text: it would fit the window. */
bool output_pieces_fit(const struct tcp_tcb *tcb, uint32_t mss);

#endif
