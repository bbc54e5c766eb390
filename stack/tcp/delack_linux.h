/*
 * Linux: a few quick ACKs at the start of a connection, after a loss and after a long pause; then
 * an ACK for more than a segment, and else one that waits 40 to 200 ms by the time between
 * arrivals.
 */
#ifndef TCPSIM_TCP_DELACK_LINUX_H
#define TCPSIM_TCP_DELACK_LINUX_H

struct tcp_tcb;

/* Acknowledge the next segments at once (Linux: at the start, after a loss, after a long pause). */
void delack_quick(struct tcp_tcb *tcb, unsigned most);
/* The peer's SYN came: first figures. */
void delack_start(struct tcp_tcb *tcb);
/* The handshake's third segment waits for the text that the process is about to write. */
void delack_handshake(struct tcp_tcb *tcb);
/* TCP_QUICKACK was set to that. */
void delack_set_quick(struct tcp_tcb *tcb, int value);

#endif
