/*
 * The local ports of a host: which sockets are bound to each, and how many connections stand on it
 * by address. A page of 256 ports is made when one of them is first used; no question looks at more
 * than one port.
 */
#ifndef TCPSIM_HOST_PORTS_H
#define TCPSIM_HOST_PORTS_H

#include <host/internal.h>

/* Connections of one port on one local address, orphans, incomplete ones and TIME-WAIT among them.
 */
struct port_address {
	struct port_address *next;
	struct tcpsim_addr local;
	uint32_t connections;
	uint32_t not_reusable; /* of those: made without SO_REUSEADDR */
};

struct port {
	struct socket_list
		sockets; /* bound by bind() or connect(); an accepted socket is none of them */
	struct port_address *addresses;
	uint32_t bound; /* of the sockets: by bind() */
};

struct ports *ports_new(void);
void ports_free(struct tcpsim_host *host);
/* The port's entry. `make`: NULL only without memory; else NULL when it was never used. */
struct port *port_entry(struct tcpsim_host *host, uint16_t number, bool make);
/* A connection came to stand on its local port, or left it. */
void port_hold(struct tcpsim_host *host, struct conn *conn);
void port_release(struct tcpsim_host *host, const struct conn *conn);

#endif
