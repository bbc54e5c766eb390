/*
 * One connection as its hosts know it, on one clock: a segment is one row, with when it left and
 * when it came, and with the state of its sender as it left and of its receiver once it was taken
 * in.
 */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_LADDER_H
#define TCPSIM_TRACES_REPORT_TIMELINE_LADDER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/event.h>

struct ladder;
struct report_style;
struct timeline;

/* One connection: each segment with its departure and arrival, calls, timers, states. */
void report_timeline_ladder(
	const struct timeline *timeline, uint32_t connection, const struct report_style *style);
/* Does the rule by which a segment left say more than the row shows? */
bool timeline_rule_is_remarkable(enum tcpsim_rule rule);
void ladder_note(const struct ladder *l, int64_t ns, uint32_t node, const char *text);
/* Its sentence and name; the second time the name is enough. Appended. */
void ladder_rule(struct ladder *l, enum tcpsim_rule rule, GString *out);

#endif
