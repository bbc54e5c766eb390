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

#endif
