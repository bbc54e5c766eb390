/*
 * Probing for a larger path MTU with text (RFC 4821 §7), as Linux does: a segment larger than the
 * MSS now and then, half way between what is known to pass and what the link takes. Its loss says
 * nothing of congestion.
 */
#ifndef TCPSIM_TCP_MTU_PROBE_H
#define TCPSIM_TCP_MTU_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/seq.h>

struct tcp_tcb;

struct mtu_probe {
	uint16_t low, high; /* MTU that is known to pass, and the highest worth trying */
	uint16_t size;	    /* MTU of the probe in flight; 0: none is */
	bool on;	    /* it searches: from the start, or since a black hole was suspected */
	tcpsim_seq start, end; /* the probe's text */
	uint32_t began_ms;     /* the search, or the last one that began anew */
};

enum mtu_probe_verdict { MTU_PROBE_NONE, MTU_PROBE_WAIT, MTU_PROBE_GO };

/* The handshake is done. */
void mtu_probe_start(struct tcp_tcb *tcb);
/* May one leave now (*len its text), or is it worth waiting for window or cwnd? */
enum mtu_probe_verdict mtu_probe_next(struct tcp_tcb *tcb, uint32_t *len);
void mtu_probe_sent(struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t len);
/* SND.UNA moved. */
void mtu_probe_acked(struct tcp_tcb *tcb);
/* A loss was detected and it is the probe's: it goes again in MSS-sized segments, and
 * no reduction. */
bool mtu_probe_lost(struct tcp_tcb *tcb);
/* Something goes again: whatever is acknowledged now says nothing of the probe's size. */
void mtu_probe_uncertain(struct tcp_tcb *tcb);
/* Timeout after timeout: perhaps the path swallows what is long without a word. The search begins,
 * or goes on further down. */
void mtu_probe_black_hole(struct tcp_tcb *tcb);
/* The path takes mtu: the search goes no higher. Returns the largest MTU that text may fill. */
uint32_t mtu_probe_within(struct tcp_tcb *tcb, uint32_t mtu);

#endif
