#include <cc/hystartpp.h>
#include <tcpsim/profile.h>

/* RFC 9406 §4.3 */
#define LEAST_RISE_US  4000
#define MOST_RISE_US   16000
#define RTT_DIVISOR    8
#define SAMPLES	       8
#define GROWTH_DIVISOR 4
#define CSS_ROUNDS     5

static void end_round(struct cc *cc, struct hystartpp *h, uint32_t snd_nxt)
{
	h->last_min_us = h->round_min_us;
	h->round_min_us = 0;
	h->samples = 0;
	h->round_end = snd_nxt;
	if (h->conservative && ++h->rounds >= CSS_ROUNDS)
		cc->ssthresh = cc->cwnd; /* the rise was real: congestion avoidance */
}

/* §4.2: enough samples of this round against the last one, or against the baseline. */
static void judge(struct hystartpp *h)
{
	uint32_t rise = h->last_min_us / RTT_DIVISOR;

	if (h->samples < SAMPLES)
		return;
	if (h->conservative) {
		if (h->round_min_us < h->baseline_us)
			h->conservative = false; /* it was not */
		return;
	}
	rise = rise < LEAST_RISE_US ? LEAST_RISE_US : rise > MOST_RISE_US ? MOST_RISE_US : rise;
	if (h->last_min_us && h->round_min_us >= h->last_min_us + rise) {
		h->conservative = true;
		h->baseline_us = h->round_min_us;
		h->rounds = 0;
		h->pending = 0;
	}
}

void hystartpp_sample(struct cc *cc, struct hystartpp *h, const struct cc_ack *ack)
{
	uint32_t us = ack->rtt_ns >= 0 ? (uint32_t)(ack->rtt_ns / 1000) + 1 : 0;

	if (!(cc->hystart & TCPSIM_HYSTART_PLUS_PLUS) || !cc_in_slow_start(cc))
		return;
	if ((int32_t)(ack->snd_una - h->round_end) > 0)
		end_round(cc, h, ack->snd_nxt);
	if (!us)
		return;
	if (!h->round_min_us || us < h->round_min_us)
		h->round_min_us = us;
	if (h->samples < UINT8_MAX)
		h->samples++;
	judge(h);
}

uint32_t hystartpp_grant(const struct cc *cc, struct hystartpp *h, uint32_t acked)
{
	uint32_t grant;

	if (!(cc->hystart & TCPSIM_HYSTART_PLUS_PLUS) || !h->conservative)
		return acked;
	h->pending += acked;
	grant = h->pending / GROWTH_DIVISOR;
	h->pending -= grant * GROWTH_DIVISOR;
	return grant;
}
