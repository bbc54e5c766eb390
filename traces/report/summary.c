/*
 * The table of connections: the most troubled ones first where there are many, what went wrong with
 * each in a line below it; then listeners whose queues look full, and what of the capture could not
 * be read.
 */
#include "traces/report/verdict.h"
#include "traces/report/words.h"
#include "traces/why.h"

#include <string.h>

#define SHOWN_CONNECTIONS 20
#define SHOWN_LISTENERS	  10

/* ---- which ones ---- */

struct pick {
	uint64_t trouble;
	const struct flow *flow;
};

static int by_trouble(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	if (x->trouble != y->trouble)
		return x->trouble < y->trouble ? 1 : -1;
	return x->flow->number < y->flow->number ? -1 : x->flow->number > y->flow->number;
}

/* The `most` most troubled ones, worst first: one pass with a short list, however many
 * connections. */
static size_t pick_worst(const struct replay *r, struct pick *picks, size_t most)
{
	size_t n = 0;

	for (uint32_t i = 0; i < flow_places(r->flows); i++) {
		const struct flow *f = flow_at(r->flows, i);
		struct pick p = {f ? flow_trouble(f) : 0, f};

		if (f == NULL)
			continue;

		if (n == most && by_trouble(&p, &picks[n - 1]) > 0)
			continue;
		size_t at = n < most ? n++ : n - 1;
		for (; at > 0 && by_trouble(&p, &picks[at - 1]) < 0; at--)
			picks[at] = picks[at - 1];
		picks[at] = p;
	}
	return n;
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
		add(text, "%u of the %s overtaken", s->out_of_order, who);
	if (s->dup_acks > 2)
		add(text, "%u duplicate ACKs by the %s", s->dup_acks, who);
	if (s->zero_windows > 0)
		add(text, "%s closed its window (%u)", who, s->zero_windows);
	if (s->keepalives > 0)
		add(text, "%u keepalives by the %s", s->keepalives, who);
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
	const struct tcp_profile *profile)
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
};

static unsigned columns_width(const struct columns *c)
{
	return c->number + 1 + c->start + 2 + c->client + 2 + c->server + c->lasts + c->packets +
	       2 * c->bytes + 2 + (unsigned)strlen("established");
}

/* Roomy, or no wider than what stands in them. */
static void measure_counts(
	const struct replay *r, const struct pick *picks, size_t n, struct columns *c)
{
	char text[WORDS_MAX];

	c->lasts = 1 + (unsigned)strlen("lasts");
	c->packets = 1 + (unsigned)strlen("pkts");
	c->bytes = 1 + (unsigned)strlen("bytes>");
	for (size_t i = 0; i < n; i++) {
		const struct flow *f = picks[i].flow;

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

static struct columns measure(
	const struct replay *r, const struct pick *picks, size_t n, unsigned width)
{
	struct columns c = {.number = 1,
		.start = 5,
		.client = 6,
		.server = 6,
		.lasts = 9,
		.packets = 7,
		.bytes = 8};
	char text[WORDS_MAX + 24];

	for (size_t i = 0; i < n; i++) {
		const struct flow *f = picks[i].flow;

		c.number = MAX(c.number, (unsigned)g_snprintf(text, sizeof(text), "%u", f->number));
		c.start = MAX(c.start, (unsigned)g_snprintf(text, sizeof(text), "%.3f",
					       (double)(f->start_ns - r->start_ns) / 1e9));
		c.client = MAX(c.client, (unsigned)strlen(words_end(f, flow_client(f), 99, text)));
		c.server = MAX(c.server, (unsigned)strlen(words_end(f, !flow_client(f), 99, text)));
	}
	if (columns_width(&c) > width)
		measure_counts(r, picks, n, &c);
	unsigned rest = columns_width(&c) - c.client - c.server;
	unsigned room = width > rest + 24 ? width - rest : 24;
	while (c.client + c.server > room)
		if (c.client >= c.server)
			c.client--;
		else
			c.server--;
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

static void print_head(const struct report_style *style, const struct columns *c)
{
	fprintf(style->out, "%s%*s %*s  %-*s  %-*s%*s%*s%*s%*s  %s%s\n",
		words_colour(style, TERMINAL_BOLD), (int)c->number, "#", (int)c->start, "start",
		(int)c->client, "client", (int)c->server, "server", (int)c->lasts, "lasts",
		(int)c->packets, "pkts", (int)c->bytes, "bytes>", (int)c->bytes, "<bytes",
		"outcome", words_colour(style, TERMINAL_PLAIN));
}

static void print_row(const struct replay *r, const struct report_style *style,
	const struct firsts *firsts, const struct columns *c, const struct flow *f)
{
	unsigned client = flow_client(f);
	enum flow_outcome outcome = flow_outcome(f);
	char a[WORDS_MAX + 24], b[WORDS_MAX + 24], span[WORDS_MAX], packets[WORDS_MAX],
		up[WORDS_MAX], down[WORDS_MAX];

	fprintf(style->out, "%*u %*.3f  %-*s  %-*s%*s%*s%*s%*s  %s%s%s\n", (int)c->number,
		f->number, (int)c->start, (double)(f->start_ns - r->start_ns) / 1e9, (int)c->client,
		words_end(f, client, c->client, a), (int)c->server,
		words_end(f, !client, c->server, b), (int)c->lasts,
		words_span(f->end_ns - f->start_ns, span), (int)c->packets,
		words_count((uint64_t)f->side[0].packets + f->side[1].packets, packets),
		(int)c->bytes, words_count(f->side[client].bytes, up), (int)c->bytes,
		words_count(f->side[!client].bytes, down),
		words_colour(style, outcome_colour(outcome)), flow_outcome_name(outcome),
		words_colour(style, TERMINAL_PLAIN));
	GString *text = remarks(r, firsts, f, style->profile);
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
	text = g_strdup_printf("... %" G_GUINT64_FORMAT
			       " connections, the least troubled, are counted above and not kept: "
			       "there were too many that came to nothing, or more than --memory "
			       "holds (--json tells each)",
		replay_let_go(r));
	words_wrap(style, 0, false, text);
	g_free(text);
}

static void print_connections(const struct replay *r, const struct report_style *style)
{
	uint32_t held;
	struct flow **flows = flow_in_order(r->flows, &held);
	size_t n = style->all || held <= SHOWN_CONNECTIONS ? held : SHOWN_CONNECTIONS;
	struct pick *picks = g_new0(struct pick, n + 1);

	if (n == held)
		for (uint32_t i = 0; i < held; i++)
			picks[i].flow = flows[i];
	else
		pick_worst(r, picks, n);
	g_free(flows);
	if (n > 0) {
		struct columns c = measure(r, picks, n, style->width);
		struct firsts firsts = firsts_of(r);

		print_head(style, &c);
		for (size_t i = 0; i < n; i++)
			print_row(r, style, &firsts, &c, picks[i].flow);
		firsts_free(&firsts);
	}
	if (n < held)
		fprintf(style->out,
			"... the %zu most troubled of %u connections; --all shows every one\n", n,
			held);
	print_let_go(r, style);
	g_free(picks);
}

/* ---- around it ---- */

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

static void print_outcomes(const struct replay *r, const struct report_style *style)
{
	uint64_t count[FLOW_N_OUTCOMES];
	GString *text = g_string_new(NULL);

	memcpy(count, r->let_go, sizeof(count));
	for (uint32_t i = 0; i < flow_places(r->flows); i++)
		if (flow_at(r->flows, i) != NULL)
			count[flow_outcome(flow_at(r->flows, i))]++;
	for (unsigned i = 0; i < FLOW_N_OUTCOMES; i++)
		if (count[i] > 0)
			g_string_append_printf(text, "%s%" G_GUINT64_FORMAT " %s",
				text->len ? ", " : "", count[i], flow_outcome_name(i));
	if (flow_count(r->flows) > 1)
		fprintf(style->out, "%s\n", text->str);
	g_string_free(text, TRUE);
}

/* Of a capture with many connections: what the time of all went into, both directions of each. */
static void print_shares(const struct replay *r, const struct report_style *style)
{
	GString *text = g_string_new("what the connections' time went into:");
	double all = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < FLOW_N_LIMITS; i++)
		all += r->observer.limit_s[i];
	for (unsigned i = 0; i < FLOW_N_LIMITS && all > 0; i++)
		if (r->observer.limit_s[i] >= all / 200)
			g_string_append_printf(text, "%s %.0f %% %s", n++ > 0 ? "," : "",
				r->observer.limit_s[i] / all * 100, flow_limit_name(i));
	if (n > 0 && flow_count(r->flows) > SHOWN_CONNECTIONS)
		words_wrap(style, 0, false, text->str);
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
		fprintf(style->out, "... and %u more listeners with suspicions; --all shows them\n",
			left);
}

void report_summary(const struct replay *r, const struct report_style *style)
{
	print_title(r, style);
	print_outcomes(r, style);
	print_connections(r, style);
	print_shares(r, style);
	print_listeners(r, style);
	print_skipped(r, style);
	print_wrong_sums(r, style);
	if (r->error != NULL)
		fprintf(style->out, "%sthe capture ends early; what is above was read before%s\n",
			words_colour(style, TERMINAL_YELLOW), words_colour(style, TERMINAL_PLAIN));
}
