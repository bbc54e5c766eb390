/*
 * Arguments of a script's system call as values: numbers, descriptors, structs. Each reader fails
 * the run with the argument's place and what it should have been, and returns false.
 */
#ifndef SCRIPT_RUN_ARGS_H
#define SCRIPT_RUN_ARGS_H

#include "script/run/state.h"

struct run_call;

/* A number: digits, a symbol, a|b, htons(n), inet_addr("..."). */
bool arg_number(struct run *run, const struct script_expr *expr, int64_t *value);
/* The same within 32 bits, signed or not. */
bool arg_int(struct run *run, const struct script_expr *expr, int *value);
/* A descriptor of the script -> the system's. */
bool arg_fd(struct run *run, const struct script_expr *expr, int *live_fd);
bool arg_ellipsis(struct run *run, const struct script_expr *expr);
/* [x]: its only element. */
bool arg_bracketed(
	struct run *run, const struct script_expr *expr, const struct script_expr **element);
/* The member of a struct literal, or NULL. */
const struct script_field *arg_field(const struct script_expr *expr, const char *name);
/* The member's number; false with a complaint if it is not there. */
bool arg_field_number(
	struct run *run, const struct script_expr *expr, const char *name, int64_t *value);
bool arg_wrong(struct run *run, const struct script_expr *expr, const char *expected);
size_t arg_count(const struct script_expr *args);
const struct script_expr *arg_at(const struct script_expr *args, size_t i);

#endif
