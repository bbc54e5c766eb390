#include "script/language/lexer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void lexer_init(struct lexer *lexer, const char *text, size_t len)
{
	*lexer = (struct lexer){
		.text = text, .end = text + len, .at = text, .line_start = text, .line = 1};
}

static bool at_text(const struct lexer *lexer, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(lexer->end - lexer->at) >= len && memcmp(lexer->at, text, len) == 0;
}

static int char_at(const struct lexer *lexer, size_t offset)
{
	return (size_t)(lexer->end - lexer->at) > offset ? (unsigned char)lexer->at[offset] : -1;
}

static void step(struct lexer *lexer, size_t n)
{
	for (; n > 0 && lexer->at < lexer->end; n--, lexer->at++) {
		if (*lexer->at == '\n') {
			lexer->line++;
			lexer->line_start = lexer->at + 1;
		}
	}
}

static void begin(const struct lexer *lexer, struct token *out, enum token_kind kind)
{
	*out = (struct token){.kind = kind,
		.start = lexer->at,
		.origin = lexer->at,
		.line = lexer->line,
		.column = (int)(lexer->at - lexer->line_start) + 1};
}

static void bad(struct token *out, const char *error)
{
	out->kind = TOKEN_BAD;
	out->error = error;
}

/* Skips a C comment; false, with *out telling, if it never ends. */
static bool skip_comment(struct lexer *lexer, struct token *out)
{
	begin(lexer, out, TOKEN_END);
	step(lexer, 2);
	while (lexer->at < lexer->end && !at_text(lexer, "*/"))
		step(lexer, 1);
	if (lexer->at >= lexer->end) {
		out->len = 2;
		bad(out, "a comment that ends with */");
		return false;
	}
	step(lexer, 2);
	return true;
}

static bool skip_blanks(struct lexer *lexer, struct token *out)
{
	for (;;) {
		if (lexer->at < lexer->end && isspace((unsigned char)*lexer->at)) {
			step(lexer, 1);
		} else if (at_text(lexer, "//")) {
			while (lexer->at < lexer->end && *lexer->at != '\n')
				step(lexer, 1);
		} else if (at_text(lexer, "/*")) {
			if (!skip_comment(lexer, out))
				return false;
		} else {
			return true;
		}
	}
}

/* A string or a command: everything to the next unescaped quote. */
static void quoted(struct lexer *lexer, char quote, enum token_kind kind, struct token *out)
{
	out->kind = kind;
	step(lexer, 1);
	out->start = lexer->at;
	while (lexer->at < lexer->end && *lexer->at != quote)
		step(lexer, *lexer->at == '\\' ? 2 : 1);
	out->len = (size_t)(lexer->at - out->start);
	if (lexer->at >= lexer->end)
		bad(out, quote == '"' ? "a string that ends with a quote"
				      : "a command that ends with a back-quote");
	else
		step(lexer, 1);
}

static void code(struct lexer *lexer, struct token *out)
{
	out->kind = TOKEN_CODE;
	step(lexer, 2);
	out->start = lexer->at;
	while (lexer->at < lexer->end && !at_text(lexer, "}%"))
		step(lexer, 1);
	out->len = (size_t)(lexer->at - out->start);
	if (lexer->at >= lexer->end)
		bad(out, "code that ends with }%");
	else
		step(lexer, 2);
}

static bool is_word(int c)
{
	return c >= 0 && (isalnum(c) || c == '_');
}

static size_t digits_at(const struct lexer *lexer, size_t offset)
{
	size_t n = 0;

	while (char_at(lexer, offset + n) >= 0 && isdigit(char_at(lexer, offset + n)))
		n++;
	return n;
}

static size_t word_at(const struct lexer *lexer)
{
	size_t n = 0;

	while (is_word(char_at(lexer, n)))
		n++;
	return n;
}

/* Numbers outside 64 bits stay at the nearest end: no field of the language is that large. */
static int64_t number(const char *text, size_t len, int base)
{
	char digits[72];

	if (len >= sizeof(digits))
		len = sizeof(digits) - 1;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return strtoll(digits, NULL, base);
}

static bool is_hex(const char *text, size_t len)
{
	if (len < 3 || text[0] != '0' || text[1] != 'x')
		return false;
	for (size_t i = 2; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return true;
}

/* The longest of word, integer, hexadecimal and decimal fraction, as the language's
 * lexer has it. */
static bool number_or_word(struct lexer *lexer, struct token *out)
{
	size_t sign = char_at(lexer, 0) == '-';
	size_t whole = digits_at(lexer, sign);
	size_t fraction =
		char_at(lexer, sign + whole) == '.' ? digits_at(lexer, sign + whole + 1) : 0;
	size_t number_len = fraction > 0 ? sign + whole + 1 + fraction
			    : whole > 0	 ? sign + whole
					 : 0;
	size_t word_len = word_at(lexer);

	if (number_len == 0 && word_len == 0)
		return false;
	out->len = number_len;
	if (word_len > number_len) {
		out->len = word_len;
		out->kind = is_hex(lexer->at, word_len) ? TOKEN_HEX : TOKEN_WORD;
		if (out->kind == TOKEN_HEX)
			out->integer = number(lexer->at + 2, word_len - 2, 16);
	} else if (fraction > 0) {
		out->kind = TOKEN_FLOAT;
	} else {
		out->kind = TOKEN_INTEGER;
		out->integer = number(lexer->at, number_len, 10);
	}
	step(lexer, out->len);
	return true;
}

static bool keyword(struct lexer *lexer, const char *text, enum token_kind kind, struct token *out)
{
	if (!at_text(lexer, text))
		return false;
	out->kind = kind;
	out->len = strlen(text);
	step(lexer, out->len);
	return true;
}

static bool option_name(struct lexer *lexer, struct token *out)
{
	if (!at_text(lexer, "--") || !is_word(char_at(lexer, 2)))
		return false;
	step(lexer, 2);
	out->kind = TOKEN_OPTION;
	out->start = lexer->at;
	out->len = word_at(lexer);
	step(lexer, out->len);
	return true;
}

void lexer_next(struct lexer *lexer, struct token *out)
{
	if (!skip_blanks(lexer, out))
		return;
	begin(lexer, out, TOKEN_END);
	if (lexer->at >= lexer->end)
		return;
	if (*lexer->at == '"')
		quoted(lexer, '"', TOKEN_STRING, out);
	else if (*lexer->at == '`')
		quoted(lexer, '`', TOKEN_COMMAND, out);
	else if (at_text(lexer, "%{"))
		code(lexer, out);
	else if (keyword(lexer, "...", TOKEN_ELLIPSIS, out) ||
		 keyword(lexer, "#ifdef", TOKEN_IFDEF, out) ||
		 keyword(lexer, "#endif", TOKEN_ENDIF, out) || option_name(lexer, out) ||
		 number_or_word(lexer, out))
		return;
	else {
		out->kind = TOKEN_CHAR;
		out->len = 1;
		step(lexer, 1);
	}
}

void lexer_back(struct lexer *lexer, const struct token *token)
{
	lexer->at = token->origin;
	lexer->line = token->line;
	lexer->line_start = token->origin - (token->column - 1);
}

static void raw(struct lexer *lexer, size_t len, struct token *out)
{
	out->kind = TOKEN_RAW;
	out->len = len;
	step(lexer, len);
}

void lexer_flags(struct lexer *lexer, struct token *out)
{
	size_t n = 0;

	if (!skip_blanks(lexer, out))
		return;
	begin(lexer, out, TOKEN_RAW);
	if (at_text(lexer, "-") && !isdigit(char_at(lexer, 1))) {
		raw(lexer, 1, out);
		return;
	}
	while (char_at(lexer, n) >= 0 && (isalnum(char_at(lexer, n)) || char_at(lexer, n) == '.'))
		n++;
	raw(lexer, n, out);
}

void lexer_blob(struct lexer *lexer, struct token *out)
{
	if (!skip_blanks(lexer, out))
		return;
	begin(lexer, out, TOKEN_RAW);
	raw(lexer, word_at(lexer), out);
}

void lexer_value(struct lexer *lexer, struct token *out)
{
	size_t n = 0;

	while (char_at(lexer, 0) == ' ' || char_at(lexer, 0) == '\t')
		step(lexer, 1);
	begin(lexer, out, TOKEN_RAW);
	while (char_at(lexer, n) > 0 && !isspace(char_at(lexer, n))) {
		int quote = char_at(lexer, n++);

		if (quote != '"' && quote != '`')
			continue;
		while (char_at(lexer, n) >= 0 && char_at(lexer, n) != quote &&
			char_at(lexer, n) != '\n')
			n++;
		if (char_at(lexer, n) == quote)
			n++;
	}
	raw(lexer, n, out);
}

void lexer_until(struct lexer *lexer, char stop, struct token *out)
{
	size_t n = 0;

	begin(lexer, out, TOKEN_RAW);
	while (char_at(lexer, n) >= 0 && char_at(lexer, n) != stop && char_at(lexer, n) != '\n')
		n++;
	raw(lexer, n, out);
	if (char_at(lexer, 0) != stop)
		bad(out, "the end of this on the same line");
}
