/*
 * RFC 5681 in the two arithmetics in use: segments as Linux counts them (reno), bytes as the BSDs
 * do (newreno).
 */
#include <cc/cc.h>
#include <cc/hystartpp.h>
#include <tcpsim/profile.h>

_Static_assert(sizeof(struct hystartpp) <= CC_PRIVATE_BYTES, "HyStart++'s state fits");

/* Other algorithms grow by these rules too, and have a state of their own: HyStart++
 * is not theirs. */
static uint32_t grant(struct cc *cc, uint32_t acked)
{
	if (cc->ops != &cc_reno && cc->ops != &cc_newreno)
		return acked;
	return hystartpp_grant(cc, (struct hystartpp *)(void *)&cc->priv, acked);
}

static void reno_sample(struct cc *cc, const struct cc_ack *ack)
{
	hystartpp_sample(cc, (struct hystartpp *)(void *)&cc->priv, ack);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What a loss halves, in cc's unit. A window of 0 is one that is not known, or shut: what waits
 * before it tells nothing of the path. */
static uint32_t halved(const struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	uint32_t unit = cc->bytes || !cc->mss ? 1 : cc->mss;
	uint32_t window = event->snd_wnd ? smaller(cc->cwnd, event->snd_wnd / unit) : cc->cwnd;

	switch ((enum tcpsim_ssthresh_rule)cc->ssthresh_rule) {
	case TCPSIM_SSTHRESH_CWND: break;
	case TCPSIM_SSTHRESH_WINDOW: return window;
	case TCPSIM_SSTHRESH_WINDOW_AT_TIMEOUT: return why == CC_TIMEOUT ? window : cc->cwnd;
	case TCPSIM_SSTHRESH_FLIGHT: return event->flight / unit;
	}
	return cc->cwnd;
}

/* --- segments --- */

static void reno_ack(struct cc *cc, const struct cc_ack *ack)
{
	uint32_t acked = ack->acked;

	if (!cc->cwnd_limited)
		return;
	if (cc_in_slow_start(cc)) {
		acked = cc_slow_start(cc, grant(cc, acked));
		if (acked == 0)
			return;
	}
	cc_additive_increase(cc, cc->cwnd, acked);
}

/* Segments that a loss halves; never under two. */
static uint32_t half_of(uint32_t segments)
{
	return segments / 2 > 2 ? segments / 2 : 2;
}

static uint32_t reno_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	return half_of(halved(cc, why, event));
}

const struct cc_ops cc_reno = {
	.name = "reno",
	.rfc = "RFC 5681",
	.ssthresh = reno_ssthresh,
	.ack = reno_ack,
	.sample = reno_sample,
	.in_bytes = &cc_newreno,
};

/* --- bytes --- */

/* RFC 3465 §2.2: L is 2 segments an ACK. */
#define ABC_LIMIT 2

static void grow(struct cc *cc, uint32_t bytes)
{
	uint32_t room = cc->cwnd_clamp - cc->cwnd;

	cc->cwnd += bytes < room ? bytes : room;
}

static void newreno_ack(struct cc *cc, const struct cc_ack *ack)
{
	uint32_t increment = cc->mss;

	if (!cc->cwnd_limited || cc->cwnd >= cc->cwnd_clamp)
		return;
	if (cc->cwnd <= cc->ssthresh) {
		cc->cwnd_cnt = 0;
		if (cc->abc) /* RFC 3465 §2.2 */
			increment = smaller(ack->acked_bytes, ABC_LIMIT * cc->mss);
		increment = grant(cc, increment);
	} else if (cc->abc) {
		/* RFC 3465 §2.1: one segment once a window's worth was acknowledged. */
		cc->cwnd_cnt += ack->acked_bytes;
		if (cc->cwnd_cnt < cc->cwnd)
			return;
		cc->cwnd_cnt -= cc->cwnd;
	} else { /* RFC 5681 §3.1 (3) */
		increment = (uint32_t)((uint64_t)cc->mss * cc->mss / cc->cwnd);
		if (increment == 0)
			increment = 1;
	}
	grow(cc, increment);
}

/* RFC 5681 §3.1 (4), of what the profile says, in whole segments. */
static uint32_t newreno_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	return half_of(halved(cc, why, event) / cc->mss) * cc->mss;
}

const struct cc_ops cc_newreno = {
	.name = "newreno",
	.rfc = "RFC 5681, RFC 3465",
	.ssthresh = newreno_ssthresh,
	.ack = newreno_ack,
	.sample = reno_sample,
	.in_segments = &cc_reno,
};
