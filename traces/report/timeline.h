/*
 * A timeline (timeline/timeline.h) told: as a table of connections with what became of each, as
 * ladders with both ends' true states on one clock, as JSON lines; and beside what an onlooker says
 * of a capture. Reports read the timeline and change nothing in it.
 */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_H
#define TCPSIM_TRACES_REPORT_TIMELINE_H

#include "timeline/timeline.h"
#include "traces/report/report.h"

/* Connections, the most troubled first where there are many; listeners. */
void report_timeline_summary(const struct timeline *timeline, const struct report_style *style);
/* One connection: each segment with its departure and arrival, calls, timers, states. */
void report_timeline_ladder(
	const struct timeline *timeline, uint32_t connection, const struct report_style *style);
/* The calls that belong to no connection; nothing if there are none. */
void report_timeline_calls(const struct timeline *timeline, const struct report_style *style);
/* JSON lines: node, end (two a connection), listening, and the items if `items`. */
void report_timeline_json(const struct timeline *timeline, FILE *out, bool items);

/* What became of the connection, in a word ("closed", "refused" ...), and in sentences (to be
 * freed). */
const char *timeline_outcome(const struct timeline *timeline, const struct timeline_connection *c);
char *timeline_verdict(const struct timeline *timeline, const struct timeline_connection *c);
/* How much is wrong with it: the worst come first. */
uint64_t timeline_trouble(const struct timeline *timeline, const struct timeline_connection *c);

/*
 * Where an onlooker, who saw the capture at timeline->watched, says otherwise. Each difference is a
 * sentence (to be freed with the array); NULL: it has no rows of its connections to compare.
 */
GPtrArray *report_timeline_differences(const struct timeline *timeline, const struct replay *seen);

#define TIMELINE_SPAN 32
#define TIMELINE_END  128

/* --- between the reports of a timeline --- */
/* "75 s", "200 ms", "1.5 s": as many digits as it has, six at the most. */
const char *timeline_span(int64_t ns, char out[TIMELINE_SPAN]);
/* "client:46559", or the address where the name does not say which; "192.0.2.1:80 (nobody's)". */
const char *timeline_end_words(
	const struct timeline *timeline, const struct timeline_end *end, char out[TIMELINE_END]);
/* "connect(3, server:80) ... 75.000 s = -1 ETIMEDOUT"; before its return "connect(3, server:80)
 * ...". */
void timeline_call_text(const struct timeline *timeline, const struct timeline_item *call,
	bool returned, GString *out);
const char *timeline_errno(int error);

#endif
