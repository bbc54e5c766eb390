/*
 * Text -> tree. One grammar for both dialects, by recursive descent; each function reads what its
 * name says.
 *
 * Errors are sticky: the first one is kept with its place and what was expected, and from then on
 * every token is the end of the text, so that no function needs a way out of its own.
 * script_parse() hands it out as a GError whose message is `FILE:LINE:COLUMN: expected WHAT, found
 * WHAT`.
 */
#ifndef SCRIPT_LANGUAGE_PARSER_H
#define SCRIPT_LANGUAGE_PARSER_H

#include "script/language/ast.h"
#include "script/language/lexer.h"
#include <glib.h>

struct parser;

#define SCRIPT_ERROR script_error_quark()
GQuark script_error_quark(void);
enum script_error {
	SCRIPT_ERROR_READ,    /* the file could not be read */
	SCRIPT_ERROR_SYNTAX,  /* the text is not in the language */
	SCRIPT_ERROR_SETTING, /* an option has a value it cannot have */
};

/*
 * `defines` maps words to what stands for them (-D NAME=value), as text in the forms the language
 * has: "string", `command`, a number or another word. May be NULL. The script owns a copy of the
 * text.
 */
struct script *script_parse(
	const char *path, const char *text, size_t len, GHashTable *defines, GError **error);
/* One packet without its arrow, `S. 0:0(0) ack 1 win 65535`: the script has it as its only event.
 * An error's message begins with the place, `column N: `. */
struct script *script_parse_packet(const char *text, bool outbound, GError **error);
void script_free(struct script *script);

/* Keeps the first error; every token after it is TOKEN_END. Always returns false. */
bool parser_fail(struct parser *p, const struct token *where, const char *expected);
bool parser_fail_message(struct parser *p, const struct token *where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void parser_advance(struct parser *p);
bool parser_is_char(const struct parser *p, char c);
bool parser_is_word(const struct parser *p, const char *word);
/* Reads it if it stands there. */
bool parser_accept_char(struct parser *p, char c);
bool parser_accept_word(struct parser *p, const char *word);
bool parser_accept(struct parser *p, enum token_kind kind);
/* Fails if it does not stand there. */
bool parser_expect_char(struct parser *p, char c);
bool parser_expect_word(struct parser *p, const char *word);
const char *parser_expect_text(struct parser *p, enum token_kind kind, const char *what);
/* An integer (or a hexadecimal one) between low and high; `what` names it in the error. */
int64_t parser_expect_number(struct parser *p, const char *what, int64_t low, int64_t high);
const char *parser_token_text(struct parser *p);

#endif
