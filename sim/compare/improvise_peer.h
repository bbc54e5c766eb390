/* What the peers of a made-up scenario do. */
#ifndef COMPARE_IMPROVISE_PEER_H
#define COMPARE_IMPROVISE_PEER_H

#include "compare/scenario.h"
#include <stdint.h>

struct improviser;

/* A segment of the connection with the numbers, window and options that an honest peer would give
 * it. */
struct scenario_event improvise_segment(
	struct improviser *im, unsigned connection, uint16_t flags, uint32_t len);

#endif
