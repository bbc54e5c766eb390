/* connect, listen, accept, shutdown: from a fresh socket to a stream and towards its end. See
 * inner.h. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exec/calls.h"
#include "exec/connect.h"
#include "exec/inner.h"
#include "exec/stream.h"
#include "exec/table.h"

#define MOST_TOKENS 8

/* --- connect --- */

void exec_connect_over(struct exec_socket *so)
{
	short events = tcpsim_poll(exec_host(so->supervisor), so->model);
	int copy;

	if (!(events & (POLLOUT | POLLERR | POLLHUP)))
		return;
	/* An error is the call's to tell, or getsockopt()'s: it stays in the host's socket. */
	if (events & (POLLERR | POLLHUP)) {
		exec_socket_end(so);
		return;
	}
	copy = exec_socket_take(so);
	exec_stream_unblock(so);
	exec_stream_open(so, copy);
	if (copy >= 0)
		close(copy);
}

/* The pair of a connection that failed is closed; the socket may be used again. */
static bool renew(struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so,
	bool nonblocking)
{
	int target = (int)call->args[0];

	if (!exec_socket_renew(so, nonblocking))
		return false;
	if (!call->caller->access->replace(call->caller, call->id, so->spare, target))
		return false;
	exec_socket_seen(so, call, target);
	return true;
}

/* The handshake is under way: this call waits for its end, or the program does. */
static bool connecting(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, bool nonblocking)
{
	if (so->phase == EXEC_OVER) {
		if (!renew(s, call, so, nonblocking)) {
			exec_answer(s, call, -ENOBUFS);
			return true;
		}
		copy = so->spare;
	}
	so->phase = EXEC_CONNECTING;
	if (nonblocking)
		exec_stream_block(so, copy);
	if (so->spare >= 0) {
		close(so->spare);
		so->spare = -1;
	}
	exec_socket_dirty(so);
	if (nonblocking)
		exec_answer(s, call, -EINPROGRESS);
	else
		exec_wait_for(s, call, so, tcpsim_send_timeout(exec_host(s), so->model));
	return true;
}

static bool connect_first(
	struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so, int copy)
{
	bool nonblocking = exec_is_nonblocking(so, copy);
	int result = exec_read_address(s, call, call->args[1], call->args[2], &so->to);

	so->to_len = (socklen_t)call->args[2];
	if (!result)
		result = tcpsim_connect(
			exec_host(s), so->model, (struct sockaddr *)&so->to, so->to_len);
	if (result == -EINPROGRESS)
		return connecting(s, call, so, copy, nonblocking);
	if (result == -EALREADY && !nonblocking) { /* a signal had called it away */
		exec_wait_for(s, call, so, tcpsim_send_timeout(exec_host(s), so->model));
		return true;
	}
	if (result == 0 && so->to.ss_family == AF_UNSPEC)
		exec_socket_end(so); /* fresh again: the next connect() has a pair of its own */
	else if (result == 0 && so->phase == EXEC_FRESH)
		exec_stream_open(so, copy); /* TCP_FASTOPEN_CONNECT: the first write connects */
	exec_answer(s, call, result);
	return true;
}

bool exec_call_connect(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	int result;

	if (!wait)
		return connect_first(s, call, so, copy);
	if (so->phase == EXEC_CONNECTING) {
		if (!wait->timed_out)
			return false;
		/* SO_SNDTIMEO: the handshake goes on without the call. */
		copy = exec_socket_take(so);
		if (copy >= 0) {
			exec_stream_block(so, copy);
			close(copy);
		}
		exec_answer(s, call, -EINPROGRESS);
		return true;
	}
	result = tcpsim_connect(exec_host(s), so->model, (struct sockaddr *)&so->to, so->to_len);
	exec_answer(s, call, result == -EISCONN ? 0 : result);
	return true;
}

/* --- listen and accept --- */

bool exec_call_listen(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	int result = tcpsim_listen(exec_host(s), so->model, (int)call->args[1]);

	if (result == 0 && so->phase == EXEC_FRESH) {
		so->phase = EXEC_LISTENING;
		exec_stream_block(so, copy); /* a listener is never writable */
	}
	exec_answer(s, call, result);
	return true;
}

static void take_tokens(struct exec_socket *so, int copy)
{
	char token[MOST_TOKENS];

	while (so->tokens && recv(copy, token, sizeof(token), MSG_DONTWAIT) > 0)
		;
	so->tokens = 0;
}

void exec_listen_ready(struct exec_socket *so)
{
	struct exec_supervisor *s = so->supervisor;
	bool waits = !TAILQ_EMPTY(&so->accepted) || tcpsim_poll(exec_host(s), so->model) & POLLIN;
	int copy;

	if (waits && so->tokens < MOST_TOKENS) {
		/* One more for each that comes: an edge for who waits for edges. */
		so->tokens += send(so->pair, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
	} else if (!waits && so->tokens) {
		copy = exec_socket_take(so);
		if (copy < 0)
			return;
		take_tokens(so, copy);
		close(copy);
	}
}

/* The next connection as a socket of a program's; NULL and *error. */
static struct exec_socket *next_accepted(struct exec_socket *so, int flags, int *error)
{
	struct exec_supervisor *s = so->supervisor;
	struct exec_socket *accepted = TAILQ_FIRST(&so->accepted);
	int model;

	if (accepted) {
		TAILQ_REMOVE(&so->accepted, accepted, acceptable);
		return accepted;
	}
	model = tcpsim_accept4(exec_host(s), so->model, NULL, NULL, flags & ~SOCK_CLOEXEC);
	*error = model;
	if (model < 0)
		return NULL;
	accepted =
		exec_socket_new(s, model, EXEC_STREAM, tcpsim_nonblocking(exec_host(s), model) > 0);
	if (accepted)
		exec_stream_open(accepted, accepted->spare);
	else
		*error = -errno;
	return accepted;
}

/* The new connection's address, where the call asks for it; 0 or a negative errno. */
static int report_peer(
	struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *accepted)
{
	struct sockaddr_storage addr = {0};
	socklen_t len = sizeof(addr);
	int room;

	if (!call->args[1])
		return 0;
	room = exec_read_room(s, call, call->args[2]);
	if (room < 0)
		return room;
	if (tcpsim_getpeername(exec_host(s), accepted->model, (struct sockaddr *)&addr, &len) != 0)
		len = 0; /* reset while it waited */
	return exec_write_value(s, call, call->args[1], call->args[2], &addr, len, (uint32_t)room);
}

static void give_accepted(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, struct exec_socket *accepted)
{
	int error = report_peer(s, call, accepted), number;

	if (error) { /* the connection is lost, as it is there */
		exec_socket_free(accepted);
		exec_answer(s, call, error);
		return;
	}
	number = call->caller->access->give(
		call->caller, call->id, accepted->spare, (int)call->args[3] & SOCK_CLOEXEC);
	if (number < 0) { /* no room for a descriptor, or called away: the next one takes it */
		TAILQ_INSERT_HEAD(&so->accepted, accepted, acceptable);
		exec_answer(s, call, number);
		return;
	}
	exec_socket_seen(accepted, call, number);
	close(accepted->spare);
	accepted->spare = -1;
	exec_socket_dirty(accepted);
}

bool exec_call_accept(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	struct exec_socket *accepted;
	int error = 0;

	bool nonblocking = !wait && exec_is_nonblocking(so, copy);

	accepted = next_accepted(so, (int)call->args[3], &error);
	if (!accepted && error == -EAGAIN && !nonblocking && !(wait && wait->timed_out)) {
		if (!wait)
			exec_wait_for(s, call, so, tcpsim_receive_timeout(exec_host(s), so->model));
		return false;
	}
	if (accepted)
		give_accepted(s, call, so, accepted);
	else
		exec_answer(s, call, error);
	exec_socket_dirty(so);
	return true;
}

/* --- shutdown --- */

/* Of a stream: the host is told once it has all that the program wrote. */
static void shut_stream(struct exec_socket *so, int copy, int how)
{
	if (how != SHUT_RD && !so->write_shut) {
		/* So that a reset which comes later can be shown: table.c, leave_unread(). */
		so->stale = send(copy, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
		so->write_shut = so->fin_wanted = true;
	}
	if (how != SHUT_WR) {
		tcpsim_shutdown(exec_host(so->supervisor), so->model, SHUT_RD);
		so->read_shut = true;
	}
	shutdown(copy, how);
	exec_socket_dirty(so);
}

bool exec_call_shutdown(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	int how = (int)call->args[1], result = 0;

	if (so->phase == EXEC_STREAM && how >= SHUT_RD && how <= SHUT_RDWR &&
		tcpsim_state(exec_host(s), so->model) != TCPSIM_CLOSED) {
		shut_stream(so, copy, how);
	} else {
		result = tcpsim_shutdown(exec_host(s), so->model, how);
		/* No longer a listener: poll() is to say so. */
		if (so->phase == EXEC_LISTENING &&
			tcpsim_state(exec_host(s), so->model) != TCPSIM_LISTEN)
			shutdown(copy, SHUT_RDWR);
		exec_socket_dirty(so);
	}
	exec_answer(s, call, result);
	return true;
}
