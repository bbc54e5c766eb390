/* epoll instances: epoll_create to epoll_wait are in tcpsim/socket.h; this is what sockets ask of
 * them. epoll(7). */
#ifndef TCPSIM_SOCKET_EPOLL_H
#define TCPSIM_SOCKET_EPOLL_H

#include <tcp/socket.h>

struct epoll;

void epoll_free(struct epoll *epoll);
/* The socket goes away: out of every instance. */
void epoll_forget(struct tcp_socket *so);
/* These became ready on so: queues its watches that asked for one of them. */
void epoll_notice(struct tcp_socket *so, short events);
/* POLLIN when epoll_wait would return something. */
short epoll_poll(struct epoll *epoll);

#endif
