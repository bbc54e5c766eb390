/* One run of a world, told. See simulate.h. */
#ifndef CLI_SIMULATE_ONCE_H
#define CLI_SIMULATE_ONCE_H

struct simulate_options;

/* An exit status. */
int simulate_once(const struct simulate_options *options);

#endif
