/*
 * What the files of Linux's recovery share: linux_ack.c says what an ACK means, linux_cwnd.c
 * reduces cwnd and takes reductions back, linux_timeout.c serves the timers, linux_unused.c looks
 * after a window that is not used, linux_resegment.c cuts what goes again; linux.c is the table.
 */
#ifndef TCPSIM_RECOVERY_LINUX_INNER_H
#define TCPSIM_RECOVERY_LINUX_INNER_H

#include <tcp/recovery.h>
#include <tcp/sender_internal.h>

/* --- linux_ack.c --- */
void linux_ack(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack,
	struct sender_verdict *verdict);
/* Something of what is outstanding left more than once. */
bool linux_any_retransmitted(const struct tcp_tcb *tcb);
/* Open, or Disorder while something is SACKed, lost or retransmitted. */
void linux_keep_open(struct tcp_tcb *tcb);

/* --- linux_cwnd.c --- */
/* PRR: cwnd by what was delivered. */
void linux_reduce(struct tcp_tcb *tcb, uint32_t delivered, uint32_t newly_lost, bool una_advanced);
void linux_end_reduction(struct tcp_tcb *tcb);
/* From now on is counted what may show that the reduction was needless. */
void linux_begin_undo(struct tcp_tcb *tcb);
void linux_undo(struct tcp_tcb *tcb, bool unmark, enum tcpsim_rule rule);
void linux_enter_cwr(struct tcp_tcb *tcb);
void linux_enter_recovery(struct tcp_tcb *tcb, bool ece);
bool linux_local_drop(struct tcp_tcb *tcb);

/* --- linux_timeout.c --- */
void linux_timeout(struct tcp_tcb *tcb, bool window_shut);
bool linux_reorder_timeout(struct tcp_tcb *tcb);
void linux_route_failed(struct tcp_tcb *tcb);
bool linux_shut_window_excuses(const struct tcp_tcb *tcb);

/* --- linux_unused.c --- */
bool linux_cwnd_limited(const struct tcp_tcb *tcb);
void linux_run_ended(struct tcp_tcb *tcb, bool burst, bool cwnd_limited);
bool linux_flight_begins(const struct tcp_tcb *tcb);

/* --- linux_resegment.c --- */
void linux_resegment(struct tcp_tcb *tcb, uint32_t i, uint32_t room);

#endif
