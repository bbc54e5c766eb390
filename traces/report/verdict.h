/*
 * A connection in one sentence, the thing that matters first: how long it lasted, what most of that
 * time went into, its round trip. What cannot be known is not told.
 */
#ifndef TCPSIM_TRACES_VERDICT_H
#define TCPSIM_TRACES_VERDICT_H

#include "traces/flow/figures.h"
#include "traces/flow/flow.h"

/* "6.65 s; 5.93 s stalled on the server's shut window (packets 82 to 91); round trip 21 ms." Freed
 * by g_free. */
char *verdict_text(const struct flow *f);
/* What the stall was spent on, behind its length: "waiting for the server's program". */
char *verdict_stall(const struct flow *f, const struct flow_stall *stall);

#endif
