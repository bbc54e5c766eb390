/* The calls that were told: which they are about, their arguments, and those that wait. See
 * inner.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "exec/calls.h"
#include "exec/connect.h"
#include "exec/inner.h"
#include "exec/message.h"
#include "exec/options.h"
#include "exec/table.h"
#include "world/build.h"

/* --- memory --- */

static bool read_memory(struct exec_supervisor *s, const struct exec_call *call, uint64_t from,
	void *out, size_t len)
{
	return call->caller->access->read(call->caller, call->tid, from, out, len);
}

int exec_read_address(struct exec_supervisor *s, const struct exec_call *call, uint64_t from,
	uint64_t len, struct sockaddr_storage *out)
{
	int size = (int)len;

	memset(out, 0, sizeof(*out));
	if (size < 0 || (size_t)size > sizeof(*out))
		return -EINVAL;
	if (size && !read_memory(s, call, from, out, (size_t)size))
		return -EFAULT;
	return 0;
}

int exec_read_room(struct exec_supervisor *s, const struct exec_call *call, uint64_t from)
{
	int room;

	if (!read_memory(s, call, from, &room, sizeof(room)))
		return -EFAULT;
	return room < 0 ? -EINVAL : room;
}

int exec_write_value(struct exec_supervisor *s, const struct exec_call *call, uint64_t to,
	uint64_t len_to, const void *value, uint32_t len, uint32_t room)
{
	const struct exec_access *a = call->caller->access;
	size_t n = MIN(len, room);

	/* What is written goes to whom the call is of, and to nobody who has its number now. */
	if (!a->is_valid(call->caller, call->id))
		return -EFAULT;
	return a->write_both(call->caller, call->tid, to, value, n, len_to, len) ? 0 : -EFAULT;
}

bool exec_is_nonblocking(struct exec_socket *so, int copy)
{
	int flags = fcntl(copy, F_GETFL);
	bool nonblocking = flags >= 0 && flags & O_NONBLOCK;

	tcpsim_fcntl(exec_host(so->supervisor), so->model, F_SETFL, nonblocking ? O_NONBLOCK : 0);
	return nonblocking;
}

/* --- answers --- */

/* Made twice these are not what they are made once. */
static bool changes_state(enum exec_call_kind kind)
{
	return kind == EXEC_BIND || kind == EXEC_CONNECT || kind == EXEC_SHUTDOWN ||
	       kind == EXEC_SEND || kind == EXEC_SENDMSG;
}

void exec_answer(struct exec_supervisor *s, const struct exec_call *call, int64_t result)
{
	struct exec_unheard *unheard;

	if (call->caller->access->answer(call->caller, call->id, result) ||
		!changes_state(call->kind))
		return;
	unheard = g_new(struct exec_unheard, 1);
	unheard->call = *call;
	unheard->result = result;
	g_hash_table_insert(s->unheard, GINT_TO_POINTER(call->tid), unheard);
}

/* Was it done before, and not heard? Whatever a thread calls next ends the memory of that. */
static bool answer_again(struct exec_supervisor *s, const struct exec_call *call)
{
	const struct exec_unheard *unheard =
		g_hash_table_lookup(s->unheard, GINT_TO_POINTER(call->tid));
	bool same = unheard && unheard->call.kind == call->kind &&
		    memcmp(unheard->call.args, call->args, sizeof(call->args)) == 0;
	int64_t result = same ? unheard->result : 0;

	if (unheard)
		g_hash_table_remove(s->unheard, GINT_TO_POINTER(call->tid));
	if (same)
		exec_answer(s, call, result);
	return same;
}

/* --- waiting --- */

static exec_call_fn function_of(enum exec_call_kind kind);

void exec_wait_free(struct exec_wait *wait)
{
	struct exec_supervisor *s = wait->socket->supervisor;

	TAILQ_REMOVE(&s->waits, wait, link);
	clock_cancel(s->node->world->clock, &wait->alarm);
	g_free(wait);
}

/* True: it is over. */
static bool retry(struct exec_wait *wait)
{
	struct exec_socket *so = wait->socket;
	struct exec_supervisor *s = so->supervisor;

	if (!wait->call.caller->access->is_valid(wait->call.caller, wait->call.id))
		return true; /* a signal called it away, or it is dead */
	return function_of(wait->call.kind)(s, &wait->call, so, -1, wait);
}

static void on_alarm(struct clock_event *event, int64_t now_ns)
{
	struct exec_wait *wait =
		(struct exec_wait *)((char *)event - offsetof(struct exec_wait, alarm));
	struct exec_supervisor *s = wait->socket->supervisor;

	tcpsim_host_advance(exec_host(s), now_ns);
	wait->timed_out = true;
	if (retry(wait))
		exec_wait_free(wait);
	node_flush(s->node);
}

void exec_wait_for(struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so,
	int64_t timeout_ns)
{
	struct exec_wait *wait = g_new0(struct exec_wait, 1);
	struct clock *clock = s->node->world->clock;

	wait->call = *call;
	wait->socket = so;
	wait->alarm.fire = on_alarm;
	TAILQ_INSERT_TAIL(&s->waits, wait, link);
	if (timeout_ns > 0 && timeout_ns < INT64_MAX - clock_now(clock))
		clock_at(clock, &wait->alarm, clock_now(clock) + timeout_ns);
}

void exec_waits_retry(struct exec_socket *so)
{
	struct exec_wait *wait, *next;

	for (wait = TAILQ_FIRST(&so->supervisor->waits); wait; wait = next) {
		next = TAILQ_NEXT(wait, link);
		if (wait->socket == so && retry(wait))
			exec_wait_free(wait);
	}
}

void exec_waits_drop(struct exec_supervisor *s, const struct exec_socket *so, int tid)
{
	struct exec_wait *wait, *next;

	for (wait = TAILQ_FIRST(&s->waits); wait; wait = next) {
		next = TAILQ_NEXT(wait, link);
		if (wait->socket != so && wait->call.tid != tid)
			continue;
		if (wait->socket == so) /* nobody is left who could: but who waits is told */
			wait->call.caller->access->answer(wait->call.caller, wait->call.id, -EBADF);
		exec_wait_free(wait);
	}
}

/* --- the plain calls --- */

static bool call_bind(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	struct sockaddr_storage addr;
	int error = exec_read_address(s, call, call->args[1], call->args[2], &addr);

	if (!error)
		error = tcpsim_bind(exec_host(s), so->model, (struct sockaddr *)&addr,
			(socklen_t)call->args[2]);
	exec_answer(s, call, error);
	return true;
}

static bool call_name(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int room = 0, error;

	if (call->kind == EXEC_GETSOCKNAME)
		error = tcpsim_getsockname(exec_host(s), so->model, (struct sockaddr *)&addr, &len);
	else
		error = tcpsim_getpeername(exec_host(s), so->model, (struct sockaddr *)&addr, &len);
	if (!error)
		error = room = exec_read_room(s, call, call->args[2]);
	if (error >= 0)
		error = exec_write_value(
			s, call, call->args[1], call->args[2], &addr, len, (uint32_t)room);
	exec_answer(s, call, error);
	return true;
}

static void call_socket(struct exec_supervisor *s, const struct exec_call *call)
{
	int type = (int)call->args[1], number;
	struct exec_socket *so;
	int model = tcpsim_socket(
		exec_host(s), (int)call->args[0], type & ~SOCK_CLOEXEC, (int)call->args[2]);

	if (model < 0) {
		exec_answer(s, call, model);
		return;
	}
	so = exec_socket_new(s, model, EXEC_FRESH, type & SOCK_NONBLOCK);
	if (!so) {
		exec_answer(s, call, -errno);
		return;
	}
	number = call->caller->access->give(call->caller, call->id, so->spare, type & SOCK_CLOEXEC);
	if (number < 0) {
		exec_socket_free(so);
		exec_answer(s, call, number);
		return;
	}
	exec_socket_seen(so, call, number);
	close(so->spare);
	so->spare = -1;
}

static exec_call_fn function_of(enum exec_call_kind kind)
{
	static const exec_call_fn FUNCTIONS[EXEC_NCALLS] = {
		[EXEC_BIND] = call_bind,
		[EXEC_CONNECT] = exec_call_connect,
		[EXEC_LISTEN] = exec_call_listen,
		[EXEC_ACCEPT] = exec_call_accept,
		[EXEC_GETSOCKNAME] = call_name,
		[EXEC_GETPEERNAME] = call_name,
		[EXEC_SETSOCKOPT] = exec_call_setsockopt,
		[EXEC_GETSOCKOPT] = exec_call_getsockopt,
		[EXEC_SHUTDOWN] = exec_call_shutdown,
		[EXEC_SEND] = exec_call_send,
		[EXEC_SENDMSG] = exec_call_send,
		[EXEC_SENDMMSG] = exec_call_send,
		[EXEC_RECV] = exec_call_receive,
		[EXEC_RECVMSG] = exec_call_receive,
		[EXEC_IOCTL] = exec_call_ioctl,
	};

	return FUNCTIONS[kind];
}

void exec_calls_take(struct exec_supervisor *s, const struct exec_call *call)
{
	struct exec_socket *so;
	int copy = -1;

	s->counts.calls++;
	exec_waits_drop(s, NULL, call->tid); /* a thread is in one call only */
	if (answer_again(s, call))
		return;
	if (call->kind == EXEC_SOCKET) {
		call_socket(s, call);
		return;
	}
	so = exec_socket_of(s, call, &copy);
	if (so && call->caller->access->is_valid(call->caller, call->id)) {
		function_of(call->kind)(s, call, so, copy, NULL);
	} else {
		s->counts.to_kernel++;
		call->caller->access->pass(call->caller, call->id);
	}
	if (copy >= 0)
		close(copy);
}
