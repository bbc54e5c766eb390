/*
 * Linux's congestion window in trouble: reduction by what is delivered (RFC 6937) and its undoing
 * (RFC 3522, 4015).
 */
#ifndef TCPSIM_RECOVERY_LINUX_CWND_H
#define TCPSIM_RECOVERY_LINUX_CWND_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/event.h>

struct tcp_tcb;

/* PRR: cwnd by what was delivered. */
void linux_reduce(struct tcp_tcb *tcb, uint32_t delivered, uint32_t newly_lost, bool una_advanced);
void linux_end_reduction(struct tcp_tcb *tcb);
/* From now on is counted what may show that the reduction was needless. */
void linux_begin_undo(struct tcp_tcb *tcb);
void linux_undo(struct tcp_tcb *tcb, bool unmark, enum tcpsim_rule rule);
void linux_enter_cwr(struct tcp_tcb *tcb);
void linux_enter_recovery(struct tcp_tcb *tcb, bool ece);
bool linux_local_drop(struct tcp_tcb *tcb);

#endif
