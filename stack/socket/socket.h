/* Birth and death of a socket (tcp/socket.h), and what it tells whoever waits for it. */
#ifndef TCPSIM_SOCKET_SOCKET_H
#define TCPSIM_SOCKET_SOCKET_H

#include <tcp/socket.h>

struct tcp_socket *socket_new(struct tcpsim_host *host, int family);
/* Takes it off its port, out of every epoll instance, and frees it; its connection must have been
 * let go. */
void socket_free(struct tcp_socket *so);
/* For the host (upcalls.h): whoever waits for it is woken, and its watches are fed. */
void socket_notice(struct tcp_socket *so, short events);
/* It listens no longer, and is fresh again with the settings that its listener had. */
void socket_stop_listening(struct tcp_socket *so);
/* The pending error as a negative errno, now cleared; or 0. */
int socket_take_error(struct tcp_socket *so);

#endif
