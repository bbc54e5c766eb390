/*
 * Time by the ends' own clocks (RFC 7323 §4): a timestamp says when its segment left, so that what
 * a queue on the way added is known; its echo says how long the peer's answer takes, where no text
 * of the peer has been acknowledged that could be timed.
 */
#include "traces/observer/clock.h"
#include "traces/observer/inner.h"
#include "traces/observer/pace.h"

#include <glib.h>

/* What a clock has shown is believed after so long. */
#define LEARN_US 100000
/* Clocks drift: the quickest way is that of the last seconds. */
#define PERIOD_MS 10000
/* So many echoes tell how long an answer takes, none of them longer than that. */
#define ECHOES		3
#define LONGEST_ECHO_US 3000000

static void learn_rate(struct pace_clock *c, int64_t passed_us, int64_t counted)
{
	if (!c->in_ms && passed_us > LEARN_US)
		c->in_ms = counted * 1000 > passed_us * 3 / 5 && counted * 1000 < passed_us * 8 / 5;
}

static void learn_lag(struct pace_clock *c, int32_t lag_us, uint32_t now_ms)
{
	if (now_ms - c->since_ms > PERIOD_MS) {
		c->lag_us[1] = c->lag_us[0];
		c->lag_us[0] = lag_us;
		c->since_ms = now_ms;
	}
	c->lag_us[0] = MIN(c->lag_us[0], lag_us);
}

/* How much longer than others this segment was on its way. */
static int64_t delayed_us(struct pace_clock *c, const struct passing *p)
{
	uint32_t value = p->seg->options.ts_val, now_ms = (uint32_t)(p->now_ns / 1000000);
	int64_t passed_us = (p->now_ns - c->first_ns) / 1000;
	int64_t counted = (int32_t)(value - c->first);
	int64_t lag_us = passed_us - counted * 1000;

	if (!c->begun)
		*c = (struct pace_clock){
			.begun = true, .first = value, .first_ns = p->now_ns, .since_ms = now_ms};
	else if (lag_us > INT32_MAX || lag_us < INT32_MIN)
		return 0;
	if (c->first_ns == p->now_ns)
		return 0;
	learn_rate(c, passed_us, counted);
	learn_lag(c, (int32_t)lag_us, now_ms);
	/* The clock shows whole milliseconds. */
	return c->in_ms ? MAX(lag_us - MIN(c->lag_us[0], c->lag_us[1]) - 1000, 0) : 0;
}

/* Its stamp is a new one: when it comes back tells how long the peer takes to answer. */
static void await_echo(struct pace_clock *c, const struct passing *p)
{
	uint32_t value = p->seg->options.ts_val;

	if (c->awaits || (int32_t)(value - p->s->ts_newest) <= 0)
		return;
	c->awaits = true;
	c->echo_val = value;
	c->echo_us = (uint32_t)(p->now_ns / 1000);
}

/* The least is what counts: an echo may have waited for something to go with. One or two may all
 * have, and long ones have. */
static void take_echo(struct pace_clock *c, const struct passing *p)
{
	uint32_t echo = p->seg->options.ts_ecr, sample;

	if (!c->awaits || (int32_t)(echo - c->echo_val) < 0)
		return;
	c->awaits = false;
	sample = MAX((uint32_t)(p->left_ns / 1000) - c->echo_us, 1);
	if (echo != c->echo_val || sample > LONGEST_ECHO_US)
		return;
	c->quickest_us = c->echoes == 0 ? sample : MIN(c->quickest_us, sample);
	if (c->echoes < ECHOES && ++c->echoes < ECHOES)
		return;
	if (p->r->rtt_min_us == 0 || c->quickest_us < p->r->rtt_min_us)
		p->r->rtt_min_us = c->quickest_us;
	if (p->r->rtt_us == 0)
		p->r->rtt_us = c->quickest_us;
}

void observer_clock(struct passing *p)
{
	const struct pace *pace = p->f->pace;

	p->left_ns = p->now_ns;
	if (pace == NULL || !(p->seg->options.present & TCPSIM_HAS_TIMESTAMP))
		return;
	struct pace_clock *mine = &p->f->pace->side[p->from].clock;

	p->left_ns -= 1000 * delayed_us(mine, p);
	take_echo(&p->f->pace->side[observer_other(p->from)].clock, p);
	await_echo(mine, p);
}
