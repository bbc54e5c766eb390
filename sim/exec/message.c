/* The calls that carry bytes and mean something that a pair of Unix sockets does not know: Fast
 * Open, urgent text, a destination; and the ioctls that count. See inner.h. */
#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "exec/calls.h"
#include "exec/inner.h"
#include "exec/message.h"
#include "exec/stream.h"
#include "exec/supervisor.h"
#include "exec/table.h"

#define MOST_PARTS 16

/* One send as the program asked for it. */
struct sending {
	struct msghdr msg; /* as it stands in the program's memory */
	struct sockaddr_storage to;
	socklen_t to_len;
	struct iovec bytes; /* copied */
	int flags;
};

static bool read_at(struct exec_supervisor *s, const struct exec_call *call, const void *from,
	void *out, size_t len)
{
	return call->caller->access->read(call->caller, call->tid, (uintptr_t)from, out, len);
}

/* The parts of a message, one after the other, as far as there is room; a negative errno. */
static int gather(struct exec_supervisor *s, const struct exec_call *call, struct sending *sending)
{
	struct iovec parts[MOST_PARTS];
	size_t n = sending->msg.msg_iovlen, done = 0;

	if (n > MOST_PARTS)
		return -EMSGSIZE;
	if (n && !read_at(s, call, sending->msg.msg_iov, parts, n * sizeof(parts[0])))
		return -EFAULT;
	for (size_t i = 0; i < n && done < EXEC_CHUNK; i++) {
		size_t len = MIN(parts[i].iov_len, EXEC_CHUNK - done);

		if (len && !read_at(s, call, parts[i].iov_base, s->buffer + done, len))
			return -EFAULT;
		done += len;
	}
	sending->bytes = (struct iovec){s->buffer, done};
	return 0;
}

static int gather_one(
	struct exec_supervisor *s, const struct exec_call *call, struct sending *sending)
{
	size_t len = MIN(call->args[2], EXEC_CHUNK);

	if (len &&
		!call->caller->access->read(call->caller, call->tid, call->args[1], s->buffer, len))
		return -EFAULT;
	sending->bytes = (struct iovec){s->buffer, len};
	return 0;
}

static int read_sending(
	struct exec_supervisor *s, const struct exec_call *call, struct sending *out)
{
	uint64_t to, to_len;
	int error;

	memset(out, 0, sizeof(*out));
	if (call->kind == EXEC_SENDMSG) {
		out->flags = (int)call->args[2];
		if (!call->caller->access->read(
			    call->caller, call->tid, call->args[1], &out->msg, sizeof(out->msg)))
			return -EFAULT;
		to = (uintptr_t)out->msg.msg_name;
		to_len = out->msg.msg_namelen;
		error = gather(s, call, out);
	} else {
		out->flags = (int)call->args[3];
		to = call->args[4];
		to_len = call->args[5];
		error = gather_one(s, call, out);
	}
	if (error || !to)
		return error;
	out->to_len = (socklen_t)to_len;
	return exec_read_address(s, call, to, to_len, &out->to);
}

static ssize_t send_now(struct exec_socket *so, struct sending *sending)
{
	struct msghdr msg = {.msg_name = sending->to_len ? &sending->to : NULL,
		.msg_namelen = sending->to_len,
		.msg_iov = &sending->bytes,
		.msg_iovlen = 1};

	return tcpsim_sendmsg(exec_host(so->supervisor), so->model, &msg, sending->flags);
}

/* connect() and the first write in one: MSG_FASTOPEN, or on a BSD a destination. */
static bool send_and_connect(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct sending *sending)
{
	bool nonblocking = exec_is_nonblocking(so, copy) || sending->flags & MSG_DONTWAIT;
	ssize_t result = send_now(so, sending);

	if (result < 0 && result != -EINPROGRESS) {
		exec_answer(s, call, result);
		return true;
	}
	if (so->phase == EXEC_FRESH) {
		so->phase = EXEC_CONNECTING;
		so->to = sending->to;
		so->to_len = sending->to_len;
		exec_stream_block(so, copy);
	}
	exec_socket_dirty(so);
	if (result >= 0 || nonblocking) {
		exec_answer(s, call, result);
		return true;
	}
	exec_wait_for(s, call, so, tcpsim_send_timeout(exec_host(s), so->model));
	return false;
}

/* What the pair holds comes before it. -EAGAIN: it is still there. */
static ssize_t send_after_pair(struct exec_socket *so, int copy, struct sending *sending)
{
	struct tcpsim_host *host = exec_host(so->supervisor);

	if (so->phase == EXEC_STREAM && exec_stream_unsent(so))
		return -EAGAIN;
	if (so->phase == EXEC_STREAM)
		sending->to_len = 0; /* of a connection it means nothing */
	if (so->phase == EXEC_CONNECTING && tcpsim_state(host, so->model) == TCPSIM_SYN_SENT)
		return -EAGAIN;
	return send_now(so, sending);
}

bool exec_call_send(struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so,
	int copy, struct exec_wait *wait)
{
	struct sending sending;
	ssize_t result;

	if (call->kind == EXEC_SENDMMSG) {
		exec_say(s, "sendmmsg with MSG_OOB or MSG_FASTOPEN is refused (EOPNOTSUPP)");
		exec_answer(s, call, -EOPNOTSUPP);
		return true;
	}
	result = read_sending(s, call, &sending);
	if (result < 0) {
		exec_answer(s, call, result);
		return true;
	}
	if (so->phase == EXEC_FRESH && !wait)
		return send_and_connect(s, call, so, copy, &sending);
	result = send_after_pair(so, copy, &sending);
	if (result == -EAGAIN && !(wait && wait->timed_out) && !(sending.flags & MSG_DONTWAIT) &&
		(wait || !exec_is_nonblocking(so, copy))) {
		if (!wait)
			exec_wait_for(s, call, so, tcpsim_send_timeout(exec_host(s), so->model));
		return false;
	}
	if (result > 0)
		s->counts.bytes_out += (uint64_t)result;
	exec_answer(s, call, result);
	return true;
}

/* --- receiving --- */

#define FLAGS_AT offsetof(struct msghdr, msg_flags)

static ssize_t receive_urgent(
	struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so, int flags)
{
	uint64_t to = call->args[1], room = call->args[2];
	struct msghdr theirs, msg;
	struct iovec part = {0};
	uint8_t byte;
	ssize_t n;

	if (call->kind == EXEC_RECVMSG) {
		if (!call->caller->access->read(
			    call->caller, call->tid, call->args[1], &theirs, sizeof(theirs)))
			return -EFAULT;
		if (theirs.msg_iovlen && !read_at(s, call, theirs.msg_iov, &part, sizeof(part)))
			return -EFAULT;
		to = (uintptr_t)part.iov_base;
		room = part.iov_len;
	}
	part = (struct iovec){&byte, room ? 1 : 0};
	msg = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
	n = tcpsim_recvmsg(exec_host(s), so->model, &msg, flags);
	if (n < 0 || !call->caller->access->is_valid(call->caller, call->id))
		return n;
	if (n && !call->caller->access->write(call->caller, call->tid, to, &byte, 1))
		return -EFAULT;
	if (call->kind == EXEC_RECVMSG &&
		!call->caller->access->write(call->caller, call->tid, call->args[1] + FLAGS_AT,
			&msg.msg_flags, sizeof(msg.msg_flags)))
		return -EFAULT;
	return n;
}

bool exec_call_receive(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	int flags = (int)call->args[call->kind == EXEC_RECVMSG ? 2 : 3];

	/* The error queue is empty: what would fill it is refused (options.c). */
	exec_answer(s, call,
		flags & MSG_ERRQUEUE ? -EAGAIN
				     : receive_urgent(s, call, so, flags & (MSG_OOB | MSG_PEEK)));
	return true;
}

/* --- counts --- */

bool exec_call_ioctl(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	unsigned request = (unsigned)call->args[1];
	int count = 0, unread = 0, result;

	exec_stream_note_read(so);
	result = tcpsim_ioctl(exec_host(s), so->model, request, &count);
	/* What was read of a write that is not yet read as a whole. */
	if (request == FIONREAD && so->shown_bytes && ioctl(copy, FIONREAD, &unread) == 0)
		count -= (int)so->shown_bytes - MIN(unread, (int)so->shown_bytes);
	if (request == TIOCOUTQ || request == SIOCOUTQNSD)
		count += (int)exec_stream_unsent(so);
	if (result == 0 && (!call->caller->access->is_valid(call->caller, call->id) ||
				   !call->caller->access->write(call->caller, call->tid,
					   call->args[2], &count, sizeof(count))))
		result = -EFAULT;
	exec_answer(s, call, result);
	return true;
}
