/*
 * BBR alone (draft-cardwell-iccrg-bbr-congestion-control-00): samples in, rate and window out. The
 * path has a round trip of 100 ms; segments are of 1000 bytes. Unless a test does otherwise one ACK
 * comes a round trip, for all that was delivered in it.
 */
#include "time_units.h"
#include <cc/bbr.h>
#include <criterion/criterion.h>

#define RTT_MS 100
#define BW(n)  ((uint32_t)((uint64_t)(n)*BBR_BW_ONE / (RTT_MS * 1000))) /* n a round trip */

struct path {
	struct cc cc;
	struct cc_flow flow;
	int64_t now;
	int64_t rtt_ns; /* what ACKs measure */
	uint32_t losses;
	bool app_limited, delayed;
};

static struct path path_of(bool bytes, uint32_t seed)
{
	struct path p = {.now = 1000 * NSEC_PER_MSEC, .rtt_ns = RTT_MS * NSEC_PER_MSEC};
	struct cc_event event = {.now = p.now, .random = seed};

	p.cc = (struct cc){.bytes = bytes, .mss = 1000, .cwnd_clamp = UINT32_MAX};
	p.cc.cwnd = bytes ? 10000 : 10;
	p.cc.srtt_us = p.cc.min_rtt_us = RTT_MS * 1000;
	p.flow.delivered = 1;
	p.flow.delivered_us = (uint32_t)(p.now / 1000);
	event.flow = p.flow;
	cc_start(&p.cc, cc_find("bbr"), &event);
	return p;
}

/* `n` delivered after `ms`; the sample says `rate` segments a round trip. */
static void ack_after(struct path *p, int64_t ms, uint32_t n, uint32_t rate)
{
	struct cc_ack ack = {.rtt_ns = p->rtt_ns,
		.interval_ns = RTT_MS * NSEC_PER_MSEC,
		.sample_delivered = rate,
		.prior_delivered = p->flow.delivered + n - rate,
		.delivered = n,
		.losses = p->losses,
		.app_limited = p->app_limited,
		.delayed = p->delayed};

	p->now += ms * NSEC_PER_MSEC;
	ack.now = p->now;
	ack.prior_in_flight = (p->flow.in_flight + n) * cc_segment(&p->cc);
	p->flow.delivered += n;
	p->flow.lost += p->losses;
	p->flow.delivered_us = (uint32_t)(p->now / 1000);
	ack.flow = p->flow;
	p->cc.ops->control(&p->cc, &ack);
}

static void rounds(struct path *p, unsigned count, uint32_t n)
{
	for (unsigned i = 0; i < count; i++)
		ack_after(p, RTT_MS, n, n);
}

static const struct bbr *state(const struct path *p)
{
	return bbr_look(&p->cc);
}

static void signal_of(struct path *p, enum cc_signal why)
{
	struct cc_event event = {.now = p->now, .flow = p->flow};

	p->cc.ops->signal(&p->cc, why, &event);
}

/* A path of 100 segments a round trip, in PROBE_BW. */
static struct path steady(uint32_t seed)
{
	struct path p = path_of(false, seed);

	rounds(&p, 4, 100);
	cr_assert_eq(state(&p)->phase, BBR_PROBE_BW);
	return p;
}

/* Bytes a second of `n` segments a round trip and a gain, less the margin of a hundredth. */
static void expect_rate(const struct path *p, uint32_t n, double gain, int line)
{
	double want = n * 1000.0 * 1000 / RTT_MS * gain * 0.99, got = (double)p->cc.pacing_rate;

	cr_expect(got > want * 0.995 && got < want * 1.005, "line %d: %.0f, expected %.0f", line,
		got, want);
}
#define expect_rate(p, n, gain) expect_rate(p, n, gain, __LINE__)

/* --- the filter --- */

Test(recent_max, ages_out_after_its_window)
{
	struct recent_max m = {0};

	recent_max_take(&m, 10, 1, 100);
	for (uint32_t at = 2; at <= 11; at++) {
		recent_max_take(&m, 10, at, at == 6 ? 70 : 50);
		cr_expect_eq(recent_max(&m), 100);
	}
	recent_max_take(&m, 10, 12, 50);
	cr_expect_eq(recent_max(&m), 70);
	for (uint32_t at = 13; at <= 16; at++)
		recent_max_take(&m, 10, at, 50);
	cr_expect_eq(recent_max(&m), 70);
	recent_max_take(&m, 10, 17, 50);
	cr_expect_eq(recent_max(&m), 50);
	recent_max_take(&m, 10, 40, 10); /* a gap longer than the window */
	cr_expect_eq(recent_max(&m), 10);
}

/* --- §4.3.2, §4.3.3 --- */

Test(bbr, starts_at_two_over_ln_two_of_its_window_a_round_trip)
{
	struct path p = path_of(false, 1);

	cr_expect(p.cc.ops->wants_pacing);
	cr_expect_eq(p.cc.ssthresh, CC_SSTHRESH_INFINITE);
	expect_rate(&p, 10, 2.885);
	rounds(&p, 1, 10);
	cr_expect_eq(p.cc.cwnd, 20);
	rounds(&p, 1, 20);
	cr_expect_eq(p.cc.cwnd, 40);
	expect_rate(&p, 20, 2.885);
	/* What brings less does not make it slower before the pipe is full. */
	p = path_of(false, 1);
	rounds(&p, 1, 5);
	expect_rate(&p, 10, 2.885);
}

Test(bbr, three_rounds_without_a_quarter_more_fill_the_pipe)
{
	struct path p = path_of(false, 1);

	rounds(&p, 1, 40);
	rounds(&p, 1, 80);
	rounds(&p, 1, 101); /* a quarter more */
	rounds(&p, 2, 120);
	cr_expect_eq(state(&p)->phase, BBR_STARTUP);
	p.flow.in_flight = 300;
	rounds(&p, 1, 120);
	cr_expect_eq(state(&p)->phase, BBR_DRAIN);
	expect_rate(&p, 120, 88 / 256.0); /* ln 2 / 2 */
	/* The product is 120; three quanta of three segments, at the rate that was; an
	 * even number. */
	cr_expect_eq(p.cc.ssthresh, 130);
	p.flow.in_flight = 130;
	rounds(&p, 1, 120);
	cr_expect_eq(state(&p)->phase, BBR_DRAIN);
	p.flow.in_flight = 120;
	rounds(&p, 1, 120);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_BW);
	cr_expect_eq(p.cc.ops->rule(&p.cc), TCPSIM_RULE_CWND_BBR_PROBE_BW);
}

/* What pacing has fixed for later is not in the network yet, and by then more has left it. */
Test(bbr, drain_looks_ahead_to_the_next_departure)
{
	struct path p = path_of(false, 1);

	p.flow.in_flight = 300;
	rounds(&p, 4, 100);
	cr_expect_eq(state(&p)->phase, BBR_DRAIN);
	p.flow.in_flight = 130;
	rounds(&p, 1, 100);
	cr_expect_eq(state(&p)->phase, BBR_DRAIN);
	p.flow.pace_us = 30000;
	rounds(&p, 1, 100);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_BW);
}

Test(bbr, application_limited_rounds_do_not_fill_the_pipe)
{
	struct path p = path_of(false, 1);

	p.app_limited = true;
	rounds(&p, 20, 10);
	cr_expect_eq(state(&p)->phase, BBR_STARTUP);
	cr_expect_eq(state(&p)->full_rounds, 0);
	p.app_limited = false;
	rounds(&p, 4, 10);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_BW);
}

/* --- §4.1.1 --- */

/* §4.1.1.4: such a sample counts only if it shows more. */
Test(bbr, application_limited_samples_never_lower_the_bandwidth)
{
	struct path p = steady(1);

	p.app_limited = true;
	rounds(&p, 30, 20);
	cr_expect_eq(bbr_bw(state(&p)), BW(100));
	rounds(&p, 1, 130);
	cr_expect_eq(bbr_bw(state(&p)), BW(130));
	p.app_limited = false;
	rounds(&p, 10, 20);
	cr_expect_eq(bbr_bw(state(&p)), BW(130));
	rounds(&p, 1, 20);
	cr_expect_eq(bbr_bw(state(&p)), BW(20));
}

/* §4.1.1.3: a round is what leaves and is delivered, not time. */
Test(bbr, ten_acks_of_one_flight_are_one_round)
{
	struct path p = steady(1);
	uint32_t before = state(&p)->round;

	for (int i = 0; i < 10; i++)
		ack_after(&p, 10, 10, 100);
	cr_expect_eq(state(&p)->round, before + 1);
}

/* --- §4.3.4 --- */

Test(bbr, gains_cycle_from_any_phase_but_the_draining_one)
{
	static const unsigned ORDER[] = {320, 192, 256, 256, 256, 256, 256, 256};
	unsigned seen = 0;

	for (uint32_t seed = 1; seed < 100; seed++) {
		struct path p = steady(seed * 2654435761u);

		seen |= 1u << state(&p)->cycle;
		for (unsigned i = state(&p)->cycle; i < 20; i++) {
			cr_assert_eq(state(&p)->pacing_gain, ORDER[i % 8], "seed %u, %u", seed, i);
			/* Above what 5/4 wants, so that each takes a round trip; its own product
			 * ends the draining one. */
			p.flow.in_flight = 40;
			ack_after(&p, RTT_MS + 1, 100, 100);
		}
	}
	cr_expect_eq(seen, 0xfdu);
}

Test(bbr, probes_until_it_shows_or_a_loss_stops_it)
{
	struct path p = steady(1);

	while (state(&p)->cycle != 0)
		ack_after(&p, RTT_MS + 1, 100, 100);
	ack_after(&p, RTT_MS + 1, 100, 100);
	ack_after(&p, RTT_MS + 1, 100, 100);
	cr_expect_eq(state(&p)->pacing_gain, 320);
	expect_rate(&p, 100, 1.25);
	p.losses = 1;
	ack_after(&p, RTT_MS + 1, 100, 100);
	cr_expect_eq(state(&p)->pacing_gain, 192);
	expect_rate(&p, 100, 0.75);
	/* Nothing is queued: done at once. */
	ack_after(&p, 1, 1, 100);
	cr_expect_eq(state(&p)->pacing_gain, 256);
}

/* §4.3.4.4 */
Test(bbr, leaves_idleness_at_the_bandwidth)
{
	struct path p = steady(1);

	while (state(&p)->cycle != 0)
		ack_after(&p, RTT_MS + 1, 100, 100);
	expect_rate(&p, 100, 1.25);
	signal_of(&p, CC_SEND_START); /* by a retransmission, say */
	expect_rate(&p, 100, 1.25);
	p.flow.app_limited = true;
	signal_of(&p, CC_SEND_START);
	expect_rate(&p, 100, 1);
	/* Ten idle seconds have emptied the queues by themselves: no PROBE_RTT. */
	p.now += 20000 * NSEC_PER_MSEC;
	rounds(&p, 1, 100);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_BW);
}

/* --- §4.3.5 --- */

Test(bbr, probe_rtt_after_ten_seconds_for_200_ms_at_four_segments)
{
	struct path p = steady(1); /* 400 ms after the round trip was measured */
	uint32_t cwnd;

	p.flow.in_flight = 90;
	rounds(&p, 96, 100);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_BW);
	cwnd = p.cc.cwnd;
	rounds(&p, 1, 100);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_RTT);
	cr_expect_eq(p.cc.cwnd, 4);
	cr_expect(p.cc.limits_itself);
	p.flow.in_flight = 5;
	rounds(&p, 3, 20);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_RTT); /* not down yet: the time does not run */
	p.app_limited = true;
	p.flow.in_flight = 4;
	rounds(&p, 3, 4);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_RTT);
	cr_expect_eq(p.cc.cwnd, 4);
	rounds(&p, 1, 4);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_BW);
	cr_expect_geq(p.cc.cwnd, cwnd);
	cr_expect_eq(bbr_bw(state(&p)), BW(100));
	rounds(&p, 1, 4);
	cr_expect_not(p.cc.limits_itself);
	/* Ten seconds more, counted from its end. */
	rounds(&p, 99, 100);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_BW);
	rounds(&p, 1, 100);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_RTT);
}

/* §4.1.2; only a smaller one than all before puts it off, and an equal one does not. */
Test(bbr, a_smaller_round_trip_puts_probe_rtt_off)
{
	struct path p = steady(1);

	rounds(&p, 46, 100);
	p.rtt_ns = 90 * NSEC_PER_MSEC;
	rounds(&p, 1, 100);
	p.rtt_ns = 100 * NSEC_PER_MSEC;
	rounds(&p, 99, 100);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_BW);
	cr_expect_eq(state(&p)->min_rtt_us, 90000);
	p.delayed = true; /* its round trip may be the peer's, not the path's */
	rounds(&p, 2, 100);
	cr_expect_eq(state(&p)->phase, BBR_PROBE_RTT);
	cr_expect_eq(state(&p)->min_rtt_us, 90000);
	p.delayed = false;
	p.now += 10000 * NSEC_PER_MSEC;
	rounds(&p, 1, 100);
	cr_expect_eq(state(&p)->min_rtt_us, 100000);
}

/* --- §4.2.3 --- */

Test(bbr, conserves_packets_for_a_round_and_restores_the_window)
{
	struct path p = steady(1);
	uint32_t cwnd;

	rounds(&p, 5, 100);
	cwnd = p.cc.cwnd;
	p.cc.ops->ssthresh(&p.cc, CC_LOSS, &(struct cc_event){0});
	p.cc.recovering = true;
	p.losses = 20;
	p.flow.in_flight = 60;
	ack_after(&p, 1, 2, 100);
	cr_expect_eq(p.cc.cwnd, 62);
	p.losses = 0;
	ack_after(&p, 1, 2, 100);
	cr_expect_eq(p.cc.cwnd, 62);
	ack_after(&p, RTT_MS, 60, 60); /* the round is over: two for one */
	cr_expect_eq(p.cc.cwnd, 122);
	p.losses = 10;
	ack_after(&p, 1, 2, 100);
	cr_expect_eq(p.cc.cwnd, 122 - 10 + 2);
	p.losses = 0;
	p.cc.recovering = false;
	ack_after(&p, 1, 1, 100);
	cr_expect_geq(p.cc.cwnd, cwnd - 2); /* the probing gain has two more */
}

Test(bbr, restores_the_window_after_a_timeout)
{
	struct path p = steady(1);
	uint32_t cwnd;

	rounds(&p, 5, 100);
	cwnd = p.cc.cwnd;
	p.cc.ops->ssthresh(&p.cc, CC_TIMEOUT, &(struct cc_event){0});
	p.cc.cwnd = 1;
	p.cc.recovering = p.cc.timed_out = true;
	signal_of(&p, CC_TIMEOUT);
	ack_after(&p, 1, 1, 100);
	cr_expect_eq(p.cc.cwnd, 4); /* never fewer */
	p.cc.recovering = p.cc.timed_out = false;
	ack_after(&p, 1, 1, 100);
	cr_expect_geq(p.cc.cwnd, cwnd - 2);
}

/* The first ACK already shows that the timeout was none (RFC 5682). */
Test(bbr, restores_the_window_after_a_spurious_timeout)
{
	struct path p = steady(1);
	uint32_t cwnd;

	rounds(&p, 5, 100);
	cwnd = p.cc.cwnd;
	p.cc.ops->ssthresh(&p.cc, CC_TIMEOUT, &(struct cc_event){0});
	p.cc.cwnd = 1;
	signal_of(&p, CC_TIMEOUT);
	ack_after(&p, 1, 1, 100);
	cr_expect_geq(p.cc.cwnd, cwnd - 2);
}

/* What slowed the rounds down was no full pipe. */
Test(bbr, undo_forgets_rounds_that_did_not_grow)
{
	struct path p = path_of(false, 1);

	rounds(&p, 3, 20);
	cr_expect_eq(state(&p)->full_rounds, 2);
	signal_of(&p, CC_UNDO);
	rounds(&p, 3, 20);
	cr_expect_eq(state(&p)->phase, BBR_STARTUP);
}

/* ACKs that come for 50 segments at once keep 50 more in flight. They come a little slower than the
 * bandwidth, by which an excess is made up for: that of the start is, in five seconds. */
Test(bbr, lumps_of_acks_are_allowed_for)
{
	struct path p = steady(1);

	rounds(&p, 1, 102);
	for (int i = 0; i < 7000; i++)
		ack_after(&p, 1, 1, 102);
	cr_expect_geq(p.cc.cwnd, 204 + 6);
	cr_expect_leq(p.cc.cwnd, 204 + 6 + 4);
	for (int i = 0; i < 30; i++)
		ack_after(&p, 50, 50, 102);
	cr_expect_geq(p.cc.cwnd, 204 + 50 + 6);
	cr_expect_leq(p.cc.cwnd, 204 + 50 + 6 + 4);
}

Test(bbr, counts_bytes_where_the_system_does)
{
	struct path p = path_of(true, 1), q = path_of(false, 1);

	rounds(&p, 30, 100);
	rounds(&q, 30, 100);
	cr_expect_eq(p.cc.cwnd, q.cc.cwnd * 1000);
	cr_expect_eq(p.cc.pacing_rate, q.cc.pacing_rate);
	cr_expect_eq(p.cc.ssthresh, q.cc.ssthresh * 1000);
}

Test(bbr, the_process_may_limit_the_rate)
{
	struct path p = path_of(false, 1);

	p.flow.max_pacing_rate = 123456;
	rounds(&p, 3, 100);
	cr_expect_neq(p.cc.pacing_rate, 0);
	rounds(&p, 10, 100);
	cr_expect_eq(p.cc.pacing_rate, 123456);
}

/* --- a policer --- */

/* 100 segments a round get through, and a quarter as many again is lost. */
Test(bbr, two_lossy_intervals_that_agree_are_a_policers)
{
	struct path p = steady(1);

	p.losses = 25;
	rounds(&p, 4, 100);
	cr_expect_neq(state(&p)->lt_bw, 0);
	rounds(&p, 3, 100);
	cr_expect_not(state(&p)->lt_use);
	rounds(&p, 2, 100);
	cr_expect(state(&p)->lt_use);
	cr_expect_leq(bbr_bw(state(&p)), BW(110));
	p.losses = 0;
	rounds(&p, 1, 200); /* the bucket was full again */
	cr_expect_leq(bbr_bw(state(&p)), BW(110));
	for (int i = 0; i < 45; i++) {
		rounds(&p, 1, 100);
		cr_expect_eq(state(&p)->pacing_gain, 256);
		cr_expect(state(&p)->lt_use);
	}
	rounds(&p, 3, 100);
	cr_expect_not(state(&p)->lt_use);
}

Test(bbr, fewer_losses_or_rates_that_differ_are_no_policers)
{
	struct path p = steady(1);

	p.losses = 15;
	rounds(&p, 40, 100);
	cr_expect_not(state(&p)->lt_use);
	cr_expect_eq(state(&p)->lt_bw, 0);
	p = steady(1);
	p.losses = 30;
	for (int i = 0; i < 20; i++)
		rounds(&p, 4, i % 2 ? 100 : 50);
	cr_expect_not(state(&p)->lt_use);
}
