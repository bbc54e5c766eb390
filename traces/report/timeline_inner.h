/* Between the files that draw a timeline's ladder: which entries it has (timeline_entries.c) and
 * how they look (timeline_ladder.c). */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_INNER_H
#define TCPSIM_TRACES_REPORT_TIMELINE_INNER_H

#include "timeline/timeline.h"
#include "traces/report/report.h"

/* A longer ladder shows its beginning, its end and what is remarkable. */
#define LADDER_LONG  160
#define LADDER_FIRST 40
#define LADDER_LAST  24

/* An item, or a call's return. */
struct ladder_entry {
	int64_t time_ns;
	uint32_t item, order; /* among those of one time */
	bool returns;
};

struct ladder {
	const struct timeline *t;
	const struct report_style *style;
	const struct timeline_connection *c;
	GArray *entries;
	unsigned time_width, text_column, text_width;
	bool told[TCPSIM_NRULES]; /* rules whose sentence has been printed */
};

#endif
