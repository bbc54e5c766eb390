/* What is told of a run once it is over. */
#ifndef CLI_SIMULATE_TELL_H
#define CLI_SIMULATE_TELL_H

struct replay;
struct replay_options;
struct telling;

/* simulate_tell.c: all that is told once the run is over; an exit status. */
int simulate_tell(const struct telling *telling);
/* The capture of the watched node, read, with rows as the options say; NULL: told. */
struct replay *simulate_read_capture(
	const struct telling *telling, const struct replay_options *options);

#endif
