/*
 * A RST: why it was sent, as far as its fields and what went before tell, and what its receiver
 * does with it.
 */
#ifndef TCPSIM_TRACES_OBSERVER_RST_H
#define TCPSIM_TRACES_OBSERVER_RST_H

#include <stdint.h>

struct observed_reset;
struct observer;
struct passing;

/* The segment is a RST: why it was sent and what it does. */
void observer_rst(struct passing *p);
/* What was remembered of packet `number`, or NULL. */
const struct observed_reset *observer_reset_at(const struct observer *o, uint64_t number);

#endif
