/* Congestion control alone: signals in, windows out. */
#include <cc/cc.h>
#include <cc/cube.h>
#include <criterion/criterion.h>
#include <tcpsim/profile.h>

static struct cc begin(const char *name, bool bytes, uint32_t cwnd, uint32_t ssthresh)
{
	struct cc cc = {.bytes = bytes, .mss = 1000, .cwnd_clamp = UINT32_MAX, .cwnd = cwnd};
	struct cc_event event = {.now = 1000000000, .snd_nxt = 1};

	cc.ssthresh = ssthresh;
	cc.cwnd_limited = true;
	cc_start(&cc, cc_find(name), &event);
	return cc;
}

static void acked(struct cc *cc, uint32_t segments, int64_t now_ms)
{
	struct cc_ack ack = {.now = now_ms * 1000000,
		.acked = cc->bytes ? segments * 1000 : segments,
		.acked_bytes = segments * 1000,
		.segments = segments,
		.rtt_ns = -1};

	cc->ops->ack(cc, &ack);
}

static uint32_t reduced(struct cc *cc, enum cc_signal why)
{
	struct cc_event event = {.now = 2000000000};

	return cc->ops->ssthresh(cc, why, &event);
}

Test(cc, cube_root_is_rounded_down)
{
	cr_expect_eq(cube_root(0), 0);
	cr_expect_eq(cube_root(26), 2);
	cr_expect_eq(cube_root(27), 3);
	cr_expect_eq(cube_root(1000000000000ull), 10000);
	cr_expect_eq(cube_root(UINT64_MAX), 2642245);
}

Test(cc, names_and_units)
{
	struct cc segments = begin("newreno", false, 10, CC_SSTHRESH_INFINITE);
	struct cc bytes = begin("cubic", true, 10000, CC_SSTHRESH_INFINITE);

	cr_expect_eq(segments.ops, &cc_reno);
	cr_expect_eq(bytes.ops, &cc_cubic_bytes);
	cr_expect_null(cc_find("none such"));
}

/* RFC 5681 §3.1. */
Test(cc_reno, one_segment_a_window_in_avoidance)
{
	struct cc cc = begin("reno", false, 10, 10);

	for (int i = 0; i < 9; i++)
		acked(&cc, 1, 1000);
	cr_expect_eq(cc.cwnd, 10);
	acked(&cc, 1, 1000);
	cr_expect_eq(cc.cwnd, 11);
	cr_expect_eq(reduced(&cc, CC_LOSS), 5);
}

Test(cc_reno, what_is_over_ssthresh_counts_for_avoidance)
{
	struct cc cc = begin("reno", false, 8, 10);

	acked(&cc, 5, 1000);
	cr_expect_eq(cc.cwnd, 10);
	cr_expect_eq(cc.cwnd_cnt, 3);
}

/* RFC 9406: the round trip rose by more than an eighth: a quarter of slow start's speed. */
Test(cc_reno, hystartpp_slows_slow_start_down)
{
	struct cc cc = begin("reno", false, 20, 1000);
	struct cc_ack ack = {.now = 1000000000, .segments = 1, .snd_una = 2, .snd_nxt = 100};

	cc.hystart = 4;
	ack.rtt_ns = 100000000;
	for (int i = 0; i < 8; i++)
		cc.ops->sample(&cc, &ack);
	acked(&cc, 8, 1000);
	cr_expect_eq(cc.cwnd, 28);
	ack.snd_una = 101;
	ack.snd_nxt = 200;
	ack.rtt_ns = 120000000;
	for (int i = 0; i < 8; i++)
		cc.ops->sample(&cc, &ack);
	acked(&cc, 8, 1000);
	cr_expect_eq(cc.cwnd, 30);
	for (uint32_t round = 2; round <= 6;
		round++) { /* five rounds of it: congestion avoidance */
		ack.snd_una = round * 100 + 1;
		ack.snd_nxt = (round + 1) * 100;
		cc.ops->sample(&cc, &ack);
	}
	cr_expect_eq(cc.ssthresh, 30);
}

/* RFC 3465 §2.1, §2.2. */
Test(cc_newreno, counts_bytes)
{
	struct cc cc = begin("newreno", true, 4000, 8000);

	cc.abc = true;
	acked(&cc, 3, 1000);
	cr_expect_eq(cc.cwnd, 6000); /* L = 2 */
	cc.cwnd = 9000;
	acked(&cc, 8, 1000);
	cr_expect_eq(cc.cwnd, 9000);
	acked(&cc, 1, 1000);
	cr_expect_eq(cc.cwnd, 10000);
	cr_expect_eq(reduced(&cc, CC_LOSS), 5000);
}

/* cwnd 20 of which 12 are out, before a window of 16: what each system halves, in either unit. */
Test(cc_newreno, halves_what_the_profile_says)
{
	static const struct {
		enum tcpsim_ssthresh_rule rule;
		uint32_t loss, timeout; /* segments */
	} RULES[] = {
		{TCPSIM_SSTHRESH_CWND, 10, 10},
		{TCPSIM_SSTHRESH_WINDOW, 8, 8},
		{TCPSIM_SSTHRESH_WINDOW_AT_TIMEOUT, 10, 8},
		{TCPSIM_SSTHRESH_FLIGHT, 6, 6},
	};
	struct cc_event event = {.now = 2000000000, .flight = 12000, .snd_wnd = 16000};

	for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
		for (int bytes = 0; bytes < 2; bytes++) {
			uint32_t unit = bytes ? 1000 : 1;
			struct cc cc = begin("reno", bytes, 20 * unit, CC_SSTHRESH_INFINITE);

			cc.ssthresh_rule = RULES[i].rule;
			cr_expect_eq(cc.ops->ssthresh(&cc, CC_LOSS, &event), RULES[i].loss * unit,
				"rule %zu", i);
			cr_expect_eq(cc.ops->ssthresh(&cc, CC_TIMEOUT, &event),
				RULES[i].timeout * unit, "rule %zu at a timeout", i);
			cc.cwnd = 3 * unit;
			event.flight = 3000;
			cr_expect_eq(cc.ops->ssthresh(&cc, CC_LOSS, &event), 2 * unit);
			event.flight = 12000;
		}
	}
}

/* RFC 9438 §4.6, §4.7. */
Test(cc_cubic, seven_tenths_and_fast_convergence)
{
	struct cc cc = begin("cubic", false, 100, 50);

	cr_expect_eq(reduced(&cc, CC_LOSS), 70);
	cc.cwnd = 80;
	cr_expect_eq(reduced(&cc, CC_LOSS), 56);
	cc.cwnd = 2;
	cr_expect_eq(reduced(&cc, CC_LOSS), 2);
}

/* While W_max is unknown: one segment for 20 acknowledged. */
Test(cc_cubic, five_percent_a_round_trip_before_the_first_loss)
{
	struct cc cc = begin("cubic", false, 40, 40);

	for (int i = 0; i < 20; i++)
		acked(&cc, 1, 1000 + i);
	cr_expect_eq(cc.cwnd, 41);
}

/* RFC 9438 §4.2: back at W_max after K = cbrt(30 / 0.4) = 4.2 s, hardly growing just before. */
Test(cc_cubic, plateau_at_the_old_maximum)
{
	struct cc cc = begin("cubic", false, 100, 100);

	cc.ssthresh = reduced(&cc, CC_LOSS);
	cc.cwnd = cc.ssthresh;
	for (int ms = 1000; ms < 5000; ms += 20)
		acked(&cc, 20, ms);
	cr_expect_geq(cc.cwnd, 98);
	cr_expect_leq(cc.cwnd, 102);
}

/* RFC 9438 §4.3: where Reno's window would be larger it is that one's, which grows by 9/17 of a
 * segment a round trip until W_max, and by a whole one above it. */
Test(cc_cubic, in_bytes_no_slower_than_reno)
{
	struct cc cc = begin("cubic", true, 10000, 10000);

	cc.ssthresh = reduced(&cc, CC_LOSS);
	cr_assert_eq(cc.ssthresh, 7000);
	cc.cwnd = 7001;
	for (int round = 0; round < 3; round++) {
		uint32_t before = cc.cwnd;

		acked(&cc, 7, 1000 + round * 10);
		cr_expect(
			cc.cwnd - before >= 450 && cc.cwnd - before <= 530, "%u", cc.cwnd - before);
	}
	for (int round = 3; round < 9; round++)
		acked(&cc, 9, 1000 + round * 10);
	cr_expect_gt(cc.cwnd, 10000, "above W_max");
	uint32_t before = cc.cwnd;
	acked(&cc, 10, 1100);
	cr_expect(cc.cwnd - before >= 700, "%u", cc.cwnd - before);
}

/* RFC 8257 §3.3: without marks alpha decays by a sixteenth a round trip, and a mark cuts little. */
Test(cc_dctcp, cuts_by_the_share_that_was_marked)
{
	struct cc cc = begin("dctcp", false, 100, 50);
	struct cc_ack ack = {
		.now = 1000000000, .segments = 10, .rtt_ns = -1, .snd_una = 1, .snd_nxt = 2};

	cr_expect_eq(reduced(&cc, CC_ECN), 50); /* alpha is 1 at first */
	for (int i = 0; i < 100; i++, ack.snd_una++, ack.snd_nxt++)
		cc.ops->sample(&cc, &ack);
	cr_expect_geq(reduced(&cc, CC_ECN), 99);
	cr_expect_eq(reduced(&cc, CC_LOSS), 50);
}

/* Vegas: two round trips' worth of queue neither grows nor shrinks the window. */
/* One round trip whose samples are all `rtt_ns`, ended by an ACK of `acked` segments. */
static void vegas_round(struct cc *cc, struct cc_ack *ack, int64_t rtt_ns, uint32_t acked)
{
	ack->rtt_ns = rtt_ns;
	for (int i = 0; i < 5; i++)
		cc->ops->sample(cc, ack);
	ack->snd_una = ack->snd_nxt + 1;
	ack->snd_nxt += cc->cwnd;
	ack->acked = acked;
	cc->ops->ack(cc, ack);
}

Test(cc_vegas, slow_start_goes_on_while_nothing_queues)
{
	struct cc cc = begin("vegas", false, 20, CC_SSTHRESH_INFINITE);
	struct cc_ack ack = {.now = 1000000000, .snd_nxt = 1};

	vegas_round(&cc, &ack, 100000000, 2);
	cr_expect_eq(cc.cwnd, 22, "by all that was acknowledged");
	cr_expect_eq(cc.ssthresh, CC_SSTHRESH_INFINITE);
}

Test(cc_vegas, slow_start_ends_at_the_rate_the_path_has)
{
	struct cc cc = begin("vegas", false, 20, CC_SSTHRESH_INFINITE);
	struct cc_ack ack = {.now = 1000000000, .snd_nxt = 1};

	vegas_round(&cc, &ack, 100000000, 2);
	vegas_round(&cc, &ack, 110000000, 2); /* 22 * 10 % = 2 queued, over one */
	cr_expect_eq(cc.cwnd, 22 * 100 / 110 + 1);
	cr_expect_eq(cc.ssthresh, cc.cwnd, "no slow start from here");
}

Test(cc_vegas, ssthresh_follows_a_window_that_grows)
{
	struct cc cc = begin("vegas", false, 40, 20);
	struct cc_ack ack = {.now = 1000000000, .snd_nxt = 1};

	vegas_round(&cc, &ack, 100000000, 1);
	cr_expect_eq(cc.cwnd, 41, "nothing queues");
	cr_expect_eq(cc.ssthresh, 30, "three quarters of it");
}

Test(cc_vegas, shrinks_when_more_than_four_segments_queue)
{
	struct cc cc = begin("vegas", false, 40, 20);
	struct cc_ack ack = {.now = 1000000000, .segments = 1, .acked = 1, .rtt_ns = 100000000};

	cc.ops->sample(&cc, &ack);
	ack.snd_una = 2;
	ack.snd_nxt = 41;
	cc.ops->ack(&cc, &ack);
	ack.rtt_ns = 120000000; /* 40 * 20 % = 8 queued */
	for (int i = 0; i < 5; i++)
		cc.ops->sample(&cc, &ack);
	ack.snd_una = 42;
	ack.snd_nxt = 81;
	uint32_t before = cc.cwnd;

	cc.ops->ack(&cc, &ack);
	cr_expect_eq(cc.cwnd, before - 1);
}
