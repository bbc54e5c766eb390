/*
 * BBR's model of the path (draft-cardwell-iccrg-bbr-congestion-control-00 §4.1): the bandwidth of
 * the bottleneck, whether a policer sets it, how much ACKs come in lumps, and whether the pipe has
 * been filled. See bbr.h.
 */
#include <cc/bbr.h>
#include <cc/bbr_model.h>

#define BW_ROUNDS 10 /* §4.1.1.3 BtlBwFilterLen */

/* Long-term bandwidth: two intervals in a row with losses that agree are a policer's. */
#define LT_LEAST_ROUNDS	 4
#define LT_MOST_ROUNDS	 (4 * LT_LEAST_ROUNDS)
#define LT_LOSS		 50  /* of 256 delivered: a fifth */
#define LT_BW_RATIO	 8   /* two intervals agree when they differ by less than an eighth */
#define LT_BW_DIFFERENCE 500 /* or by less than this, bytes a second */
#define LT_USE_ROUNDS	 48

#define EXTRA_ROUNDS	  5	     /* what came in excess is remembered for five to ten rounds */
#define EPOCH_MOST_ACKED  (1u << 20) /* segments: an epoch so long says nothing of lumps */
#define EXTRA_ACKED_LIMIT UINT16_MAX

/* §4.3.2.2 */
#define FULL_GROWTH (BBR_ONE * 5 / 4)
#define FULL_ROUNDS 3

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* --- long-term bandwidth --- */

static void lt_begin(struct bbr *b, const struct cc_flow *flow)
{
	b->lt_us = flow->delivered_us;
	b->lt_delivered = flow->delivered;
	b->lt_lost = flow->lost;
	b->lt_rounds = 0;
}

void bbr_lt_reset(struct bbr *b, const struct cc_flow *flow)
{
	b->lt_bw = 0;
	b->lt_use = b->lt_sampling = 0;
	lt_begin(b, flow);
}

static bool agree(const struct cc *cc, uint32_t one, uint32_t other)
{
	uint32_t apart = one > other ? one - other : other - one;

	return (uint64_t)apart * LT_BW_RATIO <= other ||
	       bbr_bytes_per_second(cc, apart, BBR_ONE, 99) <= LT_BW_DIFFERENCE;
}

static void lt_interval_ends(
	struct bbr *b, const struct cc *cc, const struct cc_flow *flow, uint32_t bw)
{
	if (b->lt_bw && agree(cc, bw, b->lt_bw)) {
		b->lt_bw = (uint32_t)(((uint64_t)bw + b->lt_bw) / 2);
		b->lt_use = 1;
		b->pacing_gain = BBR_ONE; /* no probing into the policer's drops */
		b->lt_rounds = 0;
		return;
	}
	b->lt_bw = bw;
	lt_begin(b, flow);
}

/* An interval ends with a loss: then the policer's bucket is empty, and what was delivered is what
 * it lets through. */
static void lt_judge(struct bbr *b, const struct cc *cc, const struct cc_flow *flow)
{
	uint32_t lost = flow->lost - b->lt_lost, delivered = flow->delivered - b->lt_delivered;
	uint32_t took_us = flow->delivered_us - b->lt_us;

	if (!delivered || (uint64_t)lost * BBR_ONE < (uint64_t)LT_LOSS * delivered)
		return;
	if ((int32_t)took_us < 1000)
		return;
	lt_interval_ends(b, cc, flow, (uint32_t)((uint64_t)delivered * BBR_BW_ONE / took_us));
}

bool bbr_lt_sample(
	struct bbr *b, const struct cc *cc, const struct cc_flow *flow, bool lost, bool app_limited)
{
	if (b->lt_use) {
		if (b->phase != BBR_PROBE_BW || !b->round_start || ++b->lt_rounds < LT_USE_ROUNDS)
			return false;
		bbr_lt_reset(b, flow);
		return true;
	}
	if (!b->lt_sampling) { /* not before the bucket has run empty once */
		if (!lost)
			return false;
		lt_begin(b, flow);
		b->lt_sampling = 1;
	}
	if (app_limited) {
		bbr_lt_reset(b, flow);
		return false;
	}
	if (b->round_start)
		b->lt_rounds++;
	if (b->lt_rounds < LT_LEAST_ROUNDS)
		return false;
	if (b->lt_rounds > LT_MOST_ROUNDS)
		bbr_lt_reset(b, flow);
	else if (lost)
		lt_judge(b, cc, flow);
	return false;
}

/* --- BtlBw --- */

static bool is_sample(const struct cc_ack *ack)
{
	return ack->interval_ns > 0;
}

/* §4.1.1.3: a round ends when a segment is delivered that left after the round's begin. */
static void count_rounds(struct bbr *b, const struct cc_ack *ack)
{
	if ((int32_t)(ack->prior_delivered - b->round_end) < 0)
		return;
	b->round_end = ack->flow.delivered;
	b->round++;
	b->round_start = 1;
	b->conserve = 0;
}

/* §4.1.1.4: a sample that the application limited may say too little, but not too much. */
static void take_bandwidth(struct bbr *b, const struct cc_ack *ack)
{
	uint64_t bw =
		(uint64_t)ack->sample_delivered * BBR_BW_ONE / (uint64_t)(ack->interval_ns / 1000);

	if (!ack->app_limited || bw >= recent_max(&b->bw))
		recent_max_take(
			&b->bw, BW_ROUNDS, b->round, bw < UINT32_MAX ? (uint32_t)bw : UINT32_MAX);
}

/* --- aggregation: what comes in one lump must have been in flight at once --- */

static void age_extra(struct bbr *b)
{
	if (!b->round_start)
		return;
	if (++b->extra_rounds < EXTRA_ROUNDS)
		return;
	b->extra_rounds = 0;
	b->extra_now = !b->extra_now;
	b->extra_acked[b->extra_now] = 0;
}

static void measure_extra(struct bbr *b, const struct cc *cc, const struct cc_ack *ack)
{
	int32_t span_us = (int32_t)(ack->flow.delivered_us - b->epoch_us);
	uint32_t expected, extra;

	age_extra(b);
	expected = (uint32_t)((uint64_t)bbr_bw(b) * (uint32_t)(span_us > 0 ? span_us : 0) >>
			      BBR_BW_SHIFT);
	if (b->epoch_acked <= expected || b->epoch_acked + ack->delivered >= EPOCH_MOST_ACKED) {
		b->epoch_acked = 0;
		b->epoch_us = ack->flow.delivered_us;
		expected = 0;
	}
	b->epoch_acked = smaller(b->epoch_acked + ack->delivered, EPOCH_MOST_ACKED - 1);
	extra = smaller(smaller(b->epoch_acked - expected, bbr_cwnd(cc)), EXTRA_ACKED_LIMIT);
	if (extra > b->extra_acked[b->extra_now])
		b->extra_acked[b->extra_now] = (uint16_t)extra;
}

/* --- */

bool bbr_learn(struct cc *cc, const struct cc_ack *ack)
{
	struct bbr *b = bbr_state(cc);
	bool cycle_anew;

	b->round_start = 0;
	if (!is_sample(ack))
		return false;
	count_rounds(b, ack);
	cycle_anew = bbr_lt_sample(b, cc, &ack->flow, ack->losses, ack->app_limited);
	take_bandwidth(b, ack);
	if (ack->delivered)
		measure_extra(b, cc, ack);
	return cycle_anew;
}

/* §4.3.2.2: three rounds that could have grown and did not by a quarter. */
void bbr_full_pipe(struct bbr *b, const struct cc_ack *ack)
{
	if (b->full || !b->round_start || ack->app_limited)
		return;
	if (recent_max(&b->bw) >= (uint64_t)b->full_bw * FULL_GROWTH / BBR_ONE) {
		b->full_bw = recent_max(&b->bw);
		b->full_rounds = 0;
		return;
	}
	b->full_rounds++;
	b->full = b->full_rounds >= FULL_ROUNDS;
}
