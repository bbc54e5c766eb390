/*
 * What a program of a world may not call: each name below does not compile, with a sentence that
 * says what to do instead. Otherwise the call would go to the machine that the world runs on: fork
 * would fork the simulator, pipe would give a number that read() looks up among the host's sockets.
 *
 * Part of <tcpsim/posix.h>, which alone includes it; docs/posix.md has each call of POSIX and
 * Linux with what becomes of it. A name is a macro for one that is declared here, so that the whole
 * identifier is caught, its address too. C++ knows every system header's functions by these names
 * as well: include <tcpsim/posix.h> after the standard library's headers.
 */
#ifndef TCPSIM_POSIX_REFUSED_H
#define TCPSIM_POSIX_REFUSED_H

/* The system's own declarations come first, under their own names. */
#include <dirent.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#ifdef __has_include
#if __has_include(<aio.h>)
#include <aio.h>
#endif
#if __has_include(<mqueue.h>)
#include <mqueue.h>
#endif
#if __has_include(<pty.h>)
#include <pty.h>
#endif
#if __has_include(<sys/eventfd.h>)
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#endif
#if __has_include(<sys/pidfd.h>)
#include <sys/pidfd.h>
#endif
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif
#if !defined(__cplusplus) && __has_include(<threads.h>)
#include <threads.h>
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* `unavailable` (GCC 12, every clang) catches the address too, `error` only calls. */
#ifdef __has_attribute
#if __has_attribute(unavailable)
#define TCPSIM_NOT_THERE(why) __attribute__((unavailable(why)))
#endif
#endif
#ifndef TCPSIM_NOT_THERE
#define TCPSIM_NOT_THERE(why) __attribute__((error(why)))
#endif
#define TCPSIM_REFUSED(result, name, why, ...)                                                     \
	result tcpsim_no_##name(__VA_ARGS__) TCPSIM_NOT_THERE(#name ": " why);

struct aiocb;
struct winsize;

/* A program is started with tcpsim_world_spawn; a server serves several clients with select, poll
 * or epoll, or has a program for each. */
#define TCPSIM_WHY_PROCESS                                                                         \
	"a world has no processes of the machine; start a program with tcpsim_world_spawn(), or "  \
	"serve several clients with select(), poll() or epoll"
TCPSIM_REFUSED(pid_t, fork, TCPSIM_WHY_PROCESS, void)
TCPSIM_REFUSED(pid_t, vfork, TCPSIM_WHY_PROCESS, void)
TCPSIM_REFUSED(pid_t, _Fork, TCPSIM_WHY_PROCESS, void)
TCPSIM_REFUSED(pid_t, forkpty, TCPSIM_WHY_PROCESS, int *, char *, const struct termios *,
	const struct winsize *)
TCPSIM_REFUSED(int, clone, TCPSIM_WHY_PROCESS, int (*)(void *), void *, int, void *, ...)
TCPSIM_REFUSED(int, daemon, TCPSIM_WHY_PROCESS, int, int)
TCPSIM_REFUSED(int, system, TCPSIM_WHY_PROCESS, const char *)
TCPSIM_REFUSED(FILE *, popen, TCPSIM_WHY_PROCESS, const char *, const char *)
TCPSIM_REFUSED(int, pclose, TCPSIM_WHY_PROCESS, FILE *)
TCPSIM_REFUSED(int, posix_spawn, TCPSIM_WHY_PROCESS, pid_t *, const char *, const void *,
	const void *, char *const *, char *const *)
TCPSIM_REFUSED(int, posix_spawnp, TCPSIM_WHY_PROCESS, pid_t *, const char *, const void *,
	const void *, char *const *, char *const *)
TCPSIM_REFUSED(int, execl, TCPSIM_WHY_PROCESS, const char *, const char *, ...)
TCPSIM_REFUSED(int, execlp, TCPSIM_WHY_PROCESS, const char *, const char *, ...)
TCPSIM_REFUSED(int, execle, TCPSIM_WHY_PROCESS, const char *, const char *, ...)
TCPSIM_REFUSED(int, execv, TCPSIM_WHY_PROCESS, const char *, char *const *)
TCPSIM_REFUSED(int, execvp, TCPSIM_WHY_PROCESS, const char *, char *const *)
TCPSIM_REFUSED(int, execve, TCPSIM_WHY_PROCESS, const char *, char *const *, char *const *)
TCPSIM_REFUSED(int, execvpe, TCPSIM_WHY_PROCESS, const char *, char *const *, char *const *)
TCPSIM_REFUSED(
	int, execveat, TCPSIM_WHY_PROCESS, int, const char *, char *const *, char *const *, int)
TCPSIM_REFUSED(int, fexecve, TCPSIM_WHY_PROCESS, int, char *const *, char *const *)
TCPSIM_REFUSED(void, quick_exit, TCPSIM_WHY_PROCESS, int)
TCPSIM_REFUSED(pid_t, setsid, TCPSIM_WHY_PROCESS, void)
TCPSIM_REFUSED(int, setpgid, TCPSIM_WHY_PROCESS, pid_t, pid_t)
TCPSIM_REFUSED(int, pidfd_open, TCPSIM_WHY_PROCESS, pid_t, unsigned)

/* Programs of one host share its descriptors and, as all C, the process' memory: they are threads
 * that give up the turn only where they wait. */
#define TCPSIM_WHY_THREAD                                                                          \
	"a world has no threads; start another program of the host with tcpsim_world_spawn(): it " \
	"shares the descriptors"
TCPSIM_REFUSED(int, pthread_create, TCPSIM_WHY_THREAD, pthread_t *, const pthread_attr_t *,
	void *(*)(void *), void *)
TCPSIM_REFUSED(int, pthread_join, TCPSIM_WHY_THREAD, pthread_t, void **)
TCPSIM_REFUSED(int, pthread_detach, TCPSIM_WHY_THREAD, pthread_t)
TCPSIM_REFUSED(void, pthread_exit, TCPSIM_WHY_THREAD, void *)
TCPSIM_REFUSED(int, pthread_cancel, TCPSIM_WHY_THREAD, pthread_t)
TCPSIM_REFUSED(int, pthread_kill, TCPSIM_WHY_THREAD, pthread_t, int)
TCPSIM_REFUSED(int, thrd_create, TCPSIM_WHY_THREAD, void *, int (*)(void *), void *)
TCPSIM_REFUSED(int, thrd_join, TCPSIM_WHY_THREAD, unsigned long, int *)
TCPSIM_REFUSED(int, thrd_detach, TCPSIM_WHY_THREAD, unsigned long)
TCPSIM_REFUSED(void, thrd_exit, TCPSIM_WHY_THREAD, int)

/* What waits for another thread would wait for ever, and the world with it. */
#define TCPSIM_WHY_LOCK                                                                            \
	"a program of a world runs alone until it waits, so it needs no lock; to wait for "        \
	"another program use a socket"
TCPSIM_REFUSED(int, pthread_mutex_lock, TCPSIM_WHY_LOCK, pthread_mutex_t *)
TCPSIM_REFUSED(
	int, pthread_mutex_timedlock, TCPSIM_WHY_LOCK, pthread_mutex_t *, const struct timespec *)
TCPSIM_REFUSED(int, pthread_cond_wait, TCPSIM_WHY_LOCK, pthread_cond_t *, pthread_mutex_t *)
TCPSIM_REFUSED(int, pthread_cond_timedwait, TCPSIM_WHY_LOCK, pthread_cond_t *, pthread_mutex_t *,
	const struct timespec *)
TCPSIM_REFUSED(int, pthread_rwlock_rdlock, TCPSIM_WHY_LOCK, pthread_rwlock_t *)
TCPSIM_REFUSED(int, pthread_rwlock_wrlock, TCPSIM_WHY_LOCK, pthread_rwlock_t *)
TCPSIM_REFUSED(int, pthread_barrier_wait, TCPSIM_WHY_LOCK, pthread_barrier_t *)
TCPSIM_REFUSED(int, sem_wait, TCPSIM_WHY_LOCK, sem_t *)
TCPSIM_REFUSED(int, sem_timedwait, TCPSIM_WHY_LOCK, sem_t *, const struct timespec *)
TCPSIM_REFUSED(int, mtx_lock, TCPSIM_WHY_LOCK, void *)
TCPSIM_REFUSED(int, mtx_timedlock, TCPSIM_WHY_LOCK, void *, const struct timespec *)
TCPSIM_REFUSED(int, cnd_wait, TCPSIM_WHY_LOCK, void *, void *)
TCPSIM_REFUSED(int, cnd_timedwait, TCPSIM_WHY_LOCK, void *, void *, const struct timespec *)
TCPSIM_REFUSED(sem_t *, sem_open, TCPSIM_WHY_LOCK, const char *, int, ...)
TCPSIM_REFUSED(int, flock, TCPSIM_WHY_LOCK, int, int)
TCPSIM_REFUSED(int, lockf, TCPSIM_WHY_LOCK, int, int, off_t)

/* signal and sigaction are there, and nothing ever comes of them. */
#define TCPSIM_WHY_SIGNAL                                                                          \
	"no signal reaches a program of a world; bound a wait with SO_RCVTIMEO, select() or "      \
	"poll()"
TCPSIM_REFUSED(unsigned, alarm, TCPSIM_WHY_SIGNAL, unsigned)
TCPSIM_REFUSED(unsigned, ualarm, TCPSIM_WHY_SIGNAL, unsigned, unsigned)
TCPSIM_REFUSED(int, setitimer, TCPSIM_WHY_SIGNAL, int, const struct itimerval *, struct itimerval *)
TCPSIM_REFUSED(int, getitimer, TCPSIM_WHY_SIGNAL, int, struct itimerval *)
TCPSIM_REFUSED(int, timer_create, TCPSIM_WHY_SIGNAL, clockid_t, struct sigevent *, timer_t *)
TCPSIM_REFUSED(int, timer_settime, TCPSIM_WHY_SIGNAL, timer_t, int, const struct itimerspec *,
	struct itimerspec *)
TCPSIM_REFUSED(int, kill, TCPSIM_WHY_SIGNAL, pid_t, int)
TCPSIM_REFUSED(int, killpg, TCPSIM_WHY_SIGNAL, pid_t, int)
TCPSIM_REFUSED(int, raise, TCPSIM_WHY_SIGNAL, int)
TCPSIM_REFUSED(int, sigqueue, TCPSIM_WHY_SIGNAL, pid_t, int, union sigval)
TCPSIM_REFUSED(int, pause, TCPSIM_WHY_SIGNAL, void)
TCPSIM_REFUSED(int, sigsuspend, TCPSIM_WHY_SIGNAL, const sigset_t *)
TCPSIM_REFUSED(int, sigwait, TCPSIM_WHY_SIGNAL, const sigset_t *, int *)
TCPSIM_REFUSED(int, sigwaitinfo, TCPSIM_WHY_SIGNAL, const sigset_t *, siginfo_t *)
TCPSIM_REFUSED(int, sigtimedwait, TCPSIM_WHY_SIGNAL, const sigset_t *, siginfo_t *,
	const struct timespec *)
TCPSIM_REFUSED(int, sigaltstack, TCPSIM_WHY_SIGNAL, const void *, void *)

/* One number is one descriptor here. */
#define TCPSIM_WHY_COPY                                                                            \
	"a descriptor of a world has one number; programs of a host share it, and close it once"
TCPSIM_REFUSED(int, dup, TCPSIM_WHY_COPY, int)
TCPSIM_REFUSED(int, dup2, TCPSIM_WHY_COPY, int, int)
TCPSIM_REFUSED(int, dup3, TCPSIM_WHY_COPY, int, int, int)
TCPSIM_REFUSED(int, closefrom, TCPSIM_WHY_COPY, int)
TCPSIM_REFUSED(int, close_range, TCPSIM_WHY_COPY, unsigned, unsigned, int)

/* Descriptors of a world are sockets of TCP, and epoll's. */
#define TCPSIM_WHY_OTHER_KIND                                                                      \
	"a world has TCP sockets and epoll only; connect two programs, or one with itself, over "  \
	"127.0.0.1"
TCPSIM_REFUSED(int, pipe, TCPSIM_WHY_OTHER_KIND, int *)
TCPSIM_REFUSED(int, pipe2, TCPSIM_WHY_OTHER_KIND, int *, int)
TCPSIM_REFUSED(int, socketpair, TCPSIM_WHY_OTHER_KIND, int, int, int, int *)
TCPSIM_REFUSED(int, mkfifo, TCPSIM_WHY_OTHER_KIND, const char *, mode_t)
TCPSIM_REFUSED(int, eventfd, TCPSIM_WHY_OTHER_KIND, unsigned, int)
TCPSIM_REFUSED(int, eventfd_read, TCPSIM_WHY_OTHER_KIND, int, uint64_t *)
TCPSIM_REFUSED(int, eventfd_write, TCPSIM_WHY_OTHER_KIND, int, uint64_t)
TCPSIM_REFUSED(int, timerfd_create, TCPSIM_WHY_OTHER_KIND, int, int)
TCPSIM_REFUSED(int, timerfd_settime, TCPSIM_WHY_OTHER_KIND, int, int, const struct itimerspec *,
	struct itimerspec *)
TCPSIM_REFUSED(int, timerfd_gettime, TCPSIM_WHY_OTHER_KIND, int, struct itimerspec *)
TCPSIM_REFUSED(int, signalfd, TCPSIM_WHY_OTHER_KIND, int, const sigset_t *, int)
TCPSIM_REFUSED(int, inotify_init, TCPSIM_WHY_OTHER_KIND, void)
TCPSIM_REFUSED(int, inotify_init1, TCPSIM_WHY_OTHER_KIND, int)
TCPSIM_REFUSED(int, mq_open, TCPSIM_WHY_OTHER_KIND, const char *, int, ...)
TCPSIM_REFUSED(int, posix_openpt, TCPSIM_WHY_OTHER_KIND, int)
TCPSIM_REFUSED(int, openpty, TCPSIM_WHY_OTHER_KIND, int *, int *, char *, const struct termios *,
	const struct winsize *)
TCPSIM_REFUSED(int, rcmd, TCPSIM_WHY_OTHER_KIND, char **, unsigned short, const char *,
	const char *, const char *, int *)
TCPSIM_REFUSED(int, rexec, TCPSIM_WHY_OTHER_KIND, char **, int, const char *, const char *,
	const char *, int *)
TCPSIM_REFUSED(int, rresvport, TCPSIM_WHY_OTHER_KIND, int *)
TCPSIM_REFUSED(int, bindresvport, TCPSIM_WHY_OTHER_KIND, int, struct sockaddr_in *)

/* A file of the machine is read and written with <stdio.h>, and its FILE is none of the world's. */
#define TCPSIM_WHY_FILE                                                                            \
	"would give a descriptor of the machine, which is none of the world's; use fopen() for "   \
	"files"
TCPSIM_REFUSED(int, open, TCPSIM_WHY_FILE, const char *, int, ...)
TCPSIM_REFUSED(int, open64, TCPSIM_WHY_FILE, const char *, int, ...)
TCPSIM_REFUSED(int, openat, TCPSIM_WHY_FILE, int, const char *, int, ...)
TCPSIM_REFUSED(int, openat64, TCPSIM_WHY_FILE, int, const char *, int, ...)
TCPSIM_REFUSED(int, creat, TCPSIM_WHY_FILE, const char *, mode_t)
TCPSIM_REFUSED(int, creat64, TCPSIM_WHY_FILE, const char *, mode_t)
TCPSIM_REFUSED(int, mkstemp, TCPSIM_WHY_FILE, char *)
TCPSIM_REFUSED(int, mkostemp, TCPSIM_WHY_FILE, char *, int)
TCPSIM_REFUSED(int, mkstemps, TCPSIM_WHY_FILE, char *, int)
TCPSIM_REFUSED(int, shm_open, TCPSIM_WHY_FILE, const char *, int, mode_t)
TCPSIM_REFUSED(int, memfd_create, TCPSIM_WHY_FILE, const char *, unsigned)
TCPSIM_REFUSED(int, dirfd, TCPSIM_WHY_FILE, DIR *)

/* The machine may have a descriptor of that number too. */
#define TCPSIM_WHY_NUMBER                                                                          \
	"would act on the machine's descriptor of that number; a world's is read with read() or "  \
	"recv() and written with write() or send()"
TCPSIM_REFUSED(FILE *, fdopen, TCPSIM_WHY_NUMBER, int, const char *)
TCPSIM_REFUSED(DIR *, fdopendir, TCPSIM_WHY_NUMBER, int)
TCPSIM_REFUSED(ssize_t, pread, TCPSIM_WHY_NUMBER, int, void *, size_t, off_t)
TCPSIM_REFUSED(ssize_t, pwrite, TCPSIM_WHY_NUMBER, int, const void *, size_t, off_t)
TCPSIM_REFUSED(ssize_t, pread64, TCPSIM_WHY_NUMBER, int, void *, size_t, off_t)
TCPSIM_REFUSED(ssize_t, pwrite64, TCPSIM_WHY_NUMBER, int, const void *, size_t, off_t)
TCPSIM_REFUSED(ssize_t, preadv, TCPSIM_WHY_NUMBER, int, const struct iovec *, int, off_t)
TCPSIM_REFUSED(ssize_t, pwritev, TCPSIM_WHY_NUMBER, int, const struct iovec *, int, off_t)
TCPSIM_REFUSED(int, fstat, TCPSIM_WHY_NUMBER, int, struct stat *)
TCPSIM_REFUSED(int, fstat64, TCPSIM_WHY_NUMBER, int, void *)
TCPSIM_REFUSED(int, ftruncate, TCPSIM_WHY_NUMBER, int, off_t)
TCPSIM_REFUSED(int, fsync, TCPSIM_WHY_NUMBER, int)
TCPSIM_REFUSED(int, fdatasync, TCPSIM_WHY_NUMBER, int)
TCPSIM_REFUSED(int, fchmod, TCPSIM_WHY_NUMBER, int, mode_t)
TCPSIM_REFUSED(int, fchown, TCPSIM_WHY_NUMBER, int, uid_t, gid_t)
TCPSIM_REFUSED(int, fchdir, TCPSIM_WHY_NUMBER, int)
TCPSIM_REFUSED(int, futimens, TCPSIM_WHY_NUMBER, int, const struct timespec *)
TCPSIM_REFUSED(int, posix_fallocate, TCPSIM_WHY_NUMBER, int, off_t, off_t)
TCPSIM_REFUSED(int, fallocate, TCPSIM_WHY_NUMBER, int, int, off_t, off_t)
TCPSIM_REFUSED(long, fpathconf, TCPSIM_WHY_NUMBER, int, int)
TCPSIM_REFUSED(int, tcgetattr, TCPSIM_WHY_NUMBER, int, struct termios *)
TCPSIM_REFUSED(int, tcsetattr, TCPSIM_WHY_NUMBER, int, int, const struct termios *)
TCPSIM_REFUSED(int, isfdtype, TCPSIM_WHY_NUMBER, int, int)
TCPSIM_REFUSED(char *, ttyname, TCPSIM_WHY_NUMBER, int)
TCPSIM_REFUSED(ssize_t, sendfile, TCPSIM_WHY_NUMBER, int, int, off_t *, size_t)
TCPSIM_REFUSED(ssize_t, sendfile64, TCPSIM_WHY_NUMBER, int, int, void *, size_t)
TCPSIM_REFUSED(ssize_t, splice, TCPSIM_WHY_NUMBER, int, void *, int, void *, size_t, unsigned)
TCPSIM_REFUSED(ssize_t, tee, TCPSIM_WHY_NUMBER, int, int, size_t, unsigned)
TCPSIM_REFUSED(ssize_t, vmsplice, TCPSIM_WHY_NUMBER, int, const struct iovec *, size_t, unsigned)
TCPSIM_REFUSED(
	ssize_t, copy_file_range, TCPSIM_WHY_NUMBER, int, void *, int, void *, size_t, unsigned)
TCPSIM_REFUSED(int, aio_read, TCPSIM_WHY_NUMBER, struct aiocb *)
TCPSIM_REFUSED(int, aio_write, TCPSIM_WHY_NUMBER, struct aiocb *)
TCPSIM_REFUSED(
	int, lio_listio, TCPSIM_WHY_NUMBER, int, struct aiocb *const *, int, struct sigevent *)
TCPSIM_REFUSED(long, syscall, TCPSIM_WHY_NUMBER, long, ...)

/* What it tells or sets is the machine's, and differs from run to run. */
#define TCPSIM_WHY_MACHINE                                                                         \
	"is of the machine, not of the world; see docs/posix.md for what a world has instead"
TCPSIM_REFUSED(int, uname, TCPSIM_WHY_MACHINE, struct utsname *)
TCPSIM_REFUSED(int, sethostname, TCPSIM_WHY_MACHINE, const char *, size_t)
TCPSIM_REFUSED(int, getdomainname, TCPSIM_WHY_MACHINE, char *, size_t)
TCPSIM_REFUSED(long, gethostid, TCPSIM_WHY_MACHINE, void)
TCPSIM_REFUSED(struct if_nameindex *, if_nameindex, TCPSIM_WHY_MACHINE, void)
TCPSIM_REFUSED(void, if_freenameindex, TCPSIM_WHY_MACHINE, struct if_nameindex *)
TCPSIM_REFUSED(int, clock_settime, TCPSIM_WHY_MACHINE, clockid_t, const struct timespec *)
TCPSIM_REFUSED(int, settimeofday, TCPSIM_WHY_MACHINE, const struct timeval *, const void *)
TCPSIM_REFUSED(int, adjtime, TCPSIM_WHY_MACHINE, const struct timeval *, struct timeval *)
TCPSIM_REFUSED(clock_t, times, TCPSIM_WHY_MACHINE, struct tms *)
TCPSIM_REFUSED(int, getrusage, TCPSIM_WHY_MACHINE, int, struct rusage *)
TCPSIM_REFUSED(int, setrlimit, TCPSIM_WHY_MACHINE, int, const struct rlimit *)
TCPSIM_REFUSED(int, unshare, TCPSIM_WHY_MACHINE, int)
TCPSIM_REFUSED(int, setns, TCPSIM_WHY_MACHINE, int, int)
TCPSIM_REFUSED(struct hostent *, gethostent, TCPSIM_WHY_MACHINE, void)
TCPSIM_REFUSED(void, sethostent, TCPSIM_WHY_MACHINE, int)
TCPSIM_REFUSED(void, endhostent, TCPSIM_WHY_MACHINE, void)
TCPSIM_REFUSED(struct servent *, getservent, TCPSIM_WHY_MACHINE, void)
TCPSIM_REFUSED(void, setservent, TCPSIM_WHY_MACHINE, int)
TCPSIM_REFUSED(void, endservent, TCPSIM_WHY_MACHINE, void)
TCPSIM_REFUSED(struct protoent *, getprotoent, TCPSIM_WHY_MACHINE, void)
TCPSIM_REFUSED(struct netent *, getnetbyname, TCPSIM_WHY_MACHINE, const char *)
TCPSIM_REFUSED(struct netent *, getnetbyaddr, TCPSIM_WHY_MACHINE, uint32_t, int)
TCPSIM_REFUSED(int, gethostbyname_r, TCPSIM_WHY_MACHINE, const char *, struct hostent *, char *,
	size_t, struct hostent **, int *)
TCPSIM_REFUSED(int, gethostbyaddr_r, TCPSIM_WHY_MACHINE, const void *, socklen_t, int,
	struct hostent *, char *, size_t, struct hostent **, int *)
TCPSIM_REFUSED(int, getservbyname_r, TCPSIM_WHY_MACHINE, const char *, const char *,
	struct servent *, char *, size_t, struct servent **)
TCPSIM_REFUSED(int, getservbyport_r, TCPSIM_WHY_MACHINE, int, const char *, struct servent *,
	char *, size_t, struct servent **)
TCPSIM_REFUSED(int, getprotobyname_r, TCPSIM_WHY_MACHINE, const char *, struct protoent *, char *,
	size_t, struct protoent **)
TCPSIM_REFUSED(int, getaddrinfo_a, TCPSIM_WHY_MACHINE, int, void *, int, struct sigevent *)

#ifdef __cplusplus
}
#endif

#define fork	tcpsim_no_fork
#define vfork	tcpsim_no_vfork
#define _Fork	tcpsim_no__Fork
#define forkpty tcpsim_no_forkpty
#ifndef __cplusplus /* where classes have such a member */
#define clone tcpsim_no_clone
#endif
#define daemon			tcpsim_no_daemon
#define system			tcpsim_no_system
#define popen			tcpsim_no_popen
#define pclose			tcpsim_no_pclose
#define posix_spawn		tcpsim_no_posix_spawn
#define posix_spawnp		tcpsim_no_posix_spawnp
#define execl			tcpsim_no_execl
#define execlp			tcpsim_no_execlp
#define execle			tcpsim_no_execle
#define execv			tcpsim_no_execv
#define execvp			tcpsim_no_execvp
#define execve			tcpsim_no_execve
#define execvpe			tcpsim_no_execvpe
#define execveat		tcpsim_no_execveat
#define fexecve			tcpsim_no_fexecve
#define quick_exit		tcpsim_no_quick_exit
#define setsid			tcpsim_no_setsid
#define setpgid			tcpsim_no_setpgid
#define pidfd_open		tcpsim_no_pidfd_open
#define pthread_create		tcpsim_no_pthread_create
#define pthread_join		tcpsim_no_pthread_join
#define pthread_detach		tcpsim_no_pthread_detach
#define pthread_exit		tcpsim_no_pthread_exit
#define pthread_cancel		tcpsim_no_pthread_cancel
#define pthread_kill		tcpsim_no_pthread_kill
#define thrd_create		tcpsim_no_thrd_create
#define thrd_join		tcpsim_no_thrd_join
#define thrd_detach		tcpsim_no_thrd_detach
#define thrd_exit		tcpsim_no_thrd_exit
#define pthread_mutex_lock	tcpsim_no_pthread_mutex_lock
#define pthread_mutex_timedlock tcpsim_no_pthread_mutex_timedlock
#define pthread_cond_wait	tcpsim_no_pthread_cond_wait
#define pthread_cond_timedwait	tcpsim_no_pthread_cond_timedwait
#define pthread_rwlock_rdlock	tcpsim_no_pthread_rwlock_rdlock
#define pthread_rwlock_wrlock	tcpsim_no_pthread_rwlock_wrlock
#define pthread_barrier_wait	tcpsim_no_pthread_barrier_wait
#define sem_wait		tcpsim_no_sem_wait
#define sem_timedwait		tcpsim_no_sem_timedwait
#define mtx_lock		tcpsim_no_mtx_lock
#define mtx_timedlock		tcpsim_no_mtx_timedlock
#define cnd_wait		tcpsim_no_cnd_wait
#define cnd_timedwait		tcpsim_no_cnd_timedwait
#define sem_open		tcpsim_no_sem_open
#define flock(...)		tcpsim_no_flock(__VA_ARGS__)
#define lockf			tcpsim_no_lockf
#define alarm			tcpsim_no_alarm
#define ualarm			tcpsim_no_ualarm
#define setitimer		tcpsim_no_setitimer
#define getitimer		tcpsim_no_getitimer
#define timer_create		tcpsim_no_timer_create
#define timer_settime		tcpsim_no_timer_settime
#define kill			tcpsim_no_kill
#define killpg			tcpsim_no_killpg
#define raise			tcpsim_no_raise
#define sigqueue		tcpsim_no_sigqueue
#define pause			tcpsim_no_pause
#define sigsuspend		tcpsim_no_sigsuspend
#define sigwait			tcpsim_no_sigwait
#define sigwaitinfo		tcpsim_no_sigwaitinfo
#define sigtimedwait		tcpsim_no_sigtimedwait
#define sigaltstack(...)	tcpsim_no_sigaltstack(__VA_ARGS__)
#define dup			tcpsim_no_dup
#define dup2			tcpsim_no_dup2
#define dup3			tcpsim_no_dup3
#define closefrom		tcpsim_no_closefrom
#define close_range		tcpsim_no_close_range
#define pipe			tcpsim_no_pipe
#define pipe2			tcpsim_no_pipe2
#define socketpair		tcpsim_no_socketpair
#define mkfifo			tcpsim_no_mkfifo
#define eventfd			tcpsim_no_eventfd
#define eventfd_read		tcpsim_no_eventfd_read
#define eventfd_write		tcpsim_no_eventfd_write
#define timerfd_create		tcpsim_no_timerfd_create
#define timerfd_settime		tcpsim_no_timerfd_settime
#define timerfd_gettime		tcpsim_no_timerfd_gettime
#define signalfd		tcpsim_no_signalfd
#define inotify_init		tcpsim_no_inotify_init
#define inotify_init1		tcpsim_no_inotify_init1
#define mq_open			tcpsim_no_mq_open
#define posix_openpt		tcpsim_no_posix_openpt
#define openpty			tcpsim_no_openpty
#define rcmd			tcpsim_no_rcmd
#define rexec			tcpsim_no_rexec
#define rresvport		tcpsim_no_rresvport
#define bindresvport		tcpsim_no_bindresvport
#define open			tcpsim_no_open
#define open64			tcpsim_no_open64
#define openat			tcpsim_no_openat
#define openat64		tcpsim_no_openat64
#define creat			tcpsim_no_creat
#define creat64			tcpsim_no_creat64
#define mkstemp			tcpsim_no_mkstemp
#define mkostemp		tcpsim_no_mkostemp
#define mkstemps		tcpsim_no_mkstemps
#define shm_open		tcpsim_no_shm_open
#define memfd_create		tcpsim_no_memfd_create
#define dirfd			tcpsim_no_dirfd
#define fdopen			tcpsim_no_fdopen
#define fdopendir		tcpsim_no_fdopendir
#define pread			tcpsim_no_pread
#define pwrite			tcpsim_no_pwrite
#define pread64			tcpsim_no_pread64
#define pwrite64		tcpsim_no_pwrite64
#define preadv			tcpsim_no_preadv
#define pwritev			tcpsim_no_pwritev
#define fstat			tcpsim_no_fstat
#define fstat64			tcpsim_no_fstat64
#define ftruncate		tcpsim_no_ftruncate
#define fsync			tcpsim_no_fsync
#define fdatasync		tcpsim_no_fdatasync
#define fchmod			tcpsim_no_fchmod
#define fchown			tcpsim_no_fchown
#define fchdir			tcpsim_no_fchdir
#define futimens		tcpsim_no_futimens
#define posix_fallocate		tcpsim_no_posix_fallocate
#define fallocate		tcpsim_no_fallocate
#define fpathconf		tcpsim_no_fpathconf
#define tcgetattr		tcpsim_no_tcgetattr
#define tcsetattr		tcpsim_no_tcsetattr
#define isfdtype		tcpsim_no_isfdtype
#define ttyname			tcpsim_no_ttyname
#define sendfile		tcpsim_no_sendfile
#define sendfile64		tcpsim_no_sendfile64
#define splice			tcpsim_no_splice
#define tee			tcpsim_no_tee
#define vmsplice		tcpsim_no_vmsplice
#define copy_file_range		tcpsim_no_copy_file_range
#define aio_read		tcpsim_no_aio_read
#define aio_write		tcpsim_no_aio_write
#define lio_listio		tcpsim_no_lio_listio
#define syscall			tcpsim_no_syscall
#define uname			tcpsim_no_uname
#define sethostname		tcpsim_no_sethostname
#define getdomainname		tcpsim_no_getdomainname
#define gethostid		tcpsim_no_gethostid
#define if_nameindex(...)	tcpsim_no_if_nameindex(__VA_ARGS__)
#define if_freenameindex	tcpsim_no_if_freenameindex
#define clock_settime		tcpsim_no_clock_settime
#define settimeofday		tcpsim_no_settimeofday
#define adjtime			tcpsim_no_adjtime
#define times			tcpsim_no_times
#define getrusage		tcpsim_no_getrusage
#define setrlimit		tcpsim_no_setrlimit
#define unshare			tcpsim_no_unshare
#define setns			tcpsim_no_setns
#define gethostent		tcpsim_no_gethostent
#define sethostent		tcpsim_no_sethostent
#define endhostent		tcpsim_no_endhostent
#define getservent		tcpsim_no_getservent
#define setservent		tcpsim_no_setservent
#define endservent		tcpsim_no_endservent
#define getprotoent		tcpsim_no_getprotoent
#define getnetbyname		tcpsim_no_getnetbyname
#define getnetbyaddr		tcpsim_no_getnetbyaddr
#define gethostbyname_r		tcpsim_no_gethostbyname_r
#define gethostbyaddr_r		tcpsim_no_gethostbyaddr_r
#define getservbyname_r		tcpsim_no_getservbyname_r
#define getservbyport_r		tcpsim_no_getservbyport_r
#define getprotobyname_r	tcpsim_no_getprotobyname_r
#define getaddrinfo_a		tcpsim_no_getaddrinfo_a

#endif
