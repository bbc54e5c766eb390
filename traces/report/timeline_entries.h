/* What a timeline's ladder shows beside segments: calls, timers, states, queues. */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_ENTRIES_H
#define TCPSIM_TRACES_REPORT_TIMELINE_ENTRIES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct ladder;
struct ladder_entry;
struct timeline;

/* Those of the connection, in their order; what says nothing is left out. */
GArray *ladder_entries(const struct timeline *t, uint32_t connection);
/* Is it shown even where much is left out? */
bool ladder_is_remarkable(const struct ladder *l, const struct ladder_entry *entry);
/* An entry that is no segment. */
void ladder_entry_note(struct ladder *l, const struct ladder_entry *entry);

#endif
