/*
 * Header prediction as far as it can be seen: Linux takes the text of a segment that is what it
 * expected without looking whether anything may be sent now (tcp_rcv_established). RFC 1122 has
 * nothing on it; Van Jacobson's message of 1990 ("4BSD TCP header prediction") is where it is from.
 * What is expected is kept in tcb->predicts; the rest is asked when a segment comes.
 */
#ifndef TCPSIM_TCP_PREDICTION_H
#define TCPSIM_TCP_PREDICTION_H

#include <tcp/arrival.h>

/* The handshake is over. */
void prediction_begin(struct tcp_tcb *tcb);
/* Something came about after which the next segment may be predicted, if nothing else is in the
 * way. */
void prediction_check(struct tcp_tcb *tcb);
/* The segment has text and was predicted. */
bool prediction_holds(const struct arrival *a);
/* It has none and was. */
bool prediction_holds_bare(const struct arrival *a);

#endif
