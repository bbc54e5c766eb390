/* The ends' variables over time. */
#ifndef SIM_TIMELINE_WITNESS_SAMPLES_H
#define SIM_TIMELINE_WITNESS_SAMPLES_H

#include <stdint.h>

struct node;
struct witness;

/* The end's variables, where the timeline has room for them. The host must not be in the middle of
 * anything. */
void witness_sample(struct witness *w, const struct node *host, uint32_t connection, unsigned end);

#endif
