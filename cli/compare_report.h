/* What `tcpsim compare` prints: scripts side by side, and what a survey of random
 * scenarios found. */
#ifndef CLI_COMPARE_REPORT_H
#define CLI_COMPARE_REPORT_H

#include "compare/scripts.h"
#include "compare/survey.h"

struct compare_report {
	bool json;
	bool show_all; /* both accounts of every script, not only of those that differ */
	unsigned seen, same;
	unsigned unknown, unreadable; /* what the kernel does; both sides say so */
	gint64 start_us;
	char *kernel;	   /* its release */
	struct page *page; /* --html, or NULL */
};

void compare_report_begin(struct compare_report *report, bool json, bool show_all);
/* For scripts_compare(). */
void compare_report_script(void *report, const struct script_pair *pair);
/* The last line; returns the exit status. */
int compare_report_end(struct compare_report *report);

struct survey_view {
	const char *other;  /* the profile that stood in the kernel's place, or NULL */
	const char *folder; /* where a script of each kind is written, or NULL */
	bool json;
	bool show_all; /* both accounts of each kind's example */
};

/* Returns the exit status. */
int compare_report_survey(const struct survey *survey, const struct survey_view *view);

/* The scenario as FOLDER/NUMBER.pkt; false and *why. */
bool compare_report_record(const struct scenario *scenario, const struct account *kernel,
	const char *folder, char **why);

#endif
