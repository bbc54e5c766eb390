/* Which socket has which local port, and the search for one. */
#ifndef TCPSIM_SOCKET_PORTS_H
#define TCPSIM_SOCKET_PORTS_H

#include <host/ports.h>
#include <tcp/socket.h>

/* 0, or -EADDRINUSE when so may not bind that address and port. */
int ports_conflict(const struct tcp_socket *so, const struct tcpsim_addr *local, uint16_t number);
/* so is bound to the port from here. 0 or -ENOMEM. */
int ports_take(struct tcp_socket *so, uint16_t number);
/* The port it has was asked for by bind(): nobody else is given it by chance. */
void ports_asked(struct tcp_socket *so);
void ports_leave(struct tcp_socket *so);
/* An ephemeral port for so (whose local address is set) towards that peer, or for bind() (NULL); so
 * has it from here. 0, -EADDRNOTAVAIL (-EADDRINUSE for bind), -ENOMEM. */
int ports_choose(struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port);
/* For the host (upcalls.h). */
bool ports_all_reuse(const struct port *port);
const struct tcp_settings *ports_bound_settings(
	struct tcpsim_host *host, const struct tcpsim_addr *local, uint16_t port);

#endif
