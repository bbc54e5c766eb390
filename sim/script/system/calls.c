#include "script/system/calls.h"
#include "script/shell/store.h"
#include "time_units.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <tcpsim/socket.h>

/* Numbers from here on are pipes and files, not sockets of the host. */
#define OTHER_FDS 10000

/* A pipe's end or an open file: bytes with a place in them. */
struct other_fd {
	GString *bytes;	   /* a pipe's is shared by its two ends */
	int references_of; /* the other end, or -1 */
	gsize at;
	bool open, file;
};

struct sut_calls {
	struct tcpsim_host *host;
	struct shell *shell;
	GArray *others; /* struct other_fd */
};

struct sut_calls *sut_calls_new(struct tcpsim_host *host, struct shell *shell)
{
	struct sut_calls *calls = g_new0(struct sut_calls, 1);

	calls->host = host;
	calls->shell = shell;
	calls->others = g_array_new(FALSE, TRUE, sizeof(struct other_fd));
	return calls;
}

static struct other_fd *other(struct sut_calls *calls, int fd)
{
	struct other_fd *found;

	if (fd < OTHER_FDS || fd >= OTHER_FDS + (int)calls->others->len)
		return NULL;
	found = &g_array_index(calls->others, struct other_fd, fd - OTHER_FDS);
	return found->open ? found : NULL;
}

void sut_calls_free(struct sut_calls *calls)
{
	if (calls == NULL)
		return;
	for (guint i = 0; i < calls->others->len; i++) {
		struct other_fd *fd = &g_array_index(calls->others, struct other_fd, i);

		/* Both ends of a pipe hold its bytes; the first one of the two frees them. */
		if (fd->bytes != NULL && (fd->references_of < 0 || fd->references_of > (int)i))
			g_string_free(fd->bytes, TRUE);
	}
	g_array_unref(calls->others);
	g_free(calls);
}

static int other_new(struct sut_calls *calls, GString *bytes, int other_end, bool file)
{
	struct other_fd fd = {
		.bytes = bytes, .references_of = other_end, .open = true, .file = file};

	g_array_append_val(calls->others, fd);
	return OTHER_FDS + (int)calls->others->len - 1;
}

static bool complete(struct sut_calls *calls, struct sut_call *call, int64_t result)
{
	call->done = true;
	call->result = result < 0 ? -1 : result;
	call->error = result < 0 ? (int)-result : 0;
	return true;
}

static bool blocks(struct sut_calls *calls, const struct sut_call *call, int flags)
{
	return (flags & MSG_DONTWAIT) == 0 && tcpsim_nonblocking(calls->host, call->fd) == 0;
}

static int message_flags(const struct sut_call *call)
{
	bool plain = call->nr == SUT_READ || call->nr == SUT_READV || call->nr == SUT_WRITE ||
		     call->nr == SUT_WRITEV;

	return plain ? 0 : call->ints[0];
}

static size_t message_len(const struct msghdr *msg)
{
	size_t len = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		len += msg->msg_iov[i].iov_len;
	return len;
}

static bool bad_buffer(const struct msghdr *msg)
{
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		if (msg->msg_iov[i].iov_base == NULL && msg->msg_iov[i].iov_len > 0)
			return true;
	return false;
}

/* The message without its first `skip` bytes; `vector` has room for its parts. */
static struct msghdr rest_of(const struct msghdr *msg, size_t skip, struct iovec *vector)
{
	struct msghdr rest = *msg;
	size_t n = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		struct iovec part = msg->msg_iov[i];
		size_t cut = MIN(skip, part.iov_len);

		skip -= cut;
		if (cut > 0)
			part.iov_base = (char *)part.iov_base + cut;
		part.iov_len -= cut;
		if (part.iov_len > 0 || cut == 0)
			vector[n++] = part;
	}
	rest.msg_iov = vector;
	rest.msg_iovlen = n;
	return rest;
}

/* A blocking send waits until all of it is taken; a connection it opens (Fast Open) comes first. */
static bool try_send(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	int flags = message_flags(call);
	size_t len = message_len(&call->msg);
	struct iovec *vector;
	struct msghdr rest;
	ssize_t sent;

	if (call->progress.connecting) {
		if (tcpsim_state(calls->host, call->fd) == TCPSIM_SYN_SENT)
			return now >= call->progress.deadline_ns
				       ? complete(calls, call, -EINPROGRESS)
				       : false;
		if (call->progress.moved == len && len > 0 &&
			tcpsim_state(calls->host, call->fd) != TCPSIM_CLOSED)
			return complete(calls, call, (int64_t)len);
	}
	/* A writer that sleeps is woken when the socket is writable again, not for every byte of
	 * room. */
	if (call->progress.waiting && now < call->progress.deadline_ns &&
		(tcpsim_poll(calls->host, call->fd) & (POLLOUT | POLLERR | POLLHUP)) == 0)
		return false;
	vector = g_new(struct iovec, call->msg.msg_iovlen + 1);
	rest = rest_of(&call->msg, call->progress.moved, vector);
	if (call->progress.connecting) {
		rest.msg_name = NULL;
		rest.msg_namelen = 0;
		flags &= ~MSG_FASTOPEN;
	}
	sent = bad_buffer(&call->msg) ? -EFAULT
				      : tcpsim_sendmsg(calls->host, call->fd, &rest, flags);
	g_free(vector);
	if (sent >= 0)
		call->progress.moved += (size_t)sent;
	if (!blocks(calls, call, flags) || (sent < 0 && sent != -EAGAIN && sent != -EINPROGRESS)) {
		bool keeps = sent < 0 && call->progress.moved > 0 && !call->progress.connecting;

		return complete(
			calls, call, sent >= 0 || keeps ? (int64_t)call->progress.moved : sent);
	}
	/* Linux' Fast Open waits for the connection that it opens; BSD's takes the bytes and goes
	 * on. */
	if (tcpsim_state(calls->host, call->fd) == TCPSIM_SYN_SENT &&
		tcpsim_host_profile(calls->host)->socket_habits == TCPSIM_SOCKETS_LINUX)
		call->progress.connecting = true;
	else if (call->progress.moved >= len)
		return complete(calls, call, (int64_t)call->progress.moved);
	if (now >= call->progress.deadline_ns)
		return complete(calls, call,
			call->progress.moved > 0 ? (int64_t)call->progress.moved : -EAGAIN);
	return false;
}

static bool try_receive(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	int flags = message_flags(call);
	struct iovec *vector = g_new(struct iovec, call->msg.msg_iovlen + 1);
	struct msghdr rest;
	ssize_t got;
	bool whole;

	if (flags & MSG_PEEK) /* what is there is looked at anew */
		call->progress.moved = 0;
	rest = rest_of(&call->msg, call->progress.moved, vector);

	if (bad_buffer(&call->msg))
		got = tcpsim_poll(calls->host, call->fd) & POLLIN ? -EFAULT : -EAGAIN;
	else
		got = tcpsim_recvmsg(calls->host, call->fd, &rest, flags & ~MSG_WAITALL);
	g_free(vector);
	if (got > 0)
		call->progress.moved += (size_t)got;
	call->msg.msg_flags = rest.msg_flags;
	call->msg.msg_controllen = rest.msg_controllen;
	call->msg.msg_namelen = rest.msg_namelen;
	/* an error that ended the stream is the next call's */
	whole = call->progress.moved >= message_len(&call->msg) || !(flags & MSG_WAITALL) ||
		!tcpsim_more_may_come(calls->host, call->fd) ||
		(flags & MSG_PEEK && !blocks(calls, call, flags));
	if (got == 0 || (got > 0 && whole))
		return complete(calls, call, (int64_t)call->progress.moved);
	if (got < 0 && (got != -EAGAIN || !blocks(calls, call, flags) || (flags & MSG_ERRQUEUE)))
		return complete(calls, call,
			call->progress.moved > 0 ? (int64_t)call->progress.moved : got);
	if (now >= call->progress.deadline_ns)
		return complete(calls, call,
			call->progress.moved > 0 ? (int64_t)call->progress.moved : -EAGAIN);
	return false;
}

static bool try_accept(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	socklen_t len = sizeof(call->addr);
	int got = tcpsim_accept4(
		calls->host, call->fd, (struct sockaddr *)&call->addr, &len, call->ints[0]);

	call->addr_len = len;
	if (got == -EAGAIN && blocks(calls, call, 0) && now < call->progress.deadline_ns)
		return false;
	return complete(calls, call, got);
}

/* While it is under way connect() says EALREADY; then, once, how it ended. */
static bool try_connect(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	int got = tcpsim_connect(
		calls->host, call->fd, (struct sockaddr *)&call->addr, call->addr_len);
	bool waits = got == -EINPROGRESS || (call->progress.connecting && got == -EALREADY);

	if (call->progress.connecting && got == -EISCONN)
		got = 0;
	call->progress.connecting = call->progress.connecting || got == -EINPROGRESS;
	if (!waits || !blocks(calls, call, 0))
		return complete(calls, call, got);
	return now >= call->progress.deadline_ns ? complete(calls, call, -EINPROGRESS) : false;
}

/* SO_LINGER with a time: the first call begins, the last one ends what waited meanwhile. */
static bool try_close(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	struct other_fd *pipe = other(calls, call->fd);
	int64_t wait;

	if (pipe != NULL) {
		pipe->open = false;
		return complete(calls, call, 0);
	}
	if (!call->progress.waiting) {
		wait = tcpsim_close_lingering(calls->host, call->fd);
		if (wait <= 0)
			return complete(calls, call, wait);
		call->progress.deadline_ns = now + wait;
	}
	if (tcpsim_lingers(calls->host, call->fd) && now < call->progress.deadline_ns)
		return false;
	return complete(calls, call, tcpsim_close(calls->host, call->fd));
}

static bool try_poll(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	int ready = 0;

	for (int i = 0; i < call->ints[0]; i++) {
		short holds = tcpsim_poll(calls->host, call->polls[i].fd);

		call->polls[i].revents =
			(short)(holds & (call->polls[i].events | POLLERR | POLLHUP | POLLNVAL));
		ready += call->polls[i].revents != 0;
	}
	if (ready > 0 || now >= call->progress.deadline_ns)
		return complete(calls, call, ready);
	return false;
}

static bool try_epoll_wait(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	int got = tcpsim_epoll_wait(calls->host, call->fd, call->epolls, call->ints[0]);

	if (got != 0 || now >= call->progress.deadline_ns)
		return complete(calls, call, got);
	return false;
}

/* Where descriptors are that no program sees. */
#define HIDDEN_FDS 1024

bool sut_calls_close_under(
	struct sut_calls *calls, struct sut_call *sleeper, struct sut_call *close)
{
	int hidden;

	if (close->nr != SUT_CLOSE || sleeper->nr == SUT_POLL || sleeper->fd != close->fd ||
		sleeper->progress.closed)
		return false;
	hidden = tcpsim_move(calls->host, close->fd, HIDDEN_FDS);
	if (hidden < 0)
		return false;
	sleeper->progress.closed = true;
	sleeper->progress.named = sleeper->fd;
	sleeper->fd = hidden;
	return complete(calls, close, 0);
}

static bool retry(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	switch (call->nr) {
	case SUT_ACCEPT: return try_accept(calls, call, now);
	case SUT_CONNECT: return try_connect(calls, call, now);
	case SUT_READ:
	case SUT_READV:
	case SUT_RECV:
	case SUT_RECVFROM:
	case SUT_RECVMSG: return try_receive(calls, call, now);
	case SUT_WRITE:
	case SUT_WRITEV:
	case SUT_SEND:
	case SUT_SENDTO:
	case SUT_SENDMSG: return try_send(calls, call, now);
	case SUT_CLOSE: return try_close(calls, call, now);
	case SUT_POLL: return try_poll(calls, call, now);
	case SUT_EPOLL_WAIT: return try_epoll_wait(calls, call, now);
	default: return true;
	}
}

bool sut_calls_retry(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	bool over = retry(calls, call, now);

	if (over && call->progress.closed) {
		tcpsim_close(calls->host, call->fd);
		call->fd = call->progress.named;
		call->progress.closed = false;
	}
	return over;
}

int64_t sut_calls_deadline(const struct sut_calls *calls, const struct sut_call *call)
{
	return call != NULL ? call->progress.deadline_ns : INT64_MAX;
}

/* When the call gives up: SO_RCVTIMEO, SO_SNDTIMEO, or poll's own timeout in milliseconds. */
static int64_t give_up(struct sut_calls *calls, const struct sut_call *call, int64_t now)
{
	int64_t span;

	if (call->nr == SUT_POLL || call->nr == SUT_EPOLL_WAIT)
		return call->ints[1] < 0 ? INT64_MAX : now + call->ints[1] * NSEC_PER_MSEC;
	if (call->nr == SUT_ACCEPT || (call->nr >= SUT_READ && call->nr <= SUT_RECVMSG))
		span = tcpsim_receive_timeout(calls->host, call->fd);
	else
		span = tcpsim_send_timeout(calls->host, call->fd);
	return span > 0 ? now + span : INT64_MAX;
}

static int64_t pipe_new(struct sut_calls *calls, struct sut_call *call)
{
	GString *bytes = g_string_new(NULL);

	call->fds[0] = other_new(calls, bytes, (int)calls->others->len + 1, false);
	call->fds[1] = other_new(calls, bytes, (int)calls->others->len - 1, false);
	return 0;
}

static int64_t file_open(struct sut_calls *calls, const struct sut_call *call)
{
	GString *complaint = g_string_new(NULL);
	GString *bytes = shell_read_file(calls->shell, call->path, complaint);

	g_string_free(complaint, TRUE);
	return bytes != NULL ? other_new(calls, bytes, -1, true) : -ENOENT;
}

/* From a socket into a pipe, or from a pipe into a socket. */
static int64_t splice_bytes(struct sut_calls *calls, struct sut_call *call)
{
	struct other_fd *in = other(calls, call->fd), *out = other(calls, call->other_fd);
	size_t len = (size_t)CLAMP(call->number, 0, 1 << 20);
	struct iovec vector = {.iov_len = len};
	struct msghdr msg = {.msg_iov = &vector, .msg_iovlen = 1};
	ssize_t moved;
	int urgent = 0;

	if ((in == NULL) == (out == NULL))
		return -EINVAL;
	if (out != NULL) {
		char *buffer = g_malloc(len + 1);

		vector.iov_base = buffer;
		tcpsim_ioctl(calls->host, call->fd, SIOCATMARK, &urgent);
		moved = tcpsim_recvmsg(calls->host, call->fd, &msg, 0);
		if (moved == -EAGAIN && urgent) /* tcp_splice_read: its octet is in the queue yet */
			moved = 0;
		if (moved > 0)
			g_string_append_len(out->bytes, buffer, moved);
		if (moved > 0)
			call->moved = g_bytes_new(buffer, (gsize)moved);
		g_free(buffer);
		return moved;
	}
	vector.iov_len = MIN(len, in->bytes->len);
	vector.iov_base = in->bytes->str;
	moved = tcpsim_sendmsg(calls->host, call->other_fd, &msg, 0);
	if (moved > 0) {
		call->moved = g_bytes_new(in->bytes->str, (gsize)moved);
		g_string_erase(in->bytes, 0, moved);
	}
	return moved;
}

static int64_t send_file(struct sut_calls *calls, struct sut_call *call)
{
	struct other_fd *in = other(calls, call->other_fd);
	struct iovec vector;
	struct msghdr msg = {.msg_iov = &vector, .msg_iovlen = 1};
	gsize at, rest;
	ssize_t moved;

	if (in == NULL || !in->file)
		return -EBADF;
	at = (gsize)CLAMP(call->offset, 0, (int64_t)in->bytes->len);
	rest = in->bytes->len - at;
	vector = (struct iovec){.iov_base = in->bytes->str + at,
		.iov_len = (size_t)CLAMP(call->number, 0, (int64_t)rest)};
	moved = tcpsim_sendmsg(calls->host, call->fd, &msg, 0);
	if (moved > 0)
		call->moved = g_bytes_new(vector.iov_base, (gsize)moved);
	return moved;
}

/* Calls that are over at once. */
static int64_t immediate(struct sut_calls *calls, struct sut_call *call)
{
	struct tcpsim_host *host = calls->host;
	int fd = call->fd;

	switch (call->nr) {
	case SUT_SOCKET: return tcpsim_socket(host, call->ints[0], call->ints[1], call->ints[2]);
	case SUT_BIND: return tcpsim_bind(host, fd, (struct sockaddr *)&call->addr, call->addr_len);
	case SUT_LISTEN: return tcpsim_listen(host, fd, call->ints[0]);
	case SUT_FCNTL: return tcpsim_fcntl(host, fd, call->ints[0], call->ints[1]);
	case SUT_IOCTL: return tcpsim_ioctl(host, fd, (unsigned long)call->number, call->data);
	case SUT_SHUTDOWN: return tcpsim_shutdown(host, fd, call->ints[0]);
	case SUT_GETSOCKOPT:
		return tcpsim_getsockopt(
			host, fd, call->ints[0], call->ints[1], call->data, &call->data_len);
	case SUT_SETSOCKOPT:
		return tcpsim_setsockopt(
			host, fd, call->ints[0], call->ints[1], call->data, call->data_len);
	case SUT_EPOLL_CREATE: return call->ints[0] > 0 ? tcpsim_epoll_create(host, 0) : -EINVAL;
	case SUT_EPOLL_CTL:
		return tcpsim_epoll_ctl(host, fd, call->ints[0], call->other_fd, call->epolls);
	case SUT_PIPE: return pipe_new(calls, call);
	case SUT_SPLICE: return splice_bytes(calls, call);
	case SUT_OPEN: return file_open(calls, call);
	case SUT_SENDFILE: return send_file(calls, call);
	default: return -ENOSYS;
	}
}

static bool may_wait(enum sut_nr nr)
{
	return nr == SUT_ACCEPT || nr == SUT_CONNECT || (nr >= SUT_READ && nr <= SUT_SENDMSG) ||
	       nr == SUT_CLOSE || nr == SUT_POLL || nr == SUT_EPOLL_WAIT;
}

bool sut_calls_start(struct sut_calls *calls, struct sut_call *call, int64_t now)
{
	memset(&call->progress, 0, sizeof(call->progress));
	if (!may_wait(call->nr))
		return complete(calls, call, immediate(calls, call));
	call->progress.deadline_ns = give_up(calls, call, now);
	if (sut_calls_retry(calls, call, now))
		return true;
	call->progress.waiting = true;
	return false;
}
