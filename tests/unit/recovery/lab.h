/*
 * A sender alone: a connection that was never opened by packets, fed with ACKs, whose output is a
 * line of text. The few functions by which the sender reaches the rest of the machine are
 * replaced here, so that a test sees nothing but loss detection and congestion control. Sequence
 * numbers are relative to the first byte, which is 1.
 */
#ifndef UNIT_RECOVERY_LAB_H
#define UNIT_RECOVERY_LAB_H

#include "host/output.h"
#include "host/routes.h"
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tcp/output.h>
#include <tcp/sender.h>
#include <tcp/sender_ack.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_send.h>
#include <tcp/sender_timer.h>
#include <tcp/state.h>
#include <tcp/timers.h>
#include <tcpsim/tcp_info.h>

#define LAB_ISS	 0xfffff000u /* wraps soon */
#define LAB_MSS	 1000
#define LAB_MSEC 1000000ll

struct lab {
	struct tcpsim_host host;
	struct tcp_tcb tcb;
	char sent[4096]; /* since the last lab_sent */
	bool held;	 /* the process gives no text */
};

void tcp_timer_change(struct tcp_tcb *tcb, enum tcpsim_timer timer, int64_t due_ns)
{
	tcb->deadline[timer] = due_ns;
	tcb->timers &= (uint16_t) ~(1u << timer);
	if (due_ns != TCP_NEVER)
		tcb->timers |= (uint16_t)(1u << timer);
}

void tcp_timer_drop(struct tcp_tcb *tcb, enum tcpsim_timer timer)
{
	tcp_timer_change(tcb, timer, TCP_NEVER);
}

void tcp_timers_settle(struct tcp_tcb *tcb)
{
}

uint32_t tcp_ts_clock(const struct tcpsim_host *host, uint32_t offset)
{
	return (uint32_t)(host->now / LAB_MSEC) + offset;
}

void host_event(struct tcpsim_host *host, struct tcpsim_event *event)
{
}

uint32_t tcp_segment_room(struct tcp_tcb *tcb)
{
	return tcb->snd.mss;
}

void tcb_update_mss(struct tcp_tcb *tcb, bool resend)
{
}

int route_find(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, struct route *out)
{
	return -1;
}

int route_ask(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, const struct route **out)
{
	return -1;
}

static tcpsim_seq lab_seq(uint32_t relative)
{
	return tcpsim_seq_of(LAB_ISS + relative);
}

static void lab_note(struct lab *lab, tcpsim_seq seq, uint32_t len, const char *mark)
{
	size_t at = strlen(lab->sent);

	snprintf(lab->sent + at, sizeof(lab->sent) - at, "%s%s%u:%u", at ? " " : "", mark,
		seq.n - LAB_ISS, seq.n - LAB_ISS + len);
}

/* One output pass, in tcp_output's order. */
static void lab_retransmit(struct lab *lab)
{
	struct sender_range range;

	while (sender_next_retransmit(&lab->tcb, &range)) {
		lab->tcb.count.retrans_segs++;
		lab_note(lab, range.seq, range.len,
			range.rule == TCPSIM_RULE_RETRANSMIT_PROBE ? "probe " : "again ");
		if (range.len)
			sender_text_leaves(&lab->tcb);
		sender_retransmitted(&lab->tcb, range.seq, range.len, range.fin ? SENT_FIN : 0);
		lab->tcb.last_sent_ns = lab->host.now;
	}
}

static bool lab_new(struct lab *lab, bool probe)
{
	struct tcp_tcb *tcb = &lab->tcb;
	uint32_t unsent = tcb->snd.end.n - tcb->snd.nxt.n,
		 len = unsent < LAB_MSS ? unsent : LAB_MSS;
	tcpsim_seq seq = tcb->snd.nxt;

	if (!len ||
		tcpsim_seq_gt(tcpsim_seq_add(seq, len), tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd)))
		return false;
	if (!probe && sender_room(tcb) < len) {
		sender_note_limited(tcb, true);
		return false;
	}
	cr_assert(sender_reserve(tcb, len));
	sender_text_leaves(tcb);
	lab_note(lab, seq, len, "");
	tcb->last_sent_ns = lab->host.now;
	tcb->snd.nxt = tcpsim_seq_add(seq, len);
	tcb->count.data_segs_out++;
	sender_sent(tcb, seq, len, 0);
	return true;
}

static void lab_output(struct lab *lab)
{
	if (!tcb_flight(&lab->tcb))
		sender_restart(&lab->tcb);
	if (sender_probe_pending(&lab->tcb))
		lab_new(lab, true);
	lab_retransmit(lab);
	while (lab_new(lab, false))
		;
	sender_note_limited(&lab->tcb, false);
	if (sender_new_text_failed(&lab->tcb))
		lab_retransmit(lab);
	sender_check(&lab->tcb);
}

static struct lab *lab_open(
	const struct tcpsim_profile *profile, bool sack, bool timestamps, int64_t rtt_ms)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct tcp_tcb *tcb = &lab->tcb;

	lab->host.pool = tcpsim_pool_new();
	lab->host.sys = *profile;
	lab->host.now = 1000 * LAB_MSEC;
	tcb->host = &lab->host;
	tcb->state = TCPSIM_ESTABLISHED;
	tcb->snd.iss = lab_seq(0);
	tcb->snd.una = tcb->snd.nxt = tcb->snd.end = lab_seq(1);
	tcb->snd.mss = LAB_MSS;
	tcb->snd.wnd = tcb->snd.max_wnd = 10000000;
	tcb->ok.sack = sack;
	tcb->ok.timestamps = timestamps;
	tcb->listener = (struct tcp_listener *)tcb; /* somebody holds it */
	for (int i = 0; i < TCPSIM_NTIMERS; i++)
		tcb->deadline[i] = TCP_NEVER;
	rtt_init(&tcb->rtt, profile);
	sender_init(tcb);
	if (rtt_ms >= 0)
		sender_rtt_sample(tcb, rtt_ms * LAB_MSEC);
	sender_established(tcb, &(struct tcpsim_segment){0});
	return lab;
}

static void lab_close(struct lab *lab)
{
	sender_free(&lab->tcb);
	tcpsim_pool_free(lab->host.pool);
	free(lab);
}

static void lab_write(struct lab *lab, uint32_t len)
{
	lab->tcb.snd.end = tcpsim_seq_add(lab->tcb.snd.end, len);
	lab_output(lab);
}

/* Runs the sender's timers up to `ms` from now. False: the connection gave up. */
static bool lab_wait(struct lab *lab, int64_t us)
{
	int64_t until = lab->host.now + us * 1000;
	struct tcp_tcb *tcb = &lab->tcb;

	for (;;) {
		struct sender_verdict verdict = {.rtt_ns = -1};
		int first = -1;

		for (int i = 0; i < TCPSIM_NTIMERS; i++)
			if (tcb->deadline[i] <= until &&
				(first < 0 || tcb->deadline[i] < tcb->deadline[first]))
				first = i;
		if (first < 0)
			break;
		lab->host.now = tcb->deadline[first];
		tcp_timer_drop(tcb, (enum tcpsim_timer)first);
		sender_timer(tcb, (enum tcpsim_timer)first, &verdict);
		if (verdict.give_up)
			return false;
		lab_output(lab);
	}
	lab->host.now = until;
	return true;
}

struct lab_ack {
	uint32_t ack;
	uint32_t sack[8]; /* pairs, ended by 0 */
	uint32_t ecr;
	uint16_t flags;
	bool window;
	uint32_t text;
};

static struct sender_verdict lab_take(struct lab *lab, struct lab_ack in)
{
	struct tcpsim_segment seg = {
		.ack = lab_seq(in.ack), .flags = TCPSIM_ACK | in.flags, .len = in.text};
	struct sender_verdict verdict = {.rtt_ns = -1};

	for (int i = 0; i < 8 && in.sack[i]; i += 2) {
		seg.options.present |= TCPSIM_HAS_SACK;
		seg.options.sack[seg.options.n_sack].start = lab_seq(in.sack[i]);
		seg.options.sack[seg.options.n_sack++].end = lab_seq(in.sack[i + 1]);
	}
	if (lab->tcb.ok.timestamps) {
		seg.options.present |= TCPSIM_HAS_TIMESTAMP;
		seg.options.ts_ecr = in.ecr ? in.ecr : (uint32_t)(lab->host.now / LAB_MSEC);
	}
	sender_ack(&lab->tcb, &seg, in.window, &verdict);
	sender_check(&lab->tcb);
	lab_output(lab);
	return verdict;
}

static inline struct lab_ack lab_ack_of(const uint32_t *numbers, size_t n)
{
	struct lab_ack in = {.ack = numbers[0]};

	cr_assert_leq(n, 9);
	memcpy(in.sack, numbers + 1, (n - 1) * sizeof(*numbers));
	return in;
}

/* The number, then both ends of each SACK block. */
#define ack(lab, ...)                                                                              \
	lab_take(lab, lab_ack_of((const uint32_t[]){__VA_ARGS__},                                  \
			      sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)))

/* What left since the last question is exactly this; a flight of whole segments is written by its
 * first and last. */
static inline void lab_expect_sent(struct lab *lab, const char *want, int line)
{
	cr_expect_str_eq(
		lab->sent, want, "line %d: sent `%s`, expected `%s`", line, lab->sent, want);
	lab->sent[0] = '\0';
}
#define expect_sent(lab, want) lab_expect_sent(lab, want, __LINE__)

static struct tcpsim_tcp_info lab_info(struct lab *lab)
{
	struct tcpsim_tcp_info info = {0};

	sender_info(&lab->tcb, &info);
	return info;
}

static inline void lab_forget(struct lab *lab)
{
	lab->sent[0] = '\0';
}

#define expect_info(lab, member, want)                                                             \
	do {                                                                                       \
		long long got_ = (long long)lab_info(lab).tcpi_##member,                           \
			  want_ = (long long)(want);                                               \
		cr_expect_eq(got_, want_, "line %d: tcpi_" #member " is %lld, expected %lld",      \
			__LINE__, got_, want_);                                                    \
	} while (0)

#endif
