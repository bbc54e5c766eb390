/*
 * The POSIX calls of a program that runs in a world: include this instead of (or after)
 * <sys/socket.h>, <unistd.h>, <poll.h> and so on, and the same source that runs on the kernel runs
 * on a host of tcpsim, in virtual time.
 *
 * A call that blocks gives the turn back to the world until it is done; errno is set as POSIX says.
 * Descriptors 0, 1 and 2 stay the real ones (read, write and close of them go to the machine). The
 * programs of one host share its descriptors, as threads do. What is not TCP over IP, fork() and
 * signals are not there; SIGPIPE is never sent (EPIPE is).
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

int tcpsim_posix_socket(int family, int type, int protocol);
int tcpsim_posix_bind(int fd, const struct sockaddr *addr, socklen_t len);
int tcpsim_posix_listen(int fd, int backlog);
int tcpsim_posix_accept(int fd, struct sockaddr *addr, socklen_t *len);
int tcpsim_posix_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int tcpsim_posix_connect(int fd, const struct sockaddr *addr, socklen_t len);
ssize_t tcpsim_posix_send(int fd, const void *buffer, size_t len, int flags);
ssize_t tcpsim_posix_sendto(int fd, const void *buffer, size_t len, int flags,
	const struct sockaddr *addr, socklen_t addr_len);
ssize_t tcpsim_posix_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t tcpsim_posix_recv(int fd, void *buffer, size_t len, int flags);
ssize_t tcpsim_posix_recvfrom(
	int fd, void *buffer, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len);
ssize_t tcpsim_posix_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t tcpsim_posix_read(int fd, void *buffer, size_t len);
ssize_t tcpsim_posix_write(int fd, const void *buffer, size_t len);
ssize_t tcpsim_posix_readv(int fd, const struct iovec *parts, int n);
ssize_t tcpsim_posix_writev(int fd, const struct iovec *parts, int n);
int tcpsim_posix_close(int fd);
int tcpsim_posix_shutdown(int fd, int how);
int tcpsim_posix_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int tcpsim_posix_select(
	int n, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout);
int tcpsim_posix_epoll_create(int size);
int tcpsim_posix_epoll_create1(int flags);
int tcpsim_posix_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
int tcpsim_posix_epoll_wait(int epfd, struct epoll_event *events, int most, int timeout_ms);
int tcpsim_posix_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int tcpsim_posix_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int tcpsim_posix_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
int tcpsim_posix_getpeername(int fd, struct sockaddr *addr, socklen_t *len);
int tcpsim_posix_fcntl(int fd, int command, ...);
int tcpsim_posix_ioctl(int fd, unsigned long request, ...);
unsigned tcpsim_posix_sleep(unsigned seconds);
int tcpsim_posix_usleep(useconds_t microseconds);
int tcpsim_posix_nanosleep(const struct timespec *time, struct timespec *left);
/* Both clocks start with the world: CLOCK_REALTIME at 2000-01-01 00:00:00 UTC, any other at 0. */
int tcpsim_posix_clock_gettime(clockid_t clock, struct timespec *now);
int tcpsim_posix_gettimeofday(struct timeval *now, void *zone);
time_t tcpsim_posix_time(time_t *now);
/* Knows the nodes of the world by name, and addresses and ports as numbers. */
int tcpsim_posix_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **list);
void tcpsim_posix_freeaddrinfo(struct addrinfo *list);

/* A line that the world reports with the time and who said it. */
void tcpsim_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

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
#define select	      tcpsim_posix_select
#define epoll_create  tcpsim_posix_epoll_create
#define epoll_create1 tcpsim_posix_epoll_create1
#define epoll_ctl     tcpsim_posix_epoll_ctl
#define epoll_wait    tcpsim_posix_epoll_wait
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
#endif

#endif
