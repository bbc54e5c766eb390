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

/* An error is kept, and nothing is read any more. */
static inline bool parser_failed(const struct parser *p)
{
	return p->error != NULL;
}

#endif
