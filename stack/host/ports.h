/*
 * The local ports of a host: which sockets are bound to each, and how many connections stand on it
 * by address. A page of 256 ports is made when one of them is first used; no question looks at more
 * than one port.
 *
 * Whoever searches for a port asks the same of many. What a long search found out is kept: ports
 * that will not do for that question, until something leaves them. So a host that has hardly a port
 * left, or none, answers the next connect() without asking them all again.
 */
#ifndef TCPSIM_HOST_PORTS_H
#define TCPSIM_HOST_PORTS_H

#include <host/host.h>

/* Connections of one port on one local address, orphans, incomplete ones and
 * TIME-WAIT among them. */
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

/* What a search asks of each port; compared as bytes, so it has no padding. */
struct port_question {
	struct tcpsim_addr local, remote; /* remote all zeros: bind() */
	uint32_t remote_port;
	uint32_t asker; /* what of the socket the answer depends on */
};

/* The ports known not to do, as bits. */
struct port_answers {
	struct port_question question;
	int64_t until_ns; /* from then on one of them may do by the passing of time */
	uint64_t refused[65536 / 64];
};

struct ports *ports_new(void);
void ports_free(struct tcpsim_host *host);
/* The port's entry. `make`: NULL only without memory; else NULL when it was never used. */
struct port *port_entry(struct tcpsim_host *host, uint16_t number, bool make);
/* A connection came to stand on its local port, or left it. */
void port_hold(struct tcpsim_host *host, struct conn *conn);
void port_release(struct tcpsim_host *host, const struct conn *conn);
/* What is known about that question, with what time has overtaken left out; NULL: nothing. `make`:
 * NULL only without memory. It lives until the next one is made. */
struct port_answers *port_answers(
	struct tcpsim_host *host, const struct port_question *question, bool make);
/* That port will not do now, nor before that time without something leaving it. */
void port_refuse(struct port_answers *answers, uint32_t number, int64_t until_ns);
/* The first port from `number` on that is not refused; 65536: none. `answers` may be NULL. */
uint32_t port_next(const struct port_answers *answers, uint32_t number);
/* Something left the port, or is another there: it is to be asked again. */
void port_changed(struct tcpsim_host *host, uint16_t number);
/* Settings changed: so may every answer. */
void port_forget_answers(struct tcpsim_host *host);

#endif
