/*
 * A grid of worlds over the cores: each combination of the swept keys' values, each with every
 * seed.
 */
#ifndef CLI_SIMULATE_SWEEP_H
#define CLI_SIMULATE_SWEEP_H

struct simulate_options;

/* The whole grid; an exit status. */
int simulate_sweep(const struct simulate_options *options);

#endif
