/* tcpsim merge: files of runs into one. */
#include <stdio.h>

#include "base/json_line.h"
#include "command.h"
#include "commands.h"
#include "runs.h"

static char *into_path;
static gboolean as_json;

static const GOptionEntry OPTIONS[] = {
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &into_path,
		"The file that takes them all, new or old (default: the first that is named)",
		"FILE"},
	{"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object a file", NULL},
	{0},
};

static void tell(const char *path, const struct runs_merged *merged)
{
	struct json_line *line;

	if (!as_json) {
		printf("%s: %" G_GUINT64_FORMAT " runs, %" G_GUINT64_FORMAT " of them new\n", path,
			merged->rows, merged->new_rows);
		return;
	}
	line = json_line_new("merged");
	json_string(line, "file", path);
	json_int(line, "runs", (gint64)merged->rows);
	json_int(line, "new", (gint64)merged->new_rows);
	json_int(line, "differ", (gint64)merged->differ);
	json_line_print(line);
}

/* What was asked and seeded alike came out differently: nobody is to find that out later. */
static void print_differ(const char *path, const struct runs_merged *merged)
{
	command_error("%s: %" G_GUINT64_FORMAT " runs have another result than the same runs in "
		      "%s, whose results stay; the first: %s",
		path, merged->differ, into_path, merged->example);
}

/* Before anything is made or written: a mistake in the last name is no merge of the others. */
static bool are_readable(char **paths, int n)
{
	for (int i = 0; i < n; i++) {
		char *why = NULL;
		struct runs *runs = runs_open_to_read(paths[i], &why);

		if (!runs) {
			command_error("%s", why);
			g_free(why);
			return false;
		}
		runs_close(runs, NULL);
	}
	return true;
}

static int merge_files(struct runs *into, char **paths, int n)
{
	int status = STATUS_OK;

	for (int i = 0; i < n && status != STATUS_USAGE; i++) {
		struct runs_merged merged;
		char *why = NULL;

		if (!runs_merge(into, paths[i], &merged, &why)) {
			status = command_error("%s", why);
			g_free(why);
			break;
		}
		tell(paths[i], &merged);
		if (merged.differ) {
			print_differ(paths[i], &merged);
			status = STATUS_NO;
		}
		g_free(merged.example);
	}
	return status;
}

static int run(int argc, char **argv)
{
	int first = 1, status;
	struct runs *into;
	char *why = NULL;

	if (argc < 2)
		return command_error("merge: which files? 'tcpsim merge -o FILE DB...'");
	if (!into_path) {
		into_path = argv[first++];
		if (first == argc)
			return command_error("merge: one file alone has nothing to merge; name "
					     "others, or -o FILE");
	}
	if (!are_readable(argv + first, argc - first))
		return STATUS_USAGE;
	into = runs_open(into_path, &why);
	if (!into) {
		status = command_error("%s", why);
		g_free(why);
		return status;
	}
	status = merge_files(into, argv + first, argc - first);
	if (!runs_close(into, &why)) {
		status = command_error("%s", why);
		g_free(why);
	}
	return status;
}

const struct command command_merge = {
	.name = "merge",
	.args = "DB...",
	.summary = "files of runs (--db) into one",
	.description = "Takes the runs of all files into one: those of the shards of a grid, of "
		       "several machines, of yesterday. A run that is there twice is there once "
		       "afterwards. Where the same run has two results the first stays, a line "
		       "tells, and the status is 1.\n\n"
		       "docs/scale.md shows the whole way, from a grid on a cluster to a table.",
	.options = OPTIONS,
	.run = run,
};
