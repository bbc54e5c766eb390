/*
 * The delivery rate sampler alone: what congestion control is told of each ACK, by
 * draft-cheng-iccrg-delivery-rate-estimation. The algorithm here only listens; its window is ten
 * segments.
 */
#include "unit/recovery/lab.h"

static struct cc_ack told;
static bool limit; /* the algorithm holds itself back */

static void listen_only(struct cc *cc, const struct cc_ack *a)
{
	told = *a;
	cc->limits_itself = limit;
}

static uint32_t keep(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	return cc->ssthresh;
}

static const struct cc_ops LISTENER = {
	.name = "listener", .rfc = "none", .ssthresh = keep, .control = listen_only};

/* Round trips of 100 ms. */
static struct lab *sampler(bool sack)
{
	struct lab *lab = lab_open(&tcpsim_profile_linux, sack, false, 100);
	struct cc_event event = {0};

	cc_start(&lab->tcb.cc, &LISTENER, &event);
	told = (struct cc_ack){0};
	limit = false;
	return lab;
}

#define expect_sample(n, prior, ms)                                                                \
	do {                                                                                       \
		cr_expect_eq(told.sample_delivered, (n), "line %d: %u delivered", __LINE__,        \
			told.sample_delivered);                                                    \
		cr_expect_eq(told.prior_delivered, (prior), "line %d: prior %u", __LINE__,         \
			told.prior_delivered);                                                     \
		cr_expect_eq(told.interval_ns, (ms)*LAB_MSEC, "line %d: %lld ns", __LINE__,        \
			(long long)told.interval_ns);                                              \
	} while (0)

/* §3.3: a flight that left at once is measured by its ACKs. The SYN counts as delivered. */
Test(delivery_rate, acks_of_one_burst)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	ack(lab, 1001);
	expect_sample(1, 1, 100);
	cr_expect_eq(told.rtt_ns, 100 * LAB_MSEC);
	cr_expect_eq(told.flow.delivered, 2);
	cr_expect_eq(told.flow.in_flight, 9);
	cr_expect_eq(told.prior_in_flight, 10);
	lab_wait(lab, 10000);
	ack(lab, 3001);
	expect_sample(3, 1, 110);
	cr_expect_eq(told.delivered, 2);
	lab_wait(lab, 40000);
	ack(lab, 10001);
	expect_sample(10, 1, 150);
	lab_close(lab);
}

/* What leaves after an ACK starts from it. */
Test(delivery_rate, a_later_segment_starts_from_the_ack_before_it)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 12000);
	lab_wait(lab, 100000);
	ack(lab, 2001); /* 10001:12001 leave */
	lab_wait(lab, 20000);
	ack(lab, 10001);
	expect_sample(10, 1, 120);
	lab_wait(lab, 80000);
	ack(lab, 12001);
	expect_sample(10, 3, 100);
	lab_close(lab);
}

/* §2.2: ACKs that were held up and come at once do not make the path faster than we sent. */
Test(delivery_rate, compressed_acks_count_for_the_time_of_sending)
{
	struct lab *lab = sampler(true);

	for (int i = 0; i < 10; i++) {
		lab_write(lab, 1000);
		lab_wait(lab, 20000);
	}
	ack(lab, 1001); /* 200 ms after it left */
	expect_sample(1, 1, 200);
	lab_write(lab, 1000);
	ack(lab, 10001);
	expect_sample(10, 1, 200);
	lab_wait(lab, 100000);
	ack(lab, 11001);
	/* From 1001:2001's time of leaving, 20 ms, to 10001:11001's, 200 ms: longer than its ACKs'
	 * 100 ms. */
	expect_sample(10, 2, 200);
	lab_close(lab);
}

/* SACKed segments are delivered, once. */
Test(delivery_rate, sack_counts_and_the_cumulative_ack_does_not_count_it_again)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	ack(lab, 1, 1001, 4001);
	expect_sample(3, 1, 100);
	cr_expect_eq(told.delivered, 3);
	cr_expect_eq(told.flow.lost, 1);
	lab_wait(lab, 100000);
	ack(lab, 4001); /* the retransmission, from the ACK that asked for it on */
	expect_sample(1, 4, 100);
	cr_expect_eq(told.delivered, 1);
	cr_expect_eq(told.rtt_ns, -1);
	lab_close(lab);
}

/* The sample of what was SACKed has been taken: the ACK that covers it too is one of the others. */
Test(delivery_rate, what_was_sacked_gives_one_sample)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 1000);
	lab_wait(lab, 95000);
	lab_write(lab, 2000);
	lab_wait(lab, 5000);
	ack(lab, 1001);
	lab_write(lab, 1000); /* 3001:4001 */
	lab_wait(lab, 100000);
	ack(lab, 1001, 3001, 4001); /* overtook them */
	expect_sample(1, 2, 100);
	lab_wait(lab, 5000);
	ack(lab, 4001);
	expect_sample(4, 1, 205);
	lab_close(lab);
}

/* §3.3: a sample shorter than the path is an artefact, of a retransmission that was needless. */
Test(delivery_rate, shorter_than_the_round_trip_is_no_sample)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	ack(lab, 1, 1001, 4001);
	for (int i = 0; i < 3; i++) /* no round trip is taken of what went again */
		lab->tcb.rtt.min.best[i].us = 101000;
	lab_wait(lab, 30000);
	ack(lab, 4001);
	cr_expect_eq(told.interval_ns, -1);
	cr_expect_eq(told.sample_delivered, 1);
	lab_close(lab);
}

/* §3.4: what left before a write that came to an empty queue tells the application's rate. */
Test(delivery_rate, application_limited_until_the_bubble_is_acknowledged)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 2000);
	sender_text_comes(&lab->tcb); /* 3 delivered will end it */
	lab_write(lab, 8000);
	lab_wait(lab, 100000);
	ack(lab, 2001);
	cr_expect_not(told.app_limited);
	cr_expect(told.flow.app_limited);
	lab_write(lab, 1000);
	ack(lab, 3001);
	cr_expect(told.app_limited);
	cr_expect_not(told.flow.app_limited);
	lab_write(lab, 1000);
	lab_wait(lab, 100000);
	ack(lab, 11001);
	cr_expect(told.app_limited);
	expect_info(lab, delivery_rate_app_limited, 1);
	ack(lab, 12001);
	cr_expect_not(told.app_limited);
	lab_close(lab);
}

Test(delivery_rate, a_full_window_or_unsent_text_is_not_the_applications_fault)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 10000);
	sender_text_comes(&lab->tcb);
	cr_expect_eq(lab->tcb.loss.app_limited, 0);
	lab_write(lab, 5000);
	lab_wait(lab, 100000);
	lab->tcb.cc.cwnd = 20;
	sender_text_comes(&lab->tcb);
	cr_expect_eq(lab->tcb.loss.app_limited, 0);
	lab_close(lab);
}

/* What the algorithm itself holds down tells as little. */
Test(delivery_rate, limited_by_the_algorithm)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	limit = true;
	ack(lab, 1001);
	cr_expect_not(told.app_limited);
	lab_write(lab, 1000); /* 10001:11001 leaves */
	limit = false;
	lab_wait(lab, 100000);
	ack(lab, 11001);
	cr_expect(told.app_limited);
	lab_close(lab);
}

/* RFC 1122 §4.2.3.2: a short segment alone is what the peer waits for another after. */
Test(delivery_rate, a_lone_short_segment_may_have_been_waited_for)
{
	struct lab *lab = sampler(true);

	lab_write(lab, 500);
	lab_wait(lab, 100000);
	ack(lab, 501);
	cr_expect(told.delayed);
	lab_write(lab, 2000);
	lab_wait(lab, 100000);
	ack(lab, 2501);
	cr_expect_not(told.delayed);
	lab_close(lab);
}

/* Duplicate ACKs stand for segments that were delivered. */
Test(delivery_rate, without_sack_duplicates_count)
{
	struct lab *lab = sampler(false);

	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	for (int i = 0; i < 3; i++)
		ack(lab, 1);
	cr_expect_eq(told.flow.delivered, 4);
	cr_expect_eq(told.delivered, 1);
	lab_wait(lab, 100000);
	ack(lab, 10001);
	cr_expect_eq(told.flow.delivered, 11);
	lab_close(lab);
}

/* The BSDs' ways count windows in bytes, and samples in segments all the same. */
Test(delivery_rate, byte_counting_systems_sample_segments)
{
	struct lab *lab = lab_open(&tcpsim_profile_freebsd, true, false, 100);
	struct cc_event event = {0};

	cc_start(&lab->tcb.cc, &LISTENER, &event);
	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	ack(lab, 1, 1001, 3001);
	expect_sample(2, 1, 100);
	ack(lab, 3001, 4001, 6001);
	cr_expect_eq(told.delivered, 3);
	cr_expect_eq(told.flow.delivered, 6);
	lab_close(lab);
}
