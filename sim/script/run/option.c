/* Values of socket options: [number], "string", {onoff=1, linger=0}, {function_set_name="freebsd",
 * pcbcnt=0}, {tcpm_addr=inet_addr("192.0.2.1"), tcpm_key="secret"}. */
#include "script/run/option.h"
#include "script/run/call.h"
#include "script/run/run.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <tcpsim/options.h>

#define FUNCTION_NAME_MAX 32 /* FreeBSD's TCP_FUNCTION_NAME_LEN_MAX */
#define VALUE_MAX	  4096

static bool linger_value(struct run *run, const struct script_expr *expr, struct linger *out)
{
	int64_t on, seconds;

	if (!arg_field_number(run, expr, "onoff", &on) ||
		!arg_field_number(run, expr, "linger", &seconds))
		return false;
	out->l_onoff = (int)on;
	out->l_linger = (int)seconds;
	return true;
}

/* FreeBSD's struct tcp_function_set: a name of 32 bytes and a count. */
static bool function_set_value(struct run *run, const struct script_expr *expr, uint8_t *out)
{
	const struct script_field *name = arg_field(expr, "function_set_name");
	int64_t count;
	uint32_t pcbs;

	if (name->value->kind != EXPR_STRING || name->value->string.len >= FUNCTION_NAME_MAX)
		return arg_wrong(run, name->value, "a name under 32 bytes in quotes");
	memcpy(out, name->value->string.bytes, name->value->string.len);
	if (!arg_field_number(run, expr, "pcbcnt", &count))
		return false;
	pcbs = (uint32_t)count;
	memcpy(out + FUNCTION_NAME_MAX, &pcbs, sizeof(pcbs));
	return true;
}

/* {enable=1, psk=0123...}: FreeBSD's struct tcp_fastopen. */
static bool fastopen_value(struct run *run, const struct script_expr *expr, uint8_t *out)
{
	int64_t enable;
	int32_t number;

	if (!arg_field_number(run, expr, "enable", &enable))
		return false;
	number = (int32_t)enable;
	memcpy(out, &number, sizeof(number));
	return true;
}

/* inet_addr("...") or inet6_addr("..."): a sockaddr of that family, of no port. */
static bool peer_value(
	struct run *run, const struct script_expr *expr, struct sockaddr_storage *out)
{
	const struct script_expr *arg = expr->kind == EXPR_CALL ? expr->call.args : NULL;
	bool is_v6 = expr->kind == EXPR_CALL && strcmp(expr->call.name, "inet6_addr") == 0;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	if (is_v6)
		v6->sin6_family = AF_INET6;
	else
		v4->sin_family = AF_INET;
	if (arg == NULL || arg->kind != EXPR_STRING ||
		(!is_v6 && strcmp(expr->call.name, "inet_addr") != 0) ||
		inet_pton(is_v6 ? AF_INET6 : AF_INET, arg->string.bytes,
			is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) != 1)
		return arg_wrong(run, expr, "inet_addr(\"...\") or inet6_addr(\"...\")");
	return true;
}

static bool small_field(struct run *run, const struct script_expr *expr, const char *name,
	int64_t most, int64_t *value)
{
	const struct script_field *field = arg_field(expr, name);

	if (field == NULL)
		return true;
	if (!arg_number(run, field->value, value))
		return false;
	if (*value >= 0 && *value <= most)
		return true;
	return arg_wrong(run, field->value, "a number that its member holds");
}

/* {tcpm_addr=inet_addr("192.0.2.1"), tcpm_key="secret"}: Linux's struct tcp_md5sig. tcpm_keylen is the
 * key's length unless it is written; what else is not written is 0. */
static bool md5sig_value(struct run *run, const struct script_expr *expr, uint8_t *out)
{
	const struct script_field *addr = arg_field(expr, "tcpm_addr"),
				  *key = arg_field(expr, "tcpm_key");
	int64_t flags = 0, prefix_len = 0, ifindex = 0, key_len = 0;
	struct tcpsim_md5sig sig = {0};

	if (addr == NULL || key == NULL || key->value->kind != EXPR_STRING ||
		key->value->string.len > sizeof(sig.key))
		return arg_wrong(
			run, expr, "{tcpm_addr=inet_addr(\"...\"), tcpm_key=\"up to 80 bytes\"}");
	key_len = (int64_t)key->value->string.len;
	if (!peer_value(run, addr->value, &sig.addr) ||
		!small_field(run, expr, "tcpm_flags", UINT8_MAX, &flags) ||
		!small_field(run, expr, "tcpm_prefixlen", UINT8_MAX, &prefix_len) ||
		!small_field(run, expr, "tcpm_keylen", UINT16_MAX, &key_len) ||
		!small_field(run, expr, "tcpm_ifindex", INT32_MAX, &ifindex))
		return false;
	sig.flags = (uint8_t)flags;
	sig.prefix_len = (uint8_t)prefix_len;
	sig.key_len = (uint16_t)key_len;
	sig.ifindex = (int32_t)ifindex;
	memcpy(sig.key, key->value->string.bytes, key->value->string.len);
	memcpy(out, &sig, sizeof(sig));
	return true;
}

static bool in6_value(struct run *run, const struct script_expr *expr, uint8_t *out)
{
	const struct script_expr *arg = expr->call.args;

	if (arg == NULL || arg->kind != EXPR_STRING ||
		inet_pton(AF_INET6, arg->string.bytes, out) != 1)
		return arg_wrong(run, expr, "inet6_addr(\"an IPv6 address\")");
	return true;
}

static bool struct_value(struct run *run, const struct script_expr *expr, uint8_t *out)
{
	if (arg_field(expr, "onoff") != NULL)
		return linger_value(run, expr, (struct linger *)out);
	if (arg_field(expr, "function_set_name") != NULL)
		return function_set_value(run, expr, out);
	if (arg_field(expr, "enable") != NULL)
		return fastopen_value(run, expr, out);
	if (arg_field(expr, "tcpm_addr") != NULL)
		return md5sig_value(run, expr, out);
	return arg_wrong(run, expr, "a struct that is the value of a socket option");
}

static bool option_value(struct run *run, const struct script_expr *expr, uint8_t *out)
{
	const struct script_expr *element;
	int number;

	if (expr->kind == EXPR_STRUCT)
		return struct_value(run, expr, out);
	if (expr->kind == EXPR_CALL && strcmp(expr->call.name, "inet6_addr") == 0)
		return in6_value(run, expr, out);
	if (expr->kind == EXPR_STRING) {
		memcpy(out, expr->string.bytes, MIN(expr->string.len, VALUE_MAX));
		return true;
	}
	if (!arg_bracketed(run, expr, &element) || !arg_int(run, element, &number))
		return false;
	memcpy(out, &number, sizeof(number));
	return true;
}

static bool prepare(struct run *run, struct run_call *call, const struct script_expr *len)
{
	int64_t size;

	if (!arg_int(run, call->args[1], &call->sut.ints[0]) ||
		!arg_int(run, call->args[2], &call->sut.ints[1]) || !arg_number(run, len, &size))
		return false;
	if (size < 0 || size > VALUE_MAX)
		return arg_wrong(run, len, "a length from 0 to 4096");
	call->sut.data = call_buffer(call, VALUE_MAX);
	call->sut.data_len = (socklen_t)size;
	return true;
}

bool option_prepare_set(struct run *run, struct run_call *call)
{
	return prepare(run, call, call->args[4]) &&
	       option_value(run, call->args[3], call->sut.data);
}

bool option_prepare_get(struct run *run, struct run_call *call)
{
	const struct script_expr *len;

	return arg_bracketed(run, call->args[4], &len) && prepare(run, call, len);
}

static bool check_string(struct run *run, struct run_call *call, const struct script_expr *expr)
{
	const char *got = call->sut.data;
	size_t len = expr->string.len;

	if (!expr->string.open && call->sut.data_len != len &&
		strnlen(got, call->sut.data_len) != len)
		return run_fail(run, call->event->line,
			"getsockopt() gave \"%.*s\" instead of \"%s\"", (int)call->sut.data_len,
			got, expr->string.bytes);
	if (memcmp(got, expr->string.bytes, MIN(len, call->sut.data_len)) != 0)
		return run_fail(run, call->event->line,
			"getsockopt() gave \"%.*s\" instead of \"%s\"", (int)call->sut.data_len,
			got, expr->string.bytes);
	return true;
}

static bool check_number(struct run *run, struct run_call *call, const struct script_expr *expr)
{
	const struct script_expr *element;
	int expected, got = 0;

	if (!arg_bracketed(run, expr, &element))
		return false;
	if (element->kind == EXPR_ELLIPSIS)
		return true;
	if (!arg_int(run, element, &expected))
		return false;
	memcpy(&got, call->sut.data, MIN(sizeof(got), call->sut.data_len));
	if (got == expected)
		return true;
	return run_fail(
		run, call->event->line, "getsockopt() gave %d instead of %d", got, expected);
}

bool option_check_get(struct run *run, struct run_call *call)
{
	const struct script_expr *expr = call->args[3], *len_expr;
	uint8_t expected[VALUE_MAX] = {0};
	int64_t len;

	if (call->sut.result < 0)
		return true;
	if (!arg_bracketed(run, call->args[4], &len_expr) || !arg_number(run, len_expr, &len))
		return false;
	if (len != (int64_t)call->sut.data_len)
		return run_fail(run, call->event->line,
			"getsockopt() gave %u bytes instead of %" G_GINT64_FORMAT,
			call->sut.data_len, len);
	if (expr->kind == EXPR_STRING)
		return check_string(run, call, expr);
	if (expr->kind == EXPR_LIST)
		return check_number(run, call, expr);
	if (!option_value(run, expr, expected))
		return false;
	return memcmp(expected, call->sut.data, call->sut.data_len) == 0 ||
	       run_fail(run, call->event->line, "getsockopt() gave another value than expected");
}
