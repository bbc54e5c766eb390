/* poll, select, epoll, sleeping and clocks. See <tcpsim/posix.h>. */
#define TCPSIM_POSIX_NO_MACROS
#include <string.h>
#include <tcpsim/posix.h>

#include "process/wait.h"
#include "time_units.h"

#define EPOCH_S 946684800 /* 2000-01-01 00:00:00 UTC */

#define FILE_IS_READY (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)

/* When a wait with that timeout ends: negative has no end. */
static int64_t deadline_of(int64_t timeout_ns)
{
	int64_t now = process_now();

	return timeout_ns < 0 || timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

static int look(struct tcpsim_host *host, struct pollfd *fds, nfds_t n)
{
	int ready = 0;

	for (nfds_t i = 0; i < n; i++) {
		fds[i].revents = 0;
		if (fds[i].fd < 0)
			continue;
		/* The machine's three are what POSIX has regular files to be. */
		fds[i].revents = (posix_is_of_machine(fds[i].fd) ? FILE_IS_READY
								 : tcpsim_poll(host, fds[i].fd)) &
				 (fds[i].events | POLLERR | POLLHUP | POLLNVAL);
		ready += fds[i].revents != 0;
	}
	return ready;
}

/* Waits at each of the descriptors, or at all of the host's if they are many. */
static bool wait_for(const struct pollfd *fds, nfds_t n, int64_t deadline_ns)
{
	struct waiter place[32];
	int fd[32];
	unsigned m = 0;

	if (n > 32) {
		fd[m++] = -1;
	} else {
		for (nfds_t i = 0; i < n; i++) {
			if (fds[i].fd >= 0)
				fd[m++] = fds[i].fd;
		}
	}
	return process_wait(place, fd, m, deadline_ns);
}

static int poll_until(struct pollfd *fds, nfds_t n, int64_t deadline_ns)
{
	struct tcpsim_host *host = posix_host();
	int ready;

	if (!host)
		return -1;
	if (!fds && n)
		return (int)posix_result(-EFAULT);
	while ((ready = look(host, fds, n)) == 0) {
		if (process_now() >= deadline_ns || !wait_for(fds, n, deadline_ns))
			return look(host, fds, n);
	}
	return ready;
}

int tcpsim_posix_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (!posix_host())
		return -1;
	process_call_begin(n == 1 && fds ? fds[0].fd : -1, "poll(%u descriptors, %d ms)",
		(unsigned)n, timeout_ms);
	return (int)process_call_end(poll_until(fds, n, deadline_of(timeout_ms * NSEC_PER_MSEC)));
}

/* The sets as an array for poll; returns how many descriptors stand in them. */
static nfds_t from_sets(
	int n, const fd_set *r, const fd_set *w, const fd_set *e, struct pollfd *out)
{
	nfds_t m = 0;

	for (int fd = 0; fd < n; fd++) {
		short events = 0;

		if (r && FD_ISSET(fd, r))
			events |= POLLIN;
		if (w && FD_ISSET(fd, w))
			events |= POLLOUT;
		if (e && FD_ISSET(fd, e))
			events |= POLLPRI;
		if (events)
			out[m++] = (struct pollfd){.fd = fd, .events = events};
	}
	return m;
}

/* Keeps the descriptor in the set if any of `which` holds and it was asked for; 1 then. */
static int keep(fd_set *set, const struct pollfd *p, short asked, short which)
{
	if (!set || !(p->events & asked))
		return 0;
	if (p->revents & which)
		return 1;
	FD_CLR(p->fd, set);
	return 0;
}

static int select_now(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *timeout)
{
	struct pollfd fds[FD_SETSIZE];
	int64_t timeout_ns =
		timeout ? timeout->tv_sec * NSEC_PER_SEC + timeout->tv_usec * 1000 : -1;
	int total = 0;
	nfds_t m;

	if (!posix_host())
		return -1;
	if (n < 0 || n > FD_SETSIZE)
		return (int)posix_result(-EINVAL);
	m = from_sets(n, r, w, e, fds);
	poll_until(fds, m, deadline_of(timeout_ns));
	for (nfds_t i = 0; i < m; i++) {
		if (fds[i].revents & POLLNVAL)
			return (int)posix_result(-EBADF);
		total += keep(r, &fds[i], POLLIN, POLLIN | POLLHUP | POLLERR);
		total += keep(w, &fds[i], POLLOUT, POLLOUT | POLLERR);
		total += keep(e, &fds[i], POLLPRI, POLLPRI);
	}
	return total;
}

int tcpsim_posix_select(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *timeout)
{
	process_call_begin(-1, "select(%d)", n);
	return (int)process_call_end(select_now(n, r, w, e, timeout));
}

int tcpsim_posix_epoll_create1(int flags)
{
	struct tcpsim_host *host = posix_host();

	return host ? (int)posix_result(tcpsim_epoll_create(host, flags)) : -1;
}

int tcpsim_posix_epoll_create(int size)
{
	return size > 0 ? tcpsim_posix_epoll_create1(0) : (int)posix_result(-EINVAL);
}

int tcpsim_posix_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	struct tcpsim_host *host = posix_host();

	if (host && posix_is_of_machine(fd))
		return (int)posix_result(-EPERM); /* as for a regular file */
	return host ? (int)posix_result(tcpsim_epoll_ctl(host, epfd, op, fd, event)) : -1;
}

static int epoll_until(int epfd, struct epoll_event *events, int most, int64_t deadline)
{
	struct tcpsim_host *host = posix_host();
	int n;

	if (!events)
		return (int)posix_result(-EFAULT);
	while ((n = tcpsim_epoll_wait(host, epfd, events, most)) == 0) {
		if (process_now() >= deadline || !posix_wait_fd(epfd, deadline))
			return 0;
	}
	return (int)posix_result(n);
}

int tcpsim_posix_epoll_wait(int epfd, struct epoll_event *events, int most, int timeout_ms)
{
	if (!posix_host())
		return -1;
	process_call_begin(-1, "epoll_wait(%d, %d, %d ms)", epfd, most, timeout_ms);
	return (int)process_call_end(
		epoll_until(epfd, events, most, deadline_of(timeout_ms * NSEC_PER_MSEC)));
}

/* A signal mask changes nothing: there are no signals. */
int tcpsim_posix_epoll_pwait(
	int epfd, struct epoll_event *events, int most, int timeout_ms, const sigset_t *mask)
{
	return tcpsim_posix_epoll_wait(epfd, events, most, timeout_ms);
}

/* NULL has no end: -1. */
static int64_t timespec_ns(const struct timespec *t)
{
	return t ? t->tv_sec * NSEC_PER_SEC + t->tv_nsec : -1;
}

int tcpsim_posix_epoll_pwait2(int epfd, struct epoll_event *events, int most,
	const struct timespec *timeout, const sigset_t *mask)
{
	return posix_host() ? epoll_until(epfd, events, most, deadline_of(timespec_ns(timeout)))
			    : -1;
}

int tcpsim_posix_ppoll(
	struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	return posix_host() ? poll_until(fds, n, deadline_of(timespec_ns(timeout))) : -1;
}

int tcpsim_posix_pselect(int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *timeout,
	const sigset_t *mask)
{
	struct timeval t = {timeout ? timeout->tv_sec : 0, timeout ? timeout->tv_nsec / 1000 : 0};

	return tcpsim_posix_select(n, r, w, e, timeout ? &t : NULL);
}

static void sleep_ns(int64_t ns)
{
	process_sleep_until(deadline_of(ns));
}

unsigned tcpsim_posix_sleep(unsigned seconds)
{
	if (!posix_host())
		return seconds;
	sleep_ns(seconds * NSEC_PER_SEC);
	return 0;
}

int tcpsim_posix_usleep(unsigned microseconds)
{
	if (!posix_host())
		return -1;
	sleep_ns(microseconds * INT64_C(1000));
	return 0;
}

static bool is_span(const struct timespec *t)
{
	return t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec <= 999999999;
}

/* What is too long for a number of nanoseconds has no end. */
static int64_t span_ns(const struct timespec *t)
{
	return t->tv_sec > INT64_MAX / 1000000000 - 1 ? INT64_MAX
						      : t->tv_sec * NSEC_PER_SEC + t->tv_nsec;
}

int tcpsim_posix_nanosleep(const struct timespec *wanted, struct timespec *left)
{
	if (!posix_host())
		return -1;
	if (!wanted)
		return (int)posix_result(-EFAULT);
	if (!is_span(wanted))
		return (int)posix_result(-EINVAL);
	sleep_ns(span_ns(wanted));
	return 0;
}

static bool clock_is_known(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC ||
	       id == CLOCK_MONOTONIC_RAW || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME ||
	       id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID;
}

static int64_t epoch_of(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ? EPOCH_S : 0;
}

int tcpsim_posix_clock_gettime(clockid_t id, struct timespec *now)
{
	int64_t ns;

	if (!posix_host())
		return -1;
	if (!clock_is_known(id))
		return (int)posix_result(-EINVAL);
	if (!now)
		return (int)posix_result(-EFAULT);
	ns = process_now();
	now->tv_sec = ns / 1000000000 + epoch_of(id);
	now->tv_nsec = ns % 1000000000;
	return 0;
}

int tcpsim_posix_gettimeofday(struct timeval *now, void *zone)
{
	struct timespec t;

	if (tcpsim_posix_clock_gettime(CLOCK_REALTIME, &t))
		return -1;
	if (!now)
		return 0;
	now->tv_sec = t.tv_sec;
	now->tv_usec = t.tv_nsec / 1000;
	return 0;
}

time_t tcpsim_posix_time(time_t *now)
{
	struct timespec t;

	if (tcpsim_posix_clock_gettime(CLOCK_REALTIME, &t))
		return -1;
	if (now)
		*now = t.tv_sec;
	return t.tv_sec;
}

/* The error is returned, not in errno. */
int tcpsim_posix_clock_nanosleep(
	clockid_t id, int flags, const struct timespec *wanted, struct timespec *left)
{
	struct timespec now;
	int64_t ns;

	if (tcpsim_posix_clock_gettime(id, &now))
		return errno;
	if (!wanted)
		return EFAULT;
	if (!is_span(wanted))
		return EINVAL;
	ns = span_ns(wanted);
	if (!(flags & TIMER_ABSTIME))
		sleep_ns(ns);
	else if (ns != INT64_MAX && ns - epoch_of(id) * NSEC_PER_SEC > process_now())
		process_sleep_until(ns - epoch_of(id) * NSEC_PER_SEC);
	else if (ns == INT64_MAX)
		process_sleep_until(ns);
	return 0;
}
