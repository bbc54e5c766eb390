#include "compare_report.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/json_line.h"
#include "base/output.h"
#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "compare/call_text.h"
#include "compare/scenario_script.h"
#include "traces/page/account.h"

/* Lines of each side that are shown before the first difference, and after it. */
#define LINES_BEFORE 6
#define LINES_AFTER  3

void compare_report_begin(struct compare_report *report, bool json, bool show_all)
{
	struct utsname name;

	*report = (struct compare_report){
		.json = json, .show_all = show_all, .start_us = g_get_monotonic_time()};
	report->kernel = g_strdup(uname(&name) == 0 ? name.release : "unknown");
}

/* An entry as a script would have it, or NULL for one that no script has. */
static char *line_of(const struct account *account, guint at)
{
	const struct account_entry *e = g_ptr_array_index(account->entries, at);
	GString *out;
	char *text;

	if (e->kind == ACCOUNT_STATE)
		return NULL;
	out = g_string_new(NULL);
	if (e->kind == ACCOUNT_CALL) {
		call_text_line(e, out);
	} else {
		text = account_packet_text(account, at);
		g_string_append_printf(out, "%c %s", e->kind == ACCOUNT_IN ? '<' : '>', text);
		g_free(text);
	}
	return g_string_free(out, FALSE);
}

static GPtrArray *lines_of(const struct account *account, guint differs_at, guint *marked)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

	*marked = G_MAXUINT;
	for (guint i = 0; i < account->entries->len; i++) {
		const struct account_entry *e = g_ptr_array_index(account->entries, i);
		char *line = line_of(account, i);

		if (i == differs_at)
			*marked = lines->len;
		if (line != NULL)
			g_ptr_array_add(lines,
				g_strdup_printf("%9.6f %s", (double)e->start_ns / 1e9, line));
		g_free(line);
	}
	return lines;
}

static void show_side(const char *name, const struct account *account, guint differs_at, bool all)
{
	guint marked, from = 0, to;
	GPtrArray *lines = lines_of(account, differs_at, &marked);
	guint centre = marked != G_MAXUINT ? marked : lines->len;

	to = lines->len;
	if (!all) {
		from = centre > LINES_BEFORE ? centre - LINES_BEFORE : 0;
		to = MIN(to, centre + LINES_AFTER);
	}
	printf("    %s\n", name);
	for (guint i = from; i < to; i++)
		printf("    %s %s\n", i == marked ? "=>" : "  ",
			(char *)g_ptr_array_index(lines, i));
	g_ptr_array_unref(lines);
}

static void show_difference(const struct difference *d)
{
	printf("  first difference at %.6f s: %s, %s: model %s, kernel %s\n",
		(double)d->time_ns / 1e9, difference_kind_name(d->kind), d->field,
		d->model != NULL ? d->model : "nothing", d->kernel != NULL ? d->kernel : "nothing");
}

static void json_difference(const char *scenario, const struct difference *d, bool stable)
{
	struct json_line *line = json_line_new("difference");

	json_string(line, "scenario", scenario);
	json_string(line, "kind", difference_kind_name(d->kind));
	json_string(line, "field", d->field);
	json_string(line, "model", d->model);
	json_string(line, "kernel", d->kernel);
	json_int(line, "time_ns", d->time_ns);
	json_bool(line, "stable", stable);
	json_line_print(line);
}

static void json_script(const struct script_pair *pair, bool same)
{
	struct json_line *line = json_line_new("script");

	json_string(line, "script", pair->path);
	json_string(line, "ip", pair->ip);
	json_bool(line, "agree", same);
	json_string(line, "model", script_verdict_name(pair->model.verdict));
	json_string(line, "model_message", pair->model.message);
	json_string(line, "kernel", script_verdict_name(pair->kernel.verdict));
	json_string(line, "kernel_message", pair->kernel.message);
	json_int(line, "runs", pair->tries);
	json_line_print(line);
	if (pair->difference.kind != DIFFERENCE_NONE)
		json_difference(pair->path, &pair->difference, true);
}

/* Neither side could read it: there is nothing to compare. */
static bool is_unreadable(const struct script_pair *pair)
{
	return pair->model.verdict == SCRIPT_FAULT && pair->kernel.verdict == SCRIPT_FAULT;
}

static void text_script(
	const struct compare_report *report, const struct script_pair *pair, bool same)
{
	bool known = pair->kernel.account != NULL;

	if (is_unreadable(pair)) {
		printf("error   %s:%d: %s\n", pair->path, pair->model.line, pair->model.message);
		return;
	}
	printf("%s  %s  (model %s, kernel %s)\n",
		same	? "same  "
		: known ? "differ"
			: "none  ",
		pair->path, script_verdict_name(pair->model.verdict),
		known ? script_verdict_name(pair->kernel.verdict) : "not run");
	if (pair->model.message != NULL)
		printf("  model:  line %d: %s\n", pair->model.line, pair->model.message);
	if (pair->kernel.message != NULL)
		printf("  kernel: line %d: %s\n", pair->kernel.line, pair->kernel.message);
	if (pair->difference.kind != DIFFERENCE_NONE)
		show_difference(&pair->difference);
	if (!known || (same && !report->show_all))
		return;
	show_side("model", pair->model.account, pair->difference.model_at, report->show_all);
	show_side("kernel", pair->kernel.account, pair->difference.kernel_at, report->show_all);
}

void compare_report_script(void *context, const struct script_pair *pair)
{
	struct compare_report *report = context;
	bool unreadable = is_unreadable(pair);
	bool same = pair->kernel.account != NULL && pair->difference.kind == DIFFERENCE_NONE &&
		    pair->model.verdict == pair->kernel.verdict && !unreadable;

	report->seen++;
	report->same += same;
	report->unreadable += unreadable;
	report->unknown += pair->kernel.account == NULL && !unreadable;
	if (report->page && !unreadable)
		page_add_pair(report->page, pair);
	if (report->json)
		json_script(pair, same);
	else
		text_script(report, pair, same);
	fflush(stdout);
}

int compare_report_end(struct compare_report *report)
{
	gint64 wall_us = g_get_monotonic_time() - report->start_us;
	unsigned not_compared = report->unknown + report->unreadable;
	int status = report->same == report->seen ? STATUS_OK
		     : not_compared > 0		  ? STATUS_USAGE
						  : STATUS_NO;

	if (report->json) {
		struct json_line *line = json_line_new("compare");

		json_int(line, "scenarios", report->seen);
		json_int(line, "agree_all", report->same);
		json_int(line, "not_run", not_compared);
		json_string(line, "kernel", report->kernel);
		json_int(line, "wall_ns", wall_us * 1000);
		json_line_print(line);
	} else {
		printf("\n%u scripts: %u the same on the model and on Linux %s, %u differ",
			report->seen, report->same, report->kernel,
			report->seen - report->same - not_compared);
		if (report->unreadable > 0)
			printf(", %u cannot be read", report->unreadable);
		if (report->unknown > 0)
			printf(", %u not run on the kernel", report->unknown);
		printf("; %.1f s\n", (double)wall_us / 1e6);
	}
	g_free(report->kernel);
	return status;
}

/* --- surveys --- */

static void json_survey(const struct survey *survey, const char *kernel)
{
	const struct survey_counts *c = &survey->counts;
	struct json_line *line = json_line_new("compare");

	json_int(line, "scenarios", c->scenarios);
	json_int(line, "agree_all", c->agree_but_figures);
	json_int(line, "agree_all_and_tcp_info", c->agree_all);
	json_int(line, "agree_but_window", c->agree_but_window);
	json_int(line, "agree_calls", c->agree_calls);
	json_int(line, "agree_states", c->agree_states);
	json_int(line, "plain", c->plain);
	json_int(line, "plain_agree_all", c->plain_agree);
	json_int(line, "unstable", c->unstable);
	json_int(line, "races", c->races);
	json_int(line, "not_run", c->failed);
	json_string(line, "kernel", kernel);
	json_int(line, "wall_ns", c->wall_ns);
	json_line_print(line);
}

static void part(const char *what, unsigned n, unsigned all)
{
	printf("  %-52s %6u  %5.1f %%\n", what, n, all > 0 ? 100.0 * n / all : 0.0);
}

static void text_survey(const struct survey *survey, const char *kernel)
{
	const struct survey_counts *c = &survey->counts;
	unsigned run = c->scenarios - c->failed;

	printf("%u random scenarios on the model and on %s in %.0f s (%.1f a second)\n",
		c->scenarios, kernel, (double)c->wall_ns / 1e9,
		c->wall_ns > 0 ? c->scenarios / ((double)c->wall_ns / 1e9) : 0.0);
	part("agree in all calls, segments, times and states", c->agree_but_figures, run);
	part("  and in TCP_INFO after each event", c->agree_all, run);
	part("  but for the advertised window", c->agree_but_window, run);
	part("agree in all calls", c->agree_calls, run);
	part("agree in all states", c->agree_states, run);
	if (c->plain > 0)
		part("of plain traffic agree in all", c->plain_agree, c->plain);
	if (c->unstable > 0)
		part("differed once and not again (the machine's clock)", c->unstable, run);
	if (c->races > 0)
		part("differed by which came first, a timer or an event", c->races, run);
	if (c->failed > 0)
		printf("  %u did not come about: %s\n", c->failed, survey->why);
}

static bool write_text(const char *path, const char *text, char **why)
{
	struct output *out = output_open(path, why);

	if (out == NULL)
		return false;
	fputs(text, output_stream(out));
	return output_close(out, why);
}

bool compare_report_record(const struct scenario *scenario, const struct account *kernel,
	const char *folder, char **why)
{
	char *script = scenario_script(scenario, kernel, NULL);
	char *path = g_strdup_printf("%s/%06" G_GUINT64_FORMAT ".pkt", folder, scenario->seed);
	bool ok = write_text(path, script, why);

	g_free(script);
	g_free(path);
	return ok;
}

static bool write_script(
	const struct survey_finding *f, const char *folder, unsigned n, char **path, char **why)
{
	char *head = g_strdup_printf(
		"// %s: model %.100s, kernel %.100s (scenario %" G_GUINT64_FORMAT ")\n", f->kind,
		f->difference.model != NULL ? f->difference.model : "nothing",
		f->difference.kernel != NULL ? f->difference.kernel : "nothing", f->scenario->seed);
	char *script = scenario_script(f->scenario, f->kernel, head);
	bool ok;

	*path = g_strdup_printf("%s/%03u.pkt", folder, n);
	ok = write_text(*path, script, why);
	g_free(head);
	g_free(script);
	return ok;
}

static void show_example(
	const struct survey_finding *f, const struct survey_view *view, const char *name)
{
	printf("%6u  %s\n", f->count, f->kind);
	printf("        e.g. scenario %s at %.6f s: model %.60s, %s %.60s\n", name,
		(double)f->difference.time_ns / 1e9,
		f->difference.model != NULL ? f->difference.model : "nothing",
		view->other != NULL ? view->other : "kernel",
		f->difference.kernel != NULL ? f->difference.kernel : "nothing");
	if (!view->show_all)
		return;
	show_side("model", f->model, f->difference.model_at, true);
	show_side(view->other != NULL ? view->other : "kernel", f->kernel, f->difference.kernel_at,
		true);
}

static int show_finding(const struct survey_finding *f, unsigned n, const struct survey_view *view)
{
	char *path = NULL, *why = NULL,
	     *name = g_strdup_printf("%" G_GUINT64_FORMAT, f->scenario->seed);
	int status = STATUS_OK;

	if (view->folder != NULL && !write_script(f, view->folder, n, &path, &why))
		status = command_error("%s", why);
	if (view->json) {
		json_difference(path != NULL ? path : name, &f->difference, true);
	} else {
		show_example(f, view, name);
		if (path != NULL)
			printf("        script %s\n", path);
	}
	g_free(path);
	g_free(why);
	g_free(name);
	return status;
}

int compare_report_survey(const struct survey *survey, const struct survey_view *view)
{
	const struct survey_counts *c = &survey->counts;
	struct utsname uts;
	char *kernel = view->other != NULL
			       ? g_strdup_printf("the model of %s", view->other)
			       : g_strdup_printf("Linux %s", uname(&uts) == 0 ? uts.release : "?");
	int status = STATUS_OK;

	if (!view->json) {
		text_survey(survey, kernel);
		if (survey->findings->len > 0)
			printf("\nWhat differs first, by kind:\n");
	}
	for (guint i = 0; i < survey->findings->len && status == STATUS_OK; i++)
		status = show_finding(g_ptr_array_index(survey->findings, i), i + 1, view);
	if (view->json)
		json_survey(survey, view->other == NULL ? kernel + strlen("Linux ") : kernel);
	g_free(kernel);
	if (status != STATUS_OK)
		return status;
	if (c->failed > 0)
		return STATUS_USAGE;
	return survey->findings->len > 0 ? STATUS_NO : STATUS_OK;
}
