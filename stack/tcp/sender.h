/*
 * The sending half: what is outstanding, what was lost, how much may leave, when to try again. It coordinates the
 * loss detector (loss/) and the congestion control (cc/), which see neither each other nor the TCB, and the RTT
 * estimator (rtt.c). The rest of the machine asks it the questions below and tells it what left and what came.
 *
 * SND.UNA and SND.NXT are the TCB's. The sender keeps one record for each segment that left and is not yet
 * acknowledged (seq, length, times, sacked/lost/retransmitted); cost of an ACK does not depend on the window.
 * RFC 5681, 6298, 6582, 6675, 6937, 5682, 8985.
 */
#ifndef TCPSIM_TCP_SENDER_H
#define TCPSIM_TCP_SENDER_H

#include <stddef.h>
#include <tcpsim/event.h>
#include <tcpsim/segment.h>

struct tcp_tcb;
struct tcpsim_tcp_info;

/* What a segment carries besides text, for sender_sent. */
enum { SENT_SYN = 1, SENT_FIN = 2, SENT_PUSH = 4, SENT_PROBE = 8, SENT_CWR = 16 };

/* What an ACK (or a timer) leaves the rest of the machine to do. */
struct sender_verdict {
	uint32_t acked_bytes;	 /* newly acknowledged cumulatively, SYN and FIN not counted */
	uint32_t delivered_bytes; /* newly acknowledged or SACKed */
	int64_t rtt_ns;		 /* sample taken, or -1 */
	bool fin_acked, syn_acked;
	bool retransmit;  /* call sender_next_retransmit until it says no */
	bool give_up;	  /* R2 passed: the connection ends with ETIMEDOUT or the soft error */
	bool suspect_path; /* R1 passed: re-route, probe the MTU (RFC 1122 §4.2.3.5) */
	enum tcp_rule rule; /* what was decided, for events */
};

struct sender_range {
	tcp_seq seq;
	uint32_t len; /* bytes of text; 0 with fin: the FIN alone */
	bool fin;
	enum tcp_rule rule; /* why: fast retransmission, RTO, tail loss probe ... */
};

/* The connection begins (SYN about to be sent or received). */
void sender_init(struct tcp_tcb *tcb);
/* Handshake done: options, MSS and path figures are known; sets the first cwnd and starts congestion control. */
void sender_established(struct tcp_tcb *tcb);
void sender_free(struct tcp_tcb *tcb);
/* A round trip measured outside the records: a SYN,ACK's or SYN's. */
void sender_rtt_sample(struct tcp_tcb *tcb, int64_t rtt_ns);
/* MSS changed (RFC 1191, RFC 4821). Too-long outstanding segments are marked lost when `resend`. */
void sender_mss_changed(struct tcp_tcb *tcb, bool resend);

/* New text (or FIN) [seq, seq+len+fin) left. Starts the timer if none runs. */
void sender_sent(struct tcp_tcb *tcb, tcp_seq seq, uint32_t len, unsigned sent_flags);
/* A retransmission of that range left. */
void sender_retransmitted(struct tcp_tcb *tcb, tcp_seq seq, uint32_t len, unsigned sent_flags);

/* An acceptable ACK arrived; seg->ack is between SND.UNA and SND.NXT (or old, with news in SACK). Called before
 * SND.UNA moves: `una_before` is SND.UNA, the sender moves it. `window_changed`: SND.WND differs now. */
void sender_ack(struct tcp_tcb *tcb, const struct tcp_segment *seg, bool window_changed, struct sender_verdict *verdict);
/* TCP_TIMER_RETRANSMIT, TCP_TIMER_PROBE, TCP_TIMER_REORDER or TCP_TIMER_PACE fired. */
void sender_timer(struct tcp_tcb *tcb, enum tcp_timer which, struct sender_verdict *verdict);

/* The next range to retransmit that cwnd and pacing permit; false: none now. At most one MSS unless the range is to
 * go as a super-segment. */
bool sender_next_retransmit(struct tcp_tcb *tcb, struct sender_range *range);
/* Bytes of new text that congestion control permits now (SND.WND is the caller's to respect). */
uint32_t sender_room(const struct tcp_tcb *tcb);
/* When pacing permits the next segment; at or before now: at once. */
int64_t sender_pace_deadline(const struct tcp_tcb *tcb);
/* The tail loss probe wants new text (true) rather than a retransmission, if there is some. */
bool sender_probe_pending(const struct tcp_tcb *tcb);

/* Something is outstanding. */
bool sender_outstanding(const struct tcp_tcb *tcb);
/* The output filled cwnd, or ran out of text or window: what growth may count on (cwnd validation). */
void sender_note_limited(struct tcp_tcb *tcb, bool cwnd_limited);
/* About to send after idling (no text outstanding): RFC 5681 §4.1. */
void sender_restart(struct tcp_tcb *tcb);
/* CE marks fed back: classic ECE (RFC 3168) or AccECN's count of newly marked packets (RFC 9768). */
void sender_ecn_echo(struct tcp_tcb *tcb, uint32_t ce_packets);
/* ICMP source quench on 4.4BSD; a lost SYN before ESTABLISHED (RFC 5681 §3.1: IW one segment). */
void sender_collapse(struct tcp_tcb *tcb);

/* The current retransmission timeout with backoff, ns; and without. */
int64_t sender_rto(const struct tcp_tcb *tcb);
int64_t sender_rto_base(const struct tcp_tcb *tcb);
/* Fills the sending members of TCP_INFO. */
void sender_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info);
/* Asserts the sender's invariants. */
void sender_check(const struct tcp_tcb *tcb);

#endif
