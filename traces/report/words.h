/* What the text reports share: spans of time and counts as people write them, wrapped lines,
 * colours. */
#ifndef TCPSIM_TRACES_WORDS_H
#define TCPSIM_TRACES_WORDS_H

#include "base/terminal.h"
#include "traces/report/report.h"

#define WORDS_MAX 64

/* "5.87 s", "203 ms", "12 us"; written to out, which is returned. */
const char *words_span(int64_t ns, char out[WORDS_MAX]);
/* "1234", "12.3 k", "4.56 M": never wider than six columns. */
const char *words_count(uint64_t n, char out[WORDS_MAX]);
/* "192.0.2.1:80", "[2001:db8::1]:80": never cut, so that a search finds it. */
#define WORDS_END (WORDS_MAX + 24)
const char *words_end(const struct flow *f, unsigned side, unsigned width, char out[WORDS_END]);

/* The name that the capture has for that end's host; NULL: none, or names are not wanted. */
const char *words_name(const struct replay *r, const struct report_style *style,
	const struct flow *f, unsigned side);

/* When, with so many digits: seconds since `since_ns`; with --wall the clock's time ("14:03:59.123").
 */
enum { WORDS_MILLISECONDS = 3, WORDS_MICROSECONDS = 6 };
const char *words_time(const struct report_style *style, int64_t ns, int64_t since_ns,
	unsigned digits, char out[WORDS_MAX]);
/* "2021-06-01 14:03:59 CEST". */
const char *words_date(int64_t ns, char out[WORDS_MAX]);

/* Prints text behind `indent` columns, broken between words to stay inside the style's width. The
 * first line's indent is taken to be printed already if `begun`. */
void words_wrap(const struct report_style *style, unsigned indent, bool begun, const char *text);

/* How much of a segment's text stands on its row of that room: options go below if the rest fits.
 */
size_t words_first_part(const char *text, size_t room);

/* The bytes that switch to a colour, if the style has any. */
static inline const char *words_colour(
	const struct report_style *style, enum terminal_colour colour)
{
	return terminal_colour(style->colour, colour);
}

/* "gaps of 5.87, 12.0, 24.0 s: as bsd44 does" for a run of SYNs; NULL if there was none. Freed by
 * g_free. */
char *words_schedule(const struct flow_side *s, const struct tcpsim_profile *wanted);

#endif
