/*
 * A capture as a view: each packet of a connection is an item with both ends' states after it and
 * the marks on it, each silence an item in front of the packet that ended it. See page.h.
 */
#include "traces/page/capture.h"
#include "timeline/timeline.h"
#include "traces/observer/icmp.h"
#include "traces/observer/rst.h"
#include "traces/observer/why.h"
#include "traces/page/inner.h"
#include "traces/page/page.h"
#include "traces/report/verdict.h"
#include "traces/report/words.h"

#include <string.h>

/* --- packets --- */

/* The client is end 0 of the page. */
static uint32_t end_of(const struct flow *f, unsigned side)
{
	return side != flow_client(f);
}

/* What stands behind the numbers: "<mss 1460,sackOK>", without what every segment has. */
static uint32_t options_text(
	struct page_view *v, const struct flow *f, const struct replay_row *row)
{
	struct tcpsim_segment seg = row->segment;
	uint8_t remarkable[TCPSIM_MAX_OPTIONS_LEN];
	char text[1024];
	const char *options;

	seg.options.raw = row->raw;
	if (!(seg.flags & TCPSIM_SYN)) {
		seg.options.raw_len =
			timeline_remarkable_options(row->raw, seg.options.raw_len, remarkable);
		seg.options.raw = remarkable;
	}
	if (seg.options.raw_len == 0)
		return 0;
	tcpsim_segment_text(
		&seg, f->side[row->side].base, f->side[!row->side].base, text, sizeof(text));
	options = strstr(text, " <");
	return options ? page_string(v, options + 1) : 0;
}

static uint32_t icmp_text(struct page_view *v, const struct replay_row *row)
{
	char name[32];

	return page_string(v, why_icmp_meaning(row->icmp_family, row->icmp_type, row->icmp_code,
				      name, sizeof(name)));
}

static uint32_t cause_text(struct page_view *v, const struct replay *r, const struct flow *f,
	const struct replay_row *row)
{
	const struct observed_reset *reset = !row->is_icmp && row->segment.flags & TCPSIM_RST
						     ? observer_reset_at(&r->observer, row->packet)
						     : NULL;
	const struct observed_icmp *icmp =
		row->is_icmp ? observer_icmp_at(&r->observer, row->packet) : NULL;
	char *text = reset ? why_reset_text(f, reset) : icmp ? why_icmp_effect(icmp) : NULL;
	uint32_t place = text ? page_string(v, text) : 0;

	g_free(text);
	return place;
}

static void add_notes(struct page_view *v, const struct observer *o, const struct flow *f,
	const struct replay_row *row)
{
	for (unsigned i = 0; i < row->n_notes; i++) {
		bool is_mark = row->notes[i].before == row->notes[i].after;
		struct observed_mark mark = observer_mark_told(
			o, row->packet, row->notes[i].rule, row->notes[i].evidence);
		struct page_note note = {.item = v->items->len - 1,
			.rule = page_rule(v, mark.rule),
			.end = end_of(f, row->notes[i].side),
			.before = is_mark ? PAGE_NONE : row->notes[i].before,
			.after = is_mark ? PAGE_NONE : row->notes[i].after,
			.certainty = mark.certainty,
			.evidence = (uint32_t)mark.evidence};

		g_array_append_val(v->notes, note);
	}
}

static void add_row(struct page_view *v, const struct replay *r, const struct flow *f,
	const struct replay_row *row)
{
	const struct tcpsim_segment *seg = &row->segment;
	struct page_item *item = page_item(v, row->is_icmp ? PAGE_ICMP : PAGE_SEGMENT);

	item->time = row->time_ns - r->start_ns;
	item->fate = PAGE_SEEN;
	item->packet = (uint32_t)row->packet;
	/* An ICMP error goes to the end whose segment it quotes: its peer's side sends it. */
	item->end = row->is_icmp ? !end_of(f, row->side) : end_of(f, row->side);
	item->before = row->state[row->is_icmp ? !row->side : row->side];
	item->after = row->state[row->is_icmp ? row->side : !row->side];
	item->cause = cause_text(v, r, f, row);
	if (row->is_icmp) {
		item->text = icmp_text(v, row);
	} else {
		item->seq = tcpsim_seq_sub(seg->seq, f->side[row->side].base.n).n;
		item->ack = seg->flags & TCPSIM_ACK
				    ? tcpsim_seq_sub(seg->ack, f->side[!row->side].base.n).n
				    : 0;
		item->len = seg->len;
		item->flags = seg->flags;
		/* As the ladder has it: a SYN's is never scaled (RFC 7323 §2.2). */
		item->win = seg->flags & (TCPSIM_SYN | TCPSIM_RST) ? seg->window : row->window;
		item->urgent = seg->urgent;
		item->text = options_text(v, f, row);
		item->a = row->in_flight;
		item->b = row->rtt_us;
		item->c = row->window;
	}
	add_notes(v, &r->observer, f, row);
}

static void add_stall(struct page_view *v, const struct replay *r, const struct flow *f,
	const struct flow_stall *stall)
{
	struct page_item *item = page_item(v, PAGE_STALL);
	char *what = verdict_stall(f, stall);

	item->time = stall->from_ns - r->start_ns;
	item->until = stall->to_ns - r->start_ns;
	item->end = end_of(f, stall->side);
	item->packet = (uint32_t)stall->after;
	item->text = page_string(v, what);
	item->a = stall->certainty;
	g_free(what);
}

static const struct flow_stall *stall_before(const struct flow *f, uint64_t packet, uint32_t *at)
{
	const struct flow_stalls *s = f->figures ? f->figures->stalls : NULL;

	while (s && *at < s->n && s->at[*at].after < packet)
		++*at;
	return s && *at < s->n && s->at[*at].after == packet ? &s->at[*at] : NULL;
}

/* --- connections --- */

static void put_end(struct json_line *j, const struct flow *f, unsigned side)
{
	const struct flow_side *s = &f->side[side];
	bool scaled = f->side[0].seen & f->side[1].seen & FLOW_WSCALE;
	char name[WORDS_MAX + 24];

	json_open(j, NULL, '{');
	json_string(j, "name", words_end(f, side, 99, name));
	json_string(j, "role", end_of(f, side) ? "server" : "client");
	json_uint(j, "isn", s->base.n);
	json_uint(j, "shift", scaled ? MIN(s->wscale, 14) : 0);
	json_uint(j, "state", s->state);
	json_uint(j, "packets", s->packets);
	json_uint(j, "bytes", s->bytes);
	json_uint(j, "again", s->retransmitted);
	if (f->listener != FLOW_NONE && end_of(f, side))
		json_uint(j, "listener", f->listener);
	json_close(j, '}');
}

static void put_limits(struct json_line *j, const struct replay *r, const struct flow *f)
{
	const struct flow_figures *g = f->figures;

	json_open(j, "limits", '[');
	for (unsigned side = 0; g != NULL && side < 2; side++)
		for (uint32_t i = 0; i < g->side[side].n_limits; i++) {
			const struct flow_interval *l = &g->side[side].limits[i];

			json_open(j, NULL, '[');
			json_int(j, NULL, l->from_ns - r->start_ns);
			json_int(j, NULL, l->to_ns - r->start_ns);
			json_uint(j, NULL, end_of(f, side));
			json_string(j, NULL, flow_limit_name(l->limit));
			json_uint(j, NULL, l->certainty);
			json_close(j, ']');
		}
	json_close(j, ']');
}

static void put_connection(struct json_line *j, const struct replay *r, const struct flow *f,
	guint first_item, guint items, guint rows)
{
	unsigned client = flow_client(f);
	char *verdict = verdict_text(f);

	json_open(j, NULL, '{');
	json_uint(j, "number", f->number);
	json_int(j, "start", f->start_ns - r->start_ns);
	json_int(j, "end", f->end_ns - r->start_ns);
	json_string(j, "outcome", flow_outcome_name(flow_outcome(f)));
	json_string(j, "verdict", verdict);
	json_uint(j, "trouble", flow_trouble(f));
	json_uint(j, "first", first_item);
	json_uint(j, "items", items);
	json_uint(j, "left_out",
		(uint64_t)f->side[0].packets + f->side[1].packets -
			MIN(rows, (uint64_t)f->side[0].packets + f->side[1].packets));
	json_uint(j, "rtt_us", flow_rtt_us(f));
	json_open(j, "ends", '[');
	put_end(j, f, client);
	put_end(j, f, !client);
	json_close(j, ']');
	put_limits(j, r, f);
	json_close(j, '}');
	g_free(verdict);
}

/* Number of a connection to the places of its rows. */
static GHashTable *rows_by_flow(const struct replay *r)
{
	GHashTable *of = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);

	for (guint i = 0; r->rows != NULL && i < r->rows->len; i++) {
		uint32_t flow = g_array_index(r->rows, struct replay_row, i).flow;
		GArray *rows = g_hash_table_lookup(of, GUINT_TO_POINTER(flow));

		if (rows == NULL) {
			rows = g_array_new(FALSE, FALSE, sizeof(guint));
			g_hash_table_insert(of, GUINT_TO_POINTER(flow), rows);
		}
		g_array_append_val(rows, i);
	}
	return of;
}

static void add_connection(
	struct page_view *v, const struct replay *r, const struct flow *f, const GArray *rows)
{
	guint first = v->items->len;
	uint32_t at = 0;

	for (guint i = 0; rows != NULL && i < rows->len; i++) {
		const struct replay_row *row =
			&g_array_index(r->rows, struct replay_row, g_array_index(rows, guint, i));
		const struct flow_stall *stall = stall_before(f, row->packet, &at);

		if (stall != NULL)
			add_stall(v, r, f, stall);
		add_row(v, r, f, row);
	}
	put_connection(&v->head, r, f, first, v->items->len - first, rows ? rows->len : 0);
}

/* A connection, by what the page's order is made of. */
struct troubled {
	uint64_t trouble;
	uint32_t number, place;
};

static int by_trouble(const void *a, const void *b)
{
	const struct troubled *x = a, *y = b;

	if (x->trouble != y->trouble)
		return x->trouble < y->trouble ? 1 : -1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void put_connections(struct page_view *v, const struct replay *r)
{
	struct troubled *all = g_new(struct troubled, flow_held(r->flows) + 1);
	GHashTable *rows = rows_by_flow(r);
	struct flow space;
	uint32_t n = 0;

	for (uint32_t place = 0; place < flow_places(r->flows); place++) {
		const struct flow *f = flow_look(r->flows, place, &space);

		if (f != NULL)
			all[n++] = (struct troubled){flow_trouble(f), f->number, place};
	}
	qsort(all, n, sizeof(*all), by_trouble);
	json_open(&v->head, "connections", '[');
	for (uint32_t i = 0; i < MIN(n, PAGE_CONNECTIONS); i++)
		add_connection(v, r, flow_look(r->flows, all[i].place, &space),
			g_hash_table_lookup(rows, GUINT_TO_POINTER(all[i].number)));
	json_close(&v->head, ']');
	json_uint(&v->head, "connections_left_out", n - MIN(n, PAGE_CONNECTIONS));
	g_hash_table_destroy(rows);
	g_free(all);
}

/* --- listeners --- */

static void put_listeners(struct page_view *v, const struct replay *r)
{
	size_t n;
	const struct listener_change *changes = listeners_changes(r->listeners, &n);
	char addr[TCPSIM_ADDRSTRLEN];

	json_open(&v->head, "listeners", '[');
	for (uint32_t i = 0; i < listeners_count(r->listeners); i++) {
		const struct listener *l = listeners_at(r->listeners, i);
		char *suggests = listener_suggestion(l);

		json_open(&v->head, NULL, '{');
		json_string(&v->head, "name", tcpsim_addr_text(&l->addr, addr));
		json_uint(&v->head, "port", l->port);
		json_string(&v->head, "suggests", suggests);
		json_close(&v->head, '}');
		g_free(suggests);
	}
	json_close(&v->head, ']');
	json_open(&v->head, "queues", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&v->head, NULL, '[');
		json_int(&v->head, NULL, changes[i].time_ns - r->start_ns);
		json_uint(&v->head, NULL, changes[i].listener);
		json_uint(&v->head, NULL, changes[i].incomplete);
		json_uint(&v->head, NULL, changes[i].completed);
		json_close(&v->head, ']');
	}
	json_close(&v->head, ']');
}

void page_add_replay(struct page *page, const struct replay *r, const char *title)
{
	struct page_view *v = page_add(page, "capture");
	char *quoted = g_shell_quote(r->paths);
	char *command = g_strconcat(r->options.shown_as ? "tcpsim simulate " : "tcpsim replay ",
		r->options.shown_as ? r->paths : quoted, NULL);

	json_string(&v->head, "name", r->paths);
	json_string(&v->head, "title", title);
	json_string(&v->head, "command", command);
	json_uint(&v->head, "packets", r->packets);
	json_uint(&v->head, "tcp_packets", r->tcp_packets);
	json_uint(&v->head, "all_connections", flow_count(r->flows));
	json_uint(&v->head, "let_go", replay_let_go(r));
	json_string(&v->head, "error", r->error);
	/* Text: 61 bits do not fit a number of JavaScript. */
	char *start = g_strdup_printf("%" G_GINT64_FORMAT, r->start_ns);
	json_string(&v->head, "start", start);
	json_int(&v->head, "lasts", r->end_ns - r->start_ns);
	put_connections(v, r);
	put_listeners(v, r);
	g_free(start);
	g_free(command);
	g_free(quoted);
}
