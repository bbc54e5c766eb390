/* The table of descriptors. See descriptors.h. */
#include <errno.h>
#include <host/entry.h>
#include <socket/descriptors.h>
#include <socket/epoll.h>
#include <socket/socket.h>
#include <tcp/calls.h>
#include <tcp/listen.h>
#include <tcp/resting.h>
#include <tcp/status.h>

#define FIRST_FD 3 /* 0, 1 and 2 are a process' streams */

struct descriptor {
	struct tcp_socket *so;
	struct epoll *epoll;
};

struct descriptors {
	struct descriptor *table;
	uint64_t *taken; /* a bit each */
	int size;	 /* a multiple of 64 */
	int first_free;	 /* none below is free */
};

struct descriptors *descriptors_new(struct tcpsim_host *host)
{
	struct descriptors *d = calloc(1, sizeof(*d));

	if (d)
		d->first_free = FIRST_FD;
	return d;
}

static int grow(struct descriptors *d)
{
	int size = d->size ? d->size * 2 : 64;
	struct descriptor *table;
	uint64_t *taken;

	if (size > DESCRIPTORS_MAX)
		return -EMFILE;
	table = realloc(d->table, (size_t)size * sizeof(*table));
	if (!table)
		return -ENOMEM;
	d->table = table;
	taken = realloc(d->taken, (size_t)size / 8);
	if (!taken)
		return -ENOMEM;
	d->taken = taken;
	memset(table + d->size, 0, (size_t)(size - d->size) * sizeof(*table));
	memset(taken + d->size / 64, 0, (size_t)(size - d->size) / 8);
	if (d->size == 0)
		taken[0] = (1 << FIRST_FD) - 1;
	d->size = size;
	return 0;
}

/* The lowest free number from `least` on, or size when there is none. */
static int lowest_free(const struct descriptors *d, int least)
{
	uint64_t below = (UINT64_C(1) << least % 64) - 1;

	for (int word = least / 64; word < d->size / 64; word++, below = 0) {
		uint64_t taken = d->taken[word] | below;

		if (~taken)
			return word * 64 + __builtin_ctzll(~taken);
	}
	return d->size;
}

int descriptor_take_from(
	struct tcpsim_host *host, int least, struct tcp_socket *so, struct epoll *epoll)
{
	struct descriptors *d = host->descriptors;
	int fd = lowest_free(d, least), error;

	while (fd == d->size) {
		error = grow(d);
		if (error)
			return error;
		fd = lowest_free(d, least);
	}
	d->table[fd] = (struct descriptor){so, epoll};
	d->taken[fd / 64] |= UINT64_C(1) << fd % 64;
	if (so)
		so->fd = fd;
	return fd;
}

int descriptor_take(struct tcpsim_host *host, struct tcp_socket *so, struct epoll *epoll)
{
	struct descriptors *d = host->descriptors;
	int fd = descriptor_take_from(host, d->first_free, so, epoll);

	if (fd >= 0)
		d->first_free = fd + 1;
	return fd;
}

void descriptor_release(struct tcpsim_host *host, int fd)
{
	struct descriptors *d = host->descriptors;

	d->table[fd] = (struct descriptor){NULL, NULL};
	d->taken[fd / 64] &= ~(UINT64_C(1) << fd % 64);
	if (fd < d->first_free)
		d->first_free = fd;
}

int tcpsim_move(struct tcpsim_host *host, int fd, int least)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so = descriptor_socket(host, fd);
	int moved = so ? descriptor_take_from(host, least, so, NULL) : -EBADF;

	if (moved >= 0)
		descriptor_release(host, fd);
	return moved;
}

/* Whatever its close() does. */
static inline struct tcp_socket *socket_at(const struct tcpsim_host *host, int fd)
{
	const struct descriptors *d = host->descriptors;

	return fd >= 0 && fd < d->size ? d->table[fd].so : NULL;
}

struct tcp_socket *descriptor_lingering(struct tcpsim_host *host, int fd)
{
	struct tcp_socket *so = socket_at(host, fd);

	return so && so->lingers ? so : NULL;
}

const struct tcp_socket *descriptor_look(const struct tcpsim_host *host, int fd)
{
	const struct tcp_socket *so = socket_at(host, fd);

	return so && !so->lingers ? so : NULL;
}

struct tcp_socket *descriptor_socket(struct tcpsim_host *host, int fd)
{
	struct tcp_socket *so = socket_at(host, fd);

	if (!so || so->lingers)
		return NULL;
	if (so->resting && !resting_wake(host, so->resting))
		return NULL; /* without memory there is no using it */
	return so;
}

struct epoll *descriptor_epoll(struct tcpsim_host *host, int fd)
{
	return fd >= 0 && fd < host->descriptors->size ? host->descriptors->table[fd].epoll : NULL;
}

int descriptor_is_socket(struct tcpsim_host *host, int fd)
{
	if (descriptor_socket(host, fd))
		return 0;
	return descriptor_epoll(host, fd) ? -ENOTSOCK : -EBADF;
}

void descriptors_free(struct tcpsim_host *host)
{
	struct descriptors *d = host->descriptors;

	for (int fd = 0; fd < d->size; fd++) {
		struct tcp_socket *so = d->table[fd].so;

		if (d->table[fd].epoll)
			epoll_free(d->table[fd].epoll);
		if (!so)
			continue;
		if (so->listener)
			tcp_listener_close(so->listener);
		if (so->tcb)
			tcp_abort(so->tcb);
		socket_free(so);
	}
	free(d->table);
	free(d->taken);
	free(d);
	host->descriptors = NULL;
}

static struct tcpsim_socket_row row_of(const struct tcp_socket *so)
{
	struct tcpsim_socket_row row = {
		.fd = so->fd,
		.state = so->listener ? TCPSIM_LISTEN : TCPSIM_CLOSED,
		.local = so->local,
		.local_port = so->local_port,
		.dual_stack = so->family == AF_INET6,
	};

	if (so->listener) {
		row.connection = tcp_listener_id(so->listener);
		row.recv_queue = tcp_listener_completed(so->listener);
		row.send_queue = tcp_listener_backlog(so->listener);
	}
	return row;
}

int descriptors_holder(struct tcpsim_host *host, uint32_t connection)
{
	for (int fd = 0; fd < host->descriptors->size; fd++) {
		const struct tcp_socket *so = socket_at(host, fd);

		if (so && so->tcb && ((const struct conn *)so->tcb)->id == connection)
			return fd;
	}
	return -1;
}

bool descriptors_each_unconnected(struct tcpsim_host *host, tcpsim_row_fn fn, void *context)
{
	const struct descriptors *d = host->descriptors;

	for (int fd = 0; fd < d->size; fd++) {
		const struct tcp_socket *so = d->table[fd].so;
		struct tcpsim_socket_row row;

		if (!so || so->resting || (so->tcb && tcp_tcb_state(so->tcb) != TCPSIM_CLOSED))
			continue;
		row = row_of(so);
		if (!fn(context, &row))
			return false;
	}
	return true;
}
