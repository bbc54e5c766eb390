/*
 * Buffers of the send and receive calls, and control data: what a script expects with a message and
 * what came.
 *
 * Bytes that a script leaves open (...) are those of script/run/payload.h, so that a segment's payload
 * can be checked without being written down. NULL stays NULL: some scripts want EFAULT.
 */
#include "script/run/message.h"
#include "script/language/symbols.h"
#include "script/run/call.h"
#include "script/run/run.h"
#include "time_units.h"
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>

#define CONTROL_MAX 4096
#define BUFFER_MAX  (32 << 20)
#define ANY_U64	    UINT64_MAX

static bool set_vector(struct run *run, struct run_call *call, size_t n)
{
	call->sut.msg.msg_iov = call_buffer(call, n * sizeof(struct iovec));
	call->sut.msg.msg_iovlen = n;
	return true;
}

/* What is sent stays with the system for a while; what is received goes with the call. */
static bool is_send(const struct run_call *call)
{
	return call->type->nr >= SUT_WRITE && call->type->nr <= SUT_SENDMSG;
}

static bool buffer_size(
	struct run *run, struct run_call *call, const struct script_expr *count, size_t *size)
{
	int64_t number;

	if (!arg_number(run, count, &number))
		return false;
	if (number < 0 || number > BUFFER_MAX - (int64_t)call->buffered)
		return arg_wrong(run, count, "a number of bytes from 0 to 32 MiB in all");
	*size = (size_t)number;
	call->buffered += *size;
	return !is_send(call) || run_moves(run, *size);
}

static bool is_null(struct run *run, const struct script_expr *expr)
{
	int64_t number;

	return (expr->kind == EXPR_INTEGER || expr->kind == EXPR_WORD) &&
	       arg_number(run, expr, &number) && number == 0;
}

/* A buffer of that size, `before` bytes behind the start of what the call sends. */
static void *open_buffer(struct run_call *call, size_t before, size_t size)
{
	void *buffer = call_buffer(call, size);

	if (is_send(call) && call->fd->socket != NULL)
		payload_plan(call->fd->socket->payload, before, buffer, size);
	return buffer;
}

static void *said_buffer(struct run_call *call, const struct script_expr *string, size_t size)
{
	void *buffer = call_buffer(call, MAX(size, string->string.len));

	memcpy(buffer, string->string.bytes, MIN(size, string->string.len));
	if (call->fd->socket != NULL)
		payload_say(call->fd->socket->payload, 0, buffer, size);
	return buffer;
}

bool message_prepare_buffer(struct run *run, struct run_call *call,
	const struct script_expr *buffer, const struct script_expr *count)
{
	size_t size = 0;

	if (!buffer_size(run, call, count, &size) || !set_vector(run, call, 1))
		return false;
	call->sut.msg.msg_iov[0].iov_len = size;
	if (buffer->kind == EXPR_STRING && is_send(call)) {
		call->sut.msg.msg_iov[0].iov_base = said_buffer(call, buffer, size);
	} else if (buffer->kind == EXPR_ELLIPSIS) {
		call->sut.msg.msg_iov[0].iov_base = open_buffer(call, 0, size);
	} else if (!is_null(run, buffer)) {
		return run->stopped
			       ? false
			       : arg_wrong(run, buffer,
					 is_send(call) ? "..., a string or NULL" : "... or NULL");
	}
	return true;
}

/* {..., 1000} or {iov_base=..., iov_len=1000} */
static bool vector_element(
	struct run *run, struct run_call *call, const struct script_expr *expr, struct iovec *out)
{
	const struct script_field *len;

	if (expr->kind != EXPR_STRUCT)
		return arg_wrong(run, expr, "{..., length}");
	len = arg_field(expr, "iov_len");
	if (len == NULL && expr->fields->next != NULL)
		len = expr->fields->next;
	if (len == NULL)
		return arg_wrong(run, expr, "{..., length}");
	if (!buffer_size(run, call, len->value, &out->iov_len))
		return false;
	out->iov_base = open_buffer(call, call->buffered - out->iov_len, out->iov_len);
	return true;
}

bool message_prepare_vector(struct run *run, struct run_call *call, const struct script_expr *list,
	const struct script_expr *count)
{
	size_t n = list->kind == EXPR_LIST ? arg_count(list->list) : 0;
	const struct script_expr *element = list->kind == EXPR_LIST ? list->list : NULL;
	int64_t expected;

	if (list->kind != EXPR_LIST)
		return arg_wrong(run, list, "a list of {..., length}");
	if (!arg_number(run, count, &expected))
		return false;
	if (expected != (int64_t)n)
		return run_fault(run, list->line,
			"the count is %" G_GINT64_FORMAT ", but the list has %zu elements",
			expected, n);
	set_vector(run, call, n);
	for (size_t i = 0; i < n; i++, element = element->next)
		if (!vector_element(run, call, element, &call->sut.msg.msg_iov[i]))
			return false;
	return true;
}

static bool extended_error(
	struct run *run, const struct script_expr *expr, struct sock_extended_err *out)
{
	int64_t number[6];
	static const char *const NAMES[] = {
		"ee_errno", "ee_origin", "ee_type", "ee_code", "ee_info", "ee_data"};

	for (int i = 0; i < 6; i++)
		if (!arg_field_number(run, expr, NAMES[i], &number[i]))
			return false;
	out->ee_errno = (uint32_t)number[0];
	out->ee_origin = (uint8_t)number[1];
	out->ee_type = (uint8_t)number[2];
	out->ee_code = (uint8_t)number[3];
	out->ee_info = (uint32_t)number[4];
	out->ee_data = (uint32_t)number[5];
	return true;
}

/* Sizes of the attributes that SCM_TIMESTAMPING_OPT_STATS carries: linux/tcp.h, TCP_NLA_*. */
static size_t attribute_size(int64_t type)
{
	if ((type >= 1 && type <= 7) || type == 18 || type == 19 || type == 24)
		return 8;
	if (type == 11 || type == 12 || type == 14 || type == 26)
		return 1;
	return 4;
}

/* {TCP_NLA_BUSY=1000, TCP_NLA_SND_CWND=...}: a list of attributes; ... is any value. */
static bool attributes(
	struct run *run, const struct script_expr *expr, uint8_t *out, size_t room, size_t *len)
{
	*len = 0;
	for (const struct script_field *field = expr->fields; field != NULL; field = field->next) {
		int64_t type, value = -1;
		uint16_t header[2];
		size_t size = 0;

		if (field->name == NULL || !symbol_value(field->name, &type))
			return arg_wrong(run, expr, "attributes NAME=value");
		if (field->value->kind != EXPR_ELLIPSIS && !arg_number(run, field->value, &value))
			return false;
		size = attribute_size(type);
		if (*len + 4 + ((size + 3) & ~3u) > room)
			return run_fault(run, expr->line, "too many attributes");
		header[0] = (uint16_t)(4 + size);
		header[1] = (uint16_t)type;
		memcpy(out + *len, header, 4);
		memcpy(out + *len + 4, &value, size);
		*len += 4 + ((size + 3) & ~(size_t)3);
	}
	return true;
}

static bool control_data(struct run *run, const struct script_expr *data, int level, uint8_t *out,
	size_t room, size_t *len)
{
	int64_t seconds = 0, nanoseconds = 0;
	int number;

	if (data->kind != EXPR_STRUCT) {
		*len = sizeof(int);
		if (!arg_int(run, data, &number))
			return false;
		memcpy(out, &number, sizeof(number));
		return true;
	}
	if (arg_field(data, "ee_errno") != NULL) {
		*len = sizeof(struct sock_extended_err) +
		       (level == SOL_IP ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		return extended_error(run, data, (struct sock_extended_err *)out);
	}
	if (arg_field(data, "scm_sec") != NULL) {
		struct scm_timestamping *stamps = (struct scm_timestamping *)out;

		*len = sizeof(*stamps);
		if (!arg_field_number(run, data, "scm_sec", &seconds) ||
			!arg_field_number(run, data, "scm_nsec", &nanoseconds))
			return false;
		stamps->ts[0].tv_sec = seconds;
		stamps->ts[0].tv_nsec = nanoseconds;
		return true;
	}
	return attributes(run, data, out, room, len);
}

/* One {cmsg_level=, cmsg_type=, cmsg_data=} at `at` of the expected control data. */
static bool control_message(
	struct run *run, const struct script_expr *expr, struct msghdr *msg, size_t *at)
{
	const struct script_field *data = arg_field(expr, "cmsg_data");
	struct cmsghdr *header = (struct cmsghdr *)((uint8_t *)msg->msg_control + *at);
	int64_t level, type;
	size_t len;

	if (!arg_field_number(run, expr, "cmsg_level", &level) ||
		!arg_field_number(run, expr, "cmsg_type", &type))
		return false;
	if (data == NULL)
		return arg_wrong(run, expr, "a struct with the member cmsg_data");
	if (*at + CMSG_SPACE(0) + 256 > CONTROL_MAX)
		return run_fault(run, expr->line, "more control data than %d bytes", CONTROL_MAX);
	header->cmsg_level = (int)level;
	header->cmsg_type = (int)type;
	if (!control_data(run, data->value, (int)level, CMSG_DATA(header),
		    CONTROL_MAX - *at - CMSG_SPACE(0), &len))
		return false;
	header->cmsg_len = CMSG_LEN(len);
	*at += CMSG_SPACE(len);
	return true;
}

static bool expected_control(struct run *run, struct run_call *call, const struct script_expr *list)
{
	size_t at = 0;

	call->expected.msg_control = call_buffer(call, CONTROL_MAX);
	if (list->kind != EXPR_LIST)
		return arg_wrong(run, list, "a list of control messages");
	for (const struct script_expr *element = list->list; element != NULL;
		element = element->next)
		if (!control_message(run, element, &call->expected, &at))
			return false;
	call->expected.msg_controllen = at;
	return true;
}

bool message_prepare_header(
	struct run *run, struct run_call *call, const struct script_expr *header, bool receiving)
{
	const struct script_field *vector = arg_field(header, "msg_iov"),
				  *control = arg_field(header, "msg_control");
	const struct script_field *flags = arg_field(header, "msg_flags");
	int64_t number = 0;

	if (vector == NULL || vector->count == NULL)
		return arg_wrong(run, header, "a message header with msg_iov(N)=[...]");
	if (!message_prepare_vector(run, call, vector->value, vector->count))
		return false;
	if (flags != NULL && !arg_number(run, flags->value, &number))
		return false;
	call->expected.msg_flags = (int)number;
	if (control != NULL && !expected_control(run, call, control->value))
		return false;
	if (!receiving) {
		call->sut.msg.msg_control = call->expected.msg_control;
		call->sut.msg.msg_controllen = call->expected.msg_controllen;
		return true;
	}
	call->sut.msg.msg_name = call_buffer(call, sizeof(struct sockaddr_storage));
	call->sut.msg.msg_namelen = sizeof(struct sockaddr_storage);
	call->sut.msg.msg_control = call_buffer(call, CONTROL_MAX);
	call->sut.msg.msg_controllen = CONTROL_MAX;
	return true;
}

static bool differs(struct run *run, struct run_call *call, int index, const char *what,
	int64_t expected, int64_t got)
{
	if (expected == got)
		return false;
	run_fail(run, call->event->line,
		"control message %d: %s is %" G_GINT64_FORMAT " instead of %" G_GINT64_FORMAT,
		index + 1, what, got, expected);
	return true;
}

static bool same_error(struct run *run, struct run_call *call, int index,
	const struct sock_extended_err *expected, const struct sock_extended_err *got)
{
	return !differs(run, call, index, "ee_errno", expected->ee_errno, got->ee_errno) &&
	       !differs(run, call, index, "ee_origin", expected->ee_origin, got->ee_origin) &&
	       !differs(run, call, index, "ee_type", expected->ee_type, got->ee_type) &&
	       !differs(run, call, index, "ee_code", expected->ee_code, got->ee_code) &&
	       !differs(run, call, index, "ee_info", expected->ee_info, got->ee_info) &&
	       !differs(run, call, index, "ee_data", expected->ee_data, got->ee_data);
}

/* A time of the script, within the tolerance; 0 is any. */
static bool same_stamps(struct run *run, struct run_call *call, int index,
	const struct scm_timestamping *expected, const struct scm_timestamping *got)
{
	for (int i = 0; i < 3; i++) {
		int64_t want = expected->ts[i].tv_sec * NSEC_PER_SEC + expected->ts[i].tv_nsec;
		int64_t have = got->ts[i].tv_sec * NSEC_PER_SEC + got->ts[i].tv_nsec;

		if (want == 0 && expected->ts[i].tv_nsec == 0)
			continue;
		have -= run->sut->epoch_ns;
		if (ABS(want - have) > run->config->tolerance_ns)
			return !differs(run, call, index, "the time in ns", want, have);
	}
	return true;
}

static uint64_t attribute_value(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, bytes, MIN(size, sizeof(value)));
	return value;
}

/* Times (busy, limited by the peer's window or the buffer) may differ by the
 * tolerance, but 0 is 0. */
static bool same_attribute(struct run *run, struct run_call *call, int index, unsigned type,
	uint64_t want, uint64_t have, size_t size)
{
	uint64_t any = size == 8 ? ANY_U64 : size == 4 ? UINT32_MAX : UINT8_MAX;
	int64_t slack = type >= 1 && type <= 3 && want != 0
				? run->config->tolerance_ns / SCRIPT_NS_PER_US
				: 0;
	char what[32];

	if (want == any || ABS((int64_t)(want - have)) <= slack)
		return true;
	g_snprintf(what, sizeof(what), "attribute %u", type);
	return !differs(run, call, index, what, (int64_t)want, (int64_t)have);
}

static bool same_attributes(struct run *run, struct run_call *call, int index,
	const uint8_t *expected, const uint8_t *got, size_t len)
{
	for (size_t at = 0; at + 4 <= len;) {
		uint16_t want[2], have[2];
		size_t size;

		memcpy(want, expected + at, 4);
		memcpy(have, got + at, 4);
		if (differs(run, call, index, "an attribute's type", want[1], have[1]) ||
			differs(run, call, index, "an attribute's length", want[0], have[0]))
			return false;
		size = want[0] - 4u;
		if (!same_attribute(run, call, index, want[1],
			    attribute_value(expected + at + 4, size),
			    attribute_value(got + at + 4, size), size))
			return false;
		at += (want[0] + 3u) & ~3u;
	}
	return true;
}

static bool same_control(struct run *run, struct run_call *call, int index,
	struct cmsghdr *expected, struct cmsghdr *got)
{
	const uint8_t *want = CMSG_DATA(expected), *have = CMSG_DATA(got);
	size_t len = expected->cmsg_len - CMSG_LEN(0);

	if (differs(run, call, index, "cmsg_level", expected->cmsg_level, got->cmsg_level) ||
		differs(run, call, index, "cmsg_type", expected->cmsg_type, got->cmsg_type) ||
		differs(run, call, index, "cmsg_len", (int64_t)expected->cmsg_len,
			(int64_t)got->cmsg_len))
		return false;
	if ((got->cmsg_level == SOL_IP && got->cmsg_type == IP_RECVERR) ||
		(got->cmsg_level == SOL_IPV6 && got->cmsg_type == IPV6_RECVERR))
		return same_error(run, call, index, (const struct sock_extended_err *)want,
			(const struct sock_extended_err *)have);
	if (got->cmsg_level == SOL_SOCKET && got->cmsg_type == SCM_TIMESTAMPING)
		return same_stamps(run, call, index, (const struct scm_timestamping *)want,
			(const struct scm_timestamping *)have);
	if (got->cmsg_level == SOL_SOCKET && got->cmsg_type == SCM_TIMESTAMPING_OPT_STATS)
		return same_attributes(run, call, index, want, have, len);
	return memcmp(want, have, len) == 0 ||
	       run_fail(run, call->event->line, "control message %d has other data than expected",
		       index + 1);
}

bool message_check(struct run *run, struct run_call *call)
{
	struct msghdr *expected = &call->expected, *got = &call->sut.msg;
	struct cmsghdr *want = CMSG_FIRSTHDR(expected), *have = CMSG_FIRSTHDR(got);

	if (call->sut.result < 0)
		return true;
	if (got->msg_flags != expected->msg_flags)
		return run_fail(run, call->event->line, "msg_flags are 0x%x instead of 0x%x",
			(unsigned)got->msg_flags, (unsigned)expected->msg_flags);
	for (int i = 0; want != NULL; i++) {
		if (have == NULL)
			return run_fail(
				run, call->event->line, "control message %d did not come", i + 1);
		if (!same_control(run, call, i, want, have))
			return false;
		want = CMSG_NXTHDR(expected, want);
		have = CMSG_NXTHDR(got, have);
	}
	return true;
}
