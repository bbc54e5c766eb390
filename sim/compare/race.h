/*
 * A difference that the lateness of a timer may have made: a timer of one side fired just before an
 * event that the other side's, a little later, came after.
 *
 * The kernel's timers are late by a jiffy, or by a granule of the timer wheel, each time anew, and
 * ours are not. Which came first is then no difference of the systems; whether it is only that is
 * tried: with the event a little later it must be gone.
 */
#ifndef COMPARE_RACE_H
#define COMPARE_RACE_H

#include "compare/difference.h"
#include "compare/scenario.h"

/*
 * Moves the event, and all that follow, to after the timers of both sides. False: no timer fired
 * near the difference within the tolerance of an event, and nothing is moved.
 */
bool race_draw_apart(struct scenario *scenario, const struct account *model,
	const struct account *kernel, const struct difference *difference,
	const struct tolerance *tolerance);

#endif
