/* poll() and epoll: descriptors and events in, readiness out. */
#include "script/run/poll.h"
#include "script/run/call.h"
#include "script/run/run.h"
#include <string.h>

static void event_names(uint32_t events, GString *out)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} NAMES[] = {{"IN", EPOLLIN}, {"PRI", EPOLLPRI}, {"OUT", EPOLLOUT}, {"RDNORM", EPOLLRDNORM},
		{"WRNORM", EPOLLWRNORM}, {"ERR", EPOLLERR}, {"HUP", EPOLLHUP},
		{"RDHUP", EPOLLRDHUP}};
	size_t start = out->len;

	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
		if (events & NAMES[i].bit)
			g_string_append_printf(
				out, "%s%s", out->len > start ? "|" : "", NAMES[i].name);
	if (out->len == start)
		g_string_append(out, "none");
}

static bool events_differ(
	struct run *run, const struct run_call *call, uint32_t expected, uint32_t got)
{
	GString *a = g_string_new(NULL), *b = g_string_new(NULL);

	event_names(expected, a);
	event_names(got, b);
	run_fail(run, call->event->line, "%s() gave events %s (0x%x) instead of %s (0x%x)",
		call->type->name, b->str, got, a->str, expected);
	g_string_free(a, TRUE);
	g_string_free(b, TRUE);
	return false;
}

bool poll_prepare(struct run *run, struct run_call *call)
{
	const struct script_expr *list = call->args[0], *element;
	size_t n = list->kind == EXPR_LIST ? arg_count(list->list) : 0, i = 0;

	if (list->kind != EXPR_LIST)
		return arg_wrong(run, list, "a list of {fd=, events=, revents=}");
	if (!arg_int(run, call->args[1], &call->sut.ints[0]) ||
		!arg_int(run, call->args[2], &call->sut.ints[1]))
		return false;
	if ((size_t)call->sut.ints[0] != n)
		return run_fault(run, list->line, "the count is %d, but the list has %zu elements",
			call->sut.ints[0], n);
	call->sut.polls = call_buffer(call, n * sizeof(struct pollfd));
	for (element = list->list; element != NULL; element = element->next, i++) {
		const struct script_field *fd = arg_field(element, "fd");
		int64_t events;

		if (fd == NULL)
			return arg_wrong(run, element, "a struct with the member fd");
		if (!arg_fd(run, fd->value, &call->sut.polls[i].fd) ||
			!arg_field_number(run, element, "events", &events))
			return false;
		call->sut.polls[i].events = (short)events;
	}
	return true;
}

bool poll_check(struct run *run, struct run_call *call)
{
	const struct script_expr *element = call->args[0]->list;

	for (size_t i = 0; element != NULL; element = element->next, i++) {
		int64_t expected = 0;

		if (arg_field(element, "revents") != NULL &&
			!arg_field_number(run, element, "revents", &expected))
			return false;
		if (call->sut.polls[i].revents != expected)
			return events_differ(run, call, (uint32_t)expected,
				(uint16_t)call->sut.polls[i].revents);
	}
	return true;
}

/* What a script's event carries as data: fd (a descriptor, the system's number),
 * u32, u64 or ptr. */
static bool event_data(struct run *run, const struct script_expr *expr, epoll_data_t *out)
{
	static const char *const NAMES[] = {"ptr", "u64", "u32"};
	const struct script_field *fd = arg_field(expr, "fd");
	int64_t number;

	memset(out, 0, sizeof(*out));
	if (fd != NULL)
		return arg_fd(run, fd->value, &out->fd);
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		if (arg_field(expr, NAMES[i]) == NULL)
			continue;
		if (!arg_field_number(run, expr, NAMES[i], &number))
			return false;
		out->u64 = (uint64_t)number;
		return true;
	}
	return arg_wrong(run, expr, "a struct with one of fd, u32, u64, ptr");
}

static bool epoll_event_of(struct run *run, const struct script_expr *expr, struct epoll_event *out)
{
	int64_t events;
	epoll_data_t data;

	if (!arg_field_number(run, expr, "events", &events) || !event_data(run, expr, &data))
		return false;
	out->events = (uint32_t)events;
	out->data = data;
	return true;
}

bool epoll_prepare_ctl(struct run *run, struct run_call *call)
{
	call->sut.epolls = call_buffer(call, sizeof(struct epoll_event));
	return arg_int(run, call->args[1], &call->sut.ints[0]) &&
	       arg_fd(run, call->args[2], &call->sut.other_fd) &&
	       epoll_event_of(run, call->args[3], call->sut.epolls);
}

bool epoll_prepare_wait(struct run *run, struct run_call *call)
{
	if (!arg_int(run, call->args[2], &call->sut.ints[0]) ||
		!arg_int(run, call->args[3], &call->sut.ints[1]))
		return false;
	if (call->sut.ints[0] < 1 || call->sut.ints[0] > 4096)
		return arg_wrong(run, call->args[2], "a number of events from 1 to 4096");
	call->sut.epolls =
		call_buffer(call, (size_t)call->sut.ints[0] * sizeof(struct epoll_event));
	return true;
}

bool epoll_check_wait(struct run *run, struct run_call *call)
{
	struct epoll_event expected = {0}, *got = &call->sut.epolls[0];

	if (!epoll_event_of(run, call->args[1], &expected))
		return false;
	if (expected.events != got->events)
		return events_differ(run, call, expected.events, got->events);
	if (expected.data.u64 != got->data.u64)
		return run_fail(run, call->event->line,
			"epoll_wait() gave another descriptor or data than expected");
	return true;
}
