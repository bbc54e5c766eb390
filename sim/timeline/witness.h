/*
 * A world's events, written down as a timeline: what the hosts tell of themselves, what links and
 * routers do to packets, and what programs call. It concludes nothing.
 *
 * The witness is set up before the world first runs, and lives until it is over. The world's
 * on_event is its caller's: whoever listens there hands each event on.
 */
#ifndef SIM_TIMELINE_WITNESS_H
#define SIM_TIMELINE_WITNESS_H

#include "timeline/timeline.h"
#include "world/world.h"

struct witness;

/* Writes to the timeline, which gets the world's nodes. With room for no items only connections,
 * listeners and counts are written, at the least cost. `watched`: whose capture the packets are
 * numbered by, or NULL. */
struct witness *witness_new(
	struct tcpsim_world *world, struct timeline *timeline, const struct node *watched);
/* An event of a host; event->host is the node's index. */
void witness_event(struct witness *witness, const struct tcpsim_event *event);
/* A program said something. */
void witness_said(struct witness *witness, const char *host, const char *program, const char *text);
/* The item that the packet is; NULL: it is none, or there was no room. The pointer lives until the next
 * item. */
struct timeline_item *witness_item_of(
	const struct witness *witness, const struct tcpsim_packet *packet);
/* The run is over: now. */
void witness_end(struct witness *witness);
void witness_free(struct witness *witness);

#endif
