/* Shards and files of runs, opened and closed: see campaign.h. */
#include "campaign.h"

#include "commands.h"

bool campaign_open(struct campaign *campaign, const char *shard_text, const char *db_path)
{
	char *why = NULL;

	campaign->runs = NULL;
	if (!shard_choose(shard_text, &campaign->shard))
		return false;
	if (!db_path || (campaign->runs = runs_open(db_path, &why)))
		return true;
	command_error("%s", why);
	g_free(why);
	return false;
}

int campaign_close(struct campaign *campaign, int status)
{
	char *why = NULL;

	if (!runs_close(g_steal_pointer(&campaign->runs), &why)) {
		status = command_error("%s", why);
		g_free(why);
	}
	return status;
}
