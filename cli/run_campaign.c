/* Scripts that were run already are not run again: see run_campaign.h. */
#include "run_campaign.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/json_line.h"
#include "base/profile_file.h"
#include "script/suite/digest.h"
#include "script/suite/workers.h"

struct state {
	const struct run_campaign *c;
	const GPtrArray *scripts;
	GPtrArray *kept;    /* char *, a script; NULL: to be run */
	GPtrArray *digests; /* char *, a script */
	GArray *places;	    /* guint: of those that are run */
	guint told, ran;    /* of all; of those that are run */
	char *parameters;
};

void run_campaign_shard(GPtrArray *scripts, const struct shard *shard)
{
	for (guint i = scripts->len; i > 0; i--) {
		if (!shard_has(shard, i - 1))
			g_ptr_array_remove_index(scripts, i - 1);
	}
}

/* --- what a run is known by --- */

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static void put_defines(struct json_line *object, GHashTable *defines)
{
	GList *names = defines ? g_hash_table_get_keys(defines) : NULL;

	names = g_list_sort(names, by_text);
	for (GList *n = names; n; n = n->next) {
		char *name = g_strconcat("-D ", n->data, NULL);

		json_string(object, name, g_hash_table_lookup(defines, n->data));
		g_free(name);
	}
	g_list_free(names);
}

static char *parameters_of(const struct run_campaign *c, char **why)
{
	struct json_line *object = json_line_new(NULL);
	char *digest = NULL;

	if (profile_is_file(c->profile) && !(digest = runs_digest(c->profile, why))) {
		g_object_unref(object);
		return NULL;
	}
	json_string(object, "profile", c->profile);
	if (digest)
		json_string(object, "profile_digest", digest);
	json_string(object, "ip", script_ip_version_name(c->options->ip_version));
	put_defines(object, c->options->defines);
	if (c->options->python)
		json_string(object, "python", c->options->python);
	if (c->options->allow_shell)
		json_bool(object, "allow_shell", TRUE);
	g_free(digest);
	return json_line_text(object);
}

static struct run_key key_of(const struct state *s, guint place)
{
	const struct suite_script *script = s->scripts->pdata[place];

	return (struct run_key){"run", script->path, s->digests->pdata[place], s->parameters, 0};
}

/* --- results, kept and told --- */

static char *text_of(const struct suite_report *script)
{
	struct json_line *line = run_report_json(script);

	json_string(line, "detail", script->result->detail);
	return json_line_text(line);
}

static const char *member(JsonObject *object, const char *name)
{
	return json_object_get_string_member_with_default(object, name, NULL);
}

/* The verdict of that name. */
static enum script_verdict verdict_of(const char *name)
{
	enum script_verdict v = SCRIPT_PASS;

	while (v != SCRIPT_SKIP && g_strcmp0(script_verdict_name(v), name) != 0)
		v++;
	return v;
}

static void print_kept(const struct run_campaign *c, const char *text)
{
	JsonNode *node = json_from_string(text, NULL);
	JsonObject *o = json_node_get_object(node);
	struct suite_report report = {.path = member(o, "script"),
		.ip = member(o, "ip"),
		.profile = member(o, "profile"),
		.result = script_result_new(verdict_of(member(o, "result")),
			(int)json_object_get_int_member(o, "line"), member(o, "message"))};

	report.result->detail = g_strdup(member(o, "detail"));
	report.result->virtual_ns = json_object_get_int_member(o, "virtual_ns");
	/* How many there were is told, and no more of them. */
	g_ptr_array_set_free_func(report.result->packets, NULL);
	g_ptr_array_set_size(
		report.result->packets, (gint)json_object_get_int_member(o, "packets"));
	run_report_script(c->report, &report);
	script_result_free(report.result);
	json_node_unref(node);
}

/* The kept ones that come next. */
static void print_kept_ones(struct state *s)
{
	for (; s->told < s->kept->len && s->kept->pdata[s->told]; s->told++)
		print_kept(s->c, s->kept->pdata[s->told]);
}

static void each(void *context, const struct suite_report *script)
{
	struct state *s = context;
	guint place = g_array_index(s->places, guint, s->ran++);
	struct run_key key = key_of(s, place);
	enum script_verdict verdict = script->result->verdict;
	char *text = text_of(script);

	print_kept_ones(s);
	run_report_script(s->c->report, script);
	s->told++;
	runs_add(s->c->campaign->runs, &key, verdict == SCRIPT_FAIL || verdict == SCRIPT_FAULT,
		text);
	g_free(text);
}

static void progress(void *context, unsigned finished, unsigned total)
{
	const struct state *s = context;

	run_report_progress(s->c->report, finished, total);
}

/* --- the run --- */

/* Looks each script up; those that are not kept go into `todo`. */
static void find_kept(struct state *s, GPtrArray *todo)
{
	for (guint i = 0; i < s->scripts->len; i++) {
		struct suite_script *script = s->scripts->pdata[i];
		char *digest = suite_digest(script), *text;

		/* that it cannot be read is its result, and tried again */
		g_ptr_array_add(s->digests, digest ? digest : g_strdup(""));
		struct run_key key = key_of(s, i);

		text = digest ? runs_find(s->c->campaign->runs, &key, NULL) : NULL;
		g_ptr_array_add(s->kept, text);
		if (text)
			continue;
		g_ptr_array_add(todo, script);
		g_array_append_val(s->places, i);
	}
}

char *run_campaign(const struct run_campaign *c, const GPtrArray *scripts)
{
	struct state s = {.c = c, .scripts = scripts};
	GPtrArray *todo;
	char *why = NULL;

	if (!c->campaign->runs)
		return suite_run(
			c->options, scripts, run_report_script, run_report_progress, c->report);
	s.parameters = parameters_of(c, &why);
	if (!s.parameters)
		return why;
	todo = g_ptr_array_new();
	s.kept = g_ptr_array_new_with_free_func(g_free);
	s.digests = g_ptr_array_new_with_free_func(g_free);
	s.places = g_array_new(FALSE, FALSE, sizeof(guint));
	find_kept(&s, todo);
	why = todo->len ? suite_run(c->options, todo, each, progress, &s) : NULL;
	print_kept_ones(&s);
	g_ptr_array_free(todo, TRUE);
	g_ptr_array_free(s.kept, TRUE);
	g_ptr_array_free(s.digests, TRUE);
	g_array_free(s.places, TRUE);
	g_free(s.parameters);
	return why;
}
