/*
 * CUBIC (RFC 9438) counted in bytes, as FreeBSD's cc_cubic has it: the window is set to the curve,
 * or to what Reno would have, on each ACK.
 */
#include <cc/cc.h>
#include <cc/cube.h>

#define BETA_PERCENT 70

struct cubic {
	int64_t epoch_ns; /* when this curve began; 0: none */
	int64_t k_ms;
	uint32_t max;	     /* W_max, bytes */
	uint32_t prev_max;   /* of the epoch before */
	uint32_t epoch_cwnd; /* cwnd at the epoch's begin, bytes */
	uint32_t reno_acked; /* bytes */
	uint32_t reno_cwnd;  /* W_est, bytes */
	uint32_t min_rtt_us;
};
_Static_assert(sizeof(struct cubic) <= CC_PRIVATE_BYTES, "CUBIC's state fits");

static struct cubic *state(struct cc *cc)
{
	return (struct cubic *)(void *)&cc->priv;
}

/* K = cbrt((W_max - cwnd) / C), RFC 9438 §4.2 (2), in milliseconds: C = 0.4 segments a second
 * cubed. */
static int64_t plateau_ms(const struct cc *cc, const struct cubic *c)
{
	uint64_t down = c->max > c->epoch_cwnd ? c->max - c->epoch_cwnd : 0;

	return cube_root(down * 2500000000ull / cc->mss);
}

/* RFC 9438 §4.2 (1), bytes. */
static uint32_t curve(const struct cc *cc, const struct cubic *c, int64_t at_ms)
{
	int64_t away = at_ms - c->k_ms, bytes;

	if (away > 1000000)
		away = 1000000;
	/* 0.4 segments times the cube of seconds: millionths of a segment from milliseconds. */
	bytes = (int64_t)c->max + away * away * away / 2500 * (int64_t)cc->mss / 1000000;
	if (bytes < (int64_t)cc->mss)
		return cc->mss;
	return bytes > (int64_t)cc->cwnd_clamp ? cc->cwnd_clamp : (uint32_t)bytes;
}

static void begin_epoch(struct cc *cc, struct cubic *c, int64_t now)
{
	c->epoch_ns = now;
	c->epoch_cwnd = c->reno_cwnd = cc->cwnd;
	c->reno_acked = 0;
	if (c->max < cc->cwnd)
		c->max = cc->cwnd;
	c->k_ms = plateau_ms(cc, c);
}

/* RFC 9438 §4.3 (4): alpha = 3 (1 - beta) / (1 + beta) until W_max is reached, 1 afterwards. */
static void reno_estimate(struct cc *cc, struct cubic *c, uint32_t acked)
{
	uint64_t step = (uint64_t)acked * cc->mss / c->reno_cwnd;

	if (c->reno_cwnd < c->max)
		step = step * 9 / 17;
	c->reno_cwnd += (uint32_t)step;
}

static void cubic_ack(struct cc *cc, const struct cc_ack *ack)
{
	struct cubic *c = state(cc);
	uint32_t target;

	if (!cc->cwnd_limited)
		return;
	if (cc->cwnd <= cc->ssthresh) {
		c->epoch_ns = 0;
		cc_newreno.ack(cc, ack);
		return;
	}
	if (!c->epoch_ns)
		begin_epoch(cc, c, ack->now);
	reno_estimate(cc, c, ack->acked_bytes);
	target = curve(cc, c, (ack->now - c->epoch_ns) / 1000000 + c->min_rtt_us / 1000);
	if (target > cc->cwnd + cc->cwnd / 2) /* RFC 9438 §4.4: at most 1.5 times a round trip */
		target = cc->cwnd + cc->cwnd / 2;
	if (target > cc->cwnd) {
		uint64_t step = (uint64_t)(target - cc->cwnd) * ack->acked_bytes / cc->cwnd;

		cc->cwnd += (uint32_t)step;
	}
	if (cc->cwnd < c->reno_cwnd)
		cc->cwnd = c->reno_cwnd < cc->cwnd_clamp ? c->reno_cwnd : cc->cwnd_clamp;
}

static void cubic_sample(struct cc *cc, const struct cc_ack *ack)
{
	struct cubic *c = state(cc);

	if (ack->rtt_ns >= 0 && (!c->min_rtt_us || ack->rtt_ns / 1000 < c->min_rtt_us))
		c->min_rtt_us = (uint32_t)(ack->rtt_ns / 1000);
}

/* RFC 9438 §4.6, §4.7. */
static uint32_t cubic_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	struct cubic *c = state(cc);
	uint64_t reduced = (uint64_t)cc->cwnd * BETA_PERCENT / 100;

	c->epoch_ns = 0;
	c->prev_max = c->max;
	c->max = cc->cwnd;
	if (c->max < c->prev_max)
		c->max = (uint32_t)((uint64_t)c->max * (100 + BETA_PERCENT) / 200);
	return reduced > 2 * cc->mss ? (uint32_t)reduced : 2 * cc->mss;
}

static void cubic_signal(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	struct cubic *c = state(cc);

	if (why == CC_SEND_START && c->epoch_ns && event->idle_ns > 0) {
		c->epoch_ns += event->idle_ns;
		if (c->epoch_ns > event->now)
			c->epoch_ns = event->now;
	}
}

const struct cc_ops cc_cubic_bytes = {
	.name = "cubic",
	.rfc = "RFC 9438",
	.ssthresh = cubic_ssthresh,
	.ack = cubic_ack,
	.sample = cubic_sample,
	.signal = cubic_signal,
	.in_segments = &cc_cubic,
};
