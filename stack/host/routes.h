/* Interfaces, addresses and routes, for the host that owns them. Asking them: host/internal.h. */
#ifndef TCPSIM_HOST_ROUTES_H
#define TCPSIM_HOST_ROUTES_H

#include <host/internal.h>

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

#endif
