/* ioctl and fcntl: the counts of queued bytes, the urgent mark, and the two flags of
 * a descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <host/entry.h>
#include <socket/descriptors.h>
#include <sys/ioctl.h>
#include <tcp/calls.h>
#include <tcp/status.h>
#include <wire/linux_abi.h>

static int count_of(const struct tcp_socket *so, unsigned long request)
{
	switch (request) {
	case FIONREAD: return so->tcb ? (int)tcp_readable(so->tcb) : 0;
	case TIOCOUTQ: return (int)tcp_outq(so, false);
	case SIOCOUTQNSD: return (int)tcp_outq(so, true);
	default: return so->tcb && tcp_at_mark(so->tcb);
	}
}

int tcpsim_ioctl(struct tcpsim_host *host, int fd, unsigned long request, void *arg)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so = descriptor_socket(host, fd);
	int error = descriptor_is_socket(host, fd);

	if (error)
		return error == -ENOTSOCK ? -ENOTTY : error;
	switch (request) {
	case FIONBIO:
		if (!arg)
			return -EFAULT;
		so->nonblocking = *(int *)arg != 0;
		return 0;
	case FIONREAD:
	case TIOCOUTQ:
	case SIOCOUTQNSD:
	case SIOCATMARK:
		if (so->listener)
			return -EINVAL;
		if (!arg)
			return -EFAULT;
		*(int *)arg = count_of(so, request);
		return 0;
	default: return -ENOTTY;
	}
}

int tcpsim_fcntl(struct tcpsim_host *host, int fd, int command, long arg)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so = descriptor_socket(host, fd);

	if (!so)
		return descriptor_epoll(host, fd) ? -EINVAL : -EBADF;
	switch (command) {
	case F_GETFL: return O_RDWR | (so->nonblocking ? O_NONBLOCK : 0);
	case F_SETFL: so->nonblocking = arg & O_NONBLOCK; return 0;
	case F_GETFD: return so->close_on_exec ? FD_CLOEXEC : 0;
	case F_SETFD: so->close_on_exec = arg & FD_CLOEXEC; return 0;
	default: return -EINVAL;
	}
}
