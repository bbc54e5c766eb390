#include "script/eval.h"

#include "base/near.h"
#include "script/eval_value.h"
#include <string.h>

#define MAX_DEPTH 64

struct eval_scope {
	GHashTable *names; /* char * -> struct eval_value * */
};

/* One run: where we are in the text, and what went wrong first. */
struct eval {
	struct eval_scope *scope;
	const char *start, *at;
	GString *output;
	char *message;	 /* not NULL: nothing more is evaluated */
	int parentheses; /* open ones: a line end means nothing there */
	int depth;
	bool skip; /* the value is not wanted (the other side of `and`): names need not exist */
	GString *comparison; /* the last one that was false, with its values */
};

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

static struct eval_value wrong(struct eval *e, const char *format, ...) G_GNUC_PRINTF(2, 3);

static struct eval_value wrong(struct eval *e, const char *format, ...)
{
	va_list args;

	if (e->message == NULL) {
		va_start(args, format);
		e->message = g_strdup_vprintf(format, args);
		va_end(args);
	}
	return (struct eval_value){.type = EVAL_NONE};
}

static void skip_blanks(struct eval *e)
{
	for (;;) {
		if (*e->at == ' ' || *e->at == '\t' || *e->at == '\r' ||
			(*e->at == '\n' && e->parentheses > 0))
			e->at++;
		else if (e->at[0] == '\\' && e->at[1] == '\n')
			e->at += 2;
		else if (*e->at == '#')
			e->at += strcspn(e->at, "\n");
		else
			return;
	}
}

static bool is_name(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

static bool accept(struct eval *e, const char *text)
{
	size_t len = strlen(text);

	skip_blanks(e);
	if (e->message != NULL || strncmp(e->at, text, len) != 0)
		return false;
	if (is_name(text[0]) && is_name(e->at[len]))
		return false;
	e->at += len;
	return true;
}

/* An op that is not the start of a longer one, nor of an assignment such as +=. */
static bool accept_operator(struct eval *e, const char *text)
{
	size_t len = strlen(text);

	skip_blanks(e);
	if (e->message != NULL || strncmp(e->at, text, len) != 0 || e->at[len] == '=')
		return false;
	if (len == 1 && strchr("*/<>", text[0]) != NULL && e->at[1] == text[0])
		return false;
	e->at += len;
	return true;
}

static char *take_name(struct eval *e)
{
	size_t len = 0;

	skip_blanks(e);
	while (is_name(e->at[len]))
		len++;
	e->at += len;
	return g_strndup(e->at - len, len);
}

static struct eval_value expression(struct eval *e);

static struct eval_value number(struct eval *e)
{
	char *end;
	const char *start = e->at;
	size_t digits = strspn(start, "0123456789");
	struct eval_value value;

	if (start[digits] == '.' ||
		((start[digits] == 'e' || start[digits] == 'E') && start[1] != 'x')) {
		value = eval_real(g_ascii_strtod(start, &end));
	} else {
		int base = start[0] == '0' && (start[1] == 'x' || start[1] == 'X') ? 16 : 10;

		value = eval_integer((int64_t)g_ascii_strtoull(start, &end, base));
	}
	e->at = end;
	return value;
}

static struct eval_value text(struct eval *e)
{
	char quote = *e->at++;
	GString *out = g_string_new(NULL);
	struct eval_value value;

	while (*e->at != '\0' && *e->at != quote) {
		if (e->at[0] == '\\' && e->at[1] != '\0') {
			e->at++;
			g_string_append_c(out, *e->at == 'n'   ? '\n'
					       : *e->at == 't' ? '\t'
							       : *e->at);
		} else {
			g_string_append_c(out, *e->at);
		}
		e->at++;
	}
	if (*e->at != quote)
		wrong(e, "a string does not end");
	else
		e->at++;
	value = eval_text(out->str);
	g_string_free(out, TRUE);
	return value;
}

/* (a), (a, b), (): the opening one has been read. */
static struct eval_value parenthesized(struct eval *e)
{
	struct eval_value first, tuple = {.type = EVAL_NONE};

	e->parentheses++;
	if (accept(e, ")")) {
		e->parentheses--;
		eval_tuple_add(&tuple, eval_integer(0));
		g_ptr_array_set_size(tuple.items, 0);
		return tuple;
	}
	first = expression(e);
	if (accept(e, ",")) {
		eval_tuple_add(&tuple, first);
		while (e->message == NULL && (skip_blanks(e), *e->at != ')')) {
			eval_tuple_add(&tuple, expression(e));
			if (!accept(e, ","))
				break;
		}
		first = tuple;
	}
	if (!accept(e, ")"))
		wrong(e, "a ')' is missing");
	e->parentheses--;
	skip_blanks(e);
	return first;
}

static struct eval_value extreme(struct eval *e, const struct eval_value *args, int sign)
{
	const struct eval_value *best = NULL;

	for (guint i = 0; i < args->items->len; i++) {
		const struct eval_value *item = g_ptr_array_index(args->items, i);
		int order = 0;

		if (best != NULL && !eval_compare(item, best, &order))
			return wrong(e, "min() and max() take values that have an order");
		if (best == NULL || order * sign > 0)
			best = item;
	}
	return best != NULL ? eval_value_copy(best)
			    : wrong(e, "min() and max() take at least one value");
}

static struct eval_value print(struct eval *e, const struct eval_value *args)
{
	for (guint i = 0; i < args->items->len && !e->skip; i++) {
		if (i > 0)
			g_string_append_c(e->output, ' ');
		eval_value_text(g_ptr_array_index(args->items, i), false, e->output);
	}
	if (!e->skip)
		g_string_append_c(e->output, '\n');
	return (struct eval_value){.type = EVAL_NONE};
}

static struct eval_value call(struct eval *e, const char *name, struct eval_value *args)
{
	const struct eval_value *first =
		args->items->len > 0 ? g_ptr_array_index(args->items, 0) : NULL;
	struct eval_value value;
	GString *out;

	if (strcmp(name, "print") == 0)
		return print(e, args);
	if (strcmp(name, "min") == 0 || strcmp(name, "max") == 0)
		return extreme(e, args, name[1] == 'a' ? 1 : -1);
	if (first == NULL)
		return wrong(e, "%s() takes a value", name);
	if (strcmp(name, "abs") == 0 && eval_is_number(first))
		return first->type == EVAL_REAL
			       ? eval_real(first->real < 0 ? -first->real : first->real)
			       : eval_integer(ABS(first->integer));
	if (strcmp(name, "int") == 0 && eval_is_number(first))
		return eval_integer(
			first->type == EVAL_REAL ? (int64_t)first->real : first->integer);
	if (strcmp(name, "len") == 0 && first->type == EVAL_TUPLE)
		return eval_integer(first->items->len);
	out = g_string_new(NULL);
	if (strcmp(name, "hex") == 0 && eval_is_number(first))
		g_string_append_printf(out, "0x%" G_GINT64_MODIFIER "x", first->integer);
	else if (strcmp(name, "str") == 0)
		eval_value_text(first, false, out);
	else
		wrong(e, "no function %s(); there are print, min, max, abs, int, len, hex and str",
			name);
	value = eval_text(out->str);
	g_string_free(out, TRUE);
	return value;
}

static struct eval_value call_of(struct eval *e, const char *name)
{
	struct eval_value args = parenthesized(e), value;

	if (args.type != EVAL_TUPLE) {
		struct eval_value one = args;

		args.type = EVAL_NONE;
		eval_tuple_add(&args, one);
	}
	value = e->message != NULL ? (struct eval_value){.type = EVAL_NONE} : call(e, name, &args);
	eval_value_clear(&args);
	return value;
}

static struct eval_value unknown_name(struct eval *e, const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	GHashTableIter iter;
	gpointer key;
	char *near;

	if (e->skip) {
		g_ptr_array_unref(names);
		return eval_integer(0);
	}
	g_hash_table_iter_init(&iter, e->scope->names);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		g_ptr_array_add(names, key);
	g_ptr_array_sort(names, (GCompareFunc)(void (*)(void))g_strcmp0);
	g_ptr_array_add(names, NULL);
	near = near_names(name, (const char *const *)names->pdata, 3);
	wrong(e, "the name %s is not known%s%s", name, near != NULL ? "; did you mean " : "",
		near != NULL ? near : "");
	g_free(near);
	g_ptr_array_unref(names);
	return (struct eval_value){.type = EVAL_NONE};
}

static struct eval_value named(struct eval *e)
{
	char *name = take_name(e);
	const struct eval_value *held;
	struct eval_value value;

	if (accept(e, "("))
		value = call_of(e, name);
	else if (strcmp(name, "True") == 0 || strcmp(name, "False") == 0)
		value = eval_boolean(name[0] == 'T');
	else if (strcmp(name, "None") == 0)
		value.type = EVAL_NONE;
	else if ((held = g_hash_table_lookup(e->scope->names, name)) != NULL)
		value = eval_value_copy(held);
	else
		value = unknown_name(e, name);
	g_free(name);
	return value;
}

static struct eval_value atom(struct eval *e)
{
	skip_blanks(e);
	if (e->message != NULL)
		return (struct eval_value){.type = EVAL_NONE};
	if (g_ascii_isdigit(*e->at) || (*e->at == '.' && g_ascii_isdigit(e->at[1])))
		return number(e);
	if (*e->at == '"' || *e->at == '\'')
		return text(e);
	if (accept(e, "("))
		return parenthesized(e);
	if (is_name(*e->at))
		return named(e);
	return wrong(e, "a value is expected where '%.*s' stands",
		(int)MIN(strcspn(e->at, "\n"), 20), e->at);
}

static struct eval_value operate(
	struct eval *e, const char *op, struct eval_value left, struct eval_value right)
{
	struct eval_value out = {.type = EVAL_NONE};
	const char *problem = NULL;

	if (e->message == NULL && !e->skip)
		problem = eval_operate(op, &left, &right, &out);
	if (problem != NULL)
		wrong(e, "%s: %s", op, problem);
	eval_value_clear(&left);
	eval_value_clear(&right);
	return out;
}

static struct eval_value unary(struct eval *e);

static struct eval_value raised(struct eval *e)
{
	struct eval_value value = atom(e);

	return accept_operator(e, "**") ? operate(e, "**", value, unary(e)) : value;
}

static struct eval_value unary(struct eval *e)
{
	struct eval_value value;

	if (accept(e, "-"))
		return operate(e, "-", eval_integer(0), unary(e));
	if (accept(e, "+"))
		return unary(e);
	if (!accept(e, "~"))
		return raised(e);
	value = unary(e);
	return operate(e, "^", eval_integer(-1), value);
}

/* Operators by how tightly they bind, loosest first. */
static const char *const LEVELS[][5] = {
	{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "//", "/", "%"}};

static struct eval_value binary(struct eval *e, unsigned level)
{
	struct eval_value left;
	bool found = true;

	if (level == G_N_ELEMENTS(LEVELS))
		return unary(e);
	left = binary(e, level + 1);
	while (found && e->message == NULL) {
		found = false;
		for (int i = 0; i < 5 && LEVELS[level][i] != NULL && !found; i++) {
			if (!accept_operator(e, LEVELS[level][i]))
				continue;
			found = true;
			left = operate(e, LEVELS[level][i], left, binary(e, level + 1));
		}
	}
	return left;
}

static const char *accept_comparison(struct eval *e)
{
	static const char *const NAMES[] = {"==", "!=", "<=", ">=", "<", ">"};

	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
		if (accept(e, NAMES[i]))
			return NAMES[i];
	if (accept(e, "in"))
		return "in";
	return NULL;
}

static bool contains(const struct eval_value *whole, const struct eval_value *part)
{
	for (guint i = 0; whole->type == EVAL_TUPLE && i < whole->items->len; i++)
		if (eval_equal(part, g_ptr_array_index(whole->items, i)))
			return true;
	return false;
}

static bool holds(
	struct eval *e, const char *op, const struct eval_value *a, const struct eval_value *b)
{
	int order = 0;

	if (strcmp(op, "==") == 0)
		return eval_equal(a, b);
	if (strcmp(op, "!=") == 0)
		return !eval_equal(a, b);
	if (strcmp(op, "in") == 0)
		return contains(b, a);
	if (!eval_compare(a, b, &order)) {
		if (!e->skip)
			wrong(e, "%s: these values have no order", op);
		return false;
	}
	if (op[0] == '<')
		return op[1] == '=' ? order <= 0 : order < 0;
	return op[1] == '=' ? order >= 0 : order > 0;
}

static void remember(
	struct eval *e, const char *op, const struct eval_value *a, const struct eval_value *b)
{
	if (e->skip)
		return;
	g_string_truncate(e->comparison, 0);
	eval_value_text(a, true, e->comparison);
	g_string_append_printf(e->comparison, " %s ", op);
	eval_value_text(b, true, e->comparison);
}

/* a <= b < c: true if each holds. */
static struct eval_value comparison(struct eval *e)
{
	struct eval_value left = binary(e, 0);
	const char *op = accept_comparison(e);
	bool all = true;

	if (op == NULL)
		return left;
	while (op != NULL && e->message == NULL) {
		struct eval_value right = binary(e, 0);

		if (e->message == NULL && !holds(e, op, &left, &right)) {
			if (all)
				remember(e, op, &left, &right);
			all = false;
		}
		eval_value_clear(&left);
		left = right;
		op = accept_comparison(e);
	}
	eval_value_clear(&left);
	return eval_boolean(all);
}

static struct eval_value negation(struct eval *e)
{
	struct eval_value value;
	bool truth;

	if (!accept(e, "not"))
		return comparison(e);
	value = negation(e);
	truth = eval_is_true(&value);
	eval_value_clear(&value);
	return eval_boolean(!truth);
}

/* The right side of `and` and `or` is read but not evaluated where the left one decides. */
static struct eval_value logical(struct eval *e, bool is_or)
{
	const char *word = is_or ? "or" : "and";
	struct eval_value left = is_or ? logical(e, false) : negation(e);

	while (accept(e, word)) {
		bool decided = eval_is_true(&left) == is_or, before = e->skip;
		struct eval_value right;

		e->skip = before || decided;
		right = is_or ? logical(e, false) : negation(e);
		e->skip = before;
		eval_value_clear(decided ? &right : &left);
		if (!decided)
			left = right;
	}
	return left;
}

static struct eval_value expression(struct eval *e)
{
	struct eval_value value;

	if (++e->depth > MAX_DEPTH)
		value = wrong(e, "expressions are nested more than %d deep", MAX_DEPTH);
	else
		value = logical(e, true);
	e->depth--;
	return value;
}

/* a, b without parentheses is a tuple too. */
static struct eval_value expressions(struct eval *e)
{
	struct eval_value first = expression(e), tuple = {.type = EVAL_NONE};

	skip_blanks(e);
	if (*e->at != ',')
		return first;
	eval_tuple_add(&tuple, first);
	while (accept(e, ",")) {
		skip_blanks(e);
		if (*e->at == '\0' || *e->at == '\n' || *e->at == ';')
			break;
		eval_tuple_add(&tuple, expression(e));
	}
	return tuple;
}

static bool assertion(struct eval *e)
{
	const char *start;
	char *source;
	struct eval_value value, reason = {.type = EVAL_NONE};
	GString *message;
	bool truth;

	skip_blanks(e);
	start = e->at;
	g_string_truncate(e->comparison, 0);
	value = expression(e);
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
		if (accept(e, ","))
			reason = expression(e);
		e->skip = before;
	} else {
		g_string_printf(message, "assert %s", source);
		if (e->comparison->len > 0)
			g_string_append_printf(message, ": %s is false", e->comparison->str);
		if (accept(e, ",")) {
			reason = expression(e);
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
	char *name = take_name(e);

	for (size_t i = 0; i < G_N_ELEMENTS(OPERATORS) && *name != '\0'; i++) {
		const struct eval_value *before = g_hash_table_lookup(e->scope->names, name);
		char *op;
		struct eval_value value;

		if (!accept(e, OPERATORS[i]) || (OPERATORS[i][1] == '\0' && *e->at == '='))
			continue;
		value = expressions(e);
		op = g_strndup(OPERATORS[i], strlen(OPERATORS[i]) - 1);
		if (*op != '\0' && before == NULL)
			unknown_name(e, name);
		else if (*op != '\0')
			value = operate(e, op, eval_value_copy(before), value);
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

	skip_blanks(e);
	if (accept(e, "pass"))
		return true;
	if (accept(e, "assert"))
		return assertion(e);
	if (accept(e, "if")) {
		bool before = e->skip, truth;

		value = expression(e);
		truth = eval_is_true(&value);
		eval_value_clear(&value);
		if (!accept(e, ":"))
			wrong(e, "a ':' is missing after the condition");
		e->skip = before || !truth;
		truth = statement(e);
		e->skip = before;
		return truth;
	}
	if (is_name(*e->at) && assignment(e))
		return true;
	value = expressions(e);
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
		skip_blanks(&e);
		if (*e.at == '\n' || *e.at == ';') {
			e.at++;
			continue;
		}
		if (*e.at == '\0')
			break;
		truth = statement(&e);
		skip_blanks(&e);
		if (e.message == NULL && *e.at != '\n' && *e.at != ';' && *e.at != '\0')
			wrong(&e,
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
