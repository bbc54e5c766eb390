/* socket() to close(): the calls that make, use and end connections. See <tcpsim/posix.h>. */
#define TCPSIM_POSIX_NO_MACROS
#include <stdarg.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "process/posix_text.h"
#include "process/wait.h"

#define MOST_PARTS 16 /* of a message */

static int socket_now(int family, int type, int protocol)
{
	struct tcpsim_host *host = posix_host();

	return host ? (int)posix_result(tcpsim_socket(host, family, type, protocol)) : -1;
}

int tcpsim_posix_socket(int family, int type, int protocol)
{
	process_call_begin(-1, "socket(%s)", posix_socket_text(family, type, protocol));
	return (int)process_call_end(socket_now(family, type, protocol));
}

static int bind_now(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct tcpsim_host *host = posix_host();

	return host ? (int)posix_result(tcpsim_bind(host, fd, addr, len)) : -1;
}

int tcpsim_posix_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	process_call_begin(fd, "bind(%d, %s)", fd, posix_address_text(addr, len));
	return (int)process_call_end(bind_now(fd, addr, len));
}

static int listen_now(int fd, int backlog)
{
	struct tcpsim_host *host = posix_host();

	return host ? (int)posix_result(tcpsim_listen(host, fd, backlog)) : -1;
}

int tcpsim_posix_listen(int fd, int backlog)
{
	process_call_begin(fd, "listen(%d, %d)", fd, backlog);
	return (int)process_call_end(listen_now(fd, backlog));
}

static int accept_now(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	struct tcpsim_host *host = posix_host();
	int64_t deadline = 0;
	int result;

	if (!host)
		return -1;
	while ((result = tcpsim_accept4(host, fd, addr, len, flags)) == -EAGAIN) {
		if (tcpsim_nonblocking(host, fd))
			break;
		if (!deadline) /* it counts from here: until now no time has passed */
			deadline = posix_deadline(tcpsim_receive_timeout(host, fd));
		if (!process_wait_alone(fd, deadline))
			break;
	}
	return (int)posix_result(result);
}

/* Whose connection was accepted is what the call is about, whether the program asks or not. */
static void report_accepted(int fd, int accepted)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	if (accepted >= 0 && process_is_watched() &&
		tcpsim_getpeername(posix_host(), accepted, (struct sockaddr *)&peer, &len) == 0)
		process_call_text(
			"accept(%d, [%s])", fd, posix_address_text((struct sockaddr *)&peer, len));
}

int tcpsim_posix_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	int result;

	process_call_begin(fd, "accept(%d)", fd);
	result = accept_now(fd, addr, len, flags);
	report_accepted(fd, result);
	return (int)process_call_end(result);
}

int tcpsim_posix_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	return tcpsim_posix_accept4(fd, addr, len, 0);
}

static int connect_now(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct tcpsim_host *host = posix_host();
	int64_t deadline;
	int result;

	if (!host)
		return -1;
	result = tcpsim_connect(host, fd, addr, len);
	if (result != -EINPROGRESS || tcpsim_nonblocking(host, fd))
		return (int)posix_result(result);
	/* SO_SNDTIMEO: Linux gives EINPROGRESS when it ends, and goes on connecting. */
	deadline = posix_deadline(tcpsim_send_timeout(host, fd));
	while (!(tcpsim_poll(host, fd) & (POLLOUT | POLLERR | POLLHUP | POLLNVAL))) {
		if (!posix_wait_fd(fd, deadline))
			return (int)posix_result(-EINPROGRESS);
	}
	result = tcpsim_connect(host, fd, addr, len);
	return (int)posix_result(result == -EISCONN ? 0 : result);
}

int tcpsim_posix_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	process_call_begin(fd, "connect(%d, %s)", fd, posix_address_text(addr, len));
	return (int)process_call_end(connect_now(fd, addr, len));
}

/* What of the message is left after `done` bytes; parts has room for msg_iovlen. */
static void skip(
	const struct msghdr *message, size_t done, struct msghdr *rest, struct iovec *parts)
{
	*rest = *message;
	rest->msg_iov = parts;
	rest->msg_iovlen = 0;
	for (size_t i = 0; i < message->msg_iovlen; i++) {
		struct iovec part = message->msg_iov[i];
		size_t gone = done < part.iov_len ? done : part.iov_len;

		done -= gone;
		if (part.iov_base)
			part.iov_base = (char *)part.iov_base + gone;
		part.iov_len -= gone;
		if (part.iov_len)
			parts[rest->msg_iovlen++] = part;
	}
}

/* 0, or what is wrong with the list of parts. */
static int check_parts(const struct msghdr *message)
{
	if (!message || (!message->msg_iov && message->msg_iovlen))
		return -EFAULT;
	return message->msg_iovlen > MOST_PARTS ? -EMSGSIZE : 0;
}

static bool may_wait(struct tcpsim_host *host, int fd, int flags)
{
	return !(flags & MSG_DONTWAIT) && !tcpsim_nonblocking(host, fd);
}

/* Does the send that gave `n` stand for connect(), too, and wait for the handshake as that does? Linux
 * tcp_sendmsg_fastopen; BSD takes the text and goes on. */
static bool waits_for_handshake(struct tcpsim_host *host, int fd, ssize_t n)
{
	return (n == -EINPROGRESS || n > 0) && tcpsim_state(host, fd) == TCPSIM_SYN_SENT &&
	       tcpsim_host_profile(host)->socket_habits == TCPSIM_SOCKETS_LINUX;
}

/* 0, -EINPROGRESS when SO_SNDTIMEO ends first, or why there is no connection. */
static ssize_t wait_for_handshake(struct tcpsim_host *host, int fd, int64_t deadline)
{
	struct msghdr nothing = {0};

	while (tcpsim_state(host, fd) == TCPSIM_SYN_SENT)
		if (!posix_wait_fd(fd, deadline))
			return -EINPROGRESS;
	return tcpsim_state(host, fd) == TCPSIM_CLOSED ? tcpsim_sendmsg(host, fd, &nothing, 0) : 0;
}

/* What did not go with the SYN is sent as by any write. */
static void forget_address(struct msghdr *rest, int *flags)
{
	rest->msg_name = NULL;
	rest->msg_namelen = 0;
	*flags &= ~MSG_FASTOPEN;
}

static ssize_t sendmsg_now(int fd, const struct msghdr *message, int flags)
{
	struct tcpsim_host *host = posix_host();
	size_t total, done = 0;
	struct iovec parts[MOST_PARTS];
	struct msghdr rest;
	int64_t deadline = 0;
	bool opened = false;
	ssize_t n;

	if (!host)
		return -1;
	n = check_parts(message);
	if (n)
		return posix_result(n);
	total = posix_message_len(message);
	for (;;) {
		if (done)
			skip(message, done, &rest, parts);
		if (opened)
			forget_address(&rest, &flags);
		n = tcpsim_sendmsg(host, fd, done || opened ? &rest : message, flags);
		if (n > 0)
			done += (size_t)n;
		if (waits_for_handshake(host, fd, n) && may_wait(host, fd, flags)) {
			n = wait_for_handshake(
				host, fd, posix_deadline(tcpsim_send_timeout(host, fd)));
			if (n < 0)
				return n == -EINPROGRESS && done ? (ssize_t)done : posix_result(n);
			rest = *message;
			opened = true;
			if (done < total)
				continue;
		}
		if (done == total && n >= 0)
			return (ssize_t)done;
		if ((n < 0 && n != -EAGAIN) || !may_wait(host, fd, flags))
			break;
		if (n <= 0 && !deadline)
			deadline = posix_deadline(tcpsim_send_timeout(host, fd));
		if (n <= 0 && !posix_wait_fd(fd, deadline))
			break;
		/* What was sent is told first; the error stays for the next call. */
		if (done && tcpsim_poll(host, fd) & POLLERR)
			break;
	}
	return done ? (ssize_t)done : posix_result(n);
}

ssize_t tcpsim_posix_sendmsg(int fd, const struct msghdr *message, int flags)
{
	process_call_begin(fd, "sendmsg(%d, %zu, %s)", fd, posix_message_len(message),
		posix_flag_text("MSG_", flags));
	return process_call_end(sendmsg_now(fd, message, flags));
}

static ssize_t sendto_now(int fd, const void *buffer, size_t len, int flags,
	const struct sockaddr *addr, socklen_t addr_len)
{
	struct iovec part = {(void *)(uintptr_t)buffer, len};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_name = (void *)(uintptr_t)addr,
		.msg_namelen = addr_len};

	return sendmsg_now(fd, &message, flags);
}

ssize_t tcpsim_posix_sendto(int fd, const void *buffer, size_t len, int flags,
	const struct sockaddr *addr, socklen_t addr_len)
{
	process_call_begin(fd, "sendto(%d, %zu, %s)", fd, len, posix_flag_text("MSG_", flags));
	return process_call_end(sendto_now(fd, buffer, len, flags, addr, addr_len));
}

ssize_t tcpsim_posix_send(int fd, const void *buffer, size_t len, int flags)
{
	process_call_begin(fd, "send(%d, %zu, %s)", fd, len, posix_flag_text("MSG_", flags));
	return process_call_end(sendto_now(fd, buffer, len, flags, NULL, 0));
}

ssize_t tcpsim_posix_writev(int fd, const struct iovec *parts, int n)
{
	struct msghdr message = {
		.msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = (size_t)n};

	if (posix_is_of_machine(fd))
		return writev(fd, parts, n);
	process_call_begin(fd, "writev(%d, %d parts)", fd, n);
	return process_call_end(sendmsg_now(fd, &message, 0));
}

ssize_t tcpsim_posix_write(int fd, const void *buffer, size_t len)
{
	if (posix_is_of_machine(fd))
		return write(fd, buffer, len);
	process_call_begin(fd, "write(%d, %zu)", fd, len);
	return process_call_end(sendto_now(fd, buffer, len, 0, NULL, 0));
}

/* SO_RCVTIMEO is asked when there is something to wait for: until then no time has passed since the
 * call began. */
static bool wait_to_receive(struct tcpsim_host *host, int fd, int64_t *deadline)
{
	if (!*deadline)
		*deadline = posix_deadline(tcpsim_receive_timeout(host, fd));
	return posix_wait_fd(fd, *deadline);
}

static ssize_t recvmsg_now(int fd, struct msghdr *message, int flags)
{
	struct tcpsim_host *host = posix_host();
	size_t total, done = 0;
	bool whole = flags & MSG_WAITALL, peek = flags & MSG_PEEK;
	struct iovec parts[MOST_PARTS];
	struct msghdr rest;
	int64_t deadline = 0;
	ssize_t n;

	if (!host)
		return -1;
	n = check_parts(message);
	if (n)
		return posix_result(n);
	total = posix_message_len(message);
	for (;;) {
		if (done) {
			skip(message, done, &rest, parts);
			n = tcpsim_recvmsg(host, fd, &rest, flags & ~MSG_WAITALL);
			message->msg_flags = rest.msg_flags;
			message->msg_controllen = rest.msg_controllen;
			message->msg_namelen = rest.msg_namelen;
		} else {
			n = tcpsim_recvmsg(host, fd, message, flags & ~MSG_WAITALL);
		}
		if (n > 0)
			done += (size_t)n;
		/* an error that ended the stream is the next call's */
		if (n == 0 ||
			(n > 0 && (!whole || done == total || !tcpsim_more_may_come(host, fd))))
			return (ssize_t)done;
		if (n > 0 && peek) { /* looked at anew when more is there */
			bool waits = may_wait(host, fd, flags) && tcpsim_more_may_come(host, fd);

			if (!waits || !wait_to_receive(host, fd, &deadline))
				return n;
			done = 0;
		}
		if (n < 0 && (n != -EAGAIN || !may_wait(host, fd, flags)))
			break;
		if (n < 0 && !wait_to_receive(host, fd, &deadline))
			break;
	}
	return done ? (ssize_t)done : posix_result(n);
}

ssize_t tcpsim_posix_recvmsg(int fd, struct msghdr *message, int flags)
{
	process_call_begin(fd, "recvmsg(%d, %zu, %s)", fd, posix_message_len(message),
		posix_flag_text("MSG_", flags));
	return process_call_end(recvmsg_now(fd, message, flags));
}

static ssize_t recvfrom_now(
	int fd, void *buffer, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len)
{
	struct iovec part = {buffer, len};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_name = addr,
		.msg_namelen = addr && addr_len ? *addr_len : 0};
	ssize_t n = recvmsg_now(fd, &message, flags);

	if (n >= 0 && addr_len)
		*addr_len = message.msg_namelen;
	return n;
}

ssize_t tcpsim_posix_recvfrom(
	int fd, void *buffer, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len)
{
	process_call_begin(fd, "recvfrom(%d, %zu, %s)", fd, len, posix_flag_text("MSG_", flags));
	return process_call_end(recvfrom_now(fd, buffer, len, flags, addr, addr_len));
}

ssize_t tcpsim_posix_recv(int fd, void *buffer, size_t len, int flags)
{
	process_call_begin(fd, "recv(%d, %zu, %s)", fd, len, posix_flag_text("MSG_", flags));
	return process_call_end(recvfrom_now(fd, buffer, len, flags, NULL, NULL));
}

ssize_t tcpsim_posix_readv(int fd, const struct iovec *parts, int n)
{
	struct msghdr message = {
		.msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = (size_t)n};

	if (posix_is_of_machine(fd))
		return readv(fd, parts, n);
	process_call_begin(fd, "readv(%d, %d parts)", fd, n);
	return process_call_end(recvmsg_now(fd, &message, 0));
}

ssize_t tcpsim_posix_read(int fd, void *buffer, size_t len)
{
	if (posix_is_of_machine(fd))
		return read(fd, buffer, len);
	process_call_begin(fd, "read(%d, %zu)", fd, len);
	return process_call_end(recvfrom_now(fd, buffer, len, 0, NULL, NULL));
}

static int close_now(int fd)
{
	struct tcpsim_host *host;
	int64_t wait, deadline;

	if (posix_is_of_machine(fd))
		return 0; /* the world still needs it */
	host = posix_host();
	if (!host)
		return -1;
	wait = tcpsim_close_lingering(host, fd);
	if (wait <= 0)
		return (int)posix_result(wait);
	deadline = posix_deadline(wait);
	while (tcpsim_lingers(host, fd) && posix_wait_fd(fd, deadline))
		;
	return (int)posix_result(tcpsim_close(host, fd));
}

int tcpsim_posix_close(int fd)
{
	process_call_begin(fd, "close(%d)", fd);
	return (int)process_call_end(close_now(fd));
}

static int shutdown_now(int fd, int how)
{
	struct tcpsim_host *host = posix_host();

	return host ? (int)posix_result(tcpsim_shutdown(host, fd, how)) : -1;
}

int tcpsim_posix_shutdown(int fd, int how)
{
	process_call_begin(fd, "shutdown(%d, %s)", fd, posix_name_text("SHUT_", how));
	return (int)process_call_end(shutdown_now(fd, how));
}

static int setsockopt_now(int fd, int level, int name, const void *value, socklen_t len)
{
	struct tcpsim_host *host = posix_host();

	return host ? (int)posix_result(tcpsim_setsockopt(host, fd, level, name, value, len)) : -1;
}

int tcpsim_posix_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	process_call_begin(
		fd, "setsockopt(%d, %s)", fd, posix_option_text(level, name, value, len));
	return (int)process_call_end(setsockopt_now(fd, level, name, value, len));
}

static int getsockopt_now(int fd, int level, int name, void *value, socklen_t *len)
{
	struct tcpsim_host *host = posix_host();

	return host ? (int)posix_result(tcpsim_getsockopt(host, fd, level, name, value, len)) : -1;
}

int tcpsim_posix_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	process_call_begin(fd, "getsockopt(%d, %s)", fd, posix_option_text(level, name, NULL, 0));
	return (int)process_call_end(getsockopt_now(fd, level, name, value, len));
}

int tcpsim_posix_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	struct tcpsim_host *host = posix_host();
	int result;

	if (!host)
		return -1;
	process_call_begin(fd, "getsockname(%d)", fd);
	result = (int)posix_result(tcpsim_getsockname(host, fd, addr, len));
	if (result == 0)
		process_call_text("getsockname(%d, [%s])", fd, posix_address_text(addr, *len));
	return (int)process_call_end(result);
}

int tcpsim_posix_getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	struct tcpsim_host *host = posix_host();
	int result;

	if (!host)
		return -1;
	process_call_begin(fd, "getpeername(%d)", fd);
	result = (int)posix_result(tcpsim_getpeername(host, fd, addr, len));
	if (result == 0)
		process_call_text("getpeername(%d, [%s])", fd, posix_address_text(addr, *len));
	return (int)process_call_end(result);
}

int tcpsim_posix_fcntl(int fd, int command, ...)
{
	struct tcpsim_host *host = posix_host();
	va_list args;
	long argument;

	va_start(args, command);
	argument = command == F_SETFL || command == F_SETFD ? va_arg(args, int) : 0;
	va_end(args);
	if (!host)
		return -1;
	process_call_begin(fd, "fcntl(%d, %s, %#lx)", fd, posix_name_text("F_", command), argument);
	return (int)process_call_end(posix_result(tcpsim_fcntl(host, fd, command, argument)));
}

int tcpsim_posix_ioctl(int fd, unsigned long request, ...)
{
	struct tcpsim_host *host = posix_host();
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	if (!host)
		return -1;
	process_call_begin(fd, "ioctl(%d, %#lx)", fd, request);
	return (int)process_call_end(posix_result(tcpsim_ioctl(host, fd, request, argument)));
}
