/* tcpsim table: what the runs of a file came to, by what was varied. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "commands.h"
#include "runs.h"
#include "runs_table.h"

static char *by, *of, *only;
static gboolean as_csv, as_json;

static const GOptionEntry OPTIONS[] = {
	{"by", 0, 0, G_OPTION_ARG_STRING, &by,
		"Group by these: parameters of the runs, command, input, seed, version, texts of "
		"their results (default: every parameter)",
		"KEY[,KEY...]"},
	{"of", 0, 0, G_OPTION_ARG_STRING, &of,
		"These figures (default: all that are not the same in every run)",
		"FIGURE[,FIGURE...]"},
	{"only", 0, 0, G_OPTION_ARG_STRING, &only, "Runs of that command alone",
		"simulate|run|replay|compare"},
	{"csv", 0, 0, G_OPTION_ARG_NONE, &as_csv,
		"Comma-separated: of each figure the mean and the half width of its interval",
		NULL},
	{"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
		"One JSON object a group: of each figure mean, half width, least, most", NULL},
	{0},
};

static int run(int argc, char **argv)
{
	struct runs_table_options options = {.by = by,
		.of = of,
		.only = only,
		.form = as_json	 ? RUNS_TABLE_JSON
			: as_csv ? RUNS_TABLE_CSV
				 : RUNS_TABLE_TEXT};
	struct runs *runs;
	char *why = NULL;
	int status = STATUS_OK;

	if (argc != 2)
		return command_error("table: which file of runs? 'tcpsim table DB'");
	if (as_csv && as_json)
		return command_error("table: --csv or --json, not both");
	runs = runs_open_to_read(argv[1], &why);
	if (!runs || !runs_table_print(runs, &options, &why)) {
		status = command_error("%s", why);
		g_free(why);
	}
	runs_close(runs, NULL);
	return status;
}

const struct command command_table = {
	.name = "table",
	.args = "DB",
	.summary = "what the runs of a file came to: means and 95 % confidence intervals",
	.description = "Groups the runs that --db kept by what was varied and prints of each "
		       "group how many runs it has and, of each figure, the mean and the half "
		       "width of the 95 % confidence interval (Student's t; '-' for a single "
		       "run).\n\nA figure is a number or a yes or no in the result of a run; of "
		       "the latter the mean is the part of runs in which it was yes. "
		       "docs/scale.md shows one.",
	.options = OPTIONS,
	.run = run,
};
