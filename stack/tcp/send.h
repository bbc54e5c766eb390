/* SEND, RFC 9293 §3.10.2: text from the process into the send queue. */
#ifndef TCPSIM_TCP_SEND_H
#define TCPSIM_TCP_SEND_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct tcp_tcb;

/* §3.10.2 SEND. Bytes taken (> 0), -EAGAIN when no buffer space, -EPIPE, or the pending error. */
ssize_t tcp_send(struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, int flags);
/* A process asked and was told that it may not write: it is woken when it may. */
void tcp_want_space(struct tcp_tcb *tcb);
/* What the send queue counts against the send buffer. */
uint32_t tcp_send_memory(const struct tcp_tcb *tcb);
/* After an ACK and what left for it: grows the buffer and wakes the process that waits for room, as
 * far as that is due. */
void tcp_space_comes(struct tcp_tcb *tcb);
/* The same as far as the buffer goes: also with each piece that leaves while cwnd is not full (Linux
 * tcp_event_new_data_sent, tcp_new_space). */
void tcp_space_wanted(struct tcp_tcb *tcb);
/* The send buffer follows the window (Linux), unless the process set it. */
void tcp_send_buffer_expand(struct tcp_tcb *tcb);

#endif
