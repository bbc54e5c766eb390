/*
 * Retransmission (RFC 6298), tail loss probe (RFC 8985 §7) and reordering (§6) timers: when they
 * are set, and what they do when they fire.
 */
#ifndef TCPSIM_TCP_SENDER_TIMER_H
#define TCPSIM_TCP_SENDER_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/event.h>

struct sender_verdict;
struct tcp_tcb;

/* A SYN, or the SYN,ACK of a simultaneous open, found no answer and goes again. */
void sender_syn_timeout(struct tcp_tcb *tcb);
/* TCPSIM_TIMER_RETRANSMIT, TCPSIM_TIMER_PROBE, TCPSIM_TIMER_REORDER or TCPSIM_TIMER_PACE fired. */
void sender_timer(struct tcp_tcb *tcb, enum tcpsim_timer which, struct sender_verdict *verdict);
/* The peer shut the window before what is out: no timer waits for that any more, and it leaves anew
 * when the window opens. */
void sender_pull_back(struct tcp_tcb *tcb);
/* An ICMP unreachable quoted SND.UNA while we back off: the timeout was the route's, RFC 6069. */
void sender_icmp_unreachable(struct tcp_tcb *tcb);
/* The retransmission timer begins anew, if anything is out. */
void sender_restart_timer(struct tcp_tcb *tcb);
/* How often is tried once the process is gone; `alive`: the path has not backed off to its limit
 * (Linux tcp_orphan_retries). */
int64_t sender_orphan_retries(const struct tcp_tcb *tcb, bool alive);
/* One of the retransmission, probe and reordering timers runs at a time, as in Linux; TCPSIM_NTIMERS:
 * none does. */
void sender_arm(struct tcp_tcb *tcb, enum tcpsim_timer timer, int64_t delay_ns);
/* RFC 6298 §5.3; `from_head`: counted from when the oldest record left. */
void sender_rearm_rto(struct tcp_tcb *tcb, bool from_head);
/* How far off the RTO is, counted from when the oldest record last left; negative: it is over. */
int64_t sender_rto_from_head(const struct tcp_tcb *tcb);
/* RFC 8985 §7.2; false: no probe is due. `advancing`: the RTO would be counted from now. */
bool sender_arm_probe(struct tcp_tcb *tcb, bool advancing);

#endif
