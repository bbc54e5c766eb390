/*
 * Vegas (Brakmo and Peterson 1995), as Linux has it: once a round trip the window moves by one
 * segment, so that two to four of its segments stand in the path's queues.
 */
#include <cc/cc.h>
#include <wire/linux_abi.h>

#define ALPHA 2 /* segments in the queue: fewer, and the window grows */
#define BETA  4 /* more, and it shrinks */
#define GAMMA 1 /* slow start ends at so many */

#define NO_RTT 0x7fffffffu /* Linux's figure for a round trip that was not measured */

struct vegas {
	uint32_t base_rtt_us, min_rtt_us; /* ever; of this round trip */
	uint32_t round_end, samples;
	bool on;
};
_Static_assert(sizeof(struct vegas) <= CC_PRIVATE_BYTES, "Vegas' state fits");

static struct vegas *state(struct cc *cc)
{
	return (struct vegas *)(void *)&cc->priv;
}

static void enable(struct vegas *v, uint32_t snd_nxt)
{
	v->on = true;
	v->round_end = snd_nxt;
	v->samples = 0;
	v->min_rtt_us = UINT32_MAX;
}

static void vegas_init(struct cc *cc, const struct cc_event *event)
{
	state(cc)->base_rtt_us = UINT32_MAX;
	enable(state(cc), event->snd_nxt);
}

static void vegas_sample(struct cc *cc, const struct cc_ack *ack)
{
	struct vegas *v = state(cc);
	uint32_t us;

	if (ack->rtt_ns < 0)
		return;
	us = (uint32_t)(ack->rtt_ns / 1000) + 1; /* never zero */
	if (us < v->base_rtt_us)
		v->base_rtt_us = us;
	if (us < v->min_rtt_us)
		v->min_rtt_us = us;
	v->samples++;
}

/* cwnd times (1 - BaseRTT / RTT): what stands in queues. */
static void adjust(struct cc *cc, const struct vegas *v, uint32_t acked)
{
	uint32_t unit = cc_segment(cc), rtt = v->min_rtt_us;
	uint32_t target = (uint32_t)((uint64_t)cc->cwnd * v->base_rtt_us / rtt);
	uint32_t queued = (uint32_t)((uint64_t)cc->cwnd * (rtt - v->base_rtt_us) / v->base_rtt_us);

	if (queued > GAMMA * unit && cc_in_slow_start(cc)) {
		cc->cwnd = cc->cwnd < target + unit ? cc->cwnd : target + unit;
		if (cc->ssthresh > cc->cwnd)
			cc->ssthresh = cc->cwnd;
	} else if (cc_in_slow_start(cc)) {
		cc_slow_start(cc, acked);
	} else if (queued > BETA * unit) {
		cc->cwnd -= unit;
		if (cc->ssthresh > cc->cwnd)
			cc->ssthresh = cc->cwnd;
	} else if (queued < ALPHA * unit) {
		cc->cwnd += unit;
	}
	if (cc->cwnd < 2 * unit)
		cc->cwnd = 2 * unit;
	if (cc->cwnd > cc->cwnd_clamp)
		cc->cwnd = cc->cwnd_clamp;
	/* Linux tcp_current_ssthresh: what was reached is never far to go again. */
	if (!cc->recovering && cc->ssthresh < (cc->cwnd >> 1) + (cc->cwnd >> 2))
		cc->ssthresh = (cc->cwnd >> 1) + (cc->cwnd >> 2);
}

static void vegas_ack(struct cc *cc, const struct cc_ack *ack)
{
	struct vegas *v = state(cc);
	const struct cc_ops *reno = cc->bytes ? &cc_newreno : &cc_reno;

	if (!v->on) {
		reno->ack(cc, ack);
		return;
	}
	if ((int32_t)(ack->snd_una - v->round_end) <= 0) {
		if (cc_in_slow_start(cc))
			cc_slow_start(cc, ack->acked);
		return;
	}
	/* Too few samples: one delayed ACK would pass for a queue. */
	if (v->samples <= 2)
		reno->ack(cc, ack);
	else
		adjust(cc, v, ack->acked);
	enable(v, ack->snd_nxt);
}

static uint32_t vegas_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	return (cc->bytes ? &cc_newreno : &cc_reno)->ssthresh(cc, why, event);
}

static void vegas_signal(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	if (why == CC_LOSS || why == CC_TIMEOUT)
		state(cc)->on = false;
	else if (why == CC_RECOVERED)
		enable(state(cc), event->snd_nxt);
	else if (why == CC_SEND_START || why == CC_IDLE_RESTART)
		vegas_init(cc, event);
}

static size_t vegas_info(const struct cc *cc, const struct cc_ecn *ecn, union tcp_cc_info *out)
{
	const struct vegas *v = (const struct vegas *)(const void *)&cc->priv;

	out->vegas = (struct tcpvegas_info){.tcpv_enabled = v->on,
		.tcpv_rttcnt = v->samples,
		.tcpv_rtt = v->base_rtt_us < NO_RTT ? v->base_rtt_us : NO_RTT,
		.tcpv_minrtt = v->min_rtt_us < NO_RTT ? v->min_rtt_us : NO_RTT};
	return sizeof(out->vegas);
}

const struct cc_ops cc_vegas = {
	.name = "vegas",
	.rfc = "Vegas",
	.init = vegas_init,
	.ssthresh = vegas_ssthresh,
	.ack = vegas_ack,
	.sample = vegas_sample,
	.signal = vegas_signal,
	.info = vegas_info,
};
