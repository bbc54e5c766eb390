/* A connection's timers: nine deadlines, of which the nearest stands in the host's wheel. RFC 9293
 * §3.8. */
#ifndef TCPSIM_TCP_TIMERS_H
#define TCPSIM_TCP_TIMERS_H

#include <tcp/tcb.h>

/* The wheel's callback: runs every timer that is due. */
void tcp_timers_fire(struct tcpsim_host *host, struct wheel_timer *wheel);
/* The rest of the machine's wish that a timer of the keep-alive kind runs by the settings. */
void tcp_keepalive_restart(struct tcp_tcb *tcb);
/* Text waits for a window of zero (or too small a one) and nothing is outstanding: RFC 9293
 * §3.8.6.1. */
void tcp_persist_start(struct tcp_tcb *tcb);
/* The SYN or SYN,ACK timer, from what was sent so far. */
void tcp_syn_timer_start(struct tcp_tcb *tcb);
/* when `now + delay` is, on the profile's slow clock */
/* Begins the limit of FIN-WAIT-2, if the profile has one for this connection. */
bool tcp_fin_wait_2_start(struct tcp_tcb *tcb);
int64_t tcp_tick_deadline(const struct tcpsim_host *host, int64_t delay_ns);

#endif
