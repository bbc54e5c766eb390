/* What a connection's time went into, as the observer tells it. Mirrors traces/observer/pace.c and
 * stalls.c. */
#include <criterion/criterion.h>

#include "support/onlooker.h"
#include "traces/observer/pace.h"
#include "traces/observer/pace_life.h"

enum { MSS = 1448 };

static struct onlooker o;

static void start(void)
{
	onlooker_start(&o, 1000, 2000);
	o.observer.keep_limits = true;
}

static void stop(void)
{
	onlooker_stop(&o);
}

TestSuite(pace, .init = start, .fini = stop);

/* Seconds of `side`'s time that went into it, once all has passed. */
static double spent(unsigned side, enum flow_limit limit)
{
	pace_finish(&o.observer, o.flow);
	return (double)o.flow->figures->side[side].limit_s[limit];
}

static const struct flow_stall *only_stall(void)
{
	const struct flow_stalls *stalls = o.flow->figures ? o.flow->figures->stalls : NULL;

	cr_assert(stalls != NULL && stalls->n == 1, "%u stalls", stalls ? stalls->n : 0);
	return &stalls->at[0];
}

static void near(double seen, double due)
{
	cr_expect(seen > due - 0.011 && seen < due + 0.011, "%.3f s, not %.3f s", seen, due);
}

Test(pace, a_program_that_thinks_has_nothing_to_send)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_wait(&o, 3000);
	onlooker_pass(&o, B, "P.", 1, 101, 50);
	onlooker_pass(&o, A, ".", 101, 51, 0);

	near(spent(B, FLOW_LIMIT_APPLICATION), 3.01);
	near(spent(A, FLOW_LIMIT_IDLE), 3.0);
	cr_expect_eq(only_stall()->cause, FLOW_STALL_SERVER);
}

/* a is where the capture was taken: what it sends follows what frees it by 100 us. */
static void at_once(void)
{
	o.now_ns -= 9900000;
}

static void handshake_of_a(void)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 80);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	at_once();
	onlooker_pass(&o, A, ".", 1, 1, 0);
	at_once();
}

/* Rounds of full segments, each round set going by the acknowledgment of the last. */
static void rounds(unsigned n, unsigned segments)
{
	uint32_t at = 1;

	for (unsigned i = 0; i < n; i++, segments *= 2) {
		for (unsigned k = 0; k < segments; k++, at += MSS)
			onlooker_pass(&o, A, ".", at, 1, MSS);
		onlooker_wait(&o, 80);
		onlooker_pass(&o, B, ".", 1, at, 0);
		at_once();
	}
}

Test(pace, full_segments_that_wait_for_acknowledgments_wait_for_the_congestion_window)
{
	o.window[B] = 65535;
	handshake_of_a();
	rounds(4, 1);

	cr_expect_gt(spent(A, FLOW_LIMIT_CONGESTION), 0.25);
	cr_expect_lt(spent(A, FLOW_LIMIT_APPLICATION), 0.02);
	cr_expect_eq(spent(A, FLOW_LIMIT_WINDOW), 0);
}

/* The SYN went twice, and nothing of B is in the capture. */
Test(pace, of_one_direction_alone_no_limit_is_told)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 80);
	onlooker_pass(&o, A, ".", 1, 1, 0);
	for (uint32_t i = 0; i < 5; i++) {
		onlooker_wait(&o, 400);
		onlooker_pass(&o, A, "P.", 1 + 100 * i, 1 + i, 100);
	}
	pace_finish(&o.observer, o.flow);

	for (unsigned i = 0; i < FLOW_N_LIMITS; i++)
		cr_expect_eq(o.flow->figures->side[0].limit_s[i], 0);
	cr_assert_gt(o.flow->figures->stalls->n, 0);
	cr_expect_eq(o.flow->figures->stalls->at[0].cause, FLOW_STALL_LOST_SYN);
	cr_expect_eq(o.flow->figures->stalls->at[0].certainty, OBSERVER_SUSPECTED);
}

Test(pace, text_that_fills_the_window_waits_for_the_receiver)
{
	o.window[B] = 2 * MSS;
	handshake_of_a();
	for (uint32_t at = 1; at < 8 * MSS; at += 2 * MSS) {
		onlooker_pass(&o, A, ".", at, 1, MSS);
		onlooker_pass(&o, A, "P.", at + MSS, 1, MSS);
		onlooker_wait(&o, 80);
		onlooker_pass(&o, B, ".", 1, at + 2 * MSS, 0);
		at_once();
	}

	cr_expect_gt(spent(A, FLOW_LIMIT_WINDOW), 0.2);
	cr_expect_lt(spent(A, FLOW_LIMIT_CONGESTION), 0.02);
}

Test(pace, a_shut_window_is_one_stall_from_its_shutting_to_its_opening)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, MSS);
	o.window[B] = 0;
	onlooker_pass(&o, B, ".", 1, 1 + MSS, 0);
	for (unsigned i = 0; i < 3; i++) {
		onlooker_wait(&o, 1000);
		onlooker_pass(&o, A, ".", MSS, 1, 0);
		onlooker_pass(&o, B, ".", 1, 1 + MSS, 0);
	}
	onlooker_wait(&o, 500);
	o.window[B] = 65535;
	onlooker_pass(&o, B, ".", 1, 1 + MSS, 0);
	onlooker_pass(&o, A, "P.", 1 + MSS, 1, MSS);

	const struct flow_stall *stall = only_stall();
	cr_expect_eq(stall->cause, FLOW_STALL_ZERO_WINDOW);
	cr_expect_eq(stall->before, 5);
	cr_expect_eq(stall->after, 12);
	near((double)(stall->to_ns - stall->from_ns) / 1e9, 3.57);
	cr_expect_gt(spent(A, FLOW_LIMIT_WINDOW), 3.4);
}

Test(pace, a_timeout_is_recovery_from_the_silence_before_it)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 2000);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);

	near(spent(A, FLOW_LIMIT_RECOVERY), 3.03);
	cr_assert_eq(o.flow->figures->stalls->n, 2);
	cr_expect_eq(o.flow->figures->stalls->at[1].cause, FLOW_STALL_TWICE_LOST);
}

Test(pace, full_segments_that_never_get_through_are_a_black_hole)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_pass(&o, A, ".", 101, 1, MSS);
	for (unsigned i = 0; i < 2; i++) {
		onlooker_wait(&o, 1000);
		onlooker_pass(&o, A, ".", 101, 1, MSS);
	}

	cr_assert_eq(o.flow->figures->stalls->n, 2);
	cr_expect_eq(o.flow->figures->stalls->at[1].cause, FLOW_STALL_BLACK_HOLE);
	cr_expect_eq(o.flow->figures->stalls->at[1].certainty, OBSERVER_SUSPECTED);
}

Test(pace, a_short_segment_behind_nagle_waits_for_the_delayed_ack)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 1, 1, MSS);
	onlooker_pass(&o, B, ".", 1, 1 + MSS, 0);
	onlooker_pass(&o, A, "P.", 1 + MSS, 1, 100);
	onlooker_wait(&o, 190);
	onlooker_pass(&o, B, ".", 1, 101 + MSS, 0);
	at_once();
	onlooker_pass(&o, A, "P.", 101 + MSS, 1, 100);

	cr_expect_eq(only_stall()->cause, FLOW_STALL_DELAYED_ACK);
	cr_expect_eq(only_stall()->side, B);
}

Test(pace, round_trips_leave_out_what_went_twice)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0); /* 10 ms */
	onlooker_pass(&o, A, "P.", 101, 1, 100);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "P.", 101, 1, 100);
	onlooker_pass(&o, B, ".", 1, 201, 0);
	pace_finish(&o.observer, o.flow);

	const struct flow_side_figures *g = &o.flow->figures->side[A];
	cr_expect_eq(g->rtt_samples, 2); /* the SYN's and the first text's */
	cr_expect_eq(g->rtt_max, 10000);
	cr_expect_eq(o.flow->figures->handshake_rtt, 20000);
	cr_expect_eq(g->in_flight_max, 100);
}
