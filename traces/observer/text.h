/*
 * Payload, FIN and acknowledgment of a segment: what is new, what was sent again and why, what
 * overtook what.
 */
#ifndef TCPSIM_TRACES_OBSERVER_TEXT_H
#define TCPSIM_TRACES_OBSERVER_TEXT_H

#include <tcpsim/event.h>

struct passing;

/* The segment's acknowledgment. */
void observer_ack(struct passing *p);
/* The segment's payload and FIN. */
void observer_text(struct passing *p);
/* A repetition of something already seen. */
void observer_repeated(struct passing *p, enum tcpsim_rule rule);

#endif
