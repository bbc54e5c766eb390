/*
 * What moves the congestion window of every system: reductions as they begin, idleness (RFC 5681
 * §4.1), and the events that go to congestion control and to the recovery.
 */
#ifndef TCPSIM_TCP_SENDER_CWND_H
#define TCPSIM_TCP_SENDER_CWND_H

#include <cc/cc.h>
#include <stdbool.h>
#include <stdint.h>

struct tcp_tcb;

/* A run of output ends: it filled cwnd, or ran out of text or window. What growth may count on
 * (cwnd validation, RFC 7661), and where the tail loss probe is armed. */
void sender_note_limited(struct tcp_tcb *tcb, bool cwnd_limited);
/* What cwnd allows is of use now: it does not fall for having been idle (RFC 7661). */
void sender_cwnd_used(struct tcp_tcb *tcb);
/* The tail loss probe was new text: what is out is judged as after any run. */
void sender_probe_left(struct tcp_tcb *tcb);
/* Text waits and none is outstanding: after idleness the window restarts, RFC 5681 §4.1. */
void sender_restart(struct tcp_tcb *tcb);
/* A segment with text, new or again, is about to leave. */
void sender_text_leaves(struct tcp_tcb *tcb);
/* CE marks fed back: classic ECE (RFC 3168) or AccECN's count of newly marked
 * packets (RFC 9768). */
void sender_ecn_echo(struct tcp_tcb *tcb, uint32_t ce_packets);
/* The host's own device drops what is to leave: congestion, at home. True: the sender is told, so
 * that the segment counts as not sent; false: as lost. */
bool sender_local_drop(struct tcp_tcb *tcb);
/* ICMP source quench or a full device on 4.4BSD; a lost SYN before ESTABLISHED (RFC 5681 §3.1: IW
 * one segment). */
void sender_collapse(struct tcp_tcb *tcb);
/* What ssthresh is worth now: outside a reduction, at least three quarters of what the path just
 * carried. */
uint32_t sender_current_ssthresh(const struct tcp_tcb *tcb);
/* Tells congestion control what happened; asks it for ssthresh. */
void sender_signal_cc(struct tcp_tcb *tcb, enum cc_signal why);
void sender_take_ssthresh(struct tcp_tcb *tcb, enum cc_signal why);
/* The recovery point is SND.NXT; ssthresh is reduced, cwnd will be. */
void sender_begin_reduction(struct tcp_tcb *tcb, enum cc_signal why);

#endif
