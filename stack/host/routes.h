/* Interfaces, addresses and routes: setting them up, and asking them. */
#ifndef TCPSIM_HOST_ROUTES_H
#define TCPSIM_HOST_ROUTES_H

#include <host/host.h>

struct routing *routing_new(void);
void routing_free(struct routing *routing);
/* What was found of routes is to be found anew. */
void routing_changed(struct routing *routing);
/* Does that interface take and give packets? */
bool interface_was_set_up(const struct tcpsim_host *host, int interface);
static inline bool interface_is_up(const struct tcpsim_host *host, int interface)
{
	if (!host->down && interface >= 0 && interface < host->interfaces)
		return true;
	return interface == HOST_LOOPBACK || interface_was_set_up(host, interface);
}

/* 0 or -ENETUNREACH, -EHOSTUNREACH. `local` NULL or wildcard: the source is chosen. */
int route_find(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, struct route *out);
/* The same to look at, until routes are next asked for. */
int route_ask(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, const struct route **out);
/* The interface by which an answer to that peer leaves: the routes say, and not where the packet
 * came in, except for a link-local peer, which is known on that link only (RFC 4007 §6). */
uint16_t route_back(
	struct tcpsim_host *host, const struct tcpsim_addr *remote, uint16_t came_in_by);
/* How many addresses the host has: they are added, and never change. */
unsigned host_addresses(const struct tcpsim_host *host);
bool host_owns(const struct tcpsim_host *host, const struct tcpsim_addr *addr);
bool addr_is_broadcast_or_multicast(const struct tcpsim_host *host, const struct tcpsim_addr *addr);

#endif
