/*
 * A timeline as a view: what the hosts of a world did, with departures and arrivals, and the
 * variables of both ends as they stood after each. See page.h.
 */
#include "traces/page/world.h"
#include "traces/page/inner.h"
#include "traces/page/page.h"
#include "traces/report/timeline_entries.h"
#include "traces/report/timeline_inner.h"
#include "traces/report/timeline_ladder.h"
#include "traces/report/timeline_summary.h"
#include "traces/report/timeline_words.h"
#include "wire/options.h"

#include <string.h>

/* One connection on its way into the view. */
struct filling {
	struct page_view *v;
	const struct timeline *t;
	const struct timeline_connection *c;
	uint32_t number;
	unsigned shift[2]; /* of the windows, as the SYNs offered them */
	bool scaled[2];
	int64_t entered, completed, left; /* the queues of the listener; NEVER */
};

static const uint8_t KINDS[TIMELINE_NKINDS] = {
	[TIMELINE_SEGMENT] = PAGE_SEGMENT,
	[TIMELINE_AGAIN] = PAGE_TWIN,
	[TIMELINE_ICMP] = PAGE_ICMP,
	[TIMELINE_STATE] = PAGE_STATE,
	[TIMELINE_TIMER_SET] = PAGE_TIMER_SET,
	[TIMELINE_TIMER_FIRED] = PAGE_TIMER_FIRED,
	[TIMELINE_TIMER_STOPPED] = PAGE_TIMER_STOPPED,
	[TIMELINE_QUEUE] = PAGE_QUEUE,
	[TIMELINE_CWND] = PAGE_CWND,
	[TIMELINE_ERROR] = PAGE_ERROR,
	[TIMELINE_CALL] = PAGE_CALL,
	[TIMELINE_REBOOT] = PAGE_REBOOT,
};

/* --- items --- */

static void note_scale(struct filling *f, const struct timeline_item *i)
{
	const struct timeline_segment *s =
		&g_array_index(f->t->segments, struct timeline_segment, i->text);
	struct tcpsim_options options;

	if (!(s->flags & TCPSIM_SYN))
		return;
	tcp_options_parse(f->t->options->data + s->options, s->options_len, &options);
	f->scaled[i->end] = options.present & TCPSIM_HAS_WSCALE;
	f->shift[i->end] = MIN(options.wscale, 14);
}

static uint32_t relative(const struct timeline_end *end, tcpsim_seq seq)
{
	return end->has_base ? tcpsim_seq_sub(seq, end->base.n).n : seq.n;
}

static void fill_segment(struct filling *f, const struct timeline_item *i, struct page_item *item)
{
	const struct timeline_segment *s =
		&g_array_index(f->t->segments, struct timeline_segment, i->text);
	char text[1024];
	const char *options = text;

	timeline_segment_text(f->t, i, false, text, sizeof(text));
	if (i->kind != TIMELINE_ICMP)
		options = strstr(text, " <");
	item->text = options ? page_string(f->v, options + (*options == ' ')) : 0;
	item->fate = i->fate;
	item->packet = i->segment.seen;
	if (i->fate == TIMELINE_LOST) {
		item->cause = page_string(f->v, f->t->causes->pdata[i->segment.cause]);
		item->lost_from = i->segment.lost_from;
		item->lost_to = i->segment.lost_to;
	} else if (i->error) {
		item->cause = page_string(f->v, timeline_errno(i->error));
	}
	if (i->kind == TIMELINE_ICMP)
		return;
	note_scale(f, i);
	item->seq = relative(&f->c->end[i->end], s->seq);
	item->ack = s->flags & TCPSIM_ACK ? relative(&f->c->end[!i->end], s->ack) : 0;
	item->len = s->len;
	item->flags = s->flags;
	item->win = s->window;
	item->urgent = s->urgent;
}

static void fill_call(
	struct filling *f, const struct timeline_item *i, struct page_item *item, bool returns)
{
	bool at_once = i->until_ns == i->time_ns || i->until_ns == TIMELINE_NEVER;
	GString *text = g_string_new(NULL);

	timeline_call_text(f->t, i, returns || at_once, text);
	item->text = page_string(f->v, text->str);
	if (g_str_has_prefix(text->str, "accept") && i->call.result >= 0)
		f->left = i->until_ns;
	g_string_free(text, TRUE);
}

static void fill_figures(struct filling *f, const struct timeline_item *i, struct page_item *item)
{
	switch ((enum timeline_kind)i->kind) {
	case TIMELINE_TIMER_SET:
	case TIMELINE_TIMER_FIRED:
	case TIMELINE_TIMER_STOPPED:
		item->a = i->timer;
		item->text = page_string(f->v, timeline_timer_words((enum tcpsim_timer)i->timer,
						       (enum tcpsim_state)i->before));
		break;
	case TIMELINE_QUEUE:
		item->a = i->queue.incomplete;
		item->b = i->queue.completed;
		item->c = i->queue.port;
		break;
	case TIMELINE_CWND:
		item->a = i->cwnd.cwnd_bytes;
		item->b = i->cwnd.ssthresh_bytes;
		break;
	case TIMELINE_ERROR: item->text = page_string(f->v, timeline_errno(i->error)); break;
	case TIMELINE_REBOOT: item->a = i->reboot.connections; break;
	default: break;
	}
}

/* The listener's queues: in the one, in the other, taken by accept() or gone. */
static void note_queues(struct filling *f, const struct timeline_item *i)
{
	if (!f->c->end[i->end].is_passive)
		return;
	if (i->after == TCPSIM_SYN_RCVD)
		f->entered = i->time_ns;
	else if (i->after == TCPSIM_ESTABLISHED)
		f->completed = i->time_ns;
	else if (i->after == TCPSIM_CLOSED && f->left == TIMELINE_NEVER)
		f->left = i->time_ns;
}

static void add_note(struct filling *f, uint32_t rule, uint32_t end)
{
	struct page_note note = {.item = f->v->items->len - 1,
		.rule = page_rule(f->v, rule),
		.end = end,
		.before = PAGE_NONE,
		.after = PAGE_NONE,
		.certainty = PAGE_KNOWN};

	g_array_append_val(f->v->notes, note);
}

/* Why it left, and what the other end made of it. */
static void add_notes(struct filling *f, const struct timeline_item *i)
{
	if (i->rule && (i->kind != TIMELINE_SEGMENT || timeline_rule_is_remarkable(i->rule)))
		add_note(f, i->rule, i->end);
	if (i->taken_rule)
		add_note(f, i->taken_rule, !i->end);
}

static void add_item(struct filling *f, const struct timeline_item *i, bool returns, bool shown)
{
	struct page_item *item =
		page_item(f->v, returns ? PAGE_RETURNED : (enum page_kind)KINDS[i->kind]);

	item->time = returns ? i->until_ns : i->time_ns;
	item->until = returns ? PAGE_NEVER : i->until_ns;
	item->shown = shown;
	item->end = i->kind == TIMELINE_REBOOT ? f->c->end[1].node == i->node : i->end;
	item->node = i->node;
	item->before = i->before;
	item->after = i->after;
	item->past_tcp = i->kind == TIMELINE_SEGMENT && !i->rule;
	if (i->kind == TIMELINE_SEGMENT || i->kind == TIMELINE_ICMP || i->kind == TIMELINE_AGAIN)
		fill_segment(f, i, item);
	else if (i->kind == TIMELINE_CALL)
		fill_call(f, i, item, returns);
	else
		fill_figures(f, i, item);
	if (i->kind == TIMELINE_STATE)
		note_queues(f, i);
	if (!returns)
		add_notes(f, i);
}

/* What the ladder shows in its order, and between that what only the panels use. */
static void add_items(struct filling *f, const GArray *own)
{
	GArray *entries = ladder_entries(f->t, f->number);
	guint k = 0;

	for (guint e = 0; e <= entries->len; e++) {
		const struct ladder_entry *entry =
			e < entries->len ? &g_array_index(entries, struct ladder_entry, e) : NULL;
		uint32_t order = entry ? entry->order : UINT32_MAX;

		for (; k < own->len && g_array_index(own, uint32_t, k) < order; k++)
			add_item(f, timeline_at(f->t, g_array_index(own, uint32_t, k)), false,
				false);
		if (!entry)
			break;
		if (!entry->returns && k < own->len && g_array_index(own, uint32_t, k) == order)
			k++;
		add_item(f, timeline_at(f->t, entry->item), entry->returns, true);
	}
	g_array_free(entries, TRUE);
}

/* --- samples --- */

static guint add_samples(struct filling *f, const GArray *own)
{
	for (guint i = 0; own && i < own->len; i++) {
		const struct timeline_sample *s = &g_array_index(
			f->t->samples, struct timeline_sample, g_array_index(own, uint32_t, i));
		const struct timeline_end *end = &f->c->end[s->end], *peer = &f->c->end[!s->end];
		struct page_sample sample = {.time = s->time_ns,
			.end = s->end,
			.una = relative(end, s->snd_una),
			.nxt = relative(end, s->snd_nxt),
			.wnd = s->snd_wnd,
			.rcv_nxt = s->knows_peer ? relative(peer, s->rcv_nxt) : PAGE_NONE,
			.rcv_wnd = s->rcv_wnd,
			.cwnd = s->cwnd,
			.ssthresh = s->ssthresh,
			.mss = s->mss,
			.srtt = s->srtt_ns,
			.rttvar = s->rttvar_ns,
			.rto = s->rto_ns};

		g_array_append_val(f->v->samples, sample);
	}
	return own ? own->len : 0;
}

/* --- connections --- */

static uint32_t listener_of(const struct timeline *t, uint32_t node, uint16_t port)
{
	for (guint i = 0; i < t->listeners->len; i++) {
		const struct timeline_listener *l = t->listeners->pdata[i];

		if (l->node == node && l->port == port)
			return i;
	}
	return TIMELINE_NONE;
}

static void put_end(struct filling *f, int e)
{
	struct json_line *j = &f->v->head;
	const struct timeline_end *end = &f->c->end[e];
	char words[TIMELINE_END], address[64];
	uint32_t listener = listener_of(f->t, end->node, end->port);

	timeline_end_text(end, address);
	json_open(j, NULL, '{');
	json_string(j, "name", timeline_end_words(f->t, end, words));
	json_string(j, "address", address);
	json_string(j, "role",
		end->node == TIMELINE_NONE ? "nobody" : timeline_node_name(f->t, end->node));
	if (timeline_node(f->t, end->node))
		json_string(j, "system", timeline_node(f->t, end->node)->system);
	json_uint(j, "isn", end->has_base ? end->base.n : 0);
	json_uint(j, "shift", f->scaled[0] && f->scaled[1] ? f->shift[e] : 0);
	json_int(j, "state", end->is_tcp || end->node != TIMELINE_NONE ? end->state : -1);
	json_uint(j, "packets", end->segments);
	json_uint(j, "bytes", end->bytes);
	json_uint(j, "again", end->repeated);
	json_uint(j, "lost", end->lost);
	if (end->is_passive && listener != TIMELINE_NONE)
		json_uint(j, "listener", listener);
	json_close(j, '}');
}

static void put_times(struct json_line *j, const char *name, const int64_t *ns, size_t n)
{
	json_open(j, name, '[');
	for (size_t i = 0; i < n; i++)
		json_int(j, NULL, ns[i]);
	json_close(j, ']');
}

static void put_connection(struct filling *f, guint first, guint first_sample, guint samples)
{
	struct json_line *j = &f->v->head;
	char *verdict = timeline_verdict(f->t, f->c);
	const int64_t queued[] = {f->entered, f->completed, f->left};

	json_open(j, NULL, '{');
	json_uint(j, "number", f->number);
	json_int(j, "start", f->c->start_ns);
	json_int(j, "end", f->c->last_ns);
	json_string(j, "outcome", timeline_outcome(f->t, f->c));
	json_string(j, "verdict", verdict);
	json_uint(j, "trouble", timeline_trouble(f->t, f->c));
	json_uint(j, "first", first);
	json_uint(j, "items", f->v->items->len - first);
	json_uint(j, "first_sample", first_sample);
	json_uint(j, "samples", samples);
	put_times(j, "queued", queued, G_N_ELEMENTS(queued));
	json_open(j, "ends", '[');
	put_end(f, 0);
	put_end(f, 1);
	json_close(j, ']');
	json_close(j, '}');
	g_free(verdict);
}

/* Places of items, or of samples, by connection. */
static void sort_place(GArray **of, uint32_t connection, uint32_t place, guint n)
{
	if (connection >= n)
		return;
	if (of[connection] == NULL)
		of[connection] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	g_array_append_val(of[connection], place);
}

static void free_places(GArray **of, guint n)
{
	for (guint i = 0; i < n; i++)
		if (of[i])
			g_array_free(of[i], TRUE);
	g_free(of);
}

static void put_connections(struct page_view *v, const struct timeline *t)
{
	guint n = MIN(t->connections->len, PAGE_CONNECTIONS);
	GArray **items = g_new0(GArray *, n + 1), **samples = g_new0(GArray *, n + 1);

	for (uint32_t i = 0; i < t->items->len; i++)
		sort_place(items, timeline_at(t, i)->connection, i, n);
	for (uint32_t i = 0; i < t->samples->len; i++)
		sort_place(samples, g_array_index(t->samples, struct timeline_sample, i).connection,
			i, n);
	json_open(&v->head, "connections", '[');
	for (guint i = 0; i < n; i++) {
		struct filling f = {.v = v,
			.t = t,
			.c = t->connections->pdata[i],
			.number = i,
			.entered = TIMELINE_NEVER,
			.completed = TIMELINE_NEVER,
			.left = TIMELINE_NEVER};
		guint first = v->items->len, first_sample = v->samples->len;

		if (items[i])
			add_items(&f, items[i]);
		put_connection(&f, first, first_sample, add_samples(&f, samples[i]));
	}
	json_close(&v->head, ']');
	json_uint(&v->head, "connections_left_out",
		t->connections_left_out + t->connections->len - n);
	free_places(items, n);
	free_places(samples, n);
}

/* --- the rest --- */

static void put_nodes(struct json_line *j, const struct timeline *t)
{
	json_open(j, "nodes", '[');
	for (guint i = 0; i < t->nodes->len; i++)
		json_string(j, NULL, timeline_node_name(t, i));
	json_close(j, ']');
}

static void put_listeners(struct json_line *j, const struct timeline *t)
{
	json_open(j, "listeners", '[');
	for (guint i = 0; i < t->listeners->len; i++) {
		const struct timeline_listener *l = t->listeners->pdata[i];

		json_open(j, NULL, '{');
		json_string(j, "name", timeline_node_name(t, l->node));
		json_uint(j, "port", l->port);
		json_uint(j, "backlog", l->backlog);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "queues", '[');
	for (guint i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);
		uint32_t listener = item->kind == TIMELINE_QUEUE
					    ? listener_of(t, item->node, item->queue.port)
					    : TIMELINE_NONE;

		if (listener == TIMELINE_NONE)
			continue;
		json_open(j, NULL, '[');
		json_int(j, NULL, item->time_ns);
		json_uint(j, NULL, listener);
		json_uint(j, NULL, item->queue.incomplete);
		json_uint(j, NULL, item->queue.completed);
		json_close(j, ']');
	}
	json_close(j, ']');
}

/* What programs said. */
static void put_said(struct json_line *j, const struct timeline *t)
{
	json_open(j, "said", '[');
	for (guint i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->kind != TIMELINE_SAID)
			continue;
		json_open(j, NULL, '[');
		json_int(j, NULL, item->time_ns);
		json_string(j, NULL, timeline_node_name(t, item->node));
		json_string(j, NULL, timeline_words(t, item->call.program));
		json_string(j, NULL, timeline_words(t, item->text));
		json_close(j, ']');
	}
	json_close(j, ']');
}

void page_add_timeline(struct page *page, const struct timeline *t, const struct page_run *run)
{
	struct page_view *v = page_add(page, "world");
	struct json_line *j = &v->head;
	const GPtrArray *wrong = run->wrong;
	char *quoted = g_shell_quote(run->name),
	     *simulate = g_strconcat("tcpsim simulate ", quoted, NULL);

	json_string(j, "name", run->name);
	json_string(j, "heading", run->heading);
	json_string(j, "title", "what the hosts know");
	json_string(j, "command", run->command ? run->command : simulate);
	json_uint(j, "all_connections", t->connections->len + t->connections_left_out);
	json_uint(j, "items_left_out", t->left_out);
	json_string(j, "start", "0");
	json_int(j, "lasts", t->end_ns);
	put_nodes(j, t);
	put_connections(v, t);
	put_listeners(j, t);
	put_said(j, t);
	json_open(j, "wrong", '[');
	for (guint i = 0; wrong != NULL && i < wrong->len; i++)
		json_string(j, NULL, wrong->pdata[i]);
	json_close(j, ']');
	g_free(simulate);
	g_free(quoted);
}
