/* Programs' calls as a timeline. */
#ifndef SIM_TIMELINE_WITNESS_CALLS_H
#define SIM_TIMELINE_WITNESS_CALLS_H

#include "timeline/witness_inner.h"
#include <stdint.h>

/* The calls that made the socket what connect() found are the connection's. */
void witness_claim_calls(struct witness *w, uint32_t node, int fd, struct end_ref ref);
void witness_hook_calls(struct witness *w);

#endif
