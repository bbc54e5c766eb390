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
/* Kinds of events, 1 << kind, of which it makes nothing; and of which it makes but items. */
#define WITNESS_IGNORES (1u << TCPSIM_EVENT_LIMIT | 1u << TCPSIM_EVENT_CALL)
#define WITNESS_ITEMS                                                                              \
	(1u << TCPSIM_EVENT_TIMER_SET | 1u << TCPSIM_EVENT_TIMER_FIRED |                           \
		1u << TCPSIM_EVENT_TIMER_STOPPED | 1u << TCPSIM_EVENT_CWND)

struct witness *witness_new(
	struct tcpsim_world *world, struct timeline *timeline, const struct node *watched);
/* An event of a host; event->host is the node's index. */
void witness_event(struct witness *witness, const struct tcpsim_event *event);
/* A program said something. */
void witness_said(struct witness *witness, const char *host, const char *program, const char *text);
/* The run is over: now. */
void witness_end(struct witness *witness);
void witness_free(struct witness *witness);

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

#endif
