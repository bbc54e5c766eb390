/* Which source files apply each rule: a table made at build time by tools/rule_sources.py. */
#ifndef CLI_RULE_SOURCES_H
#define CLI_RULE_SOURCES_H

#include <stddef.h>
#include <tcpsim/event.h>

/* Paths from the project's root, sorted, NULL-terminated; the row of TCPSIM_RULE_NONE is NULL. */
extern const char *const *const RULE_SOURCES[TCPSIM_NRULES];

#endif
