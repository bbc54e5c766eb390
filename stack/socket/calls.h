/* Parts of calls that other calls need. */
#ifndef TCPSIM_SOCKET_CALLS_H
#define TCPSIM_SOCKET_CALLS_H

#include <sys/uio.h>
#include <tcp/socket.h>

/* The connection so had is over, and so is fresh again, on its own port if it asked for one. */
int socket_start_over(struct tcp_socket *so);
/* Chooses local address and port for going there (S13): `remote` wildcard becomes this host. 0 or
 * -errno. */
int socket_route(struct tcp_socket *so, struct tcpsim_addr *remote, uint16_t port);
/* That, and the SYN: see tcp_connect. */
int socket_connect(struct tcp_socket *so, const struct tcpsim_addr *to, uint16_t port,
	const struct iovec *data, int n_data, size_t *taken);

#endif
