/* What is told of a run once it is over. */
#ifndef CLI_SIMULATE_REPORT_H
#define CLI_SIMULATE_REPORT_H

struct replay;
struct replay_options;
struct simulate_run;

/* All that is told once the run is over; an exit status. */
int simulate_report(const struct simulate_run *run);
/* The capture of the watched node, read, with rows as the options say; NULL: told. */
struct replay *simulate_read_capture(
	const struct simulate_run *run, const struct replay_options *options);

#endif
