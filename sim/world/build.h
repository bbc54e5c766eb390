/* From what was described to what runs: addresses, routes, hosts, links. */
#ifndef SIM_WORLD_BUILD_H
#define SIM_WORLD_BUILD_H

#include "world/world.h"
#include <stdbool.h>
#include <stdint.h>

/* Packet out by that port; taken. */
void node_send(struct node *node, unsigned port, struct tcpsim_packet *packet);
uint32_t node_mtu(const struct node *node, unsigned port);
/* Is it one of its interfaces' addresses? */
bool node_owns(const struct node *node, const struct tcpsim_addr *addr);
/* The port's address of that IP version, or NULL. */
const struct tcpsim_addr *node_address(const struct node *node, unsigned port, unsigned version);
/* After anything was done to the host: looks at it where that is asked for, sends what it wants
 * sent, arms its deadline. */
void node_flush(struct node *node);
/* Would its host take that sysctl? 0, or a negative errno as tcpsim_host_sysctl_set has it; *why,
 * if not NULL, then gets what is wrong, in words (to be freed), else NULL. */
int node_try_sysctl(const struct node *node, const char *name, const char *value, char **why);
/* Gives addresses and routes, makes hosts and links; does nothing the second time. */
void world_build(struct tcpsim_world *world);
/* To each address that its interfaces lead to. */
void build_host_routes(struct node *node);
/* Calls `fn` with each of them. */
void build_each_route(struct node *from, route_fn fn, void *context);
/* Makes the host of a node (again). */
void node_make_host(struct node *node);

#endif
