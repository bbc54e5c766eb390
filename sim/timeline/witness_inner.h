/* Between the files of the witness: which connection it is (witness.c), and what happens to packets
 * on their way (witness_packets.c). */
#ifndef SIM_TIMELINE_WITNESS_INNER_H
#define SIM_TIMELINE_WITNESS_INNER_H

#include "tcpsim/world.h"
#include "timeline/timeline.h"
#include "world/clock.h"
#include "world/world.h"

/* One end of a connection. */
struct end_ref {
	uint32_t connection; /* NONE */
	uint8_t end;
};

#define WITNESS_NOBODY ((struct end_ref){TIMELINE_NONE, 0})

struct tuple {
	struct tcpsim_addr addr[2];
	uint16_t port[2];
};

struct witness {
	struct tcpsim_world *world;
	struct timeline *timeline;
	struct world_witness hooks;
	GArray **refs;		/* of each node: uint32_t by the connection's number on it */
	GHashTable *tuples;	/* struct tuple to connection, and one */
	GHashTable *under_way;	/* number of a packet to item, and one */
	uint32_t newest;	/* the greatest number there */
	uint32_t arriving;	/* the item whose packet a host takes in, or NONE */
	uint32_t items_before;	/* that were there when it came */
	uint8_t found;		/* the state that the segment met there */
	bool loops;		/* the arriving one is a host's to itself */
	uint32_t watched, seen; /* node; its packets captured so far */
};

static inline struct timeline_connection *witness_connection(
	const struct witness *w, struct end_ref ref)
{
	return ref.connection == TIMELINE_NONE ? NULL
					       : w->timeline->connections->pdata[ref.connection];
}
static inline struct timeline_end *witness_end_of(const struct witness *w, struct end_ref ref)
{
	struct timeline_connection *c = witness_connection(w, ref);

	return c ? &c->end[ref.end] : NULL;
}
static inline int64_t witness_now(const struct witness *w)
{
	return clock_now(w->world->clock);
}
/* An item that there is no room for: it is counted, and when its connection was last heard of. */
static inline void witness_leave_out(
	const struct witness *w, enum timeline_kind kind, struct end_ref ref)
{
	struct timeline_connection *c = witness_connection(w, ref);

	timeline_leave_out(w->timeline, kind);
	if (c)
		c->last_ns = witness_now(w);
}

#endif
