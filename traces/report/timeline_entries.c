/* What a timeline's ladder shows beside segments: calls, timers, states, queues. See
 * timeline_inner.h. */
#include "traces/report/timeline_entries.h"
#include "traces/report/timeline_inner.h"
#include "traces/report/timeline_ladder.h"
#include "traces/report/timeline_words.h"

#include <string.h>

/* --- which ones --- */

static bool is_same_end(const struct timeline_item *a, const struct timeline_item *b)
{
	return a->connection == b->connection && a->end == b->end;
}

/* A timer that only runs while all is well is not told when it is set, but when it fires. */
static bool set_is_remarkable(const struct timeline_item *item)
{
	switch ((enum tcpsim_timer)item->timer) {
	case TCPSIM_TIMER_RETRANSMIT:
		return item->before == TCPSIM_SYN_SENT || item->before == TCPSIM_SYN_RCVD;
	case TCPSIM_TIMER_GIVE_UP:
	case TCPSIM_TIMER_2MSL:
	case TCPSIM_TIMER_PERSIST: return true;
	default: return false;
	}
}

/* Does it fire as it was set? */
static bool will_fire(const struct timeline *t, uint32_t at)
{
	const struct timeline_item *set = timeline_at(t, at);

	for (uint32_t i = at + 1; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->time_ns > set->until_ns)
			return false;
		if (item->timer != set->timer || !is_same_end(item, set))
			continue;
		if (item->kind == TIMELINE_TIMER_FIRED)
			return true;
		if (item->kind == TIMELINE_TIMER_SET || item->kind == TIMELINE_TIMER_STOPPED)
			return false;
	}
	return false;
}

/* Set and fired at one moment it is no timer, but a way to say "at once". */
static bool fires_at_once(const struct timeline *t, uint32_t at)
{
	const struct timeline_item *fired = timeline_at(t, at);

	for (uint32_t i = at; i-- > 0;) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->time_ns != fired->time_ns)
			return false;
		if (item->kind == TIMELINE_TIMER_SET && item->timer == fired->timer &&
			is_same_end(item, fired))
			return item->until_ns == item->time_ns;
	}
	return false;
}

/* A segment of the same moment shows the state anyway. */
static bool state_shows(const struct timeline *t, uint32_t at)
{
	const struct timeline_item *state = timeline_at(t, at);

	if (state->fate == TIMELINE_ARRIVED)
		return true;
	for (uint32_t i = at + 1; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->time_ns > state->time_ns)
			return false;
		if (item->kind == TIMELINE_SEGMENT && is_same_end(item, state))
			return item->before == state->after;
	}
	return false;
}

/* A call that returns at that moment with that error says it. */
static bool error_shows(const struct timeline *t, uint32_t at)
{
	const struct timeline_item *error = timeline_at(t, at);

	for (uint32_t i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->kind == TIMELINE_CALL && is_same_end(item, error) &&
			item->error == error->error && item->until_ns == error->time_ns)
			return true;
	}
	return false;
}

static bool cwnd_is_remarkable(enum tcpsim_rule rule)
{
	switch (rule) {
	case TCPSIM_RULE_CWND_RECOVERY:
	case TCPSIM_RULE_CWND_TIMEOUT:
	case TCPSIM_RULE_CWND_UNDO:
	case TCPSIM_RULE_CWND_UNDO_DSACK:
	case TCPSIM_RULE_CWND_UNDO_FRTO:
	case TCPSIM_RULE_CWND_ECN:
	case TCPSIM_RULE_CWND_PROBE_LOSS:
	case TCPSIM_RULE_CWND_RECOVERED:
	case TCPSIM_RULE_CWND_QUENCH: return true;
	default: return false;
	}
}

static bool is_of(const struct timeline *t, const struct timeline_item *item, uint32_t connection)
{
	const struct timeline_connection *c = t->connections->pdata[connection];

	if (item->kind != TIMELINE_REBOOT)
		return item->connection == connection;
	for (int e = 0; e < 2; e++)
		if (c->end[e].node == item->node && c->rebooted[e] &&
			c->end[e].ended_ns == item->time_ns)
			return true;
	return false;
}

static bool says_something(const struct timeline *t, uint32_t at)
{
	const struct timeline_item *item = timeline_at(t, at);

	switch ((enum timeline_kind)item->kind) {
	case TIMELINE_TIMER_SET:
		return item->until_ns > item->time_ns &&
		       (set_is_remarkable(item) || will_fire(t, at));
	case TIMELINE_TIMER_FIRED: return !fires_at_once(t, at);
	case TIMELINE_TIMER_STOPPED:
	case TIMELINE_SAID: return false;
	case TIMELINE_STATE: return !state_shows(t, at);
	case TIMELINE_ERROR: return !error_shows(t, at);
	case TIMELINE_CWND: return cwnd_is_remarkable(item->rule);
	default: return true;
	}
}

static int in_order(const void *a, const void *b)
{
	const struct ladder_entry *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	/* What returns stands in front of the item it returned before. */
	return (int)y->returns - (int)x->returns;
}

GArray *ladder_entries(const struct timeline *t, uint32_t connection)
{
	GArray *entries = g_array_new(FALSE, FALSE, sizeof(struct ladder_entry));

	for (uint32_t i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);
		struct ladder_entry entry = {item->time_ns, i, i, false};

		if (!is_of(t, item, connection) || !says_something(t, i))
			continue;
		g_array_append_val(entries, entry);
		if (item->kind != TIMELINE_CALL || item->until_ns == item->time_ns ||
			item->until_ns == TIMELINE_NEVER)
			continue;
		entry = (struct ladder_entry){item->until_ns, i, item->call.returned, true};
		g_array_append_val(entries, entry);
	}
	if (entries->len)
		qsort(entries->data, entries->len, sizeof(struct ladder_entry), in_order);
	return entries;
}

static bool call_is_remarkable(const struct timeline *t, const struct timeline_item *item)
{
	const char *text = timeline_words(t, item->text);

	return item->error ||
	       !(g_str_has_prefix(text, "send") || g_str_has_prefix(text, "recv") ||
		       g_str_has_prefix(text, "read") || g_str_has_prefix(text, "write"));
}

bool ladder_is_remarkable(const struct ladder *l, const struct ladder_entry *entry)
{
	const struct timeline_item *item = timeline_at(l->t, entry->item);
	const struct timeline_segment *s;
	const char *rule;

	switch ((enum timeline_kind)item->kind) {
	case TIMELINE_CALL: return call_is_remarkable(l->t, item);
	case TIMELINE_TIMER_SET: return false;
	case TIMELINE_TIMER_FIRED:
		return item->timer != TCPSIM_TIMER_DELACK && item->timer != TCPSIM_TIMER_PACE;
	case TIMELINE_SEGMENT: break;
	default: return true;
	}
	s = &g_array_index(l->t->segments, struct timeline_segment, item->text);
	rule = item->rule ? tcpsim_rule_text(item->rule)->name : "";
	return item->fate == TIMELINE_LOST || s->flags & (TCPSIM_SYN | TCPSIM_FIN | TCPSIM_RST) ||
	       g_str_has_prefix(rule, "loss/") || g_str_has_prefix(rule, "probe/") ||
	       (item->taken_rule && item->taken_rule != TCPSIM_RULE_ARRIVE_OUT_OF_ORDER);
}

/* --- in words --- */

/* The first entry of that moment. */
static guint first_of_moment(const struct ladder *l, const struct ladder_entry *entry)
{
	guint at = (guint)(entry - (const struct ladder_entry *)l->entries->data);

	while (at > 0 &&
		g_array_index(l->entries, struct ladder_entry, at - 1).time_ns == entry->time_ns)
		at--;
	return at;
}

/* The end sets that timer once more at the same moment: what was set first did not last. */
static bool set_anew(const struct ladder *l, guint at, const struct timeline_item *set)
{
	for (guint i = at + 1; i < l->entries->len; i++) {
		const struct timeline_item *item =
			timeline_at(l->t, g_array_index(l->entries, struct ladder_entry, i).item);

		if (item->time_ns != set->time_ns)
			return false;
		if (item->kind == TIMELINE_TIMER_SET && item->timer == set->timer &&
			is_same_end(item, set))
			return true;
	}
	return false;
}

/* All that the end sets at that moment in one line: "SYN timer 24 s; connection timer 75 s". */
static void note_timers(struct ladder *l, const struct ladder_entry *entry)
{
	const struct timeline_item *first = timeline_at(l->t, entry->item);
	GString *text = g_string_new(NULL);
	char span[TIMELINE_SPAN];
	bool is_last = true;

	for (guint i = first_of_moment(l, entry); i < l->entries->len; i++) {
		const struct ladder_entry *other =
			&g_array_index(l->entries, struct ladder_entry, i);
		const struct timeline_item *item = timeline_at(l->t, other->item);

		if (other->time_ns != entry->time_ns)
			break;
		if (item->kind != TIMELINE_TIMER_SET || !is_same_end(item, first))
			continue;
		is_last = other->item == entry->item;
		if (!set_anew(l, i, item))
			g_string_append_printf(text, "%s%s %s", text->len ? "; " : "",
				timeline_timer_words((enum tcpsim_timer)item->timer,
					(enum tcpsim_state)item->before),
				timeline_span(item->until_ns - item->time_ns, span));
	}
	if (is_last) /* and those before it */
		ladder_note(l, first->time_ns, first->node, text->str);
	g_string_free(text, TRUE);
}

static void put_state(struct ladder *l, const struct timeline_item *item, GString *text)
{
	g_string_append_printf(text, "%s to %s", tcpsim_state_name((enum tcpsim_state)item->before),
		tcpsim_state_name((enum tcpsim_state)item->after));
	if (item->rule) {
		g_string_append(text, ": ");
		ladder_rule(l, (enum tcpsim_rule)item->rule, text);
	}
}

static void put_cwnd(struct ladder *l, const struct timeline_item *item, GString *text)
{
	g_string_append_printf(
		text, "cwnd %u, ssthresh %u: ", item->cwnd.cwnd_bytes, item->cwnd.ssthresh_bytes);
	ladder_rule(l, (enum tcpsim_rule)item->rule, text);
}

static void put_note(struct ladder *l, const struct ladder_entry *entry, GString *text)
{
	const struct timeline_item *item = timeline_at(l->t, entry->item);

	switch ((enum timeline_kind)item->kind) {
	case TIMELINE_AGAIN:
		g_string_append(text, "the last segment's twin arrives");
		if (item->taken_rule) {
			g_string_append(text, ": ");
			ladder_rule(l, item->taken_rule, text);
		}
		break;
	case TIMELINE_CALL:
		timeline_call_text(l->t, item,
			entry->returns || item->until_ns == item->time_ns ||
				item->until_ns == TIMELINE_NEVER,
			text);
		break;
	case TIMELINE_TIMER_FIRED:
		g_string_append_printf(text, "%s fires",
			timeline_timer_words(
				(enum tcpsim_timer)item->timer, (enum tcpsim_state)item->before));
		break;
	case TIMELINE_QUEUE:
		g_string_append_printf(text, "queues of port %u: %u incomplete, %u completed",
			item->queue.port, item->queue.incomplete, item->queue.completed);
		break;
	case TIMELINE_STATE: put_state(l, item, text); break;
	case TIMELINE_CWND: put_cwnd(l, item, text); break;
	case TIMELINE_ERROR:
		g_string_append_printf(
			text, "its program will get %s", timeline_errno(item->error));
		break;
	case TIMELINE_REBOOT:
		g_string_append_printf(text,
			"goes down and comes up again; it has forgotten %u connection%s",
			item->reboot.connections, item->reboot.connections == 1 ? "" : "s");
		break;
	default: break;
	}
}

void ladder_entry_note(struct ladder *l, const struct ladder_entry *entry)
{
	const struct timeline_item *item = timeline_at(l->t, entry->item);
	uint32_t node = item->kind == TIMELINE_AGAIN ? l->c->end[!item->end].node : item->node;
	GString *text;

	if (item->kind == TIMELINE_TIMER_SET) {
		note_timers(l, entry);
		return;
	}
	text = g_string_new(NULL);
	put_note(l, entry, text);
	ladder_note(l, entry->time_ns, node, text->str);
	g_string_free(text, TRUE);
}
