/*
 * The table of connections: those with the most harm first where there are many, what went wrong
 * with each in a line below it.
 */
#include "traces/report/summary_table.h"
#include "traces/observer/why.h"
#include "traces/report/summary_parts.h"
#include "traces/report/verdict.h"
#include "traces/report/words.h"

#include <string.h>

/* ---- which ones ---- */

/* One that may stand in the table: a copy, as its record may be folded. */
struct row {
	struct flow flow;
	double harm;
};

/* Those asked for that belong to no crowd: how many there are, and the first few by the order that
 * was asked for. */
struct summary_rows {
	guint all, n;
	struct row at[SHOWN_CONNECTIONS];
};

struct summary_rows *summary_rows_new(void)
{
	return g_new0(struct summary_rows, 1);
}

void summary_rows_free(struct summary_rows *rows)
{
	g_free(rows);
}

static int compare(
	const struct summary *s, const struct flow *f, double harm, const struct row *row)
{
	const struct selection *only = &s->style->selection;

	if (only->sort == NULL && harm != row->harm)
		return harm > row->harm ? -1 : 1;
	return key_compare(&s->asked, only->sort, only->reversed, f, &row->flow);
}

/* Puts it among the first few, if it is one of them. */
void summary_row(const struct summary *s, const struct flow *f)
{
	struct summary_rows *rows = s->rows;
	double harm = flow_harm(f);
	guint at = rows->n;

	rows->all++;
	if (at == SHOWN_CONNECTIONS && compare(s, f, harm, &rows->at[at - 1]) > 0)
		return;
	if (at < SHOWN_CONNECTIONS)
		rows->n++;
	else
		at--;
	for (; at > 0 && compare(s, f, harm, &rows->at[at - 1]) < 0; at--)
		rows->at[at] = rows->at[at - 1];
	rows->at[at] = (struct row){*f, harm};
}

/* It has harmed nobody, and of two alike the earlier one comes first. */
bool summary_row_behind(const struct summary *s, const struct flow_brief *plain)
{
	const struct summary_rows *rows = s->rows;
	const struct row *last = &rows->at[SHOWN_CONNECTIONS - 1];

	if (rows->n < SHOWN_CONNECTIONS || s->style->selection.sort != NULL ||
		!selection_is_all(&s->style->selection))
		return false;
	return last->harm > 0 || flow_trouble(&last->flow) > 0 || last->flow.number < plain->number;
}

void summary_row_plain(const struct summary *s)
{
	s->rows->all++;
}

static int by_order(gconstpointer a, gconstpointer b, gpointer summary)
{
	const struct flow *const *x = a, *const *y = b;
	const struct summary *s = summary;
	const struct selection *only = &s->style->selection;

	return key_compare(&s->asked, only->sort, only->reversed, *x, *y);
}

static int by_number(gconstpointer a, gconstpointer b)
{
	const struct flow *const *x = a, *const *y = b;

	return (*x)->number < (*y)->number ? -1 : (*x)->number > (*y)->number;
}

/* Every one that the table may show, by their numbers. */
static void pick_all(const struct summary *s, GPtrArray *picks)
{
	uint32_t n, *places = flow_in_order(s->r->flows, &n);

	for (uint32_t i = 0; i < n; i++) {
		struct flow *f = flow_at(s->r->flows, places[i]);

		if (selection_has(&s->style->selection, &s->asked, f) &&
			!summary_is_of_crowd(s, f->place))
			g_ptr_array_add(picks, f);
	}
	g_free(places);
}

/* The connections that the table shows, in its order. */
static GPtrArray *picks_of(const struct summary *s)
{
	GPtrArray *picks = g_ptr_array_new();
	bool sorted = s->style->selection.sort != NULL;

	if (s->style->all) {
		pick_all(s, picks);
		if (sorted)
			g_ptr_array_sort_with_data(picks, by_order, (gpointer)s);
		return picks;
	}
	for (guint i = 0; i < s->rows->n; i++)
		g_ptr_array_add(picks, &s->rows->at[i].flow);
	if (s->rows->all <= SHOWN_CONNECTIONS && !sorted)
		g_ptr_array_sort(picks, by_number);
	return picks;
}

/* ---- what to say ---- */

static void add(GString *text, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add(GString *text, const char *format, ...)
{
	va_list args;

	if (text->len > 0)
		g_string_append(text, "; ");
	va_start(args, format);
	g_string_append_vprintf(text, format, args);
	va_end(args);
}

static void add_side(GString *text, const char *who, const struct flow_side *s)
{
	if (s->out_of_order > 0)
		add(text, "%u segment%s of the %s overtaken", s->out_of_order,
			s->out_of_order == 1 ? "" : "s", who);
	if (s->dup_acks > 2)
		add(text, "%u duplicate ACKs by the %s", s->dup_acks, who);
	if (s->zero_windows > 0)
		add(text, "%s shut its window %u time%s", who, s->zero_windows,
			s->zero_windows == 1 ? "" : "s");
	if (s->keepalives > 0)
		add(text, "%u keepalive%s by the %s", s->keepalives, s->keepalives == 1 ? "" : "s",
			who);
}

/* The first RST and the first ICMP error of each connection that has one: place in their lists,
 * plus one. */
struct firsts {
	GHashTable *resets, *icmps;
};

static void note_first(GHashTable *firsts, uint32_t flow, size_t at)
{
	if (!g_hash_table_contains(firsts, GUINT_TO_POINTER(flow)))
		g_hash_table_insert(firsts, GUINT_TO_POINTER(flow), GSIZE_TO_POINTER(at + 1));
}

static struct firsts firsts_of(const struct replay *r)
{
	struct firsts f = {g_hash_table_new(NULL, NULL), g_hash_table_new(NULL, NULL)};

	for (size_t i = 0; i < r->observer.n_resets; i++)
		note_first(f.resets, r->observer.resets[i].place, i);
	for (size_t i = 0; i < r->observer.n_icmps; i++)
		note_first(f.icmps, r->observer.icmps[i].place, i);
	return f;
}

static void firsts_free(struct firsts *f)
{
	g_hash_table_destroy(f->resets);
	g_hash_table_destroy(f->icmps);
}

static void add_reset(
	GString *text, const struct replay *r, const struct firsts *firsts, const struct flow *f)
{
	size_t at =
		GPOINTER_TO_SIZE(g_hash_table_lookup(firsts->resets, GUINT_TO_POINTER(f->place)));

	if (at == 0)
		return;
	const struct observed_reset *reset = &r->observer.resets[at - 1];
	add(text, "RST by the %s: %s", reset->side == flow_client(f) ? "client" : "server",
		why_cause(reset->rule));
}

static void add_icmp(
	GString *text, const struct replay *r, const struct firsts *firsts, const struct flow *f)
{
	size_t at =
		GPOINTER_TO_SIZE(g_hash_table_lookup(firsts->icmps, GUINT_TO_POINTER(f->place)));
	char name[32];

	if (at == 0)
		return;
	const struct observed_icmp *icmp = &r->observer.icmps[at - 1];
	add(text, "ICMP: %s",
		why_icmp_meaning(icmp->family, icmp->type, icmp->code, name, sizeof(name)));
}

/* What happened, in plain words: the sentence, then what it does not tell. */
static GString *remarks(const struct replay *r, const struct firsts *firsts, const struct flow *f,
	const struct tcpsim_profile *profile)
{
	GString *text = g_string_new(NULL);
	unsigned client = flow_client(f);
	char *schedule = NULL;

	char *verdict = verdict_text(f);
	g_string_append_len(text, verdict, (gssize)strlen(verdict) - 1);
	g_free(verdict);
	if (f->side[client].seen & FLOW_SYN)
		schedule = words_schedule(&f->side[client], profile);
	if (schedule != NULL)
		add(text, "SYN %s", schedule);
	/* No other cause is suspected: loss is the plain reading. */
	if (schedule != NULL && f->side[!client].seen & FLOW_SYN_ACK && f->listener != FLOW_NONE &&
		listener_syns_dropped(listeners_at(r->listeners, f->listener)) == 0)
		add(text, "the SYN or its answer was lost on the way");
	g_free(schedule);
	add_reset(text, r, firsts, f);
	add_icmp(text, r, firsts, f);
	if (!(f->side[client].extra != NULL &&
		    f->side[client].extra->n_gaps == f->side[client].retransmitted))
		add_side(text, "client", &f->side[client]);
	add_side(text, "server", &f->side[!client]);
	if (f->marks & FLOW_SIMULTANEOUS)
		add(text, "simultaneous open");
	return text;
}

/* ---- the table ---- */

struct columns {
	unsigned number, start, client, server;
	unsigned lasts, packets, bytes; /* with the blank in front of each */
	bool ends_below; /* no room: addresses stand on a line of their own, never cut */
};

static unsigned columns_width(const struct columns *c)
{
	unsigned ends = c->ends_below ? 0 : 2 + c->client + 2 + c->server;

	return c->number + 1 + c->start + ends + c->lasts + c->packets + 2 * c->bytes + 2 +
	       (unsigned)strlen("established");
}

/* No wider than what stands in them. */
static void measure_counts(const GPtrArray *picks, struct columns *c)
{
	char text[WORDS_MAX];

	c->lasts = 1 + (unsigned)strlen("lasts");
	c->packets = 1 + (unsigned)strlen("pkts");
	c->bytes = 1 + (unsigned)strlen("bytes>");
	for (guint i = 0; i < picks->len; i++) {
		const struct flow *f = picks->pdata[i];

		c->lasts = MAX(
			c->lasts, 1 + (unsigned)strlen(words_span(f->end_ns - f->start_ns, text)));
		c->packets = MAX(c->packets,
			1 + (unsigned)strlen(words_count(
				    (uint64_t)f->side[0].packets + f->side[1].packets, text)));
		for (unsigned side = 0; side < 2; side++)
			c->bytes = MAX(c->bytes,
				1 + (unsigned)strlen(words_count(f->side[side].bytes, text)));
	}
}

static struct columns measure(const struct summary *s, const GPtrArray *picks)
{
	/* Roomy, where there is room. */
	struct columns c = {.number = 1,
		.start = 5,
		.client = 6,
		.server = 6,
		.lasts = 9,
		.packets = 7,
		.bytes = 8};
	char text[WORDS_END];

	for (guint i = 0; i < picks->len; i++) {
		const struct flow *f = picks->pdata[i];

		c.number = MAX(c.number, (unsigned)g_snprintf(text, sizeof(text), "%u", f->number));
		c.start = MAX(c.start, (unsigned)strlen(words_time(s->style, f->start_ns,
					       s->r->start_ns, WORDS_MILLISECONDS, text)));
		c.client = MAX(c.client, (unsigned)strlen(words_end(f, flow_client(f), 99, text)));
		c.server = MAX(c.server, (unsigned)strlen(words_end(f, !flow_client(f), 99, text)));
	}
	if (columns_width(&c) > s->style->width)
		measure_counts(picks, &c);
	c.ends_below = columns_width(&c) > s->style->width;
	return c;
}

static enum terminal_colour outcome_colour(enum flow_outcome outcome)
{
	switch (outcome) {
	case FLOW_OUTCOME_CLOSED:
	case FLOW_OUTCOME_ESTABLISHED: return TERMINAL_GREEN;
	case FLOW_OUTCOME_MIDSTREAM: return TERMINAL_PLAIN;
	case FLOW_OUTCOME_HALF_OPEN: return TERMINAL_YELLOW;
	default: return TERMINAL_RED;
	}
}

/* Both ends, where they stand in the row; else nothing. */
static void print_ends(const struct report_style *style, const struct columns *c,
	const char *client, const char *server)
{
	if (!c->ends_below)
		fprintf(style->out, "  %-*s  %-*s", (int)c->client, client, (int)c->server, server);
}

static void print_head(const struct report_style *style, const struct columns *c)
{
	fprintf(style->out, "%s%*s %*s", words_colour(style, TERMINAL_BOLD), (int)c->number, "#",
		(int)c->start, "start");
	print_ends(style, c, "client", "server");
	fprintf(style->out, "%*s%*s%*s%*s  %s%s\n", (int)c->lasts, "lasts", (int)c->packets, "pkts",
		(int)c->bytes, "bytes>", (int)c->bytes, "<bytes", "outcome",
		words_colour(style, TERMINAL_PLAIN));
}

/* The addresses, if they had no room, and the ends' names, if the capture has any. */
static void print_below(const struct summary *s, const struct columns *c, const struct flow *f)
{
	char end[WORDS_END];
	GString *line = g_string_new(NULL);

	for (unsigned i = 0; i < 2; i++) {
		unsigned side = i == 0 ? flow_client(f) : !flow_client(f);
		const char *name = words_name(s->r, s->style, f, side);

		if (c->ends_below)
			g_string_append_printf(
				line, "%s%s", i > 0 ? " > " : "", words_end(f, side, 99, end));
		if (name != NULL && c->ends_below)
			g_string_append_printf(line, " (%s)", name);
		else if (name != NULL)
			g_string_append_printf(line, "%s%s: %s", line->len > 0 ? ", " : "",
				i == 0 ? "client" : "server", name);
	}
	if (line->len > 0)
		words_wrap(s->style, c->number + 1, false, line->str);
	g_string_free(line, TRUE);
}

static void print_row(const struct summary *s, const struct firsts *firsts, const struct columns *c,
	const struct flow *f)
{
	const struct report_style *style = s->style;
	unsigned client = flow_client(f);
	enum flow_outcome outcome = flow_outcome(f);
	char a[WORDS_END], b[WORDS_END], start[WORDS_MAX], span[WORDS_MAX], packets[WORDS_MAX],
		up[WORDS_MAX], down[WORDS_MAX];

	fprintf(style->out, "%*u %*s", (int)c->number, f->number, (int)c->start,
		words_time(style, f->start_ns, s->r->start_ns, WORDS_MILLISECONDS, start));
	print_ends(style, c, words_end(f, client, 99, a), words_end(f, !client, 99, b));
	fprintf(style->out, "%*s%*s%*s%*s  %s%s%s\n", (int)c->lasts,
		words_span(f->end_ns - f->start_ns, span), (int)c->packets,
		words_count((uint64_t)f->side[0].packets + f->side[1].packets, packets),
		(int)c->bytes, words_count(f->side[client].bytes, up), (int)c->bytes,
		words_count(f->side[!client].bytes, down),
		words_colour(style, outcome_colour(outcome)), flow_outcome_name(outcome),
		words_colour(style, TERMINAL_PLAIN));
	print_below(s, c, f);
	GString *text = remarks(s->r, firsts, f, style->profile);
	if (text->len > 0) {
		fputs(words_colour(style, TERMINAL_DIM), style->out);
		words_wrap(style, c->number + 1, false, text->str);
		fputs(words_colour(style, TERMINAL_PLAIN), style->out);
	}
	g_string_free(text, TRUE);
}

static void print_let_go(const struct replay *r, const struct report_style *style)
{
	char *text;

	if (replay_let_go(r) == 0)
		return;
	text = g_strdup_printf(
		"... %" G_GUINT64_FORMAT
		" connections, those with the least harm, are counted above and not kept: "
		"there were too many that came to nothing, or more than --memory "
		"holds (--json tells each)",
		replay_let_go(r));
	words_wrap(style, 0, false, text);
	g_free(text);
}

/* How many there are beyond the rows, and how to see them. */
static void print_rest(const struct summary *s, guint shown, guint n)
{
	const struct report_style *style = s->style;
	const struct connection_key *sort = style->selection.sort;

	if (!selection_is_all(&style->selection) && n == 0)
		fprintf(style->out, "no connection is like that\n");
	if (shown == n)
		return;
	fprintf(style->out, "... %u of %u connections, by %s; --all shows every one\n", shown, n,
		sort != NULL ? sort->name : "the harm that came to them");
}

/* The command that tells more. */
static void print_next(const struct summary *s, const struct flow *f)
{
	const struct report_style *style = s->style;
	char *text;

	if (style->command == NULL)
		return;
	text = g_strdup_printf("the first of them, packet by packet: %s -c %u %s", style->command,
		f->number, style->captures);
	words_wrap(style, 0, false, text);
	g_free(text);
}

void summary_table(const struct summary *s)
{
	GPtrArray *picks = picks_of(s);

	if (picks->len > 0) {
		struct columns c = measure(s, picks);
		struct firsts firsts = firsts_of(s->r);

		print_head(s->style, &c);
		for (guint i = 0; i < picks->len; i++)
			print_row(s, &firsts, &c, picks->pdata[i]);
		firsts_free(&firsts);
	}
	print_rest(s, picks->len, s->rows->all);
	if (s->many && picks->len > 0)
		print_next(s, picks->pdata[0]);
	print_let_go(s->r, s->style);
	g_ptr_array_free(picks, TRUE);
}
