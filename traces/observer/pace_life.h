/* When a connection's pace begins and ends, and where its memory is: see pace.h. */
#ifndef TCPSIM_TRACES_OBSERVER_PACE_LIFE_H
#define TCPSIM_TRACES_OBSERVER_PACE_LIFE_H

struct flow;
struct observer;
struct pace;
struct passing;

/* What the time before this segment went into, and what it measures (pace.c, rounds.c). */
void observer_pace(struct passing *p);
/* The connection is told no further: what is open ends at its last packet. */
void pace_finish(struct observer *o, struct flow *f);
/* It will be needed soon (NULL: there is none). */
void pace_prefetch(const struct pace *pace);
/* Those not in use. */
void pace_clear(struct observer *o);

#endif
