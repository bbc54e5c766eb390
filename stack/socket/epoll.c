/*
 * epoll: a watch for each (instance, socket), and in each instance a queue of the watches that may
 * be ready. A socket's wakeup puts its watches there; epoll_wait() takes them off, asks the socket,
 * and puts back those that are level-triggered and still ready, at the end, so that none starves.
 * The cost is that of what is ready.
 */
#include <errno.h>
#include <host/entry.h>
#include <socket/descriptors.h>
#include <socket/epoll.h>

struct socket_watch {
	struct socket_watch *next; /* of the same socket */
	TAILQ_ENTRY(socket_watch) all, ready;
	struct epoll *epoll;
	struct tcp_socket *so;
	bool queued;   /* stands in the ready queue */
	bool disabled; /* oneshot, and it has shot */
	struct epoll_event event;
};

TAILQ_HEAD(watch_list, socket_watch);

struct epoll {
	struct tcpsim_host *host;
	int fd;
	struct host_wake wake;
	struct watch_list all, ready;
};

#define ALWAYS (EPOLLERR | EPOLLHUP) /* reported whether asked for or not */

int tcpsim_epoll_create(struct tcpsim_host *host, int flags)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct epoll *epoll;
	int fd;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	epoll = calloc(1, sizeof(*epoll));
	if (!epoll)
		return -ENOMEM;
	epoll->host = host;
	TAILQ_INIT(&epoll->all);
	TAILQ_INIT(&epoll->ready);
	fd = descriptor_take(host, NULL, epoll);
	if (fd < 0)
		free(epoll);
	else
		epoll->fd = fd;
	return fd;
}

static void enqueue(struct socket_watch *watch)
{
	if (watch->queued)
		return;
	watch->queued = true;
	TAILQ_INSERT_TAIL(&watch->epoll->ready, watch, ready);
}

static void dequeue(struct socket_watch *watch)
{
	if (watch->queued)
		TAILQ_REMOVE(&watch->epoll->ready, watch, ready);
	watch->queued = false;
}

static void remove_watch(struct socket_watch *watch)
{
	struct socket_watch **link = &watch->so->watches;

	while (*link != watch)
		link = &(*link)->next;
	*link = watch->next;
	dequeue(watch);
	TAILQ_REMOVE(&watch->epoll->all, watch, all);
	free(watch);
}

void epoll_free(struct epoll *epoll)
{
	while (!TAILQ_EMPTY(&epoll->all))
		remove_watch(TAILQ_FIRST(&epoll->all));
	host_wake_forget(epoll->host, &epoll->wake);
	free(epoll);
}

void epoll_forget(struct tcp_socket *so)
{
	while (so->watches)
		remove_watch(so->watches);
}

/* What of the socket's readiness the watch reports. */
static uint32_t ready_events(const struct socket_watch *watch)
{
	if (watch->disabled)
		return 0;
	return (uint32_t)(unsigned short)tcpsim_poll(watch->epoll->host, watch->so->fd) &
	       (watch->event.events | ALWAYS);
}

void epoll_notice(struct tcp_socket *so, short events)
{
	bool exclusive_woken = false;

	for (struct socket_watch *watch = so->watches; watch; watch = watch->next) {
		uint32_t wanted = watch->event.events | ALWAYS;

		if (watch->disabled || !(wanted & (unsigned short)events))
			continue;
		if (watch->event.events & EPOLLEXCLUSIVE) { /* one of them is enough */
			if (exclusive_woken)
				continue;
			exclusive_woken = true;
		}
		enqueue(watch);
		host_wake(so->host, &watch->epoll->wake, watch->epoll->fd);
	}
}

static struct socket_watch *find_watch(const struct epoll *epoll, const struct tcp_socket *so)
{
	struct socket_watch *watch = so->watches;

	while (watch && watch->epoll != epoll)
		watch = watch->next;
	return watch;
}

static int add_watch(struct epoll *epoll, struct tcp_socket *so, const struct epoll_event *event)
{
	struct socket_watch *watch, **link = &so->watches;

	if (find_watch(epoll, so))
		return -EEXIST;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->epoll = epoll;
	watch->so = so;
	watch->event = *event;
	while (*link)
		link = &(*link)->next;
	*link = watch;
	TAILQ_INSERT_TAIL(&epoll->all, watch, all);
	if (ready_events(watch))
		enqueue(watch);
	return 0;
}

static int change_watch(struct socket_watch *watch, const struct epoll_event *event)
{
	if ((watch->event.events | event->events) & EPOLLEXCLUSIVE)
		return -EINVAL;
	watch->event = *event;
	watch->disabled = false;
	if (ready_events(watch))
		enqueue(watch);
	return 0;
}

int tcpsim_epoll_ctl(struct tcpsim_host *host, int epfd, int op, int fd, struct epoll_event *event)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct epoll *epoll = descriptor_epoll(host, epfd);
	struct tcp_socket *so = descriptor_socket(host, fd);
	struct socket_watch *watch;

	if (!epoll)
		return descriptor_socket(host, epfd) ? -EINVAL : -EBADF;
	if (!so)
		return descriptor_epoll(host, fd) ? -EINVAL : -EBADF;
	if (op != EPOLL_CTL_DEL && !event)
		return -EFAULT;
	if (op == EPOLL_CTL_ADD)
		return add_watch(epoll, so, event);
	watch = find_watch(epoll, so);
	if (op != EPOLL_CTL_MOD && op != EPOLL_CTL_DEL)
		return -EINVAL;
	if (!watch)
		return -ENOENT;
	if (op == EPOLL_CTL_MOD)
		return change_watch(watch, event);
	remove_watch(watch);
	return 0;
}

int tcpsim_epoll_wait(struct tcpsim_host *host, int epfd, struct epoll_event *events, int max)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct epoll *epoll = descriptor_epoll(host, epfd);
	struct watch_list again = TAILQ_HEAD_INITIALIZER(again);
	struct socket_watch *watch;
	int n = 0;

	if (!epoll)
		return descriptor_socket(host, epfd) ? -EINVAL : -EBADF;
	if (max <= 0)
		return -EINVAL;
	if (!events)
		return -EFAULT;
	while (n < max && (watch = TAILQ_FIRST(&epoll->ready))) {
		uint32_t ready = ready_events(watch);

		dequeue(watch);
		if (!ready)
			continue;
		events[n].events = ready;
		events[n++].data = watch->event.data;
		if (watch->event.events & EPOLLONESHOT) {
			watch->disabled = true;
		} else if (!(watch->event.events & EPOLLET)) {
			watch->queued = true;
			TAILQ_INSERT_TAIL(&again, watch, ready);
		}
	}
	TAILQ_CONCAT(&epoll->ready, &again, ready);
	return n;
}

short epoll_poll(struct epoll *epoll)
{
	const struct socket_watch *watch;

	TAILQ_FOREACH (watch, &epoll->ready, ready) {
		if (ready_events(watch))
			return POLLIN | POLLRDNORM;
	}
	return 0;
}
