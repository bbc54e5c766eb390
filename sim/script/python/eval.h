/*
 * The code of `%{ }%` blocks: the part of Python that scripts use. Assertions, chained comparisons,
 * and/or/not, arithmetic and bit operators, tuples, strings and their % formatting, print,
 * assignment, `if` on one line. No loops, functions or imports: `--python` hands the text to a real
 * interpreter.
 *
 * Integers have 64 bits and wrap silently; division with / gives a fraction as in Python 3.
 */
#ifndef SCRIPT_PYTHON_EVAL_H
#define SCRIPT_PYTHON_EVAL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct eval_scope;

struct eval_scope *eval_scope_new(void);
void eval_scope_free(struct eval_scope *scope);
void eval_set_integer(struct eval_scope *scope, const char *name, int64_t value);

enum eval_outcome {
	EVAL_OK,
	EVAL_FALSE, /* an assertion does not hold */
	EVAL_WRONG, /* the code cannot be run */
};

/*
 * Runs the code. What print() writes is appended to `output`. On EVAL_FALSE and EVAL_WRONG *message
 * (the caller frees it) tells why, with the values on both sides of what failed; *line is the line
 * within the code, from 0.
 */
enum eval_outcome eval_run(
	struct eval_scope *scope, const char *code, GString *output, char **message, int *line);

#endif
