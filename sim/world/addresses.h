/*
 * Who has which address. A network that gives none is a /24 of 10.0.0.0/8, by its number; one
 * with more hosts than that has numbers for takes as much room as it needs from 100.64.0.0 on
 * (RFC 6598: addresses that are nobody's). In IPv6 each is a /64 of fd00::/8.
 */
#ifndef SIM_WORLD_ADDRESSES_H
#define SIM_WORLD_ADDRESSES_H

#include <glib.h>

struct node;
struct port;
struct tcpsim_addr;
struct tcpsim_world;

/* Whose address it is, or NULL; nobody's before the world was built. */
struct node *world_owner(const struct tcpsim_world *world, const struct tcpsim_addr *addr);
/* The very port of it that has the address, or NULL. */
const struct port *world_owning_port(
	const struct tcpsim_world *world, const struct tcpsim_addr *addr);
/* For hash tables by address. */
guint world_addr_hash(gconstpointer addr);
gboolean world_addr_equal(gconstpointer a, gconstpointer b);
/* Gives addresses to those who have none, and notes whose each is. */
void build_addresses(struct tcpsim_world *world);

#endif
