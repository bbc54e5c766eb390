/* Expressions of %{ }% blocks, by recursive descent: each function reads what binds as tightly as
 * its name says. */
#include "script/python/expression.h"
#include "script/python/state.h"

#include "base/near.h"
#include <string.h>

#define MAX_DEPTH    64
#define MOST_SPENT   (1 << 20)
#define MOST_PRINTED (1 << 20)

struct eval_value eval_wrong(struct eval *e, const char *format, ...)
{
	va_list args;

	if (e->message == NULL) {
		va_start(args, format);
		e->message = g_strdup_vprintf(format, args);
		va_end(args);
	}
	return (struct eval_value){.type = EVAL_NONE};
}

bool eval_enter(struct eval *e)
{
	if (++e->depth <= MAX_DEPTH)
		return true;
	eval_wrong(e, "expressions are nested more than %d deep", MAX_DEPTH);
	return false;
}

void eval_leave(struct eval *e)
{
	e->depth--;
}

struct eval_value eval_spend(struct eval *e, struct eval_value value)
{
	if (value.type != EVAL_TEXT && value.type != EVAL_TUPLE)
		return value;
	e->spent += eval_value_size(&value);
	if (e->spent <= MOST_SPENT)
		return value;
	eval_value_clear(&value);
	return eval_wrong(e, "the values of this block take more than %d MB", MOST_SPENT >> 20);
}

void eval_skip_blanks(struct eval *e)
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

bool eval_is_name(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

bool eval_accept(struct eval *e, const char *text)
{
	size_t len = strlen(text);

	eval_skip_blanks(e);
	if (e->message != NULL || strncmp(e->at, text, len) != 0)
		return false;
	if (eval_is_name(text[0]) && eval_is_name(e->at[len]))
		return false;
	e->at += len;
	return true;
}

/* An op that is not the start of a longer one, nor of an assignment such as +=. */
static bool accept_operator(struct eval *e, const char *text)
{
	size_t len = strlen(text);

	eval_skip_blanks(e);
	if (e->message != NULL || strncmp(e->at, text, len) != 0 || e->at[len] == '=')
		return false;
	if (len == 1 && strchr("*/<>", text[0]) != NULL && e->at[1] == text[0])
		return false;
	e->at += len;
	return true;
}

char *eval_take_name(struct eval *e)
{
	size_t len = 0;

	eval_skip_blanks(e);
	while (eval_is_name(e->at[len]))
		len++;
	e->at += len;
	return g_strndup(e->at - len, len);
}

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
		eval_wrong(e, "a string does not end");
	else
		e->at++;
	value = eval_text(out->str);
	g_string_free(out, TRUE);
	return value;
}

/* What stands in parentheses, the opening one of which has been read, as a tuple. True if it is one
 * value without a comma: (a) is a, and f((a, b)) has one argument. */
static bool listed(struct eval *e, struct eval_value *tuple)
{
	bool comma = false;

	e->parentheses++;
	*tuple = eval_tuple();
	while (e->message == NULL && (eval_skip_blanks(e), *e->at != ')')) {
		eval_tuple_add(tuple, eval_expression(e));
		comma = eval_accept(e, ",");
		if (!comma)
			break;
	}
	if (!eval_accept(e, ")"))
		eval_wrong(e, "a ')' is missing");
	e->parentheses--;
	eval_skip_blanks(e);
	return tuple->items->len == 1 && !comma;
}

static struct eval_value parenthesized(struct eval *e)
{
	struct eval_value tuple, value, *only;

	if (!listed(e, &tuple))
		return tuple;
	only = g_ptr_array_index(tuple.items, 0);
	value = *only;
	only->type = EVAL_NONE; /* moved */
	eval_value_clear(&tuple);
	return value;
}

static struct eval_value extreme(struct eval *e, const struct eval_value *args, int sign)
{
	const struct eval_value *best = NULL;

	for (guint i = 0; i < args->items->len; i++) {
		const struct eval_value *item = g_ptr_array_index(args->items, i);
		int order = 0;

		if (best != NULL && !eval_compare(item, best, &order))
			return eval_wrong(e, "min() and max() take values that have an order");
		if (best == NULL || order * sign > 0)
			best = item;
	}
	return best != NULL ? eval_value_copy(best)
			    : eval_wrong(e, "min() and max() take at least one value");
}

static struct eval_value print(struct eval *e, const struct eval_value *args)
{
	for (guint i = 0; i < args->items->len; i++) {
		if (i > 0)
			g_string_append_c(e->output, ' ');
		eval_value_text(g_ptr_array_index(args->items, i), false, e->output);
	}
	g_string_append_c(e->output, '\n');
	if (e->output->len > MOST_PRINTED) {
		g_string_truncate(e->output, MOST_PRINTED);
		return eval_wrong(e, "more than %d MB are printed", MOST_PRINTED >> 20);
	}
	return (struct eval_value){.type = EVAL_NONE};
}

static struct eval_value call(struct eval *e, const char *name, struct eval_value *args)
{
	const struct eval_value *first =
		args->items->len > 0 ? g_ptr_array_index(args->items, 0) : NULL;
	struct eval_value value;
	GString *out;
	int64_t integer;

	if (strcmp(name, "print") == 0)
		return print(e, args);
	if (strcmp(name, "min") == 0 || strcmp(name, "max") == 0)
		return extreme(e, args, name[1] == 'a' ? 1 : -1);
	if (first == NULL)
		return eval_wrong(e, "%s() takes a value", name);
	if (strcmp(name, "abs") == 0 && eval_is_number(first))
		return first->type == EVAL_REAL
			       ? eval_real(first->real < 0 ? -first->real : first->real)
			       : eval_integer(first->integer < 0
						      ? (int64_t) - (uint64_t)first->integer
						      : first->integer);
	if (strcmp(name, "int") == 0 && eval_is_number(first)) {
		if (first->type != EVAL_REAL)
			return eval_integer(first->integer);
		return eval_real_to_integer(first->real, &integer)
			       ? eval_integer(integer)
			       : eval_wrong(e, "int(): the number does not fit 64 bits");
	}
	if (strcmp(name, "len") == 0 && first->type == EVAL_TUPLE)
		return eval_integer(first->items->len);
	if (strcmp(name, "hex") == 0 && (!eval_is_number(first) || first->type == EVAL_REAL))
		return eval_wrong(e, "hex() takes a whole number");
	out = g_string_new(NULL);
	if (strcmp(name, "hex") == 0)
		g_string_append_printf(out, "0x%" G_GINT64_MODIFIER "x", first->integer);
	else if (strcmp(name, "str") == 0)
		eval_value_text(first, false, out);
	else
		eval_wrong(e,
			"no function %s(); there are print, min, max, abs, int, len, hex and str",
			name);
	value = eval_text(out->str);
	g_string_free(out, TRUE);
	return value;
}

/* A call that does not decide is read and not made. */
static struct eval_value call_of(struct eval *e, const char *name)
{
	struct eval_value args, value = {.type = EVAL_NONE};

	listed(e, &args);
	if (e->message == NULL && !e->skip)
		value = call(e, name, &args);
	eval_value_clear(&args);
	return value;
}

struct eval_value eval_unknown_name(struct eval *e, const char *name)
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
	eval_wrong(e, "the name %s is not known%s%s", name, near != NULL ? "; did you mean " : "",
		near != NULL ? near : "");
	g_free(near);
	g_ptr_array_unref(names);
	return (struct eval_value){.type = EVAL_NONE};
}

static struct eval_value named(struct eval *e)
{
	char *name = eval_take_name(e);
	const struct eval_value *held;
	struct eval_value value;

	if (eval_accept(e, "("))
		value = call_of(e, name);
	else if (strcmp(name, "True") == 0 || strcmp(name, "False") == 0)
		value = eval_boolean(name[0] == 'T');
	else if (strcmp(name, "None") == 0)
		value = (struct eval_value){.type = EVAL_NONE};
	else if ((held = g_hash_table_lookup(e->scope->names, name)) != NULL)
		value = eval_spend(e, eval_value_copy(held));
	else
		value = eval_unknown_name(e, name);
	g_free(name);
	return value;
}

static struct eval_value atom(struct eval *e)
{
	eval_skip_blanks(e);
	if (e->message != NULL)
		return (struct eval_value){.type = EVAL_NONE};
	if (g_ascii_isdigit(*e->at) || (*e->at == '.' && g_ascii_isdigit(e->at[1])))
		return number(e);
	if (*e->at == '"' || *e->at == '\'')
		return text(e);
	if (eval_accept(e, "("))
		return parenthesized(e);
	if (eval_is_name(*e->at))
		return named(e);
	return eval_wrong(e, "a value is expected where '%.*s' stands",
		(int)MIN(strcspn(e->at, "\n"), 20), e->at);
}

struct eval_value eval_binary(
	struct eval *e, const char *op, struct eval_value left, struct eval_value right)
{
	struct eval_value out = {.type = EVAL_NONE};
	const char *problem = NULL;

	if (e->message == NULL && !e->skip)
		problem = eval_operate(op, &left, &right, &out);
	if (problem != NULL)
		eval_wrong(e, "%s: %s", op, problem);
	eval_value_clear(&left);
	eval_value_clear(&right);
	return eval_spend(e, out);
}

static struct eval_value unary(struct eval *e);

static struct eval_value raised(struct eval *e)
{
	struct eval_value value = atom(e);

	return accept_operator(e, "**") ? eval_binary(e, "**", value, unary(e)) : value;
}

static struct eval_value signed_value(struct eval *e)
{
	struct eval_value value;

	if (eval_accept(e, "-"))
		return eval_binary(e, "-", eval_integer(0), unary(e));
	if (eval_accept(e, "+"))
		return unary(e);
	if (!eval_accept(e, "~"))
		return raised(e);
	value = unary(e);
	return eval_binary(e, "^", eval_integer(-1), value);
}

static struct eval_value unary(struct eval *e)
{
	struct eval_value value = {.type = EVAL_NONE};

	if (eval_enter(e))
		value = signed_value(e);
	eval_leave(e);
	return value;
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
			left = eval_binary(e, LEVELS[level][i], left, binary(e, level + 1));
		}
	}
	return left;
}

static const char *accept_comparison(struct eval *e)
{
	static const char *const NAMES[] = {"==", "!=", "<=", ">=", "<", ">"};

	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
		if (eval_accept(e, NAMES[i]))
			return NAMES[i];
	if (eval_accept(e, "in"))
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
			eval_wrong(e, "%s: these values have no order", op);
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
	struct eval_value value = {.type = EVAL_NONE};
	bool truth;

	if (!eval_accept(e, "not"))
		return comparison(e);
	if (eval_enter(e))
		value = negation(e);
	eval_leave(e);
	truth = eval_is_true(&value);
	eval_value_clear(&value);
	return eval_boolean(!truth);
}

/* The right side of `and` and `or` is read but not evaluated where the left one decides. */
static struct eval_value logical(struct eval *e, bool is_or)
{
	const char *word = is_or ? "or" : "and";
	struct eval_value left = is_or ? logical(e, false) : negation(e);

	while (eval_accept(e, word)) {
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

struct eval_value eval_expression(struct eval *e)
{
	struct eval_value value = {.type = EVAL_NONE};

	if (eval_enter(e))
		value = logical(e, true);
	eval_leave(e);
	return value;
}

/* a, b without parentheses is a tuple too. */
struct eval_value eval_expressions(struct eval *e)
{
	struct eval_value first = eval_expression(e), tuple = {.type = EVAL_NONE};

	eval_skip_blanks(e);
	if (*e->at != ',')
		return first;
	tuple = eval_tuple();
	eval_tuple_add(&tuple, first);
	while (eval_accept(e, ",")) {
		eval_skip_blanks(e);
		if (*e->at == '\0' || *e->at == '\n' || *e->at == ';')
			break;
		eval_tuple_add(&tuple, eval_expression(e));
	}
	return tuple;
}
