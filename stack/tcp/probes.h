/*
 * Segments that ask rather than tell: the probe of a shut window (RFC 9293 §3.8.6.1) and the
 * keep-alive (RFC 1122 §4.2.3.6).
 */
#ifndef TCPSIM_TCP_PROBES_H
#define TCPSIM_TCP_PROBES_H

#include <tcpsim/seq.h>

struct tcp_tcb;

/* A window probe as the profile makes it, or a keep-alive: an old sequence number, or a byte of
 * text. */
void tcp_send_window_probe(struct tcp_tcb *tcb);
/* An ACK of one byte more than was sent: of the last such probe? Then SND.NXT counts it. */
void tcp_window_probe_acked(struct tcp_tcb *tcb, tcpsim_seq ack);
void tcp_send_keepalive(struct tcp_tcb *tcb);

#endif
