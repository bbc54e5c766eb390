/* The shell's words and operators: quotes, variables and arithmetic are done as they are read. */
#ifndef SCRIPT_SHELL_WORDS_H
#define SCRIPT_SHELL_WORDS_H

#include "script/shell/shell.h"

enum shell_token { SHELL_END, SHELL_WORD, SHELL_OPERATOR, SHELL_NEWLINE };

struct shell_lexer {
	struct shell *shell;
	const char *at;
	enum shell_token kind;
	char *word;	/* WORD (expanded), owned */
	bool quoted;	/* some of it was in quotes: no reserved word, no assignment */
	const char *op; /* OPERATOR: static text */
	char *error;	/* not NULL: what is wrong with the text */
};

void shell_lexer_init(struct shell_lexer *lexer, struct shell *shell, const char *text);
void shell_lexer_clear(struct shell_lexer *lexer);
void shell_lexer_next(struct shell_lexer *lexer);
/* Nothing more is read. */
void shell_lexer_end(struct shell_lexer *lexer);

#endif
