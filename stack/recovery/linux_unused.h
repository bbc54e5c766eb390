/*
 * A congestion window that is not used says nothing of the path (RFC 7661): what Linux lets grow,
 * what it takes back, and when a flight begins.
 */
#ifndef TCPSIM_RECOVERY_LINUX_UNUSED_H
#define TCPSIM_RECOVERY_LINUX_UNUSED_H

#include <stdbool.h>

struct tcp_tcb;

bool linux_cwnd_limited(const struct tcp_tcb *tcb);
void linux_run_ended(struct tcp_tcb *tcb, bool burst, bool cwnd_limited);
bool linux_flight_begins(const struct tcp_tcb *tcb);

#endif
