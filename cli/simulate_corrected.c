/*
 * The lines of a tap in --json, corrected by what the hosts know: a world need not guess at the
 * state of an end, nor at what a listener dropped. What the onlooker would have said stands in the
 * member `onlooker`. See simulate.h.
 */
#include <stdlib.h>
#include <string.h>

#include "json_tree.h"
#include "simulate_corrected.h"
#include "traces/replay/replay.h"
#include "traces/report/json.h"
#include "traces/report/report.h"
#include "traces/report/timeline_words.h"
#include "world/world.h"

struct corrected {
	const struct timeline *timeline;
	GHashTable *by_packet; /* number in the capture to item, and one */
};

static const struct timeline_item *item_at(
	const struct corrected *c, JsonObject *line, const char *member)
{
	gint64 packet = json_object_get_int_member(line, member);
	guint place = GPOINTER_TO_UINT(
		g_hash_table_lookup(c->by_packet, GUINT_TO_POINTER((guint)packet)));

	return place ? timeline_at(c->timeline, place - 1) : NULL;
}

static void keep(JsonObject *onlooker, JsonObject *from, const char *member, const char *as)
{
	json_object_set_member(onlooker, as, json_node_copy(json_object_get_member(from, member)));
}

/* --- connections --- */

static bool end_is(const struct timeline_end *end, JsonObject *side)
{
	char address[TCPSIM_ADDRSTRLEN];

	return json_object_get_int_member(side, "port") == end->port &&
	       strcmp(json_object_get_string_member(side, "address"),
		       tcpsim_addr_text(&end->addr, address)) == 0;
}

static void correct_side(JsonObject *line, const char *name, const struct timeline_connection *k,
	JsonObject *onlooker)
{
	JsonObject *side = json_object_get_object_member(line, name);
	const struct timeline_end *end = &k->end[!end_is(&k->end[0], side)];
	const char *is = tcpsim_state_name((enum tcpsim_state)end->state);
	char *as = g_strdup_printf("%s_state", name);

	if (strcmp(json_object_get_string_member(side, "state"), is) != 0) {
		keep(onlooker, side, "state", as);
		json_object_set_string_member(side, "state", is);
	}
	g_free(as);
}

/* The words of `outcome` that replay has too; NULL: it has another word for it, and keeps it. */
static const char *outcome_of(const struct timeline *t, const struct timeline_connection *k)
{
	static const char *const SAME[] = {
		"closed", "established", "refused", "reset", "half-open", "unanswered", NULL};
	const char *outcome = timeline_outcome(t, k);

	return g_strv_contains(SAME, outcome) ? outcome : NULL;
}

static void correct_connection(const struct corrected *c, JsonObject *line)
{
	const struct timeline_item *first = item_at(c, line, "first_packet");
	JsonObject *onlooker;
	const struct timeline_connection *k;
	const char *outcome;
	char *verdict;

	if (!first || first->connection == TIMELINE_NONE)
		return;
	onlooker = json_object_new();
	k = c->timeline->connections->pdata[first->connection];
	outcome = outcome_of(c->timeline, k);
	verdict = timeline_verdict(c->timeline, k);
	correct_side(line, "client", k, onlooker);
	correct_side(line, "server", k, onlooker);
	if (outcome && strcmp(json_object_get_string_member(line, "outcome"), outcome) != 0) {
		keep(onlooker, line, "outcome", "outcome");
		json_object_set_string_member(line, "outcome", outcome);
	}
	if (json_object_has_member(line, "verdict")) {
		keep(onlooker, line, "verdict", "verdict");
		json_object_set_string_member(line, "verdict", verdict);
	}
	json_object_set_int_member(line, "truth", first->connection);
	json_object_set_object_member(line, "onlooker", onlooker);
	g_free(verdict);
}

/* --- listeners and RSTs --- */

static const struct timeline_listener *listener_of(const struct timeline *t, JsonObject *line)
{
	const char *address = json_object_get_string_member(line, "address");
	gint64 port = json_object_get_int_member(line, "port");
	char text[TCPSIM_ADDRSTRLEN];
	uint32_t node = TIMELINE_NONE;

	for (guint i = 0; i < t->connections->len && node == TIMELINE_NONE; i++) {
		const struct timeline_connection *k = t->connections->pdata[i];

		for (int e = 0; e < 2; e++)
			if (strcmp(tcpsim_addr_text(&k->end[e].addr, text), address) == 0)
				node = k->end[e].node;
	}
	for (guint i = 0; i < t->listeners->len; i++) {
		const struct timeline_listener *l = t->listeners->pdata[i];

		if (l->node == node && l->port == port)
			return l;
	}
	return NULL;
}

static uint64_t syns_dropped(const struct timeline_listener *l)
{
	return l->dropped[TCPSIM_RULE_LISTEN_SYN_DROPPED] +
	       l->dropped[TCPSIM_RULE_LISTEN_SYN_QUEUE_FULL] +
	       l->dropped[TCPSIM_RULE_LISTEN_ACCEPT_QUEUE_FULL] +
	       l->dropped[TCPSIM_RULE_LISTEN_RESERVED];
}

static void correct_listener(const struct corrected *c, JsonObject *line)
{
	static const char *const MEMBER[] = {
		"peak_incomplete", "peak_completed", "syn_dropped_suspected"};
	const struct timeline_listener *l = listener_of(c->timeline, line);
	JsonObject *onlooker;

	if (!l)
		return;
	onlooker = json_object_new();
	for (guint i = 0; i < G_N_ELEMENTS(MEMBER); i++)
		if (json_object_has_member(line, MEMBER[i]))
			keep(onlooker, line, MEMBER[i], MEMBER[i]);
	json_object_set_int_member(line, "peak_incomplete", l->peak_incomplete);
	json_object_set_int_member(line, "peak_completed", l->peak_completed);
	/* None is only suspected: they are known. */
	json_object_set_int_member(line, "syn_dropped_suspected", 0);
	json_object_set_int_member(line, "syn_dropped", (gint64)syns_dropped(l));
	json_object_set_object_member(line, "onlooker", onlooker);
}

static void correct_reset(const struct corrected *c, JsonObject *line)
{
	const struct timeline_item *item = item_at(c, line, "packet");

	if (item && item->rule)
		json_object_set_string_member(
			line, "known_rule", tcpsim_rule_text((enum tcpsim_rule)item->rule)->name);
}

/* --- all lines --- */

static void correct_line(const struct corrected *c, const char *text)
{
	JsonNode *node = json_from_string(text, NULL);
	JsonObject *line = node ? json_node_get_object(node) : NULL;
	const char *type = line ? json_object_get_string_member(line, "type") : "";
	struct json_line *out;

	if (strcmp(type, "connection") == 0)
		correct_connection(c, line);
	else if (strcmp(type, "listener") == 0)
		correct_listener(c, line);
	else if (strcmp(type, "reset") == 0)
		correct_reset(c, line);
	else {
		puts(text);
		g_clear_pointer(&node, json_node_unref);
		return;
	}
	out = json_line_new(NULL);
	json_tree_members(out, line);
	json_line_print(out);
	json_node_unref(node);
}

void simulate_corrected_json(const struct timeline *timeline, const struct replay *seen)
{
	struct corrected c = {timeline, g_hash_table_new(NULL, NULL)};
	char *text = NULL, *rest = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);

	if (!memory) { /* without memory the tap's own words have to do */
		report_json(seen, &(struct report_json){.out = stdout});
		g_hash_table_destroy(c.by_packet);
		return;
	}
	for (uint32_t i = 0; i < timeline->items->len; i++) {
		const struct timeline_item *item = timeline_at(timeline, i);

		if (item->kind == TIMELINE_SEGMENT && item->segment.seen)
			g_hash_table_insert(c.by_packet, GUINT_TO_POINTER(item->segment.seen),
				GUINT_TO_POINTER(i + 1));
	}
	report_json(seen, &(struct report_json){.out = memory});
	fclose(memory);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		correct_line(&c, line);
	free(text);
	g_hash_table_destroy(c.by_packet);
}
