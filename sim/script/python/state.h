/* What the evaluator's two halves share: expressions (python/expression.c) and
 * statements (eval.c). */
#ifndef SCRIPT_PYTHON_STATE_H
#define SCRIPT_PYTHON_STATE_H

#include "script/python/eval.h"
#include "script/python/value.h"

struct eval_scope {
	GHashTable *names; /* char * -> struct eval_value * */
};

/* One run: where we are in the text, and what went wrong first. */
struct eval {
	struct eval_scope *scope;
	const char *start, *at;
	GString *output;
	char *message;	 /* not NULL: nothing more is evaluated */
	int parentheses; /* open ones: a line end means nothing there */
	int depth;	 /* of what is nested in what, however it is */
	size_t spent;	 /* what values have been made of: see eval_spend */
	bool skip; /* the value is not wanted (the other side of `and`): names need not exist */
	GString *comparison; /* the last one that was false, with its values */
};

/* Keeps the first complaint; nothing more is evaluated. */
struct eval_value eval_wrong(struct eval *e, const char *format, ...) G_GNUC_PRINTF(2, 3);
struct eval_value eval_unknown_name(struct eval *e, const char *name);
/* One level deeper; false, with the complaint, if that is too deep. Every call has
 * its eval_leave. */
bool eval_enter(struct eval *e);
void eval_leave(struct eval *e);
/* Values double with every `a = (a, a)`: a block may make so much of them and no more. */
struct eval_value eval_spend(struct eval *e, struct eval_value value);
void eval_skip_blanks(struct eval *e);
bool eval_is_name(char c);
/* Reads the text if it stands there; a word only as a whole. */
bool eval_accept(struct eval *e, const char *text);
/* The caller frees it. */
char *eval_take_name(struct eval *e);
struct eval_value eval_expression(struct eval *e);
/* a, b without parentheses is a tuple, too. */
struct eval_value eval_expressions(struct eval *e);
/* Takes both values; complains of what does not go together. */
struct eval_value eval_binary(
	struct eval *e, const char *op, struct eval_value left, struct eval_value right);

#endif
