/*
 * The record of a connection that has ended, folded: every field of it, in a third of the bytes.
 *
 * Of such a connection little is unlike what the rest of it lets expect: what its peer acknowledged
 * is what it sent, its window is the one of its header, most counters are 0. So a bit says of each
 * field whether it is as expected, and only the others are written, as the difference. Nothing is
 * left out: unfolded it is the same record, and a late segment finds it as it was.
 *
 * What the record owns (flow_side.extra, flow.figures) stays where it is and is named. A connection
 * whose pace is still followed (flow.pace) cannot be folded.
 */
#ifndef TCPSIM_TRACES_FLOW_FOLD_H
#define TCPSIM_TRACES_FLOW_FOLD_H

#include "traces/flow/flow.h"

/* What it begins with; the rest is fold.c's. */
struct fold_head {
	uint32_t number;
	uint16_t marks;
	uint8_t words; /* of 8 bytes, these among them */
	uint8_t form;
};
struct fold_head fold_head_of(const uint64_t *folded);

/* No record takes more words. */
#define FOLD_WORDS 160

/* Returns how many words were written. Times are told from `since_ns` on. */
unsigned flow_fold(const struct flow *f, int64_t since_ns, uint64_t out[FOLD_WORDS]);
/* The same record; its place is the caller's to tell. */
void flow_unfold(const uint64_t *folded, int64_t since_ns, struct flow *f);
/* What is known without unfolding it. */
struct flow_brief fold_brief(const uint64_t *folded);
/* Its key alone; whether it owns anything. */
void fold_key(const uint64_t *folded, struct flow_key *key);
bool fold_owns(const uint64_t *folded);

#endif
