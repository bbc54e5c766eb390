/* Scenarios that were judged already are not played again: see compare_campaign.h. */
#include "compare_campaign.h"

#include <json-glib/json-glib.h>
#include <sys/utsname.h>

#include "base/json_line.h"
#include "base/profile_file.h"
#include "commands.h"

static struct run_key key_of(const struct compare_campaign *c, uint64_t seed)
{
	return (struct run_key){"compare", "", "", c->parameters, (gint64)seed};
}

static bool flag(JsonObject *o, const char *name)
{
	return json_object_get_boolean_member_with_default(o, name, FALSE);
}

static void count_kept(struct compare_campaign *c, const char *text)
{
	JsonNode *node = json_from_string(text, NULL);
	JsonObject *o = json_node_get_object(node);
	struct survey_verdict verdict = {.all = flag(o, "agree_all_and_tcp_info"),
		.but_figures = flag(o, "agree_all"),
		.but_window = flag(o, "agree_but_window"),
		.calls = flag(o, "agree_calls"),
		.states = flag(o, "agree_states"),
		.plain = flag(o, "plain"),
		.unstable = flag(o, "unstable"),
		.race = flag(o, "race")};

	survey_count(&c->kept, &verdict);
	json_node_unref(node);
}

/* survey_options.wants */
static bool wants(void *context, uint64_t seed)
{
	struct compare_campaign *c = context;
	struct run_key key = key_of(c, seed);
	char *text;

	if (!shard_has(&c->campaign->shard, seed - c->first_seed))
		return false;
	text = c->campaign->runs ? runs_find(c->campaign->runs, &key, NULL) : NULL;
	if (!text)
		return true;
	count_kept(c, text);
	g_free(text);
	return false;
}

static void keep(struct compare_campaign *c, uint64_t seed, const struct survey_verdict *v)
{
	struct run_key key = key_of(c, seed);
	struct json_line *line = json_line_new("scenario");
	char *text;

	json_bool(line, "agree_all", v->but_figures);
	json_bool(line, "agree_all_and_tcp_info", v->all);
	json_bool(line, "agree_but_window", v->but_window);
	json_bool(line, "agree_calls", v->calls);
	json_bool(line, "agree_states", v->states);
	json_bool(line, "plain", v->plain);
	json_bool(line, "unstable", v->unstable);
	json_bool(line, "race", v->race);
	json_string(line, "kind", v->kind);
	text = json_line_text(line);
	runs_add(c->campaign->runs, &key, v->kind != NULL, text);
	g_free(text);
}

/* survey_options.each */
static void each(void *context, const struct scenario *scenario, const struct account *kernel,
	const struct survey_verdict *verdict)
{
	struct compare_campaign *c = context;

	if (c->campaign->runs)
		keep(c, scenario->seed, verdict);
	if (c->each)
		c->each(c->each_context, scenario, kernel, verdict);
}

/* A profile's name, and what it says if it is a file's. */
static bool put_profile(struct json_line *object, const char *what, const char *name)
{
	char *why = NULL, *digest, *member;

	json_string(object, what, name);
	if (!profile_is_file(name))
		return true;
	digest = runs_digest(name, &why);
	if (!digest) {
		command_error("%s", why);
		g_free(why);
		return false;
	}
	member = g_strconcat(what, "_digest", NULL);
	json_string(object, member, digest);
	g_free(member);
	g_free(digest);
	return true;
}

bool compare_campaign_begin(struct compare_campaign *c, struct survey_options *options,
	const char *profile, const char *other)
{
	struct json_line *object = json_line_new(NULL);
	struct utsname uts;
	bool good = put_profile(object, "profile", profile);

	if (other)
		good = good && put_profile(object, "with", other);
	else
		json_string(object, "kernel", uname(&uts) == 0 ? uts.release : "?");
	json_string(object, "ip", script_ip_version_name(options->ip));
	json_string(object, "sysctls", options->random_settings ? "random" : "default");
	json_int(object, "plain_percent", options->plain_percent);
	c->parameters = json_line_text(object);
	c->first_seed = options->seed;
	c->each = options->each;
	c->each_context = options->context;
	options->wants = wants;
	options->each = each;
	options->context = c;
	return good;
}

void compare_campaign_end(struct compare_campaign *c, struct survey_counts *counts)
{
	const struct survey_counts *kept = &c->kept;

	if (counts) {
		counts->scenarios += kept->scenarios;
		counts->agree_all += kept->agree_all;
		counts->agree_but_window += kept->agree_but_window;
		counts->agree_calls += kept->agree_calls;
		counts->agree_states += kept->agree_states;
		counts->agree_but_figures += kept->agree_but_figures;
		counts->unstable += kept->unstable;
		counts->races += kept->races;
		counts->plain += kept->plain;
		counts->plain_agree += kept->plain_agree;
	}
	g_free(c->parameters);
}
