/* A connection's timers: nine deadlines, of which the nearest stands in the host's wheel. RFC 9293
 * §3.8. */
#ifndef TCPSIM_TCP_TIMERS_H
#define TCPSIM_TCP_TIMERS_H

#include <stdint.h>
#include <tcpsim/event.h>

struct tcp_tcb;
struct tcpsim_host;
struct wheel_timer;

/* The wheel's callback: runs every timer that is due. */
void tcp_timers_fire(struct tcpsim_host *host, struct wheel_timer *wheel);
/* The rest of the machine's wish that a timer of the keep-alive kind runs by the settings. */
void tcp_keepalive_restart(struct tcp_tcb *tcb);
/* Text waits for a window of zero (or too small a one) and nothing is outstanding: RFC 9293
 * §3.8.6.1. */
void tcp_persist_start(struct tcp_tcb *tcb);
/* The same where a run of output ends with nothing outstanding: Linux waits for a timeout then, however
 * many probes were sent before. */
void tcp_persist_begin(struct tcp_tcb *tcb);
/* The SYN or SYN,ACK timer, from what was sent so far. */
void tcp_syn_timer_start(struct tcp_tcb *tcb);
/* When `now + delay` is, on the profile's slow clock. */
int64_t tcp_tick_deadline(const struct tcpsim_host *host, int64_t delay_ns);

/* The rest of tcp_timer_set(), where the timer does not run at that time already. */
void tcp_timer_change(struct tcp_tcb *tcb, enum tcpsim_timer timer, int64_t due_ns);
/* One of several that stop together stops: tcp_timers_settle() must follow, or another be set. */
void tcp_timer_drop(struct tcp_tcb *tcb, enum tcpsim_timer timer);
void tcp_timers_settle(struct tcp_tcb *tcb);
/* The same counted from now; by the profile's tick a timer of N ticks fires in (N-1, N] of them
 * (4.4BSD). */
void tcp_timer_start(struct tcp_tcb *tcb, enum tcpsim_timer timer, int64_t delay_ns);
void tcp_timers_stop_all(struct tcp_tcb *tcb);

#endif
