/* Fast Open, the client: RFC 7413 §4.1.3, §4.2.1. See fastopen.h. */
#ifndef TCPSIM_TCP_FASTOPEN_CLIENT_H
#define TCPSIM_TCP_FASTOPEN_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcp_syn_offer;
struct tcp_tcb;
struct tcpsim_segment;

void fastopen_free(struct tcp_tcb *tcb);
/* The option of a SYN or SYN,ACK that is about to leave. */
void fastopen_offer(struct tcp_tcb *tcb, struct tcp_syn_offer *offer);
/* Decides what the SYN of a connect carries. `text`: the process gave some with the call. 0 or
 * -errno. */
int fastopen_client_start(struct tcp_tcb *tcb, bool text);
/* How much of a write may be taken before the handshake: all, or what the SYN carries. */
size_t fastopen_client_takes(const struct tcp_tcb *tcb);
/* How much text may ride on the SYN. */
uint32_t fastopen_client_room(const struct tcp_tcb *tcb, size_t options_len);
/* SYN,ACK arrived: keeps the cookie, sees whether the text was taken; marks for retransmission what
 * was not. True: text that the SYN,ACK brings is taken at once (RFC 7413 §4.2.1). */
bool fastopen_client_answered(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
/* The SYNs crossed, and `seg` ends the handshake: of the text on ours what it does not acknowledge
 * goes again (RFC 7413 §4.2.2: a host without a listener for it drops it). */
void fastopen_client_crossed(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
/* The SYN timed out: it goes again without text and option. */
void fastopen_client_timeout(struct tcp_tcb *tcb);
/* A retransmission timer fired for the N+1st time: does the path swallow what follows
 * a Fast Open? */
void fastopen_client_suspect(struct tcp_tcb *tcb, unsigned n);

#endif
