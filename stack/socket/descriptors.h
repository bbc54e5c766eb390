/*
 * The descriptors of a host: small numbers from 3 on, the lowest free one first as POSIX wants,
 * each a socket or an epoll instance. Owns both.
 */
#ifndef TCPSIM_SOCKET_DESCRIPTORS_H
#define TCPSIM_SOCKET_DESCRIPTORS_H

#include <tcp/socket.h>
#include <tcpsim/socket.h>

#define DESCRIPTORS_MAX (1 << 20)

struct epoll;

struct descriptors *descriptors_new(struct tcpsim_host *host);
/* Ends every socket without a word to its peer. */
void descriptors_free(struct tcpsim_host *host);
/* The lowest free number, now `so`'s (or `epoll`'s), or -EMFILE, -ENOMEM. */
int descriptor_take(struct tcpsim_host *host, struct tcp_socket *so, struct epoll *epoll);
/* The same from `least` on. */
int descriptor_take_from(
	struct tcpsim_host *host, int least, struct tcp_socket *so, struct epoll *epoll);
void descriptor_release(struct tcpsim_host *host, int fd);
/* NULL: it is none, or of the other kind. What rests is woken: whoever asks has come to use it. */
struct tcp_socket *descriptor_socket(struct tcpsim_host *host, int fd);
/* The same for a look at what the process has set: what rests does so on. */
const struct tcp_socket *descriptor_look(const struct tcpsim_host *host, int fd);
/* The one whose close() waits; NULL: it is none such. */
struct tcp_socket *descriptor_lingering(struct tcpsim_host *host, int fd);
struct epoll *descriptor_epoll(struct tcpsim_host *host, int fd);
/* 0; -EBADF: no descriptor; -ENOTSOCK: not a socket. */
int descriptor_is_socket(struct tcpsim_host *host, int fd);
/* The descriptor through which a process holds that connection, or -1. A scan: for listings. */
int descriptors_holder(struct tcpsim_host *host, uint32_t connection);
/* Sockets without an entry in the demultiplexing table: fresh ones, listeners, ended ones. False:
 * fn stopped. */
bool descriptors_each_unconnected(struct tcpsim_host *host, tcpsim_row_fn fn, void *context);

#endif
