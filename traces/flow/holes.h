/*
 * What of a stream has been seen: all below its highest number but the holes, which are sorted and
 * at most FLOW_MAX_HOLES. They belong to the connection's record (flow_side.extra).
 */
#ifndef TCPSIM_TRACES_FLOW_HOLES_H
#define TCPSIM_TRACES_FLOW_HOLES_H

#include "traces/flow/flow.h"

/*
 * Takes bytes [start, end) as seen now: returns how many of them were not seen before, and opens,
 * fills or splits holes. `opened` describes the segment, for a hole that it opens. s->nxt moves.
 */
uint32_t flow_cover(struct flow_table *t, struct flow_side *s, tcpsim_seq start, tcpsim_seq end,
	const struct flow_hole *opened);
/* A gap below what was the lowest number known. */
void flow_open_hole(struct flow_table *t, struct flow_side *s, const struct flow_hole *hole);
/* The hole that holds `at`, or NULL. */
const struct flow_hole *flow_hole_at(const struct flow_side *s, tcpsim_seq at);
/* How far everything from `from` on has been seen. */
tcpsim_seq flow_contiguous(const struct flow_side *s, tcpsim_seq from);

#endif
