/*
 * The largest value of a sliding window of time (Nichols' filter): the best of the window, the best
 * since that one, and the best since the second, so that what was largest ages out without a list
 * of all values. Time is any count that goes up by itself; BBR's is round trips.
 */
#ifndef TCPSIM_CC_RECENT_MAX_H
#define TCPSIM_CC_RECENT_MAX_H

#include <stdint.h>

struct recent_max {
	struct recent_max_value {
		uint32_t at, value;
	} best[3];
};

static inline uint32_t recent_max(const struct recent_max *m)
{
	return m->best[0].value;
}

/* As the window moves on the second best takes the place of the best; while it is still the same
 * value, one from the window's later part is to stand ready. */
static inline void recent_max_age(
	struct recent_max *m, uint32_t window, struct recent_max_value latest)
{
	struct recent_max_value *best = m->best;
	uint32_t age = latest.at - best[0].at;

	if (age > window) {
		best[0] = best[1];
		best[1] = best[2];
		best[2] = latest;
		if (latest.at - best[0].at > window) {
			best[0] = best[1];
			best[1] = best[2];
		}
	} else if (best[1].at == best[0].at && age > window / 4) {
		best[1] = best[2] = latest;
	} else if (best[2].at == best[1].at && age > window / 2) {
		best[2] = latest;
	}
}

static inline void recent_max_take(
	struct recent_max *m, uint32_t window, uint32_t now, uint32_t value)
{
	struct recent_max_value latest = {now, value};

	if (value >= m->best[0].value || now - m->best[2].at > window) {
		m->best[0] = m->best[1] = m->best[2] = latest;
		return;
	}
	if (value >= m->best[1].value)
		m->best[1] = m->best[2] = latest;
	else if (value >= m->best[2].value)
		m->best[2] = latest;
	recent_max_age(m, window, latest);
}

#endif
