/*
 * The rows of a ladder: when, which way, the segment in packetdrill's notation with relative numbers
 * and the window scaled, what is in flight of the peer's window, the state of each end after it, and
 * below it what it means. Before it stands the silence that it ended, if that was one.
 */
#include "traces/report/ladder_print.h"
#include "timeline/timeline.h"
#include "traces/observer/icmp.h"
#include "traces/observer/rst.h"
#include "traces/observer/why.h"
#include "traces/report/ladder_parts.h"
#include "traces/report/ladder_rows.h"
#include "traces/report/ladder_run.h"
#include "traces/report/verdict.h"

#include <string.h>

#define DELTA_WIDTH 8
#define STATE_WIDTH 12
/* Columns of terminals that have room for the bytes in flight. */
#define FLIGHT_FROM 100

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

static void note_rule(struct ladder *l, enum tcpsim_rule rule)
{
	const struct tcpsim_rule_text *text = tcpsim_rule_text(rule);

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
	print_note(l, text, tcpsim_rule_text(reset->rule)->name);
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
static void note_again(GString *names, enum tcpsim_rule rule)
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

/* It concludes from many packets and is no rule of one. */
static void note_recovery(struct ladder *l, GString *names)
{
	if (l->explained_recovery)
		g_string_append_printf(names, "%srecovery ends", names->len ? ", " : "");
	else
		print_note(l,
			"All is acknowledged that was out when the peer began to send "
			"again: recovery ends.",
			NULL);
	l->explained_recovery = true;
}

static void print_notes(struct ladder *l, const struct ladder_row *at)
{
	const struct replay_row *row = at->row;
	GString *names = g_string_new(NULL);

	if (row->is_icmp)
		note_icmp(l, row);
	else if (row->segment.flags & TCPSIM_RST)
		note_reset(l, row);
	for (unsigned i = 0; i < row->n_notes; i++) {
		enum tcpsim_rule rule = row->notes[i].rule;
		bool cause = row->segment.flags & TCPSIM_RST &&
			     g_str_has_prefix(tcpsim_rule_text(rule)->name, "rst/");

		if (!ladder_rule_is_remarkable(rule) || cause || noted_before(row, i))
			continue;
		if (l->told[rule])
			note_again(names, rule);
		else
			note_rule(l, rule);
	}
	if (at->ends_recovery)
		note_recovery(l, names);
	if (names->len > 0)
		print_note(l, names->str, NULL);
	g_string_free(names, TRUE);
}

/* ---- a row ---- */

/* The window as the receiver of the segment reads it. */
static void scale_window(char *text, size_t size, uint32_t window)
{
	char *at = strstr(text, " win ");
	char *rest;

	if (at == NULL)
		return;
	at += strlen(" win ");
	rest = g_strdup(at + strspn(at, "0123456789"));
	g_snprintf(at, (gulong)(size - (size_t)(at - text)), "%u%s", window, rest);
	g_free(rest);
}

static void row_text(const struct ladder *l, const struct replay_row *row, char *out, size_t size)
{
	struct tcpsim_segment seg = row->segment;
	const struct flow_side *s = &l->f->side[row->side], *peer = &l->f->side[!row->side];
	uint8_t remarkable[TCPSIM_MAX_OPTIONS_LEN];
	char name[32];

	if (row->is_icmp) {
		g_snprintf(out, (gulong)size, "icmp %s",
			why_icmp_meaning(row->icmp_family, row->icmp_type, row->icmp_code, name,
				sizeof(name)));
		return;
	}
	seg.options.raw = row->raw;
	if (!l->style->all && !(seg.flags & TCPSIM_SYN)) {
		seg.options.raw_len =
			timeline_remarkable_options(row->raw, seg.options.raw_len, remarkable);
		seg.options.raw = remarkable;
	}
	tcpsim_segment_text(&seg, s->base, peer->base, out, size);
	/* A SYN's own window is never scaled (RFC 7323 §2.2), an RST's means nothing. */
	if (!(seg.flags & (TCPSIM_SYN | TCPSIM_RST)))
		scale_window(out, size, row->window);
}

/* Where there is no room for all, a window that has not changed goes first. */
static void drop_window(struct ladder *l, const struct replay_row *row, char *text)
{
	bool told = l->window_shown[row->side] && l->window[row->side] == row->window;
	char *at = told && strlen(text) > l->text_width ? strstr(text, " win ") : NULL;

	l->window_shown[row->side] = !row->is_icmp;
	l->window[row->side] = row->window;
	if (at != NULL) {
		const char *rest = at + strlen(" win ");

		rest += strspn(rest, "0123456789");
		memmove(at, rest, strlen(rest) + 1);
	}
}

/* "8688" or "152k": as short as it can be. */
static const char *short_bytes(uint32_t n, char out[WORDS_MAX])
{
	char *blank;

	words_count(n, out);
	blank = strchr(out, ' ');
	if (blank != NULL)
		memmove(blank, blank + 1, strlen(blank));
	return out;
}

/* What the sender has in flight after it, of the window that its peer had offered; of segments that
 * add to it. Returns out. */
static const char *flight_text(const struct ladder_row *at, char out[WORDS_MAX])
{
	char flight[WORDS_MAX], window[WORDS_MAX];

	out[0] = '\0';
	if (!at->row->is_icmp && at->row->segment.len > 0 && at->peer_window_known)
		g_snprintf(out, WORDS_MAX, "%s/%s", short_bytes(at->row->in_flight, flight),
			short_bytes(at->peer_window, window));
	return out;
}

/* Before an end has sent anything its state is what its first segment shows: who answers a SYN with
 * SYN,ACK was listening; of one that never sends nothing is known. */
static const char *state_name(const struct ladder *l, unsigned side, const struct ladder_row *at)
{
	guint first = l->first[side];
	uint8_t state = at->row->state[side];

	/* It was presumed to be in another one, or has been. */
	if (state != TCPSIM_CLOSED || l->has_moved[side] || (guint)(at - l->rows) >= first)
		return tcpsim_state_name(state);
	if (first == l->n)
		return "?";
	uint16_t flags = l->rows[first].row->segment.flags;
	return flags & TCPSIM_SYN && flags & TCPSIM_ACK ? tcpsim_state_name(TCPSIM_LISTEN)
							: tcpsim_state_name(state);
}

static void print_state(struct ladder *l, unsigned side, const struct ladder_row *at, bool last)
{
	const struct report_style *style = l->style;
	bool changed = at->row->state[side] != l->shown_state[side];

	fprintf(style->out, "%s%-*s%s", words_colour(style, changed ? TERMINAL_BOLD : TERMINAL_DIM),
		last ? 0 : STATE_WIDTH, state_name(l, side, at),
		words_colour(style, TERMINAL_PLAIN));
	l->shown_state[side] = at->row->state[side];
	l->has_moved[side] |= at->row->state[side] != TCPSIM_CLOSED;
}

/* How long after the packet before it, shown or not. */
static const char *delta(const struct ladder *l, const struct ladder_row *at, char out[WORDS_MAX])
{
	char span[WORDS_MAX];

	if (at == l->rows)
		return "";
	g_snprintf(out, WORDS_MAX, "+%s", words_span(at->row->time_ns - at[-1].row->time_ns, span));
	return out;
}

static void print_row(struct ladder *l, const struct ladder_row *at)
{
	const struct report_style *style = l->style;
	const struct replay_row *row = at->row;
	bool from_client = row->side == l->client;
	char text[1024], since[WORDS_MAX], time[WORDS_MAX], flight[WORDS_MAX];

	row_text(l, row, text, sizeof(text));
	if (!style->all)
		drop_window(l, row, text);
	/* An ICMP error goes to the end whose segment it quotes. */
	bool rightwards = row->is_icmp ? !from_client : from_client;
	size_t n = words_first_part(text, l->text_width);
	fprintf(style->out, "%s%*" G_GUINT64_FORMAT "%s %*s %s%*s%s  ",
		words_colour(style, TERMINAL_DIM), (int)l->number_width, row->packet,
		words_colour(style, TERMINAL_PLAIN), (int)l->time_width,
		words_time(style, row->time_ns, l->f->start_ns, WORDS_MICROSECONDS, time),
		words_colour(style, TERMINAL_DIM), DELTA_WIDTH, delta(l, at, since),
		words_colour(style, TERMINAL_PLAIN));
	print_state(l, l->client, at, false);
	fprintf(style->out, "%s %-*.*s ", rightwards ? "-->" : "<--", (int)l->text_width, (int)n,
		text);
	if (l->flight_width > 0)
		fprintf(style->out, "%s%*s%s ", words_colour(style, TERMINAL_DIM),
			(int)l->flight_width, flight_text(at, flight),
			words_colour(style, TERMINAL_PLAIN));
	print_state(l, !l->client, at, true);
	fputc('\n', style->out);
	if (text[n] != '\0')
		words_wrap(style, l->text_column + 2, false, text + n + (text[n] == ' '));
	print_notes(l, at);
}

/* ---- between rows ---- */

/* A line across the ladder: what there was between two rows. */
static void print_between(const struct ladder *l, enum terminal_colour colour, const char *text)
{
	fputs(words_colour(l->style, colour), l->style->out);
	words_wrap(l->style, l->number_width + 1, false, text);
	fputs(words_colour(l->style, TERMINAL_PLAIN), l->style->out);
}

/* "nothing outstanding", "1448 bytes and the FIN of the client outstanding". */
static void append_outstanding(GString *text, const struct ladder *l, const struct ladder_row *at)
{
	bool any = false;

	for (unsigned side = 0; side < 2; side++) {
		const struct ladder_out *out = &at->out[side];
		char bytes[WORDS_MAX];

		if (out->bytes == 0 && !out->syn && !out->fin)
			continue;
		g_string_append_printf(text, "%s", any ? " and " : ", ");
		if (out->bytes > 0)
			g_string_append_printf(text, "%s byte%s%s", words_count(out->bytes, bytes),
				out->bytes == 1 ? "" : "s", out->syn || out->fin ? " and " : "");
		if (out->syn || out->fin)
			g_string_append_printf(text, "the %s", out->syn ? "SYN" : "FIN");
		g_string_append_printf(text, " of the %s", ladder_who(l, side));
		any = true;
	}
	g_string_append(text, any ? " outstanding" : ", nothing outstanding");
}

/* Why it was silent; a cause that has been told needs its name only. */
static void append_cause(GString *text, struct ladder *l, const struct flow_stall *stall)
{
	char *what = verdict_stall(l->f, stall);

	g_string_append_printf(text, ": %s",
		l->explained_stall[stall->cause] ? flow_stall_name(stall->cause) : what);
	if (!l->explained_stall[stall->cause])
		g_string_append_printf(text, " (%s%s)", flow_stall_name(stall->cause),
			stall->certainty == OBSERVER_SUSPECTED ? ", suspected" : "");
	l->explained_stall[stall->cause] = true;
	g_free(what);
}

/* The silence that held the connection up until this packet; or one that nobody minded. */
static void print_silence(struct ladder *l, const struct ladder_row *at)
{
	GString *text = g_string_new("~ ");
	char span[WORDS_MAX];
	const struct flow_stall *stall = at->stall;

	if (stall != NULL || at->gap_ns > 0) {
		int64_t ns = stall != NULL ? stall->to_ns - stall->from_ns : at->gap_ns;

		g_string_append(text, words_span(ns, span));
		append_outstanding(text, l, at);
		if (stall != NULL)
			append_cause(text, l, stall);
		for (unsigned side = 0; stall == NULL && side < 2; side++)
			if (at->out[side].shut)
				g_string_append_printf(
					text, ": the %s's window is shut", ladder_who(l, side));
		print_between(l, TERMINAL_YELLOW, text->str);
	}
	g_string_free(text, TRUE);
}

void ladder_print_rows(struct ladder *l)
{
	for (guint from = 0, to; from < l->n; from = to) {
		for (to = from; to < l->n && !l->rows[to].shown; to++)
			;
		if (to > from) {
			char *text = ladder_run_text(l, from, to);

			print_between(l, TERMINAL_DIM, text);
			g_free(text);
			continue;
		}
		print_silence(l, &l->rows[from]);
		print_row(l, &l->rows[from]);
		to = from + 1;
	}
}

/* ---- widths ---- */

void ladder_measure(struct ladder *l)
{
	const struct report_style *style = l->style;
	char text[WORDS_MAX];
	unsigned rest;

	if (l->n > 0)
		l->number_width = (unsigned)g_snprintf(
			text, sizeof(text), "%" G_GUINT64_FORMAT, l->rows[l->n - 1].row->packet);
	l->time_width = (unsigned)strlen(
		words_time(style, l->f->end_ns, l->f->start_ns, WORDS_MICROSECONDS, text));
	for (guint i = 0; i < l->n && style->width >= FLIGHT_FROM; i++)
		if (l->rows[i].shown)
			l->flight_width = MAX(
				l->flight_width, (unsigned)strlen(flight_text(&l->rows[i], text)));
	l->text_column = l->number_width + l->time_width + 4 + DELTA_WIDTH + STATE_WIDTH + 4;
	rest = l->text_column + STATE_WIDTH + (l->flight_width > 0 ? l->flight_width + 1 : 0);
	l->text_width = style->width > rest + 24 ? style->width - rest : 24;
}
