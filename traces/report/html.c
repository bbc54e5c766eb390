/*
 * A replay as one page that stands alone: the table of connections, for each whose rows were kept a
 * time-sequence graph a direction and its ladder, and the queues of listeners over time. No script,
 * nothing fetched; the graphs are SVG.
 *
 * The graph is Stevens': time to the right, sequence numbers upwards. A bar is a segment, red if it
 * was sent again; the green line below is what was acknowledged, the grey one above how far the
 * peer's window reaches.
 */
#include "traces/report/words.h"
#include "traces/why.h"

#include <math.h>

#define MAX_TABLE 1000
#define WIDTH	  1000
#define HEIGHT	  320
#define LEFT	  70
#define BOTTOM	  24

static const char STYLE[] =
	":root{color-scheme:light "
	"dark;--ink:#222;--paper:#fff;--dim:#777;--line:#ccc;--again:#c00;--ack:#080;"
	"--data:#036}"
	"@media(prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#181818;--dim:#999;--line:#444;"
	"--again:#f66;"
	"--ack:#6c6;--data:#8bf}}"
	"body{font:14px/1.4 "
	"system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2em auto;"
	"max-width:1080px;padding:0 1em}"
	"table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:1px "
	"8px;vertical-align:top}"
	"th{border-bottom:1px solid "
	"var(--line)}td.n{text-align:right;font-variant-numeric:tabular-nums}"
	"code,.ladder td{font-family:ui-monospace,monospace;font-size:12px}.ladder .note "
	"td{color:var(--dim);"
	"font-family:inherit}.same{color:var(--dim)}h2{margin-top:2em;border-top:1px solid "
	"var(--line);"
	"padding-top:1em}svg{width:100%;height:auto}svg text{fill:var(--dim);font-size:11px}"
	".axis{stroke:var(--line)}.data{stroke:var(--data);stroke-width:2}.again{stroke:var(--"
	"again);"
	"stroke-width:3}.ack{stroke:var(--ack);fill:none}.window{stroke:var(--dim);fill:none;"
	"stroke-dasharray:2 2}"
	".incomplete{stroke:var(--again);fill:none}.completed{stroke:var(--data);fill:none}"
	".reset,.refused,.unanswered{color:var(--again)}.closed,.established{color:var(--ack)}";

/* ---- text ---- */

static void put(FILE *out, const char *text)
{
	char *escaped = g_markup_escape_text(text, -1);

	fputs(escaped, out);
	g_free(escaped);
}

static void put_paths(FILE *out, const struct replay *r)
{
	char *valid = g_utf8_make_valid(r->paths, -1);

	put(out, valid);
	g_free(valid);
}

static void put_connection(FILE *out, const struct replay *r, const struct flow *f, bool linked)
{
	unsigned client = flow_client(f);
	const char *outcome = flow_outcome_name(flow_outcome(f));
	char end[WORDS_MAX + 24], span[WORDS_MAX];

	fprintf(out,
		linked ? "<tr><td class=n><a href=\"#c%u\">%u</a><td class=n>%.6f<td><code>"
		       : "<tr><td class=n><!--%u-->%u<td class=n>%.6f<td><code>",
		f->number, f->number, (double)(f->start_ns - r->start_ns) / 1e9);
	put(out, words_end(f, client, 99, end));
	fputs("</code><td><code>", out);
	put(out, words_end(f, !client, 99, end));
	fprintf(out,
		"</code><td class=n>%s<td class=n>%" G_GUINT64_FORMAT
		"<td class=n>%" G_GUINT64_FORMAT "<td class=n>%" G_GUINT64_FORMAT
		"<td class=n>%u<td class=%s>%s\n",
		words_span(f->end_ns - f->start_ns, span),
		(uint64_t)f->side[0].packets + f->side[1].packets, f->side[client].bytes,
		f->side[!client].bytes, f->side[0].retransmitted + f->side[1].retransmitted,
		outcome, outcome);
}

static bool has_rows(const struct replay *r, uint32_t flow)
{
	for (guint i = 0; r->rows != NULL && i < r->rows->len; i++)
		if (g_array_index(r->rows, struct replay_row, i).flow == flow)
			return true;
	return false;
}

static void put_table(FILE *out, const struct replay *r, bool all)
{
	uint32_t n;
	struct flow **flows = flow_in_order(r->flows, &n);
	uint32_t shown = all ? n : MIN(n, MAX_TABLE);

	fputs("<table><tr><th>#<th>start<th>client<th>server<th>lasts<th>packets<th>bytes "
	      "&gt;<th>&lt; "
	      "bytes<th>again<th>outcome\n",
		out);
	for (uint32_t i = 0; i < shown; i++)
		put_connection(out, r, flows[i], has_rows(r, flows[i]->number));
	g_free(flows);
	fputs("</table>\n", out);
	if (shown < n)
		fprintf(out, "<p>... and %u more; <code>--all</code> puts them here.\n", n - shown);
	if (replay_let_go(r) > 0)
		fprintf(out,
			"<p>%" G_GUINT64_FORMAT
			" more connections were too many to be kept, and are only counted.\n",
			replay_let_go(r));
}

/* ---- graphs ---- */

struct graph {
	FILE *out;
	double x0, x_scale; /* seconds to pixels */
	double y_scale, y_max;
};

static double graph_x(const struct graph *g, int64_t ns)
{
	return LEFT + ((double)ns / 1e9 - g->x0) * g->x_scale;
}

static double graph_y(const struct graph *g, double v)
{
	return HEIGHT - BOTTOM - v * g->y_scale;
}

/* 1, 2 or 5 times a power of ten, so that about five of them make up `span`; not under `least`. */
static double tick_of(double span, double least)
{
	double tick = pow(10, floor(log10(span / 5)));

	if (span / tick > 20)
		tick *= 5;
	else if (span / tick > 10)
		tick *= 2;
	return MAX(tick, least);
}

static void graph_begin(struct graph *g, FILE *out, int64_t from_ns, int64_t to_ns, double y_max)
{
	double span = MAX((double)(to_ns - from_ns) / 1e9, 1e-6);
	char count[WORDS_MAX];

	g->out = out;
	g->x0 = (double)from_ns / 1e9;
	g->x_scale = (WIDTH - LEFT - 10) / span;
	g->y_max = MAX(y_max, 1);
	g->y_scale = (HEIGHT - BOTTOM - 10) / g->y_max;
	fprintf(out, "<svg viewBox=\"0 0 %d %d\">\n", WIDTH, HEIGHT);
	for (double t = 0, tick = tick_of(span, 1e-6); t <= span; t += tick) {
		double x = LEFT + t * g->x_scale;

		fprintf(out, "<path class=axis d=\"M%.1f 10V%d\"/>", x, HEIGHT - BOTTOM);
		fprintf(out, "<text x=\"%.1f\" y=\"%d\">%.6g s</text>\n", MIN(x - 8, WIDTH - 40),
			HEIGHT - 8, t);
	}
	for (double v = 0, tick = tick_of(g->y_max, 1); v <= g->y_max; v += tick) {
		double y = graph_y(g, v);

		fprintf(out, "<path class=axis d=\"M%d %.1fH%d\"/>", LEFT, y, WIDTH - 10);
		fprintf(out, "<text x=\"4\" y=\"%.1f\">%s</text>\n", y + 4,
			words_count((uint64_t)v, count));
	}
}

static bool was_again(const struct replay_row *row)
{
	for (unsigned i = 0; i < row->n_notes; i++)
		switch (row->notes[i].rule) {
		case TCP_RULE_OBSERVE_AGAIN_SYN:
		case TCP_RULE_OBSERVE_AGAIN_SYN_ACK:
		case TCP_RULE_OBSERVE_AGAIN_FIN:
		case TCP_RULE_OBSERVE_AGAIN_FAST:
		case TCP_RULE_OBSERVE_AGAIN_TIMEOUT:
		case TCP_RULE_OBSERVE_AGAIN_PROBE:
		case TCP_RULE_OBSERVE_AGAIN:
		case TCP_RULE_OBSERVE_AGAIN_PATH_MTU:
		case TCP_RULE_OBSERVE_AGAIN_FAST_OPEN:
		case TCP_RULE_OBSERVE_AGAIN_NEEDLESS: return true;
		default: break;
		}
	return false;
}

static unsigned window_shift(const struct flow *f, unsigned side)
{
	return f->side[0].seen & f->side[1].seen & FLOW_WSCALE ? MIN(f->side[side].wscale, 14) : 0;
}

/* What `side` sent, and the peer's acknowledgments and window as two staircases. */
static void put_segments(struct graph *g, const GArray *rows, const struct flow *f, unsigned side)
{
	tcp_seq base = f->side[side].base;

	for (guint i = 0; i < rows->len; i++) {
		const struct replay_row *row = &g_array_index(rows, struct replay_row, i);
		uint32_t span = tcp_segment_span(&row->segment);
		int32_t at = seq_diff(row->segment.seq, base);

		if (row->flow != f->number || row->is_icmp || row->side != side || span == 0 ||
			at < 0 || at > g->y_max)
			continue;
		double x = graph_x(g, row->time_ns), low = graph_y(g, at),
		       high = graph_y(g, (double)at + span);
		fprintf(g->out, "<path class=%s d=\"M%.1f %.1fV%.1f\"/>\n",
			was_again(row) ? "again" : "data", x, low, MIN(high, low - 1.5));
	}
}

static void put_staircase(
	struct graph *g, const GArray *rows, const struct flow *f, unsigned side, bool window)
{
	tcp_seq base = f->side[side].base;
	unsigned shift = window_shift(f, !side);
	bool begun = false;

	fprintf(g->out, "<path class=%s d=\"", window ? "window" : "ack");
	for (guint i = 0; i < rows->len; i++) {
		const struct replay_row *row = &g_array_index(rows, struct replay_row, i);
		const struct tcp_segment *seg = &row->segment;

		if (row->flow != f->number || row->is_icmp || row->side == side ||
			!(seg->flags & TCP_ACK) || seg->flags & TCP_RST)
			continue;
		double v = seq_diff(seg->ack, base);
		if (window)
			v += (double)((uint32_t)seg->window << (seg->flags & TCP_SYN ? 0 : shift));
		double x = graph_x(g, row->time_ns), y = graph_y(g, CLAMP(v, 0, g->y_max));
		fprintf(g->out, begun ? "H%.1fV%.1f" : "M%.1f %.1f", x, y);
		begun = true;
	}
	fputs("\"/>\n", g->out);
}

static void put_graph(FILE *out, const struct replay *r, const struct flow *f, unsigned side)
{
	const struct flow_side *s = &f->side[side];
	double y_max = s->seen & FLOW_SENT ? seq_diff(s->nxt, s->base) : 0;
	struct graph g;

	if (s->bytes == 0 || y_max <= 0)
		return;
	fprintf(out, "<h3>What the %s sent</h3>\n", side == flow_client(f) ? "client" : "server");
	graph_begin(&g, out, f->start_ns, f->end_ns, y_max * 1.1);
	put_staircase(&g, r->rows, f, side, true);
	put_staircase(&g, r->rows, f, side, false);
	put_segments(&g, r->rows, f, side);
	fputs("</svg>\n", out);
}

/* ---- ladder ---- */

static void put_notes(
	FILE *out, const struct replay *r, const struct flow *f, const struct replay_row *row)
{
	for (unsigned i = 0; i < row->n_notes; i++) {
		const struct tcp_rule_text *rule = tcp_rule_text(row->notes[i].rule);

		fputs("<tr class=note><td><td><td><td>", out);
		if (row->notes[i].before != row->notes[i].after)
			fprintf(out, "%s: %s to %s. ",
				row->notes[i].side == flow_client(f) ? "client" : "server",
				tcp_state_name(row->notes[i].before),
				tcp_state_name(row->notes[i].after));
		put(out, rule->sentence);
		fprintf(out, " <code>%s</code><td>\n", rule->name);
	}
	const struct observed_icmp *icmp =
		row->is_icmp ? observer_icmp_at(&r->observer, row->packet) : NULL;
	if (icmp != NULL) {
		char *effect = why_icmp_effect(icmp);
		fputs("<tr class=note><td><td><td><td>", out);
		put(out, effect);
		fputs("<td>\n", out);
		g_free(effect);
	}
}

static void put_row(
	FILE *out, const struct replay *r, const struct flow *f, const struct replay_row *row)
{
	unsigned client = flow_client(f);
	bool rightwards = (row->side == client) != row->is_icmp;
	struct tcp_segment seg = row->segment;
	char text[1024], name[32];

	if (row->is_icmp) {
		g_snprintf(text, sizeof(text), "icmp %s",
			why_icmp_meaning(row->icmp_family, row->icmp_type, row->icmp_code, name,
				sizeof(name)));
	} else {
		seg.options.raw = row->raw;
		tcpsim_segment_text(&seg, f->side[row->side].base, f->side[!row->side].base, text,
			sizeof(text));
	}
	fprintf(out, "<tr><td class=n>%" G_GUINT64_FORMAT "<td class=n>%.6f<td>%s<td>%s ",
		row->packet, (double)(row->time_ns - f->start_ns) / 1e9,
		tcp_state_name(row->state[client]), rightwards ? "&rarr;" : "&larr;");
	put(out, text);
	fprintf(out, "<td>%s\n", tcp_state_name(row->state[!client]));
	put_notes(out, r, f, row);
}

static void put_ladder(FILE *out, const struct replay *r, const struct flow *f)
{
	fputs("<h3>Packet by packet</h3>\n<table "
	      "class=ladder><tr><th>#<th>seconds<th>client<th>segment<th>server\n",
		out);
	for (guint i = 0; i < r->rows->len; i++) {
		const struct replay_row *row = &g_array_index(r->rows, struct replay_row, i);

		if (row->flow == f->number)
			put_row(out, r, f, row);
	}
	fputs("</table>\n", out);
}

static void put_ladders(FILE *out, const struct replay *r)
{
	uint32_t n;
	struct flow **flows = flow_in_order(r->flows, &n);

	for (uint32_t i = 0; i < n; i++) {
		const struct flow *f = flows[i];

		if (!has_rows(r, f->number))
			continue;
		fprintf(out, "<h2 id=c%u>Connection %u</h2>\n", f->number, f->number);
		put_graph(out, r, f, flow_client(f));
		put_graph(out, r, f, !flow_client(f));
		put_ladder(out, r, f);
	}
	g_free(flows);
}

/* ---- listeners ---- */

static void put_queue(struct graph *g, const struct replay *r, uint32_t index, bool completed)
{
	size_t n;
	const struct listener_change *c = listeners_changes(r->listeners, &n);

	fprintf(g->out, "<path class=%s d=\"M%.1f %.1f", completed ? "completed" : "incomplete",
		graph_x(g, r->start_ns), graph_y(g, 0));
	for (size_t i = 0; i < n; i++)
		if (c[i].listener == index)
			fprintf(g->out, "H%.1fV%.1f", graph_x(g, c[i].time_ns),
				graph_y(g, completed ? c[i].completed : c[i].incomplete));
	fprintf(g->out, "H%.1f\"/>\n", graph_x(g, r->end_ns));
}

static void put_listeners(FILE *out, const struct replay *r)
{
	char addr[TCPSIM_ADDRSTRLEN];
	struct graph g;

	for (uint32_t i = 0; i < listeners_count(r->listeners); i++) {
		const struct listener *l = listeners_at(r->listeners, i);
		char *suggestion = listener_suggestion(l);

		if (suggestion != NULL) {
			fprintf(out, "<h2>Listener %s port %u</h2>\n<p>",
				tcpsim_addr_text(&l->addr, addr), l->port);
			put(out, suggestion);
			fputs("<p>Red: in SYN_RCVD. Blue: established, not yet seen to be "
			      "accepted.\n",
				out);
			graph_begin(&g, out, r->start_ns, r->end_ns,
				1.1 * MAX(l->peak_incomplete, l->peak_completed));
			put_queue(&g, r, i, false);
			put_queue(&g, r, i, true);
			fputs("</svg>\n", out);
		}
		g_free(suggestion);
	}
}

void report_html(const struct replay *r, const struct report_style *style)
{
	FILE *out = style->out;

	fputs("<!DOCTYPE html>\n<html lang=en><meta charset=utf-8><meta name=viewport "
	      "content=\"width=device-width\"><title>tcpsim replay: ",
		out);
	put_paths(out, r);
	fprintf(out, "</title><style>%s</style>\n<h1>", STYLE);
	put_paths(out, r);
	fprintf(out,
		"</h1>\n<p>%" G_GUINT64_FORMAT " packets, %" G_GUINT64_FORMAT
		" of TCP, %u connections.\n",
		r->packets, r->tcp_packets, flow_count(r->flows));
	if (r->error != NULL) {
		fputs("<p class=reset>The capture ends early: ", out);
		put(out, r->error);
		fputc('\n', out);
	}
	put_table(out, r, style->all);
	put_listeners(out, r);
	put_ladders(out, r);
	fputs("</html>\n", out);
}
