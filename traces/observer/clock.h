/*
 * Time by the ends' own clocks (RFC 7323 §4): a timestamp says when its segment left, so that
 * what a queue on the way added is known; its echo says how long the peer's answer takes, where
 * no text of the peer has been acknowledged that could be timed.
 */
#ifndef TCPSIM_TRACES_OBSERVER_CLOCK_H
#define TCPSIM_TRACES_OBSERVER_CLOCK_H

struct passing;

/* What the segment's timestamps tell of time. */
void observer_clock(struct passing *p);

#endif
