/* What is told of a run once it is over. See simulate.h. */
#include <stdlib.h>
#include <string.h>

#include "base/json_line.h"
#include "command.h"
#include "commands.h"
#include "process/process.h"
#include "simulate.h"
#include "simulate_corrected.h"
#include "simulate_onlooker.h"
#include "simulate_page.h"
#include "simulate_report.h"
#include "traces/report/json.h"
#include "traces/report/ladder.h"
#include "traces/report/summary.h"
#include "traces/report/timeline_calls.h"
#include "traces/report/timeline_differences.h"
#include "traces/report/timeline_json.h"
#include "traces/report/timeline_ladder.h"
#include "traces/report/timeline_summary.h"
#include "traces/report/words.h"

#define FEW_LADDERS   8
#define SHOWN_DIFFERS 12

/* --- the onlooker --- */

static void print_differences(const struct simulate_run *t, const GPtrArray *differences)
{
	guint most = t->options->all ? differences->len : MIN(differences->len, SHOWN_DIFFERS);

	if (t->timeline->left_out) {
		printf("\nThe run is too long to hold the onlooker against the hosts; --all keeps "
		       "more of it\n");
		return;
	}
	if (!differences->len) {
		printf("\nAn onlooker at %s would be right about all of it\n", t->watched->name);
		return;
	}
	printf("\nAn onlooker at %s would be wrong here, as the hosts know\n", t->watched->name);
	for (guint i = 0; i < most; i++)
		words_wrap(&t->style, 2, false, differences->pdata[i]);
	if (most < differences->len)
		printf("  %u more; --all shows them\n", differences->len - most);
}

static void print_onlooker(const struct simulate_run *t)
{
	const struct simulate_options *o = t->options;
	const struct replay *r = onlooker_seen(t->onlooker);
	GPtrArray *differences = report_timeline_differences(t->timeline, r);

	if (o->as_seen_by) {
		printf("\n");
		report_summary(r, &t->style);
		for (uint32_t i = 0; !o->summary && r->rows && !r->rows_given_up &&
				     i < flow_count(r->flows) && (o->all || i < FEW_LADDERS);
			i++)
			report_ladder(r, i, &t->style);
	}
	if (!r->rows_given_up || o->as_seen_by)
		print_differences(t, differences);
	g_ptr_array_free(differences, TRUE);
}

/* --- the hosts --- */

static int print_ladders(const struct simulate_run *t)
{
	const struct timeline *timeline = t->timeline;
	const struct simulate_options *o = t->options;
	guint n = timeline->connections->len;

	if (o->connection >= 0 && (guint)o->connection >= n)
		return command_error("simulate: there is no connection %d: they are 0 to %d",
			o->connection, (int)n - 1);
	if (o->connection >= 0) {
		report_timeline_ladder(timeline, (uint32_t)o->connection, &t->style);
		return STATUS_OK;
	}
	for (guint i = 0; i < n && (o->all || i < FEW_LADDERS); i++)
		report_timeline_ladder(timeline, i, &t->style);
	if (n > FEW_LADDERS && !o->all)
		printf("\n%u connections more: -c N shows one, --all all of them\n",
			n - FEW_LADDERS);
	report_timeline_calls(timeline, &t->style);
	return STATUS_OK;
}

static int print_text(const struct simulate_run *t)
{
	int status = STATUS_OK;

	if (t->options->as_seen_by) {
		print_onlooker(t);
		return STATUS_OK;
	}
	report_timeline_summary(t->timeline, &t->style);
	if (!t->options->summary)
		status = print_ladders(t);
	if (status == STATUS_OK && !t->options->summary && t->options->connection < 0 &&
		t->watched && t->timeline->connections->len)
		print_onlooker(t);
	else if (!t->options->summary && t->timeline->left_out && t->options->connection < 0)
		printf("\n%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
		       " items are not kept; --all keeps more\n",
			t->timeline->left_out, t->timeline->left_out + t->timeline->items->len);
	return status;
}

/* --- JSON --- */

static void print_end(const struct simulate_run *t)
{
	struct json_line *line = json_line_new("world");

	json_string(line, "file", t->options->path);
	json_string(line, "title", t->settings.title);
	json_int(line, "seed", (gint64)t->world->seed);
	json_int(line, "virtual_ns", tcpsim_world_now(t->world));
	json_int(line, "programs_running", tcpsim_world_running(t->world));
	json_line_print(line);
}

static void compare_with_onlooker(const struct simulate_run *t, const struct replay *r)
{
	GPtrArray *differences = report_timeline_differences(t->timeline, r);

	for (guint i = 0; i < differences->len; i++) {
		struct json_line *line = json_line_new("onlooker");

		json_string(line, "node", t->watched->name);
		json_string(line, "wrong", differences->pdata[i]);
		json_line_print(line);
	}
	g_ptr_array_free(differences, TRUE);
}

static void print_json(const struct simulate_run *t)
{
	const struct replay *r = t->onlooker ? onlooker_seen(t->onlooker) : NULL;

	/* What does not fit is counted, and not told in part; --all keeps more. */
	report_timeline_json(t->timeline, stdout,
		!t->options->summary && !t->options->as_seen_by &&
			(t->options->all || !t->timeline->left_out));
	if (r && t->options->as_seen_by)
		report_json(r, &(struct report_json){.out = stdout});
	else if (r)
		simulate_corrected_json(t->timeline, r);
	if (r && !t->timeline->left_out)
		compare_with_onlooker(t, r);
	print_end(t);
}

int simulate_report(const struct simulate_run *t)
{
	if (t->options->html_path && simulate_page(t) != STATUS_OK)
		return STATUS_USAGE;
	if (!t->options->json)
		return print_text(t);
	print_json(t);
	return STATUS_OK;
}
