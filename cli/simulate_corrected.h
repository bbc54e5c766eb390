/*
 * The lines of a tap in --json, corrected by what the hosts know: a world need not guess at the
 * state of an end, nor at what a listener dropped.
 */
#ifndef CLI_SIMULATE_CORRECTED_H
#define CLI_SIMULATE_CORRECTED_H

struct replay;
struct timeline;

/* simulate_corrected.c: the lines of the capture that was read, with what the hosts know in place
 * of what it lets guess. */
void simulate_corrected_json(const struct timeline *timeline, const struct replay *seen);

#endif
