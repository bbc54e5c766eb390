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
#include <time_units.h>

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
	return tcb_sys(tcb)->tick ? tcb_sys(tcb)->tick : NSEC_PER_MSEC;
}

/* Rounded up to what timeouts are counted in. */
static inline int64_t sender_jiffies_up(const struct tcp_tcb *tcb, int64_t ns)
{
	int64_t jiffy = tcb_sys(tcb)->jiffy;

	return (ns + jiffy - 1) / jiffy * jiffy;
}

static inline uint32_t sender_now_ms(const struct tcp_tcb *tcb)
{
	return (uint32_t)(tcb_now(tcb) / NSEC_PER_MSEC);
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

#endif
