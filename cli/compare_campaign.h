/*
 * Scenarios of `compare --generate` as runs of a campaign: this shard's are made, those that are
 * kept are counted as they were, and what came of each is kept.
 */
#ifndef CLI_COMPARE_CAMPAIGN_H
#define CLI_COMPARE_CAMPAIGN_H

#include "campaign.h"
#include "compare/survey.h"

struct compare_campaign {
	struct campaign *campaign;
	uint64_t first_seed;
	/* survey_options.each of whoever asked, or NULL; and its context */
	void (*each)(void *context, const struct scenario *scenario, const struct account *kernel,
		const struct survey_verdict *verdict);
	void *each_context;
	char *parameters; /* what the scenarios are known by; compare_campaign_end() frees it */
	struct survey_counts kept; /* of earlier surveys */
};

/* What `options` asks for is what its scenarios are known by; sets its `wants` and `each`. `profile`
 * and `other` (or NULL) as they were named. False after a complaint. */
bool compare_campaign_begin(struct compare_campaign *c, struct survey_options *options,
	const char *profile, const char *other);
/* Adds the kept ones to what the survey counted. */
void compare_campaign_end(struct compare_campaign *c, struct survey_counts *counts);

#endif
