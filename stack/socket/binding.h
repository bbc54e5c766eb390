/* Which socket has which local port: ports.c. ports_choose is in internal.h. */
#ifndef TCPSIM_SOCKET_BINDING_H
#define TCPSIM_SOCKET_BINDING_H

#include <socket/internal.h>

/* 0, or -EADDRINUSE when so may not bind that address and port. */
int ports_conflict(const struct tcp_socket *so, const struct tcpsim_addr *local, uint16_t number);
/* so is bound to the port from here. 0 or -ENOMEM. */
int ports_take(struct tcp_socket *so, uint16_t number);
/* The port it has was asked for by bind(): nobody else is given it by chance. */
void ports_asked(struct tcp_socket *so);
void ports_leave(struct tcp_socket *so);

#endif
