/* Packets of a ladder that one line stands for: how many of which kind, how far they go, when. */
#include "traces/report/ladder_run.h"
#include "traces/observer/why.h"
#include "traces/report/ladder_parts.h"
#include "traces/report/ladder_rows.h"

#include <string.h>

/* What one end sent in it. */
struct part {
	guint segments, again, dups, acks;
	uint64_t bytes;
	tcpsim_seq low, high; /* of text */
	tcpsim_seq ack, sacked;
	bool has_ack, has_sack;
};

static bool has_note(const struct replay_row *row, enum tcpsim_rule rule)
{
	for (unsigned i = 0; i < row->n_notes; i++)
		if (row->notes[i].rule == rule)
			return true;
	return false;
}

static void add_sacks(struct part *p, const struct tcpsim_options *o)
{
	for (unsigned i = 0; o->present & TCPSIM_HAS_SACK && i < o->n_sack; i++)
		if (!p->has_sack || tcpsim_seq_gt(o->sack[i].end, p->sacked)) {
			p->sacked = o->sack[i].end;
			p->has_sack = true;
		}
}

static void add_row(struct part *p, const struct replay_row *row)
{
	const struct tcpsim_segment *seg = &row->segment;
	tcpsim_seq end = tcpsim_seq_add(seg->seq, seg->len);

	add_sacks(p, &seg->options);
	if (seg->flags & TCPSIM_ACK) {
		p->ack = seg->ack;
		p->has_ack = true;
	}
	if (has_note(row, TCPSIM_RULE_OBSERVE_DUP_ACK)) {
		p->dups++;
		return;
	}
	if (seg->len == 0) {
		p->acks++;
		return;
	}
	if (p->segments == 0 || tcpsim_seq_lt(seg->seq, p->low))
		p->low = seg->seq;
	if (p->segments == 0 || tcpsim_seq_gt(end, p->high))
		p->high = end;
	p->segments++;
	p->bytes += seg->len;
	p->again += ladder_sends_again(row, true);
}

/* ---- words ---- */

struct run {
	const struct ladder *l;
	unsigned side;
	const struct part *part;
	GString *text;
};

static void begin(struct run *r, guint n, const char *one, const char *many)
{
	g_string_append_printf(r->text, "%s%u %s of the %s", r->text->len > 0 ? "; " : "", n,
		n == 1 ? one : many, ladder_who(r->l, r->side));
}

static void append_ack(struct run *r, const char *before)
{
	tcpsim_seq base = r->l->f->side[!r->side].base;

	if (r->part->has_ack)
		g_string_append_printf(
			r->text, "%s%u", before, tcpsim_seq_sub(r->part->ack, base.n).n);
}

static void append_dups(struct run *r)
{
	tcpsim_seq base = r->l->f->side[!r->side].base;

	if (r->part->dups == 0)
		return;
	begin(r, r->part->dups, "duplicate ACK", "duplicate ACKs");
	append_ack(r, ", ack ");
	if (r->part->has_sack)
		g_string_append_printf(
			r->text, ", SACK up to %u", tcpsim_seq_sub(r->part->sacked, base.n).n);
}

static void append_segments(struct run *r)
{
	tcpsim_seq base = r->l->f->side[r->side].base;
	char bytes[WORDS_MAX];

	if (r->part->segments == 0)
		return;
	begin(r, r->part->segments, "segment", "segments");
	g_string_append_printf(r->text, ", %u:%u (%s byte%s)",
		tcpsim_seq_sub(r->part->low, base.n).n, tcpsim_seq_sub(r->part->high, base.n).n,
		words_count(r->part->bytes, bytes), r->part->bytes == 1 ? "" : "s");
	if (r->part->again > 0)
		g_string_append_printf(r->text, ", %s sent again",
			r->part->again == r->part->segments ? "all" : "some");
}

static void append_acks(struct run *r)
{
	if (r->part->acks == 0)
		return;
	begin(r, r->part->acks, "ACK", "ACKs");
	append_ack(r, ", up to ");
}

/* What was concluded, of duplicate ACKs once is enough. */
static void append_marks(GString *text, const struct ladder *l, guint from, guint to)
{
	guint count[TCPSIM_NRULES] = {0};
	const char *comma = "; marked: ";

	for (guint i = from; i < to; i++) {
		const struct replay_row *row = l->rows[i].row;

		for (unsigned k = 0; k < row->n_notes; k++)
			count[row->notes[k].rule]++;
	}
	for (unsigned rule = 0; rule < TCPSIM_NRULES; rule++) {
		if (count[rule] == 0 || rule == TCPSIM_RULE_OBSERVE_DUP_ACK ||
			rule == TCPSIM_RULE_OBSERVE_WINDOW_UPDATE ||
			!ladder_rule_is_remarkable(rule))
			continue;
		g_string_append_printf(text, "%s%s", comma, why_cause(rule));
		if (count[rule] > 1)
			g_string_append_printf(text, " %u times", count[rule]);
		comma = ", ";
	}
}

char *ladder_run_text(const struct ladder *l, guint from, guint to)
{
	struct part part[2] = {{.segments = 0}, {.segments = 0}};
	GString *text = g_string_new(NULL);
	char first[WORDS_MAX], last[WORDS_MAX];

	for (guint i = from; i < to; i++)
		add_row(&part[l->rows[i].row->side], l->rows[i].row);
	for (unsigned i = 0; i < 2; i++) {
		unsigned side = i == 0 ? l->client : !l->client;
		struct run r = {l, side, &part[side], text};

		append_dups(&r);
		append_segments(&r);
		append_acks(&r);
	}
	append_marks(text, l, from, to);
	g_string_append_printf(text, "; %s to %s%s",
		words_time(l->style, l->rows[from].row->time_ns, l->f->start_ns, WORDS_MILLISECONDS,
			first),
		words_time(l->style, l->rows[to - 1].row->time_ns, l->f->start_ns,
			WORDS_MILLISECONDS, last),
		l->style->wall ? "" : " s");
	g_string_prepend(text, "... ");
	return g_string_free(text, FALSE);
}
