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
	bool many;	  /* more connections than the table shows */
	uint8_t *outcome; /* by place; FLOW_N_OUTCOMES: free, or not asked for */
	double *harm;	  /* by place */
};

/* Whether the connection is one that was asked for. */
static inline bool summary_has(const struct summary *s, const struct flow *f)
{
	return s->outcome[f->place] < FLOW_N_OUTCOMES;
}

/* Whether it stands in the table only as one of a crowd. */
static inline bool summary_is_of_crowd(const struct summary *s, const struct flow *f)
{
	return s->many && !s->style->all && selection_is_all(&s->style->selection) &&
	       s->crowds.member[f->place];
}

#endif
