/*
 * Linux's timers in recovery: the retransmission timeout (tcp_enter_loss), the reordering timer
 * (RFC 8985 §6.3), and what makes a timeout no sign of a dead peer.
 */
#ifndef TCPSIM_RECOVERY_LINUX_TIMEOUT_H
#define TCPSIM_RECOVERY_LINUX_TIMEOUT_H

#include <stdbool.h>

struct tcp_tcb;

void linux_timeout(struct tcp_tcb *tcb, bool window_shut);
bool linux_reorder_timeout(struct tcp_tcb *tcb);
void linux_route_failed(struct tcp_tcb *tcb);
bool linux_shut_window_excuses(const struct tcp_tcb *tcb);

#endif
