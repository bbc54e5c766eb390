/*
 * What the files of the sender share. sender.c begins and ends it, sender_send.c is asked what may
 * leave, sender_ack.c digests an ACK, sender_cwnd.c moves the window, sender_timer.c arms and
 * serves the timers. What systems do differently stands behind tcp/recovery.h, whose
 * implementations use what is declared here.
 */
#ifndef TCPSIM_TCP_SENDER_INTERNAL_H
#define TCPSIM_TCP_SENDER_INTERNAL_H

#include <tcp/recovery.h>
#include <tcp/tcb.h>

#define SENDER_MSEC 1000000ll
#define SENDER_USEC 1000ll

static inline const struct recovery_ops *sender_recovery(const struct tcp_tcb *tcb)
{
	return RECOVERIES[tcb_sys(tcb)->recovery];
}

/* Congestion control sets cwnd in every state: nothing here reduces or restores it. */
static inline bool sender_cc_controls(const struct tcp_tcb *tcb)
{
	return tcb->cc.ops && tcb->cc.ops->control;
}

static inline bool sender_in_reduction(const struct tcp_tcb *tcb)
{
	return tcb->loss.state == LOSS_CWR || tcb->loss.state == LOSS_RECOVERY;
}

/* BSD: what round trips are counted in. */
static inline int64_t sender_tick(const struct tcp_tcb *tcb)
{
	return tcb_sys(tcb)->tick ? tcb_sys(tcb)->tick : SENDER_MSEC;
}

static inline uint32_t sender_now_ms(const struct tcp_tcb *tcb)
{
	return (uint32_t)(tcb_now(tcb) / SENDER_MSEC);
}

/* min_rtt, microseconds; a large number before any sample. */
static inline uint32_t sender_min_rtt_us(const struct tcp_tcb *tcb)
{
	return rtt_min_us(&tcb->rtt);
}

static inline uint32_t u32_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t u32_max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Text or a FIN waits that never left. */
static inline bool sender_has_unsent(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_gt(tcb->snd.end, tcb->snd.nxt) || (tcb->fin_queued && !tcb->fin_sent);
}

/* --- sender.c --- */
void sender_event(struct tcp_tcb *tcb, enum tcpsim_rule rule);
struct cc_event sender_cc_event(const struct tcp_tcb *tcb);
/* For an algorithm that models the path; for others nothing. */
struct cc_flow sender_flow(const struct tcp_tcb *tcb);
/* The algorithm that the connection has, or is to have. */
const struct cc_ops *sender_choose_cc(const struct tcp_tcb *tcb);
void sender_set_state(struct tcp_tcb *tcb, enum loss_state state);
/* In cc's unit. */
uint32_t sender_in_flight(const struct tcp_tcb *tcb);
/* The window that a connection starts with, in cc's unit. */
uint32_t sender_initial_window(const struct tcp_tcb *tcb);
void sender_update_pacing_rate(struct tcp_tcb *tcb);
/* What is in flight now says nothing of the path's rate. */
void sender_mark_app_limited(struct tcp_tcb *tcb);

/* --- sender_cwnd.c --- */
/* What ssthresh is worth now: outside a reduction, at least three quarters of what the path just
 * carried. */
uint32_t sender_current_ssthresh(const struct tcp_tcb *tcb);
/* Tells congestion control what happened; asks it for ssthresh. */
void sender_signal_cc(struct tcp_tcb *tcb, enum cc_signal why);
void sender_take_ssthresh(struct tcp_tcb *tcb, enum cc_signal why);
/* The recovery point is SND.NXT; ssthresh is reduced, cwnd will be. */
void sender_begin_reduction(struct tcp_tcb *tcb, enum cc_signal why);

/* --- sender_ack.c --- */
void sender_clock_rtt(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack,
	struct sender_verdict *verdict);
/* Gives congestion control the ACK's round trip and marks, in whatever state. */
void sender_sample_cc(
	struct tcp_tcb *tcb, const struct loss_ack *ack, int64_t rtt_ns, uint32_t delivered);
/* Tells congestion control of the ACK and its round trip (-1: none); `grow`: it may raise cwnd. */
void sender_tell_cc(struct tcp_tcb *tcb, struct loss_ack *ack, int64_t rtt_ns, uint32_t delivered,
	uint32_t lost, bool grow);

/* --- sender_timer.c --- */
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
