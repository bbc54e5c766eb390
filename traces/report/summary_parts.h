/* What the files of the summary share; nobody else includes it. */
#ifndef TCPSIM_TRACES_SUMMARY_PARTS_H
#define TCPSIM_TRACES_SUMMARY_PARTS_H

#include "traces/replay/crowd.h"
#include "traces/report/report.h"

/* More connections than this are many: the table shows the worst of them. */
#define SHOWN_CONNECTIONS 20

/* What one summary works with. */
struct summary {
	const struct replay *r;
	const struct report_style *style;
	struct asked asked;
	struct crowds crowds;
	bool many;			    /* more connections than the table shows */
	uint64_t outcomes[FLOW_N_OUTCOMES]; /* of those asked for */
	struct summary_rows *rows;	    /* summary_table.h */
	struct summary_servers *servers;    /* summary_whole.h */
};

/* Whether it stands in the table only as one of a crowd. */
static inline bool summary_is_of_crowd(const struct summary *s, uint32_t place)
{
	return s->many && !s->style->all && selection_is_all(&s->style->selection) &&
	       s->crowds.member[place];
}

#endif
