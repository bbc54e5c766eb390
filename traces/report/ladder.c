/*
 * One connection, packet by packet. The client stands left. What the connection was and the
 * sentence on it stand first, what each end came to and the next command last; which rows there are
 * between is chosen in ladder_rows.c, they are printed in ladder_print.c.
 */
#include "traces/report/ladder.h"
#include "traces/report/ladder_parts.h"
#include "traces/report/ladder_print.h"
#include "traces/report/ladder_rows.h"
#include "traces/report/verdict.h"

#include <string.h>

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

static void append_who(GString *text, const struct ladder *l, unsigned side)
{
	const char *name = words_name(l->r, l->style, l->f, side);
	char end[WORDS_END];

	g_string_append_printf(text, "%s %s", ladder_who(l, side), words_end(l->f, side, 99, end));
	if (name != NULL)
		g_string_append_printf(text, " (%s)", name);
}

static void print_title(const struct ladder *l)
{
	const struct flow *f = l->f;
	char span[WORDS_MAX], date[WORDS_MAX];
	GString *text = g_string_new(NULL);

	append_who(text, l, l->client);
	g_string_append(text, ", ");
	append_who(text, l, !l->client);
	g_string_append_printf(text, "; %s after %s%s%s", flow_outcome_name(flow_outcome(f)),
		words_span(f->end_ns - f->start_ns, span), l->style->wall ? "; from " : "",
		l->style->wall ? words_date(f->start_ns, date) : "");
	fprintf(l->style->out, "\n%sconnection %u%s: ", words_colour(l->style, TERMINAL_BOLD),
		f->number, words_colour(l->style, TERMINAL_PLAIN));
	words_wrap(l->style, (unsigned)strlen("connection 0: "), true, text->str);
	g_string_free(text, TRUE);
	if (f->marks & FLOW_START_SYN || f->marks & FLOW_START_SYN_ACK) {
		print_options(l, l->client);
		print_options(l, !l->client);
	} else {
		words_wrap(l->style, 2, false,
			"the capture begins in its middle; who opened it and how windows are "
			"scaled "
			"was not seen");
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

static void append_end(GString *text, const struct ladder *l, unsigned side)
{
	const struct flow_side *s = &l->f->side[side];
	const char *who = ladder_who(l, side);

	if (s->packets == 0) {
		g_string_append_printf(text, "nothing of the %s is in the capture", who);
		if (s->state == TCPSIM_LISTEN)
			g_string_append(text, ", though its port has answered others");
		return;
	}
	g_string_append_printf(
		text, "%s: %" G_GUINT64_FORMAT " byte%s", who, s->bytes, s->bytes == 1 ? "" : "s");
	if (s->retransmitted > 0)
		g_string_append_printf(text, ", %u segment%s sent again", s->retransmitted,
			s->retransmitted == 1 ? "" : "s");
	g_string_append_printf(text, ", ends in %s", tcpsim_state_name(s->state));
}

static void print_foot(const struct ladder *l)
{
	const struct flow_side *c = &l->f->side[l->client];
	char *schedule = c->seen & FLOW_SYN ? words_schedule(c, l->style->profile) : NULL;
	GString *text = g_string_new(NULL);

	if (schedule != NULL)
		g_string_append_printf(text, "the client's SYN was %s. ", schedule);
	g_free(schedule);
	append_end(text, l, l->client);
	g_string_append(text, "; ");
	append_end(text, l, !l->client);
	words_wrap(l->style, 2, false, text->str);
	g_string_free(text, TRUE);
	if (l->r->rows_left_out > 0)
		fprintf(l->style->out,
			"  %" G_GUINT64_FORMAT " more packet%s not kept and not "
			"shown\n",
			l->r->rows_left_out, l->r->rows_left_out == 1 ? " was" : "s were");
}

/* What is not there, and how to have it. */
static void print_left_out(const struct ladder *l)
{
	const struct report_style *style = l->style;
	char *text;

	if (l->left_out == 0)
		return;
	if (style->command != NULL)
		text = g_strdup_printf(
			"%u of %u packets have no row; all of them: %s --all -c %u %s", l->left_out,
			l->n, style->command, l->f->number, style->captures);
	else
		text = g_strdup_printf(
			"%u of %u packets have no row; --all shows all of them", l->left_out, l->n);
	words_wrap(style, 2, false, text);
	g_free(text);
}

void report_ladder(const struct replay *r, uint32_t flow, const struct report_style *style)
{
	const struct flow *f = flow_numbered(r->flows, flow);
	struct ladder l = {.r = r,
		.style = style,
		.f = f,
		.client = flow_client(f),
		.shown_state = {255, 255}};

	ladder_weigh(&l);
	ladder_choose(&l);
	ladder_measure(&l);
	print_title(&l);
	print_verdict(&l);
	ladder_print_rows(&l);
	print_foot(&l);
	print_left_out(&l);
	g_free(l.rows);
}
