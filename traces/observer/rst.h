/*
 * A RST: why it was sent, as far as its fields and what went before tell, and what its receiver
 * does with it.
 */
#ifndef TCPSIM_TRACES_OBSERVER_RST_H
#define TCPSIM_TRACES_OBSERVER_RST_H

#include "traces/observer/certainty.h"

#include <stdint.h>
#include <tcpsim/event.h>

struct observed_reset;
struct observer;
struct passing;

/* The segment is a RST: why it was sent and what it does. */
void observer_rst(struct passing *p);
/* What was remembered of packet `number`, or NULL. */
const struct observed_reset *observer_reset_at(const struct observer *o, uint64_t number);

/* A mark as it is told: the rule, how sure, and another packet that it rests on (0: none). */
struct observed_mark {
	enum tcpsim_rule rule;
	enum observer_certainty certainty;
	uint64_t evidence;
};
/* Of a RST's cause what is known of it by now: what came behind it may have told more. */
struct observed_mark observer_mark_told(
	const struct observer *o, uint64_t packet, enum tcpsim_rule rule, uint64_t evidence);

#endif
