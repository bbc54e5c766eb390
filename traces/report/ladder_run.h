/* Packets of a ladder that one line stands for: how many of which kind, how far they go, when. */
#ifndef TCPSIM_TRACES_LADDER_RUN_H
#define TCPSIM_TRACES_LADDER_RUN_H

#include <glib.h>

struct ladder;

/* ladder_run.c: what stands in place of the rows from `from` to `to`, which are not shown. Freed by
 * g_free. */
char *ladder_run_text(const struct ladder *l, guint from, guint to);

#endif
