/* Scripts over several processes: see suite.h. */
#ifndef SCRIPT_SUITE_WORKERS_H
#define SCRIPT_SUITE_WORKERS_H

#include "script/suite.h"

void suite_run_workers(const struct suite_options *options, const GPtrArray *paths,
	suite_report_fn each, void (*done)(void *context, unsigned finished, unsigned total),
	void *context);

#endif
