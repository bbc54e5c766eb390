/*
 * One connection as its hosts know it, on one clock: a segment is one row, with when it left and
 * when it came, and with the state of its sender as it left and of its receiver once it was taken
 * in. Between the rows stand calls, timers, queues and whatever else the hosts did. Whoever sent
 * the first segment stands left.
 */
#include "traces/report/timeline_ladder.h"
#include "traces/report/timeline_entries.h"
#include "traces/report/timeline_inner.h"
#include "traces/report/timeline_words.h"
#include "traces/report/words.h"

#include <string.h>

#define STATE_WIDTH 11

static void print_state(const struct ladder *l, unsigned e, uint8_t state, bool left)
{
	const struct timeline_end *end = &l->c->end[e];
	const char *name =
		!end->is_tcp && end->node == TIMELINE_NONE ? "-" : tcpsim_state_name(state);

	if (left)
		fprintf(l->style->out, "%-*s", STATE_WIDTH, name);
	else
		fprintf(l->style->out, "%-*s", STATE_WIDTH, name);
}

static void print_time(const struct ladder *l, int64_t ns, const char *otherwise)
{
	if (ns == TIMELINE_NEVER)
		fprintf(l->style->out, "%*s", (int)l->time_width, otherwise);
	else
		fprintf(l->style->out, "%*.6f", (int)l->time_width, (double)ns * 1e-9);
}

static const char *arrow(const struct timeline_item *item, bool rightwards)
{
	if (item->fate == TIMELINE_LOST)
		return rightwards ? "--x" : "x--";
	return rightwards ? "-->" : "<--";
}

/* Who sends: an end with its state, or for ICMP the node that says so. */
static void print_side(
	const struct ladder *l, const struct timeline_item *item, unsigned e, bool left)
{
	bool sends = item->end == e;
	int64_t ns = sends ? item->time_ns : item->until_ns;
	const char *lost = item->fate == TIMELINE_LOST ? "lost" : "under way";

	if (left) {
		print_time(l, item->fate == TIMELINE_ARRIVED || sends ? ns : TIMELINE_NEVER, lost);
		fputc(' ', l->style->out);
	}
	if (item->kind == TIMELINE_ICMP && sends)
		fprintf(l->style->out, "%-*.*s", STATE_WIDTH, STATE_WIDTH,
			timeline_node_name(l->t, item->node));
	else if (!sends && item->fate != TIMELINE_ARRIVED)
		fprintf(l->style->out, "%-*s", STATE_WIDTH, "");
	else
		print_state(l, e, sends ? item->before : item->after, left);
	if (!left) {
		fputc(' ', l->style->out);
		print_time(l, item->fate == TIMELINE_ARRIVED || sends ? ns : TIMELINE_NEVER, lost);
	}
}

static void print_row(const struct ladder *l, const struct timeline_item *item)
{
	bool rightwards = item->end == 0;
	char text[1024];
	size_t n;

	timeline_segment_text(l->t, item, l->style->all, text, sizeof(text));
	n = words_first_part(text, l->text_width);
	print_side(l, item, 0, true);
	fprintf(l->style->out, " %s %-*.*s ", arrow(item, rightwards), (int)l->text_width, (int)n,
		text);
	print_side(l, item, 1, false);
	fputc('\n', l->style->out);
	if (text[n])
		words_wrap(l->style, l->text_column, false, text + n + (text[n] == ' '));
}

/* --- notes --- */

void ladder_note(const struct ladder *l, int64_t ns, uint32_t node, const char *text)
{
	GString *whole = g_string_new(NULL);

	if (node != TIMELINE_NONE)
		g_string_append_printf(whole, "%s: ", timeline_node_name(l->t, node));
	g_string_append(whole, text);
	if (ns != TIMELINE_NEVER)
		print_time(l, ns, "");
	else
		fprintf(l->style->out, "%*s", (int)l->time_width, "");
	fprintf(l->style->out, " %s", words_colour(l->style, TERMINAL_CYAN));
	words_wrap(l->style, l->time_width + 1, true, whole->str);
	fputs(words_colour(l->style, TERMINAL_PLAIN), l->style->out);
	g_string_free(whole, TRUE);
}

/* Below a row: what is to be said of it. */
static void remark(const struct ladder *l, const char *text)
{
	fputs(words_colour(l->style, TERMINAL_CYAN), l->style->out);
	words_wrap(l->style, l->text_column, false, text);
	fputs(words_colour(l->style, TERMINAL_PLAIN), l->style->out);
}

void ladder_rule(struct ladder *l, enum tcpsim_rule rule, GString *out)
{
	const struct tcpsim_rule_text *text = tcpsim_rule_text(rule);

	if (l->told[rule])
		g_string_append_printf(out, "%s", text->name);
	else
		g_string_append_printf(out, "%s (%s)", text->sentence, text->name);
	l->told[rule] = true;
}

/* What is plain from the row needs no rule: an ordinary segment, an ordinary ACK. */
bool timeline_rule_is_remarkable(enum tcpsim_rule rule)
{
	static const char *const PLAIN[] = {"send/syn", "send/syn-ack", "send/text", "send/fin",
		"send/kernel", "ack/now", "ack/delayed", "ack/window-update", "ack/handshake",
		"time-wait/ack", NULL};

	return rule != TCPSIM_RULE_NONE && !g_strv_contains(PLAIN, tcpsim_rule_text(rule)->name);
}

static void remark_on_row(struct ladder *l, const struct timeline_item *item)
{
	GString *text = g_string_new(NULL);
	bool lost = item->fate == TIMELINE_LOST;

	if (item->kind == TIMELINE_SEGMENT && !item->rule)
		g_string_append_printf(text, "put on the wire at %s, past its TCP",
			timeline_node_name(l->t, item->node));
	if (timeline_rule_is_remarkable((enum tcpsim_rule)item->rule))
		ladder_rule(l, item->rule, text);
	if (text->len)
		remark(l, text->str);
	g_string_truncate(text, 0);
	if (lost && item->segment.lost_from == item->segment.lost_to)
		g_string_printf(text, "lost at %s, %.6f: %s",
			timeline_node_name(l->t, item->segment.lost_from),
			(double)item->until_ns * 1e-9,
			(char *)l->t->causes->pdata[item->segment.cause]);
	else if (lost)
		g_string_printf(text, "lost between %s and %s, %.6f: %s",
			timeline_node_name(l->t, item->segment.lost_from),
			timeline_node_name(l->t, item->segment.lost_to),
			(double)item->until_ns * 1e-9,
			(char *)l->t->causes->pdata[item->segment.cause]);
	else if (item->taken_rule) {
		g_string_append_printf(
			text, "%s: ", timeline_node_name(l->t, l->c->end[!item->end].node));
		ladder_rule(l, item->taken_rule, text);
		if (item->error)
			g_string_append_printf(text, ": %s", timeline_errno(item->error));
	}
	if (text->len)
		remark(l, text->str);
	g_string_free(text, TRUE);
}

/* --- the whole --- */

static void print_entry(struct ladder *l, const struct ladder_entry *entry)
{
	const struct timeline_item *item = timeline_at(l->t, entry->item);

	if (item->kind == TIMELINE_SEGMENT || item->kind == TIMELINE_ICMP) {
		print_row(l, item);
		remark_on_row(l, item);
	} else {
		ladder_entry_note(l, entry);
	}
}

static void print_elided(const struct ladder *l, guint from, guint to)
{
	uint64_t bytes[2] = {0, 0}, segments[2] = {0, 0};
	char a[WORDS_MAX], b[WORDS_MAX];

	for (guint i = from; i < to; i++) {
		const struct timeline_item *item =
			timeline_at(l->t, g_array_index(l->entries, struct ladder_entry, i).item);

		if (item->kind != TIMELINE_SEGMENT)
			continue;
		segments[item->end]++;
		bytes[item->end] +=
			g_array_index(l->t->segments, struct timeline_segment, item->text).len;
	}
	fprintf(l->style->out,
		"%*s ... %u entries: %" G_GUINT64_FORMAT
		" segments to the right (%s bytes), %" G_GUINT64_FORMAT
		" to the left (%s bytes); --all shows them\n",
		(int)l->time_width, "", to - from, segments[0], words_count(bytes[0], a),
		segments[1], words_count(bytes[1], b));
}

static void print_entries(struct ladder *l)
{
	guint n = l->entries->len;
	bool whole = l->style->all || n <= LADDER_LONG;

	for (guint i = 0; i < n; i++) {
		guint next = i;

		while (!whole && next < n && next >= LADDER_FIRST && next + LADDER_LAST < n &&
			!ladder_is_remarkable(
				l, &g_array_index(l->entries, struct ladder_entry, next)))
			next++;
		if (next - i >= 4) {
			print_elided(l, i, next);
			i = next;
		}
		print_entry(l, &g_array_index(l->entries, struct ladder_entry, i));
	}
}

static void print_title(const struct ladder *l, uint32_t number)
{
	char a[TIMELINE_END], b[TIMELINE_END], span[TIMELINE_SPAN];
	char *verdict = timeline_verdict(l->t, l->c);

	fprintf(l->style->out, "\n%sconnection %u%s: %s to %s, %s after %s\n",
		words_colour(l->style, TERMINAL_BOLD), number,
		words_colour(l->style, TERMINAL_PLAIN), timeline_end_words(l->t, &l->c->end[0], a),
		timeline_end_words(l->t, &l->c->end[1], b), timeline_outcome(l->t, l->c),
		timeline_span(l->c->last_ns - l->c->start_ns, span));
	if (*verdict)
		words_wrap(l->style, 2, false, verdict);
	g_free(verdict);
}

/* The names of both ends above their columns. */
static void print_names(const struct ladder *l)
{
	char name[2][TIMELINE_END];
	unsigned column = l->text_column + l->text_width + 1;

	for (int e = 0; e < 2; e++)
		g_snprintf(name[e], sizeof(name[e]), "%s",
			timeline_node_name(l->t, l->c->end[e].node));
	fprintf(l->style->out, "%s%*s%-*s%s%s\n", words_colour(l->style, TERMINAL_DIM),
		(int)l->time_width + 1, "", (int)(column - l->time_width - 1), name[0], name[1],
		words_colour(l->style, TERMINAL_PLAIN));
}

static void print_end(const struct ladder *l)
{
	for (int e = 0; e < 2; e++) {
		const struct timeline_end *end = &l->c->end[e];

		if (end->is_tcp && end->state != TCPSIM_CLOSED && end->state != TCPSIM_LISTEN)
			fprintf(l->style->out, "%*.6f %s is in %s\n", (int)l->time_width,
				(double)l->t->end_ns * 1e-9, timeline_node_name(l->t, end->node),
				tcpsim_state_name(end->state));
	}
}

void report_timeline_ladder(
	const struct timeline *t, uint32_t connection, const struct report_style *style)
{
	struct ladder l = {.t = t, .style = style, .c = t->connections->pdata[connection]};
	char text[64];

	l.entries = ladder_entries(t, connection);
	l.time_width = (unsigned)g_snprintf(
		text, sizeof(text), "%.6f", (double)MAX(t->end_ns, l.c->last_ns) * 1e-9);
	l.text_column = l.time_width + 1 + STATE_WIDTH + 1 + 4;
	l.text_width = style->width > l.text_column + STATE_WIDTH + l.time_width + 26
			       ? style->width - l.text_column - STATE_WIDTH - l.time_width - 2
			       : 24;
	print_title(&l, connection);
	print_names(&l);
	print_entries(&l);
	print_end(&l);
	if (t->left_out)
		fprintf(style->out,
			"  %" G_GUINT64_FORMAT " items more happened in this world than are kept; "
			"--all keeps more\n",
			t->left_out);
	g_array_free(l.entries, TRUE);
}
