/* tcpsim table: what the runs of a file came to, by what was varied. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "commands.h"
#include "runs.h"
#include "runs_plot.h"
#include "runs_table.h"

static char *by, *of, *only, *plot;
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
	{"plot", 0, 0, G_OPTION_ARG_FILENAME, &plot,
		"Draw it there as well, by gnuplot: a panel a figure, a point a group with its "
		"interval; .svg, .png or .pdf",
		"FILE"},
	{0},
};

static int run(int argc, char **argv)
{
	struct runs_table_options options = {.by = by,
		.of = of,
		.only = only,
		.plot = plot,
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
	if (plot && !runs_plot_is_picture(plot, &why)) {
		status = command_error("%s", why);
		g_free(why);
		return status;
	}
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
