/* What happens to packets on their way. */
#ifndef SIM_TIMELINE_WITNESS_PACKETS_H
#define SIM_TIMELINE_WITNESS_PACKETS_H

#include <stdint.h>

struct tcpsim_event;
struct tcpsim_packet;
struct timeline_item;
struct witness;

/* The item that the packet is; NULL: it is none, or there was no room. The pointer lives until the next
 * item. */
struct timeline_item *witness_item_of(
	const struct witness *witness, const struct tcpsim_packet *packet);
/* The packet of that number is the item at `place`. */
void witness_under_way(struct witness *witness, uint32_t number, uint32_t place);
/* A segment comes in that may be the host's own; and such a one was taken in before this. */
void witness_loop_back(struct witness *w, const struct tcpsim_event *event);
void witness_settle_loop(struct witness *w, uint32_t node);
void witness_hook(struct witness *w);

#endif
