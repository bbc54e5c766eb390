/* A timeline as JSON lines. docs/simulate.md has every key. */
#include "traces/report/timeline_json.h"
#include "base/json_line.h"
#include "traces/report/timeline_words.h"

#include <string.h>

static void put_time(struct json_line *j, const char *name, int64_t ns)
{
	if (ns != TIMELINE_NEVER)
		json_int(j, name, ns);
	else
		json_null(j, name);
}

static void put_rule(struct json_line *j, const char *name, uint16_t rule)
{
	if (rule)
		json_string(j, name, tcpsim_rule_text((enum tcpsim_rule)rule)->name);
}

static void put_error(struct json_line *j, const char *name, int error)
{
	if (error)
		json_string(j, name, timeline_errno(error));
}

static void put_node(struct json_line *j, const char *name, const struct timeline *t, uint32_t node)
{
	json_string(j, name, node == TIMELINE_NONE ? NULL : timeline_node_name(t, node));
}

static void print_node(struct json_line *j, const struct timeline_node *n)
{
	static const char *const KIND[] = {"host", "router", "switch"};

	json_begin(j, "node");
	json_string(j, "name", n->name);
	json_string(j, "kind", KIND[n->kind]);
	if (n->system)
		json_string(j, "profile", n->system);
	json_uint(j, "reboots", n->reboots);
	json_end(j);
}

static void put_end(
	struct json_line *j, const struct timeline *t, const struct timeline_connection *c, int e)
{
	const struct timeline_end *end = &c->end[e];
	char address[TCPSIM_ADDRSTRLEN];

	json_open(j, e ? "to" : "from", '{');
	put_node(j, "node", t, end->node);
	json_string(j, "address", tcpsim_addr_text(&end->addr, address));
	json_uint(j, "port", end->port);
	json_string(j, "state",
		end->is_tcp || end->node != TIMELINE_NONE ? tcpsim_state_name(end->state) : NULL);
	json_bool(j, "is_tcp", end->is_tcp);
	put_time(j, "established_ns", end->established_ns);
	put_time(j, "ended_ns", end->ended_ns);
	if (end->ended_ns != TIMELINE_NEVER)
		json_string(j, "ended_in", tcpsim_state_name((enum tcpsim_state)end->ended_in));
	put_rule(j, "ended_rule", end->ended_rule);
	put_rule(j, "reset_rule", end->reset_rule);
	put_error(j, "errno", end->error);
	put_error(j, "soft_errno", end->soft_error);
	json_bool(j, "rebooted", c->rebooted[e]);
	json_uint(j, "segments", end->segments);
	json_uint(j, "bytes", end->bytes);
	json_uint(j, "repeated", end->repeated);
	json_uint(j, "lost", end->lost);
	json_uint(j, "ignored", end->ignored);
	json_uint(j, "syns_ignored", end->syns_ignored);
	json_close(j, '}');
}

static void print_connection(struct json_line *j, const struct timeline *t, uint32_t number)
{
	const struct timeline_connection *c = t->connections->pdata[number];
	char *verdict = timeline_verdict(t, c);

	json_begin(j, "truth");
	json_uint(j, "connection", number);
	json_string(j, "outcome", timeline_outcome(t, c));
	json_string(j, "verdict", verdict);
	json_int(j, "start_ns", c->start_ns);
	json_int(j, "last_ns", c->last_ns);
	for (int e = 0; e < 2; e++)
		put_end(j, t, c, e);
	json_end(j);
	g_free(verdict);
}

static void print_listener(
	struct json_line *j, const struct timeline *t, const struct timeline_listener *l)
{
	json_begin(j, "listening");
	put_node(j, "node", t, l->node);
	json_uint(j, "port", l->port);
	json_uint(j, "backlog", l->backlog);
	json_uint(j, "peak_incomplete", l->peak_incomplete);
	json_uint(j, "peak_completed", l->peak_completed);
	json_uint(j, "syns", l->syns);
	json_uint(j, "entries", l->entries);
	json_uint(j, "accepted", l->accepted);
	json_uint(j, "cookies", l->cookies);
	json_uint(j, "expired", l->expired);
	json_open(j, "dropped", '{');
	for (unsigned rule = 1; rule < TCPSIM_NRULES; rule++)
		if (l->dropped[rule])
			json_uint(j, tcpsim_rule_text((enum tcpsim_rule)rule)->name,
				l->dropped[rule]);
	json_close(j, '}');
	json_end(j);
}

/* --- items --- */

static void put_fate(struct json_line *j, const struct timeline *t, const struct timeline_item *i)
{
	switch ((enum timeline_fate)i->fate) {
	case TIMELINE_UNDER_WAY: json_string(j, "fate", "under-way"); return;
	case TIMELINE_ARRIVED:
		json_string(j, "fate", "arrived");
		json_int(j, "arrived_ns", i->until_ns);
		return;
	case TIMELINE_LOST:
		json_string(j, "fate", "lost");
		json_int(j, "lost_ns", i->until_ns);
		json_string(j, "lost_by", t->causes->pdata[i->segment.cause]);
		put_node(j, "lost_from", t, i->segment.lost_from);
		put_node(j, "lost_to", t, i->segment.lost_to);
		return;
	}
}

static void put_segment(
	struct json_line *j, const struct timeline *t, const struct timeline_item *i)
{
	char text[512];

	timeline_segment_text(t, i, true, text, sizeof(text));
	json_string(j, i->kind == TIMELINE_ICMP ? "message" : "segment", text);
	if (i->kind == TIMELINE_SEGMENT)
		json_string(j, "sender_state", tcpsim_state_name((enum tcpsim_state)i->before));
	put_fate(j, t, i);
	if (i->fate == TIMELINE_ARRIVED)
		json_string(j, "receiver_state", tcpsim_state_name((enum tcpsim_state)i->after));
	put_rule(j, "taken_rule", i->taken_rule);
	put_error(j, "errno", i->error);
	if (i->segment.seen)
		json_uint(j, "packet", i->segment.seen);
}

static void put_call(struct json_line *j, const struct timeline *t, const struct timeline_item *i)
{
	json_string(j, "program", timeline_words(t, i->call.program));
	json_string(j, "call", timeline_words(t, i->text));
	put_time(j, "returned_ns", i->until_ns);
	if (i->until_ns == TIMELINE_NEVER)
		return;
	json_int(j, "result", i->call.result);
	put_error(j, "errno", i->error);
}

static void put_timer(struct json_line *j, const struct timeline_item *i)
{
	json_string(j, "timer", tcpsim_timer_name((enum tcpsim_timer)i->timer));
	json_string(j, "words",
		timeline_timer_words((enum tcpsim_timer)i->timer, (enum tcpsim_state)i->before));
	if (i->kind == TIMELINE_TIMER_SET)
		json_int(j, "deadline_ns", i->until_ns);
}

static void put_details(
	struct json_line *j, const struct timeline *t, const struct timeline_item *i)
{
	switch ((enum timeline_kind)i->kind) {
	case TIMELINE_SEGMENT:
	case TIMELINE_AGAIN:
	case TIMELINE_ICMP: put_segment(j, t, i); break;
	case TIMELINE_CALL: put_call(j, t, i); break;
	case TIMELINE_STATE:
		json_string(j, "before", tcpsim_state_name((enum tcpsim_state)i->before));
		json_string(j, "after", tcpsim_state_name((enum tcpsim_state)i->after));
		break;
	case TIMELINE_TIMER_SET:
	case TIMELINE_TIMER_FIRED:
	case TIMELINE_TIMER_STOPPED: put_timer(j, i); break;
	case TIMELINE_QUEUE:
		json_uint(j, "port", i->queue.port);
		json_uint(j, "incomplete", i->queue.incomplete);
		json_uint(j, "completed", i->queue.completed);
		json_uint(j, "backlog", i->queue.backlog);
		break;
	case TIMELINE_CWND:
		json_uint(j, "cwnd_bytes", i->cwnd.cwnd_bytes);
		json_uint(j, "ssthresh_bytes", i->cwnd.ssthresh_bytes);
		break;
	case TIMELINE_REBOOT: json_uint(j, "forgotten", i->reboot.connections); break;
	case TIMELINE_ERROR: put_error(j, "errno", i->error); break;
	case TIMELINE_SAID:
	case TIMELINE_NKINDS: break;
	}
}

static void print_item(struct json_line *j, const struct timeline *t, const struct timeline_item *i)
{
	json_begin(j, "item");
	json_int(j, "time_ns", i->time_ns);
	json_string(j, "kind", timeline_kind_name((enum timeline_kind)i->kind));
	put_node(j, "node", t, i->node);
	if (i->connection != TIMELINE_NONE) {
		json_uint(j, "connection", i->connection);
		json_string(j, "end", i->end ? "to" : "from");
	}
	put_rule(j, "rule", i->rule);
	put_details(j, t, i);
	json_end(j);
}

void report_timeline_json(const struct timeline *t, FILE *out, bool items)
{
	struct json_line j;

	json_line_init(&j, out);
	for (guint i = 0; i < t->nodes->len; i++)
		print_node(&j, timeline_node(t, i));
	for (guint i = 0; i < t->connections->len; i++)
		print_connection(&j, t, i);
	for (guint i = 0; i < t->listeners->len; i++)
		print_listener(&j, t, t->listeners->pdata[i]);
	for (guint i = 0; items && i < t->items->len; i++)
		if (timeline_at(t, i)->kind !=
			TIMELINE_SAID) /* those were told as they were said */
			print_item(&j, t, timeline_at(t, i));
	json_begin(&j, "timeline");
	json_uint(&j, "items", t->items->len);
	json_uint(&j, "left_out", t->left_out);
	json_uint(&j, "connections_left_out", t->connections_left_out);
	json_bool(&j, "told", items);
	json_end(&j);
	json_line_clear(&j);
}
