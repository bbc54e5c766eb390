/*
 * What a capture holds, in short: how many connections and what became of them, the table
 * (summary_table.c), what the whole of it shows (summary_whole.c), listeners whose queues look full,
 * and what of the capture could not be read.
 */
#include "traces/report/summary.h"
#include "traces/report/queues.h"
#include "traces/report/summary_parts.h"
#include "traces/report/summary_table.h"
#include "traces/report/summary_whole.h"
#include "traces/report/words.h"

#include <string.h>

#define SHOWN_LISTENERS 10
/* Memory is far away: so many records before it is one's turn it is asked for. */
#define AHEAD 8

static void print_title(const struct replay *r, const struct report_style *style)
{
	char span[WORDS_MAX];
	char *rest = g_strdup_printf(": %" G_GUINT64_FORMAT " packet%s in %s, %" G_GUINT64_FORMAT
				     " of TCP, %u connection%s",
		r->packets, r->packets == 1 ? "" : "s", words_span(r->end_ns - r->start_ns, span),
		r->tcp_packets, flow_count(r->flows), flow_count(r->flows) == 1 ? "" : "s");
	bool fits = strlen(r->paths) + strlen(rest) <= style->width;

	fprintf(style->out, "%s%s%s%s", words_colour(style, TERMINAL_BOLD), r->paths,
		words_colour(style, TERMINAL_PLAIN), fits ? rest : ":\n");
	if (fits)
		fputc('\n', style->out);
	else
		words_wrap(style, 2, false, rest + 2);
	g_free(rest);
}

/* Most connections went well: as soon as the table's rows are taken by others, such a one adds no
 * more than itself, and need not be unfolded. It is in no crowd: those came to nothing. */
static bool adds_itself_alone(struct summary *s, uint32_t place)
{
	struct flow_brief brief = flow_brief(s->r->flows, place);

	if (!brief.plain || !summary_row_behind(s, &brief) ||
		!summary_server_plain(s, place, &brief))
		return false;
	summary_row_plain(s);
	s->outcomes[FLOW_OUTCOME_CLOSED]++;
	return true;
}

/* Records are many, far away and folded: each is looked at once. */
static void survey(struct summary *s)
{
	struct flow space;

	for (uint32_t i = 0; i < flow_places(s->r->flows); i++) {
		const struct flow *f;

		flow_prefetch_look(s->r->flows, i + AHEAD);
		if (adds_itself_alone(s, i))
			continue;
		f = flow_look(s->r->flows, i, &space);
		if (f == NULL || !selection_has(&s->style->selection, &s->asked, f))
			continue;
		s->outcomes[flow_outcome(f)]++;
		if (summary_is_of_crowd(s, i))
			continue;
		summary_row(s, f);
		summary_server(s, f);
	}
}

static void print_outcomes(const struct summary *s)
{
	const struct replay *r = s->r;
	uint64_t count[FLOW_N_OUTCOMES], n = 0;
	GString *text = g_string_new(NULL);

	memcpy(count, s->outcomes, sizeof(count));
	for (unsigned i = 0; i < FLOW_N_OUTCOMES && selection_is_all(&s->style->selection); i++)
		count[i] += r->let_go[i];
	for (unsigned i = 0; i < FLOW_N_OUTCOMES; i++) {
		n += count[i];
		if (count[i] > 0)
			g_string_append_printf(text, "%s%" G_GUINT64_FORMAT " %s",
				text->len ? ", " : "", count[i], flow_outcome_name(i));
	}
	if (!selection_is_all(&s->style->selection))
		fprintf(s->style->out, "asked for: %" G_GUINT64_FORMAT " connection%s%s%s\n", n,
			n == 1 ? "" : "s", n > 0 ? ": " : "", text->str);
	else if (flow_count(r->flows) > 1)
		fprintf(s->style->out, "%s\n", text->str);
	g_string_free(text, TRUE);
}

static void print_skipped(const struct replay *r, const struct report_style *style)
{
	struct decapsulation_count counts[64];
	size_t n = decapsulation_counts(r->decapsulation, counts, G_N_ELEMENTS(counts));
	GString *text = g_string_new("not TCP or not readable: ");

	for (size_t i = 0; i < n; i++)
		g_string_append_printf(text, "%s%" G_GUINT64_FORMAT " %s", i ? ", " : "",
			counts[i].packets, counts[i].reason);
	if (n > 0)
		words_wrap(style, 0, false, text->str);
	for (size_t i = 0; i < n; i++)
		if (counts[i].trouble)
			fprintf(style->out, "  %s: %s\n", counts[i].reason, counts[i].sentence);
	g_string_free(text, TRUE);
}

/* A quarter of public captures have them: taken on the sending host, before its card filled them
 * in. */
static void print_wrong_sums(const struct replay *r, const struct report_style *style)
{
	char *text;

	if (r->wrong_sums == 0)
		return;
	text = g_strdup_printf("wrong TCP checksums: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
			       " segments, taken all the same (a host that captures what it sends "
			       "sees them before its network card fills them in)",
		r->wrong_sums, r->tcp_packets);
	words_wrap(style, 0, false, text);
	g_free(text);
}

/* Both queues of a listener over time. */
static void print_queues(const struct replay *r, const struct report_style *style, uint32_t index)
{
	size_t n;
	const struct listener_change *c = listeners_changes(r->listeners, &n);
	struct report_queue *own = g_new(struct report_queue, n);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (c[i].listener == index)
			own[m++] = (struct report_queue){
				c[i].time_ns, c[i].incomplete, c[i].completed};
	}
	report_queues(style, "SYN_RCVD", "waiting", own, m, r->start_ns, r->end_ns);
	g_free(own);
}

static void print_listener(const struct replay *r, const struct report_style *style, uint32_t index,
	const char *suggestion)
{
	const struct listener *l = listeners_at(r->listeners, index);
	char addr[TCPSIM_ADDRSTRLEN];
	GString *text = g_string_new(NULL);

	g_string_append_printf(text,
		"listener %s port %u: %u connection%s, at most %u in SYN_RCVD and up to %u waiting "
		"for accept. ",
		tcpsim_addr_text(&l->addr, addr), l->port, l->connections,
		l->connections == 1 ? "" : "s", l->peak_incomplete, l->peak_completed);
	if (suggestion != NULL)
		g_string_append(text, suggestion);
	words_wrap(style, 0, false, text->str);
	print_queues(r, style, index);
	g_string_free(text, TRUE);
}

static void print_listeners(const struct replay *r, const struct report_style *style)
{
	unsigned shown = 0, left = 0;

	for (uint32_t i = 0; i < listeners_count(r->listeners); i++) {
		const struct listener *l = listeners_at(r->listeners, i);
		char *suggestion = listener_suggestion(l);

		if (suggestion != NULL || (style->all && l->answered)) {
			if (shown++ < SHOWN_LISTENERS || style->all)
				print_listener(r, style, i, suggestion);
			else
				left++;
		}
		g_free(suggestion);
	}
	if (left > 0)
		fprintf(style->out, "... and %u more listener%s with suspicions; --all shows %s\n",
			left, left == 1 ? "" : "s", left == 1 ? "it" : "them");
}

void report_summary(const struct replay *r, const struct report_style *style)
{
	struct summary s = {.r = r,
		.style = style,
		.many = flow_held(r->flows) > SHOWN_CONNECTIONS,
		.rows = summary_rows_new(),
		.servers = summary_servers_new(r)};

	asked_init(&s.asked, r);
	crowds_find(&s.crowds, r);
	survey(&s);
	print_title(r, style);
	print_outcomes(&s);
	summary_crowds(&s);
	summary_table(&s);
	summary_slow(&s);
	summary_shares(&s);
	print_listeners(r, style);
	print_skipped(r, style);
	print_wrong_sums(r, style);
	if (r->error != NULL)
		fprintf(style->out, "%sthe capture ends early; what is above was read before%s\n",
			words_colour(style, TERMINAL_YELLOW), words_colour(style, TERMINAL_PLAIN));
	summary_rows_free(s.rows);
	summary_servers_free(s.servers);
	crowds_clear(&s.crowds);
	asked_clear(&s.asked);
}
