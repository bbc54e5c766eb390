/* What is told of a run once it is over. */
#ifndef CLI_SIMULATE_REPORT_H
#define CLI_SIMULATE_REPORT_H

struct simulate_run;

/* All that is told once the run is over; an exit status. */
int simulate_report(const struct simulate_run *run);

#endif
