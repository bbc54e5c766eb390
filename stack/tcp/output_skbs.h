/*
 * New text as Linux sends it: skb by skb (skbs.h), each cut to what may go at once and
 * handed to the device whole. tcp_write_xmit and what it asks, RFC 896, draft-minshall-nagle, RFC
 * 8985 §7.3.
 */
#ifndef TCPSIM_TCP_OUTPUT_SKBS_H
#define TCPSIM_TCP_OUTPUT_SKBS_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_tcb;

/* Linux: the skb that is next, whole, and the FIN that is in it fit the peer's window. */
bool output_head_fits(const struct tcp_tcb *tcb);
/* Linux tcp_write_xmit: whole skbs while window and cwnd permit. `probe`: a tail loss probe, one
 * skb whatever cwnd says. True: something left. */
bool output_skbs(struct tcp_tcb *tcb, uint32_t mss, bool probe);
/* The tail loss probe may be new text: it would fit the window. */
bool output_skbs_fit(const struct tcp_tcb *tcb, uint32_t mss);

#endif
