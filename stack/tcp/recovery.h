/*
 * Loss recovery as a policy, as congestion control is (cc/cc.h): what a system makes of an ACK, a
 * timeout, a mark, and of a window that is not used. The coordinator (tcp/sender*.c) keeps the
 * records (loss/), the timers and the round trips, which are everybody's; where systems differ it
 * asks through this table, and never which system it is. linux*.c implement RACK-TLP, PRR, F-RTO
 * and undo in segments, bsd.c 4.3BSD-Reno, NewReno and FreeBSD's SACK recovery in octets.
 *
 * A hook sees the TCB and may change tcb->loss, tcb->cc and tcb->sender, and set timers by
 * sender_arm; it sends nothing, frees nothing and changes no other part of the TCB. NULL: the
 * system does nothing there.
 */
#ifndef TCPSIM_TCP_RECOVERY_H
#define TCPSIM_TCP_RECOVERY_H

#include <loss/loss.h>
#include <stdbool.h>
#include <stdint.h>

struct tcp_tcb;
struct sender_verdict;

struct recovery_ops {
	/* --- what the coordinator must know --- */
	/* cwnd, ssthresh and what is in flight are octets (RFC 5681); else segments. */
	bool bytes;
	/* With SACK, what left before something that arrived is lost (RFC 8985). */
	bool rack;
	/* An ACK that sets SND.WND anew is no duplicate, be it to the same value; else another
	 * value alone makes it none (RFC 5681 §2). */
	bool any_window_update;
	/* R1 and R2 (RFC 1122 §4.2.3.5) stand for the time that so many timeouts take from the
	 * smallest RTO, and R2 of an orphan is its own (sender_orphan_retries); else they count
	 * retransmissions. */
	bool limits_are_times;

	/* A SYN is a segment as any other: its loss is one of the window, TCP_INFO counts it, and
	 * where it went twice a timestamp tells its round trip. */
	bool syn_counts;
	/* What is lost goes again when an ACK or a timer says so; else whenever anything leaves. */
	bool resends_on_progress;
	/* An ACK that acknowledges nothing while nothing is outstanding says nothing, unless it tells
	 * of a duplicate; else it may count as one. */
	bool idle_acks_say_nothing;

	/* --- what distinguishes those that share an implementation --- */
	/* SACK says what is lost (RFC 6675). */
	bool by_sack;
	/* cwnd falls in proportion to what is delivered (RFC 6937). */
	bool proportional;

	/* --- hooks --- */
	/* An acceptable ACK, after SND.UNA moved. Takes what it covers and SACKs off the records,
	 * has the round trip taken, moves the state, cwnd and ssthresh, sets the timers; leaves in
	 * `verdict` the round trip and whether something goes again. */
	void (*ack)(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack,
		struct sender_verdict *verdict);
	/* The retransmission timer fired, and something is outstanding: marks what is lost, reduces
	 * cwnd and ssthresh. `window_shut`: it is the peer's window that is probed. Called before
	 * the timeout is counted in sender.retransmits. */
	void (*timeout)(struct tcp_tcb *tcb, bool window_shut);
	/* The reordering timer fired (RFC 8985 §6.3). True: something is lost and goes again. */
	bool (*reorder_timeout)(struct tcp_tcb *tcb);
	/* CE marks were fed back, by ECE (RFC 3168 §6.1.2) or AccECN's count (RFC 9768 §3.3). */
	void (*marks)(struct tcp_tcb *tcb);
	/* The host's own device dropped a segment that was to leave. True: it counts as not sent;
	 * false: as lost. */
	bool (*local_drop)(struct tcp_tcb *tcb);
	/* ICMP says that the route failed while the timer backs off (RFC 6069). */
	void (*route_failed)(struct tcp_tcb *tcb);
	/* A run of output ended; `burst`: new text left in it, `cwnd_limited`: cwnd ended it.
	 * Called if either is so. */
	void (*run_ended)(struct tcp_tcb *tcb, bool burst, bool cwnd_limited);
	/* Makes record i fit `room` octets: cuts it, or joins to it what follows. */
	void (*resegment)(struct tcp_tcb *tcb, uint32_t i, uint32_t room);
	/* The tail is to go as a probe: cuts what left as one with it for segments of `room`. May be
	 * NULL. */
	uint32_t (*cut_tail)(struct tcp_tcb *tcb, uint32_t room);

	/* --- questions: these change nothing --- */
	/* May cwnd grow: does it limit the flight? (RFC 7661) */
	bool (*cwnd_limited)(const struct tcp_tcb *tcb);
	/* Octets of new text that may leave beyond cwnd (RFC 3042). */
	uint32_t (*beyond_cwnd)(const struct tcp_tcb *tcb);
	/* The text that is about to leave begins a flight. */
	bool (*flight_begins)(const struct tcp_tcb *tcb);
	/* With the window shut to nothing by the peer: is the connection not to be given up for
	 * what is unanswered (RFC 9293 §3.8.6.1)? */
	bool (*shut_window_excuses)(const struct tcp_tcb *tcb);
};

extern const struct recovery_ops RECOVERY_OPS_RENO, RECOVERY_OPS_NEWRENO, RECOVERY_OPS_FREEBSD,
	RECOVERY_OPS_LINUX;

/* By enum tcpsim_recovery. */
extern const struct recovery_ops *const RECOVERIES[];

#endif
