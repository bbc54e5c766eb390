/*
 * Westwood+ (Grieco and Mascolo 2004), as Linux has it: the window after a loss is what the
 * measured rate of ACKs fills in the smallest round trip, so that losses which are not congestion
 * cost little.
 */
#include <cc/cc.h>
#include <wire/linux_abi.h>

#define FIRST_RTT_US   20000000 /* until one is measured */
#define LEAST_ROUND_US 50000

struct westwood {
	uint64_t bandwidth, filtered; /* bytes a second: filtered twice, once */
	uint64_t acked;		      /* bytes in this window of observation */
	int64_t window_start_ns;
	uint32_t rtt_min_us, rtt_us;
	bool fresh_min; /* the smallest round trip is to be taken anew */
	bool begun;
};
_Static_assert(sizeof(struct westwood) <= CC_PRIVATE_BYTES, "Westwood's state fits");

static struct westwood *state(struct cc *cc)
{
	return (struct westwood *)(void *)&cc->priv;
}

static void westwood_init(struct cc *cc, const struct cc_event *event)
{
	struct westwood *w = state(cc);

	w->rtt_us = w->rtt_min_us = FIRST_RTT_US;
	w->window_start_ns = event->now;
	w->fresh_min = true;
}

/* An eighth of each new sample, twice over. */
static void filter(struct westwood *w, int64_t span_us)
{
	uint64_t rate = w->acked * 1000000 / (uint64_t)span_us;

	if (!w->filtered) {
		w->filtered = w->bandwidth = rate;
	} else {
		w->filtered = (7 * w->filtered + rate) / 8;
		w->bandwidth = (7 * w->bandwidth + w->filtered) / 8;
	}
}

static void end_window(struct westwood *w, int64_t now)
{
	int64_t span_us = (now - w->window_start_ns) / 1000;

	if (!w->begun) { /* the first ACK only starts the clock */
		w->begun = true;
		w->acked = 0;
		w->window_start_ns = now;
		return;
	}
	if (span_us <= (w->rtt_us > LEAST_ROUND_US ? w->rtt_us : LEAST_ROUND_US))
		return;
	filter(w, span_us);
	w->acked = 0;
	w->window_start_ns = now;
}

static void westwood_sample(struct cc *cc, const struct cc_ack *ack)
{
	struct westwood *w = state(cc);

	if (ack->rtt_ns > 0)
		w->rtt_us = (uint32_t)(ack->rtt_ns / 1000);
	if (w->fresh_min) {
		w->rtt_min_us = w->rtt_us;
		w->fresh_min = ack->rtt_ns <= 0;
	} else if (w->rtt_us < w->rtt_min_us) {
		w->rtt_min_us = w->rtt_us;
	}
	end_window(w, ack->now);
	w->acked += ack->acked_bytes;
}

/* Rate times the smallest round trip, in cc's unit. */
static uint32_t pipe_size(struct cc *cc)
{
	const struct westwood *w = state(cc);
	uint64_t bytes = w->bandwidth * w->rtt_min_us / 1000000,
		 size = cc->bytes ? bytes : bytes / cc->mss;
	uint32_t least = 2 * cc_segment(cc);

	return size > least ? (size < cc->cwnd_clamp ? (uint32_t)size : cc->cwnd_clamp) : least;
}

static uint32_t westwood_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	return (cc->bytes ? &cc_newreno : &cc_reno)->ssthresh(cc, why, event);
}

static void westwood_ack(struct cc *cc, const struct cc_ack *ack)
{
	(cc->bytes ? &cc_newreno : &cc_reno)->ack(cc, ack);
}

static void westwood_signal(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	if (why == CC_RECOVERED) {
		cc->cwnd = cc->ssthresh = pipe_size(cc);
	} else if (why == CC_TIMEOUT) {
		cc->ssthresh = pipe_size(cc);
		state(cc)->fresh_min = true;
	}
}

/* In Linux's jiffies of a millisecond, begun ones as whole. */
static uint32_t whole_ms_us(uint32_t us)
{
	return (us + 999) / 1000 * 1000;
}

/* Linux has no figures of its own for it, and gives Vegas'. */
static size_t westwood_info(const struct cc *cc, const struct cc_ecn *ecn, union tcp_cc_info *out)
{
	const struct westwood *w = (const struct westwood *)(const void *)&cc->priv;

	out->vegas = (struct tcpvegas_info){.tcpv_enabled = 1,
		.tcpv_rtt = whole_ms_us(w->rtt_us),
		.tcpv_minrtt = whole_ms_us(w->rtt_min_us)};
	return sizeof(out->vegas);
}

const struct cc_ops cc_westwood = {
	.name = "westwood",
	.rfc = "Westwood+",
	.init = westwood_init,
	.ssthresh = westwood_ssthresh,
	.ack = westwood_ack,
	.sample = westwood_sample,
	.signal = westwood_signal,
	.info = westwood_info,
};
