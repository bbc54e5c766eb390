/*
 * Silences that held a connection up: longer than 200 ms and a round trip, or than a round trip
 * and a half and 30 ms.
 */
#ifndef TCPSIM_TRACES_OBSERVER_STALLS_H
#define TCPSIM_TRACES_OBSERVER_STALLS_H

#include <stdbool.h>
#include <stdint.h>

struct passing;

/* Nothing of its sender that came before this segment was lost before it came here. */
bool observer_is_original(const struct passing *p);
/* The capture was taken at its sender. */
bool observer_is_sent_here(const struct passing *p);
/* Nothing is outstanding on either side. */
bool observer_is_quiet(const struct passing *p);
/* The segment ends a silence that began at `from_ns`; whether all had been quiet then,
 * and its sender's window shut. */
void observer_stall(struct passing *p, int64_t from_ns, bool quiet, bool shut);

#endif
