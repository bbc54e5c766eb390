/* What pace.c and pace_life.c share; nobody else includes it. */
#ifndef TCPSIM_TRACES_PACE_INNER_H
#define TCPSIM_TRACES_PACE_INNER_H

#include "traces/observer/observer.h"
#include "traces/observer/pace.h"

/* One direction under way: whose sender is `side`. */
struct way {
	struct observer *o;
	struct flow *f;
	struct pace_side *s;
	unsigned side;
};

#endif
