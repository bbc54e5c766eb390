/*
 * One connection, packet by packet: when, which way, the segment in packetdrill's notation with
 * relative numbers, the state of each end after it, and below it what it means. The client stands
 * left. A rule's sentence is told where it first applies, afterwards its name is enough.
 */
#include "timeline/timeline.h"
#include "traces/report/verdict.h"
#include "traces/report/words.h"
#include "traces/why.h"

#include <string.h>

/* A ladder longer than this shows its beginning, its end and what is remarkable. */
#define LONG_LADDER   120
#define KEEP_FIRST    30
#define KEEP_LAST     15
#define WORTH_ELIDING 4
#define DELTA_WIDTH   8

struct ladder {
	const struct replay *r;
	const struct report_style *style;
	const struct flow *f;
	unsigned client;
	unsigned number_width, time_width, text_column, text_width;
	bool told[TCP_NRULES]; /* rules whose sentence has been printed */
	uint8_t shown_state[2];
	int64_t before_ns; /* when the row before it passed, shown or not; 0: none did */
	bool elided;
};

/* The silence that this packet ended, or NULL. */
static const struct flow_stall *stall_of(const struct ladder *l, const struct replay_row *row)
{
	const struct flow_stalls *stalls = l->f->figures ? l->f->figures->stalls : NULL;

	for (uint32_t i = 0; stalls != NULL && i < stalls->n; i++)
		if (stalls->at[i].after == row->packet)
			return &stalls->at[i];
	return NULL;
}

/* ---- what is worth a line ---- */

/* Changes of state show in the columns already; these need a word. */
static bool is_remarkable(enum tcp_rule rule)
{
	switch (rule) {
	case TCP_RULE_OBSERVE_CONNECT:
	case TCP_RULE_OBSERVE_LISTENING:
	case TCP_RULE_OBSERVE_SYN_ANSWERED:
	case TCP_RULE_OBSERVE_SYN_ACKED:
	case TCP_RULE_ARRIVE_SYN_SENT_SYN_ACK:
	case TCP_RULE_OBSERVE_FIN_SENT:
	case TCP_RULE_OBSERVE_FIN_RECEIVED:
	case TCP_RULE_OBSERVE_FIN_ACKED:
	case TCP_RULE_OBSERVE_RST_ACCEPTED:
	case TCP_RULE_OBSERVE_RST_UNACCEPTABLE:
	case TCP_RULE_OBSERVE_RST_NOT_EXACT: return false;
	default: return true;
	}
}

static bool row_is_remarkable(const struct replay_row *row)
{
	if (row->is_icmp || row->segment.flags & (TCP_SYN | TCP_FIN | TCP_RST))
		return true;
	for (unsigned i = 0; i < row->n_notes; i++)
		if (row->notes[i].rule != TCP_RULE_OBSERVE_WINDOW_UPDATE)
			return true;
	return false;
}

/* ---- notes ---- */

static void print_note(const struct ladder *l, const char *text, const char *rule)
{
	GString *whole = g_string_new(text);

	if (rule != NULL)
		g_string_append_printf(whole, " (%s)", rule);
	fputs(words_colour(l->style, TERMINAL_CYAN), l->style->out);
	words_wrap(l->style, l->text_column, false, whole->str);
	fputs(words_colour(l->style, TERMINAL_PLAIN), l->style->out);
	g_string_free(whole, TRUE);
}

static void note_rule(struct ladder *l, enum tcp_rule rule)
{
	const struct tcp_rule_text *text = tcp_rule_text(rule);

	l->told[rule] = true;
	print_note(l, text->sentence, text->name);
}

static void note_reset(struct ladder *l, const struct replay_row *row)
{
	const struct observed_reset *reset = observer_reset_at(&l->r->observer, row->packet);
	char *text;

	if (reset == NULL)
		return;
	text = why_reset_text(l->f, reset);
	print_note(l, text, tcp_rule_text(reset->rule)->name);
	g_free(text);
}

static void note_icmp(struct ladder *l, const struct replay_row *row)
{
	const struct observed_icmp *icmp = observer_icmp_at(&l->r->observer, row->packet);

	if (icmp == NULL)
		return;
	char *effect = why_icmp_effect(icmp);
	print_note(l, effect, NULL);
	g_free(effect);
}

/* A rule told before needs only its name, and several of them one line. */
static void note_again(GString *names, enum tcp_rule rule)
{
	const char *name = why_cause(rule);

	g_string_append(names, names->len ? ", " : "");
	for (const char *c = name; *c != '\0'; c++)
		g_string_append_c(names, *c == '-' ? ' ' : *c);
}

/* One rule may say the same of both ends. */
static bool noted_before(const struct replay_row *row, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (row->notes[i].rule == row->notes[at].rule)
			return true;
	return false;
}

static void print_notes(struct ladder *l, const struct replay_row *row)
{
	GString *names = g_string_new(NULL);

	if (row->is_icmp)
		note_icmp(l, row);
	else if (row->segment.flags & TCP_RST)
		note_reset(l, row);
	for (unsigned i = 0; i < row->n_notes; i++) {
		enum tcp_rule rule = row->notes[i].rule;
		bool cause = row->segment.flags & TCP_RST &&
			     g_str_has_prefix(tcp_rule_text(rule)->name, "rst/");

		if (!is_remarkable(rule) || cause || noted_before(row, i))
			continue;
		if (l->told[rule])
			note_again(names, rule);
		else
			note_rule(l, rule);
	}
	if (names->len > 0)
		print_note(l, names->str, NULL);
	g_string_free(names, TRUE);
}

/* ---- rows ---- */

static void row_text(const struct ladder *l, const struct replay_row *row, char *out, size_t size)
{
	struct tcp_segment seg = row->segment;
	const struct flow_side *s = &l->f->side[row->side], *peer = &l->f->side[!row->side];
	uint8_t telling[TCP_MAX_OPTIONS_LEN];
	char name[32];

	if (row->is_icmp) {
		g_snprintf(out, (gulong)size, "icmp %s",
			why_icmp_meaning(row->icmp_family, row->icmp_type, row->icmp_code, name,
				sizeof(name)));
		return;
	}
	seg.options.raw = row->raw;
	if (!l->style->all && !(seg.flags & TCP_SYN)) {
		seg.options.raw_len =
			timeline_telling_options(row->raw, seg.options.raw_len, telling);
		seg.options.raw = telling;
	}
	tcpsim_segment_text(&seg, s->base, peer->base, out, size);
}

static void print_state(struct ladder *l, unsigned side, const struct replay_row *row, bool last)
{
	const struct report_style *style = l->style;
	bool changed = row->state[side] != l->shown_state[side];
	const char *name = tcp_state_name(row->state[side]);

	fprintf(style->out, "%s%-*s%s", words_colour(style, changed ? TERMINAL_BOLD : TERMINAL_DIM),
		last ? 0 : 12, name, words_colour(style, TERMINAL_PLAIN));
	l->shown_state[side] = row->state[side];
}

/* A row of its own for the silence before it. */
static void print_stall(const struct ladder *l, const struct replay_row *row)
{
	const struct flow_stall *stall = stall_of(l, row);
	char span[WORDS_MAX], *what, *text;

	if (stall == NULL)
		return;
	what = verdict_stall(l->f, stall);
	text = g_strdup_printf("~ %s %s%s", words_span(stall->to_ns - stall->from_ns, span), what,
		stall->certainty == OBSERVER_SUSPECTED ? " (suspected)" : "");
	fputs(words_colour(l->style, TERMINAL_YELLOW), l->style->out);
	words_wrap(l->style, l->text_column, false, text);
	fputs(words_colour(l->style, TERMINAL_PLAIN), l->style->out);
	g_free(text);
	g_free(what);
}

/* How long after the packet before it, shown or not. */
static const char *delta(const struct ladder *l, const struct replay_row *row, char out[WORDS_MAX])
{
	char span[WORDS_MAX];

	if (l->before_ns == 0)
		return "";
	g_snprintf(out, WORDS_MAX, "+%s", words_span(row->time_ns - l->before_ns, span));
	return out;
}

static void print_row(struct ladder *l, const struct replay_row *row)
{
	const struct report_style *style = l->style;
	bool from_client = row->side == l->client;
	char text[1024], since[WORDS_MAX];

	print_stall(l, row);
	row_text(l, row, text, sizeof(text));
	/* An ICMP error goes to the end whose segment it quotes. */
	bool rightwards = row->is_icmp ? !from_client : from_client;
	size_t n = words_first_part(text, l->text_width);
	fprintf(style->out, "%s%*" G_GUINT64_FORMAT "%s %*.6f %s%*s%s  ",
		words_colour(style, TERMINAL_DIM), (int)l->number_width, row->packet,
		words_colour(style, TERMINAL_PLAIN), (int)l->time_width,
		(double)(row->time_ns - l->f->start_ns) / 1e9, words_colour(style, TERMINAL_DIM),
		DELTA_WIDTH, delta(l, row, since), words_colour(style, TERMINAL_PLAIN));
	print_state(l, l->client, row, false);
	fprintf(style->out, "%s %-*.*s ", rightwards ? "-->" : "<--", (int)l->text_width, (int)n,
		text);
	print_state(l, !l->client, row, true);
	fputc('\n', style->out);
	if (text[n] != '\0')
		words_wrap(style, l->text_column + 2, false, text + n + (text[n] == ' '));
	print_notes(l, row);
}

static void print_elided(const struct ladder *l, const GArray *rows, guint from, guint to)
{
	uint64_t bytes[2] = {0, 0}, packets[2] = {0, 0};
	GString *text = g_string_new(NULL);
	char a[WORDS_MAX], b[WORDS_MAX];

	for (guint i = from; i < to; i++) {
		const struct replay_row *row = &g_array_index(rows, struct replay_row, i);

		packets[row->side]++;
		bytes[row->side] += row->segment.len;
	}
	g_string_append_printf(text,
		"... %u packets: %" G_GUINT64_FORMAT " of the client (%s bytes), %" G_GUINT64_FORMAT
		" of the server (%s bytes)",
		to - from, packets[l->client], words_count(bytes[l->client], a),
		packets[!l->client], words_count(bytes[!l->client], b));
	fputs(words_colour(l->style, TERMINAL_DIM), l->style->out);
	words_wrap(l->style, l->text_column, false, text->str);
	fputs(words_colour(l->style, TERMINAL_PLAIN), l->style->out);
	g_string_free(text, TRUE);
}

/* Where the next row stands that is to be shown, from `i` on. */
static guint next_shown(const struct ladder *l, const GArray *rows, guint i)
{
	while (i < rows->len && i >= KEEP_FIRST && i + KEEP_LAST < rows->len &&
		!row_is_remarkable(&g_array_index(rows, struct replay_row, i)) &&
		stall_of(l, &g_array_index(rows, struct replay_row, i)) == NULL)
		i++;
	return i;
}

static void print_rows(struct ladder *l, const GArray *rows)
{
	bool whole = l->style->all || rows->len <= LONG_LADDER;

	for (guint i = 0; i < rows->len; i++) {
		guint next = whole ? i : next_shown(l, rows, i);

		if (next - i >= WORTH_ELIDING) {
			print_elided(l, rows, i, next);
			l->elided = true;
			i = next;
			if (i < rows->len && i > 0)
				l->before_ns =
					g_array_index(rows, struct replay_row, i - 1).time_ns;
		}
		if (i == rows->len)
			break;
		print_row(l, &g_array_index(rows, struct replay_row, i));
		l->before_ns = g_array_index(rows, struct replay_row, i).time_ns;
	}
}

/* ---- around it ---- */

static void print_options(const struct ladder *l, unsigned side)
{
	const struct flow_side *s = &l->f->side[side];
	GString *text = g_string_new(NULL);

	if (!(s->seen & (FLOW_SYN | FLOW_SYN_ACK))) {
		g_string_free(text, TRUE);
		return;
	}
	if (s->seen & FLOW_MSS)
		g_string_append_printf(text, ", MSS %u", s->mss);
	if (s->seen & FLOW_WSCALE)
		g_string_append_printf(text, ", window scale %u", s->wscale);
	if (s->seen & FLOW_SACK)
		g_string_append(text, ", SACK");
	if (s->seen & FLOW_TIMESTAMPS)
		g_string_append(text, ", timestamps");
	fprintf(l->style->out, "  %s offers %s\n", side == l->client ? "client" : "server",
		text->len ? text->str + 2 : "no options");
	g_string_free(text, TRUE);
}

static void print_title(const struct ladder *l)
{
	const struct flow *f = l->f;
	char a[WORDS_MAX + 24], b[WORDS_MAX + 24], span[WORDS_MAX];

	fprintf(l->style->out, "\n%sconnection %u%s: client %s, server %s; %s after %s\n",
		words_colour(l->style, TERMINAL_BOLD), f->number,
		words_colour(l->style, TERMINAL_PLAIN), words_end(f, l->client, 99, a),
		words_end(f, !l->client, 99, b), flow_outcome_name(flow_outcome(f)),
		words_span(f->end_ns - f->start_ns, span));
	if (f->marks & FLOW_START_SYN || f->marks & FLOW_START_SYN_ACK) {
		print_options(l, l->client);
		print_options(l, !l->client);
	} else {
		fprintf(l->style->out,
			"  the capture begins in its middle; who opened it was not seen\n");
	}
}

/* The thing that matters first. */
static void print_verdict(const struct ladder *l)
{
	char *text = verdict_text(l->f);

	fputs(words_colour(l->style, TERMINAL_BOLD), l->style->out);
	words_wrap(l->style, 2, false, text);
	fputs(words_colour(l->style, TERMINAL_PLAIN), l->style->out);
	g_free(text);
}

static void append_end(GString *text, const char *who, const struct flow_side *s)
{
	g_string_append_printf(
		text, "%s: %" G_GUINT64_FORMAT " byte%s", who, s->bytes, s->bytes == 1 ? "" : "s");
	if (s->retransmitted > 0)
		g_string_append_printf(text, ", %u segment%s sent again", s->retransmitted,
			s->retransmitted == 1 ? "" : "s");
	g_string_append_printf(text, ", ends in %s", tcp_state_name(s->state));
}

static void print_foot(const struct ladder *l)
{
	const struct flow_side *c = &l->f->side[l->client], *s = &l->f->side[!l->client];
	char *schedule = c->seen & FLOW_SYN ? words_schedule(c, l->style->profile) : NULL;
	GString *text = g_string_new(NULL);

	if (schedule != NULL)
		g_string_append_printf(text, "the client's SYN was %s. ", schedule);
	g_free(schedule);
	append_end(text, "client", c);
	append_end(text, "; server", s);
	words_wrap(l->style, 2, false, text->str);
	g_string_free(text, TRUE);
	if (l->r->rows_left_out > 0)
		fprintf(l->style->out, "  %" G_GUINT64_FORMAT " more packets are not shown\n",
			l->r->rows_left_out);
}

static GArray *rows_of(const struct replay *r, uint32_t flow)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct replay_row));

	for (guint i = 0; r->rows != NULL && i < r->rows->len; i++) {
		const struct replay_row *row = &g_array_index(r->rows, struct replay_row, i);

		if (row->flow == flow)
			g_array_append_vals(rows, row, 1);
	}
	return rows;
}

void report_ladder(const struct replay *r, uint32_t flow, const struct report_style *style)
{
	const struct flow *f = flow_numbered(r->flows, flow);
	struct ladder l = {.r = r,
		.style = style,
		.f = f,
		.client = flow_client(f),
		.shown_state = {255, 255}};
	GArray *rows = rows_of(r, flow);
	char text[WORDS_MAX];

	if (rows->len > 0)
		l.number_width = (unsigned)g_snprintf(text, sizeof(text), "%" G_GUINT64_FORMAT,
			g_array_index(rows, struct replay_row, rows->len - 1).packet);
	l.time_width = (unsigned)g_snprintf(
		text, sizeof(text), "%.6f", (double)(f->end_ns - f->start_ns) / 1e9);
	l.text_column = l.number_width + l.time_width + 4 + DELTA_WIDTH + 12 + 4;
	l.text_width = style->width > l.text_column + 36 ? style->width - l.text_column - 12 : 24;
	print_title(&l);
	print_verdict(&l);
	print_rows(&l, rows);
	print_foot(&l);
	if (l.elided)
		fprintf(style->out, "  every packet: tcpsim replay --all -c %u %s\n", f->number,
			r->paths);
	g_array_free(rows, TRUE);
}
