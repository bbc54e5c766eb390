/*
 * Which connections a report is about, and in which order: what `-c`, `--where` and `--sort` said.
 * All zero: all of them, as the report has them. Owns nothing.
 */
#ifndef TCPSIM_TRACES_SELECTION_H
#define TCPSIM_TRACES_SELECTION_H

#include "traces/flow/numbers.h"
#include "traces/select/where.h"

struct selection {
	const struct numbers *numbers;	   /* NULL: any */
	const struct where *where;	   /* NULL: no condition */
	const struct connection_key *sort; /* NULL: as the report has it */
	bool reversed;			   /* the order of `sort` turned round */
};

static inline bool selection_is_all(const struct selection *s)
{
	return s->numbers == NULL && s->where == NULL;
}

static inline bool selection_has(
	const struct selection *s, const struct asked *a, const struct flow *f)
{
	return (s->numbers == NULL || numbers_has(s->numbers, f->number)) &&
	       (s->where == NULL || where_holds(s->where, a, f));
}

#endif
