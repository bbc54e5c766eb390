/*
 * Expressions: arguments and results of system calls.
 *
 * Struct literals are read by shape alone, `{name=value, name(count)=value, value}`; a member's
 * name must be one that some struct of the language has, so that a slip is told here and not by a
 * silent mismatch later.
 */
#include "script/language/parse_expression.h"
#include "base/near.h"
#include "script/language/parser.h"
#include "script/language/parser_state.h"
#include <string.h>

#define MAX_DEPTH 32
#define MAX_TERMS 64 /* of one a|b|c: the tree is as deep as that */

static const char *const FIELDS[] = {"sa_family", "sin_port", "sin_addr", "msg_name", "msg_iov",
	"msg_flags", "msg_control", "cmsg_len", "cmsg_level", "cmsg_type", "cmsg_data", "ee_errno",
	"ee_origin", "ee_type", "ee_code", "ee_info", "ee_data", "scm_sec", "scm_nsec", "fd", "u32",
	"u64", "ptr", "events", "revents", "onoff", "linger", "iov_base", "iov_len", "headers",
	"trailers", "af_name", "af_arg", "function_set_name", "pcbcnt", "enable", "psk",
	"trr_flags", "trr_code", "trr_pen", "tcpm_addr", "tcpm_flags", "tcpm_prefixlen",
	"tcpm_keylen", "tcpm_ifindex", "tcpm_key", NULL};

static const char *const CALLS[] = {"htons", "htonl", "inet_addr", "inet6_addr", NULL};

static bool one_of(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static struct script_expr *new_expr(struct parser *p, enum script_expr_kind kind)
{
	struct script_expr *expr = arena_take(p->arena, sizeof(*expr));

	expr->kind = kind;
	expr->line = p->token.line;
	expr->column = p->token.column;
	return expr;
}

static int hex_digit(char c)
{
	return g_ascii_isxdigit(c) ? g_ascii_xdigit_value(c) : -1;
}

/* Undoes C's escapes into out; returns the length. */
static size_t unescape(const char *text, size_t len, char *out)
{
	static const char from[] = "ntrabfv0", to[] = "\n\t\r\a\b\f\v";
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const char *found;

		if (text[i] != '\\' || i + 1 >= len) {
			out[n++] = text[i];
			continue;
		}
		i++;
		if (text[i] == 'x' && i + 2 < len && hex_digit(text[i + 1]) >= 0 &&
			hex_digit(text[i + 2]) >= 0) {
			out[n++] = (char)(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
			i += 2;
			continue;
		}
		/* strchr finds the string's own end for a NUL. */
		found = text[i] != '\0' ? strchr(from, text[i]) : NULL;
		out[n++] = found != NULL ? to[found - from] : text[i];
	}
	return n;
}

/* "abc" "def": adjacent strings are one; "abc"... gives only the start. */
static struct script_expr *parse_string(struct parser *p)
{
	struct script_expr *expr = new_expr(p, EXPR_STRING);
	GString *bytes = g_string_new(NULL);

	while (p->token.kind == TOKEN_STRING) {
		char *part = arena_take(p->arena, p->token.len + 1);

		g_string_append_len(
			bytes, part, (gssize)unescape(p->token.start, p->token.len, part));
		parser_advance(p);
	}
	expr->string.open = parser_accept(p, TOKEN_ELLIPSIS);
	expr->string.bytes = arena_text(p->arena, bytes->str, bytes->len);
	expr->string.len = bytes->len;
	g_string_free(bytes, TRUE);
	return expr;
}

static struct script_expr *parse_integer(struct parser *p)
{
	struct script_expr *expr = new_expr(p, EXPR_INTEGER);

	expr->integer.value = p->token.integer;
	expr->integer.hex = p->token.kind == TOKEN_HEX;
	parser_advance(p);
	return expr;
}

/* After `= -1 ECONNRESET` a parenthesis opens a note, not a call: only the names
 * above are called. */
static struct script_expr *parse_word(struct parser *p)
{
	struct script_expr *expr = new_expr(p, EXPR_WORD);
	const char *word = parser_token_text(p);

	expr->word = word;
	parser_advance(p);
	if (!one_of(word, CALLS) || !parser_accept_char(p, '('))
		return expr;
	expr->kind = EXPR_CALL;
	expr->call.name = word;
	expr->call.args = parse_arguments(p, ')');
	return expr;
}

/* Looks past a word for `=` or for a count and `=`. */
static bool starts_named_field(struct parser *p)
{
	struct token word = p->token, next;
	bool named;

	if (word.kind != TOKEN_WORD)
		return false;
	lexer_next(&p->lexer, &next);
	named = next.kind == TOKEN_CHAR && (next.start[0] == '=' || next.start[0] == '(');
	if (named && next.start[0] == '(') {
		char *text = g_strndup(word.start, word.len);

		named = !one_of(text, CALLS);
		g_free(text);
	}
	lexer_back(&p->lexer, &next);
	return named;
}

static void unknown_field(struct parser *p, const struct token *at, const char *name)
{
	char *near = near_names(name, FIELDS, 3);

	if (near != NULL)
		parser_fail_message(
			p, at, "no struct has a member '%s'; did you mean %s?", name, near);
	else
		parser_fail_message(p, at,
			"no struct has a member '%s'; see docs/run.md for those it knows", name);
	g_free(near);
}

static void parse_field(struct parser *p, struct script_field *field)
{
	struct token at = p->token;

	if (starts_named_field(p)) {
		field->name = parser_token_text(p);
		if (!g_ascii_isupper(field->name[0]) && !one_of(field->name, FIELDS)) {
			unknown_field(p, &at, field->name);
			return;
		}
		parser_advance(p);
		if (parser_accept_char(p, '(')) {
			field->count = parse_expression(p);
			parser_expect_char(p, ')');
		}
		parser_expect_char(p, '=');
	}
	field->value = parse_expression(p);
}

static struct script_expr *parse_struct(struct parser *p)
{
	struct script_expr *expr = new_expr(p, EXPR_STRUCT);
	struct script_field **tail = &expr->fields;

	parser_advance(p);
	do {
		*tail = arena_take(p->arena, sizeof(**tail));
		parse_field(p, *tail);
		tail = &(*tail)->next;
	} while (parser_accept_char(p, ','));
	parser_expect_char(p, '}');
	return expr;
}

static struct script_expr *parse_primary(struct parser *p)
{
	struct script_expr *expr;

	switch (p->token.kind) {
	case TOKEN_ELLIPSIS:
		expr = new_expr(p, EXPR_ELLIPSIS);
		parser_advance(p);
		return expr;
	case TOKEN_INTEGER:
	case TOKEN_HEX: return parse_integer(p);
	case TOKEN_STRING: return parse_string(p);
	case TOKEN_WORD: return parse_word(p);
	default: break;
	}
	if (parser_is_char(p, '{'))
		return parse_struct(p);
	expr = new_expr(p, EXPR_LIST);
	if (parser_accept_char(p, '['))
		expr->list = parse_arguments(p, ']');
	else
		parser_fail(p, &p->token,
			"a value (a number, a name, a string, ..., [list] or {struct})");
	return expr;
}

static struct script_expr *pair(struct parser *p, enum script_expr_kind kind,
	struct script_expr *left, struct script_expr *right)
{
	struct script_expr *expr = new_expr(p, kind);

	expr->line = left->line;
	expr->column = left->column;
	expr->pair.left = left;
	expr->pair.right = right;
	return expr;
}

struct script_expr *parse_expression(struct parser *p)
{
	struct script_expr *left;
	unsigned terms = 1;

	if (++p->depth > MAX_DEPTH) {
		parser_fail_message(p, &p->token, "values are nested more than %d deep", MAX_DEPTH);
		p->depth--;
		return new_expr(p, EXPR_ELLIPSIS);
	}
	left = parse_primary(p);
	while (parser_accept_char(p, '|')) {
		if (++terms > MAX_TERMS)
			parser_fail_message(
				p, &p->token, "more than %d values are joined by |", MAX_TERMS);
		left = pair(p, EXPR_OR, left, parse_primary(p));
	}
	if (left->kind == EXPR_WORD && parser_is_char(p, '=')) {
		parser_advance(p);
		left = pair(p, EXPR_ASSIGN, left, parse_expression(p));
	}
	p->depth--;
	return left;
}

struct script_expr *parse_arguments(struct parser *p, char close)
{
	struct script_expr *first = NULL, **tail = &first;

	if (parser_accept_char(p, close))
		return NULL;
	do {
		*tail = parse_expression(p);
		tail = &(*tail)->next;
	} while (parser_accept_char(p, ','));
	parser_expect_char(p, close);
	return first;
}
