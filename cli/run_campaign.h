/*
 * Scripts as runs of a campaign: what came of each is kept, and reported from there the next time,
 * in the same order and the same words as if it had been run.
 */
#ifndef CLI_RUN_CAMPAIGN_H
#define CLI_RUN_CAMPAIGN_H

#include "campaign.h"
#include "run_report.h"

struct run_campaign {
	const struct suite_options *options;
	struct campaign *campaign;
	const char *profile; /* as it was named */
	struct run_report *report;
};

/* Leaves this shard's scripts (struct suite_script) in the list. */
void run_campaign_shard(GPtrArray *scripts, const struct shard *shard);
/* suite_run() of those that are not kept; all are reported. NULL, or what went wrong (to be freed). */
char *run_campaign(const struct run_campaign *c, const GPtrArray *scripts);

#endif
