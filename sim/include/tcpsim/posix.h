/*
 * The POSIX calls of a program that runs in a world: include this instead of (or after)
 * <sys/socket.h>, <unistd.h>, <poll.h> and so on, and the same source that runs on the kernel runs
 * on a host of tcpsim, in virtual time. In C++ include it after the standard library's headers.
 *
 * Each call does and returns what POSIX says of the call of its name, with -1 and errno; where
 * Linux goes beyond POSIX (accept4, epoll), what its manual says. Below stands only what is
 * different here. A call that blocks gives the turn back to the world until it is done. Buffers are
 * the caller's and are not kept.
 *
 * Descriptors 0, 1 and 2 stay the real ones: read and write of them go to the machine, close leaves
 * them open, poll and select know nothing of them (POLLNVAL). The programs of one host share its
 * descriptors, as threads do; so does a program that ends leave its own open.
 *
 * Not there: what is not TCP over IP, fork(), threads, dup(), signals. SIGPIPE is never sent (EPIPE
 * is), so ignoring it changes nothing. A program that computes for ever stops the world: time
 * passes only where it waits. What the C library does by itself (<stdio.h>, <err.h>'s exit) is the
 * machine's.
 *
 * Calls made outside a program of a world fail with ENOSYS.
 */
#ifndef TCPSIM_POSIX_H
#define TCPSIM_POSIX_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#ifndef TCPSIM_POSIX_NO_MACROS /* its names and those of <tcpsim/segment.h> do not go together */
#include <netinet/tcp.h>
#endif

#ifndef AI_PASSIVE
#error "the system's headers hide struct addrinfo: compile with -std=gnu17 or -D_POSIX_C_SOURCE=200809L"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* AF_INET and AF_INET6, SOCK_STREAM with SOCK_NONBLOCK and SOCK_CLOEXEC (which does nothing). */
int tcpsim_posix_socket(int family, int type, int protocol);
int tcpsim_posix_bind(int fd, const struct sockaddr *addr, socklen_t len);
/* What the backlog means is the profile's affair: UNP Figure 4.10. */
int tcpsim_posix_listen(int fd, int backlog);
/* Several programs may wait at one listener; a connection wakes one of them, in their order.
 * SO_RCVTIMEO bounds the wait: EAGAIN. */
int tcpsim_posix_accept(int fd, struct sockaddr *addr, socklen_t *len);
int tcpsim_posix_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
/* SO_SNDTIMEO bounds the wait, as on Linux: EINPROGRESS, and the attempt goes on. */
int tcpsim_posix_connect(int fd, const struct sockaddr *addr, socklen_t len);

/* Sending waits until everything is taken, unless O_NONBLOCK, MSG_DONTWAIT or SO_SNDTIMEO bounds
 * it: then what was taken is told, and an error by the next call. At most 16 parts: EMSGSIZE. Where
 * the kernel says EFAULT, NULL sends that many zeros, which cost neither memory nor copying. */
ssize_t tcpsim_posix_send(int fd, const void *buffer, size_t len, int flags);
ssize_t tcpsim_posix_sendto(int fd, const void *buffer, size_t len, int flags,
	const struct sockaddr *addr, socklen_t addr_len);
ssize_t tcpsim_posix_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t tcpsim_posix_write(int fd, const void *buffer, size_t len);
ssize_t tcpsim_posix_writev(int fd, const struct iovec *parts, int n);
/* Receiving: MSG_PEEK, MSG_WAITALL, MSG_OOB, MSG_TRUNC, MSG_ERRQUEUE. 0 is the end of the stream.
 */
ssize_t tcpsim_posix_recv(int fd, void *buffer, size_t len, int flags);
ssize_t tcpsim_posix_recvfrom(
	int fd, void *buffer, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len);
ssize_t tcpsim_posix_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t tcpsim_posix_read(int fd, void *buffer, size_t len);
ssize_t tcpsim_posix_readv(int fd, const struct iovec *parts, int n);
/* SO_LINGER with a time of 0 sends a RST (RFC 9293 §3.10.5). With a time close() waits until what
 * was written, and the FIN, is acknowledged: on a non-blocking socket too where the system is
 * Linux. If the time is over first, Linux says 0 and BSD EWOULDBLOCK; the connection goes on by
 * itself, and the descriptor is gone, its number free again, either way. */
int tcpsim_posix_close(int fd);
int tcpsim_posix_shutdown(int fd, int how);

/* Waiting for several. select leaves its timeout as it is, as POSIX allows; a signal mask changes
 * nothing. */
int tcpsim_posix_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int tcpsim_posix_ppoll(
	struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask);
int tcpsim_posix_select(
	int n, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout);
int tcpsim_posix_pselect(int n, fd_set *read, fd_set *write, fd_set *except,
	const struct timespec *timeout, const sigset_t *mask);
/* epoll(7): level and edge, EPOLLONESHOT, EPOLLEXCLUSIVE as far as one host's programs go. */
int tcpsim_posix_epoll_create(int size);
int tcpsim_posix_epoll_create1(int flags);
int tcpsim_posix_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
int tcpsim_posix_epoll_wait(int epfd, struct epoll_event *events, int most, int timeout_ms);
int tcpsim_posix_epoll_pwait(
	int epfd, struct epoll_event *events, int most, int timeout_ms, const sigset_t *mask);

/* The options of the host's profile; ENOPROTOOPT for one that its system does not have. */
int tcpsim_posix_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int tcpsim_posix_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int tcpsim_posix_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
int tcpsim_posix_getpeername(int fd, struct sockaddr *addr, socklen_t *len);
/* F_GETFL, F_SETFL (O_NONBLOCK), F_GETFD, F_SETFD. */
int tcpsim_posix_fcntl(int fd, int command, ...);
/* FIONREAD, FIONBIO, SIOCATMARK, SIOCOUTQ ... of a socket. */
int tcpsim_posix_ioctl(int fd, unsigned long request, ...);

/* Sleeping lets virtual time pass, and is never cut short. */
unsigned tcpsim_posix_sleep(unsigned seconds);
int tcpsim_posix_usleep(unsigned microseconds);
int tcpsim_posix_nanosleep(const struct timespec *time, struct timespec *left);
/* All clocks start with the world: CLOCK_REALTIME at 2000-01-01 00:00:00 UTC, any other at 0. */
int tcpsim_posix_clock_gettime(clockid_t clock, struct timespec *now);
int tcpsim_posix_gettimeofday(struct timeval *now, void *zone);
time_t tcpsim_posix_time(time_t *now);

/* Names are those of the world's nodes, and localhost; a node has all its addresses. Services are a
 * dozen well-known ones, whatever the machine knows. The list ends with freeaddrinfo. */
int tcpsim_posix_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **list);
void tcpsim_posix_freeaddrinfo(struct addrinfo *list);
int tcpsim_posix_getnameinfo(const struct sockaddr *addr, socklen_t len, char *host,
	socklen_t host_len, char *service, socklen_t service_len, int flags);
/* IPv4 only; what it returns lives until the thread's next call. */
struct hostent *tcpsim_posix_gethostbyname(const char *name);
/* The name of the node. */
int tcpsim_posix_gethostname(char *name, size_t size);
/* Ends this program of the world, not the process that the world runs in; atexit() is not asked.
 * Outside a program: exit(). */
void tcpsim_posix_exit(int status) __attribute__((noreturn));

/* A line that the world reports with the time and who said it (tcpsim_world_on_say). */
void tcpsim_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif

#ifndef TCPSIM_POSIX_NO_MACROS
#define socket	      tcpsim_posix_socket
#define bind	      tcpsim_posix_bind
#define listen	      tcpsim_posix_listen
#define accept	      tcpsim_posix_accept
#define accept4	      tcpsim_posix_accept4
#define connect	      tcpsim_posix_connect
#define send	      tcpsim_posix_send
#define sendto	      tcpsim_posix_sendto
#define sendmsg	      tcpsim_posix_sendmsg
#define recv	      tcpsim_posix_recv
#define recvfrom      tcpsim_posix_recvfrom
#define recvmsg	      tcpsim_posix_recvmsg
#define read	      tcpsim_posix_read
#define write	      tcpsim_posix_write
#define readv	      tcpsim_posix_readv
#define writev	      tcpsim_posix_writev
#define close	      tcpsim_posix_close
#define shutdown      tcpsim_posix_shutdown
#define poll	      tcpsim_posix_poll
#define ppoll	      tcpsim_posix_ppoll
#define pselect	      tcpsim_posix_pselect
#define select	      tcpsim_posix_select
#define epoll_create  tcpsim_posix_epoll_create
#define epoll_create1 tcpsim_posix_epoll_create1
#define epoll_ctl     tcpsim_posix_epoll_ctl
#define epoll_wait    tcpsim_posix_epoll_wait
#define epoll_pwait   tcpsim_posix_epoll_pwait
#define setsockopt    tcpsim_posix_setsockopt
#define getsockopt    tcpsim_posix_getsockopt
#define getsockname   tcpsim_posix_getsockname
#define getpeername   tcpsim_posix_getpeername
#define fcntl	      tcpsim_posix_fcntl
#define ioctl	      tcpsim_posix_ioctl
#define sleep	      tcpsim_posix_sleep
#define usleep	      tcpsim_posix_usleep
#define nanosleep     tcpsim_posix_nanosleep
#define clock_gettime tcpsim_posix_clock_gettime
#define gettimeofday  tcpsim_posix_gettimeofday
#define time(now)     tcpsim_posix_time(now)
#define getaddrinfo   tcpsim_posix_getaddrinfo
#define freeaddrinfo  tcpsim_posix_freeaddrinfo
#define getnameinfo   tcpsim_posix_getnameinfo
#define gethostbyname tcpsim_posix_gethostbyname
#define gethostname   tcpsim_posix_gethostname
#define exit	      tcpsim_posix_exit
#endif

#endif
