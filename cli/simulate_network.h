/* What a world's links lost and its routers did, told. */
#ifndef CLI_SIMULATE_NETWORK_H
#define CLI_SIMULATE_NETWORK_H

#include <stdbool.h>

struct tcpsim_world;

/* simulate_network.c: what links lost and routers did, as a person reads it or as JSON lines. */
void print_links(const struct tcpsim_world *world, bool json);
void print_routers(const struct tcpsim_world *world, bool json);

#endif
