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
 * them open, and poll and select find them ready, as they find a file: a read() that has to wait
 * for a terminal stops the whole world. The programs of one host share its descriptors, as threads
 * do; so does a program that ends leave its own open.
 *
 * What a world does not have does not compile, with a sentence that says what to do: fork, threads,
 * dup, pipe, open, alarm and some hundred and fifty more, <tcpsim/posix_refused.h>. Signals can be
 * asked for and never come: SIGPIPE neither (EPIPE is given), so ignoring it changes nothing. What
 * only computes (inet_ntop, strftime), allocates, or reads and writes files through <stdio.h> is
 * the C library's as ever. docs/posix.md goes through POSIX call by call.
 *
 * A program that computes for ever stops the world: time passes only where it waits. In C++ the
 * standard library's own threads and sleeps are the machine's: std::thread does not belong in a
 * world.
 *
 * Calls made outside a program of a world fail with ENOSYS.
 *
 * With TCPSIM_ON_KERNEL defined no call is renamed and none refused: all are the system's, for the
 * same source on a kernel host (tcpsim_world_spawn_twice). Both builds go into one program, so the
 * source has no global name twice: TCPSIM_PROGRAM(f) is f, and f_on_kernel here; what else it has is
 * static.
 */
#ifndef TCPSIM_POSIX_H
#define TCPSIM_POSIX_H

#ifdef TCPSIM_ON_KERNEL
#define TCPSIM_PROGRAM(name) name##_on_kernel
#ifndef TCPSIM_POSIX_NO_MACROS
#define TCPSIM_POSIX_NO_MACROS
#include <netinet/tcp.h>
#endif
#else
#define TCPSIM_PROGRAM(name) name
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __has_include
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif
#endif
#ifndef TCPSIM_POSIX_NO_MACROS /* its names and those of <tcpsim/segment.h> do not go together */
#include <netinet/tcp.h>
#include <tcpsim/posix_refused.h>
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
/* Linux's own: several messages at once, of which on a stream each is a read or a write. */
struct mmsghdr;
int tcpsim_posix_sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags);
int tcpsim_posix_recvmmsg(
	int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout);
/* Receiving: MSG_PEEK, MSG_WAITALL, MSG_OOB, MSG_TRUNC, MSG_ERRQUEUE. 0 is the end
 * of the stream. */
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

int tcpsim_posix_epoll_pwait2(int epfd, struct epoll_event *events, int most,
	const struct timespec *timeout, const sigset_t *mask);

/* The options of the host's profile; ENOPROTOOPT for one that its system does not have. */
int tcpsim_posix_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int tcpsim_posix_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int tcpsim_posix_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
int tcpsim_posix_getpeername(int fd, struct sockaddr *addr, socklen_t *len);
/* F_GETFL, F_SETFL (O_NONBLOCK), F_GETFD, F_SETFD. */
int tcpsim_posix_fcntl(int fd, int command, ...);
/* FIONREAD, FIONBIO, SIOCATMARK, SIOCOUTQ ... of a socket. */
int tcpsim_posix_ioctl(int fd, unsigned long request, ...);
int tcpsim_posix_sockatmark(int fd);
/* No, ESPIPE and ENODEV of a socket; mmap of memory alone is the machine's. */
int tcpsim_posix_isatty(int fd);
off_t tcpsim_posix_lseek(int fd, off_t offset, int whence);
void *tcpsim_posix_mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset);
/* 0, 1 and 2; what fopen() gave has no number in a world: EBADF. */
int tcpsim_posix_fileno(FILE *stream);
int tcpsim_posix_dprintf(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
int tcpsim_posix_vdprintf(int fd, const char *format, va_list args);

/* Sleeping lets virtual time pass, and is never cut short. */
unsigned tcpsim_posix_sleep(unsigned seconds);
int tcpsim_posix_usleep(unsigned microseconds);
int tcpsim_posix_nanosleep(const struct timespec *time, struct timespec *left);
int tcpsim_posix_clock_nanosleep(
	clockid_t clock, int flags, const struct timespec *time, struct timespec *left);
/* C11's: 0, or -2. */
int tcpsim_posix_thrd_sleep(const struct timespec *time, struct timespec *left);
/* Lets the other programs that are ready have their turn; no time passes. */
int tcpsim_posix_sched_yield(void);
/* All clocks start with the world: CLOCK_REALTIME at 2000-01-01 00:00:00 UTC, any other at 0.
 * Computing takes no time, so clock() tells that of the world. */
int tcpsim_posix_clock_gettime(clockid_t clock, struct timespec *now);
int tcpsim_posix_gettimeofday(struct timeval *now, void *zone);
time_t tcpsim_posix_time(time_t *now);
int tcpsim_posix_clock_getres(clockid_t clock, struct timespec *resolution);
clock_t tcpsim_posix_clock(void);
int tcpsim_posix_timespec_get(struct timespec *now, int base);
/* The world's zone is UTC, whatever the machine's is. */
struct tm *tcpsim_posix_localtime(const time_t *time);
struct tm *tcpsim_posix_localtime_r(const time_t *time, struct tm *out);
time_t tcpsim_posix_mktime(struct tm *tm);
char *tcpsim_posix_ctime(const time_t *time);
char *tcpsim_posix_ctime_r(const time_t *time, char *out);
void tcpsim_posix_tzset(void);

/* Names are those of the world's nodes, and localhost; a node has all its addresses. Services are a
 * dozen well-known ones, whatever the machine knows. The list ends with freeaddrinfo. */
int tcpsim_posix_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **list);
void tcpsim_posix_freeaddrinfo(struct addrinfo *list);
int tcpsim_posix_getnameinfo(const struct sockaddr *addr, socklen_t len, char *host,
	socklen_t host_len, char *service, socklen_t service_len, int flags);
/* What these return lives until the thread's next call; a service and a protocol are TCP's. */
struct hostent *tcpsim_posix_gethostbyname(const char *name); /* IPv4 only */
struct hostent *tcpsim_posix_gethostbyname2(const char *name, int family);
struct hostent *tcpsim_posix_gethostbyaddr(const void *bytes, socklen_t len, int family);
struct servent *tcpsim_posix_getservbyname(const char *name, const char *protocol);
struct servent *tcpsim_posix_getservbyport(int port, const char *protocol);
struct protoent *tcpsim_posix_getprotobyname(const char *name);
struct protoent *tcpsim_posix_getprotobynumber(int number);
/* The node's interfaces: lo is number 1, eth0 number 2. */
int tcpsim_posix_getifaddrs(struct ifaddrs **list);
void tcpsim_posix_freeifaddrs(struct ifaddrs *list);
unsigned tcpsim_posix_if_nametoindex(const char *name);
char *tcpsim_posix_if_indextoname(unsigned index, char *name);
/* The name of the node. */
int tcpsim_posix_gethostname(char *name, size_t size);
/* Ends this program of the world, not the process that the world runs in; atexit() is not asked.
 * Outside a program: exit(). */
void tcpsim_posix_exit(int status) __attribute__((noreturn));
/* The same after a line to standard error: <err.h> and <error.h>, if they were included before. */
void tcpsim_posix_err(int status, const char *format, ...) __attribute__((noreturn));
void tcpsim_posix_errx(int status, const char *format, ...) __attribute__((noreturn));
void tcpsim_posix_verr(int status, const char *format, va_list args) __attribute__((noreturn));
void tcpsim_posix_verrx(int status, const char *format, va_list args) __attribute__((noreturn));
void tcpsim_posix_error(int status, int number, const char *format, ...);

/* Each program has a number of its own, from 2 on, and no child: ECHILD. Outside a program: the
 * process'. */
pid_t tcpsim_posix_getpid(void);
pid_t tcpsim_posix_getppid(void);
pid_t tcpsim_posix_wait(int *status);
pid_t tcpsim_posix_waitpid(pid_t pid, int *status, int options);
struct rusage;
pid_t tcpsim_posix_wait3(int *status, int options, struct rusage *usage);
pid_t tcpsim_posix_wait4(pid_t pid, int *status, int options, struct rusage *usage);
int tcpsim_posix_waitid(int type, id_t id, siginfo_t *info, int options);
/* What was asked for is kept and given back; no signal is ever sent. */
typedef void tcpsim_signal_handler(int);
tcpsim_signal_handler *tcpsim_posix_signal(int number, tcpsim_signal_handler *handler);
int tcpsim_posix_sigaction(int number, const struct sigaction *action, struct sigaction *old);
int tcpsim_posix_siginterrupt(int number, int interrupts);
int tcpsim_posix_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int tcpsim_posix_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int tcpsim_posix_sigpending(sigset_t *set);
/* The program's own, decided by the world's seed. */
ssize_t tcpsim_posix_getrandom(void *out, size_t len, unsigned flags);
int tcpsim_posix_getentropy(void *out, size_t len);
uint32_t tcpsim_posix_arc4random(void);
void tcpsim_posix_arc4random_buf(void *out, size_t len);
uint32_t tcpsim_posix_arc4random_uniform(uint32_t bound);

/* A line that the world reports with the time and who said it (tcpsim_world_on_say); a process of a
 * kernel host may, too. Outside a program nobody says it. */
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
#define _exit	      tcpsim_posix_exit
#define _Exit	      tcpsim_posix_exit
#define sendmmsg      tcpsim_posix_sendmmsg
#define recvmmsg      tcpsim_posix_recvmmsg
#define epoll_pwait2  tcpsim_posix_epoll_pwait2
#define sockatmark    tcpsim_posix_sockatmark
#define isatty	      tcpsim_posix_isatty
#define lseek	      tcpsim_posix_lseek
#define mmap	      tcpsim_posix_mmap
#define fileno	      tcpsim_posix_fileno
#undef dprintf /* fortified ones are macros */
#undef vdprintf
#define dprintf		   tcpsim_posix_dprintf
#define vdprintf	   tcpsim_posix_vdprintf
#define clock_nanosleep	   tcpsim_posix_clock_nanosleep
#define sched_yield	   tcpsim_posix_sched_yield
#define clock_getres	   tcpsim_posix_clock_getres
#define timespec_get	   tcpsim_posix_timespec_get
#define localtime	   tcpsim_posix_localtime
#define localtime_r	   tcpsim_posix_localtime_r
#define mktime		   tcpsim_posix_mktime
#define ctime		   tcpsim_posix_ctime
#define ctime_r		   tcpsim_posix_ctime_r
#define tzset		   tcpsim_posix_tzset
#define gethostbyname2	   tcpsim_posix_gethostbyname2
#define gethostbyaddr	   tcpsim_posix_gethostbyaddr
#define getservbyname	   tcpsim_posix_getservbyname
#define getservbyport	   tcpsim_posix_getservbyport
#define getprotobyname	   tcpsim_posix_getprotobyname
#define getprotobynumber   tcpsim_posix_getprotobynumber
#define freeifaddrs	   tcpsim_posix_freeifaddrs
#define if_nametoindex	   tcpsim_posix_if_nametoindex
#define if_indextoname	   tcpsim_posix_if_indextoname
#define getpid		   tcpsim_posix_getpid
#define getppid		   tcpsim_posix_getppid
#define waitpid		   tcpsim_posix_waitpid
#define wait3		   tcpsim_posix_wait3
#define wait4		   tcpsim_posix_wait4
#define waitid		   tcpsim_posix_waitid
#define siginterrupt	   tcpsim_posix_siginterrupt
#define sigprocmask	   tcpsim_posix_sigprocmask
#define pthread_sigmask	   tcpsim_posix_pthread_sigmask
#define sigpending	   tcpsim_posix_sigpending
#define getrandom	   tcpsim_posix_getrandom
#define getentropy	   tcpsim_posix_getentropy
#define arc4random	   tcpsim_posix_arc4random
#define arc4random_buf	   tcpsim_posix_arc4random_buf
#define arc4random_uniform tcpsim_posix_arc4random_uniform
#define getifaddrs	   tcpsim_posix_getifaddrs
#define clock()		   tcpsim_posix_clock()
#define thrd_sleep	   tcpsim_posix_thrd_sleep
#define thrd_yield	   tcpsim_posix_sched_yield
#define wait(...)	   tcpsim_posix_wait(__VA_ARGS__)
#define signal(...)	   tcpsim_posix_signal(__VA_ARGS__)
#define sigaction(...)	   tcpsim_posix_sigaction(__VA_ARGS__)
#ifdef _ERR_H
#define err(...)   tcpsim_posix_err(__VA_ARGS__)
#define errx(...)  tcpsim_posix_errx(__VA_ARGS__)
#define verr(...)  tcpsim_posix_verr(__VA_ARGS__)
#define verrx(...) tcpsim_posix_verrx(__VA_ARGS__)
#endif
#ifdef _ERROR_H
#define error(...) tcpsim_posix_error(__VA_ARGS__)
#endif
#endif

#endif
