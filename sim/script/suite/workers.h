/*
 * A worker takes the next script's number from memory that all share, runs it, and writes the
 * report to its pipe.
 */
#ifndef SCRIPT_SUITE_WORKERS_H
#define SCRIPT_SUITE_WORKERS_H

#include "script/suite/suite.h"
#include <glib.h>

/*
 * `done` may be called with how many are finished, for a progress line; NULL if not wanted. NULL,
 * or what went wrong with the processes themselves (to be freed), when every script has been
 * reported.
 */
char *suite_run(const struct suite_options *options, const GPtrArray *scripts, suite_report_fn each,
	void (*done)(void *context, unsigned finished, unsigned total), void *context);

#endif
