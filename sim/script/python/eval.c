#include "script/python/eval.h"

#include "script/python/expression.h"
#include "script/python/state.h"
#include <string.h>

#define MOST_NESTED 64

static void held_free(void *data)
{
	eval_value_clear(data);
	g_free(data);
}

struct eval_scope *eval_scope_new(void)
{
	struct eval_scope *scope = g_new0(struct eval_scope, 1);

	scope->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, held_free);
	return scope;
}

void eval_scope_free(struct eval_scope *scope)
{
	if (scope == NULL)
		return;
	g_hash_table_unref(scope->names);
	g_free(scope);
}

static void set_name(struct eval_scope *scope, const char *name, struct eval_value value)
{
	struct eval_value *held = g_new(struct eval_value, 1);

	*held = value;
	g_hash_table_replace(scope->names, g_strdup(name), held);
}

void eval_set_integer(struct eval_scope *scope, const char *name, int64_t value)
{
	set_name(scope, name, eval_integer(value));
}

static bool assertion(struct eval *e)
{
	const char *start;
	char *source;
	struct eval_value value, reason = {.type = EVAL_NONE};
	GString *message;
	bool truth;

	eval_skip_blanks(e);
	start = e->at;
	g_string_truncate(e->comparison, 0);
	value = eval_expression(e);
	if (e->message != NULL) {
		eval_value_clear(&value);
		return true; /* wrong, which is not false */
	}
	truth = eval_is_true(&value);
	source = g_strchomp(g_strndup(start, (gsize)(e->at - start)));
	message = g_string_new(NULL);
	if (truth) {
		bool before = e->skip;

		e->skip = true; /* the reason is only evaluated when it is needed */
		if (eval_accept(e, ","))
			reason = eval_expression(e);
		e->skip = before;
	} else {
		g_string_printf(message, "assert %s", source);
		if (e->comparison->len > 0)
			g_string_append_printf(message, ": %s is false", e->comparison->str);
		if (eval_accept(e, ",")) {
			reason = eval_expression(e);
			g_string_append(message, " (");
			eval_value_text(&reason, false, message);
			g_string_append_c(message, ')');
		}
		if (e->message == NULL && !e->skip)
			e->message = g_strdup(message->str);
		else
			truth = true;
	}
	g_string_free(message, TRUE);
	g_free(source);
	eval_value_clear(&value);
	eval_value_clear(&reason);
	return truth;
}

/* NAME = value, NAME += value. */
static bool assignment(struct eval *e)
{
	static const char *const OPERATORS[] = {
		"+=", "-=", "*=", "//=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "="};
	const char *start = e->at;
	char *name = eval_take_name(e);

	for (size_t i = 0; i < G_N_ELEMENTS(OPERATORS) && *name != '\0'; i++) {
		const struct eval_value *before = g_hash_table_lookup(e->scope->names, name);
		char *op;
		struct eval_value value;

		if (!eval_accept(e, OPERATORS[i]) || (OPERATORS[i][1] == '\0' && *e->at == '='))
			continue;
		value = eval_spend(e, eval_expressions(e));
		op = g_strndup(OPERATORS[i], strlen(OPERATORS[i]) - 1);
		if (*op != '\0' && before == NULL)
			eval_unknown_name(e, name);
		else if (*op != '\0')
			value = eval_binary(e, op, eval_spend(e, eval_value_copy(before)), value);
		/* Each run of a block could wrap what the last one left, without end. */
		if (eval_value_depth(&value) > MOST_NESTED)
			eval_wrong(e, "tuples are nested more than %d deep", MOST_NESTED);
		if (e->message == NULL && !e->skip)
			set_name(e->scope, name, value);
		else
			eval_value_clear(&value);
		g_free(op);
		g_free(name);
		return true;
	}
	g_free(name);
	e->at = start;
	return false;
}

static bool statement(struct eval *e)
{
	struct eval_value value;

	eval_skip_blanks(e);
	if (eval_accept(e, "pass"))
		return true;
	if (eval_accept(e, "assert"))
		return assertion(e);
	if (eval_accept(e, "if")) {
		bool before = e->skip, truth;

		value = eval_expression(e);
		truth = eval_is_true(&value);
		eval_value_clear(&value);
		if (!eval_accept(e, ":"))
			eval_wrong(e, "a ':' is missing after the condition");
		e->skip = before || !truth;
		truth = !eval_enter(e) || statement(e);
		eval_leave(e);
		e->skip = before;
		return truth;
	}
	if (eval_is_name(*e->at) && assignment(e))
		return true;
	value = eval_expressions(e);
	eval_value_clear(&value);
	return true;
}

enum eval_outcome eval_run(
	struct eval_scope *scope, const char *code, GString *output, char **message, int *line)
{
	struct eval e = {.scope = scope,
		.start = code,
		.at = code,
		.output = output,
		.comparison = g_string_new(NULL)};
	bool truth = true;

	while (e.message == NULL && truth) {
		eval_skip_blanks(&e);
		if (*e.at == '\n' || *e.at == ';') {
			e.at++;
			continue;
		}
		if (*e.at == '\0')
			break;
		truth = statement(&e);
		eval_skip_blanks(&e);
		if (e.message == NULL && *e.at != '\n' && *e.at != ';' && *e.at != '\0')
			eval_wrong(&e,
				"the statement goes on with '%.*s', which tcpsim does not know "
				"(--python runs it)",
				(int)MIN(strcspn(e.at, "\n"), 20), e.at);
	}
	*line = 0;
	for (const char *c = code; c < e.at && *c != '\0'; c++)
		*line += *c == '\n';
	*message = e.message;
	g_string_free(e.comparison, TRUE);
	if (e.message == NULL)
		return EVAL_OK;
	return truth ? EVAL_WRONG : EVAL_FALSE;
}
