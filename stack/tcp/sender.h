/*
 * The sending half: what is outstanding, what was lost, how much may leave, when to try again. It
 * coordinates the loss detector (loss/) and the congestion control (cc/), which see neither each
 * other nor the TCB, and the RTT estimator (rtt.c). The rest of the machine asks it the questions
 * below and tells it what left and what came.
 *
 * SND.UNA and SND.NXT are the TCB's. The sender keeps one record for each segment that left and is
 * not yet acknowledged (seq, length, times, sacked/lost/retransmitted); cost of an ACK does not
 * depend on the window. RFC 5681, 6298, 6582, 6675, 6937, 5682, 8985.
 */
#ifndef TCPSIM_TCP_SENDER_H
#define TCPSIM_TCP_SENDER_H

#include <cc/cc.h>
#include <loss/loss.h>
#include <stddef.h>
#include <tcpsim/event.h>
#include <tcpsim/segment.h>

struct tcp_tcb;
struct tcpsim_tcp_info;

/* What the connection's time is limited by (TCP_INFO's busy_time, rwnd_limited, sndbuf_limited). */
enum sender_limit {
	SENDER_IDLE,
	SENDER_BUSY,
	SENDER_WINDOW_LIMITED,
	SENDER_BUFFER_LIMITED,
	SENDER_NLIMITS
};

/* The coordinator's own state, in the TCB. Others read it through the functions below. */
struct tcp_sender {
	/* when the first retransmission of this episode left; 0: none did */
	int64_t retrans_stamp_ns;
	int64_t pace_ns; /* when pacing permits the next segment */
	/* Milliseconds of the host's clock, wrapping; differences are what counts. */
	uint32_t cwnd_stamp_ms; /* when cwnd was last known to be in use, or set */
	uint32_t rto_since_ms;	/* first timeout of this episode, if `timeouts` */
	uint32_t limit_since_ms;
	uint32_t limited_ms[SENDER_NLIMITS - 1];
	uint32_t total_rto_ms;
	uint32_t timed_tick; /* BSD: when the timed segment left, in ticks */
	tcpsim_seq timed_seq;
	tcpsim_seq cwnd_usage_seq; /* SND.NXT when cwnd_full was last taken anew */
	/* segments, of the flight and since cwnd was last reduced for idleness */
	uint32_t max_packets_out, cwnd_used;
	uint32_t ce_segments; /* marked, as AccECN told since congestion control was last told */
	uint32_t prr_delivered, prr_out; /* RFC 6937, in cc's unit */
	uint32_t recovery_flight;	 /* bytes outstanding when recovery began */
	uint16_t total_rto, rto_recoveries;
	uint8_t retransmits;	/* timeouts since the last progress */
	uint8_t dupacks;	/* BSD */
	uint32_t dupack_flight; /* bytes that were out when the first of them came */
	uint8_t super_left;	/* of the super-segment that is being retransmitted */
	bool super_many;	/* it has more than one segment */
	tcpsim_seq super_seq;	/* where it begins */
	uint8_t limit;		/* enum sender_limit */
	bool frto : 1;		/* a timeout that may prove spurious */
	bool new_first : 1;	/* F-RTO step 2b: new text goes before retransmissions */
	bool tlp_wanted : 1;	/* the probe timer fired and nothing has left since */
	bool tlp_resend : 1;	/* the retransmission that leaves next is the probe */
	bool cwnd_full : 1;	/* the last flight was limited by cwnd */
	bool burst : 1;		/* new text left since sender_note_limited */
	bool timing : 1;	/* BSD: a segment is timed */
	bool timeouts : 1;	/* an episode of timeouts lasts: rto_since_ms holds */
	bool queue_cwr : 1;	/* the next new text carries CWR */
	bool ece_now : 1;	/* marks were fed back by the ACK at hand */
	bool resend : 1;	/* Linux: an ACK or a timer asks for what is lost */
	bool unlost : 1;	/* what goes again was not lost: too long, or refused */
	bool forced : 1;	/* one retransmission may leave whatever cwnd says */
};

/* What a segment carries besides text, for sender_sent. */
enum {
	SENT_SYN = 1,
	SENT_FIN = 2,
	SENT_PUSH = 4,
	SENT_PROBE = 8,
	SENT_CWR = 16,
	SENT_JOINED = 32 /* the super-segment goes on */
};

/* What an ACK (or a timer) leaves the rest of the machine to do. */
struct sender_verdict {
	uint32_t acked_bytes;	  /* newly acknowledged cumulatively, SYN and FIN not counted */
	uint32_t delivered_bytes; /* newly acknowledged or SACKed */
	int64_t rtt_ns;		  /* sample taken, or -1 */
	bool fin_acked, syn_acked;
	bool retransmit; /* call sender_next_retransmit until it says no */
	/* but new text goes before that (RFC 5682 §3.1 step 2b); see sender_new_text_failed */
	bool new_first;
	bool give_up;	       /* R2 passed: the connection ends with ETIMEDOUT or the soft error */
	bool suspect_path;     /* R1 passed: re-route, probe the MTU (RFC 1122 §4.2.3.5) */
	enum tcpsim_rule rule; /* what was decided, for events */
};

struct sender_range {
	tcpsim_seq seq;
	uint32_t len; /* bytes of text; 0 with fin: the FIN alone */
	bool fin, syn;
	bool push;	       /* the end of a super-segment */
	enum tcpsim_rule rule; /* why: fast retransmission, RTO, tail loss probe ... */
};

/* The connection begins (SYN about to be sent or received), of whose block nothing was used yet. */
void sender_init(struct tcp_tcb *tcb);
/* Handshake done, by `answer`: options, MSS and path figures are known; sets the first cwnd and
 * starts congestion control. */
void sender_established(struct tcp_tcb *tcb, const struct tcpsim_segment *answer);
/* More leaves before our SYN,ACK of a simultaneous open is answered: that is a segment as any other
 * from now on. False: there is no memory for it. */
bool sender_syn_goes_along(struct tcp_tcb *tcb);
void sender_free(struct tcp_tcb *tcb);
/* The settings name another algorithm: it takes cwnd and ssthresh over as they are. */
void sender_change_cc(struct tcp_tcb *tcb);
/* A round trip measured outside the records: a SYN,ACK's or SYN's. */
void sender_rtt_sample(struct tcp_tcb *tcb, int64_t rtt_ns);
/* MSS changed (RFC 1191, RFC 4821). Too-long outstanding segments are marked lost when `resend`. */
void sender_mss_changed(struct tcp_tcb *tcb, bool resend);

/* Why new text rather waits for the next ACK (sender_burst.h). */
enum sender_wait { SENDER_GO, SENDER_WAIT, SENDER_WAIT_CWND, SENDER_WAIT_WINDOW };

/* Something is outstanding. */
bool sender_outstanding(const struct tcp_tcb *tcb);
/* The process writes: until now, did the sender wait for that (TCP_INFO's
 * delivery_rate_app_limited)? */
void sender_text_comes(struct tcp_tcb *tcb);
/* From now on this is what limits the connection / no longer does. */
void sender_limited_by(struct tcp_tcb *tcb, enum sender_limit limit);
void sender_not_limited_by(struct tcp_tcb *tcb, enum sender_limit limit);
/* The next new text is to carry CWR (RFC 3168 §6.1.2); asking clears it. */
bool sender_take_cwr(struct tcp_tcb *tcb);
/* What a Fast Open SYN carried was not taken: all outstanding goes again, and it was
 * no congestion. */
void sender_resend_all(struct tcp_tcb *tcb);

/* The current retransmission timeout with backoff, ns; and without. */
int64_t sender_rto(const struct tcp_tcb *tcb);
int64_t sender_rto_base(const struct tcp_tcb *tcb);
/* Fills the sending members of TCP_INFO. */
void sender_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info);
/* Asserts the sender's invariants. */
void sender_check(const struct tcp_tcb *tcb);

void sender_event(struct tcp_tcb *tcb, enum tcpsim_rule rule);
/* One timeout more without an answer, and the end of such. Linux has a count for probes of a shut
 * window, too (icsk_backoff), which an open window ends alone. */
void sender_backs_off(struct tcp_tcb *tcb);
void sender_backoff_ends(struct tcp_tcb *tcb);
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

#endif
