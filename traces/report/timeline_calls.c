/* The calls of a timeline that belong to no connection: sockets that never had one, listeners. */
#include "traces/report/timeline_calls.h"
#include "traces/report/timeline_words.h"
#include "traces/report/words.h"

#include <string.h>

#define SHOWN_CALLS 60 /* of a program */

static bool is_shown(const struct timeline_item *item)
{
	return item->kind == TIMELINE_CALL && item->connection == TIMELINE_NONE;
}

static bool is_of(const struct timeline *t, const struct timeline_item *item,
	const struct timeline_item *first)
{
	return is_shown(item) && item->node == first->node &&
	       strcmp(timeline_words(t, item->call.program),
		       timeline_words(t, first->call.program)) == 0;
}

/* listen() and close() take the socket itself from one state to another. */
static void print_change(const struct timeline *t, const struct report_style *style, uint32_t call)
{
	const struct timeline_item *c = timeline_at(t, call);

	for (uint32_t i = call + 1; c->until_ns == c->time_ns && i < c->call.returned; i++) {
		const struct timeline_item *item = timeline_at(t, i);
		const struct tcpsim_rule_text *rule =
			tcpsim_rule_text((enum tcpsim_rule)item->rule);
		char *text;

		if (item->kind != TIMELINE_STATE || item->connection != TIMELINE_NONE)
			continue;
		text = g_strdup_printf("%s to %s: %s (%s)",
			tcpsim_state_name((enum tcpsim_state)item->before),
			tcpsim_state_name((enum tcpsim_state)item->after), rule->sentence,
			rule->name);
		words_wrap(style, 18, false, text);
		g_free(text);
	}
}

static void print_program(
	const struct timeline *t, const struct report_style *style, uint32_t at, GHashTable *told)
{
	const struct timeline_item *first = timeline_at(t, at);
	GString *text = g_string_new(NULL);
	unsigned n = 0;

	fprintf(style->out, "\ncalls of %s, %s\n", timeline_node_name(t, first->node),
		timeline_words(t, first->call.program));
	for (uint32_t i = at; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (!is_of(t, item, first))
			continue;
		g_hash_table_add(told, GUINT_TO_POINTER(i));
		if (!style->all && n++ >= SHOWN_CALLS)
			continue;
		g_string_truncate(text, 0);
		timeline_call_text(t, item, true, text);
		fprintf(style->out, "%12.6f  ", (double)item->time_ns * 1e-9);
		words_wrap(style, 14, true, text->str);
		print_change(t, style, i);
	}
	if (!style->all && n > SHOWN_CALLS)
		fprintf(style->out, "%12s  %u more; --all shows them\n", "...", n - SHOWN_CALLS);
	g_string_free(text, TRUE);
}

void report_timeline_calls(const struct timeline *t, const struct report_style *style)
{
	GHashTable *told = g_hash_table_new(NULL, NULL);

	for (uint32_t i = 0; i < t->items->len; i++)
		if (is_shown(timeline_at(t, i)) &&
			!g_hash_table_contains(told, GUINT_TO_POINTER(i)))
			print_program(t, style, i, told);
	g_hash_table_destroy(told);
}
