/*
 * By which port a router or a switch reaches an address of the world: on the shortest way, over the
 * link that the address is on. What is kept is a port for each other node that forwards, found when
 * the router first forwards anything; where a host is follows from what it is linked to. So a world
 * of many hosts costs no router anything, and one of many routers only those that are passed.
 */
#ifndef SIM_WORLD_WAYS_H
#define SIM_WORLD_WAYS_H

#include <stdint.h>

struct node;
struct port;
struct tcpsim_world;

struct ways; /* of one node; NULL until they are asked for */

#define WAYS_NONE UINT32_MAX

/* The world's nodes that forward get their numbers. */
void ways_number(struct tcpsim_world *world);
/* The port of `from` that leads to the address of `port`, or WAYS_NONE. */
uint32_t ways_towards(struct node *from, const struct port *port);
void ways_free(struct ways *ways);

/* Who is at the other end of its link. */
struct node *port_peer(const struct port *port);

#endif
