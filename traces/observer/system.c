/*
 * Which system wrote a SYN. Systems differ in the order and the padding of their options (RFC 9293
 * §3.1 leaves both open), and boxes on the way seldom change either. So what the SYN offers is
 * written again as each system would, and the one that writes the same bytes is told.
 */
#include "traces/observer/system.h"
#include "traces/observer/inner.h"

#include <glib.h>
#include <string.h>
#include <tcp/options_out.h>

/* Those in use today of which a profile is known. What older ones write looks the same as theirs,
 * and would leave nothing certain. */
static const struct tcpsim_profile *const IN_USE[] = {
	&tcpsim_profile_linux, &tcpsim_profile_freebsd};

static bool writes_so(const struct tcpsim_profile *profile, const struct tcpsim_segment *syn,
	const uint8_t raw[TCPSIM_MAX_OPTIONS_LEN])
{
	const struct tcpsim_options *o = &syn->options;
	struct tcp_syn_offer offer = {.mss = o->mss,
		.sack = o->present & TCPSIM_HAS_SACK_PERMITTED,
		.timestamps = o->present & TCPSIM_HAS_TIMESTAMP,
		.window_scaling = o->present & TCPSIM_HAS_WSCALE,
		.scale = o->wscale,
		.ts_val = o->ts_val,
		.ts_ecr = o->ts_ecr};
	uint8_t its[TCPSIM_MAX_OPTIONS_LEN];

	/* Windows writes its options as FreeBSD does, and starts with a TTL of 128. */
	return syn->ttl <= profile->ttl &&
	       tcp_options_syn(profile->option_order, &offer, its) == o->raw_len &&
	       memcmp(its, raw, o->raw_len) == 0;
}

void observer_learn_system(struct passing *p)
{
	unsigned fits = 0;

	p->s->system = 0;
	for (unsigned i = 0; i < G_N_ELEMENTS(IN_USE); i++)
		if (writes_so(IN_USE[i], p->seg, p->raw_options)) {
			p->s->system = (uint8_t)(i + 1);
			fits++;
		}
	if (fits > 1) /* it offers too little to tell */
		p->s->system = 0;
}

const struct tcpsim_profile *observer_system(const struct flow_side *s)
{
	return s->system > 0 ? IN_USE[s->system - 1] : NULL;
}
