/*
 * The table of algorithms and the two ways of growing that most of them share.
 */
#include <cc/cc.h>
#include <string.h>

const struct cc_ops *const cc_all[] = {
	&cc_cubic, &cc_reno, &cc_newreno, &cc_dctcp, &cc_westwood, &cc_vegas, &cc_bbr, NULL};

const struct cc_ops *cc_find(const char *name)
{
	for (const struct cc_ops *const *ops = cc_all; *ops; ops++)
		if (strcmp((*ops)->name, name) == 0)
			return *ops;
	return NULL;
}

void cc_start(struct cc *cc, const struct cc_ops *ops, const struct cc_event *event)
{
	if (cc->bytes && ops->in_bytes)
		ops = ops->in_bytes;
	else if (!cc->bytes && ops->in_segments)
		ops = ops->in_segments;
	cc->ops = ops;
	memset(&cc->priv, 0, sizeof(cc->priv));
	if (ops->init)
		ops->init(cc, event);
}

static uint32_t clamp(const struct cc *cc, uint32_t cwnd)
{
	return cwnd < cc->cwnd_clamp ? cwnd : cc->cwnd_clamp;
}

uint32_t cc_slow_start(struct cc *cc, uint32_t acked)
{
	uint32_t cwnd = cc->cwnd + acked < cc->ssthresh ? cc->cwnd + acked : cc->ssthresh;

	acked -= cwnd - cc->cwnd;
	cc->cwnd = clamp(cc, cwnd);
	return acked;
}

void cc_additive_increase(struct cc *cc, uint32_t w, uint32_t acked)
{
	/* What was counted under a larger w is worth one segment, not several at once. */
	if (cc->cwnd_cnt >= w) {
		cc->cwnd_cnt = 0;
		cc->cwnd++;
	}
	cc->cwnd_cnt += acked;
	if (cc->cwnd_cnt >= w) {
		uint32_t more = cc->cwnd_cnt / w;

		cc->cwnd_cnt -= more * w;
		cc->cwnd += more;
	}
	cc->cwnd = clamp(cc, cc->cwnd);
}
