/*
 * What an onlooker says of a capture, held against what the hosts know. Both speak of the same
 * packets: the witness numbered them as the capture did. A packet's sender is compared as it was
 * when the packet left, its receiver as it was once the packet was taken in; where it was lost
 * beyond the tap, as the receiver was then. See timeline.h.
 */
#include "traces/report/timeline_differences.h"
#include "timeline/timeline.h"
#include "traces/observer/why.h"
#include "traces/replay/replay.h"

#include <string.h>

#define MOST_OF_A_CONNECTION 4

struct change {
	int64_t time_ns;
	uint8_t state;
};

struct comparison {
	const struct timeline *t;
	const struct replay *seen;
	GPtrArray *out;
	GHashTable *by_packet; /* number in the capture to item, and one */
	GHashTable *told;      /* connection * 2 + end: the onlooker's and the true state */
	GArray **changes;      /* connection * 2 + end: struct change */
};

static void differ(struct comparison *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void differ(struct comparison *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(c->out, g_strdup_vprintf(format, args));
	va_end(args);
}

static const struct timeline_item *item_of(const struct comparison *c, uint64_t packet)
{
	guint place = GPOINTER_TO_UINT(
		g_hash_table_lookup(c->by_packet, GUINT_TO_POINTER((guint)packet)));

	return place ? timeline_at(c->t, place - 1) : NULL;
}

/* Was the end in that state at some time from..to? Between two moments an onlooker may have it as
 * it was or as it is. */
static bool was_in(const struct comparison *c, uint32_t connection, unsigned end, uint8_t state,
	int64_t from_ns, int64_t to_ns)
{
	const GArray *changes = c->changes[connection * 2 + end];
	uint8_t now = TCPSIM_CLOSED;

	for (guint i = 0; changes && i < changes->len; i++) {
		const struct change *change = &g_array_index(changes, struct change, i);

		if (change->time_ns > to_ns)
			break;
		if (change->time_ns >= from_ns && now == state)
			return true;
		now = change->state;
	}
	return now == state;
}

static uint8_t state_at(
	const struct comparison *c, uint32_t connection, unsigned end, int64_t time_ns)
{
	const GArray *changes = c->changes[connection * 2 + end];
	uint8_t now = TCPSIM_CLOSED;

	for (guint i = 0; changes && i < changes->len; i++)
		if (g_array_index(changes, struct change, i).time_ns <= time_ns)
			now = g_array_index(changes, struct change, i).state;
	return now;
}

static bool is_reported(
	struct comparison *c, uint32_t connection, unsigned end, uint8_t says, uint8_t is)
{
	gpointer key = GUINT_TO_POINTER(connection * 2 + end + 1);
	gpointer value = GUINT_TO_POINTER(1 + (guint)says * TCPSIM_NSTATES + is);
	bool told = g_hash_table_lookup(c->told, key) == value;

	g_hash_table_insert(c->told, key, value);
	return told;
}

/* An onlooker speaks of an end that has sent nothing as CLOSED or LISTEN, and of its SYN_RCVD only
 * when the answer comes: it does not say otherwise, it has not said it yet. */
static bool waits_to_say(const struct replay_row *row, unsigned side, uint8_t is)
{
	bool silent = row->state[side] == TCPSIM_CLOSED || row->state[side] == TCPSIM_LISTEN;

	return silent && (is == TCPSIM_CLOSED || is == TCPSIM_LISTEN ||
				 (is == TCPSIM_SYN_RCVD && row->side != side &&
					 row->segment.flags & TCPSIM_SYN));
}

/* The end at which no TCP knows of the connection. */
static void differ_on_nobody(struct comparison *c, const struct replay_row *row,
	const struct timeline_item *item, const struct timeline_end *e, uint8_t says)
{
	if (says != TCPSIM_ESTABLISHED) /* that a SYN was sent nobody need know better */
		return;
	differ(c,
		"connection %u, packet %" G_GUINT64_FORMAT
		": no TCP is at that end (%s), and the onlooker has it in %s",
		item->connection, row->packet,
		e->node == TIMELINE_NONE ? "nobody has the address" : "a program made the segments",
		tcpsim_state_name((enum tcpsim_state)says));
}

static void compare_end(struct comparison *c, const struct replay_row *row,
	const struct timeline_item *item, unsigned side)
{
	const struct timeline_connection *connection = c->t->connections->pdata[item->connection];
	unsigned end = side == row->side ? item->end : !item->end;
	const struct timeline_end *e = &connection->end[end];
	bool sends = end == item->end, lost = item->fate == TIMELINE_LOST && !sends;
	int64_t from_ns = sends ? item->time_ns : row->time_ns;
	int64_t to_ns = sends ? row->time_ns : MAX(item->until_ns, row->time_ns);
	uint8_t is = sends ? item->before : item->after, says = row->state[side];

	if (item->fate != TIMELINE_ARRIVED && !sends)
		is = state_at(c, item->connection, end, to_ns);
	if (says == is || waits_to_say(row, side, is) ||
		was_in(c, item->connection, end, says, from_ns, to_ns)) {
		g_hash_table_remove(c->told, GUINT_TO_POINTER(item->connection * 2 + end + 1));
		return;
	}
	if (is_reported(c, item->connection, end, says, is))
		return;
	if (e->node == TIMELINE_NONE || !e->is_tcp)
		differ_on_nobody(c, row, item, e, says);
	else
		differ(c,
			"connection %u, packet %" G_GUINT64_FORMAT
			": %s is in %s%s, and the onlooker says %s",
			item->connection, row->packet, timeline_node_name(c->t, e->node),
			tcpsim_state_name((enum tcpsim_state)is),
			lost ? " (the packet is lost beyond the tap)"
			: connection->rebooted[end] && is == TCPSIM_CLOSED ? " (it has rebooted)"
									   : "",
			tcpsim_state_name((enum tcpsim_state)says));
}

static void compare_rows(struct comparison *c)
{
	for (guint i = 0; c->seen->rows && i < c->seen->rows->len; i++) {
		const struct replay_row *row = &g_array_index(c->seen->rows, struct replay_row, i);
		const struct timeline_item *item = item_of(c, row->packet);

		if (!item || item->kind != TIMELINE_SEGMENT || item->connection == TIMELINE_NONE)
			continue;
		for (unsigned side = 0; side < 2; side++)
			compare_end(c, row, item, side);
	}
}

/* --- ends of connections --- */

static void compare_ends(struct comparison *c)
{
	struct flow space;

	for (uint32_t i = 0; i < flow_places(c->seen->flows); i++) {
		const struct flow *f = flow_look(c->seen->flows, i, &space);
		const struct timeline_item *first = f ? item_of(c, f->first_packet) : NULL;

		if (!first || first->connection == TIMELINE_NONE)
			continue;
		const struct timeline_connection *k = c->t->connections->pdata[first->connection];

		for (int e = 0; e < 2; e++) {
			const struct timeline_end *end = &k->end[e];
			unsigned side = (unsigned)e != first->end; /* 0 sent the first packet */
			uint8_t says = f->side[side].state;

			if (!end->is_tcp || says == end->state || end->state == TCPSIM_LISTEN ||
				(says == TCPSIM_TIME_WAIT &&
					end->ended_rule == TCPSIM_RULE_TIMER_2MSL))
				continue; /* TIME_WAIT ends by itself, as everybody knows */
			differ(c,
				"connection %u, at the end: %s is in %s%s%s%s, and the onlooker "
				"leaves it in %s",
				first->connection, timeline_node_name(c->t, end->node),
				tcpsim_state_name((enum tcpsim_state)end->state),
				end->ended_rule ? " (" : "",
				end->ended_rule ? tcpsim_rule_text(end->ended_rule)->name : "",
				end->ended_rule ? ")" : "",
				tcpsim_state_name((enum tcpsim_state)says));
		}
	}
}

/* --- why a RST was sent, why a segment went again --- */

/* What an onlooker can tell, and the hosts' own reasons that it stands for. */
static bool fits(const char *says, const char *is)
{
	static const char *const ROW[][6] = {
		{"rst/abort", "rst/linger-zero", "rst/close-unread", "rst/listener-closed"},
		{"rst/no-connection", "rst/no-listener", "arrive/listen-ack"},
		{"rst/no-listener", "rst/no-connection"},
		{"rst/after-close", "rst/data-after-close"},
		{"rst/gave-up", "rst/give-up"},
		{"rst/queue-full", "rst/backlog"},
		{"rst/unacceptable-ack", "arrive/listen-ack", "arrive/syn-sent-bad-ack"},
		{"rst/handshake-aborted", "rst/no-connection", "rst/abort", "rst/linger-zero"},
		{"rst/repeated", "rst/no-connection", "rst/no-listener", "rst/abort",
			"rst/data-after-close"},
		{"rst/foreign", "a program's own"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(ROW); i++) {
		if (strcmp(ROW[i][0], says) != 0)
			continue;
		for (guint k = 1; k < 6 && ROW[i][k]; k++)
			if (strcmp(ROW[i][k], is) == 0)
				return true;
	}
	return strcmp(says, is) == 0;
}

static void compare_resets(struct comparison *c)
{
	for (size_t i = 0; i < c->seen->observer.n_resets; i++) {
		const struct observed_reset *reset = &c->seen->observer.resets[i];
		const struct timeline_item *item = item_of(c, reset->packet);
		const char *says = tcpsim_rule_text(reset->rule)->name, *is;

		if (!item || item->connection == TIMELINE_NONE)
			continue;
		is = item->rule ? tcpsim_rule_text(item->rule)->name : "a program's own";
		if (!fits(says, is))
			differ(c,
				"connection %u, packet %" G_GUINT64_FORMAT
				": the RST was sent by %s (%s), and the onlooker says %s",
				item->connection, reset->packet,
				timeline_node_name(c->t, item->node), is, says);
	}
}

static void note_change(
	struct comparison *c, uint32_t connection, unsigned end, int64_t time_ns, uint8_t state)
{
	struct change change = {time_ns, state};
	GArray **changes = &c->changes[connection * 2 + end];

	if (!*changes)
		*changes = g_array_new(FALSE, FALSE, sizeof(struct change));
	g_array_append_val(*changes, change);
}

static void take_items(struct comparison *c)
{
	const struct timeline *t = c->t;

	for (uint32_t i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->kind == TIMELINE_SEGMENT && item->segment.seen)
			g_hash_table_insert(c->by_packet, GUINT_TO_POINTER(item->segment.seen),
				GUINT_TO_POINTER(i + 1));
		if (item->kind == TIMELINE_STATE && item->connection != TIMELINE_NONE)
			note_change(c, item->connection, item->end, item->time_ns, item->after);
	}
	for (uint32_t i = 0; i < t->connections->len; i++) {
		const struct timeline_connection *k = t->connections->pdata[i];

		for (unsigned e = 0; e < 2; e++)
			if (k->rebooted[e])
				note_change(c, i, e, k->end[e].ended_ns, TCPSIM_CLOSED);
	}
}

GPtrArray *report_timeline_differences(const struct timeline *t, const struct replay *seen)
{
	struct comparison c = {.t = t,
		.seen = seen,
		.out = g_ptr_array_new_with_free_func(g_free),
		.by_packet = g_hash_table_new(NULL, NULL),
		.told = g_hash_table_new(NULL, NULL),
		.changes = g_new0(GArray *, t->connections->len * 2 + 1)};

	take_items(&c);
	compare_rows(&c);
	compare_ends(&c);
	compare_resets(&c);
	for (guint i = 0; i < t->connections->len * 2; i++)
		if (c.changes[i])
			g_array_free(c.changes[i], TRUE);
	g_free(c.changes);
	g_hash_table_destroy(c.by_packet);
	g_hash_table_destroy(c.told);
	return c.out;
}
