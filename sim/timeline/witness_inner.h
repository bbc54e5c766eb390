/* Between the files of the witness: which connection it is (witness.c), and what happens to packets
 * on their way (witness_packets.c). */
#ifndef SIM_TIMELINE_WITNESS_INNER_H
#define SIM_TIMELINE_WITNESS_INNER_H

#include "timeline/witness.h"
#include "wire/wire.h"

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

/* The end that sends from src to dst, in the latest connection of those addresses; NONE: none. */
struct end_ref witness_find(const struct witness *w, const struct tcpsim_addr *src,
	uint16_t src_port, const struct tcpsim_addr *dst, uint16_t dst_port);
/* A connection whose first segment this is; its sender's end. */
struct end_ref witness_begin(struct witness *w, const struct tcpsim_segment *segment);
/* Counts a segment that the end sends. */
void witness_count(const struct witness *w, struct end_ref ref,
	const struct tcpsim_segment *segment, enum tcpsim_rule rule);
/* An item of the end, with the time and the node; its own members are the caller's. */
struct timeline_item witness_item(
	const struct witness *w, enum timeline_kind kind, uint32_t node, struct end_ref ref);

/* The end that has that number on its host; NOBODY: none, or it is a listener's. */
struct end_ref witness_numbered(const struct witness *w, uint32_t node, uint32_t id);
/* The calls that made the socket what connect() found are the connection's. */
void witness_claim_calls(struct witness *w, uint32_t node, int fd, struct end_ref ref);

/* A segment comes in that may be the host's own; and such a one was taken in before this. */
void witness_loop_back(struct witness *w, const struct tcpsim_event *event);
void witness_settle_loop(struct witness *w, uint32_t node);

/* The end's variables, where the timeline has room for them. The host must not be in the middle of
 * anything. */
void witness_sample(struct witness *w, const struct node *host, uint32_t connection, unsigned end);

void witness_hook(struct witness *w);
void witness_hook_calls(struct witness *w);

#endif
