/*
 * Expressions of %{ }% blocks, by recursive descent: each function reads what binds as tightly as
 * its name says.
 */
#ifndef SCRIPT_PYTHON_EXPRESSION_H
#define SCRIPT_PYTHON_EXPRESSION_H

#include "script/python/value.h"
#include <stdbool.h>

struct eval;

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
