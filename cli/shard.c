/* A process's part of a grid: see shard.h. */
#include "shard.h"

#include <string.h>

#include "commands.h"

static bool number(const char *text, guint64 *value)
{
	return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, value, NULL);
}

/* A variable of Slurm's, or `otherwise` where it is not set; false if it is no number. */
static bool from_slurm(const char *name, guint64 otherwise, guint64 *value)
{
	const char *text = g_getenv(name);

	*value = otherwise;
	return !text || number(text, value);
}

/* Arrays may be numbered from anywhere and in steps (sbatch --array=10-80:10). */
static bool shard_of_slurm(struct shard *shard)
{
	guint64 id, count, least, step;

	*shard = SHARD_WHOLE;
	if (!g_getenv("SLURM_ARRAY_TASK_ID") || !g_getenv("SLURM_ARRAY_TASK_COUNT"))
		return true;
	if (!from_slurm("SLURM_ARRAY_TASK_ID", 0, &id) ||
		!from_slurm("SLURM_ARRAY_TASK_COUNT", 1, &count) ||
		!from_slurm("SLURM_ARRAY_TASK_MIN", 0, &least) ||
		!from_slurm("SLURM_ARRAY_TASK_STEP", 1, &step) || !count || !step || id < least ||
		(id - least) % step) {
		command_error("SLURM_ARRAY_TASK_ID and _COUNT say no part of an array; unset them, "
			      "or give --shard I/N");
		return false;
	}
	/* A list with holes (--array=1,5,6) leaves no way to count but for the user's own. */
	id = (id - least) / step;
	if (id >= count && g_getenv("SLURM_ARRAY_TASK_MIN")) {
		command_error("this array has holes, so its tasks cannot be counted; give --shard "
			      "I/N");
		return false;
	}
	*shard = (struct shard){id % count, count};
	return true;
}

bool shard_choose(const char *text, struct shard *shard)
{
	const char *slash;
	guint64 index, count;
	char *first;
	bool good;

	if (!text)
		return shard_of_slurm(shard);
	slash = strchr(text, '/');
	first = slash ? g_strndup(text, (gsize)(slash - text)) : NULL;
	good = number(first, &index) && number(slash + 1, &count) && count && index <= count;
	g_free(first);
	if (!good) {
		command_error(
			"--shard takes I/N, from 0/N to N-1/N (or 1/N to N/N), not '%s'", text);
		return false;
	}
	*shard = (struct shard){index % count, count};
	return true;
}

bool shard_has(const struct shard *shard, guint64 run)
{
	return run % shard->count == shard->index;
}
