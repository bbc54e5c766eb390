/* The keys of a world's file: the table, and setting one. */
#ifndef SIM_WORLDFILE_KEYS_H
#define SIM_WORLDFILE_KEYS_H

#include "worldfile/inner.h"
#include <stdbool.h>
#include <stdio.h>

struct world_link;

/* The table of keys as Markdown. */
void world_file_write_keys(FILE *out);
/* Sets one key; NULL, or what is wrong (to be freed). */
char *file_set_key(enum section section, void *target, const char *name, const char *value);
char *file_set_link_key(struct world_link *link, const char *name, const char *value);
/* "sysctl.NAME" and the like: a key with a name of one's own choice behind it. */
bool file_is_pattern(const char *key);
/* Keys near that one, of any section; NULL: none (to be freed). */
char *file_near_key(const char *name);
bool file_may_have(const struct part *part, const char *key);
/* Has a program that does this that key? NULL, or what is wrong (to be freed). */
char *file_check_program_key(const char *does, const char *key);

#endif
