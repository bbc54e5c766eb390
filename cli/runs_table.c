/*
 * Two passes over the file: which keys and figures there are, then their sums. Neither keeps a run,
 * so a file of millions takes as much memory as it has groups.
 */
#include "runs_table.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/near.h"
#include "json_tree.h"
#include "runs_plot.h"
#include "statistics.h"

/* Names in the order in which they came up first. */
struct names {
	GPtrArray *list;   /* char *, owned */
	GHashTable *place; /* name -> index + 1 */
};

struct group {
	char **value; /* of each key */
	guint64 n;
	struct statistics *figure; /* of each */
};

struct table {
	const struct runs_table_options *options;
	struct names keys, words, figures; /* parameters; texts and numbers in results */
	GPtrArray *first_value;		   /* of each figure, to see whether it varies: double * */
	GArray *varies;			   /* gboolean */
	guint64 runs;
	char **by, **of;
	guint n_by, n_of;
	GHashTable *groups; /* joined values -> struct group */
	char *wrong;
};

static const char *const COLUMNS[] = {"command", "input", "seed", "version", NULL};

/* --- reading --- */

static struct names names_new(void)
{
	return (struct names){.list = g_ptr_array_new_with_free_func(g_free),
		.place = g_hash_table_new(g_str_hash, g_str_equal)};
}

static void names_free(struct names *names)
{
	g_hash_table_unref(names->place);
	g_ptr_array_free(names->list, TRUE);
}

/* Its place, counted from 0; *is_new: it was not there. */
static guint names_take(struct names *names, const char *name, bool *is_new)
{
	guint place = GPOINTER_TO_UINT(g_hash_table_lookup(names->place, name));

	*is_new = !place;
	if (place)
		return place - 1;
	g_ptr_array_add(names->list, g_strdup(name));
	g_hash_table_insert(names->place, names->list->pdata[names->list->len - 1],
		GUINT_TO_POINTER(names->list->len));
	return names->list->len - 1;
}

static bool wanted(const struct table *t, const struct run_row *row)
{
	return !t->options->only || strcmp(t->options->only, row->key.command) == 0;
}

static JsonNode *object_of(const char *text)
{
	JsonNode *node = json_from_string(text, NULL);

	if (node && JSON_NODE_HOLDS_OBJECT(node))
		return node;
	g_clear_pointer(&node, json_node_unref);
	return NULL;
}

/* A number, or a yes or no; false: neither. */
static bool figure_of(JsonNode *node, double *value)
{
	GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;

	if (type == G_TYPE_BOOLEAN)
		*value = json_node_get_boolean(node);
	else if (type == G_TYPE_INT64 || type == G_TYPE_DOUBLE)
		*value = json_node_get_double(node);
	else
		return false;
	return true;
}

static void note_figure(struct table *t, const char *name, double value)
{
	bool is_new;
	guint at = names_take(&t->figures, name, &is_new);

	if (is_new) {
		gboolean no = FALSE;

		g_ptr_array_add(t->first_value, g_memdup2(&value, sizeof(value)));
		g_array_append_val(t->varies, no);
	} else if (*(double *)t->first_value->pdata[at] < value ||
		   *(double *)t->first_value->pdata[at] > value) {
		g_array_index(t->varies, gboolean, at) = TRUE;
	}
}

static void note_parameters(struct table *t, JsonNode *parameters)
{
	GList *names = json_object_get_members(json_node_get_object(parameters));
	bool is_new;

	for (GList *n = names; n; n = n->next)
		names_take(&t->keys, n->data, &is_new);
	g_list_free(names);
}

static void note_result(struct table *t, JsonNode *result)
{
	JsonObject *object = json_node_get_object(result);
	GList *names = json_object_get_members(object);
	double value;
	bool is_new;

	for (GList *n = names; n; n = n->next) {
		JsonNode *member = json_object_get_member(object, n->data);

		if (strcmp(n->data, "seed") != 0 && figure_of(member, &value))
			note_figure(t, n->data, value);
		else if (json_node_get_value_type(member) == G_TYPE_STRING)
			names_take(&t->words, n->data, &is_new);
	}
	g_list_free(names);
}

/* The first pass. */
static void note_row(void *context, const struct run_row *row)
{
	struct table *t = context;
	JsonNode *parameters, *result;

	if (!wanted(t, row))
		return;
	t->runs++;
	parameters = object_of(row->key.parameters);
	result = object_of(row->result);
	if (parameters)
		note_parameters(t, parameters);
	if (result)
		note_result(t, result);
	note_figure(t, "failed", row->failed);
	g_clear_pointer(&parameters, json_node_unref);
	g_clear_pointer(&result, json_node_unref);
}

/* --- which columns --- */

static char *unknown(const char *what, const char *typed, const GPtrArray *names)
{
	GPtrArray *list = g_ptr_array_new();
	char *near, *all, *text;

	for (guint i = 0; i < names->len; i++)
		g_ptr_array_add(list, names->pdata[i]);
	for (guint i = 0; COLUMNS[i] && strcmp(what, "key") == 0; i++)
		g_ptr_array_add(list, (char *)COLUMNS[i]);
	g_ptr_array_add(list, NULL);
	near = near_names(typed, (const char *const *)list->pdata, 3);
	all = g_strjoinv(", ", (char **)list->pdata);
	text = near ? g_strdup_printf("table: unknown %s '%s': did you mean %s?", what, typed, near)
		    : g_strdup_printf("table: unknown %s '%s': there are %s", what, typed, all);
	g_free(near);
	g_free(all);
	g_ptr_array_free(list, TRUE);
	return text;
}

static char **split(const char *text)
{
	char **names = g_strsplit(text, ",", -1);

	for (guint i = 0; names[i]; i++)
		g_strstrip(names[i]);
	return names;
}

static char **copy_names(const struct names *names)
{
	char **copy = g_new0(char *, names->list->len + 1);

	for (guint i = 0; i < names->list->len; i++)
		copy[i] = g_strdup(names->list->pdata[i]);
	return copy;
}

static void choose_keys(struct table *t)
{
	t->by = t->options->by ? split(t->options->by) : copy_names(&t->keys);
	t->n_by = g_strv_length(t->by);
	for (guint i = 0; i < t->n_by && !t->wrong; i++) {
		if (!g_strv_contains(COLUMNS, t->by[i]) &&
			!g_hash_table_contains(t->keys.place, t->by[i]) &&
			!g_hash_table_contains(t->words.place, t->by[i]))
			t->wrong = unknown("key", t->by[i], t->keys.list);
	}
}

static void choose_figures(struct table *t)
{
	GPtrArray *of = g_ptr_array_new();

	if (t->options->of) {
		t->of = split(t->options->of);
	} else {
		for (guint i = 0; i < t->figures.list->len; i++) {
			if (t->runs == 1 || g_array_index(t->varies, gboolean, i))
				g_ptr_array_add(of, g_strdup(t->figures.list->pdata[i]));
		}
		g_ptr_array_add(of, NULL);
		t->of = (char **)g_ptr_array_steal(of, NULL);
	}
	g_ptr_array_free(of, TRUE);
	t->n_of = g_strv_length(t->of);
	for (guint i = 0; i < t->n_of && !t->wrong; i++) {
		if (!g_hash_table_contains(t->figures.place, t->of[i]))
			t->wrong = unknown("figure", t->of[i], t->figures.list);
	}
}

/* --- the sums --- */

static char *member_text(JsonNode *of, const char *name)
{
	JsonObject *object = of ? json_node_get_object(of) : NULL;
	JsonNode *member = object ? json_object_get_member(object, name) : NULL;

	if (!member || JSON_NODE_HOLDS_NULL(member))
		return NULL;
	return json_node_get_value_type(member) == G_TYPE_STRING ? json_node_dup_string(member)
								 : json_to_string(member, FALSE);
}

/* What a run has under that name: of itself, as a parameter, in its result. */
static char *value_of(
	const struct run_row *row, JsonNode *parameters, JsonNode *result, const char *key)
{
	char *value;

	if (strcmp(key, "command") == 0)
		return g_strdup(row->key.command);
	if (strcmp(key, "input") == 0)
		return g_strdup(row->key.input);
	if (strcmp(key, "seed") == 0)
		return g_strdup_printf("%" G_GINT64_FORMAT, row->key.seed);
	if (strcmp(key, "version") == 0)
		return g_strdup(row->version);
	value = member_text(parameters, key);
	if (!value)
		value = member_text(result, key);
	return value ? value : g_strdup("");
}

static struct group *group_of(struct table *t, const struct run_row *row, JsonNode *result)
{
	JsonNode *parameters = object_of(row->key.parameters);
	char **value = g_new0(char *, t->n_by + 1), *joined;
	struct group *group;

	for (guint i = 0; i < t->n_by; i++)
		value[i] = value_of(row, parameters, result, t->by[i]);
	g_clear_pointer(&parameters, json_node_unref);
	joined = g_strjoinv("\001", value);
	group = g_hash_table_lookup(t->groups, joined);
	if (group) {
		g_strfreev(value);
		g_free(joined);
		return group;
	}
	group = g_new0(struct group, 1);
	group->value = value;
	group->figure = g_new0(struct statistics, t->n_of);
	g_hash_table_insert(t->groups, joined, group);
	return group;
}

/* The second pass. */
static void sum_row(void *context, const struct run_row *row)
{
	struct table *t = context;
	struct group *group;
	JsonNode *result;
	JsonObject *object;
	double value;

	if (!wanted(t, row))
		return;
	result = object_of(row->result);
	group = group_of(t, row, result);
	object = result ? json_node_get_object(result) : NULL;
	group->n++;
	for (guint i = 0; i < t->n_of; i++) {
		if (strcmp(t->of[i], "failed") == 0)
			statistics_add(&group->figure[i], row->failed);
		else if (object && json_object_has_member(object, t->of[i]) &&
			 figure_of(json_object_get_member(object, t->of[i]), &value))
			statistics_add(&group->figure[i], value);
	}
	g_clear_pointer(&result, json_node_unref);
}

/* "9 ms" stands before "10 ms": by the number in front where what follows is alike. */
static int compare_values(const char *a, const char *b)
{
	char *rest_a, *rest_b;
	double number_a = g_ascii_strtod(a, &rest_a), number_b = g_ascii_strtod(b, &rest_b);

	if (rest_a != a && rest_b != b && strcmp(rest_a, rest_b) == 0)
		return number_a < number_b ? -1 : number_a > number_b;
	return strcmp(a, b);
}

static gint by_values(gconstpointer a, gconstpointer b)
{
	const struct group *ga = *(struct group *const *)a, *gb = *(struct group *const *)b;
	int order = 0;

	for (guint i = 0; ga->value[i] && !order; i++)
		order = compare_values(ga->value[i], gb->value[i]);
	return order;
}

static void free_group(gpointer data)
{
	struct group *group = data;

	g_strfreev(group->value);
	g_free(group->figure);
	g_free(group);
}

/* --- printing --- */

static void csv_cell(const char *text)
{
	bool plain = !strpbrk(text, ",\"\n\r");

	if (plain) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (const char *c = text; *c; c++)
		printf(*c == '"' ? "\"\"" : "%c", *c);
	putchar('"');
}

static void print_csv(const struct table *t, const GPtrArray *groups)
{
	for (guint i = 0; i < t->n_by; i++) {
		csv_cell(t->by[i]);
		putchar(',');
	}
	printf("runs");
	for (guint i = 0; i < t->n_of; i++)
		printf(",%s,%s_ci95", t->of[i], t->of[i]);
	putchar('\n');
	for (guint g = 0; g < groups->len; g++) {
		const struct group *group = groups->pdata[g];

		for (guint i = 0; i < t->n_by; i++) {
			csv_cell(group->value[i]);
			putchar(',');
		}
		printf("%" G_GUINT64_FORMAT, group->n);
		for (guint i = 0; i < t->n_of; i++) {
			double half = statistics_half_width(&group->figure[i]);

			printf(group->figure[i].n ? ",%.10g" : ",", group->figure[i].mean);
			printf(isnan(half) ? "," : ",%.4g", half);
		}
		putchar('\n');
	}
}

static void json_figure(struct json_line *line, const char *name, const struct statistics *s)
{
	json_open(line, name, '{');
	json_int(line, "n", (gint64)s->n);
	json_double(line, "mean", s->n ? s->mean : NAN);
	json_double(line, "ci95", statistics_half_width(s));
	json_double(line, "least", s->n ? s->least : NAN);
	json_double(line, "most", s->n ? s->most : NAN);
	json_close(line, '}');
}

static void print_json(const struct table *t, const GPtrArray *groups)
{
	for (guint g = 0; g < groups->len; g++) {
		const struct group *group = groups->pdata[g];
		struct json_line *line = json_line_new("group");

		json_open(line, "by", '{');
		for (guint i = 0; i < t->n_by; i++)
			json_string(line, t->by[i], group->value[i]);
		json_close(line, '}');
		json_int(line, "runs", (gint64)group->n);
		json_open(line, "figures", '{');
		for (guint i = 0; i < t->n_of; i++)
			json_figure(line, t->of[i], &group->figure[i]);
		json_close(line, '}');
		json_line_print(line);
	}
}

/* Nanoseconds are seconds to a person. */
static bool is_time(const char *figure)
{
	return g_str_has_suffix(figure, "_ns");
}

/* What stands above it, the unit with it. */
static char *title_of(const char *figure)
{
	return is_time(figure) ? g_strdup_printf("%.*s (s)", (int)strlen(figure) - 3, figure)
			       : g_strdup(figure);
}

/* No more digits than are sure: two of the half width, and as many behind the point of the mean. */
static char *text_figure(const char *name, const struct statistics *s)
{
	double scale = is_time(name) ? 1e-9 : 1, half = statistics_half_width(s) * scale;
	int digits;

	if (!s->n)
		return g_strdup("");
	if (isnan(half))
		return g_strdup_printf("%.6g ± -", s->mean * scale);
	if (!(half > 0))
		return g_strdup_printf("%.6g ± 0", s->mean * scale);
	digits = (int)CLAMP(1 - floor(log10(half)), 0, 9);
	return g_strdup_printf("%.*f ± %.*f", digits, s->mean * scale, digits, half);
}

/* The cells of all rows, the head first. */
static GPtrArray *text_cells(const struct table *t, const GPtrArray *groups)
{
	GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	guint n = t->n_by + 1 + t->n_of;
	char **head = g_new0(char *, n + 1);

	for (guint i = 0; i < t->n_by; i++)
		head[i] = g_strdup(t->by[i]);
	head[t->n_by] = g_strdup("runs");
	for (guint i = 0; i < t->n_of; i++)
		head[t->n_by + 1 + i] = title_of(t->of[i]);
	g_ptr_array_add(rows, head);
	for (guint g = 0; g < groups->len; g++) {
		const struct group *group = groups->pdata[g];
		char **row = g_new0(char *, n + 1);

		for (guint i = 0; i < t->n_by; i++)
			row[i] = g_strdup(group->value[i]);
		row[t->n_by] = g_strdup_printf("%" G_GUINT64_FORMAT, group->n);
		for (guint i = 0; i < t->n_of; i++)
			row[t->n_by + 1 + i] = text_figure(t->of[i], &group->figure[i]);
		g_ptr_array_add(rows, row);
	}
	return rows;
}

static void print_text(const struct table *t, const GPtrArray *groups)
{
	GPtrArray *rows = text_cells(t, groups);
	guint n = t->n_by + 1 + t->n_of;
	glong *width = g_new0(glong, n);

	for (guint r = 0; r < rows->len; r++) {
		for (guint i = 0; i < n; i++)
			width[i] = MAX(width[i], g_utf8_strlen(((char **)rows->pdata[r])[i], -1));
	}
	for (guint r = 0; r < rows->len; r++) {
		for (guint i = 0; i < n; i++) {
			const char *cell = ((char **)rows->pdata[r])[i];
			int pad = (int)(width[i] - g_utf8_strlen(cell, -1));

			if (i < t->n_by)
				printf("%s%s%*s", i ? "  " : "", cell, pad, "");
			else
				printf("%s%*s%s", i ? "  " : "", pad, "", cell);
		}
		putchar('\n');
	}
	g_free(width);
	g_ptr_array_free(rows, TRUE);
}

static bool plot(const struct table *t, const GPtrArray *groups, char **why)
{
	char *x = g_strjoinv(", ", t->by);
	struct runs_plot *plot = runs_plot_new(x);

	for (guint i = 0; i < t->n_of; i++) {
		double scale = is_time(t->of[i]) ? 1e-9 : 1;
		char *title = title_of(t->of[i]);

		runs_plot_panel(plot, title);
		g_free(title);
		for (guint g = 0; g < groups->len; g++) {
			const struct group *group = groups->pdata[g];
			const struct statistics *s = &group->figure[i];
			char *name = g_strjoinv(", ", group->value);

			runs_plot_point(plot, name, s->n ? s->mean * scale : NAN,
				statistics_half_width(s) * scale);
			g_free(name);
		}
	}
	g_free(x);
	return runs_plot_draw(plot, t->options->plot, why);
}

/* All groups, in their order. */
static GPtrArray *sorted(const struct table *t)
{
	GPtrArray *groups = g_ptr_array_new();
	GHashTableIter i;
	gpointer group;

	g_hash_table_iter_init(&i, t->groups);
	while (g_hash_table_iter_next(&i, NULL, &group))
		g_ptr_array_add(groups, group);
	g_ptr_array_sort(groups, by_values);
	return groups;
}

static void print(const struct table *t, const GPtrArray *groups)
{
	switch (t->options->form) {
	case RUNS_TABLE_TEXT: print_text(t, groups); break;
	case RUNS_TABLE_CSV: print_csv(t, groups); break;
	case RUNS_TABLE_JSON: print_json(t, groups); break;
	}
}

static bool make_table(struct table *t, struct runs *runs, char **why)
{
	if (!runs_each(runs, note_row, t, why))
		return false;
	if (!t->runs)
		t->wrong = g_strdup_printf("table: there are no runs%s%s in this file",
			t->options->only ? " of " : "", t->options->only ? t->options->only : "");
	if (!t->wrong)
		choose_keys(t);
	if (!t->wrong)
		choose_figures(t);
	if (t->wrong) {
		*why = t->wrong;
		return false;
	}
	return runs_each(runs, sum_row, t, why);
}

bool runs_table_print(struct runs *runs, const struct runs_table_options *options, char **why)
{
	struct table t = {.options = options,
		.keys = names_new(),
		.words = names_new(),
		.figures = names_new(),
		.first_value = g_ptr_array_new_with_free_func(g_free),
		.varies = g_array_new(FALSE, FALSE, sizeof(gboolean)),
		.groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_group)};
	bool good = make_table(&t, runs, why);

	if (good) {
		GPtrArray *groups = sorted(&t);

		print(&t, groups);
		good = !options->plot || plot(&t, groups, why);
		g_ptr_array_free(groups, TRUE);
	}
	g_strfreev(t.by);
	g_strfreev(t.of);
	g_hash_table_unref(t.groups);
	g_array_free(t.varies, TRUE);
	g_ptr_array_free(t.first_value, TRUE);
	names_free(&t.keys);
	names_free(&t.words);
	names_free(&t.figures);
	return good;
}
