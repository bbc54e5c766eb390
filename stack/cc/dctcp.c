/*
 * DCTCP (RFC 8257): the share of segments that were marked, smoothed a round trip at a time, says
 * by how much the window is reduced.
 */
#include <cc/cc.h>
#include <wire/linux_abi.h>

#define ALPHA_ONE  1024 /* alpha is counted in 1/1024 */
#define GAIN_SHIFT 4	/* g = 1/16, RFC 8257 §4.2 */

struct dctcp {
	uint32_t alpha;
	uint32_t round_end; /* SND.NXT when this observation window began */
	uint32_t delivered, delivered_ce;
	bool begun;
};
_Static_assert(sizeof(struct dctcp) <= CC_PRIVATE_BYTES, "DCTCP's state fits");

static struct dctcp *state(struct cc *cc)
{
	return (struct dctcp *)(void *)&cc->priv;
}

/* RFC 8257 §3.3 (7): conservative at first, as if every segment had been marked. */
static void dctcp_init(struct cc *cc, const struct cc_event *event)
{
	state(cc)->alpha = ALPHA_ONE;
	state(cc)->round_end = event->snd_nxt;
}

/* §3.3 (6): alpha = (1 - g) alpha + g M. */
static void end_round(struct dctcp *d, uint32_t snd_nxt)
{
	uint32_t decay = d->alpha >> GAIN_SHIFT;

	d->alpha -= decay ? decay : d->alpha;
	if (d->delivered_ce) {
		d->alpha +=
			(d->delivered_ce << (10 - GAIN_SHIFT)) / (d->delivered ? d->delivered : 1);
		if (d->alpha > ALPHA_ONE)
			d->alpha = ALPHA_ONE;
	}
	d->delivered = d->delivered_ce = 0;
	d->round_end = snd_nxt;
}

static void dctcp_sample(struct cc *cc, const struct cc_ack *ack)
{
	struct dctcp *d = state(cc);

	d->delivered += ack->segments;
	d->delivered_ce += ack->delivered_ce;
	if ((int32_t)(ack->snd_una - d->round_end) >= 0)
		end_round(d, ack->snd_nxt);
}

/* §3.4, §3.5: a loss halves the window, marks reduce it by alpha / 2. */
static uint32_t dctcp_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	uint64_t cut = why == CC_ECN ? ((uint64_t)cc->cwnd * state(cc)->alpha) >> 11 : cc->cwnd / 2;
	uint32_t least = 2 * cc_segment(cc);

	return cc->cwnd - cut > least ? (uint32_t)(cc->cwnd - cut) : least;
}

static void dctcp_ack(struct cc *cc, const struct cc_ack *ack)
{
	(cc->bytes ? &cc_newreno : &cc_reno)->ack(cc, ack);
}

/* Without ECN it is Reno, and says so. */
static size_t dctcp_info(const struct cc *cc, const struct cc_ecn *ecn, union tcp_cc_info *out)
{
	const struct dctcp *d = (const struct dctcp *)(const void *)&cc->priv;

	out->dctcp = (struct tcp_dctcp_info){0};
	if (ecn->agreed)
		out->dctcp = (struct tcp_dctcp_info){.dctcp_enabled = 1,
			.dctcp_ce_state = ecn->marked,
			.dctcp_alpha = d->alpha,
			.dctcp_ab_ecn = d->delivered_ce * cc->mss,
			.dctcp_ab_tot = d->delivered * cc->mss};
	return sizeof(out->dctcp);
}

const struct cc_ops cc_dctcp = {
	.name = "dctcp",
	.rfc = "RFC 8257",
	.init = dctcp_init,
	.ssthresh = dctcp_ssthresh,
	.ack = dctcp_ack,
	.sample = dctcp_sample,
	.info = dctcp_info,
	.needs_ecn = true,
};
