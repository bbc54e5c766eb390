/*
 * The memory that a socket has set aside beyond what its queues occupy: Linux takes it from the
 * system's account in whole pages (sk_forward_alloc). Asking for a packet's worth that then needs
 * less, as it fits into the room of the packet before, leaves pages over, and the next segment may
 * be taken by header prediction (prediction.h), which asks for none. What is freed gives whole pages
 * back. Nothing is owned here; the counts live in the TCB.
 */
#ifndef TCPSIM_TCP_SET_ASIDE_H
#define TCPSIM_TCP_SET_ASIDE_H

#include <tcp/tcb.h>

/* The queues have grown or shrunk; to be told of each, before the other comes about. */
void set_aside_settle(struct tcp_tcb *tcb);
/* A packet of `size` comes and memory is asked for, whether it will occupy that much or not. */
void set_aside_ask(struct tcp_tcb *tcb, uint32_t size);
/* What is set aside and holds nothing. */
uint32_t set_aside_left(struct tcp_tcb *tcb);

#endif
