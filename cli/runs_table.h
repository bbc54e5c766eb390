/* The runs of a file as a table: grouped by what was varied, of each figure the mean and how sure it
 * is. */
#ifndef CLI_RUNS_TABLE_H
#define CLI_RUNS_TABLE_H

#include "runs.h"

enum runs_table_form { RUNS_TABLE_TEXT, RUNS_TABLE_CSV, RUNS_TABLE_JSON };

struct runs_table_options {
	const char *by;	  /* names, with commas between; NULL: every parameter */
	const char *of;	  /* figures; NULL: those that vary */
	const char *only; /* a command; NULL: all */
	enum runs_table_form form;
	const char *plot; /* a picture is drawn there, too (runs_plot.h); NULL: none */
};

/* False and *why: the file cannot be read, has no such key or figure, or cannot be drawn. */
bool runs_table_print(struct runs *runs, const struct runs_table_options *options, char **why);

#endif
