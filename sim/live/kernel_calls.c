#include "live/kernel_calls.h"
#include "time_units.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int64_t receive(struct sut_call *call, int flags)
{
	return recvmsg(call->fd, &call->msg, flags);
}

/* read() and readv() of a socket are recvmsg() without flags; of a pipe they are what they say. */
static int64_t make_read(struct sut_call *call)
{
	switch (call->nr) {
	case SUT_READ:
	case SUT_READV: return readv(call->fd, call->msg.msg_iov, (int)call->msg.msg_iovlen);
	case SUT_RECV:
	case SUT_RECVFROM:
	default: return receive(call, call->ints[0]);
	}
}

static int64_t make_write(struct sut_call *call)
{
	switch (call->nr) {
	case SUT_WRITE:
	case SUT_WRITEV: return writev(call->fd, call->msg.msg_iov, (int)call->msg.msg_iovlen);
	default: return sendmsg(call->fd, &call->msg, call->ints[0] | MSG_NOSIGNAL);
	}
}

static int64_t make_accept(struct sut_call *call)
{
	call->addr_len = sizeof(call->addr);
	return accept4(call->fd, (struct sockaddr *)&call->addr, &call->addr_len, call->ints[0]);
}

static int64_t make_options(struct sut_call *call)
{
	if (call->nr == SUT_GETSOCKOPT)
		return getsockopt(
			call->fd, call->ints[0], call->ints[1], call->data, &call->data_len);
	return setsockopt(call->fd, call->ints[0], call->ints[1], call->data, call->data_len);
}

static int64_t make_epoll(struct sut_call *call)
{
	switch (call->nr) {
	case SUT_EPOLL_CREATE: return epoll_create(call->ints[0]);
	case SUT_EPOLL_CTL: return epoll_ctl(call->fd, call->ints[0], call->other_fd, call->epolls);
	default: return epoll_wait(call->fd, call->epolls, call->ints[0], call->ints[1]);
	}
}

static int64_t make_files(struct sut_call *call)
{
	off_t offset = call->offset;

	switch (call->nr) {
	case SUT_PIPE: return pipe(call->fds);
	case SUT_SPLICE:
		return splice(call->fd, NULL, call->other_fd, NULL, (size_t)call->number,
			(unsigned)call->ints[0]);
	case SUT_SENDFILE: return sendfile(call->fd, call->other_fd, &offset, (size_t)call->number);
	default: errno = ENOSYS; return -1;
	}
}

static int64_t make(struct sut_call *call)
{
	switch (call->nr) {
	case SUT_SOCKET: return socket(call->ints[0], call->ints[1], call->ints[2]);
	case SUT_BIND: return bind(call->fd, (struct sockaddr *)&call->addr, call->addr_len);
	case SUT_LISTEN: return listen(call->fd, call->ints[0]);
	case SUT_ACCEPT: return make_accept(call);
	case SUT_CONNECT: return connect(call->fd, (struct sockaddr *)&call->addr, call->addr_len);
	case SUT_READ:
	case SUT_READV:
	case SUT_RECV:
	case SUT_RECVFROM:
	case SUT_RECVMSG: return make_read(call);
	case SUT_WRITE:
	case SUT_WRITEV:
	case SUT_SEND:
	case SUT_SENDTO:
	case SUT_SENDMSG: return make_write(call);
	case SUT_FCNTL: return fcntl(call->fd, call->ints[0], call->ints[1]);
	case SUT_IOCTL: return ioctl(call->fd, (unsigned long)call->number, call->data);
	case SUT_CLOSE: return close(call->fd);
	case SUT_SHUTDOWN: return shutdown(call->fd, call->ints[0]);
	case SUT_GETSOCKOPT:
	case SUT_SETSOCKOPT: return make_options(call);
	case SUT_POLL: return poll(call->polls, (nfds_t)call->ints[0], call->ints[1]);
	case SUT_EPOLL_CREATE:
	case SUT_EPOLL_CTL:
	case SUT_EPOLL_WAIT: return make_epoll(call);
	default: return make_files(call);
	}
}

void kernel_call_make(struct sut_call *call)
{
	struct timespec now;

	errno = 0;
	call->result = make(call);
	call->error = call->result < 0 ? errno : 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	call->done_ns = now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static bool waits_by_nature(enum sut_nr nr)
{
	return nr == SUT_ACCEPT || nr == SUT_CONNECT || (nr >= SUT_READ && nr <= SUT_SENDMSG) ||
	       nr == SUT_SPLICE || nr == SUT_SENDFILE;
}

bool kernel_call_may_sleep(const struct sut_call *call)
{
	if (call->nr == SUT_POLL || call->nr == SUT_EPOLL_WAIT)
		return call->ints[1] != 0;
	if (call->nr == SUT_CLOSE) { /* SO_LINGER */
		struct linger linger = {0};
		socklen_t len = sizeof(linger);

		return getsockopt(call->fd, SOL_SOCKET, SO_LINGER, &linger, &len) == 0 &&
		       linger.l_onoff && linger.l_linger > 0;
	}
	if (!waits_by_nature(call->nr))
		return false;
	if (call->nr >= SUT_RECV && call->nr != SUT_WRITE && call->nr != SUT_WRITEV &&
		call->nr <= SUT_SENDMSG && (call->ints[0] & MSG_DONTWAIT) != 0)
		return false;
	return (fcntl(call->fd, F_GETFL) & O_NONBLOCK) == 0;
}
