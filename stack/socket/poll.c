/* What poll(2) says of a descriptor now, and what a call that blocks on it asks. */
#include <errno.h>
#include <host/entry.h>
#include <socket/descriptors.h>
#include <socket/epoll.h>
#include <socket/errors.h>
#include <socket/habits.h>
#include <tcp/calls.h>
#include <tcp/listen.h>
#include <tcp/send.h>
#include <tcp/status.h>

#define WRITABLE (POLLOUT | POLLWRNORM)

static short connection_events(struct tcp_tcb *tcb)
{
	short events = tcp_poll(tcb);

	if (!(events & POLLOUT))
		tcp_want_space(tcb);
	return events;
}

short tcpsim_poll(struct tcpsim_host *host, int fd)
{
	HOST_ENTRY(host);
	if (refused)
		return POLLNVAL;

	const struct tcp_socket *so = descriptor_socket(host, fd);
	struct epoll *epoll = descriptor_epoll(host, fd);
	short events;

	if (epoll)
		return epoll_poll(epoll);
	if (!so)
		return POLLNVAL;
	if (so->listener)
		return tcp_listener_completed(so->listener) ? POLLIN | POLLRDNORM : 0;
	if (so->deferred)
		return WRITABLE;
	if (so->tcb)
		events = connection_events(so->tcb);
	else
		events = habits_of(so)->fresh_events;
	if (!so->tcb && so->shut & 1)
		events |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (so->error || errors_pending(so))
		events |= POLLERR;
	return events;
}

bool tcpsim_more_may_come(struct tcpsim_host *host, int fd)
{
	const struct tcp_socket *so = descriptor_socket(host, fd);

	return so && so->tcb && !so->error && !tcp_at_mark(so->tcb) &&
	       !(tcp_poll(so->tcb) & (POLLRDHUP | POLLHUP));
}

int tcpsim_nonblocking(struct tcpsim_host *host, int fd)
{
	HOST_LOOK(host);
	const struct tcp_socket *so = refused ? NULL : descriptor_look(host, fd);

	return so ? so->nonblocking : refused ? refused : -EBADF;
}

int64_t tcpsim_receive_timeout(struct tcpsim_host *host, int fd)
{
	HOST_LOOK(host);
	const struct tcp_socket *so = refused ? NULL : descriptor_look(host, fd);

	return so ? so->receive_timeout_ns : 0;
}

int64_t tcpsim_send_timeout(struct tcpsim_host *host, int fd)
{
	HOST_LOOK(host);
	const struct tcp_socket *so = refused ? NULL : descriptor_look(host, fd);

	return so ? so->send_timeout_ns : 0;
}
