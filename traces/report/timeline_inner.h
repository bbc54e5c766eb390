/* Between the files that draw a timeline's ladder: which entries it has (timeline_entries.c) and
 * how they look (timeline_ladder.c). */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_INNER_H
#define TCPSIM_TRACES_REPORT_TIMELINE_INNER_H

#include "traces/report/timeline.h"

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

/* Those of the connection, in their order; what says nothing is left out. */
GArray *ladder_entries(const struct timeline *t, uint32_t connection);
/* Is it shown even where much is left out? */
bool ladder_is_remarkable(const struct ladder *l, const struct ladder_entry *entry);
/* Does the rule by which a segment left say more than the row shows? */
bool timeline_rule_is_remarkable(enum tcpsim_rule rule);
/* An entry that is no segment. */
void ladder_entry_note(struct ladder *l, const struct ladder_entry *entry);

void ladder_note(const struct ladder *l, int64_t ns, uint32_t node, const char *text);
/* Its sentence and name; the second time the name is enough. Appended. */
void ladder_rule(struct ladder *l, enum tcpsim_rule rule, GString *out);

#endif
