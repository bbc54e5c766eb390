/*
 * BBR (draft-cardwell-iccrg-bbr-congestion-control-00) in the arithmetic of Linux: paces at a gain
 * times the bandwidth of the bottleneck, keeps in flight a gain times its product with the smallest
 * round trip, and takes losses for no sign of congestion by themselves. See bbr.h.
 *
 *	STARTUP --pipe full--> DRAIN --in flight down to the product--> PROBE_BW <--> PROBE_RTT
 *
 * PROBE_RTT comes whenever the smallest round trip was not seen for ten seconds; it leads back to
 * PROBE_BW, or to STARTUP if the pipe was never full.
 */
#include <cc/bbr.h>
#include <cc/bbr_model.h>
#include <wire/linux_abi.h>

#define HIGH_GAIN      (BBR_ONE * 2885 / 1000 + 1) /* §4.3.2.1: 2/ln 2, doubles the rate a round */
#define DRAIN_GAIN     (BBR_ONE * 1000 / 2885) /* §4.3.3: what STARTUP queued goes in a round */
#define CWND_GAIN      (2 * BBR_ONE)	       /* §4.2.3.2: room for delayed and stretched ACKs */
#define CYCLE	       8
#define MARGIN_PERCENT 99 /* of the bandwidth: queues drain rather than grow */

/* §4.3.4.2: probe, make up for it, and cruise. */
static const uint16_t CYCLE_GAIN[CYCLE] = {
	BBR_ONE * 5 / 4,
	BBR_ONE * 3 / 4,
	BBR_ONE,
	BBR_ONE,
	BBR_ONE,
	BBR_ONE,
	BBR_ONE,
	BBR_ONE,
};

#define MIN_RTT_MS     10000 /* §4.1.2.2 RTpropFilterLen */
#define PROBE_RTT_MS   200   /* §4.3.5 */
#define LEAST_CWND     4     /* segments: two pairs, for a peer that acknowledges every other one */
#define INITIAL_CWND   10
#define NOMINAL_RTT_US 1000 /* §4.2.1: until one is measured */

/* §4.2.2: what leaves in one piece. */
#define QUANTUM_SHIFT	     10 /* a millisecond's worth */
#define QUANTUM_MOST_BYTES   65215
#define QUANTUM_MOST	     127 /* segments */
#define SINGLE_SEGMENTS_RATE (1200000 / 8)
#define EXTRA_MOST_US	     100000 /* of the bandwidth, for aggregated ACKs */

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t now_ms(int64_t now)
{
	return (uint32_t)(now / 1000000);
}

static bool after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static void set_cwnd(struct cc *cc, uint32_t segments)
{
	uint64_t cwnd = (uint64_t)segments * cc_segment(cc);

	cc->cwnd = cwnd < cc->cwnd_clamp ? (uint32_t)cwnd : cc->cwnd_clamp;
}

/* --- rate: §4.2.1 --- */

uint64_t bbr_bytes_per_second(const struct cc *cc, uint64_t bw, uint32_t gain, uint32_t percent)
{
	/* In this order nothing overflows up to some terabits a second. */
	return (bw * cc->mss * gain / BBR_ONE * (1000000 / 100 * percent)) >> BBR_BW_SHIFT;
}

static uint64_t rate_of(const struct cc *cc, const struct cc_flow *flow, uint64_t bw, uint32_t gain)
{
	uint64_t rate = bbr_bytes_per_second(cc, bw, gain, MARGIN_PERCENT);

	return flow->max_pacing_rate && rate > flow->max_pacing_rate ? flow->max_pacing_rate : rate;
}

/* The window that the connection has, spread over a round trip. */
static void start_rate(struct cc *cc, const struct cc_flow *flow)
{
	uint32_t rtt_us = cc->srtt_us ? cc->srtt_us : NOMINAL_RTT_US;

	bbr_state(cc)->seen_rtt = cc->srtt_us != 0;
	cc->pacing_rate =
		rate_of(cc, flow, (uint64_t)bbr_cwnd(cc) * BBR_BW_ONE / rtt_us, HIGH_GAIN);
}

/* Until the pipe is full the rate only rises. */
static void set_rate(struct cc *cc, const struct cc_flow *flow, uint32_t gain)
{
	struct bbr *b = bbr_state(cc);
	uint64_t rate = rate_of(cc, flow, bbr_bw(b), gain);

	if (!b->seen_rtt && cc->srtt_us)
		start_rate(cc, flow);
	if (b->full || rate > cc->pacing_rate)
		cc->pacing_rate = rate;
}

/* --- quantum: §4.2.2 --- */

static uint32_t bbr_least_burst(const struct cc *cc)
{
	return cc->pacing_rate < SINGLE_SEGMENTS_RATE ? 1 : 2;
}

static uint32_t quantum(const struct cc *cc)
{
	uint64_t bytes = cc->pacing_rate >> QUANTUM_SHIFT;

	if (bytes > QUANTUM_MOST_BYTES)
		bytes = QUANTUM_MOST_BYTES;
	return smaller(larger((uint32_t)bytes / cc->mss, bbr_least_burst(cc)), QUANTUM_MOST);
}

/* --- how much in flight: §4.2.3 --- */

/* §4.2.3.2: the product of bandwidth and round trip times the gain, rounded up, or else it would
 * shrink by its own rounding. */
static uint32_t product(const struct bbr *b, uint32_t bw, uint32_t gain)
{
	uint64_t segments;

	if (b->min_rtt_us == UINT32_MAX)
		return INITIAL_CWND;
	segments = (uint64_t)bw * b->min_rtt_us * gain / BBR_ONE;
	return (uint32_t)((segments + BBR_BW_ONE - 1) >> BBR_BW_SHIFT);
}

/* On top of that, a quantum each at the sender, on its device and at the receiver; an even number,
 * for delayed ACKs. */
static uint32_t with_quanta(const struct cc *cc, uint32_t segments)
{
	const struct bbr *b = bbr_look(cc);

	segments = (segments + 3 * quantum(cc) + 1) & ~1u;
	/* Probing must exceed the product even where that is a few segments. */
	return b->phase == BBR_PROBE_BW && b->cycle == 0 ? segments + 2 : segments;
}

static uint32_t target(const struct cc *cc, uint32_t bw, uint32_t gain)
{
	return with_quanta(cc, product(bbr_look(cc), bw, gain));
}

/* For ACKs that come in lumps: the most that came in one beyond what the bandwidth explains. */
static uint32_t aggregation_allowance(const struct bbr *b)
{
	uint32_t extra = larger(b->extra_acked[0], b->extra_acked[1]);

	if (!b->full)
		return 0;
	return smaller(extra, (uint32_t)((uint64_t)bbr_bw(b) * EXTRA_MOST_US >> BBR_BW_SHIFT));
}

/* What will be in the network when the segment leaves whose time pacing has already fixed. */
static uint32_t in_network_then(const struct cc *cc, const struct cc_flow *flow, uint32_t in_flight)
{
	const struct bbr *b = bbr_look(cc);
	uint32_t delivered = (uint32_t)((uint64_t)bbr_bw(b) * flow->pace_us >> BBR_BW_SHIFT);

	if (b->pacing_gain > BBR_ONE)
		in_flight += quantum(cc);
	return in_flight > delivered ? in_flight - delivered : 0;
}

static void save_cwnd(struct cc *cc)
{
	struct bbr *b = bbr_state(cc);

	if (b->trouble == BBR_NO_TROUBLE && b->phase != BBR_PROBE_RTT)
		b->prior_cwnd = bbr_cwnd(cc);
	else
		b->prior_cwnd = larger(b->prior_cwnd, bbr_cwnd(cc));
}

static enum bbr_trouble trouble(const struct cc *cc)
{
	return cc->timed_out ? BBR_TIMED_OUT : cc->recovering ? BBR_RECOVERY : BBR_NO_TROUBLE;
}

/* §4.2.3.4: in recovery's first round as many leave as were delivered, then up to twice as many;
 * afterwards the window is what it was. True: *cwnd is settled. */
static bool in_trouble(struct cc *cc, const struct cc_ack *ack, uint32_t *cwnd)
{
	struct bbr *b = bbr_state(cc);
	enum bbr_trouble before = (enum bbr_trouble)b->trouble, now = trouble(cc);

	if (ack->losses)
		*cwnd = *cwnd > ack->losses ? *cwnd - ack->losses : 1;
	if (now == BBR_RECOVERY && before != BBR_RECOVERY) {
		b->conserve = 1;
		b->round_end = ack->flow.delivered;
		*cwnd = ack->flow.in_flight + ack->delivered;
	} else if (now == BBR_NO_TROUBLE && before != BBR_NO_TROUBLE) {
		*cwnd = larger(*cwnd, b->prior_cwnd);
		b->conserve = 0;
	}
	b->trouble = now;
	if (b->conserve)
		*cwnd = larger(*cwnd, ack->flow.in_flight + ack->delivered);
	return b->conserve;
}

/* §4.2.3.6 */
static void update_cwnd(struct cc *cc, const struct cc_ack *ack)
{
	const struct bbr *b = bbr_look(cc);
	uint32_t cwnd = bbr_cwnd(cc);

	if (ack->delivered && !in_trouble(cc, ack, &cwnd)) {
		uint32_t goal = with_quanta(
			cc, product(b, bbr_bw(b), b->cwnd_gain) + aggregation_allowance(b));

		if (b->full)
			cwnd = smaller(cwnd + ack->delivered, goal);
		else if (cwnd < goal || ack->flow.delivered < INITIAL_CWND)
			cwnd += ack->delivered;
		cwnd = larger(cwnd, LEAST_CWND);
	}
	if (b->phase == BBR_PROBE_RTT) /* §4.2.3.5 */
		cwnd = smaller(cwnd, LEAST_CWND);
	set_cwnd(cc, cwnd);
}

/* --- phases: §4.3 --- */

static uint32_t draw(struct bbr *b, uint32_t below)
{
	b->random ^= b->random << 13; /* Marsaglia's xorshift */
	b->random ^= b->random >> 17;
	b->random ^= b->random << 5;
	return (uint32_t)((uint64_t)b->random * below >> 32);
}

static void next_gain(struct bbr *b, const struct cc_flow *flow)
{
	b->cycle = (b->cycle + 1) % CYCLE;
	b->cycle_us = flow->delivered_us;
}

/* §4.3.4.3: flows that begin together shall not probe together; the cycle begins anywhere but with
 * the draining gain. */
static void enter_probe_bw(struct bbr *b, const struct cc_flow *flow)
{
	b->phase = BBR_PROBE_BW;
	b->cycle = CYCLE - 1 - draw(b, CYCLE - 1);
	next_gain(b, flow);
}

static void back_to_sending(struct bbr *b, const struct cc_flow *flow)
{
	if (b->full)
		enter_probe_bw(b, flow);
	else
		b->phase = BBR_STARTUP;
}

/* §4.3.4.2: each gain holds for a round trip; probing until it has shown in flight, or lost
 * something, draining only until what was queued is gone. */
static bool gain_has_served(const struct cc *cc, const struct cc_ack *ack)
{
	const struct bbr *b = bbr_look(cc);
	bool full_length = (int32_t)(ack->flow.delivered_us - b->cycle_us) > 0 &&
			   ack->flow.delivered_us - b->cycle_us > b->min_rtt_us;
	uint32_t bw = recent_max(&b->bw), before, in_network;

	if (b->pacing_gain == BBR_ONE)
		return full_length;
	before = cc->bytes ? (ack->prior_in_flight + cc->mss - 1) / cc->mss : ack->prior_in_flight;
	in_network = in_network_then(cc, &ack->flow, before);
	if (b->pacing_gain > BBR_ONE)
		return full_length && (ack->losses || in_network >= target(cc, bw, b->pacing_gain));
	return full_length || in_network <= target(cc, bw, BBR_ONE);
}

static void check_drain(struct cc *cc, const struct cc_flow *flow)
{
	struct bbr *b = bbr_state(cc);
	uint32_t one;

	if (!b->full || b->phase > BBR_DRAIN)
		return;
	one = target(cc, recent_max(&b->bw), BBR_ONE);
	if (b->phase == BBR_STARTUP) {
		b->phase = BBR_DRAIN;
		cc->ssthresh = one * cc_segment(cc);
	}
	if (in_network_then(cc, flow, flow->in_flight) <= one)
		enter_probe_bw(b, flow);
}

static void check_probe_rtt_done(struct cc *cc, const struct cc_flow *flow, int64_t now)
{
	struct bbr *b = bbr_state(cc);

	if (!b->probe_rtt_until_ms || !after(now_ms(now), b->probe_rtt_until_ms))
		return;
	b->min_rtt_ms = now_ms(now); /* not again at once */
	set_cwnd(cc, larger(bbr_cwnd(cc), b->prior_cwnd));
	back_to_sending(b, flow);
}

/* §4.3.5: 200 ms and a round at four segments, so that the queue goes and the round trip is the
 * path's own. */
static void in_probe_rtt(struct cc *cc, const struct cc_ack *ack)
{
	struct bbr *b = bbr_state(cc);

	cc->limits_itself = true;
	if (!b->probe_rtt_until_ms) {
		if (ack->flow.in_flight > LEAST_CWND)
			return;
		b->probe_rtt_until_ms = now_ms(ack->now) + PROBE_RTT_MS;
		b->probe_rtt_round = 0;
		b->round_end = ack->flow.delivered;
		return;
	}
	if (b->round_start)
		b->probe_rtt_round = 1;
	if (b->probe_rtt_round)
		check_probe_rtt_done(cc, &ack->flow, ack->now);
}

/* §4.1.2.3. A delayed ACK may show that the path is shorter, never that it is longer. */
static void update_min_rtt(struct cc *cc, const struct cc_ack *ack)
{
	struct bbr *b = bbr_state(cc);
	bool expired = after(now_ms(ack->now), b->min_rtt_ms + MIN_RTT_MS);
	uint32_t rtt_us = (uint32_t)(ack->rtt_ns / 1000);

	if (ack->rtt_ns >= 0 && (rtt_us < b->min_rtt_us || (expired && !ack->delayed))) {
		b->min_rtt_us = rtt_us;
		b->min_rtt_ms = now_ms(ack->now);
	}
	if (expired && !b->idle_restart && b->phase != BBR_PROBE_RTT) {
		b->phase = BBR_PROBE_RTT;
		save_cwnd(cc);
		b->probe_rtt_until_ms = 0;
	}
	if (b->phase == BBR_PROBE_RTT)
		in_probe_rtt(cc, ack);
	if (ack->sample_delivered)
		b->idle_restart = 0;
}

static void set_gains(struct bbr *b)
{
	switch ((enum bbr_phase)b->phase) {
	case BBR_STARTUP: b->pacing_gain = b->cwnd_gain = HIGH_GAIN; break;
	case BBR_DRAIN:
		b->pacing_gain = DRAIN_GAIN;
		b->cwnd_gain = HIGH_GAIN;
		break;
	case BBR_PROBE_BW:
		b->pacing_gain = b->lt_use ? BBR_ONE : CYCLE_GAIN[b->cycle];
		b->cwnd_gain = CWND_GAIN;
		break;
	case BBR_PROBE_RTT: b->pacing_gain = b->cwnd_gain = BBR_ONE; break;
	}
}

/* --- operations --- */

static void bbr_init(struct cc *cc, const struct cc_event *event)
{
	struct bbr *b = bbr_state(cc);

	cc->ssthresh = CC_SSTHRESH_INFINITE;
	b->random = event->random ? event->random : 1; /* 0 would stay 0 */
	b->min_rtt_us = cc->min_rtt_us ? cc->min_rtt_us : UINT32_MAX;
	b->min_rtt_ms = now_ms(event->now);
	b->epoch_us = (uint32_t)(event->now / 1000);
	b->round_end = event->flow.delivered; /* a flow on its way: what left before is no round */
	b->phase = BBR_STARTUP;
	bbr_lt_reset(b, &event->flow);
	set_gains(b);
	start_rate(cc, &event->flow);
}

/* §3.5: the model by the sample, then rate and window by the model. */
static void bbr_control(struct cc *cc, const struct cc_ack *ack)
{
	struct bbr *b = bbr_state(cc);

	cc->limits_itself = false;
	if (bbr_learn(cc, ack))
		enter_probe_bw(b, &ack->flow);
	if (b->phase == BBR_PROBE_BW && gain_has_served(cc, ack))
		next_gain(b, &ack->flow);
	bbr_full_pipe(b, ack);
	check_drain(cc, &ack->flow);
	update_min_rtt(cc, ack);
	set_gains(b);
	set_rate(cc, &ack->flow, b->pacing_gain);
	update_cwnd(cc, ack);
}

/* ssthresh means nothing to BBR; the sender asks for it when it begins to repair a loss. */
static uint32_t bbr_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	save_cwnd(cc);
	return cc->ssthresh;
}

/* §4.3.4.4: at the bandwidth and no faster, since the queue is empty and need not be filled. */
static void restart_from_idle(struct cc *cc, const struct cc_event *event)
{
	struct bbr *b = bbr_state(cc);

	b->idle_restart = 1;
	b->epoch_us = (uint32_t)(event->now / 1000);
	b->epoch_acked = 0;
	if (b->phase == BBR_PROBE_BW)
		set_rate(cc, &event->flow, BBR_ONE);
	else if (b->phase == BBR_PROBE_RTT)
		check_probe_rtt_done(cc, &event->flow, event->now);
}

static void timed_out(struct cc *cc, const struct cc_event *event)
{
	struct bbr *b = bbr_state(cc);

	b->trouble = BBR_TIMED_OUT;
	b->full_bw = 0;
	b->round_start = 1; /* a timeout is as good as a round's end */
	if (bbr_lt_sample(b, cc, &event->flow, true, false))
		enter_probe_bw(b, &event->flow);
}

static void bbr_signal(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	struct bbr *b = bbr_state(cc);

	switch (why) {
	case CC_SEND_START:
		if (event->flow.app_limited)
			restart_from_idle(cc, event);
		break;
	case CC_TIMEOUT: timed_out(cc, event); break;
	case CC_UNDO: /* the slow-down was for nothing: it tells nothing of the pipe */
		b->full_bw = 0;
		b->full_rounds = 0;
		bbr_lt_reset(b, &event->flow);
		break;
	default: break;
	}
}

static enum tcpsim_rule bbr_rule(const struct cc *cc)
{
	static const enum tcpsim_rule RULE[] = {
		[BBR_STARTUP] = TCPSIM_RULE_CWND_BBR_STARTUP,
		[BBR_DRAIN] = TCPSIM_RULE_CWND_BBR_DRAIN,
		[BBR_PROBE_BW] = TCPSIM_RULE_CWND_BBR_PROBE_BW,
		[BBR_PROBE_RTT] = TCPSIM_RULE_CWND_BBR_PROBE_RTT,
	};

	return RULE[bbr_look(cc)->phase];
}

static size_t bbr_info(const struct cc *cc, const struct cc_ecn *ecn, union tcp_cc_info *out)
{
	const struct bbr *b = bbr_look(cc);
	uint64_t bw = bbr_bytes_per_second(cc, bbr_bw(b), BBR_ONE, 100);

	out->bbr = (struct tcp_bbr_info){.bbr_bw_lo = (uint32_t)bw,
		.bbr_bw_hi = (uint32_t)(bw >> 32),
		.bbr_min_rtt = b->min_rtt_us,
		.bbr_pacing_gain = b->pacing_gain,
		.bbr_cwnd_gain = b->cwnd_gain};
	return sizeof(out->bbr);
}

const struct cc_ops cc_bbr = {
	.name = "bbr",
	.rfc = "draft-cardwell-iccrg-bbr-congestion-control-00",
	.init = bbr_init,
	.ssthresh = bbr_ssthresh,
	.signal = bbr_signal,
	.control = bbr_control,
	.info = bbr_info,
	.rule = bbr_rule,
	.least_burst = bbr_least_burst,
	.buffered_windows = 3,
	.needs_random = true,
	.wants_pacing = true,
};
