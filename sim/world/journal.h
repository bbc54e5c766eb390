/*
 * The event stream of a world as JSON lines: each thing that a host's TCP did, with the rule that
 * made it.
 */
#ifndef SIM_WORLD_JOURNAL_H
#define SIM_WORLD_JOURNAL_H

#include <stdio.h>
#include <tcpsim/event.h>

/* One line; `host` is the node's name. */
void journal_write(FILE *out, const char *host, const struct tcpsim_event *event);

#endif
