/*
 * Many runs, of which this process makes its shard (--shard) and keeps what came of them in a file
 * (--db). The two options and what they open, the same for every command that has them.
 */
#ifndef CLI_CAMPAIGN_H
#define CLI_CAMPAIGN_H

#include "runs.h"
#include "shard.h"

/* The rows of a command's table of options; two `char *`. */
#define CAMPAIGN_OPTIONS(shard_text, db_path)                                                      \
	{"shard", 0, 0, G_OPTION_ARG_STRING, &(shard_text),                                        \
		"Only the I-th of N parts of the runs (default: by SLURM_ARRAY_TASK_ID and "       \
		"_COUNT, if set)",                                                                 \
		"I/N"},                                                                            \
	{                                                                                          \
		"db", 0, 0, G_OPTION_ARG_FILENAME, &(db_path),                                     \
			"Keep what came of each run there (SQLite); a run that is there is not "   \
			"made again",                                                              \
			"FILE"                                                                     \
	}

struct campaign {
	struct shard shard;
	struct runs *runs; /* NULL: nothing is kept */
};

/* False after a complaint. */
bool campaign_open(struct campaign *campaign, const char *shard_text, const char *db_path);
/* The exit status: `status`, or that something could not be kept, after a complaint. */
int campaign_close(struct campaign *campaign, int status);

#endif
