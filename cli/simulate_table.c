/*
 * The runs of a grid as a table: what was swept on the left, what came of it on the right. Where two keys were
 * swept over listeners, as a figure has it: the first key's values across, the second's down, and in
 * each field how many connections the listener queued.
 */
#include <string.h>

#include "base/terminal.h"
#include "simulate_table.h"
#include "world/world.h"
#include <json-glib/json-glib.h>

#define MOST_SAID 60 /* columns */

struct row {
	char **value;	 /* of each swept key */
	char **figure;	 /* one a column, or NULL for a run that could not be made */
	char *said;	 /* what was said last, or why it could not be made */
	char *completed; /* peak_completed; NULL: nobody asked for queues */
};

struct simulate_table {
	char **key; /* swept */
	guint n_keys;
	bool has_queues, has_seeds, whole;
	GPtrArray *rows;
};

static const struct column {
	const char *member, *head;
} COLUMN[] = {
	{"virtual_ns", "ends at"},
	{"packets", "packets"},
	{"dropped", "lost"},
	{"retransmitted", "again"},
	{"timeouts", "timeouts"},
	{"peak_incomplete", "incomplete"},
	{"peak_completed", "completed"},
};

static void free_row(gpointer data)
{
	struct row *row = data;

	g_strfreev(row->value);
	g_strfreev(row->figure);
	g_free(row->said);
	g_free(row->completed);
	g_free(row);
}

struct simulate_table *simulate_table_new(bool whole)
{
	struct simulate_table *t = g_new0(struct simulate_table, 1);

	t->whole = whole;
	t->rows = g_ptr_array_new_with_free_func(free_row);
	return t;
}

static char *figure_of(JsonObject *run, const struct column *column)
{
	if (!json_object_has_member(run, column->member))
		return g_strdup("");
	gint64 n = json_object_get_int_member(run, column->member);

	return strcmp(column->member, "virtual_ns") == 0
		       ? g_strdup_printf("%.3f s", (double)n * 1e-9)
		       : g_strdup_printf("%" G_GINT64_FORMAT, n);
}

static char *said_of(JsonObject *run)
{
	JsonArray *said = json_object_get_array_member(run, "said");
	guint n = json_array_get_length(said);
	JsonObject *last = n ? json_array_get_object_element(said, n - 1) : NULL;

	return last ? g_strdup_printf("%.3f %s: %s",
			      (double)json_object_get_int_member(last, "time_ns") * 1e-9,
			      json_object_get_string_member(last, "program"),
			      json_object_get_string_member(last, "text"))
		    : g_strdup("");
}

static void take_keys(struct simulate_table *t, JsonObject *sweep, gint64 seed, struct row *row)
{
	GList *keys = json_object_get_members(sweep);
	guint n = g_list_length(keys), i = 0;

	row->value = g_new0(char *, n + 2);
	if (!t->key) {
		t->key = g_new0(char *, n + 2);
		t->n_keys = n;
	}
	for (GList *k = keys; k; k = k->next, i++) {
		if (!t->key[i])
			t->key[i] = g_strdup(k->data);
		row->value[i] = g_strdup(json_object_get_string_member(sweep, k->data));
	}
	row->value[n] = g_strdup_printf("%" G_GINT64_FORMAT, seed);
	if (!t->key[n])
		t->key[n] = g_strdup("seed");
	g_list_free(keys);
}

void simulate_table_add(struct simulate_table *t, const char *line)
{
	JsonNode *node = json_from_string(line, NULL);
	JsonObject *run = json_node_get_object(node);
	struct row *row = g_new0(struct row, 1);

	take_keys(t, json_object_get_object_member(run, "sweep"),
		json_object_get_int_member(run, "seed"), row);
	if (json_object_has_member(run, "error")) {
		row->said = g_strdup(json_object_get_string_member(run, "error"));
	} else {
		row->figure = g_new0(char *, G_N_ELEMENTS(COLUMN) + 1);
		for (guint i = 0; i < G_N_ELEMENTS(COLUMN); i++)
			row->figure[i] = figure_of(run, &COLUMN[i]);
		row->said = said_of(run);
	}
	if (json_object_has_member(run, "peak_completed")) {
		t->has_queues = true;
		row->completed = g_strdup_printf(
			"%" G_GINT64_FORMAT, json_object_get_int_member(run, "peak_completed"));
	}
	if (t->rows->len && strcmp(((struct row *)t->rows->pdata[0])->value[t->n_keys],
				    row->value[t->n_keys]) != 0)
		t->has_seeds = true;
	g_ptr_array_add(t->rows, row);
	json_node_unref(node);
}

/* --- one row a run --- */

static guint column_width(const struct simulate_table *t, guint key)
{
	guint width = (guint)strlen(t->key[key]);

	for (guint i = 0; i < t->rows->len; i++)
		width = MAX(width, (guint)strlen(((struct row *)t->rows->pdata[i])->value[key]));
	return width + 2;
}

static void print_rows(const struct simulate_table *t)
{
	guint keys = t->n_keys + t->has_seeds,
	      figures = G_N_ELEMENTS(COLUMN) - (t->has_queues ? 0 : 2);

	for (guint k = 0; k < keys; k++)
		printf("%-*s", (int)column_width(t, k), t->key[k]);
	for (guint f = 0; f < figures; f++)
		printf("%11s", COLUMN[f].head);
	printf("  said last\n");
	for (guint i = 0; i < t->rows->len; i++) {
		const struct row *row = t->rows->pdata[i];

		for (guint k = 0; k < keys; k++)
			printf("%-*s", (int)column_width(t, k), row->value[k]);
		for (guint f = 0; row->figure && f < figures; f++)
			printf("%11s", row->figure[f]);
		printf("  %.*s%s\n", MOST_SAID, row->said,
			strlen(row->said) > MOST_SAID ? "..." : "");
	}
}

/* --- as a figure --- */

/* How many runs share the first key's value: the second key's values. */
static guint down(const struct simulate_table *t)
{
	guint n = 0;

	while (n < t->rows->len && strcmp(((struct row *)t->rows->pdata[n])->value[0],
					   ((struct row *)t->rows->pdata[0])->value[0]) == 0)
		n++;
	return n;
}

static void print_figure(const struct simulate_table *t)
{
	guint rows = down(t), columns = t->rows->len / rows;
	guint left = column_width(t, 1);

	printf("at most so many connections in the completed queue, by %s\n\n", t->key[0]);
	printf("%-*s", (int)left, t->key[1]);
	for (guint c = 0; c < columns; c++)
		printf("%14s", ((struct row *)t->rows->pdata[c * rows])->value[0]);
	printf("\n");
	for (guint r = 0; r < rows; r++) {
		printf("%-*s", (int)left, ((struct row *)t->rows->pdata[r])->value[1]);
		for (guint c = 0; c < columns; c++) {
			const struct row *row = t->rows->pdata[c * rows + r];

			printf("%14s", row->completed ? row->completed : "-");
		}
		printf("\n");
	}
}

void simulate_table_print(struct simulate_table *t)
{
	if (!t)
		return;
	if (t->rows->len && t->whole && t->n_keys == 2 && t->has_queues && !t->has_seeds &&
		down(t) > 1 && t->rows->len > down(t))
		print_figure(t);
	else if (t->rows->len)
		print_rows(t);
	g_strfreev(t->key);
	g_ptr_array_free(t->rows, TRUE);
	g_free(t);
}
