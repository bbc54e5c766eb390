/*
 * A part of a world: nodes with a clock, a pool and programs of their own, so that one thread can
 * run them while others run the other parts. A world is one part unless it was split.
 *
 * It is cut at links that have a delay: what crosses one arrives no sooner than that, so for that
 * long a part needs to know nothing of the others (the lookahead of conservative parallel
 * simulation, Chandy and Misra 1979). Nodes that only links without a delay join stay together.
 *
 * The world owns its parts.
 */
#ifndef SIM_WORLD_PART_H
#define SIM_WORLD_PART_H

#include <glib.h>
#include <stdint.h>

struct clock;
struct link_border;
struct notes;
struct order_log;
struct process;
struct tcpsim_packet;
struct tcpsim_pool;
struct tcpsim_world;

#define WORLD_MOST_PARTS 64

struct world_part {
	struct tcpsim_world *world;
	struct clock *clock;
	struct tcpsim_pool *pool;
	struct process *ready, **ready_last; /* programs whose turn it is */
	void *passing;			     /* process_passing() */
	/* of a split world (world/threads.h): */
	struct order_log *log; /* what happened in this window; NULL: the world is not split */
	struct notes *notes;   /* what is to be told of it; NULL: it is told at once */
	GPtrArray *sent;       /* borders that something was sent over in this window */
	GPtrArray *handed;     /* ... in the one before: the receivers have it now */
	GPtrArray *arriving;   /* borders with something for this part */
	GPtrArray *spent;      /* packets of its pool that the receivers have copied */
	int64_t next_ns;       /* when its next event is due; INT64_MAX: there is none */
};

/* A clock and a pool of its own, and what a split world's part has. */
struct world_part *part_new(struct tcpsim_world *world);
void part_free(struct world_part *part);

#endif
