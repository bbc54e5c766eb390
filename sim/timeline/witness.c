/* Hosts' events as a timeline. See witness.h. */
#include <string.h>

#include "process/process.h"
#include "timeline/witness.h"
#include "timeline/witness_calls.h"
#include "timeline/witness_inner.h"
#include "timeline/witness_packets.h"
#include "world/addresses.h"
#include "world/notify.h"

#define IS_LISTENER 0x80000000u /* of a reference: it is to a listener */
#define LOOK_BACK   12		/* items of a connection that has just got its addresses */

/* --- which connection --- */

static guint tuple_hash(gconstpointer key)
{
	const struct tuple *t = key;
	guint sum = 0;

	for (int e = 0; e < 2; e++)
		sum += (world_addr_hash(&t->addr[e]) ^ t->port[e]) * 2654435761u;
	return sum;
}

static bool same_end(const struct tuple *a, int x, const struct tuple *b, int y)
{
	return a->port[x] == b->port[y] && tcpsim_addr_eq(&a->addr[x], &b->addr[y]);
}

/* Either way round. */
static gboolean tuple_equal(gconstpointer a, gconstpointer b)
{
	return (same_end(a, 0, b, 0) && same_end(a, 1, b, 1)) ||
	       (same_end(a, 0, b, 1) && same_end(a, 1, b, 0));
}

struct end_ref witness_find(const struct witness *w, const struct tcpsim_addr *src,
	uint16_t src_port, const struct tcpsim_addr *dst, uint16_t dst_port)
{
	struct tuple key = {{*src, *dst}, {src_port, dst_port}};
	guint place = GPOINTER_TO_UINT(g_hash_table_lookup(w->tuples, &key));
	const struct timeline_connection *c;

	if (!place)
		return WITNESS_NOBODY;
	c = w->timeline->connections->pdata[place - 1];
	bool first = c->end[0].port == src_port && tcpsim_addr_eq(&c->end[0].addr, src);

	return (struct end_ref){place - 1, !first};
}

static struct end_ref find_of(const struct witness *w, const struct tcpsim_segment *s)
{
	return witness_find(w, &s->src, s->src_port, &s->dst, s->dst_port);
}

static void set_end(const struct witness *w, struct timeline_end *end,
	const struct tcpsim_addr *addr, uint16_t port)
{
	const struct node *node = world_owner(w->world, addr);

	end->addr = *addr;
	end->port = port;
	end->node = node ? node->index : TIMELINE_NONE;
}

struct end_ref witness_begin(struct witness *w, const struct tcpsim_segment *s)
{
	struct timeline_connection *c = timeline_add_connection(w->timeline);
	struct tuple *key;

	if (!c)
		return WITNESS_NOBODY;
	set_end(w, &c->end[0], &s->src, s->src_port);
	set_end(w, &c->end[1], &s->dst, s->dst_port);
	c->start_ns = c->last_ns = witness_now(w);
	key = g_new(struct tuple, 1);
	*key = (struct tuple){{s->src, s->dst}, {s->src_port, s->dst_port}};
	g_hash_table_replace(w->tuples, key, GUINT_TO_POINTER(w->timeline->connections->len));
	return (struct end_ref){w->timeline->connections->len - 1, 0};
}

/* --- numbers of a host's connections --- */

static uint32_t ref_of(const struct witness *w, uint32_t node, uint32_t id)
{
	const GArray *refs = w->refs[node];

	return refs && id < refs->len ? g_array_index(refs, uint32_t, id) : 0;
}

static void set_ref(struct witness *w, uint32_t node, uint32_t id, uint32_t ref)
{
	if (!w->refs[node])
		w->refs[node] = g_array_new(FALSE, TRUE, sizeof(uint32_t));
	if (id >= w->refs[node]->len)
		g_array_set_size(w->refs[node], id + 1);
	g_array_index(w->refs[node], uint32_t, id) = ref;
}

struct end_ref witness_numbered(const struct witness *w, uint32_t node, uint32_t id)
{
	uint32_t ref = id ? ref_of(w, node, id) : 0;

	if (!ref || ref & IS_LISTENER)
		return WITNESS_NOBODY;
	return (struct end_ref){(ref - 1) / 2, (ref - 1) & 1};
}

static struct timeline_listener *listener_of(const struct witness *w, uint32_t node, uint32_t id)
{
	uint32_t ref = ref_of(w, node, id);

	return ref & IS_LISTENER ? w->timeline->listeners->pdata[ref & ~IS_LISTENER] : NULL;
}

static void bind_end(struct witness *w, uint32_t node, uint32_t id, struct end_ref ref)
{
	struct timeline_end *end = witness_end_of(w, ref);

	if (!end)
		return;
	set_ref(w, node, id, ref.connection * 2 + ref.end + 1);
	end->id = id;
	end->node = node;
	end->is_tcp = true;
	end->ended_ns = end->established_ns = TIMELINE_NEVER;
	end->ended_rule = 0;
}

/* --- items --- */

struct timeline_item witness_item(
	const struct witness *w, enum timeline_kind kind, uint32_t node, struct end_ref ref)
{
	struct timeline_connection *c = witness_connection(w, ref);
	struct timeline_item item = {.time_ns = witness_now(w),
		.until_ns = TIMELINE_NEVER,
		.connection = ref.connection,
		.node = node,
		.kind = (uint8_t)kind,
		.certainty = TIMELINE_KNOWN,
		.end = ref.end};

	if (c) {
		item.before = item.after = c->end[ref.end].state;
		c->last_ns = item.time_ns;
	}
	return item;
}

/* *item is made if there is room for it; else it is counted. */
static bool has_room(const struct witness *w, enum timeline_kind kind, const struct tcpsim_event *e,
	struct end_ref ref, struct timeline_item *item)
{
	if (timeline_is_full(w->timeline)) {
		witness_leave_out(w, kind, ref);
		return false;
	}
	*item = witness_item(w, kind, e->host, ref);
	return true;
}

void witness_count(const struct witness *w, struct end_ref ref, const struct tcpsim_segment *s,
	enum tcpsim_rule rule)
{
	struct timeline_end *end = witness_end_of(w, ref);
	uint32_t span = tcp_segment_span(s);
	bool probes = rule == TCPSIM_RULE_PROBE_WINDOW || rule == TCPSIM_RULE_PROBE_KEEPALIVE;

	if (!end)
		return;
	if (!end->has_base && (span || s->flags & TCPSIM_ACK) && !(s->flags & TCPSIM_RST)) {
		end->has_base = true;
		end->base = s->flags & TCPSIM_SYN ? s->seq : tcpsim_seq_sub(s->seq, 1);
		end->sent_to = s->seq;
	}
	end->segments++;
	end->bytes += s->len;
	end->syns += (s->flags & (TCPSIM_SYN | TCPSIM_ACK)) == TCPSIM_SYN;
	if (s->flags & TCPSIM_RST)
		end->reset_rule = (uint16_t)rule;
	if (span && !probes && tcpsim_seq_lt(s->seq, end->sent_to))
		end->repeated++;
	if (span && tcpsim_seq_gt(tcpsim_seq_add(s->seq, span), end->sent_to))
		end->sent_to = tcpsim_seq_add(s->seq, span);
}

/* What was told of the connection before its first segment named its addresses. */
static void claim_items(struct witness *w, uint32_t node, uint32_t id, struct end_ref ref)
{
	uint32_t n = w->timeline->items->len;

	for (uint32_t i = n; i-- > 0 && n - i <= LOOK_BACK;) {
		struct timeline_item *item = timeline_at(w->timeline, i);

		if (item->connection == TIMELINE_NONE && item->node == node && item->text == id &&
			item->kind >= TIMELINE_STATE && item->kind <= TIMELINE_TIMER_STOPPED) {
			item->connection = ref.connection;
			item->end = ref.end;
			item->text = 0;
		}
	}
	witness_claim_calls(w, node, notify_calling(w->world), ref);
}

static struct end_ref sender_of(struct witness *w, const struct tcpsim_event *e)
{
	struct end_ref ref = witness_numbered(w, e->host, e->connection);
	const struct timeline_end *end;
	bool speaks_for_one = e->connection && e->before != TCPSIM_LISTEN &&
			      e->rule != TCPSIM_RULE_LISTEN_COOKIE_SENT;

	if (ref.connection != TIMELINE_NONE)
		return ref;
	ref = find_of(w, e->segment);
	end = witness_end_of(w, ref);
	/* The same addresses again: another connection. */
	if (!end || (speaks_for_one && e->before == TCPSIM_SYN_SENT && end->id))
		ref = witness_begin(w, e->segment);
	if (speaks_for_one) {
		bind_end(w, e->host, e->connection, ref);
		end = witness_end_of(w, ref);
		if (end)
			((struct timeline_end *)end)->state = e->before;
		claim_items(w, e->host, e->connection, ref);
	}
	return ref;
}

static void segment_out(struct witness *w, const struct tcpsim_event *e)
{
	witness_settle_loop(w, e->host);

	struct end_ref ref = sender_of(w, e);
	struct timeline_end *end = witness_end_of(w, ref);
	struct timeline_item item;

	witness_count(w, ref, e->segment, e->rule);
	if (end)
		end->was_tcp_sent = true;
	if (!has_room(w, TIMELINE_SEGMENT, e, ref, &item))
		return;
	/* A cookie is an answer without an entry: the listener goes on listening. */
	item.before = e->rule == TCPSIM_RULE_LISTEN_COOKIE_SENT ? TCPSIM_LISTEN : e->before;
	item.rule = (uint16_t)e->rule;
	item.text = timeline_add_segment(w->timeline, e->segment);
	witness_under_way(w, e->packet, timeline_add(w->timeline, &item));
}

static void segment_in(struct witness *w, const struct tcpsim_event *e)
{
	struct timeline_listener *l = listener_of(w, e->host, e->connection);
	bool syn = (e->segment->flags & (TCPSIM_SYN | TCPSIM_ACK)) == TCPSIM_SYN;

	witness_settle_loop(w, e->host);
	witness_loop_back(w, e);
	w->found = e->before;
	if (l && syn)
		l->syns++;
}

/* The listener that an entry belongs to. */
static struct timeline_listener *listener_at(const struct witness *w, uint32_t node, uint16_t port)
{
	for (guint i = w->timeline->listeners->len; i-- > 0;) {
		struct timeline_listener *l = w->timeline->listeners->pdata[i];

		if (l->node == node && l->port == port && l->is_open)
			return l;
	}
	return NULL;
}

static void dropped(struct witness *w, const struct tcpsim_event *e)
{
	struct timeline_item *item =
		w->arriving == TIMELINE_NONE ? NULL : timeline_at(w->timeline, w->arriving);
	const struct tcpsim_segment *s = e->segment;
	struct end_ref ref = s ? find_of(w, s) : WITNESS_NOBODY;
	struct timeline_end *sender = witness_end_of(w, ref);
	struct timeline_listener *l = listener_of(w, e->host, e->connection);

	if (item && !item->taken_rule)
		item->taken_rule = (uint16_t)e->rule;
	if (e->rule == TCPSIM_RULE_LISTEN_SYN_AGAIN)
		return; /* answered */
	if (!l && s && e->before == TCPSIM_SYN_RCVD)
		l = listener_at(w, e->host, s->dst_port);
	if (l)
		l->dropped[e->rule]++;
	if (sender) {
		sender->ignored++;
		sender->syns_ignored += l && (s->flags & (TCPSIM_SYN | TCPSIM_ACK)) == TCPSIM_SYN;
	}
}

/* --- states --- */

static void listener_state(struct witness *w, const struct tcpsim_event *e)
{
	struct timeline_listener *l;

	if (e->after == TCPSIM_LISTEN) {
		timeline_add_listener(w->timeline, e->host, e->connection, 0);
		set_ref(w, e->host, e->connection, IS_LISTENER | (w->timeline->listeners->len - 1));
	} else if ((l = listener_of(w, e->host, e->connection))) {
		l->is_open = false;
	}
}

/* A RST is sent just before the connection is ended that it speaks for: its sender is CLOSED. */
static void note_reset(const struct witness *w, const struct tcpsim_event *e)
{
	uint32_t n = w->timeline->items->len;

	for (uint32_t i = n; e->after == TCPSIM_CLOSED && i-- > 0 && n - i <= LOOK_BACK;) {
		struct timeline_item *item = timeline_at(w->timeline, i);

		if (item->time_ns != e->time_ns || item->node != e->host)
			return;
		if (item->kind == TIMELINE_SEGMENT && item->rule == e->rule) {
			item->before = TCPSIM_CLOSED;
			return;
		}
	}
}

static void end_state(struct witness *w, struct timeline_end *end, const struct tcpsim_event *e)
{
	struct timeline_listener *l = NULL;

	end->state = e->after;
	note_reset(w, e);
	if (e->before == TCPSIM_LISTEN && e->after == TCPSIM_SYN_RCVD) {
		end->is_passive = true;
		if ((l = listener_at(w, e->host, end->port)))
			l->entries++;
	}
	if (e->after == TCPSIM_ESTABLISHED && end->established_ns == TIMELINE_NEVER)
		end->established_ns = e->time_ns;
	if (e->after != TCPSIM_CLOSED && e->after != TCPSIM_LISTEN)
		return;
	end->ended_ns = e->time_ns;
	end->ended_in = e->before;
	end->ended_rule = (uint16_t)e->rule;
	if (e->rule == TCPSIM_RULE_LISTEN_ENTRY_EXPIRED && (l = listener_at(w, e->host, end->port)))
		l->expired++;
}

static void state(struct witness *w, const struct tcpsim_event *e)
{
	bool of_listener = e->before == TCPSIM_CLOSED && e->after == TCPSIM_LISTEN;
	struct end_ref ref = witness_numbered(w, e->host, e->connection);
	struct timeline_item item;

	if (of_listener || listener_of(w, e->host, e->connection))
		listener_state(w, e);
	/* An entry of the incomplete queue: the peer's segment says whose. */
	if (ref.connection == TIMELINE_NONE && e->segment && e->before == TCPSIM_LISTEN) {
		ref = find_of(w, e->segment);
		if (ref.connection == TIMELINE_NONE)
			ref = witness_begin(w, e->segment);
		ref.end = !ref.end;
		bind_end(w, e->host, e->connection, ref);
	}
	item = witness_item(w, TIMELINE_STATE, e->host, ref);
	if (witness_end_of(w, ref))
		end_state(w, witness_end_of(w, ref), e);
	else
		item.text = e->connection;
	item.before = e->before;
	item.after = e->after;
	item.rule = (uint16_t)e->rule;
	item.fate = w->arriving == TIMELINE_NONE ? TIMELINE_UNDER_WAY : TIMELINE_ARRIVED;
	timeline_add(w->timeline, &item);
}

/* --- the rest --- */

static void queue(struct witness *w, const struct tcpsim_event *e)
{
	struct timeline_listener *l = listener_of(w, e->host, e->connection);
	struct timeline_item item = witness_item(w, TIMELINE_QUEUE, e->host, WITNESS_NOBODY);
	bool changed;

	if (!l)
		return;
	changed = l->incomplete != e->queue.incomplete || l->completed != e->queue.completed ||
		  l->port != e->queue.port || l->backlog != e->queue.backlog;
	l->port = e->queue.port;
	l->backlog = e->queue.backlog;
	l->incomplete = e->queue.incomplete;
	l->completed = e->queue.completed;
	l->peak_incomplete = MAX(l->peak_incomplete, l->incomplete);
	l->peak_completed = MAX(l->peak_completed, l->completed);
	l->accepted += e->rule == TCPSIM_RULE_LISTEN_ACCEPT;
	l->cookies += e->rule == TCPSIM_RULE_LISTEN_COOKIE_SENT;
	if (!changed)
		return;
	if (w->arriving != TIMELINE_NONE) { /* the segment's doing */
		item.connection = timeline_at(w->timeline, w->arriving)->connection;
		item.end = !timeline_at(w->timeline, w->arriving)->end;
	}
	item.rule = (uint16_t)e->rule;
	item.queue.incomplete = l->incomplete;
	item.queue.completed = l->completed;
	item.queue.backlog = l->backlog;
	item.queue.port = l->port;
	timeline_add(w->timeline, &item);
}

static void timer(struct witness *w, const struct tcpsim_event *e, enum timeline_kind kind)
{
	struct end_ref ref = witness_numbered(w, e->host, e->connection);
	struct timeline_item item;

	if (!has_room(w, kind, e, ref, &item))
		return;
	if (ref.connection == TIMELINE_NONE)
		item.text = e->connection;
	item.before = item.after = e->before;
	item.timer = e->timer;
	if (kind == TIMELINE_TIMER_SET)
		item.until_ns = e->deadline_ns;
	timeline_add(w->timeline, &item);
}

static void cwnd(struct witness *w, const struct tcpsim_event *e)
{
	struct end_ref ref = witness_numbered(w, e->host, e->connection);
	struct timeline_item item;

	if (!has_room(w, TIMELINE_CWND, e, ref, &item))
		return;
	item.rule = (uint16_t)e->rule;
	item.cwnd.cwnd_bytes = e->cwnd.cwnd_bytes;
	item.cwnd.ssthresh_bytes = e->cwnd.ssthresh_bytes;
	timeline_add(w->timeline, &item);
}

static void error(struct witness *w, const struct tcpsim_event *e)
{
	struct end_ref ref = witness_numbered(w, e->host, e->connection);
	struct timeline_item item = witness_item(w, TIMELINE_ERROR, e->host, ref);
	struct timeline_end *end = witness_end_of(w, ref);

	if (end)
		end->error = e->error;
	item.rule = (uint16_t)e->rule;
	item.error = e->error;
	timeline_add(w->timeline, &item);
}

static void icmp(struct witness *w, const struct tcpsim_event *e)
{
	struct timeline_end *end = witness_end_of(w, witness_numbered(w, e->host, e->connection));
	struct timeline_item *item =
		w->arriving == TIMELINE_NONE ? NULL : timeline_at(w->timeline, w->arriving);

	if (end && e->rule == TCPSIM_RULE_CONNECT_ICMP_SOFT)
		end->soft_error = e->error;
	if (item && item->kind == TIMELINE_ICMP) {
		item->taken_rule = (uint16_t)e->rule;
		item->error = e->error;
	}
}

void witness_event(struct witness *w, const struct tcpsim_event *e)
{
	if (!w->timeline->most_items && WITNESS_ITEMS & 1u << e->kind)
		return;
	if (G_UNLIKELY(w->loops) && timeline_at(w->timeline, w->arriving)->until_ns != e->time_ns)
		witness_settle_loop(w, e->host);
	switch ((enum tcpsim_event_kind)e->kind) {
	case TCPSIM_EVENT_SEGMENT_OUT: segment_out(w, e); break;
	case TCPSIM_EVENT_SEGMENT_IN: segment_in(w, e); break;
	case TCPSIM_EVENT_STATE: state(w, e); break;
	case TCPSIM_EVENT_QUEUE: queue(w, e); break;
	case TCPSIM_EVENT_DROP: dropped(w, e); break;
	case TCPSIM_EVENT_ERROR: error(w, e); break;
	case TCPSIM_EVENT_ICMP: icmp(w, e); break;
	case TCPSIM_EVENT_TIMER_SET: timer(w, e, TIMELINE_TIMER_SET); break;
	case TCPSIM_EVENT_TIMER_FIRED: timer(w, e, TIMELINE_TIMER_FIRED); break;
	case TCPSIM_EVENT_TIMER_STOPPED: timer(w, e, TIMELINE_TIMER_STOPPED); break;
	case TCPSIM_EVENT_CWND: cwnd(w, e); break;
	case TCPSIM_EVENT_LIMIT: /* it follows from what stands there already */
	case TCPSIM_EVENT_CALL: break;
	}
}

void witness_said(struct witness *w, const char *host, const char *program, const char *text)
{
	const struct node *node = world_node(w->world, host);
	struct timeline_item item =
		witness_item(w, TIMELINE_SAID, node ? node->index : TIMELINE_NONE, WITNESS_NOBODY);

	if (!timeline_is_full(w->timeline)) {
		item.text = timeline_add_words(w->timeline, text);
		item.call.program = timeline_add_words(w->timeline, program);
	}
	timeline_add(w->timeline, &item);
}

/* --- reboots --- */

static void restarts(void *context, const struct node *host)
{
	struct witness *w = context;
	struct timeline_item item = witness_item(w, TIMELINE_REBOOT, host->index, WITNESS_NOBODY);
	struct timeline_node *node =
		&g_array_index(w->timeline->nodes, struct timeline_node, host->index);

	for (guint i = 0; i < w->timeline->connections->len; i++) {
		struct timeline_connection *c = w->timeline->connections->pdata[i];

		for (int e = 0; e < 2; e++) {
			struct timeline_end *end = &c->end[e];

			if (end->node != host->index || !end->is_tcp || end->state == TCPSIM_CLOSED)
				continue;
			end->ended_in = end->state;
			end->state = TCPSIM_CLOSED;
			end->ended_ns = item.time_ns;
			c->rebooted[e] = true;
			item.reboot.connections++;
		}
	}
	for (guint i = 0; i < w->timeline->listeners->len; i++) {
		struct timeline_listener *l = w->timeline->listeners->pdata[i];

		if (l->node == host->index)
			l->is_open = false;
	}
	node->reboots++;
	node->rebooted_ns = item.time_ns;
	if (w->refs[host->index])
		g_array_set_size(w->refs[host->index], 0);
	timeline_add(w->timeline, &item);
}

/* --- */

struct witness *witness_new(
	struct tcpsim_world *world, struct timeline *timeline, const struct node *watched)
{
	struct witness *w = g_new0(struct witness, 1);

	w->world = world;
	w->timeline = timeline;
	w->arriving = TIMELINE_NONE;
	w->watched = timeline->watched = watched ? watched->index : TIMELINE_NONE;
	w->refs = g_new0(GArray *, world->nodes->len + 1);
	w->tuples = g_hash_table_new_full(tuple_hash, tuple_equal, g_free, NULL);
	w->under_way = g_hash_table_new(NULL, NULL);
	for (guint i = 0; i < world->nodes->len; i++) {
		const struct node *node = world->nodes->pdata[i];

		timeline_add_node(timeline, node->name,
			node->kind == NODE_HOST	    ? TIMELINE_HOST
			: node->kind == NODE_ROUTER ? TIMELINE_ROUTER
						    : TIMELINE_SWITCH,
			node->is_kernel		  ? "kernel"
			: node->kind == NODE_HOST ? node->profile.name
						  : NULL);
	}
	w->hooks.context = w;
	w->hooks.restarts = restarts;
	witness_hook(w);
	witness_hook_calls(w);
	world->witness = &w->hooks;
	return w;
}

void witness_end(struct witness *w)
{
	w->timeline->end_ns = witness_now(w);
}

void witness_free(struct witness *w)
{
	if (!w)
		return;
	w->world->witness = NULL;
	for (guint i = 0; i < w->world->nodes->len; i++)
		if (w->refs[i])
			g_array_free(w->refs[i], TRUE);
	g_free(w->refs);
	g_hash_table_destroy(w->tuples);
	g_hash_table_destroy(w->under_way);
	g_free(w);
}
