/*
 * Words of a packetdrill script. The parser asks for one token at a time; where the language is not
 * regular (flags such as `P.5`, the value of an option, a hexadecimal blob) it asks for the same
 * place to be read again in another way. Comments vanish here; `#ifdef` and `#endif` are tokens.
 */
#ifndef SCRIPT_LANGUAGE_LEXER_H
#define SCRIPT_LANGUAGE_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
	TOKEN_END,
	TOKEN_INTEGER,	/* -12 */
	TOKEN_HEX,	/* 0x1f */
	TOKEN_FLOAT,	/* .25 */
	TOKEN_WORD,	/* [A-Za-z0-9_]+ */
	TOKEN_STRING,	/* "..." ; start and len are without the quotes */
	TOKEN_COMMAND,	/* `...` ; without the back-quotes */
	TOKEN_CODE,	/* %{ ... }% ; without the marks */
	TOKEN_OPTION,	/* --name ; without the dashes */
	TOKEN_ELLIPSIS, /* ... */
	TOKEN_IFDEF,	/* #ifdef */
	TOKEN_ENDIF,	/* #endif */
	TOKEN_CHAR,	/* any other, in start[0] */
	TOKEN_RAW,	/* read by one of the special readers */
	TOKEN_BAD,	/* an unended string, comment or code; `error` tells */
};

struct token {
	enum token_kind kind;
	const char *start;
	size_t len;
	int line, column;
	int64_t integer;    /* INTEGER, HEX */
	const char *error;  /* BAD */
	const char *origin; /* where it begins in the text, marks included */
};

struct lexer {
	const char *text, *end, *at;
	const char *line_start;
	int line;
};

void lexer_init(struct lexer *lexer, const char *text, size_t len);
void lexer_next(struct lexer *lexer, struct token *out);

/* Go back to where `token` began. */
void lexer_back(struct lexer *lexer, const struct token *token);
/* TCP flags: letters, digits and dots, or a lone dash. */
void lexer_flags(struct lexer *lexer, struct token *out);
/* Letters and digits only: a cookie, a digest. Empty if there are none. */
void lexer_blob(struct lexer *lexer, struct token *out);
/* Up to a blank, with quoted parts kept whole: the value of an option, an address. */
void lexer_value(struct lexer *lexer, struct token *out);
/* Up to, and without, the character `stop` on the same line. */
void lexer_until(struct lexer *lexer, char stop, struct token *out);

#endif
