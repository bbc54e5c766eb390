/*
 * What a replay keeps when a capture holds more connections than are worth keeping or than fit.
 *
 * What grows with a capture is counted: connections, RSTs, ICMP errors, events, rows, listeners.
 * Two things let connections go. Many that never came to anything (a flood's SYNs, a scan) go when
 * they are most of what is held, however much memory there is. Whatever has ended goes, the oldest
 * first, when `memory` of the options is full; when that is not enough reading stops, and says so.
 * Those that go are told (replay_options.letting_go) or, where a table will be made in the end, the
 * least troubled go and are counted by their outcome.
 *
 * A late segment of one that has gone begins a connection of its own.
 */
#ifndef TCPSIM_TRACES_REPLAY_MEMORY_H
#define TCPSIM_TRACES_REPLAY_MEMORY_H

#include "traces/replay/replay.h"

/* How many packets may pass between two looks: memory for as many connections is made sure of. */
#define MEMORY_LOOK_EVERY 1024

/* False: reading has to stop; r->error tells. */
bool memory_look(struct replay *r);

#endif
