/* A timeline as a table: connections with what became of them, listeners with what they dropped. */
#include "traces/report/timeline_summary.h"
#include "traces/report/timeline.h"
#include "traces/report/timeline_words.h"
#include "traces/report/words.h"

#include <string.h>

#define SHOWN_CONNECTIONS 20
#define SHOWN_LISTENERS	  20

struct pick {
	uint64_t trouble;
	uint32_t connection;
};

uint64_t timeline_trouble(const struct timeline *t, const struct timeline_connection *c)
{
	uint64_t trouble = 0;
	bool is_good = strcmp(timeline_outcome(t, c), "closed") == 0 ||
		       strcmp(timeline_outcome(t, c), "established") == 0;

	for (int e = 0; e < 2; e++)
		trouble += c->end[e].lost + c->end[e].repeated + c->end[e].syns_ignored;
	return trouble + (is_good ? 0 : 1000000);
}

static int by_trouble(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	if (x->trouble != y->trouble)
		return x->trouble < y->trouble ? 1 : -1;
	return x->connection < y->connection ? -1 : x->connection > y->connection;
}

static int by_number(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	return x->connection < y->connection ? -1 : x->connection > y->connection;
}

/* All of them; or the worst, where there are many. */
static GArray *picks_of(const struct timeline *t, const struct report_style *style)
{
	GArray *picks = g_array_new(FALSE, FALSE, sizeof(struct pick));

	for (guint i = 0; i < t->connections->len; i++) {
		struct pick p = {timeline_trouble(t, t->connections->pdata[i]), i};

		g_array_append_val(picks, p);
	}
	if (!style->all && picks->len > SHOWN_CONNECTIONS) {
		qsort(picks->data, picks->len, sizeof(struct pick), by_trouble);
		g_array_set_size(picks, SHOWN_CONNECTIONS);
	}
	if (picks->len) /* none is no array */
		qsort(picks->data, picks->len, sizeof(struct pick), by_number);
	return picks;
}

static void print_head(const struct timeline *t, const struct report_style *style)
{
	static const char *const OUTCOME[] = {"closed", "established", "refused", "reset",
		"given up", "unreachable", "forgotten", "half-open", "unanswered"};
	guint n = t->connections->len;
	GString *text = g_string_new(NULL);

	g_string_printf(text, "%u connection%s", n, n == 1 ? "" : "s");
	for (guint o = 0; o < G_N_ELEMENTS(OUTCOME); o++) {
		guint count = 0;

		for (guint i = 0; i < n; i++)
			count += strcmp(timeline_outcome(t, t->connections->pdata[i]),
					 OUTCOME[o]) == 0;
		if (count)
			g_string_append_printf(text, ", %u %s", count, OUTCOME[o]);
	}
	if (t->connections_left_out)
		g_string_append_printf(text,
			"; %" G_GUINT64_FORMAT " more came when no room was left for them",
			t->connections_left_out);
	fprintf(style->out, "\n%s%s%s\n", words_colour(style, TERMINAL_BOLD), text->str,
		words_colour(style, TERMINAL_PLAIN));
	g_string_free(text, TRUE);
}

static unsigned width_of(const struct timeline *t, const GArray *picks, int e)
{
	unsigned width = 6;
	char text[TIMELINE_END];

	for (guint i = 0; i < picks->len; i++) {
		const struct timeline_connection *c =
			t->connections->pdata[g_array_index(picks, struct pick, i).connection];

		timeline_end_words(t, &c->end[e], text);
		width = MAX(width, (unsigned)g_utf8_strlen(text, -1));
	}
	return width;
}

static void print_padded(const struct report_style *style, const char *text, unsigned width)
{
	long len = g_utf8_strlen(text, -1);

	fprintf(style->out, "%s%*s", text,
		len < (long)width ? (int)(width - (unsigned long)len) : 0, "");
}

static void print_connection(const struct timeline *t, const struct report_style *style,
	uint32_t number, const unsigned width[2])
{
	const struct timeline_connection *c = t->connections->pdata[number];
	char text[TIMELINE_END], bytes[2][WORDS_MAX], span[WORDS_MAX];
	char *verdict = timeline_verdict(t, c);

	fprintf(style->out, "%-3u %10.6f  ", number, (double)c->start_ns * 1e-9);
	print_padded(style, timeline_end_words(t, &c->end[0], text), width[0] + 2);
	print_padded(style, timeline_end_words(t, &c->end[1], text), width[1] + 2);
	fprintf(style->out, "%8s %7s %7s  %s\n", words_span(c->last_ns - c->start_ns, span),
		words_count(c->end[0].bytes, bytes[0]), words_count(c->end[1].bytes, bytes[1]),
		timeline_outcome(t, c));
	if (*verdict)
		words_wrap(style, 4, false, verdict);
	g_free(verdict);
}

/* --- listeners --- */

static void print_listener(const struct timeline *t, const struct report_style *style,
	const struct timeline_listener *l)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text,
		"%s:%u, backlog %u: %u SYN%s came, %u entr%s made, %u accepted; at most %u "
		"incomplete, %u completed",
		timeline_node_name(t, l->node), l->port, l->backlog, l->syns,
		l->syns == 1 ? "" : "s", l->entries, l->entries == 1 ? "y was" : "ies were",
		l->accepted, l->peak_incomplete, l->peak_completed);
	if (l->cookies)
		g_string_append_printf(text, "; %u answered with a cookie", l->cookies);
	if (l->expired)
		g_string_append_printf(
			text, "; %u entr%s died of age", l->expired, l->expired == 1 ? "y" : "ies");
	for (unsigned rule = 1; rule < TCPSIM_NRULES; rule++)
		if (l->dropped[rule])
			g_string_append_printf(text, "; %u dropped (%s)", l->dropped[rule],
				tcpsim_rule_text((enum tcpsim_rule)rule)->name);
	words_wrap(style, 2, false, text->str);
	g_string_free(text, TRUE);
}

static void print_listeners(const struct timeline *t, const struct report_style *style)
{
	guint n = t->listeners->len, most = style->all ? n : MIN(n, SHOWN_LISTENERS);

	if (n)
		fprintf(style->out, "\nListeners\n");
	for (guint i = 0; i < most; i++)
		print_listener(t, style, t->listeners->pdata[i]);
	if (most < n)
		fprintf(style->out, "  %u more; --all shows them\n", n - most);
}

static void print_reboots(const struct timeline *t, const struct report_style *style)
{
	for (guint i = 0; i < t->nodes->len; i++) {
		const struct timeline_node *n = timeline_node(t, i);

		if (n->reboots)
			fprintf(style->out, "\n%s went down and came up again at %.6f\n", n->name,
				(double)n->rebooted_ns * 1e-9);
	}
}

void report_timeline_summary(const struct timeline *t, const struct report_style *style)
{
	GArray *picks = picks_of(t, style);
	unsigned width[2] = {width_of(t, picks, 0), width_of(t, picks, 1)};

	print_head(t, style);
	if (picks->len) {
		fprintf(style->out, "%s%-3s %10s  %-*s%-*s%8s %7s %7s  %s%s\n",
			words_colour(style, TERMINAL_DIM), "#", "start", (int)width[0] + 2, "from",
			(int)width[1] + 2, "to", "lasts", "bytes>", "<bytes", "outcome",
			words_colour(style, TERMINAL_PLAIN));
		for (guint i = 0; i < picks->len; i++)
			print_connection(
				t, style, g_array_index(picks, struct pick, i).connection, width);
	}
	if (picks->len < t->connections->len)
		fprintf(style->out, "%u more; --all shows them\n",
			t->connections->len - picks->len);
	print_listeners(t, style);
	print_reboots(t, style);
	g_array_free(picks, TRUE);
}
