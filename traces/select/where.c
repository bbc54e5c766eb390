/* Conditions, parsed and asked: see where.h. */
#include "traces/select/where.h"

#include "traces/select/where_value.h"

#include "base/near.h"

#include <math.h>
#include <string.h>

/* As deep as parentheses and "not" may stand: nobody writes that, and the stack has an end. */
#define DEEPEST 64

enum node_kind { NODE_TEST, NODE_NOT, NODE_AND, NODE_OR };

struct node {
	enum node_kind kind;
	struct node *left, *right; /* NOT: left */
	struct where_test test;
};

struct where {
	GPtrArray *nodes; /* all of them, to be freed */
	struct node *root;
};

struct parser {
	const char *text, *at;
	struct where *where;
	unsigned depth;
	char *why;
};

static struct node *wrong(struct parser *p, const char *format, ...) G_GNUC_PRINTF(2, 3);
static struct node *wrong(struct parser *p, const char *format, ...)
{
	va_list args;
	char *what;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	if (p->why == NULL)
		p->why = g_strdup_printf("column %d: %s", (int)(p->at - p->text) + 1, what);
	g_free(what);
	return NULL;
}

static struct node *new_node(struct parser *p, enum node_kind kind)
{
	struct node *n = g_new0(struct node, 1);

	n->kind = kind;
	g_ptr_array_add(p->where->nodes, n);
	return n;
}

static void pass_spaces(struct parser *p)
{
	while (g_ascii_isspace(*p->at))
		p->at++;
}

static size_t name_length(const char *at)
{
	size_t n = 0;

	while (g_ascii_isalnum(at[n]) || (at[n] != '\0' && strchr("_-", at[n])))
		n++;
	return n;
}

/* A word or sign that joins conditions stands next: it is passed. */
static bool take(struct parser *p, const char *word, const char *sign)
{
	size_t n;

	pass_spaces(p);
	n = name_length(p->at);
	if (n == strlen(word) && n > 0 && g_ascii_strncasecmp(p->at, word, n) == 0) {
		p->at += n;
		return true;
	}
	if (!g_str_has_prefix(p->at, sign))
		return false;
	p->at += strlen(sign);
	return true;
}

/* ---- a test ---- */

static const struct {
	const char *sign;
	enum where_operator operator;
} OPERATORS[] = {
	{"==", WHERE_EQUAL},
	{"!=", WHERE_NOT_EQUAL},
	{"<=", WHERE_LESS_OR_EQUAL},
	{">=", WHERE_MORE_OR_EQUAL},
	{"=", WHERE_EQUAL},
	{"<", WHERE_LESS},
	{">", WHERE_MORE},
};

static enum where_operator take_operator(struct parser *p)
{
	pass_spaces(p);
	for (size_t i = 0; i < G_N_ELEMENTS(OPERATORS); i++)
		if (g_str_has_prefix(p->at, OPERATORS[i].sign)) {
			p->at += strlen(OPERATORS[i].sign);
			return OPERATORS[i].operator;
		}
	return WHERE_IS_THERE;
}

static size_t value_length(const char *at)
{
	return strcspn(at, " \t\n()&|");
}

static struct node *take_value(struct parser *p, struct node *n)
{
	char *value, *why = NULL;

	pass_spaces(p);
	size_t len = value_length(p->at);
	if (len == 0)
		return wrong(p, "a value is expected behind the sign, such as %s",
			where_value_example(n->test.key));
	value = g_strndup(p->at, len);
	if (!where_value_parse(&n->test, value, &why))
		n = wrong(p, "%s", why);
	else
		p->at += len;
	g_free(value);
	g_free(why);
	return n;
}

static bool is_joint(const char *name)
{
	return g_ascii_strcasecmp(name, "and") == 0 || g_ascii_strcasecmp(name, "or") == 0;
}

static struct node *take_test(struct parser *p)
{
	size_t len = name_length(p->at);
	char *near = NULL, *name;
	struct node *n;

	if (len == 0)
		return *p->at == '\0' ? wrong(p, "a key is expected here, such as outcome")
				      : wrong(p, "a key is expected here, not '%.8s'", p->at);
	name = g_strndup(p->at, len);
	if (is_joint(name)) {
		wrong(p, "a key is expected here, not '%s'", name);
		g_free(name);
		return NULL;
	}
	n = new_node(p, NODE_TEST);
	n->test.key = key_find(name, &near);
	if (n->test.key == NULL)
		wrong(p, "unknown key '%s': %s", name, near);
	g_free(name);
	g_free(near);
	if (n->test.key == NULL)
		return NULL;
	p->at += len;
	const char *sign = p->at;
	n->test.operator= take_operator(p);
	if (n->test.operator!= WHERE_IS_THERE) {
		const char *refused = where_operator_refused(&n->test);

		if (refused == NULL)
			return take_value(p, n);
		p->at = sign;
		pass_spaces(p);
		return wrong(p, "%s", refused);
	}
	if (n->test.key->kind == KEY_ADDRESS)
		return wrong(p, "'%s' wants an address: %s=192.0.2.1", n->test.key->name,
			n->test.key->name);
	return n;
}

/* ---- conditions ---- */

static struct node *take_condition(struct parser *p);

static struct node *take_one(struct parser *p)
{
	struct node *n;

	if (++p->depth > DEEPEST)
		return wrong(p, "it is nested too deeply");
	pass_spaces(p);
	/* "!=" belongs to a test. */
	if (p->at[0] == '!' && p->at[1] == '=')
		return wrong(p, "a key is expected in front of !=");
	if (take(p, "not", "!")) {
		struct node *inner = take_one(p);

		n = inner != NULL ? new_node(p, NODE_NOT) : NULL;
		if (n != NULL)
			n->left = inner;
	} else if (*p->at == '(') {
		p->at++;
		n = take_condition(p);
		pass_spaces(p);
		if (n != NULL && *p->at != ')')
			return wrong(p, "a ) is missing here");
		p->at += n != NULL;
	} else {
		n = take_test(p);
	}
	p->depth--;
	return n;
}

static struct node *take_chain(struct parser *p, enum node_kind kind)
{
	struct node *left = kind == NODE_OR ? take_chain(p, NODE_AND) : take_one(p);

	while (left != NULL && (kind == NODE_OR ? take(p, "or", "||") : take(p, "and", "&&"))) {
		struct node *n, *right = kind == NODE_OR ? take_chain(p, NODE_AND) : take_one(p);

		if (right == NULL)
			return NULL;
		n = new_node(p, kind);
		n->left = left;
		n->right = right;
		left = n;
	}
	return left;
}

static struct node *take_condition(struct parser *p)
{
	return take_chain(p, NODE_OR);
}

struct where *where_parse(const char *text, char **why)
{
	struct parser p = {.text = text, .at = text, .where = g_new0(struct where, 1)};

	p.where->nodes = g_ptr_array_new_with_free_func(g_free);
	p.where->root = take_condition(&p);
	pass_spaces(&p);
	if (p.where->root != NULL && *p.at != '\0')
		p.where->root = wrong(&p, "'and' or 'or' is expected here, not '%.12s'", p.at);
	if (p.where->root != NULL)
		return p.where;
	*why = p.why;
	where_free(p.where);
	return NULL;
}

static bool holds(const struct node *n, const struct asked *a, const struct flow *f)
{
	switch (n->kind) {
	case NODE_NOT: return !holds(n->left, a, f);
	case NODE_AND: return holds(n->left, a, f) && holds(n->right, a, f);
	case NODE_OR: return holds(n->left, a, f) || holds(n->right, a, f);
	default: return where_test_holds(&n->test, a, f);
	}
}

bool where_holds(const struct where *w, const struct asked *a, const struct flow *f)
{
	return holds(w->root, a, f);
}

void where_free(struct where *w)
{
	if (w == NULL)
		return;
	g_ptr_array_free(w->nodes, TRUE);
	g_free(w);
}
