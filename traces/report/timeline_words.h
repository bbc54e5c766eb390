/* What the reports of a timeline share: ends, spans, calls and verdicts in words. */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_WORDS_H
#define TCPSIM_TRACES_REPORT_TIMELINE_WORDS_H

#include "traces/report/timeline.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What became of the connection, in a word ("closed", "refused" ...), and in sentences (to be
 * freed). */
const char *timeline_outcome(const struct timeline *timeline, const struct timeline_connection *c);
char *timeline_verdict(const struct timeline *timeline, const struct timeline_connection *c);
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
