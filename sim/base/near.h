/*
 * Near names: what somebody probably meant. Every "unknown NAME" in this program lists them, so
 * that a slip of the finger costs one look and not a search of the manual.
 *
 * The distance is Damerau's (insert, delete, replace, swap neighbours) without regard to case; a
 * candidate that starts with what was typed counts as near too.
 */
#ifndef SIM_BASE_NEAR_H
#define SIM_BASE_NEAR_H

#include <glib.h>

/* How many edits lead from a to b; adjacent letters swapped are one edit. */
unsigned near_distance(const char *a, const char *b);

/*
 * The best of `names` (NULL-terminated) for `typed`, nearest first, at most `most`, joined as
 * "replay", "replay or run", "replay, run or compare"; NULL when none is near. The caller frees it.
 */
char *near_names(const char *typed, const char *const *names, unsigned most);

#endif
