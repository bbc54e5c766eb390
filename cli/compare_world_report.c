/* A compared world, as text or JSON. See compare_world_report.h. */
#include "compare_world_report.h"

#include <stdio.h>
#include <string.h>

#include "base/json_line.h"
#include "compare/world_compare.h"
#include "time_units.h"
#include "traces/report/timeline.h"
#include "traces/report/timeline_words.h"

#define FEW_CONNECTIONS 8
#define FEW_DIFFERENCES 24
#define ROWS_BEFORE	4  /* segments in front of the first that differs */
#define COLUMN		40 /* of one side */

/* --- the two accounts --- */

static void row(const char *what, const char *model, const char *kernel)
{
	printf("    %-22.22s %-*s %s%s\n", what, COLUMN, model, kernel,
		strcmp(model, kernel) == 0 ? "" : "   *");
}

static const struct timeline_connection *connection_of(
	const struct world_account *a, uint32_t connection)
{
	return connection == WORLD_NOWHERE ? NULL : a->timeline->connections->pdata[connection];
}

static char *end_text(const struct world_account *a, uint32_t connection, int e)
{
	const struct timeline_connection *c = connection_of(a, connection);
	const struct timeline_end *end;

	if (!c)
		return g_strdup("-");
	end = &c->end[e];
	return g_strdup_printf("%s, %" G_GUINT64_FORMAT " sent, %u again, %u lost",
		end->is_tcp ? tcpsim_state_name(end->state) : "no TCP", end->segments,
		end->repeated, end->lost);
}

/* When the end sent what has these flags (SYN, SYN and ACK, RST), from the connection's start. */
static char *times_of(
	const struct world_account *a, uint32_t connection, int e, unsigned mask, unsigned flags)
{
	const struct timeline *t = a->timeline;
	const struct timeline_connection *c = connection_of(a, connection);
	GString *out = g_string_new(NULL);

	for (guint i = 0; c && i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->kind != TIMELINE_SEGMENT || item->connection != connection ||
			item->end != e ||
			(g_array_index(t->segments, struct timeline_segment, item->text).flags &
				mask) != flags)
			continue;
		g_string_append_printf(out, "%s%.3f", out->len ? " " : "",
			(double)(item->time_ns - c->start_ns) * 1e-9);
	}
	return g_string_free(out, FALSE);
}

static void row_of_times(const struct compared_world *w, const struct world_pair *pair, int e,
	const char *what, unsigned mask, unsigned flags)
{
	char *model = times_of(w->model, pair->model, e, mask, flags);
	char *kernel = times_of(w->kernel, pair->kernel, e, mask, flags);

	if (*model || *kernel)
		printf("    %-22.22s %-*s %s\n", what, COLUMN, model, kernel);
	g_free(model);
	g_free(kernel);
}

static void show_pair(const struct compared_world *w, const struct world_pair *pair)
{
	bool only_kernel = pair->model == WORLD_NOWHERE;
	const struct world_account *a = only_kernel ? w->kernel : w->model;
	const struct timeline_connection *c =
		connection_of(a, only_kernel ? pair->kernel : pair->model);
	const struct timeline_connection *m = connection_of(w->model, pair->model),
					 *k = connection_of(w->kernel, pair->kernel);
	char from[TIMELINE_END], to[TIMELINE_END];

	printf("  connection %u: %s to %s\n", only_kernel ? pair->kernel : pair->model,
		c->end[0].node == TIMELINE_NONE ? timeline_end_words(a->timeline, &c->end[0], from)
						: timeline_node_name(a->timeline, c->end[0].node),
		timeline_end_words(a->timeline, &c->end[1], to));
	row("became", m ? timeline_outcome(w->model->timeline, m) : "not there",
		k ? timeline_outcome(w->kernel->timeline, k) : "not there");
	for (int e = 0; e < 2; e++) {
		char *ours = end_text(w->model, pair->model, e),
		     *theirs = end_text(w->kernel, pair->kernel, e);

		row(timeline_node_name(a->timeline, c->end[e].node), ours, theirs);
		g_free(ours);
		g_free(theirs);
		row_of_times(w, pair, e, "  SYN at", TCPSIM_SYN | TCPSIM_ACK, TCPSIM_SYN);
		row_of_times(w, pair, e, "  SYN,ACK at", TCPSIM_SYN | TCPSIM_ACK,
			TCPSIM_SYN | TCPSIM_ACK);
		row_of_times(w, pair, e, "  RST at", TCPSIM_RST, TCPSIM_RST);
	}
}

static void show_accounts(const struct compared_world *w)
{
	GArray *pairs = world_pairs(w->model->timeline, w->kernel->timeline);

	printf("    %-22s %-*s %s\n", "", COLUMN, "model", "kernel");
	for (guint i = 0; i < pairs->len && i < FEW_CONNECTIONS; i++)
		show_pair(w, &g_array_index(pairs, struct world_pair, i));
	if (pairs->len > FEW_CONNECTIONS)
		printf("  %u connections more\n", pairs->len - FEW_CONNECTIONS);
	g_array_free(pairs, TRUE);
}

/* --- what differs --- */

/* The segments of the connection up to that one. */
static void show_rows(
	const struct world_account *a, const char *side, uint32_t connection, uint32_t item)
{
	const struct timeline *t = a->timeline;
	uint32_t rows[ROWS_BEFORE + 1];
	unsigned n = 0;

	printf("      %s\n", side);
	for (uint32_t i = item + 1; i-- > 0 && n < G_N_ELEMENTS(rows);)
		if (timeline_at(t, i)->kind == TIMELINE_SEGMENT &&
			timeline_at(t, i)->connection == connection)
			rows[n++] = i;
	while (n-- > 0) {
		const struct timeline_item *at = timeline_at(t, rows[n]);
		char text[300];

		timeline_segment_text(t, at, false, text, sizeof(text));
		printf("      %s %9.6f %s: %s%s\n", rows[n] == item ? "=>" : "  ",
			(double)at->time_ns * 1e-9, timeline_node_name(t, at->node), text,
			at->fate == TIMELINE_LOST ? "  (lost)" : "");
	}
}

static void show_difference(
	const struct compared_world *w, const struct world_difference *d, bool *shown)
{
	printf("  - %s: %s, %s%s%s%s\n      model   %s\n      kernel  %s\n", d->where, d->kind,
		d->field, d->rule ? " (" : "", d->rule ? tcpsim_rule_text(d->rule)->name : "",
		d->rule ? ")" : "", d->model, d->kernel);
	if (*shown || d->model_item == WORLD_NOWHERE || d->kernel_item == WORLD_NOWHERE)
		return;
	*shown = true;
	show_rows(w->model, "model:", d->connection, d->model_item);
	show_rows(w->kernel, "kernel:", d->kernel_connection, d->kernel_item);
}

static void show_differences(const struct compared_world *w)
{
	guint n = 0, unstable = 0;
	bool shown = false;

	for (guint i = 0; i < w->differences->len; i++) {
		const struct world_difference *d = w->differences->pdata[i];

		unstable += !d->stable;
		if (d->stable && n++ < FEW_DIFFERENCES)
			show_difference(w, d, &shown);
	}
	if (n > FEW_DIFFERENCES)
		printf("  %u more; --json has all\n", n - FEW_DIFFERENCES);
	if (unstable)
		printf("  %u other%s in one run and not in another: the machine's doing\n",
			unstable, unstable == 1 ? " was there" : "s were there");
}

/* Differences of time that are the kernel's clock's, and how far that went. */
static void show_tolerance(const struct compared_world *w)
{
	if (w->farthest_ns)
		printf("        times within the tolerance: at most %.1f ms apart (%d ms, %d %% of "
		       "the wait, and the lateness)\n",
			(double)w->farthest_ns * 1e-6, (int)(WORLD_LEAST_NS / NSEC_PER_MSEC),
			WORLD_PERCENT);
}

static void print_text(const struct compared_world *w, bool show_all)
{
	char *hosts = g_strjoinv(", ", (char **)w->hosts);
	guint words = 0;

	for (uint32_t i = 0; i < w->model->timeline->items->len; i++)
		words += timeline_at(w->model->timeline, i)->kind == TIMELINE_SAID;
	printf("%s  %s  (kernel: %s; %u connection%s, %u line%s said; %.3f s, at most %.1f ms "
	       "late)\n",
		w->agrees ? "same  " : "differ", w->path, hosts,
		w->model->timeline->connections->len,
		w->model->timeline->connections->len == 1 ? "" : "s", words, words == 1 ? "" : "s",
		(double)w->kernel->end_ns * 1e-9, (double)w->kernel->lateness.worst_ns * 1e-6);
	g_free(hosts);
	show_tolerance(w);
	if (!w->agrees || show_all)
		show_accounts(w);
	show_differences(w);
}

/* --- JSON --- */

static void json_difference(const struct compared_world *w, const struct world_difference *d)
{
	struct json_line *line = json_line_new("difference");

	json_string(line, "scenario", w->path);
	json_string(line, "kind", d->kind);
	json_string(line, "field", d->field);
	json_string(line, "where", d->where);
	json_string(line, "model", d->model);
	json_string(line, "kernel", d->kernel);
	json_string(line, "rule", d->rule ? tcpsim_rule_text(d->rule)->name : NULL);
	json_int(line, "time_ns", d->time_ns);
	json_bool(line, "stable", d->stable);
	json_line_print(line);
}

static void print_json(const struct compared_world *w)
{
	struct json_line *line;

	for (guint i = 0; i < w->differences->len; i++)
		json_difference(w, w->differences->pdata[i]);
	line = json_line_new("compared");
	json_string(line, "scenario", w->path);
	json_strings(line, "kernel_hosts", (const char *const *)w->hosts);
	json_bool(line, "agree", w->agrees);
	json_int(line, "connections", w->model->timeline->connections->len);
	json_int(line, "kernel_connections", w->kernel->timeline->connections->len);
	json_int(line, "runs", w->runs);
	json_int(line, "end_ns", w->kernel->end_ns);
	json_int(line, "late_events", (gint64)w->kernel->lateness.late);
	json_int(line, "worst_late_ns", w->kernel->lateness.worst_ns);
	json_int(line, "farthest_time_ns", w->farthest_ns);
	json_int(line, "tolerance_ns", WORLD_LEAST_NS);
	json_int(line, "tolerance_percent", WORLD_PERCENT);
	json_line_print(line);
}

void compare_world_report(const struct compared_world *w, bool json, bool show_all)
{
	if (json)
		print_json(w);
	else
		print_text(w, show_all);
}
