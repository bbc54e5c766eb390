/*
 * System calls: started at their time, complete at once or (1.00...6.00) later.
 *
 * Only one call blocks at a time. A call that the script says returns at once but which blocks
 * keeps everything waiting, as it would a process with one thread; the next event then finds itself
 * late.
 */
#include "script/run/call.h"
#include "script/run/calls.h"

#include "script/language/format.h"
#include "script/language/symbols.h"
#include "script/run/run.h"
#include "script/run/socket.h"
#include "time_units.h"
#include <string.h>

/* A call that blocks although the script has no end for it is given up after this. */
#define BLOCKS_FOR_EVER (3600 * NSEC_PER_SEC)

void *call_buffer(struct run_call *call, size_t size)
{
	void *buffer = g_malloc0(MAX(size, 1));

	g_ptr_array_add(call->buffers, buffer);
	return buffer;
}

static void call_free(struct run_call *call)
{
	g_ptr_array_unref(call->buffers);
	if (call->sut.moved != NULL)
		g_bytes_unref(call->sut.moved);
	g_free(call);
}

static void result_text(int64_t result, int error, GString *out)
{
	g_string_append_printf(out, "%" G_GINT64_FORMAT, result);
	if (result < 0)
		g_string_append_printf(out, " %s (%s)", symbol_errno(error), g_strerror(error));
}

static bool wrong_result(struct run *run, const struct run_call *call)
{
	GString *expected = g_string_new(NULL), *got = g_string_new(NULL),
		*whole = g_string_new(NULL);

	format_expression(call->call->result, expected);
	if (call->call->error != NULL)
		g_string_append_printf(expected, " %s", call->call->error);
	result_text(call->sut.result, call->sut.error, got);
	format_call(call->call, whole);
	g_free(run->result->detail);
	run->result->detail =
		g_strdup_printf("  expected     %s\n  got          %s\n", whole->str, got->str);
	if (run->config->non_fatal_call) {
		g_ptr_array_add(run->result->warnings,
			g_strdup_printf("%d: %s() returned %s instead of %s", call->event->line,
				call->type->name, got->str, expected->str));
		g_clear_pointer(&run->result->detail, g_free);
	} else {
		run_fail(run, call->event->line, "%s() returned %s instead of %s", call->type->name,
			got->str, expected->str);
	}
	g_string_free(expected, TRUE);
	g_string_free(got, TRUE);
	g_string_free(whole, TRUE);
	return run->config->non_fatal_call;
}

static bool check_result(struct run *run, const struct run_call *call, bool *right)
{
	const struct script_expr *result = call->call->result;
	int64_t expected, error = 0;

	*right = true;
	if (result->kind == EXPR_ELLIPSIS)
		return true;
	if (!arg_number(run, result, &expected))
		return false;
	if (call->call->error != NULL && !symbol_value(call->call->error, &error))
		return run_fault(run, call->event->line, "unknown error %s", call->call->error);
	if (call->type->gives_fd && expected >= 0)
		*right = call->sut.result >= 0;
	else
		*right = call->sut.result == expected;
	if (*right && error != 0 && call->sut.error != error)
		*right = false;
	return *right || wrong_result(run, call);
}

static bool wrong_byte(struct run *run, const struct run_call *call, uint32_t offset)
{
	return run_fail(run, call->event->line,
		"%s() gave another byte than came in: the stream's byte %u is wrong",
		call->type->name, offset);
}

/* What a read gave is what came in; urgent octets and the queue of errors have bytes
 * of their own. */
static bool check_received(struct run *run, const struct run_call *call, struct payload *payload)
{
	bool plain = call->type->nr == SUT_READ || call->type->nr == SUT_READV;
	int flags = plain ? 0 : call->sut.ints[0];
	const struct msghdr *msg = &call->sut.msg;
	uint32_t offset = 0;

	if (flags & MSG_ERRQUEUE)
		return true;
	if (flags & MSG_OOB)
		return payload_urgent(payload, *(const uint8_t *)msg->msg_iov[0].iov_base) ||
		       run_fail(run, call->event->line,
			       "%s() gave an octet that is no urgent one that came in",
			       call->type->name);
	if (flags & MSG_TRUNC) {
		payload_skip(payload, flags & MSG_PEEK ? 0 : (size_t)call->sut.result);
		return true;
	}
	return payload_read(payload, msg->msg_iov, msg->msg_iovlen, (size_t)call->sut.result,
		       (flags & MSG_PEEK) != 0, &offset) ||
	       wrong_byte(run, call, offset);
}

/* What the system moved by itself: out of a socket, or into one. */
static bool check_moved(struct run *run, struct run_call *call, struct payload *payload)
{
	struct iovec whole = {.iov_len = (size_t)call->sut.result};
	uint32_t offset = 0;
	gsize len;

	if (call->sut.moved == NULL)
		return true;
	whole.iov_base = (void *)g_bytes_get_data(call->sut.moved, &len);
	return payload_read(payload, &whole, 1, len, false, &offset) ||
	       wrong_byte(run, call, offset);
}

static void note_moved(const struct run_call *call, struct payload *payload)
{
	payload_moved(payload,
		call->sut.moved != NULL ? g_bytes_get_data(call->sut.moved, NULL) : NULL,
		(size_t)call->sut.result);
}

/* Follows the streams of the connection, and checks what was delivered of one. */
static bool check_payload(struct run *run, struct run_call *call)
{
	struct run_socket *socket = call->fd != NULL ? call->fd->socket : NULL;
	enum sut_nr nr = call->type->nr;

	if (call->sut.result <= 0)
		return true;
	if (nr == SUT_SPLICE && socket == NULL) {
		struct run_fd *out = run_fd_live(run, call->sut.other_fd);

		if (out != NULL && out->socket != NULL)
			note_moved(call, out->socket->payload);
		return true;
	}
	if (socket == NULL)
		return true;
	if (nr >= SUT_READ && nr <= SUT_RECVMSG)
		return check_received(run, call, socket->payload);
	if (nr >= SUT_WRITE && nr <= SUT_SENDMSG)
		payload_written(socket->payload, (size_t)call->sut.result);
	if (nr == SUT_SENDFILE)
		note_moved(call, socket->payload);
	return nr != SUT_SPLICE || check_moved(run, call, socket->payload);
}

/* The call is complete: is it what the script says, and was it at the right time? */
static bool finish(struct run *run, struct run_call *call)
{
	bool right, whole = check_payload(run, call);

	if (!check_result(run, call, &right) || !whole)
		return false;
	if (right && call->type->finish != NULL && !call->type->finish(run, call))
		return false;
	if (!call->call->blocking)
		return true;
	return run_check_time(run, call->event, call->end_ns, call->end_ns, call->sut.done_ns,
		call->at_ns, "return of the system call");
}

bool run_call_complete(struct run *run)
{
	struct run_call *call = run->pending;
	bool ok;

	run->pending = NULL;
	ok = finish(run, call);
	call_free(call);
	return ok;
}

void run_call_abandon(struct run *run)
{
	if (run->pending != NULL)
		call_free(run->pending);
	run->pending = NULL;
}

/* The script is over: a call that it says ends later still has that time. */
bool run_await_last_call(struct run *run)
{
	int64_t end = run_now(run) + NSEC_PER_SEC;

	if (run->pending == NULL)
		return true;
	if (run->pending->call->blocking)
		end = MAX(end, run->pending->end_ns + run_tolerance(run, run->pending->end_ns));
	run_advance(run, end, SUT_WANT_CALL);
	return run->pending == NULL;
}

bool run_await_call(struct run *run, int64_t limit_ns)
{
	if (run->pending == NULL)
		return true;
	run_advance(run, run_now(run) + limit_ns, SUT_WANT_CALL);
	return run->pending == NULL;
}

static bool unknown_call(struct run *run, const struct script_event *event)
{
	const char *name = event->call.name, *why = call_type_refusal(name);
	char *near;

	if (why != NULL)
		return run_fault(run, event->line, "%s() is not run: %s", name, why);
	near = call_type_near(name);
	run_fault(run, event->line, "unknown system call %s(); %s%s", name,
		near != NULL ? "did you mean " : "docs/run.md lists those there are",
		near != NULL ? near : "");
	g_free(near);
	return false;
}

static bool take_arguments(struct run *run, struct run_call *call)
{
	const struct call_type *type = call->type;
	size_t n = arg_count(call->call->args);

	if (n < type->min_args || n > type->max_args)
		return run_fault(run, call->event->line, "%s() takes %u arguments here, not %zu",
			type->name, type->min_args, n);
	for (size_t i = 0; i < n; i++)
		call->args[i] = arg_at(call->call->args, i);
	if (!type->has_fd)
		return true;
	if (!arg_int(run, call->args[0], &call->script_fd))
		return false;
	call->fd = run_fd_find(run, call->script_fd);
	if (call->fd == NULL)
		return run_fault(run, call->event->line, "the script has no open descriptor %d",
			call->script_fd);
	call->sut.fd = call->fd->live_fd;
	return true;
}

/* A call that the script says is over at once; one that blocks all the same keeps everything
 * waiting. */
static bool wait_for_return(struct run *run, const struct script_event *event)
{
	enum sut_wake wake;

	if (event->call.blocking || run->pending == NULL)
		return true;
	wake = run_advance(run, run_now(run) + BLOCKS_FOR_EVER, SUT_WANT_CALL);
	if (run->stopped)
		return false;
	if (run->pending != NULL || wake != SUT_CALL)
		return run_fail(run, event->line,
			"%s() blocks for ever; write START...END if that is meant",
			event->call.name);
	return true;
}

static bool start(struct run *run, struct run_call *call)
{
	call->sut.nr = call->type->nr;
	run->sut->ops->call(run->sut, &call->sut);
	run->pending = call;
	if (call->sut.done)
		return run_call_complete(run);
	return wait_for_return(run, call->event);
}

static struct run_call *call_new(
	struct run *run, const struct script_event *event, const struct call_type *type)
{
	struct run_call *call = g_new0(struct run_call, 1);

	call->type = type;
	call->event = event;
	call->call = &event->call;
	call->buffers = g_ptr_array_new_with_free_func(g_free);
	call->at_ns = run->at_ns;
	call->end_ns = event->call.end_ns + (event->time == TIME_RELATIVE ? run->offset_ns : 0);
	return call;
}

bool run_call_event(struct run *run, const struct script_event *event)
{
	const struct call_type *type = call_type_find(event->call.name);
	struct run_call *call;

	if (type == NULL)
		return unknown_call(run, event);
	if (!run_wait_for_event(run))
		return false;
	if (!run_await_call(run, NSEC_PER_SEC) && !run->stopped)
		return run_fail(
			run, event->line, "another system call still blocks when this one is due");
	if (run->stopped)
		return false;
	call = call_new(run, event, type);
	if (!take_arguments(run, call) || (type->prepare != NULL && !type->prepare(run, call))) {
		call_free(call);
		return false;
	}
	return start(run, call);
}
