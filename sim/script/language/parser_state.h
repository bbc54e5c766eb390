/* What the parts of the parser share: the current token, the sticky error, and the small readers of
 * one thing. */
#ifndef SCRIPT_LANGUAGE_PARSER_STATE_H
#define SCRIPT_LANGUAGE_PARSER_STATE_H

#include "script/language/arena.h"
#include "script/language/ast.h"
#include "script/language/lexer.h"
#include <glib.h>

struct parser {
	struct lexer lexer;
	struct token token; /* the one to be read next */
	struct arena *arena;
	const char *path;
	GHashTable *defines;
	GError *error;
	int depth; /* of nested expressions */
};

/* Keeps the first error; every token after it is TOKEN_END. Always returns false. */
bool parser_fail(struct parser *p, const struct token *where, const char *expected);
bool parser_fail_message(struct parser *p, const struct token *where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static inline bool parser_failed(const struct parser *p)
{
	return p->error != NULL;
}

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

/* parse_expression.c */
struct script_expr *parse_expression(struct parser *p);
/* `)`-ended, after the opening one; NULL if empty. */
struct script_expr *parse_arguments(struct parser *p, char close);

/* parse_packet.c: from the arrow on */
void parse_packet(struct parser *p, struct script_packet *out);
/* parse_options.c: after the `<` */
void parse_tcp_options(struct parser *p, struct script_packet *packet);
/* parse_ip.c: `(ttl 4, ect0)` and the like, if there */
void parse_ip_info(struct parser *p, struct script_ip *out);
void parse_encaps(struct parser *p, struct script_packet *packet);

#endif
