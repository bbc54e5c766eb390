/* What is measured of a connection while it lives: round trips, bytes in flight, windows. */
#ifndef TCPSIM_TRACES_OBSERVER_ROUNDS_H
#define TCPSIM_TRACES_OBSERVER_ROUNDS_H

#include <stdint.h>

struct flow;
struct pace_side;
struct passing;

/* The segment passes. */
void rounds_note(struct passing *p);
void rounds_sample(struct passing *p, unsigned side, uint32_t us);
void rounds_first(struct passing *p, unsigned side, uint32_t us);
/* Its figures are complete. */
void rounds_sum_up(struct flow *f, unsigned side);
void rounds_begin(struct pace_side *s);
void rounds_free(struct pace_side *s);

#endif
