/*
 * The socket calls of a host, POSIX types and POSIX errors: each returns what POSIX says, or a
 * negative errno.
 *
 * No call blocks: what would wait returns -EAGAIN (connect: -EINPROGRESS) and the host's on_wake
 * tells when to look again. sim/ puts blocking calls in virtual time on top. Buffers are the
 * caller's and are copied before the call returns. Descriptors are small numbers of this host, from
 * 3 on (0, 1 and 2 stay free for a process' streams).
 */
#ifndef TCPSIM_SOCKET_H
#define TCPSIM_SOCKET_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <tcpsim/host.h>

#ifdef __cplusplus
extern "C" {
#endif

int tcpsim_socket(struct tcpsim_host *host, int family, int type, int protocol);
int tcpsim_bind(struct tcpsim_host *host, int fd, const struct sockaddr *addr, socklen_t len);
int tcpsim_listen(struct tcpsim_host *host, int fd, int backlog);
int tcpsim_accept4(
	struct tcpsim_host *host, int fd, struct sockaddr *addr, socklen_t *len, int flags);
/* AF_UNSPEC dissolves the connection. On a socket that is connecting: -EALREADY; then once the
 * result of it. */
int tcpsim_connect(struct tcpsim_host *host, int fd, const struct sockaddr *addr, socklen_t len);
/* flags: MSG_DONTWAIT is implied; MSG_OOB, MSG_MORE, MSG_EOR, MSG_NOSIGNAL, MSG_FASTOPEN,
 * MSG_ZEROCOPY. */
ssize_t tcpsim_sendmsg(struct tcpsim_host *host, int fd, const struct msghdr *msg, int flags);
/* flags: MSG_PEEK, MSG_OOB, MSG_TRUNC, MSG_ERRQUEUE; MSG_WAITALL is for the caller that blocks;
 * tcpsim_more_may_come tells it, where too little was given, whether to go on: not at the stream's
 * end, nor at an urgent mark. */
ssize_t tcpsim_recvmsg(struct tcpsim_host *host, int fd, struct msghdr *msg, int flags);
bool tcpsim_more_may_come(struct tcpsim_host *host, int fd);
/* Copies text that waits to be read, from `skip` bytes on, and reads none of it: windows and timers
 * stay as they are. Stops before an urgent byte that is not in line. Returns the bytes copied. */
size_t tcpsim_view(struct tcpsim_host *host, int fd, size_t skip, void *out, size_t size);
int tcpsim_shutdown(struct tcpsim_host *host, int fd, int how);
int tcpsim_close(struct tcpsim_host *host, int fd);
/* Another number for the socket, the lowest free one from `least` on: under its old one it is
 * closed, as when a thread closes the descriptor on which another one sleeps in a call. Returns
 * the number, or -EBADF, -EMFILE, -ENOMEM. */
int tcpsim_move(struct tcpsim_host *host, int fd, int least);
/* close() as a process makes it that waits (SO_LINGER with a time): while its text or FIN is not
 * acknowledged the descriptor stays, though to every other call it is gone, and tcpsim_close must
 * be called once more, when tcpsim_lingers() has ended or the time is over: the connection then
 * goes on by itself. Returns how long to wait, in ns; 0: nothing is to be waited for, and it is
 * closed. */
int64_t tcpsim_close_lingering(struct tcpsim_host *host, int fd);
bool tcpsim_lingers(struct tcpsim_host *host, int fd);
/* Kills the connection as the exit of its process would not: RST, whatever linger says. */
int tcpsim_abort(struct tcpsim_host *host, int fd);
int tcpsim_getsockname(struct tcpsim_host *host, int fd, struct sockaddr *addr, socklen_t *len);
int tcpsim_getpeername(struct tcpsim_host *host, int fd, struct sockaddr *addr, socklen_t *len);
int tcpsim_setsockopt(
	struct tcpsim_host *host, int fd, int level, int name, const void *value, socklen_t len);
int tcpsim_getsockopt(
	struct tcpsim_host *host, int fd, int level, int name, void *value, socklen_t *len);
int tcpsim_ioctl(struct tcpsim_host *host, int fd, unsigned long request, void *arg);
int tcpsim_fcntl(struct tcpsim_host *host, int fd, int command, long arg);

/* POLLIN, POLLOUT, POLLERR, POLLHUP, POLLRDHUP, POLLPRI that hold now, whatever was asked; POLLNVAL
 * for a bad fd. */
short tcpsim_poll(struct tcpsim_host *host, int fd);
int tcpsim_epoll_create(struct tcpsim_host *host, int flags);
int tcpsim_epoll_ctl(struct tcpsim_host *host, int epfd, int op, int fd, struct epoll_event *event);
/* What is ready now (0 if nothing), edge and oneshot as epoll(7) has them. */
int tcpsim_epoll_wait(struct tcpsim_host *host, int epfd, struct epoll_event *events, int max);

/* Does the descriptor have O_NONBLOCK? The caller that blocks asks. -EBADF. */
int tcpsim_nonblocking(struct tcpsim_host *host, int fd);
/* SO_RCVTIMEO and SO_SNDTIMEO in ns; 0: none. */
int64_t tcpsim_receive_timeout(struct tcpsim_host *host, int fd);
int64_t tcpsim_send_timeout(struct tcpsim_host *host, int fd);
/* The connection id that events carry, or 0. */
uint32_t tcpsim_connection_id(struct tcpsim_host *host, int fd);
enum tcpsim_state tcpsim_state(struct tcpsim_host *host, int fd);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
