/*
 * Two accounts of one world laid side by side, models alone and with kernel hosts, and what differs
 * named: what programs said and called, each connection's states, errors, RSTs and segments, each
 * listener's queues, TCP_INFO.
 *
 * Connections are paired in the order in which they came to be, by who opened them and where to.
 * What systems choose at random is no difference: ports that nobody named, sequence numbers (they
 * are relative), timestamps. Times may differ by WORLD_LEAST_NS, WORLD_PERCENT of the time since the
 * segment or word before, and by as much as the real run was late itself. Of the two streams of
 * segments of a connection the first difference is told, as what follows follows from it.
 */
#ifndef COMPARE_WORLD_COMPARE_H
#define COMPARE_WORLD_COMPARE_H

#include "compare/world_account.h"

#define WORLD_LEAST_NS INT64_C(16000000) /* the kernel's clock has jiffies, of 4 ms */
#define WORLD_PERCENT  20		 /* of the wait: its timer wheel is coarse */
#define WORLD_NOWHERE  UINT32_MAX

struct world_difference {
	const char *kind;  /* call said segment state timing missing extra queue tcp-info */
	const char *field; /* "window", "errno" ...; static */
	char *where;	   /* "connection 0, client's segment 3" */
	char *model, *kernel;
	enum tcpsim_rule rule;			/* of the model's side, or NONE */
	int64_t time_ns;			/* the model's, or where it has none the kernel's */
	uint32_t connection, kernel_connection; /* of the timelines; WORLD_NOWHERE: none */
	uint32_t model_item, kernel_item;	/* the segments; WORLD_NOWHERE: none */
	bool stable;				/* each run of the kernel had it */
};

struct world_pair {
	uint32_t model, kernel; /* connections; WORLD_NOWHERE: that side has none */
};

/* Of the times that count as the same, those that are farthest apart. */
struct world_times {
	int64_t farthest_ns;
};

/* GArray of struct world_pair, in the model's order, what only the kernel has last. */
GArray *world_pairs(const struct timeline *model, const struct timeline *kernel);
/* GPtrArray of struct world_difference, which it frees; empty: they agree. */
GPtrArray *world_compare(const struct world_account *model, const struct world_account *kernel,
	struct world_times *times);
/* Those of `all` stay stable that `again` has too, in the same place. */
void world_compare_again(GPtrArray *all, const GPtrArray *again);

/* --- between the files of the comparison --- */

struct world_sides {
	const struct world_account *model, *kernel;
	GPtrArray *out;
	int64_t late_ns; /* of the real run */
	struct world_times *times;
};

/* Is it the same time, for what came `gap_ns` after what was before? */
bool world_near(
	const struct world_sides *sides, int64_t model_ns, int64_t kernel_ns, int64_t gap_ns);
/* Adds a copy of `like` with these texts, which it takes. */
void world_differs(const struct world_sides *sides, const struct world_difference *like,
	char *where, char *model, char *kernel);

#endif
