/* The states of both ends, as the segments show them. */
#ifndef TCPSIM_TRACES_OBSERVER_STATE_H
#define TCPSIM_TRACES_OBSERVER_STATE_H

#include "traces/observer/inner.h"
#include <tcpsim/event.h>

struct passing;

/* Tells a mark of side `side`. */
void observer_mark(struct passing *p, unsigned side, enum tcpsim_rule rule);
/* Puts an end into a state, for a reason. Nothing happens if it is there already. */
void observer_enter(
	struct passing *p, unsigned side, enum tcpsim_state state, enum tcpsim_rule rule);
/* Moves an end along the diagram, if the event means something in its state. */
void observer_event(struct passing *p, unsigned side, enum observer_event event);
/* What a segment that is neither SYN nor RST tells of its sender's state: segments the capture
 * lacks. */
void observer_infer(struct passing *p);
/* That side `receiver` has taken the peer's FIN in was presumed, and is taken back. */
void observer_fin_unheard(struct passing *p, unsigned receiver);

#endif
