/*
 * sendmsg and recvmsg: every way of sending and receiving comes down to these. The order of the
 * checks is Linux's tcp_sendmsg_locked() and tcp_recvmsg_locked(), BSD's sosend_generic() and
 * soreceive_generic().
 */
#include <errno.h>
#include <host/entry.h>
#include <socket/address.h>
#include <socket/calls.h>
#include <socket/descriptors.h>
#include <socket/errors.h>
#include <socket/habits.h>
#include <socket/marks.h>
#include <socket/socket.h>
#include <tcp/calls.h>
#include <tcp/send.h>
#include <tcp/status.h>
#include <tcpsim/options.h>

#define IOV_MAX_ 1024

/* The bytes asked for, or -EFAULT, -EINVAL, -EMSGSIZE. */
static ssize_t total(const struct msghdr *msg)
{
	size_t sum = 0;

	if (!msg || (!msg->msg_iov && msg->msg_iovlen) ||
		(!msg->msg_control && msg->msg_controllen))
		return -EFAULT;
	if (msg->msg_iovlen > IOV_MAX_)
		return -EMSGSIZE;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		if (__builtin_add_overflow(sum, msg->msg_iov[i].iov_len, &sum) || sum > PTRDIFF_MAX)
			return -EINVAL;
	}
	return (ssize_t)sum;
}

/* --- sending --- */

/* The SYN with what of the data Fast Open lets it carry. */
static ssize_t connect_with(struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t port,
	const struct msghdr *msg, int flags)
{
	size_t taken = 0;
	int error;

	so->writes_on = !so->nonblocking && !(flags & MSG_DONTWAIT);
	error = socket_connect(so, remote, port, msg->msg_iov, (int)msg->msg_iovlen, &taken);

	if (error)
		return error;
	return taken ? (ssize_t)taken : -EINPROGRESS;
}

/* Linux: MSG_FASTOPEN is connect() and the first write in one. */
static ssize_t send_fastopen(struct tcp_socket *so, const struct msghdr *msg, int flags)
{
	struct tcpsim_addr remote;
	uint16_t port;
	int error;

	if (!(so->host->sys.fastopen & TCPSIM_FASTOPEN_CLIENT) ||
		(msg->msg_name && msg->msg_namelen >= sizeof(sa_family_t) &&
			((const struct sockaddr *)msg->msg_name)->sa_family == AF_UNSPEC))
		return -EOPNOTSUPP;
	if (so->tcb) {
		enum tcpsim_state state = tcp_tcb_state(so->tcb);

		if (state == TCPSIM_SYN_SENT || (state == TCPSIM_SYN_RCVD && !so->connect_reported))
			return -EALREADY;
		if (state == TCPSIM_CLOSED)
			return so->error ? socket_take_error(so) : -EPIPE;
		if (so->connect_reported)
			return -EISCONN;
		so->connect_reported =
			true; /* this call is told of the handshake's end, and writes */
		return tcp_send(so->tcb, msg->msg_iov, (int)msg->msg_iovlen, flags);
	}
	error = address_read(msg->msg_name, msg->msg_namelen, so->family, &remote, &port);
	return error ? error : connect_with(so, &remote, port, msg, flags);
}

static ssize_t send_deferred(struct tcp_socket *so, const struct msghdr *msg, int flags)
{
	so->deferred = false;
	return connect_with(so, &so->deferred_remote, so->deferred_port, msg, flags);
}

/* BSD: a destination on a fresh socket connects it, and the text waits in the send buffer or goes
 * on the SYN (PRUS_IMPLOPCL, RFC 7413). */
static ssize_t send_implied(struct tcp_socket *so, const struct msghdr *msg)
{
	struct tcpsim_addr remote;
	size_t taken = 0;
	uint16_t port;
	int error = address_read(msg->msg_name, msg->msg_namelen, so->family, &remote, &port);

	if (!error)
		error = socket_connect(
			so, &remote, port, msg->msg_iov, (int)msg->msg_iovlen, &taken);
	return error ? error : (ssize_t)taken;
}

/* What the state of the socket says before any byte is looked at: 0, or the error. */
static ssize_t check_send(struct tcp_socket *so)
{
	if (so->error)
		return socket_take_error(so);
	if (!so->tcb)
		return habits_of(so)->send_fresh;
	return tcp_tcb_state(so->tcb) == TCPSIM_SYN_SENT ? habits_of(so)->send_connecting : 0;
}

#define ZEROCOPY_PARTS                                                                             \
	17 /* Linux: a packet has that many fragments, and each part of a write is one */

/* Linux ends a packet where its fragments are used up, so a write in many parts
 * leaves in several. */
static ssize_t send_in_parts(struct tcp_socket *so, const struct msghdr *msg, int flags)
{
	ssize_t sum = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i += ZEROCOPY_PARTS) {
		size_t left = msg->msg_iovlen - i;
		bool last = left <= ZEROCOPY_PARTS;
		ssize_t took = tcp_send(so->tcb, msg->msg_iov + i,
			last ? (int)left : ZEROCOPY_PARTS, last ? flags : flags | MSG_EOR);

		if (took < 0)
			return sum ? sum : took;
		sum += took;
	}
	return sum;
}

static ssize_t send_connected(struct tcp_socket *so, const struct msghdr *msg, int flags)
{
	ssize_t error = check_send(so);

	if (error)
		return error;
	if (flags & MSG_ZEROCOPY && tcp_settings_of(so)->zerocopy)
		return send_in_parts(so, msg, flags);
	return tcp_send(so->tcb, msg->msg_iov, (int)msg->msg_iovlen, flags);
}

/* By the way that the socket's state and the system call for. */
static ssize_t send_somehow(struct tcp_socket *so, const struct msghdr *msg, int flags)
{
	bool implied = so->host->sys.implied_connect && msg->msg_name;

	if (so->deferred)
		return send_deferred(so, msg, flags);
	if (!habits_of(so)->bsd_options && flags & MSG_FASTOPEN)
		return send_fastopen(so, msg, flags);
	if (implied && !so->tcb && !so->listener)
		return send_implied(so, msg);
	if (implied && so->tcb)
		return -EISCONN;
	return send_connected(so, msg, flags);
}

ssize_t tcpsim_sendmsg(struct tcpsim_host *host, int fd, const struct msghdr *msg, int flags)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so = descriptor_socket(host, fd);
	ssize_t size, took = so ? 0 : descriptor_is_socket(host, fd);

	if (took)
		return took;
	size = total(msg);
	if (size < 0)
		return size;
	took = send_somehow(so, msg, flags);
	if (took > 0)
		marks_write(so, (size_t)took, flags);
	return took;
}

/* --- receiving --- */

static ssize_t receive_urgent(struct tcp_socket *so, struct msghdr *msg, size_t size, int flags)
{
	uint8_t byte;
	ssize_t got;

	if (so->settings || tcp_settings_of(so)->oob_inline)
		return -EINVAL;
	got = tcp_receive_urgent(so->tcb, &byte, flags);
	if (got <= 0)
		return got;
	msg->msg_flags |= MSG_OOB;
	if (size == 0) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		if (msg->msg_iov[i].iov_len) {
			*(uint8_t *)msg->msg_iov[i].iov_base = byte;
			break;
		}
	}
	return 1;
}

/* TCP_CM_INQ: bytes that are still to be read, or 1 where only the end of the stream is. */
static void add_inq(struct tcp_socket *so, struct msghdr *msg, size_t *used)
{
	int left = (int)tcp_readable(so->tcb);

	if (left == 0 && tcp_poll(so->tcb) & POLLRDHUP)
		left = 1;
	control_add(msg, used, IPPROTO_TCP, TCP_CM_INQ, &left, sizeof(left));
}

static ssize_t receive_stream(struct tcp_socket *so, struct msghdr *msg, size_t size, int flags)
{
	struct iovec nowhere = {NULL, size};
	bool discard = flags & MSG_TRUNC;
	ssize_t got = tcp_receive(so->tcb, discard ? &nowhere : msg->msg_iov,
		discard ? 1 : (int)msg->msg_iovlen, flags);

	/* Linux SOCK_DONE: the stream's end was here before the error */
	if (got == 0 && tcp_stream_ended(so->tcb) && habits_of(so)->end_goes_first)
		return 0;
	if (so->error && (got == -EAGAIN || got == -ENOTCONN || (got == 0 && size)))
		return socket_take_error(so);
	if (got < 0 && -got == so->error)
		so->error = 0;
	return got;
}

static ssize_t receive_without(struct tcp_socket *so, int flags)
{
	if (habits_of(so)->end_goes_first && flags & MSG_OOB && !so->listener)
		return -EINVAL; /* Linux tcp_recv_urg is asked first */
	if (so->error)
		return socket_take_error(so);
	return so->shut & 1 && !so->listener ? 0 : -ENOTCONN;
}

ssize_t tcpsim_recvmsg(struct tcpsim_host *host, int fd, struct msghdr *msg, int flags)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so = descriptor_socket(host, fd);
	ssize_t size, got = so ? 0 : descriptor_is_socket(host, fd);
	size_t used = 0;

	if (got)
		return got;
	size = total(msg);
	if (size < 0)
		return size;
	if (flags & MSG_ERRQUEUE)
		return errors_receive(so, msg);
	msg->msg_flags = 0;
	if (so->deferred)
		return -EAGAIN;
	if (!so->tcb)
		return receive_without(so, flags);
	if (flags & MSG_OOB)
		got = receive_urgent(so, msg, (size_t)size, flags);
	else
		got = receive_stream(so, msg, (size_t)size, flags);
	if (got < 0)
		return got;
	if (tcp_settings_of(so)->inq && !(flags & MSG_OOB) && msg->msg_controllen)
		add_inq(so, msg, &used);
	msg->msg_controllen = used;
	msg->msg_namelen = 0;
	return got;
}

size_t tcpsim_view(struct tcpsim_host *host, int fd, size_t skip, void *out, size_t size)
{
	HOST_ENTRY(host);
	if (refused)
		return 0;

	const struct tcp_socket *so = descriptor_socket(host, fd);

	return so && so->tcb && out ? tcp_view(so->tcb, skip, out, size) : 0;
}
