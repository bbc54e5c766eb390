#include "script/run/args.h"

#include "script/language/format.h"
#include "script/language/symbols.h"
#include "script/run/run.h"
#include "script/run/socket.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <tcpsim/addr.h>

bool arg_wrong(struct run *run, const struct script_expr *expr, const char *expected)
{
	GString *text = g_string_new(NULL);

	if (expr != NULL)
		format_expression(expr, text);
	run_fault(run, expr != NULL ? expr->line : run->event->line, "expected %s, found %s",
		expected, text->len > 0 ? text->str : "nothing");
	g_string_free(text, TRUE);
	return false;
}

static bool unknown_symbol(struct run *run, const struct script_expr *expr)
{
	char *near = symbol_near(expr->word);

	run_fault(run, expr->line, "unknown symbol %s; %s%s", expr->word,
		near != NULL ? "did you mean " : "define it with -D, or write its number",
		near != NULL ? near : "");
	g_free(near);
	return false;
}

/* htons(80), htonl(1), inet_addr("192.0.2.1") */
static bool call_number(struct run *run, const struct script_expr *expr, int64_t *value)
{
	const struct script_expr *arg = expr->call.args;
	struct tcpsim_addr addr;

	if (arg == NULL || arg->next != NULL)
		return arg_wrong(run, expr, "one argument");
	if (strcmp(expr->call.name, "inet_addr") == 0) {
		if (arg->kind != EXPR_STRING || !tcpsim_addr_parse(arg->string.bytes, &addr) ||
			!tcpsim_addr_is_v4(&addr))
			return arg_wrong(run, arg, "an IPv4 address in quotes");
		*value = htonl(tcpsim_addr_to_v4(&addr));
		return true;
	}
	if (!arg_number(run, arg, value))
		return false;
	if (strcmp(expr->call.name, "htons") == 0)
		*value = htons((uint16_t)*value);
	else if (strcmp(expr->call.name, "htonl") == 0)
		*value = htonl((uint32_t)*value);
	else
		return arg_wrong(run, expr, "a number");
	return true;
}

bool arg_number(struct run *run, const struct script_expr *expr, int64_t *value)
{
	int64_t left, right;

	if (expr == NULL)
		return arg_wrong(run, expr, "a number");
	switch (expr->kind) {
	case EXPR_INTEGER: *value = expr->integer.value; return true;
	case EXPR_WORD: return symbol_value(expr->word, value) || unknown_symbol(run, expr);
	case EXPR_OR:
		if (!arg_number(run, expr->pair.left, &left) ||
			!arg_number(run, expr->pair.right, &right))
			return false;
		*value = left | right;
		return true;
	case EXPR_CALL: return call_number(run, expr, value);
	default: return arg_wrong(run, expr, "a number");
	}
}

bool arg_int(struct run *run, const struct script_expr *expr, int *value)
{
	int64_t number;

	if (!arg_number(run, expr, &number))
		return false;
	if (number < INT32_MIN || number > UINT32_MAX)
		return arg_wrong(run, expr, "a number of 32 bits");
	*value = (int)(uint32_t)number;
	return true;
}

bool arg_fd(struct run *run, const struct script_expr *expr, int *live_fd)
{
	struct run_fd *fd;
	int script_fd;

	if (!arg_int(run, expr, &script_fd))
		return false;
	fd = run_fd_find(run, script_fd);
	if (fd == NULL)
		return run_fault(
			run, expr->line, "the script has no open descriptor %d", script_fd);
	*live_fd = fd->live_fd;
	return true;
}

bool arg_ellipsis(struct run *run, const struct script_expr *expr)
{
	return (expr != NULL && expr->kind == EXPR_ELLIPSIS) || arg_wrong(run, expr, "...");
}

bool arg_bracketed(
	struct run *run, const struct script_expr *expr, const struct script_expr **element)
{
	if (expr == NULL || expr->kind != EXPR_LIST || expr->list == NULL ||
		expr->list->next != NULL)
		return arg_wrong(run, expr, "one value in brackets");
	*element = expr->list;
	return true;
}

const struct script_field *arg_field(const struct script_expr *expr, const char *name)
{
	if (expr == NULL || expr->kind != EXPR_STRUCT)
		return NULL;
	for (const struct script_field *field = expr->fields; field != NULL; field = field->next)
		if (field->name != NULL && strcmp(field->name, name) == 0)
			return field;
	return NULL;
}

bool arg_field_number(
	struct run *run, const struct script_expr *expr, const char *name, int64_t *value)
{
	const struct script_field *field = arg_field(expr, name);

	if (field == NULL) {
		char *expected = g_strdup_printf("a struct with the member %s", name);

		arg_wrong(run, expr, expected);
		g_free(expected);
		return false;
	}
	return arg_number(run, field->value, value);
}

size_t arg_count(const struct script_expr *args)
{
	size_t n = 0;

	for (; args != NULL; args = args->next)
		n++;
	return n;
}

const struct script_expr *arg_at(const struct script_expr *args, size_t i)
{
	while (args != NULL && i-- > 0)
		args = args->next;
	return args;
}
