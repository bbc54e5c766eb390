/*
 * Long answers on a terminal go through a pager, as git's do: $PAGER, else less with the options
 * FRX ($LESS has the last word). What is shorter than the screen, and what is no terminal, is left
 * alone. Whoever starts one finishes it before the program ends.
 */
#ifndef CLI_PAGER_H
#define CLI_PAGER_H

#include <stdbool.h>

struct pager;

/* From now on standard output goes through it. NULL: there is none, and nothing has changed. Ask
 * about colour and width before. */
struct pager *pager_start(bool wanted);
/* Waits until the user has left it. An exit status: STATUS_USAGE, after a complaint, if it could not
 * be run. NULL is allowed. */
int pager_finish(struct pager *pager);

#endif
