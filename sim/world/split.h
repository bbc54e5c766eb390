/*
 * Into which parts a world is split (world/part.h): groups of nodes that no link without a delay
 * joins, about as much work for each part, cut at the longest delays that allow for it, since what
 * separates two parts is how far they may run before they meet again.
 */
#ifndef SIM_WORLD_SPLIT_H
#define SIM_WORLD_SPLIT_H

struct tcpsim_world;
struct world_link;

/* Before the world is built. NULL: it is split, into at most n parts; else why it cannot be, and it
 * is as it was. */
const char *split_world(struct tcpsim_world *world, unsigned n);
/* Where a link that was built joins two parts. */
void split_link(struct world_link *link);
/* The parts are given back; what lived in them is gone by then. */
void split_free(struct tcpsim_world *world);

#endif
