/*
 * What the words of a script stand for: AF_INET, O_NONBLOCK, ECONNRESET. Values are the build
 * machine's, so that a call can be handed to it or to the simulated host alike; names that only
 * FreeBSD has carry <tcpsim/bsd_options.h>'s numbers.
 */
#ifndef SCRIPT_LANGUAGE_SYMBOLS_H
#define SCRIPT_LANGUAGE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

bool symbol_value(const char *name, int64_t *value);
/* The first name with that beginning and value: "SO_" and 2 are SO_REUSEADDR; NULL: none. */
const char *symbol_name(const char *prefix, int64_t value);
/* Nearest known names for an unknown one, joined; NULL if none is near. The caller frees it. */
char *symbol_near(const char *name);
/* "ECONNRESET" for the number, or its digits; static or thread-local text. */
const char *symbol_errno(int error);
/* Calls `each` for every one of them, in a fixed order. */
void symbol_each_code(void (*each)(void *context, const char *name, int64_t value), void *context);

#endif
