/*
 * Which runs of a grid are this process's: `--shard I/N`, or, in an array of Slurm's, what its task
 * says of itself. Runs are numbered as the whole grid has them and dealt out in turn, so the shards
 * have no run in common, together they are the whole, and a run is the same in whichever shard.
 */
#ifndef CLI_SHARD_H
#define CLI_SHARD_H

#include <glib.h>
#include <stdbool.h>

struct shard {
	guint64 index, count; /* has the runs whose number leaves `index`, divided by `count` */
};

/* The whole, as one shard. */
#define SHARD_WHOLE ((struct shard){0, 1})

/*
 * `text` is I/N with I from 0 to N: numbers from 0 to N-1 and from 1 to N name the same shards. NULL:
 * SLURM_ARRAY_TASK_ID of SLURM_ARRAY_TASK_COUNT, and the whole where these are not set. False
 * after a complaint.
 */
bool shard_choose(const char *text, struct shard *shard);
bool shard_has(const struct shard *shard, guint64 run);

#endif
