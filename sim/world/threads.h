/*
 * The parts of a world that was split, each run by a thread of its own, and the windows in which
 * they do: from the earliest event of all to as much later as no packet can have come from another
 * part (world/part.h). Between two windows one thread alone puts what happened in order and tells
 * it (world/order.h), and packets change hands.
 */
#ifndef SIM_WORLD_THREADS_H
#define SIM_WORLD_THREADS_H

#include <stdint.h>

struct tcpsim_world;

/* Runs the parts until nothing is due by until_ns; at the end all is as one thread would leave it,
 * but that the clocks are still the parts'. */
void threads_run(struct tcpsim_world *world, int64_t until_ns);

#endif
