/* The table of connections and listeners, for the host that owns it. Finding and inserting:
 * host/internal.h. */
#ifndef TCPSIM_HOST_DEMUX_H
#define TCPSIM_HOST_DEMUX_H

#include <host/internal.h>

struct demux *demux_new(void);
/* The table alone; entries are their owners'. */
void demux_free(struct demux *demux);
size_t demux_count(const struct demux *demux);
/* Every entry, by id, in a new array that the caller frees; NULL with *n = 0 if there is none, with
 * *n > 0 if there is no memory. */
struct conn **demux_all(const struct demux *demux, size_t *n);
/* An entry at or behind place *at, which moves there; NULL when there is none. Who removes each one
 * before the next is asked for, beginning with *at = 0, has them all, in no order that means
 * anything and with no memory. */
struct conn *demux_next(const struct demux *demux, size_t *at);

#endif
