/* What of a stream was not seen: see holes.h. */
#include "traces/flow/holes.h"

#include <glib.h>
#include <string.h>

static void hole_insert(
	struct flow_table *t, struct flow_side *s, uint32_t at, struct flow_hole hole)
{
	struct flow_extra *x = flow_extra(t, s);

	if (x->n_holes == FLOW_MAX_HOLES) {
		/* The lowest is the oldest: let it count as seen. */
		memmove(x->holes, x->holes + 1, (FLOW_MAX_HOLES - 1) * sizeof(*x->holes));
		x->n_holes--;
		at = at ? at - 1 : 0;
	}
	if (x->n_holes == x->cap_holes) {
		uint32_t cap = x->cap_holes ? x->cap_holes * 2 : 4;

		flow_table_grew(t, (ptrdiff_t)((cap - x->cap_holes) * sizeof(*x->holes)));
		x->cap_holes = cap;
		x->holes = g_renew(struct flow_hole, x->holes, cap);
	}
	memmove(x->holes + at + 1, x->holes + at, (x->n_holes - at) * sizeof(*x->holes));
	x->holes[at] = hole;
	x->n_holes++;
}

void flow_open_hole(struct flow_table *t, struct flow_side *s, const struct flow_hole *hole)
{
	hole_insert(t, s, 0, *hole);
}

static void hole_remove(struct flow_extra *x, uint32_t at)
{
	x->n_holes--;
	memmove(x->holes + at, x->holes + at + 1, (x->n_holes - at) * sizeof(*x->holes));
}

/* Bytes of [start, end) that lay in holes; they do no longer. */
static uint32_t holes_fill(
	struct flow_table *t, struct flow_side *s, tcpsim_seq start, tcpsim_seq end)
{
	struct flow_extra *x = s->extra;
	uint32_t fresh = 0;

	for (uint32_t i = 0; x != NULL && i < x->n_holes;) {
		struct flow_hole h = x->holes[i];
		tcpsim_seq from = tcpsim_seq_max(h.start, start), to = tcpsim_seq_min(h.end, end);

		if (!tcpsim_seq_lt(from, to)) {
			i++;
			continue;
		}
		fresh += (uint32_t)tcpsim_seq_diff(to, from);
		if (tcpsim_seq_lt(h.start, from) && tcpsim_seq_lt(to, h.end)) {
			struct flow_hole upper = h;

			x->holes[i].end = from;
			upper.start = to;
			hole_insert(t, s, i + 1, upper);
			i += 2;
		} else if (tcpsim_seq_lt(h.start, from)) {
			x->holes[i++].end = from;
		} else if (tcpsim_seq_lt(to, h.end)) {
			x->holes[i++].start = to;
		} else {
			hole_remove(x, i);
		}
	}
	return fresh;
}

uint32_t flow_cover(struct flow_table *t, struct flow_side *s, tcpsim_seq start, tcpsim_seq end,
	const struct flow_hole *opened)
{
	uint32_t fresh = 0;

	if (!(s->seen & FLOW_SENT)) {
		s->seen |= FLOW_SENT;
		s->nxt = start;
	}
	if (tcpsim_seq_lt(start, s->nxt))
		fresh = holes_fill(t, s, start, tcpsim_seq_min(end, s->nxt));
	if (tcpsim_seq_gt(start, s->nxt)) {
		struct flow_hole hole = *opened;

		hole.start = s->nxt;
		hole.end = start;
		hole_insert(t, s, s->extra ? s->extra->n_holes : 0, hole);
	}
	if (tcpsim_seq_gt(end, s->nxt)) {
		fresh += (uint32_t)tcpsim_seq_diff(end, tcpsim_seq_max(start, s->nxt));
		s->nxt = end;
	}
	return fresh;
}

const struct flow_hole *flow_hole_at(const struct flow_side *s, tcpsim_seq at)
{
	for (uint32_t i = 0; s->extra != NULL && i < s->extra->n_holes; i++)
		if (tcpsim_seq_in(at, s->extra->holes[i].start, s->extra->holes[i].end))
			return &s->extra->holes[i];
	return NULL;
}

tcpsim_seq flow_contiguous(const struct flow_side *s, tcpsim_seq from)
{
	for (uint32_t i = 0; s->extra != NULL && i < s->extra->n_holes; i++)
		if (tcpsim_seq_ge(s->extra->holes[i].start, from))
			return s->extra->holes[i].start;
		else if (tcpsim_seq_gt(s->extra->holes[i].end, from))
			return from;
	return s->nxt;
}
