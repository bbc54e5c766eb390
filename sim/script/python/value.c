#include "script/python/value.h"

#include <math.h>
#include <string.h>

struct eval_value eval_integer(int64_t value)
{
	return (struct eval_value){.type = EVAL_INTEGER, .integer = value};
}

struct eval_value eval_boolean(bool value)
{
	return (struct eval_value){.type = EVAL_BOOLEAN, .integer = value};
}

struct eval_value eval_real(double value)
{
	return (struct eval_value){.type = EVAL_REAL, .real = value};
}

struct eval_value eval_text(const char *text)
{
	return (struct eval_value){.type = EVAL_TEXT, .text = g_strdup(text)};
}

static void item_free(void *data)
{
	eval_value_clear(data);
	g_free(data);
}

struct eval_value eval_tuple(void)
{
	return (struct eval_value){
		.type = EVAL_TUPLE, .items = g_ptr_array_new_with_free_func(item_free)};
}

void eval_tuple_add(struct eval_value *tuple, struct eval_value item)
{
	struct eval_value *held = g_new(struct eval_value, 1);

	*held = item;
	g_ptr_array_add(tuple->items, held);
}

void eval_value_clear(struct eval_value *value)
{
	if (value->type == EVAL_TEXT)
		g_free(value->text);
	else if (value->type == EVAL_TUPLE)
		g_ptr_array_unref(value->items);
	value->type = EVAL_NONE;
}

struct eval_value eval_value_copy(const struct eval_value *value)
{
	struct eval_value copy = *value;

	if (value->type == EVAL_TEXT)
		return eval_text(value->text);
	if (value->type != EVAL_TUPLE)
		return copy;
	copy = eval_tuple();
	for (guint i = 0; i < value->items->len; i++)
		eval_tuple_add(&copy, eval_value_copy(g_ptr_array_index(value->items, i)));
	return copy;
}

size_t eval_value_size(const struct eval_value *value)
{
	size_t size = 1;

	if (value->type == EVAL_TEXT)
		size += strlen(value->text);
	else if (value->type == EVAL_TUPLE)
		for (guint i = 0; i < value->items->len; i++)
			size += eval_value_size(g_ptr_array_index(value->items, i));
	return size;
}

unsigned eval_value_depth(const struct eval_value *value)
{
	unsigned deepest = 0;

	for (guint i = 0; value->type == EVAL_TUPLE && i < value->items->len; i++) {
		/* Outside MAX, which would ask the deeper one twice, and so twice a level. */
		unsigned depth = eval_value_depth(g_ptr_array_index(value->items, i));

		deepest = MAX(deepest, depth);
	}
	return deepest + 1;
}

bool eval_is_true(const struct eval_value *value)
{
	switch (value->type) {
	case EVAL_INTEGER:
	case EVAL_BOOLEAN: return value->integer != 0;
	case EVAL_REAL: return value->real != 0;
	case EVAL_TEXT: return *value->text != '\0';
	case EVAL_TUPLE: return value->items->len > 0;
	default: return false;
	}
}

bool eval_is_number(const struct eval_value *value)
{
	return value->type == EVAL_INTEGER || value->type == EVAL_BOOLEAN ||
	       value->type == EVAL_REAL;
}

double eval_as_real(const struct eval_value *value)
{
	return value->type == EVAL_REAL ? value->real : (double)value->integer;
}

void eval_value_text(const struct eval_value *value, bool quoted, GString *out)
{
	switch (value->type) {
	case EVAL_NONE: g_string_append(out, "None"); break;
	case EVAL_INTEGER: g_string_append_printf(out, "%" G_GINT64_FORMAT, value->integer); break;
	case EVAL_BOOLEAN: g_string_append(out, value->integer ? "True" : "False"); break;
	case EVAL_REAL: g_string_append_printf(out, "%.12g", value->real); break;
	case EVAL_TEXT: g_string_append_printf(out, quoted ? "'%s'" : "%s", value->text); break;
	case EVAL_TUPLE:
		g_string_append_c(out, '(');
		for (guint i = 0; i < value->items->len; i++) {
			if (i > 0)
				g_string_append(out, ", ");
			eval_value_text(g_ptr_array_index(value->items, i), true, out);
		}
		g_string_append(out, value->items->len == 1 ? ",)" : ")");
		break;
	}
}

static int order_of(double a, double b)
{
	return a < b ? -1 : a > b;
}

static bool compare_tuples(const struct eval_value *a, const struct eval_value *b, int *order)
{
	for (guint i = 0; i < a->items->len && i < b->items->len; i++) {
		if (!eval_compare(
			    g_ptr_array_index(a->items, i), g_ptr_array_index(b->items, i), order))
			return false;
		if (*order != 0)
			return true;
	}
	*order = order_of(a->items->len, b->items->len);
	return true;
}

bool eval_compare(const struct eval_value *a, const struct eval_value *b, int *order)
{
	if (eval_is_number(a) && eval_is_number(b)) {
		if (a->type != EVAL_REAL && b->type != EVAL_REAL)
			*order = a->integer < b->integer ? -1 : a->integer > b->integer;
		else
			*order = order_of(eval_as_real(a), eval_as_real(b));
		return true;
	}
	if (a->type != b->type)
		return false;
	if (a->type == EVAL_TEXT) {
		*order = strcmp(a->text, b->text);
		return true;
	}
	return a->type == EVAL_TUPLE && compare_tuples(a, b, order);
}

bool eval_equal(const struct eval_value *a, const struct eval_value *b)
{
	int order;

	if (a->type == EVAL_NONE || b->type == EVAL_NONE)
		return a->type == b->type;
	return eval_compare(a, b, &order) && order == 0;
}

/* Python rounds towards minus infinity. */
static int64_t floor_divide(int64_t a, int64_t b)
{
	int64_t q;

	if (b == -1)
		return (int64_t) - (uint64_t)a;
	q = a / b;
	return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

static uint64_t power(uint64_t base, int64_t exponent)
{
	uint64_t result = 1;

	for (; exponent > 0; exponent >>= 1, base *= base)
		if (exponent & 1)
			result *= base;
	return result;
}

static const char *operate_integers(const char *op, int64_t a, int64_t b, struct eval_value *out)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	if ((*op == '/' || *op == '%') && b == 0)
		return "division by zero";
	if ((strcmp(op, "<<") == 0 || strcmp(op, ">>") == 0) && (b < 0 || b > 63))
		return "a shift outside 0 to 63";
	if (strcmp(op, "+") == 0)
		*out = eval_integer((int64_t)(x + y));
	else if (strcmp(op, "-") == 0)
		*out = eval_integer((int64_t)(x - y));
	else if (strcmp(op, "*") == 0)
		*out = eval_integer((int64_t)(x * y));
	else if (strcmp(op, "/") == 0)
		*out = eval_real((double)a / (double)b);
	else if (strcmp(op, "//") == 0)
		*out = eval_integer(floor_divide(a, b));
	else if (strcmp(op, "%") == 0)
		*out = eval_integer((int64_t)(x - (uint64_t)floor_divide(a, b) * y));
	else if (strcmp(op, "**") == 0)
		*out = b < 0 ? eval_real(pow((double)a, (double)b))
			     : eval_integer((int64_t)power(x, b));
	else if (strcmp(op, "&") == 0)
		*out = eval_integer(a & b);
	else if (strcmp(op, "|") == 0)
		*out = eval_integer(a | b);
	else if (strcmp(op, "^") == 0)
		*out = eval_integer(a ^ b);
	else if (strcmp(op, "<<") == 0)
		*out = eval_integer((int64_t)(x << b));
	else
		*out = eval_integer(a >> b);
	return NULL;
}

static const char *operate_reals(const char *op, double a, double b, struct eval_value *out)
{
	if ((*op == '/' || *op == '%') && b == 0)
		return "division by zero";
	if (strcmp(op, "+") == 0)
		*out = eval_real(a + b);
	else if (strcmp(op, "-") == 0)
		*out = eval_real(a - b);
	else if (strcmp(op, "*") == 0)
		*out = eval_real(a * b);
	else if (strcmp(op, "/") == 0)
		*out = eval_real(a / b);
	else if (strcmp(op, "//") == 0)
		*out = eval_real(floor(a / b));
	else if (strcmp(op, "%") == 0)
		*out = eval_real(a - b * floor(a / b));
	else if (strcmp(op, "**") == 0)
		*out = eval_real(pow(a, b));
	else
		return "bit operators take whole numbers";
	return NULL;
}

bool eval_real_to_integer(double real, int64_t *out)
{
	/* 2^63 itself is a double, and the first that does not fit. */
	if (!(real >= -9223372036854775808.0 && real < 9223372036854775808.0))
		return false;
	*out = (int64_t)real;
	return true;
}

static const char *format_integer(
	const char *spec, char kind, const struct eval_value *value, GString *out)
{
	int64_t number = value->integer;
	char *pattern;

	if (!eval_is_number(value))
		return "a number is needed for the format";
	if (value->type == EVAL_REAL && !eval_real_to_integer(value->real, &number))
		return "the number does not fit 64 bits";
	pattern = g_strdup_printf("%s" G_GINT64_MODIFIER "%c", spec, kind == 'u' ? 'd' : kind);
	g_string_append_printf(out, pattern, number);
	g_free(pattern);
	return NULL;
}

/* Width and precision are numbers of a screen, not of a disk. */
static bool modest(const char *spec)
{
	for (const char *at = spec; *at != '\0'; at++)
		if (strspn(at, "0123456789") > 3)
			return false;
	return true;
}

/* One conversion of a format: %d %i %u %x %X %o %s %r %f %g %e with flags and width. */
static const char *format_one(
	const char *spec, char kind, const struct eval_value *value, GString *out)
{
	GString *text;
	char *pattern;

	if (!modest(spec))
		return "a format's width and precision have at most three digits";
	if (strchr("diuxXo", kind) != NULL)
		return format_integer(spec, kind, value, out);
	if (strchr("feEgG", kind) != NULL) {
		if (!eval_is_number(value))
			return "a number is needed for the format";
		pattern = g_strdup_printf("%s%c", spec, kind);
		g_string_append_printf(out, pattern, eval_as_real(value));
		g_free(pattern);
		return NULL;
	}
	if (kind != 's' && kind != 'r')
		return "an unknown format";
	text = g_string_new(NULL);
	eval_value_text(value, kind == 'r', text);
	pattern = g_strdup_printf("%ss", spec);
	g_string_append_printf(out, pattern, text->str);
	g_free(pattern);
	g_string_free(text, TRUE);
	return NULL;
}

static const char TOO_LONG[] = "a text of more than 64 kB";

/* 'srtt=%d us' % tcpi_rtt */
static const char *format_text(
	const char *format, const struct eval_value *args, struct eval_value *out)
{
	GString *text = g_string_new(NULL);
	guint used = 0, n = args->type == EVAL_TUPLE ? args->items->len : 1;
	const char *problem = NULL;

	for (const char *at = format; *at != '\0' && problem == NULL; at++) {
		size_t flags;
		char *spec;

		if (text->len > EVAL_TEXT_MOST) {
			problem = TOO_LONG;
			break;
		}
		if (*at != '%' || at[1] == '%') {
			g_string_append_c(text, *at);
			at += *at == '%';
			continue;
		}
		flags = strspn(at + 1, "-+ #0123456789.");
		if (flags > 12 || at[1 + flags] == '\0' || used >= n) {
			problem = used >= n ? "fewer values than the format has"
					    : "an unfinished format";
			break;
		}
		spec = g_strndup(at, flags + 1);
		problem = format_one(spec, at[1 + flags],
			args->type == EVAL_TUPLE ? g_ptr_array_index(args->items, used) : args,
			text);
		g_free(spec);
		used++;
		at += flags + 1;
	}
	if (problem == NULL && used < n)
		problem = "more values than the format has";
	if (problem == NULL)
		*out = eval_text(text->str);
	g_string_free(text, TRUE);
	return problem;
}

const char *eval_operate(const char *op, const struct eval_value *a, const struct eval_value *b,
	struct eval_value *out)
{
	if (a->type == EVAL_TEXT && strcmp(op, "%") == 0)
		return format_text(a->text, b, out);
	if (a->type == EVAL_TEXT && b->type == EVAL_TEXT && strcmp(op, "+") == 0) {
		if (strlen(a->text) + strlen(b->text) > EVAL_TEXT_MOST)
			return TOO_LONG;
		out->text = g_strconcat(a->text, b->text, NULL);
		out->type = EVAL_TEXT;
		return NULL;
	}
	if (!eval_is_number(a) || !eval_is_number(b))
		return "the op does not take these values";
	if (a->type == EVAL_REAL || b->type == EVAL_REAL)
		return operate_reals(op, eval_as_real(a), eval_as_real(b), out);
	return operate_integers(op, a->integer, b->integer, out);
}
