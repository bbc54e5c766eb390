/* Of each capture a line. See replay_captures.h. */
#include "replay_captures.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

#include "base/json_line.h"
#include "budget.h"
#include "command.h"
#include "commands.h"
#include "traces/replay/replay.h"

/* What all connections of a capture have in sum. */
struct sums {
	uint64_t outcomes[FLOW_N_OUTCOMES];
	uint64_t bytes, unique_bytes, retransmitted, out_of_order, zero_windows;
};

static void add_flow(struct sums *sums, const struct flow *f)
{
	sums->outcomes[flow_outcome(f)]++;
	for (int i = 0; i < 2; i++) {
		sums->bytes += f->side[i].bytes;
		sums->unique_bytes += f->side[i].unique_bytes;
		sums->retransmitted += f->side[i].retransmitted;
		sums->out_of_order += f->side[i].out_of_order;
		sums->zero_windows += f->side[i].zero_windows;
	}
}

/* Those that are let go before the end count as well. */
static void add_going(void *context, struct replay *r, flow_ended_fn going, void *going_context)
{
	struct flow space;

	for (uint32_t place = 0; place < flow_places(r->flows); place++) {
		const struct flow *f = flow_look(r->flows, place, &space);

		if (f && going(going_context, f))
			add_flow(context, f);
	}
}

static void add_held(struct sums *sums, const struct replay *r)
{
	struct flow space;

	for (uint32_t place = 0; place < flow_places(r->flows); place++) {
		const struct flow *f = flow_look(r->flows, place, &space);

		if (f)
			add_flow(sums, f);
	}
}

static char *line_of(const struct replay *r, const struct sums *sums)
{
	struct json_line *line = json_line_new("capture");

	json_string(line, "file", r->paths);
	json_int(line, "packets", (gint64)r->packets);
	json_int(line, "tcp_packets", (gint64)r->tcp_packets);
	json_int(line, "duration_ns", r->packets ? r->end_ns - r->start_ns : 0);
	json_int(line, "connections", flow_count(r->flows));
	for (int o = 0; o < FLOW_N_OUTCOMES; o++)
		json_int(line, flow_outcome_name((enum flow_outcome)o), (gint64)sums->outcomes[o]);
	json_int(line, "bytes", (gint64)sums->bytes);
	json_int(line, "unique_bytes", (gint64)sums->unique_bytes);
	json_int(line, "retransmitted", (gint64)sums->retransmitted);
	json_int(line, "out_of_order", (gint64)sums->out_of_order);
	json_int(line, "zero_windows", (gint64)sums->zero_windows);
	json_int(line, "wrong_checksums", (gint64)r->wrong_sums);
	json_bool(line, "truncated", r->error != NULL);
	json_string(line, "error", r->error);
	return json_line_text(line);
}

/* NULL after a complaint: there is no capture to be read. */
static char *read_capture(const struct replay_captures *c, const char *path)
{
	struct sums sums = {0};
	struct replay_options options = {.filter = c->filter,
		.at_hand = REPLAY_AT_HAND,
		.memory = budget_allowed(c->memory),
		.letting_go = add_going,
		.letting_go_context = &sums};
	GError *error = NULL;
	struct replay *r = replay_open(&path, 1, &options, &error);
	char *line;

	if (!r) {
		command_error("%s", error->message);
		g_error_free(error);
		return NULL;
	}
	replay_run(r);
	add_held(&sums, r);
	line = line_of(r, &sums);
	replay_free(r);
	return line;
}

static char *kept_or_read(const struct replay_captures *c, const char *path)
{
	struct runs *runs = c->campaign->runs;
	char *why = NULL, *digest, *parameters, *line;
	struct json_line *object;

	digest = runs_digest(path, &why);
	if (!digest) {
		command_error("%s", why);
		g_free(why);
		return NULL;
	}
	object = json_line_new(NULL);
	if (c->filter)
		json_string(object, "filter", c->filter);
	parameters = json_line_text(object);
	struct run_key key = {"replay", path, digest, parameters, 0};

	line = runs_find(runs, &key, NULL);
	if (!line && (line = read_capture(c, path)))
		runs_add(runs, &key, false, line);
	g_free(digest);
	g_free(parameters);
	return line;
}

/* Whether it was read to its end. */
static bool tell(const struct replay_captures *c, const char *line)
{
	JsonNode *node = json_from_string(line, NULL);
	JsonObject *o = json_node_get_object(node);
	const char *error = json_object_get_string_member_with_default(o, "error", NULL);
	bool whole = error == NULL;

	if (c->json)
		puts(line);
	else
		printf("%s: %" G_GINT64_FORMAT " packets, %" G_GINT64_FORMAT
		       " connections, %" G_GINT64_FORMAT " bytes, %" G_GINT64_FORMAT
		       " segments sent again\n",
			json_object_get_string_member(o, "file"),
			json_object_get_int_member(o, "packets"),
			json_object_get_int_member(o, "connections"),
			json_object_get_int_member(o, "bytes"),
			json_object_get_int_member(o, "retransmitted"));
	if (!whole)
		command_error("%s", error);
	json_node_unref(node);
	return whole;
}

int replay_captures(const struct replay_captures *c, char *const *paths, int n)
{
	int status = STATUS_OK;

	for (int i = 0; i < n; i++) {
		char *line;

		if (!shard_has(&c->campaign->shard, (guint64)i))
			continue;
		line = c->campaign->runs ? kept_or_read(c, paths[i]) : read_capture(c, paths[i]);
		if (!line || !tell(c, line))
			status = STATUS_USAGE;
		g_free(line);
	}
	return status;
}
