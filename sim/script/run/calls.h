/*
 * The system calls of the language, one row each: arguments in, and what the script learns from
 * the result.
 */
#ifndef SCRIPT_RUN_CALLS_H
#define SCRIPT_RUN_CALLS_H

struct call_type;

/* The type of that name, or NULL. */
const struct call_type *call_type_find(const char *name);
/* Names that tcpsim knows but does not run, with the reason; NULL for others. */
const char *call_type_refusal(const char *name);
char *call_type_near(const char *name);

#endif
