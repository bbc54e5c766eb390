/*
 * A list of connections by their numbers, as `-c` takes it: "0,3-5,9-". What parse returns is the
 * caller's; numbers_free gives it back (NULL is allowed, and is everybody).
 */
#ifndef TCPSIM_TRACES_FLOW_NUMBERS_H
#define TCPSIM_TRACES_FLOW_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct numbers;

/* NULL, and *why (freed by g_free), which tells the column that is wrong. */
struct numbers *numbers_parse(const char *text, char **why);
bool numbers_has(const struct numbers *n, uint32_t number);
/* The first number named that is not below `count`; false: all of them are. An open end ("9-") goes
 * as far as there are. */
bool numbers_beyond(const struct numbers *n, uint32_t count, uint32_t *first);
void numbers_free(struct numbers *n);

#endif
